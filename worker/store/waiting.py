"""What waits on the streams: to be looked at, lifted to the urgent one, and counted."""

from collections.abc import Sequence
from typing import Any

from worker.ports import Backlog, InboxBacklog, InboxEntry, ReaderBacklog
from worker.store import records
from worker.store.connection import Connection, Word

__all__ = ["GROUP", "RedisWaiting"]

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
