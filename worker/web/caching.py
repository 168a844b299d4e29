"""HTTP headers that tell when to ask again: Retry-After, freshness, the server's clock. Pure."""

import math
import re
from collections.abc import Mapping
from datetime import datetime

from worker.feeds.dates import read_timestamp

__all__ = ["read_freshness_s", "read_retry_after_s"]

_DAY_S = 86_400
_WEEK_S = 7 * _DAY_S

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(?P<seconds>\d{1,10})", re.IGNORECASE)


def read_retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds of Retry-After, written as a number or a date; None unless it is valid.

    Source: RFC 9110, section 10.2.3.

    >>> read_retry_after_s({"retry-after": "120"}, datetime(2026, 1, 12))
    120.0
    """
    written = headers.get("retry-after", "").strip()
    if written.isascii() and written.isdecimal():
        # A longer number is a misprint. The schedule obeys at most a week in any case.
        return float(written) if len(written) < 10 else float(_WEEK_S)
    until = read_timestamp(written)
    return None if until is None else max(0.0, (until - _server_now(headers, now)).total_seconds())


def read_freshness_s(headers: Mapping[str, str], now: datetime) -> int | None:
    """Return the seconds for which an answer stays fresh, up to a day; None if it does not say.

    Source: RFC 9111, sections 4.2.1 and 5.2.2.
    """
    control = headers.get("cache-control", "")
    if "no-cache" in control.lower() or "no-store" in control.lower():
        return 0
    if max_age := _MAX_AGE.search(control):
        age = headers.get("age", "").strip()
        has_age = age.isascii() and age.isdecimal() and len(age) <= 10
        return _within_a_day(int(max_age["seconds"]) - (int(age) if has_age else 0))
    if "expires" not in headers:
        return None
    expires = read_timestamp(headers["expires"])
    if expires is None:
        return 0
    return _within_a_day((expires - _server_now(headers, now)).total_seconds())


def _within_a_day(seconds: float) -> int:
    return math.ceil(min(max(seconds, 0), _DAY_S))


def _server_now(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return the server's clock, by which it writes its dates, if it is within a day of ours."""
    date = read_timestamp(headers.get("date", ""))
    return date if date and abs((date - now).total_seconds()) < _DAY_S else now
