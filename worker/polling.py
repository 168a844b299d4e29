"""One poll task: fetch many feeds at once, read them, put what is new on the inbox.

The order is the guarantee: items go on the inbox first, in one step with the memory of having seen
them; only then are the feed's validators and its next due time kept. A poller that is killed in
between polls again and finds nothing new.
"""

import asyncio
import random
from collections.abc import Sequence

import msgspec
import structlog

from worker.errors import BrokerError, CodecError, FetchError, FormatError
from worker.feeds import FeedRead, read_feed
from worker.feeds.guard import redact
from worker.feeds.schedule import (
    Arrived,
    Failed,
    NotModified,
    PollOutcome,
    body_digest,
    next_state,
)
from worker.model import Feed, FeedState, Lease
from worker.ports import FetchReply
from worker.services import Services

__all__ = ["PollReport", "poll_feeds"]

log = structlog.get_logger(__name__)

READ_SHARE = 3
"""Reading one feed may take this part of the task's time; fetching takes at most half of it."""


class PollReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch: feeds by how they answered, items by whether we had them."""

    feeds: int = 0
    unchanged: int = 0
    failed: int = 0
    fenced: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0


async def poll_feeds(services: Services, leases: Sequence[Lease]) -> PollReport:
    """Poll every leased feed at once; one that fails costs no other anything.

    Raises:
        BrokerError: The store went away; feeds that were not finished come due when leases end.
    """
    polls = (_poll_feed(services, lease) for lease in leases)
    # Each ends before we do: one left behind would go on in the next task, its deadline long past.
    reports = await asyncio.gather(*polls, return_exceptions=True)
    failures = [report for report in reports if isinstance(report, BaseException)]
    if failures:
        raise next((e for e in failures if not isinstance(e, BrokerError)), failures[0])
    done = [report for report in reports if isinstance(report, PollReport)]
    return PollReport(
        **{
            name: sum(getattr(report, name) for report in done)
            for name in PollReport.__struct_fields__
        }
    )


async def _poll_feed(services: Services, lease: Lease) -> PollReport:
    store = services.store
    feed = store.feed(lease.feed_id)
    if feed is None:
        return PollReport(feeds=1)
    with structlog.contextvars.bound_contextvars(feed=redact(feed.url)):
        if not store.is_held(lease):
            # The hint waited too long. Its feed is due again: asking now would ask twice.
            log.info("poll_too_late")
            return PollReport(feeds=1, fenced=1)
        state = store.feed_state(lease.feed_id)
        outcome, report = await _fetch_and_admit(services, lease, feed, state)
        learnt, due_at = next_state(
            feed,
            state,
            outcome,
            services.now(),
            random.random(),  # noqa: S311  # spreads polls, guards nothing
            floor_s=services.settings.poll_floor_s,
        )
        if report.fenced or not store.finish_poll(lease, learnt, due_at):
            log.warning("poll_fenced", reason="the lease ran out during the poll")
            return msgspec.structs.replace(report, fenced=1)
    return report


async def _fetch_and_admit(
    services: Services, lease: Lease, feed: Feed, state: FeedState
) -> tuple[PollOutcome, PollReport]:
    """How the poll went, and what of it is on the inbox now."""
    try:
        reply = await services.http.fetch(feed, state)
        if reply.status == 304:
            return NotModified(headers=reply.headers), PollReport(feeds=1, unchanged=1)
        digest = body_digest(reply.body)
        if digest == state.body_digest:
            outcome = Arrived(headers=reply.headers, body_digest=digest)
            return outcome, PollReport(feeds=1, unchanged=1)
        return await _admit(services, lease, feed, reply, digest)
    except FetchError as error:
        log.warning("feed_failed", reason=error.reason, status=error.status)
        return Failed.of(error), PollReport(feeds=1, failed=1)
    except (FormatError, CodecError) as error:
        log.warning("feed_unreadable", reason=error.reason)
        return Failed(reason=str(error), status=200), PollReport(feeds=1, failed=1)
    except BrokerError:
        raise
    except Exception as error:  # a fault of ours in one feed costs that feed only
        log.exception("feed_failed", reason="reading it failed")
        reason = f"{redact(feed.url)}: reading it failed: {type(error).__name__}"
        return Failed(reason=reason, status=None), PollReport(feeds=1, failed=1)


async def _read(reply: FetchReply, feed: Feed, limit_s: float) -> FeedRead:
    """The feed, read off the loop: while one large feed is read, the deadlines of all others run.

    Raises:
        FormatError: No format can read it, or not within the limit. Its thread then goes on, but
            the feed backs off, where killing the task would bring it back at once, for ever.
    """
    media_type = reply.headers.get("content-type", "")
    try:
        async with asyncio.timeout(limit_s):
            return await asyncio.to_thread(read_feed, reply.body, media_type, feed)
    except TimeoutError as error:
        raise FormatError(f"was not read within {limit_s:g} s", subject=redact(feed.url)) from error


async def _admit(
    services: Services, lease: Lease, feed: Feed, reply: FetchReply, digest: str
) -> tuple[PollOutcome, PollReport]:
    read = await _read(reply, feed, services.settings.task_time_limit_s / READ_SHARE)
    for problem in read.problems:
        log.info("entry_problem", problem=problem)
    admission = services.store.admit(lease, read.items)
    outcome = Arrived(
        headers=reply.headers, body_digest=digest, items=admission.new + admission.changed
    )
    report = PollReport(
        feeds=1,
        fenced=int(admission.fenced),
        new=admission.new,
        changed=admission.changed,
        known=admission.known,
    )
    return outcome, report
