"""What holds of every kill and every item that it may mean."""

import string

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from worker.model.publishing import KillNote, RecentItem
from worker.story.headlines import Fit, compare, may_be_like, read_headline
from worker.story.kill_targets import CERTAIN, came_before, find_targets, is_meant

PLACES = ("Oslo", "Paris", "Tver", "Осло")
WORDS = st.sampled_from(
    "Talks resume in not Fire kills 12 3 21% 19% -5 2-1 1,000 1000 U.S. US envoy’s envoy's “we” "
    "UPDATE 1- UPDATE 2- CORRECTED: KILL: WITHDRAWN - TASS (Reuters) OSLO-TALKS: ... … ёлка елка "
    "BC-EU--Oslo Talks".split(" ")
    + list(PLACES)
)
HEADLINES = st.one_of(st.just(""), st.lists(WORDS, max_size=7).map(" ".join), st.text(max_size=30))
NUMBERS = st.sampled_from(["", "0042", "a0042", "A-0042", "0043", "nL5N3AB0CD"])
SLUGS = st.sampled_from(["", "EU--Oslo Talks", "EU--Oslo talks", "OSLO-TALKS", "KILL NOTE", "??"])
HOURS = st.integers(0, 30)
KILLED_MS = 1_800_000_000_000
ORDERS = st.one_of(
    st.just(""),
    HOURS.map(lambda hours: f"{KILLED_MS - hours * 3_600_000}-3"),
    st.just(f"{KILLED_MS}-8"),
)
NOTES = st.builds(
    KillNote,
    uri=st.just("urn:kill"),
    numbers=st.lists(NUMBERS.filter(bool), max_size=3).map(tuple),
    slug=SLUGS,
    headline=HEADLINES,
    own_slug=SLUGS,
    own_headline=HEADLINES,
    is_marked=st.booleans(),
)
ITEMS = st.builds(
    RecentItem,
    uri=st.sampled_from(["urn:kill", *(f"urn:{n}" for n in range(6))]),
    version=st.sampled_from("12"),
    number=NUMBERS,
    slug=SLUGS,
    headline=HEADLINES,
    order=ORDERS,
    at_ms=HOURS.map(lambda hours: KILLED_MS - hours * 3_600_000),
)
ORDER = f"{KILLED_MS}-5"


@given(NOTES, st.lists(ITEMS, max_size=8))
@example(
    KillNote(uri="urn:kill", own_headline="WITHDRAWN: Talks resume in Oslo"),
    [RecentItem(uri="urn:1", version="1", headline="Talks resume in Oslo", order="5-0")],
)
def test_what_a_kill_finds_and_what_it_stops_is_one_judgement(note, wire):
    """Whatever else is out, but for what has no more than another story's number."""
    newest = {}
    for one in wire:
        if came_before(one, ORDER):
            newest.setdefault(one.uri, one)
    found = {target.uri for target in find_targets(note, wire, ORDER) if target.is_certain}
    meant = {uri for uri, one in newest.items() if is_meant(note, one, ORDER)}
    assert found <= meant
    for uri in meant - found:
        (alone,) = find_targets(note, [newest[uri]], ORDER)
        others = [newest[other] for other in meant - {uri}]
        assert alone.by == ("number",)
        assert any(other.headline != newest[uri].headline for other in others)


@given(NOTES, st.lists(ITEMS, max_size=8))
def test_targets_are_all_certain_or_one_guess(note, wire):
    found = find_targets(note, wire, ORDER)
    assert all(target.is_certain for target in found) or len(found) == 1
    for target in found:
        assert target.is_certain is (target.confidence >= CERTAIN)
        assert target.by
        assert 0 < target.confidence <= 1
        assert target.uri != "urn:kill"


@given(NOTES, ITEMS, st.integers(0, 3))
def test_what_came_later_is_never_meant(note, one, number):
    later = msgspec.structs.replace(one, order=f"{KILLED_MS}-{5 + number}")
    assert find_targets(note, [later], ORDER) == ()


@given(HEADLINES, HEADLINES)
def test_two_headlines_are_to_each_other_what_they_are_the_other_way_round(one, other):
    left, right = read_headline(one), read_headline(other)
    assert compare(left, right) is compare(right, left)


@given(st.text())
@example("&#10;")
@example("KILL " * 200)
def test_any_text_is_a_headline_and_is_itself(text):
    for is_of_kill in (False, True):
        headline = read_headline(text, is_of_kill=is_of_kill)
        fit = compare(headline, headline)
        assert fit is (
            Fit.SAME if len(headline.words) >= 3 else Fit.PART if headline.words else Fit.OTHER
        )


@given(st.lists(st.text(string.ascii_letters, min_size=3, max_size=8), min_size=4, max_size=9))
def test_a_headline_is_found_however_it_is_set_in_type(words):
    note = KillNote(uri="urn:kill", headline=" ".join(words))
    set_otherwise = f"“{words[0].upper()}” – {' '.join(words[1:]).title()}…".replace("…", ".")
    one = RecentItem(uri="urn:1", version="1", headline=set_otherwise, order="5-0")
    assert is_meant(note, one, ORDER)


@given(
    st.lists(st.sampled_from(PLACES[:3]) | st.integers(0, 99).map(str), min_size=3, max_size=9),
    st.data(),
)
def test_a_headline_with_another_name_or_figure_is_not_the_same(words, data):
    """In the middle of others, where it may be the only difference."""
    at = data.draw(st.integers(0, len(words) - 1))
    other = data.draw(st.sampled_from(["Sofia", "100", "1000", "not"]))
    changed = [*words[:at], other, *words[at + 1 :]]
    note = KillNote(uri="urn:kill", headline=f"talks of {' '.join(words)} resume")
    one = RecentItem(
        uri="urn:1", version="1", headline=f"Talks of {' '.join(changed)} resume", order="5-0"
    )
    assert not is_meant(note, one, ORDER)


@given(HEADLINES, HEADLINES)
@example("Talks resume in Oslo", "T&#97;lks re\u00adsume in&nbsp;Oslo")
@example("U.S.A.F. to cut 1,000 jobs, 12 per cent", "USAF to cut 1000 jobs, 12%")
def test_the_same_headline_is_never_passed_over(one, other):
    """By the short way in which a day's headlines are looked through."""
    left = read_headline(one)
    if compare(left, read_headline(other)) is Fit.SAME:
        assert may_be_like(left, ["Ferry sails", other, "Ferry sails"])[1]
