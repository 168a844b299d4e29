"""When feeds are polled: whatever happens, the bounds hold; and the rhythm is found."""

import random
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.model import Feed, FeedState
from worker.polling.cadence import Cadence, phase_of
from worker.polling.schedule import Arrived, Failed, NotModified, Postponed, next_state
from worker.polling.websub import HubOffer, PushState

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
    healthy_until=st.none() | SECONDS.map(lambda s: NOW - timedelta(seconds=s)),
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
    PushState,
    pushes=st.integers(0, 2),
    is_live=st.booleans(),
    offer=st.sampled_from([HubOffer(), HubOffer(hub="https://hub.example/")]),
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
    outcome = Postponed(reason="x", why="turn", wait_s=wait_s)
    after, due_at = next_state(feed, state, outcome, NOW, jitter)
    assert 1 <= (due_at - NOW).total_seconds() <= 2 * DAY_S + 1
    assert (after.new_entries, after.watched_s, after.failures) == (
        state.new_entries,
        state.watched_s,
        state.failures,
    )


FAILURES = st.builds(
    Failed,
    reason=st.just("x"),
    status=st.sampled_from([None, 200, 404, 429, 500, 503]),
    retry_after_s=st.none() | st.floats(0, 30 * DAY_S),
)


def asked_again_s(feed, state, failure, jitter=0.0, **changed):
    """Seconds until a feed that failed is asked again."""
    state = msgspec.structs.replace(state, **changed)
    _, due_at = next_state(feed, state, failure, NOW, jitter, floor_s=FLOOR_S, ceiling_s=CEILING_S)
    return (due_at - NOW).total_seconds()


@given(FEEDS, STATES, FAILURES, st.integers(0, 40), st.floats(0, 1, exclude_max=True))
def test_a_back_off_is_bounded_and_never_shorter_than_anybody_asks(
    feed, state, failure, failures, jitter
):
    state = msgspec.structs.replace(state, failures=failures)
    wait_s = asked_again_s(feed, state, failure, jitter)
    unbounded_s = asked_again_s(
        feed, state, failure, jitter, failures=failures, polled_at=None, healthy_until=None
    )
    said_s = min(max(state.fresh_s, state.pace_s), DAY_S)
    least_s = min(max(failure.retry_after_s or 0, 0), 7 * DAY_S)
    assert max(FLOOR_S, least_s) <= wait_s <= unbounded_s
    assert wait_s >= min(unbounded_s, (1 - jitter / 4) * said_s)
    if failure.status == 429:
        assert wait_s == unbounded_s


@given(FEEDS, STATES, FAILURES, st.integers(1, 40), SECONDS, SECONDS)
def test_a_feed_that_is_sick_for_longer_or_fails_more_often_waits_no_less(
    feed, state, failure, failures, sick_s, more_s
):
    shorter, longer = (NOW - timedelta(seconds=s) for s in (sick_s, sick_s + more_s))
    waits = [
        asked_again_s(feed, state, failure, failures=failures + more, healthy_until=healthy_until)
        for more in (0, 1)
        for healthy_until in (shorter, longer)
    ]
    assert waits[0] <= min(waits[1:3])
    assert waits[3] >= max(waits[:3])


def gaps_of(sick_s, of_s, *, late_s=0.0, hours=2.0, begun_s=0.0, chance):
    """The times between good answers of a feed that fails for `sick_s` of every `of_s` seconds.

    It is polled a second after each answer where all is well, and up to `late_s` late.
    """
    feed, state = Feed(id="x", url="https://a.example/", interval_s=1), FeedState()
    now_s, well_s, gaps = begun_s, None, []
    while now_s < hours * 3600:
        is_sick = now_s % of_s < sick_s
        answer = Failed(reason="cut", status=200) if is_sick else NotModified(headers={})
        if not is_sick:
            gaps += [now_s - well_s] if well_s is not None else []
            well_s = now_s
        now = NOW + timedelta(seconds=now_s)
        state, due_at = next_state(feed, state, answer, now, chance.random(), floor_s=1)
        now_s += (due_at - now).total_seconds() + chance.random() * late_s
    return gaps


@pytest.mark.parametrize("begun_s", [0.1, 2.9, 3.1, 5.0, 7.9])
@pytest.mark.parametrize(("sick_s", "late_s"), [(3, 0), (3, 2), (5, 1)])
def test_a_feed_that_is_sick_for_seconds_is_read_every_ten_seconds(sick_s, late_s, begun_s):
    gaps = gaps_of(sick_s, 8, late_s=late_s, begun_s=begun_s, chance=random.Random(7))
    assert max(gaps) <= 10


def test_a_feed_that_is_sick_for_seconds_and_polled_late_is_not_left_alone_for_minutes():
    gaps = gaps_of(3, 8, late_s=5, hours=24, chance=random.Random(7))
    assert max(gaps) <= 60


def test_a_feed_is_read_soon_after_an_outage_of_any_length():
    for outage_s in (60, 600, 3600):
        gaps = gaps_of(
            outage_s,
            2 * outage_s,
            begun_s=outage_s,
            hours=4 * outage_s / 3600,
            chance=random.Random(7),
        )
        assert outage_s <= max(gaps) <= outage_s * 1.15 + 3


@given(st.floats(1e-6, 8), st.floats(1, 1e7), st.floats(-10, 1e9), st.integers(-5, 10**9))
def test_a_rhythm_is_always_a_number_and_news_never_slow_it(entries, watched_s, elapsed_s, new):
    rhythm = Cadence(entries, watched_s)
    quiet, busy = rhythm.after(elapsed_s, 0), rhythm.after(elapsed_s, new)
    assert 0 < busy.entries <= 8.0
    assert busy.watched_s > 0
    assert busy.interval_s(60, 1e12) <= quiet.interval_s(60, 1e12) * 1.001 + 1


@given(st.text(max_size=20))
def test_a_place_is_in_its_interval(feed_id):
    assert 0 <= phase_of(feed_id) < 1


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
