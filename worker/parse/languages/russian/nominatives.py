"""The nominative of a name that has a head noun: adjectives, the head, and what the head governs.

`Верховного суда Республики Карелия` is `Верховный суд Республики Карелия`: only the head and the
adjectives before it change, and they agree in gender and case.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from worker.parse.languages.russian.word_forms import (
    CASES,
    STRESSED_STEMS,
    WordForm,
    adjective_forms,
    fold_yo,
    noun_forms,
)

__all__ = ["Worth", "find_nominative", "with_capitals"]

Worth = Callable[[str], float]
"""How likely a nominative is as a head, or a whole phrase as a name: 0 if nothing is known."""

_PRIOR = {"n": 0.0, "g": -0.1, "a": -0.25, "d": -0.5, "i": -0.4, "p": -0.15}
_MOST_ADJECTIVES = 5
_LONGEST_HEAD = 40
_WORD = re.compile(r"[А-ЯЁа-яё]+(?:[-'’][А-ЯЁа-яё]+)*")
_NUMBER = re.compile(r" ?-\d+\Z")
_MARKS = '«»"“”„()'
_UNKNOWN_HEAD = -1.0
_UNKNOWN_AFTER_ADJECTIVE = 0.65
_AGENTS = "тель"
"""`Вятского наблюдателя`: an adjective in -ский shows the case of a noun that is in no list."""

_ACRONYM = 1.0
_GENDERS_OF_ACRONYMS = dict.fromkeys("МВД МЧС ФБР ЦРУ СМИ ГРУ НАТО АНБ".split(), "n") | {
    "ООН": "f",
    "ГД": "f",
    "ВС": "mp",
    "ВСУ": "p",
    "ВКС": "p",
}
"""The gender of adjectives before an acronym: masculine if it is not here."""
_WHOLE = 2.0
_SOFT = -0.3
_FEMININE = 0.05
"""`Братиславе`: of two spellings that the table of places has, the one in -а is Russian."""

_OBLIQUE = re.compile(r"(?:ом|ем|ой|у|ю|ии|ам|ами|ах)\Z")
_MAY_BE_OBLIQUE = -0.7
_PLURAL = -0.3
_ADJECTIVE = 0.5
_STRANGE_ADJECTIVE = -2.0
_RARE_ADJECTIVE = -0.5
_TYPICAL_ADJECTIVE = re.compile(
    r"(?:ск|цк|[нвш]|[аяую]щ|\bбел|\bмал|\bстар|\bтих|\bчерн|\bмертв|\bзолот|\bвелик|\bнародн"
    r"|\bпят|\bдевят|\bвтор|\bмокр|\bдобр|\bсвят|\bкругл|\bтепл|\bвысок|\bглубок|\bжелт)"
    r"(?:ий|ый|ой|ая|яя|ое|ее|ые|ие)\Z|(?:ов|ев|ин)о?\Z"
)
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


class _Candidate(NamedTuple):
    """The nominatives of the first words of a name, and what speaks for them."""

    score: float
    words: tuple[str, ...]


def find_nominative(name: str, worth: Worth, *, cases: str = "", whole: Worth | None = None) -> str:
    """Return a name in the nominative, as it is printed if nothing is known of its words.

    Args:
        name: As printed, in any case.
        worth: Tells how well a nominative is known as the head of such names.
        cases: The cases that the word before the name asks for, "" for any.
        whole: Tells the same of the nominatives of all the words together.

    >>> find_nominative("Верховного суда РФ", {"суд": 2.0}.get)
    'Верховный суд РФ'
    """
    printed = name.split()
    # `Северному потоку-2`
    words = [_NUMBER.sub("", word.strip(_MARKS)) for word in printed]
    count = next((i for i, word in enumerate(words) if not _is_russian(word)), len(words))
    if not count:
        return name
    first = words[: min(count, _MOST_ADJECTIVES + 1)]
    folded = tuple(word if _is_acronym(word) else fold_yo(word) for word in first)
    if _is_acronym(first[0]):
        return name
    best = _Candidate(0.0, folded[:1])
    for candidate in _candidates(folded, worth, cases, whole, is_longer=len(words) > 1):
        best = max(best, candidate, key=lambda one: one.score)
    changed = [
        word.replace(bare, with_capitals(nominative, bare), 1)
        for word, bare, nominative in zip(printed, words, best.words, strict=False)
    ]
    return " ".join([*changed, *printed[len(changed) :]])


def _is_russian(word: str) -> bool:
    return bool(_WORD.fullmatch(word)) and len(word) <= _LONGEST_HEAD


def _is_acronym(word: str) -> bool:
    return 1 < len(word) < 6 and word.isupper() and "-" not in word


def _candidates(
    folded: Sequence[str], worth: Worth, cases: str, whole: Worth | None, *, is_longer: bool
) -> Iterator[_Candidate]:
    """Yield the readings: each word may be the head, with all words before it as adjectives."""
    for at in range(len(folded)):
        adjectives = [_adjective_forms(word) for word in folded[:at]]
        if not all(adjectives):
            return
        for form in head_forms(folded[at]):
            agreeing = _agreeing_nominatives(adjectives, form)
            if agreeing is None:
                continue
            if not at and is_longer and not worth(form.nominative) and form.case != "n":
                # `Жогорку Кенеш`: an unknown first word is no head.
                continue
            words = (*agreeing, form.nominative)
            score = _score(form, folded[at], worth, cases)
            if at:
                score += _worth_of_adjectives(agreeing, form.nominative, worth)
            # `Нижнему Новгороду`: the table of places knows `Нижний Новгород` as a whole.
            if whole and at and len(folded) == at + 1:
                score += _WHOLE * whole(" ".join(words))
            yield _Candidate(score, words)


def _agreeing_nominatives(
    adjectives: Sequence[Sequence[WordForm]], head: WordForm
) -> list[str] | None:
    """Return the adjectives in the nominative, None if one differs in gender or case."""
    nominatives: list[str] = []
    for forms in adjectives:
        own = next((form.nominative for form in forms if form[1:] == head[1:]), None)
        if own is None:
            return None
        nominatives.append(own)
    return nominatives


def _worth_of_adjectives(adjectives: Sequence[str], head: str, worth: Worth) -> float:
    """Return what the adjectives before a head speak for it, above all if no list has it."""
    score = _ADJECTIVE * len(adjectives) + sum(map(_worth_of_adjective, adjectives))
    # `Вятского наблюдателя` (the Vyatka Observer) is of `наблюдатель`, not of `наблюдател`.
    if head.endswith(_AGENTS):
        return score + _UNKNOWN_AFTER_ADJECTIVE
    if not worth(head):
        return score + _UNKNOWN_AFTER_ADJECTIVE + _SOFT * head.endswith("тел")
    return score


def _score(form: WordForm, word: str, worth: Worth, cases: str) -> float:
    known = worth(form.nominative) or (_ACRONYM if form.nominative.isupper() else _UNKNOWN_HEAD)
    score = known + _PRIOR[form.case]
    if form.gender == "p":
        score += _PLURAL
    if form.gender == "f" and form.nominative[-1] in "ая":
        score += _FEMININE
    if form.nominative.endswith("поль"):
        score += _FEMININE
    if form.nominative[-1] == "ь" and known < 0:
        score += _SOFT
    is_fixed = form.case != "n" and form.gender != "m"
    if form.nominative == word and (is_fixed or _OBLIQUE.search(word)):
        score += _MAY_BE_OBLIQUE
    if form.case in cases:
        score += 1.2 - _PRIOR[form.case]
    return score


def _worth_of_adjective(nominative: str) -> float:
    if not _TYPICAL_ADJECTIVE.search(nominative):
        return _STRANGE_ADJECTIVE
    # `Единой России` is of `Единая Россия`: few men's adjectives end as `Большой` does.
    is_rare = nominative.endswith("ой") and nominative[:-2] not in STRESSED_STEMS
    return _RARE_ADJECTIVE if is_rare else 0.0


@lru_cache(maxsize=1024)
def _adjective_forms(word: str) -> tuple[WordForm, ...]:
    possessive = _POSSESSIVE.fullmatch(word)
    if not possessive:
        return adjective_forms(word)
    # `Баренцева моря`, `Сергиева Посада`
    own = (
        WordForm(possessive["stem"] + {"n": "о", "m": ""}[gender], gender, case)
        for gender, cases in _POSSESSIVE_CASES[possessive["ending"]]
        for case in cases
    )
    return (*own, *adjective_forms(word))


@lru_cache(maxsize=1024)
def head_forms(word: str) -> tuple[WordForm, ...]:
    """Return the readings of a word as a head: a noun, its parts at hyphens, or an adjective.

    >>> {form.nominative for form in head_forms("ростове-на-дону")} >= {"ростов-на-дону"}
    True
    """
    if _is_acronym(word):
        genders = _GENDERS_OF_ACRONYMS.get(word, "m")
        return tuple(WordForm(word, gender, case) for gender in genders for case in CASES)
    first, dash, rest = word.partition("-")
    forms: list[WordForm] = []
    if dash:
        # `Ростове-на-Дону`: the first part declines; `Комсомольска-на-Амуре`
        forms += [
            form._replace(nominative=f"{form.nominative}-{rest}") for form in noun_forms(first)
        ]
        head, _, tail = word.rpartition("-")
        # `Нью-Йорка`, `Йошкар-Олы`: the last part does.
        own = [
            form._replace(nominative=f"{head}-{form.nominative}")
            for form in (*noun_forms(tail), *adjective_forms(tail))
        ]
        # `Петропавловске-Камчатском`, `Гаврилове-Посаде`: both do.
        both = [
            other._replace(nominative=f"{other.nominative}-{form.nominative}")
            for form in (*noun_forms(tail), *adjective_forms(tail))
            for other in noun_forms(head)
            if other[1:] == form[1:]
        ]
        forms += own + (both if len(head) < _LONGEST_HEAD else [])
    else:
        forms += [*noun_forms(word), *adjective_forms(word)]
    forms += [WordForm(word, gender, case) for gender in "mfnp" for case in CASES]
    return tuple(dict.fromkeys(forms))


def with_capitals(nominative: str, word: str) -> str:
    """Return the nominative with the capitals of the printed word.

    >>> with_capitals("великобритания", "Великобритании"), with_capitals("россия", "РОССИИ")
    ('Великобритания', 'РОССИЯ')
    >>> with_capitals("салтыков-щедрин", "Салтыкова-Щедрина"), with_capitals("о'нил", "О'Нила")
    ('Салтыков-Щедрин', "О'Нил")
    """
    parts, own = word.split("-"), nominative.split("-")
    if len(parts) == len(own) > 1:
        pairs = zip(own, parts, strict=True)
        return "-".join(with_capitals(new, old) for new, old in pairs)
    common = 0
    limit = min(len(nominative), len(word))
    while common < limit and nominative[common] == fold_yo(word[common]):
        common += 1
    rest = nominative[common:]
    start = "".join(
        new.upper() if old.isupper() else new
        for new, old in zip(nominative[:common], word, strict=False)
    )
    return start + (rest.upper() if word.isupper() and len(word) > 1 else rest)
