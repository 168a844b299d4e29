"""Names of currencies in every case and number: `рублями`, `долл.`, `шведских крон`.

In the examples: `американских долларов` of American dollars, `фунтов стерлингов` of pounds
sterling, `дирхамов ОАЭ` of dirhams of the Emirates, `5-рублевая монета` a coin of five roubles.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from worker.parse.languages.russian.peoples import find_people
from worker.parse.languages.russian.values.tokens import (
    ValueToken,
    is_dash,
    is_glued,
    skip_full_stop,
    word_at,
)
from worker.parse.values.currencies import code_of_noun, code_of_sign, is_hundredth

__all__ = ["CurrencyMention", "coin_of", "is_coin_of", "read_currency"]

_HARD = " а у ом е ы ов ам ами ах"
_VELAR = " а у ом е и ов ам ами ах"
_SOFT = "ь я ю ем е и ей ям ями ях"
_FEMININE = "а ы е у ой ы  ам ами ах"
_FEMININE_YA = "я и ю ей й ям ями ях"
_IY = "й я ю ем е и ев ям ями ях"
_ADJECTIVE = "ый ого ому ым ом ые ых ым ыми"

# The English name of a currency in worker/parse/values/currencies.py, a stem, and its endings.
_TABLE = (
    ("rubles", "рубл", _SOFT),
    ("rubles", "руб", ""),
    ("rubles", "р", ""),
    ("dollars", "доллар", _HARD),
    ("dollars", "долл", ""),
    ("euros", "евро", ""),
    ("pounds", "фунт", _HARD),
    ("yen", "иен", _FEMININE),
    ("yen", "йен", _FEMININE),
    ("yuan", "юан", _SOFT),
    ("won", "вон", _FEMININE),
    ("tenge", "тенге", ""),
    ("hryvnias", "гривн", _FEMININE),
    ("hryvnias", "гривен", ""),
    ("crowns", "крон", _FEMININE),
    ("francs", "франк", _VELAR),
    ("marks", "марк", "а и е у ой ам ами ах"),
    ("marks", "марок", ""),
    ("lira", "лир", _FEMININE),
    ("rupees", "рупи", _FEMININE_YA),
    ("dirhams", "дирхам", _HARD),
    ("dinars", "динар", _HARD),
    ("rials", "риал", _HARD),
    ("riyals", "риял", _HARD),
    ("reais", "реал", _HARD),
    ("peso", "песо", ""),
    ("zlotys", "злот", _ADJECTIVE),
    ("forints", "форинт", _HARD),
    ("leu", "ле", _IY),
    ("leva", "лев", "ов"),
    ("lari", "лари", ""),
    ("drams", "драм", "а у ом е ы ов ам ами ах"),
    ("som", "сом", "а у ом е ы ов ам ами ах"),
    ("soums", "сум", "а у ом е ы ов ам ами ах"),
    ("manats", "манат", _HARD),
    ("somoni", "сомони", ""),
    ("tugriks", "тугрик", _VELAR),
    ("shekels", "шекел", _SOFT),
    ("afghani", "афгани", ""),
    ("baht", "бат", " а у ом е ы ов ам ами ах"),
    ("dong", "донг", _VELAR),
    ("rand", "рэнд", _HARD),
    ("rand", "ранд", _HARD),
    ("naira", "найр", _FEMININE),
    ("shillings", "шиллинг", _VELAR),
    ("ringgit", "ринггит", _HARD),
    ("bolivars", "боливар", _HARD),
    ("birr", "быр", "а у ом е ы ов ам ами ах"),
    ("kopecks", "копе", "йка йки йке йку йкой ек йкам йками йках"),
    ("kopecks", "коп", ""),
    ("cents", "цент", _HARD),
    ("euro cents", "евроцент", _HARD),
    ("pence", "пенс", "а у ом ы ов ам ами ах"),
)
_COMMON = frozenset(
    "pounds won crowns marks lira reais leu leva drams som soums baht birr rand".split()
)
"""Names that are other words too: `пять фунтов муки` (of flour), `крон деревьев` (of trees)."""

_ADJECTIVES = {
    "рублев": "rubles",
    "долларов": "dollars",
    "евров": "euros",
    "юанев": "yuan",
}
_ADJECTIVE_ENDINGS = frozenset("ый ая ое ые ого ой ую ому ым ом ых ыми".split())
_COUNTRIES_BEHIND = {
    ("dollars", "сша"): "US",
    ("dollars", "канады"): "CA",
    ("dollars", "австралии"): "AU",
    ("dollars", "гонконга"): "HK",
    ("dollars", "сингапура"): "SG",
    ("dirhams", "оаэ"): "AE",
    ("rupees", "индии"): "IN",
    ("rubles", "рф"): "RU",
}
_REGIONS = {
    "гонконгск": "HK",
    "тайваньск": "TW",
    "сингапурск": "SG",
    "ямайск": "JM",
    "намибийск": "NA",
}
"""Adjectives of currencies that are no peoples of the tables."""


class CurrencyMention(NamedTuple):
    """A currency behind a number.

    `noun` is its English name, "" for a code or a sign; `code` is None if nobody tells whose
    currency it is. `is_common` is true for a word that is mostly something else.
    """

    noun: str
    code: str | None
    end: int
    is_common: bool


@cache
def _nouns() -> Mapping[str, str]:
    return {stem + ending: noun for noun, stem, endings in _TABLE for ending in endings.split(" ")}


def read_currency(
    tokens: Sequence[ValueToken], at: int, filed_in: str | None
) -> CurrencyMention | None:
    """Return the currency whose words or sign begin with a token, None if none does.

    `filed_in` is the country of the dateline.

    >>> from worker.parse.languages.russian.values.tokens import find_value_tokens
    >>> read_currency(find_value_tokens("шведскими кронами"), 0, None).code
    'SEK'
    >>> read_currency(find_value_tokens("долларов США"), 0, None)
    CurrencyMention(noun='dollars', code='USD', end=2, is_common=False)
    """
    token = word_at(tokens, at)
    if token.kind == "sign" or (token.text.isascii() and token.text.isupper()):
        code = code_of_sign(token.text)
        return CurrencyMention("", code, at + 1, is_common=False) if code else None
    if noun := _noun_of(token):
        return _read_noun(tokens, at, noun, filed_in)
    behind = word_at(tokens, at + 1)
    if token.kind == "word" and (noun := _noun_of(behind)) and token.word[-1:] in "йхмиеяую":
        country = _country_of_adjective(token.word)
        if country:
            end = _end_of_noun(tokens, at + 1, noun)
            name = "rupiah" if noun == "rupees" and country == "ID" else noun
            return CurrencyMention(
                name, code_of_noun(name, country, is_named=True), end, is_common=False
            )
    return None


def _noun_of(token: ValueToken) -> str | None:
    """Return the English name of a currency; `Реал` with a capital is none, `РУБЛЕЙ` is one."""
    is_capitalised = token.text[:1].isupper() and not (token.text.isupper() and len(token.text) > 1)
    return None if is_capitalised else _nouns().get(token.word)


def _read_noun(
    tokens: Sequence[ValueToken], at: int, noun: str, filed_in: str | None
) -> CurrencyMention:
    end = _end_of_noun(tokens, at, noun)
    behind = word_at(tokens, end)
    # `фунтов стерлингов`
    if noun == "pounds" and behind.word.startswith("стерлинг"):
        return CurrencyMention(noun, "GBP", end + 1, is_common=False)
    country = _COUNTRIES_BEHIND.get((noun, behind.word))
    if country and behind.text[:1].isupper():
        code = code_of_noun(noun, country, is_named=True)
        return CurrencyMention(noun, code, end + 1, is_common=False)
    # The roubles of an item from Minsk are Belarusian only if it says so.
    code = code_of_noun(noun, filed_in, is_named=False)
    return CurrencyMention(noun, code, end, noun in _COMMON)


def _end_of_noun(tokens: Sequence[ValueToken], at: int, noun: str) -> int:
    is_short = len(tokens[at].word) < 5 and noun in {"rubles", "dollars", "kopecks"}
    return skip_full_stop(tokens, at + 1) if is_short else at + 1


def _country_of_adjective(word: str) -> str | None:
    for stem, iso in _REGIONS.items():
        if word.startswith(stem):
            return iso
    people = find_people(word)
    return people.iso if people else None


def coin_of(tokens: Sequence[ValueToken], at: int) -> CurrencyMention | None:
    """Return the currency of an adjective behind a figure and a hyphen: `5-рублевая`."""
    if not (is_dash(word_at(tokens, at)) and is_glued(tokens, at) and is_glued(tokens, at + 1)):
        return None
    word = word_at(tokens, at + 1).word
    for stem, noun in _ADJECTIVES.items():
        if word.startswith(stem) and word[len(stem) :] in _ADJECTIVE_ENDINGS:
            code = code_of_noun(noun, None, is_named=False)
            return CurrencyMention(noun, code, at + 2, is_common=False)
    return None


def is_coin_of(noun: str, coin: str) -> bool:
    """Return True for the coin of a currency: `копейка` of `рубль`."""
    pairs = {
        ("rubles", "kopecks"),
        ("dollars", "cents"),
        ("euros", "cents"),
        ("euros", "euro cents"),
    }
    return is_hundredth(coin) and (noun, coin) in pairs
