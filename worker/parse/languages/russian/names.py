"""The nominative of a person's name, printed in any case.

Every word of a name has readings by its ending; the name takes the gender and case in which all its
words agree (`Дмитрия Пескова`: genitive of a man's name). What ending and order leave open, given
names decide by the gender of their bearers, and the item by the forms that it prints elsewhere.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from worker.parse.languages.russian.name_words import (
    FAMILY,
    GENDERS,
    genders_of_given_name,
    given_name_forms,
    is_foreign_family,
    is_given_name,
    patronymic_forms,
    surname_forms,
    unchanged,
)
from worker.parse.languages.russian.name_worth import WordPosition, WordReading, worth_of_reading
from worker.parse.languages.russian.nominatives import with_capitals
from worker.parse.languages.russian.word_forms import CASES, WordForm, fold_yo

__all__ = ["NameAsSubject", "NameContext", "PersonName", "normalise_name"]

_LONGEST_NAME = 6
"""Words. A longer run is no name of a person, and stays as it is printed."""

_WORD = re.compile(r"[А-ЯЁа-яё'’-]*[А-ЯЁа-яё]")
_INITIALS = re.compile(r"(?:[А-ЯЁA-Z][а-яё]?\.-?)+|[IVX]+")
"""Initials, and the number of a pope or a queen."""

_INITIALS_GLUED = re.compile(r"(?<![А-ЯЁа-яё])([А-ЯЁ][а-яё]?\.)(?=[А-ЯЁ])")
_SLAVIC_STEM = re.compile(r"(?:ов|ев|ин|ын|ск|цк)")

_EAST_ASIAN = frozenset(
    """ким ли пак цой хон кан юн син мун чон чо чхве ли си ван чжан лю чэнь ян хуан чжао у чжоу сюй
    сунь ма чжу ху го хэ гао линь ло лян сун тан хань фэн дэн цао пэн цзэн сяо тянь дун юань пань
    юй цзян цай вэй сюэ лэй е янь ду дай ся чжун тань ляо чжэн цинь лай мэн нгуен чан фам ле хо во
    данг буй до нго чыонг хоанг фан тхант тхан""".split()
)
"""Family names that come first and, as the names behind them but the last, do not decline."""

_OPEN_SYLLABLE = re.compile(r"[бвгджзйклмнпрстфхцчшщь]{1,3}[аеиоуыэюя]")

_PARTICLES = frozenset(
    "абдель абдул абд абу бен бин ибн умм эль аль ад-дин де да ди ван дер ле ла мак сен".split()
)
"""Parts of names that no case changes."""

_TURKIC_PATRONYMIC = re.compile(r"(?:.+-)?(?:оглы|кызы|уулу)|.{3,}улы")
"""`Ахмед-оглы`, `Канатулы`: "son of Ahmed", "son of Kanat"; no case changes them."""

_PRIOR = {"n": 0.0, "g": -0.1, "a": -0.3, "d": -0.5, "i": -0.4, "p": -1.2}
_DISAGREES = -5.0
_NO_PREPOSITION = -1.5
_ALL_CHANGE = 0.6
_ASKED_FOR = 1.2
_SUBJECT, _MAYBE_SUBJECT = 2.5, 0.6


class PersonName(NamedTuple):
    """A name in the nominative, with the gender and case in which it was read.

    `gender` is "" where no word shows it.
    """

    text: str
    gender: str
    case: str


class NameAsSubject(NamedTuple):
    """The genders, `f`, `m` or both, of a name that is a subject, "" if nothing tells it.

    `is_sure` is False where the name may be the genitive of somebody else, `is_apart` is True where
    a noun stands between the office and the name: `начальник отдела Анна Лис`.
    """

    genders: str = ""
    is_sure: bool = False
    is_apart: bool = False


_UNTOLD = NameAsSubject()


@dataclass(frozen=True, slots=True, kw_only=True)
class NameContext:
    """What the item says of its names.

    Attributes:
        printed: Capitalised words of the item, folded.
        nominatives: Words of its fuller names in the nominative, folded.
        cases: The cases that the word before the name asks for; "" if it asks for none.
        is_behind_word: A word in small letters stands before the name.
        has_preposition: A preposition of the prepositional stands before the name.
        subject: What tells that the name is the subject of a verb.
    """

    printed: frozenset[str] = frozenset()
    nominatives: frozenset[str] = frozenset()
    cases: str = ""
    is_behind_word: bool = False
    has_preposition: bool = True
    subject: NameAsSubject = _UNTOLD


def normalise_name(name: str, context: NameContext | None = None) -> PersonName:
    """Return a person's name in the nominative.

    Args:
        name: As printed, in any case; a name with other letters than Russian ones stays as it is.
        context: What the item says of its names.

    >>> normalise_name("Дмитрия Пескова")
    PersonName(text='Дмитрий Песков', gender='m', case='g')
    >>> normalise_name("Ангеле Меркель").text, normalise_name("Ли Кэцяну").text
    ('Ангела Меркель', 'Ли Кэцян')
    >>> normalise_name("Круглова Максима").text
    'Максим Круглов'
    """
    words = _INITIALS_GLUED.sub(r"\1 ", name.replace("ё", "е").replace("Ё", "Е")).split()
    if not 0 < len(words) <= _LONGEST_NAME or not all(_is_russian(word) for word in words):
        return PersonName(name, "", "n")
    context = context or NameContext()
    if len(words) == 1 and (family := _family(words[0], context)):
        return PersonName(family, "", "")
    return _Reader(_given_name_first(words), context).read()


def _family(word: str, context: NameContext) -> str:
    """Return the nominative of a family in the plural, "" for a single person."""
    if family := FAMILY.fullmatch(word):
        return f"{family['stem']}ы"
    if context.is_behind_word and is_foreign_family(fold_yo(word)):
        # `адвокаты Ротенбергов`, but `Бардаков` in a list of players
        return f"{word[:-2]}{'и' if word[-3] in 'гкхжшчщ' else 'ы'}"
    return ""


def _is_russian(word: str) -> bool:
    return bool(_WORD.fullmatch(word) or _INITIALS.fullmatch(word))


def _given_name_first(words: list[str]) -> list[str]:
    """`Круглова Максима`, `Иванов Иван Иванович`, `Иванова И. П.`: the family name goes last."""
    if len(words) < 2 or words[0].endswith(".") or _may_be_given(words[0]):
        return words
    if len(words) == 3 and patronymic_forms(words[2]) and _may_be_given(words[1]):
        return [words[1], words[2], words[0]]
    if all(word.endswith(".") for word in words[1:]):
        return [*words[1:], words[0]]
    is_slavic = _SLAVIC_STEM.search(fold_yo(words[0]))
    if len(words) == 2 and is_slavic and _may_be_given(words[1]):
        return [words[1], words[0]]
    return words


def _may_be_given(word: str) -> bool:
    return any(is_given_name(form.nominative) for form in given_name_forms(word))


def _is_syllable(word: str) -> bool:
    """`То Лам`, `Бё Ын Хи`: an open syllable that no person here is called by."""
    return bool(_OPEN_SYLLABLE.fullmatch(word)) and not _may_be_given(word)


class _Reader:
    """The words of a name, and what speaks for each reading of them."""

    def __init__(self, words: Sequence[str], context: NameContext) -> None:
        self._words = words
        self._folded = [fold_yo(word) for word in words]
        self._context = context
        self._last = len(words) - 1
        first = self._folded[0]
        self._is_east_asian = self._last > 0 and (first in _EAST_ASIAN or _is_syllable(first))
        self._fixed = [self._is_fixed(index) for index in range(len(words))]
        self._options = [self._options_of(index) for index in range(len(words))]
        has_given = any(
            _WORD.fullmatch(word) and not _INITIALS.fullmatch(word) for word in words[:-1]
        )
        may_be_known = self._last > 0 and any(
            genders_of_given_name(nominative)
            for nominatives in self._options[0].values()
            for nominative in nominatives
        )
        self._places = [
            WordPosition(
                is_first=index == 0,
                is_last=index == self._last,
                has_given=has_given,
                may_be_known=may_be_known,
            )
            for index in range(len(words))
        ]

    def read(self) -> PersonName:
        """Return the name in the gender and case that suits all its words best."""
        readings = [
            (*self._score(gender, case), gender, case) for gender in GENDERS for case in CASES
        ]
        _, nominatives, gender, case = max(readings, key=lambda reading: reading[0])
        genders_alike = len({reading[0] for reading in readings if reading[3] == "n"}) == 1
        text = " ".join(
            with_capitals(nominative, word)
            for nominative, word in zip(nominatives, self._words, strict=True)
        )
        unknown = genders_alike and case == "n"
        return PersonName(text, "" if unknown else gender, case)

    def _score(self, gender: str, case: str) -> tuple[float, list[str]]:
        score, nominatives, changed = _PRIOR[case], [], 0
        if case == "p" and not self._context.has_preposition:
            # `передал Роберте Метсоле` (gave to Roberta Metsola)
            score += _NO_PREPOSITION
        if case in self._context.cases:
            score += _ASKED_FOR - min(0.0, _PRIOR[case])
        if case == "n" and gender in self._context.subject.genders:
            score += _SUBJECT if self._context.subject.is_sure else _MAYBE_SUBJECT
        for index, word in enumerate(self._folded):
            options = self._options[index].get((gender, case))
            if not options:
                score += _DISAGREES
                nominatives.append(word)
                continue
            worth, nominative = max(
                (self._worth(index, option, gender, case), option) for option in options
            )
            score += worth
            nominatives.append(nominative)
            changed += nominative != word
        if self._last and changed == len(self._words):
            score += _ALL_CHANGE
        return score, nominatives

    def _options_of(self, index: int) -> dict[tuple[str, str], list[str]]:
        """Return the nominatives of a word by gender and case."""
        options: dict[tuple[str, str], list[str]] = {}
        for form in dict.fromkeys(self._forms_of(index)):
            options.setdefault((form.gender, form.case), []).append(form.nominative)
        return options

    def _forms_of(self, index: int) -> Iterator[WordForm]:
        word = self._folded[index]
        if self._fixed[index]:
            yield from unchanged(word)
            return
        head, dash, tail = word.rpartition("-")
        forms = tuple(self._simple_forms(index, tail))
        for form in forms or tuple(unchanged(tail)):
            if not dash:
                yield form
                continue
            yield form._replace(nominative=f"{head}-{form.nominative}")
            is_known = index == self._last or is_given_name(form.nominative)
            if not is_known and form.nominative[-1] in "ая":
                # `Жанны-Мари` is of no `Жанна-Маря`.
                continue
            for other in self._forms_before_hyphen(index, head):
                if (other.gender, other.case) == (form.gender, form.case):
                    yield form._replace(nominative=f"{other.nominative}-{form.nominative}")

    def _forms_before_hyphen(self, index: int, head: str) -> Iterator[WordForm]:
        """`Римского-Корсакова`, `Анны-Марии`, `Жана-Люка`: both parts of a double name decline."""
        if index == self._last and _SLAVIC_STEM.search(head):
            yield from surname_forms(head)
        elif index < self._last:
            yield from [form for form in given_name_forms(head) if is_given_name(form.nominative)]

    def _is_fixed(self, index: int) -> bool:
        """True for words that no case changes: `фон`, `аль`, `В.`, the `Чен` of `Ким Чен Ына`."""
        word = self._words[index]
        if index < self._last and self._folded[index] in _PARTICLES:
            return True
        if index and _TURKIC_PATRONYMIC.fullmatch(self._folded[index]):
            return True
        if not _WORD.fullmatch(word) or (word[0].islower() and "-" not in word):
            return True
        return self._is_east_asian and index < self._last

    def _simple_forms(self, index: int, tail: str) -> Iterator[WordForm]:
        if index and (forms := patronymic_forms(tail)):
            yield from forms
            if index == self._last and self._last == 1:
                return
            if index < self._last:
                return
        if index == self._last:
            # `Ли Шанфу` (Li Shangfu): few names of East Asia end in -а.
            yield from [
                form
                for form in surname_forms(tail)
                if not self._is_east_asian or form.nominative[-1] not in "ая"
            ]
        if index < self._last:
            yield from given_name_forms(tail)
        elif not self._last:
            yield from [form for form in given_name_forms(tail) if is_given_name(form.nominative)]

    def _worth(self, index: int, nominative: str, gender: str, case: str) -> float:
        if self._fixed[index]:
            return 0.0
        reading = WordReading(self._folded[index], nominative, gender, case)
        return worth_of_reading(
            reading, self._places[index], self._context.printed, self._context.nominatives
        )
