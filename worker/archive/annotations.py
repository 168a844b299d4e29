"""The rows of a version: its item, dateline, places, quotes and statements, mentions."""

import zlib
from collections.abc import Iterator

from worker.archive.rows import LONGEST_NAME, Row
from worker.model import Entity, Event, ParsedItem, Quote, Signal, Statement, StatementKind
from worker.model.codec import dump
from worker.model.digests import uri_hash, version_hash

__all__ = ["dateline_row", "dateline_rows", "mention_rows", "speech_rows", "version_row"]

_LEVEL = 1
"""The compression level of zlib: a tenth larger than its default of 6, in a third of the time."""

_PLACE_FIELDS = ("name", "region", "iso", "geonames_id", "lat", "lon", "confidence")


def version_row(event: Event, parsed: ParsedItem) -> Row:
    """Return the row of `versions`, without its number."""
    item = parsed.item
    return {
        "item": uri_hash(item.uri),
        "uri": item.uri,
        "version": item.version,
        "version_key": version_hash(item.version).hex(),
        "seen": event.time,
        "created": item.versioncreated,
        # From the event and not from the text: only the store knew whether an earlier version
        # exists. `copytaster.item.updated` becomes `updated`.
        "signal": event.type.rpartition(".")[2],
        "urgency": parsed.life.urgency,
        "is_kill": parsed.life.signal is Signal.WITHDRAWN,
        "pubstatus": parsed.life.pubstatus.value,
        "headline": item.headline,
        "language": item.language,
        "agency": (parsed.dateline and parsed.dateline.agency) or item.infosource,
        "source": item.source,
        "link": item.link,
        "duplicate_of": parsed.duplicate_of,
        "document": zlib.compress(dump(parsed), _LEVEL),
    }


def dateline_row(parsed: ParsedItem) -> Row | None:
    """Return the row of `datelines`; None without a dateline."""
    line = parsed.dateline
    if line is None:
        return None
    return {
        "printed": line.span.of(parsed.item.text),
        "date": line.date,
        "agency": line.agency,
        "credit": line.credit,
        "correspondent": line.correspondent,
        "style": line.style,
    }


def dateline_rows(parsed: ParsedItem) -> Iterator[Row]:
    """Yield the rows of `places`, in the order of the dateline."""
    filed = parsed.dateline.places if parsed.dateline else ()
    for ordinal, place in enumerate(filed):
        yield {"ordinal": ordinal, **{name: getattr(place, name) for name in _PLACE_FIELDS}}


def speech_rows(parsed: ParsedItem) -> Iterator[Row]:
    """Yield a row for each quote, and for each statement that is not made of quotes alone.

    A direct statement repeats the words of its quotes, so it gets no row of its own.
    """
    full = parsed.item.text
    for quote in parsed.quotes:
        yield {
            "kind": StatementKind.DIRECT.value,
            "text": quote.contents.of(full),
            "start": quote.contents.start,
            "end": quote.contents.end,
            "chain": quote.chain,
            **_source_row(quote, full),
        }
    for statement in parsed.statements:
        if statement.kind is not StatementKind.DIRECT:
            yield {
                "kind": statement.kind.value,
                # The cue may stand between two parts: "Prices, he said, will fall."
                "text": " … ".join(part.of(full) for part in statement.contents),
                "start": statement.contents[0].start,
                "end": statement.contents[-1].end,
                "chain": None,
                **_source_row(statement, full),
            }


def _source_row(said: Quote | Statement, full: str) -> Row:
    return {
        "speaker": said.speaker[:LONGEST_NAME] if said.speaker else None,
        "mention": said.source.of(full) if said.source else None,
        "cue": said.cue.of(full) if said.cue else None,
        "confidence": said.confidence,
    }


def mention_rows(entities: tuple[Entity, ...]) -> Iterator[Row]:
    """Yield the rows of `mentions` in order, without `entity_id`, which only the writer knows."""
    for entity in entities:
        yield {
            "start": entity.span.start,
            "end": entity.span.end,
            "iso": entity.iso,
            "role": entity.role,
            "ticker": entity.ticker,
        }
