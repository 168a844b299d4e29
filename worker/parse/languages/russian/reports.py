"""The reports of a sentence: words and frames of reporting, each with its source.

In the examples: `сказал он` he said, `назвал план "дырявым"` called the plan leaky, `добавив`
adding, `не исключил` did not rule out, `хватит!` enough, `взорвался` exploded, `как сообщил` as
reported, `советуют "не спешить"` they advise not to hurry, `отметив` noting, `цитирует` quotes.
"""

from collections.abc import Sequence
from dataclasses import replace

from worker.model import EntityLabel
from worker.parse.languages.russian.frames import (
    SpeechReport,
    find_cited,
    find_document,
    find_frame,
)
from worker.parse.languages.russian.lexicon import CueWord, cue_of, may_report, verb_agreement
from worker.parse.languages.russian.participles import find_owner_of_participle
from worker.parse.languages.russian.phrases import Phrase
from worker.parse.languages.russian.subjects import (
    begin_of_clause,
    find_person_behind,
    find_subject_before,
    find_subject_behind,
    find_unread_behind,
)
from worker.parse.languages.russian.units import Sentence, UnitKind

__all__ = ["find_speech_reports"]

_PAUSES = frozenset(",.!?…")
_ADVERBS = frozenset(
    """также еще уже тоже ранее позже затем потом при этом тем не менее однако так в частности
    вчера сегодня накануне ему ей им нам мне журналистам""".split()
)
_OBJECTS = frozenset({"которую", "которого", "которых"})
_INVERTING = frozenset({"как", "этом", "это", "чем"})
"""Words before a verb whose subject follows it: `как сообщил Петров`, `об этом сообщил Петров`."""


def find_speech_reports(full: str, units: Sentence) -> list[SpeechReport]:
    """Return the reports of a sentence in text order."""
    reports: list[SpeechReport] = []
    for at, unit in enumerate(units):
        if unit.kind is not UnitKind.WORD:
            continue
        report = find_frame(full, units, at) or _find_verb(full, units, at)
        if report:
            reports.append(_share_source(report, reports))
    return [_with_main_subject(full, units, report) for report in _share_backwards(reports)]


def _with_main_subject(full: str, units: Sentence, report: SpeechReport) -> SpeechReport:
    """`Иванова пожала плечами, добавив, что ...`: an adverbial participle without another cue."""
    if report.source or report.agreement or report.kind in {"passive", "frame", "cite"}:
        return report
    source = find_owner_of_participle(units, report.at)
    source = source or find_subject_before(full, units, 0, report.at, "")
    # `В посольстве промолчали, отметив, что ...`
    source = source or find_subject_before(full, units, 0, report.at, "p")
    source = source or find_person_behind(full, units, report.at + 1)
    return replace(report, source=source)


def _find_verb(full: str, units: Sentence, at: int) -> SpeechReport | None:
    unit = units[at]
    cue = cue_of(unit.word)
    if cue is None:
        return _find_unlisted(full, units, at)
    # `не исключил, что` reports, `исключил игрока` does not; `не сказал` is no report
    is_denied = at > 0 and units[at - 1].word == "не"
    if is_denied is not (cue.kind == "denied"):
        return None
    if cue.kind == "passive":
        return find_document(full, units, at)
    kind = "say" if cue.kind == "denied" else cue.kind
    report = SpeechReport(kind=kind, cue=unit.span, at=at, agreement=cue.agreement, end=at + 1)
    cited = _with_cited(full, units, report)
    if cited or not cue.agreement:
        return cited or report
    report = _with_subject(full, units, report, cue)
    return None if _is_relative_object(units, report) else report


def _is_relative_object(units: Sentence, report: SpeechReport) -> bool:
    """`книга, которую передал музей`, `план, который показал Иванов`: nothing is reported.

    `Иванов, который заявил` is the subject of the verb, `письмо, в котором назвал` its document.
    """
    before = units[report.at - 1].word if report.at > 1 else ""
    if not before.startswith("котор") or units[report.at - 2].word != ",":
        return False
    return report.inverted or before in _OBJECTS


def _with_cited(full: str, units: Sentence, report: SpeechReport) -> SpeechReport | None:
    """Return a report with the person whom its verb quotes: `цитирует Петрова газета`."""
    if report.kind != "cite" and units[report.at].word not in {"передает", "передают"}:
        return None
    cited = find_cited(full, units, report.at)
    # `цитирует пресс-служба министерства письмо`: the body hands on its own words.
    own = find_subject_behind(full, units, report.at, report.agreement)
    is_own = cited is None or cited.kind == "document"
    if is_own and own and own.kind == "body" and own.owner:
        return replace(report, source=own, inverted=True, end=max(report.at + 1, own.end))
    if cited is None and report.kind != "cite":
        return None
    end = cited.end if cited else report.at + 1
    return replace(report, kind="cite", source=cited, inverted=True, end=max(report.at + 1, end))


def _find_unlisted(full: str, units: Sentence, at: int) -> SpeechReport | None:
    """`"Хватит!" - взорвался Иванов`: any verb between a dash and the person who speaks."""
    opener = at - 1 - (units[at - 1].word == "не")
    if opener < 1 or at + 1 >= len(units) or units[opener].kind is not UnitKind.DASH:
        return None
    words = [units[at].word, units[at + 1].span.of(full)]
    if not _closes_quotation(full, units, opener - 1) or not may_report(words):
        return None
    agreement = verb_agreement(units[at].word)
    source = find_subject_behind(full, units, at, agreement) if agreement else None
    if source is None or (source.kind == "name" and not _has_label(source, EntityLabel.PERSON)):
        return None
    return SpeechReport(
        kind="manner",
        cue=units[at].span,
        at=at,
        agreement=agreement,
        source=source,
        inverted=True,
        end=source.end,
    )


def _closes_quotation(full: str, units: Sentence, at: int) -> bool:
    """Return True for the last unit of `"Хватит!"`, of `"Хватит",` and of a reply."""
    unit = units[at]
    if unit.word == ",":
        return units[at - 1].kind is UnitKind.RUN
    return unit.kind is UnitKind.RUN and unit.span.of(full).rstrip('"»”')[-1:] in _PAUSES


def _has_label(phrase: Phrase, label: EntityLabel) -> bool:
    return phrase.entity is not None and phrase.entity.label is label


def _with_subject(full: str, units: Sentence, report: SpeechReport, cue: CueWord) -> SpeechReport:
    """Return a report with the subject of its verb, looked for where the word order says."""
    at = report.at
    begin = begin_of_clause(units, at)
    inverts = _inverts(units, begin, at)
    for inverted in (True, False) if inverts else (False, True):
        if inverted:
            source = find_subject_behind(full, units, at, cue.agreement)
        else:
            source = _subject_before(full, units, begin, at, cue)
        if source:
            end = max(at + 1, source.end) if inverted else at + 1
            return replace(report, source=source, inverted=inverted, end=end)
    unread = find_unread_behind(full, units, at, cue.agreement)
    return replace(report, inverted=inverts, source=unread)


def _inverts(units: Sentence, begin: int, at: int) -> bool:
    """Return True for a verb that opens its clause: `..., - также сказал он`, `как сообщил он`."""
    number = at - 1
    while number > begin and units[number].word in _ADVERBS:
        number -= 1
    if number < begin or not at:
        return True
    opener = units[number]
    return opener.kind in {UnitKind.DASH, UnitKind.RUN, UnitKind.SIGN} or opener.word in _INVERTING


def _subject_before(full: str, units: Sentence, begin: int, at: int, cue: CueWord) -> Phrase | None:
    source = find_subject_before(full, units, begin, at, cue.agreement)
    if source is None or cue.kind != "name" or cue.agreement != "p":
        return source
    # `в Минздраве его называют "чужим"`; but in `в Якутске его называют` nobody speaks.
    return source if source.kind == "body" or _has_label(source, EntityLabel.ORG) else None


def _share_source(report: SpeechReport, earlier: Sequence[SpeechReport]) -> SpeechReport:
    """Return a report with the source of the one before, if it has none of its own."""
    last = earlier[-1] if earlier else report
    if report.source or not last.source or report.kind == "passive":
        return report
    if last.kind == "frame" and report.agreement == "p":
        # `Водителям, по словам Иванова, советуют "не спешить"`: a verb without any subject
        return replace(report, source=last.source, agreement="")
    # `Иванов назвал план "дырявым" и заявил, что ...`
    agrees = not report.agreement or last.agreement in {"", report.agreement}
    is_shared = agrees and last.kind not in {"passive", "frame"}
    return replace(report, source=last.source) if is_shared else report


def _share_backwards(reports: list[SpeechReport]) -> list[SpeechReport]:
    """`Отметив, что "...", министр заявил`: an adverbial participle has the verb's subject."""
    for number in range(len(reports) - 2, -1, -1):
        report, following = reports[number], reports[number + 1]
        if not report.source and not report.agreement and report.kind not in {"passive", "frame"}:
            reports[number] = replace(report, source=following.source)
    return reports
