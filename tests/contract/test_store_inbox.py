"""What the store promises of the doors, the work streams, publishing, desks and dead letters."""

import datetime
import threading

import msgspec
import pytest
import redis

from worker.errors import (
    BrokerAway,
    BrokerError,
    BrokerRefused,
    InboxFull,
    KeyReused,
    MessageError,
)
from worker.model import HEALTH
from worker.model.inbox import DeadLetter, DoorDecision, DoorMessage, InboxEntry
from worker.model.publishing import DeskEntry, Publication, PublishRequest, PublishResult

HOUR_MS = 3_600_000
LIMIT_BYTES = 8 << 20
GIVEN_UP = DeadLetter(
    reason="no text in it", kind="message", attempts=1, payload="?", source="me", item="urn:x"
)


def let_in(store) -> int:
    """Move all that is at the doors to the work streams; how many messages."""
    messages, _ = store.inbox.read_doors(1000, LIMIT_BYTES)
    words = {"inbox": "work", "inbox:urgent": "urgent"}
    return store.inbox.enter([DoorDecision(message=one, word=words[one.door]) for one in messages])


def put(store, message: str = "{}", **options) -> InboxEntry:
    """One message, let in and handed out."""
    store.inbox.put(message, **options)
    let_in(store)
    return store.inbox.take_work(1000, HOUR_MS)[-1]


def begun(store, *entries: InboxEntry) -> list[str]:
    """The messages of these entries, in which a worker begins."""
    found = [store.inbox.begin(entry.stream, [entry.id]) for entry in entries]
    return [one.fields["message"] for (one,) in found]


def moment(entry_id: str) -> datetime.datetime:
    """When the entry was put on its stream."""
    ms = int(entry_id.partition("-")[0])
    return datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(milliseconds=ms)


def event(event_id: str = "e1", desk: str = "items", body: bytes = b"{}") -> Publication:
    return Publication(desk=desk, id=event_id, type="copytaster.item.created", body=body)


def outcome(
    entry: InboxEntry, *events: Publication, version: str = "1", expected=None, uri: str = "urn:x"
) -> PublishRequest:
    return PublishRequest(
        entry=entry, uri=uri, version=version, expected=expected, publications=events
    )


def versions(store, *uris: str) -> list[str | None]:
    return [known.version for known in store.publications.known(uris)]


def ids_on(store, desk: str = "items") -> list[str]:
    return [entry.id for entry in store.desks.read(desk, limit=1000)]


# doors


def test_a_message_is_read_at_its_door_and_stays_there(store):
    entry_id = store.inbox.put(b'{"text": "\xc3\xa9"}', fields={"source": "desk", "trace": "t"})
    (read,), has_more = store.inbox.read_doors(10, LIMIT_BYTES)
    assert read == DoorMessage(
        look=read.look,
        door="inbox",
        id=entry_id,
        size=18,
        digest=read.digest,
        fields={"message": '{"text": "é"}', "source": "desk"},
    )
    assert not has_more
    (again,), _ = store.inbox.read_doors(10, LIMIT_BYTES)
    assert (again.id, again.digest) == (read.id, read.digest)
    assert store.stats.sizes()["inbox"] == 1


def test_empty_doors_answer_at_once(store):
    assert store.inbox.read_doors(10, LIMIT_BYTES) == ((), False)
    assert store.inbox.enter([]) == 0


def test_both_doors_are_read_in_the_order_in_which_their_messages_came(store, pass_time):
    for number in range(6):
        store.inbox.put(str(number), urgent=number in {1, 4})
        pass_time(0.002)
    messages, _ = store.inbox.read_doors(10, LIMIT_BYTES)
    assert [one.fields["message"] for one in messages] == ["0", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize("before", [0, 8, 9, 10, 11])
def test_the_last_id_that_there_is_ends_no_door(store, client, prefix, before):
    for number in range(before):
        store.inbox.put(str(number))
    last = (1 << 64) - 1
    client.xadd(f"{prefix}:inbox", {"message": "last"}, id=f"{last}-{last}")
    messages, has_more = store.inbox.read_doors(1000, LIMIT_BYTES)
    assert [one.fields["message"] for one in messages] == [*map(str, range(before)), "last"]
    assert not has_more
    store.inbox.enter([DoorDecision(message=one, word="work") for one in messages])
    store.inbox.read_doors(1000, LIMIT_BYTES)
    store.inbox.put("next")
    messages, _ = store.inbox.read_doors(1000, LIMIT_BYTES)
    assert [one.fields["message"] for one in messages] == ["next"]


def test_a_message_is_let_in_once(store, prefix):
    store.inbox.put("{}", fields={"source": "me"})
    messages, _ = store.inbox.read_doors(10, LIMIT_BYTES)
    verdicts = [DoorDecision(message=messages[0], word="work")]
    assert (store.inbox.enter(verdicts), store.inbox.enter(verdicts)) == (1, 0)
    (entry,) = store.inbox.take_work(10, HOUR_MS)
    assert (entry.stream, entry.size) == (f"{prefix}:work", 2)
    assert store.inbox.read_doors(10, LIMIT_BYTES) == ((), False)


@pytest.mark.parametrize(
    ("word", "stream", "fields"),
    [
        ("work", "work", {}),
        ("urgent", "work:urgent", {}),
        ("page", "as the door", {"page": "1"}),
    ],
)
@pytest.mark.parametrize("urgent", [False, True])
def test_a_verdict_says_on_which_stream_a_message_goes(store, prefix, word, stream, fields, urgent):
    store.inbox.put("{}", urgent=urgent, fields={"source": "me"})
    messages, _ = store.inbox.read_doors(10, LIMIT_BYTES)
    store.inbox.enter([DoorDecision(message=messages[0], word=word)])
    (entry,) = store.inbox.take_work(10, HOUR_MS)
    (entry,) = store.inbox.begin(entry.stream, [entry.id])
    door = "inbox:urgent" if urgent else "inbox"
    by_door = "work:urgent" if urgent else "work"
    assert entry.stream == f"{prefix}:{by_door if stream == 'as the door' else stream}"
    assert entry.fields == {"message": "{}", "source": "me", "door": door} | fields


def test_a_message_that_is_refused_at_its_door_is_a_dead_letter(store, prefix):
    entry_id = store.inbox.put('{"texxt": 1}', urgent=True, fields={"source": "me"})
    messages, _ = store.inbox.read_doors(10, LIMIT_BYTES)
    assert store.inbox.enter([DoorDecision(message=messages[0], word="dead", letter=GIVEN_UP)]) == 1
    (letter,) = store.dead_letters.list()
    assert letter.payload == '{"texxt": 1}'
    assert letter.stream == f"{prefix}:inbox:urgent"
    assert moment(entry_id) <= letter.first_at <= letter.last_at
    assert store.dead_letters.retry(letter.id)
    (again,), _ = store.inbox.read_doors(10, LIMIT_BYTES)
    assert (again.door, again.fields) == (
        "inbox:urgent",
        {"message": '{"texxt": 1}', "source": "me"},
    )


# taking and beginning


def test_no_work_is_answered_at_once(store):
    assert store.inbox.take_work(10, 0) == ()
    assert store.inbox.take_work(10, 0) == ()


def test_work_is_handed_out_once_with_its_size_and_begun_with_its_fields(store, prefix):
    store.inbox.put(b'{"text": "\xc3\xa9"}', fields={"source": "desk"})
    let_in(store)
    (taken,) = store.inbox.take_work(10, HOUR_MS)
    assert taken == InboxEntry(stream=f"{prefix}:work", id=taken.id, fields={}, size=14)
    assert store.inbox.take_work(10, HOUR_MS) == ()
    assert store.inbox.begin(taken.stream, [taken.id]) == (
        InboxEntry(
            stream=taken.stream,
            id=taken.id,
            fields={"message": '{"text": "é"}', "source": "desk", "door": "inbox"},
            attempts=1,
        ),
    )


def test_the_urgent_come_first_and_the_limit_holds(store):
    for number in range(3):
        store.inbox.put(f"n{number}")
        store.inbox.put(f"u{number}", urgent=True)
    let_in(store)
    assert begun(store, *store.inbox.take_work(4, HOUR_MS)) == ["u0", "u1", "u2", "n0"]
    assert begun(store, *store.inbox.take_work(4, HOUR_MS)) == ["n1", "n2"]


def test_idle_entries_come_again_before_new_ones(store, pass_time):
    put(store, "old")
    pass_time(0.06)
    store.inbox.put("new")
    let_in(store)
    assert begun(store, *store.inbox.take_work(10, 50)) == ["old", "new"]
    assert store.inbox.take_work(10, HOUR_MS) == ()


def test_the_urgent_stream_is_read_first_whatever_has_lain_idle_on_the_other(store, pass_time):
    put(store, "calm")
    pass_time(20)
    store.inbox.put("urgent", urgent=True)
    let_in(store)
    assert begun(store, *store.inbox.take_work(1, 10_000)) == ["urgent"]
    assert begun(store, *store.inbox.take_work(1, 10_000)) == ["calm"]


def test_the_urgent_stream_may_be_read_alone(store):
    store.inbox.put("calm")
    store.inbox.put("urgent", urgent=True)
    let_in(store)
    assert begun(store, *store.inbox.take_work(10, HOUR_MS, urgent_only=True)) == ["urgent"]
    assert begun(store, *store.inbox.take_work(10, HOUR_MS)) == ["calm"]


def test_a_released_entry_has_its_attempt_back(store):
    entry = put(store)
    for _ in range(3):
        begun = store.inbox.begin(entry.stream, [entry.id])
        assert [again.attempts for again in begun] == [1]
        store.inbox.release(begun)
    store.inbox.release(begun)
    assert [again.attempts for again in store.inbox.begin(entry.stream, [entry.id])] == [1]


def test_releasing_what_is_done_or_nothing_changes_nothing(store):
    entry = put(store)
    store.inbox.finish(entry)
    store.inbox.release([entry])
    store.inbox.release([])
    assert store.inbox.take_work(10, 0) == ()


def test_taking_again_counts_no_attempt_and_beginning_does(store):
    entry = put(store)
    for _ in range(3):
        assert [again.attempts for again in store.inbox.take_work(10, 0)] == [0]
    assert [begun.attempts for begun in store.inbox.begin(entry.stream, [entry.id])] == [1]
    assert [again.attempts for again in store.inbox.take_work(10, 0)] == [1]
    assert [begun.attempts for begun in store.inbox.begin(entry.stream, [entry.id])] == [2]
    assert [again.attempts for again in store.inbox.take_work(10, 0)] == [2]


class LosesAnswers:
    """A connection that loses the first answers of one script, which has run."""

    def __init__(self, server, script, times):
        self._server, self._script, self._times = server, script, times

    def __getattr__(self, name):
        return getattr(self._server, name)

    def run(self, name, *words, **options):
        answer = self._server.run(name, *words, **options)
        if name == self._script and self._times:
            self._times -= 1
            raise BrokerAway("the server did not answer in time")
        return answer


@pytest.mark.parametrize("script", ["begin", "count", "release"])
def test_answers_that_are_lost_count_no_attempt(store, script, monkeypatch, swap_server):
    entry = put(store)
    with monkeypatch.context() as patch:
        swap_server(patch, store, LosesAnswers(store._server, script, 9))
        for _ in range(9):
            with pytest.raises(BrokerAway):
                store.inbox.release(store.inbox.begin(entry.stream, [entry.id]))
    assert [begun.attempts for begun in store.inbox.begin(entry.stream, [entry.id])] == [1]


def test_a_worker_that_wakes_up_late_takes_no_attempt_of_others_away(
    store, monkeypatch, swap_server
):
    entry = put(store)
    real = store._server

    class Sleepy(LosesAnswers):
        def run(self, name, *words, **options):
            if name == "count" and self._times:
                self._times -= 1
                for _ in range(3):
                    store.inbox.begin(entry.stream, [entry.id])
            return real.run(name, *words, **options)

    swap_server(monkeypatch, store, Sleepy(real, "count", 1))
    store.inbox.begin(entry.stream, [entry.id])
    assert [begun.attempts for begun in store.inbox.begin(entry.stream, [entry.id])] == [4]


def test_what_a_worker_works_on_is_not_begun_by_another(store, pass_time):
    entry = put(store)
    assert len(store.inbox.begin(entry.stream, [entry.id], idle_ms=300)) == 1
    assert store.inbox.begin(entry.stream, [entry.id], idle_ms=300) == ()
    for _ in range(3):
        pass_time(0.2)
        store.inbox.keep([entry], 300)
        assert store.inbox.begin(entry.stream, [entry.id], idle_ms=300) == ()
        assert store.inbox.take_work(10, 300) == ()
    pass_time(0.31)
    assert [
        again.attempts for again in store.inbox.begin(entry.stream, [entry.id], idle_ms=300)
    ] == [2]


def test_what_waits_for_a_worker_is_begun_however_long_it_waited(store, pass_time):
    entry = put(store)
    assert len(store.inbox.take_work(10, 0)) == 1
    assert [
        begun.attempts for begun in store.inbox.begin(entry.stream, [entry.id], idle_ms=9000)
    ] == [1]


def test_a_worker_that_was_silent_for_long_keeps_nothing(store, pass_time):
    entry = put(store)
    store.inbox.begin(entry.stream, [entry.id])
    pass_time(0.31)
    store.inbox.keep([entry], 300)
    (again,) = store.inbox.take_work(10, 300)
    store.inbox.keep([again], 300)
    assert [
        begun.attempts for begun in store.inbox.begin(again.stream, [again.id], idle_ms=300)
    ] == [2]
    store.inbox.finish(again)
    store.inbox.keep([again], 300)
    store.inbox.keep([], 300)


def test_an_entry_that_was_begun_is_left_to_its_worker_for_a_while(store, pass_time):
    entry = put(store)
    pass_time(0.4)
    store.inbox.begin(entry.stream, [entry.id])
    assert store.inbox.take_work(10, 400) == ()
    pass_time(0.41)
    assert len(store.inbox.take_work(10, 400)) == 1


def test_many_idle_entries_are_all_found(store):
    for number in range(700):
        store.inbox.put(str(number))
    assert let_in(store) == 700
    ids = [entry.id for entry in store.inbox.take_work(1000, HOUR_MS)]
    assert len(set(ids)) == 700
    assert [entry.id for entry in store.inbox.take_work(1000, 0)] == ids


def test_idle_entries_behind_many_busy_ones_are_found(store, pass_time):
    for number in range(700):
        store.inbox.put(str(number))
    let_in(store)
    taken = store.inbox.take_work(1000, HOUR_MS)
    ids = [entry.id for entry in taken]
    pass_time(0.5)
    store.inbox.begin(taken[0].stream, ids[:-1])
    assert [entry.id for entry in store.inbox.take_work(5, 500)] == ids[-1:]


def test_an_entry_that_was_begun_is_begun_again_only_alone(store):
    left, other = put(store, "left"), put(store, "other")
    assert begun(store, left) == ["left"]
    both = store.inbox.begin(left.stream, [left.id, other.id])
    assert [entry.id for entry in both] == [other.id]
    assert begun(store, left) == ["left"]


def test_beginning_gives_the_payload_of_what_is_still_to_be_done(store):
    done, left = put(store, "done"), put(store, "left")
    store.inbox.finish(done)
    begun = store.inbox.begin(left.stream, [done.id, left.id, "1-1"])
    assert [(entry.id, entry.fields["message"]) for entry in begun] == [(left.id, "left")]


def test_beginning_what_nobody_was_given_gives_nothing(store, broker_url, prefix):
    store.inbox.put("{}")
    let_in(store)
    with redis.Redis.from_url(broker_url, decode_responses=True) as client:
        ((entry_id, _),) = client.xrange(f"{prefix}:work")
    assert store.inbox.begin(f"{prefix}:work", [entry_id]) == ()
    assert store.inbox.begin(f"{prefix}:work:urgent", []) == ()


def test_a_stream_or_an_id_that_is_none_is_refused_by_name(store, prefix):
    for stream in ("elsewhere", f"{prefix}:inbox", f"{prefix}:dead"):
        with pytest.raises(MessageError, match=f"{stream}: not a work stream"):
            store.inbox.begin(stream, ["1-1"])
    with pytest.raises(MessageError, match="x: not the id of a stream's entry"):
        store.inbox.begin(f"{prefix}:work", ["x"])


# publishing


def test_events_are_on_their_desks_and_the_entry_is_done(store):
    entry = put(store)
    events = (event("e1", body=b'{"a":1}'), event("e2", desk="quotes"))
    assert store.publications.publish([outcome(entry, *events)]) == (PublishResult.PUBLISHED,)
    (on_desk,) = store.desks.read("items")
    assert on_desk == DeskEntry(
        entry_id=on_desk.entry_id, id="e1", type="copytaster.item.created", body=b'{"a":1}'
    )
    assert ids_on(store, "quotes") == ["e2"]
    assert versions(store, "urn:x", "urn:unknown") == ["1", None]
    assert store.inbox.begin(entry.stream, [entry.id]) == ()
    assert store.inbox.take_work(10, 0) == ()
    assert store.stats.sizes() == {
        "feeds": 0,
        "due": 0,
        "paused": 0,
        **dict.fromkeys(HEALTH, 0),
        "inbox": 0,
        "inbox_pending": 0,
        "held": 0,
        "dead": 0,
        "desk:items": 1,
        "desk:quotes": 1,
    }


def test_publishing_twice_publishes_once(store):
    entry = put(store)
    assert store.publications.publish([outcome(entry, event())]) == (PublishResult.PUBLISHED,)
    assert store.publications.publish([outcome(entry, event())]) == (PublishResult.GONE,)
    assert ids_on(store) == ["e1"]


def test_an_event_that_another_entry_published_is_not_repeated(store):
    first, second = put(store), put(store)
    store.publications.publish([outcome(first, event("e1"))])
    again = outcome(second, event("e1"), event("e2"), expected="1")
    assert store.publications.publish([again]) == (PublishResult.PUBLISHED,)
    assert ids_on(store) == ["e1", "e2"]


def test_an_outcome_without_events_is_published_too(store):
    entry = put(store)
    assert store.publications.publish([outcome(entry, version="7")]) == (PublishResult.PUBLISHED,)
    assert versions(store, "urn:x") == ["7"]


def test_an_old_version_never_follows_a_newer_one(store):
    old, new = put(store), put(store)
    assert store.publications.publish([outcome(new, event("new"), version="2")]) == (
        PublishResult.PUBLISHED,
    )
    stale = outcome(old, event("old"), version="1", expected="2")
    assert store.publications.publish([stale]) == (PublishResult.STALE,)
    assert ids_on(store) == ["new"]
    assert versions(store, "urn:x") == ["2"]
    assert store.publications.publish([stale]) == (PublishResult.GONE,)


@pytest.mark.parametrize(
    ("is_named", "between"), [(False, PublishResult.STALE), (True, PublishResult.PUBLISHED)]
)
def test_what_came_between_a_message_and_its_repeat(store, is_named, between):
    """A content that comes back is the last word; a named version once more says nothing new."""
    first, other, again = put(store), put(store), put(store)
    store.publications.publish([outcome(first, event("a"))])
    repeat = msgspec.structs.replace(outcome(again, event("a"), expected="1"), is_named=is_named)
    assert store.publications.publish([repeat]) == (PublishResult.PUBLISHED,)
    overtaken = outcome(other, event("b"), version="2", expected="1")
    assert store.publications.publish([overtaken]) == (between,)


def test_a_newer_version_in_the_urgent_inbox_makes_the_older_stale(store, pass_time):
    old = put(store)
    pass_time(0.005)
    new = put(store, urgent=True)
    store.publications.publish([outcome(new, event("new"), version="2")])
    stale = outcome(old, event("old"), expected="2")
    assert store.publications.publish([stale]) == (PublishResult.STALE,)


@pytest.mark.parametrize("expected", [None, "0", "", "11"])
def test_a_version_that_was_not_expected_is_a_conflict_and_nothing_is_done(store, expected):
    first, second = put(store), put(store)
    store.publications.publish([outcome(first, event("e1"), version="1")])
    conflict = outcome(second, event("e2"), version="2", expected=expected)
    assert store.publications.publish([conflict]) == (PublishResult.CONFLICT,)
    assert ids_on(store) == ["e1"]
    assert versions(store, "urn:x") == ["1"]
    right = outcome(second, event("e2"), version="2", expected="1")
    assert store.publications.publish([right]) == (PublishResult.PUBLISHED,)
    assert ids_on(store) == ["e1", "e2"]


def test_expecting_a_version_of_an_unknown_item_is_a_conflict(store):
    entry = put(store)
    assert store.publications.publish([outcome(entry, expected="1")]) == (PublishResult.CONFLICT,)


def test_each_outcome_of_a_batch_has_its_own_result(store):
    first, second, third, gone = (put(store) for _ in range(4))
    store.inbox.finish(gone)
    results = store.publications.publish(
        [
            outcome(first, event("a"), uri="urn:a"),
            outcome(second, event("a2"), uri="urn:a", version="2", expected=None),
            outcome(gone, event("g"), uri="urn:g"),
            outcome(third, event("b"), event("b2", desk="quotes"), uri="urn:b"),
        ]
    )
    assert results == (
        PublishResult.PUBLISHED,
        PublishResult.CONFLICT,
        PublishResult.GONE,
        PublishResult.PUBLISHED,
    )
    assert ids_on(store) == ["a", "b"]
    assert ids_on(store, "quotes") == ["b2"]


def test_workers_that_race_for_one_entry_publish_it_once(store):
    entries = [put(store, str(number)) for number in range(60)]
    results: list[PublishResult] = []

    def work():
        for entry in entries:
            one = outcome(entry, event(f"e{entry.id}"), uri=f"urn:{entry.id}")
            results.extend(store.publications.publish([one]))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert results.count(PublishResult.PUBLISHED) == 60
    assert results.count(PublishResult.GONE) == 180
    assert len(ids_on(store)) == 60


def test_publishing_nothing_is_nothing(store):
    assert store.publications.publish([]) == ()
    assert store.publications.known([]) == ()


def test_finishing_ends_an_entry_once(store):
    entry = put(store)
    assert store.inbox.finish(entry)
    assert not store.inbox.finish(entry)
    assert store.publications.publish([outcome(entry, event())]) == (PublishResult.GONE,)
    assert store.stats.sizes()["inbox"] == 0


# desks


def publish_many(store, count: int) -> list[str]:
    for number in range(count):
        store.publications.publish([outcome(put(store), event(f"e{number}"), uri=f"urn:{number}")])
    return [f"e{number}" for number in range(count)]


def test_a_desk_is_read_from_any_place_on(store):
    ids = publish_many(store, 5)
    first = store.desks.read("items", limit=2)
    rest = store.desks.read("items", after=first[-1].entry_id)
    assert [entry.id for entry in first + rest] == ids
    assert store.desks.read("items", after="$") == ()
    assert store.desks.read("empty") == ()


def test_reading_at_the_end_waits_for_the_next_event(store):
    publish_many(store, 1)
    entry = put(store)
    found: list[DeskEntry] = []
    reader = threading.Thread(
        target=lambda: found.extend(store.desks.read("items", after="$", block_ms=5000))
    )
    reader.start()
    reader.join(0.2)
    assert reader.is_alive()
    store.publications.publish([outcome(entry, event("next"), uri="urn:next")])
    reader.join(5)
    assert [entry.id for entry in found] == ["next"]


def test_waiting_ends_when_nothing_comes(store):
    assert store.desks.read("items", block_ms=30) == ()


# dead letters


def test_a_rejected_entry_is_a_dead_letter_with_its_whole_story(store):
    entry = put(store, '{"texxt": 1}', fields={"source": "me", "trace": "t1"})
    assert store.inbox.reject(entry, GIVEN_UP)
    (letter,) = store.dead_letters.list()
    assert letter == DeadLetter(
        id=letter.id,
        reason="no text in it",
        kind="message",
        attempts=1,
        payload='{"texxt": 1}',
        stream=entry.stream,
        source="me",
        item="urn:x",
        first_at=moment(entry.id),
        last_at=moment(letter.id),
    )
    assert store.dead_letters.get(letter.id) == letter
    assert store.inbox.take_work(10, 0) == ()
    assert store.stats.sizes()["dead"] == 1


def test_an_entry_is_rejected_once(store):
    entry = put(store)
    assert store.inbox.reject(entry, GIVEN_UP)
    assert not store.inbox.reject(entry, GIVEN_UP)
    assert len(store.dead_letters.list()) == 1
    done = put(store)
    store.inbox.finish(done)
    assert not store.inbox.reject(done, GIVEN_UP)


def test_the_newest_letters_come_first(store):
    for number in range(3):
        store.inbox.reject(put(store, str(number)), GIVEN_UP)
    assert [letter.payload for letter in store.dead_letters.list(limit=2)] == ["2", "1"]


@pytest.mark.parametrize("urgent", [False, True])
def test_a_retried_letter_is_back_where_it_came_from(store, urgent):
    entry = put(store, "{}", urgent=urgent, fields={"source": "me", "trace": "t1"})
    store.inbox.begin(entry.stream, [entry.id])
    store.inbox.reject(entry, GIVEN_UP)
    (letter,) = store.dead_letters.list()
    assert store.dead_letters.retry(letter.id)
    assert not store.dead_letters.retry(letter.id)
    (again,) = store.inbox.take_work(10, HOUR_MS)
    assert (again.stream, again.attempts) == (entry.stream, 0)
    (again,) = store.inbox.begin(again.stream, [again.id])
    door = "inbox:urgent" if urgent else "inbox"
    assert again.fields == {"message": "{}", "source": "me", "door": door, "order": entry.id}
    assert store.dead_letters.list() == ()


def test_a_letter_whose_door_takes_nothing_more_stays_a_letter(store, client, prefix):
    store.inbox.put("[]")
    messages, _ = store.inbox.read_doors(10, LIMIT_BYTES)
    store.inbox.enter([DoorDecision(message=messages[0], word="dead", letter=GIVEN_UP)])
    last = (1 << 64) - 1
    client.xadd(f"{prefix}:inbox", {"message": "last"}, id=f"{last}-{last}")
    (dead,) = store.dead_letters.list()
    with pytest.raises(BrokerError):
        store.dead_letters.retry(dead.id)
    assert store.dead_letters.list() == (dead,)
    assert store.dead_letters.drop(dead.id)


def test_a_retried_old_version_does_not_follow_a_newer_one(store):
    old, new = put(store), put(store)
    store.inbox.reject(old, GIVEN_UP)
    store.publications.publish([outcome(new, event("new"), version="2")])
    for _ in range(2):
        store.dead_letters.retry(store.dead_letters.list()[0].id)
        (again,) = store.inbox.take_work(10, HOUR_MS)
        store.inbox.reject(again, GIVEN_UP)
    store.dead_letters.retry(store.dead_letters.list()[0].id)
    (again,) = store.inbox.take_work(10, HOUR_MS)
    (again,) = store.inbox.begin(again.stream, [again.id])
    stale = outcome(again, event("old"), expected="2")
    assert store.publications.publish([stale]) == (PublishResult.STALE,)
    assert ids_on(store) == ["new"]


def test_a_retried_version_that_nothing_followed_is_published(store):
    store.inbox.reject(put(store), GIVEN_UP)
    store.dead_letters.retry(store.dead_letters.list()[0].id)
    (again,) = store.inbox.take_work(10, HOUR_MS)
    assert store.publications.publish([outcome(again, event())]) == (PublishResult.PUBLISHED,)


def test_a_dropped_letter_is_gone(store):
    store.inbox.reject(put(store), GIVEN_UP)
    (letter,) = store.dead_letters.list()
    assert store.dead_letters.drop(letter.id)
    assert not store.dead_letters.drop(letter.id)
    assert store.dead_letters.get(letter.id) is None


@pytest.mark.parametrize("letter_id", ["1-1", "", "nonsense", "-", "*"])
def test_a_letter_that_is_not_there_is_none(store, letter_id):
    assert store.dead_letters.get(letter_id) is None
    assert not store.dead_letters.retry(letter_id)
    assert not store.dead_letters.drop(letter_id)


def test_a_message_of_up_to_a_quarter_of_the_room_is_kept_whole_and_can_be_retried(store):
    """A feed that showed a long item does not bring it again."""
    message = "x" * (16 << 20)
    store.inbox.reject(put(store, message), GIVEN_UP)
    (letter,) = store.dead_letters.list()
    assert letter.payload == message
    assert store.dead_letters.retry(letter.id)


def test_a_longer_message_is_cut_and_says_so(store):
    store.inbox.reject(put(store, "x" * ((16 << 20) + 1)), GIVEN_UP)
    (letter,) = store.dead_letters.list()
    assert letter.payload == "x" * 65_536
    assert letter.detail == "payload cut: it had 16777217 bytes and cannot be retried"
    with pytest.raises(MessageError, match="was too long to be kept whole"):
        store.dead_letters.retry(letter.id)
    assert store.dead_letters.get(letter.id)


def test_letters_are_read_page_by_page_without_a_gap(store):
    for number in range(5):
        store.inbox.reject(put(store, str(number)), GIVEN_UP)
    first = store.dead_letters.list(limit=2)
    rest = store.dead_letters.list(before=first[-1].id)
    assert [letter.payload for letter in first + rest] == ["4", "3", "2", "1", "0"]


def test_a_retried_letter_remembers_when_it_came_in_first(store, pass_time):
    entry = put(store)
    pass_time(0.01)
    store.inbox.reject(entry, GIVEN_UP)
    store.dead_letters.retry(store.dead_letters.list()[0].id)
    pass_time(0.01)
    (again,) = store.inbox.take_work(10, HOUR_MS)
    store.inbox.reject(again, GIVEN_UP)
    (letter,) = store.dead_letters.list()
    assert letter.first_at == moment(entry.id) < moment(again.id) < letter.last_at


def test_letters_are_bounded_in_number_the_oldest_go_first(make_store):
    store = make_store(dead_length=3)
    for number in range(5):
        store.inbox.reject(put(store, str(number)), GIVEN_UP)
    assert [letter.payload for letter in store.dead_letters.list()] == ["4", "3", "2"]


def test_letters_are_bounded_in_bytes_and_what_is_gone_makes_room(make_store):
    store = make_store(dead_bytes=1000)
    for letter in "abcd":
        store.inbox.reject(put(store, letter * 300), GIVEN_UP)
    assert [letter.payload[0] for letter in store.dead_letters.list()] == ["d", "c", "b"]
    newest, middle, _ = store.dead_letters.list()
    store.dead_letters.drop(newest.id)
    store.dead_letters.retry(middle.id)
    for letter in "ef":
        store.inbox.reject(put(store, letter * 300), GIVEN_UP)
    assert [letter.payload[0] for letter in store.dead_letters.list()] == ["f", "e", "b"]


def test_one_letter_is_kept_however_large_it_is(make_store):
    store = make_store(dead_bytes=1000)
    for letter in "ab":
        store.inbox.reject(put(store, letter * 3000), GIVEN_UP)
    assert [letter.payload[0] for letter in store.dead_letters.list()] == ["b"]


def test_ping_is_quiet(store):
    assert store.stats.ping() is None


def test_what_a_refusing_server_could_not_be_told_is_told_before_the_next_work(
    store, monkeypatch, swap_server
):
    entry = put(store)
    (begun_entry,) = store.inbox.begin(entry.stream, [entry.id])

    class Full:
        def run(self, *_args, **_options):
            raise BrokerRefused("full")

    with monkeypatch.context() as broken:
        swap_server(broken, store, Full())
        with pytest.raises(BrokerRefused):
            store.inbox.release([begun_entry])
    (again,) = store.inbox.begin(entry.stream, [entry.id])
    assert again.attempts == 1


# many messages at once, and keys


def test_all_messages_of_a_request_are_put_in_their_order(store, client, prefix):
    messages = [{"message": "a", "source": "s"}, {"message": b"\xff"}]
    ids = store.inbox.put_all(messages)
    entries = client.execute_command("XRANGE", f"{prefix}:inbox", "-", "+", NEVER_DECODE=True)
    assert [(str(entry, "ascii"), words) for entry, words in entries] == [
        (ids[0], {b"message": b"a", b"source": b"s"}),
        (ids[1], {b"message": b"\xff"}),
    ]


def test_messages_that_exceed_the_limit_are_put_by_none(make_store):
    store = make_store(inbox_length=2)
    with pytest.raises(InboxFull, match="holds 2 messages and takes no more"):
        store.inbox.put_all([{"message": "{}"}] * 3, key="k", digest="d")
    assert store.stats.sizes()["inbox"] == 0
    assert len(store.inbox.put_all([{"message": "{}"}] * 2, key="k", digest="d")) == 2


def test_a_key_puts_its_messages_once_for_a_day(store, pass_time):
    first = store.inbox.put_all([{"message": "{}"}] * 2, key="k", digest="d")
    assert store.inbox.put_all([{"message": "{}"}] * 2, key="k", digest="d") == first
    with pytest.raises(KeyReused):
        store.inbox.put_all([{"message": "[]"}], key="k", digest="e")
    assert store.stats.sizes()["inbox"] == 2
    pass_time(86_401)
    assert store.inbox.put_all([{"message": "[]"}], key="k", digest="e") != first
