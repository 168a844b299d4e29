"""Celery's pool of child processes, which survives a child's death at any time and stops quickly.

Seen with Celery 5.7 and billiard 4.2: a child that is killed before the worker is ready ends the
worker with code 1, and an idle child checks only once a second whether it should end. A child that
is told to end first waits up to 30 s until the worker has read its last result; the signal that
stops the worker may have interrupted just that read, and then it waits in vain.
"""

import contextlib
import os
import signal
from typing import Any

import billiard.pool
from celery.concurrency.prefork import TaskPool

__all__ = ["ResilientPool"]

_LOOKS = 10
"""How often an ending child looks, every 0.1 s, whether its last result was read.

Nothing depends on that: a task's work is done in the store before its result is sent.
"""


class ResilientPool(TaskPool):  # type: ignore[misc]  # celery has no types
    """The pool of Celery's setting `worker_pool`."""

    def on_start(self) -> None:
        """Start the children, which inherit the number of looks."""
        billiard.pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = _LOOKS
        super().on_start()

    def did_start_ok(self) -> bool:
        """Return True: `worker.broker.bootsteps.ChildWatch` replaces children that died."""
        return True

    def on_stop(self) -> None:
        """Stop when the running tasks have ended; idle children are killed at once.

        While a task is on its way to a child, it is unknown which children are idle, so none is
        killed.
        """
        if self._pool is not None:
            running = [job for job in list(self._pool._cache.values()) if not job.ready()]  # noqa: SLF001  # billiard has no public access
            if all(job.accepted() for job in running):
                busy = {pid for job in running for pid in job.worker_pids()}
                _kill([child for child in self._pool._pool if child.pid not in busy])  # noqa: SLF001
        super().on_stop()


def _kill(children: list[Any]) -> None:
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
