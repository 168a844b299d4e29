"""The network: a bidirectional LSTM over word features with a linear-chain CRF on top.

Source: Huang, Xu and Yu 2015; Lample et al. 2016. It runs in numpy alone. Windows are read in a
batch, the longest first, so that each step of the recurrence is a single matrix product for all
windows that still run, in both directions. The product of a word's features and the input weights
depends on the word alone and is kept: running text has few new words. Where the package was built
with the compiled part, it runs the recurrence and finds the chains (kernel.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from worker.parse.entities.tagger.features import (
    LABELS,
    LETTERS,
    WordFeatures,
    letters_of,
    shape_of,
)
from worker.parse.entities.tagger.kernel import Kernel
from worker.parse.entities.tagger.weights import Transitions, Weights

__all__ = ["STATES", "Network", "Window"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

STATES = 1 + 4 * len(LABELS)
"""Outside, then begin, inside, end and single of each label."""

_BEGIN = np.arange(1, STATES, 4)
_INSIDE = _BEGIN + 1
_OPENING = np.sort(np.concatenate([[0], _BEGIN, _BEGIN + 3]))
_ENDING = np.sort(np.concatenate([[0], _BEGIN + 2, _BEGIN + 3]))

_KEPT_WORDS = 4_000
"""Words whose products with the input weights are kept, 4 KiB each."""

_DESCRIBED_WORDS = 32_000
"""Words whose features are kept, most of the cost of a new word: a day's news has some 20,000."""


@dataclass(frozen=True, slots=True)
class Window:
    """The words of a window and, for each word, the numbers of the bits that are set."""

    words: Sequence[str]
    bits: Sequence[Sequence[int]]


class Network:
    """The network, and the products of the words that it has met.

    Args:
        weights: The weights.
        words: The keys and bits of words, those that the weights were taught with.
        kernel: The compiled part; None computes in numpy.
    """

    def __init__(self, weights: Weights, words: WordFeatures, kernel: Kernel | None = None) -> None:
        self._weights = weights
        self._words = words
        is_whole = kernel is not None and weights.recurrent.shape[1] % kernel.units == 0
        self._kernel = kernel if is_whole else None
        self._recurrent = (
            self._kernel.pack(weights.recurrent) if self._kernel else weights.recurrent
        )
        self._rows_by_word: dict[str, int] = {}
        self._described: dict[str, Floats] = {}
        self._products: Floats = np.empty((2, _KEPT_WORDS, weights.inputs.shape[2]), np.float32)
        # A filter spans three letters: its product with each letter, at each of the three places.
        places = weights.filters.reshape(3, weights.letters.shape[1], -1)
        self._letter_products = [weights.letters @ place for place in places]
        self._threads = ThreadpoolController()

    def read(self, windows: Sequence[Window]) -> list[list[int]]:
        """Return the best chain of states for the tokens of each window.

        It runs in a single thread: the products are small, and threads that wait for each other
        cost more than they save, four times as much where workers share the processors.
        """
        with self._threads.limit(limits=1, user_api="blas"):
            return self._read(windows)

    def _read(self, windows: Sequence[Window]) -> list[list[int]]:
        weights = self._weights
        order = sorted(range(len(windows)), key=lambda at: -len(windows[at].words))
        plan = _Plan.of([len(windows[at].words) for at in order])
        output = self._run(plan, self._inputs([windows[at] for at in order]))
        scores = output[0] @ weights.scores[0]
        scores[plan.crossed] += output[1] @ weights.scores[1]
        scores += weights.score_bias
        chains: list[list[int]] = [[] for _ in windows]
        for row, states in enumerate(self._find_chains(plan, scores)):
            chains[order[row]] = states
        return chains

    def _run(self, plan: "_Plan", inputs: Sequence["_GateInput"]) -> Floats:
        """Return the LSTM's output for each token in the order of steps, (2, tokens, hidden)."""
        if self._kernel is None:
            return plan.run(inputs, self._recurrent)
        output = np.empty((2, len(plan.forward), self._weights.recurrent.shape[1]), np.float32)
        running = np.array(plan.running)
        for side, order in enumerate((plan.forward, plan.backward)):
            words, bits = ((part.table[side], part.rows) for part in inputs)
            self._kernel.run(
                running,
                self._recurrent[side],
                words=words,
                bits=bits,
                order=order,
                output=output[side],
            )
        return output

    def _find_chains(self, plan: "_Plan", scores: Floats) -> list[list[int]]:
        """Return the best chain of states of each window of the plan."""
        transitions = self._weights.transitions
        if self._kernel is None:
            return plan.best(scores, transitions)
        return self._kernel.find_chains(plan.lengths, np.array(plan.starts), scores, transitions)

    def _inputs(self, windows: Sequence[Window]) -> "tuple[_GateInput, _GateInput]":
        """Return the inputs of the gates: from the words, and from the bits of the tokens."""
        rows = self._rows([word for window in windows for word in window.words])
        # Few combinations of bits occur, so each is multiplied once.
        numbers: dict[tuple[int, ...], int] = {}
        bit_rows = [
            numbers.setdefault(tuple(own_bits), len(numbers))
            for window in windows
            for own_bits in window.bits
        ]
        bits = np.zeros((len(numbers), self._weights.bits.shape[1]), np.float32)
        for own_bits, number in numbers.items():
            bits[number, own_bits] = 1
        return (
            _GateInput(self._products, rows),
            _GateInput(bits @ self._weights.bits, np.array(bit_rows, np.int64)),
        )

    def _rows(self, words: Sequence[str]) -> Ints:
        """Return the rows of the words in the kept products, after adding those of new words."""
        kept = self._rows_by_word
        new = {word for word in words if word not in kept}
        if new:
            # No room: forget all words, since the batch needs its own at once.
            if len(kept) + len(new) > self._products.shape[1]:
                kept.clear()
                new = set(words)
            if len(new) > self._products.shape[1]:
                self._products = np.empty((2, len(new), self._products.shape[2]), np.float32)
            self._keep(sorted(new))
        return np.fromiter((kept[word] for word in words), np.int64, len(words))

    def _keep(self, words: Sequence[str]) -> None:
        first = len(self._rows_by_word)
        for at, word in enumerate(words, first):
            self._rows_by_word[word] = at
        products = self._features(words) @ self._weights.inputs
        products += self._weights.bias[:, None]
        self._products[:, first : first + len(words)] = products

    def _features(self, words: Sequence[str]) -> Floats:
        """Return the features that depend on the word alone, (words, width)."""
        described = self._described
        new = [word for word in words if word not in described]
        if len(described) + len(new) > _DESCRIBED_WORDS:
            described.clear()
            new = list(words)
        if new:
            described.update(zip(new, self._describe(new), strict=True))
        return np.stack([described[word] for word in words])

    def _describe(self, words: Sequence[str]) -> Floats:
        weights = self._weights
        letters = np.zeros((len(words), LETTERS + 2), np.int64)
        for row, word in enumerate(words):
            codes = letters_of(word)
            letters[row, 1 : len(codes) + 1] = codes
        before, own, after = self._letter_products
        seen = before[letters[:, :-2]]
        seen += own[letters[:, 1:-1]]
        seen += after[letters[:, 2:]]
        spelling = np.maximum(seen.max(1) + weights.filter_bias, 0)
        shapes = weights.shapes[[shape_of(word) for word in words]]
        bits = np.array([self._words.bits(word) for word in words], np.float32)
        vectors = np.stack([weights.vector(self._words.keys(word)) for word in words])
        return np.concatenate([vectors, spelling, shapes, bits], 1)


@dataclass(frozen=True, slots=True)
class _GateInput:
    """An input of the gates: the row of each token in `table`, (2, rows, 4 * hidden).

    Tokens share rows, so the input of all tokens is never laid out in memory.
    """

    table: Floats
    rows: Ints


@dataclass(frozen=True, slots=True)
class _Plan:
    """The order in which the tokens of a batch are read, its windows sorted by falling length.

    Step n reads the nth token of every window that has as many, forward and backward at once.

    Attributes:
        lengths: Tokens of each window.
        running: Number of windows that still run at each step.
        starts: Position of each step's first token in the order of steps.
        forward: The tokens in the order of steps, from the first of each window.
        backward: The same from the last token of each window.
        crossed: Positions in `forward` of the tokens of `backward`.
    """

    lengths: Sequence[int]
    running: list[int]
    starts: list[int]
    forward: Ints
    backward: Ints
    crossed: Ints

    @classmethod
    def of(cls, lengths: Sequence[int]) -> "_Plan":
        """Return the plan for windows of these lengths, longest first."""
        sizes = np.array(lengths)
        steps = np.arange(lengths[0])
        running = (sizes[None, :] > steps[:, None]).sum(1).tolist()
        first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        last = first + sizes - 1
        forward = np.concatenate([first[:count] + at for at, count in enumerate(running)])
        backward = np.concatenate([last[:count] - at for at, count in enumerate(running)])
        place = np.empty(len(forward), np.int64)
        place[forward] = np.arange(len(forward))
        starts = [0, *accumulate(running)]
        return cls(lengths, running, starts, forward, backward, place[backward])

    def run(self, inputs: Sequence[_GateInput], recurrent: Floats) -> Floats:
        """Return the LSTM's output for each token in the order of steps, (2, tokens, hidden).

        The gates stand as input, forget, output, candidate. All but the candidate are halved in the
        weights, since the logistic function of x is (1 + tanh(x / 2)) / 2.
        """
        hidden = recurrent.shape[1]
        output: Floats = np.empty((2, len(self.forward), hidden), np.float32)
        state: Floats = np.zeros((2, self.running[0], hidden), np.float32)
        cell = np.zeros_like(state)
        sides = [
            (side, gate_input.table[side], gate_input.rows[order])
            for gate_input in inputs
            for side, order in enumerate((self.forward, self.backward))
        ]
        for at, count in enumerate(self.running):
            step = slice(self.starts[at], self.starts[at + 1])
            gates = state[:, :count] @ recurrent
            for side, table, rows in sides:
                gates[side] += table[rows[step]]
            np.tanh(gates, out=gates)
            opened = gates[:, :, : 3 * hidden]
            opened += 1
            opened *= 0.5
            cell = cell[:, :count] * gates[:, :, hidden : 2 * hidden]
            cell += gates[:, :, :hidden] * gates[:, :, 3 * hidden :]
            state = np.tanh(cell)
            state *= gates[:, :, 2 * hidden : 3 * hidden]
            output[:, step] = state
        return output

    def best(self, scores: Floats, transitions: Transitions) -> list[list[int]]:
        """Return the likeliest chain of states of each window (Viterbi).

        A state that begins something follows a state that ends something; a state inside a name
        follows the begin or the inside of its label. Only these pairs are compared.

        Args:
            scores: Scores of the states of each token, in the order of steps.
            transitions: Scores of the transitions.
        """
        back = np.empty(scores.shape, np.int8)
        state = scores[: self.running[0]] + transitions.first
        ends: list[Floats] = []
        for at in range(1, len(self.running)):
            count = self.running[at]
            ends += list(state[count:][::-1])
            step = slice(self.starts[at], self.starts[at + 1])
            state = _follow(state[:count], transitions, back[step])
            state += scores[step]
        ends += list(state[::-1])
        ends.reverse()
        return [self._trace(row, ends[row] + transitions.last, back) for row in range(len(ends))]

    def _trace(self, row: int, end: Floats, back: npt.NDArray[np.int8]) -> list[int]:
        """Return the chain of a window's states, followed back from its last state."""
        state = int(end.argmax())
        chain = [state]
        for at in range(self.lengths[row] - 1, 0, -1):
            state = int(back[self.starts[at] + row, state])
            chain.append(state)
        chain.reverse()
        return chain


def _follow(state: Floats, transitions: Transitions, back: npt.NDArray[np.int8]) -> Floats:
    """Return the best score at which each state is reached; fill `back` with the states before."""
    reached: Floats = np.empty_like(state)
    paths = state[:, None, _ENDING] + transitions.fresh
    best = paths.argmax(2)
    back[:, _OPENING] = _ENDING[best]
    reached[:, _OPENING] = np.take_along_axis(paths, best[:, :, None], 2)[:, :, 0]
    begun, inside = state[:, _BEGIN], state[:, _INSIDE]
    for target, from_begin, from_inside in transitions.going:
        by_begin, by_inside = begun + from_begin, inside + from_inside
        reached[:, target] = np.maximum(by_begin, by_inside)
        back[:, target] = np.where(by_begin >= by_inside, _BEGIN, _INSIDE)
    return reached
