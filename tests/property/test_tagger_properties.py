"""Properties of the tagger, for any text and any weights."""

import itertools
import string
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.model import EntityLabel
from worker.parse.entities.rule_tagger import find_names
from worker.parse.entities.tagger import tag
from worker.parse.entities.tagger.tokens import find_tokens
from worker.parse.text import WireText

PIECES = st.sampled_from(
    [
        *("President", "the", "of", "Olga Reznik", "V.", "NATO", "Russia-NATO Council", "Mr."),
        *("KYIV, May 2. /TASS/.", "U.S.-led", "O'Neill’s", "al-Sabri", "said", "S-400", "12:30"),
        *("(ISS)", '"', "“", "’s", "'", "-", "—", "\n\n", "\n", "\t", "_", "İstanbul", "Łódź"),
        *("中国", "Ελλάδα", "é", "é", "ﬃ", "😀", "\u200b", "\u00a0", "\x00", "3,", "."),
    ]
)
WIRES = st.one_of(st.text(), st.lists(PIECES, max_size=80).map(" ".join))
SMALL = st.text(string.ascii_lowercase + string.digits + string.punctuation + " \n’“”—éß")


def read(full):
    text = WireText(full)
    return tag([text], [find_names(text)])[0]


def read_unhinted(full):
    return tag([WireText(full)], [()])[0]


@given(WIRES)
def test_names_lie_inside_the_text_in_order_and_apart(full):
    found = read(full)
    assert all(0 <= name.start < name.end <= len(full) for name in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(WIRES)
def test_no_name_begins_or_ends_with_a_blank(full):
    names = [full[start:end] for start, end, _ in read(full)]
    assert names == [name.strip() for name in names]


@given(WIRES)
def test_names_begin_and_end_with_tokens_of_one_paragraph(full):
    text = WireText(full)
    tokens = find_tokens(text)
    for start, end, _ in read(full):
        assert start in tokens.starts
        assert end in tokens.ends
        assert text.paragraph_index(start) == text.paragraph_index(end - 1)


@given(WIRES)
def test_every_label_is_known(full):
    assert all(isinstance(label, EntityLabel) for _, _, label in read(full))


@given(WIRES)
def test_the_same_text_has_the_same_names(full):
    assert read(full) == read(full)


@given(WIRES, WIRES)
def test_a_text_read_between_changes_nothing(full, other):
    before = read(full)
    read(other)
    assert read(full) == before


@given(st.lists(WIRES, max_size=4))
def test_texts_that_are_read_together_have_the_names_that_they_have_alone(fulls):
    texts = [WireText(full) for full in fulls]
    together = tag(texts, [find_names(text) for text in texts])
    assert together == [read(full) for full in fulls]


def test_texts_of_many_windows_and_of_none_stand_in_their_places():
    """Batches of windows run over the borders of the texts."""
    paragraph = "Vladimir Putin arrived in Moscow on Monday."
    texts = ["\n\n".join([paragraph] * count) for count in (1, 0, 90, 3, 0, 70)]
    found = tag([WireText(text) for text in texts], [()] * len(texts))
    once = len(found[0])
    assert once >= 1
    assert [len(names) for names in found] == [once, 0, 90 * once, 3 * once, 0, 70 * once]


@given(WIRES)
def test_the_tagger_needs_no_hints(full):
    found = read_unhinted(full)
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(SMALL)
def test_without_a_capital_there_is_no_name(full):
    assert read(full) == []


@pytest.mark.parametrize("full", ["", " ", "\n\n", "\t \r\n \u3000", "\u200b", ". . ."])
def test_an_empty_or_blank_text_has_no_names(full):
    assert read(full) == []


def test_a_paragraph_reads_the_same_however_often_it_stands():
    """More windows than are read at once, each with the same words about it."""
    paragraph = "Vladimir Putin arrived in Moscow on Monday."
    full = "\n\n".join([paragraph] * 250)
    step = len(paragraph) + 2
    readings = [set() for _ in range(250)]
    for start, end, label in read_unhinted(full):
        number = start // step
        readings[number].add((start - number * step, end - number * step, label))
    assert len(readings[0]) >= 1
    assert readings == [readings[0]] * 250


@pytest.mark.parametrize(
    "unit",
    ["A ", "A'", "U.S.", "O'B ", "'s ", "A\n\n", "1,", "Moscow. ", "a. B", "x-", "Minister of "],
)
def test_eight_times_the_text_is_not_sixty_four_times_the_work(unit):
    def work(length):
        return seconds(unit * (length // len(unit)))

    work(1_000)
    assert work(80_000) < 30 * work(10_000) + 0.2


def test_many_different_words_cost_no_more_each_than_few():
    fresh = itertools.count()  # words that the network has described before cost less

    def work(count):
        texts = (" ".join(f"Xa{next(fresh)}dov" for _ in range(count)) for _ in range(2))
        return min(map(seconds_once, texts))

    work(100)
    # Eight times as many: linear is 8 times the work, quadratic 64 times.
    assert work(16_000) < 30 * work(2_000) + 0.2


def seconds(full):
    """The better of two runs: one may meet the collector, or a neighbour."""
    return min(seconds_once(full), seconds_once(full))


def seconds_once(full):
    text = WireText(full)
    begun = time.process_time()
    tag([text], [()])
    return time.process_time() - begun
