"""The people of an item: the full name, in the nominative, that a mention stands for."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from worker.model import Span
from worker.parse.languages.russian.name_words import (
    genders_of_given_name,
    given_name_forms,
    surname_forms,
)
from worker.parse.languages.russian.names import NameContext, PersonName, normalise_name
from worker.parse.languages.russian.role_nouns import cases_before
from worker.parse.languages.russian.subject_names import find_name_as_subject
from worker.parse.languages.russian.word_forms import fold_yo

__all__ = ["Person", "capitalised_words", "link_people", "normalise_people"]

_CAPITALISED = re.compile(r"\b[А-ЯЁ][а-яё]+(?:-[А-ЯЁ]?[а-яё]+)*")
_WORD_BEFORE = re.compile(r"[а-яё]{3}(?<!ли)(?<!ла)(?<!ет)(?<!ит)(?<!ся) \Z")
"""A noun rather than a verb: `адвокаты Ротенбергов`, but `играли Бардаков и другие`."""

_PREPOSITION = re.compile(r"\b(?:[Оо]б?|[Оо]бо|[Вв]о?|[Нн]а|[Пп]ри) [^.;:!?]*\Z")
"""What stands before a name in the prepositional: `о премьере Петре Седове`."""

_FAR_BEFORE = 80
"""Code points in which that preposition is looked for."""

_MOST_NAMESAKES = 50
"""People of one surname or given name who are compared: a list of a thousand takes linear time."""

_INITIAL = re.compile(r"[А-ЯЁA-Z][а-яё]?\.-?")


class Person(NamedTuple):
    """The canonical name of a person, and the gender by the name, "" if it shows none.

    `case` is that of the mention, "" if its words do not show it.
    """

    canonical: str
    gender: str
    case: str = ""


def normalise_people(text: str, spans: Sequence[Span]) -> list[PersonName]:
    """Return the nominative of each name of a person in a text.

    Fuller names are read first, and lend their words to the shorter ones.

    >>> text = "Сергея Пескова ждут. Пескову звонили."
    >>> [name.text for name in normalise_people(text, [Span(0, 14), Span(21, 28)])]
    ['Сергей Песков', 'Песков']
    """
    printed = capitalised_words(text)
    names = [_title_case(span.of(text)) for span in spans]
    contexts = [_context_of(text, span, printed) for span in spans]
    read: dict[int, PersonName] = {}
    nominatives: frozenset[str] = frozenset()
    for is_full in (True, False):
        for index, name in enumerate(names):
            if (" " in name) is is_full:
                own = replace(contexts[index], nominatives=nominatives)
                read[index] = normalise_name(name, own)
        if is_full:
            _settle_by_cases(names, [own.cases for own in contexts], read)
        words = [fold_yo(word) for name in read.values() for word in name.text.split()]
        nominatives = frozenset(words)
    return [read[index] for index in range(len(spans))]


def _context_of(text: str, span: Span, printed: frozenset[str]) -> NameContext:
    """Return what the words around a name say of it."""
    start = span.start
    preposition = _PREPOSITION.search(text, max(0, start - _FAR_BEFORE), start)
    return NameContext(
        printed=printed,
        cases=cases_before(text, start),
        is_behind_word=_WORD_BEFORE.search(text, max(0, start - 4), start) is not None,
        has_preposition=preposition is not None,
        subject=find_name_as_subject(text, start, span.end),
    )


def _settle_by_cases(
    names: Sequence[str], asked: Sequence[str], read: dict[int, PersonName]
) -> None:
    """Read a name alike wherever it is printed alike, if the words before it tell its case once.

    `президента Александра Бондаренко` makes `Александра Бондаренко` a man.
    """
    told: dict[str, PersonName] = {}
    for index, name in read.items():
        if asked[index]:
            told.setdefault(names[index], name)
    read.update(
        {index: told.get(names[index], name) for index, name in read.items() if not asked[index]}
    )


def _title_case(name: str) -> str:
    """`ПЕСКОВА`: a headline in capitals; initials and `ДиКаприо` stay as they are."""
    if not name.isupper() or len(name) < 4:
        return name
    return " ".join(word if "." in word else word.title() for word in name.split())


def capitalised_words(text: str) -> frozenset[str]:
    """Return the words of a text that begin with a capital, folded."""
    return frozenset(fold_yo(word) for word in _CAPITALISED.findall(text))


def link_people(text: str, spans: Sequence[Span], authors: Sequence[str] = ()) -> list[Person]:
    """Return the person that each name stands for: the fullest name of the item that suits it.

    `authors` are full names that the text does not print.

    >>> text = "Анна Лис и Борис Гусь. Гуся ждали, Лис пришла"
    >>> spans = [Span(0, 8), Span(11, 21), Span(23, 27), Span(35, 38)]
    >>> [person.canonical for person in link_people(text, spans)]
    ['Анна Лис', 'Борис Гусь', 'Борис Гусь', 'Анна Лис']
    """
    read = normalise_people(text, spans)
    written = [normalise_name(author) for author in authors]
    fullest = _Fullest(dict.fromkeys([name for name in (*read, *written) if " " in name.text]))
    linked: list[Person] = []
    for span, name in zip(spans, read, strict=True):
        person = fullest.person_of(name, span.of(text))
        fullest.last[_surname_of(person.canonical)] = person
        case = "" if name.text == span.of(text) and name.gender == "" else name.case
        linked.append(person._replace(case=case))
    return linked


class _Fullest:
    """The fuller names of an item, by surname and by given name."""

    def __init__(self, names: Sequence[PersonName] | dict[PersonName, None]) -> None:
        self.last: dict[str, Person] = {}
        self._by_surname: dict[str, list[Person]] = {}
        self._by_given: dict[str, list[Person]] = {}
        self._merged: dict[str, Person] = {}
        for name in sorted(names, key=lambda name: -_fullness(name.text)):
            self._add(name)

    def _add(self, name: PersonName) -> None:
        rivals = self._by_surname.setdefault(_surname_of(name.text), [])
        fuller = [rival for rival in rivals if _is_shorter(name.text, rival.canonical)]
        fuller = fuller or self._begun(name.text)
        if len(fuller) == 1:
            self._merged[name.text] = fuller[0]
            return
        person = Person(name.text, _gender_of(name))
        self._merged[name.text] = person
        if person not in rivals and len(rivals) < _MOST_NAMESAKES:
            rivals.append(person)
        first = name.text.partition(" ")[0]
        given = fold_yo(first)
        if not _INITIAL.fullmatch(first):
            namesakes = self._by_given.setdefault(given, [])
            if len(namesakes) < _MOST_NAMESAKES:
                namesakes.append(person)

    def _begun(self, name: str) -> list[Person]:
        """`Ибрахим Бадр ад-Дин` for `Ибрахим Бадр ад-Дин аль-Хуси`, `Сергей Иванович` too."""
        given = fold_yo(name.partition(" ")[0])
        return [
            person
            for person in self._by_given.get(given, ())
            if fold_yo(person.canonical).startswith(f"{fold_yo(name)} ")
        ]

    def person_of(self, name: PersonName, printed: str) -> Person:
        if name.text in self._merged:
            return self._merged[name.text]
        if " " in name.text:
            return Person(name.text, _gender_of(name))
        return self._by_single(name, printed) or Person(name.text, _gender_of(name))

    def _by_single(self, name: PersonName, printed: str) -> Person | None:
        """Return the person of that surname last named, else of that given name."""
        candidates = [
            person
            for form in surname_forms(printed)
            for person in self._by_surname.get(form.nominative, ())
            if person.gender in {"", form.gender}
        ]
        candidates += self._by_surname.get(fold_yo(name.text), ())
        own = [one for one in candidates if _surname_of(one.canonical) == fold_yo(name.text)]
        candidates = list(dict.fromkeys(own or candidates))
        if candidates:
            last = self.last.get(_surname_of(candidates[0].canonical))
            return last if last in candidates else candidates[0]
        by_given = dict.fromkeys(
            [
                person
                for form in given_name_forms(printed)
                for person in self._by_given.get(form.nominative, ())
            ]
        )
        return next(iter(by_given)) if len(by_given) == 1 else None


def _fullness(name: str) -> int:
    """Return the order of names: many words that are written out, then few initials."""
    words = name.split()
    initials = sum(bool(_INITIAL.fullmatch(word)) for word in words)
    return (len(words) - initials) * 10 - initials


def _surname_of(name: str) -> str:
    return fold_yo(name.rpartition(" ")[2])


def _is_shorter(name: str, fuller: str) -> bool:
    """True for `Д. Песков` and `Дмитрий С. Песков` beside `Дмитрий Сергеевич Песков`."""
    words, others = fold_yo(name).split()[:-1], fold_yo(fuller).split()[:-1]
    if not all(word.endswith(".") for word in words[len(others) :]):
        return False
    return all(
        other.startswith(word.rstrip(".")) if word.endswith(".") else other == word
        for word, other in zip(words, others, strict=False)
    )


def _gender_of(name: PersonName) -> str:
    """Return the gender by patronymic or given name, else that in which the name agrees."""
    words = [word for word in name.text.split() if not word.endswith(".")]
    # `Дарья Сташкевич` has no patronymic.
    for word in words[1:-1]:
        if gender := _gender_of_patronymic(word):
            return gender
    bearers = genders_of_given_name(words[0]) if words else {}
    if len(bearers) == 1:
        return next(iter(bearers))
    return name.gender or (_gender_of_patronymic(words[-1]) if len(words) == 2 else "")


def _gender_of_patronymic(word: str) -> str:
    if fold_yo(word).endswith(("вич", "ьич")):
        return "m"
    return "f" if fold_yo(word).endswith(("вна", "чна")) else ""
