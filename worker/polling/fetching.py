"""A poll up to its outcome: the slot of the host, the fetch, reading the body, and the admission.

Nothing here saves the feed's state; `poll_task` does when the outcome is known.
"""

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
import structlog

from worker.errors import BrokerError, CodecError, FetchError, FetchPostponed, FormatError
from worker.feeds import FeedRead, read_feed
from worker.metrics import catalogue
from worker.model import Feed, FeedState, Lease, Subscription, poll_url
from worker.model.polling import Admission, AdmissionRequest
from worker.model.redaction import without_secrets
from worker.model.shown import ShownEntries
from worker.polling.admission import request_admission
from worker.polling.context import PollContext
from worker.polling.host_pacing import record_answer, wait_for_slot
from worker.polling.schedule import (
    Arrived,
    Failed,
    NotModified,
    PollOutcome,
    Postponed,
    body_digest,
    request_state,
    without_validators,
)
from worker.polling.websub import read_offer
from worker.telemetry import tracing
from worker.telemetry.tracing import Kind
from worker.web.api import FetchReply
from worker.web.memory_budget import Reservation
from worker.web.ssrf_guard import without_credentials

__all__ = ["READ_SHARE", "AnsweredPoll", "BegunPoll", "PollReport", "fetch_in_slot"]

log = structlog.get_logger(__name__)

READ_SHARE = 1 / 3
"""Share of the task's time limit in which a body is read. Fetching takes at most half of it."""


class PollReport(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of a poll task: feeds by outcome, and their items as new, changed and known."""

    feeds: int = 0
    unchanged: int = 0
    failed: int = 0
    fenced: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunPoll:
    """A poll before its answer: the feed, and the store's knowledge of it.

    `subscription` is the feed's at its hub, `shown` has the entries of the last poll, and `began`
    is the time of the request by the monotonic clock, 0 before it.
    """

    lease: Lease
    feed: Feed
    state: FeedState
    subscription: Subscription | None
    shown: bytes
    began: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredPoll:
    """A poll with its outcome, which is not saved yet.

    `read` is the content of the body, if it was read, and `size` the body's size in bytes.
    """

    begun: BegunPoll
    outcome: PollOutcome
    report: PollReport
    read: FeedRead | None = None
    size: int = 0
    admission: Admission = Admission()  # noqa: RUF009  # frozen

    @property
    def is_undecided(self) -> bool:
        """True if no host was reached: the other polls will show if our own network is away."""
        return isinstance(self.outcome, Failed) and not self.outcome.reached


async def fetch_in_slot(context: PollContext, poll: BegunPoll) -> AnsweredPoll:
    """Fetch a feed in a slot of its host and admit its new items, or postpone the poll.

    It is postponed if the slot is far off.
    """
    url = poll_url(poll.feed, poll.state)
    try:
        strikes = await wait_for_slot(context, url)
    except FetchPostponed as error:
        return _postponed(poll, error.reason, error.code, error.retry_after_s)
    poll = replace(poll, began=time.monotonic())
    with context.memory.reserve() as memory:
        answered = await _fetch_and_admit(context, poll, memory)
    await record_answer(context, url, strikes, answered.outcome)
    return answered


def _postponed(poll: BegunPoll, reason: str, why: str, wait_s: float | None = None) -> AnsweredPoll:
    log.info("feed_postponed", reason=reason)
    outcome = Postponed(reason=reason, why=why, wait_s=wait_s)
    return AnsweredPoll(begun=poll, outcome=outcome, report=PollReport(feeds=1))


async def _fetch_and_admit(
    context: PollContext, poll: BegunPoll, memory: Reservation
) -> AnsweredPoll:
    """Fetch a feed and put its new items on the work streams; return the poll with its outcome."""
    feed, size = poll.feed, 0
    try:
        request = request_state(poll.state, context.now(), context.settings.check_after_s)
        reply = await _fetch(context, feed, request, memory)
        size = len(reply.body)
        headers, moved_to = reply.headers, reply.moved_to
        if reply.status == 304:
            return _unchanged(poll, size, NotModified(headers=headers, moved_to=moved_to))
        digest = body_digest(reply.body)
        # Many servers send no validators, or ignore them: an unchanged body need not be read again.
        if digest == poll.state.body_digest:
            same = Arrived(headers=headers, body_digest=digest, url=reply.url, moved_to=moved_to)
            return _unchanged(poll, size, replace(same, is_part=reply.status == 226))
        return await _admit(context, poll, reply, digest)
    except FetchPostponed as error:
        return _postponed(poll, error.reason, error.code, error.retry_after_s)
    except FetchError as error:
        if memory.is_waiting:
            # The deadline passed while the body waited for memory, which is no fault of the feed.
            return _postponed(poll, "other bodies fill the memory for polls", "memory")
        log.warning("feed_failed", reason=error.reason, status=error.status)
        return _failed(poll, size, Failed.of(error))
    except (FormatError, CodecError) as error:
        log.warning("feed_unreadable", reason=error.reason)
        return _failed(poll, size, Failed(reason=str(error), code="unreadable", status=200))
    except BrokerError:
        raise
    except Exception as error:  # a fault of ours costs a single feed
        log.exception("feed_failed", reason="reading it failed")
        reason = f"{without_credentials(feed.url)}: reading it failed: {type(error).__name__}"
        return _failed(poll, size, Failed(reason=reason, code="unreadable"))


async def _fetch(
    context: PollContext, feed: Feed, request: FeedState, memory: Reservation
) -> FetchReply:
    """Fetch a feed in a span, and count the time that this takes."""
    began = time.monotonic()
    try:
        with tracing.span("fetch", Kind.CLIENT) as traced:
            reply = await context.http.fetch(feed, request, memory)
            if traced is not None:
                _note_fetch(traced, reply)
    finally:
        context.counts.observe(catalogue.FETCH, time.monotonic() - began)
    return reply


def _note_fetch(span: tracing.TraceSpan, reply: FetchReply) -> None:
    parts = urlsplit(reply.url)
    span.note(
        {
            "http.request.method": "GET",
            "http.response.status_code": reply.status,
            "http.response.body.size": len(reply.body),
            "url.full": without_secrets(reply.url),
            "server.address": parts.hostname or "",
            "server.port": parts.port or {"http": 80}.get(parts.scheme, 443),
        }
    )


def _unchanged(poll: BegunPoll, size: int, outcome: PollOutcome) -> AnsweredPoll:
    report = PollReport(feeds=1, unchanged=1)
    return AnsweredPoll(begun=poll, outcome=outcome, report=report, size=size)


def _failed(poll: BegunPoll, size: int, outcome: Failed) -> AnsweredPoll:
    report = PollReport(feeds=1, failed=1)
    return AnsweredPoll(begun=poll, outcome=outcome, report=report, size=size)


def _read_body(
    poll: BegunPoll, reply: FetchReply, now: datetime
) -> tuple[FeedRead, AdmissionRequest]:
    """Return the content of a body, and its items that are new or changed."""
    is_series = ShownEntries.unpack(poll.shown).find_series()
    media_type = reply.headers.get("content-type", "")
    read = read_feed(reply.body, media_type, poll.feed, now=now, is_series=is_series)
    request = request_admission(
        read.items,
        poll.shown,
        shared=read.shared,
        series=read.series,
        with_pages=poll.feed.full_text,
        is_part=reply.status == 226,
    )
    return read, request


async def _read(
    context: PollContext, poll: BegunPoll, reply: FetchReply
) -> tuple[FeedRead, AdmissionRequest]:
    """Read a body in a thread: on the event loop, the deadlines of all others would run meanwhile.

    Raises:
        FetchPostponed: Other feeds kept all threads busy.
        FormatError: No format can read the body, or reading took too long. The thread goes on then,
            but the feed backs off; killing the task would bring the feed back at once, for ever.
    """
    now, subject = context.now(), without_credentials(poll.feed.url)
    limit_s = context.settings.task_time_limit_s * READ_SHARE
    begun: list[bool] = []

    def read() -> tuple[FeedRead, AdmissionRequest]:
        begun.append(True)
        return _read_body(poll, reply, now)

    try:
        async with asyncio.timeout(limit_s):
            return await asyncio.get_running_loop().run_in_executor(context.readers, read)
    except TimeoutError as error:
        if not begun:
            reason = "other feeds were being read"
            raise FetchPostponed(reason, subject=subject, code="busy") from error
        raise FormatError(f"was not read within {limit_s:g} s", subject=subject) from error
    except MemoryError:
        # `from None`, since the frames of the cause hold the data that filled the memory.
        reason = "takes more memory to read than there is"
        raise FormatError(reason, subject=subject) from None


async def _admit(
    context: PollContext, poll: BegunPoll, reply: FetchReply, digest: str
) -> AnsweredPoll:
    with tracing.span("read"):
        read, request = await _read(context, poll, reply)
    for problem in read.problems:
        log.info("entry_problem", problem=problem)

    def admit() -> Admission:
        state = without_validators(poll.state)
        return context.polls.admit(poll.lease, request, state=state)

    with tracing.span("admit", Kind.PRODUCER):
        if trace := tracing.context():
            request = msgspec.structs.replace(request, trace=trace)
        # In a thread: a large body is admitted in many steps, in which other polls must go on.
        admission = await asyncio.to_thread(admit)
    report = PollReport(
        feeds=1,
        fenced=int(admission.fenced),
        new=admission.new,
        changed=admission.changed,
        known=admission.known,
    )
    return AnsweredPoll(
        begun=poll,
        outcome=_arrived(reply, read, admission, digest),
        report=report,
        read=read,
        size=len(reply.body),
        admission=admission,
    )


def _arrived(reply: FetchReply, read: FeedRead, admission: Admission, digest: str) -> Arrived:
    is_part = reply.status == 226
    return Arrived(
        headers=reply.headers,
        body_digest=digest,
        items=admission.new + admission.changed,
        entries=None if is_part else len(read.items) + len(read.problems),
        needs_whole=None if is_part else _shares_ids(read),
        is_part=is_part,
        stops_short=read.stops_short,
        pace_s=read.ttl_s,
        url=reply.url,
        moved_to=reply.moved_to,
        offer=read_offer(reply.headers, read.hub, read.topic, reply.url),
    )


def _shares_ids(read: FeedRead) -> bool:
    """Return True if several entries have the same id."""
    return len({entry.id for entry in read.listed}) < len(read.listed)
