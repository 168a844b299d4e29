"""Desks: which event goes to which queue.

A desk asks for items by what was read in them and says in which shape it wants them. All that is
asked must hold; a list asks for any of its words. Pure: no clock, no queue.
"""

import datetime
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote as percent_encoded

import msgspec
from msgspec import Meta

from worker.errors import SettingsError
from worker.model import (
    Event,
    ParsedItem,
    Quote,
    QuoteEvent,
    Signal,
    event_id,
)
from worker.model.codec import dataschema, dump

__all__ = ["DEFAULT_DESKS", "Desk", "Match", "Shape", "events_for", "read_desks"]


class Shape(StrEnum):
    """What one event of a desk carries: the whole item, or one quote."""

    ITEM = "item"
    QUOTES = "quotes"


Word = Annotated[str, Meta(min_length=1)]


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a desk asks for. Words are compared without regard to case; an empty list asks nothing.

    `places` takes ISO 3166-1 countries ("UA") and dateline names ("KIEV"); `languages` "en" takes
    "en-GB" too; `text` is looked for in headline, deck and body; `urgency_max` 3 asks for urgency 1
    to 3.
    """

    places: tuple[Word, ...] = ()
    agencies: tuple[Word, ...] = ()
    speakers: tuple[Word, ...] = ()
    entities: tuple[Word, ...] = ()
    languages: tuple[Word, ...] = ()
    text: tuple[Word, ...] = ()
    pubstatus: tuple[Word, ...] = ()
    urgency_max: Annotated[int, Meta(ge=1, le=9)] | None = None

    def takes(self, parsed: ParsedItem) -> bool:
        """True when the desk wants this item."""
        if self.urgency_max is not None and parsed.life.urgency > self.urgency_max:
            return False
        return all(
            any(word.casefold() in found(parsed) for word in asked)
            for asked, found in (
                (self.places, _places),
                (self.agencies, _agencies),
                (self.speakers, _speakers),
                (self.entities, _entities),
                (self.languages, _languages),
                (self.pubstatus, _pubstatus),
                (self.text, _text),
            )
            if asked
        )


def _folded(words: Iterable[str | None]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words if word)


def _places(parsed: ParsedItem) -> frozenset[str]:
    places = parsed.dateline.places if parsed.dateline else ()
    names = [name for place in places for name in (place.name, place.iso)]
    return _folded([*names, *(entity.iso for entity in parsed.entities)])


def _agencies(parsed: ParsedItem) -> frozenset[str]:
    agency = parsed.dateline.agency if parsed.dateline else None
    return _folded([agency, parsed.item.infosource])


def _speakers(parsed: ParsedItem) -> frozenset[str]:
    return _folded(quote.speaker for quote in parsed.quotes)


def _entities(parsed: ParsedItem) -> frozenset[str]:
    return _folded(entity.canonical for entity in parsed.entities)


def _languages(parsed: ParsedItem) -> frozenset[str]:
    """The tag and its language alone: "en-GB" is also "en"."""
    tag = parsed.item.language
    return _folded([tag, tag.partition("-")[0]])


def _pubstatus(parsed: ParsedItem) -> frozenset[str]:
    return _folded([parsed.life.pubstatus])


def _text(parsed: ParsedItem) -> str:
    return parsed.item.text.casefold()


class Desk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A downstream queue. `sink` says where its stream is copied to, if anywhere
    (docs/desks.md).
    """

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}\Z")]
    sink: str = "redis-stream"
    shape: Shape = Shape.ITEM
    match: Match = Match()


_URI_SAFE = ":/?#[]@!$&'()*+,;=%~"
"""What may stand in a URI reference as it is. Source: RFC 3986, section 2."""

DEFAULT_DESKS = (
    Desk(name="items"),
    Desk(name="quotes", shape=Shape.QUOTES),
    Desk(name="alerts", match=Match(urgency_max=3)),
)


class _DesksFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    desk: tuple[Desk, ...]


def read_desks(text: str, *, subject: str) -> tuple[Desk, ...]:
    """The desks of a desks.toml.

    Raises:
        SettingsError: Names the file (`subject`) and the field that is wrong.
    """
    try:
        desks = msgspec.convert(tomllib.loads(text), _DesksFile).desk
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(str(error), subject=subject) from error
    names = [desk.name for desk in desks]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"two desks are named {name!r}", subject=subject)
    return desks


def events_for(
    parsed: ParsedItem, desks: Sequence[Desk], latest: str | None, now: datetime.datetime
) -> tuple[tuple[Desk, Event], ...]:
    """Every event that one parsed item makes, with its desk.

    `latest` is the version of this uri that was published last, None for a uri never seen.
    """
    return tuple(
        (desk, event)
        for desk in desks
        if desk.match.takes(parsed)
        for event in _shaped(parsed, desk, latest, now)
    )


def _shaped(
    parsed: ParsedItem, desk: Desk, latest: str | None, now: datetime.datetime
) -> Iterator[Event]:
    item = parsed.item
    if desk.shape is Shape.ITEM:
        kind = f"copytaster.item.{_signal(parsed, latest)}"
        yield _event(parsed, desk, kind=kind, schema="item", data=parsed, ordinal=0, now=now)
        return
    if parsed.life.signal is Signal.WITHDRAWN:
        return  # a kill note repeats the words that it takes back
    for ordinal, said in enumerate(parsed.quotes):
        yield _event(
            parsed,
            desk,
            kind="copytaster.quote.created",
            schema="quote",
            data=_quote_event(parsed, said, item.text),
            ordinal=ordinal,
            now=now,
        )


def _signal(parsed: ParsedItem, latest: str | None) -> Signal:
    """What the item does to the one before it; only the store knows that there was one."""
    said = parsed.life.signal
    if said in (Signal.CORRECTED, Signal.WITHDRAWN):
        return said
    return Signal.CREATED if latest in (None, parsed.item.version) else Signal.UPDATED


def _event(
    parsed: ParsedItem,
    desk: Desk,
    *,
    kind: str,
    schema: str,
    data: msgspec.Struct,
    ordinal: int,
    now: datetime.datetime,
) -> Event:
    item = parsed.item
    return Event(
        id=event_id(item.uri, item.version, desk.name, ordinal),
        source=percent_encoded(item.source, safe=_URI_SAFE) or "urn:copytaster:inbox",
        type=kind,
        subject=item.uri,
        time=now,
        dataschema=dataschema(schema),
        data=msgspec.Raw(dump(data)),
    )


def _quote_event(parsed: ParsedItem, quote: Quote, text: str) -> QuoteEvent:
    item = parsed.item
    return QuoteEvent(
        text=quote.contents.of(text),
        start=quote.contents.start,
        end=quote.contents.end,
        speaker=quote.speaker,
        mention=quote.source.of(text) if quote.source else None,
        cue=quote.cue.of(text) if quote.cue else None,
        chain=quote.chain,
        confidence=quote.confidence,
        item_uri=item.uri,
        item_version=item.version,
        headline=item.headline,
        link=item.link,
        dateline=parsed.dateline,
    )
