"""The words of a person's name: the nominatives, genders and cases that each may have."""

import math
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files

from worker.parse.languages.russian.latin import foreign_given_names
from worker.parse.languages.russian.news_words import commonness
from worker.parse.languages.russian.word_forms import (
    CASES,
    WordForm,
    adjective_forms,
    fold_yo,
    noun_forms,
)

__all__ = [
    "FAMILY",
    "FIXED_ENDS",
    "GENDERS",
    "genders_of_given_name",
    "given_name_forms",
    "is_foreign_family",
    "is_given_name",
    "patronymic_forms",
    "surname_forms",
    "unchanged",
]

GENDERS = "mf"

FIXED_ENDS = ("о", "у", "и", "е", "э", "ю", "уа")
"""Given names with such an end do not decline: `Кими`, `Саломе`, `Мэтью`, `Франсуа`."""

_FOREIGN_WEIGHT = 5.0
"""The weight of the gender of a foreign given name, that of a hundred bearers."""

_BEARERS_MIN = 10
_LONGEST_WORD = 40

FAMILY = re.compile(r"(?P<stem>[А-ЯЁ][а-яё]+(?:[оеё]в|[иы]н))(?:ы|ых|ыми)")
"""`Ивановых`: several people of a name, of whom none is meant alone."""

_SURNAME = re.compile(r"(?P<stem>.{2,}(?:ов|ев|ин|ын))(?P<ending>|а|у|ым|е|ой|ою)")
_ENDINGS_OF_ADJECTIVES = ("ый", "ий", "ого", "его", "ому", "ему", "ая", "ую", "ой", "ым")
_IN_NOM = re.compile(r"[жчшщь]ном\Z")
"""`Заречном`, `Навальном`"""

_NEVER_DECLINED = re.compile(r".{2}(?:дзе|швили|заде|[нр]лы|оглы|кызы)\Z")
"""Georgian, Iranian and Azerbaijani surnames: `Тутберидзе`, `Саакашвили`, `Ализаде`, `Гасанлы`."""

_TYPICAL = re.compile(r"[сц]к(?:ий|ой|ая)\Z")
_DECLINED_ADJECTIVE = re.compile(r"[сц]к(?:ого|ому|ую|ая|ою)\Z")
_FIXED_SURNAME = re.compile(r"(?:[оуюеэая]|(?<!и)и|[ыи]х)\Z")
"""`Мадуро`, `Черных`; `Хании` is always of `Хания`."""

_CONSONANT_END = re.compile(r"[бвгджзйклмнпрстфхцчшщь]\Z")

_ADJECTIVAL_STEMS = frozenset("мостов яров лугов полев берегов ланов ледов тылов рядов".split())
"""`Мостовой`, `Яровая`: surnames that decline as adjectives, though their stems end in -ов."""

_SURNAME_ENDINGS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "": (("", "m", "n"),),
    "а": (("", "m", "g"), ("", "m", "a"), ("а", "f", "n")),
    "у": (("", "m", "d"), ("а", "f", "a")),
    "ым": (("", "m", "i"),),
    "е": (("", "m", "p"),),
    "ой": tuple(("а", "f", case) for case in "gdip"),
    "ою": (("а", "f", "i"),),
}
"""What is after the stem of `Иванов`: the nominative's own ending, its gender and its case."""

_PATRONYMIC = re.compile(
    r"(?P<stem>.+(?:[оеь]вич|ьич|ич|[оеч]вн|ичн|инич|иничн))(?P<ending>[аыеуо]?[мй]?)"
)
_PATRONYMIC_ENDINGS: Mapping[str, str] = {
    "m": " n,а ga,у d,ем i,е p",
    "f": "а n,ы g,е dp,у a,ой i",
}


@cache
def _given_names() -> Mapping[str, Mapping[str, float]]:
    """Return the weight of each gender by given name, growing with the number of bearers."""
    table = files("worker.parse").joinpath("data/given_names-ru.tsv").read_text("utf-8")
    names: dict[str, dict[str, float]] = {}
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        name, men, women = line.split("\t")
        names[name] = {
            gender: math.log10(int(count)) * 2 + 1
            for gender, count in (("m", men), ("f", women))
            if int(count) >= _BEARERS_MIN
        }
    for given, gender in foreign_given_names().items():
        names.setdefault(given, {}).setdefault(gender, _FOREIGN_WEIGHT)
    return names


def is_given_name(word: str) -> bool:
    """Return True for a given name in the nominative.

    >>> is_given_name("Дмитрий"), is_given_name("Песков")
    (True, False)
    """
    return fold_yo(word) in _given_names()


def genders_of_given_name(word: str) -> Mapping[str, float]:
    """Return the weights of the genders of a given name, in the nominative; none if unknown."""
    folded = fold_yo(word)
    return _given_names().get(folded) or _given_names().get(folded.split("-")[0]) or {}


def is_foreign_family(word: str) -> bool:
    """Return True for the genitive plural of a surname that the news has, unlike one in -ов.

    >>> is_foreign_family("ротенбергов"), is_foreign_family("свиридов")
    (True, False)
    """
    stem = word[:-2]
    if not word.endswith(("ов", "ев")) or stem.endswith(("ов", "ев", "ин")) or is_given_name(stem):
        return False
    is_surname = any(commonness(word + end) for end in ("а", "у", "ым", "ой"))
    return commonness(stem) > commonness(word) and not is_surname


def surname_forms(word: str) -> tuple[WordForm, ...]:
    """Return the readings of a word as a surname."""
    return _surname_forms(fold_yo(word))


def given_name_forms(word: str) -> tuple[WordForm, ...]:
    """Return the readings of a word as a given name."""
    return _given_forms(fold_yo(word))


def patronymic_forms(word: str) -> tuple[WordForm, ...]:
    """Return the readings of a word as a patronymic; none for other words."""
    return _patronymic_forms(fold_yo(word))


def unchanged(word: str) -> list[WordForm]:
    """Return the readings of a word that does not decline."""
    return [WordForm(word, gender, case) for gender in GENDERS for case in CASES]


def _animate(word: str) -> Iterator[WordForm]:
    """Yield the readings as a noun for a person: the accusative of men is the genitive."""
    for form in noun_forms(word):
        is_inanimate = form.gender == "m" and form.case == "a" and form.nominative == word
        is_soft = form.gender == "f" and form.nominative[-1] == "ь"
        if form.gender in GENDERS and not is_inanimate and not is_soft:
            yield form
            # `Илья`, `Никита`, `Шойгу`'s kin: men's names decline as `Анна` does.
            if form.gender == "f" and form.nominative[-1] in "ая":
                yield form._replace(gender="m")


@lru_cache(maxsize=2048)
def _surname_forms(word: str) -> tuple[WordForm, ...]:
    if not 1 < len(word) <= _LONGEST_WORD or _NEVER_DECLINED.search(word):
        return tuple(unchanged(word))
    forms = list(_family_forms(word))
    if forms:
        return tuple(forms)
    forms += _slavic_surname_forms(word)
    is_slavic = bool(forms)
    if not is_slavic:
        forms += _adjectival_surname_forms(word)
        if not any(_TYPICAL.search(form.nominative) for form in forms):
            forms += _animate(word)
        if _FIXED_SURNAME.search(word) and not _DECLINED_ADJECTIVE.search(word):
            forms += unchanged(word)
    if _CONSONANT_END.search(word) and not (forms and word.endswith(("ой", "ым"))):
        # Women's surnames in a consonant do not decline: `Меркель`.
        forms += [WordForm(word, "f", case) for case in CASES]
    return tuple(forms)


def _family_forms(word: str) -> Iterator[WordForm]:
    """`Анна и Ульяна Приваловы`: the surname of each of several people."""
    family = FAMILY.fullmatch(word.title())
    if not family or word.endswith("ми"):
        return
    stem, cases = family["stem"].lower(), "n" if word[-1] == "ы" else "gap"
    for gender, ending in (("m", ""), ("f", "а")):
        yield from [WordForm(stem + ending, gender, case) for case in cases]


def _slavic_surname_forms(word: str) -> Iterator[WordForm]:
    """`Иванову` is a man's dative and a woman's accusative."""
    slavic = _SURNAME.fullmatch(word)
    if slavic and slavic["stem"] in _ADJECTIVAL_STEMS and slavic["ending"] in {"ой", "ым"}:
        yield from _forms_in_stressed_ending(slavic["stem"], slavic["ending"])
    elif slavic and len(slavic["stem"]) > 3:
        for own, gender, case in _SURNAME_ENDINGS[slavic["ending"]]:
            yield WordForm(slavic["stem"] + own, gender, case)


def _forms_in_stressed_ending(stem: str, ending: str) -> Iterator[WordForm]:
    """`Мостовым` is of `Мостовой`, and `Яровой` the nominative of a man or a case of `Яровая`."""
    if ending == "ым":
        yield WordForm(f"{stem}ой", "m", "i")
        return
    yield WordForm(f"{stem}ой", "m", "n")
    yield from [WordForm(f"{stem}ая", "f", case) for case in "gdip"]


def _adjectival_surname_forms(word: str) -> Iterator[WordForm]:
    """`Полянскому`, `Толстой`, `Белых` not: endings of two letters need -ск or -цк before them."""
    for form in adjective_forms(word):
        if form.gender not in GENDERS or (
            form.gender == "m" and form.case == "a" and form.nominative == word
        ):
            continue
        stem = form.nominative[:-2]
        is_typical = stem.endswith(("ск", "цк"))
        if not (is_typical or word.endswith(_ENDINGS_OF_ADJECTIVES) or _IN_NOM.search(word)):
            continue
        yield form
        if form.gender == "m" and word.endswith(("ого", "ому")) and not is_typical:
            yield form._replace(nominative=stem + "ой")


@lru_cache(maxsize=2048)
def _given_forms(word: str) -> tuple[WordForm, ...]:
    if not 1 < len(word) <= _LONGEST_WORD:
        return tuple(unchanged(word))
    forms = list(_animate(word))
    # `Любови`, `Нинель`: women's names in a soft sign are few, and listed.
    forms += [
        form
        for form in noun_forms(word)
        if form.gender == "f" and form.nominative[-1] == "ь" and form.nominative in _given_names()
    ]
    if word in _given_names():
        forms.append(WordForm(word, "f", "n"))
    if word.endswith(FIXED_ENDS) and not word.endswith(("ии", "ию", "ьи", "йи")):
        forms += unchanged(word)
    if _CONSONANT_END.search(word):
        forms += [WordForm(word, "f", case) for case in CASES]
    return tuple(dict.fromkeys(forms))


@lru_cache(maxsize=2048)
def _patronymic_forms(word: str) -> tuple[WordForm, ...]:
    match = _PATRONYMIC.fullmatch(word) if len(word) <= _LONGEST_WORD else None
    if not match:
        return ()
    gender = "m" if match["stem"].endswith("ч") else "f"
    for row in _PATRONYMIC_ENDINGS[gender].split(","):
        ending, cases = row.split(" ")
        if ending == match["ending"]:
            nominative = match["stem"] + ("" if gender == "m" else "а")
            return tuple(WordForm(nominative, gender, case) for case in cases)
    return ()
