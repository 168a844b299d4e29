"""The events that one item makes on each desk that wants it.

What an item makes in one shape is the same on every desk, and is encoded once.
"""

import datetime
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

import msgspec

from worker.desks.desk import Desk, Shape
from worker.desks.match import Reading
from worker.desks.ninjs import as_ninjs
from worker.desks.uri import encode_uri, subject_of
from worker.model import (
    EntitiesEvent,
    Entity,
    EntityGroup,
    EntityLabel,
    EntityMention,
    Event,
    ParsedItem,
    Quote,
    QuoteEvent,
    Signal,
    event_id,
    version_key,
)
from worker.model.codec import dataschema, dump

__all__ = ["events_for"]


QUOTES_MOST = 1000
"""Of one item so many quotes go to a desk: more is no news."""


class _Draft(msgspec.Struct, frozen=True):
    """An event of no desk yet."""

    type: str
    dataschema: str
    data: msgspec.Raw


def events_for(
    parsed: ParsedItem,
    desks: Sequence[Desk],
    latest: str | None,
    now: datetime.datetime,
    *,
    had: Collection[str] = (),
    copied: Collection[str] = (),
    turn: int = 0,
) -> tuple[tuple[Desk, Event], ...]:
    """Every event that one parsed item makes, with its desk.

    `latest` is the version of this uri that was published last, None for a uri never seen. The
    desks named in `had` have had what a kill takes back: they get it whatever they ask for, in the
    shape of an item where their own makes nothing of a kill. Those in `copied` have had what this
    is a copy of: where they ask for firsts, they do not get it. `turn`
    counts the targets of one kill.
    """
    reading = Reading(parsed)
    wanting = [
        desk
        for desk in desks
        if desk.name in had
        or (desk.match.wants(reading) and not (desk.match.firsts and desk.name in copied))
    ]
    signal = _signal(parsed, latest)
    drafts: dict[Shape, tuple[_Draft, ...]] = {}
    for desk in wanting:
        if desk.shape not in drafts:
            drafts[desk.shape] = tuple(_drafts(parsed, desk.shape, signal))
    whole = (_draft("item", signal, parsed),) if had else ()
    item = parsed.item
    version = version_key(item.version, is_kill=parsed.life.signal is Signal.WITHDRAWN)
    source = encode_uri(item.source) or "urn:copytaster:inbox"
    return tuple(
        (
            desk,
            Event(
                id=event_id(item.uri, version, desk.name, ordinal),
                source=source,
                type=draft.type,
                subject=subject_of(parsed),
                time=now,
                dataschema=draft.dataschema,
                data=draft.data,
            ),
        )
        for desk in wanting
        for ordinal, draft in enumerate(
            drafts[desk.shape] or (whole if desk.name in had else ()), turn
        )
    )


def _signal(parsed: ParsedItem, latest: str | None) -> Signal:
    """What the item does to the one before it; only the store knows that there was one."""
    said = parsed.life.signal
    if said in (Signal.CORRECTED, Signal.WITHDRAWN):
        return said
    return Signal.CREATED if latest in (None, parsed.item.version) else Signal.UPDATED


def _drafts(parsed: ParsedItem, shape: Shape, signal: Signal) -> Iterator[_Draft]:
    if shape is Shape.ITEM:
        yield _draft("item", signal, parsed)
    elif shape is Shape.NINJS:
        yield _draft("ninjs", signal, as_ninjs(parsed))
    elif shape is Shape.ENTITIES:
        yield _draft("entities", signal, _entities_event(parsed))
    elif parsed.life.signal is not Signal.WITHDRAWN:
        # A kill note repeats the words that it takes back.
        text = parsed.item.text
        for quote in parsed.quotes[:QUOTES_MOST]:
            yield _draft("quote", Signal.CREATED, _quote_event(parsed, quote, text))


def _draft(schema: str, signal: Signal, data: msgspec.Struct) -> _Draft:
    return _Draft(*_names(schema, signal), msgspec.Raw(dump(data)))


@lru_cache
def _names(schema: str, signal: Signal) -> tuple[str, str]:
    """The event's type and the schema of its data."""
    return f"copytaster.{schema}.{signal.value}", dataschema(schema)


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
        unglossed=quote.unglossed,
        item_uri=item.uri,
        item_version=item.version,
        headline=item.headline,
        link=item.link,
        dateline=parsed.dateline,
        duplicate_of=parsed.duplicate_of,
    )


def _entities_event(parsed: ParsedItem) -> EntitiesEvent:
    """None are said of a kill, which repeats the names that it takes back."""
    item = parsed.item
    withdrawn = parsed.life.signal is Signal.WITHDRAWN
    return EntitiesEvent(
        entities=() if withdrawn else _groups(parsed.entities, item.text),
        item_uri=subject_of(parsed),
        item_version=item.version,
        headline=item.headline,
        link=item.link,
        dateline=parsed.dateline,
        duplicate_of=parsed.duplicate_of,
    )


def _groups(entities: Sequence[Entity], text: str) -> tuple[EntityGroup, ...]:
    """The mentions of each name and label together, in the order of the first ones."""
    mentions: dict[tuple[str, EntityLabel], list[Entity]] = {}
    for entity in entities:
        mentions.setdefault((entity.canonical, entity.label), []).append(entity)
    return tuple(
        EntityGroup(
            canonical=canonical,
            label=label,
            role=next((one.role for one in found if one.role), None),
            iso=next((one.iso for one in found if one.iso), None),
            mentions=tuple(
                EntityMention(text=one.span.of(text), start=one.span.start, end=one.span.end)
                for one in found
            ),
        )
        for (canonical, label), found in mentions.items()
    )
