"""Numbers in figures and in words, in every case: `5,3 млрд`, `двумя миллионами`, `полтора`.

In the examples: `полтора` one and a half, `с половиной` and a half, `две десятых` two tenths,
`ноль целых пять десятых` nought point five, `треть` a third, `десятки` tens, `около` about,
`с лишним` and more, `двадцать пять` twenty-five, `сто` a hundred, `пятью` with five.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from worker.parse.languages.russian.values.tokens import (
    ValueToken,
    is_dash,
    is_glued,
    skip_full_stop,
    word_at,
)

__all__ = ["Numeral", "cardinal_of", "is_numeral_word", "read_numeral"]

_CARDINALS = """
0 ноль ноля нулю нулем ноле нуль нуля
1 один одного одному одним одном одна одной одну одно
2 два две двух двум двумя
3 три трех трем тремя
4 четыре четырех четырем четырьмя
5 пять пяти пятью
6 шесть шести шестью
7 семь семи семью
8 восемь восьми восемью восьмью
9 девять девяти девятью
10 десять десяти десятью
11 одиннадцать одиннадцати одиннадцатью
12 двенадцать двенадцати двенадцатью
13 тринадцать тринадцати тринадцатью
14 четырнадцать четырнадцати четырнадцатью
15 пятнадцать пятнадцати пятнадцатью
16 шестнадцать шестнадцати шестнадцатью
17 семнадцать семнадцати семнадцатью
18 восемнадцать восемнадцати восемнадцатью
19 девятнадцать девятнадцати девятнадцатью
20 двадцать двадцати двадцатью
30 тридцать тридцати тридцатью
40 сорок сорока
50 пятьдесят пятидесяти пятьюдесятью
60 шестьдесят шестидесяти шестьюдесятью
70 семьдесят семидесяти семьюдесятью
80 восемьдесят восьмидесяти восемьюдесятью восьмьюдесятью
90 девяносто девяноста
100 сто ста
200 двести двухсот двумстам двумястами двухстах
300 триста трехсот тремстам тремястами трехстах
400 четыреста четырехсот четыремстам четырьмястами четырехстах
500 пятьсот пятисот пятистам пятьюстами пятистах
600 шестьсот шестисот шестистам шестьюстами шестистах
700 семьсот семисот семистам семьюстами семистах
800 восемьсот восьмисот восьмистам восемьюстами восьмистах
900 девятьсот девятисот девятистам девятьюстами девятистах
"""
_SINGULAR = {
    10**3: "тысяча тысяче тысячу тысячей тысячью",
    10**6: "миллион миллиона миллиону миллионом миллионе",
    10**9: "миллиард миллиарда миллиарду миллиардом миллиарде",
    10**12: "триллион триллиона триллиону триллионом триллионе",
}
_PLURAL = {
    10**3: "тысячи тысяч тысячам тысячами тысячах тыс",
    10**6: "миллионы миллионов миллионам миллионами миллионах млн",
    10**9: "миллиарды миллиардов миллиардам миллиардами миллиардах млрд",
    10**12: "триллионы триллионов триллионам триллионами триллионах трлн",
}
_ABBREVIATED = frozenset("тыс млн млрд трлн".split())
_SCALE_ADJECTIVES = {"тысячн": 10**3, "миллионн": 10**6, "миллиардн": 10**9, "триллионн": 10**12}
"""Stems of `5-миллиардный`."""

_HALVES = {
    "полтора": Decimal("1.5"),
    "полторы": Decimal("1.5"),
    "полутора": Decimal("1.5"),
    "полтораста": Decimal(150),
    "полутораста": Decimal(150),
}
_FRACTIONS = {
    Decimal("0.5"): "половина половины половине половину половиной",
    Decimal("0.25"): "четверть четверти четвертью",
    Decimal(1) / 3: "треть трети третью",
}
_HALF_OF_SCALE = {
    "полтысячи": 500,
    "полумиллиона": 500_000,
    "полмиллиона": 500_000,
    "полмиллиарда": 500_000_000,
    "полумиллиарда": 500_000_000,
    "полтриллиона": 500_000_000_000,
}
_PARTS = {
    10: "десятая десятой десятую десятых десятыми",
    100: "сотая сотой сотую сотых сотыми",
    1000: "тысячная тысячной тысячную тысячных",
}
_WHOLES = frozenset("целая целой целую целых целыми".split())
_VAGUE = frozenset(
    """несколько нескольких нескольким несколькими пара пару парой пары десяток десятка десятку
    десятком десятки десятков десяткам десятками десятках сотня сотню сотней сотни сотен сотням
    сотнями сотнях""".split()
)
"""Words of a number that nobody can know."""

_AROUND = frozenset("около более менее больше меньше свыше порядка до от с со почти".split())
"""Words that a genitive singular follows: `около тысячи`, not `тысячи рублей` (thousands)."""

_LONGEST_FIGURE = 21
_LONGEST_VAGUE = 3
_LARGEST_SCALE = 10**12


class Numeral(NamedTuple):
    """A number, None if the words tell none; its scale, and the number of the token behind it."""

    value: Decimal | None
    scale: int
    end: int


def _rows(table: Mapping[int, str]) -> dict[str, int]:
    return {form: number for number, forms in table.items() for form in forms.split()}


@cache
def _cardinals() -> Mapping[str, int]:
    rows = [line.split() for line in _CARDINALS.strip().splitlines()]
    return {form: int(number) for number, *forms in rows for form in forms}


@cache
def _scales() -> Mapping[str, int]:
    return _rows(_SINGULAR) | _rows(_PLURAL)


_SINGULAR_FORMS = frozenset(_rows(_SINGULAR))
_FRACTION_FORMS = {form: part for part, forms in _FRACTIONS.items() for form in forms.split()}
_PART_FORMS = _rows(_PARTS)


def is_numeral_word(word: str) -> bool:
    """Return True for a folded word that a number in words may begin with."""
    return (
        word in _cardinals()
        or word in _scales()
        or word in _HALVES
        or word in _HALF_OF_SCALE
        or word in _FRACTION_FORMS
        or word in _VAGUE
    )


def cardinal_of(word: str) -> int | None:
    """Return the number of a folded word in any case: `пятью`, `сорока`."""
    return _cardinals().get(word)


def read_numeral(tokens: Sequence[ValueToken], at: int) -> Numeral | None:
    """Return the number that begins with a token, None if none does.

    >>> from worker.parse.languages.russian.values.tokens import find_value_tokens
    >>> read_numeral(find_value_tokens("двадцатью пятью миллионами"), 0)
    Numeral(value=Decimal('25000000'), scale=1000000, end=3)
    >>> read_numeral(find_value_tokens("десятки тысяч"), 0)
    Numeral(value=None, scale=1000, end=2)
    """
    total, largest, room, end = Decimal(0), 1, 10 * _LARGEST_SCALE, at
    # `1 млрд 200 млн`, `пять тысяч триста`: each part is less than the scale before it.
    while room > 1 and (part := _read_part(tokens, end)):
        if part.value is None:
            return part if end == at else None
        if part.scale >= room or (end > at and part.value >= room):
            break
        total, end = total + part.value, part.end
        largest, room = max(largest, part.scale), part.scale
    return Numeral(total, largest, end) if end > at else None


def _read_part(tokens: Sequence[ValueToken], at: int) -> Numeral | None:
    """Return a number with at most one scale: `5,3 млрд`, `двести тысяч`, `полмиллиона`."""
    token = word_at(tokens, at)
    if token.word in _HALF_OF_SCALE:
        return Numeral(Decimal(_HALF_OF_SCALE[token.word]), 10**3, at + 1)
    if token.word in _VAGUE:
        return _read_vague(tokens, at)
    if token.word in _scales():
        return _read_bare_scale(tokens, at)
    count = _read_count(tokens, at)
    if count is None:
        return None
    number, end = count
    if word_at(tokens, end).word == "с":
        number, end = _read_more(tokens, number, end)
    word = word_at(tokens, end).word
    if word in _scales():
        scale = _scales()[word]
        return Numeral(number * scale, scale, _end_of_scale(tokens, end))
    # `5-миллиардный`
    if is_dash(word_at(tokens, end)) and is_glued(tokens, end) and is_glued(tokens, end + 1):
        adjective = word_at(tokens, end + 1).word
        for stem, scale in _SCALE_ADJECTIVES.items():
            if adjective.startswith(stem):
                return Numeral(number * scale, scale, end + 2)
    return Numeral(number, 1, end)


def _read_vague(tokens: Sequence[ValueToken], at: int) -> Numeral:
    """`десятки`, `несколько десятков тысяч`, `сотни миллионов`."""
    end, scale = at, 1
    while end - at < _LONGEST_VAGUE and word_at(tokens, end).word in _VAGUE:
        end += 1
    word = word_at(tokens, end).word
    if word in _scales():
        scale, end = _scales()[word], _end_of_scale(tokens, end)
    return Numeral(None, scale, end)


def _end_of_scale(tokens: Sequence[ValueToken], at: int) -> int:
    """Return the number behind a scale: the stop of `3 млн.` before a capital ends a sentence."""
    end = skip_full_stop(tokens, at + 1)
    is_counted = tokens[at].word == "тыс" or word_at(tokens, end).text[:1].islower()
    return end if is_counted else at + 1


def _read_bare_scale(tokens: Sequence[ValueToken], at: int) -> Numeral | None:
    """`миллион`, `около тысячи` are a number; `миллионы` are none."""
    word = tokens[at].word
    scale, end = _scales()[word], skip_full_stop(tokens, at + 1)
    if word in _ABBREVIATED:  # `млрд руб.` above the figures of a table
        return None
    is_one = word in _SINGULAR_FORMS
    is_one |= word == "тысячи" and word_at(tokens, at - 1).word in _AROUND
    return Numeral(Decimal(scale) if is_one else None, scale, end)


def _read_more(tokens: Sequence[ValueToken], number: Decimal, at: int) -> tuple[Decimal, int]:
    """`5 с половиной`; the words of `5 с лишним` tell no number."""
    word = word_at(tokens, at + 1).word
    if word == "половиной":
        return number + Decimal("0.5"), at + 2
    return (number, at + 2) if word in {"лишним", "небольшим"} else (number, at)


def _read_count(tokens: Sequence[ValueToken], at: int) -> tuple[Decimal, int] | None:
    """Return a number without its scale, and the number of the token behind it."""
    token = word_at(tokens, at)
    if token.kind == "figure":
        figure = _read_figure(token.text)
        return (figure, at + 1) if figure is not None else None
    for table in (_HALVES, _FRACTION_FORMS):
        if token.word in table:
            return table[token.word], at + 1
    words = _read_words(tokens, at)
    if words is None:
        return None
    return _read_decimals(tokens, *words)


def _read_figure(text: str) -> Decimal | None:
    """`1 250,5`, `2.5`, `1.250.000`; None for `12.01.2026` and `1,2,3`."""
    if len(text) > _LONGEST_FIGURE:
        return None
    digits = "".join(text.split())
    for mark in ".,":
        groups = digits.split(mark)
        are_thousands = all(len(group) == 3 for group in groups[1:]) and len(groups[0]) < 4
        if len(groups) > 2:
            return Decimal("".join(groups)) if are_thousands else None
        # `12.500 рублей`: a point before round hundreds parts thousands, another one decimals.
        is_round = groups[-1].endswith("00") and groups[0] != "0"
        if mark == "." and len(groups) == 2 and are_thousands and is_round:
            return Decimal("".join(groups))
    plain = digits.replace(",", ".")
    return Decimal(plain) if plain.count(".") < 2 else None


def _read_words(tokens: Sequence[ValueToken], at: int) -> tuple[Decimal, int] | None:
    """`сто двадцать пять`: hundreds, tens and units, each once."""
    number, room, end = 0, 1000, at
    for value in _values_from(tokens, at):
        if value >= room or (value == 0 and end > at):
            break
        number, end = number + value, end + 1
        room = 100 if value >= 100 else 10 if value >= 20 else 1
        if room == 1:
            break
    return (Decimal(number), end) if end > at else None


def _values_from(tokens: Sequence[ValueToken], at: int) -> Iterator[int]:
    while (value := _cardinals().get(word_at(tokens, at).word)) is not None:
        yield value
        at += 1


def _read_decimals(tokens: Sequence[ValueToken], number: Decimal, at: int) -> tuple[Decimal, int]:
    """`две десятых`, `ноль целых пять десятых`, `три целых и одна десятая`."""
    if part := _PART_FORMS.get(word_at(tokens, at).word):
        return number / part, at + 1
    if word_at(tokens, at).word not in _WHOLES:
        return number, at
    behind = at + 2 if word_at(tokens, at + 1).word == "и" else at + 1
    decimals = _read_words(tokens, behind)
    if decimals and (part := _PART_FORMS.get(word_at(tokens, decimals[1]).word)):
        return number + decimals[0] / part, decimals[1] + 1
    return number, at
