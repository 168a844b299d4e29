"""next_state: when a feed is polled next and what is kept of a poll."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.errors import FetchError
from worker.feeds.schedule import Arrived, Failed, NotModified, body_digest, next_state
from worker.model import Feed, FeedState

NOW = datetime(2026, 1, 12, 10, tzinfo=UTC)
FEED = Feed(id="0123456789ab", url="https://wire.example/", interval_s=900)
DAY_S = 86_400


def delay_s(outcome, *, feed=FEED, state=None, jitter=0.0, **options):
    _, due_at = next_state(feed, state or FeedState(), outcome, NOW, jitter, **options)
    return (due_at - NOW).total_seconds()


def arrived(**headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Arrived(headers=named, body_digest="d1")


def test_a_200_keeps_validators_and_digest_and_ends_the_failures():
    before = FeedState(etag='"old"', last_modified="then", failures=3, error="x", items_seen=5)
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


def test_a_304_may_bring_a_newer_validator():
    after, _ = next_state(FEED, FeedState(etag='"1"'), NotModified(headers={"etag": '"2"'}), NOW, 0)
    assert after.etag == '"2"'


def test_a_failure_keeps_validators_and_says_why():
    before = FeedState(etag='"1"', body_digest="d1", failures=1)
    error = FetchError("HTTP 503", subject="https://wire.example/", status=503)
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
