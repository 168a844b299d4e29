"""The compiled part of the tagger beside its twin in numpy: the same states for the same words."""

import ctypes
import random
import tomllib
from pathlib import Path

import pytest

from worker.parse.entities.tagger.features import TOKEN_BITS, english_words
from worker.parse.entities.tagger.kernel import Kernel, load_kernel
from worker.parse.entities.tagger.network import Network, Window
from worker.parse.entities.tagger.tokens import find_tokens
from worker.parse.entities.tagger.weights import load_tagger_weights
from worker.parse.text import WireText

FOLDER = Path(__file__).parents[2] / "worker" / "parse" / "entities" / "tagger"
CASES = Path(__file__).parents[1] / "cases"
LIBRARIES = sorted(FOLDER.glob("_lstm_*.so"))
RANDOM_TEXTS = 2500


@pytest.fixture(scope="module", params=[path.name for path in LIBRARIES] or ["none"])
def kernel(request, server_type):
    if request.param == "none":
        server_type.absent("no compiled part: install a C compiler, then `make clean test`")
    opened = Kernel(ctypes.CDLL(str(FOLDER / request.param)))
    if not opened.units:
        pytest.skip(f"this machine cannot run {request.param}")
    return opened


@pytest.fixture(scope="module")
def words():
    """The words of all case files, in windows of at most sixty."""
    found = []
    for path in sorted(CASES.glob("*.toml")):
        for text in strings_of(tomllib.loads(path.read_text("utf-8"))):
            found += find_tokens(WireText(text)).words
    return found


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings_of(one)


def windows_of(words, rng, lengths):
    """Windows of these lengths from random places of the text, with random bits."""
    windows = []
    for length in lengths:
        start = rng.randrange(len(words) - length)
        bits = [sorted(rng.sample(range(TOKEN_BITS), rng.randrange(3))) for _ in range(length)]
        windows.append(Window(words[start : start + length], bits))
    return windows


@pytest.fixture(scope="module")
def batches(words):
    """All words of the case files, with the states that numpy computes for them."""
    windows = [
        Window(words[at : at + 60], [[] for _ in words[at : at + 60]])
        for at in range(0, len(words), 60)
    ]
    return with_states(windows[at : at + 120] for at in range(0, len(windows), 120))


@pytest.fixture(scope="module")
def random_batches(words):
    """Random windows, a few and many at a time, with the states that numpy computes for them."""
    rng, found = random.Random(5), []
    while sum(map(len, found)) < RANDOM_TEXTS:
        lengths = [rng.randrange(1, 24) for _ in range(rng.choice((1, 2, 5, 37, 500)))]
        found.append(windows_of(words, rng, lengths))
    return with_states(found)


def with_states(batches):
    plain = Network(load_tagger_weights(), english_words())
    return [(batch, plain.read(batch)) for batch in batches]


def test_all_words_of_the_case_files_get_the_same_states(kernel, batches):
    compiled = Network(load_tagger_weights(), english_words(), kernel)
    for batch, states in batches:
        assert compiled.read(batch) == states


def test_random_texts_get_the_same_states(kernel, random_batches):
    compiled = Network(load_tagger_weights(), english_words(), kernel)
    for batch, states in random_batches:
        assert compiled.read(batch) == states


def test_a_package_without_a_library_computes_in_numpy(monkeypatch, tmp_path):
    monkeypatch.setattr("worker.parse.entities.tagger.kernel._LIBRARIES", (tmp_path / "none.so",))
    assert load_kernel.__wrapped__() is None


def test_a_library_that_is_none_is_passed_over(monkeypatch, tmp_path):
    path = tmp_path / "broken.so"
    path.write_bytes(b"no library")
    monkeypatch.setattr("worker.parse.entities.tagger.kernel._LIBRARIES", (path,))
    assert load_kernel.__wrapped__() is None
