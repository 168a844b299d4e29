"""Points in time on the command line: a time ago, or a date and time."""

from datetime import UTC, datetime
from typing import Any

import click

from worker.errors import MessageError
from worker.inbox.messages import check_published
from worker.model.moments import in_utc
from worker.render.moments import read_moment

__all__ = ["MOMENT", "PUBLISHED", "shown_moment"]


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


class _Published(click.ParamType):  # type: ignore[type-arg]  # click 8.1 knows no argument
    """The time of publication of an item, by the rules of a message on the inbox, as written."""

    name = "published"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            check_published(str(value))
        except MessageError as error:
            self.fail(error.reason, param, ctx)
        return str(value)


MOMENT = _Moment()
PUBLISHED = _Published()


def shown_moment(moment: datetime | None) -> str:
    """Format a moment to the second, in UTC; a dash for None.

    >>> shown_moment(datetime(2026, 1, 12, 9, 30, tzinfo=UTC))
    '2026-01-12 09:30:00'
    """
    return f"{in_utc(moment):%Y-%m-%d %H:%M:%S}" if moment else "-"
