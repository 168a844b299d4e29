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
        self,
        desk: str,
        *,
        after: str = "0-0",
        limit: int = 100,
        limit_bytes: int = 0,
        block_ms: int = 0,
    ) -> tuple[DeskEntry, ...]:
        stream = self._desk_key(desk)
        position = self.last_id(desk) if after == "$" else records.check_entry_id(after)
        if limit_bytes:
            found = self._read_some(desk, position, limit=limit, limit_bytes=limit_bytes)
            if found or not block_ms:
                return found
            limit = 1  # of the events that come meanwhile, which may be long
        wait_until = time.monotonic() + block_ms / 1000
        while True:
            left_ms = min(round((wait_until - time.monotonic()) * 1000), BLOCK_SLICE_MS)
            wait = ("BLOCK", left_ms) if left_ms > 0 else ()
            reply = self._server.call("XREAD", "COUNT", limit, *wait, "STREAMS", stream, position)
            if reply:
                return tuple(records.desk_entry(*entry) for entry in reply[0][1])
            if left_ms <= 0:
                return ()

    def last(
        self, desk: str, *, before: str = "", limit: int = 100, limit_bytes: int = 0
    ) -> tuple[DeskEntry, ...]:
        if before and records.is_first_id(before):
            return ()  # the server takes it for no range at all
        end = f"({records.check_entry_id(before)}" if before else "+"
        if limit_bytes:
            return self._run_read(
                desk, end, limit=limit, limit_bytes=limit_bytes, is_backwards=True
            )
        reply = self._server.call("XREVRANGE", self._desk_key(desk), end, "-", "COUNT", limit)
        return tuple(records.desk_entry(*entry) for entry in reply)

    def _read_some(
        self, desk: str, after: str, *, limit: int, limit_bytes: int
    ) -> tuple[DeskEntry, ...]:
        if records.is_last_id(after):
            return ()
        return self._run_read(desk, f"({after}", limit=limit, limit_bytes=limit_bytes)

    def _run_read(
        self, desk: str, start: str, *, limit: int, limit_bytes: int, is_backwards: bool = False
    ) -> tuple[DeskEntry, ...]:
        argument = {
            "desk": desk,
            "from": start,
            "is_backwards": is_backwards,
            "limit": limit,
            "bytes": limit_bytes,
        }
        # The key of a script has to be one that its caller may write: the web's user may not write
        # a desk.
        reply = self._server.run("read_desk", self._key("order"), argument)
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

    def confirm(
        self, desk: str, token: str, entry_ids: Sequence[str], *, refused: str = ""
    ) -> bool:
        ids = [records.check_entry_id(entry_id) for entry_id in entry_ids]
        refused = refused and records.check_entry_id(refused)
        return bool(self._relay("confirm_desk", desk, token, ids=ids, refused=refused))

    def _relay(self, script: str, desk: str, token: str, **words: object) -> Any:
        argument = {"desk": desk, "token": token, **words}
        return self._server.run(script, self._desk_key(desk), argument)

    def _desk_key(self, desk: str) -> str:
        return self._key(f"desk:{desk}")
