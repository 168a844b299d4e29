"""Units of percentages behind a number: `%`, `процента`, `5-процентный`, `процентных пунктов`.

In the examples: `пунктов` of points, `базисных` basis, `двадцатипроцентный` of twenty per cent,
`полпроцента` half a per cent.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from worker.parse.languages.russian.values.numerals import cardinal_of
from worker.parse.languages.russian.values.tokens import (
    ValueToken,
    is_dash,
    is_glued,
    skip_full_stop,
    word_at,
)

__all__ = ["PercentUnit", "compound_percentage", "read_percent_unit"]

_NOUNS = frozenset(
    "процент процента проценту процентом проценте проценты процентов процентам процентами процентах"
    " проц".split()
)
_STEM = "процентн"
_LONGEST_PREFIX = 40
_TAILS = frozenset(
    "й го му м я ю е х ми ный ная ное ные ного ной ную ному ным ном ных ными".split()
)
_POINT = "пункт"
_HALVES = frozenset({"полпроцента", "полупроцента"})


class PercentUnit(NamedTuple):
    """The unit, "%" or "pp", the number of the token behind it, and what a number counts in it."""

    unit: str
    end: int
    factor: Decimal = Decimal(1)


def read_percent_unit(tokens: Sequence[ValueToken], at: int) -> PercentUnit | None:
    """Return the unit of a percentage that begins with a token, None if none does.

    >>> from worker.parse.languages.russian.values.tokens import find_value_tokens
    >>> read_percent_unit(find_value_tokens("процентного пункта"), 0)
    PercentUnit(unit='pp', end=2, factor=Decimal('1'))
    >>> read_percent_unit(find_value_tokens("процентная ставка"), 0)
    """
    token = word_at(tokens, at)
    if token.word == "%":
        return PercentUnit("%", _skip_adjective_ending(tokens, at + 1))
    if token.word in _NOUNS:
        return PercentUnit("%", skip_full_stop(tokens, at + 1) if token.word == "проц" else at + 1)
    if word_at(tokens, at + 1).word.startswith(_POINT):
        if token.word.startswith(_STEM):
            return PercentUnit("pp", at + 2)
        if token.word.startswith("базисн"):
            return PercentUnit("pp", at + 2, Decimal("0.01"))
    if is_dash(token) and is_glued(tokens, at) and is_glued(tokens, at + 1):
        word = word_at(tokens, at + 1).word
        return PercentUnit("%", at + 2) if word.startswith(_STEM) else None
    return _read_short_points(tokens, at)


def _skip_adjective_ending(tokens: Sequence[ValueToken], at: int) -> int:
    """`5%-ный`."""
    is_ending = (
        is_dash(word_at(tokens, at))
        and is_glued(tokens, at)
        and is_glued(tokens, at + 1)
        and word_at(tokens, at + 1).word in _TAILS
    )
    return at + 2 if is_ending else at


def _read_short_points(tokens: Sequence[ValueToken], at: int) -> PercentUnit | None:
    """`п.п.`, `п. п.`, `пп`, and `б.п.` of basis points."""
    first = word_at(tokens, at).word
    if first == "пп":
        return PercentUnit("pp", at + 1)
    is_short = first in {"п", "б"} and [word_at(tokens, at + n).word for n in (1, 2)] == [".", "п"]
    if not is_short:
        return None
    factor = Decimal(1) if first == "п" else Decimal("0.01")
    return PercentUnit("pp", skip_full_stop(tokens, at + 3), factor)


@lru_cache(maxsize=1024)
def compound_percentage(word: str) -> Decimal | None:
    """Return the number in a folded word: `двадцатипроцентный`, `полпроцента`; None for others."""
    if word in _HALVES:
        return Decimal("0.5")
    head, stem, _ = word.partition(_STEM)
    if not stem or not 0 < len(head) < _LONGEST_PREFIX:
        return None
    if head == "полутора":
        return Decimal("1.5")
    total = 0
    while head:
        # `двадцатипяти`: the longest numeral first
        cut = next((n for n in range(len(head), 1, -1) if cardinal_of(head[:n])), 0)
        if not cut:
            return None
        total += cardinal_of(head[:cut]) or 0
        head = head[cut:]
    return Decimal(total)
