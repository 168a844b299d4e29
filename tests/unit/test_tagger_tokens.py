"""Tokens, sentences and windows of the tagger."""

from itertools import chain

import pytest

from worker.parse.entities.tagger.tokens import find_tokens
from worker.parse.text import WireText


def words(full):
    return find_tokens(WireText(full)).words


def openings(full):
    """The words that begin a sentence."""
    tokens = find_tokens(WireText(full))
    return [word for word, opens in zip(tokens.words, tokens.opens, strict=True) if opens]


def windows(full):
    """The words of each window."""
    tokens = find_tokens(WireText(full))
    return [tokens.words[start:end] for start, end in tokens.windows]


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        ("The U.S. envoy", ["The", "U.S.", "envoy"]),
        ("U.S.-led", ["U.S.", "-", "led"]),
        ("J.R.R. Marlowe", ["J.R.R.", "Marlowe"]),
        ("J. R. Marlowe", ["J", ".", "R", ".", "Marlowe"]),
        ("left Minsk.", ["left", "Minsk", "."]),
        ("O'Neill and O’Brien", ["O'Neill", "and", "O’Brien"]),
        ("D'Artagnan's", ["D'Artagnan", "'s"]),
        ("don't", ["don't"]),
        ("Russia's and Poland’s", ["Russia", "'s", "and", "Poland", "’s"]),
        ("the workers' party", ["the", "workers", "'", "party"]),
        ("a 'small' step", ["a", "'", "small", "'", "step"]),
        ("US-led", ["US", "-", "led"]),
        ("pro-Western", ["pro", "-", "Western"]),
        ("Russia-NATO Council", ["Russia", "-", "NATO", "Council"]),
        ("S-400, Il-76", ["S", "-", "400", ",", "Il", "-", "76"]),
        ("MH17 and G20", ["MH17", "and", "G20"]),
        ("1,200.50 at 12:30", ["1,200.50", "at", "12:30"]),
        ("in 2024, 2.", ["in", "2024", ",", "2", "."]),
        ("3.5%", ["3.5", "%"]),
        ("/TASS/.", ["/", "TASS", "/", "."]),
        ("R&D", ["R", "&", "D"]),
        ("Łódź, Đà Nẵng, Гомель", ["Łódź", ",", "Đà", "Nẵng", ",", "Гомель"]),
        ("a_b", ["a", "_", "b"]),
        ("", []),
        (" \n\n \t", []),
    ],
)
def test_text_is_cut_into_words_numbers_possessives_and_marks(full, expected):
    assert words(full) == expected


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        ("Mirkovic left. He came back.", ["Mirkovic", "He"]),
        ("Who left? He did! Then all slept.", ["Who", "He", "Then"]),
        ("Talks fail\n\nThey failed.", ["Talks", "They"]),
        ("At noon Mr. Hale met Gen. Okafor and Sen. Drake.", ["At"]),
        ("The book by J. R. Marlowe sold.", ["The"]),
        ("The U.S. Embassy is shut.", ["The"]),
        ("On Jan. 5 they met in St. Gallen.", ["On"]),
        ("Prices rose by 3.5 percent, 1.2 in May.", ["Prices"]),
    ],
)
def test_sentences_open_after_a_full_stop_and_not_after_an_abbreviation(full, expected):
    assert openings(full) == expected


def test_a_sentence_opens_inside_its_quotation_mark():
    tokens = find_tokens(WireText('He left. "We stay," she said.'))
    assert tokens.opens[tokens.words.index("We")]
    assert not tokens.opens[tokens.words.index("she")]


def test_a_closing_mark_leaves_the_sentence_after_it_open():
    tokens = find_tokens(WireText('"We left." Then all slept.'))
    assert tokens.opens[tokens.words.index("Then")]


def test_every_token_stands_where_the_text_has_it():
    full = "The U.S.-led talks of O'Neill’s team cost 1,200.50 euros.\n\nThey failed."
    tokens = find_tokens(WireText(full))
    spans = zip(tokens.starts, tokens.ends, strict=True)
    assert [full[start:end] for start, end in spans] == tokens.words
    assert "".join(tokens.words) == "".join(full.split())


def test_windows_hold_every_token_once_in_order():
    full = "\n\n".join(("Head", "The talks went on. " * 90, "word " * 300, "Tail."))
    tokens = find_tokens(WireText(full))
    held = list(chain.from_iterable(range(start, end) for start, end in tokens.windows))
    assert held == list(range(len(tokens.words)))


def test_no_window_is_empty():
    full = "Head\n\n\n\n \n\nThe talks went on. " + "The talks went on. " * 90
    assert all(windows(full))


def test_a_short_paragraph_is_one_window():
    assert windows("Talks fail\n\nThey failed. All left.") == [
        ["Talks", "fail"],
        ["They", "failed", ".", "All", "left", "."],
    ]


def test_a_long_paragraph_is_cut_where_a_sentence_begins():
    sentence = "The old talks in the town went on. "  # nine tokens
    cut = windows(sentence * 20)
    assert len(cut) > 1
    assert {(window[0], window[-1]) for window in cut} == {("The", ".")}


def test_a_point_inside_a_name_cuts_no_window():
    cut = windows("Gen. Hale and Mr. Moe met J. R. Marlowe. " * 12)
    assert {(window[0], window[-1]) for window in cut} == {("Gen", ".")}
    assert {window[1] for window in cut} == {"."}


def test_a_sentence_without_an_end_is_cut_all_the_same():
    cut = windows("word " * 1000)
    assert max(len(window) for window in cut) < 100
    assert len(cut) > 10


def test_a_window_crosses_no_paragraph():
    full = "\n\n".join(["One two three"] * 40)
    assert windows(full) == [["One", "two", "three"]] * 40
