"""Dates that name a month, or are in figures: `12 января 2026 года`, `с 3 по 5 марта`, `в марте`.

In the examples: `улица 8 Марта` the street of 8 March, `в январе-сентябре` in January to September.
"""

import datetime
import re
from collections.abc import Sequence
from typing import NamedTuple

from worker.parse.languages.russian.values.date_words import (
    day_number_at,
    is_name_form,
    month_of_day,
    month_of_form,
    starts_sentence,
)
from worker.parse.languages.russian.values.tokens import (
    ValueToken,
    is_dash,
    is_glued,
    word_at,
)
from worker.parse.languages.russian.values.verb_side import side_of
from worker.parse.languages.russian.values.year_words import read_year_behind
from worker.parse.values.calendar_dates import days_of_year, nearest_days, nearest_months
from worker.parse.values.found import FoundValue, found_date
from worker.parse.values.periods import Period

__all__ = ["read_days", "read_months", "read_numeric_day"]

_NUMERIC = re.compile(r"(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>(?:19|20)\d\d)")
_STREETS = (
    "улиц улице площад переул бульвар проспект шосс набережн сквер парк станци завод фабрик дивизи"
    " имени проезд микрорайон стадион орден"
).split()
_SHORT_STREETS = frozenset("ул пл пер пр им бул".split())
_STREET_DAYS = frozenset({(1, 5), (9, 5), (8, 3), (9, 1), (23, 2), (7, 11), (12, 12)})
"""Days that streets are named after; `на улице 5 мая` may be of what happened outside on a day."""

_NOMINATIVE_ENDINGS = ("ь", "т", "й")


class _Day(NamedTuple):
    """A day of a month, its year as printed, and the number of the token behind it."""

    month: int | None
    day: int
    year: int | None
    is_year_named: bool
    end: int


def read_days(
    tokens: Sequence[ValueToken], at: int, reference: datetime.date | None
) -> FoundValue | None:
    """Return the day, or the days, whose number begins with a token."""
    first = _read_day(tokens, at, reference)
    if first is None or _is_street(tokens, at, first):
        return None
    last = _read_last_day(tokens, at, first, reference)
    if last is None:
        return _found_days(at, first, first, reference) if first.month else None
    return _found_days(at, first._replace(month=first.month or last.month), last, reference)


def _read_day(
    tokens: Sequence[ValueToken], at: int, reference: datetime.date | None
) -> _Day | None:
    number = day_number_at(tokens, at)
    if number is None:
        return None
    month = month_of_day(word_at(tokens, number.end))
    if month is None:
        return _Day(None, number.day, None, False, number.end)
    end = number.end + 1
    is_short = len(tokens[number.end].word) < 5 and word_at(tokens, end).word == "."
    # `12 янв. 2026 года`; the full stop behind a whole word ends the sentence.
    if is_short and is_glued(tokens, end) and month_of_form(tokens[number.end].word) is None:
        end += 1
    behind = read_year_behind(tokens, end, reference)
    return _Day(month, number.day, behind.year, behind.is_named, behind.end)


def _is_street(tokens: Sequence[ValueToken], at: int, day: _Day) -> bool:
    """Return True for `улица 8 марта` and `ул. 5 мая`."""
    before = word_at(tokens, at - 1)
    if before.word == "." and word_at(tokens, at - 2).word in _SHORT_STREETS:
        return True
    is_street = any(before.word.startswith(stem) for stem in _STREETS)
    return is_street and (day.month is None or (day.day, day.month) in _STREET_DAYS)


def _read_last_day(
    tokens: Sequence[ValueToken], at: int, first: _Day, reference: datetime.date | None
) -> _Day | None:
    """Return the last of several days: `12-14 января`, `с 3 по 5 марта`, `5, 6 и 7 мая`."""
    joint = word_at(tokens, first.end)
    if is_dash(joint) or joint.word == "по":
        if joint.word == "по" and word_at(tokens, at - 1).word not in {"с", "со"}:
            return None
        last = _read_day(tokens, first.end + 1, reference)
        return last if last and last.month else None
    if first.month:
        return None
    # Days that follow each other are an interval, others are read apart.
    day, number = first, first.day
    while word_at(tokens, day.end).word in {",", "и"}:
        following = _read_day(tokens, day.end + 1, reference)
        if following is None or following.day != number + 1:
            return None
        if following.month:
            return following
        day, number = following, following.day
    return None


def _found_days(
    at: int, first: _Day, last: _Day, reference: datetime.date | None
) -> FoundValue | None:
    begin, end = (first.month or 0, first.day), (last.month or 0, last.day)
    if first.month == last.month and first.day > last.day:
        return None
    if not last.is_year_named:
        period = nearest_days(reference, begin, end) if reference else None
    elif last.year is None:
        period = None
    else:
        # `30 декабря - 8 января 2026 года`: the year is that of the last day.
        begins_before = begin > end
        period = days_of_year(first.year or last.year - begins_before, begin, end)
        if first.year and period and first.year != last.year:
            period = Period(period.first, datetime.date(last.year, *end))
    return found_date(at, last.end, period)


def read_numeric_day(tokens: Sequence[ValueToken], at: int) -> FoundValue | None:
    """Return the day of `12.01.2026`, `12/01/2026` or `2026-01-12`."""
    if match := _NUMERIC.fullmatch(tokens[at].text):
        day = int(match["month"]), int(match["day"])
        return found_date(at, at + 1, days_of_year(int(match["year"]), day, day))
    marks = word_at(tokens, at + 1).word, word_at(tokens, at + 3).word
    parts = [word_at(tokens, at + n).text for n in (0, 2, 4)]
    is_glued_up = all(is_glued(tokens, at + n) for n in (1, 2, 3, 4))
    lengths = [len(part) for part in parts]
    if not is_glued_up or not all(part.isdecimal() for part in parts):
        return None
    if marks == ("-", "-") and lengths == [4, 2, 2]:
        year, month, number = [int(part) for part in parts]
    elif marks == ("/", "/") and lengths == [2, 2, 4]:
        number, month, year = [int(part) for part in parts]
    else:
        return None
    is_date = 1500 <= year < 2200 and 0 < month <= 12 and not is_dash(word_at(tokens, at + 5))
    day = month, number
    return found_date(at, at + 5, days_of_year(year, day, day)) if is_date else None


def read_months(
    tokens: Sequence[ValueToken], at: int, reference: datetime.date | None
) -> FoundValue | None:
    """Return the month or the months that begin with a token: `марте`, `январе-марте 2026 года`."""
    month = _month_at(tokens, at)
    if month is None or _has_day_before(tokens, at):
        return None
    last = None
    joint = word_at(tokens, at + 1)
    is_up_to = joint.word == "по" and word_at(tokens, at - 1).word in {"с", "со"}
    if is_dash(joint) or is_up_to:
        last = _month_at(tokens, at + 2)
    end = at + 3 if last else at + 1
    number = (last - month) % 12 + 1 if last else 1
    behind = read_year_behind(tokens, end, reference)
    if behind.year is not None:
        begins_before = month + number - 1 > 12
        return found_date(
            at, behind.end, Period.of_months(behind.year - begins_before, month, number)
        )
    if behind.is_named or reference is None:
        return found_date(at, behind.end, None)
    return found_date(at, end, nearest_months(month, reference, side_of(tokens, at, end), number))


def _month_at(tokens: Sequence[ValueToken], at: int) -> int | None:
    """Return the month of a word; `Май` with a capital is one only at the head of a sentence."""
    token = word_at(tokens, at)
    month = month_of_form(token.word)
    if month is None or not is_name_form(token):
        return month
    # `Март выдался теплым`, not `Марта приехала` and `Май Абрикосов`
    is_nominative = token.word.endswith(_NOMINATIVE_ENDINGS)
    is_free = starts_sentence(tokens, at) and not is_name_form(word_at(tokens, at + 1))
    return month if is_free and is_nominative else None


def _has_day_before(tokens: Sequence[ValueToken], at: int) -> bool:
    """Return True for the month of `улица Первого мая`, whose day was refused."""
    for back in (1, 2, 3):
        number = day_number_at(tokens, at - back) if at >= back else None
        if number and number.end == at:
            return True
    return False
