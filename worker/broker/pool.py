"""Celery's pool of child processes, which survives a child's death at any time and stops quickly.

Seen with Celery 5.7 and billiard 4.2: a child that is killed before the worker is ready ends the
worker with code 1, and an idle child checks only once a second whether it should end.
"""

import contextlib
import os
import signal
from typing import Any

from celery.concurrency.prefork import TaskPool

__all__ = ["ResilientPool"]


class ResilientPool(TaskPool):  # type: ignore[misc]  # celery has no types
    """The pool of Celery's setting `worker_pool`."""

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
