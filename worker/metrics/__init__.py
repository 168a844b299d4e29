"""Metrics: their names, and the counts of a process.

Each process counts where things happen (`Counts`), and adds its counts to sums in the store every
two seconds. So one scrape of `copytaster web` has the counts of all processes on all machines, and
no process needs a port. `catalogue` defines every metric; `Presence` sends the heartbeats of a
process.
"""

from worker.metrics.counts import Counts
from worker.metrics.presence import Presence

__all__ = ["Counts", "Presence"]
