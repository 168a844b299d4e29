"""Desks and their relays: one at a time takes and confirms, and what is cut is counted as lost."""

import threading
from collections import defaultdict

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from worker.model.backlog import ReaderBacklog
from worker.store.store import RedisStore

LENGTH = 20


@pytest.fixture
def store(make_store):
    return make_store(desk_length=LENGTH)


@pytest.fixture
def client(broker_url):
    with redis.Redis.from_url(broker_url) as opened:
        yield opened


@pytest.fixture
def publish(put_events):
    """Puts so many events on the desk `items`; their ids."""

    def put(store, count, start=0):
        ids = [f"e{number}" for number in range(start, start + count)]
        put_events(store, ids)
        return ids

    return put


def ids_of(entries):
    return [entry.id for entry in entries]


def entry_ids(entries):
    return [entry.entry_id for entry in entries]


def reader_of(store, name="relay"):
    """A reader's backlog, without the time of its last loss."""
    (found,) = [one for one in store.stats.backlog().readers if one.reader == name]
    return (found.behind, found.unconfirmed, found.lost)


# reading


def test_a_read_ends_behind_the_event_that_goes_beyond_its_bytes(store, publish):
    ids = publish(store, 5)
    first, *_ = entries = store.desks.read("items")
    size = sum(len(word) for word in (first.id, first.body))

    for limit_bytes, count in ((1, 1), (2 * size, 2), (1 << 20, 5)):
        forwards = store.desks.read("items", limit_bytes=limit_bytes)
        backwards = store.desks.last("items", limit_bytes=limit_bytes)
        assert len(forwards) <= count
        assert ids_of(forwards) == ids[: len(forwards)]
        assert ids_of(backwards) == ids[::-1][: len(backwards)]
    assert entry_ids(store.desks.read("items", after=first.entry_id, limit_bytes=1)) == [
        entries[1].entry_id
    ]


def test_there_is_nothing_before_the_first_id_and_behind_the_last(store, publish):
    publish(store, 2)
    last = f"{2**64 - 1}-{2**64 - 1}"
    for limit_bytes in (0, 1000):
        assert store.desks.last("items", before="0-0", limit_bytes=limit_bytes) == ()
        assert store.desks.read("items", after=last, limit_bytes=limit_bytes) == ()


def test_a_read_with_a_limit_in_bytes_waits_as_well(store, publish):
    (first,) = publish(store, 1)
    later = threading.Timer(0.2, publish, (store, 1, 1))
    later.start()
    after = store.desks.last_id("items")
    found = store.desks.read("items", after=after, limit_bytes=1000, block_ms=5000)
    later.join()  # its answer comes after the event
    assert (first, ids_of(found)) == ("e0", ["e1"])


# the lease


def test_the_last_events_are_read_backwards_a_page_at_a_time(store, publish):
    ids = publish(store, 5)
    first = store.desks.last("items", limit=3)
    second = store.desks.last("items", before=first[-1].entry_id, limit=3)
    assert [entry.id for entry in (*first, *second)] == ids[::-1]
    assert store.desks.last("items", before=second[-1].entry_id) == ()
    assert store.desks.last("nobody") == ()


def test_one_relay_has_a_desk_and_others_see_what_its_lease_says(store):
    assert store.desks.lease("items", "one") == ""
    said = store.desks.lease("items", "two")
    assert said
    assert store.desks.lease("items", "two") == said
    assert store.desks.renew("items", "one")
    assert store.desks.lease("items", "two") not in {"", said}
    assert not store.desks.renew("items", "two")


def test_the_lease_of_a_dead_relay_is_taken_by_whoever_saw_it_last(store):
    store.desks.lease("items", "one")
    said = store.desks.lease("items", "two")
    assert store.desks.lease("items", "two", seen=said) == ""
    assert store.desks.lease("items", "three", seen=said) not in {"", said}
    assert not store.desks.renew("items", "one")


def test_a_relay_that_lives_again_keeps_its_lease(store):
    store.desks.lease("items", "one")
    said = store.desks.lease("items", "two")
    store.desks.renew("items", "one")
    assert store.desks.lease("items", "two", seen=said) not in {"", said}
    assert store.desks.renew("items", "one")


def test_a_lease_that_was_left_is_free_and_cannot_be_renewed(store):
    store.desks.lease("items", "one")
    store.desks.leave("items", "two")
    assert store.desks.renew("items", "one")
    store.desks.leave("items", "one")
    assert not store.desks.renew("items", "one")
    assert store.desks.lease("items", "two") == ""


def test_desks_have_leases_of_their_own(store):
    assert store.desks.lease("items", "one") == ""
    assert store.desks.lease("quotes", "two") == ""


def test_asking_again_for_the_same_token_is_harmless(store):
    """A command is repeated where its answer was lost."""
    assert [store.desks.lease("items", "one") for _ in range(2)] == ["", ""]
    assert store.desks.renew("items", "one")


def test_of_many_that_ask_at_once_one_has_the_lease(store):
    answers = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(store.desks.lease("items", f"t{n}")))
        for n in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count("") == 1
    assert len(set(answers)) == 2


# taking and confirming


def test_a_relay_takes_no_more_than_its_sink_can_know_again(store, client, prefix):
    """The file of a `jsonl` is read for the ids in its last 32 MiB."""
    large = {"event": "x" * (4 << 20), "type": "t"}
    for number in range(6):
        client.xadd(f"{prefix}:desk:items", {**large, "id": f"e{number}"})
    store.desks.lease("items", "one")
    for _ in range(2):
        taken = store.desks.take("items", "one")
        assert ids_of(taken) == ["e0", "e1", "e2", "e3"]
    assert store.desks.confirm("items", "one", entry_ids(taken[:1]))
    assert ids_of(store.desks.take("items", "one")) == ["e1", "e2", "e3", "e4"]


def test_a_relay_gets_each_event_until_it_confirms_it(store, publish):
    ids = publish(store, 3)
    store.desks.lease("items", "one")
    first = store.desks.take("items", "one", limit=2)
    assert ids_of(first) == ids[:2]
    assert store.desks.confirm("items", "one", [first[0].entry_id])
    again = store.desks.take("items", "one")
    assert ids_of(again) == ids[1:]
    assert store.desks.confirm("items", "one", entry_ids(again))
    assert store.desks.take("items", "one") == ()


def test_what_is_not_confirmed_comes_before_what_is_new(store, publish):
    ids = publish(store, 3)
    store.desks.lease("items", "one")
    store.desks.take("items", "one")
    publish(store, 3, start=3)
    assert ids_of(store.desks.take("items", "one", limit=2)) == ids[:2]
    assert ids_of(store.desks.take("items", "one", limit=4)) == [*ids, "e3"]


def test_the_next_relay_gets_what_the_one_before_took(store, publish):
    ids = publish(store, 2)
    store.desks.lease("items", "one")
    store.desks.take("items", "one")
    store.desks.leave("items", "one")
    store.desks.lease("items", "two")
    assert ids_of(store.desks.take("items", "two")) == ids


def test_a_stale_token_gets_nothing_and_confirms_nothing(store, publish):
    ids = publish(store, 2)
    store.desks.lease("items", "one")
    taken = store.desks.take("items", "one")
    store.desks.lease("items", "two", seen=store.desks.lease("items", "two"))
    assert store.desks.take("items", "one") is None
    assert not store.desks.confirm("items", "one", entry_ids(taken))
    assert ids_of(store.desks.take("items", "two")) == ids


def test_without_a_lease_nothing_is_taken_or_confirmed(store, publish):
    publish(store, 1)
    assert store.desks.take("items", "one") is None
    assert not store.desks.confirm("items", "one", ["1-1"])
    assert store.stats.backlog().readers == ()


def test_confirming_nothing_or_the_unknown_is_harmless(store, publish):
    publish(store, 1)
    store.desks.lease("items", "one")
    assert store.desks.confirm("items", "one", [])
    store.desks.take("items", "one")
    assert store.desks.confirm("items", "one", ["1-1"])
    assert reader_of(store) == (0, 1, 0)


def test_a_desk_that_was_deleted_is_relayed_from_its_new_beginning(store, client, prefix, publish):
    publish(store, 2)
    store.desks.lease("items", "one")
    store.desks.take("items", "one")
    client.delete(f"{prefix}:desk:items")
    ids = publish(store, 1, start=2)
    assert ids_of(store.desks.take("items", "one")) == ids


# what the bound cuts


def test_a_desk_keeps_about_as_many_events_as_it_was_told(store, client, prefix, publish):
    ids = publish(store, 3 * LENGTH)
    kept = [fields[b"id"].decode() for _, fields in client.xrange(f"{prefix}:desk:items")]
    assert kept == ids[-len(kept) :]
    assert LENGTH <= len(kept) <= LENGTH * 1.1


def test_a_bound_that_was_made_much_smaller_is_reached_in_steps(
    store, client, broker_url, prefix, publish
):
    client.xgroup_create(f"{prefix}:desk:items", "archive", id="0", mkstream=True)
    pipe = client.pipeline()
    for number in range(2500):
        pipe.xadd(f"{prefix}:desk:items", {"event": "{}", "id": f"old{number}", "type": "t"})
    pipe.execute()
    lengths = []
    for number in range(4):
        publish(store, 1, start=number)
        lengths.append(store.stats.sizes()["desk:items"])
    assert lengths == [1501, 502, LENGTH, LENGTH + 1]
    assert reader_of(store, "archive") == (LENGTH + 1, 0, 2500 + 4 - (LENGTH + 1))


def test_a_long_desk_is_cut_a_hundred_events_at_a_time(make_store, client, prefix, publish):
    store = make_store(desk_length=2000)
    pipe = client.pipeline()
    for number in range(2098):
        pipe.xadd(f"{prefix}:desk:items", {"event": "{}", "id": f"old{number}", "type": "t"})
    pipe.execute()
    lengths = []
    for number in range(2):
        publish(store, 1, start=number)
        lengths.append(store.stats.sizes()["desk:items"])
    assert lengths == [2099, 2000]


def test_what_was_cut_before_a_reader_took_it_is_lost_to_it(store, publish):
    publish(store, 1)
    store.desks.lease("items", "one")
    store.desks.confirm("items", "one", entry_ids(store.desks.take("items", "one")))
    publish(store, 100, start=1)
    behind = store.stats.sizes()["desk:items"]
    assert reader_of(store) == (behind, 0, 100 - behind)
    taken = store.desks.take("items", "one", limit=5)
    assert reader_of(store) == (behind - 5, 5, 100 - behind)
    store.desks.confirm("items", "one", entry_ids(taken))
    while left := store.desks.take("items", "one"):
        store.desks.confirm("items", "one", entry_ids(left))
    assert reader_of(store) == (0, 0, 100 - behind)


def test_what_was_cut_after_a_reader_took_it_is_lost_to_it(store, publish):
    publish(store, LENGTH)
    store.desks.lease("items", "one")
    store.desks.take("items", "one")
    publish(store, 100, start=LENGTH)
    there = store.stats.sizes()["desk:items"]
    assert reader_of(store) == (there, 0, LENGTH + 100 - there)
    assert len(store.desks.take("items", "one")) == there
    assert reader_of(store) == (0, there, LENGTH + 100 - there)


def test_what_was_sent_while_it_was_cut_is_not_lost(store, publish):
    publish(store, LENGTH)
    store.desks.lease("items", "one")
    taken = store.desks.take("items", "one")
    publish(store, LENGTH, start=LENGTH)
    assert reader_of(store) == (LENGTH, 0, LENGTH)
    for _ in range(2):  # an answer that was lost makes it be said again
        assert store.desks.confirm("items", "one", entry_ids(taken))
        assert reader_of(store) == (LENGTH, 0, 0)
    assert [one.lost_s for one in store.stats.backlog().readers] == [None]


def test_a_loss_is_remembered_with_its_time(store, pass_time, publish):
    publish(store, 1)
    store.desks.lease("items", "one")
    store.desks.take("items", "one")
    assert [one.lost_s for one in store.stats.backlog().readers] == [None]
    publish(store, 2 * LENGTH, start=1)
    (found,) = store.stats.backlog().readers
    while taken := store.desks.take("items", "one"):
        store.desks.confirm("items", "one", entry_ids(taken))
    pass_time(3600)
    (later,) = store.stats.backlog().readers
    assert found.lost_s < 60
    assert (later.lost, later.lost_s // 3600) == (found.lost, 1)


def test_what_turns_out_to_be_sent_does_not_change_when_something_was_lost(
    store, pass_time, publish
):
    publish(store, LENGTH)
    store.desks.lease("items", "one")
    taken = store.desks.take("items", "one")
    publish(store, LENGTH, start=LENGTH)
    pass_time(3600)
    store.desks.confirm("items", "one", entry_ids(taken)[:5])
    (found,) = store.stats.backlog().readers
    assert (found.lost, found.lost_s // 3600) == (LENGTH - 5, 1)


def test_a_single_event_that_is_lost_is_told_with_its_time(store, publish):
    publish(store, LENGTH)
    store.desks.lease("items", "one")
    taken = store.desks.take("items", "one")
    store.desks.confirm("items", "one", entry_ids(taken)[1:])
    publish(store, LENGTH, start=LENGTH)
    (found,) = store.stats.backlog().readers
    assert (found.lost, found.unconfirmed, found.lost_s < 60) == (1, 0, True)


def test_what_is_left_of_an_old_batch_comes_before_what_is_new(store, publish):
    """Most of what the last relay had taken is cut, and this one takes fewer at a time."""
    ids = publish(store, LENGTH)
    store.desks.lease("items", "one")
    store.desks.take("items", "one")
    publish(store, LENGTH - 2, start=LENGTH)
    assert ids_of(store.desks.take("items", "one", limit=2)) == ids[-2:]


def test_a_reader_that_comes_late_has_lost_nothing(store, publish):
    publish(store, 3 * LENGTH)
    store.desks.lease("items", "one")
    store.desks.take("items", "one", limit=1)
    assert reader_of(store) == (store.stats.sizes()["desk:items"] - 1, 1, 0)


def test_a_group_of_anyones_loses_what_it_has_not_acknowledged(store, client, prefix, publish):
    desk = f"{prefix}:desk:items"
    client.xgroup_create(desk, "archive", id="0", mkstream=True)
    publish(store, 5)
    [[_, taken]] = client.xreadgroup("archive", "one", {desk: ">"}, count=3)
    client.xack(desk, "archive", taken[0][0])
    publish(store, 3 * LENGTH, start=5)
    there = store.stats.sizes()["desk:items"]
    assert reader_of(store, "archive") == (there, 0, 5 + 3 * LENGTH - there - 1)
    assert client.xpending(desk, "archive")["pending"] == 0
    assert client.xautoclaim(desk, "archive", "two", 0)[1] == []
    assert reader_of(store, "archive") == (there, 0, 5 + 3 * LENGTH - there - 1)


def test_a_group_that_began_in_the_middle_loses_what_comes_after(
    make_store, client, prefix, publish
):
    """The server cannot say how far such a group is behind."""
    store, desk = make_store(desk_length=100), f"{prefix}:desk:items"
    publish(store, 109)
    client.xgroup_create(desk, "archive", id=client.xrange(desk)[4][0])
    assert client.xinfo_groups(desk)[0]["lag"] is None
    publish(store, 1, start=109)
    assert reader_of(store, "archive") == (100, 0, 5)


def test_only_who_loses_something_is_counted(store, client, prefix, publish):
    publish(store, LENGTH)
    client.xgroup_create(f"{prefix}:desk:items", "archive", id="0")
    store.desks.lease("items", "one")
    taken = store.desks.take("items", "one")
    store.desks.confirm("items", "one", entry_ids(taken)[:-1])
    publish(store, 2, start=LENGTH)
    assert client.hkeys(f"{prefix}:desks:lost") == [b"items:archive"]


def test_readers_lose_each_for_itself(store, client, prefix, publish):
    desk = f"{prefix}:desk:items"
    client.xgroup_create(desk, "archive", id="0", mkstream=True)
    store.desks.lease("items", "one")
    store.desks.take("items", "one")
    publish(store, LENGTH)
    store.desks.confirm("items", "one", entry_ids(store.desks.take("items", "one")))
    publish(store, LENGTH, start=LENGTH)
    assert store.stats.backlog().readers[0].lost == LENGTH
    assert [(one.reader, one.behind, one.lost) for one in store.stats.backlog().readers] == [
        ("archive", LENGTH, LENGTH),
        ("relay", LENGTH, 0),
    ]


def test_the_losses_of_a_relay_are_counted_however_many_groups_there_are(
    store, client, prefix, publish
):
    publish(store, 1)
    for number in range(101):
        client.xgroup_create(f"{prefix}:desk:items", f"a{number:03}", id="$")
    store.desks.lease("items", "token")
    assert len(store.desks.take("items", "token", limit=1)) == 1
    publish(store, 40, start=1)
    left = client.xlen(f"{prefix}:desk:items")
    assert reader_of(store)[2] == 41 - left > 0


def test_the_losses_of_a_relay_that_took_no_event_yet_are_counted(store, client, prefix, publish):
    """Its sink cannot be opened."""
    assert store.desks.lease("items", "token") == ""
    publish(store, 5 * LENGTH)
    lost = client.hget(f"{prefix}:desks:lost", "items:relay").split()[0]
    assert int(lost) == 5 * LENGTH - client.xlen(f"{prefix}:desk:items")


def test_lower_limits_trim_desks_on_which_nothing_is_published_any_more(
    make_store, client, prefix, publish
):
    roomy, strict = make_store(desk_length=1000), make_store(desk_length=10, copies_bytes=1)
    publish(roomy, 500)
    for entry in range(300):
        client.xadd(f"{prefix}:desk:old", {"event": "{}", "id": f"o{entry}", "type": "t"})
    client.sadd(f"{prefix}:desks", "old")
    client.xgroup_create(f"{prefix}:desk:old", "reader", "0")
    roomy.publications.trim()
    assert client.xlen(f"{prefix}:desk:items") == 500
    for _ in range(2):
        strict.publications.trim()
    desks = [client.xlen(f"{prefix}:desk:{name}") for name in ("items", "old")]
    assert (desks, client.xlen(f"{prefix}:copies")) == ([10, 10], 0)
    assert client.hget(f"{prefix}:desks:lost", "old:reader").split()[0] == b"290"


def test_readers_have_backlogs_of_their_own(store, client, prefix, publish):
    desk = f"{prefix}:desk:items"
    publish(store, 3)
    client.xgroup_create(desk, "archive", id="0")
    client.xreadgroup("archive", "one", {desk: ">"}, count=2)
    store.desks.lease("items", "one")
    taken = store.desks.take("items", "one", limit=2)
    store.desks.confirm("items", "one", [taken[0].entry_id])
    assert store.stats.backlog().readers == (
        ReaderBacklog(desk="items", reader="archive", behind=1, unconfirmed=2),
        ReaderBacklog(desk="items", reader="relay", behind=1, unconfirmed=1),
    )


class Desk(RuleBasedStateMachine):
    """Relays come, go and die while a desk is cut at its bound, and others read it too."""

    make_store = None
    put = None
    client = None

    def __init__(self):
        super().__init__()
        self.store, self.prefix = self.make_store()
        self.stream = f"{self.prefix}:desk:items"
        self.client.xgroup_create(self.stream, "archive", id="0", mkstream=True)
        self.published = 0
        self.confirmed = defaultdict(set)
        self.tokens = []
        self.hands = {}
        self.lease()
        self.store.desks.take("items", self.tokens[-1])

    def teardown(self):
        self.store.close()

    @rule(count=st.integers(1, 2 * LENGTH))
    def publish(self, count):
        type(self).put(self.store, count, start=self.published)
        self.published += count

    @rule()
    def lease(self):
        token = f"t{len(self.tokens)}"
        seen = self.store.desks.lease("items", token)
        if seen:
            assert self.store.desks.lease("items", token, seen=seen) == ""
        self.tokens.append(token)

    @rule(data=st.data(), limit=st.integers(1, 2 * LENGTH))
    def take(self, data, limit):
        token = data.draw(st.sampled_from(self.tokens[-3:]))
        taken = self.store.desks.take("items", token, limit=limit)
        assert (taken is not None) == (token == self.tokens[-1])
        if taken is not None:
            self.hands[token] = list(taken)
            numbers = [int(entry.id[1:]) for entry in taken]
            assert numbers == sorted(numbers)
            assert not self.confirmed["relay"].intersection(numbers)

    @precondition(lambda self: self.hands)
    @rule(data=st.data(), again=st.booleans())
    def confirm(self, data, again):
        token = data.draw(st.sampled_from(sorted(self.hands)))
        entries = self.hands[token][: data.draw(st.integers(0, len(self.hands[token])))]
        for _ in range(1 + again):
            held = self.store.desks.confirm("items", token, entry_ids(entries))
            assert held == (token == self.tokens[-1])
        if held:
            self.confirmed["relay"].update(int(entry.id[1:]) for entry in entries)
            self.hands[token] = self.hands[token][len(entries) :]

    @rule(count=st.integers(1, LENGTH), acknowledged=st.integers(0, LENGTH))
    def archive(self, count, acknowledged):
        for start in (">", "0"):
            found = self.client.xreadgroup("archive", "one", {self.stream: start}, count=count)
            for entry_id, fields in (found[0][1] if found else [])[:acknowledged]:
                if self.client.xack(self.stream, "archive", entry_id):
                    self.confirmed["archive"].add(int(fields[b"id"][1:]))

    @invariant()
    def every_event_is_lost_delivered_or_there(self):
        for one in self.store.stats.backlog().readers:
            there = one.behind + one.unconfirmed
            assert one.lost + len(self.confirmed[one.reader]) + there == self.published, one


def test_every_event_is_lost_delivered_or_still_there(broker_url, client, prefix, publish):
    made = []

    def make_store(_):
        made.append(f"{prefix}n{len(made)}")
        return RedisStore(broker_url, prefix=made[-1], desk_length=LENGTH), made[-1]

    class Here(Desk):
        pass

    Here.make_store, Here.put, Here.client = make_store, publish, client
    case = Here.TestCase
    case.settings = settings(
        max_examples=40,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()
