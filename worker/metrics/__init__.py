"""Metrics: their names, and the counts of a process.

Each process counts where things happen (`Counts`), and adds its counts to sums in the store every
two seconds. So one scrape of `copytaster web` has the counts of all processes on all machines, and
no process needs a port. `catalogue` defines every metric; `Presence` sends the heartbeats of a
process, and loads with its first use: it has the store's client, which not every process has.
"""

from typing import TYPE_CHECKING

from worker.metrics.counts import Counts

if TYPE_CHECKING:
    from worker.metrics.presence import Presence

__all__ = ["Counts", "Presence"]


def __getattr__(name: str) -> object:
    if name != "Presence":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from worker.metrics import presence  # noqa: PLC0415  # see above

    return presence.Presence
