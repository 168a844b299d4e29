"""The objects that the handlers of the web application need."""

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
    """The objects that a handler needs. Store and archive block, so they are called in threads.

    Attributes:
        settings: The settings of the process.
        store: The store of the service.
        archive: The SQL archive; None if it is off.
        desks: Returns the desks in the desks file, which is read again when it changes.
        now: Returns the time, in UTC.
        tokens: The file of tokens; None if everybody on this machine may do everything.
        ending: Set when the process is to end; endless answers (event streams) then stop.
        closers: Functions that packages add to release threads and processes; called at the end,
            the last first.
    """

    settings: Settings
    store: Store
    archive: Archive | None
    desks: Callable[[], tuple[Desk, ...]]
    now: Callable[[], datetime.datetime]
    tokens: TokensFile | None = None
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    closers: list[Callable[[], None]] = field(default_factory=list)
