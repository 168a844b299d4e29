"""Properties of the Russian tagger, for any text."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.parse.entities.tagger.tokens import find_tokens
from worker.parse.languages.russian.tagger import tag_russian
from worker.parse.languages.russian.tagger_features import (
    ABBREVIATIONS,
    TOKEN_BITS,
    russian_token_bits,
)
from worker.parse.text import WireText

PIECES = st.sampled_from(
    [
        *("Президент", "и", "в", "Ольга Резник", "В.", "НАТО", "российско-китайский", "г-н"),
        *("МОСКВА, 2 мая. /ТАСС/.", "ул.", "С-400", "12:30", "Пескову", "заявил", "Ёлкина", "ё"),
        *("(МКС)", '"', "«", "»", "„", "“", "'", "-", "—", "\n\n", "\n", "\t", "_", "Ирландии"),
        *("中国", "Ελλάδα", "й", "Ї", "ﬃ", "😀", "\u200b", "\u00a0", "\x00", "3,", ".", "US"),
    ]
)
WIRES = st.one_of(st.text(), st.lists(PIECES, max_size=80).map(" ".join))


def read(full):
    return tag_russian([WireText(full)])[0]


@given(WIRES)
def test_names_lie_inside_the_text_in_order_and_apart(full):
    found = read(full)
    assert all(0 <= name.start < name.end <= len(full) for name in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(WIRES)
def test_names_begin_and_end_with_tokens_of_one_paragraph(full):
    text = WireText(full)
    tokens = find_tokens(text, ABBREVIATIONS)
    for start, end, _ in read(full):
        assert start in tokens.starts
        assert end in tokens.ends
        assert text.paragraph_index(start) == text.paragraph_index(end - 1)


@given(WIRES, WIRES)
def test_a_text_read_between_changes_nothing(full, other):
    before = read(full)
    read(other)
    assert read(full) == before


@given(st.lists(WIRES, max_size=4))
def test_texts_that_are_read_together_have_the_names_that_they_have_alone(fulls):
    assert tag_russian([WireText(full) for full in fulls]) == [read(full) for full in fulls]


@given(WIRES)
def test_every_bit_is_one_of_the_network_and_is_set_once(full):
    for own in russian_token_bits(find_tokens(WireText(full), ABBREVIATIONS)):
        assert len(set(own)) == len(own)
        assert all(0 <= bit < TOKEN_BITS for bit in own)


@pytest.mark.parametrize("full", ["", " ", "\n\n", "\u200b", ". . .", '" " "', "«»"])
def test_a_text_without_words_has_no_names(full):
    assert read(full) == []


@pytest.mark.parametrize(
    "unit", ["А ", '"', '"А ', "« ", "Иван Иванов ", "А\n\n", "1,", "г. М", "х-"]
)
def test_eight_times_the_text_is_not_sixty_four_times_the_work(unit):
    def work(length):
        return min(seconds(unit * (length // len(unit))) for _ in range(2))

    work(1_000)
    assert work(80_000) < 30 * work(10_000) + 0.2


def seconds(full):
    begun = time.process_time()
    read(full)
    return time.process_time() - begun
