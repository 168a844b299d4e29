"""Queue lengths, ages and limits."""

from collections.abc import Mapping, Sequence
from typing import Any

from worker.model import HEALTH
from worker.model.backlog import Backlog, InboxBacklog, ReaderBacklog, Retention
from worker.store.part import Part

__all__ = ["GROUP", "RedisStats"]

GROUP = "copytaster"
"""The consumer group of the work streams, as in scripts/lib/core.lua."""


class RedisStats(Part):
    """`worker.ports.Stats` on a server."""

    def sizes(self) -> Mapping[str, int]:
        counts = self._server.run("sizes", self._key("order"), {"health": HEALTH})
        return {name.decode(): count for name, count in zip(counts[::2], counts[1::2], strict=True)}

    def backlog(self) -> Backlog:
        streams = ("inbox", "work", "inbox:urgent", "work:urgent")
        keys = [self._key("due"), *(self._key(name) for name in streams)]
        reply = self._server.script(
            "backlog", keys, [GROUP, self._key("dead:dropped"), self._key("clock")]
        )
        start = len(self._key(""))
        return _read_backlog(reply, start, self._limits.inbox_length, self._readers())

    def retention(self) -> tuple[Retention, ...]:
        argument = {
            "desk_length": self._limits.desk_length,
            "copies_bytes": self._limits.copies_bytes,
            "near_length": self._limits.near_length,
            "dead_length": self._limits.dead_length,
        }
        rows = self._server.run("retention", self._key("order"), argument)
        return tuple(_read_retention(*row) for row in rows)

    def _readers(self) -> tuple[ReaderBacklog, ...]:
        """Return the backlog of each durable reader of each desk."""
        rows = self._server.run("readers", self._key("due"), {})
        return tuple(
            ReaderBacklog(
                desk=desk.decode(),
                reader=reader.decode("utf-8", "replace"),
                behind=behind,
                unconfirmed=unconfirmed,
                lost=lost,
                lost_s=int(lost_ms) / 1000 if lost_ms else None,
            )
            for desk, reader, behind, unconfirmed, lost, lost_ms in rows
        )

    def ping(self) -> None:
        self._server.call("PING")


def _read_retention(  # noqa: PLR0917  # a row of retention.lua
    name: bytes, held: int, most: int, entries: int, age_ms: bytes, recent: int, recent_ms: bytes
) -> Retention:
    """Return a row of retention.lua; `recent` entries in `recent_ms` are the present rate."""
    entries_per_s = recent / (int(recent_ms) / 1000)
    return Retention(
        name=name.decode(),
        held=held,
        most=most,
        oldest_s=int(age_ms) / 1000,
        lasts_s=most / (entries_per_s * held / entries) if held else 0.0,
    )


def _read_backlog(
    reply: Sequence[Any], key_start: int, inbox_limit: int, readers: tuple[ReaderBacklog, ...]
) -> Backlog:
    """Return the answer of backlog.lua; `key_start` is the length of the prefix with its colon."""
    inboxes, late_ms, used, limit, dropped = reply

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
