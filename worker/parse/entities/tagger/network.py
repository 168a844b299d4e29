"""The network: what is known of each word, read in both directions, then the best chain of states.

A bidirectional LSTM over word features with a linear-chain CRF on top (Huang, Xu and Yu 2015;
Lample et al. 2016), in numpy alone. Windows are read side by side, the longest first, so that each
step of the recurrence is one product for all windows that are still running, in both directions.
What a word adds to the first layer depends on the word alone and is kept: running text has few new
words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from worker.parse.entities.lexicon import load_lexicon
from worker.parse.entities.tagger.features import (
    LABELS,
    LETTERS,
    TOKEN_BITS,
    letters_of,
    shape_of,
    word_bits,
    word_keys,
)
from worker.parse.entities.tagger.weights import Transitions, Weights

__all__ = ["STATES", "Network", "Window"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]

STATES = 1 + 4 * len(LABELS)
"""Outside, then begin, inside, end and single of each label."""

_BEGIN = np.arange(1, STATES, 4)
_INSIDE = _BEGIN + 1
_OPENING = np.sort(np.concatenate([[0], _BEGIN, _BEGIN + 3]))
_ENDING = np.sort(np.concatenate([[0], _BEGIN + 2, _BEGIN + 3]))

_KEPT_WORDS = 4_000
"""Words whose part of the first layer is kept: 4 KiB each."""


@dataclass(frozen=True, slots=True)
class Window:
    """The words of a window and, for each, the numbers of its bits that are set."""

    words: Sequence[str]
    bits: Sequence[Sequence[int]]


class Network:
    """The weights, and the words that have been met."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._kept: dict[str, int] = {}
        self._parts: Floats = np.empty((2, _KEPT_WORDS, weights.inputs.shape[2]), np.float32)
        self._lexicon = load_lexicon()
        self._threads = ThreadpoolController()

    def read(self, windows: Sequence[Window]) -> list[list[int]]:
        """The best states of the tokens of each window.

        In one thread: the products are small, and threads that wait for each other cost more than
        they save, four times as much where workers share the processors.
        """
        with self._threads.limit(limits=1, user_api="blas"):
            return self._read(windows)

    def _read(self, windows: Sequence[Window]) -> list[list[int]]:
        weights = self._weights
        order = sorted(range(len(windows)), key=lambda at: -len(windows[at].words))
        plan = _Plan.of([len(windows[at].words) for at in order])
        memory = plan.run(self._added([windows[at] for at in order]), weights.recurrent)
        scores = memory[0] @ weights.scores[0]
        scores[plan.crossed] += memory[1] @ weights.scores[1]
        scores += weights.score_bias
        found: list[list[int]] = [[] for _ in windows]
        for row, states in enumerate(plan.best(scores, weights.transitions)):
            found[order[row]] = states
        return found

    def _added(self, windows: Sequence[Window]) -> "tuple[_Added, _Added]":
        """What the words add to the gates, and what the bits do."""
        rows = self._rows([word for window in windows for word in window.words])
        numbers: dict[tuple[int, ...], int] = {}
        chosen = [
            numbers.setdefault(tuple(found), len(numbers))
            for window in windows
            for found in window.bits
        ]
        bits = np.zeros((len(numbers), TOKEN_BITS), np.float32)
        for found, number in numbers.items():
            bits[number, found] = 1
        return (
            _Added(self._parts, rows),
            _Added(bits @ self._weights.bits, np.array(chosen, np.intp)),
        )

    def _rows(self, words: Sequence[str]) -> Ints:
        """Where the parts of the words are kept."""
        kept = self._kept
        new = {word for word in words if word not in kept}
        if new:
            if len(kept) + len(new) > self._parts.shape[1]:
                kept.clear()
                new = set(words)
            if len(new) > self._parts.shape[1]:
                self._parts = np.empty((2, len(new), self._parts.shape[2]), np.float32)
            self._keep(sorted(new))
        return np.fromiter((kept[word] for word in words), np.intp, len(words))

    def _keep(self, words: Sequence[str]) -> None:
        first = len(self._kept)
        for at, word in enumerate(words, first):
            self._kept[word] = at
        parts = self._describe(words) @ self._weights.inputs
        parts += self._weights.bias[:, None]
        self._parts[:, first : first + len(words)] = parts

    def _describe(self, words: Sequence[str]) -> Floats:
        """The features of words by themselves, (words, width)."""
        weights = self._weights
        letters = np.zeros((len(words), LETTERS + 2), np.intp)
        for row, word in enumerate(words):
            codes = letters_of(word)
            letters[row, 1 : len(codes) + 1] = codes
        seen = weights.letters[letters]
        pairs = np.concatenate([seen[:, :-2], seen[:, 1:-1], seen[:, 2:]], 2)
        spelling = np.maximum(pairs @ weights.filters + weights.filter_bias, 0).max(1)
        shapes = weights.shapes[[shape_of(word) for word in words]]
        bits = np.array([word_bits(word, self._lexicon) for word in words], np.float32)
        vectors = np.stack([weights.vector(word_keys(word)) for word in words])
        return np.concatenate([vectors, spelling, shapes, bits], 1)


@dataclass(frozen=True, slots=True)
class _Added:
    """What is added to the gates: `rows` says for each token which row of `table`, (2, rows, 4 *
    hidden). So few tokens have rows of their own that the whole is never laid out.
    """

    table: Floats
    rows: Ints


@dataclass(frozen=True, slots=True)
class _Plan:
    """The order in which the tokens of windows of falling length are read.

    `running` says how many windows still run at each step, `starts` where the step's tokens begin
    in the order of steps; `forward` and `backward` are the tokens in that order, from the first
    and from the last of each window, `crossed` where the forward order holds the tokens of the
    backward one; `lengths` are those of the windows.
    """

    lengths: Sequence[int]
    running: list[int]
    starts: list[int]
    forward: Ints
    backward: Ints
    crossed: Ints

    @classmethod
    def of(cls, lengths: Sequence[int]) -> "_Plan":
        """The plan for windows of these lengths, the longest first, the tokens window by window."""
        sizes = np.array(lengths)
        steps = np.arange(lengths[0])
        running = (sizes[None, :] > steps[:, None]).sum(1).tolist()
        first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        last = first + sizes - 1
        forward = np.concatenate([first[:count] + at for at, count in enumerate(running)])
        backward = np.concatenate([last[:count] - at for at, count in enumerate(running)])
        place = np.empty(len(forward), np.intp)
        place[forward] = np.arange(len(forward))
        starts = [0, *accumulate(running)]
        return cls(lengths, running, starts, forward, backward, place[backward])

    def run(self, added: Sequence[_Added], recurrent: Floats) -> Floats:
        """The memory of each token in the order of steps, (2, tokens, hidden).

        The gates stand as input, forget, output, candidate; all but the candidate are halved in
        the weights, since the logistic function of x is (1 + tanh(x / 2)) / 2.
        """
        hidden = recurrent.shape[1]
        memory: Floats = np.empty((2, len(self.forward), hidden), np.float32)
        state: Floats = np.zeros((2, self.running[0], hidden), np.float32)
        cell = np.zeros_like(state)
        sides = [
            (side, one.table[side], one.rows[order])
            for one in added
            for side, order in enumerate((self.forward, self.backward))
        ]
        for at, count in enumerate(self.running):
            chosen = slice(self.starts[at], self.starts[at + 1])
            gates = state[:, :count] @ recurrent
            for side, table, rows in sides:
                gates[side] += table[rows[chosen]]
            np.tanh(gates, out=gates)
            opened = gates[:, :, : 3 * hidden]
            opened += 1
            opened *= 0.5
            cell = cell[:, :count] * gates[:, :, hidden : 2 * hidden]
            cell += gates[:, :, :hidden] * gates[:, :, 3 * hidden :]
            state = np.tanh(cell)
            state *= gates[:, :, 2 * hidden : 3 * hidden]
            memory[:, chosen] = state
        return memory

    def best(self, scores: Floats, transitions: Transitions) -> list[list[int]]:
        """The likeliest chain of states of each window (Viterbi), of scores in order of steps.

        A state that begins something follows one that ends something; one inside a name follows
        its own begin or inside. Only these are compared.
        """
        back = np.empty(scores.shape, np.int8)
        state = scores[: self.running[0]] + transitions.first
        ends: list[Floats] = []
        for at in range(1, len(self.running)):
            count = self.running[at]
            ends += list(state[count:][::-1])
            chosen = slice(self.starts[at], self.starts[at + 1])
            state = _follow(state[:count], transitions, back[chosen])
            state += scores[chosen]
        ends += list(state[::-1])
        ends.reverse()
        return [self._trace(row, ends[row] + transitions.last, back) for row in range(len(ends))]

    def _trace(self, row: int, end: Floats, back: npt.NDArray[np.int8]) -> list[int]:
        state = int(end.argmax())
        found = [state]
        for at in range(self.lengths[row] - 1, 0, -1):
            state = int(back[self.starts[at] + row, state])
            found.append(state)
        found.reverse()
        return found


def _follow(state: Floats, transitions: Transitions, back: npt.NDArray[np.int8]) -> Floats:
    """The best sums with which each state is reached; `back` is filled with whence."""
    reached: Floats = np.empty_like(state)
    paths = state[:, None, _ENDING] + transitions.fresh
    best = paths.argmax(2)
    back[:, _OPENING] = _ENDING[best]
    reached[:, _OPENING] = np.take_along_axis(paths, best[:, :, None], 2)[:, :, 0]
    begun, inside = state[:, _BEGIN], state[:, _INSIDE]
    for target, from_begin, from_inside in transitions.going:
        one, other = begun + from_begin, inside + from_inside
        reached[:, target] = np.maximum(one, other)
        back[:, target] = np.where(one >= other, _BEGIN, _INSIDE)
    return reached
