"""Continuations: a sentence without a cue that plainly carries on the report before it.

`The port would be closed, Ms. Lee said. In addition, the ferry would stop.` The sign is a
connective at the start and, in the same paragraph, a report that fills the sentence before. Most
sentences after a report are the reporter's own, so nothing else counts.
"""

from worker.model import Span
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import PUNCTUATION
from worker.parse.statements.drafts import Draft

__all__ = ["continue_report"]

_CONNECTIVES = (
    ("in", "addition"),
    ("besides",),
    ("moreover",),
    ("furthermore",),
    ("in", "particular"),
    ("apart", "from", "that"),
    ("in", "turn"),
)
# A doubtful report is not carried on: two doubts would multiply.
_MIN_LIKELIHOOD = 0.8
_DOUBT = 0.6
"""The share of the likelihood that remains without a cue."""
# `In addition, no.` says nothing that a desk could use.
_MIN_WORDS = 4


def continue_report(sentence: Sentence, before: Sentence, drafts: list[Draft]) -> Draft | None:
    """Return the draft of a sentence that carries on the report of the sentence before.

    `drafts` are those of the sentence before; the sentence itself must have none.
    """
    start = _skip_connective(sentence)
    report = max(drafts, key=lambda draft: draft.contents[-1].end - draft.contents[0].start)
    if not start or sentence.runs or report.likelihood < _MIN_LIKELIHOOD or not report.source:
        return None
    if not _fills(report, before):
        return None
    last = len(sentence)
    while last > start and sentence.kinds[last - 1] is PUNCTUATION:
        last -= 1
    if last - start < _MIN_WORDS:
        return None
    return Draft(
        contents=(Span(sentence.starts[start], sentence.ends[last - 1]),),
        cue=None,
        source=report.source,
        likelihood=round(report.likelihood * _DOUBT, 3),
        runs=(),
        has_words=True,
        sentence=sentence,
    )


def _skip_connective(sentence: Sentence) -> int:
    """Return the token after a connective and its comma, 0 without one."""
    words = sentence.words
    for connective in _CONNECTIVES:
        count = len(connective)
        if tuple(words[:count]) == connective and words[count : count + 1] == [","]:
            return count + 1
    return 0


def _fills(report: Draft, sentence: Sentence) -> bool:
    """Return True for a report at either end of its sentence."""
    last = len(sentence)
    while last and sentence.kinds[last - 1] is PUNCTUATION:
        last -= 1
    ends = report.contents[-1].end >= sentence.ends[last - 1]
    return bool(last) and (ends or report.contents[0].start <= sentence.starts[0])
