"""The equipment of the web application's handlers."""

import datetime
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from worker.archive import Archive
from worker.desks import Desk
from worker.ports import Store
from worker.settings import Settings

__all__ = ["SiteContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteContext:
    """The equipment of a handler. Store and archive are called in threads.

    Attributes:
        settings: The settings of the process.
        store: The store of the service.
        archive: The SQL archive; None if it is off.
        desks: Returns the desks of the desks file as it is now.
        now: The clock, in UTC.
        closing: Set when the process stops, so that answers without an end come to one.
    """

    settings: Settings
    store: Store
    archive: Archive | None
    desks: Callable[[], tuple[Desk, ...]]
    now: Callable[[], datetime.datetime]
    closing: threading.Event = field(default_factory=threading.Event)
