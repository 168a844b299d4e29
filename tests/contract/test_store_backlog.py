"""What waits where, as the store tells it."""

import pytest

from worker.model import Feed
from worker.model.backlog import InboxBacklog
from worker.model.inbox import DeadLetter, DoorDecision
from worker.model.publishing import Publication, PublishRequest
from worker.polling.backpressure import Throttle, find_throttle


def put(store, number, **options):
    """One message, let in."""
    store.inbox.put(str(number), **options)
    messages, _ = store.inbox.read_doors(10, 1000)
    words = {"inbox": "work", "inbox:urgent": "urgent"}
    store.inbox.enter([DoorDecision(message=one, word=words[one.door]) for one in messages])


def publish(store, start, count):
    """Events on the desk `items`."""
    for number in range(start, start + count):
        put(store, number)
        (entry,) = store.inbox.take_work(1, 60_000)
        event = Publication(desk="items", id=f"e{number}", type="t", body=b"{}")
        outcome = PublishRequest(
            entry=entry, uri=f"urn:{number}", version="1", expected=None, publications=(event,)
        )
        store.publications.publish([outcome])


def test_an_empty_store_has_no_backlog(store):
    found = store.stats.backlog()
    assert found.inboxes == {"inbox": InboxBacklog(), "inbox:urgent": InboxBacklog()}
    assert (found.readers, found.late_s, found.memory_limit) == ((), 0, 0)


def test_what_nobody_was_given_waits_and_the_rest_is_at_work(store, pass_time):
    for number in range(3):
        put(store, number)
    put(store, 3, urgent=True)
    store.inbox.take_work(2, 60_000)
    pass_time(0.2)
    put(store, 4)
    inboxes = store.stats.backlog().inboxes
    assert {name: (one.waiting, one.at_work) for name, one in inboxes.items()} == {
        "inbox": (3, 1),
        "inbox:urgent": (0, 1),
    }
    assert inboxes["inbox"].oldest_s >= inboxes["inbox"].waits_s >= 0.2
    assert inboxes["inbox:urgent"].waits_s is None


def test_what_waits_is_as_old_as_it_is_after_the_clock_was_ahead(store, pass_time):
    pass_time(3600)
    put(store, 0)
    store.inbox.take_work(1, 60_000)
    pass_time(-3600)
    put(store, 1)
    pass_time(90)
    store.inbox.put("{}", urgent=True)
    pass_time(10)
    (found, urgent) = store.stats.backlog().inboxes.values()
    assert (100 <= found.waits_s < 110, 10 <= urgent.oldest_s < 20) == (True, True)


def test_what_stands_at_a_door_waits(store, pass_time):
    store.inbox.put("{}")
    pass_time(2)
    store.inbox.put("{}")
    (found, urgent) = store.stats.backlog().inboxes.values()
    assert (found.waiting, found.at_work, urgent) == (2, 0, InboxBacklog())
    assert (found.oldest_s >= 2, found.waits_s) == (True, None)


def test_no_id_at_a_door_slows_the_polling(store, client, prefix):
    now_ms = int(client.time()[0]) * 1000
    client.xadd(f"{prefix}:inbox", {"message": "{}"}, id=f"{now_ms - 29 * 86_400_000}-0")
    assert find_throttle(store.stats.backlog()) == Throttle()


def test_what_stands_at_a_door_waits_behind_what_was_let_in(store, pass_time):
    put(store, 0)
    store.inbox.take_work(1, 60_000)
    pass_time(5)
    put(store, 1)
    pass_time(3)
    store.inbox.put("{}")
    found = store.stats.backlog().inboxes["inbox"]
    assert (found.waiting, found.at_work) == (2, 1)
    assert found.oldest_s >= 8 > found.waits_s >= 3


def test_what_is_kept_in_a_bounded_number_tells_how_long_it_lasts(make_store, pass_time):
    store = make_store(desk_length=1000, dead_length=50)
    assert store.stats.retention() == ()
    for number in range(9):
        publish(store, number, 1)
        pass_time(10)
    put(store, 0)
    (entry,) = store.inbox.take_work(1, 60_000)
    store.inbox.reject(entry, DeadLetter(reason="r", kind="k", attempts=1, payload=""))
    pass_time(10)
    desk, dead = store.stats.retention()
    assert (desk.name, desk.held, desk.most) == ("desk:items", 9, 1000)
    assert 100 <= desk.oldest_s < 110
    assert desk.oldest_s / desk.lasts_s == pytest.approx(9 / 1000, rel=0.2)
    assert (dead.name, dead.held, dead.most) == ("dead", 1, 50)


def test_how_long_a_desk_lasts_is_told_by_the_rate_of_its_last_hundred_events(
    make_store, pass_time
):
    store = make_store(desk_length=1000)
    publish(store, 0, 100)
    pass_time(86_400)
    for number in range(100):
        publish(store, 100 + number, 1)
        pass_time(1)
    (desk,) = store.stats.retention()
    assert desk.held == 200
    assert desk.oldest_s > 86_400
    assert 990 < desk.lasts_s < 1100


def test_the_feed_that_waits_longest_is_the_latest(store, pass_time):
    store.feeds.add([Feed(id="a", url="http://a.test/")])
    pass_time(0.3)
    assert store.stats.backlog().late_s >= 0.3
    store.polls.claim_due(1, 60)
    assert store.stats.backlog().late_s == 0
