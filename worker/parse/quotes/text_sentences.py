"""The sentences of a text, shared by the stages that read them."""

import itertools

from worker.parse.quotes.attribution.contexts import ParagraphSentences, lead_in_start
from worker.parse.quotes.coreference.descriptions import Description
from worker.parse.quotes.quotation_marks import QuotedRun, find_quoted_runs
from worker.parse.quotes.sentences import find_sentences
from worker.parse.text import WireText

__all__ = ["TextSentences"]


class TextSentences:
    """The quoted runs of a text and the sentences of its paragraphs, each read on first use.

    `descriptions` are those of its entities, as far as any stage has needed them.
    """

    __slots__ = ("_paragraphs", "_runs_in", "descriptions", "runs", "text")

    def __init__(self, text: WireText) -> None:
        self.text = text
        self.runs = find_quoted_runs(text)
        self._runs_in: dict[int, list[QuotedRun]] = {
            index: list(runs)
            for index, runs in itertools.groupby(self.runs, key=lambda run: run.paragraph)
        }
        self.descriptions: dict[int, Description] = {}
        self._paragraphs: dict[int, ParagraphSentences] = {}

    def paragraph(self, index: int) -> ParagraphSentences:
        """Return the sentences of a paragraph.

        Those of a paragraph with quotations begin with the lead-in of the paragraph before.
        """
        if index not in self._paragraphs:
            runs = self._runs_in.get(index, ())
            begin = lead_in_start(self.text, index) if runs else self.text.paragraphs[index].start
            self._paragraphs[index] = ParagraphSentences(
                find_sentences(self.text, index, runs, begin)
            )
        return self._paragraphs[index]

    def plain_paragraph(self, index: int) -> ParagraphSentences | None:
        """Return the sentences of a paragraph without quotation marks, None for any other."""
        return None if index in self._runs_in else self.paragraph(index)
