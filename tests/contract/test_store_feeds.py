"""What the store promises of feeds: what is told of them, when they are due, and pausing."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from worker.model import (
    HEALTH,
    Feed,
    FeedState,
    Lease,
    NewsItem,
    PollRecord,
    feed_id,
)
from worker.model.feed import FeedStanding
from worker.model.inbox import DoorDecision, FeedRequest
from worker.model.polling import Admission
from worker.polling.admission import request_admission

LONG_S = 60.0
ITEM = NewsItem(uri="urn:x:1", version="1", body_text="A")


def feed(number: int = 1, **told) -> Feed:
    url = f"https://wire.example/{number}"
    return Feed(id=feed_id(url), url=url, **told)


def claimed(store, number: int = 1, lease_s: float = LONG_S) -> Lease:
    store.feeds.add([feed(number)])
    (lease,) = store.polls.claim_due(1, lease_s)
    return lease


def begun(store, claim: Lease, lease_s: float = LONG_S, **said) -> Lease:
    opened = store.polls.open(claim, lease_s, **said)
    assert opened.is_ours
    return opened.lease


def leased(store, number: int = 1, lease_s: float = LONG_S) -> Lease:
    return begun(store, claimed(store, number, lease_s), lease_s)


def later() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def test_a_feed_comes_back_as_it_was_told(store):
    told = feed(name="Wire", agency="TASS", language="en", interval_s=60)
    assert store.feeds.add([told]) == 1
    assert store.feeds.get(told.id) == told
    assert list(store.feeds.all()) == [told]


def test_an_unknown_feed_is_none_and_its_state_is_blank(store):
    assert store.feeds.get("nobody") is None
    assert store.feeds.state("nobody") == FeedState()
    assert list(store.feeds.all()) == []


def test_telling_more_of_a_feed_changes_it_and_does_not_make_it_new_or_due(store):
    store.polls.finish(leased(store), FeedState(etag='"1"'), later())
    assert store.feeds.add([feed(name="Other")]) == 0
    assert store.feeds.get(feed().id) == feed(name="Other")
    assert store.feeds.state(feed().id) == FeedState(etag='"1"')
    assert store.polls.claim_due(1, LONG_S) == ()


def test_many_feeds_are_all_there(store):
    feeds = [feed(number) for number in range(2500)]
    assert store.feeds.add(feeds) == 2500
    assert sorted(store.feeds.all(), key=lambda f: f.id) == sorted(feeds, key=lambda f: f.id)


def test_a_removed_feed_leaves_nothing_and_fences_off_its_poller(store):
    lease = leased(store)
    assert store.feeds.remove(lease.subject_id)
    assert not store.feeds.remove(lease.subject_id)
    assert store.polls.admit(lease, request_admission([ITEM])) == Admission(fenced=True)
    assert not store.polls.finish(lease, FeedState(), later())
    assert store.feeds.get(lease.subject_id) is None
    assert store.stats.sizes() == {
        "feeds": 0,
        "due": 0,
        "paused": 0,
        **dict.fromkeys(HEALTH, 0),
        "inbox": 0,
        "inbox_pending": 0,
        "held": 0,
        "dead": 0,
    }


# pausing


def test_a_paused_feed_is_not_claimed_and_a_resumed_one_is_due_when_it_was(store):
    store.polls.finish(leased(store), FeedState(), later())
    assert (store.feeds.pause(feed().id), store.feeds.is_paused(feed().id)) == (True, True)
    assert (store.feeds.resume(feed().id), store.feeds.is_paused(feed().id)) == (
        True,
        False,
    )
    assert store.polls.claim_due(1, LONG_S) == ()
    store.feeds.poll_now(feed().id)
    assert store.feeds.pause(feed().id)
    assert (store.polls.claim_due(1, LONG_S), store.stats.sizes()["paused"]) == ((), 1)
    assert store.feeds.resume(feed().id)
    assert [lease.subject_id for lease in store.polls.claim_due(1, LONG_S)] == [feed().id]


@pytest.mark.parametrize(
    ("was_due_in_s", "due_by_in_s", "is_due"),
    [(3600, -1, True), (3600, 600, False), (-1, 600, True), (3600, None, False)],
)
@pytest.mark.parametrize("clock_s", [0, 86_400])
def test_a_resumed_feed_is_due_when_it_was_or_sooner_if_that_is_asked(
    store, was_due_in_s, due_by_in_s, is_due, clock_s
):
    """The clock of the process that resumes it may be a day ahead."""
    now = datetime.now(UTC)
    store.polls.finish(leased(store), FeedState(), now + timedelta(seconds=was_due_in_s))
    store.feeds.pause(feed().id)
    theirs = now + timedelta(seconds=clock_s)
    due_by = None if due_by_in_s is None else theirs + timedelta(seconds=due_by_in_s)
    assert store.feeds.resume(feed().id, due_by, theirs)
    assert len(store.polls.claim_due(1, LONG_S)) == is_due


def test_a_feed_that_is_gone_stays_out_whatever_is_asked(store):
    store.polls.finish(leased(store), FeedState(gone=True), None)
    store.feeds.pause(feed().id)
    now = datetime.now(UTC)
    assert store.feeds.resume(feed().id, now, now)
    assert store.polls.claim_due(1, LONG_S) == ()


def test_pausing_twice_is_pausing_and_neither_a_poll_nor_more_words_end_it(store):
    store.feeds.add([feed()])
    assert store.feeds.pause(feed().id)
    assert store.feeds.pause(feed().id)
    assert store.feeds.poll_now(feed().id)
    store.feeds.add([feed(name="Other")])
    assert store.polls.claim_due(1, LONG_S) == ()
    assert store.feeds.resume(feed().id)
    assert len(store.polls.claim_due(1, LONG_S)) == 1


def test_pausing_fences_off_the_poll_that_is_under_way(store):
    lease = leased(store)
    store.feeds.pause(lease.subject_id)
    assert store.polls.admit(lease, request_admission([ITEM])) == Admission(fenced=True)
    assert not store.polls.finish(lease, FeedState(), later())
    assert store.polls.claim_due(1, LONG_S) == ()
    store.feeds.resume(lease.subject_id)
    assert len(store.polls.claim_due(1, LONG_S)) == 1


def test_a_feed_that_is_gone_is_not_brought_back_by_resuming_it(store):
    store.polls.finish(leased(store), FeedState(gone=True), None)
    store.feeds.pause(feed().id)
    assert store.feeds.resume(feed().id)
    assert store.polls.claim_due(1, LONG_S) == ()


def test_only_feeds_are_paused_and_only_paused_ones_resumed(store):
    assert (store.feeds.pause("nobody"), store.feeds.resume("nobody")) == (False, False)
    store.feeds.add([feed()])
    assert not store.feeds.resume(feed().id)
    store.feeds.pause(feed().id)
    store.feeds.remove(feed().id)
    assert (store.feeds.is_paused(feed().id), store.stats.sizes()["paused"]) == (False, 0)
    store.feeds.add([feed()])
    assert len(store.polls.claim_due(1, LONG_S)) == 1


# requests


def planned(store, number: int = 1, **told) -> DoorDecision:
    """A request at its door, and what is decided about it."""
    store.inbox.put("{}")
    messages, _ = store.inbox.read_doors(100, 1 << 20)
    (change,) = store.feeds.plan([FeedRequest(feed(number, **told), tuple(told))])
    return DoorDecision(message=messages[-1], word="feed", change=change)


def request(store, number: int = 1, **told) -> None:
    assert store.inbox.enter([planned(store, number, **told)]) == 1


def test_a_requested_feed_is_added_and_due_and_keeps_what_the_request_does_not_say(store):
    request(store, name="Wire", interval_s=60)
    store.polls.finish(begun(store, *store.polls.claim_due(1, LONG_S)), FeedState(), later())
    request(store, name="Other")
    assert store.feeds.get(feed().id) == feed(name="Other", interval_s=60, by_message=True)
    assert len(store.polls.claim_due(1, LONG_S)) == 1
    assert store.inbox.read_doors(1, 1000) == ((), False)


@pytest.mark.parametrize(
    "told",
    [{}, {"name": "Mine"}, {"agency": "Reuters", "interval_s": 2592000}, {"full_text": True}],
)
def test_a_request_polls_a_feed_that_an_operator_added_and_does_not_change_it(store, told):
    store.feeds.add([feed(name="Wire", agency="TASS")])
    store.polls.finish(begun(store, *store.polls.claim_due(1, LONG_S)), FeedState(), later())
    request(store, **told)
    assert store.feeds.get(feed().id) == feed(name="Wire", agency="TASS")
    assert len(store.polls.claim_due(1, LONG_S)) == 1


def test_an_operator_takes_over_a_feed_that_a_message_added(store):
    request(store, name="Mine")
    store.feeds.add([feed(name="Wire")])
    request(store, name="Mine again")
    assert store.feeds.get(feed().id) == feed(name="Wire")


def test_a_request_about_a_feed_that_was_changed_meanwhile_waits_and_so_do_those_behind_it(store):
    store.feeds.add([feed(name="Wire", language="en", by_message=True), feed(2, by_message=True)])
    requests = [
        planned(store, interval_s=600),
        planned(store, name="Other"),
        planned(store, 2, name="Second"),
    ]
    late = planned(store, name="Last")
    store.feeds.add([feed(name="Told by the operator", language="en")])
    (change,) = store.feeds.plan([FeedRequest(feed(name="Last"), ("name",))])
    late = replace(late, change=change)
    assert store.inbox.enter([*requests, late]) == 1
    assert store.feeds.get(feed().id) == feed(name="Told by the operator", language="en")
    assert store.feeds.get(feed(2).id) == feed(2, name="Second", by_message=True)
    messages, _ = store.inbox.read_doors(10, 1000)
    kept = [requests[0].message, requests[1].message, late.message]
    assert [one.id for one in messages] == [one.id for one in kept]


def test_two_requests_in_one_look_lose_no_change(world):
    world.put({"feed": feed().url, "name": "Wire", "interval_s": 60})
    world.put({"feed": feed().url, "interval_s": 600})
    world.work()
    kept = feed(name="Wire", interval_s=600, by_message=True)
    assert world.store.feeds.get(feed().id) == kept


def test_requests_for_the_same_feed_hold_up_nothing_behind_them(world):
    for number in range(200):
        world.put({"feed": feed().url, "name": f"Wire {number % 2}"})
    world.put({"uri": "urn:flash", "version": "1", "headline": "FLASH: Bridge"}, urgent=True)
    assert (world.work(2)[0].published, world.told()) == (1, [("created", "urn:flash", "1")])
    assert world.store.feeds.get(feed().id).name == "Wire 1"


def test_the_requests_of_a_look_are_planned_in_one_call(world, monkeypatch):
    """Over a link of 60 ms a call for each of 200 took longer than the look was good for."""
    calls = []
    plan = world.store.feeds.plan
    monkeypatch.setattr(world.store.feeds, "plan", lambda ids: calls.append(len(ids)) or plan(ids))
    for number in range(200):
        world.put({"feed": f"https://feeds.example/{number}"})
    world.work()
    assert (calls, len(list(world.store.feeds.all()))) == ([200], 200)


def test_a_request_replaces_a_stored_feed_that_cannot_be_read(world):
    world.client.hset(world.key("feeds"), feed().id, "{")
    world.put({"feed": feed().url, "name": "Wire"})
    world.work()
    assert world.store.feeds.get(feed().id) == feed(name="Wire", by_message=True)


def test_a_request_is_carried_out_only_with_the_step_that_takes_it_off_its_door(world):
    """A dispatch that stood still, or a replica that took over, does not carry it out late."""
    old = planned(world.store, name="old")
    assert world.store.inbox.enter([old]) == 1
    request(world.store, name="new")
    assert world.store.inbox.enter([old]) == 0
    assert world.store.feeds.get(feed().id) == feed(name="new", by_message=True)


def test_a_request_leaves_a_paused_feed_and_one_that_is_polled_where_they_are(store):
    store.feeds.add([feed(1), feed(2)])
    store.feeds.pause(feed(1).id)
    (lease,) = store.polls.claim_due(2, LONG_S)
    for number in (1, 2):
        request(store, number)
    assert (lease.subject_id, store.polls.claim_due(2, LONG_S)) == (feed(2).id, ())
    begun(store, lease)


def test_a_request_during_a_poll_brings_another_poll_at_once(store):
    """Under the feed's new interval, too: the poll that is under way had the old one."""
    request(store, interval_s=86_400)
    lease = begun(store, *store.polls.claim_due(1, LONG_S))
    request(store, interval_s=60)
    admission = store.polls.admit(lease, request_admission([ITEM]))
    assert store.polls.claim_due(1, LONG_S) == ()
    assert store.polls.finish(lease, FeedState(), later(), admission=admission)
    opened = store.polls.open(*store.polls.claim_due(1, LONG_S), LONG_S)
    assert opened.feed.interval_s == 60
    assert store.polls.finish(opened.lease, FeedState(), later())
    assert store.polls.claim_due(1, LONG_S) == ()


def test_a_request_before_a_claimed_poll_begins_is_met_by_that_poll(store):
    request(store, interval_s=86_400)
    (claim,) = store.polls.claim_due(1, LONG_S)
    request(store, interval_s=60)
    opened = store.polls.open(claim, LONG_S)
    assert opened.feed.interval_s == 60
    assert store.polls.finish(opened.lease, FeedState(), later())
    assert store.polls.claim_due(1, LONG_S) == ()


# standings


def test_a_standing_says_when_a_feed_is_due_and_whether_it_is_polled(store):
    fresh, busy, idle = feed(3), feed(1), feed(2)
    busy_lease = leased(store, 1)
    at = later().replace(microsecond=0)
    record = PollRecord(at=1_700_000_000, new=2)
    store.polls.finish(leased(store, 2), FeedState(etag='"1"'), at, record)
    before = datetime.now(UTC)
    store.feeds.add([fresh])
    first, second, third = store.feeds.standings([busy.id, "nobody", idle.id, fresh.id])
    assert (first.feed, first.is_leased, first.due_at) == (busy, True, None)
    assert second == FeedStanding(
        feed=idle,
        state=FeedState(etag='"1"'),
        due_at=at,
        new_at=datetime.fromtimestamp(1_700_000_000, UTC),
    )
    assert (third.feed, third.state, third.new_at) == (fresh, FeedState(), None)
    assert third.due_at <= before + timedelta(seconds=1)
    assert store.polls.finish(busy_lease, FeedState(), None)
    assert store.feeds.standings([busy.id]) == (FeedStanding(feed=busy, state=FeedState()),)


def test_a_feed_that_somebody_wants_polled_is_due_before_its_time(store):
    store.polls.finish(leased(store), FeedState(due_at=later()), later())
    store.feeds.poll_now(feed().id)
    (standing,) = store.feeds.standings([feed().id])
    assert standing.due_at < datetime.now(UTC) + timedelta(seconds=1)


def test_a_setback_of_the_clock_does_not_move_due_times(store, pass_time):
    store.polls.finish(leased(store, 1), FeedState(), later())
    store.feeds.poll_now(feed(1).id)  # saves the clock
    pass_time(-3600)
    store.feeds.poll_now(feed(1).id)
    (standing,) = store.feeds.standings([feed(1).id])
    at_server = datetime.now(UTC) - timedelta(hours=1)
    assert abs(standing.due_at - at_server) < timedelta(seconds=5)
    assert store.feeds.in_state("due") == {feed(1).id}


def test_feeds_are_found_by_their_state(store):
    store.polls.finish(leased(store, 1), FeedState(failures=1), later())
    store.polls.finish(leased(store, 2), FeedState(), later())
    store.feeds.pause(feed(2).id)
    store.feeds.add([feed(3)])
    found = {name: store.feeds.in_state(name) for name in ("paused", "due", *HEALTH)}
    assert found == {
        **dict.fromkeys(HEALTH, frozenset()),
        "failing": {feed(1).id},
        "paused": {feed(2).id},
        "due": {feed(3).id},
    }
