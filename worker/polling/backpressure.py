"""Backpressure: polling slows down or stops while the store is full or the inbox drains slowly.

The messages on the inbox were fetched already and go first; a feed can wait. A slow inbox makes
polling slower but never stops it, since a feed shows an entry for a limited time only. A full store
stops it.
"""

import time
from collections.abc import Callable
from typing import Literal

import msgspec
import structlog

from worker.model.backlog import Backlog
from worker.ports import Stats

__all__ = ["PAUSE_CAP_S", "BacklogWatch", "Throttle", "find_throttle"]

log = structlog.get_logger(__name__)

FULL = 0.8
"""Share of the server's memory, or of the inbox, from which polling stops."""

SLOW_FROM_S = 60.0
"""Wait of a message for a worker from which polling slows down."""

PAUSE_CAP_S = 30.0
"""Longest pause between two batches of feeds."""

CHECK_S = 1.0

OVERRUN_S = 600.0
"""Time without a loss after which a desk reader that loses events is logged again."""


class Throttle(msgspec.Struct, frozen=True, kw_only=True):
    """A limit on polling: none, a pause of `pause_s` between two batches, or no polls at all."""

    state: Literal["free", "slowed", "held"] = "free"
    reason: str = ""
    pause_s: float = 0.0

    @property
    def is_held(self) -> bool:
        """True if no feed may be polled."""
        return self.state == "held"


def find_throttle(backlog: Backlog) -> Throttle:
    """Return the limit on polling for a backlog.

    >>> find_throttle(Backlog(inboxes={}, inbox_limit=100, memory_used=90, memory_limit=100))
    Throttle(state='held', reason='the broker has used 90 % of its memory', pause_s=0.0)
    """
    inboxes = backlog.inboxes.values()
    share = backlog.memory_used / backlog.memory_limit if backlog.memory_limit else 0.0
    if share >= FULL:
        reason = f"the broker has used {100 * share:.0f} % of its memory"
        return Throttle(state="held", reason=reason)
    messages = sum(inbox.waiting + inbox.at_work for inbox in inboxes)
    if messages >= FULL * backlog.inbox_limit:
        reason = f"the inbox holds {messages} of {backlog.inbox_limit} messages"
        return Throttle(state="held", reason=reason)
    waits_s = max((inbox.waits_s or 0.0 for inbox in inboxes), default=0.0)
    if waits_s > SLOW_FROM_S:
        reason = "messages wait for workers for more than a minute"
        return Throttle(state="slowed", reason=reason, pause_s=min(PAUSE_CAP_S, waits_s / 20))
    return Throttle()


class BacklogWatch:
    """Checks the backlog, and logs when polling is throttled or events are lost."""

    def __init__(self, stats: Stats, clock: Callable[[], float] = time.monotonic) -> None:
        self._stats = stats
        self._clock = clock
        self._checked_at = -CHECK_S
        self._throttle = Throttle()
        self._overrun: frozenset[tuple[str, str]] = frozenset()
        self._dropped: int | None = None

    def check(self) -> Throttle:
        """Return the limit on polling; the backlog is read at most once in CHECK_S seconds.

        Raises:
            BrokerError: The store cannot be reached.
        """
        if self._clock() - self._checked_at >= CHECK_S:
            backlog = self._stats.backlog()
            self._checked_at = self._clock()
            self._set_throttle(find_throttle(backlog))
            self._log_overruns(backlog)
            self._log_dropped(backlog.dead_dropped)
        return self._throttle

    def _set_throttle(self, throttle: Throttle) -> None:
        if throttle.state != self._throttle.state:
            if throttle.state == "free":
                log.info("polls_free")
            elif throttle.is_held:
                log.warning("polls_held", reason=throttle.reason)
            else:
                log.warning("polls_slowed", reason=throttle.reason)
        self._throttle = throttle

    def _log_dropped(self, dropped: int) -> None:
        """Log the number of dead letters that made room for newer ones since the last check."""
        if self._dropped is not None and dropped > self._dropped:
            log.warning("dead_letters_dropped", letters=dropped - self._dropped)
        self._dropped = dropped

    def _log_overruns(self, backlog: Backlog) -> None:
        """Log each desk reader that began to lose events: its desk is trimmed faster than it reads.

        A reader is logged again only after OVERRUN_S without a loss.
        """
        overrun = {
            (reader.desk, reader.reader): reader.lost
            for reader in backlog.readers
            if reader.lost_s is not None and reader.lost_s < OVERRUN_S
        }
        for (desk, name), lost in overrun.items():
            if (desk, name) not in self._overrun:
                log.warning("desk_overrun", desk=desk, reader=name, lost=lost)
        self._overrun = frozenset(overrun)
