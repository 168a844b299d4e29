"""What the store promises pollers: history, health, hosts' turns, the trace of an item."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.model import HEALTH, Feed, FeedState, NewsItem, PollRecord
from worker.model.inbox import InboxEntry
from worker.model.polling import HostSlot
from worker.model.publishing import ItemTrace, Publication, PublishRequest
from worker.polling.admission import request_admission


def polled(store, feed_id, state=FeedState(), record=None):  # noqa: B008  # frozen
    store.feeds.add([Feed(id=feed_id, url=f"https://{feed_id}.example/")])
    store.feeds.poll_now(feed_id)
    (claim,) = store.polls.claim_due(1, 60)
    lease = store.polls.open(claim, 60).lease
    assert store.polls.finish(lease, state, datetime.now(UTC) + timedelta(hours=1), record)


def counted(store):
    sizes = store.stats.sizes()
    return {word: sizes[word] for word in HEALTH if sizes[word]}


# history


def test_the_last_twenty_polls_are_remembered_newest_first(store):
    records = [
        PollRecord(at=n, status=200, new=n, size=10**9 + n, took_ms=5, why="rhythm", wait_s=900)
        for n in range(25)
    ]
    for record in records:
        polled(store, "a", record=record)
    assert store.feeds.history("a") == tuple(reversed(records))[:20]
    assert store.feeds.history("b") == ()


def test_a_poll_without_a_record_and_a_fenced_one_leave_none(store):
    polled(store, "a")
    store.feeds.poll_now("a")
    (claim,) = store.polls.claim_due(1, 60)
    lease = store.polls.open(claim, 60).lease
    store.feeds.remove("a")
    assert not store.polls.finish(lease, FeedState(), None, PollRecord(at=1))
    assert store.feeds.history("a") == ()


def test_a_removed_feed_leaves_neither_history_nor_a_count(store):
    polled(store, "a", FeedState(failures=1), PollRecord(at=1))
    store.feeds.remove("a")
    assert (store.feeds.history("a"), counted(store)) == ((), {})


# health


def test_health_is_counted_as_it_is_now(store):
    polled(store, "a", FeedState(failures=2))
    polled(store, "b", FeedState(failures=1, status=503, url="https://new.example/"))
    polled(store, "c", FeedState(empty=True))
    polled(store, "d", FeedState(gone=True, failures=1))
    polled(store, "e", FeedState(status=200))
    assert counted(store) == {"failing": 1, "slowed": 1, "gone": 1, "empty": 1, "moved": 1}
    polled(store, "a", FeedState(status=200))
    assert counted(store) == {"slowed": 1, "gone": 1, "empty": 1, "moved": 1}


# hosts


def test_turns_of_one_host_come_spaced_and_hosts_do_not_wait_for_each_other(store):
    turns = [store.hosts.take_slot("a.example", 10, 25) for _ in range(4)]
    assert [turn.is_given for turn in turns] == [True, True, True, False]
    assert [round(turn.wait_s) for turn in turns] == [0, 10, 20, 30]
    assert store.hosts.take_slot("b.example", 10, 25).wait_s == 0


def test_a_turn_that_was_not_given_is_still_there(store, pass_time):
    store.hosts.take_slot("a.example", 0.2, 1)
    assert not store.hosts.take_slot("a.example", 0.2, 0.01).is_given
    pass_time(0.25)
    assert store.hosts.take_slot("a.example", 0.2, 0.01) == HostSlot(is_given=True)


def test_a_host_without_spacing_never_waits(store):
    assert {store.hosts.take_slot("a.example", 0, 0) for _ in range(5)} == {HostSlot(is_given=True)}


def test_a_slowed_host_gives_no_turn_and_its_strikes_outlast_the_wait(store, pass_time):
    store.hosts.slow_down("a.example", 2, 0.2)
    turn = store.hosts.take_slot("a.example", 0, 60)
    assert (turn.is_given, turn.is_slowed, turn.strikes) == (False, True, 2)
    assert 0 < turn.wait_s <= 0.2
    pass_time(0.25)
    assert store.hosts.take_slot("a.example", 0, 60) == HostSlot(is_given=True, strikes=2)
    store.hosts.slow_down("a.example", 0, 0)
    assert store.hosts.take_slot("a.example", 0, 60) == HostSlot(is_given=True)


def test_a_shorter_wait_does_not_end_a_longer_one(store):
    store.hosts.slow_down("a.example", 1, 100)
    store.hosts.slow_down("a.example", 2, 1)
    assert store.hosts.take_slot("a.example", 0, 60).wait_s > 90


@pytest.mark.parametrize("strikes", [0, 1])
def test_a_good_answer_from_before_a_back_off_does_not_end_it(store, pass_time, strikes):
    store.hosts.slow_down("a.example", 2, 100)
    store.hosts.slow_down("a.example", strikes, 0)
    turn = store.hosts.take_slot("a.example", 0, 60)
    assert (turn.is_given, turn.is_slowed, turn.strikes) == (False, True, 2)
    pass_time(101)
    assert store.hosts.take_slot("a.example", 0, 60) == HostSlot(is_given=True, strikes=2)


def test_a_turn_does_not_shorten_how_long_strikes_are_remembered(store, pass_time):
    store.hosts.slow_down("a.example", 1, 0.1)
    pass_time(1)
    assert store.hosts.take_slot("a.example", 10, 60).strikes == 1
    pass_time(60)
    assert store.hosts.take_slot("a.example", 10, 60).strikes == 1


# trace


def admitted(store, **said) -> InboxEntry:
    store.feeds.add([Feed(id="a", url="https://a.example/")])
    store.feeds.poll_now("a")
    (claim,) = store.polls.claim_due(1, 60)
    lease = store.polls.open(claim, 60).lease
    store.polls.admit(lease, request_admission([NewsItem(uri="urn:x", version="1", **said)]))
    (entry,) = store.inbox.take_work(1, 0)
    return entry


def test_of_an_unknown_uri_there_is_no_trace(store):
    assert store.publications.trace("urn:x") == ItemTrace()


@pytest.mark.parametrize("urgency", [1, 5])
def test_an_admitted_item_is_traced_to_the_inbox_and_then_to_its_desks(store, urgency):
    entry = admitted(store, urgency=urgency)
    assert store.publications.trace("urn:x") == ItemTrace(admitted="1")
    assert store.feeds.showing("urn:x") == ("a",)
    event = Publication(desk="items", id="e1", type="t", body=b"{}")
    store.publications.publish(
        [
            PublishRequest(
                entry=entry, uri="urn:x", version="1", expected=None, publications=(event,)
            )
        ]
    )
    assert store.publications.trace("urn:x") == ItemTrace(version="1", desks=("items",))


def test_an_item_that_waits_for_its_time_is_traced_there(store):
    entry = admitted(store)
    store.publications.hold(
        PublishRequest(entry=entry, uri="urn:x", version="1", expected=None, publications=()),
        datetime.now(UTC) + timedelta(hours=1),
    )
    trace = store.publications.trace("urn:x")
    assert (trace.is_held, trace.version) == (True, None)
