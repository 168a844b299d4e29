"""Statements of Russian copy: what is said in direct, mixed and indirect speech.

The reports are those that the quotations were read with. A report has a content of its own where
a clause with `что` follows it, where the words before it are its sentence (`Мост закрыт, сообщил
Петров`), or where a frame opens or interrupts a sentence (`По словам Петрова, мост закрыт`).

In the examples: `мост закрыт` the bridge is closed, `сообщил` reported, `заявил журналистам, что`
told reporters that, `по словам` according to, `при этом, по мнению` yet in the opinion of, `рынок
слаб` the market is weak, `об этом` about this, `который возглавляет` who heads.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from worker.model import EntityLabel, Quote, Span, Statement, StatementKind
from worker.parse.entity_registry import Registry
from worker.parse.languages.russian.cast import NOBODY, ResolvedSpeaker
from worker.parse.languages.russian.coreference import Discourse
from worker.parse.languages.russian.frames import SpeechReport
from worker.parse.languages.russian.phrases import Phrase, read_phrase
from worker.parse.languages.russian.quotes import Speech
from worker.parse.languages.russian.units import Sentence, Unit, UnitKind

__all__ = ["statements_of"]

_THAT = frozenset({"что", "чтобы", "будто", "якобы"})
_CLAUSE_DISTANCE = 14
"""Units between a verb and its `что`: `заявил на встрече с послом в понедельник, что`."""
_WORDS_MIN = 2
_LABEL_UNITS = 12
_INDIRECT_SHARE = 0.95
_FORWARD = frozenset({"say", "think", "near", "passive"})
_CLOSING = frozenset({"say", "think", "near", "passive", "frame", "cite"})
_EMPTY = frozenset("об этом как так а и но также ранее при".split())


class _Content(NamedTuple):
    report: SpeechReport
    parts: tuple[Span, ...]


def statements_of(
    registry: Registry, speech: Speech, quotes: Sequence[Quote]
) -> tuple[Statement, ...]:
    """Return the statements of a text in order; `quotes` are its quotations.

    >>> from worker.parse.languages.russian.quotes import read_speech
    >>> from worker.parse.text import WireText
    >>> speech = read_speech(WireText("Мост закрыт, сообщил он."), Registry(), None)
    >>> [statement] = statements_of(Registry(), speech, ())
    >>> str(statement.kind), statement.contents[0].of(speech.text.full)
    ('indirect', 'Мост закрыт')
    """
    contents = [
        content
        for paragraph, reports in zip(speech.text.paragraphs, speech.text.reports, strict=True)
        for units, own in zip(paragraph, reports, strict=True)
        for content in _contents(units, own)
    ]
    covered: set[int] = set()
    statements = list(_reported(contents, speech, quotes, covered))
    statements += _labelled(registry, speech, quotes, covered)
    left = [quote for quote in quotes if quote.contents.start not in covered]
    statements += _direct(left)
    return tuple(sorted(statements, key=lambda one: (one.contents[0], one.contents[-1])))


def _contents(units: Sentence, reports: Sequence[SpeechReport]) -> Iterator[_Content]:
    """Yield the contents of the reports of a sentence, none within another report's content."""
    free = 0
    for report in reports:
        if report.at < free:
            continue
        following = next((one.at for one in reports if one.at > report.at), len(units))
        parts = _clause(units, report, following) or _around(units, report)
        if parts and _has_words(units, parts):
            yield _Content(report, parts)
            if parts[-1].start > report.cue.start:
                free = len(units)


def _clause(units: Sentence, report: SpeechReport, following: int) -> tuple[Span, ...]:
    """Return the clause after `что`: `Петров заявил журналистам, что мост закрыт`.

    A clause after the `following` report is that report's.
    """
    if report.kind not in _FORWARD:
        return ()
    limit = min(len(units), report.at + _CLAUSE_DISTANCE, following)
    for number in range(report.at + 1, limit):
        word = units[number].word
        # `Петров заявил: мост закрыт`
        if word == ":" and number + 1 < len(units) and units[number + 1].kind is not UnitKind.RUN:
            return _span(units, number + 1, len(units))
        if word in _THAT and units[number - 1].word in {",", "том"} | {units[report.at].word}:
            return _span(units, number + 1, len(units))
        if units[number].kind in {UnitKind.RUN, UnitKind.DASH}:
            break
    return ()


def _around(units: Sentence, report: SpeechReport) -> tuple[Span, ...]:
    """Return what a report closes, opens or interrupts, between its commas."""
    if report.kind not in _CLOSING:
        return ()
    first, last = _edges(units, report)
    is_frame = report.kind == "frame" or (first < report.at and units[first].word == "как")
    if first == 0 or units[first - 1].word == ";":
        return _opened(units, last) if is_frame else ()
    # `Мост закрыт, сообщил Петров`, `Мост, по его словам, закрыт`; not `..., Петров сообщил`
    if not _is_pause(units[first - 1]) or not (report.inverted or is_frame):
        return ()
    parts = _span(units, _begin_of_content(units, first), first - 1)
    rest = () if _is_subordinate(units, last + 1) else _opened(units, last)
    # `При этом, по мнению Петрова, рынок слаб`: nothing is said in front.
    return parts + rest if _count_words(units, parts) or not rest else rest


def _is_pause(unit: Unit) -> bool:
    return unit.word == "," or unit.kind is UnitKind.DASH


def _opened(units: Sentence, last: int) -> tuple[Span, ...]:
    """`По словам Петрова, мост закрыт`: return what stands behind the comma at unit `last`."""
    if last >= len(units) or units[last].word != ",":
        return ()
    return _span(units, last + 1, len(units))


def _edges(units: Sentence, report: SpeechReport) -> tuple[int, int]:
    """Return the first and the last unit of a report with what stands beside its verb."""
    first = report.at
    while (
        first and units[first - 1].kind in {UnitKind.WORD, UnitKind.NAME} and report.at - first < 6
    ):
        first -= 1
    last = max(report.end, report.at + 1)
    while last < len(units) and units[last].kind in {UnitKind.WORD, UnitKind.NAME}:
        last += 1
    # `заявил глава союза, профессор Петров, ...` ends behind the name
    return first, last


def _begin_of_content(units: Sentence, first: int) -> int:
    begin = 0
    while begin < first and units[begin].kind in {UnitKind.SIGN, UnitKind.DASH}:
        begin += 1
    return begin


def _is_subordinate(units: Sentence, at: int) -> bool:
    """`сообщил Петров, комментируя отчет`, `..., который возглавляет мэрию`: no content."""
    word = units[at].word if at < len(units) else ""
    return word.startswith(("котор", "где", "отвечая")) or word.endswith(
        ("уя", "ая", "яя", "вшись")
    )


def _span(units: Sentence, begin: int, end: int) -> tuple[Span, ...]:
    """Return the place of some units without the signs at both ends."""
    while begin < end and _is_edge(units, begin):
        begin += 1
    while begin < end and _is_edge(units, end - 1):
        end -= 1
    return (Span(units[begin].start, units[end - 1].end),) if begin < end else ()


def _is_edge(units: Sentence, number: int) -> bool:
    unit = units[number]
    return unit.kind is UnitKind.DASH or (
        unit.kind is UnitKind.SIGN and unit.word not in {"(", ")"}
    )


def _has_words(units: Sentence, parts: Sequence[Span]) -> bool:
    """Return True for a content: not `об этом`, and not a quotation alone before the report."""
    first = _count_words(units, parts[:1])
    return first > 0 and first + _count_words(units, parts[1:]) >= _WORDS_MIN


def _count_words(units: Sentence, parts: Sequence[Span]) -> int:
    return sum(
        unit.kind in {UnitKind.WORD, UnitKind.NAME} and unit.word not in _EMPTY
        for part in parts
        for unit in units
        if part.start <= unit.start and unit.end <= part.end
    )


def _reported(
    contents: Sequence[_Content],
    speech: Speech,
    quotes: Sequence[Quote],
    covered: set[int],
) -> Iterator[Statement]:
    """Yield indirect and mixed statements; the quotations within are added to `covered`."""
    starts = {quote.contents.start: quote for quote in quotes}
    places = sorted(starts)
    for content in contents:
        marked = [
            start
            for part in content.parts
            for start in _between(places, part)
            if starts[start].contents.end <= part.end
        ]
        if _is_whole(content.parts, [starts[start].contents for start in marked]):
            continue
        covered.update(marked)
        speaker = speech.speakers.get(content.report.cue.start, NOBODY)
        parts = tuple(_with_marks(speech.text.full, part) for part in content.parts)
        yield _make(content.report, parts, speaker, speech.names, is_mixed=bool(marked))


def _between(places: Sequence[int], part: Span) -> Sequence[int]:
    return places[bisect_left(places, part.start) : bisect_left(places, part.end)]


def _is_whole(parts: Sequence[Span], marked: Sequence[Span]) -> bool:
    """Return True where the quotations are the whole content, which is direct."""
    return bool(marked) and sum(one.end - one.start for one in marked) >= sum(
        part.end - part.start for part in parts
    )


def _with_marks(full: str, part: Span) -> Span:
    """Return a content with the mark of a name and the sign of a percentage at its edges."""
    start, end = part.start, part.end
    if start and full[start - 1] in '"«“':
        start -= 1
    if full[end : end + 1] in {'"', "»", "”", "%"}:
        end += 1
    return Span(start, end)


def _make(
    report: SpeechReport,
    parts: tuple[Span, ...],
    speaker: ResolvedSpeaker,
    names: Sequence[str],
    *,
    is_mixed: bool,
) -> Statement:
    is_known = speaker.actor is not None
    return Statement(
        kind=StatementKind.MIXED if is_mixed else StatementKind.INDIRECT,
        contents=parts,
        cue=report.cue,
        source=report.source.span if report.source else None,
        speaker=names[speaker.actor] if speaker.actor is not None else None,
        confidence=round(speaker.confidence * _INDIRECT_SHARE, 3) if is_known else 0.0,
    )


def _labelled(
    registry: Registry,
    speech: Speech,
    quotes: Sequence[Quote],
    covered: set[int],
) -> Iterator[Statement]:
    """Yield the statement of a headline: `Петров: мост откроют летом`."""
    found = _read_headline(speech)
    if found is None:
        return
    label, parts = found
    speaker = Discourse(speech.text.full, registry, (), None).resolve(label, "")
    marked = [one.contents.start for one in quotes if one.contents.overlaps(parts[0])]
    covered.update(marked)
    yield Statement(
        kind=StatementKind.MIXED if marked else StatementKind.INDIRECT,
        contents=parts,
        source=label.span,
        speaker=speech.names[speaker.actor] if speaker.actor is not None else None,
        confidence=round(speaker.confidence * _INDIRECT_SHARE, 3),
    )


def _read_headline(speech: Speech) -> tuple[Phrase, tuple[Span, ...]] | None:
    """Return the name before the colon of a headline and what stands behind it."""
    sentences = chain.from_iterable(speech.text.paragraphs[:1])
    units = next(sentences, ())
    colon = next((at for at, unit in enumerate(units[:_LABEL_UNITS]) if unit.word == ":"), 0)
    # `Петров: "Мост откроют"` has a quotation.
    if not colon or any(unit.kind is UnitKind.RUN for unit in units[colon + 1 : colon + 2]):
        return None
    label = read_phrase(speech.text.full, units, 0, colon, "nominative")
    if label is None or label.end != colon or not _may_speak(label):
        return None
    parts = _span(units, colon + 1, len(units))
    return (label, parts) if parts else None


def _may_speak(label: Phrase) -> bool:
    labels = {EntityLabel.PERSON, EntityLabel.ORG}
    return label.entity is not None and label.entity.label in labels


def _direct(quotes: Sequence[Quote]) -> Iterator[Statement]:
    """Yield a statement for the quotations of each cue."""
    groups: list[list[Quote]] = []
    for quote in quotes:
        if groups and quote.cue is not None and groups[-1][0].cue == quote.cue:
            groups[-1].append(quote)
        else:
            groups.append([quote])
    for group in groups:
        first = group[0]
        yield Statement(
            kind=StatementKind.DIRECT,
            contents=tuple(quote.contents for quote in group),
            cue=first.cue,
            source=first.source,
            speaker=first.speaker,
            confidence=first.confidence,
        )
