"""The poll task: fetch many feeds at once, read them, and put new items on the work streams.

The order of the steps is the guarantee. The items go on the work streams first; the same step
records that they were seen and clears the feed's validators. Only then the store saves the new
validators and the time of the next poll, and only if it still knows of those items. If a poller is
killed in between, the next poll requests the whole body and finds the changes since then in it.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
import structlog

from worker.errors import BrokerError, CodecError, FetchError, FetchPostponed, FormatError
from worker.feeds import FeedRead, read_feed
from worker.metrics import catalogue
from worker.model import Feed, FeedState, Lease, PollRecord, Subscription, poll_url
from worker.model.polling import Admission, AdmissionRequest, OpenPoll, PollEnd
from worker.model.redaction import without_secrets
from worker.model.shown import ShownEntries
from worker.polling.admission import request_admission
from worker.polling.context import PollContext
from worker.polling.ending import batch_ends, save_end
from worker.polling.host_pacing import record_answer, wait_for_slot
from worker.polling.schedule import (
    Arrived,
    Failed,
    NotModified,
    PollOutcome,
    Postponed,
    body_digest,
    next_state,
    request_state,
    without_validators,
)
from worker.polling.subscriptions import find_subscription, maintain_subscription
from worker.polling.websub import PushState, may_poll_at, read_offer
from worker.runtime.gather import gather_all
from worker.runtime.lease_renewal import renewing_leases
from worker.telemetry import tracing
from worker.telemetry.tracing import Kind
from worker.web.api import FetchReply
from worker.web.memory_budget import Reservation
from worker.web.ssrf_guard import is_allowed, without_credentials

__all__ = ["READ_SHARE", "FinishedPoll", "PollReport", "poll_feed", "poll_feeds"]

log = structlog.get_logger(__name__)


READ_SHARE = 1 / 3
"""Share of the task's time limit in which a body is read. Fetching takes at most half of it."""

READERS = 16
"""Feeds of a task that are read at once."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedPoll:
    """A poll whose end is saved, or that the store refused because its lease had run out.

    `outcome` is None if the feed was removed, so that nothing was asked.
    """

    report: PollReport
    state: FeedState = FeedState()  # noqa: RUF009  # frozen
    outcome: PollOutcome | None = None
    read: FeedRead | None = None


async def poll_feeds(context: PollContext, leases: Sequence[Lease]) -> PollReport:
    """Poll all leased feeds at once; a feed that fails does not affect the others.

    Args:
        context: The equipment of the process.
        leases: The leases of a task message.

    Raises:
        BrokerError: The store cannot be reached; unfinished feeds are due when their leases end.
    """
    opened = context.polls.open_all(leases, context.settings.poll_lease_s)
    ours = [poll for poll in opened if poll.is_ours]
    if late := sum(poll.feed is not None for poll in opened) - len(ours):
        # The task message waited for long, and another poller has the feeds by now: its requests
        # must not be repeated.
        log.info("polls_too_late", feeds=late)
    held = [poll.lease for poll in ours]
    with (
        renewing_leases(held, context.polls.renew, context.settings.poll_lease_s),
        _batch_readers(context) as reading,
    ):
        batch = replace(reading, ends=batch_ends(context.polls))
        polls = await gather_all(_poll_without_body(batch, poll) for poll in ours)
        finished = [poll for poll in polls if isinstance(poll, FinishedPoll)]
        # All polls have ended, so it is known by now if our own network is away.
        undecided = (_finish(batch, poll) for poll in polls if isinstance(poll, AnsweredPoll))
        finished += await gather_all(undecided)
    report = _total([poll.report for poll in finished])
    return msgspec.structs.replace(report, feeds=len(leases), fenced=report.fenced + late)


def _total(reports: Sequence[PollReport]) -> PollReport:
    names = PollReport.__struct_fields__
    return PollReport(**{name: sum(getattr(report, name) for report in reports) for name in names})


@contextlib.contextmanager
def _batch_readers(context: PollContext) -> Iterator[PollContext]:
    """Yield the context with threads for reading the feeds of this batch.

    A thread cannot be stopped. In the threads of the event loop, feeds that take for ever to read
    would hold up the next batch and the calls of the store.
    """
    readers = ThreadPoolExecutor(READERS, thread_name_prefix="read")
    try:
        yield replace(context, readers=readers)
    finally:
        readers.shutdown(wait=False)


async def poll_feed(context: PollContext, lease: Lease) -> FinishedPoll:
    """Poll a single leased feed, within the time of its lease.

    Raises:
        BrokerError: The store cannot be reached.
    """
    opened = context.polls.open(lease, context.settings.poll_lease_s)
    poll = await _poll_opened(context, opened)
    return await _finish(context, poll) if isinstance(poll, AnsweredPoll) else poll


async def _poll_without_body(context: PollContext, opened: OpenPoll) -> AnsweredPoll | FinishedPoll:
    """Poll a feed and drop its content, which would fill the memory while other polls run."""
    return replace(await _poll_opened(context, opened), read=None)


async def _poll_opened(context: PollContext, opened: OpenPoll) -> AnsweredPoll | FinishedPoll:
    """Poll a feed, and finish the poll unless it is undecided."""
    feed, state = opened.feed, opened.state
    if feed is None:
        context.counts.add(catalogue.POLLS, "removed")
        return FinishedPoll(report=PollReport(feeds=1))
    with (
        structlog.contextvars.bound_contextvars(feed=without_credentials(feed.url)),
        tracing.span("poll", parent={}) as traced,
    ):
        subscription = await find_subscription(context, feed.id, state)
        begun = BegunPoll(
            lease=opened.lease,
            feed=feed,
            state=state,
            subscription=subscription,
            shown=opened.shown,
        )
        answered = await _fetch_in_slot(context, begun)
        if traced is not None:
            _note_poll(traced, answered)
        _record_contact(context, answered)
        if answered.is_undecided:
            return answered
        poll = await _finish(context, answered)
        if not poll.report.fenced and not isinstance(poll.outcome, Postponed):
            await maintain_subscription(context, feed.id, poll.state, subscription)
        return poll


def _note_poll(span: tracing.TraceSpan, poll: AnsweredPoll) -> None:
    outcome, report = poll.outcome, poll.report
    span.note(
        {
            "copytaster.feed": without_secrets(poll.begun.feed.url),
            "copytaster.outcome": type(outcome).__name__.lower(),
            "copytaster.items": report.new + report.changed,
        }
    )
    if isinstance(outcome, Failed):
        span.note({"error.type": outcome.code})


def _record_contact(context: PollContext, poll: AnsweredPoll) -> None:
    """Record if the host was reached; our own network counts as away after several failures.

    A poll that was postponed or refused reached no host, and hosts of the operator's own network
    do not show that the way to the others is open.
    """
    if isinstance(poll.outcome, Postponed) or (
        isinstance(poll.outcome, Failed) and poll.outcome.refused
    ):
        return
    url = urlsplit(poll_url(poll.begun.feed, poll.begun.state))
    if not is_allowed(url, context.settings.origins):
        context.connectivity.note(url.hostname or "", reached=not poll.is_undecided)


async def _finish(context: PollContext, poll: AnsweredPoll) -> FinishedPoll:
    """Save the state after a poll and the time of the next poll, if the lease still holds."""
    begun, outcome, report = poll.begun, poll.outcome, poll.report
    if poll.is_undecided and context.connectivity.is_offline:
        outcome = Postponed(reason="no host can be reached")
        log.warning("network_away", feed=without_credentials(begun.feed.url))
    now = context.now()
    state, due_at = next_state(
        begun.feed,
        begun.state,
        outcome,
        now,
        random.random(),  # noqa: S311  # spreads polls, guards nothing
        floor_s=context.settings.poll_floor_s,
        ceiling_s=context.settings.poll_ceiling_s,
        push=PushState.of(begun.feed.id, begun.subscription, now),
    )
    record = _record(poll, outcome, state, context)
    hears_pushes = begun.subscription is not None and isinstance(outcome, Arrived | NotModified)
    pushed_at = may_poll_at(state, now, context.settings.poll_floor_s) if hears_pushes else None
    end = PollEnd(
        lease=begun.lease,
        state=state,
        due_at=due_at,
        record=record,
        pushed_at=pushed_at,
        admission=poll.admission,
        now=now,
    )
    if report.fenced or not await save_end(context, end):
        log.warning("poll_fenced", reason="the lease ran out during the poll")
        report = msgspec.structs.replace(report, fenced=1)
    _count(context, poll, outcome, report)
    return FinishedPoll(outcome=outcome, state=state, report=report, read=poll.read)


def _count(
    context: PollContext, poll: AnsweredPoll, outcome: PollOutcome, report: PollReport
) -> None:
    """Count a poll by its outcome, and its items by their feed."""
    counts, feed = context.counts, poll.begun.feed
    counts.add(catalogue.FETCHED_BYTES, by=poll.size)
    for verdict in ("new", "changed", "known"):
        counts.add(catalogue.POLLED_ITEMS, verdict, by=getattr(report, verdict))
    try:
        host = urlsplit(feed.url).hostname or ""
    except ValueError:  # `http://[` is no URL, but may be the URL of a feed
        host = ""
    counts.add(catalogue.FEED_ITEMS, feed.id, host, by=report.new + report.changed)
    if report.fenced:
        counts.add(catalogue.POLLS, "fenced")
    elif isinstance(outcome, Failed):
        counts.add(catalogue.POLLS, "failed")
        counts.add(catalogue.POLL_FAILURES, outcome.code)
    elif isinstance(outcome, Postponed):
        counts.add(catalogue.POLLS, "postponed")
    else:
        counts.add(catalogue.POLLS, "unchanged" if report.unchanged else "arrived")


def _record(
    poll: AnsweredPoll, outcome: PollOutcome, state: FeedState, context: PollContext
) -> PollRecord | None:
    """Return the record of a poll; None for a postponed poll."""
    if isinstance(outcome, Postponed):
        return None
    now, began = context.now(), poll.begun.began
    code = outcome.code if isinstance(outcome, Failed) else ""
    return PollRecord(
        at=int(now.timestamp()),
        status=state.status or 0,
        code="" if code == f"http_{state.status}" else code,
        new=outcome.items if isinstance(outcome, Arrived) else 0,
        size=poll.size,
        took_ms=round((time.monotonic() - began) * 1000) if began else 0,
        why=state.why,
        wait_s=round((state.due_at - now).total_seconds()) if state.due_at else -1,
    )


async def _fetch_in_slot(context: PollContext, poll: BegunPoll) -> AnsweredPoll:
    """Fetch a feed in a slot of its host, or postpone the poll if the slot is far off."""
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
            same = Arrived(headers=headers, body_digest=digest, moved_to=moved_to)
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
    is_part = reply.status == 226

    def admit() -> Admission:
        state = without_validators(poll.state)
        return context.polls.admit(poll.lease, request, state=state)

    with tracing.span("admit", Kind.PRODUCER):
        if trace := tracing.context():
            request = msgspec.structs.replace(request, trace=trace)
        # In a thread: a large body is admitted in many steps, in which other polls must go on.
        admission = await asyncio.to_thread(admit)
    outcome = Arrived(
        headers=reply.headers,
        body_digest=digest,
        items=admission.new + admission.changed,
        entries=None if is_part else len(read.items) + len(read.problems),
        needs_whole=None if is_part else _shares_ids(read),
        is_part=is_part,
        pace_s=read.ttl_s,
        moved_to=reply.moved_to,
        offer=read_offer(reply.headers, read.hub, read.topic, reply.url),
    )
    report = PollReport(
        feeds=1,
        fenced=int(admission.fenced),
        new=admission.new,
        changed=admission.changed,
        known=admission.known,
    )
    return AnsweredPoll(
        begun=poll,
        outcome=outcome,
        report=report,
        read=read,
        size=len(reply.body),
        admission=admission,
    )


def _shares_ids(read: FeedRead) -> bool:
    """Return True if several entries have the same id."""
    return len({entry.id for entry in read.listed}) < len(read.listed)
