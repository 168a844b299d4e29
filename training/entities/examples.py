"""Documents as the network is taught them: the shipped features, and what each token may be."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from corpora import Document, Marked

from worker.parse.entities.rule_tagger import find_names
from worker.parse.entities.tagger.features import (
    LABELS,
    LETTERS,
    TOKEN_BITS,
    WordFeatures,
    letters_of,
    shape_of,
    token_bits,
)
from worker.parse.entities.tagger.tokens import TokenText, find_tokens
from worker.parse.text import WireText

__all__ = [
    "STATES",
    "Example",
    "Reader",
    "Words",
    "english_reader",
    "make_examples",
    "state_of",
]

STATES = 1 + 4 * len(LABELS)
_NUMBERS = {label.value: number for number, label in enumerate(LABELS)}
_B, _I, _E, _S = range(4)


def state_of(label: str, part: int) -> int:
    """The number of a state: 0 is outside, then begin, inside, end and single of each label."""
    return 1 + 4 * _NUMBERS[label] + part


@dataclass(frozen=True, slots=True)
class Example:
    """One window: word numbers, token bits and the states that each token may have."""

    words: np.ndarray
    bits: np.ndarray
    allowed: np.ndarray
    source: str


class Words:
    """Every word met, numbered, with what the network knows of it by itself."""

    def __init__(self, rows: dict[str, int], features: WordFeatures) -> None:
        self.rows = rows
        self.features = features
        self.numbers: dict[str, int] = {}
        self.vectors: list[int] = []
        self.shapes: list[int] = []
        self.letters: list[list[int]] = []
        self.bits: list[list[bool]] = []

    def number(self, word: str) -> int:
        """The number of the word."""
        found = self.numbers.get(word)
        if found is None:
            found = self.numbers[word] = len(self.numbers)
            rows = (self.rows[key] for key in self.features.keys(word) if key in self.rows)
            self.vectors.append(next(rows, 0))
            self.shapes.append(shape_of(word))
            letters = letters_of(word)
            self.letters.append(letters + [0] * (LETTERS - len(letters)))
            self.bits.append(self.features.bits(word))
        return found

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Vector rows, shapes, letters and bits of all words, by number."""
        return (
            np.array(self.vectors),
            np.array(self.shapes),
            np.array(self.letters),
            np.array(self.bits, dtype=np.float32),
        )


@dataclass(frozen=True, slots=True)
class Reader:
    """How a language reads a text.

    Attributes:
        read: The tokens of a text, and the numbers of the bits that are set of each.
        token_bits: How many bits there are.
        may_be_name: Whether a word may be a name of a kind that its source leaves unmarked.
    """

    read: Callable[[WireText], tuple[TokenText, list[list[int]]]]
    token_bits: int
    may_be_name: Callable[[str], bool]


def _read_english(text: WireText) -> tuple[TokenText, list[list[int]]]:
    tokens = find_tokens(text)
    return tokens, token_bits(tokens, find_names(text))


english_reader = Reader(_read_english, TOKEN_BITS, lambda word: not word.islower())


def make_examples(document: Document, words: Words, reader: Reader) -> list[Example]:
    """The windows of a document."""
    tokens, found_bits = reader.read(WireText(document.text))
    if not tokens.words:
        return []
    bits = np.zeros((len(tokens.words), reader.token_bits), dtype=bool)
    for index, found in enumerate(found_bits):
        bits[index, found] = True
    allowed = _allow(document, tokens, reader)
    numbers = np.array([words.number(word) for word in tokens.words])
    return [
        Example(numbers[a:b], bits[a:b], allowed[a:b], document.source) for a, b in tokens.windows
    ]


def _allow(document: Document, tokens: TokenText, reader: Reader) -> np.ndarray:
    allowed = np.zeros((len(tokens.words), STATES), dtype=bool)
    allowed[:, 0] = True
    for index, word in enumerate(tokens.words):
        if document.unmarked and reader.may_be_name(word):
            for label in document.unmarked:
                base = state_of(label, 0)
                allowed[index, base : base + 4] = True
    starts = {start: index for index, start in enumerate(tokens.starts)}
    ends = {end: index for index, end in enumerate(tokens.ends)}
    for mark in document.marks:
        first, last = starts.get(mark.start), ends.get(mark.end)
        if first is None or last is None or not mark.labels:
            _open(allowed, tokens, mark)
        else:
            _close(allowed, first, last, mark)
    return allowed


def _open(allowed: np.ndarray, tokens: TokenText, mark: Marked) -> None:
    """Let every token that the mark touches be anything."""
    for index, (start, end) in enumerate(zip(tokens.starts, tokens.ends, strict=True)):
        if start < mark.end and mark.start < end:
            allowed[index] = True


def _close(allowed: np.ndarray, first: int, last: int, mark: Marked) -> None:
    allowed[first : last + 1] = False
    for label in mark.labels:
        for index in range(first, last + 1):
            part = _S if first == last else _B if index == first else _E if index == last else _I
            allowed[index, state_of(label, part)] = True
