"""Points in time on the command line: a time ago, or a date and time."""

from datetime import UTC, datetime
from typing import Any

import click

from worker.model.moments import in_utc
from worker.render.moments import read_moment

__all__ = ["MOMENT", "shown_moment"]


class _Moment(click.ParamType):  # type: ignore[type-arg]  # click 8.1 knows no argument
    """An aware datetime (`read_moment`)."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return read_moment(str(value).strip(), datetime.now(UTC))
        except ValueError as error:
            self.fail(str(error), param, ctx)


MOMENT = _Moment()


def shown_moment(moment: datetime | None) -> str:
    """Format a moment to the second, in UTC; a dash for None.

    >>> shown_moment(datetime(2026, 1, 12, 9, 30, tzinfo=UTC))
    '2026-01-12 09:30:00'
    """
    return f"{in_utc(moment):%Y-%m-%d %H:%M:%S}" if moment else "-"
