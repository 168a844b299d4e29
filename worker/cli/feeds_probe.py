"""Polls a URL once before it becomes a feed, and publishes nothing.

It is the service's own poll in a sandbox, with its guards, and with the store's slots of hosts, so
that the request keeps the distance to the polls of the service.
"""

import asyncio
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from worker.cli.feeds_try import LIMITS, trial_context
from worker.errors import CopytasterError
from worker.feeds.encoding import decode_body
from worker.feeds.page_links import FeedLink, find_feed_links
from worker.log import configure_logs
from worker.model import Feed, FeedState, Lease
from worker.polling.explain import explain_due_time
from worker.polling.poll_task import FinishedPoll, poll_feed
from worker.polling.schedule import Arrived, Failed, Postponed
from worker.runtime.sandbox import Sandbox, SandboxFailure
from worker.services import open_fetcher, open_store
from worker.settings import Settings
from worker.store.trial import TrialStore
from worker.web.api import Fetcher, FetchReply, MemoryReservation
from worker.web.ssrf_guard import is_allowed, without_credentials

__all__ = ["FeedLook", "NoFeed", "look_at"]

_MAY_PASS = frozenset({"timeout", "cut_short", "http_408", "http_425", "http_429"})
"""Codes of failures that may pass, besides those of a 5xx."""


class FeedLook(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A feed as its first poll shows it.

    `problem` is the first fault of its body. `wait_s` is the time until the next poll, and `why`
    the reason for it; `moved_to` is the target of a permanent redirect.
    """

    title: str = ""
    entries: int = 0
    problem: str = ""
    newest: datetime | None = None
    language: str = ""
    wait_s: int = 0
    why: str = ""
    hub: str = ""
    moved_to: str = ""


class NoFeed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The reason why there was no feed. `code` is one of docs/politeness.md.

    `links` are the feeds of a web page at the address; `may_pass` is True if a later poll may
    succeed.
    """

    reason: str
    code: str = ""
    may_pass: bool = False
    links: tuple[FeedLink, ...] = ()


def look_at(settings: Settings, feed: Feed) -> FeedLook | NoFeed:
    """Poll a URL once, and return the feed that is there, or the reason why there is none.

    `settings.redis_url` must be that of the store, whose slots pace the request.
    """

    def answer(_: bytes) -> bytes:
        # The command reports the result itself.
        configure_logs(msgspec.structs.replace(settings, log_level="error"))
        try:
            # Not closed: closing would wait for threads that are stuck in reading a body.
            found = asyncio.Runner().run(_poll(settings, feed))
        except CopytasterError as error:
            found = NoFeed(reason=str(error))
        return msgspec.json.encode(found)

    async def ask() -> bytes | SandboxFailure:
        with Sandbox(answer, LIMITS) as sandbox:
            return await sandbox.ask(b"")

    found = asyncio.run(ask())
    if isinstance(found, SandboxFailure):
        return NoFeed(reason="reading it took too much time or memory", code="crashed")
    return msgspec.json.decode(found, type=FeedLook | NoFeed)


class _KeepingFetcher:
    """A `Fetcher` that keeps its last reply.

    For a web page the poll only tells that it is no feed; the links are in the reply.
    """

    def __init__(self, inner: Fetcher) -> None:
        self._inner = inner
        self.reply: FetchReply | None = None

    async def fetch(
        self, feed: Feed, state: FeedState, memory: MemoryReservation | None = None
    ) -> FetchReply:
        self.reply = await self._inner.fetch(feed, state, memory)
        return self.reply

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


async def _poll(settings: Settings, feed: Feed) -> FeedLook | NoFeed:
    http = _KeepingFetcher(open_fetcher(settings))
    store = TrialStore(feed, None)
    context = trial_context(settings, http, store, open_store(settings).hosts)  # type: ignore[arg-type]  # __getattr__
    poll = await poll_feed(context, Lease(feed.id, "1"))
    if isinstance(poll.outcome, Arrived):
        return _describe(feed, poll)
    if isinstance(poll.outcome, Failed):
        if poll.outcome.code == "unreadable" and http.reply is not None:
            return _describe_page(settings, feed, poll.outcome, http.reply)
        code = poll.outcome.code
        may_pass = code in _MAY_PASS or code.startswith("http_5")
        return NoFeed(reason=poll.outcome.reason, code=code, may_pass=may_pass)
    reason = poll.outcome.reason if isinstance(poll.outcome, Postponed) else "not polled"
    return NoFeed(reason=f"{without_credentials(feed.url)}: {reason}", may_pass=True)


def _describe(feed: Feed, poll: FinishedPoll) -> FeedLook:
    read, state = poll.read, poll.state
    assert read is not None  # a body arrived
    languages = {item.language for item in read.items if item.language}
    return FeedLook(
        title=read.title,
        entries=len(read.items),
        problem=read.problems[0] if read.problems else "",
        newest=max((entry.date for entry in read.listed if entry.date), default=None),
        language=read.language or (languages.pop() if len(languages) == 1 else ""),
        wait_s=round((state.due_at - datetime.now(UTC)).total_seconds()) if state.due_at else 0,
        why="" if state.why == "rhythm" else explain_due_time(feed, state),
        hub=state.hub,
        moved_to=state.moved_to,
    )


def _describe_page(settings: Settings, feed: Feed, outcome: Failed, reply: FetchReply) -> NoFeed:
    """Return the feeds that a page links to.

    COPYTASTER_ALLOW_ORIGINS opens some private addresses to this service. A public page must not
    make it request them, so its links to them are left out.
    """
    page = decode_body(reply.body, reply.headers.get("content-type", ""))
    is_private = is_allowed(urlsplit(reply.url), settings.origins)
    links = tuple(
        link
        for link in find_feed_links(page, reply.url)
        if is_private or not is_allowed(urlsplit(link.url), settings.origins)
    )
    # The reason begins with the feed's name or id, as in the log; here its URL is clearer.
    reason = outcome.reason.removeprefix(f"{feed.name or feed.id}: ")
    if page[:1000].lstrip().lower().startswith(("<!doctype html", "<html")):
        reason = "a web page, not a feed"
    address = without_credentials(feed.url)
    return NoFeed(reason=f"{address}: {reason}", code=outcome.code, links=links)
