"""The list of what a feed showed last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from worker.errors import CodecError
from worker.model import NewsItem
from worker.store import shown
from worker.store.shown import Shown, entry_of, find_candidates

NUMBERS = st.integers(0, 30)
BODIES = st.lists(st.tuples(NUMBERS, st.sampled_from("AB")), max_size=40)


def body_of(words):
    return [NewsItem(uri=f"urn:{number}", version=version) for number, version in words]


def body(*numbers, version="A"):
    return body_of((number, version) for number in numbers)


def found(items, before):
    return [one.item.uri for one in find_candidates(items, before)]


def test_a_list_is_packed_in_sixteen_bytes_an_entry_and_unpacked_again():
    listed = Shown().then(body(1, 2, 3))
    packed = listed.pack()
    assert len(packed) == 48
    assert Shown.unpack(packed) == listed
    assert Shown.unpack(b"") == Shown()


def test_the_newest_entries_stand_first():
    listed = Shown().then(body(1, 2, 3))
    assert listed.entries[:1] == Shown().then(body(3)).entries


def test_a_candidate_tells_what_was_shown_before_and_whether_it_is_alone():
    before = Shown().then([*body(1), *body(2)])
    changed, new, once, twice = find_candidates(
        [*body(1, version="B"), *body(3), *body(2, version="C"), *body(2, version="D")], before
    )
    assert (changed.was, changed.alone) == (before.entries[1][8:], True)
    assert (new.was, new.alone) == (None, True)
    assert (once.was, once.alone) == (twice.was, twice.alone) == (before.entries[0][8:], False)


def test_a_version_that_is_shown_no_more_is_not_listed():
    listed = Shown().then(body(1)).then(body(1, version="B"))
    assert found(body(1), listed) == ["urn:1"]
    assert found(body(1, version="B"), listed) == []


def test_a_list_has_an_end(monkeypatch):
    monkeypatch.setattr(shown, "LIMIT_ENTRIES", 50)
    listed = Shown().then(body(*range(80)))
    assert found(body(*range(80)), listed) == [f"urn:{number}" for number in range(30)]
    listed = listed.then(body(*range(80, 110)), is_part=True)
    assert len(listed.entries) == 50


def test_a_feed_that_moves_on_does_not_grow_its_list():
    listed = Shown()
    for start in range(100):
        listed = listed.then(body(*range(start, start + 20)))
    assert len(listed.entries) == 2 * 20 + shown.SPARE_ENTRIES


@given(BODIES, BODIES)
def test_what_a_body_holds_is_listed_and_of_its_uris_nothing_else(before, now):
    first = Shown().then(body_of(before))
    listed = first.then(body_of(now))
    assert found(body_of(now), listed) == []
    others = [word for word in before if word not in now and word[0] in dict(now)]
    assert found(body_of(others), listed) == [one.uri for one in body_of(others)]
    assert listed.then(body_of(now)) == listed
    assert len(listed.entries) <= max(len(first.entries), 2 * len(set(now)) + shown.SPARE_ENTRIES)


@given(BODIES, NUMBERS, NUMBERS)
def test_a_body_that_shows_some_of_what_was_shown_loses_nothing(words, start, length):
    words = [word for number, word in enumerate(words) if word[0] not in dict(words[:number])]
    listed = Shown().then(body_of(words)).then(body_of(words[start : start + length]))
    assert found(body_of(words), listed) == []


@given(BODIES, NUMBERS)
def test_an_item_is_found_in_a_packed_list(words, number):
    packed = Shown().then(body_of(words)).pack()
    assert Shown.holds(packed, f"urn:{number}") == (number in {one for one, _ in words})


def test_no_uri_is_found_across_two_entries():
    second, first = Shown().then(body(1, 2)).entries
    assert Shown.holds(second + first, "urn:1")
    assert not Shown.holds(second[:8] + first + second[8:], "urn:1")


def test_text_that_is_not_unicode_is_no_entry():
    (candidate,) = find_candidates([NewsItem(uri="urn:\ud800", version="1")], Shown())
    with pytest.raises(CodecError):
        entry_of(candidate, with_pages=True)


def test_a_kill_whose_note_ends_a_long_text_asks_for_no_page():
    told = "\n\n".join(
        f"{n}: the delegations met again in the old customs house." for n in range(60)
    )
    item = NewsItem(uri="urn:1", version="1", body_text=told, link="https://news.example/1")
    killed = replace(item, version="2", body_text=f"{told}\n\n(This story has been withdrawn.)")
    entries = [
        entry_of(candidate, with_pages=True)
        for candidate in find_candidates([item, killed], Shown())
    ]
    assert [(entry.page, entry.urgent) for entry in entries] == [(True, False), (False, True)]
