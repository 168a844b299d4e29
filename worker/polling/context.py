"""The equipment of a poller."""

import datetime
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field

from worker.metrics import Counts
from worker.model.polling import PollEnd
from worker.ports import HostSlots, PollStore, Subscriptions
from worker.runtime.batching import CallBatcher
from worker.settings import Settings
from worker.web.api import Fetcher
from worker.web.connectivity import Connectivity
from worker.web.memory_budget import MemoryBudget

__all__ = ["PollContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollContext:
    """The settings, parts of the store and HTTP client of a poller, and limits for all polls.

    Args:
        now: The clock, in UTC.
        connectivity: The hosts that did not answer, which shows an outage of our own network.
        memory: The memory for the bodies of all polls.
        readers: The threads in which feeds are read; None for those of the event loop.
        ends: Ends the polls of a task together; None ends each by itself.
        counts: The counts of this process.
    """

    settings: Settings
    polls: PollStore
    hosts: HostSlots
    subscriptions: Subscriptions
    http: Fetcher
    now: Callable[[], datetime.datetime]
    connectivity: Connectivity
    memory: MemoryBudget
    readers: Executor | None = None
    ends: CallBatcher[PollEnd, bool] | None = None
    counts: Counts = field(default_factory=Counts)
