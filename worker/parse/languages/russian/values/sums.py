"""Sums of money and percentages: `5,3 млрд рублей`, `$2,5 млн`, `от 3 до 5%`, `полпроцента`.

In the examples: `рублей` of roubles, `тыс.` thousand, `минус` minus, `фунтов муки` pounds of flour,
`копеек` of kopecks.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from worker.model import EntityLabel, Value
from worker.parse.languages.russian.values.currency_words import (
    CurrencyMention,
    coin_of,
    is_coin_of,
    read_currency,
)
from worker.parse.languages.russian.values.numerals import Numeral, read_numeral
from worker.parse.languages.russian.values.percent_words import (
    PercentUnit,
    compound_percentage,
    read_percent_unit,
)
from worker.parse.languages.russian.values.ranges import NumberRange, join_end, joined_numbers
from worker.parse.languages.russian.values.tokens import ValueToken, is_dash, is_glued, word_at
from worker.parse.values.currencies import code_of_sign, is_hundredth
from worker.parse.values.found import FoundValue
from worker.parse.values.quantities import say_number

__all__ = ["read_compound", "read_signed_sum", "read_sum_or_percentage"]

_LONGEST_CODE = 3
_LOOK_BACK = 10
_SPENDING = re.compile(
    r"(?:о?штраф|стои[тл]|цен[аыеу]|ценой|плат[иы]|плач|оплач|долг|кредит|сумм|преми|приз|доход"
    r"|зарплат|потра[тч]|расход|прода[лнеж]|купил|зараб|взятк|залог|скидк|пожертв|выиг)"
)
"""Beginnings of words before a sum of a currency whose name is another word too."""


def read_compound(tokens: Sequence[ValueToken], at: int) -> FoundValue | None:
    """Return the percentage of a single word: `двадцатипроцентный`, `полпроцента`."""
    number = compound_percentage(tokens[at].word)
    if number is None:
        return None
    return _percentage(at, at + 1, NumberRange(number, number, has_scale=False), "%")


def read_signed_sum(tokens: Sequence[ValueToken], at: int) -> FoundValue | None:
    """Return the sum of money whose sign or code begins with a token: `$2-3 млн`, `USD 500 тыс.`"""
    sign = _sign_at(tokens, at)
    if sign is None or word_at(tokens, sign.end).kind != "figure":
        return None
    low = read_numeral(tokens, sign.end)
    if low is None or low.value is None:
        return None
    joint = join_end(tokens, at, low.end)
    if joint:
        second = _sign_at(tokens, joint)
        high = read_numeral(tokens, second.end if second else joint)
        # `от $2 до 3 рублей`, `$5 или 20 человек`: the second number is no such sum.
        is_same = second.code == sign.code if second else word_at(tokens, joint - 1).word != "или"
        ends = joined_numbers(low, high, is_scale_shared=True) if high and is_same else None
        if high and ends:
            return _money(at, high.end, ends, sign.code)
    return _money(at, low.end, NumberRange(low.value, low.value, low.scale > 1), sign.code)


def _sign_at(tokens: Sequence[ValueToken], at: int) -> CurrencyMention | None:
    """Return a sign, letters and a sign, or a code: `$`, `US$`, `KZT`."""
    token = word_at(tokens, at)
    if not token.text.isascii() and token.kind == "word":
        return None
    end = at + 1
    text = token.text
    if token.kind == "word" and is_glued(tokens, at + 1) and word_at(tokens, at + 1).word == "$":
        text, end = text + "$", at + 2
    elif token.kind == "word" and len(text) != _LONGEST_CODE:
        return None
    code = code_of_sign(text)
    return CurrencyMention("", code, end, is_common=False) if code else None


def read_sum_or_percentage(
    tokens: Sequence[ValueToken], at: int, filed_in: str | None
) -> FoundValue | None:
    """Return the sum of money or the percentage whose number begins with a token.

    `filed_in` is the country of the dateline.
    """
    low = read_numeral(tokens, at)
    if low is None:
        return None
    unit = _unit_at(tokens, low.end, filed_in)
    joint = join_end(tokens, at, unit.end if unit else low.end)
    high = read_numeral(tokens, joint) if joint else None
    if high:
        shared = _unit_at(tokens, high.end, filed_in)
        ends = joined_numbers(low, high, is_scale_shared=unit is None)
        if ends and shared and (unit is None or _is_same_unit(unit, shared)):
            return _found(tokens, at, ends, shared)
    if unit is None:
        return None
    return _found(tokens, at, NumberRange(low.value, low.value, low.scale > 1), unit)


def _unit_at(
    tokens: Sequence[ValueToken], at: int, filed_in: str | None
) -> PercentUnit | CurrencyMention | None:
    if percent := read_percent_unit(tokens, at):
        return percent
    currency = read_currency(tokens, at, filed_in) or coin_of(tokens, at)
    # `100 р.` and `100р` are roubles, `5 р` may be anything.
    if currency and word_at(tokens, at).word == "р":
        is_short = is_glued(tokens, at) or currency.end > at + 1
        return currency if is_short and word_at(tokens, at - 1).kind == "figure" else None
    return currency


def _is_same_unit(
    first: PercentUnit | CurrencyMention, second: PercentUnit | CurrencyMention
) -> bool:
    if isinstance(first, PercentUnit):
        return isinstance(second, PercentUnit) and first.unit == second.unit
    return isinstance(second, CurrencyMention) and first.code == second.code


def _found(
    tokens: Sequence[ValueToken],
    at: int,
    ends: NumberRange,
    unit: PercentUnit | CurrencyMention,
) -> FoundValue | None:
    if isinstance(unit, PercentUnit):
        return _signed_percentage(tokens, at, ends, unit)
    if unit.is_common and not _is_money(tokens, at, ends):
        return None
    low, high = ends.low, ends.high
    if low is None or high is None:
        return FoundValue(at, unit.end, EntityLabel.MONEY)
    end = unit.end
    if unit.noun and is_hundredth(unit.noun):
        low, high = low / 100, high / 100
    elif low == high and (coins := _coins(tokens, unit)):
        low = high = low + coins[0]
        end = coins[1]
    return _money(at, end, NumberRange(low, high, ends.has_scale), unit.code)


def _coins(tokens: Sequence[ValueToken], unit: CurrencyMention) -> tuple[Decimal, int] | None:
    """`5 рублей 30 копеек`: the second number is that of the coins."""
    number: Numeral | None = read_numeral(tokens, unit.end)
    coin = read_currency(tokens, number.end, None) if number else None
    if number and coin and number.value is not None and is_coin_of(unit.noun, coin.noun):
        return number.value / 100, coin.end
    return None


def _is_money(tokens: Sequence[ValueToken], at: int, ends: NumberRange) -> bool:
    """Return True for `3 млн фунтов` and `штраф в 500 фунтов`, not for `200 фунтов муки`."""
    if ends.low is None or ends.has_scale:
        return ends.low is not None
    for token in reversed(tokens[max(0, at - _LOOK_BACK) : at]):
        if token.kind == "line" or token.word in {".", "!", "?"}:
            return False
        if _SPENDING.match(token.word):
            return True
    return False


def _signed_percentage(
    tokens: Sequence[ValueToken], at: int, ends: NumberRange, unit: PercentUnit
) -> FoundValue:
    start = _minus_before(tokens, at)
    if ends.low is None or ends.high is None:
        return FoundValue(start, unit.end, EntityLabel.PERCENT)
    low, high = ends.low * unit.factor, ends.high * unit.factor
    if start < at:  # of a range the bounds change places
        low, high = -high, -low
    return _percentage(start, unit.end, NumberRange(low, high, ends.has_scale), unit.unit)


def _minus_before(tokens: Sequence[ValueToken], at: int) -> int:
    """Return the number of the minus before a number, or `at`: `-0,3%`, `минус 2%`."""
    before = word_at(tokens, at - 1)
    if is_dash(before):
        is_minus = is_glued(tokens, at) and (
            not is_glued(tokens, at - 1) or word_at(tokens, at - 2).word in {"(", "\n"}
        )
        return at - 1 if is_minus else at
    is_minus = before.word == "минус" and word_at(tokens, at - 2).word not in {"или", "-"}
    return at - 1 if is_minus else at


def _percentage(start: int, end: int, ends: NumberRange, unit: str) -> FoundValue:
    text = _say_ends(ends) + ("%" if unit == "%" else " pp")
    return FoundValue(start, end, EntityLabel.PERCENT, text, _value(ends, unit))


def _money(start: int, end: int, ends: NumberRange, code: str | None) -> FoundValue:
    if code is None:  # `30 млн крон` of an unknown country
        return FoundValue(start, end, EntityLabel.MONEY)
    text = f"{code} {_say_ends(ends)}"
    return FoundValue(start, end, EntityLabel.MONEY, text, _value(ends, code))


def _value(ends: NumberRange, unit: str) -> Value:
    low, high = [float(say_number(number or Decimal(0))) for number in (ends.low, ends.high)]
    return Value(low=low, high=high, unit=unit)


def _say_ends(ends: NumberRange) -> str:
    low, high = [say_number(number or Decimal(0)) for number in (ends.low, ends.high)]
    return low if low == high else f"{low}/{high}"
