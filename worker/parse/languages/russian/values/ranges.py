"""Two numbers that may be the ends of a range: `от 3 до 5`, `10-15`, `два-три`, `2 или 3`.

In the examples: `от 3 до 5` from 3 to 5 (a range), `с 3 до 5` from 3 to 5 (a change),
`между 2 и 3` between 2 and 3, `или` or.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from worker.parse.languages.russian.values.numerals import Numeral
from worker.parse.languages.russian.values.tokens import ValueToken, is_dash, word_at

__all__ = ["NumberRange", "join_end", "joined_numbers"]

_OR = frozenset({"или", "либо"})


class NumberRange(NamedTuple):
    """The ends of a range, None if the words tell no number."""

    low: Decimal | None
    high: Decimal | None
    has_scale: bool


def join_end(tokens: Sequence[ValueToken], start: int, at: int) -> int | None:
    """Return the number behind the word that joins two numbers, None if none joins them.

    `start` is the number of the first one's first token. `с 3 до 5` and `3 и 5` are two numbers.
    """
    word = word_at(tokens, at).word
    before = word_at(tokens, start - 1).word
    is_joined = (
        is_dash(word_at(tokens, at))
        or word in _OR
        or (word == "до" and before == "от")
        or (word == "и" and before == "между")
    )
    return at + 1 if is_joined else None


def joined_numbers(low: Numeral, high: Numeral, *, is_scale_shared: bool) -> NumberRange | None:
    """Return the range of two numbers, None if the second is not the greater.

    The first has the scale of the second unless it has its own unit: `2-3 млн`.
    """
    if low.value is None or high.value is None:
        return None
    first = low.value
    if is_scale_shared and low.scale == 1 and first * high.scale < high.value:
        first *= high.scale
    if first >= high.value:
        return None
    return NumberRange(first, high.value, max(low.scale, high.scale) > 1)
