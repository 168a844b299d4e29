"""Reads points in time as people write them: a time ago, or a date and time."""

import re
from datetime import UTC, datetime, timedelta

__all__ = ["read_moment"]

_AGO = re.compile(r"(?P<count>\d{1,9})(?P<unit>[smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_moment(words: str, now: datetime) -> datetime:
    """Return an aware datetime: "90s", "30m", "2h", "3d" ago, or ISO 8601; UTC if without a zone.

    Raises:
        ValueError: The words are neither, as its message says.

    >>> read_moment("2h", datetime(2026, 1, 12, 9, tzinfo=UTC)).isoformat()
    '2026-01-12T07:00:00+00:00'
    """
    try:
        if ago := _AGO.fullmatch(words):
            return now - timedelta(**{_UNITS[ago["unit"]]: int(ago["count"])})
        moment = datetime.fromisoformat(words)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{words!r} is neither a time ago (90s, 30m, 2h, 3d) nor a date and time "
            "(2026-01-12T09:30)"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
