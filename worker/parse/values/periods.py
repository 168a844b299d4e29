"""Periods of whole days in the forms of ISO 8601, and arithmetic with them."""

from datetime import date, timedelta
from typing import NamedTuple, Self

__all__ = ["Period"]

_DAY = timedelta(days=1)


class Period(NamedTuple):
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def of_day(cls, day: date) -> Self:
        """Return the period of a single day."""
        return cls(day, day)

    @classmethod
    def of_week(cls, day: date) -> Self:
        """Return the week of a day, from Monday to Sunday. Source: ISO 8601."""
        monday = day - timedelta(days=day.weekday())
        return cls(monday, monday + timedelta(days=6))

    @classmethod
    def of_months(cls, year: int, month: int, number: int = 1) -> Self:
        """Return the period of months that begins in a month; `month` may be outside the year."""
        return cls(_first_of(year, month), _first_of(year, month + number) - _DAY)

    @classmethod
    def of_year(cls, year: int, last_year: int | None = None) -> Self:
        """Return the period of a year, or of several."""
        return cls(date(year, 1, 1), date(last_year or year, 12, 31))

    @property
    def iso(self) -> str:
        """The period as ISO 8601 writes it: a day, a month, a year or an interval of days.

        >>> Period.of_months(2023, 2).iso, Period.of_months(2023, 1, 3).iso
        ('2023-02', '2023-01-01/2023-03-31')
        """
        first, last = self
        if first == last:
            return first.isoformat()
        if first.day == 1 and first.year == last.year:
            if (first.month, last.month, last.day) == (1, 12, 31):
                return f"{first.year:04}"
            if first.month == last.month and (last + _DAY).day == 1:
                return f"{first.year:04}-{first.month:02}"
        return f"{first.isoformat()}/{last.isoformat()}"


def _first_of(year: int, month: int) -> date:
    """Return the first day of a month; `month` may be outside the year."""
    years, months = divmod(month - 1, 12)
    return date(year + years, months + 1, 1)
