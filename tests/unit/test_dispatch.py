"""Scheduler and inbox consumer: which task messages they send, when, and in what batches."""

import datetime
import itertools
import json
import threading

import pytest
import redis
import structlog
from msgspec.structs import replace

from worker import dispatch
from worker.app import make_app
from worker.dispatch import (
    RESEND_AFTER_S,
    TICK_S,
    Batch,
    InboxConsumer,
    Scheduler,
    TaskSender,
    run_dispatch,
    split_batches,
)
from worker.errors import BrokerAway, CopytasterError, MessageError, SettingsError
from worker.model import Feed, Lease, feed_id
from worker.model.backlog import Backlog, InboxBacklog
from worker.model.inbox import DoorDecision, InboxEntry
from worker.model.publishing import PublishRequest
from worker.settings import Settings

BODY = "VARNA, March 4. /TASS/. All is calm."


@pytest.fixture
def client(broker_url):
    with redis.Redis.from_url(broker_url, decode_responses=True) as client:
        yield client


def entry(number, *, size=10, attempts=0, stream="work"):
    return InboxEntry(stream=stream, id=f"1-{number}", fields={}, attempts=attempts, size=size)


def test_due_feeds_are_sent_once_a_lease(store, queues):
    urls = [f"http://a.test/{number}" for number in range(5)]
    store.feeds.add([Feed(id=feed_id(url), url=url) for url in urls])
    scheduler = Scheduler(Settings(poll_batch=3), store, queues)
    assert (scheduler.step(), scheduler.step(), scheduler.step()) == (0.0, TICK_S, TICK_S)
    assert [len(leases) for leases in queues.polls] == [3, 2]
    assert len({feed for leases in queues.polls for feed, _ in leases}) == 5


def test_feeds_whose_task_message_nobody_begins_are_sent_again_before_their_lease_would_end(
    store, queues, pass_time
):
    urls = [f"http://a.test/{number}" for number in range(3)]
    store.feeds.add([Feed(id=feed_id(url), url=url) for url in urls])
    settings = Settings(poll_lease_s=60)
    scheduler = Scheduler(settings, store, queues)
    scheduler.step()
    pass_time(RESEND_AFTER_S / 2)
    scheduler.step()
    ((begun, token), *lost) = queues.polls[0]
    assert store.polls.open(Lease(begun, token), settings.poll_lease_s).is_ours
    pass_time(RESEND_AFTER_S)
    scheduler.step()
    assert [sorted(feed for feed, _ in leases) for leases in queues.polls] == [
        sorted(feed_id(url) for url in urls),
        sorted(feed for feed, _ in lost),
    ]


def test_a_long_poll_queue_holds_the_scheduler_back(store, queues):
    store.feeds.add([Feed(id="a", url="http://a.test/")])
    queues.depths["poll"] = 20
    assert Scheduler(Settings(queue_high=20), store, queues).step() == TICK_S
    assert queues.polls == []


WAITING = Backlog(inboxes={"inbox": InboxBacklog(waiting=5, waits_s=100.0)}, inbox_limit=100)
EMPTY = Backlog(inboxes={}, inbox_limit=100)
FULL = Backlog(inboxes={}, inbox_limit=100, memory_used=9, memory_limit=10)


def test_feeds_are_polled_more_slowly_while_messages_wait(store, queues, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(store.stats, "backlog", lambda: WAITING)
    store.feeds.add([Feed(id=str(number), url="http://a.test/") for number in range(3)])
    scheduler = Scheduler(Settings(poll_batch=1), store, queues, clock=lambda: clock[0])
    for _ in range(11):
        scheduler.step()
        clock[0] += 1
    assert len(queues.polls) == 3


def test_a_full_store_ends_polling_until_there_is_room(store, queues, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(store.stats, "backlog", lambda: FULL)
    trims = []
    monkeypatch.setattr(store.publications, "trim", lambda: trims.append(1))
    store.feeds.add([Feed(id="a", url="http://a.test/")])
    scheduler = Scheduler(Settings(), store, queues, clock=lambda: clock[0])
    assert (scheduler.step() > 0, queues.polls, trims) == (True, [], [1])
    monkeypatch.setattr(store.stats, "backlog", lambda: EMPTY)
    clock[0] += 1
    scheduler.step()
    assert (len(queues.polls), trims) == (1, [1])


def test_messages_become_batches_and_feed_requests_become_feeds(store, queues):
    for number in range(3):
        store.inbox.put(json.dumps({"uri": f"urn:{number}", "body_text": BODY}))
    store.inbox.put(json.dumps({"feed": "http://a.test/rss"}))
    store.inbox.put("{broken")
    InboxConsumer(Settings(), store, queues).step()
    assert [len(batch.ids) for batch in queues.batches] == [3]
    assert [feed.url for feed in store.feeds.all()] == ["http://a.test/rss"]
    assert [letter.payload for letter in store.dead_letters.list()] == ["{broken"]


def test_a_feed_request_changes_only_what_it_names(store, queues):
    url = "http://a.test/rss"
    kept = Feed(id=feed_id(url), url=url, name="A", agency="TASS", interval_s=300, by_message=True)
    store.feeds.add([kept])
    store.inbox.put(json.dumps({"feed": url}))
    InboxConsumer(Settings(), store, queues).step()
    assert store.feeds.get(kept.id) == kept
    store.inbox.put(json.dumps({"feed": url, "interval_s": 900}))
    InboxConsumer(Settings(), store, queues).step()
    assert store.feeds.get(kept.id) == replace(kept, interval_s=900)


def test_urgent_items_have_a_batch_of_their_own_that_goes_first(store, queues):
    store.inbox.put(json.dumps({"uri": "urn:slow", "body_text": BODY}))
    store.inbox.put(json.dumps({"uri": "urn:fast", "body_text": BODY, "urgency": 2}))
    InboxConsumer(Settings(), store, queues).step()
    assert [batch.urgent for batch in queues.batches] == [True, False]


def test_a_kill_is_urgent_whoever_sent_it(store, queues):
    store.inbox.put(json.dumps({"uri": "urn:slow", "body_text": BODY}))
    store.inbox.put(json.dumps({"uri": "urn:kill", "body_text": "KILL KILL KILL\n\nItem 0042."}))
    InboxConsumer(Settings(), store, queues).step()
    assert [(batch.urgent, len(batch.ids)) for batch in queues.batches] == [(True, 1), (False, 1)]


def test_items_that_waited_are_let_go_however_long_the_queues_are(store, queues, clock, pass_time):
    store.inbox.put("{}")
    messages, _ = store.inbox.read_doors(1, 1000)
    store.inbox.enter([DoorDecision(message=messages[0], word="work")])
    (waiting,) = store.inbox.take_work(1, 60_000)
    outcome = PublishRequest(
        entry=waiting, uri="urn:a", version="1", expected=None, publications=()
    )
    store.publications.hold(outcome, clock() + datetime.timedelta(seconds=60))
    queues.depths["poll"] = 1000
    scheduler = Scheduler(Settings(), store, queues)
    scheduler.step()
    assert store.inbox.take_work(1, 60_000) == ()
    pass_time(61)
    scheduler.step()
    (released,) = store.inbox.take_work(1, 60_000)
    (released,) = store.inbox.begin(released.stream, [released.id])
    assert released.fields["order"] == waiting.id


@pytest.mark.parametrize("polls", [0, 1000])
def test_many_items_of_one_time_wait_for_no_tick(store, queues, monkeypatch, polls):
    left = [dispatch.RELEASES, dispatch.RELEASES, 3]
    monkeypatch.setattr(store.inbox, "release_held", lambda limit: left.pop(0))
    queues.depths["poll"] = polls
    scheduler = Scheduler(Settings(), store, queues)
    assert [scheduler.step() for _ in range(3)] == [0.0, 0.0, TICK_S]


def test_urgent_messages_pass_a_long_queue_wherever_they_were_put(store, prefix, queues):
    store.inbox.put(json.dumps({"uri": "urn:slow", "body_text": BODY}))
    store.inbox.put("{broken")
    store.inbox.put(json.dumps({"uri": "urn:fast", "body_text": BODY, "urgency": 2}))
    store.inbox.put(json.dumps({"uri": "urn:first", "body_text": BODY}), urgent=True)
    queues.depths["parse"] = 20
    InboxConsumer(Settings(queue_high=20), store, queues).step()
    assert [(batch.stream, len(batch.ids), batch.urgent) for batch in queues.batches] == [
        (f"{prefix}:work:urgent", 2, True)
    ]
    assert (store.stats.sizes()["inbox"], store.stats.sizes()["dead"]) == (3, 1)


@pytest.mark.parametrize("queue", ["parse", "urgent"])
def test_a_long_queue_empties_the_doors_and_gets_no_task_message(store, queues, queue):
    for number in range(450):
        store.inbox.put(json.dumps({"uri": f"urn:{number}", "body_text": BODY}))
    queues.depths[queue] = 20
    consumer = InboxConsumer(Settings(queue_high=20), store, queues)
    assert [consumer.step() == 0 for _ in range(3)] == [True, True, False]
    assert store.inbox.read_doors(1, 1000) == ((), False)
    assert queues.batches == []
    assert store.stats.sizes()["inbox"] == 450
    queues.depths.clear()
    while consumer.step() == 0:
        pass
    assert sum(len(batch.ids) for batch in queues.batches) == 450


def test_a_fault_of_ours_in_reading_one_message_stops_no_other(store, queues, monkeypatch):
    store.inbox.put('{"text": "first"}')
    store.inbox.put('{"text": "second"}')

    def read_message(fields, *, limit_bytes):
        if "first" in fields["message"]:
            raise ZeroDivisionError("division by zero")
        return real(fields, limit_bytes=limit_bytes)

    real = dispatch.read_message
    monkeypatch.setattr(dispatch, "read_message", read_message)
    InboxConsumer(Settings(), store, queues).step()
    assert [len(batch.ids) for batch in queues.batches] == [1]
    assert store.dead_letters.list()[0].kind == "intake"


def test_a_message_that_takes_minutes_leaves_its_door(
    store, queues, monkeypatch, clock, client, prefix
):
    def read_slowly(*_, **__):
        clock.advance(600)
        raise MessageError("slow")

    monkeypatch.setattr(dispatch, "read_message", read_slowly)
    store.inbox.put("{}")
    InboxConsumer(Settings(), store, queues).step()
    assert [letter.reason for letter in store.dead_letters.list()] == ["slow"]
    assert not client.keys(f"{prefix}:look:*")


def test_doors_that_stand_still_are_in_the_log(store, queues, monkeypatch):
    monkeypatch.setattr(store.inbox, "enter", lambda _: 0)
    store.inbox.put(json.dumps({"uri": "urn:1", "body_text": BODY}))
    consumer = InboxConsumer(Settings(), store, queues)
    with structlog.testing.capture_logs() as logs:
        consumer.step()
    assert logs == []
    with structlog.testing.capture_logs() as logs:
        consumer.step()
    assert [entry["event"] for entry in logs] == ["doors_stand_still"]


def test_slow_messages_are_left_to_the_next_step(store, queues, monkeypatch):
    times = itertools.count()
    monkeypatch.setattr(dispatch, "CLASSIFY_S", 3)
    consumer = InboxConsumer(Settings(), store, queues, clock=lambda: next(times))
    for number in range(7):
        store.inbox.put(json.dumps({"uri": f"urn:{number}", "body_text": BODY}))
    assert [consumer.step() > 0 for _ in range(3)] == [False, False, True]
    assert [len(batch.ids) for batch in queues.batches] == [3, 3, 1]


def test_batches_keep_within_items_and_bytes_and_order():
    work = [entry(number, size=40) for number in range(7)]
    by_items = split_batches(work, 3, 10_000)
    assert [batch.ids for batch in by_items] == [
        ("1-0", "1-1", "1-2"),
        ("1-3", "1-4", "1-5"),
        ("1-6",),
    ]
    assert [len(batch.ids) for batch in split_batches(work, 100, 100)] == [2, 2, 2, 1]


def test_one_entry_larger_than_a_batch_goes_alone():
    work = [entry(0, size=10), entry(1, size=900), entry(2, size=10)]
    assert [batch.ids for batch in split_batches(work, 50, 100)] == [("1-0",), ("1-1",), ("1-2",)]


def test_an_entry_that_was_begun_before_travels_alone():
    work = [entry(0), entry(1, attempts=1), entry(2)]
    assert set(split_batches(work, 50, 1000)) == {
        Batch(stream="work", ids=("1-1",)),
        Batch(stream="work", ids=("1-0", "1-2")),
    }


def test_streams_are_never_mixed():
    work = [entry(0), entry(1, stream="work:urgent")]
    batches = split_batches(work, 50, 1000)
    assert [(batch.stream, batch.urgent) for batch in batches] == [
        ("work:urgent", True),
        ("work", False),
    ]


def test_the_lengths_of_task_queues_are_read_together(broker_url, prefix):
    settings = Settings(redis_url=broker_url, prefix=prefix)
    sender = TaskSender(settings, make_app(settings))
    for number in range(3):
        stream = "work:urgent" if number == 2 else "work"
        sender.parse(Batch(stream=stream, ids=(f"{number}-1",)))
    assert sender.lengths("parse", "urgent", "poll") == {"parse": 2, "urgent": 1, "poll": 0}


@pytest.fixture
def app(broker_url):
    return make_app(Settings(redis_url=broker_url, prefix="dispatch"))


def test_a_fault_in_one_loop_ends_the_process_with_a_word_and_no_bare_traceback(
    app, store, broker_url, monkeypatch, capfd
):
    def claim_due(limit, lease_s):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(store.polls, "claim_due", claim_due)
    with pytest.raises(CopytasterError, match="scheduler: ended by a fault"):
        run_dispatch(Settings(redis_url=broker_url), store, app, threading.Event())
    assert "Exception in thread" not in capfd.readouterr().err


def test_loops_that_wait_for_the_broker_are_alive(app, store, broker_url, monkeypatch, tmp_path):
    beat = tmp_path / "beat"

    def look(*_):
        if beat.exists():
            raise ZeroDivisionError("seen, and enough")
        raise BrokerAway("the server cannot be reached")

    monkeypatch.setattr(dispatch, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(store.polls, "claim_due", look)
    monkeypatch.setattr(store.inbox, "read_doors", look)
    with pytest.raises(CopytasterError, match="ended by a fault"):
        run_dispatch(
            Settings(redis_url=broker_url, heartbeat=str(beat)), store, app, threading.Event()
        )


def test_a_heartbeat_that_cannot_be_touched_ends_the_process(app, store, broker_url, monkeypatch):
    monkeypatch.setattr(dispatch, "HEARTBEAT_S", 0.2)
    with pytest.raises(SettingsError, match="COPYTASTER_HEARTBEAT: cannot be touched"):
        run_dispatch(
            Settings(redis_url=broker_url, heartbeat="/dev/null/beat"),
            store,
            app,
            threading.Event(),
        )
