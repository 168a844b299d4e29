"""One page task: fetch the pages of many entries, read them, put their items on the work streams.

An entry leaves its work stream with the page request that it holds and comes back as an item, in
the order that it had first: with the page's text, or, where that cannot be had, with its feed's
summary and a note. One that has no summary, for somebody sent a link alone, comes back to be
buried. A page that waits for its host's turn keeps its place here and not in a task.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
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
from worker.inbox.messages import PageRequest, read_message
from worker.model import Lease, NewsItem
from worker.model.codec import dump
from worker.model.polling import PageWork
from worker.pages.article import full_item, linked_item, with_note
from worker.pages.context import PageContext
from worker.pages.crawler import Visitor, Wait
from worker.runtime.lease_renewal import renewing_leases
from worker.web.api import FetchReply
from worker.web.ssrf_guard import without_credentials

__all__ = ["PageReport", "read_pages"]

log = structlog.get_logger(__name__)

TRIES = 3
AGAIN_S = 30.0
"""Before the second try; four times as long before each further one."""

RETRY_AFTER_S = 3600.0
"""The longest that a host, with its feeds, is left alone for one page's Retry-After."""

POSTPONED_S = 10.0
READ_SHARE = 0.8
"""What is not read after this part of the task's time comes again."""

_PAGE_TYPES = frozenset({"", "text/html", "application/xhtml+xml", "application/xml", "text/xml"})


class PageReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch of pages. `noted` went on with their summary, `failed` are buried."""

    pages: int = 0
    read: int = 0
    noted: int = 0
    failed: int = 0
    postponed: int = 0
    fenced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page that we hold."""

    context: PageContext
    lease: Lease
    work: PageWork
    request: PageRequest
    age_s: float

    @property
    def left_s(self) -> float:
        """How long it may still wait."""
        return max(0.0, self.context.settings.page_wait_s - self.age_s)


async def read_pages(context: PageContext, leases: Sequence[Lease]) -> PageReport:
    """Read every leased page; one that fails costs no other anything.

    Raises:
        BrokerError: The store went away; pages that were not finished come due when leases end.
    """
    until = asyncio.get_running_loop().time() + READ_SHARE * context.settings.task_time_limit_s
    begun: list[Lease] = []
    reading = (_read_leased(context, lease, begun, until) for lease in leases)
    with renewing_leases(begun, context.pages.renew, context.settings.poll_lease_s):
        ends = await asyncio.gather(*reading, return_exceptions=True)
    failures = [end for end in ends if isinstance(end, BaseException)]
    if failures:
        raise next((e for e in failures if not isinstance(e, BrokerError)), failures[0])
    words = [str(end) for end in ends]
    counts = {name: words.count(name) for name in PageReport.__struct_fields__}
    return PageReport(**counts | {"pages": len(leases)})


async def _read_leased(
    context: PageContext, claimed: Lease, begun: list[Lease], until: float
) -> str:
    """One word for what became of the page: the name of a `PageReport`'s field."""
    opened = context.pages.work(claimed, context.settings.poll_lease_s)
    if opened is None:
        return "fenced"
    lease, work = opened.lease, opened.work
    begun.append(lease)
    try:
        request = read_message(
            work.fields, limit_bytes=context.settings.work_limit_bytes(work.fields)
        )
        if not isinstance(request, PageRequest):
            raise MessageError("asks for no page")
    except MessageError as error:
        return _or_fenced("failed", done=context.pages.fail(lease, work, str(error)))
    page = _Page(context=context, lease=lease, work=work, request=request, age_s=opened.age_s)
    with structlog.contextvars.bound_contextvars(page=without_credentials(request.url)):
        try:
            return await _read_page(page, until)
        except BrokerError:
            raise
        except Exception as error:  # a fault of ours in one page costs that page only
            log.exception("page_failed", reason="reading it failed")
            return _give_up(page, f"reading the page failed: {type(error).__name__}")


async def _read_page(page: _Page, until: float) -> str:
    if page.left_s == 0 and (
        page.work.reason or page.age_s > 2 * page.context.settings.page_wait_s
    ):
        return _give_up(page, page.work.reason or "its turn did not come in time")
    try:
        async with asyncio.timeout(page.context.settings.fetch_timeout_s):
            answer = await _visit(page)
    except TimeoutError:
        return _try_again(page, "no whole answer in time", None)
    except FetchPostponed as error:
        return _postpone(page, page.work, POSTPONED_S, error.reason)
    except FetchError as error:
        return _after_error(page, error)
    if isinstance(answer, Wait):
        return _postpone(page, answer.work, answer.wait_s, "its host's turn did not come in time")
    try:
        async with asyncio.timeout_at(until):
            return await _admit(page, answer)
    except TimeoutError:
        return _postpone(page, page.work, POSTPONED_S, "there was no time to read the page")
    except FormatError as error:
        return _give_up(page, error.reason)


async def _visit(page: _Page) -> FetchReply | Wait:
    context, item = page.context, page.request.item
    visitor = Visitor(
        http=context.http,
        robots=context.robots,
        host_turn=context.hosts.take_slot,
        now=context.now,
        pause_s=context.settings.page_pause_s,
        limit_bytes=context.settings.page_limit_bytes,
        origins=context.settings.origins,
    )
    sender = item.source if item.text else page.request.url
    return await visitor.visit(page.work, page.request.url, sender=sender, left_s=page.left_s)


async def _admit(page: _Page, reply: FetchReply) -> str:
    """The page's item on its work stream.

    Raises:
        FormatError: There is no article in the page that we can read.
    """
    media_type = reply.headers.get("content-type", "")
    kind = media_type.partition(";")[0].strip().lower()
    if kind not in _PAGE_TYPES:
        raise FormatError(f"the page is {kind[:60]}")
    text = await page.context.page_reader.read(reply.body, media_type)
    known = page.request.item
    item = full_item(known, text) if known.text else linked_item(known, text)
    if item is None:
        raise FormatError("the page holds no article that we can read")
    message = dump(item)
    if len(message) > page.context.settings.work_limit_bytes(page.work.fields):
        raise FormatError("the page's text is longer than a message may be")
    return _finish(page, "read", message)


def _after_error(page: _Page, error: FetchError) -> str:
    status = error.status or 0
    if error.retry_after_s and status in {429, 503}:
        # The whole host is to wait, not this page alone.
        host = (urlsplit(page.work.url or page.request.url).hostname or "").lower()
        strikes = page.context.hosts.take_slot(host, 0, 0).strikes
        page.context.hosts.slow_down(host, strikes + 1, min(error.retry_after_s, RETRY_AFTER_S))
    is_final = isinstance(error, FetchRefused) or (
        400 <= status < 500 and status not in {408, 425, 429}
    )
    if is_final:
        return _give_up(page, error.reason)
    return _try_again(page, error.reason, error.retry_after_s)


def _try_again(page: _Page, reason: str, retry_after_s: float | None) -> str:
    tries = page.work.tries + 1
    wait_s = max(AGAIN_S * 4.0 ** (tries - 1), retry_after_s or 0)
    if tries >= TRIES or wait_s > page.left_s:
        return _give_up(page, reason)
    work = msgspec.structs.replace(page.work, tries=tries, has_turn=False)
    return _postpone(page, work, wait_s, reason)


def _postpone(page: _Page, work: PageWork, wait_s: float, reason: str) -> str:
    work = msgspec.structs.replace(work, reason=reason)
    now = page.context.now()
    log.info("page_postponed", reason=reason, wait_s=round(wait_s, 1))
    done = page.context.pages.postpone(page.lease, work, now + timedelta(seconds=wait_s), now)
    return _or_fenced("postponed", done=done)


def _give_up(page: _Page, reason: str) -> str:
    """The item goes on with its summary and a note; without one, the entry goes to be buried."""
    log.warning("page_given_up", reason=reason)
    item: NewsItem = page.request.item
    if item.text:
        return _finish(page, "noted", dump(with_note(item, f"Full text not read: {reason}")))
    done = page.context.pages.fail(page.lease, page.work, reason)
    return _or_fenced("failed", done=done)


def _finish(page: _Page, word: str, message: bytes) -> str:
    done = page.context.pages.finish(page.lease, page.work, message)
    return _or_fenced(word, done=done)


def _or_fenced(word: str, *, done: bool) -> str:
    return word if done else "fenced"
