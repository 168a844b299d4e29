"""Times and sizes in words."""

import datetime

from msgspec import Struct

from worker.render.feeds import say_wait

__all__ = ["TimeAgo", "say_bytes", "say_moment"]

_KIB = 1024


class TimeAgo(Struct, frozen=True, kw_only=True):
    """A past moment as ISO 8601 for programs, in UTC to the second, and as the time since then."""

    iso: str
    exact: str
    ago: str


def say_moment(at: datetime.datetime | None, now: datetime.datetime) -> TimeAgo | None:
    """Return a moment in words; None for None.

    >>> noon = datetime.datetime(2026, 1, 12, 12, tzinfo=datetime.UTC)
    >>> say_moment(noon, noon + datetime.timedelta(seconds=90)).ago
    '90 s ago'
    """
    if at is None:
        return None
    utc = at.astimezone(datetime.UTC)
    passed_s = round((now - at).total_seconds())
    return TimeAgo(
        iso=utc.isoformat(timespec="seconds"),
        exact=f"{utc:%Y-%m-%d %H:%M:%S}",
        ago=f"{say_wait(passed_s)} ago" if passed_s > 0 else "now",
    )


def say_bytes(number: int) -> str:
    """Return a size in bytes, KiB or MiB.

    >>> [say_bytes(number) for number in (1, 900, 4096, 3 << 20)]
    ['1 byte', '900 bytes', '4.0 KiB', '3.0 MiB']
    """
    if number < _KIB:
        return f"{number} {'byte' if number == 1 else 'bytes'}"
    if number < _KIB * _KIB:
        return f"{number / _KIB:,.1f} KiB"
    return f"{number / _KIB / _KIB:,.1f} MiB"
