"""The reports of a sentence: each word or frame of reporting, with the phrase that it attributes to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from worker.model import EntityLabel, Span
from worker.parse.languages.russian.lexicon import Cue, cue_of, nouns_of
from worker.parse.languages.russian.phrases import (
    POSSESSIVES,
    PREPOSITIONS,
    PRONOUNS,
    Phrase,
    read_phrase,
)
from worker.parse.languages.russian.units import Kind, Sentence, Unit

__all__ = ["Report", "find_reports"]

_FRAMES = frozenset(
    """словам мнению данным информации версии оценке оценкам сведениям утверждению утверждениям
    заявлению сообщению сообщениям признанию прогнозу прогнозам подсчетам расчетам выражению
    убеждению наблюдениям""".split()
)
"""`по словам`, `по ее мнению`."""
_AGREED_DOCUMENTS = frozenset("данным информации сведениям сообщению заявлению прогнозу".split())
_CITED = frozenset("слова слов заявление заявления комментарий текст сообщение фразу".split())
_RELATIVES = frozenset({"который", "которая", "которые", "которое", "кто"})
_CLAUSE_STOPS = frozenset({"что", "чтобы", "как"})
_ADVERBS = frozenset(
    """также еще уже тоже ранее позже затем потом при этом тем не менее однако так в частности
    вчера сегодня накануне ему ей им нам мне журналистам""".split()
)
_BODY_KINDS = frozenset({"body", "media"})
_SOMEBODY = frozenset("один одна некто кто-то многие некоторые другой другая другие".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
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


def find_reports(full: str, units: Sentence) -> list[Report]:
    """Return the reports of a sentence in text order."""
    reports: list[Report] = []
    for at, unit in enumerate(units):
        if unit.kind is not Kind.WORD:
            continue
        report = _find_frame(full, units, at) or _find_verb(full, units, at)
        if report:
            reports.append(_share_source(report, reports))
    return [_with_main_subject(full, units, report) for report in _share_backwards(reports)]


def _with_main_subject(full: str, units: Sentence, report: Report) -> Report:
    """`Иванова пожала плечами, добавив, что ...`: an adverbial participle without another cue."""
    if report.source or report.agreement or report.kind in {"passive", "frame", "cite"}:
        return report
    source = _find_before(full, units, 0, report.at, "")
    source = source or first_person_of(full, units, report.at + 1)
    return replace(report, source=source)


def _find_frame(full: str, units: Sentence, at: int) -> Report | None:
    """`по словам министра`, `по его мнению`, `согласно документу`, `со слов очевидцев`."""
    word = units[at].word
    if word == "согласно":
        return _find_agreed(full, units, at)
    if (word == "слов" and at and units[at - 1].word == "со") or (word in _FRAMES and at and units[at - 1].word == "по"):
        begin = at - 1
    elif word in _FRAMES and at > 1 and units[at - 2].word == "по":
        owner = units[at - 1]
        if owner.word not in POSSESSIVES:
            return None
        source = Phrase(
            kind="pronoun",
            span=owner.span,
            end=at + 1,
            head=owner.word,
            gender=POSSESSIVES[owner.word],
        )
        cue = Span(units[at - 2].start, units[at].end)
        return Report(kind="frame", cue=cue, at=at - 2, source=source, end=at + 1)
    else:
        return None
    found = read_phrase(full, units, at + 1, len(units), "genitive")
    cue = Span(units[begin].start, units[at].end)
    end = found.end if found else at + 1
    return Report(kind="frame", cue=cue, at=begin, source=found, inverted=True, end=end)


def _find_agreed(full: str, units: Sentence, at: int) -> Report | None:
    """`согласно данным МЧС`, `согласно заявлению`."""
    if at + 1 >= len(units):
        return None
    following = units[at + 1]
    source = None
    if following.word in _AGREED_DOCUMENTS:
        source = read_phrase(full, units, at + 2, len(units), "genitive")
    source = source or read_phrase(full, units, at + 1, len(units), "dative")
    if source is None:
        return None
    return Report(
        kind="frame", cue=units[at].span, at=at, source=source, inverted=True, end=source.end
    )


def _find_verb(full: str, units: Sentence, at: int) -> Report | None:
    unit = units[at]
    cue = cue_of(unit.word)
    if cue is None or (at and units[at - 1].word == "не") or not full[unit.start].isalpha():
        return None
    if cue.kind == "passive":
        return _find_document(full, units, at)
    base = Report(kind=cue.kind, cue=unit.span, at=at, agreement=cue.agreement, end=at + 1)
    if cue.kind == "cite" or unit.word in {"передает", "передают"}:
        cited = _find_cited(full, units, at)
        if cited or cue.kind == "cite":
            source = cited
            end = max(at + 1, cited.end if cited else 0)
            return replace(base, kind="cite", source=source, inverted=True, end=end)
    if not cue.agreement:
        return base
    return _with_subject(full, units, base, cue)


def _find_document(full: str, units: Sentence, at: int) -> Report | None:
    """`говорится в сообщении МЧС`, `следует из отчета`."""
    word = units[at].word
    report = Report(kind="passive", cue=units[at].span, at=at, inverted=True, end=at + 1)
    for number in range(at + 1, min(len(units) - 1, at + 4)):
        if units[number].word in {"в", "во", "из", "на"}:
            source = None
            for case in ("prepositional", "genitive"):
                source = source or read_phrase(full, units, number + 1, len(units), case)
            if source and (source.kind != "name" or source.entity):
                return replace(report, source=source, end=source.end)
    before = at - 1
    while before > 0 and before > at - 6 and units[before].word not in {"в", "во"}:
        before -= 1
    # `В сообщении МЧС говорится, что ...`
    if before >= 0 and units[before].word in {"в", "во"}:
        source = read_phrase(full, units, before + 1, at, "prepositional")
        if source:
            return replace(report, source=source, inverted=False)
    return None if word in {"следует", "приводится", "указано", "сказано"} else report


def _find_cited(full: str, units: Sentence, at: int) -> Phrase | None:
    """`цитирует министра агентство`, `приводит его слова газета`, `передает слова Иванова ТАСС`."""
    end = _end_of_clause(units, at + 1)
    for number in range(at + 1, end):
        word = units[number].word
        if word in _CITED:
            before = units[number - 1]
            if before.word in POSSESSIVES:
                return _possessive(before, number)
            return read_phrase(full, units, number + 1, end, "genitive")
    is_quoting = units[at].word.startswith(("цитир", "процитир"))
    if not is_quoting:
        return None
    for number in range(at + 1, end):
        unit = units[number]
        if unit.word in POSSESSIVES:
            return _possessive(unit, number)
        if unit.entity and unit.entity.label is EntityLabel.PERSON:
            return Phrase(kind="name", span=unit.span, end=number + 1, entity=unit.entity)
        noun = read_phrase(full, units, number, end, "accusative")
        is_named = noun and noun.entity and noun.entity.label is EntityLabel.PERSON
        if noun and (is_named or noun.kind not in {"name", "media", "document"}):
            return noun
    return None


def _possessive(unit: Unit, end: int) -> Phrase:
    gender = POSSESSIVES[unit.word]
    return Phrase(kind="pronoun", span=unit.span, end=end + 1, head=unit.word, gender=gender)


def _with_subject(full: str, units: Sentence, report: Report, cue: Cue) -> Report:
    """Return a report with the subject of its verb, looked for where the word order says."""
    at = report.at
    begin = _begin_of_clause(units, at)
    before = units[at - 1] if at else None
    number = at - 1
    while number > begin and units[number].word in _ADVERBS:
        number -= 1
    opener = units[number] if number >= begin and at else None
    inverts = opener is None or opener.kind in {Kind.DASH, Kind.RUN, Kind.SIGN}
    inverts = inverts or opener is None or opener.word in {"как", "этом", "это", "чем"}
    sides = (True, False) if inverts or before is None else (False, True)
    for inverted in sides:
        if inverted:
            source = _find_after(full, units, at, cue.agreement)
        elif cue.kind == "name" and cue.agreement == "p":
            source = None  # `в Якутске его называют "чужим"`
        else:
            source = _find_before(full, units, begin, at, cue.agreement)
        if source:
            end = max(at + 1, source.end) if inverted else at + 1
            return replace(report, source=source, inverted=inverted, end=end)
    return replace(report, inverted=inverts, source=_unread_behind(full, units, at, cue.agreement))


def _unread_behind(full: str, units: Sentence, at: int, agreement: str) -> Phrase | None:
    """`сказал Тэмуулэн`: a name right behind the verb whose form tells no case, or no name at all.

    A capitalised word that the registry lacks is a source whose speaker is unknown.
    """
    if at + 1 >= len(units) or (at and units[at - 1].kind is not Kind.DASH):
        return None
    unit = units[at + 1]
    if unit.entity and unit.entity.label is EntityLabel.PERSON:
        if agreement == "p":
            return None
        return Phrase(kind="name", span=unit.span, end=at + 2, entity=unit.entity)
    if unit.word in _SOMEBODY:  # `сказал один из жителей`
        return Phrase(kind="unnamed", span=unit.span, end=at + 2, head=unit.word)
    if unit.kind is Kind.WORD and full[unit.start].isupper():
        return Phrase(kind="unknown", span=unit.span, end=at + 2)
    return None


def _begin_of_clause(units: Sentence, at: int) -> int:
    """Return the first unit after the last marked run before a cue."""
    for number in range(at - 1, -1, -1):
        if units[number].kind is Kind.RUN:
            return number + 1
    return 0


def _end_of_clause(units: Sentence, at: int) -> int:
    """Return the unit where the words that follow a verb end."""
    number = at
    while number < len(units):
        unit = units[number]
        if unit.kind in {Kind.RUN, Kind.DASH} or unit.word in {":", ";", "!", "?", "…"}:
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
    """`пояснила, представляя поправки, министр`: return the unit behind, `comma` if there is none."""
    if comma + 1 >= len(units):
        return comma
    word = units[comma + 1].word
    if not word.endswith(("я", "вшись", "в")) or nouns_of(word) or len(word) < 4:
        return comma
    number = comma + 1
    while number < len(units) and units[number].kind in {Kind.WORD, Kind.NAME}:
        number += 1
    return number + 1 if number < len(units) and units[number].word == "," else comma


def _find_after(full: str, units: Sentence, at: int, agreement: str) -> Phrase | None:
    """Return the nearest subject behind a verb: `сказал ТАСС директор института Иван Петров`."""
    end = _end_of_clause(units, at + 1)
    plural = agreement == "p"
    weak: Phrase | None = None
    number = at + 1
    while number < end:
        unit = units[number]
        if unit.word == ",":
            number = max(number + 1, _after_participle(units, number))
            continue
        relayed = _find_relayed(full, units, number, end)
        if relayed:
            return relayed
        if unit.word in PREPOSITIONS:
            body = _find_place(full, units, number, end) if plural else None
            if body:
                return body
            number = _after_prepositional(full, units, number, end)
            continue
        phrase = _read_subject(full, units, number, end, agreement)
        if phrase and not _is_weak(phrase, agreement):
            return _prefer_apposition(full, units, phrase, agreement)
        weak = weak or phrase
        number = phrase.end if phrase else number + 1
    return None if plural and weak and weak.kind == "name" else weak


def _find_relayed(full: str, units: Sentence, number: int, end: int) -> Phrase | None:
    """`сообщает "Интерфакс" со ссылкой на пресс-службу МВД`."""
    words = [unit.word for unit in units[number : number + 3]]
    if words != ["со", "ссылкой", "на"]:
        return None
    for case in ("accusative", "nominative"):
        found = read_phrase(full, units, number + 3, end, case)
        if found:
            return found
    return None


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
    """Return the unit after a preposition and its noun, which is no subject."""
    stop = number + 1
    while stop < end and units[stop].kind is Kind.WORD and stop < number + 3:
        if nouns_of(units[stop].word) or units[stop].word in PRONOUNS:
            break
        if stop > number + 1 and read_phrase(full, units, stop, end, "nominative"):
            return stop
        stop += 1
    return min(end, max(number + 2, stop))


def _read_subject(
    full: str, units: Sentence, number: int, end: int, agreement: str
) -> Phrase | None:
    """Return the nominative phrase at a unit, if the verb agrees with it."""
    unit = units[number]
    if unit.word in PRONOUNS:
        gender = PRONOUNS[unit.word]
        if agreement in {gender, "s"} or (agreement == "p") == (gender == "p") == True:  # noqa: E712
            return Phrase(
                kind="pronoun", span=unit.span, end=number + 1, head=unit.word, gender=gender
            )
        return None
    plural = {"p": True, "s": False}.get(agreement, False)
    phrase = read_phrase(full, units, number, end, "nominative", plural=plural)
    if phrase is None or (phrase.kind == "woman" and agreement in {"m", "n"}):
        return None
    # `сообщили Иван Петров и Анна Лис`: neither of them alone
    is_person = phrase.entity is not None and phrase.entity.label is EntityLabel.PERSON
    return None if is_person and agreement == "p" else phrase


def _is_weak(phrase: Phrase, agreement: str) -> bool:
    """Return True for a body's name or medium that may be the listener: `сказал ТАСС`."""
    if phrase.kind == "name" and phrase.entity:
        return phrase.entity.label is not EntityLabel.PERSON
    return phrase.kind == "media" or (phrase.kind == "document" and agreement != "s")


def _prefer_apposition(full: str, units: Sentence, phrase: Phrase, agreement: str) -> Phrase:
    """`сказал глава союза, профессор Иван Петров`: return the name behind a comma."""
    at = phrase.end
    if phrase.kind != "person":
        return phrase
    while at < len(units) and units[at].kind in {Kind.WORD, Kind.NAME}:
        at += 1
    if at + 1 < len(units) and units[at].word == ",":
        found = _read_subject(full, units, at + 1, len(units), agreement)
        if found and found.kind == "name" and found.entity:
            if found.entity.label is EntityLabel.PERSON:
                return found
    return phrase


def _find_before(full: str, units: Sentence, begin: int, at: int, agreement: str) -> Phrase | None:
    """Return the subject before a verb: the last nominative phrase that agrees with it."""
    found: Phrase | None = None
    number = begin
    while number < at:
        unit = units[number]
        if unit.word in _RELATIVES and at - number <= 4:
            return _find_antecedent(units, begin, number) or found
        if unit.word in PREPOSITIONS:
            if agreement == "p":
                found = _find_place(full, units, number, at) or found
            number = _after_prepositional(full, units, number, at)
            continue
        phrase = _read_subject(full, units, number, at, agreement)
        if phrase:
            if not _is_apposition(units, found, phrase, number, at):
                found = _keep_better(found, phrase, agreement)
            number = max(phrase.end, number + 1)
            number = _after_title(units, phrase, number, at)
        else:
            number += 1
    return found


def _is_apposition(
    units: Sentence, found: Phrase | None, phrase: Phrase, number: int, at: int
) -> bool:
    """`Иван Петров, глава союза строителей, заявил`: the noun is about the name before it."""
    if found is None or found.kind != "name" or phrase.kind not in {"person", "woman"}:
        return False
    return found.end == number - 1 and units[number - 1].word == "," == units[at - 1].word


def _after_title(units: Sentence, phrase: Phrase, number: int, at: int) -> int:
    """Pass over the names that a noun governs: `глава МИД` is one phrase."""
    if phrase.kind == "name":
        return number
    stop = min(at, number + len(phrase.words))
    while number < stop and units[number].kind in {Kind.WORD, Kind.NAME}:
        number += 1
    return number


def _keep_better(found: Phrase | None, phrase: Phrase, agreement: str) -> Phrase:
    """Return the later phrase, but a person before a document or a body of a wrong number."""
    if found is None:
        return phrase
    is_body = phrase.kind == "name" and phrase.entity is not None
    is_body = (
        is_body
        and phrase.entity is not None
        and phrase.entity.label
        in {
            EntityLabel.FAC,
            EntityLabel.LOC,
            EntityLabel.PRODUCT,
        }
    )
    if is_body or phrase.kind == "document" or (phrase.kind == "name" and agreement == "p"):
        return found
    return phrase


def _find_antecedent(units: Sentence, begin: int, number: int) -> Phrase | None:
    """`с Ивановым, который заявил`: return the last name before the pronoun, in any case."""
    for index in range(number - 1, begin - 1, -1):
        unit = units[index]
        if unit.entity and unit.entity.label in {EntityLabel.PERSON, EntityLabel.ORG}:
            return Phrase(kind="name", span=unit.span, end=index + 1, entity=unit.entity)
    return None


def _share_source(report: Report, earlier: Sequence[Report]) -> Report:
    """`Иванов назвал план "дырявым" и заявил, что ...`: a verb without a subject has the last."""
    if report.source or not earlier or report.kind == "passive":
        return report
    last = earlier[-1]
    agrees = not report.agreement or not last.agreement or report.agreement == last.agreement
    if last.source and agrees and last.kind not in {"passive", "frame"}:
        return replace(report, source=last.source)
    return report


def _share_backwards(reports: list[Report]) -> list[Report]:
    """`Отметив, что "...", министр заявил`: an adverbial participle has the verb's subject."""
    for number in range(len(reports) - 2, -1, -1):
        report, following = reports[number], reports[number + 1]
        if not report.source and not report.agreement and report.kind not in {"passive", "frame"}:
            reports[number] = replace(report, source=following.source)
    return reports


def first_person_of(full: str, units: Sentence, at: int) -> Phrase | None:
    """Return the first person in the nominative from unit `at` on."""
    for number in range(at, len(units)):
        entity = units[number].entity
        is_person = entity is not None and entity.label is EntityLabel.PERSON
        if is_person and units[number - 1].word not in PREPOSITIONS:
            phrase = read_phrase(full, units, number, len(units), "nominative")
            if phrase:
                return phrase
    return None
