"""A limit on the bytes of feed bodies that a process holds, while they are fetched and read."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["MemoryBudget", "Reservation"]

_FREE_BYTES = 256 * 1024
"""Not counted of each body: most feeds are smaller, and must not wait behind a few large ones."""


class MemoryBudget:
    """Bytes that all large bodies of a process share.

    Each body reserves more as it grows. When nothing is left it waits, unless it was the first to
    reserve: that body always goes on, or else all bodies might wait for each other. A process
    therefore holds at most the limit and one whole body.
    """

    def __init__(self, limit_bytes: int = 128 << 20, free_bytes: int = _FREE_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._free_bytes = free_bytes
        self._reserved: dict[Reservation, int] = {}
        self._freed = asyncio.Event()

    @property
    def held_bytes(self) -> int:
        """The bytes reserved now, without the uncounted part of each body."""
        return sum(self._reserved.values())

    @contextmanager
    def reserve(self) -> Iterator["Reservation"]:
        """Yield a reservation for a body; its bytes are free again when the block ends."""
        reservation = Reservation(self)
        try:
            yield reservation
        finally:
            self._reserved.pop(reservation, None)
            self._freed.set()

    async def grow(self, reservation: "Reservation", size_bytes: int) -> None:
        """Enlarge a reservation to the size of its body; wait while the budget is spent."""
        wanted = size_bytes - self._free_bytes
        if wanted <= 0:
            return
        self._reserved.setdefault(reservation, 0)
        while not self._may_grow(reservation, wanted - self._reserved[reservation]):
            self._freed.clear()
            await self._freed.wait()
        self._reserved[reservation] = wanted

    def _may_grow(self, reservation: "Reservation", more_bytes: int) -> bool:
        is_first = next(iter(self._reserved)) is reservation
        return is_first or self.held_bytes + more_bytes <= self._limit_bytes


class Reservation:
    """The share of a `MemoryBudget` that a body holds.

    `is_waiting` is True while the body needs more than the budget has left.
    """

    def __init__(self, budget: MemoryBudget) -> None:
        self._budget = budget
        self._size_bytes = 0
        self.is_waiting = False

    async def extend(self, size_bytes: int) -> None:
        """Return when this many more bytes of the body may be kept."""
        self._size_bytes += size_bytes
        self.is_waiting = True
        await self._budget.grow(self, self._size_bytes)
        self.is_waiting = False
