"""Rows of the wire from a desk's events of any shape.

Any client of the broker may write to a stream: an entry that cannot be read is left out.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec

from worker.archive.views import SpokenQuote, WireRow
from worker.errors import CodecError
from worker.model import Dateline, Event, ParsedItem, Quote, Signal
from worker.model.codec import load
from worker.model.publishing import DeskEntry
from worker.ports import Store
from worker.site.pages.filters import Filters

__all__ = ["EventRow", "read_desk", "read_desk_row"]

_LONGEST = 500
_CHUNK = 100
"""The most events in one read of a desk."""

_CHUNK_BYTES = 4 << 20
"""Bytes after which a read ends: a megabyte of text may be an event of fifteen."""

_CHUNKS = 20
"""The most reads for a page, which may then have fewer rows than its limit; the next page goes on
from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """A row with the id of its entry, and the uri that its event withdraws, if any."""

    entry_id: str
    row: WireRow
    withdraws: str = ""


def read_desk(
    store: Store, filters: Filters, *, before: str, limit: int
) -> tuple[list[WireRow], str]:
    """Return the newest items of a desk that pass the filters, each item once.

    Args:
        store: The store.
        filters: The filters; `desk` names the desk.
        before: The entry id at which the previous page ended; empty for the first page.
        limit: The largest number of items to return.

    Returns:
        The rows, and the entry id for the next page; empty if the desk has no older events.
    """
    # By uri. Events come newest first, so an item stands where its last event is.
    rows: dict[str, WireRow] = {}
    for _ in range(_CHUNKS):
        entries = store.desks.last(
            filters.desk, before=before, limit=_CHUNK, limit_bytes=_CHUNK_BYTES
        )
        for entry in entries:
            found = read_desk_row(entry)
            if found and filters.wants(found.row):
                if len(rows) == limit and found.row.uri not in rows:
                    return _as_known(store, rows.values()), before
                rows[found.row.uri] = _most_certain(rows.get(found.row.uri), found.row)
            before = entry.entry_id
        if not entries:
            return _as_known(store, rows.values()), ""
    return _as_known(store, rows.values()), before


def _most_certain(later: WireRow | None, row: WireRow) -> WireRow:
    """Return the later of two rows of an item, with the more certain quote if both are a version's.

    A desk of quotes has an event for each quote of an item.
    """
    if later is None:
        return row
    if later.version != row.version or row.said is None:
        return later
    if later.said and later.said.confidence >= row.said.confidence:
        return later
    return replace(later, said=row.said)


def _as_known(store: Store, rows: Iterable[WireRow]) -> list[WireRow]:
    """Return the rows, marked as withdrawn where the store knows of a kill."""
    listed = list(rows)
    states = store.publications.known([row.uri for row in listed]) if listed else ()
    return [
        replace(row, is_withdrawn=state.is_withdrawn and not row.is_kill)
        for row, state in zip(listed, states, strict=True)
    ]


def read_desk_row(entry: DeskEntry) -> EventRow | None:
    """Return the row of an entry; None for an entry that holds no readable event."""
    try:
        event = load(Event, entry.body)
        row = _row(event)
    except (CodecError, msgspec.DecodeError):
        return None
    is_kill = row.signal == Signal.WITHDRAWN.value
    return EventRow(
        entry_id=entry.entry_id,
        row=replace(row, is_kill=is_kill),
        withdraws=event.subject if is_kill else "",
    )


def _row(event: Event) -> WireRow:
    # `copytaster.item.updated`: the shape of the data, and what the version did.
    shape, _, signal = event.type.removeprefix("copytaster.").partition(".")
    data = bytes(event.data)
    if shape == "item":
        row = _item_row(load(ParsedItem, data), event.time, signal)
    elif shape == "ninjs":
        row = _ninjs_row(_ninjs.decode(data), event.time, signal)
    else:
        row = _part_row(_part.decode(data), event.time, signal)
    return replace(row, source=event.source)


def _item_row(parsed: ParsedItem, seen: datetime.datetime, signal: str) -> WireRow:
    item, text = parsed.item, parsed.item.text
    known = [quote for quote in parsed.quotes if quote.speaker]
    place, country = _filed(parsed.dateline)
    best = max(known, key=lambda quote: quote.confidence, default=None)
    return WireRow(
        uri=item.uri,
        version=item.version,
        seen=seen,
        signal=signal,
        urgency=parsed.life.urgency,
        headline=(item.headline or item.deck or item.body_text)[:_LONGEST],
        agency=(parsed.dateline and parsed.dateline.agency) or item.infosource,
        language=item.language,
        duplicate_of=parsed.duplicate_of,
        said=_said(best, text) if best else None,
        speakers=tuple(dict.fromkeys(quote.speaker or "" for quote in known)),
        place=place,
        country=country,
    )


def _said(quote: Quote, text: str) -> SpokenQuote:
    return SpokenQuote(
        text=quote.contents.of(text)[:_LONGEST],
        speaker=quote.speaker or "",
        confidence=quote.confidence,
    )


def _filed(dateline: Dateline | None) -> tuple[str, str]:
    """Return the first place of a dateline and its country."""
    place = dateline.places[0] if dateline and dateline.places else None
    return (place.name, place.iso or "") if place else ("", "")


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of quote, statement and entity events from which a row is made."""

    item_uri: str
    item_version: str
    headline: str = ""
    dateline: Dateline | None = None
    duplicate_of: str | None = None
    text: str = ""
    contents: tuple[dict[str, str | int], ...] = ()
    speaker: str | None = None
    confidence: float = 0.0


class _Ninjs(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a ninjs document from which a row is made."""

    uri: str
    version: str = ""
    language: str = ""
    urgency: int = 5
    headlines: tuple[dict[str, str], ...] = ()


_part = msgspec.json.Decoder(_Part)
_ninjs = msgspec.json.Decoder(_Ninjs)


def _part_row(part: _Part, seen: datetime.datetime, signal: str) -> WireRow:
    # A statement has `contents` in place of `text`, with gaps where its cue stands.
    words = part.text or " … ".join(str(content.get("text", "")) for content in part.contents)
    said = None
    if part.speaker and words:
        said = SpokenQuote(text=words[:_LONGEST], speaker=part.speaker, confidence=part.confidence)
    place, country = _filed(part.dateline)
    return WireRow(
        uri=part.item_uri,
        version=part.item_version,
        seen=seen,
        signal=signal,
        headline=part.headline[:_LONGEST],
        agency=(part.dateline and part.dateline.agency) or "",
        duplicate_of=part.duplicate_of,
        said=said,
        speakers=(part.speaker,) if part.speaker else (),
        place=place,
        country=country,
    )


def _ninjs_row(document: _Ninjs, seen: datetime.datetime, signal: str) -> WireRow:
    headlines = (headline.get("value", "") for headline in document.headlines)
    return WireRow(
        uri=document.uri,
        version=document.version,
        seen=seen,
        signal=signal,
        urgency=document.urgency,
        headline=next(headlines, "")[:_LONGEST],
        language=document.language,
    )
