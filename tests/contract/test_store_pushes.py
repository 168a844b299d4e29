"""What the store promises of subscriptions at hubs."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from worker.model import Feed, FeedState, Subscription

NOW = datetime(2026, 1, 12, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=5)
HERE = "https://here.example/f/token"
WANTED = Subscription(
    hub="https://hub.example/",
    topic="https://wire.example/feed",
    callback=HERE,
    secret="s\xe9cret",
    asked_at=NOW,
)


FEED = Feed(id="f", url="https://wire.example/feed")


def asked(store, wanted=WANTED):
    store.feeds.add([FEED])
    assert store.subscriptions.ask("f", wanted)
    return store.subscriptions.get("f")


def leased(store):
    store.feeds.add([FEED])
    (claim,) = store.polls.claim_due(1, 60)
    return store.polls.open(claim, 60).lease


def soon(seconds=3600):
    return datetime.now(UTC) + timedelta(seconds=seconds)


def at(moment):
    return lambda _: moment


def test_what_is_asked_is_known_and_counted(store):
    assert store.subscriptions.get("f") is None
    assert asked(store) == replace(WANTED, asked=1)
    later = replace(WANTED, asked_at=LATER)
    assert asked(store, later) == replace(later, asked=2)
    store.subscriptions.fail("f", HERE, "HTTP 500")
    assert store.subscriptions.get("f").error == "HTTP 500"
    assert asked(store).error == ""


@pytest.mark.parametrize("end", ["remove", "pause"])
def test_a_feed_that_was_removed_or_paused_during_its_poll_is_not_subscribed(store, end):
    leased(store)
    getattr(store.feeds, end)("f")
    assert not store.subscriptions.ask("f", WANTED)
    assert store.subscriptions.get("f") is None


def test_a_feed_that_was_removed_is_unsubscribed(store):
    asked(store)
    store.feeds.remove("f")
    assert store.subscriptions.ask("f", replace(WANTED, mode="unsubscribe"))


def test_a_lease_is_kept_as_it_was_granted_and_ends_the_counting(store):
    asked(store)
    assert store.subscriptions.confirm("f", HERE, NOW, LATER)
    granted = replace(WANTED, confirmed_at=NOW, until=LATER)
    assert store.subscriptions.get("f") == granted
    assert (granted.is_live(NOW), granted.is_live(LATER)) == (True, False)
    renewing = asked(store, replace(WANTED, asked_at=LATER))
    assert renewing == replace(granted, asked_at=LATER, asked=1)


def test_a_denial_ends_the_lease_and_a_later_grant_the_denial(store):
    asked(store)
    store.subscriptions.confirm("f", HERE, NOW, LATER)
    assert store.subscriptions.deny("f", HERE, "full")
    denied = store.subscriptions.get("f")
    assert (denied.denied, denied.until) == ("full", None)
    assert store.subscriptions.confirm("f", HERE, NOW, LATER)
    assert store.subscriptions.get("f").denied == ""


def test_another_callback_is_another_subscription_and_pushes_are_counted_on(store):
    asked(store)
    store.subscriptions.confirm("f", HERE, NOW, LATER)
    assert store.subscriptions.push("f", HERE, at(NOW))
    other = replace(WANTED, callback="https://here.example/f/other")
    assert asked(store, other) == replace(other, asked=1, pushes=1)
    assert not store.subscriptions.confirm("f", HERE, NOW, LATER)
    assert not store.subscriptions.deny("f", HERE, "x")
    assert not store.subscriptions.push("f", HERE, at(NOW))
    store.subscriptions.fail("f", HERE, "x")
    store.subscriptions.refuse("f", HERE)
    assert store.subscriptions.get("f") == replace(other, asked=1, pushes=1)


def test_only_what_was_asked_for_is_confirmed_and_forgotten(store):
    asked(store)
    assert not store.subscriptions.forget("f", HERE)
    asked(store, replace(WANTED, mode="unsubscribe"))
    assert not store.subscriptions.confirm("f", HERE, NOW, LATER)
    assert not store.subscriptions.push("f", HERE, at(NOW))
    assert not store.subscriptions.forget("f", "https://here.example/f/other")
    assert store.subscriptions.forget("f", HERE)
    assert store.subscriptions.get("f") is None


@pytest.mark.parametrize("verb", ["confirm", "deny", "forget", "push"])
def test_nothing_is_known_of_a_feed_without_a_subscription(store, verb):
    more = {"confirm": (NOW, LATER), "deny": ("x",), "forget": (), "push": (at(NOW),)}[verb]
    assert not getattr(store.subscriptions, verb)("f", HERE, *more)
    store.subscriptions.refuse("f", HERE)
    assert store.subscriptions.get("f") is None


def test_a_wrong_push_is_counted_and_makes_nothing_due(store):
    asked(store)
    store.polls.finish(leased(store), FeedState(), soon())
    store.subscriptions.refuse("f", HERE)
    found = store.subscriptions.get("f")
    assert (found.refused, found.pushes, found.pushed_at) == (1, 0, None)
    assert store.polls.claim_due(1, 60) == ()


def test_a_push_makes_its_feed_due_and_not_before_it_may_be(store):
    asked(store)
    store.polls.finish(leased(store), FeedState(), soon())
    assert store.subscriptions.push("f", HERE, at(soon(1800)))
    assert store.polls.claim_due(1, 60) == ()
    assert store.subscriptions.push("f", HERE, at(NOW))
    (lease,) = store.polls.claim_due(1, 60)
    assert lease.subject_id == "f"
    found = store.subscriptions.get("f")
    assert found.pushes == 2
    assert abs(datetime.now(UTC) - found.pushed_at) < timedelta(minutes=5)


@pytest.mark.parametrize("ahead_s", [-3000, 3000])
def test_a_push_goes_by_the_clock_of_who_took_it(store, ahead_s):
    asked(store)
    store.polls.finish(leased(store), FeedState(), soon())
    now = soon(ahead_s)
    assert store.subscriptions.push("f", HERE, at(now), now)
    assert len(store.polls.claim_due(1, 60)) == 1


def test_a_push_makes_no_feed_wait(store):
    asked(store)
    store.feeds.add([Feed(id="f", url="https://wire.example/feed")])
    assert store.subscriptions.push("f", HERE, at(soon()))
    assert len(store.polls.claim_due(1, 60)) == 1


def test_a_push_during_a_poll_is_not_lost_and_leaves_the_poll_alone(store):
    asked(store)
    lease = leased(store)
    assert store.subscriptions.push("f", HERE, at(NOW))
    assert store.polls.claim_due(1, 60) == ()
    assert store.polls.finish(lease, FeedState(), soon(), pushed_at=NOW)
    (claim,) = store.polls.claim_due(1, 60)
    lease = store.polls.open(claim, 60).lease
    assert store.polls.finish(lease, FeedState(pushes=1), soon(), pushed_at=NOW)
    assert store.polls.claim_due(1, 60) == ()


def test_the_poll_that_a_push_during_another_brings_waits_its_time(store):
    asked(store)
    lease = leased(store)
    assert store.subscriptions.push("f", HERE, at(NOW))
    assert store.polls.finish(lease, FeedState(), soon(), pushed_at=soon(1800))
    assert store.polls.claim_due(1, 60) == ()


def test_a_push_during_a_poll_that_failed_ends_no_back_off(store):
    asked(store)
    lease = leased(store)
    assert store.subscriptions.push("f", HERE, at(NOW))
    assert store.polls.finish(lease, FeedState(failures=1), soon())
    assert store.polls.claim_due(1, 60) == ()


def test_a_push_that_is_taken_while_a_poll_ends_goes_by_the_state_after_it(store):
    asked(store)
    lease, later = leased(store), soon()
    states = []

    def not_before(state):
        states.append(state)
        if len(states) == 1:  # the server answers with 429 and Retry-After
            assert store.polls.finish(lease, FeedState(status=429, due_at=later), later)
        return state.due_at or NOW

    assert store.subscriptions.push("f", HERE, not_before)
    assert [state.status for state in states] == [None, 429]
    assert store.polls.claim_due(1, 60) == ()
    assert store.subscriptions.get("f").pushes == 1


def test_a_push_brings_back_neither_a_paused_feed_nor_one_that_is_gone(store):
    asked(store)
    store.polls.finish(leased(store), FeedState(gone=True), None, pushed_at=NOW)
    assert store.subscriptions.push("f", HERE, at(NOW))
    assert store.polls.claim_due(1, 60) == ()
    store.feeds.poll_now("f")
    store.feeds.pause("f")
    assert store.subscriptions.push("f", HERE, at(NOW))
    assert store.polls.claim_due(1, 60) == ()
