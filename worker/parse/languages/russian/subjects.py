"""The subjects of verbs of reporting, before and behind the verb.

In the examples: `сказал` said, `сообщили в МЧС` they said at the ministry, `сообщает ... со ссылкой
на` reports with reference to, `глава союза` the head of the union, `который заявил` who stated,
`кто-то крикнул` somebody shouted, `один из жителей` a resident, `назвал роман скучным` called the
novel dull, `рассказал ТАСС` told TASS, `в ответ` in answer, `в эфире` on air.
"""

from worker.model import EntityLabel
from worker.parse.languages.russian.lexicon import AGENCIES, FRAMES, fold, nouns_of
from worker.parse.languages.russian.participles import (
    after_participle_clause,
    find_participle_antecedent,
)
from worker.parse.languages.russian.phrases import (
    PREPOSITIONS,
    PRONOUNS,
    THERE,
    Phrase,
    read_phrase,
)
from worker.parse.languages.russian.units import Sentence, Unit, UnitKind

__all__ = [
    "begin_of_clause",
    "end_of_clause",
    "find_person_behind",
    "find_subject_before",
    "find_subject_behind",
    "find_unread_behind",
]

_RELATIVES = frozenset({"который", "которая", "которые", "которое", "кто"})
_RELATIVE_UNITS = 4
_UNREAD_UNITS = 4
_BODY_KINDS = frozenset({"body", "media"})
_SOMEBODY = frozenset("один одна некто кто-то многие некоторые другой другая другие".split())
_THINGS = frozenset({EntityLabel.FAC, EntityLabel.LOC, EntityLabel.PRODUCT})


def begin_of_clause(units: Sentence, at: int) -> int:
    """Return the first unit after the last marked run before a cue."""
    for number in range(at - 1, -1, -1):
        if units[number].kind is UnitKind.RUN:
            return number + 1
    return 0


def end_of_clause(units: Sentence, at: int) -> int:
    """Return the unit where the words that follow a verb end."""
    number = at
    while number < len(units):
        unit = units[number]
        if unit.kind in {UnitKind.RUN, UnitKind.DASH} or unit.word in {":", ";", "!", "?", "…"}:
            return number
        if unit.word == ",":
            behind = _after_participle(units, number)
            if behind == number:
                return number
            number = behind
            continue
        number += 1
    return len(units)


def _after_participle(units: Sentence, comma: int) -> int:
    """`пояснила, представляя поправки, министр`: return the unit behind, else `comma`."""
    if comma + 1 >= len(units):
        return comma
    word = units[comma + 1].word
    if not word.endswith(("я", "вшись", "в")) or nouns_of(word) or len(word) < 4:
        return comma
    number = comma + 1
    while number < len(units) and units[number].kind in {UnitKind.WORD, UnitKind.NAME}:
        number += 1
    return number + 1 if number < len(units) and units[number].word == "," else comma


def find_subject_behind(full: str, units: Sentence, at: int, agreement: str) -> Phrase | None:
    """Return the nearest subject behind a verb: `сказал ТАСС директор института Иван Петров`."""
    end = end_of_clause(units, at + 1)
    weak: Phrase | None = None
    number = at + 1
    while number < end:
        found = _find_told(full, units, number, end, agreement)
        if found:
            return found
        if units[number].word in PREPOSITIONS | {","}:
            number = _after_prepositional(full, units, number, end)
            continue
        phrase = _read_subject(full, units, number, end, agreement)
        if phrase and not _is_weak(phrase, agreement):
            return _prefer_named(full, units, phrase, agreement)
        # `назвал роман "Берег" скучным`: the object, whose name does not decline
        if phrase and not _is_thing(phrase):
            weak = weak or phrase
        number = phrase.end if phrase else number + 1
    return _unless_listener(weak, agreement)


def _find_told(full: str, units: Sentence, number: int, end: int, agreement: str) -> Phrase | None:
    """`сообщает ТАСС со ссылкой на МВД`, `сообщили в МЧС`: return the source at a preposition."""
    relayed = _find_relayed(full, units, number, end)
    if relayed or agreement != "p":
        return relayed
    return _find_place(full, units, number, end)


def _is_thing(phrase: Phrase) -> bool:
    return phrase.entity is not None and phrase.entity.label in _THINGS


def _unless_listener(phrase: Phrase | None, agreement: str) -> Phrase | None:
    """`рассказал ТАСС`: the agency is told; `сообщили "Интерфаксу"`: so is a name."""
    if phrase is None or (agreement == "p" and phrase.kind == "name"):
        return None
    is_agency = phrase.entity is not None and fold(phrase.entity.canonical) in AGENCIES
    return None if is_agency and agreement != "s" else phrase


def _find_relayed(full: str, units: Sentence, number: int, end: int) -> Phrase | None:
    """`сообщает "Интерфакс" со ссылкой на пресс-службу МВД`."""
    words = [unit.word for unit in units[number : number + 3]]
    if words != ["со", "ссылкой", "на"]:
        return None
    for case in ("accusative", "nominative"):
        found = read_phrase(full, units, number + 3, end, case)
        if found:
            return found
    behind = units[number + 3] if number + 3 < end else None
    return Phrase(kind="unknown", span=behind.span, end=number + 4) if behind else None


def _find_place(full: str, units: Sentence, number: int, end: int) -> Phrase | None:
    """`сообщили в МЧС`, `в пресс-службе ведомства`; not `в понедельник`, `в эфире`."""
    if units[number].word not in {"в", "во", "на"}:
        return None
    phrase = read_phrase(full, units, number + 1, end, "prepositional")
    if phrase is None:
        return None
    if phrase.kind == "name" and phrase.entity:
        is_body = phrase.entity.label in {EntityLabel.ORG, EntityLabel.GPE, EntityLabel.FAC}
        return phrase if is_body else None
    return phrase if phrase.kind in _BODY_KINDS else None


def _after_prepositional(full: str, units: Sentence, number: int, end: int) -> int:
    """Return the unit after a preposition and its noun, or a comma: neither has a subject."""
    if units[number].word == ",":
        return max(number + 1, _after_participle(units, number))
    stop = number + 1
    if units[number].word == "по" and stop < end and units[stop].word in FRAMES:
        return _after_frame(full, units, stop + 1, end)
    for at in range(stop, min(end, number + 3)):
        if units[at].kind is not UnitKind.WORD or _is_noun(units[at].word):
            return min(end, max(number + 2, at))
        # `в ответ министр заявил`
        if at > stop and read_phrase(full, units, at, end, "nominative"):
            return at
    return min(end, max(number + 2, min(end, number + 3)))


def _after_frame(full: str, units: Sentence, at: int, end: int) -> int:
    """`по словам собеседницы` holds a genitive that looks like a plural."""
    owner = read_phrase(full, units, at, end, "genitive")
    return owner.end if owner else min(end, at)


def _is_noun(word: str) -> bool:
    return bool(nouns_of(word)) or word in PRONOUNS


def _read_subject(
    full: str, units: Sentence, number: int, end: int, agreement: str
) -> Phrase | None:
    """Return the nominative phrase at a unit, if the verb agrees with it."""
    unit = units[number]
    # `сообщили там`
    if unit.word == THERE and unit.kind is UnitKind.WORD:
        there = Phrase(kind="body", span=unit.span, end=number + 1, head=THERE)
        return there if agreement == "p" else None
    if unit.word in PRONOUNS:
        return _read_pronoun(unit, number, agreement)
    plural = {"p": True, "s": False}.get(agreement, False)
    phrase = read_phrase(full, units, number, end, "nominative", plural=plural)
    if phrase is None or (phrase.kind == "woman" and agreement in {"m", "n"}):
        return None
    # `сообщили Иван Петров и Анна Лис`: neither of them alone
    return None if agreement == "p" and _is_person(phrase) else phrase


def _read_pronoun(unit: Unit, number: int, agreement: str) -> Phrase | None:
    """`сказал он`, `говорит она`, `считают они`."""
    gender = PRONOUNS[unit.word]
    agrees = agreement == "p" if gender == "p" else agreement in {gender, "s"}
    if not agrees:
        return None
    return Phrase(kind="pronoun", span=unit.span, end=number + 1, head=unit.word, gender=gender)


def _is_weak(phrase: Phrase, agreement: str) -> bool:
    """Return True for a body's name or medium that may be the listener: `сказал ТАСС`."""
    if phrase.kind == "name" and phrase.entity:
        return phrase.entity.label is not EntityLabel.PERSON
    return phrase.kind == "media" or (phrase.kind == "document" and agreement != "s")


def _prefer_named(full: str, units: Sentence, phrase: Phrase, agreement: str) -> Phrase:
    """Return the name of a person that belongs to a noun, else the noun."""
    if phrase.kind == "person":
        return _find_apposition(full, units, phrase.end, agreement) or phrase
    if phrase.kind == "body" and agreement != "p":
        return _find_operator(full, units, phrase) or phrase
    return phrase


def _find_apposition(full: str, units: Sentence, at: int, agreement: str) -> Phrase | None:
    """`сказал глава союза, профессор Иван Петров`: return the name behind a comma."""
    while at < len(units) and units[at].kind in {UnitKind.WORD, UnitKind.NAME}:
        at += 1
    if at + 1 >= len(units) or units[at].word != ",":
        return None
    found = _read_subject(full, units, at + 1, len(units), agreement)
    return found if found and _is_person(found) else None


def _find_operator(full: str, units: Sentence, phrase: Phrase) -> Phrase | None:
    """`ответила оператор центра Анна Лис`: the noun is a firm elsewhere."""
    at = phrase.end
    stop = min(len(units), at + len(phrase.words))
    while at < stop and units[at].kind is UnitKind.WORD and units[at].word not in PREPOSITIONS:
        at += 1
    if at >= len(units):
        return None
    named = read_phrase(full, units, at, len(units), "nominative")
    return named if named and _is_person(named) else None


def find_subject_before(
    full: str, units: Sentence, begin: int, at: int, agreement: str
) -> Phrase | None:
    """Return the subject before a verb: the last nominative phrase that agrees with it."""
    found: Phrase | None = None
    number = begin
    while number < at:
        unit = units[number]
        # `с Ивановым, который заявил`
        if unit.word in _RELATIVES and at - number <= _RELATIVE_UNITS:
            return find_participle_antecedent(units, begin, number) or found
        # `кто-то крикнул`
        if unit.word in _SOMEBODY and number + 1 == at:
            return Phrase(kind="unnamed", span=unit.span, end=at, head=unit.word)
        if unit.word == ",":
            number = after_participle_clause(units, number, at)
            continue
        if unit.word in PREPOSITIONS:
            # `газета "Восток" со ссылкой на МВД сообщила`, `в МЧС сообщили`
            if relayed := _find_relayed(full, units, number, at):
                return relayed
            place = _find_told(full, units, number, at, agreement)
            found = found if _is_seat(found, place) else place or found
            number = _after_place(place) if place else _after_prepositional(full, units, number, at)
            continue
        phrase = _read_subject(full, units, number, at, agreement)
        if phrase and not _is_apposition(units, found, phrase, number, at):
            found = _keep_better(units, found, phrase, agreement)
        number = _after_title(units, phrase, number, at) if phrase else number + 1
    return found


def _after_place(place: Phrase) -> int:
    """`В пресс-службе губернатора сообщили`: the owner looks like a plural."""
    owner = place.owner if place.kind == "body" else None
    return max(place.end, owner.end) if owner and owner.kind == "person" else place.end


def _is_seat(found: Phrase | None, place: Phrase | None) -> bool:
    """`В посольстве в Осло заявили`: the place belongs to the body."""
    if found is None or place is None or place.entity is None:
        return False
    is_body = found.entity is not None and found.entity.label is EntityLabel.ORG
    if not is_body and found.kind != "body":
        return False
    return place.kind == "name" and place.entity.label is EntityLabel.GPE


def _is_apposition(
    units: Sentence, found: Phrase | None, phrase: Phrase, number: int, at: int
) -> bool:
    """`Иван Петров, глава союза строителей, заявил`: the noun is about the name before it."""
    if found is None or found.kind != "name" or phrase.kind not in {"person", "woman"}:
        return False
    return found.end == number - 1 and units[number - 1].word == "," == units[at - 1].word


def _after_title(units: Sentence, phrase: Phrase, number: int, at: int) -> int:
    """Return the unit after a phrase and the names that it governs: `глава МИД` is one phrase."""
    number = max(phrase.end, number + 1)
    if phrase.kind == "name":
        return number
    stop = min(at, number + len(phrase.words))
    while number < stop and units[number].kind in {UnitKind.WORD, UnitKind.NAME}:
        if units[number].word == "со":  # `газета "Восток" со ссылкой на источник`
            break
        number += 1
    return number


def _keep_better(units: Sentence, found: Phrase | None, phrase: Phrase, agreement: str) -> Phrase:
    """Return the later phrase, but a person before a document or a body of a wrong number."""
    if found is None:
        return phrase
    # `Вальдау в интервью газете "Вести" заявила`; but `Иванов ушел, а "Газпром" заявил`
    is_of_body = phrase.kind in {"name", "media", "body"} and not _is_person(phrase)
    if is_of_body and _is_person(found) and not _has_sign(units[found.end : phrase.end]):
        return found
    if (
        _is_thing(phrase)
        or phrase.kind == "document"
        or (phrase.kind == "name" and agreement == "p")
    ):
        return found
    return phrase


def _has_sign(units: Sentence) -> bool:
    return any(unit.kind is UnitKind.SIGN for unit in units)


def _is_person(phrase: Phrase) -> bool:
    return phrase.entity is not None and phrase.entity.label is EntityLabel.PERSON


def find_person_behind(full: str, units: Sentence, at: int) -> Phrase | None:
    """Return the first person in the nominative from unit `at` on."""
    for number in range(at, len(units)):
        entity = units[number].entity
        is_person = entity is not None and entity.label is EntityLabel.PERSON
        if is_person and units[number - 1].word not in PREPOSITIONS:
            phrase = read_phrase(full, units, number, len(units), "nominative")
            if phrase:
                return phrase
    return None


def find_unread_behind(full: str, units: Sentence, at: int, agreement: str) -> Phrase | None:
    """`сказал Тэмуулэн`: a name right behind the verb whose form tells no case, or no name at all.

    A capitalised word that the registry lacks is a source whose speaker is unknown.
    """
    if at + 1 >= len(units) or (at and units[at - 1].kind is not UnitKind.DASH):
        return None
    unit = units[at + 1]
    if unit.entity and unit.entity.label is EntityLabel.PERSON:
        if agreement == "p":
            return None
        return Phrase(kind="name", span=unit.span, end=at + 2, entity=unit.entity)
    if unit.word in _SOMEBODY:  # `сказал один из жителей`, `одна из истиц, Анна Лис`
        return _find_name_of_one(full, units, at + 2, agreement) or Phrase(
            kind="unnamed", span=unit.span, end=at + 2, head=unit.word
        )
    if unit.kind is UnitKind.WORD and full[unit.start].isupper():
        return Phrase(kind="unknown", span=unit.span, end=at + 2)
    return _find_name_behind_comma(full, units, at + 1, agreement)


def _find_name_of_one(full: str, units: Sentence, at: int, agreement: str) -> Phrase | None:
    """`говорит одна из истиц, Анна Лис`."""
    if units[at : at + 1] and units[at].word == "из":
        return _find_name_behind_comma(full, units, at + 1, agreement)
    return None


def _find_name_behind_comma(full: str, units: Sentence, at: int, agreement: str) -> Phrase | None:
    """`рассказывает адресат, Анна Лис`: the name beside a noun that is in no list."""
    stop = min(len(units) - 1, at + _UNREAD_UNITS)  # behind a comma at the end there is no name
    for number in range(at, stop):
        if units[number].word == ",":
            found = _read_subject(full, units, number + 1, len(units), agreement)
            return found if found and _is_person(found) else None
        if units[number].kind is not UnitKind.WORD or units[number].word in PREPOSITIONS:
            return None
    return None
