"""Points in time on the command line: a time ago, or a date and time."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

__all__ = ["MOMENT", "shown_moment"]

_AGO = re.compile(r"(?P<count>\d{1,9})(?P<unit>[smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class _Moment(click.ParamType):  # type: ignore[type-arg]  # click 8.1 knows no argument
    """An aware datetime: "90s", "30m", "2h", "3d" ago, or ISO 8601, in UTC without a zone."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return _read(str(value).strip())
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is neither a time ago (90s, 30m, 2h, 3d) nor a date and time "
                "(2026-01-12T09:30)",
                param,
                ctx,
            )


def _read(words: str) -> datetime:
    if ago := _AGO.fullmatch(words):
        return datetime.now(UTC) - timedelta(**{_UNITS[ago["unit"]]: int(ago["count"])})
    moment = datetime.fromisoformat(words)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


MOMENT = _Moment()


def shown_moment(moment: datetime | None) -> str:
    """Format a moment to the second, in UTC; a dash for None.

    >>> shown_moment(datetime(2026, 1, 12, 9, 30, tzinfo=UTC))
    '2026-01-12 09:30:00'
    """
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if moment else "-"
