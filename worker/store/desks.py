"""Desks' streams: read by anyone, or by durable readers such as relays."""

import time
from collections.abc import Sequence

from worker.ports import DeskEntry
from worker.store import records
from worker.store.connection import Connection, Word

__all__ = ["RedisDesks"]

BLOCK_SLICE_MS = 5000
"""A waiting read comes back this often, well inside the connection's own time limit."""

CONSUMER = "copytaster"
"""The consumer of every durable reader."""


class RedisDesks:
    """A part of `worker.ports.Store` on a server."""

    _server: Connection

    def _key(self, rest: str) -> str:
        raise NotImplementedError

    def read_desk(
        self, desk: str, *, after: str = "0-0", limit: int = 100, block_ms: int = 0
    ) -> tuple[DeskEntry, ...]:
        stream = self._desk_key(desk)
        position = self._end_of(stream) if after == "$" else records.check_entry_id(after)
        wait_until = time.monotonic() + block_ms / 1000
        while True:
            left_ms = min(round((wait_until - time.monotonic()) * 1000), BLOCK_SLICE_MS)
            wait = ("BLOCK", left_ms) if left_ms > 0 else ()
            found = self._server.call("XREAD", "COUNT", limit, *wait, "STREAMS", stream, position)
            if found:
                return tuple(records.desk_entry(*entry) for entry in found[0][1])
            if left_ms <= 0:
                return ()

    def _end_of(self, stream: str) -> str:
        newest = self._server.call("XREVRANGE", stream, "+", "-", "COUNT", 1)
        return newest[0][0].decode() if newest else "0-0"

    def take_desk(
        self, desk: str, reader: str, *, limit: int = 100, idle_ms: int = 30_000
    ) -> tuple[DeskEntry, ...]:
        args: list[Word] = [reader, CONSUMER, limit, idle_ms]
        taken = self._server.script("take", [self._desk_key(desk)], args)
        return tuple(records.desk_entry(entry_id, fields) for _, entry_id, _, fields in taken)

    def confirm_desk(self, desk: str, reader: str, entry_ids: Sequence[str]) -> None:
        if entry_ids:
            ids = map(records.check_entry_id, entry_ids)
            self._server.call("XACK", self._desk_key(desk), reader, *ids)

    def _desk_key(self, desk: str) -> str:
        return self._key(f"desk:{desk}")
