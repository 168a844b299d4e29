"""Lengths, ages and limits of the queues."""

from collections.abc import Mapping

import msgspec

__all__ = ["Backlog", "InboxBacklog", "ReaderBacklog", "Retention"]


class InboxBacklog(msgspec.Struct, frozen=True, kw_only=True):
    """The backlog of an inbox stream.

    `waiting` counts the entries that no worker has been given, at the door or on the work stream;
    `waits_s` is the age of the first of them on the work stream, by which polling slows down: ids
    at a door are the senders' choice. `at_work` counts the pending entries. `oldest_s` is the age
    of the oldest entry, waiting or pending. An age is None without such an entry.
    """

    waiting: int = 0
    at_work: int = 0
    oldest_s: float | None = None
    waits_s: float | None = None


class ReaderBacklog(msgspec.Struct, frozen=True, kw_only=True):
    """The backlog of a durable reader of a desk's stream, for example its relay.

    `behind` is its lag: events that it has not read. `unconfirmed` counts its pending events that
    are still on the stream. `lost` counts the events that were trimmed before this reader confirmed
    them, the last of them `lost_s` seconds ago.
    """

    desk: str
    reader: str
    behind: int = 0
    unconfirmed: int = 0
    lost: int = 0
    lost_s: float | None = None


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """The fill level of a store that is bounded in number or in bytes.

    `held` and `most` are its present and its maximal size, `oldest_s` is the age of its oldest
    entry, and `lasts_s` how long an entry stays at the rate of the last hundred.
    """

    name: str
    held: int
    most: int
    oldest_s: float
    lasts_s: float


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """The backlog of all queues, and the memory of the store; a `memory_limit` of 0 is no limit."""

    inboxes: Mapping[str, InboxBacklog]
    inbox_limit: int
    readers: tuple[ReaderBacklog, ...] = ()
    dead_dropped: int = 0
    """Dead letters that were ever evicted to make room for others."""
    late_s: float = 0.0
    """How long the most overdue feed has been due."""
    memory_used: int = 0
    memory_limit: int = 0
