"""Drafts: the reports that the models find, as spans of the text with their source phrases."""

from dataclasses import dataclass

from worker.model import Span
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import CAPITAL, PUNCTUATION, QUOTED
from worker.parse.statements.listeners import find_agent, is_told_passively
from worker.parse.statements.models import Report
from worker.parse.statements.sources import find_source

__all__ = ["Draft", "is_naming", "make_draft"]

# `dubbed "Lomovo"`, `citing Ms. Lee`: they attribute words, but to name or cite somebody is no
# statement.
_NAMING = frozenset(
    "called named dubbed titled entitled nicknamed citing cites cited quoting quotes quoted".split()
)
_PARTICLES = frozenset("to for on of out about up against off as".split())


@dataclass(frozen=True, slots=True)
class Draft:
    """A report in its sentence, with its source; `runs` are the starts of its quotations.

    `has_words` says that the reporter's own words are among those of the content.
    """

    contents: tuple[Span, ...]
    cue: Span | None
    source: NounPhrase | None
    likelihood: float
    runs: tuple[int, ...]
    has_words: bool
    sentence: Sentence


def is_naming(sentence: Sentence, report: Report) -> bool:
    """`a village called Lomovo`, `citing Ms. Lee`: return True where a name is all the content."""
    if sentence.words[report.cue] not in _NAMING:
        return False
    tokens = [at for start, end in report.parts for at in range(start, end)]
    return all(sentence.kinds[at] is CAPITAL for at in tokens)


def make_draft(sentence: Sentence, report: Report) -> Draft:
    """Return a report as spans of the text, with its source."""
    parts = report.parts
    kinds = sentence.kinds
    tokens = [at for start, end in parts for at in range(start, end)]
    return Draft(
        contents=tuple(
            Span(sentence.starts[start], sentence.ends[end - 1]) for start, end in parts
        ),
        cue=_cue_span(sentence, report),
        source=_find_source(sentence, report),
        likelihood=report.likelihood,
        runs=tuple(sentence.starts[at] for at in tokens if kinds[at] is QUOTED),
        has_words=any(kinds[at] is not QUOTED and kinds[at] is not PUNCTUATION for at in tokens),
        sentence=sentence,
    )


def _find_source(sentence: Sentence, report: Report) -> NounPhrase | None:
    """Return the source of a report; the subject of `was told` is the listener."""
    if is_told_passively(sentence, report.cue):
        first = report.parts[-1][0]
        return find_agent(sentence, report.cue, first if first > report.cue else len(sentence))
    return find_source(sentence, report.cue, report.parts)


def _cue_span(sentence: Sentence, report: Report) -> Span:
    """Return the span of a cue with a particle between it and its content: `called for`."""
    first = last = report.cue
    words = sentence.words
    following = words[first + 1] if first + 1 < len(words) else ""
    begins = {start for start, _ in report.parts}
    begin = first + 2 + (words[first + 2 : first + 3] == ["that"])
    is_particle = following in _PARTICLES and begin in begins
    if is_particle or (words[first] == "according" and following == "to"):
        last = first + 1
    return Span(sentence.starts[first], sentence.ends[last])
