"""Messages on their way in: at a door, on a work stream, given up."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

__all__ = ["DeadLetter", "DoorDecision", "DoorMessage", "FeedChange", "InboxEntry"]


class DoorMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it stands at a door, `inbox` or `inbox:urgent`, where anyone may put it.

    `fields` are those that mean something, decoded as UTF-8 with replacement, and cut where they
    are longer than a message may be; `size` is how many bytes they have uncut, and `digest` tells
    the message from another that its sender put under the same id. `look` names the
    look at the doors that read it.
    """

    look: str
    door: str
    id: str
    size: int
    digest: str
    fields: Mapping[str, str]


class FeedChange(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as a message wants it, and as it was known when that was worked out: both as the store
    keeps them, `was` empty for a feed that is new.
    """

    feed_id: str
    was: bytes
    feed: bytes


class DoorDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a message at a door. `word`: `work`, `urgent`, `page`, `feed`, which takes a
    `change`, or `dead`, which takes a `letter`.
    """

    message: DoorMessage
    word: str
    letter: "DeadLetter | None" = None
    change: FeedChange | None = None


class InboxEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a work stream.

    `attempts` counts the times that a worker began on it; `fields` are the stream's own, decoded as
    UTF-8 with replacement; `size` is the length of the message in bytes, where only that is known.
    """

    stream: str
    id: str
    fields: Mapping[str, str]
    attempts: int = 0
    size: int = 0


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was given up. `reason` is one line for a person, `kind` a word for a
    filter.

    `source` is the feed, or what the sender called itself; `item` the uri, where it could be read.
    `first_at` is when the message came in first, `last_at` when it was given up last.
    """

    reason: str
    kind: str
    attempts: int
    payload: str
    id: str = ""
    stream: str = ""
    source: str = ""
    detail: str = ""
    item: str = ""
    first_at: datetime | None = None
    last_at: datetime | None = None
