"""Shares the result of a blocking call among the requests that arrive while it runs."""

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["SingleFlight"]

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs a function in a thread, never twice at the same time.

    Any number of requests then costs the servers behind this one no more than a single request, and
    a server that does not answer occupies a single thread.

    Args:
        call: The function.
        fresh_s: The time for which a result is returned again.
    """

    def __init__(self, call: Callable[[], T], fresh_s: float = 1.0) -> None:
        self._call = call
        self._fresh_s = fresh_s
        self._running: asyncio.Task[T] | None = None
        self._ended_at = 0.0

    async def result(self) -> T:
        """Return the result of the running call, of a recent call, or of a new call."""
        running = self._running
        if running is None or (running.done() and not self._is_fresh(running)):
            running = self._running = asyncio.create_task(self._run())
        return await asyncio.shield(running)  # a caller that is cancelled must not end it for all

    def _is_fresh(self, ended: asyncio.Task[T]) -> bool:
        is_late = time.monotonic() - self._ended_at >= self._fresh_s
        return not (is_late or ended.cancelled() or ended.exception())

    async def _run(self) -> T:
        try:
            return await asyncio.to_thread(self._call)
        finally:
            self._ended_at = time.monotonic()
