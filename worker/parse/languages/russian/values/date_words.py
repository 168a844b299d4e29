"""Words of dates in every case: months, weekdays, days of the month, years, and turns of a period.

In the examples: `января` of January, `среду` Wednesday, `двадцать пятого` on the twenty-fifth,
`прошлого` of the last, `нынешнем` the present, `следующей` the next.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from worker.parse.languages.russian.values.tokens import (
    ValueToken,
    is_dash,
    is_glued,
    skip_full_stop,
    word_at,
)

__all__ = [
    "DayNumber",
    "day_number_at",
    "is_name_form",
    "month_of_day",
    "month_of_form",
    "ordinal_of",
    "starts_sentence",
    "turn_of",
    "weekday_of",
    "year_noun_end",
]

_SOFT = "ь я ю ем е"
_MONTHS = (
    ("январ", _SOFT),
    ("феврал", _SOFT),
    ("март", " а у ом е"),
    ("апрел", _SOFT),
    ("ма", "й я ю ем е"),
    ("июн", _SOFT),
    ("июл", _SOFT),
    ("август", " а у ом е"),
    ("сентябр", _SOFT),
    ("октябр", _SOFT),
    ("ноябр", _SOFT),
    ("декабр", _SOFT),
)
_ABBREVIATIONS = {
    "янв": 1,
    "фев": 2,
    "февр": 2,
    "мар": 3,
    "апр": 4,
    "июн": 6,
    "июл": 7,
    "авг": 8,
    "сен": 9,
    "сент": 9,
    "окт": 10,
    "ноя": 11,
    "нояб": 11,
    "дек": 12,
}
_WEEKDAYS = (
    "понедельник понедельника понедельнику понедельником понедельнике",
    "вторник вторника вторнику вторником вторнике",
    "среда среды среде среду",
    "четверг четверга четвергу четвергом четверге",
    "пятница пятницы пятнице пятницу пятницей",
    "суббота субботы субботе субботу субботой",
    "воскресенье воскресенья воскресенью воскресеньем",
)
_ORDINAL_STEMS = (
    "перв втор треть четверт пят шест седьм восьм девят десят одиннадцат двенадцат тринадцат"
    " четырнадцат пятнадцат шестнадцат семнадцат восемнадцат девятнадцат"
).split()
_ORDINAL_TENS = {"двадцат": 20, "тридцат": 30}
_TENS_BEFORE = {"двадцать": 20, "тридцать": 30}
_HARD_ENDINGS = "ый ой ое ого ому ым ом ая ую ые ых ыми".split()
_SOFT_ENDINGS = "ий е его ему им ем я ю ей и их ими".split()
_ORDINAL_TAILS = frozenset("й го ого му м ом е ое".split())
"""Endings of a figure: `12-го`, `2025-й`."""

_THIS = frozenset("этот эта этой эту этом этого этому этим эти этих этими".split())
_TURN_STEMS = {
    "прошл": -1,
    "минувш": -1,
    "прошедш": -1,
    "истекш": -1,
    "текущ": 0,
    "нынешн": 0,
    "уходящ": 0,
    "наступивш": 0,
    "следующ": 1,
    "будущ": 1,
    "наступающ": 1,
    "предстоящ": 1,
    "ближайш": 1,
}
_ADJECTIVE_ENDINGS = frozenset(
    "ый ий ой ого его ому ему ым им ом ем ая яя ей ую юю ое ее ые ие ых их ыми ими".split()
)
_YEAR_NOUNS = frozenset("год года году годом годе годы годов годам годами годах".split())
_LAST_DAY = 31


class DayNumber(NamedTuple):
    """A day of the month and the number of the token behind it."""

    day: int
    end: int


@cache
def _month_forms() -> Mapping[str, int]:
    return {
        stem + ending: number
        for number, (stem, endings) in enumerate(_MONTHS, start=1)
        for ending in endings.split(" ")
    }


@cache
def _genitives() -> Mapping[str, int]:
    return {
        stem + ("а" if stem in {"март", "август"} else "я"): number
        for number, (stem, _) in enumerate(_MONTHS, start=1)
    }


@cache
def _weekday_forms() -> Mapping[str, int]:
    return {form: number for number, forms in enumerate(_WEEKDAYS) for form in forms.split()}


@cache
def _ordinals() -> Mapping[str, int]:
    numbers = dict(zip(_ORDINAL_STEMS, range(1, 20), strict=True)) | _ORDINAL_TENS
    forms = {
        stem + ending: number
        for stem, number in numbers.items()
        for ending in (_SOFT_ENDINGS if stem == "треть" else _HARD_ENDINGS)
    }
    return forms | {"третий": 3}


@cache
def _turns() -> Mapping[str, int]:
    forms = {
        stem + ending: turn for stem, turn in _TURN_STEMS.items() for ending in _ADJECTIVE_ENDINGS
    }
    return forms | dict.fromkeys(_THIS, 0) | {"сего": 0}


def month_of_form(word: str) -> int | None:
    """Return the month of a folded word in any case: `январе`, `мая`."""
    return _month_forms().get(word)


def month_of_day(token: ValueToken) -> int | None:
    """Return the month behind a day: `января`, `янв`; None for `Марта` of a name (`8 Марта`)."""
    if is_name_form(token):
        return None
    return _genitives().get(token.word) or _ABBREVIATIONS.get(token.word)


def weekday_of(word: str) -> int | None:
    """Return the weekday of a folded word in the singular, from 0 for Monday."""
    return _weekday_forms().get(word)


def ordinal_of(word: str) -> int | None:
    """Return the number of an ordinal in any case, up to thirty: `второго`, `третьем`."""
    return _ordinals().get(word)


def turn_of(word: str) -> int | None:
    """Return -1 for `прошлого`, 0 for `этом` and `нынешнем`, 1 for `следующей`."""
    return _turns().get(word)


def is_name_form(token: ValueToken) -> bool:
    """Return True for a word with a capital and small letters behind it: `Марта`."""
    return token.text[:1].isupper() and not (token.text.isupper() and len(token.text) > 1)


def starts_sentence(tokens: Sequence[ValueToken], at: int) -> bool:
    """Return True for a token at the head of a line, a sentence or a quotation."""
    before = word_at(tokens, at - 1)
    return at == 0 or before.kind == "line" or before.word in '.!?:(«"“„-–—'


def day_number_at(tokens: Sequence[ValueToken], at: int) -> DayNumber | None:
    """Return the day of the month that begins with a token: `12`, `1-го`, `двадцать пятого`."""
    token = word_at(tokens, at)
    if token.kind == "figure":
        if len(token.text) > 2 or not 0 < int(token.text) <= _LAST_DAY:
            return None
        return DayNumber(int(token.text), _skip_tail(tokens, at + 1))
    tens = _TENS_BEFORE.get(token.word)
    unit = ordinal_of(word_at(tokens, at + 1).word) if tens else None
    if tens and unit and unit < 10 and tens + unit <= _LAST_DAY:
        return DayNumber(tens + unit, at + 2)
    day = ordinal_of(token.word)
    return DayNumber(day, at + 1) if day and token.word.endswith(("го", "ое", "е")) else None


def _skip_tail(tokens: Sequence[ValueToken], at: int) -> int:
    """Return the number behind the ending of a figure, or `at`: `12-го`."""
    is_tail = (
        is_dash(word_at(tokens, at))
        and is_glued(tokens, at)
        and is_glued(tokens, at + 1)
        and word_at(tokens, at + 1).word in _ORDINAL_TAILS
    )
    return at + 2 if is_tail else at


def year_noun_end(tokens: Sequence[ValueToken], at: int) -> int | None:
    """Return the number behind `года`, `году`, `г.` or `гг.`, None if none of them is there."""
    word = word_at(tokens, at).word
    if word in _YEAR_NOUNS:
        return at + 1
    end = skip_full_stop(tokens, at + 1)
    return end if word in {"г", "гг"} and (end > at + 1 or is_glued(tokens, at)) else None
