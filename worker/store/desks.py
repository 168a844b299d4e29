"""Desks' streams: read by anyone, and relayed by the process that has the desk's lease."""

import time
from collections.abc import Sequence
from typing import Any

from worker.model.publishing import DeskEntry
from worker.store import records
from worker.store.part import Part

__all__ = ["RedisDesks"]

BLOCK_SLICE_MS = 5000
"""Longest block of a single XREAD, well within the connection's time limit (TIMEOUT_S)."""


class RedisDesks(Part):
    """`worker.ports.DeskStreams` on a server."""

    def read(
        self, desk: str, *, after: str = "0-0", limit: int = 100, block_ms: int = 0
    ) -> tuple[DeskEntry, ...]:
        stream = self._desk_key(desk)
        position = self.last_id(desk) if after == "$" else records.check_entry_id(after)
        wait_until = time.monotonic() + block_ms / 1000
        while True:
            left_ms = min(round((wait_until - time.monotonic()) * 1000), BLOCK_SLICE_MS)
            wait = ("BLOCK", left_ms) if left_ms > 0 else ()
            reply = self._server.call("XREAD", "COUNT", limit, *wait, "STREAMS", stream, position)
            if reply:
                return tuple(records.desk_entry(*entry) for entry in reply[0][1])
            if left_ms <= 0:
                return ()

    def last(self, desk: str, *, before: str = "", limit: int = 100) -> tuple[DeskEntry, ...]:
        end = f"({records.check_entry_id(before)}" if before else "+"
        reply = self._server.call("XREVRANGE", self._desk_key(desk), end, "-", "COUNT", limit)
        return tuple(records.desk_entry(*entry) for entry in reply)

    def last_id(self, desk: str) -> str:
        # XREAD's own `$` would lose entries between two reads.
        newest = self._server.call("XREVRANGE", self._desk_key(desk), "+", "-", "COUNT", 1)
        return newest[0][0].decode() if newest else "0-0"

    def lease(self, desk: str, token: str, *, seen: str = "") -> str:
        state = self._relay("lease_desk", desk, token, seen=seen)
        return str(state, "utf-8", "replace")

    def renew(self, desk: str, token: str) -> bool:
        return bool(self._relay("renew_desk", desk, token))

    def leave(self, desk: str, token: str) -> None:
        self._relay("leave_desk", desk, token)

    def take(self, desk: str, token: str, *, limit: int = 100) -> tuple[DeskEntry, ...] | None:
        taken = self._relay("take_desk", desk, token, limit=limit)
        return None if taken is None else tuple(records.desk_entry(*entry) for entry in taken)

    def confirm(self, desk: str, token: str, entry_ids: Sequence[str]) -> bool:
        ids = [records.check_entry_id(entry_id) for entry_id in entry_ids]
        return bool(self._relay("confirm_desk", desk, token, ids=ids))

    def _relay(self, script: str, desk: str, token: str, **words: object) -> Any:
        argument = {"desk": desk, "token": token, **words}
        return self._server.run(script, self._desk_key(desk), argument)

    def _desk_key(self, desk: str) -> str:
        return self._key(f"desk:{desk}")
