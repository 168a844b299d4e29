"""Quote contexts: each quotation with its sentence, the sentences before and their noun phrases."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from worker.parse.quotes.attribution.roles import find_sources
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.quotation_marks import QuotedRun
from worker.parse.quotes.sentences import Sentence
from worker.parse.text import WireText

__all__ = ["ParagraphSentences", "QuoteContext", "find_contexts", "lead_in_start"]

_MAX_LEAD_IN_CHARS = 300
"""Characters of a paragraph that ends in a colon which are read with the quotation after it."""
_SENTENCES_BEFORE = 2
"""Sentences before the quotation's own; the ranking has weights for each of the two."""


class ParagraphSentences:
    """The sentences of a paragraph; the noun phrases of each are found on first use."""

    __slots__ = ("_begins", "_phrases", "sentences")

    def __init__(self, sentences: list[Sentence]) -> None:
        self.sentences = sentences
        self._begins: list[int] = []
        self._phrases: dict[int, list[NounPhrase]] = {}

    def count_before(self, at: int) -> int:
        """Return the number of sentences that begin before an offset.

        A sentence without tokens begins with the sentence before it.
        """
        if not self._begins:
            begin = 0
            for sentence in self.sentences:
                begin = sentence.starts[0] if sentence.starts else begin
                self._begins.append(begin)
        return bisect_left(self._begins, at)

    def phrases(self, number: int) -> list[NounPhrase]:
        """Return the noun phrases of a sentence, by its number in the paragraph."""
        if number not in self._phrases:
            self._phrases[number] = find_sources(self.sentences[number])
        return self._phrases[number]


@dataclass(frozen=True, slots=True)
class QuoteContext:
    """A quotation in its paragraph: `number` is that of its sentence, `at` its token there.

    `preceding` is the paragraph before, of a quotation in the first sentence of its own.
    """

    run: QuotedRun
    paragraph: ParagraphSentences
    preceding: ParagraphSentences | None
    number: int
    sentence: Sentence
    at: int

    @property
    def phrases(self) -> list[NounPhrase]:
        """The noun phrases of the quotation's sentence."""
        return self.paragraph.phrases(self.number)

    @property
    def earlier_phrases(self) -> list[list[NounPhrase]]:
        """The noun phrases of the two sentences before, nearest sentence first."""
        numbers = range(self.number - 1, max(-1, self.number - 1 - _SENTENCES_BEFORE), -1)
        return [self.paragraph.phrases(number) for number in numbers]


def find_contexts(
    runs: Sequence[QuotedRun], read_paragraph: Callable[[int], ParagraphSentences]
) -> Iterator[QuoteContext]:
    """Yield the context of each quotation in text order; `read_paragraph` gives a paragraph."""
    for index in dict.fromkeys([run.paragraph for run in runs]):
        paragraph = read_paragraph(index)
        for number, sentence in enumerate(paragraph.sentences):
            for at, run in sentence.runs.items():
                preceding = read_paragraph(index - 1) if index and not number else None
                yield QuoteContext(run, paragraph, preceding, number, sentence, at)


def lead_in_start(text: WireText, index: int) -> int:
    """Return the offset from which to read a paragraph.

    `Ms. Lee said:` may be a paragraph of its own; its last sentence is read with the next.
    """
    start = text.paragraphs[index].start
    if index == 0:
        return start
    previous = text.paragraphs[index - 1]
    if text.full[previous.end - 1] not in ":,":
        return start
    floor = max(previous.start, previous.end - _MAX_LEAD_IN_CHARS)
    cut = text.full.rfind(". ", floor, previous.end)
    return cut + 2 if cut >= 0 else floor
