"""Metrics: their names, and the counts of a process.

Each process counts its work (`Counts`), and adds its counts to sums in the store every two seconds.
So a scrape of `copytaster web` has the counts of all processes on all machines, and no other
process needs a port. `catalogue` defines every metric; `Presence` sends the heartbeats of a
process. It is imported at its first use, since it brings the store's client, which not every
process needs.
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
