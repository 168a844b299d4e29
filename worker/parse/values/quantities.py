"""Quantities in figures and in words, and their ranges: `1.2 billion`, `half a million`, `2-3`."""

import re
from decimal import Context, Decimal
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["QUANTITIES", "Quantities", "read_quantities", "say_number", "words_before"]

_NUMBERS = MappingProxyType(
    {
        word: number
        for number, word in enumerate(
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
            " fifteen sixteen seventeen eighteen nineteen".split(),
            start=1,
        )
    }
    | {
        word: 10 * tens
        for tens, word in enumerate(
            "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
        )
    }
)
_SCALES = MappingProxyType(
    {"hundred": 10**2, "lakh": 10**5, "crore": 10**7, "lakh crore": 10**12}
    | dict.fromkeys(("thousand", "k"), 10**3)
    | dict.fromkeys(("million", "mln", "mn", "mio", "m"), 10**6)
    | dict.fromkeys(("billion", "bln", "bn", "b"), 10**9)
    | dict.fromkeys(("trillion", "trln", "trn", "tn"), 10**12)
)
"""Source of lakh and crore: the Indian numbering system."""

_FRACTIONS = MappingProxyType(
    {"half": Decimal("0.5"), "quarter": Decimal("0.25"), "third": Decimal(1) / 3}
)
_LARGEST_SCALE = 10**15
_WIDE = Context(prec=60)
"""Room for 15 digits of the largest scale, and four behind the point."""

_VAGUE = "several|few|couple|dozens?|tens|hundreds|thousands|millions|billions|trillions|many"
"""Words of a quantity that nobody can know."""

_SCALE_WORDS = "hundred|thousand|million|billion|trillion"
_AFTER_A = f"half|third|quarter|few|couple|dozen|{_SCALE_WORDS}"
_FIRST_WORD = "|".join((*_NUMBERS, _VAGUE, "half", f"an?(?=[ -](?:{_AFTER_A}))"))
_NEXT_WORD = "|".join(
    ("hundred[ ]and", _SCALE_WORDS, "thirds?|quarters?|of|and[ ]a[ ]half|an?", _VAGUE, *_NUMBERS)
)

# "1,200.50", "3 bln", "20m", "300-million", "twenty-five million", "a third of a"
_QUANTITY = rf"""
    (?: (?P<NAME_figure> \d{{1,3}} (?: ,\d{{3}} ){{1,5}} (?: \.\d{{1,9}} )?
                       | \d{{1,15}} (?: \.\d{{1,9}} )? )
        (?: [ \u00a0\u202f-]? (?P<NAME_scale>
                lakh[ ]crore
              | (?: thousand | million | billion | trillion | hundred | lakh | crore )s?
              | mln | bln | trln | mn | mio | bn | tn | trn ) \b
          | (?P<NAME_letter> [kKmMbB] ) \b )?
      | (?P<NAME_words> (?i: {_FIRST_WORD} ) \b (?: [ -] (?: {_NEXT_WORD} ) \b ){{0,8}} )
    )
"""
QUANTITIES = rf"""
    {_QUANTITY.replace("NAME", "low")}
    (?: (?P<low_unit> [ ]?% | [ ](?: percent | per[ ]cent | pct )\b )?
        (?P<joint> [ ]?[-–—][ ]? | [ ](?: to | and | or )[ ] ) (?P<sign> [A-Z]{{0,2}} [$€£¥₹] )?
        {_QUANTITY.replace("NAME", "high")} )?
"""
"""A verbose pattern of one quantity, or of two that may be the ends of a range."""

_NUMBER_WORDS = frozenset(
    "a an of and to or half third thirds quarter quarters hundred thousand million billion trillion"
    " several few couple dozen dozens tens hundreds thousands millions billions trillions many"
    "".split()
) | frozenset(_NUMBERS)
_FIRST_WORDS = re.compile(rf"(?:{_FIRST_WORD}|an?\Z)\b", re.IGNORECASE)
_LONGEST_WORD = 10
_LONGEST_WORDS = 56
"""Code points of a number in words: `between twenty-five and thirty-five million dollars`."""

_FRACTION = re.compile(
    r"(?:(?P<count>an?|one|two|three)[ -])?(?P<part>half|third|quarter)(?:s|ves)?\b"
    r"(?:[ -]of\b)?(?:[ -](?:an?|one)\b)?[ -]?"
)
_AND_A_HALF = " and a half"


class Quantities(NamedTuple):
    """The ends of a range, which are equal if the text has one number."""

    low: Decimal
    high: Decimal
    has_scale: bool


def words_before(full: str, at: int) -> int:
    """Return where the number in words that ends before `at` begins; `at` if there is none."""
    begin = end = at - 1
    while end > 0 and at - end < _LONGEST_WORDS:
        low = max(0, end - _LONGEST_WORD)
        start = max(full.rfind(" ", low, end), full.rfind("-", low, end)) + 1
        is_cut = not start and end > _LONGEST_WORD
        if is_cut or full[start:end].lower() not in _NUMBER_WORDS:
            break
        begin, end = start, start - 1
    first = _FIRST_WORDS.search(full, begin, at - 1)
    return first.start() if first else at


def read_quantities(match: re.Match[str]) -> Quantities | None:
    """Return the numbers of a match of `QUANTITIES`, None if their words tell no number.

    An end without a scale has that of the other end: `2-3 million`.
    """
    low, low_scale = _read(match, "low")
    high, high_scale = _read(match, "high")
    if low is None:
        return None
    if high is None:
        return Quantities(low * low_scale, low * low_scale, low_scale > 1)
    if low_scale == 1 and low * high_scale <= high * high_scale:
        low_scale = high_scale
    return Quantities(low * low_scale, high * high_scale, max(low_scale, high_scale) > 1)


def _read(match: re.Match[str], name: str) -> tuple[Decimal | None, int]:
    """Return number and scale of one end."""
    if figure := match[f"{name}_figure"]:
        scale = match[f"{name}_scale"] or match[f"{name}_letter"] or ""
        folded = scale.lower()
        factor = _SCALES.get(folded) or _SCALES.get(folded.removesuffix("s"), 1)
        return Decimal(figure.replace(",", "")), factor
    words = match[f"{name}_words"]
    return _read_words(words.lower().rstrip(" -")) if words else (None, 1)


def _read_words(words: str) -> tuple[Decimal | None, int]:
    """Return the number and the scale that words tell.

    >>> _read_words("one and a half billion"), _read_words("a third of a"), _read_words("a few")
    ((Decimal('1.5'), 1000000000), (Decimal('0.3333333333333333333333333333'), 1), (None, 1))
    """
    # `two thirds of a million`: a fraction of the number behind it
    factor, rest = Decimal(1), words
    if fraction := _FRACTION.match(words):
        factor = _FRACTIONS[fraction["part"]] * _NUMBERS.get(fraction["count"] or "", 1)
        rest = words[fraction.end() :]
        if not rest:
            return factor, 1
    # `two and a half million`: the half belongs to the figure, not to the scale
    has_half = _AND_A_HALF in rest
    number, scale, counted = Decimal(0), 1, rest.replace(_AND_A_HALF, "")
    for word in re.split("[ -]", counted):
        if word in _NUMBERS:
            number += _NUMBERS[word]
        elif word == "hundred":
            number = (number or Decimal(1)) * 100
        elif word in _SCALES:
            scale *= _SCALES[word]
        elif word in {"a", "an"}:
            number += 1
        elif word != "and":  # `several`, `a few`: no figure
            return None, 1
    if scale > _LARGEST_SCALE:
        return None, 1
    number = (number or Decimal(1)) + (_FRACTIONS["half"] if has_half else 0)
    return factor * number, scale


def say_number(number: Decimal) -> str:
    """Return a number in figures without an exponent and without zeros at its end."""
    return f"{number.quantize(Decimal('0.0001'), context=_WIDE).normalize(_WIDE):f}"
