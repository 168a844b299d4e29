"""Drafts: the reports that the models find, as spans of the text with their source phrases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from worker.model import Dateline, Span
from worker.parse.quotes.attribution.contexts import ParagraphSentences
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import CAPITAL, PUNCTUATION, QUOTED
from worker.parse.quotes.text_sentences import TextSentences
from worker.parse.statements.models import Report, find_reports
from worker.parse.statements.sources import find_source

__all__ = ["Draft", "find_drafts"]

_NAMING = frozenset("called named dubbed titled entitled nicknamed".split())
_PARTICLES = frozenset("to for on of out about up against off as".split())
_MAX_SENTENCES = 1000
"""Sentences that the models read at once, which bounds the memory that they take."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A report in its sentence, with its source; `runs` are the starts of its quotations.

    `has_words` says that the reporter's own words are among those of the content.
    """

    contents: tuple[Span, ...]
    cue: Span
    source: NounPhrase | None
    likelihood: float
    runs: tuple[int, ...]
    has_words: bool
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence in its paragraph and text; the first `skipped` tokens are the dateline's."""

    text: int
    paragraph: ParagraphSentences
    number: int
    skipped: int

    @property
    def sentence(self) -> Sentence:
        return self.paragraph.sentences[self.number]


def find_drafts(
    texts: Sequence[TextSentences], datelines: Sequence[Dateline | None]
) -> list[list[Draft]]:
    """Return the drafts of each text in text order; the sentences of all are read together."""
    places = [
        place
        for index, (sentences, dateline) in enumerate(zip(texts, datelines, strict=True))
        for place in _find_places(index, sentences, dateline)
    ]
    drafts: list[list[Draft]] = [[] for _ in texts]
    for first in range(0, len(places), _MAX_SENTENCES):
        chunk = places[first : first + _MAX_SENTENCES]
        reports = find_reports(
            [place.sentence for place in chunk], [place.skipped for place in chunk]
        )
        for report in reports:
            place = chunk[report.sentence]
            if _is_naming(place.sentence, report):
                continue
            drafts[place.text].append(_draft(place, report))
    return drafts


def _find_places(
    index: int, sentences: TextSentences, dateline: Dateline | None
) -> Iterator[_Place]:
    """Yield the sentences of a text, each once: a lead-in is read with the next paragraph."""
    end = dateline.span.end if dateline else 0
    read_to = 0
    for number in range(len(sentences.text.paragraphs) - 1, -1, -1):
        paragraph = sentences.paragraph(number)
        read_to = read_to or len(sentences.text.full) + 1
        begin = read_to
        for at, sentence in enumerate(paragraph.sentences):
            starts = sentence.starts
            if not starts or starts[0] >= read_to:
                continue
            begin = min(begin, starts[0])
            skipped = 0
            if starts[0] < end:
                skipped = sum(start < end for start in starts)
            if skipped < len(starts):
                yield _Place(index, paragraph, at, skipped)
        read_to = begin


def _is_naming(sentence: Sentence, report: Report) -> bool:
    """Return True for `a village called Lomovo`, whose content is a name and nothing else."""
    if sentence.words[report.cue] not in _NAMING:
        return False
    tokens = [at for start, end in report.parts for at in range(start, end)]
    return all(sentence.kinds[at] is CAPITAL for at in tokens)


def _draft(place: _Place, report: Report) -> Draft:
    sentence, parts = place.sentence, report.parts
    kinds = sentence.kinds
    tokens = [at for start, end in parts for at in range(start, end)]
    return Draft(
        contents=tuple(
            Span(sentence.starts[start], sentence.ends[end - 1]) for start, end in parts
        ),
        cue=_cue_span(sentence, report),
        source=find_source(sentence, report.cue, parts),
        likelihood=report.likelihood,
        runs=tuple(sentence.starts[at] for at in tokens if kinds[at] is QUOTED),
        has_words=any(kinds[at] is not QUOTED and kinds[at] is not PUNCTUATION for at in tokens),
        sentence=sentence,
    )


def _cue_span(sentence: Sentence, report: Report) -> Span:
    """Return the span of a cue with a particle between it and its content: `called for`."""
    first = last = report.cue
    words = sentence.words
    following = words[first + 1] if first + 1 < len(words) else ""
    begins = {start for start, _ in report.parts}
    is_particle = following in _PARTICLES and first + 2 in begins
    if is_particle or (words[first] == "according" and following == "to"):
        last = first + 1
    return Span(sentence.starts[first], sentence.ends[last])
