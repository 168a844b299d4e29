"""The time of a feed's next poll, and the state of the feed after a poll. Pure: the time and the
random number are arguments.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from worker.errors import FetchError, FetchRefused
from worker.model import Feed, FeedState, is_address_lost, poll_url
from worker.polling.cadence import Cadence, phase_of
from worker.polling.websub import HubOffer, PushState
from worker.web.caching import read_freshness_s

__all__ = [
    "Arrived",
    "Failed",
    "NotModified",
    "PollOutcome",
    "Postponed",
    "body_digest",
    "due_without_push",
    "host_wait_s",
    "next_state",
    "request_state",
    "retry_after_s",
    "without_validators",
]

_MINUTE_S = 60
_DAY_S = 86_400
_WEEK_S = 7 * _DAY_S
_CEILING_S = 4 * 3600
_LIMIT_INTERVAL_S = 30 * _DAY_S
_STRETCH = 0.1
"""Largest extension of a wait that the publisher asks for, by the feed's phase. Freshness that ends
at midnight for all feeds of a host must not have them all polled at midnight."""

_SAFETY_S = 6 * 3600
"""Interval of the safety polls of a feed whose hub pushes, unless its own interval is longer."""

_MISSES_LIMIT = 2
"""Consecutive safety polls with news that no push announced, after which pushes are not relied on.
"""

_CLOCK_TOLERANCE = timedelta(minutes=1)
"""Allowed difference between clocks. A poll that comes earlier still is no safety poll: an operator
asked for it."""

_LIMIT_DOUBLINGS = 16
"""Keeps the powers of two finite; the limits of time are reached long before."""

_LIMIT_VALIDATOR_CHARS = 4096
"""Longer validators would make our own request too long for most servers."""

_SICK_SHARE = 1 / 8
"""Largest back-off, as a share of the time since the feed's last success: seconds after a minute of
failures, a day after eight days. A quarter or a half would delay the entries of a feed that fails
for seconds at a time."""

_OFFLINE_S = 300
"""Longest wait for our own network to come back."""

_HOST_LIMIT_S = 3600
"""Longest back-off of a host: a long Retry-After of one feed must not stop thousands of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A response with a body, which was read unless it equals the last body."""

    headers: Mapping[str, str]
    body_digest: str
    items: int = 0
    """New and changed items."""
    entries: int | None = None
    """Entries in the feed; like the next three, None if the body was not read."""
    pace_s: int | None = None
    """The interval that the feed's own elements ask for."""
    offer: HubOffer | None = None
    needs_whole: bool | None = None
    """As `FeedState.needs_whole`."""
    url: str = ""
    """As `FetchReply.url`; empty: the feed's own."""
    moved_to: str = ""
    """As `FetchReply.moved_to`."""
    is_part: bool = False
    """True for a 226, which holds the new entries only."""
    stops_short: bool = False
    """As `FeedRead.stops_short`: the next poll asks for the body again, without validators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """A 304: the feed has not changed since the last poll."""

    headers: Mapping[str, str]
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No response, an HTTP error, or a body that cannot be read; `reason` is for people."""

    reason: str
    code: str = "broken"
    status: int | None = None
    retry_after_s: float | None = None
    url: str = ""
    """As `FetchError.url`."""
    refused: bool = False
    """True if a limit or a guard of ours ended the fetch."""
    reached: bool = True
    """True if any host answered, such as the target of a redirect."""

    @classmethod
    def of(cls, error: FetchError) -> "Failed":
        """Return the outcome for an error of the HTTP client."""
        return cls(
            reason=str(error),
            code=error.code,
            status=error.status,
            retry_after_s=error.retry_after_s,
            url=error.url,
            refused=isinstance(error, FetchRefused),
            reached=error.reached,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """A poll that our own network or other requests prevented: it says nothing of the feed.

    `why` is the code for `FeedState.why`, `wait_s` the time until the next try, if it is known.
    """

    reason: str
    why: str = "offline"
    wait_s: float | None = None


PollOutcome = Arrived | NotModified | Failed | Postponed


def body_digest(body: bytes) -> str:
    """Return a digest of a body, by which the next poll recognises the same body: 32 hex digits."""
    return hashlib.sha256(body).hexdigest()[:32]


def request_state(state: FeedState, now: datetime, check_after_s: float) -> FeedState:
    """Return the state for a conditional request, without validators in two cases.

    Validators belong to the address that gave them: if the address that the feed had moved to is
    doubted, its validators are not sent to the original address.

    A server that answers every request with 304 would hide its feed for ever, and a server that
    sends new entries only (226) may forget some. So a server that has sent no whole feed for
    `check_after_s` seconds gets one unconditional request; 0 switches this check off.
    """
    is_elsewhere = bool(state.url) and is_address_lost(state)
    is_due = bool(
        check_after_s
        and state.full_at
        and state.status in {226, 304}
        and (now - state.full_at).total_seconds() >= check_after_s
    )
    if not (is_elsewhere or is_due):
        return state
    return msgspec.structs.replace(state, etag=None, last_modified=None)


def without_validators(state: FeedState) -> FeedState:
    """Return the state without validators and digest: the next body counts as new."""
    return msgspec.structs.replace(state, etag=None, last_modified=None, body_digest=None)


def next_state(
    feed: Feed,
    state: FeedState,
    outcome: PollOutcome,
    now: datetime,
    jitter: float,
    *,
    floor_s: float = _MINUTE_S,
    ceiling_s: float = _CEILING_S,
    push: PushState = PushState(),  # noqa: B008  # frozen
) -> tuple[FeedState, datetime | None]:
    """Return the state of a feed after a poll, and the time of the next poll (None: never).

    Args:
        feed: The feed as configured.
        state: Its state before the poll.
        outcome: The outcome of the poll.
        now: Aware UTC.
        jitter: In [0, 1); takes up to a quarter off a back-off that is longer than the interval, so
            that feeds that failed together are not polled together again.
        floor_s: The shortest interval, whatever is configured.
        ceiling_s: The longest interval that the cadence may lead to.
        push: The subscription at the feed's hub when the poll began.
    """
    if isinstance(outcome, Failed | Postponed):
        own_s = _own_interval_s(feed, state, floor_s, ceiling_s)
        if isinstance(outcome, Failed):
            return _after_failure(own_s, state, outcome, now, jitter)
        return _after_postponement(own_s, state, outcome, now, jitter)
    learnt = _learn(feed, state, outcome, now)
    learnt = msgspec.structs.replace(
        learnt, pushes=push.pushes, missed=_missed_pushes(state, outcome, push, now)
    )
    own_s = _own_interval_s(feed, learnt, floor_s, ceiling_s)
    publisher_s = _publisher_interval_s(learnt)
    due_at = now + timedelta(seconds=_wait_s(feed, state, now, own_s, publisher_s))
    safety_at = _safety_poll_at(feed, now, own_s, push)
    waits_for_push = _can_rely_on_push(state, learnt, outcome, push) and safety_at > due_at
    due_at = safety_at if waits_for_push else due_at
    # The state records the interval that holds, so that lateness is judged by it.
    interval_s = (due_at - now).total_seconds() if waits_for_push else max(own_s, publisher_s)
    learnt = msgspec.structs.replace(
        learnt,
        polled_at=now,
        due_at=due_at,
        interval_s=math.ceil(interval_s),
        why="push" if waits_for_push else _why(feed, learnt, own_s),
        failures=0,
        healthy_until=None,
        error=None,
        code="",
        gone=False,
    )
    return learnt, due_at


def due_without_push(
    feed: Feed, state: FeedState, *, floor_s: float, ceiling_s: float
) -> datetime | None:
    """Return the time of the next poll of a feed whose hub no longer pushes.

    Args:
        feed: The feed as configured.
        state: Its state after the last poll.
        floor_s: As in `next_state`.
        ceiling_s: As in `next_state`.

    Returns:
        None if the next poll does not wait for a push: its time stays as it is.
    """
    if state.why != "push" or state.polled_at is None:
        return None
    own_s = _own_interval_s(feed, state, floor_s, ceiling_s)
    publisher_s = _publisher_interval_s(state) * (1 + _STRETCH * phase_of(feed.id))
    return state.polled_at + timedelta(seconds=math.ceil(max(own_s, publisher_s)))


def _has_news(outcome: Arrived | NotModified) -> bool:
    return isinstance(outcome, Arrived) and outcome.items > 0


def _missed_pushes(
    state: FeedState, outcome: Arrived | NotModified, push: PushState, now: datetime
) -> int:
    """Return the number of consecutive safety polls with news that no push announced."""
    if not push.is_live or push.pushes != state.pushes:
        return 0
    is_safety_poll = (
        state.why == "push" and state.due_at is not None and now >= state.due_at - _CLOCK_TOLERANCE
    )
    return state.missed + (is_safety_poll and _has_news(outcome))


def _can_rely_on_push(
    state: FeedState, learnt: FeedState, outcome: Arrived | NotModified, push: PushState
) -> bool:
    """Return True if the next poll can wait for a push.

    A poll that finds another hub or topic ends the subscription, and no push can come until there
    is another one.

    A poll after a push that finds no news may have met an old copy in a cache, and a poll after two
    pushes may have found the news of the first only. The next poll then comes as without a hub.
    """
    is_offered = bool(learnt.hub) and push.offer == HubOffer(hub=learnt.hub, topic=learnt.topic)
    if not (push.is_live and is_offered and learnt.missed < _MISSES_LIMIT):
        return False
    new_pushes = push.pushes - state.pushes
    return new_pushes == 0 or (new_pushes == 1 and _has_news(outcome))


def _safety_poll_at(feed: Feed, now: datetime, own_s: float, push: PushState) -> datetime:
    """Return the time of the next safety poll, in time for the renewal of the hub's lease."""
    # Stretched by the phase, since hubs confirm many feeds of a publisher at once.
    wait_s = max(own_s, _SAFETY_S) * (1 + _STRETCH * phase_of(feed.id))
    safety_at = now + timedelta(seconds=wait_s)
    return safety_at if push.renew_at is None else min(safety_at, push.renew_at)


def _own_interval_s(feed: Feed, state: FeedState, floor_s: float, ceiling_s: float) -> float:
    """Return the interval while the publisher asks for none: as configured, or by the cadence."""
    floor_s = max(floor_s, 1)
    if feed.interval_s:
        return min(max(feed.interval_s, floor_s), _LIMIT_INTERVAL_S)
    return _cadence(state).interval_s(floor_s, ceiling_s)


def _publisher_interval_s(state: FeedState) -> float:
    """Return the interval that the publisher asks for, by its headers or in the feed."""
    return min(max(state.fresh_s, state.pace_s), _DAY_S)


def _cadence(state: FeedState) -> Cadence:
    return Cadence(state.new_entries, state.watched_s) if state.watched_s else Cadence()


def _wait_s(feed: Feed, state: FeedState, now: datetime, own_s: float, publisher_s: float) -> int:
    """Return the wait for the next poll, never shorter than either interval.

    A feed that is new, or late by half its interval or more, is so together with many others: its
    phase gives it a place of its own in the next interval.
    """
    phase = phase_of(feed.id)
    late_s = (now - state.due_at).total_seconds() if state.due_at else 0
    comes_with_others = state.polled_at is None or late_s > own_s / 2
    own_s *= 1 + phase if comes_with_others else 1
    # Rounded up: a publisher that asks for 60 s is not asked again after 59.9.
    return math.ceil(max(own_s, publisher_s * (1 + _STRETCH * phase)))


def _why(feed: Feed, learnt: FeedState, own_s: float) -> str:
    if max(learnt.fresh_s, learnt.pace_s) > own_s:
        return "fresh" if learnt.fresh_s > learnt.pace_s else "pace"
    return "interval" if feed.interval_s else "rhythm"


def _learn(
    feed: Feed, state: FeedState, outcome: Arrived | NotModified, now: datetime
) -> FeedState:
    """Return the state with the cadence, validators, digest, address and freshness of a response.

    Validators are taken from a 200 or 226 only: they are those of a body that was read to its end.
    """
    url, moved_to = _address(feed, state, outcome.moved_to)
    fresh_s = read_freshness_s(outcome.headers, now)
    cadence = _learn_cadence(state, outcome, now)
    state = msgspec.structs.replace(
        state,
        new_entries=cadence.entries,
        watched_s=cadence.watched_s,
        url=url,
        moved_to=moved_to,
    )
    if isinstance(outcome, Arrived):
        answered_url = "" if outcome.url == feed.url else outcome.url
        state = msgspec.structs.replace(state, fresh_s=fresh_s or 0, answered_url=answered_url)
        return _learn_body(state, outcome, now)
    # RFC 9111, section 4.3.4: a 304 refreshes the headers that it repeats; others stay.
    fresh_s = state.fresh_s if fresh_s is None else fresh_s
    return msgspec.structs.replace(state, status=304, fresh_s=fresh_s, full_at=state.full_at or now)


def _learn_body(state: FeedState, outcome: Arrived, now: datetime) -> FeedState:
    """Return the state with the validators and the content of a response with a body.

    Fields of an outcome that are None were not read, and keep their values.
    """
    offer = outcome.offer or HubOffer(hub=state.hub, topic=state.topic)
    learnt = msgspec.structs.replace(
        state,
        status=226 if outcome.is_part else 200,
        needs_whole=state.needs_whole if outcome.needs_whole is None else outcome.needs_whole,
        hub=offer.hub,
        topic=offer.topic,
        etag=_validator(outcome.headers, "etag"),
        last_modified=_validator(outcome.headers, "last-modified"),
        body_digest=outcome.body_digest,
        items_seen=state.items_seen + max(0, outcome.items),
        full_at=state.full_at if outcome.is_part else now,
        pace_s=state.pace_s if outcome.pace_s is None else outcome.pace_s,
        empty=state.empty if outcome.entries is None else outcome.entries == 0,
    )
    return without_validators(learnt) if outcome.stops_short else learnt


def _learn_cadence(state: FeedState, outcome: Arrived | NotModified, now: datetime) -> Cadence:
    """Return the cadence after a poll; the first poll, or the first after failures, changes none.

    Time in which the service stood still counts as a single further interval: nobody saw the feed.
    """
    cadence = _cadence(state)
    if state.polled_at is None or state.failures:
        return cadence
    elapsed_s = (now - state.polled_at).total_seconds()
    if state.interval_s:
        elapsed_s = min(elapsed_s, 2 * state.interval_s)
    return cadence.after(elapsed_s, outcome.items if isinstance(outcome, Arrived) else 0)


def _address(feed: Feed, state: FeedState, moved_to: str) -> tuple[str, str]:
    """Return `url` and `moved_to` after a response: a redirect is adopted when it repeats."""
    url = poll_url(feed, state)
    if moved_to and moved_to == state.moved_to:
        url, moved_to = moved_to, ""
    return "" if url == feed.url else url, moved_to


def _validator(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name)
    return value if value and len(value) <= _LIMIT_VALIDATOR_CHARS else None


def _after_postponement(
    own_s: float, state: FeedState, outcome: Postponed, now: datetime, jitter: float
) -> tuple[FeedState, datetime | None]:
    """Return state and due time after a poll that was put off: the feed is not to blame."""
    wait_s = min(own_s, _OFFLINE_S) if outcome.wait_s is None else outcome.wait_s
    # Spread by the jitter: an outage of our own postpones all feeds at the same moment.
    due_at = now + timedelta(seconds=math.ceil(max(1, wait_s) * (1 + jitter)))
    return msgspec.structs.replace(state, due_at=due_at, why=outcome.why), due_at


def _after_failure(
    own_s: float, state: FeedState, outcome: Failed, now: datetime, jitter: float
) -> tuple[FeedState, datetime | None]:
    """Return state and due time after a failure; only 410 Gone ends the polls of a feed.

    Source: RFC 9110, section 15.5.11.
    """
    is_gone = outcome.status == 410
    sick = msgspec.structs.replace(
        state,
        failures=state.failures + 1,
        healthy_until=state.healthy_until if state.failures else state.polled_at,
        status=outcome.status,
    )
    back_off_s = _back_off_s(own_s, sick, now, jitter)
    server_s = retry_after_s(outcome, own_s) or 0
    delay_s = math.ceil(max(back_off_s, server_s))
    due_at = None if is_gone else now + timedelta(seconds=delay_s)
    learnt = msgspec.structs.replace(
        sick,
        polled_at=now,
        due_at=due_at,
        interval_s=None if is_gone else delay_s,
        error=outcome.reason,
        code=outcome.code,
        gone=is_gone,
        why="gone" if is_gone else "retry_after" if server_s > back_off_s else "back_off",
    )
    return learnt, due_at


def _back_off_s(own_s: float, sick: FeedState, now: datetime, jitter: float) -> float:
    """Return the feed's own interval, doubled by each failure after the first, up to a day.

    Chance decides which polls meet a feed that fails now and then, and doubling alone would make a
    wait of minutes out of seconds. So `_SICK_SHARE` limits the wait too, except after a 429, which
    says that we poll too often; the publisher's interval stays the least.
    """
    doublings = min(sick.failures, _LIMIT_DOUBLINGS) - 1
    delay_s = min(own_s * 2.0**doublings, max(_DAY_S, own_s))
    if sick.healthy_until is not None and sick.status != 429:
        sick_s = (now - sick.healthy_until).total_seconds()
        delay_s = min(delay_s, max(sick_s * _SICK_SHARE, _publisher_interval_s(sick)))
    return max(own_s, delay_s * (1 - jitter / 4))


def retry_after_s(outcome: Failed, least_s: float = _MINUTE_S) -> float | None:
    """Return the server's Retry-After, between `least_s` and a week; None if it sent none."""
    asked_s = outcome.retry_after_s
    if asked_s is None or math.isnan(asked_s):
        return None
    return min(max(asked_s, least_s), _WEEK_S)


def host_wait_s(strikes: int, outcome: Failed) -> float:
    """Return the pause for all feeds of a host after a 429 or 503 to one of them.

    It is a minute, doubled by each strike in a row, or the Retry-After, and at most an hour.
    """
    doubled_s = _MINUTE_S * 2.0 ** (min(max(strikes, 1), _LIMIT_DOUBLINGS) - 1)
    return min(max(doubled_s, retry_after_s(outcome) or 0), _HOST_LIMIT_S)
