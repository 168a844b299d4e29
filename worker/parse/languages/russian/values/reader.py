"""The values of a Russian text, each read by the kind of its first token."""

import datetime
from collections.abc import Iterator, Sequence
from functools import lru_cache

from worker.model import Dateline, Entity
from worker.parse.languages.russian.values.calendar_days import (
    read_days,
    read_months,
    read_numeric_day,
)
from worker.parse.languages.russian.values.date_words import (
    month_of_form,
    ordinal_of,
    turn_of,
    weekday_of,
)
from worker.parse.languages.russian.values.numerals import is_numeral_word
from worker.parse.languages.russian.values.parts_of_year import (
    ROMAN_NUMBERS,
    read_months_of_year,
    read_part_of_year,
)
from worker.parse.languages.russian.values.percent_words import compound_percentage
from worker.parse.languages.russian.values.relative_days import (
    NAMED_DAYS,
    read_ago,
    read_named_day,
    read_turn,
    read_weekday,
)
from worker.parse.languages.russian.values.sums import (
    read_compound,
    read_signed_sum,
    read_sum_or_percentage,
)
from worker.parse.languages.russian.values.tokens import (
    ValueToken,
    find_value_tokens,
    is_dash,
    is_glued,
    word_at,
)
from worker.parse.languages.russian.values.year_words import read_years
from worker.parse.values.found import FoundValue
from worker.parse.values.merging import filing_country, merge_values, reference_day

__all__ = ["with_russian_values"]

_SIGNS = frozenset("$€£¥₹₽₩₴₦₺₪₸")
_BARE_AGO = frozenset("день неделю месяц год сутки".split())


def with_russian_values(
    full: str,
    names: Sequence[Entity],
    dateline: Dateline | None,
    published: datetime.date | None,
) -> tuple[Entity, ...]:
    """Return the named entities and the values of a Russian text, in text order."""
    tokens = find_value_tokens(full)
    reader = _Reader(tokens, reference_day(dateline, published), filing_country(dateline))
    return merge_values(full, names, reader.read_all())


@lru_cache(maxsize=8192)
def _kind_of_word(word: str) -> str:
    """Return what a value may be that begins with a folded word, "" for none."""
    kinds = (
        ("month", month_of_form(word)),
        ("weekday", weekday_of(word) is not None),
        ("named", word in NAMED_DAYS),
        ("turn", turn_of(word) is not None),
        ("numeral", is_numeral_word(word)),
        ("ordinal", ordinal_of(word)),
        ("ago", word in _BARE_AGO),
        ("compound", "процент" in word and compound_percentage(word)),
    )
    return next((kind for kind, is_kind in kinds if is_kind), "")


class _Reader:
    """Reads the values of one text."""

    __slots__ = ("_before", "_country", "_reference", "_tokens")

    def __init__(
        self, tokens: Sequence[ValueToken], reference: datetime.date | None, country: str | None
    ) -> None:
        self._tokens = tokens
        self._reference = reference
        self._country = country
        self._before: FoundValue | None = None

    def read_all(self) -> Iterator[FoundValue]:
        """Yield the values in text order, none of which overlaps another."""
        tokens, at = self._tokens, 0
        while at < len(tokens):
            found = self._read(at)
            if found is None:
                at += 1
                continue
            at, self._before = found.end, found
            yield found._replace(start=tokens[found.start].start, end=tokens[found.end - 1].end)

    def _read(self, at: int) -> FoundValue | None:
        token = self._tokens[at]
        if token.kind == "figure":
            return self._read_figure(at) if self._is_free(at) else None
        if token.kind == "sign":
            return read_signed_sum(self._tokens, at) if token.text in _SIGNS else None
        if token.kind != "word":
            return None
        kind = _kind_of_word(token.word)
        if kind:
            return self._read_word(at, kind)
        if token.text.isascii() and token.text.isupper():
            return self._read_capitals(at)
        return None

    def _is_free(self, at: int) -> bool:
        """Return False for a number inside something else: `Су-57`, `10:30`, `А320`, `№5`."""
        tokens, before = self._tokens, word_at(self._tokens, at - 1)
        if not is_glued(tokens, at):
            return True
        if is_dash(before):
            return not is_glued(tokens, at - 1) or word_at(tokens, at - 2).kind == "sign"
        return before.kind == "line" or before.text in '(«"“„[+~≈'

    def _read_figure(self, at: int) -> FoundValue | None:
        tokens, reference = self._tokens, self._reference
        return (
            read_sum_or_percentage(tokens, at, self._country)
            or read_days(tokens, at, reference)
            or read_numeric_day(tokens, at)
            or read_years(tokens, at)
            or read_part_of_year(tokens, at, reference)
            or read_months_of_year(tokens, at, reference)
            or read_ago(tokens, at, reference)
        )

    def _read_word(self, at: int, kind: str) -> FoundValue | None:
        tokens, reference = self._tokens, self._reference
        match kind:
            case "month":
                return read_months(tokens, at, reference)
            case "weekday":
                return read_weekday(tokens, at, reference, self._before)
            case "named":
                return read_named_day(tokens, at, reference)
            case "turn":
                return read_turn(tokens, at, reference)
            case "ago":
                return read_ago(tokens, at, reference)
            case "compound":
                return read_compound(tokens, at)
            case "ordinal":
                return read_days(tokens, at, reference) or read_part_of_year(tokens, at, reference)
        return self._read_numeral(at)

    def _read_numeral(self, at: int) -> FoundValue | None:
        tokens, reference = self._tokens, self._reference
        is_inside = is_glued(tokens, at) and is_dash(word_at(tokens, at - 1))
        if is_inside and is_glued(tokens, at - 1):
            return None
        return (
            read_sum_or_percentage(tokens, at, self._country)
            or read_days(tokens, at, reference)
            or read_months_of_year(tokens, at, reference)
            or read_ago(tokens, at, reference)
        )

    def _read_capitals(self, at: int) -> FoundValue | None:
        """Return the value that begins with Latin capitals: `US$5 млн`, `EUR 20`, `II квартале`."""
        if self._tokens[at].text in ROMAN_NUMBERS:
            return read_part_of_year(self._tokens, at, self._reference)
        return read_signed_sum(self._tokens, at)
