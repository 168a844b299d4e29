"""When feeds are polled: whatever happens, the bounds hold; and the rhythm is found."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.feeds.hubs import Push
from worker.feeds.rhythm import Rhythm, place_of
from worker.feeds.schedule import Arrived, NotModified, Offline, next_state
from worker.model import Feed, FeedState

NOW = datetime(2026, 1, 12, 10, tzinfo=UTC)
FLOOR_S, CEILING_S = 60, 14_400
DAY_S = 86_400

SECONDS = st.integers(0, 10**7)
STATES = st.builds(
    FeedState,
    polled_at=st.none() | SECONDS.map(lambda s: NOW - timedelta(seconds=s)),
    due_at=st.none() | SECONDS.map(lambda s: NOW - timedelta(seconds=s)),
    interval_s=st.none() | st.integers(1, DAY_S),
    failures=st.integers(0, 3),
    new_entries=st.floats(1e-6, 8),
    watched_s=st.just(0.0) | st.floats(1, 10**7),
    fresh_s=st.integers(0, DAY_S),
    pace_s=st.integers(0, 30 * DAY_S),
    hub=st.sampled_from(["", "https://hub.example/"]),
    pushes=st.integers(0, 2),
    missed=st.integers(0, 2),
    why=st.sampled_from(["", "push", "rhythm"]),
)
PUSHES = st.builds(
    Push,
    pushes=st.integers(0, 2),
    is_live=st.booleans(),
    renew_at=st.none() | SECONDS.map(lambda s: NOW + timedelta(seconds=s - 10**6)),
)
ANSWERS = st.builds(NotModified, headers=st.just({})) | st.builds(
    Arrived,
    headers=st.integers(0, 10**6).map(lambda s: {"cache-control": f"max-age={s}"}),
    body_digest=st.just("d"),
    items=st.integers(0, 10**6),
    pace_s=st.none() | SECONDS,
)
FEEDS = st.builds(Feed, id=st.text(max_size=5), url=st.just("https://a.example/"))


@given(FEEDS, STATES, ANSWERS)
def test_the_publishers_word_and_the_floor_hold_and_the_ceiling_where_nobody_asks(
    feed, state, answer
):
    after, due_at = next_state(feed, state, answer, NOW, 0.5, floor_s=FLOOR_S, ceiling_s=CEILING_S)
    wait_s = (due_at - NOW).total_seconds()
    said_s = min(max(after.fresh_s, after.pace_s), DAY_S)
    assert max(FLOOR_S, said_s) <= wait_s <= max(2 * CEILING_S, 1.1 * said_s) + 1
    assert after.interval_s <= max(CEILING_S, said_s) + 1
    again, _ = next_state(feed, state, answer, NOW, 0.9, floor_s=FLOOR_S, ceiling_s=CEILING_S)
    assert again == after, "chance has no say in it"


@given(FEEDS, STATES, ANSWERS, PUSHES)
def test_a_hub_makes_polls_rarer_by_hours_at_most_and_never_more_frequent(
    feed, state, answer, push
):
    _, plain_at = next_state(feed, state, answer, NOW, 0.5)
    after, due_at = next_state(feed, state, answer, NOW, 0.5, push=push)
    assert plain_at <= due_at <= max(plain_at, NOW + timedelta(hours=6.7))
    assert (after.why == "push") == (due_at > plain_at)
    if not push.is_live:
        assert (due_at, after.missed) == (plain_at, 0)


@given(FEEDS, STATES, st.none() | st.floats(0, DAY_S), st.floats(0, 1, exclude_max=True))
def test_who_was_not_asked_is_not_forgotten_and_nothing_is_learnt(feed, state, wait_s, jitter):
    outcome = Offline(reason="x", why="turn", wait_s=wait_s)
    after, due_at = next_state(feed, state, outcome, NOW, jitter)
    assert 1 <= (due_at - NOW).total_seconds() <= 2 * DAY_S + 1
    assert (after.new_entries, after.watched_s, after.failures) == (
        state.new_entries,
        state.watched_s,
        state.failures,
    )


@given(st.floats(1e-6, 8), st.floats(1, 1e7), st.floats(-10, 1e9), st.integers(-5, 10**9))
def test_a_rhythm_is_always_a_number_and_news_never_slow_it(entries, watched_s, elapsed_s, new):
    rhythm = Rhythm(entries, watched_s)
    quiet, busy = rhythm.after(elapsed_s, 0), rhythm.after(elapsed_s, new)
    assert 0 < busy.entries <= 8.0
    assert busy.watched_s > 0
    assert busy.interval_s(60, 1e12) <= quiet.interval_s(60, 1e12) * 1.001 + 1


@given(st.text(max_size=20))
def test_a_place_is_in_its_interval(feed_id):
    assert 0 <= place_of(feed_id) < 1


def lived(entry_times_s, days):
    """The waits of a feed that brings an entry at each of these seconds."""
    feed, state = Feed(id="x", url="https://a.example/"), FeedState()
    now_s, seen, waits = 0.0, 0, []
    while now_s < days * DAY_S:
        out = sum(at <= now_s for at in entry_times_s[seen:])
        answer = Arrived(headers={}, body_digest="d", items=out)
        seen += out
        now = NOW + timedelta(seconds=now_s)
        state, due_at = next_state(feed, state, answer, now, 0)
        waits.append((due_at - now).total_seconds())
        now_s += waits[-1]
    return waits


@pytest.mark.parametrize(
    ("gap_s", "least_s", "most_s"),
    [(20, 60, 60), (120, 60, 90), (3600, 1000, 3000), (8 * 3600, 8000, 14_400)],
)
def test_the_interval_comes_to_half_the_gap_between_entries(gap_s, least_s, most_s):
    chance = random.Random(7)  # the same feed each time
    times, at = [], 0.0
    while at < 4 * DAY_S:
        at += chance.expovariate(1 / gap_s)
        times.append(at)
    late = lived(times, 4)[-20:]
    assert least_s <= sum(late) / len(late) <= most_s


def test_a_feed_that_falls_silent_is_asked_at_the_ceiling_and_wakes_up():
    silent = lived([60.0 * n for n in range(600)], 5)
    assert silent[-1] == CEILING_S
    woken = lived([3 * DAY_S + 60.0 * n for n in range(3 * 1440)], 5)
    assert woken[-1] <= 90
