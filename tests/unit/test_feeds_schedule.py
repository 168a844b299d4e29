"""next_state: when a feed is polled next and what is kept of a poll."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from worker.errors import FetchError
from worker.model import Feed, FeedState, poll_url
from worker.polling.cadence import phase_of
from worker.polling.explain import describe_publisher_terms, explain_due_time
from worker.polling.schedule import (
    Arrived,
    Failed,
    NotModified,
    Postponed,
    body_digest,
    due_without_push,
    next_state,
    request_state,
    retry_after_s,
)
from worker.polling.websub import HubOffer, PushState
from worker.web.caching import read_retry_after_s

NOW = datetime(2026, 1, 12, 10, tzinfo=UTC)
FEED = Feed(id="0123456789ab", url="https://wire.example/", interval_s=900)
DAY_S = 86_400


def delay_s(outcome, *, feed=FEED, state=None, jitter=0.0, **options):
    """Seconds to the next poll, without what spreads the feeds."""
    after, _ = next_state(feed, state or FeedState(), outcome, NOW, jitter, **options)
    return after.interval_s


def wait_s(outcome, state, *, feed=FEED, **options):
    """Seconds to the next poll."""
    _, due_at = next_state(feed, state, outcome, NOW, 0, **options)
    return (due_at - NOW).total_seconds()


def arrived(*, url="", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Arrived(headers=named, body_digest="d1", url=url)


def test_a_200_keeps_validators_and_digest_and_ends_the_failures():
    before = FeedState(
        etag='"old"', last_modified="then", failures=3, error="x", items_seen=5, polled_at=NOW
    )
    outcome = Arrived(headers={"etag": '"new"'}, body_digest="d2", items=2)
    assert next_state(FEED, before, outcome, NOW, 0.5) == (
        FeedState(
            etag='"new"',
            body_digest="d2",
            polled_at=NOW,
            due_at=NOW + timedelta(seconds=900),
            interval_s=900,
            status=200,
            items_seen=7,
            full_at=NOW,
            new_entries=1.0,
            watched_s=1800.0,
            why="interval",
        ),
        NOW + timedelta(seconds=900),
    )


def test_a_304_keeps_what_we_had():
    before = FeedState(etag='"1"', last_modified="then", body_digest="d1", items_seen=5)
    after, _ = next_state(FEED, before, NotModified(headers={}), NOW, 0)
    assert (after.etag, after.last_modified, after.body_digest, after.items_seen, after.status) == (
        '"1"',
        "then",
        "d1",
        5,
        304,
    )


def test_a_304_brings_no_validators_of_its_own():
    """They would be those of a body that we have not read."""
    after, _ = next_state(FEED, FeedState(etag='"1"'), NotModified(headers={"etag": '"2"'}), NOW, 0)
    assert after.etag == '"1"'


def test_validators_are_kept_with_the_url_that_gave_them():
    there = "https://cdn.example/2.xml"
    state, _ = next_state(FEED, FeedState(), arrived(etag='"1"', url=there), NOW, 0)
    unchanged, _ = next_state(FEED, state, NotModified(headers={}), NOW, 0)
    failed, _ = next_state(FEED, state, Failed(reason="x"), NOW, 0)
    home, _ = next_state(FEED, state, arrived(etag='"1"', url=FEED.url), NOW, 0)
    assert [one.answered_url for one in (state, unchanged, failed, home)] == [*[there] * 3, ""]


def test_a_200_without_validators_forgets_the_old_ones():
    before = FeedState(etag='"1"', last_modified="then")
    after, _ = next_state(FEED, before, arrived(), NOW, 0)
    assert (after.etag, after.last_modified) == (None, None)


def test_a_failure_keeps_validators_and_says_why():
    before = FeedState(etag='"1"', body_digest="d1", failures=1)
    error = FetchError("HTTP 503", subject=FEED.url, code="http_503", status=503)
    after, due_at = next_state(FEED, before, Failed.of(error), NOW, 0)
    assert (after, due_at) == (
        FeedState(
            etag='"1"',
            body_digest="d1",
            polled_at=NOW,
            due_at=NOW + timedelta(seconds=1800),
            interval_s=1800,
            failures=2,
            status=503,
            error="https://wire.example/: HTTP 503",
            code="http_503",
            why="back_off",
        ),
        NOW + timedelta(seconds=1800),
    )


def test_a_validator_too_long_to_send_is_not_kept():
    after, _ = next_state(FEED, FeedState(), arrived(etag='"' + "x" * 5000), NOW, 0)
    assert after.etag is None


@pytest.mark.parametrize(
    ("headers", "expected_s"),
    [
        ({}, 900),
        ({"cache_control": "max-age=60"}, 900),
        ({"cache_control": "public, max-age=3600"}, 3600),
        ({"cache_control": "max-age=3600", "age": "600"}, 3000),
        ({"cache_control": "max-age=3600", "age": "²"}, 3600),
        ({"cache_control": "max-age=99999999999999999999"}, DAY_S),
        ({"cache_control": "s-maxage=3600"}, 900),
        ({"cache_control": "no-cache, max-age=3600"}, 900),
        ({"cache_control": "max-age=soon"}, 900),
        ({"expires": "Mon, 12 Jan 2026 12:00:00 GMT"}, 7200),
        (
            {"expires": "Mon, 12 Jan 2026 12:00:00 GMT", "date": "Mon, 12 Jan 2026 11:00:00 GMT"},
            3600,
        ),
        ({"expires": "Mon, 12 Jan 2026 12:00:00 GMT", "cache_control": "max-age=1800"}, 1800),
        ({"expires": "0"}, 900),
        ({"expires": "Mon, 12 Jan 2099 12:00:00 GMT"}, DAY_S),
    ],
)
def test_the_answers_freshness_lengthens_the_interval_up_to_a_day(headers, expected_s):
    assert delay_s(arrived(**headers)) == expected_s


@pytest.mark.parametrize(
    ("interval_s", "floor_s", "expected_s"),
    [(5, 60, 60), (5, 2, 5), (-1, 0, 1), (7 * DAY_S, 60, 7 * DAY_S), (10**15, 60, 30 * DAY_S)],
)
def test_the_interval_has_a_floor_and_a_ceiling(interval_s, floor_s, expected_s):
    feed = Feed(id="x", url="https://wire.example/", interval_s=interval_s)
    assert delay_s(arrived(), feed=feed, floor_s=floor_s) == expected_s


@pytest.mark.parametrize(
    ("failures", "expected_s"),
    [(0, 900), (1, 1800), (2, 3600), (6, 57_600), (7, DAY_S), (10**9, DAY_S)],
)
def test_failures_double_the_wait_up_to_a_day(failures, expected_s):
    assert delay_s(Failed(reason="x"), state=FeedState(failures=failures)) == expected_s


def sick(seconds, failures=12, **fields):
    """A feed that fails, and answered well so many seconds ago."""
    healthy_until = NOW - timedelta(seconds=seconds)
    return FeedState(failures=failures, healthy_until=healthy_until, polled_at=NOW, **fields)


@pytest.mark.parametrize(
    ("sick_s", "expected_s"),
    [(0, 60), (480, 60), (3600, 450), (DAY_S, 10_800), (8 * DAY_S, DAY_S), (90 * DAY_S, DAY_S)],
)
def test_a_back_off_is_an_eighth_of_the_time_since_the_last_good_answer_at_most(sick_s, expected_s):
    busy = msgspec.structs.replace(FEED, interval_s=60)
    assert delay_s(Failed(reason="x"), feed=busy, state=sick(sick_s)) == expected_s


def test_a_feed_that_was_well_long_ago_is_given_its_doublings_all_the_same():
    assert delay_s(Failed(reason="x"), state=sick(30 * DAY_S, failures=1)) == 1800


@pytest.mark.parametrize(
    ("state", "status", "why"),
    [
        (FeedState(failures=12, polled_at=NOW), 503, "it never answered"),
        (sick(3600), 429, "we ask too much"),
        (sick(3600, fresh_s=DAY_S), 503, "its server wants a poll a day"),
        (sick(3600, pace_s=2 * DAY_S), 503, "the feed itself wants less than one"),
    ],
)
def test_a_back_off_is_not_bounded_by_the_last_good_answer_where(state, status, why):
    assert delay_s(Failed(reason="x", status=status), state=state) == DAY_S, why


@pytest.mark.parametrize(("retry_after_s", "expected_s"), [(120, 120), (7200, 7200), (None, 60)])
def test_a_retry_after_is_longer_than_the_bound_of_a_back_off(retry_after_s, expected_s):
    busy = msgspec.structs.replace(FEED, interval_s=1)
    outcome = Failed(reason="x", status=503, retry_after_s=retry_after_s)
    assert delay_s(outcome, feed=busy, state=sick(480), floor_s=1) == expected_s


def test_a_feed_was_healthy_until_the_poll_before_its_first_failure():
    answered, _ = next_state(FEED, FeedState(), arrived(), NOW, 0)
    states = [answered]
    for minutes in (1, 2, 3):
        now = NOW + timedelta(minutes=minutes)
        states.append(next_state(FEED, states[-1], Failed(reason="x"), now, 0)[0])
    offline, _ = next_state(FEED, states[-1], Postponed(reason="x"), NOW, 0)
    well, _ = next_state(FEED, offline, NotModified(headers={}), NOW, 0)
    told = [state.healthy_until for state in (*states, offline, well)]
    assert told == [None, NOW, NOW, NOW, NOW, None]


def test_jitter_spreads_the_back_off_but_keeps_the_interval():
    state = FeedState(failures=3)
    waits = [delay_s(Failed(reason="x"), state=state, jitter=jitter) for jitter in (0, 0.5, 0.99)]
    assert waits == [7200, 6300, 5418]
    assert delay_s(Failed(reason="x"), jitter=0.99) == 900


@pytest.mark.parametrize(
    ("asked_s", "expected_s"),
    [
        (None, 900),
        (0, 900),
        (120, 900),
        (3600, 3600),
        (10**12, 7 * DAY_S),
        (float("inf"), 7 * DAY_S),
        (float("nan"), 900),
        (-5, 900),
    ],
)
def test_retry_after_lengthens_the_wait_up_to_a_week(asked_s, expected_s):
    assert delay_s(Failed(reason="x", status=429, retry_after_s=asked_s)) == expected_s


@pytest.mark.parametrize(
    ("interval_s", "asked_s", "expected_s"), [(1, 0, 1), (1, 20, 20), (30, 20, 30), (1, 120, 120)]
)
def test_a_short_retry_after_is_taken_at_its_word_but_not_below_the_feeds_own_interval(
    interval_s, asked_s, expected_s
):
    busy = msgspec.structs.replace(FEED, interval_s=interval_s)
    outcome = Failed(reason="x", status=503, retry_after_s=asked_s)
    assert delay_s(outcome, feed=busy, floor_s=1) == expected_s
    assert delay_s(outcome, feed=busy) == max(expected_s, 60)


def test_410_ends_polling():
    after, due_at = next_state(FEED, FeedState(), Failed(reason="gone", status=410), NOW, 0)
    assert (after.gone, after.due_at, due_at) == (True, None, None)


@pytest.mark.parametrize("status", [None, 400, 401, 403, 404, 451, 500, 503])
def test_no_other_failure_ends_it(status):
    state = FeedState(failures=1000)
    after, due_at = next_state(FEED, state, Failed(reason="x", status=status), NOW, 0)
    assert (after.gone, due_at) == (False, NOW + timedelta(days=1))


def test_a_feed_that_answers_again_is_no_longer_gone():
    after, _ = next_state(FEED, FeedState(gone=True), arrived(), NOW, 0)
    assert not after.gone


def test_the_digest_tells_bodies_apart():
    assert body_digest(b"a") == body_digest(b"a") != body_digest(b"b")


# moved


def moved(state, *targets, outcome=Arrived):
    """The state after polls whose permanent redirects led to these, "" for none."""
    for target in targets:
        extra = {"body_digest": "d"} if outcome is Arrived else {}
        state, _ = next_state(FEED, state, outcome(headers={}, moved_to=target, **extra), NOW, 0)
    return state


@pytest.mark.parametrize(
    ("targets", "url", "why"),
    [
        (["https://new.example/"], "", "once may be a mistake"),
        (["https://new.example/"] * 2, "https://new.example/", "it repeats"),
        (["https://a.example/", "https://b.example/"], "", "it does not"),
        (["https://a.example/", "", "https://a.example/"], "", "nor in a row"),
        (["https://b.example/"] * 2 + ["https://c.example/"] * 2, "https://c.example/", "again"),
        (["https://b.example/"] * 2 + [FEED.url] * 2, "", "and home"),
    ],
)
def test_a_permanent_redirect_is_kept_once_it_repeats(targets, url, why):
    assert moved(FeedState(), *targets).url == url, why


def test_a_304_counts_for_a_permanent_redirect_too():
    state = moved(FeedState(), *["https://new.example/"] * 2, outcome=NotModified)
    assert (state.url, poll_url(FEED, state)) == ("https://new.example/", "https://new.example/")


def test_a_failure_keeps_no_redirect_and_forgets_none():
    state = moved(FeedState(), "https://new.example/")
    after, _ = next_state(FEED, state, Failed(reason="x"), NOW, 0)
    assert (after.url, after.moved_to) == ("", "https://new.example/")


def test_an_address_that_fails_is_doubted_every_other_time():
    urls = [
        poll_url(FEED, FeedState(url="https://new.example/", failures=failures))
        for failures in range(6)
    ]
    assert [url == FEED.url for url in urls] == [False, False, False, True, False, True]


def test_a_doubted_address_is_given_up_when_the_feed_answers_at_home():
    lost = FeedState(url="https://new.example/", failures=3)
    assert moved(lost, "").url == ""


# checks


@pytest.mark.parametrize(
    ("state", "check_after_s", "is_checked", "why"),
    [
        (FeedState(status=304, full_at=NOW - timedelta(days=8)), 7 * DAY_S, True, "long enough"),
        (FeedState(status=304, full_at=NOW - timedelta(days=6)), 7 * DAY_S, False, "not yet"),
        (FeedState(status=304, full_at=NOW - timedelta(days=8)), 0, False, "switched off"),
        (FeedState(status=200, full_at=NOW - timedelta(days=8)), 7 * DAY_S, False, "no 304"),
        (FeedState(status=304), 7 * DAY_S, False, "an old state does not say"),
    ],
)
def test_only_a_server_that_says_304_for_long_is_asked_unconditionally(
    state, check_after_s, is_checked, why
):
    state = msgspec.structs.replace(state, etag='"1"', last_modified="then")
    asked = request_state(state, NOW, check_after_s)
    assert (asked.etag, asked.last_modified) == ((None, None) if is_checked else ('"1"', "then"))


def test_validators_of_the_address_that_a_feed_moved_to_are_not_sent_home():
    moved = FeedState(etag='"1"', last_modified="then", url="https://new.example/", failures=3)
    assert poll_url(FEED, moved) == FEED.url
    asked = request_state(moved, NOW, 0)
    assert (asked.etag, asked.last_modified) == (None, None)
    for state in (
        msgspec.structs.replace(moved, failures=4),
        msgspec.structs.replace(moved, url=""),
    ):
        assert request_state(state, NOW, 0) == state


def test_a_check_that_finds_the_feed_starts_the_time_anew():
    stuck = FeedState(etag='"1"', status=304, full_at=NOW - timedelta(days=8))
    after, _ = next_state(FEED, stuck, arrived(etag='"1"'), NOW, 0)
    assert request_state(after, NOW + timedelta(days=6), 7 * DAY_S).etag == '"1"'


# the publisher's pace


def test_freshness_is_kept_over_a_304_that_does_not_speak_of_it():
    first, _ = next_state(FEED, FeedState(), arrived(cache_control="max-age=3600"), NOW, 0)
    assert delay_s(NotModified(headers={}), state=first) == 3600
    assert delay_s(NotModified(headers={"cache-control": "max-age=7200"}), state=first) == 7200
    assert delay_s(NotModified(headers={"cache-control": "no-cache"}), state=first) == 900
    assert delay_s(arrived(), state=first) == 900


@pytest.mark.parametrize(
    ("pace_s", "expected_s"), [(60, 900), (3600, 3600), (30 * DAY_S, DAY_S), (0, 900)]
)
def test_the_feeds_own_pace_lengthens_the_interval_up_to_a_day_and_over_304s(pace_s, expected_s):
    outcome = Arrived(headers={}, body_digest="d", pace_s=pace_s)
    first, due_at = next_state(FEED, FeedState(), outcome, NOW, 0)
    assert first.interval_s == expected_s <= (due_at - NOW).total_seconds()
    assert delay_s(NotModified(headers={}), state=first) == expected_s
    assert delay_s(arrived(), state=first) == expected_s  # the same body, not read again


# our own outages


def test_an_outage_of_our_own_teaches_nothing_of_a_feed():
    before = FeedState(etag='"1"', failures=2, error="x", status=503, polled_at=NOW)
    after, due_at = next_state(FEED, before, Postponed(reason="no network"), NOW, 0.5)
    assert after == msgspec.structs.replace(before, due_at=due_at, why="offline")
    assert (due_at - NOW).total_seconds() == 450


# Retry-After


@pytest.mark.parametrize(
    ("written", "expected_s"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("9" * 5000, 7.0 * DAY_S),
        ("1000000", 1_000_000.0),
        ("Mon, 12 Jan 2026 10:02:00 GMT", 120.0),
        ("Monday, 12-Jan-26 10:02:00 GMT", 120.0),
        ("Mon, 12 Jan 2026 09:00:00 GMT", 0.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(written, expected_s):
    assert read_retry_after_s({"retry-after": written}, NOW) == expected_s


@pytest.mark.parametrize(
    ("date", "expected_s"),
    [
        ("Mon, 12 Jan 2026 09:50:00 GMT", 1200.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 600.0),
        ("yesterday", 600.0),
    ],
)
def test_a_date_is_told_by_the_servers_clock_unless_that_is_absurd(date, expected_s):
    headers = {"retry-after": "Mon, 12 Jan 2026 10:10:00 GMT", "date": date}
    assert read_retry_after_s(headers, NOW) == expected_s


@pytest.mark.parametrize(
    ("asked_s", "expected_s"), [(None, None), (0.0, 60), (90, 90), (10**9, 7 * DAY_S)]
)
def test_retry_after_has_a_floor_and_a_cap(asked_s, expected_s):
    assert retry_after_s(Failed(reason="x", status=429, retry_after_s=asked_s)) == expected_s


# spread


def test_new_feeds_and_late_ones_are_given_their_own_place_in_the_interval():
    feeds = [Feed(id=f"feed {n}", url="https://wire.example/", interval_s=1000) for n in range(400)]
    late = FeedState(polled_at=NOW - timedelta(days=1), due_at=NOW - timedelta(hours=9))
    for state in (FeedState(), late):
        waits = sorted(wait_s(arrived(), state, feed=feed) for feed in feeds)
        least, middle, most = waits[0], waits[200], waits[-1]
        assert 1000 <= least < 1050
        assert 1450 < middle < 1550
        assert 1950 < most <= 2000


def test_a_feed_that_is_in_its_place_keeps_its_interval():
    state = FeedState(polled_at=NOW - timedelta(seconds=900), due_at=NOW - timedelta(seconds=9))
    assert wait_s(arrived(), state) == 900


def test_feeds_that_were_told_one_moment_by_their_publisher_come_a_little_apart():
    state = FeedState(polled_at=NOW, due_at=NOW)
    feeds = [Feed(id=f"feed {n}", url="https://wire.example/") for n in range(50)]
    waits = {wait_s(arrived(cache_control="max-age=36000"), state, feed=feed) for feed in feeds}
    assert len(waits) > 40
    assert 36_000 <= min(waits) <= max(waits) <= 39_600


# rhythm


def test_a_feed_of_which_nothing_is_known_is_asked_every_quarter_of_an_hour():
    assert delay_s(arrived(), feed=msgspec.structs.replace(FEED, interval_s=0)) == 900


def test_what_a_person_told_of_the_interval_goes_before_the_rhythm():
    busy = FeedState(new_entries=8, watched_s=480, polled_at=NOW)
    assert delay_s(arrived(), state=busy) == 900


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (FeedState(), (1.0, 1800.0)),
        (FeedState(polled_at=NOW - timedelta(hours=1), failures=2), (1.0, 1800.0)),
    ],
    ids=["the first poll", "after failures"],
)
def test_a_poll_that_says_nothing_of_the_rhythm_teaches_none(state, expected):
    many = Arrived(headers={}, body_digest="d", items=50)
    after, _ = next_state(FEED, state, many, NOW, 0)
    assert (after.new_entries, after.watched_s) == expected


def test_a_time_in_which_nobody_asked_is_no_silence_of_the_feed():
    before = FeedState(polled_at=NOW - timedelta(days=3), interval_s=600)
    after, _ = next_state(FEED, before, NotModified(headers={}), NOW, 0)
    assert after.watched_s < 1800 + 1200


# health and reasons


@pytest.mark.parametrize(
    ("state", "health"),
    [
        (FeedState(), ()),
        (FeedState(failures=1, status=404), ("failing",)),
        (FeedState(failures=1, status=503), ("slowed",)),
        (FeedState(status=200, why="host"), ("slowed",)),
        (FeedState(failures=1, status=410, gone=True, url="https://b/"), ("gone", "moved")),
        (FeedState(empty=True, url="https://b/"), ("empty", "moved")),
    ],
)
def test_what_is_the_matter_with_a_feed(state, health):
    assert state.health == health


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (arrived(), "interval"),
        (arrived(cache_control="max-age=3600"), "fresh"),
        (Arrived(headers={}, body_digest="d", pace_s=7200), "pace"),
        (Failed(reason="x"), "back_off"),
        (Failed(reason="x", status=429, retry_after_s=7200), "retry_after"),
        (Failed(reason="x", status=410), "gone"),
        (Postponed(reason="x"), "offline"),
        (Postponed(reason="x", why="host", wait_s=60), "host"),
    ],
)
def test_each_next_poll_has_its_reason(outcome, why):
    after, _ = next_state(FEED, FeedState(), outcome, NOW, 0)
    assert after.why == why


@pytest.mark.parametrize("entries", [0, 3])
def test_a_body_without_entries_makes_the_feed_an_empty_one(entries):
    outcome = Arrived(headers={}, body_digest="d", entries=entries)
    after, _ = next_state(FEED, FeedState(empty=entries > 0), outcome, NOW, 0)
    assert after.empty == (entries == 0)
    same, _ = next_state(FEED, after, arrived(), NOW, 0)
    assert same.empty == after.empty, "the same body, not read again"


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (FeedState(), "not polled yet"),
        (FeedState(polled_at=NOW, why="interval"), "its interval is 900 s"),
        (
            FeedState(polled_at=NOW, why="rhythm", new_entries=8, watched_s=4800),
            "its rhythm: a new entry about every 600 s lately",
        ),
        (
            FeedState(polled_at=NOW, fresh_s=3600, why="fresh"),
            "the server's Cache-Control or Expires asks for 3600 s",
        ),
        (
            FeedState(polled_at=NOW, pace_s=7200, why="pace"),
            "the feed's own ttl or sy:updatePeriod asks for 7200 s",
        ),
        (
            FeedState(polled_at=NOW, failures=3, code="http_503", why="back_off"),
            "it failed 3 times in a row (http_503): the wait grows up to a day",
        ),
        (
            FeedState(polled_at=NOW, failures=1, code="http_410", gone=True, why="gone"),
            "the server said 410 Gone: never again by itself",
        ),
        (FeedState(why="host"), "its host said 429 or 503 to one of its feeds: all of them wait"),
    ],
)
def test_a_person_is_told_why_the_next_poll_is_when_it_is(state, why):
    assert explain_due_time(FEED, state) == why


def test_a_person_is_told_what_the_publisher_asked_for():
    state = FeedState(pace_s=60, fresh_s=30, why="retry_after", interval_s=90, last_modified="x")
    assert describe_publisher_terms(state) == (
        "ttl or sy:updatePeriod: 60 s; Cache-Control or Expires: 30 s; Retry-After: 90 s;"
        " gave a Last-Modified"
    )
    assert describe_publisher_terms(FeedState()) == "nothing"


# new entries alone


def test_a_part_of_a_feed_gives_validators_and_says_nothing_of_the_whole():
    full_at = NOW - timedelta(days=1)
    before = FeedState(etag='"1"', full_at=full_at, empty=True, needs_whole=False, items_seen=2)
    part = Arrived(headers={"etag": '"2"'}, body_digest="d", items=1, is_part=True)
    after, _ = next_state(FEED, before, part, NOW, 0)
    assert (after.etag, after.status, after.items_seen) == ('"2"', 226, 3)
    assert (after.full_at, after.empty, after.needs_whole) == (full_at, True, False)


def test_a_server_that_sends_parts_for_a_week_is_asked_for_the_whole_once():
    state = FeedState(etag='"1"', status=226, full_at=NOW - timedelta(days=7))
    assert request_state(state, NOW, 7 * DAY_S).etag is None
    assert request_state(state, NOW, 8 * DAY_S).etag == '"1"'


def test_whether_a_feed_needs_to_be_whole_is_told_by_the_whole():
    for told in (True, False):
        after, _ = next_state(FEED, FeedState(), replace(NEWS, needs_whole=told), NOW, 0)
        assert after.needs_whole is told
        assert next_state(FEED, after, NEWS, NOW, 0)[0].needs_whole is told


# hubs

PLACED = (1 + 0.1 * phase_of(FEED.id)) * 6 * 3600
"""Where the slow poll of this feed is."""

WAITED = FeedState(polled_at=NOW - timedelta(hours=6), due_at=NOW, why="push", hub="https://h/")
OFFER = HubOffer(hub="https://h/")


def pushed(outcome=NotModified(headers={}), state=WAITED, *, feed=FEED, **told):  # noqa: B008
    """(Seconds to the next poll, why, missed) of a feed whose hub pushes."""
    push = PushState(**{"is_live": True, "offer": OFFER} | told)
    after, due_at = next_state(feed, state, outcome, NOW, 0, push=push)
    return (due_at - NOW).total_seconds(), after.why, after.missed


NEWS = Arrived(headers={}, body_digest="d", items=1)


def test_a_feed_whose_hub_pushes_is_polled_slowly_and_not_before_its_own_interval():
    assert pushed() == (pytest.approx(PLACED), "push", 0)
    slow = msgspec.structs.replace(FEED, interval_s=2 * DAY_S)
    assert pushed(feed=slow)[0] >= 2 * DAY_S
    assert pushed(is_live=False) == (900, "interval", 0)
    assert pushed(state=msgspec.structs.replace(WAITED, hub="")) == (900, "interval", 0)


@pytest.mark.parametrize(
    ("hub", "topic"),
    [("https://h/", "https://wire.example/new"), ("https://new.example/", ""), ("", "")],
)
def test_a_poll_that_finds_another_offer_waits_for_no_push(hub, topic):
    news = replace(NEWS, offer=HubOffer(hub=hub, topic=topic))
    assert pushed(news) == (900, "interval", 1)
    assert pushed(replace(NEWS, offer=OFFER)) == (pytest.approx(PLACED), "push", 1)


@pytest.mark.parametrize(
    ("feed", "state", "after_s"),
    [
        (FEED, WAITED, 900),
        (msgspec.structs.replace(FEED, interval_s=5), WAITED, 60),
        (FEED, msgspec.structs.replace(WAITED, fresh_s=100), 900),
        (
            FEED,
            msgspec.structs.replace(WAITED, fresh_s=3600),
            math.ceil(3600 * (1 + 0.1 * phase_of(FEED.id))),
        ),
        (FEED, msgspec.structs.replace(WAITED, why="interval"), None),
        (FEED, msgspec.structs.replace(WAITED, why="retry_after"), None),
        (FEED, FeedState(), None),
    ],
)
def test_without_pushes_a_feed_is_due_by_its_ordinary_interval(feed, state, after_s):
    due_at = due_without_push(feed, state, floor_s=60, ceiling_s=14_400)
    assert due_at == (None if after_s is None else state.polled_at + timedelta(seconds=after_s))


def test_the_slow_poll_comes_in_time_to_renew_the_lease_and_no_earlier_than_without_a_hub():
    hour = timedelta(hours=1)
    assert pushed(renew_at=NOW + 2 * hour) == (7200, "push", 0)
    assert pushed(renew_at=NOW + 9 * hour) == (pytest.approx(PLACED), "push", 0)
    assert pushed(renew_at=NOW + timedelta(seconds=10)) == (900, "interval", 0)
    fresh = Arrived(headers={"cache-control": "max-age=36000"}, body_digest="d")
    assert pushed(fresh, renew_at=NOW + 2 * hour)[0] >= 36_000


def test_a_push_whose_poll_finds_nothing_is_followed_by_an_ordinary_poll():
    assert pushed(pushes=1) == (900, "interval", 0)
    assert pushed(NEWS, pushes=1) == (pytest.approx(PLACED), "push", 0)
    assert pushed(NEWS, pushes=2) == (900, "interval", 0)  # it may be the news of one alone
    known = msgspec.structs.replace(WAITED, pushes=1)
    assert pushed(state=known, pushes=1) == (pytest.approx(PLACED), "push", 0)


def test_a_hub_that_twice_told_nothing_of_what_a_poll_found_is_not_relied_on():
    once = msgspec.structs.replace(WAITED, missed=1)
    assert pushed(NEWS) == (pytest.approx(PLACED), "push", 1)
    assert pushed(state=once) == (pytest.approx(PLACED), "push", 1)
    assert pushed(NEWS, state=once) == (900, "interval", 2)
    twice = msgspec.structs.replace(WAITED, missed=2, why="interval")
    assert pushed(NEWS, state=twice) == (900, "interval", 2)
    assert pushed(NEWS, state=twice, pushes=1) == (pytest.approx(PLACED), "push", 0)


def test_a_poll_that_a_person_asked_for_proves_nothing_against_a_hub():
    early = msgspec.structs.replace(WAITED, due_at=NOW + timedelta(hours=2), missed=1)
    assert pushed(NEWS, state=early) == (pytest.approx(PLACED), "push", 1)


def test_a_failure_backs_off_from_the_feeds_own_interval():
    assert pushed(Failed(reason="x"))[:2] == (900, "back_off")


def test_the_offer_of_a_body_that_was_read_is_kept_until_the_next_one():
    offer = HubOffer(hub="https://new.example/", topic="https://wire.example/")
    read = msgspec.structs.replace(FeedState(), hub=offer.hub, topic=offer.topic)
    after, _ = next_state(FEED, WAITED, replace(NEWS, offer=offer), NOW, 0)
    assert (after.hub, after.topic) == (offer.hub, offer.topic)
    for outcome in (NEWS, NotModified(headers={}), Failed(reason="x")):
        after, _ = next_state(FEED, read, outcome, NOW, 0)
        assert (after.hub, after.topic) == (offer.hub, offer.topic)
    after, _ = next_state(FEED, read, replace(NEWS, offer=HubOffer()), NOW, 0)
    assert (after.hub, after.topic) == ("", "")


def test_the_rhythm_is_learnt_over_the_slow_interval():
    told = msgspec.structs.replace(FEED, interval_s=0)
    waited = msgspec.structs.replace(WAITED, interval_s=6 * 3600, new_entries=1, watched_s=3600)
    after, _ = next_state(
        told, waited, NotModified(headers={}), NOW, 0, push=PushState(is_live=True, offer=OFFER)
    )
    assert after.watched_s > 6 * 3600
    assert after.interval_s > 6 * 3600
