"""Sums of money and percentages: `$1.2 billion`, `41 million euros`, `20-25 %`."""

import re
from decimal import Decimal

from worker.model import EntityLabel, Value
from worker.parse.entities.lexicon import load_lexicon
from worker.parse.values.currencies import (
    NOUNS,
    SIGNS,
    code_of_noun,
    code_of_sign,
    is_common_word,
    is_hundredth,
)
from worker.parse.values.found import FoundValue
from worker.parse.values.quantities import QUANTITIES, Quantities, read_quantities, say_number

__all__ = ["BEHIND_NUMBERS", "find_money_after_sign", "find_money_before_noun", "find_percentage"]

_SIGN = re.compile("|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True)))
_CODE = re.compile("[A-Z]{3}")
_LETTERS_BEFORE = re.compile(r"(?<![\w.])(?:U\.S\.|[A-Z]{1,3})\Z")
"""Letters before a dollar sign: `HK$3`."""

_NOUNS = "|".join(sorted(NOUNS, key=len, reverse=True)).replace(" ", "[ ]")
_AMOUNT = re.compile(rf"[ \u00a0]?{QUANTITIES}", re.VERBOSE)

# "41 million euros", "3 bln roubles", "500 million Swedish crowns", "5 million USD", "300-euro"
_BEFORE_NOUN = re.compile(
    rf"""{QUANTITIES} [ \u00a0-]?
    (?: (?: (?P<country> [A-Z][\w.]* (?: [ ][A-Z]\w+ )? ) [ ] )?
        (?P<noun> (?: {_NOUNS} )\b )
      | (?P<penny> p )\b
      | (?P<code> [A-Z]{{3}} )\b
      | (?P<sign_after> [€£₽₴₸] ) )
    """,
    re.VERBOSE,
)

# Percentages: "26%", "4.5 percent", "0.3 percentage points", "25 basis points"
_PERCENTAGE = re.compile(
    rf"""{QUANTITIES} [ \u00a0\u202f-]?
    (?: (?P<points> (?: percentage | percent | per[ ]cent | pct | % )[ -]points? | pp )\b
      | (?P<basis> basis[ -]points? | bps )\b
      | (?P<percent> % | (?: percent | per[ -]cent | pct )\b ) )
    """,
    re.VERBOSE,
)
BEHIND_NUMBERS = frozenset(NOUNS) | frozenset(
    "% percent per percentage pct pp basis bps p k m b to and or - – — € £ ₽ ₴ ₸ thousand thousands"
    " million millions billion billions trillion trillions hundred lakh lakhs crore crores mln bln"
    " trln mn mio bn tn trn".split()
)
"""The words and marks behind a number that may be one of money or per cents."""

_MINUS = re.compile(r"(?:(?<![^\s(])[-–−]|(?<!or )\b[Mm]inus )\Z")

_BETWEEN = re.compile(r"\b[Bb]etween [^\w\s]?\Z")
_CHANGE = re.compile(
    r"\b(?:from|rose|rise|fell|fall|up|down|gained|lost|jumped|climbed|dropped|slipped|surged"
    r"|increased?|decreased?|cut|raised?|grew|shrank|widened|narrowed)(?: \w+){0,2} ?\Z"
)
"""Words before two numbers that are no range: `rose $2 million to $3 million`."""

_SPENDING = re.compile(
    r"\b(?:fin(?:ed?|es)|pa(?:y|ys|id|ying)|costs?|costing|worth|priced?|prices?|earn\w*|sold|sells?"
    r"|charg\w+|spen[dt]\w*|donat\w+|ow(?:es?|ed|ing)|bills?|prizes?|bail|debts?|loans?|wages?|sum)"
    r"\b[^.\n]{0,25}\Z"
)
_LOOK_BACK = 48

_VIDEO_LINES = frozenset({480, 720, 1080, 1440, 2160})
"""Numbers before a `p` that is no penny."""


def find_money_after_sign(full: str, at: int) -> FoundValue | None:
    """Return the sum of money whose sign or code begins at `at`: `$5`, `KZT 7.2 billion`."""
    mark = _SIGN.match(full, at) or _CODE.match(full, at)
    match = _AMOUNT.match(full, mark.end()) if mark else None
    if not (mark and match and match["low_figure"]):
        return None
    # Letters before the sign belong to it: `US$5`, `Rs. 5`.
    start = at
    if full[at - 1 : at].isalpha() or full[at - 1 : at] == ".":
        letters = _LETTERS_BEFORE.search(full, max(0, at - 6), at)
        start = letters.start() if letters else at
    code = code_of_sign(full[start : mark.end()])
    amounts = read_quantities(match)
    if code is None or amounts is None:
        return None
    # `$5 and 20 people`: the second number is not money.
    end = match.end()
    if match["joint"] and not _is_range_of_sums(full, start, match, amounts):
        amounts, end = _first_of(match)
    return _money(start, end, amounts, code)


def _is_range_of_sums(full: str, start: int, match: re.Match[str], amounts: Quantities) -> bool:
    """Return True for `$2-3 million` and `between $2 and $3 million`, not for `$2 to 3 people`."""
    joint = match["joint"].strip()
    if amounts.high <= amounts.low:
        return False
    if joint == "and":
        return bool(_BETWEEN.search(full, max(0, start - _LOOK_BACK), start))
    if joint in {"to", "or"}:
        is_whole = match["sign"] or match["high_scale"] or match["high_letter"]
        return bool(is_whole) and not _is_change(full, start)
    return True


def _is_change(full: str, start: int) -> bool:
    return bool(_CHANGE.search(full, max(0, start - _LOOK_BACK), start))


def _first_of(match: re.Match[str]) -> tuple[Quantities, int]:
    """Return the first of two numbers that are no range, and its end."""
    end = max(match.end(f"low_{part}") for part in ("figure", "scale", "letter"))
    first = _AMOUNT.fullmatch(match.string, match.start("low_figure"), end)
    amounts = read_quantities(first) if first else None
    return amounts or Quantities(Decimal(0), Decimal(0), has_scale=False), end


def find_money_before_noun(full: str, at: int, filed_in: str | None) -> FoundValue | None:
    """Return the sum of money whose number begins at `at` and is followed by its currency.

    `filed_in` is the country of the dateline.
    """
    match = _BEFORE_NOUN.match(full, at)
    if not match or (match["joint"] and not _is_shared(full, at, match)):
        return None
    amounts = read_quantities(match)
    noun = match["noun"]
    if noun:
        # `ten pounds heavier`, `a crown of thorns`
        if not _is_currency(full, match, amounts):
            return None
        code = _code_of_noun(match, filed_in)
    elif match["penny"]:
        noun, code = "pence", "GBP" if _is_penny(match) else None
    else:
        code = code_of_sign(match["code"] or match["sign_after"])
    if code and amounts:
        # `50 cents` is half of the currency's unit.
        if noun and is_hundredth(noun):
            amounts = Quantities(amounts.low / 100, amounts.high / 100, amounts.has_scale)
        return _money(at, match.end(), amounts, code)
    # `five crowns` of an unknown country is money without a value.
    return FoundValue(at, match.end(), EntityLabel.MONEY) if match["noun"] else None


def _is_shared(full: str, at: int, match: re.Match[str]) -> bool:
    """Return True for two numbers that share the unit behind the second: `2 to 3 million euros`."""
    amounts = read_quantities(match)
    if amounts and amounts.high <= amounts.low:
        return False
    is_pair = match["joint"].strip() == "and"
    return not is_pair or bool(_BETWEEN.search(full, max(0, at - _LOOK_BACK), at))


def _is_currency(full: str, match: re.Match[str], amounts: Quantities | None) -> bool:
    """Return True if the noun of a match is money: not `200 pounds of flour`."""
    if match["country"]:
        return _country_of(match) is not None
    if not is_common_word(match["noun"]):
        return True
    if amounts is None or amounts.has_scale:
        return amounts is not None
    start = match.start()
    is_weight = full.startswith(" of", match.end()) or full[match.end("noun") - 1] != "s"
    return not is_weight and bool(_SPENDING.search(full, max(0, start - _LOOK_BACK), start))


def _country_of(match: re.Match[str]) -> str | None:
    entry = load_lexicon().entries.get(match["country"])
    return entry.iso if entry else None


def _code_of_noun(match: re.Match[str], filed_in: str | None) -> str | None:
    if match["country"]:
        return code_of_noun(match["noun"], _country_of(match), is_named=True)
    return code_of_noun(match["noun"], filed_in, is_named=False)


def _is_penny(match: re.Match[str]) -> bool:
    """Return True for `50p`, not for `50 p` and `1080p`."""
    is_joined = match.end("low_figure") == match.start("penny")
    return is_joined and Decimal(match["low_figure"].replace(",", "")) not in _VIDEO_LINES


def _money(start: int, end: int, amounts: Quantities, code: str) -> FoundValue:
    value = Value(low=float(amounts.low), high=float(amounts.high), unit=code)
    return FoundValue(start, end, EntityLabel.MONEY, f"{code} {_say_range(amounts)}", value)


def _say_range(amounts: Quantities) -> str:
    low, high = say_number(amounts.low), say_number(amounts.high)
    return low if low == high else f"{low}/{high}"


def find_percentage(full: str, at: int) -> FoundValue | None:
    """Return the percentage whose number begins at `at`."""
    match = _PERCENTAGE.match(full, at)
    if not match:
        return None
    amounts, end = read_quantities(match), match.end()
    # `from 3% to 5%` is a change between two percentages, `3 to 5%` a range.
    is_pair = match["joint"] and (
        not _is_shared(full, at, match)
        or (match["low_unit"] and match["joint"].strip() == "to" and _is_change(full, at))
    )
    if is_pair:
        if not match["low_unit"]:
            return None
        amounts, end = _first_of(match)[0], match.end("low_unit")
    minus = _MINUS.search(full, max(0, at - 8), at)
    start = minus.start() if minus else at
    if amounts is None:
        return FoundValue(start, end, EntityLabel.PERCENT)
    low, high = amounts.low, amounts.high
    if minus:  # of a range the bounds change places
        low, high = -high, -low
    if match["basis"]:  # a basis point is a hundredth of a percentage point
        low, high = low / 100, high / 100
    unit = "%" if match["percent"] else "pp"
    text = _say_range(Quantities(low, high, amounts.has_scale)) + unit.replace("pp", " pp")
    value = Value(low=float(say_number(low)), high=float(say_number(high)), unit=unit)
    return FoundValue(start, end, EntityLabel.PERCENT, text, value)
