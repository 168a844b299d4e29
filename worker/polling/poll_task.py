"""The poll task: fetch many feeds at once, read them, and put new items on the work streams.

The order of the steps is the guarantee. The items go on the work streams first; the same step
records that they were seen and clears the feed's validators. Only then the store saves the new
validators and the time of the next poll, and only if it still knows of those items. If a poller is
killed in between, the next poll requests the whole body and finds the changes since then in it.
"""

import contextlib
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import msgspec
import structlog

from worker.feeds import FeedRead
from worker.metrics import catalogue
from worker.model import FeedState, Lease, PollRecord, poll_url
from worker.model.polling import OpenPoll, PollEnd
from worker.model.redaction import without_secrets
from worker.polling.context import PollContext
from worker.polling.ending import batch_ends, save_end
from worker.polling.fetching import AnsweredPoll, BegunPoll, PollReport, fetch_in_slot
from worker.polling.schedule import (
    Arrived,
    Failed,
    NotModified,
    PollOutcome,
    Postponed,
    next_state,
)
from worker.polling.subscriptions import (
    callback_base,
    find_subscription,
    maintain_subscription,
)
from worker.polling.websub import PushState, may_poll_at
from worker.runtime.gather import gather_all
from worker.runtime.lease_renewal import renewing_leases
from worker.telemetry import tracing
from worker.web.ssrf_guard import is_allowed, without_credentials

__all__ = ["FinishedPoll", "poll_feed", "poll_feeds"]

log = structlog.get_logger(__name__)


READERS = 16
"""Feeds of a task that are read at once."""


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
        answered = await fetch_in_slot(context, begun)
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
        push=PushState.of(begun.feed.id, begun.subscription, now, callback_base(context.settings)),
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
