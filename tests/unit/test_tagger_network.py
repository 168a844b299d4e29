"""The network compared with a plain reference implementation, on small random weights."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from worker.parse.entities.lexicon import load_lexicon
from worker.parse.entities.tagger.features import (
    LETTERS,
    SHAPES,
    TOKEN_BITS,
    WORD_BITS,
    english_words,
    letters_of,
    shape_of,
    word_bits,
    word_keys,
)
from worker.parse.entities.tagger.network import STATES, Network, Window
from worker.parse.entities.tagger.weights import Transitions, Weights

LETTER_WIDTH, FILTERS, SHAPE_WIDTH, VECTOR, HIDDEN = 3, 4, 2, 5, 6
WIDTH = VECTOR + FILTERS + SHAPE_WIDTH + WORD_BITS
VOCABULARY = (
    "minister kyiv left in the talks u.s. . , said oslo o'neill 0 envoy of bank missile".split()
)
WORDS = (
    "Minister Kyiv left in the TALKS U.S. . , said Oslo O’Neill 2024 17 Xyzzyx envoy of Bank"
    " Kalibr MH17 Łódź extraordinarily-long extraordinarilylong".split()
)


def make_weights(seed, rows=None):
    """Draw weights of every kind at random."""
    rng = np.random.default_rng(seed)

    def draw(*shape, scale=0.7):
        return rng.normal(0, scale, shape).astype(np.float32)

    return Weights(
        rows=rows or {word: row for row, word in enumerate(VOCABULARY)},
        vectors=rng.integers(-127, 128, (len(VOCABULARY), VECTOR)).astype(np.int8),
        scales=rng.uniform(0.002, 0.01, len(VOCABULARY)).astype(np.float32),
        unknown=draw(VECTOR),
        letters=draw(192, LETTER_WIDTH),
        filters=draw(3 * LETTER_WIDTH, FILTERS),
        filter_bias=draw(FILTERS),
        shapes=draw(SHAPES, SHAPE_WIDTH),
        inputs=draw(2, WIDTH, 4 * HIDDEN, scale=0.5),
        bits=draw(2, TOKEN_BITS, 4 * HIDDEN),
        bias=draw(2, 4 * HIDDEN),
        recurrent=draw(2, HIDDEN, 4 * HIDDEN),
        scores=draw(2, HIDDEN, STATES, scale=2),
        score_bias=draw(STATES),
        transitions=Transitions.of(draw_transitions(seed)),
    )


def draw_transitions(seed):
    """Draw the scores of going to a state (row) from another (column)."""
    return np.random.default_rng([seed, 1]).normal(0, 1, (STATES, STATES)).astype(np.float32)


def make_windows(seed, lengths):
    rng = np.random.default_rng(seed)
    return [
        Window(
            [WORDS[at] for at in rng.integers(0, len(WORDS), length)],
            [
                sorted(set(rng.integers(0, TOKEN_BITS, rng.integers(0, 4)).tolist()))
                for _ in range(length)
            ],
        )
        for length in lengths
    ]


def describe(weights, word):
    """Return the features of a word, in 64 bits as the whole reference below."""
    keys = [key for key in word_keys(word) if key in weights.rows]
    row = weights.rows[keys[0]] if keys else None
    vector = weights.unknown if row is None else weights.vectors[row] * weights.scales[row]
    codes = letters_of(word)
    padded = [0, *codes, *[0] * (LETTERS - len(codes)), 0]
    heard = []
    for at in range(LETTERS):
        three = np.concatenate([weights.letters[code] for code in padded[at : at + 3]])
        heard.append(np.maximum(three @ weights.filters + weights.filter_bias, 0))
    return np.concatenate(
        [
            vector,
            np.max(heard, 0),
            weights.shapes[shape_of(word)],
            np.array(word_bits(word, load_lexicon()), float),
        ]
    )


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def run_lstm(inputs, recurrent):
    """The states of one direction. All gates but the candidate are stored halved."""
    state = cell = np.zeros(HIDDEN)
    states = []
    for step in inputs:
        opened, forgot, out, candidate = np.split(step + state @ recurrent, 4)
        cell = sigmoid(2 * forgot) * cell + sigmoid(2 * opened) * np.tanh(candidate)
        state = sigmoid(2 * out) * np.tanh(cell)
        states.append(state)
    return np.array(states)


def score(weights, window):
    """The scores of the states of each token, (tokens, states)."""
    features = np.array([describe(weights, word) for word in window.words])
    total = np.tile(weights.score_bias.astype(float), (len(features), 1))
    for side in (0, 1):
        inputs = features @ weights.inputs[side].astype(float) + weights.bias[side]
        for token, found in enumerate(window.bits):
            inputs[token] += weights.bits[side][list(found)].astype(float).sum(0)
        order = slice(None, None, -1 if side else 1)
        memory = run_lstm(inputs[order], weights.recurrent[side].astype(float))[order]
        total += memory @ weights.scores[side]
    return total


def kind(state):
    """Return begin, inside, end or single; outside counts as a single."""
    return "BIES"[(state - 1) % 4] if state else "S"


def may_follow(state, before):
    """Names are begun before they go on, end in their own label, and never break off."""
    if kind(before) in "ES":
        return kind(state) in "BS"
    return kind(state) in "IE" and (state - 1) // 4 == (before - 1) // 4


def find_paths(length):
    """Return every possible path of `length` states."""
    for path in product(range(STATES), repeat=length):
        if (
            kind(path[0]) in "BS"
            and kind(path[-1]) in "ES"
            and all(may_follow(state, before) for before, state in pairwise(path))
        ):
            yield path


def best_of_all(into, scores):
    """Return the best of all possible paths."""

    def weigh(path):
        own = sum(scores[at, state] for at, state in enumerate(path))
        return own + sum(into[state, before] for before, state in pairwise(path))

    return list(max(find_paths(len(scores)), key=weigh))


def best_step_by_step(into, scores):
    """Return the best path, keeping at each step the best path to each state."""
    best = {s: (scores[0, s], [s]) for s in range(STATES) if kind(s) in "BS"}
    for now in scores[1:]:
        best = {
            state: max(
                (total + into[state, before] + now[state], [*path, state])
                for before, (total, path) in best.items()
                if may_follow(state, before)
            )
            for state in range(STATES)
            if any(may_follow(state, before) for before in best)
        }
    return max(found for state, found in best.items() if kind(state) in "ES")[1]


@pytest.mark.parametrize("seed", range(4))
def test_states_are_those_of_the_plain_network(seed):
    weights = make_weights(seed)
    windows = make_windows(seed, [9, 1, 56, 23, 23, 2])
    assert Network(weights, english_words()).read(windows) == [
        best_step_by_step(draw_transitions(seed), score(weights, window)) for window in windows
    ]


@pytest.mark.parametrize("seed", range(4))
def test_the_chain_is_the_best_of_all_that_may_be(seed):
    weights = make_weights(seed)
    windows = make_windows(seed, [3, 1, 2])
    assert Network(weights, english_words()).read(windows) == [
        best_of_all(draw_transitions(seed), score(weights, window)) for window in windows
    ]


def test_no_chain_breaks_a_name_off():
    """Not even where the scores ask for nothing else: insides only, of changing labels."""
    weights = make_weights(5)
    scores = np.zeros((2, HIDDEN, STATES), np.float32)
    bias = np.where([kind(state) == "I" for state in range(STATES)], 50, 0).astype(np.float32)
    weights = replace(weights, scores=scores, score_bias=bias)

    for states in Network(weights, english_words()).read(make_windows(5, [1, 2, 3, 40])):
        assert kind(states[0]) in "BS"
        assert kind(states[-1]) in "ES"
        assert all(may_follow(state, before) for before, state in pairwise(states))


def test_the_order_of_windows_and_their_company_change_no_answer():
    weights = make_weights(6)
    windows = make_windows(6, [7, 30, 7, 1, 56, 12])
    alone = [Network(weights, english_words()).read([window])[0] for window in windows]
    network = Network(weights, english_words())
    assert network.read(windows) == alone
    assert network.read(windows[::-1]) == alone[::-1]
    assert network.read(windows * 16) == alone * 16


def test_reading_again_gives_the_same_answer():
    weights = make_weights(7)
    windows = make_windows(7, [20, 5])
    network = Network(weights, english_words())
    assert network.read(windows) == network.read(windows)


def test_words_that_were_thrown_out_for_new_ones_read_the_same_again():
    weights = make_weights(8)
    windows = make_windows(8, [20, 41])
    network = Network(weights, english_words())
    before = network.read(windows)
    for first in range(0, 14_000, 2_000):
        strangers = [f"Word{number}" for number in range(first, first + 2_000)]
        parts = [strangers[at : at + 50] for at in range(0, 2_000, 50)]
        network.read([Window(part, [()] * len(part)) for part in parts])
        assert network.read(windows) == before
    assert before == Network(weights, english_words()).read(windows)


def test_the_last_word_that_fits_reads_as_the_first():
    """Add a new word at a time, past the number of words that are kept."""
    weights = make_weights(9)
    network = Network(weights, english_words())
    known = [f"Word{number}" for number in range(3_995)]
    network.read(
        [Window(known[at : at + 55], [()] * len(known[at : at + 55])) for at in range(0, 3_995, 55)]
    )
    for number in range(10):
        window = Window(["Kyiv", f"New{number}", "Word1"], [(), (1,), ()])
        assert network.read([window]) == Network(weights, english_words()).read([window])


class Looked(dict):
    """Rows of word vectors that remember which words were asked for."""

    def __init__(self, rows):
        super().__init__(rows)
        self.asked = []

    def get(self, key, default=None):
        self.asked.append(key)
        return super().get(key, default)


def test_a_word_seen_again_is_not_looked_up_again():
    rows = Looked({word: row for row, word in enumerate(VOCABULARY)})
    network = Network(make_weights(10, rows), english_words())
    network.read([Window(["Kyiv", "Kyiv", "left"], [()] * 3), Window(["Kyiv"], [()])])
    network.read([Window(["left", "Kyiv"], [()] * 2)])
    assert sorted(rows.asked) == ["kyiv", "left"]


def test_a_word_in_capitals_is_another_word():
    weights = make_weights(3)
    network = Network(weights, english_words())
    windows = [Window([word, "left"], [(), ()]) for word in ("Kyiv", "KYIV", "kyiv")]
    assert network.read(windows) == [
        Network(weights, english_words()).read([window])[0] for window in windows
    ]


def test_a_bit_of_a_token_counts_where_it_is_set_and_nowhere_else():
    weights = make_weights(2)
    words = ["Minister", "left", "Kyiv"]
    told = [Window(words, [(bit,), (), ()]) for bit in range(TOKEN_BITS)]
    untold = Window(words, [(), (), ()])
    *found, plain = Network(weights, english_words()).read([*told, untold])
    assert plain == Network(weights, english_words()).read([untold])[0]
    assert found == [
        best_step_by_step(draw_transitions(2), score(weights, window)) for window in told
    ]
