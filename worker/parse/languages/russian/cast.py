"""The people of an item: who was named, who acted and who spoke last, up to a place in the text.

In the examples: `заявила` stated (of a woman), `сказала она` she said, `добавила она` she added,
`по его словам` according to him, `Лис не согласна` Lis disagrees, `директор` the director,
`политик` the politician, `девушка` the young woman, `эксперт` the expert, `коллега` a colleague.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from worker.model import EntityLabel
from worker.parse.entity_registry import Actor, Gender
from worker.parse.languages.russian.descriptions import (
    PersonDescription,
    describe,
    excludes,
    find_descriptions,
    matches,
)
from worker.parse.languages.russian.lexicon import agreement_of, cue_of
from worker.parse.languages.russian.name_words import genders_of_given_name
from worker.parse.languages.russian.phrases import PREPOSITIONS, Phrase, is_nominative
from worker.parse.languages.russian.units import Sentence, Unit, UnitKind

__all__ = ["NOBODY", "PERSONAL", "Cast", "ResolvedSpeaker"]

PERSONAL = frozenset({"person", "woman"})
"""Classes of nouns for people."""
_GENDERS = {Gender.MALE: "m", Gender.FEMALE: "f", Gender.UNKNOWN: ""}
_MEMORY = 40
"""Mentions and speakers that are looked at, the latest first, which keeps the search linear."""
_CROWD = (0.93, 0.93, 0.86, 0.8)
"""How often the likeliest person is right, by the number of people whom the words would suit."""
_CROWD_LEAST = 0.72
_UNSURE_GENDER = 0.85
_NOT_SPEAKING = 0.8
_TOPIC = 0.95
_DESCRIBED = 0.95
_UNDESCRIBED = 0.62
_EQUALS = frozenset({"коллега", "партнер"})
_EPITHETS = frozenset(
    """дипломат политик чиновник парламентарий законодатель ученый специалист спортсмен спортсменка
    артист артистка актер актриса певец певица режиссер музыкант писатель писательница художник
    бизнесмен предприниматель топ-менеджер тренер наставник игрок футболист хоккеист археолог
    историк исследователь исследовательница переговорщик военачальник общественник худрук автор
    управленец банкир изобретатель новатор юбиляр путешественник молодожен
    эксперт истец ответчик обвиняемый подсудимый осужденный потерпевший истица
    ответчица обвиняемая подсудимая осужденная потерпевшая гость гостья предпринимательница
    чиновница коллекционер полковник подполковник генерал майор силовик краевед умелец
    изобретательница коллекционерка общественница лингвист музейщица""".split()
)
"""Nouns that a reporter puts for somebody whom the item has named: `заявил политик`."""
_STRANGERS = frozenset(
    """житель жительница сосед соседка очевидец прохожий покупатель покупательница пассажир
    пассажирка турист туристка пенсионер пенсионерка мужчина женщина свидетель свидетельница
    водитель продавец продавщица мать отец сын дочь брат сестра муж жена вдова прокурор адвокат
    защитник судья следователь болельщик""".split()
)
"""Nouns that bring in somebody new: `говорит соседка`."""
_FACTS = frozenset(
    """призер призерка чемпион чемпионка рекордсмен рекордсменка победитель победительница
    обладатель обладательница лауреат уроженец уроженка олимпиец экс-чемпион""".split()
)
"""Nouns that tell something new of whoever spoke: `заключила призер чемпионата Европы`."""
_BY_SEX = frozenset("девушка женщина мужчина парень юноша девочка мальчик подросток".split())
"""Nouns for somebody whom this paragraph or the last has named: `вспоминает девушка`."""


class ResolvedSpeaker(NamedTuple):
    """An actor of the registry by its number, None for nobody, and how surely it is the one."""

    actor: int | None
    confidence: float = 0.0

    def weaken(self, share: float) -> "ResolvedSpeaker":
        """Return the same actor with a share of the confidence."""
        return ResolvedSpeaker(self.actor, self.confidence * share)


NOBODY = ResolvedSpeaker(None)


@dataclass(slots=True)
class _Person:
    gender: str
    descriptions: list[PersonDescription] = field(default_factory=list)


class Cast:
    """The people of an item, and how lately each was named, acted and spoke.

    `advance` is called with each sentence in text order, `record` for those who speak in it.
    """

    def __init__(
        self,
        full: str,
        actors: Sequence[Actor],
        actor_at: Mapping[int, int],
        sentences: Iterable[Sentence],
    ) -> None:
        """Take the actors, their numbers by the starts of their mentions, and all sentences."""
        self._full = full
        self._actor_at = actor_at
        self._actors = actors
        self._people = {
            number: _Person(_GENDERS[actor.gender], list(describe(actor)))
            for number, actor in enumerate(actors)
            if actor.label is EntityLabel.PERSON
        }
        self._speakers: deque[int] = deque(maxlen=_MEMORY)
        self._subjects: deque[int] = deque(maxlen=_MEMORY)
        self._named: deque[int] = deque(maxlen=_MEMORY)
        self._spoken: deque[tuple[int, int]] = deque(maxlen=_MEMORY)
        self._here: deque[int] = deque(maxlen=_MEMORY)
        self._earlier: tuple[int, ...] = ()
        self._topic: int | None = None
        self._topic_noun: Phrase | None = None
        self._subject: int | None = None
        self._topic_at = self._spoken_at = self._stranger_at = 0
        self._sentence = self._paragraph = 0
        self._learn(sentences)
        self._undescribed = Counter(
            [person.gender for person in self._people.values() if not person.descriptions]
        )

    def _learn(self, sentences: Iterable[Sentence]) -> None:
        """Read genders and descriptions of the whole text: `заявила Ли`, `эксперт Ли`."""
        for sentence in sentences:
            for start, description in find_descriptions(self._full, sentence):
                person = self._people.get(self._actor_at.get(start, -1))
                if person:
                    person.descriptions.append(description)
            for number, actor in self._people_in(sentence):
                if self._is_subject(sentence, number):
                    person = self._people[actor]
                    told = _gender_beside(sentence, number)
                    # `Ясна Перич выразила`, which the form alone makes a man
                    is_told = told == "f" and _may_be_woman(self._actors[actor].canonical)
                    person.gender = told if is_told or not person.gender else person.gender

    def _person_at(self, unit: Unit) -> int | None:
        actor = self._actor_at.get(unit.start) if unit.entity else None
        return actor if actor in self._people else None

    def _people_in(self, sentence: Sentence) -> list[tuple[int, int]]:
        """Return the units of a sentence that are names of people, each with its actor."""
        found = [
            (number, self._person_at(unit)) for number, unit in enumerate(sentence) if unit.entity
        ]
        return [(number, actor) for number, actor in found if actor is not None]

    def _is_subject(self, sentence: Sentence, number: int) -> bool:
        """Return True for a name that may be in the nominative: `Ли` but not `с Ли`, `Ивановым`."""
        entity = sentence[number].entity
        if entity is None or (number and sentence[number - 1].word in PREPOSITIONS):
            return False
        return is_nominative(entity, entity.span.of(self._full)) is not False

    def has(self, actor: int | None) -> bool:
        """Return True for the number of a person."""
        return actor in self._people

    def suits(self, actor: int, gender: str) -> bool:
        """Return True for a person who may be of a gender, `m`, `f` or "" for either."""
        own = self._people[actor].gender
        return not own or not gender or own == gender

    def begin_paragraph(self, number: int) -> None:
        """Take note that the sentences to come are of another paragraph."""
        self._paragraph = number
        self._earlier = tuple(self._here)
        self._here.clear()

    def read(self, sentence: Sentence, number: int) -> None:
        """Take note of the name that is unit `number` of the sentence being read."""
        actor = self._person_at(sentence[number])
        if actor is not None and self._subject is None and self._is_subject(sentence, number):
            self._subject = actor

    def find_own(self, gender: str) -> ResolvedSpeaker:
        """`Петров, по его словам, уходит`: return the subject in front of the frame."""
        if self._subject is None or not self.suits(self._subject, gender):
            return NOBODY
        return ResolvedSpeaker(self._subject, self._trust(self._subject, 1))

    def advance(self, sentence: Sentence, topic: int | None, noun: Phrase | None) -> None:
        """Take note of the people in a sentence.

        `topic` is the person whom it begins with, None for its first subject; `noun` is a noun
        that it begins with, who may be nobody of the item.
        """
        self._sentence += 1
        self._subject = None
        for number, actor in self._people_in(sentence):
            self._named.append(actor)
            self._here.append(actor)
            if self._is_subject(sentence, number):
                self._subjects.append(actor)
                topic = actor if topic is None else topic
        if any(unit.kind in {UnitKind.WORD, UnitKind.NAME} for unit in sentence):
            self._topic, self._topic_at, self._topic_noun = topic, self._sentence, noun

    def record(self, phrase: Phrase | None, actor: int | None) -> None:
        """Take note of a source and whom it stands for, None for somebody without a name."""
        is_person = phrase is not None and phrase.kind in PERSONAL | {"unnamed"}
        if phrase and is_person and actor is None and phrase.gender != "p":
            self._stranger_at = self._sentence + 1
        if actor is not None and actor in self._people:
            self._speakers.append(actor)
            self._spoken.append((actor, self._paragraph))
            self._spoken_at = self._sentence + 1

    def is_stranger_last(self) -> bool:
        """`Представитель одного из них пришел. "...", - пояснил он`: he is nobody of the item."""
        return self._stranger_at > max(
            self._spoken_at, 0 if self._topic is None else self._topic_at
        )

    @property
    def topic_noun(self) -> Phrase | None:
        """The noun that the sentence before began with, if nobody has spoken since."""
        return self._topic_noun if self._topic is None and self._is_topic_newer() else None

    def _is_topic_newer(self) -> bool:
        return not self._spoken_at or self._topic_at > self._spoken_at

    def pick(self, gender: str, *, carries_on: bool) -> ResolvedSpeaker:
        """Return the likeliest person of a gender.

        `Лис не согласна. "...", - сказала она`: the topic of the sentence before comes before an
        older speaker, unless the verb `carries_on` (`добавила она`).
        """
        crowd = len({one for one in self._named if self.suits(one, gender)})
        for actor, share in self._ranked(carries_on=carries_on):
            if self.suits(actor, gender):
                return ResolvedSpeaker(actor, share * self._trust(actor, crowd))
        return NOBODY

    def _ranked(self, *, carries_on: bool) -> Iterator[tuple[int, float]]:
        """Yield people, the likeliest first, each with its share of the confidence."""
        speaking = [(one, 1.0) for one in self._speaking()]
        has_topic = self._topic is not None and self._is_topic_newer()
        topic = [(self._topic, _TOPIC)] if self._topic is not None and has_topic else []
        is_first = not carries_on or self._leads_paragraph()
        yield from topic + speaking if is_first else speaking + topic
        for recent, share in (
            (self._here, _NOT_SPEAKING),
            (self._speakers, _NOT_SPEAKING),
            (self._subjects, _NOT_SPEAKING * _NOT_SPEAKING),
            (self._named, _NOT_SPEAKING * _NOT_SPEAKING * _NOT_SPEAKING),
        ):
            yield from [(one, share) for one in reversed(recent)]

    def _leads_paragraph(self) -> bool:
        """`Лис предложила выход. "...", - уточнила она` in a paragraph where nobody has spoken."""
        spoken_here = self._spoken and self._spoken[-1][1] == self._paragraph
        return not spoken_here and self._topic in self._here

    def _speaking(self) -> list[int]:
        """Return those who spoke in this paragraph or the last, the latest first."""
        return [one for one, at in reversed(self._spoken) if at >= self._paragraph - 1]

    def _trust(self, actor: int, crowd: int) -> float:
        confidence = _CROWD[crowd] if crowd < len(_CROWD) else _CROWD_LEAST
        return confidence if self._people[actor].gender else confidence * _UNSURE_GENDER

    def find_described(self, phrase: Phrase, gender: str, last: int | None) -> ResolvedSpeaker:
        """Return the person whom a noun describes; `last` is the actor who spoke last."""
        seen = [*reversed(self._speakers), *reversed(self._subjects), *reversed(self._named)]
        people = [
            actor
            for actor in dict.fromkeys(seen)
            if self.suits(actor, gender)
            and not excludes(phrase.head, self._people[actor].descriptions)
        ]
        suited = [actor for actor in people if self._is_described(actor, phrase, is_full=True)]
        suited = suited or [actor for actor in people if self._is_described(actor, phrase)]
        if suited:
            return ResolvedSpeaker(suited[0], _DESCRIBED * self._trust(suited[0], len(suited)))
        if phrase.head in _FACTS:
            speaking = [actor for actor in self._speaking()[:1] if actor in people]
            # `сказал победитель` of the only man whom the item has named
            likeliest = speaking or (people if len(people) == 1 else [])
            if likeliest:
                return ResolvedSpeaker(likeliest[0], _UNDESCRIBED)
        if phrase.words:
            return NOBODY
        actor = self._find_undescribed(people, gender)
        actor = self._find_epithet(phrase.head, people) if actor is None else actor
        actor = self._find_latest(people, last) if actor is None else actor
        return NOBODY if actor is None else ResolvedSpeaker(actor, _UNDESCRIBED)

    def _is_described(self, actor: int, phrase: Phrase, *, is_full: bool = False) -> bool:
        """Return True if a noun suits a person.

        `is_full` leaves out the nouns by themselves: the item has a `глава района` and a
        `глава поселка`.
        """
        descriptions = self._people[actor].descriptions
        return any(
            matches(phrase.head, phrase.words, one)
            for one in descriptions
            if one.words or not (is_full and phrase.words)
        )

    def _find_undescribed(self, people: Sequence[int], gender: str) -> int | None:
        """Return the person who may be meant as the only one that the item never describes.

        `Иван Петров: лес важнее` heads an item that then says `рассказывает директор`.
        """
        unknown = self._undescribed[""]
        count = self._undescribed[gender] + unknown if gender else self._undescribed.total()
        only = next((one for one in people if not self._people[one].descriptions), None)
        return only if count == 1 and only in self._subjects else None

    def _find_epithet(self, head: str, people: Sequence[int]) -> int | None:
        """Return the person for whom a noun stands: `заявил политик`, `смеется девушка`."""
        named = (*reversed(self._here), *reversed(self._earlier))
        here = [one for one in named if one in people]
        if head in _BY_SEX and here:
            return here[0]
        if head not in _EPITHETS:
            return None
        speaking = self._speaking()[:1]
        if speaking and speaking[0] in people:
            return speaking[0]
        return people[0] if len(people) == 1 else None

    def find_only(self, phrase: Phrase, gender: str) -> ResolvedSpeaker:
        """`посоветовала метеоролог` of the only woman, who has just spoken as a `специалист`."""
        if gender not in {"m", "f"} or phrase.words or phrase.head in _STRANGERS:
            return NOBODY
        people = {actor for actor in self._named if self.suits(actor, gender)}
        speaking = self._speaking()[:1]
        is_only = len(people) == 1 and people == set(speaking)
        is_only = is_only and not excludes(phrase.head, self._people[speaking[0]].descriptions)
        return ResolvedSpeaker(speaking[0], _UNDESCRIBED) if is_only else NOBODY

    def _find_latest(self, people: Sequence[int], last: int | None) -> int | None:
        """`эксперт` for the topic or the last speaker, of whom the item says nothing else."""
        is_newer = self._topic is not None and self._topic_at > self._spoken_at
        latest = self._topic if is_newer else last
        if latest is None or latest not in people:
            return None
        described = any(one.head not in _EQUALS for one in self._people[latest].descriptions)
        return None if described else latest


def _may_be_woman(name: str) -> bool:
    """`Ясна Перич`, not `Никита Перич`: return True for a given name in -а that is in no list."""
    given, _, surname = name.partition(" ")
    return bool(surname) and given[-1] in "ая" and not genders_of_given_name(given)


def _gender_beside(sentence: Sentence, number: int) -> str:
    """Return the gender that a verb beside a name tells: `Ли заявила`, `заявила Ли`."""
    behind = sentence[number + 1 : number + 2]
    before = sentence[max(0, number - 1) : number]
    verbs = [unit.word for unit in behind if unit.kind is UnitKind.WORD]
    verbs += [unit.word for unit in before if unit.kind is UnitKind.WORD and cue_of(unit.word)]
    told = next((agreement_of(verb) for verb in verbs if agreement_of(verb)), "")
    return told if told in {"m", "f"} else ""
