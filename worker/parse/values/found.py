"""A value found in a text."""

from typing import NamedTuple

from worker.model import EntityLabel, Value
from worker.parse.values.periods import Period

__all__ = ["FoundValue", "found_date"]


class FoundValue(NamedTuple):
    """A mention of a value: its place, its label, its normal form and its value, if known."""

    start: int
    end: int
    label: EntityLabel
    text: str | None = None
    value: Value | None = None


def found_date(start: int, end: int, period: Period | None) -> FoundValue:
    """Return the mention of a date, without a value if the period is not known."""
    if period is None:
        return FoundValue(start, end, EntityLabel.DATE)
    value = Value(first_day=period.first, last_day=period.last)
    return FoundValue(start, end, EntityLabel.DATE, period.iso, value)
