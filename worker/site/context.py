"""The equipment of the web application's handlers."""

import asyncio
import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

from worker.archive import Archive
from worker.desks import Desk
from worker.ports import Store
from worker.settings import Settings
from worker.site.tokens import TokensFile

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
        tokens: The file of tokens; None if everybody on this machine may do everything.
        ending: Set when the process is to end: answers that go on without end stop then.
        closers: Called in the end, the last first: what a package opened.
    """

    settings: Settings
    store: Store
    archive: Archive | None
    desks: Callable[[], tuple[Desk, ...]]
    now: Callable[[], datetime.datetime]
    tokens: TokensFile | None = None
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    closers: list[Callable[[], None]] = field(default_factory=list)
