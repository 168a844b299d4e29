"""Queue lengths, ages and limits of everything that waits."""

from collections.abc import Mapping

import msgspec

__all__ = ["Backlog", "InboxBacklog", "ReaderBacklog", "Retention"]


class InboxBacklog(msgspec.Struct, frozen=True, kw_only=True):
    """One inbox stream. `waiting` is what nobody was given yet; `waits_s` for how long the first of
    it waits that is past its door, `oldest_s` is the age of the oldest entry, at work or not. None
    where there is no such entry.
    """

    waiting: int = 0
    at_work: int = 0
    oldest_s: float | None = None
    waits_s: float | None = None


class ReaderBacklog(msgspec.Struct, frozen=True, kw_only=True):
    """A durable reader of a desk's stream, such as its relay. `behind`: events that it has not
    taken; `unconfirmed`: that it took and did not confirm, and that are still there; `lost`: events
    that the stream's bound has ever cut before this reader confirmed them, `lost_s` seconds ago for
    the last time.
    """

    desk: str
    reader: str
    behind: int = 0
    unconfirmed: int = 0
    lost: int = 0
    lost_s: float | None = None


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is kept in a bounded number, or size in bytes: what it holds and may hold, how
    old its oldest entry is, and for how long an entry stays at the rate of the last hundred.
    """

    name: str
    held: int
    most: int
    oldest_s: float
    lasts_s: float


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """What waits where, and how full the store is; a `memory_limit` of 0 is none."""

    inboxes: Mapping[str, InboxBacklog]
    inbox_limit: int
    readers: tuple[ReaderBacklog, ...] = ()
    dead_dropped: int = 0
    """Dead letters that made room for others, ever."""
    late_s: float = 0.0
    """How long the feed that waits longest has been due."""
    memory_used: int = 0
    memory_limit: int = 0
