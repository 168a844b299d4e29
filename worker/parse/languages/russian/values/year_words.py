"""Years behind a day, a month or a part of a year, and years alone: `2026 года`, `2025-2027 гг.`

In the examples: `прошлого года` of last year, `того же года` of the same year, `с. г.` of this
year, `90-х годов` of the nineties, `с 2014 по 2020 год` from 2014 to 2020.
"""

import datetime
from collections.abc import Sequence
from typing import NamedTuple

from worker.parse.languages.russian.values.date_words import turn_of, year_noun_end
from worker.parse.languages.russian.values.tokens import (
    ValueToken,
    is_dash,
    is_glued,
    word_at,
)
from worker.parse.values.found import FoundValue, found_date
from worker.parse.values.periods import Period

__all__ = ["YearBehind", "read_year_behind", "read_years"]

_CENTURY = 1900
_LONGEST_LIST = 12
_FIRST_YEAR, _LAST_YEAR = 1000, 2199
_ENDINGS = frozenset("й го ого му ому м ом".split())
_DECADE_ENDINGS = frozenset("е ые х ых".split())
_BEFORE_YEARS = frozenset("в к после (".split())
_AFTER_NUMBER = frozenset("и а но или в на к по с до из от для при".split())


class YearBehind(NamedTuple):
    """A year, None if the text does not tell which; `end` is the number of the token behind it.

    `is_named` is True if the text names a year at all.
    """

    year: int | None
    end: int
    is_named: bool


def _year_at(tokens: Sequence[ValueToken], at: int) -> int | None:
    text = word_at(tokens, at).text
    is_year = len(text) == 4 and text.isdecimal() and _FIRST_YEAR <= int(text) <= _LAST_YEAR
    return int(text) if is_year else None


def _ending_end(tokens: Sequence[ValueToken], at: int, endings: frozenset[str]) -> int | None:
    """Return the number behind the ending of a figure: `2025-го`, `1990-х`."""
    if not (is_dash(word_at(tokens, at)) and is_glued(tokens, at) and is_glued(tokens, at + 1)):
        return None
    return at + 2 if word_at(tokens, at + 1).word in endings else None


def read_year_behind(
    tokens: Sequence[ValueToken], at: int, reference: datetime.date | None
) -> YearBehind:
    """Return the year that begins with a token behind a date; `at` is its end if none does."""
    if year := _year_at(tokens, at):
        end = _ending_end(tokens, at + 1, _ENDINGS) or at + 1
        noun = year_noun_end(tokens, end)
        behind = word_at(tokens, end)
        is_free = behind.kind != "word" or behind.word in _AFTER_NUMBER
        if noun or end > at + 1 or (is_free and behind.word != "%"):
            return YearBehind(year, noun or end, is_named=True)
        return YearBehind(None, at, is_named=False)
    word = word_at(tokens, at).word
    if word in {"с", "т"} and [word_at(tokens, at + n).word for n in (1, 2, 3)] == [".", "г", "."]:
        return YearBehind(reference.year if reference else None, at + 4, is_named=True)
    if word in {"того", "том"}:
        same = at + 2 if word_at(tokens, at + 1).word == "же" else at + 1
        noun = year_noun_end(tokens, same)
        return YearBehind(None, noun or at, is_named=bool(noun))
    turn = turn_of(word)
    noun = year_noun_end(tokens, at + 1) if turn is not None else None
    if turn is None or noun is None:
        return YearBehind(None, at, is_named=False)
    return YearBehind(reference.year + turn if reference else None, noun, is_named=True)


def read_years(tokens: Sequence[ValueToken], at: int) -> FoundValue | None:
    """Return the year, the years or the decade that begin with a figure."""
    if decade := _read_short_decade(tokens, at):
        return decade
    year = _year_at(tokens, at)
    if year is None:
        return None
    if (end := _ending_end(tokens, at + 1, _DECADE_ENDINGS)) and year % 10 == 0:
        return found_date(at, year_noun_end(tokens, end) or end, Period.of_year(year, year + 9))
    if span := _read_span(tokens, at, year):
        return span
    end = _ending_end(tokens, at + 1, _ENDINGS) or at + 1
    noun = year_noun_end(tokens, end)
    if noun or end > at + 1 or _is_in_list(tokens, end) or _is_bare_year(tokens, at):
        return found_date(at, noun or end, Period.of_year(year))
    return None


def _read_short_decade(tokens: Sequence[ValueToken], at: int) -> FoundValue | None:
    """`90-х годов`, not `90-х` alone."""
    text = tokens[at].text
    if len(text) != 2 or text[1] != "0":
        return None
    end = _ending_end(tokens, at + 1, _DECADE_ENDINGS)
    noun = year_noun_end(tokens, end) if end else None
    if noun is None:
        return None
    return found_date(at, noun, Period.of_year(_CENTURY + int(text), _CENTURY + int(text) + 9))


def _read_span(tokens: Sequence[ValueToken], at: int, year: int) -> FoundValue | None:
    """`2025-2027 годах`, `с 2014 по 2020 год`, `(1939-1945)`, the season of `2025/26`."""
    first_end = _ending_end(tokens, at + 1, _ENDINGS) or at + 1
    first_end = year_noun_end(tokens, first_end) or first_end
    mark = word_at(tokens, first_end)
    last = _last_year(tokens, first_end + 1, year)
    if last is None or not 0 < last - year <= 100:
        return None
    end = _ending_end(tokens, first_end + 2, _ENDINGS) or first_end + 2
    noun = year_noun_end(tokens, end)
    before = word_at(tokens, at - 1).word
    if mark.word == "/":
        is_span = (
            last == year + 1 and is_glued(tokens, first_end) and is_glued(tokens, first_end + 1)
        )
    elif is_dash(mark):
        is_span = bool(noun) or (before == "(" and word_at(tokens, end).word == ")")
    else:
        is_span = mark.word == "по" and before in {"с", "со"} and bool(noun or end > first_end + 2)
    return found_date(at, noun or end, Period.of_year(year, last)) if is_span else None


def _last_year(tokens: Sequence[ValueToken], at: int, year: int) -> int | None:
    text = word_at(tokens, at).text
    if len(text) == 2 and text.isdecimal():
        return year // 100 * 100 + int(text)
    return _year_at(tokens, at)


def _is_in_list(tokens: Sequence[ValueToken], at: int) -> bool:
    """Return True for the first years of `2014, 2015 и 2016 годах`."""
    for _ in range(_LONGEST_LIST):
        if word_at(tokens, at).word not in {",", "и", "или"} or not _year_at(tokens, at + 1):
            return False
        at += 2
        if year_noun_end(tokens, at):
            return True
    return False


def _is_bare_year(tokens: Sequence[ValueToken], at: int) -> bool:
    """Return True for `в 2025,` and `(2025)`, not for `в 2025 домах`."""
    before, behind = word_at(tokens, at - 1).word, word_at(tokens, at + 1)
    if before == "(":
        return behind.word == ")"
    is_end = behind.kind == "line" or (behind.word in ".,;)" and not is_glued(tokens, at + 2))
    return before in _BEFORE_YEARS and is_end
