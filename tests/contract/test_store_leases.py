"""What the store promises of leases: who is heard, and until when."""

import re
import threading
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from worker.model import Feed, FeedState, Lease, NewsItem, feed_id
from worker.model.polling import Admission, OpenPoll, PollEnd
from worker.polling.admission import request_admission

LONG_S = 60.0
ITEM = NewsItem(uri="urn:x:1", version="1", body_text="A")


def feed(number: int = 1) -> Feed:
    url = f"https://wire.example/{number}"
    return Feed(id=feed_id(url), url=url)


def claimed(store, number: int = 1, lease_s: float = LONG_S) -> Lease:
    store.feeds.add([feed(number)])
    (lease,) = store.polls.claim_due(1, lease_s)
    return lease


def begun(store, claim: Lease, lease_s: float = LONG_S, **said) -> Lease:
    opened = store.polls.open(claim, lease_s, **said)
    assert opened.is_ours
    return opened.lease


def is_refused(store, claim: Lease, **said) -> bool:
    return not store.polls.open(claim, LONG_S, **said).is_ours


def is_heard(store, lease: Lease) -> bool:
    """True where the holder of a lease may admit; it admits what is known."""
    return store.polls.admit(lease, request_admission([ITEM])) != Admission(fenced=True)


def reads_of(store) -> int:
    """How often the server has read what came in: one a round trip."""
    info = store._server.call("INFO", "stats").decode()
    return int(re.search(r"total_reads_processed:(\d+)", info)[1])


def later() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


# claims


def test_new_feeds_are_due_at_once_and_a_claimed_one_is_not(store):
    store.feeds.add([feed(1), feed(2), feed(3)])
    first = store.polls.claim_due(2, LONG_S)
    second = store.polls.claim_due(2, LONG_S)
    assert (len(first), len(second)) == (2, 1)
    assert {lease.subject_id for lease in first + second} == {feed(n).id for n in (1, 2, 3)}
    assert len({lease.token for lease in first + second}) == 3
    assert store.polls.claim_due(2, LONG_S) == ()


def test_the_longest_overdue_come_first(store, pass_time):
    now = datetime.now(UTC)
    for number, age_s in ((1, 20), (2, 40), (3, 30)):
        lease = begun(store, claimed(store, number))
        store.polls.finish(lease, FeedState(), now + timedelta(seconds=60 - age_s))
    pass_time(61)
    due = [lease.subject_id for lease in store.polls.claim_due(3, LONG_S)]
    assert due == [feed(2).id, feed(3).id, feed(1).id]


def test_many_pollers_never_claim_one_feed_twice(store):
    store.feeds.add([feed(number) for number in range(5000)])
    found: list[str] = []

    def poll():
        while leases := store.polls.claim_due(37, LONG_S):
            found.extend(lease.subject_id for lease in leases)

    pollers = [threading.Thread(target=poll) for _ in range(6)]
    for poller in pollers:
        poller.start()
    for poller in pollers:
        poller.join()
    assert len(found) == 5000
    assert len(set(found)) == 5000


def test_a_claim_alone_may_neither_admit_nor_finish(store):
    claim = claimed(store)
    assert store.polls.admit(claim, request_admission([ITEM])) == Admission(fenced=True)
    assert not store.polls.finish(claim, FeedState(), later())
    assert store.polls.renew([claim], LONG_S) == 0


# beginning


def test_a_poll_begins_with_all_that_is_known_of_its_feed(store):
    claim = claimed(store)
    opened = store.polls.open(claim, LONG_S)
    assert opened == OpenPoll(lease=opened.lease, feed=feed(), is_ours=True)
    assert opened.lease.subject_id == claim.subject_id
    assert opened.lease.token != claim.token
    admission = store.polls.admit(opened.lease, request_admission([ITEM]))
    store.polls.finish(opened.lease, FeedState(etag="x"), datetime.now(UTC), admission=admission)

    again = store.polls.open(*store.polls.claim_due(1, LONG_S), LONG_S)

    assert (again.state, len(again.shown)) == (FeedState(etag="x"), 16)


def test_a_poll_that_comes_too_late_is_told_what_became_of_its_feed(store):
    claim = claimed(store)
    lease = begun(store, claim)
    admission = store.polls.admit(lease, request_admission([ITEM]))
    store.polls.finish(lease, FeedState(etag="x"), later(), admission=admission)
    late = store.polls.open(claim, LONG_S)
    assert late == OpenPoll(lease=late.lease, feed=feed(), state=FeedState(etag="x"))
    store.feeds.remove(feed().id)
    late = store.polls.open(claim, LONG_S)
    assert late == OpenPoll(lease=late.lease)
    assert is_refused(store, Lease("nobody", "1"))


def test_several_claims_are_begun_in_one_round_trip(store):
    numbers = range(1, 41)
    store.feeds.add([feed(number) for number in numbers])
    claims = store.polls.claim_due(40, LONG_S)
    late = store.polls.open(claims[7], LONG_S)
    store.feeds.remove(claims[9].subject_id)
    reads = reads_of(store)

    opened = store.polls.open_all(claims, LONG_S)

    assert reads_of(store) - reads < 5
    assert [one.lease.subject_id for one in opened] == [claim.subject_id for claim in claims]
    assert [n for n, one in enumerate(opened) if not one.is_ours] == [7, 9]
    assert [n for n, one in enumerate(opened) if one.feed is None] == [9]
    assert len({late.lease.token, *(one.lease.token for one in opened)}) == 41
    assert all(is_heard(store, one.lease) for one in opened if one.is_ours)


def test_several_claims_are_begun_by_a_server_that_knows_no_script_yet(store):
    store.feeds.add([feed(number) for number in (1, 2, 3)])
    claims = store.polls.claim_due(3, LONG_S)
    store._server.call("SCRIPT", "FLUSH")
    assert [one.is_ours for one in store.polls.open_all(claims, LONG_S)] == [True, True, True]
    assert store.polls.open_all([], LONG_S) == ()


def test_a_feed_is_begun_with_once_while_its_poller_says_something(store, pass_time):
    claim = claimed(store)
    begun(store, claim, 0.2)
    assert is_refused(store, claim)
    pass_time(0.25)
    begun(store, claim)


def test_a_poller_that_was_only_silent_is_not_heard_once_its_task_message_is_begun_again(
    store, pass_time
):
    claim = claimed(store, lease_s=1)
    sleeper = begun(store, claim, 1)
    pass_time(1.2)
    other = begun(store, claim)
    assert store.polls.admit(sleeper, request_admission([ITEM])) == Admission(fenced=True)
    assert store.polls.renew([sleeper], LONG_S) == 0
    assert not store.polls.finish(sleeper, FeedState(etag="old"), later())
    assert store.polls.admit(other, request_admission([ITEM])).new == 1


def test_a_poller_that_was_taken_for_dead_is_not_heard_again(store):
    claim = claimed(store)
    first = begun(store, claim)
    assert store.polls.admit(first, request_admission([ITEM])).new == 1
    store.polls.renew([first], 0)
    second = begun(store, claim)
    assert not is_heard(store, first)
    assert is_heard(store, second)


def test_a_beginning_whose_answer_was_lost_may_be_asked_for_again(store, monkeypatch, swap_server):
    claim = claimed(store)
    run, asked = store._server.run, []

    class Lossy:
        def run(self, *words):
            asked.append(words)
            run(*words)
            return run(*words)

    swap_server(monkeypatch, store, Lossy())
    assert store.polls.open(claim, LONG_S).is_ours
    assert len(asked) == 1


def test_a_task_message_that_waited_for_long_is_as_good_as_the_next_one(store, pass_time):
    first = claimed(store, lease_s=0.05)
    pass_time(0.06)
    (second,) = store.polls.claim_due(1, LONG_S)
    sleeper = begun(store, first)
    assert is_refused(store, second)
    store.polls.renew([sleeper], 0)
    assert is_refused(store, second)
    lease = begun(store, first)
    assert store.polls.finish(lease, FeedState(), later())
    assert is_refused(store, first)


def test_a_lease_that_runs_out_is_given_again_and_fences_off_the_sleeper(store, work, pass_time):
    sleeper = begun(store, claimed(store), 0.03)
    pass_time(0.05)
    (claim,) = store.polls.claim_due(1, LONG_S)
    assert store.polls.admit(sleeper, request_admission([ITEM])) == Admission(fenced=True)
    assert not store.polls.finish(sleeper, FeedState(etag="old"), later())
    assert work() == []
    second = begun(store, claim)
    admission = store.polls.admit(second, request_admission([ITEM]))
    assert admission == Admission(new=1, slices=1)
    assert store.polls.finish(second, FeedState(etag="new"), later(), admission=admission)
    assert store.feeds.state(second.subject_id) == FeedState(etag="new")


# renewing


def test_a_lease_that_is_renewed_goes_on(store, pass_time):
    lease = begun(store, claimed(store), 0.3)
    for _ in range(3):
        pass_time(0.2)
        assert store.polls.renew([lease], 0.3) == 1
    assert store.polls.claim_due(1, LONG_S) == ()
    pass_time(0.35)
    assert len(store.polls.claim_due(1, LONG_S)) == 1


def test_a_lease_that_another_has_is_not_renewed(store, pass_time):
    sleeper = begun(store, claimed(store), 0.05)
    pass_time(0.06)
    (claim,) = store.polls.claim_due(1, 0.05)
    assert store.polls.renew([sleeper], LONG_S) == 0
    other = begun(store, claim)
    assert store.polls.renew([sleeper, other, Lease("nobody", "1")], LONG_S) == 1
    assert store.polls.renew([], LONG_S) == 0


# finishing


def test_a_finished_lease_is_over(store):
    lease = begun(store, claimed(store))
    assert store.polls.finish(lease, FeedState(), later())
    assert not store.polls.finish(lease, FeedState(), later())
    assert store.polls.admit(lease, request_admission([ITEM])) == Admission(fenced=True)


def test_finishing_keeps_what_was_learnt_and_when_the_next_is_due(store, pass_time):
    lease = begun(store, claimed(store))
    learnt = FeedState(etag='W/"é"', last_modified="Mon, 1 Jan 2029 00:00:00 GMT", failures=2)
    assert store.polls.finish(lease, learnt, datetime.now(UTC) + timedelta(seconds=30))
    assert store.feeds.state(lease.subject_id) == learnt
    assert store.polls.claim_due(1, LONG_S) == ()
    pass_time(31)
    assert [again.subject_id for again in store.polls.claim_due(1, LONG_S)] == [lease.subject_id]


def test_a_poll_that_the_store_knows_less_of_than_its_poller_is_not_finished(store):
    lease = begun(store, claimed(store))
    admission = store.polls.admit(lease, request_admission([ITEM]))
    assert not store.polls.finish(lease, FeedState(etag="x"), later())
    assert store.feeds.state(lease.subject_id) == FeedState()
    assert store.polls.finish(lease, FeedState(etag="x"), later(), admission=admission)


def test_several_polls_are_finished_in_one_round_trip_each_under_its_own_lease(store):
    store.feeds.add([feed(number) for number in range(1, 21)])
    claims = store.polls.claim_due(20, LONG_S)
    opened = [one.lease for one in store.polls.open_all(claims, LONG_S)]
    store.feeds.remove(opened[3].subject_id)
    ends = [PollEnd(lease=lease, state=FeedState(etag="x"), due_at=later()) for lease in opened]
    ends[5] = replace(ends[5], lease=Lease(opened[5].subject_id, "another"))
    ends[7] = replace(ends[7], admission=Admission(slices=2))
    reads = reads_of(store)

    kept = store.polls.finish_all(ends)

    assert reads_of(store) - reads < 5
    assert [number for number, is_kept in enumerate(kept) if not is_kept] == [3, 5, 7]
    states = [store.feeds.state(lease.subject_id).etag for lease in opened]
    assert states == [None if number in {3, 5, 7} else "x" for number in range(20)]
    assert store.polls.finish_all([]) == ()


def test_several_polls_are_finished_by_a_server_that_knows_no_script_yet(store):
    store.feeds.add([feed(number) for number in (1, 2, 3)])
    opened = store.polls.open_all(store.polls.claim_due(3, LONG_S), LONG_S)
    store._server.call("SCRIPT", "FLUSH")
    ends = [PollEnd(lease=one.lease, state=FeedState(), due_at=later()) for one in opened]
    assert store.polls.finish_all(ends) == (True, True, True)


# polling by hand


def test_a_feed_that_is_never_due_can_still_be_polled_by_hand(store):
    lease = begun(store, claimed(store))
    assert store.polls.finish(lease, FeedState(gone=True), None)
    assert store.polls.claim_due(1, LONG_S) == ()
    assert store.feeds.poll_now(lease.subject_id)
    assert len(store.polls.claim_due(1, LONG_S)) == 1


def test_poll_now_leaves_a_feed_alone_that_is_being_polled(store):
    lease = begun(store, claimed(store))
    assert store.feeds.poll_now(lease.subject_id)
    assert store.polls.claim_due(1, LONG_S) == ()
    assert is_heard(store, lease)


def test_poll_now_takes_a_feed_from_a_poller_that_slept_through_its_lease(store, pass_time):
    sleeper = begun(store, claimed(store), 0.02)
    pass_time(0.04)
    assert store.feeds.poll_now(sleeper.subject_id)
    assert not is_heard(store, sleeper)


def test_poll_now_is_false_for_an_unknown_feed(store):
    assert not store.feeds.poll_now("nobody")
    assert store.polls.claim_due(1, LONG_S) == ()
