"""Noun phrases that may be a source of speech: names, pronouns, nouns with what they govern."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from worker.model import Entity, EntityLabel, Span
from worker.parse.languages.russian.lexicon import (
    AGENCIES,
    Noun,
    cue_of,
    fold,
    nouns_of,
)
from worker.parse.languages.russian.units import Unit, UnitKind

__all__ = [
    "PREPOSITIONS",
    "PRONOUNS",
    "THERE",
    "Phrase",
    "is_nominative",
    "read_phrase",
    "words_of",
]

PREPOSITIONS = frozenset(
    """в во на с со о об обо из от до для по к ко у при через перед над под между против без ради
    про за после около вместо среди кроме из-за из-под ввиду насчет вокруг согласно""".split()
)
PRONOUNS = {"он": "m", "она": "f", "они": "p", "оно": "n"}
THERE = "там"
"""`сообщили там`: in the body that spoke last."""
POSSESSIVES = {"его": "m", "ее": "f", "их": "p"}
_STOPS = frozenset("что чтобы как когда если который которая которые но а где поскольку".split())
_GOVERNING = frozenset("по в во при на и за с у об о для от из".split())
"""Prepositions and conjunctions inside a title: `директор по развитию`, `посол в Японии`."""
_ADJECTIVE = "ый ий ой ая яя ое ее ые ие ого его ому ему ым им ом ем ую юю ых их".split()
_GOVERNED = frozenset(
    """государства правительства региона республики области края города района делегации кабмина
    страны парламента сената округа села поселка партии фракции комитета клуба команды сборной
    дипломатии федерации штата провинции""".split()
)
"""What a `глава` or a `лидер` is often of."""
_OWNED_MEDIA = frozenset("канал телеграм-канал telegram-канал сайт".split())
"""Media that others than the press have: `в Telegram-канале губернатора`."""
_NUMERALS = frozenset("два две двух три трех четыре четырех пять пяти оба обоих".split())
_ADVERBS = frozenset("ранее позднее скорее более менее далее затем потом".split())
_TITLE_UNITS = 16
_CASES = {
    "nominative": "n",
    "genitive": "g",
    "dative": "d",
    "accusative": "ga",
    "prepositional": "p",
}
_NAMED_BODIES = frozenset({EntityLabel.ORG, EntityLabel.GPE, EntityLabel.FAC})
_LIKE_BODIES = frozenset({EntityLabel.FAC, EntityLabel.PRODUCT})
_BODY_LABELS = _NAMED_BODIES | {EntityLabel.PRODUCT, EntityLabel.LOC}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A noun phrase.

    Attributes:
        kind: `name`, `pronoun`, `relative`, or the class of its noun in `source_nouns-ru.tsv`.
        span: Its words: a name without its title, a noun with its adjectives and a name behind.
        head: The dictionary form of the noun; of a pronoun its folded form.
        gender: `m`, `f`, `n`, `p` where the phrase itself tells it.
        entity: The name itself, or the name that the noun governs (`пресс-служба МЧС`).
        words: The folded words of the phrase after the noun, names included.
        owner: The phrase that a document or a body belongs to (`в сообщении ведомства`).
        end: The number of the unit after the phrase.
    """

    kind: str
    span: Span
    end: int
    head: str = ""
    gender: str = ""
    entity: Entity | None = None
    words: tuple[str, ...] = ()
    owner: "Phrase | None" = field(default=None)

    @property
    def is_plural(self) -> bool:
        """True for several speakers."""
        return self.gender == "p"


def is_nominative(entity: Entity, printed: str) -> bool | None:
    """Return True for a name in its dictionary form, False for another case, None if unknown.

    `printed` are the words of the mention. The canonical name of a body may be another name.
    """
    words = [fold(word) for word in printed.replace('"', " ").split()]
    canonical = {fold(word) for word in entity.canonical.replace('"', " ").split()}
    if all(word in canonical for word in words):
        return True
    if entity.label is EntityLabel.PERSON:
        # `Анны Лис` of `Анна Лис`, whose surname does not decline; but `А. Лис`.
        is_oblique = any(
            word not in canonical and any(word[:3] == own[:3] for own in canonical)
            for word in words
            if len(word) > 2
        )
        return False if is_oblique or (words and words[-1] not in canonical) else None
    if printed.isupper() or printed.isascii():
        return None
    stems = {word[:4] for word in canonical}
    return False if words[0][:4] in stems and words[0] not in canonical else None


def read_phrase(
    full: str, units: Sequence[Unit], at: int, end: int, case: str, *, plural: bool | None = None
) -> Phrase | None:
    """Return the phrase in a case that begins with unit `at`, adjectives included.

    Args:
        full: The text.
        units: The units of a sentence.
        at: The first unit.
        end: The unit to stop at.
        case: `nominative`, `genitive`, `dative`, `accusative` or `prepositional`.
        plural: The number of a noun, None for either.
    """
    head = at
    while head < min(end, at + 4) and (
        _is_modifier(full, units[head]) or _precedes_noun(units, head, end, case)
    ):
        head += 1
    if head >= end:
        return None
    unit = units[head]
    if unit.entity:
        return _read_name(full, units, at, head, case)
    if unit.kind is not UnitKind.WORD or (cue_of(unit.word) and not nouns_of(unit.word)):
        return None
    for noun in nouns_of(unit.word):
        if noun.case[0] in _CASES[case] and plural in {None, noun.case[1] == "2"}:
            return _read_noun(full, units, (at, head, end), noun, case)
    return None


def words_of(full: str, units: Sequence[Unit]) -> tuple[str, ...]:
    """Return the folded words of units, all words of names, no signs."""
    return tuple(
        fold(word.strip('"«»“”„'))
        for unit in units
        if unit.kind in {UnitKind.WORD, UnitKind.NAME}
        for word in full[unit.start : unit.end].split()
    )


def _is_modifier(full: str, unit: Unit) -> bool:
    """Return True for an adjective, a possessive or `г-н` before a noun."""
    if unit.kind is UnitKind.NAME:
        return unit.entity is not None and (
            unit.entity.label is EntityLabel.NORP and full[unit.start].islower()
        )
    if unit.kind is not UnitKind.WORD or nouns_of(unit.word) or cue_of(unit.word):
        return False
    if unit.word in _ADVERBS:
        return False
    if unit.word in _NUMERALS:
        return True
    if unit.word in POSSESSIVES or unit.word in {"сам", "сама", "сами", "самого", "г-н", "г-жа"}:
        return True
    return (len(unit.word) > 3 and unit.word.endswith(tuple(_ADJECTIVE))) or unit.word == "и.о"


def _precedes_noun(units: Sequence[Unit], at: int, end: int, case: str) -> bool:
    """`в военном ведомстве`, `рабочий поселок`: the adjective is a noun by itself elsewhere."""
    if at + 1 >= end or not units[at].word.endswith(tuple(_ADJECTIVE)):
        return False
    # `обращение директора`
    if any(noun.kind == "document" for noun in nouns_of(units[at].word)):
        return False
    behind = units[at + 1]
    return behind.kind is UnitKind.WORD and any(
        noun.case[0] in _CASES[case] for noun in nouns_of(behind.word)
    )


def _read_name(full: str, units: Sequence[Unit], at: int, head: int, case: str) -> Phrase | None:
    entity = units[head].entity
    if entity is None or entity.label in {EntityLabel.EVENT, EntityLabel.LAW}:
        return None
    nominative = is_nominative(entity, entity.span.of(full))
    if case == "nominative" and nominative is False:
        return None
    if entity.label is not EntityLabel.PERSON and entity.label not in _BODY_LABELS:
        return None
    start = units[head].start if entity.label is EntityLabel.PERSON else units[at].start
    if start != units[head].start and at != head:
        start = units[head].start
    return Phrase(kind="name", span=Span(start, units[head].end), end=head + 1, entity=entity)


def _read_noun(
    full: str, units: Sequence[Unit], bounds: tuple[int, int, int], noun: Noun, case: str
) -> Phrase:
    """Return a noun with its title and the person or body that it names."""
    at, head, end = bounds
    stop = _end_of_title(full, units, head + 1, min(end, head + _TITLE_UNITS), case)
    kind = noun.kind
    person = _named_person(full, units, head + 1, stop, case)
    words = words_of(full, units[head + 1 : stop])
    # `директор института Игорь Белецких`; the title is no part of the source.
    if person is not None and kind in {"person", "woman", "unnamed"}:
        return Phrase(
            kind="name",
            span=units[person].span,
            end=person + 1,
            entity=units[person].entity,
            head=noun.lemma,
        )
    entity, last = _named_behind(units, head, stop, kind)
    if kind == "document" and case == "nominative" and person is not None:
        # `прокомментировал решение суда капитан Игорь Зуев`: nobody's document
        entity, last = None, head
    gender = "p" if noun.case[1] == "2" else {"woman": "f"}.get(kind, "")
    owner = None
    if (kind in {"document", "body"} or noun.lemma in _OWNED_MEDIA) and entity is None:
        owner = _find_owner(full, units, at, head, stop)
    return Phrase(
        kind=kind,
        span=_source_span(full, units, (at, head, last), kind),
        end=max(last + 1, head + 1),
        head=noun.lemma,
        gender=gender,
        entity=entity,
        words=words,
        owner=owner,
    )


def _named_person(full: str, units: Sequence[Unit], at: int, stop: int, case: str) -> int | None:
    """Return the first person among units whose name may be in the case.

    Of two names side by side it is the second: `защитник Гай Нина Рощина`.
    """
    found: int | None = None
    for number in range(at, stop):
        may_be = case != "nominative" or _may_be_nominative(full, units[number])
        if may_be and _is_person(units[number]) and found in {None, number - 1}:
            found = number
    return found


def _source_span(full: str, units: Sequence[Unit], bounds: tuple[int, int, int], kind: str) -> Span:
    """Return the words of a noun; of `газета "Восток"` the name alone."""
    at, head, last = bounds
    if last == head + 1 and units[last].entity:
        is_marked = full[units[last].start - 1] in '"«“„'
        if is_marked or kind == "media":
            return units[last].span
    return Span(units[at].start, units[last].end)


def _end_of_title(full: str, units: Sequence[Unit], at: int, end: int, case: str) -> int:
    """Return the unit after the words that a noun governs: the first name of a person ends them."""
    for number in range(at, end):
        unit = units[number]
        if _is_person(unit) and (case != "nominative" or _may_be_nominative(full, unit)):
            # `защитник Гай Нина Рощина`: the client is called Гай
            is_client = number + 1 < end and _is_person(units[number + 1])
            return number + 1 + is_client
        if unit.kind is UnitKind.SIGN and unit.word not in {"(", ")", "."}:
            return number
        if (
            unit.kind in {UnitKind.DASH, UnitKind.RUN}
            or unit.word in _STOPS
            or unit.word in PRONOUNS
        ):
            return number
        if unit.kind is UnitKind.WORD and not nouns_of(unit.word):
            # `начальник отдела`, `министр иностранных дел`: only a reflexive is surely a verb.
            if cue_of(unit.word) or unit.word.endswith(("лся", "лась", "лось", "лись")):
                return number
            if unit.word in PREPOSITIONS and unit.word not in _GOVERNING:
                return number
    return end


def _is_person(unit: Unit) -> bool:
    return unit.entity is not None and unit.entity.label is EntityLabel.PERSON


def _may_be_nominative(full: str, unit: Unit) -> bool:
    return unit.entity is not None and is_nominative(unit.entity, unit.span.of(full)) is not False


def _named_behind(
    units: Sequence[Unit], head: int, stop: int, kind: str
) -> tuple[Entity | None, int]:
    """Return the body that a noun governs, and the last unit of both: `пресс-служба МЧС`.

    A document may be a person's: `в заявлении прокурора Ивана Петрова`.
    """
    if kind in {"person", "woman", "unnamed"}:
        last = head
        while last + 1 < min(stop, head + 4) and _is_governed(units[last + 1]):
            last += 1
        return None, last
    for number in range(head + 1, min(stop, head + 9)):
        entity = units[number].entity
        if units[number].word in PREPOSITIONS and units[number].word != "по":
            break
        if entity is None or (units[number - 1].word in PREPOSITIONS):
            continue
        if kind == "body" and fold(entity.canonical) in AGENCIES:
            continue  # `в полиции РИА Новости сообщили`
        if entity.label is EntityLabel.ORG or (kind == "document" and _is_person(units[number])):
            return entity, number
        if entity.label in _BODY_LABELS and kind == "media":
            return entity, number
        # `в центре "Арктика"`, which the tagger may take for a building
        if entity.label in _LIKE_BODIES and kind == "body" and number == head + 1:
            return entity, number
    return None, head


def _is_governed(unit: Unit) -> bool:
    """`глава МИД`, `глава минобороны`, `представитель компании`."""
    if unit.entity or (unit.kind is UnitKind.WORD and unit.word.startswith("мин")):
        return True
    if any(noun.case[0] == "g" for noun in nouns_of(unit.word)):
        return True
    return unit.word in _GOVERNED


def _find_owner(full: str, units: Sequence[Unit], at: int, head: int, stop: int) -> Phrase | None:
    """Return whose a document or body is: `в ее блоге`, `в сообщении ведомства`."""
    for unit in units[at:head]:
        if unit.word in POSSESSIVES:
            gender = POSSESSIVES[unit.word]
            return Phrase(kind="pronoun", span=unit.span, end=head, head=unit.word, gender=gender)
    if head + 1 >= stop:
        return None
    own = read_phrase(full, units, head + 1, stop, "genitive")
    # `в министерстве ТАСС пояснили`: the agency is told
    if own and own.kind == "name" and own.entity and fold(own.entity.canonical) in AGENCIES:
        return None
    return own
