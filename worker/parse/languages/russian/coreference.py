"""The speakers that noun phrases stand for, by gender, office and the order of speaking."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from worker.model import Dateline, EntityLabel
from worker.parse.entity_registry import Gender, Registry
from worker.parse.languages.russian.bodies import BodyMentions as Bodies
from worker.parse.languages.russian.descriptions import (
    PersonDescription as Description,
)
from worker.parse.languages.russian.descriptions import (
    describe,
    find_descriptions,
    matches,
)
from worker.parse.languages.russian.lexicon import agreement_of, cue_of
from worker.parse.languages.russian.phrases import (
    PREPOSITIONS,
    PRONOUNS,
    Phrase,
    is_nominative,
    read_phrase,
)
from worker.parse.languages.russian.units import Kind, Sentence

__all__ = ["NOBODY", "Discourse", "Speaker"]

_GENDERS = {Gender.MALE: "m", Gender.FEMALE: "f", Gender.UNKNOWN: ""}
_MEMORY = 40
"""Mentions and speakers that are looked at, the latest first, which keeps the search linear."""
_CARRYING_ON = ("добав", "продолж", "заключ", "резюмир", "уточн", "подыто", "поясн")
_NAME = 0.97
_BODY_NAME = 0.94
_PLACE_NAME = 0.6
_CROWD = (0.93, 0.93, 0.86, 0.8)
"""How often the likeliest person is right, by the number of people whom the words would suit."""
_CROWD_LEAST = 0.72
_UNSURE_GENDER = 0.85
_NOT_SPEAKING = 0.8
_ZERO = 0.85
_DESCRIBED = 0.95
_UNDESCRIBED = 0.62
_EXPERTS = 0.75
_TITLE = 120
_TOPIC_UNITS = 4
_EQUALS = frozenset({"коллега", "партнер"})
_GOVERNMENTS = frozenset({"власти", "правительство"})
_PERSONAL = frozenset({"person", "woman"})


class Speaker(NamedTuple):
    """An actor of the registry by its number, None for nobody, and how surely it is the one."""

    actor: int | None
    confidence: float = 0.0


NOBODY = Speaker(None)


@dataclass(slots=True)
class _Person:
    gender: str
    descriptions: list[Description] = field(default_factory=list)


class Discourse:
    """Who has spoken and who has been named, up to a place in the text.

    `advance` is called with each sentence in text order, `resolve` for its phrases, `record` for
    those that speak.
    """

    def __init__(
        self,
        full: str,
        registry: Registry,
        paragraphs: Sequence[Sequence[Sentence]],
        dateline: Dateline | None,
    ) -> None:
        self.full = full
        self.actors = registry.actors
        self._actor_at = {
            mention.span.start: number
            for number, actor in enumerate(registry.actors)
            for mention in actor.mentions
        }
        self._people = {
            number: _Person(_GENDERS[actor.gender], list(describe(actor)))
            for number, actor in enumerate(registry.actors)
            if actor.label is EntityLabel.PERSON
        }
        self._speakers: deque[int] = deque(maxlen=_MEMORY)
        self._subjects: deque[int] = deque(maxlen=_MEMORY)
        self._named: deque[int] = deque(maxlen=_MEMORY)
        self._spoken: deque[tuple[int, int]] = deque(maxlen=_MEMORY)
        self._here: deque[int] = deque(maxlen=_MEMORY)
        self._topic: int | None = None
        self._topic_noun: Phrase | None = None
        self._topic_at = self._spoken_at = self._sentence = self._paragraph = 0
        self.bodies = Bodies(full, registry, self._actor_at, dateline)
        self.last: Speaker = NOBODY
        self._they: Speaker = NOBODY
        self._learn(sentence for paragraph in paragraphs for sentence in paragraph)
        self._undescribed = Counter(
            person.gender for person in self._people.values() if not person.descriptions
        )

    def _learn(self, sentences: Iterable[Sentence]) -> None:
        """Read genders and descriptions of the whole text: `заявила Ли`, `эксперт Ли`."""
        for sentence in sentences:
            for start, description in find_descriptions(self.full, sentence):
                person = self._people.get(self._actor_at.get(start, -1))
                if person:
                    person.descriptions.append(description)
            self._learn_genders(sentence)

    def _learn_genders(self, sentence: Sentence) -> None:
        for number, unit in enumerate(sentence):
            person = self._people.get(self._actor_at.get(unit.start, -1)) if unit.entity else None
            if person is None or person.gender or not self._is_nominative(unit.start, sentence):
                continue
            behind = sentence[number + 1] if number + 1 < len(sentence) else None
            before = sentence[number - 1] if number else None
            gender = ""
            if behind and behind.kind is Kind.WORD:
                gender = agreement_of(behind.word)
            if not gender and before and before.kind is Kind.WORD and cue_of(before.word):
                gender = agreement_of(before.word)
            person.gender = gender if gender in {"m", "f"} else ""

    def _is_nominative(self, start: int, sentence: Sentence) -> bool:
        for number, unit in enumerate(sentence):
            if unit.start == start and unit.entity:
                if number and sentence[number - 1].word in PREPOSITIONS:
                    return False
                return is_nominative(unit.entity, unit.span.of(self.full)) is not False
        return False

    def begin_paragraph(self, number: int) -> None:
        """Take note that the sentences to come are of another paragraph."""
        self._paragraph = number
        self._here.clear()

    def advance(self, sentence: Sentence) -> None:
        """Take note of the names in a sentence whose speakers are known already."""
        topic, noun = self._read_topic(sentence)
        self._sentence += 1
        for number, unit in enumerate(sentence):
            if unit.entity is None:
                continue
            actor = self._actor_at.get(unit.start)
            if actor is None:
                continue
            self.bodies.mention(actor, sentence, number)
            if actor in self._people:
                self._named.append(actor)
                self._here.append(actor)
                after = number and sentence[number - 1].word in PREPOSITIONS
                nominative = is_nominative(unit.entity, unit.span.of(self.full))
                if nominative is not False and not after:
                    self._subjects.append(actor)
                    topic = actor if topic is None else topic
        if any(unit.kind in {Kind.WORD, Kind.NAME} for unit in sentence):
            self._topic, self._topic_at, self._topic_noun = topic, self._sentence, noun

    def _read_topic(self, sentence: Sentence) -> tuple[int | None, Phrase | None]:
        """`Сам осужденный молчал`, `Она приехала в Псков`: a topic that is no name.

        Return whom a pronoun stands for, or the noun, which may stand for nobody in the item.
        """
        for number, unit in enumerate(sentence[:_TOPIC_UNITS]):
            if unit.word in {"он", "она"} and unit.kind is Kind.WORD:
                return self._pick(PRONOUNS[unit.word]).actor, None
            if unit.entity or unit.kind is Kind.RUN or unit.word in PREPOSITIONS:
                break
            phrase = read_phrase(
                self.full, sentence, number, len(sentence), "nominative", plural=False
            )
            if phrase:
                return None, phrase if phrase.kind in _PERSONAL else None
        return None, None

    def record(self, phrase: Phrase | None, speaker: Speaker) -> None:
        """Take note of a source and whom it stands for."""
        self.last = speaker
        if phrase is None or phrase.kind != "pronoun":
            self._they = self._find_experts(phrase)
        if speaker.actor in self._people and speaker.actor is not None:
            self._speakers.append(speaker.actor)
            self._spoken.append((speaker.actor, self._paragraph))
            self._spoken_at = self._sentence + 1
        if phrase is None or phrase.kind != "pronoun":
            self.bodies.record(phrase, speaker.actor)

    def _find_experts(self, phrase: Phrase | None) -> Speaker:
        """`считают аналитики компании "Рубин"`: for whom `они` speak hereafter."""
        if phrase is None or phrase.kind not in _PERSONAL or phrase.gender != "p":
            return NOBODY
        for start in range(phrase.span.start, min(phrase.span.end, phrase.span.start + _TITLE)):
            actor = self._actor_at.get(start)
            if actor is not None and self.actors[actor].label is EntityLabel.ORG:
                return Speaker(actor, _EXPERTS)
        return NOBODY

    def resolve(self, phrase: Phrase | None, agreement: str, cue: str = "") -> Speaker:
        """Return the speaker that a phrase stands for; None is a subject that is left out.

        `agreement` is that of the verb, `cue` the folded verb itself.
        """
        if phrase is None:
            return self._resolve_zero(agreement, cue)
        if phrase.kind == "name" and phrase.entity:
            return self._resolve_name(phrase.entity.span.start)
        if phrase.kind == "pronoun":
            return self._they if phrase.gender == "p" else self._pick(phrase.gender, cue)
        if phrase.kind == "unknown":
            return NOBODY
        if phrase.kind in _PERSONAL:
            return self._resolve_noun(phrase, agreement)
        if phrase.kind == "unnamed":
            return self._resolve_unnamed(phrase, agreement)
        if phrase.entity:
            actor = self._actor_at.get(phrase.entity.span.start)
            return Speaker(actor, _BODY_NAME - 0.04) if actor is not None else NOBODY
        if phrase.owner and not self._is_place(phrase):
            return self._weaken(self.resolve(phrase.owner, ""), 0.95)
        actor, confidence = self.bodies.resolve(phrase)
        return Speaker(actor, confidence)

    def _is_place(self, phrase: Phrase) -> bool:
        """`полиция Берлина` is not Berlin, while `власти Берлина` speak for it."""
        owner = phrase.owner
        if owner is None or owner.entity is None or owner.kind != "name":
            return False
        is_body = owner.entity.label in {EntityLabel.PERSON, EntityLabel.ORG}
        return not is_body and phrase.head not in _GOVERNMENTS

    def _weaken(self, speaker: Speaker, share: float) -> Speaker:
        return Speaker(speaker.actor, speaker.confidence * share)

    def _resolve_name(self, start: int) -> Speaker:
        actor = self._actor_at.get(start)
        if actor is None:
            return NOBODY
        label = self.actors[actor].label
        confidence = {EntityLabel.PERSON: _NAME, EntityLabel.ORG: _BODY_NAME}.get(
            label, _PLACE_NAME
        )
        return Speaker(actor, confidence)

    def _resolve_zero(self, agreement: str, cue: str) -> Speaker:
        """`"...", - отметила в эфире`: the verb tells the gender of who is left out."""
        if agreement in {"m", "f"}:
            return self._weaken(self._pick(agreement, cue), _ZERO)
        if agreement == "s" or not agreement:
            return self._weaken(self.last, _ZERO)
        return NOBODY

    def _pick(self, gender: str, cue: str = "") -> Speaker:
        """Return the likeliest person of a gender.

        `Лис не согласна. "...", - сказала она`: the topic of the sentence before comes before an
        older speaker, unless the verb carries on (`добавила она`).
        """
        is_newer = not self._spoken_at or self._topic_at > self._spoken_at
        is_carried = cue.startswith(_CARRYING_ON)
        if self._topic is None and self._topic_noun and is_newer and not is_carried:
            return self._weaken(self._resolve_noun(self._topic_noun, gender), _ZERO)
        crowd = len({one for one in self._named if self._suits(one, gender)})
        for actor, share in self._ranked(carries_on=is_carried):
            if self._suits(actor, gender):
                return Speaker(actor, share * self._trust(actor, crowd))
        return NOBODY

    def _ranked(self, *, carries_on: bool) -> Iterator[tuple[int, float]]:
        """Yield people, the likeliest first, each with its share of the confidence."""
        speaking = [(one, 1.0) for one, at in reversed(self._spoken) if at >= self._paragraph - 1]
        is_newer = not self._spoken_at or self._topic_at > self._spoken_at
        topic = [(self._topic, 0.95)] if self._topic is not None and is_newer else []
        yield from speaking + topic if carries_on else topic + speaking
        yield from ((one, _NOT_SPEAKING) for one in reversed(self._here))
        for recent, share in (
            (self._speakers, _NOT_SPEAKING),
            (self._subjects, _NOT_SPEAKING * _NOT_SPEAKING),
            (self._named, _NOT_SPEAKING * _NOT_SPEAKING * _NOT_SPEAKING),
        ):
            yield from ((one, share) for one in reversed(recent))

    def _suits(self, actor: int, gender: str) -> bool:
        own = self._people[actor].gender
        return not own or not gender or own == gender

    def _trust(self, actor: int, crowd: int) -> float:
        confidence = _CROWD[crowd] if crowd < len(_CROWD) else _CROWD_LEAST
        return confidence if self._people[actor].gender else confidence * _UNSURE_GENDER

    def _resolve_noun(self, phrase: Phrase, agreement: str) -> Speaker:
        """Return the person whom a noun describes.

        Offices are masculine whoever holds them: the verb has the gender (`министр заявила`).
        """
        if phrase.gender == "p" or agreement == "p":
            return NOBODY
        gender = phrase.gender or (agreement if agreement in {"m", "f"} else "")
        seen = [*reversed(self._speakers), *reversed(self._subjects), *reversed(self._named)]
        people = [actor for actor in dict.fromkeys(seen) if self._suits(actor, gender)]
        suited = [actor for actor in people if self._is_described(actor, phrase)]
        if suited:
            return Speaker(suited[0], _DESCRIBED * self._trust(suited[0], len(suited)))
        # `эксперт` for the topic or the last speaker, of whom the text says nothing but `коллега`.
        is_newer = self._topic is not None and self._topic_at > self._spoken_at
        latest = self._topic if is_newer else self.last.actor
        only = next((one for one in people if not self._people[one].descriptions), None)
        if only in self._subjects and not phrase.words and self._is_sole(gender):
            return Speaker(only, _UNDESCRIBED)
        if latest is None or latest not in people or phrase.words:
            return NOBODY
        described = any(one.head not in _EQUALS for one in self._people[latest].descriptions)
        return NOBODY if described else Speaker(latest, _UNDESCRIBED)

    def _is_described(self, actor: int, phrase: Phrase) -> bool:
        descriptions = self._people[actor].descriptions
        return any(matches(phrase.head, phrase.words, one) for one in descriptions)

    def _is_sole(self, gender: str) -> bool:
        """True if a single person of the item may be meant and is never described.

        `Иван Петров: лес важнее` heads an item that then says `рассказывает директор`.
        """
        unknown = self._undescribed[""]
        return (self._undescribed[gender] + unknown if gender else self._undescribed.total()) == 1

    def _resolve_unnamed(self, phrase: Phrase, agreement: str) -> Speaker:
        """`собеседник агентства` may be whoever spoke last; `источник` is never named."""
        if not phrase.head.startswith("собеседни") or phrase.gender == "p":
            return NOBODY
        actor = self.last.actor
        gender = agreement if agreement == "f" else ""
        if actor is None or actor not in self._people or not self._suits(actor, gender):
            return NOBODY
        return Speaker(actor, _CROWD_LEAST)
