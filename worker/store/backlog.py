"""What waits on the streams: to be looked at, lifted to the urgent one, and counted."""

from collections.abc import Sequence
from typing import Any

from worker.model.backlog import Backlog, InboxBacklog, ReaderBacklog, Retention
from worker.store.connection import Connection

__all__ = ["GROUP", "RedisWaiting"]

GROUP = "copytaster"


class RedisWaiting:
    """A part of `worker.ports.Store` on a server."""

    _server: Connection
    _inbox: str
    _urgent: str
    _inbox_length: int
    _desk_length: int
    _copies_bytes: int
    _near_length: int
    _dead_length: int

    def _key(self, rest: str) -> str:
        raise NotImplementedError

    def _readers(self) -> tuple[ReaderBacklog, ...]:
        raise NotImplementedError

    def backlog(self) -> Backlog:
        streams = ("inbox", "work", "inbox:urgent", "work:urgent")
        keys = [self._key("due"), *(self._key(name) for name in streams)]
        found = self._server.script(
            "backlog", keys, [GROUP, self._key("dead:dropped"), self._key("clock")]
        )
        start = len(self._key(""))
        return _read_backlog(found, start, self._inbox_length, self._readers())

    def retention(self) -> tuple[Retention, ...]:
        said = {
            "desk_length": self._desk_length,
            "copies_bytes": self._copies_bytes,
            "near_length": self._near_length,
            "dead_length": self._dead_length,
        }
        rows = self._server.run("retention", self._key("order"), said)
        return tuple(_read_retention(*row) for row in rows)


def _read_retention(  # noqa: PLR0917  # a row of retention.lua
    name: bytes, held: int, most: int, entries: int, age_ms: bytes, late: int, late_ms: bytes
) -> Retention:
    """Return one row of retention.lua: at the rate of late, `most` last for so long."""
    entries_per_s = late / (int(late_ms) / 1000)
    return Retention(
        name=name.decode(),
        held=held,
        most=most,
        oldest_s=int(age_ms) / 1000,
        lasts_s=most / (entries_per_s * held / entries) if held else 0.0,
    )


def _read_backlog(
    found: Sequence[Any], key_start: int, inbox_limit: int, readers: tuple[ReaderBacklog, ...]
) -> Backlog:
    """The answer of backlog.lua; `key_start` is the length of the prefix and its colon."""
    inboxes, late_ms, used, limit, dropped = found

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
        readers=readers,
        late_s=int(late_ms) / 1000,
        dead_dropped=dropped,
        memory_used=int(used),
        memory_limit=int(limit),
    )
