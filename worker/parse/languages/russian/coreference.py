"""The speakers that noun phrases stand for, by gender, office and the order of speaking.

In the examples: `сообщили там` they said there, `в союзе план поддержали` at the union they backed
the plan, `компания с этим не согласна` the company disagrees, `аналитики` analysts,
`представитель банка` a spokesman of the bank, `собеседник агентства` the agency's source,
`в ее комментарии` in its comment, `пресс-служба` the press office, `власти` the authorities.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from worker.model import Dateline, EntityLabel
from worker.parse.entity_registry import Registry
from worker.parse.languages.russian.bodies import BodyMentions
from worker.parse.languages.russian.cast import NOBODY, PERSONAL, Cast, ResolvedSpeaker
from worker.parse.languages.russian.continued_names import with_complements
from worker.parse.languages.russian.lexicon import agreement_of, cue_of, nouns_of
from worker.parse.languages.russian.organs import SERVICES, TRADE, Organs
from worker.parse.languages.russian.phrases import (
    POSSESSIVES,
    PREPOSITIONS,
    PRONOUNS,
    THERE,
    Phrase,
    read_phrase,
)
from worker.parse.languages.russian.units import Sentence, UnitKind

__all__ = ["WEAK", "Discourse"]

WEAK = frozenset({"near", "manner", "name"})
"""Classes of verbs that report only beside a quotation."""
_CARRYING_ON = ("добав", "продолж", "заключ", "резюмир", "уточн", "подыто", "поясн")
_NAMES = {EntityLabel.PERSON: 0.97, EntityLabel.ORG: 0.94}
"""How often a name speaks itself."""
_PLACE_NAME, _NAME_IN_PHRASE = 0.6, 0.9
_ZERO = 0.85
_OWNER = 0.95
_EXPERTS = 0.75
_LAST = 0.72
_BY_OFFICE = 0.9
_PHRASE_LIMIT = 120
_NEARBY = 40
_STRANGER = re.compile(r"(?:близк|знаком|осведомл|пожела|анонимн|друго)[а-яё]+", re.IGNORECASE)
_TOPIC_UNITS = 4
_PLACE_UNITS = 8
_VOICES = frozenset({"представитель", "пресс-секретарь", "спикер"})
_SPOKESMEN = _VOICES | frozenset("аналитик эксперт экономист юрист специалист автор".split())
"""Nouns for people who speak in the name of a body: some singly, the others as several."""
_PARTIES = frozenset(
    """истец ответчик заявитель должник подрядчик застройщик страховщик поставщик заемщик
    девелопер""".split()
)
"""Nouns for a person or a firm: `утверждает истец`, `в пресс-службе подрядчика`."""
_MEN = frozenset(
    """истец ответчик спортсмен певец актер артист чемпион студент школьник пенсионер учитель
    ученик пассажир турист гимнаст лыжник теннисист фигурист пловец""".split()
)
"""Nouns beside which a woman has another: `истица`, `певица`."""
_ANALYSTS = frozenset("аналитик эксперт специалист автор исследователь".split())
"""`отмечают аналитики`: those of the firm that spoke last."""
_OWNED = ("ее ", "его ", "их ", "её ")
_ADVERBIAL = frozenset(
    """у после перед на во с также тоже еще уже под за через вчера сегодня накануне позднее затем
    потом тогда тассу агентству телеканалу""".split()
)
_OCCASIONS = frozenset(
    """эфире интервью беседе ходе рапорте письме понедельник вторник среду четверг пятницу субботу
    воскресенье разговоре соцсетях соцсети блоге telegram телеграме кулуарах суде парламенте
    москве своем пресс-конференции брифинге встрече заседании форуме совещании слушаниях допросе
    митинге презентации церемонии открытии матче полях звонке сцене сайте странице""".split()
)
_TITLES_OF_ANY = frozenset("топ-менеджер менеджер чиновник чиновница дипломат специалист".split())
_BODIES_OF_ANY = frozenset(
    """регулятора компании банка ведомства министерства холдинга корпорации концерна предприятия
    организации перевозчика ритейлера застройщика мэрии администрации""".split()
)
_GOVERNMENTS = frozenset({"власти", "правительство"})


class Discourse:
    """Who has spoken and who has been named, up to a place in the text.

    `read_to` and `advance` are called with each sentence in text order, `resolve` for its phrases,
    `record` for those that speak. `actors` are those of the registry, then the bodies that the
    text names by their function alone.
    """

    def __init__(
        self,
        full: str,
        registry: Registry,
        paragraphs: Sequence[Sequence[Sentence]],
        dateline: Dateline | None,
    ) -> None:
        self.full = full
        self.actors = with_complements(full, registry.actors)
        self._actor_at = {
            mention.span.start: number
            for number, actor in enumerate(registry.actors)
            for mention in actor.mentions
        }
        sentences = [sentence for paragraph in paragraphs for sentence in paragraph]
        self._cast = Cast(full, registry.actors, self._actor_at, sentences)
        bodies = BodyMentions(full, registry, self._actor_at, dateline)
        self._organs = Organs(full, self.actors, bodies, sentences)
        self._read = 0
        self._last = self._they = self._voice = NOBODY

    def begin_paragraph(self, number: int) -> None:
        """Take note that the sentences to come are of another paragraph."""
        self._cast.begin_paragraph(number)

    def read_to(self, sentence: Sentence, end: int) -> None:
        """Take note of the names in a sentence before unit `end`: `Банк "Рубин", сообщил он`."""
        for number in range(self._read, end):
            unit = sentence[number]
            actor = self._actor_at.get(unit.start) if unit.entity else None
            if actor is not None:
                self._organs.mention(actor, sentence, number)
                self._cast.read(sentence, number)
        self._read = max(self._read, end)

    def advance(self, sentence: Sentence) -> None:
        """Take note of a sentence whose speakers are known already."""
        topic, noun = self._read_topic(sentence)
        self.read_to(sentence, len(sentence))
        self._read = 0
        self._organs.begin_sentence()
        self._read_acting(sentence)
        self._cast.advance(sentence, topic, noun)

    def _read_topic(self, sentence: Sentence) -> tuple[int | None, Phrase | None]:
        """`Сам осужденный молчал`, `Она приехала в Псков`: a topic that is no name.

        Return whom a pronoun stands for, or the noun, which may stand for nobody in the item.
        """
        for number, unit in enumerate(sentence[:_TOPIC_UNITS]):
            if unit.word in {"он", "она"} and unit.kind is UnitKind.WORD:
                actor = self._pick(PRONOUNS[unit.word]).actor
                return (actor if self._cast.has(actor) else None), None  # `он`, the bank
            if unit.entity or unit.kind is UnitKind.RUN or unit.word in PREPOSITIONS:
                break
            phrase = read_phrase(
                self.full, sentence, number, len(sentence), "nominative", plural=False
            )
            if phrase:
                is_somebody = phrase.kind in PERSONAL or phrase.kind == "unnamed"
                return None, phrase if is_somebody else None
        return None, None

    def _read_acting(self, sentence: Sentence) -> None:
        """Take note of a body that acts, and whose people are `там` in the next sentence."""
        if len(sentence) < 3 or sentence[0].kind is not UnitKind.WORD:
            return
        if sentence[0].word in {"в", "во"}:
            # `В союзе план поддержали`
            phrase = read_phrase(self.full, sentence, 1, len(sentence), "prepositional")
            if phrase and _is_of_body(phrase) and _acts(sentence[phrase.end :]):
                self._organs.set_there(phrase, self.resolve(phrase, "p").actor)
        elif any(noun.lemma in TRADE for noun in nouns_of(sentence[0].word)):
            self._read_company(sentence)
        else:
            self._read_function(sentence)

    def _read_company(self, sentence: Sentence) -> None:
        """`Компания с этим не согласна`."""
        phrase = read_phrase(self.full, sentence, 0, len(sentence), "nominative")
        actor = self.resolve(phrase, "").actor if phrase and not phrase.entity else None
        if phrase and actor is not None:
            self._organs.set_there(phrase, actor)

    def _read_function(self, sentence: Sentence) -> None:
        """`Ассоциация пекарей идею поддержала`: a body without a name that acts."""
        opening = [noun for unit in sentence[:_TOPIC_UNITS] for noun in nouns_of(unit.word)]
        if not any(noun.kind == "body" and noun.case == "n1" for noun in opening):
            return
        phrase = read_phrase(self.full, sentence, 0, len(sentence), "nominative")
        if phrase is None or phrase.kind != "body" or phrase.entity:
            return
        actor = self._organs.find_acting(phrase)
        if actor is not None:
            self._organs.set_there(phrase, actor)

    def record(self, phrase: Phrase | None, speaker: ResolvedSpeaker) -> None:
        """Take note of a source and whom it stands for."""
        self._last = speaker
        # `Представитель ФНС назвал срок. "...", - добавил он`
        is_one = phrase is not None and phrase.kind in PERSONAL and not phrase.is_plural
        is_voice = is_one and self._is_body(speaker.actor)
        is_carried = phrase is not None and phrase.kind == "pronoun" and speaker == self._voice
        self._voice = speaker if is_voice or is_carried else NOBODY
        self._cast.record(phrase, speaker.actor)
        if phrase is None or phrase.kind != "pronoun":
            self._they = self._find_experts(phrase)
            self._organs.record(phrase, speaker.actor)

    def _find_experts(self, phrase: Phrase | None) -> ResolvedSpeaker:
        """`считают аналитики компании "Рубин"`: for whom `они` speak hereafter."""
        if phrase is None or phrase.kind not in PERSONAL or phrase.gender != "p":
            return NOBODY
        return self._find_body_in(phrase)

    def _find_body_in(self, phrase: Phrase) -> ResolvedSpeaker:
        """Return the first body that a phrase names."""
        start, end = phrase.span.start, phrase.span.end
        for at in range(start, min(end, start + _PHRASE_LIMIT)):
            actor = self._actor_at.get(at)
            if actor is not None and self.actors[actor].label is EntityLabel.ORG:
                return ResolvedSpeaker(actor, _EXPERTS)
        return NOBODY

    def guess(self) -> ResolvedSpeaker:
        """Return the likeliest person to speak next, where no words tell."""
        return self._pick("").weaken(_ZERO)

    def resolve(self, phrase: Phrase | None, agreement: str, cue: str = "") -> ResolvedSpeaker:
        """Return the speaker that a phrase stands for; None is a subject that is left out.

        `agreement` is that of the verb, `cue` the folded verb itself.
        """
        if phrase is None:
            return self._resolve_zero(agreement, cue)
        if phrase.kind == "pronoun":
            return self._resolve_pronoun(phrase, cue)
        if phrase.kind in PERSONAL:
            found = self._resolve_noun(phrase, agreement)
            found = found if found.actor is not None else self._resolve_spokesman(phrase)
            # A topic, which has no cue, may be somebody new: `Пожарный предложил другое.`
            is_new = found.actor is not None or not cue
            return found if is_new else self._cast.find_only(phrase, agreement)
        if phrase.kind == "unnamed":
            return self._resolve_unnamed(phrase, agreement)
        return NOBODY if phrase.kind == "unknown" else self._resolve_body(phrase)

    def _resolve_zero(self, agreement: str, cue: str) -> ResolvedSpeaker:
        """`"...", - отметила в эфире`: the verb tells the gender of who is left out."""
        if agreement in {"m", "f"}:
            return self._pick(agreement, cue).weaken(_ZERO)
        return self._last.weaken(_ZERO) if agreement in {"s", ""} else NOBODY

    def _resolve_pronoun(self, phrase: Phrase, cue: str) -> ResolvedSpeaker:
        if phrase.gender == "p":
            return self._they
        if self._voice.actor is not None:
            return self._voice
        # `Петров, по его словам, уходит`
        own = self._cast.find_own(phrase.gender) if phrase.head in POSSESSIVES else NOBODY
        return own if own.actor is not None else self._pick(phrase.gender, cue)

    def _pick(self, gender: str, cue: str = "") -> ResolvedSpeaker:
        """Return the likeliest person of a gender, as the speaker of a verb."""
        is_carried = cue.startswith(_CARRYING_ON)
        if self._cast.is_stranger_last():
            return NOBODY
        noun = None if is_carried else self._cast.topic_noun
        if noun:
            return self.resolve(noun, gender).weaken(_ZERO)
        return self._cast.pick(gender, carries_on=is_carried)

    def _resolve_noun(self, phrase: Phrase, agreement: str) -> ResolvedSpeaker:
        """Return the person whom a noun describes.

        Offices are masculine whoever holds them: the verb has the gender (`министр заявила`).
        """
        if phrase.gender == "p" or agreement == "p":
            return NOBODY
        gender = phrase.gender or (agreement if agreement in {"m", "f"} else "")
        gender = gender or ("m" if phrase.head in _MEN else "")
        found = self._cast.find_described(phrase, gender, self._last.actor)
        if found.actor is None and phrase.words and _tells_nothing(phrase):
            bare = replace(phrase, words=())
            found = self._cast.find_described(bare, gender, self._last.actor)
        return found

    def _resolve_spokesman(self, phrase: Phrase) -> ResolvedSpeaker:
        """`представитель банка`, `аналитики "Рубина"`: for whom nobody speaks by name."""
        if phrase.head in _PARTIES:
            firm = Phrase(kind="body", span=phrase.span, end=phrase.end, head="компания")
            return ResolvedSpeaker(*self._organs.resolve(firm)).weaken(_BY_OFFICE)
        if phrase.gender == "p" and phrase.head in SERVICES and not phrase.words:
            return ResolvedSpeaker(*self._organs.find_service(phrase.head)).weaken(_BY_OFFICE)
        if phrase.head not in _SPOKESMEN or (phrase.gender != "p" and phrase.head not in _VOICES):
            return NOBODY
        named = self._find_body_in(phrase)
        if named.actor is not None:
            return named
        if phrase.head in _ANALYSTS and not phrase.words and self._is_body(self._last.actor):
            return ResolvedSpeaker(self._last.actor, _EXPERTS)
        nouns = nouns_of(phrase.words[0]) if phrase.words else ()
        # `пишут ее аналитики`
        if phrase.span.of(self.full).lower().startswith(_OWNED):
            owner = Phrase(kind="body", span=phrase.span, end=phrase.end, head=THERE)
            return ResolvedSpeaker(*self._organs.resolve(owner)).weaken(_BY_OFFICE)
        # `представитель сети`, `авторы доклада`
        for noun in nouns:
            if noun.kind in {"body", "document"} and noun.case == "g1":
                owner = Phrase(kind=noun.kind, span=phrase.span, end=phrase.end, head=noun.lemma)
                return ResolvedSpeaker(*self._organs.resolve(owner)).weaken(_BY_OFFICE)
        return NOBODY

    def _is_body(self, actor: int | None) -> bool:
        return actor is not None and self.actors[actor].label is EntityLabel.ORG

    def _resolve_unnamed(self, phrase: Phrase, agreement: str) -> ResolvedSpeaker:
        """`собеседник агентства` may be whoever spoke last; `источник` is never named."""
        if not phrase.head.startswith("собеседни") or phrase.gender == "p":
            return NOBODY
        # `близкий к мэрии собеседник`, `собеседник агентства, знакомый с планом`: somebody new
        start, end = phrase.span.start, phrase.span.end
        if _STRANGER.search(self.full, max(0, start - _NEARBY), end + _NEARBY):
            return NOBODY
        actor = self._last.actor
        gender = agreement if agreement == "f" else ""
        if actor is None or not self._cast.has(actor) or not self._cast.suits(actor, gender):
            return NOBODY
        return ResolvedSpeaker(actor, _LAST)

    def _resolve_body(self, phrase: Phrase) -> ResolvedSpeaker:
        """Return the speaker of a name, a body, a medium or a document."""
        if phrase.entity:
            return self._resolve_name(phrase, phrase.entity.span.start)
        if phrase.owner and not _is_of_place(phrase, phrase.owner):
            return self._resolve_owned(phrase, phrase.owner)
        return ResolvedSpeaker(*self._organs.resolve(phrase))

    def _resolve_name(self, phrase: Phrase, start: int) -> ResolvedSpeaker:
        """`Иванов`, `пресс-служба МЧС`."""
        actor = self._actor_at.get(start)
        if actor is None:
            return NOBODY
        named = _NAMES.get(self.actors[actor].label, _PLACE_NAME)
        return ResolvedSpeaker(actor, named if phrase.kind == "name" else _NAME_IN_PHRASE)

    def _resolve_owned(self, phrase: Phrase, owner: Phrase) -> ResolvedSpeaker:
        """`в сообщении ведомства`, `пресс-служба прокуратуры`: the owner speaks."""
        found = self.resolve(owner, "").weaken(_OWNER)
        if found.actor is not None:
            return found
        if phrase.kind != "document":
            return ResolvedSpeaker(*self._organs.find_function(phrase))
        # `в ее комментарии` after `компания с этим не согласна`; `в обзоре аналитиков`
        is_known = owner.kind == "pronoun" or owner.head in _ANALYSTS
        return ResolvedSpeaker(*self._organs.resolve(phrase)) if is_known else NOBODY


def _is_of_place(phrase: Phrase, owner: Phrase) -> bool:
    """`полиция Берлина` is not Berlin, while `власти Берлина` speak for it."""
    if owner.entity is None or owner.kind != "name":
        return False
    is_body = owner.entity.label in {EntityLabel.PERSON, EntityLabel.ORG}
    return not is_body and phrase.head not in _GOVERNMENTS


def _is_of_body(phrase: Phrase) -> bool:
    """`в союзе`, `в МИДе`; not `в Пскове`."""
    labels = {EntityLabel.ORG, EntityLabel.FAC}
    return phrase.kind in {"body", "name"} and (
        phrase.entity is None or phrase.entity.label in labels
    )


def _acts(units: Sentence) -> bool:
    """True if a verb in the plural comes first that does not report: `поддержали`, `не согласны`.

    `В союзе сообщили` is a report, whose source has been recorded.
    """
    words: list[str] = []
    for unit in units[:_PLACE_UNITS]:
        if unit.kind is not UnitKind.WORD:
            break
        words.append(unit.word)
    verb = next((word for word in words if _is_plural_verb(word)), "")
    cue = cue_of(verb)
    return bool(verb) and (cue is None or cue.kind in WEAK or "не" in words)


def _is_plural_verb(word: str) -> bool:
    """`поддержали`, `согласны`."""
    cue = cue_of(word)
    return agreement_of(word) == "p" or (cue is not None and cue.agreement == "p")


def _tells_nothing(phrase: Phrase) -> bool:
    """`политик в эфире`, `топ-менеджер компании`: return True if the noun alone describes."""
    is_of_body = phrase.head in _TITLES_OF_ANY and phrase.words[0] in _BODIES_OF_ANY
    return is_of_body or _begins_adverbial(phrase.words)


def _begins_adverbial(words: Sequence[str]) -> bool:
    """`дипломат журналистам`, `министр после встречи`, `цитирует политика портал`.

    Return True for words that are not about the noun.
    """
    if words[0] in _ADVERBIAL or (words[0] in {"в", "во", "на"} and {*words[1:2]} & _OCCASIONS):
        return True
    cases = {noun.case[0] for noun in nouns_of(words[0])}
    return bool(cases) and "g" not in cases
