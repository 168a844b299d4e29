"""Sums of money, percentages and dates of an item, each with its value in a normal form.

One pattern finds where a value may begin; the modules then read it: `amounts` money and
percentages, `calendar_dates` and `relative_dates` dates. Only English is read, as wires print it.
Values are no actors: they are added to the names behind all other stages.

Source of the labels and their extent: OntoNotes 5, of whose dates those are read that lie in the
calendar, without ages and lengths of time.
"""

import datetime
import re
from collections.abc import Iterator, Sequence
from types import MappingProxyType

from worker.model import Dateline, Entity
from worker.parse.values.amounts import (
    BEHIND_NUMBERS,
    find_money_after_sign,
    find_money_before_noun,
    find_percentage,
)
from worker.parse.values.calendar_dates import (
    MONTH_WORDS,
    find_figures,
    find_month,
    find_part_of_year,
)
from worker.parse.values.found import FoundValue
from worker.parse.values.merging import filing_country, merge_values, reference_day
from worker.parse.values.quantities import words_before
from worker.parse.values.relative_dates import find_ago, find_named_day, find_turn, find_weekday

__all__ = ["with_values"]

_KIND_OF_WORD = MappingProxyType(
    dict.fromkeys(MONTH_WORDS, "month")
    | dict.fromkeys("monday tuesday wednesday thursday friday saturday sunday".split(), "weekday")
    | dict.fromkeys("today tomorrow yesterday tonight".split(), "named")
    | dict.fromkeys("last next this coming".split(), "turn")
    | dict.fromkeys("first second third fourth final q h".split(), "part")
    | {"ago": "ago"}
)
"""Kinds of values by the word that they begin with, or that ends a number in words."""

# Every alternative begins with a character or a set of them: only then is the search fast.
_BEGINNING = re.compile(
    r"""
    [$€£¥₹₽₩₴₦₺₪₸] (?P<sign>)
  | [0-9] (?<![\w.,:/].) (?<![^\W_d][-–−].) (?P<figure>)
  | [ ]
    (?: a(?: go\b ) | b(?: illion | asis[ -] ) | c(?: oming[ ] ) | d(?: ollar ) | e(?: uro )
      | f(?: irst[ -] | ourth[ -] | inal[ -] ) | h(?: undred ) | l(?: ast[ ] ) | m(?: illion )
      | n(?: ext[ ] ) | p(?: er[ ]?cent | ct | ound ) | r(?: ou?ble | uble ) | s(?: econd[ -] )
      | t(?: o(?: day | morrow | night ) | h(?: is[ ] | ird[ -] | ousand ) | rillion )
      | y(?: esterday ) | (?: [A-Z]{3} | Rs\.? | Tk | RM | DM )[ ]?(?=\d) ) (?P<spaced>)
  | [JFMASONDTWLYQH]
    (?: an | eb | ar | pr | ay | un | ul | ug | ep | ct | ov | ec
      | on | ues | ednes | hurs | ri | atur | esterday | oday | omorrow | onight
      | ast[ ] | ext[ ] | his[ ] | [1-4][ /] ) (?P<capital>)
  | [-(](?: per[ -]?cent | million | billion | dollar | [A-Z]{3}[ ]?(?=\d) ) (?P<marked>)
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"[A-Za-z]+")

_FIGURE = re.compile(r"(?P<number>\d+(?:[.,]\d+)*)[ ]?(?P<word>[^\W\d_]+|[^\w\s]|)")
_MONTH_STARTS = frozenset(word[:3] for word in MONTH_WORDS)
_BEHIND_DAYS = frozenset("st nd rd th to through until of - – — / .".split())


def with_values(
    full: str,
    names: Sequence[Entity],
    dateline: Dateline | None,
    published: datetime.date | None,
) -> tuple[Entity, ...]:
    """Return the named entities and the values of an English text, in text order."""
    return merge_values(full, names, _find_values(full, dateline, published))


def _find_values(
    text: str, dateline: Dateline | None, published: datetime.date | None
) -> Iterator[FoundValue]:
    """Yield the values of a text, in text order, none of which overlaps another."""
    full = text.replace("\u00a0", " ").replace("\u202f", " ")
    reader = _Reader(full, reference_day(dateline, published), filing_country(dateline))
    end = 0
    for match in _BEGINNING.finditer(full):
        if match.start() >= end and (found := reader.read(match)):
            if found.start >= end:
                yield found
            end = found.end


class _Reader:
    """Reads the values of one text, each by the kind of its beginning."""

    __slots__ = ("_before", "_country", "_full", "_reference")

    def __init__(self, full: str, reference: datetime.date | None, country: str | None) -> None:
        self._full = full
        self._reference = reference
        self._country = country
        self._before: FoundValue | None = None

    def read(self, match: re.Match[str]) -> FoundValue | None:
        """Return the value that begins at a match of `_BEGINNING`, None if none does."""
        full, at = self._full, match.start()
        match match.lastgroup:
            case "figure":
                found = self._read_figure(at)
            case "sign":
                found = find_money_after_sign(full, at)
            case "capital":
                found = None if full[at - 1 : at].isalnum() else self._read_word(at)
            case _:
                found = self._read_word(at + 1)
        self._before = found or self._before
        return found

    def _read_word(self, at: int) -> FoundValue | None:
        """Return the value that begins with the word at `at`, or whose number stands before it."""
        full, reference = self._full, self._reference
        word = _WORD.match(full, at)
        match _KIND_OF_WORD.get(word.group().lower()) if word else None:
            case "month":
                return find_month(full, at, reference)
            case "weekday":
                return find_weekday(full, at, reference)
            case "named":
                return find_named_day(full, at, reference)
            case "turn":
                return find_turn(full, at, reference)
            case "ago":
                return find_ago(full, at, reference)
            case "part":
                return find_part_of_year(full, at, reference)
        if full[at].isupper():
            return find_money_after_sign(full, at)
        start = words_before(full, at)
        return self._read_quantity(start) if start < at else None

    def _read_figure(self, at: int) -> FoundValue | None:
        """Return the value that begins with a figure; most figures are left at their next word."""
        figure = _FIGURE.match(self._full, at)
        word = figure["word"] if figure else ""
        found = None
        is_month = word[:3].lower() in _MONTH_STARTS and word[:1].isupper()
        if not is_month and (word.lower() in BEHIND_NUMBERS or word[:1].isupper()):
            found = self._read_quantity(at)
        is_date = is_month or word in _BEHIND_DAYS or (figure and len(figure["number"]) == 4)
        if found or not is_date:
            return found
        return find_figures(self._full, at, self._reference, self._before)

    def _read_quantity(self, at: int) -> FoundValue | None:
        return find_percentage(self._full, at) or find_money_before_noun(
            self._full, at, self._country
        )
