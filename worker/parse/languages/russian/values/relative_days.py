"""Dates told by the day of the item: `в среду`, `на прошлой неделе`, `вчера`, `два года назад`.

In the examples: `сегодня` today, `утром` in the morning, `в минувшую пятницу` last Friday,
`каждую` every, `черный понедельник` Black Monday, `окружающую среду` the environment.
"""

import datetime
from collections.abc import Sequence
from datetime import timedelta
from types import MappingProxyType

from worker.parse.languages.russian.values.calendar_days import read_days
from worker.parse.languages.russian.values.date_words import (
    is_name_form,
    month_of_form,
    starts_sentence,
    turn_of,
    weekday_of,
)
from worker.parse.languages.russian.values.numerals import read_numeral
from worker.parse.languages.russian.values.tokens import ValueToken, word_at
from worker.parse.languages.russian.values.verb_side import side_of
from worker.parse.values.calendar_dates import nearest_months
from worker.parse.values.found import FoundValue, found_date
from worker.parse.values.periods import Period
from worker.parse.values.relative_dates import period_ago, turned_unit
from worker.parse.values.tense import Direction

__all__ = ["NAMED_DAYS", "read_ago", "read_named_day", "read_turn", "read_weekday"]

NAMED_DAYS = MappingProxyType(
    {"позавчера": -2, "вчера": -1, "сегодня": 0, "завтра": 1, "послезавтра": 2}
)
_PARTS_OF_DAY = frozenset("утром днем вечером ночью".split())
_NAMES_BEFORE = (
    "черн страстн чист велик вербн прощен пасхальн светл кровав красн фиолетов кибер".split()
)
_NO_CERTAIN_DAY = frozenset("каждый каждую каждое каждого каждой любой любую любое".split())
_WEDNESDAY = 2
_BEFORE_WEDNESDAY = frozenset("в во на до с со к по утром днем вечером ночью утро вечер".split())
_BEHIND_MILIEU = frozenset("обитания обучения жизни проживания разработки и".split())
"""Words behind `среду` that make it an environment."""

_UNITS = {
    "week": "неделя недели неделе неделю неделей",
    "month": "месяц месяца месяцу месяцем месяце",
    "year": "год года году годом годе",
    "quarter": "квартал квартала кварталу кварталом квартале",
    "weekend": "выходные выходных выходным выходными",
    "season": "лето лета лету летом лете осень осени осенью зима зиме зиму зимой весна весне весну"
    " весной весны зимы",
    "night": "ночь ночью",
}
_UNIT_OF = {form: unit for unit, forms in _UNITS.items() for form in forms.split()}
_AGO_UNITS = {
    "day": "день дня дней сутки",
    "week": "неделю недели недель",
    "month": "месяц месяца месяцев",
    "year": "год года лет",
}
_AGO_UNIT_OF = {form: unit for unit, forms in _AGO_UNITS.items() for form in forms.split()}
_VAGUE_TURNS = ("прошедш", "ближайш")
"""Turns that tell a weekday or a weekend, and no certain month or year."""

_NEAREST = ("ближайш", "предстоящ", "наступающ")
_MOST_AGO = 999


def read_named_day(
    tokens: Sequence[ValueToken], at: int, reference: datetime.date | None
) -> FoundValue | None:
    """Return the day of `сегодня`, `вчера утром`; not of the agency `"Россия сегодня"`."""
    if is_name_form(tokens[at]) and not starts_sentence(tokens, at):
        return None
    if _is_name_in_marks(tokens, at):
        return None
    end = at + 2 if word_at(tokens, at + 1).word in _PARTS_OF_DAY else at + 1
    period = None
    if reference:
        period = Period.of_day(reference + timedelta(days=NAMED_DAYS[tokens[at].word]))
    return found_date(at, end, period)


def _is_name_in_marks(tokens: Sequence[ValueToken], at: int) -> bool:
    """Return True for the end of a short name: `"Россия сегодня"`, `клуб «Пятница»`."""
    if word_at(tokens, at + 1).word not in {"»", '"', "”"}:
        return False
    return any(word_at(tokens, at - back).word in {"«", '"', "“"} for back in (1, 2, 3))


def read_weekday(
    tokens: Sequence[ValueToken],
    at: int,
    reference: datetime.date | None,
    before: FoundValue | None,
) -> FoundValue | None:
    """Return the day whose weekday is a token, with the date behind it.

    `before` is the value before it: `14 июля, в понедельник` is a single day.
    """
    weekday = weekday_of(tokens[at].word)
    if weekday is None or not _is_weekday(tokens, at, weekday):
        return None
    end = at + 2 if word_at(tokens, at + 1).word in _PARTS_OF_DAY else at + 1
    if dated := _date_behind(tokens, end, reference):
        return dated._replace(start=at)
    if reference is None or word_at(tokens, at - 1).word in _NO_CERTAIN_DAY:
        return found_date(at, end, None)
    if before and before.value and at - before.end <= 2:
        day = before.value.first_day
        if day and day == before.value.last_day and day.weekday() == weekday:
            return found_date(at, end, Period.of_day(day))
    days = (weekday - reference.weekday()) % 7
    if days and side_of(tokens, at, end) is not Direction.AHEAD:
        days -= 7
    return found_date(at, end, Period.of_day(reference + timedelta(days=days)))


def _is_weekday(tokens: Sequence[ValueToken], at: int, weekday: int) -> bool:
    """Return True for a weekday, not for `Пятница` of a name and for `окружающую среду`."""
    token, before = tokens[at], word_at(tokens, at - 1).word
    if is_name_form(token) and not starts_sentence(tokens, at):
        return False
    if before.startswith(tuple(_NAMES_BEFORE)) or _is_name_in_marks(tokens, at):
        return False
    if weekday != _WEDNESDAY:
        return True
    if word_at(tokens, at + 1).word in _BEHIND_MILIEU:
        return False
    if starts_sentence(tokens, at):
        return word_at(tokens, at + 1).word == ","
    # `в среде` is never a day.
    is_place = token.word == "среде" and before not in {"к", "по"}
    return not is_place and (before in _BEFORE_WEDNESDAY or before in _NO_CERTAIN_DAY)


def _date_behind(
    tokens: Sequence[ValueToken], at: int, reference: datetime.date | None
) -> FoundValue | None:
    """Return the date of `, 14 июля`, `14 июля` or `(14 июля)` behind a weekday."""
    mark = word_at(tokens, at).word
    found = read_days(tokens, at + 1 if mark in {",", "("} else at, reference)
    if found and mark == "(":
        is_closed = word_at(tokens, found.end).word == ")"
        return found._replace(end=found.end + 1) if is_closed else None
    return found


def read_turn(
    tokens: Sequence[ValueToken], at: int, reference: datetime.date | None
) -> FoundValue | None:
    """Return the period before, around or after the item's day: `прошлой неделе`, `этом году`."""
    word = tokens[at].word
    turn, behind = turn_of(word), word_at(tokens, at + 1).word
    if turn is None or word_at(tokens, at - 1).word in _NO_CERTAIN_DAY | {"каждом"}:
        return None
    weekday = weekday_of(behind)
    month = month_of_form(behind)
    unit = _UNIT_OF.get(behind)
    is_vague = word.startswith(_VAGUE_TURNS)
    if weekday is not None:
        end = at + 3 if word_at(tokens, at + 2).word in _PARTS_OF_DAY else at + 2
        if dated := _date_behind(tokens, end, reference):
            return dated._replace(start=at)
        period = _turned_day(weekday, word, turn, reference) if reference else None
    elif month is not None and not is_vague:
        end, period = at + 2, _turned_month(month, turn, reference) if reference else None
    elif unit is None or (is_vague and not _is_certain_unit(unit, word)):
        return None
    else:
        end = at + 2
        if unit == "night":
            return _read_night(at, turn, reference)
        # The nearest weekend is that of this week.
        turn = 0 if unit == "weekend" and word.startswith(_NEAREST) else turn
        is_known = reference is not None and unit != "season"
        period = turned_unit(unit, turn, reference) if reference and is_known else None
    return found_date(at, end, period)


def _is_certain_unit(unit: str, word: str) -> bool:
    """`ближайшие выходные`, `прошедшей неделе`; `за прошедший год` may be any twelve months."""
    return unit == "weekend" or (word.startswith("прошедш") and unit not in {"year", "month"})


def _read_night(at: int, turn: int, reference: datetime.date | None) -> FoundValue | None:
    """`минувшей ночью`: of yesterday and the item's day; `этой ночью` may be to come."""
    if turn >= 0:
        return None
    period = Period(reference - timedelta(days=1), reference) if reference else None
    return found_date(at, at + 2, period)


def _turned_day(weekday: int, word: str, turn: int, reference: datetime.date) -> Period:
    """Return a weekday of this week, the last or the next, or the nearest one on a side."""
    days = weekday - reference.weekday()
    if word.startswith(("минувш", "прошедш")):
        days = (days + 7) % 7 - 7
    elif word.startswith(_NEAREST):
        days = (days - 1) % 7 + 1
    else:
        days += 7 * turn
    return Period.of_day(reference + timedelta(days=days))


def _turned_month(month: int, turn: int, reference: datetime.date) -> Period:
    if not turn:
        return nearest_months(month, reference, Direction.UNKNOWN)
    begun = month < reference.month if turn < 0 else month <= reference.month
    years = turn if begun == (turn > 0) else 0
    return Period.of_months(reference.year + years, month)


def read_ago(
    tokens: Sequence[ValueToken], at: int, reference: datetime.date | None
) -> FoundValue | None:
    """Return the date of `три дня назад`, `год назад`, `5 лет тому назад`."""
    numeral = read_numeral(tokens, at)
    end = numeral.end if numeral else at
    unit = _AGO_UNIT_OF.get(word_at(tokens, end).word)
    behind = end + 2 if word_at(tokens, end + 1).word == "тому" else end + 1
    if unit is None or word_at(tokens, behind).word != "назад":
        return None
    number = 1
    if numeral:
        if numeral.value is None or numeral.value % 1 or not 0 < numeral.value <= _MOST_AGO:
            return None
        number = int(numeral.value)
    period = period_ago(number, unit, reference) if reference else None
    return found_date(at, behind + 1, period)
