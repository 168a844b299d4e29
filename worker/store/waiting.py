"""What waits on the streams: to be looked at, lifted to the urgent one, and counted."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from worker.ports import Backlog, InboxBacklog, InboxEntry, ReaderBacklog
from worker.store import records
from worker.store.connection import Connection, Word
from worker.store.leases import MemoryFeeds
from worker.store.streams import Stream, inbox_entry, read_id

__all__ = ["GROUP", "MemoryWaiting", "RedisWaiting"]

GROUP = "copytaster"


class RedisWaiting:
    """A part of `worker.ports.Store` on a server."""

    _server: Connection
    _inbox: str
    _urgent: str
    _inbox_length: int

    def _key(self, rest: str) -> str:
        raise NotImplementedError

    def unread(self, *, after: str = "0-0", limit: int = 100) -> tuple[InboxEntry, ...]:
        args: list[Word] = [GROUP, records.check_entry_id(after), limit]
        found = self._server.script("unread", [self._inbox], args)
        return tuple(records.inbox_entry(*entry) for entry in found)

    def lift(self, entries: Sequence[InboxEntry]) -> int:
        args = [GROUP, *(records.check_entry_id(entry.id) for entry in entries)]
        return int(self._server.script("lift", [self._inbox, self._urgent], args))

    def backlog(self) -> Backlog:
        keys = [self._key("due"), self._inbox, self._urgent]
        args = [GROUP, self._key("desks"), self._key("desk:")]
        found = self._server.script("backlog", keys, args)
        start = len(self._key(""))
        return _read_backlog(found, start, self._inbox_length)


class MemoryWaiting(MemoryFeeds):
    """A part of `worker.ports.Store` in memory."""

    _streams: Mapping[str, Stream]
    _desks: Mapping[str, Stream]
    _inbox: str
    _urgent: str
    _inbox_length: int

    def unread(self, *, after: str = "0-0", limit: int = 100) -> tuple[InboxEntry, ...]:
        with self._changed:
            position = read_id(records.check_entry_id(after))
            found = self._streams[self._inbox].unread(GROUP, position)
            return tuple(inbox_entry(self._inbox, entry) for entry in found)[:limit]

    def lift(self, entries: Sequence[InboxEntry]) -> int:
        with self._changed:
            inbox, urgent = self._streams[self._inbox], self._streams[self._urgent]
            keys = [read_id(records.check_entry_id(entry.id)) for entry in entries]
            return sum(inbox.lift(GROUP, key, urgent, self._now_ms()) for key in keys)

    def backlog(self) -> Backlog:
        with self._changed:
            now_ms = self._now_ms()
            late_ms = max(0, now_ms - min(self._leases.due.values(), default=now_ms))
            found = _find_backlog(self._streams, self._desks, GROUP, now_ms)
            return replace(found, inbox_limit=self._inbox_length, late_s=late_ms / 1000)


def _read_backlog(found: Sequence[Any], key_start: int, inbox_limit: int) -> Backlog:
    """The answer of backlog.lua; `key_start` is the length of the prefix and its colon."""
    inboxes, readers, late_ms, used, limit = found

    def seconds(ms: bytes) -> float | None:
        return int(ms) / 1000 if ms else None

    return Backlog(
        inboxes={
            key[key_start:].decode(): InboxBacklog(
                waiting=waiting, at_work=at_work, oldest_s=seconds(oldest), waits_s=seconds(waits)
            )
            for key, waiting, at_work, oldest, waits in inboxes
        },
        inbox_limit=inbox_limit,
        readers=tuple(
            ReaderBacklog(
                desk=desk.decode(),
                reader=reader.decode("utf-8", "replace"),
                behind=behind,
                unconfirmed=unconfirmed,
                lost=lost,
            )
            for desk, reader, behind, unconfirmed, lost in readers
        ),
        late_s=int(late_ms) / 1000,
        memory_used=int(used),
        memory_limit=int(limit),
    )


def _find_backlog(
    inboxes: Mapping[str, Stream], desks: Mapping[str, Stream], group: str, now_ms: int
) -> Backlog:
    """What waits on the streams, by the last word of an inbox's name; its limit is for others."""
    return Backlog(
        inboxes={
            name.partition(":")[2]: stream.inbox_backlog(group, now_ms)
            for name, stream in inboxes.items()
        },
        inbox_limit=0,
        readers=tuple(
            reader
            for desk, stream in sorted(desks.items())
            for reader in stream.reader_backlogs(desk)
        ),
    )
