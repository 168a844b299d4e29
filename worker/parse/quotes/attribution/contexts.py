"""Sites: each marked run with its sentence, the mentions round it and their features."""

import itertools
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from worker.parse.quotes.attribution.ranking import carry_features, far_features, features
from worker.parse.quotes.attribution.roles import find_sources
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.quotation_marks import QuotedRun
from worker.parse.quotes.sentences import Sentence, find_sentences
from worker.parse.text import WireText

__all__ = [
    "Candidate",
    "ParagraphSentences",
    "QuoteContext",
    "continuation_features",
    "find_candidates",
    "find_contexts",
    "find_far",
    "find_near",
]

_REACH = 8
"""How many mentions on either side are looked at."""
_LEAD_IN_CHARS = 300
"""How much of a paragraph that ends in a colon is read with the quotation after it."""

Candidate = tuple[NounPhrase | None, list[str]]
"""A mention with its features; None stands for "whoever said the quotation before"."""


class ParagraphSentences:
    """The sentences of one paragraph; the mentions of each are found when they are asked for."""

    __slots__ = ("_begins", "_mentions", "sentences")

    def __init__(self, sentences: list[Sentence]) -> None:
        self.sentences = sentences
        self._begins: list[int] = []
        self._mentions: dict[int, list[NounPhrase]] = {}

    def count_before(self, at: int) -> int:
        """How many sentences begin before an offset; an empty one begins where the one before does."""
        if not self._begins:
            begin = 0
            for sentence in self.sentences:
                begin = sentence.starts[0] if sentence.starts else begin
                self._begins.append(begin)
        return bisect_left(self._begins, at)

    def mentions(self, number: int) -> list[NounPhrase]:
        """The mentions of the sentence of that number."""
        if number not in self._mentions:
            self._mentions[number] = find_sources(self.sentences[number])
        return self._mentions[number]


@dataclass(frozen=True, slots=True)
class QuoteContext:
    """One marked run: its paragraph_sentences, the number of its sentence there, the token that it is in it."""

    run: QuotedRun
    paragraph_sentences: ParagraphSentences
    number: int
    sentence: Sentence
    at: int

    @property
    def mentions(self) -> list[NounPhrase]:
        """The mentions of its own sentence."""
        return self.paragraph_sentences.mentions(self.number)

    @property
    def earlier(self) -> list[list[NounPhrase]]:
        """The mentions of the two sentences before, the nearer first."""
        before = range(self.number - 1, max(-1, self.number - 3), -1)
        return [self.paragraph_sentences.mentions(number) for number in before]


def find_contexts(text: WireText, runs: Sequence[QuotedRun]) -> Iterator[QuoteContext]:
    """The runs in text order, each where it stands."""
    for index, group in itertools.groupby(runs, key=lambda run: run.paragraph):
        paragraph_sentences = ParagraphSentences(
            find_sentences(text, index, group, _begin(text, index))
        )
        for number, sentence in enumerate(paragraph_sentences.sentences):
            if not sentence.runs:
                continue
            for at, run in sentence.runs.items():
                yield QuoteContext(run, paragraph_sentences, number, sentence, at)


def _begin(text: WireText, index: int) -> int:
    """Where the sentences of a paragraph begin: in the paragraph before, when that ends in a colon."""
    start = text.paragraphs[index].start
    if index == 0:
        return start
    previous = text.paragraphs[index - 1]
    if text.full[previous.end - 1] not in ":,":
        return start
    floor = max(previous.start, previous.end - _LEAD_IN_CHARS)
    cut = text.full.rfind(". ", floor, previous.end)
    return cut + 2 if cut >= 0 else floor


def find_candidates(full: str, context: QuoteContext, last: QuoteContext | None) -> list[Candidate]:
    """Who may have said it: the mentions near, nearest first, and the speaker of `last`."""
    found = find_near(full, context) + find_far(context)
    if last is not None:
        found.append((None, continuation_features(full, context, last)))
    return found


def find_near(full: str, context: QuoteContext) -> list[Candidate]:
    """The mentions of the quotation's own sentence."""
    found: list[Candidate] = []
    mentions, at = context.mentions, context.at
    split = 0
    while split < len(mentions) and mentions[split].start_token < at:
        split += 1
    after = mentions[split : split + _REACH]
    verb = min((mention.cue for mention in after if mention.cue > at), default=-1)
    for rank, mention in enumerate(after):
        nearest = mention.cue == verb
        found.append((mention, features(mention, at, full, rank, nearest=nearest)))
    before = mentions[max(0, split - _REACH) : split]
    verb = max((mention.cue for mention in before if mention.cue < at), default=-1)
    for rank, mention in enumerate(reversed(before)):
        nearest = mention.cue == verb
        found.append((mention, features(mention, at, full, rank, nearest=nearest)))
    return found


def find_far(context: QuoteContext) -> list[Candidate]:
    """The mentions of the sentences before."""
    return [
        (mention, far_features(mention, back, rank, context.sentence, context.at))
        for back, earlier in enumerate(context.earlier)
        for rank, mention in enumerate(earlier[:_REACH])
    ]


def continuation_features(full: str, context: QuoteContext, last: QuoteContext) -> list[str]:
    """The features of "whoever said the one before", by how near that one is."""
    before = context.at
    distance = context.run.paragraph - last.run.paragraph
    if last.sentence is context.sentence:
        together, before = 0, context.at - last.at - 1
    elif distance == 0:
        together = 1
    else:
        together = 2 if distance == 1 else 3
    return carry_features(context.sentence, context.at, full, together=together, before=before)
