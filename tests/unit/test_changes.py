"""What one version changed against the one before: the fields, and the text in words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.model import Change, Edit, NewsItem, PubStatus, Span
from worker.story.diff import _compare, find_change

TEXT = "OSLO, May 3. /TASS/. Two people were hurt in the harbour on Sunday, the police said."


def item(body_text="", version="1", **fields):
    return NewsItem(uri="urn:x", version=version, body_text=body_text, **fields)


def shown(before, after):
    change = find_change(item(before), item(after))
    return [(edit.removed, edit.added) for edit in change.edits]


def test_a_word_that_became_another_is_one_edit_in_its_place():
    after = TEXT.replace("Two", "Three")
    assert find_change(item(TEXT), item(after, version="2")) == Change(
        previous="1",
        fields=("body_text",),
        edits=(Edit(span=Span(21, 26), added="Three", removed="Two"),),
        words_added=1,
        words_removed=1,
        is_complete=True,
    )


@pytest.mark.parametrize(
    ("before", "after", "edits"),
    [
        ("a b c", "a b c", []),
        ("a b c", "a c", [("b", "")]),
        ("a c", "a b c", [("", "b")]),
        ("", "a b", [("", "a b")]),
        ("a b", "", [("a b", "")]),
        ("a b\n\nc d", "a b\n\nx y\n\nc d", [("", "x y")]),
        ("a b c d e f", "x b c d e y", [("a", "x"), ("f", "y")]),
        ("a b c", "x b y", [("a b c", "x b y")]),
        ("a  b\nc", "a b c", []),
    ],
)
def test_edits_are_words_and_those_one_word_apart_are_one(before, after, edits):
    assert shown(before, after) == edits


def test_fields_that_say_how_a_version_came_are_no_change():
    before = item(TEXT, source="a", headline="Two hurt")
    after = item(TEXT, version="2", source="b", headline="Three hurt", urgency=2)
    change = find_change(before, after)
    assert (change.previous, change.fields) == ("1", ("headline", "urgency"))
    assert [(edit.removed, edit.added) for edit in change.edits] == [("Two", "Three")]


def test_a_status_alone_is_a_change_without_edits():
    change = find_change(item(TEXT), item(TEXT, pubstatus=PubStatus.WITHHELD))
    assert (change.fields, change.edits, change.is_complete) == (("pubstatus",), (), True)


def test_more_edits_than_are_shown_are_counted_and_said():
    before = " ".join(f"same{n} also{n} old{n}" for n in range(60))
    after = before.replace("old", "new")
    change = find_change(item(before), item(after))
    assert (len(change.edits), change.words_added, change.words_removed) == (40, 60, 60)
    assert not change.is_complete


def test_long_words_of_an_edit_are_cut_and_said():
    change = find_change(item("Old."), item("x" * 900))
    assert (len(change.edits[0].added), change.edits[0].added[-1]) == (500, "…")
    assert change.edits[0].span == Span(0, 900)
    assert not change.is_complete


def test_two_texts_with_nothing_in_common_are_one_edit():
    before = " ".join(f"old{n}" for n in range(2000))
    after = " ".join(f"new{n}" for n in range(2000))
    change = find_change(item(before), item(after))
    assert [edit.span for edit in change.edits] == [Span(0, len(after))]
    assert (change.words_added, change.words_removed) == (2000, 2000)


def test_a_rewritten_story_is_compared_in_paragraphs():
    kept = "The harbour stays closed."
    before = "\n\n".join([kept, " ".join(f"old{n}" for n in range(400)), kept + " Again."])
    after = "\n\n".join([kept, " ".join(f"new{n}" for n in range(400)), kept + " Again."])
    (edit,) = find_change(item(before), item(after)).edits
    assert edit.span.of(after).split()[0] == "new0"
    assert edit.span.of(after).split()[-1] == "new399"


def test_a_story_that_grew_is_compared_in_words():
    added = " ".join(f"new{n}" for n in range(600))
    assert shown("a b", f"a {added} b")[0][0] == ""
    assert find_change(item("a b"), item(f"a {added} b")).words_added == 600


def test_texts_too_long_to_compare_in_words_are_compared_in_paragraphs():
    text = "\n\n".join(f"para{n} {'a b c d e f g h i j ' * 30}" for n in range(50))
    before, after = f"old {text} old", f"new {text} new"
    change = find_change(item(before), item(after))
    assert [edit.removed.split()[0] for edit in change.edits] == ["old", "para49"]
    assert (change.words_added, change.is_complete) == (604, False)


TOKENS = st.lists(st.sampled_from("a b c d é".split()), max_size=14)
WORDS = TOKENS.map(" ".join)


def shared_words(before, after):
    """The length of the longest common subsequence, by the textbook."""
    row = [0] * (len(after) + 1)
    for word in before:
        last = row
        row = [0]
        for at, other in enumerate(after):
            row.append(last[at] + 1 if word == other else max(row[at], last[at + 1]))
    return row[-1]


@given(TOKENS, TOKENS)
def test_no_smaller_edits_make_the_new_text_of_the_old(before, after):
    blocks = _compare(before, after)
    removed = sum(block.old_end - block.old_start for block in blocks)
    added = sum(block.new_end - block.new_start for block in blocks)
    kept = shared_words(before, after)
    assert (removed, added) == (len(before) - kept, len(after) - kept)


@settings(max_examples=300)
@given(WORDS, WORDS)
def test_the_edits_make_the_new_text_of_the_old(before, after):
    words, at = [], 0
    old = before
    for edit in find_change(item(before), item(after)).edits:
        kept = after[at : edit.span.start]
        words += kept.split()
        assert edit.span.of(after) == edit.added
        old_at = old.index(edit.removed) if edit.removed else 0
        old = old[old_at + len(edit.removed) :]
        words += edit.added.split()
        at = edit.span.end
    assert [*words, *after[at:].split()] == after.split()


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_have_a_change_inside_the_new_one(before, after):
    change = find_change(item(before), item(after))
    assert change == find_change(item(before), item(after))
    assert all(0 <= edit.span.start <= edit.span.end <= len(after) for edit in change.edits)
