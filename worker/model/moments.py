"""Moments in UTC."""

from datetime import UTC, datetime

__all__ = ["in_utc"]


_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


def in_utc(moment: datetime) -> datetime:
    """Return an aware moment in UTC; one beyond its years, 1 to 9999, becomes the nearest in them.

    >>> in_utc(datetime.fromisoformat("2026-01-12T12:00+03:00")).isoformat()
    '2026-01-12T09:00:00+00:00'
    >>> in_utc(datetime.fromisoformat("0001-01-01T00:00+14:00")).isoformat()
    '0001-01-01T00:00:00+00:00'
    """
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return _FIRST if moment.year == _FIRST.year else _LAST
