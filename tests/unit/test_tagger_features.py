"""Bits of a token that its text gives it."""

import pytest

from worker.parse.entities.sport import is_sport_report
from worker.parse.entities.tagger import features
from worker.parse.entities.tagger.tokens import find_tokens
from worker.parse.text import WireText


def words_with(bit, full):
    """Return the words of a text that have the bit."""
    tokens = find_tokens(WireText(full))
    bits = features.token_bits(tokens, [])
    return [word for word, own in zip(tokens.words, bits, strict=True) if bit in own]


def test_a_row_of_a_table_is_mostly_figures():
    full = "Standings after 12 matches:\n\nLeeds 12 7 3\n\nPorto lost 2-1 to Leeds at home."
    assert words_with(features._IN_ROW, full) == ["Leeds", "12", "7", "3"]


def test_a_word_in_capitals_that_the_body_has_with_a_capital():
    full = "MARLOW WILL PAY\n\nAnn Marlow pays."
    assert words_with(features._CAPITAL_ELSEWHERE, full) == ["MARLOW"]


def test_a_word_that_opens_a_sentence_and_stands_inside_another():
    full = "Marlow paid. He saw Marlow. Rain fell."
    assert words_with(features._CAPITAL_ELSEWHERE, full) == ["Marlow"]


def test_every_token_of_a_report_of_sport_is_marked():
    full = "Porto won the cup match by a goal."
    assert len(words_with(features._IN_SPORT, full)) == 9


@pytest.mark.parametrize(
    "full",
    [
        "The parties won a match of sorts in parliament.",
        "The league of Arab states met its match.",
        "",
    ],
)
def test_a_word_or_two_of_sport_are_no_report_of_it(full):
    assert not is_sport_report(full.split())
