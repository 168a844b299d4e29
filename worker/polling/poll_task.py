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
from worker.model import Feed, FeedState, Lease, PollRecord, Subscription, poll_url
from worker.model.polling import Admission, AdmissionRequest, OpenPoll
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
    next_state,
    request_state,
    without_validators,
)
from worker.polling.subscriptions import find_subscription, maintain_subscription
from worker.polling.websub import PushState, may_poll_at, read_offer
from worker.runtime.gather import gather_all
from worker.runtime.lease_renewal import renewing_leases
from worker.web.api import FetchReply
from worker.web.memory_budget import Reservation
from worker.web.ssrf_guard import is_allowed, without_credentials

__all__ = ["READ_SHARE", "Poll", "PollReport", "poll_feed", "poll_feeds"]

log = structlog.get_logger(__name__)


READ_SHARE = 3
"""Divisor of the task's time limit that gives the time for reading a body. Fetching takes at most
half of the limit."""

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
class Poll:
    """A poll of a feed: its outcome, and the state of the feed after it.

    `outcome` is None if the feed was removed, so that nothing was asked.
    """

    lease: Lease
    feed: Feed | None = None
    state: FeedState = FeedState()  # noqa: RUF009  # frozen
    subscription: Subscription | None = None
    """The feed's subscription at its hub when the poll began."""
    outcome: PollOutcome | None = None
    report: PollReport = PollReport(feeds=1)  # noqa: RUF009  # frozen
    read: FeedRead | None = None
    """The content of the body, if it was read."""
    size: int = 0
    """Size of the body in bytes."""
    began: float = 0.0
    """The time of the request, by the monotonic clock."""
    shown: bytes = b""
    """The entries that the feed showed at the last poll."""
    admission: Admission = Admission()  # noqa: RUF009  # frozen

    @property
    def is_undecided(self) -> bool:
        """True if no host was reached: the other polls will show if our own network is away."""
        return isinstance(self.outcome, Failed) and not self.outcome.reached


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
        polls = await gather_all(_poll_without_body(reading, poll) for poll in ours)
    # All polls have ended, so it is known by now if our own network is away.
    finished = [await _finish(context, poll) if poll.is_undecided else poll for poll in polls]
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


async def poll_feed(context: PollContext, lease: Lease) -> Poll:
    """Poll a single leased feed, within the time of its lease.

    Raises:
        BrokerError: The store cannot be reached.
    """
    opened = context.polls.open(lease, context.settings.poll_lease_s)
    poll = await _poll_opened(context, opened)
    return await _finish(context, poll) if poll.is_undecided else poll


async def _poll_without_body(context: PollContext, opened: OpenPoll) -> Poll:
    """Poll a feed and drop its content, which would fill the memory while other polls run."""
    return replace(await _poll_opened(context, opened), read=None)


async def _poll_opened(context: PollContext, opened: OpenPoll) -> Poll:
    """Poll a feed, and finish the poll unless it is undecided."""
    feed, state = opened.feed, opened.state
    if feed is None:
        return Poll(lease=opened.lease)
    with structlog.contextvars.bound_contextvars(feed=without_credentials(feed.url)):
        subscription = await find_subscription(context, feed.id, state)
        poll = Poll(
            lease=opened.lease,
            feed=feed,
            state=state,
            subscription=subscription,
            shown=opened.shown,
        )
        poll = await _fetch_in_slot(context, poll, feed)
        _record_contact(context, poll)
        if poll.is_undecided:
            return poll
        poll = await _finish(context, poll)
        if not poll.report.fenced and not isinstance(poll.outcome, Postponed):
            await maintain_subscription(context, feed.id, poll.state, subscription)
        return poll


def _record_contact(context: PollContext, poll: Poll) -> None:
    """Record if the host was reached; our own network counts as away after several failures.

    A poll that was postponed or refused reached no host, and hosts of the operator's own network
    do not show that the way to the others is open.
    """
    assert poll.feed is not None
    if isinstance(poll.outcome, Postponed) or (
        isinstance(poll.outcome, Failed) and poll.outcome.refused
    ):
        return
    url = urlsplit(poll_url(poll.feed, poll.state))
    if not is_allowed(url, context.settings.origins):
        context.connectivity.note(url.hostname or "", reached=not poll.is_undecided)


async def _finish(context: PollContext, poll: Poll) -> Poll:
    """Save the state after a poll and the time of the next poll, if the lease still holds."""
    assert poll.feed is not None
    assert poll.outcome is not None
    outcome, report = poll.outcome, poll.report
    if poll.is_undecided and context.connectivity.is_offline:
        outcome = Postponed(reason="no host can be reached")
        log.warning("network_away", feed=without_credentials(poll.feed.url))
    now = context.now()
    state, due_at = next_state(
        poll.feed,
        poll.state,
        outcome,
        now,
        random.random(),  # noqa: S311  # spreads polls, guards nothing
        floor_s=context.settings.poll_floor_s,
        ceiling_s=context.settings.poll_ceiling_s,
        push=PushState.of(poll.feed.id, poll.subscription, now),
    )
    record = _record(poll, outcome, state, context)
    hears_pushes = poll.subscription is not None and isinstance(outcome, Arrived | NotModified)
    pushed_at = may_poll_at(state, now, context.settings.poll_floor_s) if hears_pushes else None
    # In a thread, as `admit`: over a slow link, polls would wait for each other on the event loop.
    if report.fenced or not await asyncio.to_thread(
        context.polls.finish,
        poll.lease,
        state,
        due_at,
        record,
        pushed_at=pushed_at,
        admission=poll.admission,
        now=now,
    ):
        log.warning("poll_fenced", reason="the lease ran out during the poll")
        report = msgspec.structs.replace(report, fenced=1)
    return replace(poll, outcome=outcome, state=state, report=report)


def _record(
    poll: Poll, outcome: PollOutcome, state: FeedState, context: PollContext
) -> PollRecord | None:
    """Return the record of a poll; None for a postponed poll."""
    if isinstance(outcome, Postponed):
        return None
    now = context.now()
    code = outcome.code if isinstance(outcome, Failed) else ""
    return PollRecord(
        at=int(now.timestamp()),
        status=state.status or 0,
        code="" if code == f"http_{state.status}" else code,
        new=outcome.items if isinstance(outcome, Arrived) else 0,
        size=poll.size,
        took_ms=round((time.monotonic() - poll.began) * 1000) if poll.began else 0,
        why=state.why,
        wait_s=round((state.due_at - now).total_seconds()) if state.due_at else -1,
    )


async def _fetch_in_slot(context: PollContext, poll: Poll, feed: Feed) -> Poll:
    """Fetch a feed in a slot of its host, or postpone the poll if the slot is far off."""
    url = poll_url(feed, poll.state)
    try:
        strikes = await wait_for_slot(context, url)
    except FetchPostponed as error:
        return _postponed(poll, error.reason, error.code, error.retry_after_s)
    poll = replace(poll, began=time.monotonic())
    with context.memory.reserve() as memory:
        poll = await _fetch_and_admit(context, poll, feed, memory)
    if poll.outcome is not None:
        await record_answer(context, url, strikes, poll.outcome)
    return poll


def _postponed(poll: Poll, reason: str, why: str, wait_s: float | None = None) -> Poll:
    log.info("feed_postponed", reason=reason)
    outcome = Postponed(reason=reason, why=why, wait_s=wait_s)
    return replace(poll, outcome=outcome, report=PollReport(feeds=1))


async def _fetch_and_admit(
    context: PollContext, poll: Poll, feed: Feed, memory: Reservation
) -> Poll:
    """Fetch a feed and put its new items on the work streams; return the poll with its outcome."""
    try:
        request = request_state(poll.state, context.now(), context.settings.check_after_s)
        reply = await context.http.fetch(feed, request, memory)
        poll = replace(poll, size=len(reply.body))
        headers, moved_to = reply.headers, reply.moved_to
        if reply.status == 304:
            return _unchanged(poll, NotModified(headers=headers, moved_to=moved_to))
        digest = body_digest(reply.body)
        # Many servers send no validators, or ignore them: an unchanged body need not be read again.
        if digest == poll.state.body_digest:
            same = Arrived(headers=headers, body_digest=digest, moved_to=moved_to)
            return _unchanged(poll, replace(same, is_part=reply.status == 226))
        return await _admit(context, poll, feed, reply, digest)
    except FetchPostponed as error:
        return _postponed(poll, error.reason, error.code, error.retry_after_s)
    except FetchError as error:
        if memory.is_waiting:
            # The deadline passed while the body waited for memory, which is no fault of the feed.
            return _postponed(poll, "other bodies fill the memory for polls", "memory")
        log.warning("feed_failed", reason=error.reason, status=error.status)
        return _failed(poll, Failed.of(error))
    except (FormatError, CodecError) as error:
        log.warning("feed_unreadable", reason=error.reason)
        return _failed(poll, Failed(reason=str(error), code="unreadable", status=200))
    except BrokerError:
        raise
    except Exception as error:  # a fault of ours costs a single feed
        log.exception("feed_failed", reason="reading it failed")
        reason = f"{without_credentials(feed.url)}: reading it failed: {type(error).__name__}"
        return _failed(poll, Failed(reason=reason, code="unreadable"))


def _unchanged(poll: Poll, outcome: PollOutcome) -> Poll:
    return replace(poll, outcome=outcome, report=PollReport(feeds=1, unchanged=1))


def _failed(poll: Poll, outcome: Failed) -> Poll:
    return replace(poll, outcome=outcome, report=PollReport(feeds=1, failed=1))


def _read_body(
    poll: Poll, feed: Feed, reply: FetchReply, now: datetime
) -> tuple[FeedRead, AdmissionRequest]:
    """Return the content of a body, and its items that are new or changed."""
    is_series = ShownEntries.unpack(poll.shown).find_series()
    media_type = reply.headers.get("content-type", "")
    read = read_feed(reply.body, media_type, feed, now=now, is_series=is_series)
    request = request_admission(
        read.items,
        poll.shown,
        shared=read.shared,
        series=read.series,
        with_pages=feed.full_text,
        is_part=reply.status == 226,
    )
    return read, request


async def _read(
    context: PollContext, poll: Poll, feed: Feed, reply: FetchReply
) -> tuple[FeedRead, AdmissionRequest]:
    """Read a body in a thread: on the event loop, the deadlines of all others would run meanwhile.

    Raises:
        FetchPostponed: Other feeds kept all threads busy.
        FormatError: No format can read the body, or reading took too long. The thread goes on then,
            but the feed backs off; killing the task would bring the feed back at once, for ever.
    """
    now = context.now()
    limit_s = context.settings.task_time_limit_s / READ_SHARE
    begun: list[bool] = []

    def read() -> tuple[FeedRead, AdmissionRequest]:
        begun.append(True)
        return _read_body(poll, feed, reply, now)

    try:
        async with asyncio.timeout(limit_s):
            return await asyncio.get_running_loop().run_in_executor(context.readers, read)
    except TimeoutError as error:
        if not begun:
            reason, subject = "other feeds were being read", without_credentials(feed.url)
            raise FetchPostponed(reason, subject=subject, code="busy") from error
        raise FormatError(
            f"was not read within {limit_s:g} s", subject=without_credentials(feed.url)
        ) from error
    except MemoryError:
        # `from None`, since the frames of the cause hold the data that filled the memory.
        reason = "takes more memory to read than there is"
        raise FormatError(reason, subject=without_credentials(feed.url)) from None


async def _admit(
    context: PollContext, poll: Poll, feed: Feed, reply: FetchReply, digest: str
) -> Poll:
    read, request = await _read(context, poll, feed, reply)
    for problem in read.problems:
        log.info("entry_problem", problem=problem)
    is_part = reply.status == 226

    def admit() -> Admission:
        state = without_validators(poll.state)
        return context.polls.admit(poll.lease, request, state=state)

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
    return replace(poll, outcome=outcome, report=report, read=read, admission=admission)


def _shares_ids(read: FeedRead) -> bool:
    """Return True if several entries have the same id."""
    return len({entry.id for entry in read.listed}) < len(read.listed)
