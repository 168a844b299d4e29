"""The events of an item for each desk that takes it.

The events of a shape are the same on every desk, so they are encoded once.
"""

import datetime
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import islice

import msgspec

from worker.desks.desk import Desk, Shape
from worker.desks.match import MatchValues
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
    Statement,
    StatementEvent,
    StatementPart,
    event_id,
    version_key,
)
from worker.model.codec import dataschema, dump

__all__ = ["events_for"]


QUOTES_MOST = 1000
QUOTES_MOST_BYTES = 8 << 20
"""The most quotes, or statements, of an item that go to a desk, and their bytes. No news item has
more; a hostile text may, and each repeats the headline and the link of its item."""


class _Draft(msgspec.Struct, frozen=True):
    """An event that is not addressed to a desk yet."""

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
    """Return every event of a parsed item, with its desk.

    Args:
        parsed: The item.
        desks: All desks.
        latest: The last published version of the item's uri; None for a new uri.
        now: The time of the events.
        had: Desks that have had the target of a kill. They get the kill whatever their conditions,
            and as a whole item if their shape has no event for kills.
        copied: Desks that have had the original of a duplicate. Those that ask for `firsts` do not
            get the duplicate.
        turn: The ordinal of the first event: a kill with several targets counts them.
    """
    takers = _takers(parsed, desks, had, copied)
    signal = _signal(parsed, latest)
    drafts = {
        shape: tuple(_drafts(parsed, shape, signal)) for shape in {desk.shape for desk in takers}
    }
    whole_item = (_draft("item", signal, parsed),) if had else ()
    item = parsed.item
    version = version_key(item.version, is_kill=parsed.life.signal is Signal.WITHDRAWN)
    # CloudEvents requires a source; a message need not name its sender.
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
        for desk in takers
        for ordinal, draft in enumerate(
            drafts[desk.shape] or (whole_item if desk.name in had else ()), turn
        )
    )


def _takers(
    parsed: ParsedItem, desks: Sequence[Desk], had: Collection[str], copied: Collection[str]
) -> list[Desk]:
    """Return the desks that get the item; `had` and `copied` as in `events_for`."""
    values = MatchValues(parsed)
    return [
        desk
        for desk in desks
        if desk.name in had
        or (desk.match.wants(values) and not (desk.match.firsts and desk.name in copied))
    ]


def _signal(parsed: ParsedItem, latest: str | None) -> Signal:
    """Return the item's own signal, or created or updated by the version published before."""
    signal = parsed.life.signal
    if signal in (Signal.CORRECTED, Signal.WITHDRAWN):
        return signal
    # The same version, processed again, is no update of itself.
    return Signal.CREATED if latest in (None, parsed.item.version) else Signal.UPDATED


def _drafts(parsed: ParsedItem, shape: Shape, signal: Signal) -> Iterator[_Draft]:
    if shape is Shape.ITEM:
        yield _draft("item", signal, parsed)
    elif shape is Shape.NINJS:
        yield _draft("ninjs", signal, as_ninjs(parsed))
    elif shape is Shape.ENTITIES:
        yield _draft("entities", signal, _entities_event(parsed))
    # A kill note repeats the quotes and statements that it withdraws.
    elif parsed.life.signal is not Signal.WITHDRAWN:
        yield from _within_room(_speech_drafts(parsed, shape))


def _within_room(drafts: Iterator[_Draft]) -> Iterator[_Draft]:
    """Yield the first drafts, as far as the limits of number and bytes allow."""
    room = QUOTES_MOST_BYTES
    for draft in islice(drafts, QUOTES_MOST):
        room -= len(bytes(draft.data))
        if room < 0:
            return
        yield draft


def _speech_drafts(parsed: ParsedItem, shape: Shape) -> Iterator[_Draft]:
    """Yield a draft for each quote or statement.

    It is always created: its id is made from the item's version, so each version has quotes of
    its own.
    """
    text = parsed.item.text
    if shape is Shape.QUOTES:
        for quote in parsed.quotes:
            yield _draft("quote", Signal.CREATED, _quote_event(parsed, quote, text))
    else:
        for statement in parsed.statements:
            yield _draft("statement", Signal.CREATED, _statement_event(parsed, statement, text))


def _draft(schema: str, signal: Signal, data: msgspec.Struct) -> _Draft:
    return _Draft(*_names(schema, signal), msgspec.Raw(dump(data)))


@lru_cache
def _names(schema: str, signal: Signal) -> tuple[str, str]:
    """Return the event's type and the schema of its data."""
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


def _statement_event(parsed: ParsedItem, statement: Statement, text: str) -> StatementEvent:
    item = parsed.item
    return StatementEvent(
        kind=statement.kind,
        contents=tuple(
            StatementPart(text=part.of(text), start=part.start, end=part.end)
            for part in statement.contents
        ),
        speaker=statement.speaker,
        mention=statement.source.of(text) if statement.source else None,
        cue=statement.cue.of(text) if statement.cue else None,
        confidence=statement.confidence,
        item_uri=item.uri,
        item_version=item.version,
        headline=item.headline,
        link=item.link,
        dateline=parsed.dateline,
        duplicate_of=parsed.duplicate_of,
    )


def _entities_event(parsed: ParsedItem) -> EntitiesEvent:
    """Return the entities of an item; a kill has none, since it repeats those it withdraws."""
    item = parsed.item
    withdrawn = parsed.life.signal is Signal.WITHDRAWN
    return EntitiesEvent(
        entities=() if withdrawn else _groups(parsed.entities, item.text),
        item_uri=subject_of(parsed),  # of a kill, its target, by which consumers find the entities
        item_version=item.version,
        headline=item.headline,
        link=item.link,
        dateline=parsed.dateline,
        duplicate_of=parsed.duplicate_of,
    )


def _groups(entities: Sequence[Entity], text: str) -> tuple[EntityGroup, ...]:
    """Group mentions by name and label, in the order of first mention."""
    mentions: dict[tuple[str, EntityLabel], list[Entity]] = {}
    for entity in entities:
        mentions.setdefault((entity.canonical, entity.label), []).append(entity)
    return tuple(
        EntityGroup(
            canonical=canonical,
            label=label,
            role=next((mention.role for mention in group if mention.role), None),
            iso=next((mention.iso for mention in group if mention.iso), None),
            ticker=next((mention.ticker for mention in group if mention.ticker), None),
            latin=next((mention.latin for mention in group if mention.latin), None),
            value=group[0].value,
            mentions=tuple(
                EntityMention(
                    text=mention.span.of(text), start=mention.span.start, end=mention.span.end
                )
                for mention in group
            ),
        )
        for (canonical, label), group in mentions.items()
    )
