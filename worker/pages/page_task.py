"""The page task: fetch the pages of many entries, read them, and put items on the work streams.

An entry with a page request left its work stream for the pages. It returns as an item in its old
order: with the text of the page or, if that cannot be read, with the summary of its feed and a
note. An entry without a summary, made from a link alone, then returns to become a dead letter. A
page that waits for a slot of its host waits in the store, and occupies no task.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec
import structlog

from worker.errors import (
    BrokerError,
    FetchError,
    FetchPostponed,
    FetchRefused,
    FormatError,
    MessageError,
)
from worker.inbox.messages import PageRequest, is_own_digest, read_message
from worker.metrics import catalogue
from worker.model import Lease
from worker.model.codec import dump
from worker.model.polling import PageWork
from worker.model.redaction import without_secrets
from worker.pages.article import full_item, linked_item, with_note
from worker.pages.context import PageContext
from worker.pages.crawler import Crawler, Postponement
from worker.runtime.gather import gather_all
from worker.runtime.lease_renewal import renewing_leases
from worker.telemetry import tracing
from worker.web.api import FetchReply
from worker.web.ssrf_guard import without_credentials

__all__ = ["PageReport", "read_pages"]

log = structlog.get_logger(__name__)

TRIES = 3
RETRY_S = 30.0
"""Wait before the second try; before each further try it is four times as long."""

RETRY_AFTER_S = 3600.0
"""Longest back-off of a host, its feeds included, for the Retry-After of a page."""

NOTE = 1000
"""The most characters of a note."""

POSTPONED_S = 10.0
READ_SHARE = 0.8
"""Share of the task's time limit after which pages that are not yet read are postponed."""

_PAGE_TYPES = frozenset({"", "text/html", "application/xhtml+xml", "application/xml", "text/xml"})


class PageOutcome(StrEnum):
    """The outcome of a page; the values are the fields of `PageReport`.

    READ: the item has the text of the page.
    NOTED: the item has its summary and a note.
    FAILED: the entry becomes a dead letter.
    POSTPONED: the page is tried again later.
    FENCED: another poller has the page.
    """

    READ = "read"
    NOTED = "noted"
    FAILED = "failed"
    POSTPONED = "postponed"
    FENCED = "fenced"


class PageReport(msgspec.Struct, frozen=True, kw_only=True):
    """The number of pages of a page task, by outcome."""

    pages: int = 0
    read: int = 0
    noted: int = 0
    failed: int = 0
    postponed: int = 0
    fenced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page with a lease of this process."""

    context: PageContext
    lease: Lease
    work: PageWork
    request: PageRequest
    age_s: float

    @property
    def left_s(self) -> float:
        """The time that the page may still wait."""
        return max(0.0, self.context.settings.page_wait_s - self.age_s)

    @property
    def is_overdue(self) -> bool:
        """True if the page has waited too long to be tried.

        A page that was not tried yet may wait twice as long: pollers may have stood still.
        """
        is_late = bool(self.work.reason) or self.age_s > 2 * self.context.settings.page_wait_s
        return self.left_s == 0 and is_late


async def read_pages(context: PageContext, leases: Sequence[Lease]) -> PageReport:
    """Read all leased pages at once; a page that fails does not affect the others.

    Raises:
        BrokerError: The store cannot be reached; unfinished pages are due when their leases end.
    """
    until = asyncio.get_running_loop().time() + READ_SHARE * context.settings.task_time_limit_s
    begun: list[Lease] = []
    with renewing_leases(begun, context.pages.renew, context.settings.poll_lease_s):
        outcomes = await gather_all(_read_leased(context, lease, begun, until) for lease in leases)
    for outcome in outcomes:
        context.counts.add(catalogue.PAGES, outcome)
    return PageReport(pages=len(leases), **Counter(map(str, outcomes)))


async def _read_leased(
    context: PageContext, claimed: Lease, begun: list[Lease], until: float
) -> PageOutcome:
    """Begin with a leased page, and read it."""
    opened = context.pages.work(claimed, context.settings.poll_lease_s)
    if opened is None:
        return PageOutcome.FENCED
    lease, work = opened.lease, opened.work
    begun.append(lease)
    try:
        request = read_message(
            work.fields, limit_bytes=context.settings.work_limit_bytes(work.fields)
        )
        if not isinstance(request, PageRequest):
            raise MessageError("is no request for a page")
    except MessageError as error:
        return _unless_fenced(PageOutcome.FAILED, done=context.pages.fail(lease, work, str(error)))
    page = _Page(context=context, lease=lease, work=work, request=request, age_s=opened.age_s)
    with (
        structlog.contextvars.bound_contextvars(page=without_credentials(request.url)),
        tracing.span("page", parent=work.fields) as traced,
    ):
        if traced is not None:
            traced.note({"url.full": without_secrets(request.url)})
        try:
            return await _read_page(page, until)
        except BrokerError:
            raise
        except Exception as error:  # a fault of ours costs a single page
            log.exception("page_failed", reason="reading it failed")
            return _give_up(page, f"reading the page failed: {type(error).__name__}")


async def _read_page(page: _Page, until: float) -> PageOutcome:
    if page.is_overdue:
        return _give_up(page, page.work.reason or "its slot did not come in time")
    try:
        async with asyncio.timeout(page.context.settings.fetch_timeout_s):
            reply = await _fetch(page)
    except TimeoutError:
        return _try_again(page, "no complete response in time", None)
    except FetchPostponed as error:
        return _postpone(page, page.work, POSTPONED_S, error.reason)
    except FetchError as error:
        return _after_error(page, error)
    if isinstance(reply, Postponement):
        return _postpone(page, reply.work, reply.wait_s, "its slot did not come in time")
    try:
        async with asyncio.timeout_at(until):
            return await _admit(page, reply)
    except TimeoutError:
        return _postpone(page, page.work, POSTPONED_S, "there was no time to read the page")
    except FormatError as error:
        return _give_up(page, error.reason)


async def _fetch(page: _Page) -> FetchReply | Postponement:
    context, item = page.context, page.request.item
    crawler = Crawler(
        http=context.http,
        robots=context.robots,
        take_slot=context.hosts.take_slot,
        now=context.now,
        pause_s=context.settings.page_pause_s,
        limit_bytes=context.settings.page_limit_bytes,
        origins=context.settings.origins,
    )
    # An item with a text comes from a feed, whose URL is its source; a link has no other sender.
    sender = item.source if item.text else page.request.url
    return await crawler.fetch(page.work, page.request.url, sender=sender, left_s=page.left_s)


async def _admit(page: _Page, reply: FetchReply) -> PageOutcome:
    """Put the item of a page on its work stream.

    Raises:
        FormatError: The page holds no article that can be read.
    """
    media_type = reply.headers.get("content-type", "")
    kind = media_type.partition(";")[0].strip().lower()
    if kind not in _PAGE_TYPES:
        raise FormatError(f"the page is {kind[:60]}")
    text = await page.context.page_reader.read(reply.body, media_type)
    known = page.request.item
    item = full_item(known, text) if known.text else linked_item(known, text)
    if item is None:
        raise FormatError("the page holds no article that can be read")
    message = dump(item)
    if len(message) > page.context.settings.work_limit_bytes(page.work.fields):
        raise FormatError("the page's text is longer than a message may be")
    return _finish(page, PageOutcome.READ, message)


def _after_error(page: _Page, error: FetchError) -> PageOutcome:
    """Give a page up, or try it again later if the error may pass."""
    status = error.status or 0
    if error.retry_after_s and status in {429, 503}:
        # The Retry-After of a page is taken as that of its whole host.
        host = (urlsplit(page.work.url or page.request.url).hostname or "").lower()
        strikes = page.context.hosts.take_slot(host, 0, 0).strikes  # without a pause, takes none
        page.context.hosts.slow_down(host, strikes + 1, min(error.retry_after_s, RETRY_AFTER_S))
    # 408, 425 and 429 are the client errors that ask for another try.
    is_final = isinstance(error, FetchRefused) or (
        400 <= status < 500 and status not in {408, 425, 429}
    )
    if is_final:
        return _give_up(page, error.reason)
    return _try_again(page, error.reason, error.retry_after_s)


def _try_again(page: _Page, reason: str, retry_after_s: float | None) -> PageOutcome:
    """Postpone a page after a failure, or give it up after the last try or if time runs out."""
    tries = page.work.tries + 1
    wait_s = max(RETRY_S * 4.0 ** (tries - 1), retry_after_s or 0)
    if tries >= TRIES or wait_s > page.left_s:
        return _give_up(page, reason)
    work = msgspec.structs.replace(page.work, tries=tries, has_turn=False)
    return _postpone(page, work, wait_s, reason)


def _postpone(page: _Page, work: PageWork, wait_s: float, reason: str) -> PageOutcome:
    work = msgspec.structs.replace(work, reason=reason)
    now = page.context.now()
    log.info("page_postponed", reason=reason, wait_s=round(wait_s, 1))
    done = page.context.pages.postpone(page.lease, work, now + timedelta(seconds=wait_s), now)
    return _unless_fenced(PageOutcome.POSTPONED, done=done)


def _give_up(page: _Page, reason: str) -> PageOutcome:
    """Finish a page with its summary and a note; without a summary the entry has failed."""
    log.warning("page_given_up", reason=reason)
    item = page.request.item
    if item.text:
        item = with_note(item, f"Full text not read: {reason}"[:NOTE])
        return _finish(page, PageOutcome.NOTED, dump(item))
    done = page.context.pages.fail(page.lease, page.work, reason)
    return _unless_fenced(PageOutcome.FAILED, done=done)


def _finish(page: _Page, outcome: PageOutcome, message: bytes) -> PageOutcome:
    known = page.request.item
    unnamed = known.version if is_own_digest(known) else ""
    done = page.context.pages.finish(page.lease, page.work, message, unnamed=unnamed)
    return _unless_fenced(outcome, done=done)


def _unless_fenced(outcome: PageOutcome, *, done: bool) -> PageOutcome:
    return outcome if done else PageOutcome.FENCED
