"""Incoming messages: at a door, on a work stream, dead-lettered."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from worker.model.feed import Feed

__all__ = [
    "DeadLetter",
    "DoorDecision",
    "DoorMessage",
    "FeedChange",
    "FeedRequest",
    "InboxEntry",
    "LetterBrief",
]


class DoorMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message at a door: `inbox` or `inbox:urgent`, the streams that anyone may write to.

    `fields` are the known fields, decoded as UTF-8 with replacement and truncated at the longest
    message allowed; `size` is their full length in bytes. `digest` distinguishes the message from
    another that its sender put under the same id. `look` is the token of the read of the doors that
    returned the message.
    """

    look: str
    door: str
    id: str
    size: int
    digest: str
    fields: Mapping[str, str]


class FeedRequest(msgspec.Struct, frozen=True):
    """A feed to poll now, as a message describes it; `named` are the fields that it names."""

    feed: Feed
    named: tuple[str, ...] = ()

    def applied_to(self, known: Feed | None) -> Feed:
        """Return the feed to keep: fields that the message does not name stay as they are known.

        A message changes no feed that an operator added: anyone may write messages.
        """
        if known is None:
            return msgspec.structs.replace(self.feed, by_message=True)
        if not known.by_message:
            return known
        fields = {name: getattr(self.feed, name) for name in self.named}
        return msgspec.structs.replace(known, **fields)


class FeedChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a feed that a message asks for.

    `feed` is the feed with the change, `was` the feed that the change was computed from, empty for
    a new feed; both are encoded as the store keeps them.
    """

    feed_id: str
    was: bytes
    feed: bytes


class DoorDecision(msgspec.Struct, frozen=True, kw_only=True):
    """The destination of a message at a door.

    `word` is `work`, `urgent`, `page`, `feed`, which comes with a `request` and before it is made
    with a `change`, or `dead`, which comes with a `letter`. `trace` are the fields of the trace
    context that the work entry carries, if any.
    """

    message: DoorMessage
    word: str
    letter: "DeadLetter | None" = None
    request: FeedRequest | None = None
    change: FeedChange | None = None
    trace: Mapping[str, str] = {}


class InboxEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a work stream.

    `attempts` counts the workers that began on it; `fields` are those on the stream, decoded as
    UTF-8 with replacement; `size` is the length of the message in bytes, if only that is known.
    """

    stream: str
    id: str
    fields: Mapping[str, str]
    attempts: int = 0
    size: int = 0

    @property
    def order(self) -> str:
        """The entry's place among the versions of its item: one that returned keeps its first."""
        return self.fields.get("order") or self.id


LETTER_KINDS = ("message", "page", "intake", "parse", "attempts", "embargo")
"""The kinds of dead letters (docs/inbox.md)."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was given up, with the reason.

    `reason` is a line for people, `kind` a code to filter by. `source` is the feed or the name that
    the sender gave; `item` is the uri, if it could be read. `first_at` is the time when the message
    first came in, `last_at` the time when it was last given up.
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


class LetterBrief(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter whose payload is cut to its beginning; `size` is that of all of it in bytes."""

    letter: DeadLetter
    size: int
