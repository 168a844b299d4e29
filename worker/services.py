"""The composition root: everything that one process works with, opened once and after fork."""

import asyncio
import datetime
import os
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import structlog

from worker import __version__
from worker.desks import Desk
from worker.errors import SettingsError
from worker.feeds.budget import ByteBudget
from worker.feeds.outage import Contacts
from worker.model import Feed, FeedState
from worker.opening import load_desks, open_store
from worker.pages.reader import PageReader
from worker.pages.robots import RobotsCache
from worker.ports import Fetcher, FetchReply, Room, Store
from worker.settings import Settings, load_settings

__all__ = [
    "DesksFile",
    "Services",
    "close_services",
    "open_fetcher",
    "open_services",
    "services",
]

log = structlog.get_logger(__name__)

T = TypeVar("T")

SETTLED_S = 1.0
"""A desks file that changed less than this ago may be half written, and still be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a process works with. `run` runs a coroutine on the process's own event loop."""

    settings: Settings
    store: Store
    http: Fetcher
    desks: tuple[Desk, ...]
    now: Callable[[], datetime.datetime]
    contacts: Contacts = field(default_factory=Contacts)
    memory: ByteBudget = field(default_factory=ByteBudget)
    robots: RobotsCache = field(default_factory=RobotsCache)
    page_reader: PageReader = field(default_factory=PageReader)
    desks_file: "DesksFile | None" = None
    readers: Executor | None = None
    """In whose threads feeds are read; None: in those of the loop."""
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def limit_bytes(self, fields: Mapping[str, str]) -> int:
        """How large the message of a work entry may be: what a poll brought, and not a door, was
        bounded when it was fetched.
        """
        settings = self.settings
        return settings.message_limit_bytes if "door" in fields else settings.fetch_limit_bytes

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns. The loop, and so every kept connection, outlives the call."""
        return self._runner.run(work)

    def close(self) -> None:
        """Close connections and the event loop."""
        self._runner.run(self.page_reader.aclose())
        self._runner.run(self.http.aclose())
        self._runner.close()
        self.store.close()


class DesksFile:
    """The file of COPYTASTER_DESKS, looked at again and again."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stamp = self._look()

    def changed(self) -> tuple[Desk, ...] | None:
        """The desks of a file that changed since the last call; None where there is nothing new.

        A file that cannot be read, or is wrong, is said once in the log and changes nothing.
        """
        stamp = self._look()
        if stamp == self._stamp or (stamp and _is_fresh(stamp[0])):
            return None
        self._stamp = stamp
        try:
            desks = load_desks(self._settings)
        except SettingsError as error:
            log.error("desks_kept", reason=str(error))
            return None
        log.info("desks_reloaded", desks=[desk.name for desk in desks])
        return desks

    def _look(self) -> tuple[int, int, int] | None:
        """What tells one state of the file from another; None where there is none."""
        if not self._settings.desks:
            return None
        try:
            status = Path(self._settings.desks).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


def _is_fresh(changed_ns: int) -> bool:
    """Also for a clock that goes before ours, as a file server's may."""
    return abs(time.time_ns() - changed_ns) < SETTLED_S * 1e9


def open_services(settings: Settings) -> Services:
    """Everything a worker needs, connected lazily."""
    desks_file = DesksFile(settings)  # looked at before it is read: a change in between is seen
    return Services(
        settings=settings,
        store=open_store(settings),
        http=_LateFetcher(settings),
        desks=load_desks(settings),
        now=lambda: datetime.datetime.now(datetime.UTC),
        memory=ByteBudget(settings.poll_memory_bytes),
        desks_file=desks_file,
    )


class _LateFetcher:
    """A `Fetcher` that is opened when it is first used: a process that parses needs none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: Fetcher | None = None

    def _open(self) -> Fetcher:
        if self._opened is None:
            self._opened = open_fetcher(self._settings)
        return self._opened

    async def fetch(self, feed: Feed, state: FeedState, room: Room | None = None) -> FetchReply:
        return await self._open().fetch(feed, state, room)

    async def get(self, url: str, *, accept: str, limit_bytes: int) -> FetchReply:
        return await self._open().get(url, accept=accept, limit_bytes=limit_bytes)

    async def post(self, url: str, form: Mapping[str, str]) -> None:
        await self._open().post(url, form)

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.aclose()


def open_fetcher(settings: Settings) -> Fetcher:
    """The way to all feeds, with every guard of the settings."""
    from worker.feeds.fetch import HttpFetcher  # noqa: PLC0415  # see _LateFetcher

    return HttpFetcher(
        user_agent=f"copytaster/{__version__}"
        + (f" (+{settings.contact})" if settings.contact else ""),
        timeout_s=settings.fetch_timeout_s,
        first_byte_s=settings.first_byte_s,
        limit_bytes=settings.fetch_limit_bytes,
        host_connections=settings.host_connections,
        allow_origins=settings.origins,
    )


_opened: dict[int, Services] = {}
"""This process's services under its pid: what a parent opened is never used after a fork."""


def services() -> Services:
    """The services of this process, opened at the first call, with the desks as they are now."""
    pid = os.getpid()
    if pid not in _opened:
        _opened[pid] = open_services(load_settings(os.environ))
    opened = _opened[pid]
    desks = opened.desks_file.changed() if opened.desks_file else None
    if desks is not None:
        _opened[pid] = opened = replace(opened, desks=desks)
    return opened


def close_services() -> None:
    """Close what this process opened, if it opened anything."""
    opened = _opened.pop(os.getpid(), None)
    if opened is not None:
        opened.close()
