"""Quotations of Russian copy and their speakers.

`read_speech` leads a text through these steps:

1. `marks` finds the marked runs and leaves out names; `dialogue` adds the replies behind dashes;
2. `units` reads words, names and runs sentence by sentence;
3. `reports` and `frames` find the words of reporting, `subjects` and `phrases` their sources;
4. `attribution` gives each run its report;
5. `coreference` resolves each source to an actor, with `cast` for people and `organs` for bodies,
   of which `functions` has those without a name.

In the examples: `зовут` they call, `показал` showed, `осенью` in autumn, `суд рассудит` the court
will judge, `вода моя` the water is mine, `отзывается` replies.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from worker.model import Dateline, Quote, Span
from worker.parse.entity_registry import Registry
from worker.parse.languages.russian.attribution import (
    Attribution,
    CuePlace,
    ReportedText,
    attribute_runs,
    find_all_reports,
)
from worker.parse.languages.russian.cast import NOBODY, ResolvedSpeaker
from worker.parse.languages.russian.coreference import WEAK, Discourse
from worker.parse.languages.russian.dialogue import Turn
from worker.parse.languages.russian.frames import SpeechReport
from worker.parse.languages.russian.lexicon import fold
from worker.parse.languages.russian.marks import MarkedRun, find_marked_runs
from worker.parse.languages.russian.phrases import Phrase
from worker.parse.languages.russian.units import UnitKind, read_paragraphs
from worker.parse.quotes.quotation_marks import QuotedRun, remove_glosses
from worker.parse.text import WireText

__all__ = ["Speech", "read_speech"]


_MARKS = '"«»“”„ .!?'


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """What is said in a text: its quotations, and its reports with their speakers.

    `speakers` has the speaker of each report by the place of its cue, `names` those of the actors.
    """

    text: ReportedText
    quotes: tuple[Quote, ...]
    speakers: Mapping[int, ResolvedSpeaker]
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Attributed:
    run: MarkedRun
    place: CuePlace
    cue: Span | None
    source: Phrase | None
    speaker: ResolvedSpeaker
    key: int


def read_speech(text: WireText, registry: Registry, dateline: Dateline | None) -> Speech:
    """Return the quotations and reports of a text, each with its speaker as far as it tells.

    A speaker is the canonical name of an actor of the registry, or the function of a body that
    has no name.

    >>> [quote] = read_speech(WireText('"Мы готовы", - сказал он.'), Registry(), None).quotes
    >>> quote.cue, quote.source, quote.speaker
    (Span(start=15, end=21), Span(start=22, end=24), None)
    """
    runs = find_marked_runs(text, registry, dateline)
    paragraphs = read_paragraphs(text, registry, dateline, runs)
    reported = find_all_reports(text.full, runs, paragraphs)
    discourse = Discourse(text.full, registry, paragraphs, dateline)
    speakers: dict[int, ResolvedSpeaker] = {}
    quoted = list(_resolve(reported, attribute_runs(reported), discourse, speakers))
    quoted = _name_head(text.full, _take_turns(quoted))
    names = [actor.canonical for actor in discourse.actors]
    return Speech(
        text=reported,
        quotes=tuple(_make_quotes(text.full, quoted, names)),
        speakers=speakers,
        names=names,
    )


def _resolve(
    text: ReportedText,
    attributions: Mapping[int, Attribution],
    discourse: Discourse,
    speakers: dict[int, ResolvedSpeaker],
) -> Iterator[_Attributed]:
    """Yield the quotations with their speakers, in text order."""
    last: _Attributed | None = None
    for number, paragraph in enumerate(text.paragraphs):
        discourse.begin_paragraph(number)
        for index, units in enumerate(paragraph):
            for report in text.reports[number][index]:
                discourse.read_to(units, report.at)
                _speaker_of(report, discourse, speakers, is_used=report.kind not in WEAK)
            for unit in units:
                attribution = attributions.get(unit.run) if unit.kind is UnitKind.RUN else None
                if attribution is None:
                    continue
                last = _attribute(text.runs[unit.run], attribution, last, discourse, speakers)
                yield last
            discourse.advance(units)


def _speaker_of(
    report: SpeechReport,
    discourse: Discourse,
    speakers: dict[int, ResolvedSpeaker],
    *,
    is_used: bool,
) -> ResolvedSpeaker:
    """Return the speaker of a report, which is resolved once, in text order.

    A weak verb (`зовут`, `показал`) has spoken only where a quotation uses it.
    """
    key = report.cue.start
    if key not in speakers:
        is_bare = report.source is None and report.kind in {"passive", "frame", "cite"}
        speaker = (
            NOBODY
            if is_bare
            else discourse.resolve(
                report.source, report.agreement, fold(report.cue.of(discourse.full))
            )
        )
        speakers[key] = speaker
        if is_used:
            discourse.record(report.source, speaker)
    elif is_used and report.kind in WEAK:
        discourse.record(report.source, speakers[key])
    return speakers[key]


def _attribute(
    run: MarkedRun,
    attribution: Attribution,
    last: _Attributed | None,
    discourse: Discourse,
    speakers: dict[int, ResolvedSpeaker],
) -> _Attributed:
    place = attribution.place
    if attribution.report:
        report = attribution.report
        speaker = _speaker_of(report, discourse, speakers, is_used=True)
        return _Attributed(run, place, report.cue, report.source, speaker, report.cue.start)
    if attribution.label:
        speaker = discourse.resolve(attribution.label, "")
        discourse.record(attribution.label, speaker)
        start = attribution.label.span.start
        return _Attributed(run, place, None, attribution.label, speaker, start)
    if place is CuePlace.REPLY:
        return _Attributed(run, place, None, None, discourse.guess(), run.start)
    if last and place in {CuePlace.SAME, CuePlace.CHAIN}:
        return _Attributed(run, place, last.cue, last.source, last.speaker, last.key)
    return _Attributed(run, CuePlace.NOWHERE, None, None, NOBODY, run.start)


def _take_turns(quoted: Sequence[_Attributed]) -> list[_Attributed]:
    """Return the quotations; replies without a clause get the speaker whose turn it is.

    All answers to a reporter are those of one person. Of two people who talk, the second one
    replies to the first.
    """
    interviewee = _find_interviewee(quoted)
    taken: list[_Attributed] = []
    talking: list[ResolvedSpeaker] = []
    for one in quoted:
        speaker = one.speaker
        # `— Осенью.` below `— Когда откроют мост?`
        if one.place is CuePlace.REPLY and one.run.turn is Turn.ANSWER:
            speaker = interviewee
        # `— Суд рассудит!` below `— Вода моя, — отзывается Петров.`
        elif one.place is CuePlace.REPLY and taken and _is_next(taken[-1].run, one.run):
            others = [other for other in talking if other.actor != taken[-1].speaker.actor]
            speaker = next(reversed(others), NOBODY)
        if one.run.turn and speaker.actor is not None:
            talking.append(speaker)
        taken.append(replace(one, speaker=speaker))
    return taken


def _find_interviewee(quoted: Sequence[_Attributed]) -> ResolvedSpeaker:
    """Return the only person whom a clause names, else the likeliest one for the first answer."""
    replies = [one for one in quoted if one.run.turn]
    named = {one.speaker.actor: one.speaker for one in replies if one.place is not CuePlace.REPLY}
    named.pop(None, None)
    if len(named) == 1:
        return next(iter(named.values()))
    return next((one.speaker for one in replies if one.run.turn is Turn.ANSWER), NOBODY)


def _name_head(full: str, quoted: Sequence[_Attributed]) -> list[_Attributed]:
    """Return the quotations; one that is the headline gets the speaker of the item.

    That is the speaker of the same words below, or of all quotations.
    """
    if not quoted or quoted[0].run.paragraph or quoted[0].place is not CuePlace.NOWHERE:
        return list(quoted)
    head, *others = quoted
    words = head.run.span.of(full).strip(_MARKS)
    same = [one for one in others if words in one.run.span.of(full)]
    is_sole = len({one.speaker.actor for one in others}) == 1
    voices = same or (others if is_sole else [])
    speaker = voices[0].speaker if voices else NOBODY
    return [replace(head, place=CuePlace.HEAD, speaker=speaker), *others]


def _is_next(last: MarkedRun, run: MarkedRun) -> bool:
    """True for a reply right below another one."""
    return last.turn is not None and last.paragraph == run.paragraph - 1


def _make_quotes(full: str, quoted: Sequence[_Attributed], names: Sequence[str]) -> Iterator[Quote]:
    chain, key = -1, -1
    for one in quoted:
        if one.key != key:
            chain, key = chain + 1, one.key
        run, actor = one.run, one.speaker.actor
        confidence = one.speaker.confidence * one.place.value
        is_known = actor is not None and confidence > 0
        yield Quote(
            contents=run.span,
            cue=one.cue,
            source=one.source.span if one.source else None,
            speaker=names[actor] if actor is not None and is_known else None,
            chain=chain,
            confidence=round(confidence, 3) if is_known else 0.0,
            unglossed=remove_glosses(full, QuotedRun(run.start, run.end, run.paragraph, 0)),
        )
