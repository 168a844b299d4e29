"""Which body speaks, where its noun is general: `в компании`, `там`, `в сообщении`.

`BodyMentions` finds a body by its own noun or by who spoke last. Here a firm is told from an
authority; an item may begin with its source (`Банк "Рубин" сократил прибыль, сообщила компания`);
and a body may have a function and no name (`в областном управлении лесами`).

In the examples: `сообщили там` they said there, `в ведомстве` at the authority, `в компании` at
the company, `сократил прибыль` cut its profit, `на бирже` at the exchange, `газета` a newspaper,
`игроки обыграли` the players beat, `в управлении` at the department, `аэропорт` an airport.
"""

import re
from collections import deque
from collections.abc import Iterable

from worker.model import EntityLabel
from worker.parse.entity_registry import Actor
from worker.parse.languages.russian.bodies import BodyMentions
from worker.parse.languages.russian.functions import FunctionNames
from worker.parse.languages.russian.lexicon import AGENCIES, agreement_of, fold, nouns_of
from worker.parse.languages.russian.phrases import PREPOSITIONS, THERE, Phrase, is_nominative
from worker.parse.languages.russian.units import Sentence, Unit, UnitKind

__all__ = ["SERVICES", "TRADE", "Organs"]

_MEMORY = 40
_OF_STATE = frozenset("ведомство министерство регулятор департамент главк орган".split())
"""Nouns that never stand for a firm: `в ведомстве пояснили`."""
TRADE = frozenset(
    """компания эмитент фирма предприятие корпорация холдинг ритейлер застройщик авиакомпания
    концерн перевозчик авиаперевозчик подрядчик девелопер разработчик поставщик страховщик
    производитель оператор заемщик концессионер""".split()
)
"""Nouns that never stand for an authority: `в компании заявили`."""
_GENERAL = frozenset(
    """организация пресс-служба пресс-центр служба учреждение управление штаб оперштаб руководство
    дирекция администрация агентство банк союз ассоциация фонд клуб сеть""".split()
).union(_OF_STATE, TRADE)
"""Nouns that may stand for the body that leads the item."""
_AUTHORITY = re.compile(
    r"""
    мин[а-я]{3,} | министерств\w* | мид | мвд | мчс | фсб | фас | фнс | фтс | цб | цик | ск
    | следственн\w* | правительств\w* | администраци\w* | управлени\w* | департамент\w*
    | комитет\w* | прокуратур\w* | суд | полици\w* | госдум\w* | совфед | центробанк
    | рос\w*(?:надзор|реестр|стат|гвардия|авиация|рыболовство|имущество|недра|стандарт|патент
        |лесхоз|качество|финмониторинг)\w?
    """,
    re.VERBOSE,
)
"""Folded words of the names of authorities."""
_FIRM = re.compile(r"(?:[опз]?ао|ооо|нк|гк|ик|ук|муп|гуп|фгуп)\b", re.IGNORECASE)
_MARK = re.compile(r"[\"«“„]")
_FOREIGN_MEDIA = frozenset(
    """bloomberg reuters afp ap cnn bbc ft wsj politico axios spiegel bild dpa ansa efe синьхуа
    рейтер би-би-си""".split()
)
_ALSO = {"инспекция": ("гибдд", "фнс"), "служба": ("фас", "фнс", "фтс", "фссп")}
"""Beginnings of names whose bodies are called so."""
_STEM_LEAST = 4
_PERSONAL_DOCUMENTS = frozenset(
    """письмо заявление пост блог обращение интервью речь статья книга мемуары твит запись
    комментарий послание поздравление соболезнование рапорт жалоба иск ответ видеообращение
    телеграмма пояснение""".split()
)
"""Documents that a person writes as often as a body does."""
SERVICES = {
    "спасатель": ("мчс", "спасател"),
    "пожарный": ("мчс", "пожарн"),
    "полицейский": ("мвд", "умвд", "полици"),
    "следователь": ("ск", "следственн", "скр", "су"),
    "прокурор": ("прокуратур",),
    "таможенник": ("таможн", "фтс"),
    "пограничник": ("погран", "фсб"),
    "налоговик": ("фнс", "налогов", "уфнс"),
    "автоинспектор": ("гибдд", "госавтоинспекц"),
}
"""Nouns for the people of a service, and the beginnings of its names: `рассказали спасатели`."""
_OFFICIAL_DOCUMENTS = frozenset(
    "материал пресс-релиз релиз отчет отчетность справка презентация сводка документация".split()
)
"""Documents that bodies issue."""
_KINDS_OF_MINISTRY = {
    "мвд": ("внутр",),
    "мид": ("иностр", "внешн"),
    "мчс": ("чрезв", "гражд", "ситуац"),
}
"""`в министерстве экологии` is none of those that have the letter М in their names."""
_LED, _FUNCTION = 0.75, 0.8
_CALLED = 0.85
"""Less than the confidence of `BodyMentions` in a name that has the noun itself."""
_OPENING_UNITS = 6


class Organs:
    """The bodies of an item, as far as it has been read."""

    def __init__(
        self, full: str, actors: list[Actor], bodies: BodyMentions, sentences: Iterable[Sentence]
    ) -> None:
        """Take the `actors` of an item; bodies without a name are added to them as they speak."""
        self._full = full
        self._actors = actors
        self._named_actors = len(actors)
        self._bodies = bodies
        self._functions = FunctionNames(full, sentences)
        self._numbers: dict[str, int] = {}
        self._leading: deque[int] = deque(maxlen=_MEMORY)
        self._mentioned: deque[int] = deque(maxlen=_MEMORY)
        self._recent: deque[int | None] = deque(maxlen=_MEMORY)
        self._classes: dict[int, set[str]] = {}
        self._media: set[int] = set()
        self._firms: set[int] = set()
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
        classes = self._classes.setdefault(actor, set())
        classes.update(noun.lemma for noun in nouns)
        self._mentioned.append(actor)
        # `фирма Рубин`, `"Рубин"`
        unit = sentence[number]
        if classes & TRADE or _MARK.search(self._full, max(0, unit.start - 1), unit.end):
            self._firms.add(actor)
        # `газета "Восток"`; but `агентство` is a medium or a body.
        if nouns and all(noun.kind == "media" for noun in nouns):
            self._media.add(actor)
        elif _leads(self._full, sentence, number):
            self._leading.append(actor)
            self._is_opening = True

    def record(self, phrase: Phrase | None, actor: int | None) -> None:
        """Take note of a source and the actor that it stands for."""
        is_named = actor is None or actor < self._named_actors
        self._bodies.record(phrase, actor if is_named else None)
        kind = phrase.kind if phrase else ""
        # A body that nobody knows hides those before it.
        if kind == "body" if actor is None else self._is_body(actor):
            self._recent.append(actor)
        if kind in {"body", "name"}:
            self._there = actor

    def set_there(self, phrase: Phrase, actor: int | None) -> None:
        """Take note of the body of `в союзе план поддержали`, whose people speak as `там`."""
        self.record(phrase, actor)
        self._there = actor

    def resolve(self, phrase: Phrase) -> tuple[int | None, float]:
        """Return the actor that a body, a medium or a document stands for, and its confidence."""
        # `сообщили там`
        if phrase.head == THERE and self._there is not None and self._is_body(self._there):
            return self._there, _FUNCTION
        actor, confidence = self._bodies.resolve(phrase)
        if phrase.kind == "document" and actor is not None and not self._is_body(actor):
            actor = self._find_issuer(phrase, actor)
        if actor is not None and self._is_other_ministry(phrase, actor):
            actor, confidence = None, 0.0
        if confidence < _CALLED:
            # `BodyMentions` knows no function: `в управлении лесами`, and `в ведомстве` hereafter
            function = self._find_own_function(phrase)
            actor, confidence = (actor, confidence) if function is None else (function, _FUNCTION)
        if actor is not None and (phrase.kind == "media" or self._fits(phrase.head, actor)):
            return actor, confidence
        earlier = self._find_earlier(phrase)
        return self.find_function(phrase) if earlier is None else (earlier, _LED)

    def _find_issuer(self, phrase: Phrase, actor: int) -> int:
        """`говорится в отчете` after a person has spoken: the body that issued it, if any spoke."""
        if phrase.head in _PERSONAL_DOCUMENTS:
            return actor
        # `Минэнерго ..., заявил Петров. "...", говорится в материалах`
        leading = self._leading[0] if self._leading else actor
        other = leading if phrase.head in _OFFICIAL_DOCUMENTS else actor
        return next((one for one in reversed(self._recent) if one is not None), other)

    def _is_other_ministry(self, phrase: Phrase, actor: int) -> bool:
        """`в министерстве экологии` after `МВД`."""
        if phrase.head != "министерство" or not self._functions.has_complement(phrase):
            return False
        words = fold(self._actors[actor].canonical).split()
        kinds = [_KINDS_OF_MINISTRY[word] for word in words if word in _KINDS_OF_MINISTRY]
        return bool(kinds) and not any(phrase.words[0].startswith(own) for own in kinds)

    def find_service(self, noun: str) -> tuple[int | None, float]:
        """Return the last service of the item whose people a noun names, and its confidence."""
        beginnings = SERVICES[noun]
        for actor in (*reversed(self._recent), *reversed(self._mentioned)):
            if actor is None:
                continue
            words = fold(self._actors[actor].canonical).split()
            if any(_is_of_service(word, beginnings) for word in words):
                return actor, _FUNCTION
        return None, 0.0

    def find_acting(self, phrase: Phrase) -> int | None:
        """Return the body without a name of `Ассоциация пекарей идею поддержала`."""
        return self.find_function(phrase)[0] if self._functions.has_complement(phrase) else None

    def _find_own_function(self, phrase: Phrase) -> int | None:
        """Return the body without a name that a phrase names, or for which its noun stands."""
        is_own = self._functions.has_complement(phrase) or self._is_new(phrase)
        if phrase.kind == "body" and is_own:
            function, _ = self.find_function(phrase)
            if function is not None:
                return function
        last = self._recent[-1] if self._recent else None
        is_function = last is not None and last >= self._named_actors
        is_general = phrase.head in _GENERAL or phrase.kind == "document"
        return last if is_function and is_general else None

    def _is_new(self, phrase: Phrase) -> bool:
        """`в таможенной службе`, where no name of the item has the adjective."""
        adjective = self._functions.adjective_of(phrase)[:_STEM_LEAST]
        if not adjective:
            return False
        names = [fold(self._actors[actor].canonical) for actor in self._mentioned]
        return not any(adjective in name for name in names)

    def find_function(self, phrase: Phrase) -> tuple[int | None, float]:
        """Return the actor of a body without a name, and its confidence: `в управлении лесами`."""
        name = self._functions.find(phrase)
        if name is None:
            return None, 0.0
        if name not in self._numbers:
            self._numbers[name] = len(self._actors)
            self._actors.append(Actor(canonical=name, label=EntityLabel.ORG, mentions=()))
        return self._numbers[name], _FUNCTION

    def _find_earlier(self, phrase: Phrase) -> int | None:
        """Return the body that spoke or led before: `Банк сократил прибыль, сообщила компания`."""
        for actor in reversed(self._recent):
            # `в министерстве` after `в региональном министерстве образования`
            if actor is not None and self._is_called(actor, phrase.head):
                return actor
        for actor in reversed(self._mentioned):
            # `в аэропорту` after `аэропорт "Заря"`, `на бирже` after `Мосбиржа`
            if phrase.head in self._classes[actor] or self._is_compound(actor, phrase.head):
                return actor
        is_general = phrase.kind == "document" or self._is_general(phrase)
        return self._find_fitting(phrase) if is_general else None

    def _is_general(self, phrase: Phrase) -> bool:
        return phrase.head in _GENERAL and (
            phrase.owner is not None or not self._functions.has_complement(phrase)
        )

    def _find_fitting(self, phrase: Phrase) -> int | None:
        """Return the last source that a general noun fits, else the only body that it fits."""
        sources = [actor for actor in self._recent if self._fits(phrase.head, actor)]
        if sources:
            return sources[-1]
        leading = self._find_leading(phrase)
        if leading is not None:
            return leading if self._fits(phrase.head, leading) else None
        fitting = {actor for actor in self._mentioned if self._fits(phrase.head, actor)}
        return fitting.pop() if len(fitting) == 1 else None

    def _find_leading(self, phrase: Phrase) -> int | None:
        """Return the body that leads the sentence, or the item where the noun allows it."""
        if self._is_opening:
            return self._leading[-1]
        # `Игроки ЦСКА обыграли "Луч"`: in the club
        is_sole = len(set(self._leading)) == 1 and phrase.head not in TRADE
        is_first = bool(self._leading) and (phrase.kind == "document" or is_sole)
        return self._leading[0] if is_first else None

    def _is_called(self, actor: int, head: str) -> bool:
        words = fold(self._actors[actor].canonical).split()
        return actor >= self._named_actors and head in words

    def _is_compound(self, actor: int, head: str) -> bool:
        """`на бирже` of `Мосбиржа`, `в банке` of `Волгобанк`."""
        if fold(self._actors[actor].canonical).startswith(_ALSO.get(head, ())):
            return True
        stem = head.rstrip("аья")
        if len(stem) < _STEM_LEAST:
            return False
        for word in fold(self._actors[actor].canonical).split():
            at = word.find(stem, 1)
            if at > 0 and len(word) - at - len(stem) <= 1:
                return True
        return False

    def _is_body(self, actor: int) -> bool:
        own = self._actors[actor]
        is_body = own.label in {EntityLabel.ORG, EntityLabel.FAC}
        # The tagger may take `Минцифры` for a place.
        is_body = is_body or bool(_AUTHORITY.fullmatch(fold(own.canonical)))
        return is_body and fold(own.canonical) not in AGENCIES

    def _fits(self, head: str, actor: int | None) -> bool:
        """`ведомство` is no firm, and `компания` is no ministry; neither is a paper."""
        if actor is None:
            return True
        name = fold(self._actors[actor].canonical)
        if actor in self._media or name in _FOREIGN_MEDIA:
            return False
        if head in _OF_STATE:
            return not _FIRM.match(name) and actor not in self._firms
        is_authority = name.startswith("банк росси") or any(map(_AUTHORITY.fullmatch, name.split()))
        return head not in TRADE or not is_authority


def _is_of_service(word: str, beginnings: Iterable[str]) -> bool:
    """`следственный` of `следственн`; `ск` is a whole word, for a `склад` is no service."""
    return any(
        word == one if len(one) < _STEM_LEAST else word.startswith(one) for one in beginnings
    )


def _leads(full: str, sentence: Sentence, number: int) -> bool:
    """`Банк "Рубин" сократил прибыль`: the first name of a sentence, in front of its verb."""
    unit = sentence[number]
    if unit.entity is None or number > _OPENING_UNITS or any(map(_opens_not, sentence[:number])):
        return False
    return is_nominative(unit.entity, unit.span.of(full)) is not False or number > 0


def _opens_not(unit: Unit) -> bool:
    """Return True for a verb, a preposition or another name, before which a sentence has begun."""
    is_verb = unit.kind is UnitKind.WORD and agreement_of(unit.word) and not nouns_of(unit.word)
    return (
        bool(is_verb) or bool(unit.entity) or unit.kind is UnitKind.RUN or unit.word in PREPOSITIONS
    )
