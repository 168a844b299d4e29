"""When feeds are polled less: a full store and an inbox that does not drain hold the pollers back.

What is on the inbox was taken from publishers already and goes first; a feed can wait a little. An
inbox that drains slowly makes polling slower and never ends it, since feeds are short and forget; a
store that fills up ends it.
"""

import time
from collections.abc import Callable

import msgspec
import structlog

from worker.model.backlog import Backlog
from worker.ports import Stats

__all__ = ["PAUSE_CAP_S", "Brake", "Watch", "find_brake"]

log = structlog.get_logger(__name__)

FULL = 0.8
"""Of the server's memory, or of the inbox: from here on nothing more is fetched."""

SLOW_FROM_S = 60.0
"""So long a message may wait for a worker before feeds are polled more slowly."""

PAUSE_CAP_S = 30.0

LOOK_S = 1.0

OVERRUN_S = 600.0
"""After so long without a loss, a reader of a desk that loses events again is named again."""


class Brake(msgspec.Struct, frozen=True, kw_only=True):
    """How polling is held back: `word` is free, slowed or held; a batch of feeds each `pause_s`."""

    word: str = "free"
    reason: str = ""
    pause_s: float = 0.0

    @property
    def is_held(self) -> bool:
        """Nothing is fetched at all."""
        return self.word == "held"


def find_brake(backlog: Backlog) -> Brake:
    """What the backlog asks of the pollers.

    >>> find_brake(Backlog(inboxes={}, inbox_limit=100, memory_used=90, memory_limit=100))
    Brake(word='held', reason='the broker has used 90 % of its memory', pause_s=0.0)
    """
    inboxes = backlog.inboxes.values()
    share = backlog.memory_used / backlog.memory_limit if backlog.memory_limit else 0.0
    if share >= FULL:
        return Brake(word="held", reason=f"the broker has used {100 * share:.0f} % of its memory")
    held = sum(inbox.waiting + inbox.at_work for inbox in inboxes)
    if held >= FULL * backlog.inbox_limit:
        return Brake(
            word="held", reason=f"the inbox holds {held} of {backlog.inbox_limit} messages"
        )
    waits_s = max((inbox.waits_s or 0.0 for inbox in inboxes), default=0.0)
    if waits_s > SLOW_FROM_S:
        reason = "messages wait for workers for more than a minute"
        return Brake(word="slowed", reason=reason, pause_s=min(PAUSE_CAP_S, waits_s / 20))
    return Brake()


class Watch:
    """Looks at the backlog now and again, and says in the log what begins and what ends."""

    def __init__(self, stats: Stats, clock: Callable[[], float] = time.monotonic) -> None:
        self._stats = stats
        self._clock = clock
        self._looked_at = -LOOK_S
        self._brake = Brake()
        self._overrun: frozenset[tuple[str, str]] = frozenset()
        self._dropped: int | None = None

    def look(self) -> Brake:
        """The brake as it is, found anew after LOOK_S seconds.

        Raises:
            BrokerError: The store went away.
        """
        if self._clock() - self._looked_at >= LOOK_S:
            backlog = self._stats.backlog()
            self._looked_at = self._clock()
            self._tell_brake(find_brake(backlog))
            self._tell_overrun(backlog)
            self._tell_dropped(backlog.dead_dropped)
        return self._brake

    def _tell_brake(self, found: Brake) -> None:
        if found.word != self._brake.word:
            if found.word == "free":
                log.info("polls_free")
            elif found.is_held:
                log.warning("polls_held", reason=found.reason)
            else:
                log.warning("polls_slowed", reason=found.reason)
        self._brake = found

    def _tell_dropped(self, dropped: int) -> None:
        """Say how many dead letters made room for others since the last look."""
        if self._dropped is not None and dropped > self._dropped:
            log.warning("dead_letters_dropped", letters=dropped - self._dropped)
        self._dropped = dropped

    def _tell_overrun(self, backlog: Backlog) -> None:
        """Name a reader that is losing events, once until it has lost none for OVERRUN_S."""
        overrun = {
            (one.desk, one.reader): one.lost
            for one in backlog.readers
            if one.lost_s is not None and one.lost_s < OVERRUN_S
        }
        for (desk, reader), lost in overrun.items():
            if (desk, reader) not in self._overrun:
                log.warning("desk_overrun", desk=desk, reader=reader, lost=lost)
        self._overrun = frozenset(overrun)
