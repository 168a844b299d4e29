"""The composition root: the store, HTTP client and caches of a process, opened after its fork."""

import asyncio
import datetime
import functools
import os
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
import structlog

from worker.desks import ARCHIVE, OWN_STREAM, Desk
from worker.desks.file import DesksFile, load_desks, open_desks_file
from worker.errors import SettingsError
from worker.metrics import Counts
from worker.model import Feed, FeedState, Subscription
from worker.pages.context import PageContext
from worker.pages.reader import PageReader
from worker.polling.context import PollContext
from worker.ports import Store
from worker.publishing.context import PublishContext
from worker.runtime.fetcher import open_fetcher
from worker.settings import Settings, load_settings
from worker.store.store import RedisStore
from worker.web.api import Fetcher, FetchReply, MemoryReservation
from worker.web.connectivity import Connectivity
from worker.web.memory_budget import MemoryBudget
from worker.web.robots import RobotsCache

__all__ = [
    "Services",
    "close_services",
    "open_fetcher",
    "open_services",
    "open_store",
    "relayed_desks",
    "resume_polls",
    "services",
    "unsubscribe",
    "with_kept_archive",
]

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The equipment of a process. `now` is the clock, in UTC.

    `desks_file`, if there is one, has the desks instead of `desks`.
    """

    settings: Settings
    store: Store
    http: Fetcher
    now: Callable[[], datetime.datetime]
    desks: tuple[Desk, ...] = ()
    connectivity: Connectivity = field(default_factory=Connectivity)
    memory: MemoryBudget = field(default_factory=MemoryBudget)
    robots: RobotsCache = field(default_factory=RobotsCache)
    page_reader: PageReader = field(default_factory=PageReader)
    desks_file: DesksFile | None = None
    counts: Counts = field(default_factory=Counts)
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    @property
    def polling(self) -> PollContext:
        """The equipment of a poll task."""
        return PollContext(
            settings=self.settings,
            polls=self.store.polls,
            hosts=self.store.hosts,
            subscriptions=self.store.subscriptions,
            http=self.http,
            now=self.now,
            connectivity=self.connectivity,
            memory=self.memory,
            counts=self.counts,
        )

    @property
    def pages(self) -> PageContext:
        """The equipment of a page task."""
        return PageContext(
            settings=self.settings,
            pages=self.store.pages,
            hosts=self.store.hosts,
            http=self.http,
            now=self.now,
            robots=self.robots,
            page_reader=self.page_reader,
            counts=self.counts,
        )

    @property
    def publishing(self) -> PublishContext:
        """The equipment of a parse task, with the desks of the desks file as it is now.

        Raises:
            SettingsError: The desks file has never been valid in this process.
        """
        return PublishContext(
            settings=self.settings,
            inbox=self.store.inbox,
            publications=self.store.publications,
            archive=self.store.archive,
            desks=self.desks_file.present() if self.desks_file else self.desks,
            now=self.now,
            counts=self.counts,
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the event loop of the process, and return its result.

        The loop outlives the call, so that its HTTP connections are reused.
        """
        return self._runner.run(work)

    def close(self) -> None:
        """Save the counts; close the sandbox, all connections and the event loop."""
        self._runner.run(self.page_reader.aclose())
        self._runner.run(self.http.aclose())
        self._runner.close()
        self.counts.close()
        self.store.close()


def open_store(settings: Settings) -> RedisStore:
    """Return the store on the server of COPYTASTER_REDIS_URL, connected lazily.

    Raises:
        SettingsError: The variable is not set.
    """
    if not settings.redis_url:
        raise SettingsError(
            "not set; name a Redis or Valkey server (redis://host:6379/0), or start the service "
            "with `copytaster up`, which brings its own",
            subject="COPYTASTER_REDIS_URL",
        )
    return RedisStore(
        settings.redis_url,
        prefix=settings.prefix,
        known_for_s=round(settings.known_for_s),
        kill_window_s=round(settings.kill_window_s),
        near_for_s=round(settings.firsts_for_s),
        near_length=settings.firsts_length,
        inbox_length=settings.inbox_length,
        dead_length=settings.dead_length,
        dead_bytes=settings.dead_bytes,
        desk_length=settings.desk_length,
        copies_for_s=round(settings.copies_for_s),
        copies_bytes=settings.copies_bytes,
    )


def open_services(settings: Settings) -> Services:
    """Return the services for these settings, connected lazily.

    Raises:
        SettingsError: A setting is missing.
    """
    store = open_store(settings)
    return Services(
        settings=settings,
        store=store,
        http=_LateFetcher(settings),
        now=lambda: datetime.datetime.now(datetime.UTC),
        memory=MemoryBudget(settings.poll_memory_bytes),
        desks_file=open_desks_file(settings.desks),
        counts=Counts(store.metrics),
    )


class _LateFetcher:
    """A `Fetcher` that is opened at its first use: a process that only parses needs none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: Fetcher | None = None

    def _open(self) -> Fetcher:
        if self._opened is None:
            self._opened = open_fetcher(self._settings)
        return self._opened

    async def fetch(
        self, feed: Feed, state: FeedState, memory: MemoryReservation | None = None
    ) -> FetchReply:
        return await self._open().fetch(feed, state, memory)

    async def get(self, url: str, *, accept: str, limit_bytes: int) -> FetchReply:
        return await self._open().get(url, accept=accept, limit_bytes=limit_bytes)

    async def post(self, url: str, form: Mapping[str, str]) -> None:
        await self._open().post(url, form)

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.aclose()


def relayed_desks(settings: Settings) -> list[Desk]:
    """Return the desks that are copied elsewhere; those of the archive have the archive's URL.

    Raises:
        SettingsError: The desks file is wrong, or the archive that a desk asks for is off.
    """
    desks = load_desks(settings.desks, is_archived=settings.is_archived)
    return [
        msgspec.structs.replace(desk, sink=settings.archive_sink) if desk.sink == ARCHIVE else desk
        for desk in desks
        if desk.sink != OWN_STREAM
    ]


def with_kept_archive(settings: Settings) -> Settings:
    """Return settings that name the archive of an `up` on this machine, if it keeps one."""
    own = settings.data_path / "archive.db"
    is_kept = settings.archive != "off" and own.exists()
    return msgspec.structs.replace(settings, archive=settings.archive_url) if is_kept else settings


def resume_polls(settings: Settings, store: Store, feed_id: str) -> bool:
    """Poll a paused feed again; False if it is not paused.

    Its pause ended its subscription. If its next poll was to wait for a push, it is due by the
    ordinary interval instead.
    """
    from worker.polling.schedule import due_without_push  # noqa: PLC0415  # see _LateFetcher

    feed = store.feeds.get(feed_id)
    if feed is None:
        return False
    due_by = due_without_push(
        feed,
        store.feeds.state(feed_id),
        floor_s=settings.poll_floor_s,
        ceiling_s=settings.poll_ceiling_s,
    )
    return store.feeds.resume(feed_id, due_by, datetime.datetime.now(datetime.UTC))


def unsubscribe(settings: Settings, store: Store, feed_id: str) -> Subscription | None:
    """End the subscription of a removed or paused feed, with an HTTP client of its own.

    Returns and raises as `end_subscription`.
    """
    from worker.polling.subscriptions import end_subscription  # noqa: PLC0415  # see _LateFetcher

    async def end() -> Subscription | None:
        http = _LateFetcher(settings)
        now = functools.partial(datetime.datetime.now, datetime.UTC)
        opened = Services(settings=settings, store=store, http=http, now=now)
        try:
            return await end_subscription(opened.polling, feed_id)
        finally:
            await http.aclose()

    return asyncio.run(end())


_opened: dict[int, Services] = {}
"""The services of this process, by its pid: those of its parent must not be used after a fork."""


def services() -> Services:
    """Return the services of this process."""
    pid = os.getpid()
    if pid not in _opened:
        _opened[pid] = open_services(load_settings(os.environ))
    return _opened[pid]


def close_services() -> None:
    """Close the services of this process, if it has opened any."""
    opened = _opened.pop(os.getpid(), None)
    if opened is not None:
        opened.close()
