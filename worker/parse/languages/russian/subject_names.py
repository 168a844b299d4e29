"""Names that a verb tells to be its subject, and thus in the nominative.

`сообщила начальник отдела Серафима Юдина` may end in the genitive of a man called Серафим Юдин. The
verb is a woman's and the office in front is in the nominative, so the name is the woman's own.

In the examples: `сообщила` told (of a woman), `начальник отдела` the head of a department,
`адвокат обвиняемого` the lawyer of the accused, `жена` the wife, `уверяет` asserts, `имени` named.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from worker.parse.languages.russian.lexicon import agreement_of, cue_of, nouns_of
from worker.parse.languages.russian.names import NameAsSubject
from worker.parse.languages.russian.news_words import is_noun_in_news
from worker.parse.languages.russian.role_nouns import (
    DEPUTY_NOUNS,
    KIN_NOUNS,
    role_noun_forms,
)
from worker.parse.languages.russian.word_forms import fold_yo

__all__ = ["find_name_as_subject"]

_TOKEN = re.compile(r"[\w.-]*\w|[^\w\s]")
_NEXT = re.compile(r"[»\"”]?[ \u00a0]+([\w-]+)")
_LOOK_BACK = 200
_MOST_WORDS = 14
_MARKS = frozenset('«»"“”„()№')
_ENDS_TITLE = frozenset("а но что как чтобы если который которая у от для без с со к об".split())
_SENTENCE_ENDS = frozenset(".!?…")
_EITHER = "fm"
_BEFORE = re.compile(r"(?<![\w-])([\w-]+)[ \u00a0]\Z")
_FARTHEST_NOUN = 30
_RELATED = KIN_NOUNS | frozenset(
    """соседка напарница партнерша соперница одноклассница однокурсница землячка клиентка защитница
    хранительница исполнительница модель няня сиделка медсестра хозяйка владелица основательница
    создательница любовница секретарша помощница тренерша королева принцесса""".split()
)
"""Nouns for women behind which a genitive may name somebody else."""


class _Title(NamedTuple):
    """The words before a name, back to its verb: the office nearest to it and the outermost one.

    `verb` is the gender of a verb in front of both, "" if there is none.
    """

    nearest: str = ""
    outer: str = ""
    is_nominative: bool = False
    is_outer_nearest: bool = False
    is_beside: bool = False
    verb: str = ""


def find_name_as_subject(text: str, start: int, end: int) -> NameAsSubject:
    """Return what an office and a verb of speech tell of the name between two offsets.

    >>> text = "Об этом сообщила начальник отдела Серафима Юдина."
    >>> find_name_as_subject(text, 34, 48)
    NameAsSubject(genders='f', is_sure=True, is_apart=True)
    >>> find_name_as_subject("сообщила жена Серафима Юдина", 14, 28)
    NameAsSubject(genders='', is_sure=False, is_apart=False)
    """
    behind = _NEXT.match(text, end)
    if behind and behind[1][0].isupper():
        # `адвокат банкира Петра Юдина Анна Лис`: the name behind is the subject.
        return NameAsSubject()
    if _is_behind_womans_noun(text, start):
        return NameAsSubject("f", is_sure=True)
    title = _read_title(text, start)
    if not title.is_nominative:
        return NameAsSubject()
    verb = title.verb or (_gender_of_verb(behind[1]) if behind else "")
    if not verb or (title.is_beside and title.outer in KIN_NOUNS):
        # `жена Серафима Юдина сообщила`
        return NameAsSubject()
    is_sure = title.is_outer_nearest or title.outer in DEPUTY_NOUNS
    return NameAsSubject(verb, is_sure, not title.is_beside)


def _is_behind_womans_noun(text: str, start: int) -> bool:
    """`школьница Тоня Беглова`; but `соседка Антона Беглова` is of another person."""
    before = _BEFORE.search(text, max(0, start - _FARTHEST_NOUN), start)
    if before is None:
        return False
    nouns = nouns_of(fold_yo(before[1]))
    return bool(nouns) and all(
        noun.kind == "woman" and noun.case == "n1" and noun.lemma not in _RELATED for noun in nouns
    )


def _read_title(text: str, start: int) -> _Title:
    """Read the words before a name, the nearest first: `сообщила ТАСС глава отдела связи`."""
    title = _Title()
    line = max(text.rfind("\n", 0, start), start - _LOOK_BACK, 0)
    tokens: list[str] = _TOKEN.findall(text[line:start])[-_MOST_WORDS:]
    for distance, token in enumerate(reversed(tokens)):
        if token in _MARKS:
            continue
        word = fold_yo(token)
        if word == "и" and distance + 1 < len(tokens):
            # `пришла и врач больницы Анна Лис`
            return title._replace(verb=_gender_before(tokens, len(tokens) - 2 - distance))
        if not token[-1].isalnum() or word in _ENDS_TITLE or (not distance and word == "имени"):
            break
        verb = _gender_before(tokens, len(tokens) - 1 - distance)
        if verb:
            return title._replace(verb=verb)
        forms = role_noun_forms(word)
        if forms and (token[0].islower() or _opens_sentence(tokens, distance)):
            title = _Title(
                nearest=title.nearest or forms[0].nominative,
                outer=forms[0].nominative,
                is_nominative=any(form.case == "n" for form in forms),
                is_outer_nearest=not title.nearest,
                is_beside=not distance,
            )
    return title


def _opens_sentence(tokens: Sequence[str], distance: int) -> bool:
    return distance + 1 == len(tokens) or tokens[-distance - 2] in _SENTENCE_ENDS


def _gender_before(tokens: Sequence[str], at: int) -> str:
    """Return the gender of the verb of the past that is token `at`, "" for another word."""
    word = fold_yo(tokens[at])
    if tokens[at][0].isupper() and at:
        return ""
    return _gender_of_past(word)


def _gender_of_past(word: str) -> str:
    """`сообщила`, `пришел`; not `отдела`, `канал`, which are nouns."""
    cue = cue_of(word)
    gender = cue.agreement if cue else agreement_of(word)
    return gender if gender in {"f", "m"} and (cue or not _is_noun(word, gender)) else ""


def _is_noun(word: str, gender: str) -> bool:
    stem = word[:-1] if gender == "f" else word
    return bool(nouns_of(word)) or is_noun_in_news(stem, "m") or is_noun_in_news(word, gender)


def _gender_of_verb(printed: str) -> str:
    """Return the genders that a verb behind a name allows: `назвала`, `уверяет`."""
    word = fold_yo(printed)
    cue = cue_of(word)
    if cue and cue.agreement == "s":
        return _EITHER
    return _gender_of_past(word)
