"""The reports of a sentence: words and frames of reporting, each with its source."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from worker.model import EntityLabel, Span
from worker.parse.languages.russian.lexicon import FRAMES, Cue, cue_of, may_report, verb_agreement
from worker.parse.languages.russian.phrases import POSSESSIVES, Phrase, read_phrase
from worker.parse.languages.russian.subjects import (
    begin_of_clause,
    end_of_clause,
    find_person_behind,
    find_subject_before,
    find_subject_behind,
    find_unread_behind,
)
from worker.parse.languages.russian.units import Kind, Sentence, Unit

__all__ = ["Report", "find_reports"]

_AGREED_DOCUMENTS = frozenset("данным информации сведениям сообщению заявлению прогнозу".split())
_CITED = frozenset("слова слов заявление заявления комментарий текст сообщение фразу".split())
_PAUSES = frozenset(",.!?…")
_ADVERBS = frozenset(
    """также еще уже тоже ранее позже затем потом при этом тем не менее однако так в частности
    вчера сегодня накануне ему ей им нам мне журналистам""".split()
)


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
    source = find_subject_before(full, units, 0, report.at, "")
    # `В посольстве промолчали, отметив, что ...`
    source = source or find_subject_before(full, units, 0, report.at, "p")
    source = source or find_person_behind(full, units, report.at + 1)
    return replace(report, source=source)


def _find_frame(full: str, units: Sentence, at: int) -> Report | None:
    """`по словам министра`, `по его мнению`, `согласно документу`, `со слов очевидцев`."""
    word = units[at].word
    if word == "согласно":
        return _find_agreed(full, units, at)
    if (word == "слов" and at and units[at - 1].word == "со") or (
        word in FRAMES and at and units[at - 1].word == "по"
    ):
        begin = at - 1
    elif word in FRAMES and (begin := _begin_of_owned(units, at)) is not None:
        owner = units[begin + 1]
        source = Phrase(
            kind="pronoun",
            span=owner.span,
            end=at + 1,
            head=owner.word,
            gender=POSSESSIVES[owner.word],
        )
        cue = Span(units[begin].start, units[at].end)
        return Report(kind="frame", cue=cue, at=begin, source=source, end=at + 1)
    else:
        return None
    found = read_phrase(full, units, at + 1, len(units), "genitive")
    cue = Span(units[begin].start, units[at].end)
    end = found.end if found else at + 1
    return Report(kind="frame", cue=cue, at=begin, source=found, inverted=True, end=end)


def _begin_of_owned(units: Sentence, at: int) -> int | None:
    """Return the unit of `по` in `по его словам`, `по ее собственному выражению`."""
    for begin in (at - 2, at - 3):
        if begin >= 0 and units[begin].word == "по" and units[begin + 1].word in POSSESSIVES:
            return begin
    return None


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
    if cue is None:
        return _find_unlisted(full, units, at)
    is_denied = bool(at) and units[at - 1].word == "не"
    # `не исключил, что` reports, `исключил игрока` does not; `не сказал` is no report
    if is_denied is not (cue.kind == "denied") or not full[unit.start].isalpha():
        return None
    if cue.kind == "denied":
        cue = Cue("say", cue.agreement)
    if cue.kind == "passive":
        return _find_document(full, units, at)
    base = Report(kind=cue.kind, cue=unit.span, at=at, agreement=cue.agreement, end=at + 1)
    if cue.kind == "cite" or unit.word in {"передает", "передают"}:
        cited = _find_cited(full, units, at)
        # `цитирует пресс-служба министерства письмо`: the body hands on its own words.
        own = None if cited else find_subject_behind(full, units, at, cue.agreement)
        if own and own.kind == "body" and own.owner is not None:
            return replace(base, source=own, inverted=True, end=max(at + 1, own.end))
        if cited or cue.kind == "cite":
            source = cited
            end = max(at + 1, cited.end if cited else 0)
            return replace(base, kind="cite", source=source, inverted=True, end=end)
    if not cue.agreement:
        return base
    return _with_subject(full, units, base, cue)


def _find_unlisted(full: str, units: Sentence, at: int) -> Report | None:
    """`"Хватит!" - взорвался Иванов`: any verb between a dash and the person who speaks."""
    opener = at - 2 if at > 1 and units[at - 1].word == "не" else at - 1
    if opener < 1 or units[opener].kind is not Kind.DASH:
        return None
    agreement = verb_agreement(units[at].word)
    if not agreement:
        return None
    quoted = units[opener - 1]
    is_quoted = quoted.kind is Kind.RUN and full[quoted.start : quoted.end].rstrip('"»”')[-1:] in _PAUSES
    is_quoted = is_quoted or (quoted.word == "," and units[opener - 2].kind is Kind.RUN)
    behind = units[at + 1] if at + 1 < len(units) else None
    if not is_quoted or behind is None or not may_report([units[at].word, behind.span.of(full)]):
        return None
    source = find_subject_behind(full, units, at, agreement)
    if source is None or (source.kind == "name" and not _is_named_person(source)):
        return None
    return Report(
        kind="manner",
        cue=units[at].span,
        at=at,
        agreement=agreement,
        source=source,
        inverted=True,
        end=source.end,
    )


def _is_named_person(phrase: Phrase) -> bool:
    return phrase.entity is not None and phrase.entity.label is EntityLabel.PERSON


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
    end = end_of_clause(units, at + 1)
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
    if any(unit.word in {"одного", "одну"} for unit in units[at + 1 : end]):
        # `цитирует пресс-служба одного из авторов, доцента Ивана Петрова`
        return read_phrase(full, units, end + 1, len(units), "genitive")
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
    # `цитирует издание иск`: whose document it is
    for number in range(at + 1, end):
        document = read_phrase(full, units, number, end, "accusative")
        if document and document.kind == "document":
            return document
    return None


def _possessive(unit: Unit, end: int) -> Phrase:
    gender = POSSESSIVES[unit.word]
    return Phrase(kind="pronoun", span=unit.span, end=end + 1, head=unit.word, gender=gender)


def _with_subject(full: str, units: Sentence, report: Report, cue: Cue) -> Report:
    """Return a report with the subject of its verb, looked for where the word order says."""
    at = report.at
    begin = begin_of_clause(units, at)
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
            source = find_subject_behind(full, units, at, cue.agreement)
        else:
            source = find_subject_before(full, units, begin, at, cue.agreement)
            if source and cue.kind == "name" and cue.agreement == "p" and not _is_body(source):
                source = None  # `в Якутске его называют "чужим"`
        if source:
            end = max(at + 1, source.end) if inverted else at + 1
            return replace(report, source=source, inverted=inverted, end=end)
    return replace(
        report, inverted=inverts, source=find_unread_behind(full, units, at, cue.agreement)
    )


def _is_body(phrase: Phrase) -> bool:
    """`в Минздраве назвали`, `в ведомстве назвали`."""
    return phrase.kind == "body" or (
        phrase.entity is not None and phrase.entity.label is EntityLabel.ORG
    )


def _share_source(report: Report, earlier: Sequence[Report]) -> Report:
    """`Иванов назвал план "дырявым" и заявил, что ...`: a verb without a subject has the last."""
    if report.source or not earlier or report.kind == "passive":
        return report
    last = earlier[-1]
    agrees = not report.agreement or not last.agreement or report.agreement == last.agreement
    if last.source and last.kind == "frame" and report.agreement == "p":
        # `Водителям, по словам Иванова, советуют "не спешить"`: a verb without any subject
        return replace(report, source=last.source, agreement="")
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
