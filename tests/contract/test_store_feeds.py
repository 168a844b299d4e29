"""What the store promises of feeds, leases and admission."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from worker.errors import BrokerError, CodecError
from worker.model import HEALTH, Feed, FeedState, Lease, NewsItem, content_digest, feed_id
from worker.model.codec import load
from worker.ports import Admission, InboxEntry

LONG_S = 60.0


def feed(number: int = 1, **told) -> Feed:
    url = f"https://wire.example/{number}"
    return Feed(id=feed_id(url), url=url, **told)


def item(body: str = "A", uri: str = "urn:x:1", **said) -> NewsItem:
    version = said.pop("version", None) or content_digest("", "", body)
    return NewsItem(uri=uri, version=version, body_text=body, **said)


def leased(store, number: int = 1, lease_s: float = LONG_S) -> Lease:
    store.add_feeds([feed(number)])
    (lease,) = store.claim_due(1, lease_s)
    return lease


def inbox(store) -> list[NewsItem]:
    return [load(NewsItem, entry.fields["message"]) for entry in store.take_inbox(1000, 60_000)]


def later() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


# leases


def is_ours(store, lease: Lease, lease_s: float = LONG_S) -> bool:
    return store.open_poll(lease, lease_s)[2]


def test_a_feed_is_begun_with_once_while_its_poller_says_something(store, pass_time):
    lease = leased(store)
    assert is_ours(store, lease, 0.2)
    assert not is_ours(store, lease)
    pass_time(0.25)
    assert is_ours(store, lease)


def test_a_hint_whose_poller_died_is_begun_again_at_once(store):
    lease = leased(store)
    assert is_ours(store, lease)
    assert store.open_poll(lease, LONG_S, again=True)[2]
    store.finish_poll(lease, FeedState(), later())
    assert not store.open_poll(lease, LONG_S, again=True)[2]


def test_a_hint_that_waited_for_long_is_as_good_as_the_next_one(store, pass_time):
    first = leased(store, lease_s=0.05)
    pass_time(0.06)
    (second,) = store.claim_due(1, LONG_S)
    assert is_ours(store, first)
    assert not is_ours(store, second)
    assert store.admit(second, [item()]) == Admission(fenced=True)
    assert not store.finish_poll(second, FeedState(), later())
    assert store.finish_poll(first, FeedState(), later())
    assert not is_ours(store, first)
    assert not is_ours(store, Lease("nobody", "1"))


def test_a_lease_that_is_renewed_goes_on(store, pass_time):
    lease = leased(store)
    assert is_ours(store, lease, 0.3)
    for _ in range(3):
        pass_time(0.2)
        assert store.renew([lease], 0.3) == 1
    assert store.claim_due(1, LONG_S) == ()
    pass_time(0.35)
    assert len(store.claim_due(1, LONG_S)) == 1


def test_a_lease_that_another_has_or_nobody_began_is_not_renewed(store, pass_time):
    sleeper = leased(store)
    assert store.renew([sleeper], LONG_S) == 0
    assert is_ours(store, sleeper, 0.05)
    pass_time(0.06)
    (other,) = store.claim_due(1, 0.05)
    assert store.renew([sleeper], LONG_S) == 0
    assert store.renew([Lease("nobody", "1")], LONG_S) == 0
    assert store.renew([], LONG_S) == 0
    assert store.admit(sleeper, [item()]) == Admission(fenced=True)
    assert is_ours(store, other)


# feeds


def test_a_feed_comes_back_as_it_was_told(store):
    told = feed(name="Wire", agency="TASS", language="en", interval_s=60)
    assert store.add_feeds([told]) == 1
    assert store.feed(told.id) == told
    assert list(store.feeds()) == [told]


def test_an_unknown_feed_is_none_and_its_state_is_blank(store):
    assert store.feed("nobody") is None
    assert store.feed_state("nobody") == FeedState()
    assert list(store.feeds()) == []


def test_telling_more_of_a_feed_changes_it_and_does_not_make_it_new_or_due(store):
    store.finish_poll(leased(store), FeedState(etag='"1"'), later())
    assert store.add_feeds([feed(name="Other")]) == 0
    assert store.feed(feed().id) == feed(name="Other")
    assert store.feed_state(feed().id) == FeedState(etag='"1"')
    assert store.claim_due(1, LONG_S) == ()


def test_many_feeds_are_all_there(store):
    feeds = [feed(number) for number in range(2500)]
    assert store.add_feeds(feeds) == 2500
    assert sorted(store.feeds(), key=lambda f: f.id) == sorted(feeds, key=lambda f: f.id)


def test_a_removed_feed_leaves_nothing_and_fences_off_its_poller(store):
    lease = leased(store)
    assert store.remove_feed(lease.feed_id)
    assert not store.remove_feed(lease.feed_id)
    assert store.admit(lease, [item()]) == Admission(fenced=True)
    assert not store.finish_poll(lease, FeedState(), later())
    assert store.feed(lease.feed_id) is None
    assert store.sizes() == {
        "feeds": 0,
        "due": 0,
        "paused": 0,
        **dict.fromkeys(HEALTH, 0),
        "inbox": 0,
        "inbox_pending": 0,
        "held": 0,
        "dead": 0,
    }


# leases


def test_new_feeds_are_due_at_once_and_a_leased_one_is_not(store):
    store.add_feeds([feed(1), feed(2), feed(3)])
    first = store.claim_due(2, LONG_S)
    second = store.claim_due(2, LONG_S)
    assert len(first) == 2
    assert len(second) == 1
    assert {lease.feed_id for lease in first + second} == {feed(n).id for n in (1, 2, 3)}
    assert store.claim_due(2, LONG_S) == ()


def test_the_longest_overdue_come_first(store, pass_time):
    now = datetime.now(UTC)
    for number, age_s in ((1, 20), (2, 40), (3, 30)):
        store.finish_poll(leased(store, number), FeedState(), now - timedelta(seconds=age_s))
        store.poll_now("nobody")
        (lease,) = store.claim_due(1, LONG_S)
        store.finish_poll(lease, FeedState(), now + timedelta(seconds=0.02 - age_s / 10_000))
    pass_time(0.05)
    due = [lease.feed_id for lease in store.claim_due(3, LONG_S)]
    assert due == [feed(2).id, feed(3).id, feed(1).id]


def test_a_lease_that_runs_out_is_given_again_and_fences_off_the_sleeper(store, pass_time):
    sleeper = leased(store, lease_s=0.03)
    pass_time(0.05)
    (second,) = store.claim_due(1, LONG_S)
    assert second.feed_id == sleeper.feed_id
    assert second.token != sleeper.token
    assert store.admit(sleeper, [item()]) == Admission(fenced=True)
    assert not store.finish_poll(sleeper, FeedState(etag="old"), later())
    assert inbox(store) == []
    assert store.admit(second, [item()]) == Admission(new=1)
    assert store.finish_poll(second, FeedState(etag="new"), later())
    assert store.feed_state(second.feed_id) == FeedState(etag="new")


def test_two_leases_of_one_feed_within_a_moment_differ(store):
    tokens = set()
    lease = leased(store)
    for _ in range(50):
        tokens.add(lease.token)
        store.finish_poll(lease, FeedState(), datetime.now(UTC) - timedelta(days=1))
        (lease,) = store.claim_due(1, LONG_S)
    assert len(tokens) == 50


def test_a_finished_lease_is_over(store):
    lease = leased(store)
    assert store.finish_poll(lease, FeedState(), later())
    assert not store.finish_poll(lease, FeedState(), later())
    assert store.admit(lease, [item()]) == Admission(fenced=True)


def test_finishing_keeps_what_was_learnt_and_when_the_next_is_due(store, pass_time):
    lease = leased(store)
    learnt = FeedState(etag='W/"é"', last_modified="Mon, 1 Jan 2029 00:00:00 GMT", failures=2)
    assert store.finish_poll(lease, learnt, datetime.now(UTC) + timedelta(seconds=0.3))
    assert store.feed_state(lease.feed_id) == learnt
    assert store.claim_due(1, LONG_S) == ()
    pass_time(0.31)
    assert [again.feed_id for again in store.claim_due(1, LONG_S)] == [lease.feed_id]


def test_a_feed_that_is_never_due_can_still_be_polled_by_hand(store):
    lease = leased(store)
    assert store.finish_poll(lease, FeedState(gone=True), None)
    assert store.claim_due(1, LONG_S) == ()
    assert store.poll_now(lease.feed_id)
    assert len(store.claim_due(1, LONG_S)) == 1


def test_poll_now_leaves_a_feed_alone_that_is_being_polled(store):
    lease = leased(store)
    assert store.poll_now(lease.feed_id)
    assert store.claim_due(1, LONG_S) == ()
    assert store.admit(lease, [item()]) == Admission(new=1)


def test_poll_now_takes_a_feed_from_a_poller_that_slept_through_its_lease(store, pass_time):
    sleeper = leased(store, lease_s=0.02)
    pass_time(0.04)
    assert store.poll_now(sleeper.feed_id)
    assert store.admit(sleeper, [item()]) == Admission(fenced=True)


def test_poll_now_is_false_for_an_unknown_feed(store):
    assert not store.poll_now("nobody")
    assert store.claim_due(1, LONG_S) == ()


# pausing


def test_a_paused_feed_is_not_claimed_and_a_resumed_one_is_due_when_it_was(store):
    store.finish_poll(leased(store), FeedState(), later())
    assert (store.pause_feed(feed().id), store.is_paused(feed().id)) == (True, True)
    assert (store.resume_feed(feed().id), store.is_paused(feed().id)) == (True, False)
    assert store.claim_due(1, LONG_S) == ()
    store.poll_now(feed().id)
    assert store.pause_feed(feed().id)
    assert (store.claim_due(1, LONG_S), store.sizes()["paused"]) == ((), 1)
    assert store.resume_feed(feed().id)
    assert [lease.feed_id for lease in store.claim_due(1, LONG_S)] == [feed().id]


def test_pausing_twice_is_pausing_and_neither_a_poll_nor_more_words_end_it(store):
    store.add_feeds([feed()])
    assert store.pause_feed(feed().id)
    assert store.pause_feed(feed().id)
    assert store.poll_now(feed().id)
    store.add_feeds([feed(name="Other")])
    assert store.claim_due(1, LONG_S) == ()
    assert store.resume_feed(feed().id)
    assert len(store.claim_due(1, LONG_S)) == 1


def test_pausing_fences_off_the_poll_that_is_under_way(store):
    lease = leased(store)
    store.pause_feed(lease.feed_id)
    assert store.admit(lease, [item()]) == Admission(fenced=True)
    assert not store.finish_poll(lease, FeedState(), later())
    assert store.claim_due(1, LONG_S) == ()
    store.resume_feed(lease.feed_id)
    (again,) = store.claim_due(1, LONG_S)
    assert again.token != lease.token


def test_a_feed_that_is_gone_is_not_brought_back_by_resuming_it(store):
    store.finish_poll(leased(store), FeedState(gone=True), None)
    store.pause_feed(feed().id)
    assert store.resume_feed(feed().id)
    assert store.claim_due(1, LONG_S) == ()


def test_only_feeds_are_paused_and_only_paused_ones_resumed(store):
    assert (store.pause_feed("nobody"), store.resume_feed("nobody")) == (False, False)
    store.add_feeds([feed()])
    assert not store.resume_feed(feed().id)
    store.pause_feed(feed().id)
    store.remove_feed(feed().id)
    assert (store.is_paused(feed().id), store.sizes()["paused"]) == (False, 0)
    store.add_feeds([feed()])
    assert len(store.claim_due(1, LONG_S)) == 1


def test_many_pollers_never_lease_one_feed_twice(store):
    store.add_feeds([feed(number) for number in range(5000)])
    claimed: list[str] = []

    def poll():
        while leases := store.claim_due(37, LONG_S):
            claimed.extend(lease.feed_id for lease in leases)

    pollers = [threading.Thread(target=poll) for _ in range(6)]
    for poller in pollers:
        poller.start()
    for poller in pollers:
        poller.join()
    assert len(claimed) == 5000
    assert len(set(claimed)) == 5000


# admission


def test_new_items_are_put_in_order_and_only_once(store):
    lease = leased(store)
    items = [item(uri=f"urn:x:{number}") for number in range(3)]
    assert store.admit(lease, items) == Admission(new=3)
    assert store.admit(lease, items) == Admission(known=3)
    assert inbox(store) == items


def test_a_changed_item_is_put_again(store):
    lease = leased(store)
    assert store.admit(lease, [item("A")]) == Admission(new=1)
    assert store.admit(lease, [item("B")]) == Admission(changed=1)
    assert store.admit(lease, [item("B")]) == Admission(known=1)
    assert inbox(store) == [item("A"), item("B")]


def test_a_version_that_comes_back_gets_a_version_of_its_own(store):
    lease = leased(store)
    for body in "ABAABBA":
        store.admit(lease, [item(body)])
    first, second = item("A").version, item("B").version
    assert [(found.version, found.body_text) for found in inbox(store)] == [
        (first, "A"),
        (second, "B"),
        (f"{first}.2", "A"),
        (f"{second}.2", "B"),
        (f"{first}.3", "A"),
    ]


def test_of_the_versions_that_an_item_had_the_last_sixteen_are_known_again(store):
    lease = leased(store)
    for number in [*range(20), 5, 3]:
        store.admit(lease, [item(version=f"v{number}")])
    assert [found.version for found in inbox(store)][-2:] == ["v5.2", "v3"]


def test_a_providers_own_version_with_marks_in_it_comes_back_right(store):
    lease = leased(store)
    odd = 'v"1\\/é\n'
    for version in (odd, "2", odd):
        store.admit(lease, [item(uri='urn:"x"\\', version=version)])
    assert [found.version for found in inbox(store)] == [odd, "2", f"{odd}.2"]


def test_one_feed_that_carries_a_uri_twice_does_not_go_round_for_ever(store):
    lease = leased(store)
    both = [item("A"), item("B")]
    assert store.admit(lease, both) == Admission(new=1, changed=1)
    assert store.admit(lease, both) == Admission(known=2)
    assert store.admit(lease, both[::-1]) == Admission(known=2)
    assert store.admit(lease, both) == Admission(known=2)


def test_two_feeds_that_word_one_uri_differently_do_not_go_round_for_ever(store):
    one, two = leased(store, 1), leased(store, 2)
    assert store.admit(one, [item("A")]) == Admission(new=1)
    assert store.admit(two, [item("B")]) == Admission(changed=1)
    for _ in range(3):
        assert store.admit(one, [item("A")]) == Admission(known=1)
        assert store.admit(two, [item("B")]) == Admission(known=1)
    assert store.admit(one, [item("C")]) == Admission(changed=1)
    assert store.admit(two, [item("C")]) == Admission(known=1)


def test_an_item_that_another_feed_had_first_is_known(store):
    one, two = leased(store, 1), leased(store, 2)
    assert store.admit(one, [item("A")]) == Admission(new=1)
    assert store.admit(two, [item("A")]) == Admission(known=1)


@pytest.mark.parametrize(("urgency", "stream"), [(1, "urgent"), (3, "urgent"), (4, ""), (None, "")])
def test_urgent_items_go_to_the_urgent_inbox(store, prefix, urgency, stream):
    store.admit(leased(store), [item(urgency=urgency)])
    (entry,) = store.take_inbox(1, 60_000)
    assert entry.stream == (f"{prefix}:inbox:{stream}" if stream else f"{prefix}:inbox")


def test_versions_of_an_item_stay_in_order_across_the_two_streams(store):
    lease = leased(store)
    bodies = "ABCDEFGHIJKLMNOP"
    for number, body in enumerate(bodies):
        store.admit(lease, [item(body, urgency=1 if number % 2 else 5)])
    entries = store.take_inbox(100, 60_000)
    by_id = sorted(entries, key=lambda entry: [int(part) for part in entry.id.split("-")])
    assert len({entry.id for entry in entries}) == len(bodies)
    assert "".join(load(NewsItem, e.fields["message"]).body_text for e in by_id) == bodies


def test_an_item_says_where_it_came_from(store):
    store.admit(leased(store), [item(source="https://wire.example/1")])
    (entry,) = store.take_inbox(1, 60_000)
    assert isinstance(entry, InboxEntry)
    assert entry.fields["source"] == "https://wire.example/1"


def test_a_full_inbox_takes_nothing_and_forgets_nothing(make_store):
    store = make_store(inbox_length=2)
    lease = leased(store)
    assert store.admit(lease, [item(uri="urn:1"), item(uri="urn:2")]) == Admission(new=2)
    with pytest.raises(BrokerError, match="holds 2 messages and takes no more"):
        store.admit(lease, [item(uri="urn:3")])
    with pytest.raises(BrokerError, match="holds 2 messages and takes no more"):
        store.put_message("{}")
    assert store.admit(lease, [item(uri="urn:1")]) == Admission(known=1)
    for entry in store.take_inbox(2, 0):
        store.finish(entry)
    assert store.admit(lease, [item(uri="urn:3")]) == Admission(new=1)


def test_text_that_is_not_unicode_admits_nothing_of_the_poll(store):
    lease = leased(store)
    with pytest.raises(CodecError):
        store.admit(lease, [item(uri="urn:1"), item(body="\ud800", version="1", uri="urn:2")])
    assert inbox(store) == []


def test_admitting_nothing_is_nothing(store):
    assert store.admit(leased(store), []) == Admission()
