"""Reports without a subject of their own: `по словам Петрова`, `говорится в отчете`, `цитирует`.

In the examples: `по словам Петрова` according to Petrov, `говорится в отчете` the report says,
`цитирует` quotes, `согласно данным` by the data, `со слов очевидцев` as witnesses tell, `приводит
его слова` gives his words, `следует из` follows from, `в частности` in particular.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from worker.model import EntityLabel, Span
from worker.parse.languages.russian.lexicon import FRAMES
from worker.parse.languages.russian.phrases import (
    POSSESSIVES,
    Phrase,
    is_nominative,
    read_phrase,
)
from worker.parse.languages.russian.subjects import end_of_clause
from worker.parse.languages.russian.units import Sentence, Unit, UnitKind

__all__ = ["SpeechReport", "find_cited", "find_document", "find_frame"]

_AGREED_DOCUMENTS = frozenset("данным информации сведениям сообщению заявлению прогнозу".split())
"""`согласно данным МЧС`: the body behind the noun is the source."""
_CITED = frozenset(
    "слова слов заявление заявления комментарий текст сообщение фразу цитата цитату мнение".split()
)
_GIVEN = frozenset({"приводится", "приводятся"})
_WITH_DOCUMENT = _GIVEN | {"следует", "указано", "сказано"}
"""Passives that report only beside a document: `следует из отчета`, but `следует ждать`."""
_IN_IT = frozenset({"нем", "ней", "них"})
_ADJECTIVES = ("ым", "им", "ому", "ему", "ой", "ей")
_DOCUMENT_UNITS = 4
_BEFORE_UNITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechReport:
    """A cue and its source in a sentence.

    Attributes:
        kind: The class of the cue in `cues-ru.tsv`, or `frame` (`по словам`).
        cue: The reporting words.
        at: The unit of the cue.
        agreement: The gender or number of the verb.
        source: The phrase that it attributes to, None for a subject that is left out.
        inverted: The source stands behind the verb.
        end: The unit after the cue and the source.
    """

    kind: str
    cue: Span
    at: int
    agreement: str = ""
    source: Phrase | None = None
    inverted: bool = False
    end: int = 0


def find_frame(full: str, units: Sentence, at: int) -> SpeechReport | None:
    """Return the frame whose noun is unit `at`."""
    word = units[at].word
    if word == "согласно":
        return _find_agreed(full, units, at)
    # `со слов очевидцев`, `по словам министра`
    opener = {"слов": "со"}.get(word, "по" if word in FRAMES else "")
    if not opener:
        return None
    begin = _begin_of_frame(units, at, opener)
    if begin is not None:
        found = read_phrase(full, units, at + 1, len(units), "genitive")
        cue = Span(units[begin].start, units[at].end)
        end = found.end if found else at + 1
        return SpeechReport(kind="frame", cue=cue, at=begin, source=found, inverted=True, end=end)
    return _find_owned(units, at)


def _begin_of_frame(units: Sentence, at: int, opener: str) -> int | None:
    """Return the unit of `по` in `по словам`, `по предварительным данным`."""
    if at and units[at - 1].word == opener:
        return at - 1
    is_between = at > 1 and units[at - 1].word.endswith(_ADJECTIVES)
    is_frame = is_between and units[at - 2].word == opener
    return at - 2 if is_frame and units[at - 1].word not in POSSESSIVES else None


def _find_owned(units: Sentence, at: int) -> SpeechReport | None:
    """`по его словам`, `по ее собственному выражению`."""
    for begin in (at - 2, at - 3):
        if begin >= 0 and units[begin].word == "по" and units[begin + 1].word in POSSESSIVES:
            source = _possessive(units[begin + 1], at)
            cue = Span(units[begin].start, units[at].end)
            return SpeechReport(kind="frame", cue=cue, at=begin, source=source, end=at + 1)
    return None


def _possessive(unit: Unit, last: int) -> Phrase:
    gender = POSSESSIVES[unit.word]
    return Phrase(kind="pronoun", span=unit.span, end=last + 1, head=unit.word, gender=gender)


def _find_agreed(full: str, units: Sentence, at: int) -> SpeechReport | None:
    """`согласно данным МЧС`, `согласно заявлению`."""
    if at + 1 >= len(units):
        return None
    source = None
    if units[at + 1].word in _AGREED_DOCUMENTS:
        source = read_phrase(full, units, at + 2, len(units), "genitive")
    source = source or read_phrase(full, units, at + 1, len(units), "dative")
    if source is None:
        return None
    return SpeechReport(
        kind="frame", cue=units[at].span, at=at, source=source, inverted=True, end=source.end
    )


def find_document(full: str, units: Sentence, at: int) -> SpeechReport | None:
    """Return the report of a passive verb: `говорится в сообщении МЧС`, `следует из отчета`."""
    report = SpeechReport(kind="passive", cue=units[at].span, at=at, inverted=True, end=at + 1)
    # `приводятся в релизе слова директора Анны Лис`: the person, not the document
    cited = find_cited(full, units, at) if units[at].word in _GIVEN else None
    if cited and cited.kind != "document":
        return replace(report, kind="cite", source=cited, end=cited.end)
    behind = _document_behind(full, units, at)
    if behind:
        return replace(report, source=behind, end=behind.end)
    before = _document_before(full, units, at)
    if before:
        return replace(report, source=before, inverted=False)
    return None if units[at].word in _WITH_DOCUMENT else report


def _document_behind(full: str, units: Sentence, at: int) -> Phrase | None:
    for number in range(at + 1, min(len(units) - 1, at + _DOCUMENT_UNITS)):
        if units[number].word not in {"в", "во", "из", "на"}:
            continue
        source = read_phrase(full, units, number + 1, len(units), "prepositional")
        source = source or read_phrase(full, units, number + 1, len(units), "genitive")
        if source and (source.kind != "name" or source.entity):
            return source
    return None


def _document_before(full: str, units: Sentence, at: int) -> Phrase | None:
    """`В сообщении МЧС говорится, что ...`."""
    for number in range(at - 1, max(-1, at - _BEFORE_UNITS - 2), -1):
        if units[number].word in {"в", "во"}:
            found = _document_just_named(units, number + 1)
            found = found or read_phrase(full, units, number + 1, at, "prepositional")
            if found:  # not `в частности`
                return found
    return None


def _document_just_named(units: Sentence, at: int) -> Phrase | None:
    """`говорится в релизе. В нем отмечается, что ...`."""
    if units[at].word not in _IN_IT:
        return None
    return Phrase(kind="document", span=units[at].span, end=at + 1, head="документ")


def _cited_before(full: str, units: Sentence, at: int) -> Phrase | None:
    """`Слова Иванова приводит газета`: the words stand in front of the verb."""
    for number in range(max(0, at - _BEFORE_UNITS), at):
        if units[number].word != "слова" or units[number].kind is not UnitKind.WORD:
            continue
        if number and units[number - 1].word in POSSESSIVES:
            return _possessive(units[number - 1], number)
        return _read_owner(full, units, number + 1, at)
    return None


def find_cited(full: str, units: Sentence, at: int) -> Phrase | None:
    """Return whom a verb quotes: `цитирует министра агентство`, `приводит его слова газета`."""
    end = end_of_clause(units, at + 1)
    for number in range(at + 1, end):
        if units[number].word in _CITED:
            # `приводит его слова`, `передает слова Иванова`
            before = units[number - 1]
            if before.word in POSSESSIVES:
                return _possessive(before, number)
            return _read_owner(full, units, number + 1, end)
    if not units[at].word.startswith(("цитир", "процитир")):
        return _cited_before(full, units, at)
    # `цитирует пресс-служба одного из авторов, доцента Ивана Петрова`
    if any(unit.word in {"одного", "одну"} for unit in units[at + 1 : end]):
        return read_phrase(full, units, end + 1, len(units), "genitive")
    return _find_quoted(full, units, at, end)


def _read_owner(full: str, units: Sentence, at: int, end: int) -> Phrase | None:
    """`слова Иванова`, `слова заведующей отделом Анны Лис`: the person, or the noun."""
    owner = read_phrase(full, units, at, end, "genitive")
    return owner or next(iter(_people(units, at, end)), None)


def _people(units: Sentence, at: int, end: int) -> Iterator[Phrase]:
    for number in range(at, end):
        entity = units[number].entity
        if entity and entity.label is EntityLabel.PERSON:
            yield Phrase(kind="name", span=units[number].span, end=number + 1, entity=entity)


def _find_quoted(full: str, units: Sentence, at: int, end: int) -> Phrase | None:
    """Return the object of `цитирует`: `ее`, `Иванова`, `министра`, else a document."""
    document: Phrase | None = None
    for number in range(at + 1, end):
        unit = units[number]
        if unit.word in POSSESSIVES:
            return _possessive(unit, number)
        if unit.entity and unit.entity.label is EntityLabel.PERSON:
            return Phrase(kind="name", span=unit.span, end=number + 1, entity=unit.entity)
        noun = read_phrase(full, units, number, end, "accusative")
        if noun and _may_be_quoted(noun):
            # `цитирует ведомство заведующую отделом Анну Лис`: the body hands on
            people = _people(units, noun.end, end) if noun.kind == "body" else iter(())
            return next((one for one in people if _is_oblique(full, one)), noun)
        # `цитирует издание иск`: whose document it is
        if noun and noun.kind == "document" and document is None:
            document = noun
    return document


def _is_oblique(full: str, name: Phrase) -> bool:
    return name.entity is not None and is_nominative(name.entity, name.span.of(full)) is False


def _may_be_quoted(noun: Phrase) -> bool:
    is_named = noun.entity is not None and noun.entity.label is EntityLabel.PERSON
    return is_named or noun.kind not in {"name", "media", "document"}
