"""The heartbeats of a process in the store, which tell the others that it runs."""

import os
import socket
import time

from worker.errors import CopytasterError
from worker.ports import MetricSums
from worker.store.connection import Connection
from worker.store.metrics import RedisMetrics
from worker.store.part import StoreLimits

__all__ = ["FRESH_S", "Presence"]

_ANSWER_S = 1.0
"""Limit for the server's answer, for which the main loop waits."""

BEAT_S = 10.0

FRESH_S = 30.0
"""Age at which a process no longer counts as running."""


class Presence:
    """Sends the heartbeats of a process, from its main loop.

    Losing them harms nothing, so no error comes out of here.

    Args:
        url: The broker's URL.
        prefix: The first word of the store's keys.
        roles: `dispatch`, `poller`, `worker`, `relay`, `source`, `web`; a worker may have two.
    """

    def __init__(self, url: str, prefix: str, *roles: str) -> None:
        self._server = Connection(url, answer_s=_ANSWER_S)
        self._sums: MetricSums = RedisMetrics(self._server, StoreLimits(prefix=prefix))
        self._roles = roles
        self._host = socket.gethostname()
        self._next = 0.0

    def beat(self) -> None:
        """Send a heartbeat, unless the last one was sent less than ten seconds ago."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + BEAT_S
        try:
            for role in self._roles:
                self._sums.beat(role, self._host, os.getpid())
        except CopytasterError:
            self._next = now + 3 * BEAT_S  # each try may take a second

    def leave(self) -> None:
        """Say that the process stops, so that nobody misses it."""
        try:
            for role in self._roles:
                self._sums.leave(role, self._host, os.getpid())
        except CopytasterError:
            return
        finally:
            self._server.close()
