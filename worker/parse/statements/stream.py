"""The word stream: the sentences of a batch as arrays, for models that read all of them at once."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from worker.parse.quotes.sentences import Sentence
from worker.parse.statements.vocabulary import (
    MARK,
    QUOTATION,
    VOCABULARY,
    Bools,
    Ints,
    word_numbers,
    word_table,
)

__all__ = ["SENTENCE_MARKS", "WordStream"]

_PADDING = 5
"""Empty places before each sentence and after the last, so that a window never leaves the array."""
SENTENCE_MARKS = frozenset((*".,;:()[]-–—―/?!", "--", "...", "…"))
"""Marks at which a content may begin or end."""
_COMMA = VOCABULARY.words[","]
_SEMICOLON = VOCABULARY.words[";"]
# A word that attributes in two of five places ends the content of the cue before it more often.
_STRONG_SHARE = 40
_SECOND_SHARE = 60


class WordStream:
    """The sentences of a batch, one after another, with padding between them.

    Attributes:
        words: The number of each word.
        classes: The class of each word.
        begins: For each place, the first place of its sentence.
        ends: For each place, the end of its sentence without the marks that close it.
        firsts: The first place of each sentence.
        commas: How many commas stand before each place; likewise `quotations`, and `strong` for
            likely cues.
        stops: From each place on, the next semicolon or verb of speech behind a conjunction.
    """

    __slots__ = (
        "begins",
        "classes",
        "commas",
        "ends",
        "firsts",
        "is_mark",
        "is_quoted",
        "numbers",
        "quotations",
        "stops",
        "strong",
        "words",
    )

    def __init__(self, sentences: Sequence[Sentence], skipped: Sequence[int]) -> None:
        """Read sentences; of each, the first `skipped` words, a dateline, are left out."""
        padding = [0] * _PADDING
        places: list[int] = []
        for sentence, skip in zip(sentences, skipped, strict=True):
            places += padding
            numbers = word_numbers(sentence)
            places += [0] * skip + numbers[skip:] if skip else numbers
        places += padding
        lengths = np.array([len(sentence) + _PADDING for sentence in sentences], np.int64)
        self.words = np.array(places, np.int64)
        self.classes = VOCABULARY.classes[self.words]
        self.firsts = np.array(
            [at + _PADDING for at in accumulate(lengths[:-1].tolist(), initial=0)], np.int64
        )[: len(sentences)]
        self.numbers = np.repeat(np.arange(len(sentences)), lengths)
        begins = self.firsts + np.array(skipped, np.int64)
        self.is_mark = _IS_MARK[self.words]
        self.is_quoted = self.words == QUOTATION
        # The last place of each sentence that is no closing mark.
        inner = np.where(self.is_mark | (self.words == 0), 0, np.arange(len(self.words)) + 1)
        ends = np.maximum.reduceat(inner, self.firsts) if len(sentences) else inner[:0]
        self.begins = self._spread(begins, lengths)
        self.ends = self._spread(np.maximum(ends, begins), lengths)
        self.stops = _find_next(self._find_stops())
        self.commas = _count_before(self.words == _COMMA)
        self.quotations = _count_before(self.is_quoted)
        self.strong = _count_before(VOCABULARY.shares[self.words] >= _STRONG_SHARE)

    def _spread(self, values: Ints, lengths: Ints) -> Ints:
        """Return the value of its sentence for each place."""
        spread = np.zeros(len(self.words), np.int64)
        spread[: int(lengths.sum())] = np.repeat(values, lengths)
        return spread

    def _find_stops(self) -> Bools:
        """Return the places at which the clause of a report does not go on."""
        stops: Bools = self.words == _SEMICOLON
        # `said the plan was safe but added`: nine contents in ten end before the conjunction, or
        # before its comma.
        second = VOCABULARY.shares[self.words[1:]] >= _SECOND_SHARE
        second &= _IS_CONJUNCTION[self.words[:-1]]
        behind_mark = second[1:] & self.is_mark[:-2]
        stops[:-1] |= second
        stops[1:-1] &= ~behind_mark
        stops[:-2] |= behind_mark
        return stops


def _count_before(marks: Bools) -> Ints:
    counts = np.zeros(len(marks) + 1, np.int64)
    np.cumsum(marks, out=counts[1:])
    return counts


def _find_next(marks: Bools) -> Ints:
    """Return the first mark from each place on, the end of the stream if there is none."""
    places = np.where(marks, np.arange(len(marks)), len(marks))
    following: Ints = np.minimum.accumulate(places[::-1])[::-1]
    return following


_IS_CONJUNCTION = word_table(("and", "but"))
_IS_MARK = word_table(SENTENCE_MARKS)
_IS_MARK[MARK] = True
