"""The weights of the package: complete, of the right shapes, small, and read once."""

from importlib.resources import files

import numpy as np
import pytest

from worker.parse.entities.tagger.features import (
    SHAPES,
    TOKEN_BITS,
    WORD_BITS,
    letters_of,
    word_keys,
)
from worker.parse.entities.tagger.network import STATES
from worker.parse.entities.tagger.weights import Transitions, load_tagger_weights

FILE = files("worker.parse") / "data" / "tagger.npz"
FLOATS = (
    "scales unknown letters filters filter_bias shapes inputs bits bias recurrent scores score_bias"
).split()


def test_shapes_agree_with_the_features():
    weights = load_tagger_weights()
    _, vector = weights.vectors.shape
    _, letter = weights.letters.shape
    shapes, shape = weights.shapes.shape
    filters = len(weights.filter_bias)
    _, hidden, gates = weights.recurrent.shape

    width = vector + filters + shape + WORD_BITS
    assert gates == 4 * hidden
    assert shapes == SHAPES
    assert weights.inputs.shape == (2, width, gates)
    assert weights.bits.shape == (2, TOKEN_BITS, gates)
    assert weights.bias.shape == (2, gates)
    assert weights.scores.shape == (2, hidden, STATES)
    assert weights.score_bias.shape == (STATES,)
    assert weights.unknown.shape == (vector,)
    assert weights.filters.shape == (3 * letter, filters)


def test_there_is_a_row_for_each_letter_that_a_word_may_have():
    kinds = len(load_tagger_weights().letters)
    codes = {code for letter in range(1, 0x11000) for code in letters_of(chr(letter))}
    assert max(codes) < kinds


def test_each_word_has_one_vector_and_one_scale():
    weights = load_tagger_weights()
    assert len(weights.rows) == len(weights.vectors) == len(weights.scales)
    assert sorted(weights.rows.values()) == list(range(len(weights.rows)))


@pytest.mark.parametrize("word", ["Minister", "KYIV", "the", ",", "2024", "31,500"])
def test_everyday_words_have_a_vector(word):
    weights = load_tagger_weights()
    assert any(key in weights.rows for key in word_keys(word))


def test_a_word_without_a_vector_has_the_one_for_unknown_words():
    weights = load_tagger_weights()
    vector = weights.vector(word_keys("Qwzxyvvkj"))
    assert vector.tolist() == weights.unknown.tolist()


@pytest.mark.parametrize("name", FLOATS)
def test_every_number_is_finite(name):
    array = getattr(load_tagger_weights(), name)
    assert array.dtype == np.float32
    assert np.isfinite(array).all()


def test_the_vectors_are_kept_in_eight_bits():
    weights = load_tagger_weights()
    assert weights.vectors.dtype == np.int8
    assert (weights.scales >= 0).all()


def test_every_step_that_may_be_weighs_far_more_than_one_that_may_not():
    """The file has -10,000 for impossible transitions; no learnt weight may come near."""
    transitions = load_tagger_weights().transitions
    learnt = [transitions.fresh, *(array for _, *both in transitions.going for array in both)]
    assert all(np.isfinite(array).all() and np.abs(array).max() < 100 for array in learnt)


def test_a_name_begins_and_ends_where_its_states_say():
    transitions = load_tagger_weights().transitions
    may_open = [0, *(state for state in range(1, STATES) if (state - 1) % 4 in {0, 3})]
    may_end = [0, *(state for state in range(1, STATES) if (state - 1) % 4 in {2, 3})]
    assert np.flatnonzero(transitions.first > -100).tolist() == may_open
    assert np.flatnonzero(transitions.last > -100).tolist() == may_end


def test_transitions_are_taken_from_their_places_in_the_matrix():
    """Each element of the matrix says which state (tens of hundreds) follows which."""
    into = (100 * np.arange(STATES)[:, None] + np.arange(STATES)).astype(np.float32)
    transitions = Transitions.of(into)
    (insides, from_begin, from_inside), (ends, end_begin, end_inside) = transitions.going
    begins = np.arange(1, STATES, 4)
    assert transitions.fresh[0].tolist() == sorted([0, *(begins + 2), *(begins + 3)])
    assert (transitions.fresh[:, 0] / 100).tolist() == sorted([0, *begins, *(begins + 3)])
    assert insides.tolist() == (begins + 1).tolist()
    assert ends.tolist() == (begins + 2).tolist()
    assert from_begin.tolist() == (100 * insides + begins).tolist()
    assert from_inside.tolist() == (100 * insides + begins + 1).tolist()
    assert end_begin.tolist() == (100 * ends + begins).tolist()
    assert end_inside.tolist() == (100 * ends + begins + 1).tolist()


def test_the_file_is_of_four_to_eight_mebibytes():
    size = len(FILE.read_bytes())
    assert 4 * 2**20 <= size <= 8 * 2**20


def test_the_file_holds_no_pickled_objects():
    """`allow_pickle=False` reads it: no code comes in with the weights."""
    with FILE.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        kinds = {stored[name].dtype.kind for name in stored.files}
    assert kinds <= set("iuf")


def test_the_weights_are_read_once_a_process():
    assert load_tagger_weights() is load_tagger_weights()
