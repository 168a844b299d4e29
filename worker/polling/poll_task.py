"""One poll task: fetch many feeds at once, read them, put what is new on the work streams.

The order is the guarantee: items go on the work streams first, in one step with the memory of
having seen them and with the end of the validators that the feed had; only then are its new
validators and its next due time kept, and only if the store still knows of those items. A poller
that is killed in between is followed by one that asks for the whole body, and finds
in it what changed meanwhile.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import msgspec
import structlog

from worker.errors import BrokerError, CodecError, FetchError, FetchPostponed, FormatError
from worker.feeds import FeedRead, read_feed
from worker.model import Feed, FeedState, Lease, PollRecord, Subscription, poll_url
from worker.model.polling import Admission, OpenPoll
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
from worker.runtime.lease_renewal import renewing_leases
from worker.web.api import FetchReply
from worker.web.memory_budget import Reservation
from worker.web.ssrf_guard import is_allowed, without_credentials

__all__ = ["READ_SHARE", "Poll", "PollReport", "poll_feed", "poll_feeds"]

log = structlog.get_logger(__name__)


READ_SHARE = 3
"""Reading one feed may take this part of the task's time; fetching takes at most half of it."""

READERS = 16
"""Feeds of one batch that are read at once."""


class PollReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch: feeds by how they answered, items by whether we had them."""

    feeds: int = 0
    unchanged: int = 0
    failed: int = 0
    fenced: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One poll: how it went and what we know of the feed now.

    `outcome` is None where nobody was asked: the feed is gone from the store, or its lease ran out.
    """

    lease: Lease
    feed: Feed | None = None
    state: FeedState = FeedState()  # noqa: RUF009  # frozen
    subscription: Subscription | None = None
    """Its subscription at a hub when the poll began."""
    outcome: PollOutcome | None = None
    report: PollReport = PollReport(feeds=1)  # noqa: RUF009  # frozen
    read: FeedRead | None = None
    """What was in the body, where one was read."""
    size: int = 0
    """Bytes of the body."""
    began: float = 0.0
    """When the host was asked, by the process's own clock."""
    shown: bytes = b""
    """What the feed showed when the poll began."""
    admission: Admission = Admission()  # noqa: RUF009  # frozen

    @property
    def is_open(self) -> bool:
        """Nobody was reached: whose fault that is shows when the other polls have ended."""
        return isinstance(self.outcome, Failed) and not self.outcome.reached


async def poll_feeds(
    context: PollContext, leases: Sequence[Lease], *, again: bool = False
) -> PollReport:
    """Poll every claimed feed at once; one that fails costs no other anything. `again`: the poller
    that began with these claims has died.

    Raises:
        BrokerError: The store went away; feeds that were not finished come due when leases end.
    """
    opened = context.polls.open_all(leases, context.settings.poll_lease_s, again=again)
    begun = [one for one in opened if one.is_ours]
    if late := sum(one.feed is not None for one in opened) - len(begun):
        # The hint waited for long: another one came first, and asking now would ask twice.
        log.info("polls_too_late", feeds=late)
    ours = [one.lease for one in begun]
    # Each ends before we do: one left behind would go on in the next task, its deadline past.
    with (
        renewing_leases(ours, context.polls.renew, context.settings.poll_lease_s),
        _own_readers(context) as reading,
    ):
        asking = [_ask_and_forget(reading, one) for one in begun]
        ends = await asyncio.gather(*asking, return_exceptions=True)
    failures = [end for end in ends if isinstance(end, BaseException)]
    if failures:
        raise next((e for e in failures if not isinstance(e, BrokerError)), failures[0])
    polls = [end for end in ends if isinstance(end, Poll)]
    done = [await _finish(context, poll) if poll.is_open else poll for poll in polls]
    report = PollReport(
        **{
            name: sum(getattr(poll.report, name) for poll in done)
            for name in PollReport.__struct_fields__
        }
    )
    return msgspec.structs.replace(report, feeds=len(leases), fenced=report.fenced + late)


@contextlib.contextmanager
def _own_readers(context: PollContext) -> Iterator[PollContext]:
    """The context with threads in which one batch of feeds is read: one that takes for ever holds
    up neither the next batch nor the calls to the store, which go through the loop's threads.
    """
    readers = ThreadPoolExecutor(READERS, thread_name_prefix="read")
    try:
        yield replace(context, readers=readers)
    finally:
        readers.shutdown(wait=False)


async def poll_feed(context: PollContext, lease: Lease) -> Poll:
    """Poll one claimed feed, within the time of one lease.

    Raises:
        BrokerError: The store went away.
    """
    poll = await _ask_and_finish(context, context.polls.open(lease, context.settings.poll_lease_s))
    return await _finish(context, poll) if poll.is_open else poll


async def _ask_and_forget(context: PollContext, opened: OpenPoll) -> Poll:
    """The poll without what it read, which must not stay in memory while others are under way."""
    return replace(await _ask_and_finish(context, opened), read=None)


async def _ask_and_finish(context: PollContext, opened: OpenPoll) -> Poll:
    """The poll, finished unless it is open."""
    feed, state = opened.feed, opened.state
    if feed is None:
        return Poll(lease=opened.lease)
    with structlog.contextvars.bound_contextvars(feed=without_credentials(feed.url)):
        subscription = await find_subscription(context, feed.id, state)
        poll = Poll(lease=opened.lease, feed=feed, state=state, subscription=subscription)
        poll = replace(poll, shown=opened.shown)
        poll = await _ask_in_turn(context, poll, feed)
        _note_contact(context, poll)
        if poll.is_open:
            return poll
        poll = await _finish(context, poll)
        if not poll.report.fenced and not isinstance(poll.outcome, Postponed):
            await maintain_subscription(context, feed.id, poll.state, subscription)
        return poll


def _note_contact(context: PollContext, poll: Poll) -> None:
    """What was refused was not reached; private origins say nothing of our way to the others."""
    assert poll.feed is not None
    if isinstance(poll.outcome, Postponed) or (
        isinstance(poll.outcome, Failed) and poll.outcome.refused
    ):
        return
    url = urlsplit(poll_url(poll.feed, poll.state))
    if not is_allowed(url, context.settings.origins):
        context.connectivity.note(url.hostname or "", reached=not poll.is_open)


async def _finish(context: PollContext, poll: Poll) -> Poll:
    """The poll with what it taught us, which the store keeps if the lease still holds."""
    assert poll.feed is not None
    assert poll.outcome is not None
    outcome, report = poll.outcome, poll.report
    if poll.is_open and context.connectivity.is_offline:
        outcome = Postponed(reason="no host can be reached")
        log.warning("network_away", feed=without_credentials(poll.feed.url))
    now = context.now()
    learnt, due_at = next_state(
        poll.feed,
        poll.state,
        outcome,
        now,
        random.random(),  # noqa: S311  # spreads polls, guards nothing
        floor_s=context.settings.poll_floor_s,
        ceiling_s=context.settings.poll_ceiling_s,
        push=PushState.of(poll.feed.id, poll.subscription, now),
    )
    record = _record(poll, outcome, learnt, context)
    hears_pushes = poll.subscription is not None and isinstance(outcome, Arrived | NotModified)
    pushed_at = may_poll_at(learnt, now, context.settings.poll_floor_s) if hears_pushes else None
    # Off the loop, as `admit`: over a slow link polls would wait for each other's ends.
    if report.fenced or not await asyncio.to_thread(
        context.polls.finish,
        poll.lease,
        learnt,
        due_at,
        record,
        pushed_at=pushed_at,
        admission=poll.admission,
        now=now,
    ):
        log.warning("poll_fenced", reason="the lease ran out during the poll")
        report = msgspec.structs.replace(report, fenced=1)
    return replace(poll, outcome=outcome, state=learnt, report=report)


def _record(
    poll: Poll, outcome: PollOutcome, learnt: FeedState, context: PollContext
) -> PollRecord | None:
    """The poll as it is remembered; None where nobody was asked."""
    if isinstance(outcome, Postponed):
        return None
    now = context.now()
    code = outcome.code if isinstance(outcome, Failed) else ""
    return PollRecord(
        at=int(now.timestamp()),
        status=learnt.status or 0,
        code="" if code == f"http_{learnt.status}" else code,
        new=outcome.items if isinstance(outcome, Arrived) else 0,
        size=poll.size,
        took_ms=round((time.monotonic() - poll.began) * 1000) if poll.began else 0,
        why=learnt.why,
        wait_s=round((learnt.due_at - now).total_seconds()) if learnt.due_at else -1,
    )


async def _ask_in_turn(context: PollContext, poll: Poll, feed: Feed) -> Poll:
    """The poll when its host's turn has come; postponed where that is far off."""
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
    """The poll with how it went, and what of it is on the work streams now."""
    try:
        asked = request_state(poll.state, context.now(), context.settings.check_after_s)
        reply = await context.http.fetch(feed, asked, memory)
        poll = replace(poll, size=len(reply.body))
        headers, moved_to = reply.headers, reply.moved_to
        if reply.status == 304:
            return _unchanged(poll, NotModified(headers=headers, moved_to=moved_to))
        digest = body_digest(reply.body)
        if digest == poll.state.body_digest:
            same = Arrived(headers=headers, body_digest=digest, moved_to=moved_to)
            return _unchanged(poll, replace(same, is_part=reply.status == 226))
        return await _admit(context, poll, feed, reply, digest)
    except FetchPostponed as error:
        return _postponed(poll, error.reason, error.code, error.retry_after_s)
    except FetchError as error:
        if memory.is_waiting:
            return _postponed(poll, "other bodies fill the memory for polls", "memory")
        log.warning("feed_failed", reason=error.reason, status=error.status)
        return _failed(poll, Failed.of(error))
    except (FormatError, CodecError) as error:
        log.warning("feed_unreadable", reason=error.reason)
        return _failed(poll, Failed(reason=str(error), code="unreadable", status=200))
    except BrokerError:
        raise
    except Exception as error:  # a fault of ours in one feed costs that feed only
        log.exception("feed_failed", reason="reading it failed")
        reason = f"{without_credentials(feed.url)}: reading it failed: {type(error).__name__}"
        return _failed(poll, Failed(reason=reason, code="unreadable"))


def _unchanged(poll: Poll, outcome: PollOutcome) -> Poll:
    return replace(poll, outcome=outcome, report=PollReport(feeds=1, unchanged=1))


def _failed(poll: Poll, outcome: Failed) -> Poll:
    return replace(poll, outcome=outcome, report=PollReport(feeds=1, failed=1))


async def _read(context: PollContext, reply: FetchReply, feed: Feed) -> FeedRead:
    """The feed, read off the loop: while one large feed is read, the deadlines of all others run.

    Raises:
        FetchPostponed: Others were being read all that time.
        FormatError: No format can read it, or not within the limit. Its thread then goes on, but
            the feed backs off, where killing the task would bring it back at once, for ever.
    """
    media_type, now = reply.headers.get("content-type", ""), context.now()
    limit_s = context.settings.task_time_limit_s / READ_SHARE
    begun: list[bool] = []

    def read() -> FeedRead:
        begun.append(True)
        return read_feed(reply.body, media_type, feed, now=now)

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
        # Without its cause, whose frames hold what filled the memory.
        reason = "takes more memory to read than there is"
        raise FormatError(reason, subject=without_credentials(feed.url)) from None


async def _admit(
    context: PollContext, poll: Poll, feed: Feed, reply: FetchReply, digest: str
) -> Poll:
    read = await _read(context, reply, feed)
    for problem in read.problems:
        log.info("entry_problem", problem=problem)
    is_part = reply.status == 226

    def admit() -> Admission:
        request = request_admission(
            read.items,
            poll.shown,
            shared=read.shared,
            with_pages=feed.full_text,
            is_part=is_part,
        )
        state = without_validators(poll.state)
        return context.polls.admit(poll.lease, request, state=state)

    # Off the loop: a large body is admitted in many steps, in which other leases must be renewed.
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
    return len({one.id for one in read.listed}) < len(read.listed)
