"""Names in the Latin letters of English wire copy: `Dmitry Peskov`, `Xi Jinping`, `Joe Biden`."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from worker.parse.languages.russian.pinyin import is_chinese_name, pinyin
from worker.parse.languages.russian.word_forms import fold_yo

__all__ = ["foreign_given_names", "foreign_surnames", "latin_name", "transliterate"]

_LETTERS: Mapping[str, str] = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya".split(" "),
        strict=True,
    )
)
_VOWELS = frozenset("аеёиоуыэюя")
_WORD = re.compile(r"[А-ЯЁа-яё]+")
_ENDING_IN_Y = re.compile(r"(?<=[а-яё])[ыи]й\Z")
_SLAVIC_SURNAME = re.compile(r"(?:(?:[ое]в|ин|ын)а?|[сц]к(?:ий|ая|ой)|[ыи]х|енко|чук|юк)\Z")
_ENDING_IN_IA = re.compile(r"ия\Z")

_USUAL_GIVEN: Mapping[str, str] = {
    "александр": "Alexander",
    "александра": "Alexandra",
    "алексей": "Alexey",
    "артем": "Artyom",
    "максим": "Maxim",
    "ксения": "Ksenia",
    "петр": "Pyotr",
    "федор": "Fyodor",
    "семен": "Semyon",
    "виктория": "Victoria",
    "анастасия": "Anastasia",
    "наталия": "Natalia",
    "софья": "Sofya",
    "лев": "Lev",
}


class _Foreign(NamedTuple):
    """The table of foreign names: Latin forms by folded Russian name, by kind of name."""

    given: Mapping[str, str]
    genders: Mapping[str, str]
    surnames: Mapping[str, str]
    whole: Mapping[str, str]


@cache
def _foreign() -> _Foreign:
    table = files("worker.parse").joinpath("data/foreign_names-ru.tsv").read_text("utf-8")
    rows: dict[str, dict[str, str]] = {"m": {}, "f": {}, "s": {}, "w": {}}
    for line in table.splitlines():
        if not line.startswith("#"):
            kind, names = line.split("\t")
            rows[kind] = {fold_yo(a): b for a, b in [pair.split("=") for pair in names.split("|")]}
    genders = dict.fromkeys(rows["m"], "m") | dict.fromkeys(rows["f"], "f")
    return _Foreign(rows["m"] | rows["f"], genders, rows["s"], rows["w"])


def foreign_given_names() -> Mapping[str, str]:
    """Return the gender of each foreign given name, by its folded Russian form."""
    return _foreign().genders


def foreign_surnames() -> Mapping[str, str]:
    """Return the Latin form of each surname of the table, by its folded Russian form."""
    return _foreign().surnames


@lru_cache(maxsize=2048)
def latin_name(name: str) -> str | None:
    """Return a person's name as English copy writes it, None for one that is in Latin letters.

    Args:
        name: The name in the nominative.

    >>> latin_name("Дмитрий Песков"), latin_name("Эммануэль Макрон"), latin_name("Си Цзиньпин")
    ('Dmitry Peskov', 'Emmanuel Macron', 'Xi Jinping')
    """
    if not _WORD.search(name):
        return None
    foreign, folded = _foreign(), fold_yo(name)
    if folded in foreign.whole:
        return foreign.whole[folded]
    if is_chinese_name(folded):
        return pinyin(folded)
    given, _, surname = name.rpartition(" ")
    if len(given.split()) > 1 and fold_yo(surname) not in foreign.surnames:
        # `бен Ладен`, `Ле Пен`: surnames of two words
        *others, last = given.split()
        if fold_yo(f"{last} {surname}") in foreign.surnames:
            given, surname = " ".join(others), f"{last} {surname}"
    own = foreign.surnames.get(fold_yo(surname))
    prefix, dash, stem = surname.partition("-")
    if own is None and dash and fold_yo(stem) in foreign.surnames:
        own = f"{transliterate(prefix)}-{foreign.surnames[fold_yo(stem)]}"
    if own is None and not given:
        own = _USUAL_GIVEN.get(folded) or foreign.given.get(folded)
    is_slavic = own is None and bool(_SLAVIC_SURNAME.search(fold_yo(surname)))
    parts = [_latin_given(word, is_slavic=is_slavic) for word in given.split()]
    return " ".join([*parts, own or transliterate(surname)])


def _latin_given(word: str, *, is_slavic: bool) -> str:
    """`Кристина Белова` is Kristina, `Кристина Агилера` Christina."""
    folded = fold_yo(word)
    known = _USUAL_GIVEN.get(folded) or (None if is_slavic else _foreign().given.get(folded))
    return known or transliterate(word)


def transliterate(words: str) -> str:
    """Return words in the Latin letters that TASS's English wire uses.

    >>> transliterate("Юрий Ушаков, Валентина Матвиенко, Зайцев, Дарья")
    'Yury Ushakov, Valentina Matviyenko, Zaitsev, Darya'
    """
    return _WORD.sub(lambda match: _latin_word(match[0]), words)


def _latin_word(word: str) -> str:
    low = _ENDING_IN_Y.sub("й", word.lower())
    if low.startswith("алекс"):
        return _capitals(word, "alex" + _letters("с" + low[5:])[1:])
    if _ENDING_IN_IA.search(low):
        return _capitals(word, _letters(low[:-1]) + "a")
    return _capitals(word, _letters(low))


def _letters(low: str) -> str:
    parts: list[str] = []
    for index, char in enumerate(low):
        before = low[index - 1] if index else ""
        following = low[index + 1] if index + 1 < len(low) else ""
        if char == "е" and (not before or before in _VOWELS or before in "ьъ"):
            # `Евгений`, `Сергеев`, `Григорьев`
            parts.append("ye")
        elif char == "ё" and before and before in "жшчщ":
            parts.append("e")
        elif char == "й" and following and following not in _VOWELS:
            parts.append("i")
        else:
            parts.append(_LETTERS.get(char, char))
    return "".join(parts)


def _capitals(word: str, latin: str) -> str:
    if word.isupper() and len(word) > 1:
        return latin.upper()
    return latin[:1].upper() + latin[1:] if word[0].isupper() else latin
