"""The readings of the words that change in a name with a head noun: adjectives and the head."""

import re
from functools import lru_cache

from worker.parse.languages.russian.word_forms import (
    CASES,
    WordForm,
    adjective_forms,
    noun_forms,
)

__all__ = ["LONGEST_HEAD", "head_forms", "is_acronym", "modifier_forms"]

LONGEST_HEAD = 40
_GENDERS_OF_ACRONYMS = dict.fromkeys("МВД МЧС ФБР ЦРУ СМИ ГРУ НАТО АНБ".split(), "n") | {
    "ООН": "f",
    "ГД": "f",
    "ВС": "mp",
    "ВСУ": "p",
    "ВКС": "p",
}
"""The gender of adjectives before an acronym: the one that they show if it is not here."""

_OF_DIRECTORATES = re.compile(r"(?:У|ГУ)..+|.+ТУ")
"""`Сахалинское УГМС`, `Южное МТУ`: `управление` (directorate) is neuter."""

_DECLINED_ACRONYM = re.compile(r"(?P<acronym>[А-ЯЁ]{2,})(?P<ending>а|у|ом|е)")
_ACRONYM_CASES = {"а": "g", "у": "d", "ом": "i", "е": "p"}
_ORDINAL = re.compile(r"(?P<number>\d+)-(?P<ending>[а-я]{1,2})")
_ORDINAL_FORMS = {
    "го": (("й", "m", "ga"), ("е", "n", "g")),
    "му": (("й", "m", "d"), ("е", "n", "d")),
    "м": (("й", "m", "ip"), ("е", "n", "ip")),
    "й": (("й", "m", "na"), ("я", "f", "gdip")),
    "я": (("я", "f", "n"),),
    "ю": (("я", "f", "a"),),
    "е": (("е", "n", "na"),),
}
"""`800-го полка` (of the 800th regiment) is of `800-й полк`: the nominative's ending by gender."""

_POSSESSIVE = re.compile(r"(?P<stem>.{2,}(?:ов|ев|ин))(?P<ending>о|а|у|ым|ом|)")
_POSSESSIVE_CASES = {
    "": (("m", "na"),),
    "о": (("n", "na"),),
    "а": (("m", "g"), ("n", "g")),
    "у": (("m", "d"), ("n", "d")),
    "ым": (("m", "i"), ("n", "i")),
    "ом": (("m", "p"), ("n", "p")),
}
"""`Баренцево море` (the Barents Sea), `Сергиев Посад`: the gender and cases of each ending."""

_UNCHANGED = (
    # `бюро` (office), `Тбилиси`, and the plural `люди`
    (re.compile(r"[иы]\Z"), (("n", CASES), ("p", "na"), ("m", CASES))),
    (re.compile(r"[оеуюэ]\Z"), (("n", CASES), ("m", CASES))),
    # `палата` (chamber), `ворота` (gates)
    (re.compile(r"[ая]\Z"), (("f", "n"), ("p", "na"))),
    # `область` (region), `фестиваль` (festival)
    (re.compile(r"ь\Z"), (("f", "na"), ("m", "na"))),
    (re.compile(r""), (("m", "na"),)),
)
"""The genders and cases of a head that is printed in its nominative, by its end."""


def is_acronym(word: str) -> bool:
    """Return True for capitals alone, or with the ending of a case: `МИД`, `ГЭС`, `ТЮЗа`."""
    is_short = 1 < len(word) < 6 and word.isupper() and "-" not in word
    return is_short or bool(_DECLINED_ACRONYM.fullmatch(word))


@lru_cache(maxsize=2048)
def modifier_forms(word: str) -> tuple[WordForm, ...]:
    """Return the readings of a word before a head: an adjective, an ordinal or a possessive.

    >>> [form.nominative for form in modifier_forms("800-го")]
    ['800-й', '800-й', '800-е']
    """
    ordinal = _ORDINAL.fullmatch(word)
    if ordinal:
        return tuple(
            WordForm(f"{ordinal['number']}-{ending}", gender, case)
            for ending, gender, cases in _ORDINAL_FORMS.get(ordinal["ending"], ())
            for case in cases
        )
    possessive = _POSSESSIVE.fullmatch(word)
    if not possessive:
        return adjective_forms(word)
    # `Баренцева моря`, `Сергиева Посада`
    own = [
        WordForm(possessive["stem"] + {"n": "о", "m": ""}[gender], gender, case)
        for gender, cases in _POSSESSIVE_CASES[possessive["ending"]]
        for case in cases
    ]
    return (*own, *adjective_forms(word))


@lru_cache(maxsize=2048)
def head_forms(word: str) -> tuple[WordForm, ...]:
    """Return the readings of a word as a head: a noun, its parts at hyphens, or an adjective.

    >>> {form.nominative for form in head_forms("ростове-на-дону")} >= {"ростов-на-дону"}
    True
    """
    if is_acronym(word):
        if declined := _DECLINED_ACRONYM.fullmatch(word):
            return (WordForm(declined["acronym"], "m", _ACRONYM_CASES[declined["ending"]]),)
        usual = "nmf" if _OF_DIRECTORATES.fullmatch(word) else "mfn"
        genders = _GENDERS_OF_ACRONYMS.get(word, usual)
        return tuple(WordForm(word, gender, case) for gender in genders for case in CASES)
    forms = _forms_at_hyphens(word) if "-" in word else [*noun_forms(word), *adjective_forms(word)]
    return tuple(dict.fromkeys([*forms, *_unchanged(word)]))


def _unchanged(word: str) -> list[WordForm]:
    rows = next(rows for end, rows in _UNCHANGED if end.search(word))
    return [WordForm(word, gender, case) for gender, cases in rows for case in cases]


def _forms_at_hyphens(word: str) -> list[WordForm]:
    first, _, rest = word.partition("-")
    head, _, tail = word.rpartition("-")
    tails = (*noun_forms(tail), *adjective_forms(tail))
    # `Ростове-на-Дону`: the first part declines; `Комсомольска-на-Амуре`
    forms = [form._replace(nominative=f"{form.nominative}-{rest}") for form in noun_forms(first)]
    # `Нью-Йорка`, `Йошкар-Олы`: the last part does.
    forms += [form._replace(nominative=f"{head}-{form.nominative}") for form in tails]
    if len(head) < LONGEST_HEAD:
        # `Петропавловске-Камчатском`, `музее-заповеднике`: both do.
        forms += [
            other._replace(nominative=f"{other.nominative}-{form.nominative}")
            for form in tails
            for other in noun_forms(head)
            if other[1:] == form[1:]
        ]
    return forms
