"""When a feed is polled next, and what a poll teaches us of it. Pure: time and chance come in."""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from worker.errors import FetchError
from worker.feeds.dates import read_date
from worker.model import Feed, FeedState

__all__ = ["Arrived", "Failed", "NotModified", "PollOutcome", "body_digest", "next_state"]

_MINUTE_S = 60
_DAY_S = 86_400
_WEEK_S = 7 * _DAY_S
_LIMIT_DOUBLINGS = 16
_LIMIT_VALIDATOR_CHARS = 4096
"""Longer validators would make our own request too long for most servers."""

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(?P<seconds>\d{1,10})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A 200 whose body was read, or is the one that was read last time. `items`: new or changed."""

    headers: Mapping[str, str]
    body_digest: str
    items: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """A 304."""

    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No answer, an HTTP error, or a body that nobody can read; `reason` is for a person."""

    reason: str
    status: int | None = None
    retry_after_s: float | None = None

    @classmethod
    def of(cls, error: FetchError) -> "Failed":
        """The outcome that a fetcher's error stands for."""
        return cls(reason=str(error), status=error.status, retry_after_s=error.retry_after_s)


PollOutcome = Arrived | NotModified | Failed


def body_digest(body: bytes) -> str:
    """What tells a body from the one before it: 32 hex digits."""
    return hashlib.sha256(body).hexdigest()[:32]


def next_state(
    feed: Feed,
    state: FeedState,
    outcome: PollOutcome,
    now: datetime,
    jitter: float,
    *,
    floor_s: float = _MINUTE_S,
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
    """
    asked_s = min(max(feed.interval_s, floor_s, 1), 30 * _DAY_S)
    if isinstance(outcome, Failed):
        return _after_failure(asked_s, state, outcome, now, jitter)
    learnt = _after_success(state, outcome)
    interval_s = _success_interval_s(asked_s, outcome.headers, now)
    due_at = now + timedelta(seconds=interval_s)
    learnt = msgspec.structs.replace(
        learnt,
        polled_at=now,
        due_at=due_at,
        interval_s=interval_s,
        failures=0,
        error=None,
        gone=False,
    )
    return learnt, due_at


def _after_success(state: FeedState, outcome: Arrived | NotModified) -> FeedState:
    """Validators and digest as the answer leaves them; a 304 may bring newer validators."""
    etag = _validator(outcome.headers, "etag")
    last_modified = _validator(outcome.headers, "last-modified")
    if isinstance(outcome, NotModified):
        return msgspec.structs.replace(
            state,
            status=304,
            etag=etag or state.etag,
            last_modified=last_modified or state.last_modified,
        )
    return msgspec.structs.replace(
        state,
        status=200,
        etag=etag,
        last_modified=last_modified,
        body_digest=outcome.body_digest,
        items_seen=state.items_seen + max(0, outcome.items),
    )


def _validator(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name)
    return value if value and len(value) <= _LIMIT_VALIDATOR_CHARS else None


def _after_failure(
    asked_s: float, state: FeedState, outcome: Failed, now: datetime, jitter: float
) -> tuple[FeedState, datetime | None]:
    """Later each time, at most a day; only 410 Gone ends it. Source: RFC 9110, section 15.5.11."""
    failures = state.failures + 1
    is_gone = outcome.status == 410
    delay_s = math.ceil(
        max(_back_off_s(asked_s, failures, jitter), _retry_after_s(outcome.retry_after_s))
    )
    due_at = None if is_gone else now + timedelta(seconds=delay_s)
    learnt = msgspec.structs.replace(
        state,
        polled_at=now,
        due_at=due_at,
        interval_s=None if is_gone else delay_s,
        failures=failures,
        status=outcome.status,
        error=outcome.reason,
        gone=is_gone,
    )
    return learnt, due_at


def _back_off_s(asked_s: float, failures: int, jitter: float) -> float:
    doublings = min(max(failures, 1), _LIMIT_DOUBLINGS) - 1
    delay_s = min(asked_s * 2.0**doublings, max(_DAY_S, asked_s))
    return max(asked_s, delay_s * (1 - jitter / 4))


def _retry_after_s(asked_s: float | None) -> float:
    """What the server asked for, between a minute and a week; 0 where it asked for nothing."""
    if asked_s is None or math.isnan(asked_s):
        return 0
    return min(max(asked_s, _MINUTE_S), _WEEK_S)


def _success_interval_s(asked_s: float, headers: Mapping[str, str], now: datetime) -> int:
    """The feed's interval, or as long as the answer is fresh if that is longer, up to a day."""
    fresh_s = min(_fresh_s(headers, now), _DAY_S)
    return math.ceil(max(asked_s, fresh_s))


def _fresh_s(headers: Mapping[str, str], now: datetime) -> float:
    """How long the answer stays fresh. Source: RFC 9111, sections 4.2.1 and 5.2.2."""
    control = headers.get("cache-control", "")
    if "no-cache" in control.lower() or "no-store" in control.lower():
        return 0
    if found := _MAX_AGE.search(control):
        age = headers.get("age", "").strip()
        has_age = age.isascii() and age.isdecimal() and len(age) <= 10
        return int(found["seconds"]) - (int(age) if has_age else 0)
    expires = read_date(headers.get("expires", ""))
    if expires is None:
        return 0
    return (expires - (read_date(headers.get("date", "")) or now)).total_seconds()
