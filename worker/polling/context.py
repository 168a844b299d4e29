"""The equipment of a poller."""

import datetime
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from worker.ports import Store
from worker.settings import Settings
from worker.web.api import Fetcher
from worker.web.connectivity import Connectivity
from worker.web.memory_budget import MemoryBudget

__all__ = ["PollContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollContext:
    """The settings, store and HTTP client of a poller, and the limits that its polls share.

    Args:
        now: The clock, in UTC.
        connectivity: Which hosts answered of late, to tell their outages from our own.
        memory: Bytes that the bodies of all polls may take together.
        readers: Threads that read feeds; None for those of the event loop.
    """

    settings: Settings
    store: Store
    http: Fetcher
    now: Callable[[], datetime.datetime]
    connectivity: Connectivity
    memory: MemoryBudget
    readers: Executor | None = None
