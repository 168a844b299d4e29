"""The equipment for reading article pages."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from worker.pages.reader import PageReader
from worker.ports import HostSlots, Pages
from worker.settings import Settings
from worker.web.api import Fetcher
from worker.web.robots import RobotsCache

__all__ = ["PageContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """The settings, parts of the store and HTTP client of a page task, robots.txt rules, a reader.

    `now` is the clock, in UTC.
    """

    settings: Settings
    pages: Pages
    hosts: HostSlots
    http: Fetcher
    now: Callable[[], datetime.datetime]
    robots: RobotsCache
    page_reader: PageReader
