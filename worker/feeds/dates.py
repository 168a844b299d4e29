"""Dates as feeds and HTTP write them: RFC 822 and its relatives, ISO 8601."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["read_date"]

_ISO = re.compile(
    r"""
    # 2026-01-12T10:30:00.5+03:00   2026-01-12 10:30 UTC   20260112T103000Z
    (?P<date>\d{4}-?\d{2}-?\d{2})
    (?:[T\s]+ (?P<time>\d{2}:?\d{2}(?::?\d{2}(?:[.,]\d{1,9})?)?)
       \s* (?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)? )?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LAST_WORD = re.compile(r"[A-Za-z]{2,5}$")

_ZONES = {
    "MSK": "+0300", "MSD": "+0400", "CET": "+0100", "CEST": "+0200", "EET": "+0200",
    "EEST": "+0300", "WET": "+0000", "WEST": "+0100", "BST": "+0100", "JST": "+0900",
    "KST": "+0900", "HKT": "+0800", "SGT": "+0800", "PKT": "+0500", "TRT": "+0300",
    "AKST": "-0900", "AKDT": "-0800", "HST": "-1000", "AEST": "+1000", "AEDT": "+1100",
    "NZST": "+1200", "NZDT": "+1300",
}  # fmt: skip
"""Zone names that RFC 822 lacks and that mean one thing in feeds. Source: IANA tz database."""


def read_date(written: str) -> datetime | None:
    """The moment in UTC, or None where the words are no date or the date does not exist.

    A date without a zone, or with one that nobody knows, is taken for UTC.

    >>> read_date("Mon, 12 Jan 2026 10:30:00 MSK").isoformat()
    '2026-01-12T07:30:00+00:00'
    >>> read_date("2026-02-30T10:00:00Z") is None
    True
    """
    written = written.strip()
    if not 6 <= len(written) <= 80:
        return None
    try:
        iso = _ISO.fullmatch(written)
        moment = _read_iso(iso) if iso else _read_rfc822(written)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError, AttributeError):
        # The last three: email.utils meets words that it does not expect.
        return None


def _read_iso(found: re.Match[str]) -> datetime:
    date, time, zone = found["date"], found["time"], (found["zone"] or "").upper()
    if time is None:
        return datetime.fromisoformat(date)
    digits = time.replace(":", "").replace(",", ".")
    whole, _, fraction = digits.partition(".")
    clock = f"{whole:0<6}" + (f".{fraction[:6]:0<6}" if fraction else "")
    offset = "+00:00" if zone in {"Z", "UTC", "GMT", ""} else zone
    return datetime.fromisoformat(f"{date.replace('-', '')}T{clock}{offset.replace(':', '')}")


def _read_rfc822(written: str) -> datetime:
    zone = _LAST_WORD.search(written)
    if zone and (offset := _ZONES.get(zone[0].upper())):
        written = written[: zone.start()] + offset
    return parsedate_to_datetime(written)
