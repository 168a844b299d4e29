"""Events of the desks: CloudEvents 1.0, structured JSON."""

import hashlib
from datetime import datetime

import msgspec

from worker.model.annotations import Dateline, EntityLabel, StatementKind, Value

__all__ = [
    "EntitiesEvent",
    "EntityGroup",
    "EntityMention",
    "Event",
    "QuoteEvent",
    "StatementEvent",
    "StatementPart",
    "event_id",
    "replay_id",
]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A CloudEvents 1.0 envelope. Source: cloudevents.io, "CloudEvents - Version 1.0.2".

    `id` is stable: the same item version gives the same ids on every run. `subject` is the item's
    uri, `source` the feed. `data` is already encoded, in the shape of the desk (docs/schema/).
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    dataschema: str
    data: msgspec.Raw
    specversion: str = "1.0"
    datacontenttype: str = "application/json"
    replayed: bool | msgspec.UnsetType = msgspec.UNSET
    """True for an event of a replay; absent in all others, as the next two are."""
    replaces: str | msgspec.UnsetType = msgspec.UNSET
    """The id of the event that this event replaces; absent if the desk had none."""
    parserversion: str | msgspec.UnsetType = msgspec.UNSET
    """The version of copytaster that parsed the item again."""
    traceparent: str | msgspec.UnsetType = msgspec.UNSET
    """The trace of the item, if it was traced. Source: CloudEvents, "Distributed Tracing
    extension"; this is no part of the event's digest, and a repeat with another makes no event."""
    tracestate: str | msgspec.UnsetType = msgspec.UNSET


class QuoteEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A quote with enough of its item to stand alone: the `data` of a `quote` event.

    `text` is the quoted run, marks included, at `start` to `end` of the item's full text;
    `unglossed` is the same without insertions in square brackets, None if there are none.
    """

    text: str
    start: int
    end: int
    speaker: str | None
    mention: str | None
    cue: str | None
    chain: int
    confidence: float
    item_uri: str
    item_version: str
    headline: str
    link: str = ""
    dateline: Dateline | None = None
    unglossed: str | None = None
    duplicate_of: str | None = None


class StatementPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a statement's content, at `start` to `end` of the item's full text."""

    text: str
    start: int
    end: int


class StatementEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A statement with enough of its item to stand alone: the `data` of a `statement` event."""

    kind: StatementKind
    contents: tuple[StatementPart, ...]
    speaker: str | None
    mention: str | None
    cue: str | None
    confidence: float
    item_uri: str
    item_version: str
    headline: str
    link: str = ""
    dateline: Dateline | None = None
    duplicate_of: str | None = None


class EntityMention(msgspec.Struct, frozen=True, kw_only=True):
    """A mention of an entity, at `start` to `end` of the item's full text."""

    text: str
    start: int
    end: int


class EntityGroup(msgspec.Struct, frozen=True, kw_only=True):
    """All mentions of an entity in an item; `role`, `iso` and `ticker` are the first given.

    Mentions of a value have the same normal form, and thus the same `value`.
    """

    canonical: str
    label: EntityLabel
    role: str | None
    iso: str | None
    mentions: tuple[EntityMention, ...]
    ticker: str | None = None
    value: Value | None = None
    latin: str | None = None


class EntitiesEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The entities of an item, in order of first mention: the `data` of an `entities` event."""

    entities: tuple[EntityGroup, ...]
    item_uri: str
    item_version: str
    headline: str
    link: str = ""
    dateline: Dateline | None = None
    duplicate_of: str | None = None


def event_id(uri: str, version: str, desk: str, ordinal: int = 0) -> str:
    """Return the id of the `ordinal`-th event of an item version on a desk: 32 hex digits."""
    parts = "\x1f".join((uri, version, desk, str(ordinal)))
    return _digest(parts)


def replay_id(first_id: str, times: int) -> str:
    """Return the id of the `times`-th replacement of an event; 0 gives the event's own id."""
    return _digest(f"{first_id}\x1f{times}") if times else first_id


def _digest(parts: str) -> str:
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
