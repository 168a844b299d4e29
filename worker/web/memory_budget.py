"""How many bytes of bodies one process holds at once, while they are fetched and while read."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["BodyRoom", "ByteBudget"]

_FREE_BYTES = 256 * 1024
"""Of each body: usual feeds are smaller, and shall not wait behind large ones."""


class ByteBudget:
    """Bytes that all large bodies of a process share.

    A body that grows takes more as it comes. Where nothing is left it waits, except the one that
    began to take first: it may always go on, or all might wait for each other. So at most the limit
    and one whole body are held.
    """

    def __init__(self, limit_bytes: int = 128 << 20, free_bytes: int = _FREE_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._free_bytes = free_bytes
        self._taken: dict[BodyRoom, int] = {}
        self._freed = asyncio.Event()

    @property
    def held_bytes(self) -> int:
        """What is taken now, beyond what is free."""
        return sum(self._taken.values())

    @contextmanager
    def room(self) -> Iterator["BodyRoom"]:
        """Room for one body, given back at the end, when nobody holds the body any more."""
        room = BodyRoom(self)
        try:
            yield room
        finally:
            self._taken.pop(room, None)
            self._freed.set()

    async def grow(self, room: "BodyRoom", size_bytes: int) -> None:
        """Take what a body of this size needs and its room has not; wait where that is too much."""
        wanted = size_bytes - self._free_bytes
        if wanted <= 0:
            return
        self._taken.setdefault(room, 0)
        while not self._may_take(room, wanted - self._taken[room]):
            self._freed.clear()
            await self._freed.wait()
        self._taken[room] = wanted

    def _may_take(self, room: "BodyRoom", more: int) -> bool:
        is_first = next(iter(self._taken)) is room
        return is_first or self.held_bytes + more <= self._limit_bytes


class BodyRoom:
    """Room for one body. `is_waiting`: it has been asked for more than there is."""

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self._size_bytes = 0
        self.is_waiting = False

    async def take(self, size_bytes: int) -> None:
        """Make room for so many more bytes; returns when they may be kept."""
        self._size_bytes += size_bytes
        self.is_waiting = True
        await self._budget.grow(self, self._size_bytes)
        self.is_waiting = False
