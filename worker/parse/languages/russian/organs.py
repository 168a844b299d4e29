"""Which body speaks: the one that leads a sentence, and bodies that an item names by function.

`bodies` knows the bodies with names. An item may also begin with its source (`Банк "Рубин"
сократил прибыль, следует из отчетности`), or name a body by its function alone (`в областном
управлении лесами`): then the function, in the nominative, is its name.
"""

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Mapping
from functools import cache

from worker.model import EntityLabel
from worker.parse.entity_registry import Actor
from worker.parse.languages.russian.bodies import Bodies
from worker.parse.languages.russian.declension import forms_of
from worker.parse.languages.russian.lexicon import AGENCIES, agreement_of, cue_of, fold, nouns_of
from worker.parse.languages.russian.organisations import nominative_of_body
from worker.parse.languages.russian.phrases import (
    PREPOSITIONS,
    THERE,
    Phrase,
    is_nominative,
    read_phrase,
)
from worker.parse.languages.russian.units import Kind, Sentence

__all__ = ["TRADE", "Organs"]

_MEMORY = 40
_OF_STATE = frozenset("ведомство министерство регулятор департамент главк орган".split())
"""Nouns that never stand for a firm: `в ведомстве пояснили`."""
TRADE = frozenset(
    "компания фирма предприятие корпорация холдинг ритейлер застройщик авиакомпания концерн".split()
)
"""Nouns that never stand for an authority: `в компании заявили`."""
_GENERAL = (
    _OF_STATE
    | TRADE
    | frozenset(
        """организация пресс-служба пресс-центр служба учреждение управление штаб оперштаб руководство
        дирекция администрация агентство банк союз ассоциация фонд клуб сеть""".split()
    )
)
"""Nouns that may stand for the body that leads the item."""
_AUTHORITY = re.compile(
    r"мин[а-я]{3,}|министерств\w*|мид|мвд|мчс|фсб|фас|фнс|фтс|цб|цик|ск|следственн\w*|правительств\w*"
    r"|администраци\w*|управлени\w*|департамент\w*|комитет\w*|прокуратур\w*|суд|полици\w*|госдум\w*"
    r"|совфед|центробанк|рос\w*(?:надзор|реестр|стат|гвардия|авиация|рыболовство|имущество|недра)"
)
_FIRM = re.compile(r"(?:[опз]?ао|ооо|нк|гк|ик|ук|муп|гуп|фгуп)\b", re.IGNORECASE)
_FUNCTIONS = frozenset(
    """министерство управление департамент комитет комиссия инспекция прокуратура полиция суд мэрия
    администрация правительство парламент палата совет штаб оперштаб посольство консульство
    генконсульство служба дума собрание оргкомитет правление таможня минздрав минтранс минстрой
    минсельхоз минобр минкульт минспорт минтруд облздрав горздрав облсуд горсуд райсуд военкомат
    больница университет музей заповедник зоопарк гидрометцентр федерация ассоциация агентство фонд
    инспекция отделение""".split()
)
"""Nouns that name a body together with its adjective or its genitive: `в областном управлении`."""
_BY_THEMSELVES = frozenset(
    "полиция прокуратура мэрия оргкомитет оперштаб таможня посольство консульство минздрав".split()
)
"""Nouns that do so alone."""
_MARK = re.compile(r"[\"«“„]")
_WORD = re.compile(r"[ \u00a0]+([\w-]+)")
_GENITIVE = re.compile(
    r"[а-яё-]+(?:ого|его|ой|ей|ых|их|ии|ия|ства|а|я|ы|и|ов|ев|ом|ем|ами|ями)|[А-ЯЁ]{2,}|[А-ЯЁ][а-яё-]+"
)
_DATIVE = re.compile(r"[а-яё-]+(?:ому|ему|ой|ей|ым|им|ам|ям|у|ю|е|и)")
_FUNCTION_WORDS = 5
_STEM_LEAST = 4
_LOOK_BACK = 4
_LED, _FUNCTION = 0.75, 0.8
_CALLED = 0.85
"""Less than the confidence of `Bodies` in a name that has the noun itself."""
_OPENING_UNITS = 6


class Organs:
    """The bodies of an item, as far as it has been read."""

    def __init__(
        self, full: str, actors: list[Actor], actor_at: Mapping[int, int], bodies: Bodies
    ) -> None:
        """Take the `actors` of an item; bodies without a name are added to them as they speak."""
        self._full = full
        self._actors = actors
        self._named_actors = len(actors)
        self._actor_at = actor_at
        self._bodies = bodies
        self._leading: deque[int] = deque(maxlen=_MEMORY)
        self._mentioned: deque[int] = deque(maxlen=_MEMORY)
        self._recent: deque[int | None] = deque(maxlen=_MEMORY)
        self._classes: dict[int, set[str]] = {}
        self._media: set[int] = set()
        self._firms: set[int] = set()
        self._functions: dict[str, list[tuple[int, Sentence, int]]] = {}
        self._numbers: dict[str, int] = {}
        self._there: int | None = None
        self._is_opening = False

    def begin_sentence(self) -> None:
        """Take note that a sentence begins, in which nothing has led so far."""
        self._is_opening = False

    def mention(self, actor: int, sentence: Sentence, number: int) -> None:
        """Take note of the mention of an actor as unit `number` of a sentence."""
        self._bodies.mention(actor, sentence, number)
        if not self._is_body(actor):
            return
        nouns = nouns_of(sentence[number - 1].word) if number else ()
        self._classes.setdefault(actor, set()).update(noun.lemma for noun in nouns)
        self._mentioned.append(actor)
        unit = sentence[number]
        printed = self._full[max(0, unit.start - 1) : unit.end]
        if _MARK.search(printed) or not TRADE.isdisjoint(self._classes[actor]):
            self._firms.add(actor)
        # `агентство` is a medium or a body.
        if nouns and all(noun.kind == "media" for noun in nouns):
            self._media.add(actor)
        elif _leads(self._full, sentence, number):
            self._leading.append(actor)
            self._is_opening = True

    def record(self, phrase: Phrase | None, actor: int | None) -> None:
        """Take note of a source and the actor that it stands for."""
        is_named = actor is None or actor < self._named_actors
        self._bodies.record(phrase, actor if is_named else None)
        if actor is None and phrase is not None and phrase.kind == "body":
            self._recent.append(None)
        elif actor is not None and self._is_body(actor):
            self._recent.append(actor)
        self._there = actor if phrase and phrase.kind in {"body", "name"} else self._there

    def set_there(self, phrase: Phrase, actor: int | None) -> None:
        """Take note of the body of `в союзе план поддержали`, whose people speak as `там`."""
        self.record(phrase, actor)
        self._there = actor

    def resolve(self, phrase: Phrase) -> tuple[int | None, float]:
        """Return the actor that a body, a medium or a document stands for, and its confidence."""
        if phrase.head == THERE and self._there is not None and self._is_body(self._there):
            return self._there, _FUNCTION
        actor, confidence = self._bodies.resolve(phrase)
        if confidence < _CALLED and phrase.kind == "body" and self._has_complement(phrase):
            function = self.find_function(phrase)  # not the union that spoke before
            if function[0] is not None:
                return function
        last = self._recent[-1] if self._recent else None
        is_function = last is not None and last >= self._named_actors
        if confidence < _CALLED and is_function and phrase.head in _GENERAL:
            actor, confidence = last, _FUNCTION  # `Bodies` does not know it
        if actor is not None and (phrase.kind == "media" or self._fits(phrase.head, actor)):
            return actor, confidence
        earlier = self._find_earlier(phrase)
        if earlier is not None:
            return earlier, _LED
        return self.find_function(phrase)

    def _find_earlier(self, phrase: Phrase) -> int | None:
        """Return the body that spoke or led before: `Банк сократил прибыль, сообщила компания`."""
        for actor in reversed(self._recent):
            # `в министерстве` after `в региональном министерстве образования`
            if actor is not None and self._is_called(actor, phrase.head):
                return actor
        for actor in reversed(self._mentioned):
            # `в аэропорту` after `аэропорт "Заря"`
            if phrase.head in self._classes.get(actor, ()) or self._is_compound(actor, phrase.head):
                return actor
        is_other = phrase.kind == "body" and self._has_complement(phrase) and phrase.owner is None
        if is_other or (phrase.kind != "document" and phrase.head not in _GENERAL):
            return None
        return self._find_fitting(phrase)

    def _find_fitting(self, phrase: Phrase) -> int | None:
        """Return the last source that a general noun fits, else the only body that it fits."""
        for actor in reversed(self._recent):
            if actor is None:
                return None
            if self._fits(phrase.head, actor):
                return actor
        if self._leading and (self._is_opening or phrase.kind == "document"):
            leading = self._leading[-1] if self._is_opening else self._leading[0]
            return leading if self._fits(phrase.head, leading) else None
        fitting = {actor for actor in self._mentioned if self._fits(phrase.head, actor)}
        return fitting.pop() if len(fitting) == 1 else None

    def _is_called(self, actor: int, head: str) -> bool:
        words = fold(self._actors[actor].canonical).split()
        return actor >= self._named_actors and head in words

    def _is_compound(self, actor: int, head: str) -> bool:
        """`на бирже` of `Мосбиржа`, `в банке` of `Волгобанк`."""
        stem = head.rstrip("аья")
        if len(stem) < _STEM_LEAST:
            return False
        for word in fold(self._actors[actor].canonical).split():
            at = word.find(stem, 1)
            if at > 0 and len(word) - at - len(stem) <= 1:
                return True
        return False

    def find_function(self, phrase: Phrase) -> tuple[int | None, float]:
        """Return the actor of a body without a name, and its confidence: `в управлении лесами`."""
        if phrase.kind != "body" or phrase.head not in _FUNCTIONS:
            return None, 0.0
        printed = self._printed(phrase)
        if " " not in printed:
            # `в министерстве` after `региональному министерству образования`
            fuller = self._find_fuller(phrase)
            if fuller is None and phrase.head not in _BY_THEMSELVES:
                return None, 0.0
            printed = fuller or printed
        name = nominative_of_body(printed)
        if name not in self._numbers:
            self._numbers[name] = len(self._actors)
            self._actors.append(Actor(canonical=name, label=EntityLabel.ORG, mentions=()))
        return self._numbers[name], _FUNCTION

    def _has_complement(self, phrase: Phrase) -> bool:
        return self._end_of_function(phrase) > phrase.span.end

    def _printed(self, phrase: Phrase) -> str:
        return self._full[phrase.span.start : self._end_of_function(phrase)]

    def _find_fuller(self, phrase: Phrase) -> str | None:
        """Return the last words for a body before a phrase that say more than its noun does."""
        places = self._functions.get(phrase.head, [])
        before = bisect_left(places, phrase.span.start, key=lambda place: place[0])
        for _, sentence, number in reversed(places[max(0, before - _LOOK_BACK) : before]):
            for case in ("nominative", "genitive", "dative", "accusative", "prepositional"):
                found = read_phrase(self._full, sentence, max(0, number - 1), len(sentence), case)
                if found and found.head == phrase.head and " " in self._printed(found):
                    return self._printed(found)
        return None

    def learn(self, sentence: Sentence) -> None:
        """Take note of the bodies that a sentence names by their function."""
        forms = _function_forms()
        for number, unit in enumerate(sentence):
            if unit.word in forms and unit.kind is Kind.WORD:
                place = (unit.start, sentence, number)
                self._functions.setdefault(forms[unit.word], []).append(place)

    def _has_complement(self, phrase: Phrase) -> bool:
        return self._end_of_function(phrase) > phrase.span.end

    def _printed(self, phrase: Phrase) -> str:
        return self._full[phrase.span.start : self._end_of_function(phrase)]

    def _find_fuller(self, phrase: Phrase) -> str | None:
        """Return the last words for a body before a phrase that say more than its noun does."""
        places = self._functions.get(phrase.head, [])
        before = bisect_left(places, phrase.span.start, key=lambda place: place[0])
        for _, sentence, number in reversed(places[max(0, before - _LOOK_BACK) : before]):
            for case in ("nominative", "genitive", "dative", "accusative", "prepositional"):
                found = read_phrase(self._full, sentence, max(0, number - 1), len(sentence), case)
                if found and found.head == phrase.head and " " in self._printed(found):
                    return self._printed(found)
        return None

    def learn(self, sentence: Sentence) -> None:
        """Take note of the bodies that a sentence names by their function."""
        for number, unit in enumerate(sentence):
            if unit.kind is Kind.WORD:
                for noun in nouns_of(unit.word):
                    if noun.lemma in _FUNCTIONS:
                        place = (unit.start, sentence, number)
                        self._functions.setdefault(noun.lemma, []).append(place)
                        break

    def _end_of_function(self, phrase: Phrase) -> int:
        """Return the end of `управления по делам молодежи` in `управления по делам молодежи вчера`."""
        end = phrase.span.end
        form = _GENITIVE
        for number, word in enumerate(phrase.words[:_FUNCTION_WORDS]):
            match = _WORD.match(self._full, end)
            if match is None or fold(match[1]) != word or cue_of(word):
                break
            behind = phrase.words[number + 1] if number + 1 < len(phrase.words) else ""
            if word == "по" and _DATIVE.fullmatch(behind):
                form = _DATIVE
            elif word in PREPOSITIONS or not form.fullmatch(match[1]):
                break
            end = match.end()
        return end

    def _is_body(self, actor: int) -> bool:
        own = self._actors[actor]
        is_body = own.label in {EntityLabel.ORG, EntityLabel.FAC}
        # The tagger may take `Минцифры` for a place.
        is_body = is_body or bool(_AUTHORITY.fullmatch(fold(own.canonical)))
        return is_body and fold(own.canonical) not in AGENCIES

    def _fits(self, head: str, actor: int) -> bool:
        """`ведомство` is no firm, and `компания` is no ministry; neither is a paper."""
        name = self._actors[actor].canonical
        if actor in self._media:
            return False
        if head in _OF_STATE:
            return not _FIRM.match(name) and actor not in self._firms
        if head in TRADE:
            is_authority = any(_AUTHORITY.fullmatch(word) for word in fold(name).split())
            return not is_authority and not fold(name).startswith("банк росси")
        return True


def _leads(full: str, sentence: Sentence, number: int) -> bool:
    """`Банк "Рубин" сократил прибыль`: the first name of a sentence, in front of its verb."""
    unit = sentence[number]
    if unit.entity is None or number > _OPENING_UNITS:
        return False
    for before in sentence[:number]:
        is_verb = before.kind is Kind.WORD and agreement_of(before.word) and not nouns_of(before.word)
        if is_verb or before.kind is Kind.RUN or before.word in PREPOSITIONS or before.entity:
            return False
    return is_nominative(unit.entity, unit.span.of(full)) is not False or number > 0


@cache
def _function_forms() -> Mapping[str, str]:
    """Return the dictionary form of each form of a noun that names a body by its function."""
    return {form: noun for noun in sorted(_FUNCTIONS) for form, _ in forms_of(noun)}
