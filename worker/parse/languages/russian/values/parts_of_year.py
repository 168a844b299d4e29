"""Quarters, halves and the first months of a year: `II квартале`, `первом полугодии 2025 года`.

In the examples: `квартал` a quarter, of a year or of a town; `за девять месяцев` in nine months,
`выручка` revenue.
"""

import datetime
import re
from collections.abc import Sequence

from worker.parse.languages.russian.values.date_words import ordinal_of, year_noun_end
from worker.parse.languages.russian.values.numerals import read_numeral
from worker.parse.languages.russian.values.tokens import (
    ValueToken,
    is_dash,
    is_glued,
    skip_full_stop,
    word_at,
)
from worker.parse.languages.russian.values.verb_side import side_of
from worker.parse.languages.russian.values.year_words import YearBehind, read_year_behind
from worker.parse.values.calendar_dates import nearest_months
from worker.parse.values.found import FoundValue, found_date
from worker.parse.values.periods import Period
from worker.parse.values.tense import Direction

__all__ = ["ROMAN_NUMBERS", "read_months_of_year", "read_part_of_year"]

ROMAN_NUMBERS = {"I": 1, "II": 2, "III": 3, "IV": 4}
_QUARTER = re.compile(r"квартал(?:а|у|ом|е|ы|ов|ам|ами|ах)?\Z|кв\Z")
_HALF_YEAR = re.compile(r"полугоди[еяию]м?\Z")
_HALF = re.compile(r"половин[аыеуо]й?\Z")
_ACCOUNTS = re.compile(
    r"(?:прибыл|выручк|доход|расход|продаж|ввп|рост|убыт|результат|экономик|выпуск|производств"
    r"|прогноз|дивиденд|экспорт|импорт|инфляц|отчет|показател|итог|спрос|ставк|цен|динамик|поставк"
    r"|бюджет|объем|вырос|снизил|сократил|увеличил)"
)
_LOOK_AROUND = 12
_TAILS = frozenset("й го м му ый ого ом ому".split())
_PARTS_IN_YEAR = {3: 4, 6: 2}


def read_part_of_year(
    tokens: Sequence[ValueToken], at: int, reference: datetime.date | None
) -> FoundValue | None:
    """Return the quarter or the half of a year whose number begins with a token."""
    first = _part_number_at(tokens, at)
    if first is None:
        return None
    nth, end = first
    last, last_end = nth, end
    if is_dash(word_at(tokens, end)) and (second := _part_number_at(tokens, end + 1)):
        last, last_end = second
    word = word_at(tokens, last_end).word
    months, is_half = _months_of(word)
    if not months or not nth <= last <= _PARTS_IN_YEAR[months]:
        return None
    end = skip_full_stop(tokens, last_end + 1) if word == "кв" else last_end + 1
    behind = _year_of_part(tokens, end, reference)
    number = (last - nth + 1) * months
    if behind.year is not None:
        period = Period.of_months(behind.year, (nth - 1) * months + 1, number)
        return found_date(at, behind.end, period)
    if behind.is_named:
        return found_date(at, behind.end, None)
    # `второй половине` alone is one of a match, a day or a text.
    if is_half or word == "кв" or not _is_of_year(tokens, at, last_end, months):
        return None
    if reference is None:
        return found_date(at, end, None)
    is_ahead = side_of(tokens, at, end) is Direction.AHEAD
    direction = Direction.AHEAD if is_ahead else Direction.BEHIND
    start_month = (nth - 1) * months + 1
    return found_date(at, end, nearest_months(start_month, reference, direction, number))


def _part_number_at(tokens: Sequence[ValueToken], at: int) -> tuple[int, int] | None:
    """`II`, `втором`, `2`, `2-м`: the number of a part and of the token behind it."""
    token = word_at(tokens, at)
    if token.text in ROMAN_NUMBERS:
        return ROMAN_NUMBERS[token.text], at + 1
    if token.text in {"1", "2", "3", "4"}:
        is_tail = (
            is_dash(word_at(tokens, at + 1))
            and is_glued(tokens, at + 1)
            and word_at(tokens, at + 2).word in _TAILS
        )
        return int(token.text), at + 3 if is_tail else at + 1
    number = ordinal_of(token.word)
    return (number, at + 1) if number and number <= 4 else None


def _months_of(word: str) -> tuple[int, bool]:
    """Return the months of a part of a year, and if it is called a half."""
    if _QUARTER.match(word):
        return 3, False
    if _HALF_YEAR.match(word):
        return 6, False
    return (6, True) if _HALF.match(word) else (0, False)


def _year_of_part(
    tokens: Sequence[ValueToken], at: int, reference: datetime.date | None
) -> YearBehind:
    """Return the year behind a part; `года` alone is that of the item's day."""
    behind = read_year_behind(tokens, at, reference)
    if not behind.is_named and word_at(tokens, at).word == "года":
        return YearBehind(None, at, is_named=False)
    return behind


def _is_of_year(tokens: Sequence[ValueToken], at: int, end: int, months: int) -> bool:
    """Return True for a quarter of business, not for `в 4-м квартале Южного` of a town."""
    if months == 6 or tokens[at].text in ROMAN_NUMBERS:
        return True
    around = tokens[max(0, at - _LOOK_AROUND) : end + _LOOK_AROUND]
    return any(_ACCOUNTS.match(token.word) for token in around)


def read_months_of_year(
    tokens: Sequence[ValueToken], at: int, reference: datetime.date | None
) -> FoundValue | None:
    """Return the first months of a year: `девять месяцев 2025 года`, `7 месяцев этого года`."""
    numeral = read_numeral(tokens, at)
    if numeral is None or numeral.value is None or not 1 < numeral.value < 12 or numeral.value % 1:
        return None
    if word_at(tokens, numeral.end).word not in {"месяцев", "месяца", "месяцам", "месяцах"}:
        return None
    behind = read_year_behind(tokens, numeral.end + 1, reference)
    has_noun = year_noun_end(tokens, behind.end - 1) == behind.end
    if not behind.is_named or not has_noun:
        return None
    number = int(numeral.value)
    period = None if behind.year is None else Period.of_months(behind.year, 1, number)
    return found_date(at, behind.end, period)
