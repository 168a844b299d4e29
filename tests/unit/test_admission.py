"""The list of the entries that a feed showed last, and the candidates of a poll."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from worker.errors import CodecError
from worker.model import NewsItem, shown
from worker.model.shown import ShownEntries, fingerprint
from worker.polling.admission import request_admission
from worker.store.admission import entry_of

NUMBERS = st.integers(0, 30)
BODIES = st.lists(st.tuples(NUMBERS, st.sampled_from("AB")), max_size=40)


def body_of(words):
    return [NewsItem(uri=f"urn:{number}", version=version) for number, version in words]


def body(*numbers, version="A"):
    return body_of((number, version) for number in numbers)


def entries_of(items):
    return [fingerprint(item.uri, item.version) for item in items]


def listing(*numbers):
    return ShownEntries().then(entries_of(body(*numbers)))


def candidates(items, before=None, **options):
    shown = before.pack() if before else b""
    return request_admission(items, shown, **options).candidates


def unlisted(items, listed):
    entries = zip(items, entries_of(items), strict=True)
    return [item.uri for item, entry in entries if entry not in listed.entries]


def test_a_list_is_packed_in_sixteen_bytes_an_entry_and_unpacked_again():
    listed = listing(1, 2, 3)
    packed = listed.pack()
    assert len(packed) == 48
    assert ShownEntries.unpack(packed) == listed
    assert ShownEntries.unpack(b"") == ShownEntries()


def test_the_newest_entries_stand_first():
    listed = listing(1, 2, 3)
    assert listed.entries[:1] == listing(3).entries


def test_a_candidate_tells_what_was_shown_before_and_whether_it_is_alone():
    before = listing(1, 2)
    changed, new, once, twice = candidates(
        [*body(1, version="B"), *body(3), *body(2, version="C"), *body(2, version="D")], before
    )
    assert (changed.was, changed.is_alone) == (before.entries[1][8:], True)
    assert (new.was, new.is_alone) == (None, True)
    assert (once.was, once.is_alone) == (before.entries[0][8:], False)
    assert (twice.was, twice.is_alone) == (before.entries[0][8:], False)


def test_a_version_that_is_shown_no_more_is_not_listed():
    listed = listing(1).then(entries_of(body(1, version="B")))
    assert unlisted(body(1), listed) == ["urn:1"]
    assert unlisted(body(1, version="B"), listed) == []


def test_a_list_has_an_end(monkeypatch):
    monkeypatch.setattr(shown, "LIMIT_ENTRIES", 50)
    listed = listing(*range(80))
    assert unlisted(body(*range(80)), listed) == [f"urn:{number}" for number in range(30)]
    listed = listed.then(entries_of(body(*range(80, 110))), is_part=True)
    assert len(listed.entries) == 50


def test_a_feed_that_moves_on_does_not_grow_its_list():
    listed = ShownEntries()
    for start in range(100):
        listed = listed.then(entries_of(body(*range(start, start + 20))))
    assert len(listed.entries) == 2 * 20 + shown.SPARE_ENTRIES


@given(BODIES, BODIES)
def test_what_a_body_holds_is_listed_and_of_its_uris_nothing_else(before, now):
    first = ShownEntries().then(entries_of(body_of(before)))
    listed = first.then(entries_of(body_of(now)))
    assert unlisted(body_of(now), listed) == []
    others = [word for word in before if word not in now and word[0] in dict(now)]
    assert unlisted(body_of(others), listed) == [one.uri for one in body_of(others)]
    assert listed.then(entries_of(body_of(now))) == listed
    assert len(listed.entries) <= max(len(first.entries), 2 * len(set(now)) + shown.SPARE_ENTRIES)


@given(BODIES, NUMBERS, NUMBERS)
def test_a_body_that_shows_some_of_what_was_shown_loses_nothing(words, start, length):
    words = [word for number, word in enumerate(words) if word[0] not in dict(words[:number])]
    listed = (
        ShownEntries()
        .then(entries_of(body_of(words)))
        .then(entries_of(body_of(words[start : start + length])))
    )
    assert unlisted(body_of(words), listed) == []


@given(BODIES, NUMBERS)
def test_an_item_is_found_in_a_packed_list(words, number):
    packed = ShownEntries().then(entries_of(body_of(words))).pack()
    assert ShownEntries.holds(packed, f"urn:{number}") == (number in {one for one, _ in words})


def test_no_uri_is_found_across_two_entries():
    second, first = listing(1, 2).entries
    assert ShownEntries.holds(second + first, "urn:1")
    assert not ShownEntries.holds(second[:8] + first + second[8:], "urn:1")


def test_text_that_is_not_unicode_is_no_entry():
    (candidate,) = candidates([NewsItem(uri="urn:\ud800", version="1")], with_pages=True)
    with pytest.raises(CodecError):
        entry_of(candidate)


def test_a_kill_whose_note_ends_a_long_text_asks_for_no_page():
    told = "\n\n".join(
        f"{n}: the delegations met again in the old customs house." for n in range(60)
    )
    item = NewsItem(uri="urn:1", version="1", body_text=told, link="https://news.example/1")
    killed = replace(item, version="2", body_text=f"{told}\n\n(This story has been withdrawn.)")
    classified = candidates([item, killed], with_pages=True)
    assert [(candidate.wants_page, candidate.is_urgent) for candidate in classified] == [
        (True, False),
        (False, True),
    ]
