"""Bodies and media that common nouns stand for: `ведомство`, `в сообщении`, `телеканал`."""

from collections import deque
from collections.abc import Mapping, Sequence

from worker.model import Dateline, EntityLabel
from worker.parse.entity_registry import Registry
from worker.parse.languages.russian.lexicon import AGENCIES, fold, nouns_of
from worker.parse.languages.russian.phrases import THERE, Phrase
from worker.parse.languages.russian.units import Sentence

__all__ = ["BodyMentions"]

_MEMORY = 40
_GENERAL = frozenset(
    """ведомство пресс-служба пресс-центр пресс-бюро организация компания администрация служба
    учреждение структура управление главк штаб оперштаб руководство дирекция департамент фирма
    предприятие корпорация регулятор госкорпорация секретариат представительство аппарат
    канцелярия правление офис""".split()
)
"""Nouns for any body; all others need a name or a class word that has them."""
_STATE = frozenset({"ведомство", "министерство", "регулятор"})
_STEMS = {
    "министерство": ("министерств", "мин", "мид", "мвд", "мчс"),
    "банк": ("банк", "цб", "втб", "сбер"),
    "регулятор": ("банк", "цб", "рос", "фас", "служб", "надзор"),
    "авиакомпания": ("авиа", "аэрофлот", "air"),
    "перевозчик": ("авиа", "аэрофлот", "air", "ржд"),
    "авиаперевозчик": ("авиа", "аэрофлот", "air"),
    "суд": ("суд",),
    "следком": ("ск", "следственн", "су"),
    "следствие": ("ск", "следственн", "су"),
    "центробанк": ("цб", "банк", "центробанк"),
    "дипмиссия": ("посольств", "консульств", "генконсульств", "миссия"),
    "госпиталь": ("госпиталь", "больниц"),
    "больница": ("больниц", "госпиталь"),
    "университет": ("университет", "гу", "вшэ"),
    "биржа": ("бирж",),
}
_MEDIA = frozenset({"издание", "медиа", "сми"})
"""Nouns for a paper or a channel of any kind."""
_SHORT_LEAST = 6
_SPOKE, _ALONE, _NAMED_SO = 0.82, 0.72, 0.88


class BodyMentions:
    """The bodies that an item has named, and those that have spoken."""

    def __init__(
        self,
        full: str,
        registry: Registry,
        actor_at: Mapping[int, int],
        dateline: Dateline | None,
    ) -> None:
        self._full = full
        self._actors = registry.actors
        self._actor_at = actor_at
        credit = fold(dateline.credit or "") if dateline else ""
        self._agencies = AGENCIES | ({credit} if credit else set())
        self._sources: deque[int | None] = deque(maxlen=_MEMORY)
        self._named: deque[int] = deque(maxlen=_MEMORY)
        self._media: set[int] = set()
        self._classes: dict[int, set[str]] = {}

    def mention(self, actor: int, sentence: Sentence, number: int) -> None:
        """Take note of the mention of an actor as unit `number`, and of a class word before it."""
        if self._actors[actor].label is not EntityLabel.ORG:
            return
        if fold(self._actors[actor].canonical) not in self._agencies:
            self._named.append(actor)
        before = sentence[number - 1].word if number else ""
        nouns = nouns_of(before)
        lemmas = {noun.lemma for noun in nouns}
        if any(noun.kind == "media" for noun in nouns):
            self._media.add(actor)
        if lemmas:
            self._classes.setdefault(actor, set()).update(lemmas)

    def record(self, phrase: Phrase | None, actor: int | None) -> None:
        """Take note of a source; a body that is not named hides those before it."""
        is_unknown_body = phrase is not None and phrase.kind == "body" and actor is None
        if actor is not None or is_unknown_body:
            self._sources.append(actor)

    def _last_speaker(self) -> int | None:
        for actor in reversed(self._sources):
            if actor is None or self._may_act(actor):
                return actor
        return None

    def resolve(self, phrase: Phrase) -> tuple[int | None, float]:
        """Return the actor that a body, a medium or a document stands for, and its confidence."""
        if phrase.kind == "document":
            return self._last_source()
        if phrase.head == THERE:
            return self._last_body()
        head = phrase.head
        for actor in [*reversed(self._sources), *reversed(self._named)]:
            if actor is not None and self._is_called(actor, head):
                return actor, _NAMED_SO
        if head not in _GENERAL:
            return None, 0.0
        speaker = self._last_speaker()
        if speaker is not None:
            return speaker, _SPOKE
        named = set(self._named) - self._media
        return (named.pop(), _ALONE) if len(named) == 1 else (None, 0.0)

    def _last_body(self) -> tuple[int | None, float]:
        """`сообщили там`: the body that spoke last, else the one named last."""
        for actor in [*reversed(self._sources), *reversed(self._named)]:
            if actor is None:
                break
            if self._may_act(actor):
                return actor, _SPOKE
        return None, 0.0

    def _may_act(self, actor: int) -> bool:
        """True for a body that is neither an agency nor a medium, which hand on what others say."""
        own = self._actors[actor]
        is_agency = fold(own.canonical) in self._agencies
        return own.label is EntityLabel.ORG and not is_agency and actor not in self._media

    def _last_source(self) -> tuple[int | None, float]:
        """`говорится в сообщении`: the last source of the paragraphs before."""
        if self._sources:
            actor = self._sources[-1]
            return (actor, _SPOKE) if actor is not None else (None, 0.0)
        named = set(self._named)
        return (named.pop(), _ALONE - 0.1) if len(named) == 1 else (None, 0.0)

    def _is_called(self, actor: int, head: str) -> bool:
        """`телеканал` for what was `телеканал "Волна"`, `прокуратура` for a body of that name."""
        if self._actors[actor].label is not EntityLabel.ORG:
            return False
        if head in _MEDIA and actor in self._media:
            return True
        if head in self._classes.get(actor, ()):
            return True
        words = fold(self._actors[actor].canonical).replace('"', " ").split()
        if _is_short_for(head, words):
            return True
        stems = _STEMS.get(head, (head[:-1] if len(head) > 4 else head,))
        return any(word.startswith(stems) for word in words)


def _is_short_for(head: str, words: Sequence[str]) -> bool:
    """`минтранс` for `Министерство транспорта`, `горсуд` for `Псковский городской суд`."""
    short, stem = head[:3], head[3:6]
    long = {"мин": "министерств", "обл": "област", "гор": "город"}.get(short, "")
    if not long or len(head) < _SHORT_LEAST or not any(word.startswith(long) for word in words):
        return False
    return any(word.startswith(stem) for word in words)
