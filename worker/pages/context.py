"""The equipment of a page task."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

from worker.metrics import Counts
from worker.pages.reader import PageReader
from worker.ports import HostSlots, Pages
from worker.settings import Settings
from worker.web.api import Fetcher
from worker.web.robots import RobotsCache

__all__ = ["PageContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """The settings, parts of the store, HTTP client, robots.txt rules and sandbox of a page task.

    `now` is the clock, in UTC.
    """

    settings: Settings
    pages: Pages
    hosts: HostSlots
    http: Fetcher
    now: Callable[[], datetime.datetime]
    robots: RobotsCache
    page_reader: PageReader
    counts: Counts = field(default_factory=Counts)
