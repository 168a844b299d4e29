"""When a feed is polled next, and what a poll teaches us of it. Pure: time and chance come in."""

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
"""So much longer than a publisher asks we wait at most, each feed by its place: freshness that ends
for all feeds of a host at midnight shall not have them all polled at midnight."""

_SAFETY_S = 6 * 3600
"""Between two polls of a feed whose hub pushes, unless its own interval is longer."""

_MISSED = 2
"""So many safety polls in a row that find what no push told, and pushes are not waited for."""

_EARLY = timedelta(minutes=1)
"""By so much our clocks may differ: a poll that comes earlier was asked for by a person."""

_LIMIT_DOUBLINGS = 16
_LIMIT_VALIDATOR_CHARS = 4096
"""Longer validators would make our own request too long for most servers."""

_SICK_SHARE = 1 / 8
"""A back-off is no longer than this part of the time since the feed's last good answer: after a
minute of failures it is seconds, after eight days a day."""


_OFFLINE_S = 300
"""The longest wait for our own network to come back."""

_HOST_LIMIT_S = 3600
"""One feed's long Retry-After does not silence a host that has thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A 200 whose body was read, or is the one that was read last time. `items`: new or changed.

    `pace_s` is what the feed itself asks for, `entries` how many it holds, `needs_whole` as in
    FeedState and `offer` its hub, all None where its body was not read again; `moved_to` is
    `FetchReply`'s. `is_part`: a 226, which holds the new entries alone.
    """

    headers: Mapping[str, str]
    body_digest: str
    items: int = 0
    entries: int | None = None
    pace_s: int | None = None
    moved_to: str = ""
    offer: HubOffer | None = None
    needs_whole: bool | None = None
    is_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """A 304."""

    headers: Mapping[str, str]
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No answer, an HTTP error, or a body that nobody can read; `reason` is for a person."""

    reason: str
    code: str = "broken"
    status: int | None = None
    retry_after_s: float | None = None
    refused: bool = False
    """We would not ask, or stopped reading."""
    reached: bool = True
    """Somebody answered, be it the host that the feed redirects to."""

    @classmethod
    def of(cls, error: FetchError) -> "Failed":
        """The outcome that a fetcher's error stands for."""
        return cls(
            reason=str(error),
            code=error.code,
            status=error.status,
            retry_after_s=error.retry_after_s,
            refused=isinstance(error, FetchRefused),
            reached=error.reached,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """Nobody was asked, for a reason of ours (our network, our other requests): nothing learnt.

    `why` is the word for it, `wait_s` when there is hope again, where that is known.
    """

    reason: str
    why: str = "offline"
    wait_s: float | None = None


PollOutcome = Arrived | NotModified | Failed | Postponed


def body_digest(body: bytes) -> str:
    """What tells a body from the one before it: 32 hex digits."""
    return hashlib.sha256(body).hexdigest()[:32]


def request_state(state: FeedState, now: datetime, check_after_s: float) -> FeedState:
    """The state whose validators are sent: our own, or none when it is time for a check, or where
    they are those of the address that the feed had moved to and it is asked at home.

    A server that says 304 whatever it is asked would hide its feed for ever, and one that sends
    new entries alone may forget one; so one that has sent no whole feed for `check_after_s` seconds
    (0: never) is asked once without validators.
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
    """The state with nothing that tells the body before from a new one."""
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
    """What we know of the feed after this poll, and when the next is due (None: never again).

    Args:
        feed: What we were told.
        state: What we knew before.
        outcome: How the poll went.
        now: Aware UTC.
        jitter: In [0, 1); takes up to a quarter off a back-off of more than the interval, so that
            feeds that failed together do not come back together.
        floor_s: No feed is polled more often than this, whatever its interval.
        ceiling_s: Nor less often than this for its rhythm's sake alone.
        push: Its subscription at a hub, as it was when the poll began.
    """
    asked_s = _own_interval_s(feed, state, floor_s, ceiling_s)
    if isinstance(outcome, Failed):
        return _after_failure(asked_s, state, outcome, now, jitter)
    if isinstance(outcome, Postponed):
        wait_s = min(asked_s, _OFFLINE_S) if outcome.wait_s is None else outcome.wait_s
        due_at = now + timedelta(seconds=math.ceil(max(1, wait_s) * (1 + jitter)))
        return msgspec.structs.replace(state, due_at=due_at, why=outcome.why), due_at
    learnt = _after_success(feed, state, outcome, now)
    own_s = _own_interval_s(feed, learnt, floor_s, ceiling_s)
    said_s = _said_s(learnt)
    due_at = now + timedelta(seconds=_spread_s(feed, state, now, own_s, said_s))
    learnt, is_told = _after_push(state, learnt, outcome, push, now)
    later_at = _safety_poll_at(feed, now, own_s, push) if is_told else due_at
    is_slow = later_at > due_at
    due_at = max(due_at, later_at)
    learnt = msgspec.structs.replace(
        learnt,
        polled_at=now,
        due_at=due_at,
        interval_s=math.ceil((due_at - now).total_seconds() if is_slow else max(own_s, said_s)),
        why="push" if is_slow else _why(feed, learnt, own_s),
        failures=0,
        healthy_until=None,
        error=None,
        code="",
        gone=False,
    )
    return learnt, due_at


def _after_push(
    state: FeedState,
    learnt: FeedState,
    outcome: Arrived | NotModified,
    push: PushState,
    now: datetime,
) -> tuple[FeedState, bool]:
    """What the poll says of the hub's pushes, and whether the next one may wait for them.

    A poll that a push brought and that found nothing may have met an old copy, and one after two
    pushes may have found the news of the first alone: the next one comes as if there were no hub.
    """
    was_pushed = push.pushes != state.pushes
    has_news = isinstance(outcome, Arrived) and outcome.items > 0
    missed = 0 if was_pushed or not push.is_live else state.missed
    is_safety = state.why == "push" and state.due_at is not None and now >= state.due_at - _EARLY
    if push.is_live and not was_pushed and has_news and is_safety:
        missed += 1
    learnt = msgspec.structs.replace(learnt, pushes=push.pushes, missed=missed)
    is_answered = not was_pushed or (has_news and push.pushes == state.pushes + 1)
    is_told = push.is_live and missed < _MISSED and is_answered
    return learnt, is_told and bool(learnt.hub)


def _safety_poll_at(feed: Feed, now: datetime, own_s: float, push: PushState) -> datetime:
    """Late, each feed by its place, but in time to renew the lease."""
    wait_s = max(own_s, _SAFETY_S) * (1 + _STRETCH * phase_of(feed.id))
    late_at = now + timedelta(seconds=wait_s)
    return late_at if push.renew_at is None else min(late_at, push.renew_at)


def _own_interval_s(feed: Feed, state: FeedState, floor_s: float, ceiling_s: float) -> float:
    """Seconds between polls while the publisher asks for nothing: as we were told, or learnt."""
    floor_s = max(floor_s, 1)
    if feed.interval_s:
        return min(max(feed.interval_s, floor_s), _LIMIT_INTERVAL_S)
    return _rhythm(state).interval_s(floor_s, ceiling_s)


def _said_s(state: FeedState) -> float:
    """Seconds between polls as the publisher asks for them."""
    return min(max(state.fresh_s, state.pace_s), _DAY_S)


def _rhythm(state: FeedState) -> Cadence:
    return Cadence(state.new_entries, state.watched_s) if state.watched_s else Cadence()


def _spread_s(feed: Feed, state: FeedState, now: datetime, own_s: float, said_s: float) -> int:
    """The wait before the next poll, never less than either.

    A feed that is new, or that comes late by half its interval or more, does so with many others:
    it is given its own place in the interval that follows.
    """
    place = phase_of(feed.id)
    late_s = (now - state.due_at).total_seconds() if state.due_at else 0
    comes_with_others = state.polled_at is None or late_s > own_s / 2
    own_s *= 1 + place if comes_with_others else 1
    return math.ceil(max(own_s, said_s * (1 + _STRETCH * place)))


def _why(feed: Feed, learnt: FeedState, own_s: float) -> str:
    if max(learnt.fresh_s, learnt.pace_s) > own_s:
        return "fresh" if learnt.fresh_s > learnt.pace_s else "pace"
    return "interval" if feed.interval_s else "rhythm"


def _after_success(
    feed: Feed, state: FeedState, outcome: Arrived | NotModified, now: datetime
) -> FeedState:
    """Validators, digest, address and freshness as the answer leaves them.

    Only a 200 gives validators: they are those of a body that was read.
    """
    url, moved_to = _address(feed, state, outcome.moved_to)
    fresh_s = read_freshness_s(outcome.headers, now)
    rhythm = _learnt_rhythm(state, outcome, now)
    state = msgspec.structs.replace(state, new_entries=rhythm.entries, watched_s=rhythm.watched_s)
    if isinstance(outcome, NotModified):
        fresh_s = state.fresh_s if fresh_s is None else fresh_s
        return msgspec.structs.replace(
            state,
            status=304,
            url=url,
            moved_to=moved_to,
            fresh_s=fresh_s,
            full_at=state.full_at or now,
        )
    offer = outcome.offer or HubOffer(hub=state.hub, topic=state.topic)
    return msgspec.structs.replace(
        state,
        status=226 if outcome.is_part else 200,
        needs_whole=state.needs_whole if outcome.needs_whole is None else outcome.needs_whole,
        hub=offer.hub,
        topic=offer.topic,
        etag=_validator(outcome.headers, "etag"),
        last_modified=_validator(outcome.headers, "last-modified"),
        body_digest=outcome.body_digest,
        items_seen=state.items_seen + max(0, outcome.items),
        url=url,
        moved_to=moved_to,
        full_at=state.full_at if outcome.is_part else now,
        fresh_s=fresh_s or 0,
        pace_s=state.pace_s if outcome.pace_s is None else outcome.pace_s,
        empty=state.empty if outcome.entries is None else outcome.entries == 0,
    )


def _learnt_rhythm(state: FeedState, outcome: Arrived | NotModified, now: datetime) -> Cadence:
    """What the poll says of the feed's rhythm: nothing where it is the first one, or follows
    failures. A time of ours in which nobody was asked counts as one interval more.
    """
    rhythm = _rhythm(state)
    if state.polled_at is None or state.failures:
        return rhythm
    elapsed_s = (now - state.polled_at).total_seconds()
    if state.interval_s:
        elapsed_s = min(elapsed_s, 2 * state.interval_s)
    return rhythm.after(elapsed_s, outcome.items if isinstance(outcome, Arrived) else 0)


def _address(feed: Feed, state: FeedState, moved_to: str) -> tuple[str, str]:
    """`url` and `moved_to` after a poll that was answered: a redirect is kept once it repeats."""
    asked = poll_url(feed, state)
    if moved_to and moved_to == state.moved_to:
        asked, moved_to = moved_to, ""
    return "" if asked == feed.url else asked, moved_to


def _validator(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name)
    return value if value and len(value) <= _LIMIT_VALIDATOR_CHARS else None


def _after_failure(
    asked_s: float, state: FeedState, outcome: Failed, now: datetime, jitter: float
) -> tuple[FeedState, datetime | None]:
    """Later each time, at most a day; only 410 Gone ends it. Source: RFC 9110, section 15.5.11."""
    is_gone = outcome.status == 410
    sick = msgspec.structs.replace(
        state,
        failures=state.failures + 1,
        healthy_until=state.healthy_until if state.failures else state.polled_at,
        status=outcome.status,
    )
    back_off_s = _back_off_s(asked_s, sick, now, jitter)
    server_s = retry_after_s(outcome, asked_s) or 0
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


def _back_off_s(asked_s: float, sick: FeedState, now: datetime, jitter: float) -> float:
    """The feed's own interval, doubled by each failure after the first, up to a day.

    Chance decides which polls meet a feed that fails now and then, and doubling alone would make a
    wait of minutes out of seconds. So the wait is also bounded by `_SICK_SHARE`, except after a
    429, which says that we ask too often, and except below what the publisher asks for.
    """
    doublings = min(sick.failures, _LIMIT_DOUBLINGS) - 1
    delay_s = min(asked_s * 2.0**doublings, max(_DAY_S, asked_s))
    if sick.healthy_until is not None and sick.status != 429:
        sick_s = (now - sick.healthy_until).total_seconds()
        delay_s = min(delay_s, max(sick_s * _SICK_SHARE, _said_s(sick)))
    return max(asked_s, delay_s * (1 - jitter / 4))


def retry_after_s(outcome: Failed, least_s: float = _MINUTE_S) -> float | None:
    """What the server asked for, between `least_s` and a week; None where it asked for nothing."""
    asked_s = outcome.retry_after_s
    if asked_s is None or math.isnan(asked_s):
        return None
    return min(max(asked_s, least_s), _WEEK_S)


def host_wait_s(strikes: int, outcome: Failed) -> float:
    """How long no feed of a host is asked after a 429 or 503 to one of them: a minute, doubled with
    each in a row, or as long as the server said, and an hour at most.
    """
    doubled_s = _MINUTE_S * 2.0 ** (min(max(strikes, 1), _LIMIT_DOUBLINGS) - 1)
    return min(max(doubled_s, retry_after_s(outcome) or 0), _HOST_LIMIT_S)
