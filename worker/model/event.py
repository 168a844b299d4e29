"""What goes out: CloudEvents 1.0, structured JSON."""

import hashlib
from datetime import datetime

import msgspec

from worker.model.annotations import Dateline, EntityLabel

__all__ = [
    "EntitiesEvent",
    "EntityGroup",
    "EntityMention",
    "Event",
    "QuoteEvent",
    "event_id",
    "replay_id",
]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A CloudEvents 1.0 envelope. Source: cloudevents.io, "CloudEvents - Version 1.0.2".

    `id` is stable: the same item version gives the same ids on every run. `subject` is the item's
    uri, `source` the feed. `data` is already encoded: what the desk's shape asks
    for (docs/schema/).
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
    """The id of the event that this one takes the place of; absent where the desk had none."""
    parserversion: str | msgspec.UnsetType = msgspec.UNSET
    """The version of copytaster that read the item anew."""


class QuoteEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One quote with enough of its item to stand alone: the `data` of a `quote` event.

    `text` is the quoted run, marks included, at `start` to `end` of the item's full text;
    `unglossed` the same without glosses in square brackets, None where there are none.
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


class EntityMention(msgspec.Struct, frozen=True, kw_only=True):
    """One mention, at `start` to `end` of the item's full text."""

    text: str
    start: int
    end: int


class EntityGroup(msgspec.Struct, frozen=True, kw_only=True):
    """All mentions of one thing in an item; `role` and `iso` as the first that has one gives it."""

    canonical: str
    label: EntityLabel
    role: str | None
    iso: str | None
    mentions: tuple[EntityMention, ...]


class EntitiesEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What one item names: the `data` of an `entities` event. In the order of the first
    mentions.
    """

    entities: tuple[EntityGroup, ...]
    item_uri: str
    item_version: str
    headline: str
    link: str = ""
    dateline: Dateline | None = None
    duplicate_of: str | None = None


def event_id(uri: str, version: str, desk: str, ordinal: int = 0) -> str:
    """The id of the `ordinal`-th event that one item version makes on one desk: 32 hex digits."""
    parts = "\x1f".join((uri, version, desk, str(ordinal)))
    return _digest(parts)


def replay_id(first_id: str, times: int) -> str:
    """The id of an event that takes the place of another for the `times`-th time; 0 is the first
    one itself.
    """
    return _digest(f"{first_id}\x1f{times}") if times else first_id


def _digest(parts: str) -> str:
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
