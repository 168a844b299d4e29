"""The equipment for reading article pages."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from worker.pages.reader import PageReader
from worker.ports import Store
from worker.settings import Settings
from worker.web.api import Fetcher
from worker.web.robots import RobotsCache

__all__ = ["PageContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """The settings, store and HTTP client of a page poller, its robots.txt cache and its sandbox.

    `now` is the clock, in UTC.
    """

    settings: Settings
    store: Store
    http: Fetcher
    now: Callable[[], datetime.datetime]
    robots: RobotsCache
    page_reader: PageReader
