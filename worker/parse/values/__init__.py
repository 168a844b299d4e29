"""Sums of money, percentages and dates of an item, each with its value in a normal form.

One pattern finds where a value may begin; the modules then read it: `amounts` money and
percentages, `calendar_dates` and `relative_dates` dates. Only English is read, as wires print it.
Values are no actors: they are added to the names behind all other stages.

Source of the labels and their extent: OntoNotes 5, of whose dates those are read that lie in the
calendar, without ages and lengths of time.
"""

import datetime
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from types import MappingProxyType

from worker.model import Dateline, Entity, EntityLabel, Span
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
    """Return the named entities and the values of a text, in text order.

    A name inside a sum of money is part of its currency (`500 million Swedish crowns`) and is left
    out; any other value that overlaps a name is left out itself (`September 11 Museum`).
    """
    starts = [name.span.start for name in names]
    values: list[Entity] = []
    inside: set[int] = set()
    for found in _find_values(full, dateline, published):
        first = max(bisect_right(starts, found.start) - 1, 0)
        last = bisect_right(starts, found.end - 1)
        # `names` do not overlap, so those that touch a value stand side by side.
        touched = [at for at in range(first, last) if names[at].span.end > found.start]
        if found.label is EntityLabel.MONEY and all(
            found.start <= names[at].span.start and names[at].span.end <= found.end
            for at in touched
        ):
            inside.update(touched)
        elif touched:
            continue
        values.append(_entity(full, found))
    if not values:
        return tuple(names)
    kept = [name for at, name in enumerate(names) if at not in inside]
    return tuple(sorted((*kept, *values), key=lambda entity: entity.span))


def _entity(full: str, found: FoundValue) -> Entity:
    words = " ".join(full[found.start : found.end].split())
    return Entity(
        span=Span(found.start, found.end),
        label=found.label,
        canonical=found.text or words,
        value=found.value,
    )


def _find_values(
    text: str, dateline: Dateline | None, published: datetime.date | None
) -> Iterator[FoundValue]:
    """Yield the values of a text, in text order, none of which overlaps another."""
    full = text.replace("\u00a0", " ").replace("\u202f", " ")
    reader = _Reader(full, _reference(dateline, published), _country(dateline))
    end = 0
    for match in _BEGINNING.finditer(full):
        if match.start() >= end and (found := reader.read(match)):
            if found.start >= end:
                yield found
            end = found.end


def _reference(dateline: Dateline | None, published: datetime.date | None) -> datetime.date | None:
    """Return the day from which dates are told, None if it is unknown or leaves no room."""
    day = (dateline.date if dateline else None) or published
    return day if day and 1 < day.year < 9990 else None


def _country(dateline: Dateline | None) -> str | None:
    return dateline.places[0].iso if dateline and dateline.places else None


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
