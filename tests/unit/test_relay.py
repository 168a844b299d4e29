"""A relay confirms only those events to the desk's stream that its sink has taken."""

import threading
import time

import pytest
import redis
from structlog.testing import capture_logs

from worker.desks import Desk
from worker.errors import BrokerError, EventRefused, SinkClosed, SinkError
from worker.metrics import Counts
from worker.sinks import relay
from worker.sinks.relay import (
    CONFIRM_S,
    DEAD_AFTER_S,
    SURE_S,
    DeskLease,
    LeaseLost,
    relay_desk,
    relay_once,
)

EVENTS = ["event-0", "event-1", "event-2"]


class FlakySink:
    """Takes events into a list; fails the first `failures` times, after it took `taken` of them."""

    def __init__(self, failures=0, taken=0, kind=SinkError, retry_after_s=None) -> None:
        self.failures = failures
        self.error = kind("the queue is down", subject="here", taken=taken)
        self.error.retry_after_s = retry_after_s
        self.taken = []
        self.closed = 0

    def send(self, entries):
        for taken, entry in enumerate(entries):
            if self.failures and taken == self.error.taken:
                self.failures -= 1
                raise self.error
            self.taken.append(entry.id)

    def close(self):
        self.closed += 1


@pytest.fixture
def store(make_store, put_events):
    """A store with three events on its items desk."""
    opened = make_store()
    put_events(opened, EVENTS)
    return opened


@pytest.fixture
def lease(store, seconds):
    """The lease of the items desk, which is held."""
    return held_lease(store, seconds)


def held_lease(store, seconds):
    """A lease that is renewed when the test says so."""
    opened = DeskLease(store.desks, "items", seconds)
    opened.renew()
    return opened


class Seconds:
    """A clock that moves only when the test moves it."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


def left_on(store):
    """Return the events that a relay gets after all others, without waiting for their end."""
    store.desks.lease("items", "after", seen=store.desks.lease("items", "after"))
    return [entry.id for entry in store.desks.take("items", "after")]


def test_everything_is_sent_once_in_order(store, lease):
    sink = FlakySink()
    sent = [relay_once(store.desks, "items", sink, lease) for _ in range(2)]
    assert (sent, sink.taken) == ([3, 0], EVENTS)


def test_what_a_sink_refused_stays_with_the_stream(store, lease):
    sink = FlakySink(failures=1)
    with pytest.raises(SinkError):
        relay_once(store.desks, "items", sink, lease)
    assert left_on(store) == EVENTS


def test_a_relay_that_stops_gives_up_its_lease_but_asks_no_broker_that_stands_still(store, seconds):
    asked, leave_desk = [], store.desks.leave

    def note(desk, token):
        asked.append(token)
        leave_desk(desk, token)

    store.desks.leave = note
    for lost_s, left in ((0, 1), (SURE_S, 0)):
        asked.clear()
        with DeskLease(store.desks, "items", seconds):
            seconds.now += lost_s
        assert len(asked) == left


def test_a_relay_opens_a_broken_sink_again_until_told_to_stop(store, monkeypatch):
    stopping = threading.Event()
    sinks = []

    def open_sink(spec, desk):
        assert (spec, desk) == ("jsonl:/tmp/x", "items")
        sinks.append(FlakySink(failures=len(sinks) == 0))
        if len(sinks) == 3:
            stopping.set()
        return sinks[-1]

    waits = []
    monkeypatch.setattr(relay, "_wait", lambda pause_s, *_: waits.append(pause_s) or True)
    real_send = FlakySink.send

    def send(self, entries):
        real_send(self, entries)
        stopping.set()

    monkeypatch.setattr(FlakySink, "send", send)
    desk, counts = Desk(name="items", sink="jsonl:/tmp/x"), Counts(store.metrics)
    relay_desk(store.desks, desk, open_sink, stopping, chance=lambda: 0, counts=counts)
    counts.close()
    assert store.metrics.read(("relayed_events", "relay_failures")) == {
        "relayed_events": {("items",): len(EVENTS)},
        "relay_failures": {("items",): 1},
    }
    assert len(sinks) == 2
    assert [sink.closed for sink in sinks] == [1, 1]
    assert sinks[1].taken == EVENTS
    assert waits[0] == 1.0


@pytest.mark.parametrize("kind", [SinkError, ZeroDivisionError])
def test_a_sink_that_is_down_for_a_day_is_still_tried_each_minute(store, monkeypatch, kind):
    stopping = threading.Event()
    waits = []

    def wait(pause_s, *_):
        waits.append(pause_s)
        if len(waits) == 1100:
            stopping.set()
        return True

    def open_sink(spec, desk):
        raise kind("the queue is down")

    monkeypatch.setattr(relay, "_wait", wait)
    desk = Desk(name="items", sink="jsonl:/tmp/x")
    with capture_logs():  # a thousand tracebacks take a minute to print
        relay_desk(store.desks, desk, open_sink, stopping, chance=lambda: 0)
    assert (waits[:3], waits[-1]) == ([1.0, 2.0, 4.0], 60.0)


def test_what_a_sink_took_of_a_batch_is_not_sent_again(store, lease):
    sink = FlakySink(failures=1, taken=2)
    with pytest.raises(SinkError):
        relay_once(store.desks, "items", sink, lease)
    assert relay_once(store.desks, "items", sink, lease) == 1
    assert sink.taken == EVENTS


def test_an_event_that_the_sink_never_takes_is_passed_over_and_counts_as_lost(store, lease):
    sink = FlakySink(failures=1, taken=1, kind=EventRefused)
    with capture_logs() as logs:
        assert relay_once(store.desks, "items", sink, lease) == 2
    assert relay_once(store.desks, "items", sink, lease) == 1
    assert sink.taken == ["event-0", "event-2"]
    assert [(line["event"], line["log_level"]) for line in logs] == [("event_refused", "error")]
    (reader,) = store.stats.backlog().readers
    assert (reader.lost, reader.unconfirmed) == (1, 0)


def test_a_refusal_that_another_relay_may_have_had_too_counts_nothing(store, lease, monkeypatch):
    sink = FlakySink(failures=1, taken=0, kind=EventRefused)
    monkeypatch.setattr(store.desks, "confirm", lambda *_, **__: False)
    with pytest.raises(LeaseLost):
        relay_once(store.desks, "items", sink, lease)
    assert store.stats.backlog().readers[0].lost == 0


def waits_of(store, monkeypatch, sinks, chance=lambda: 0):
    """Return the pauses of a relay, with these sinks in turn, until it ends."""
    stopping = threading.Event()
    waits = []
    left = iter(sinks)

    def open_sink(spec, desk):
        return next(left)

    def wait(pause_s, *_):
        waits.append(pause_s)
        if len(waits) == len(sinks):
            stopping.set()
        return True

    monkeypatch.setattr(relay, "_wait", wait)
    relay_desk(store.desks, Desk(name="items", sink="jsonl:/tmp/x"), open_sink, stopping, chance)
    return waits


def test_a_sink_that_wants_nothing_more_gets_nothing_more(store, monkeypatch):
    gone, after = FlakySink(failures=1, kind=SinkClosed), FlakySink()
    assert waits_of(store, monkeypatch, [gone, after]) == []
    assert (gone.closed, after.taken) == (1, [])
    assert left_on(store) == EVENTS


def test_pauses_are_shortened_by_chance(store, monkeypatch):
    sinks = [FlakySink(failures=1) for _ in range(3)]
    assert waits_of(store, monkeypatch, sinks, chance=lambda: 0.5) == [0.75, 1.5, 3.0]


@pytest.mark.parametrize(("asked_s", "pause_s"), [(0.1, 1.0), (90.0, 90.0), (1e9, 3600.0)])
def test_a_pause_that_the_server_asks_for_is_kept_within_reason(
    store, monkeypatch, asked_s, pause_s
):
    sink = FlakySink(failures=1, retry_after_s=asked_s)
    assert waits_of(store, monkeypatch, [sink]) == [pause_s]


def test_a_sink_that_takes_some_each_time_is_not_given_up_on(store, monkeypatch):
    sinks = [FlakySink(failures=1), FlakySink(failures=1), FlakySink(failures=1, taken=1)]
    assert waits_of(store, monkeypatch, sinks) == [1.0, 2.0, 1.0]


class SlowSink(FlakySink):
    """Calls `after` when it has taken an event."""

    def __init__(self, after):
        super().__init__()
        self.after = after

    def send(self, entries):
        for entry in entries:
            self.taken.append(entry.id)
            self.after()


def test_a_relay_that_is_stopped_sends_the_event_at_hand_and_confirms_it(store, lease):
    stopping = threading.Event()
    sink = SlowSink(after=stopping.set)
    assert relay_once(store.desks, "items", sink, lease, stopping) == 1
    assert (sink.taken, left_on(store)) == (EVENTS[:1], EVENTS[1:])


def test_what_a_slow_sink_takes_is_confirmed_each_second(store, lease, seconds):
    def pass_some():
        seconds.now += 0.6 * CONFIRM_S
        lease.renew()

    sink = SlowSink(after=pass_some)
    sent = [relay_once(store.desks, "items", sink, lease) for _ in range(3)]
    assert (sent, sink.taken) == ([2, 1, 0], EVENTS)


# of several relays one sends


def test_a_relay_that_slept_sends_nothing_of_what_it_had_taken(store, seconds, put_events):
    """While it is suspended between taking and sending, another relay takes over."""
    slow, sink = held_lease(store, seconds), FlakySink()

    def sleep():
        other_clock = Seconds()
        other = DeskLease(store.desks, "items", other_clock)
        other.renew()
        other_clock.now += DEAD_AFTER_S
        other.renew()
        relay_once(store.desks, "items", sink, other)
        put_events(store, ["event-3"])
        relay_once(store.desks, "items", sink, other)
        seconds.now += DEAD_AFTER_S

    with pytest.raises(LeaseLost):
        relay_once(SleepsAfterTaking(store.desks, sleep), "items", sink, slow)
    assert sink.taken == [*EVENTS, "event-3"]


class SleepsAfterTaking:
    """Streams of desks whose caller is suspended after it has taken events."""

    def __init__(self, desks, sleep):
        self.desks, self.sleep = desks, sleep

    def __getattr__(self, name):
        return getattr(self.desks, name)

    def take(self, *args, **options):
        taken = self.desks.take(*args, **options)
        self.sleep()
        return taken


def test_a_relay_that_slept_in_the_middle_of_a_batch_sends_no_event_more(store, lease, seconds):
    class FallsAsleep(FlakySink):
        def send(self, entries):
            for entry in entries:
                self.taken.append(entry.id)
                seconds.now += SURE_S

    sink = FallsAsleep()
    with pytest.raises(LeaseLost):
        relay_once(store.desks, "items", sink, lease)
    assert (sink.taken, left_on(store)) == (EVENTS[:1], EVENTS)


def test_a_relay_that_has_its_desk_again_sends_nothing_of_what_it_took_before(store, seconds):
    """Another relay had the desk, sent all of these events, and ended."""
    sink, lease = FlakySink(), held_lease(store, seconds)

    def sleep():
        seconds.now += DEAD_AFTER_S
        assert left_on(store) == EVENTS
        store.desks.leave("items", "after")
        lease.renew()
        assert lease.is_held

    with pytest.raises(LeaseLost):
        relay_once(SleepsAfterTaking(store.desks, sleep), "items", sink, lease)
    assert sink.taken == []


def test_what_another_relay_may_have_sent_is_not_confirmed(store, lease, seconds):
    class LosesItsDesk(FlakySink):
        def send(self, entries):
            super().send(entries)
            assert left_on(store) == EVENTS

    with pytest.raises(LeaseLost):
        relay_once(store.desks, "items", LosesItsDesk(), lease)
    assert left_on(store) == EVENTS


def test_the_store_gives_nothing_to_a_relay_that_lost_its_desk_unnoticed(store, lease):
    assert left_on(store) == EVENTS
    with pytest.raises(LeaseLost):
        relay_once(store.desks, "items", FlakySink(), lease)


def test_a_lease_is_sure_from_the_moment_at_which_it_was_asked_for(store, seconds):
    class Slow:
        def lease(self, *args, **options):
            seconds.now += 3
            return store.desks.lease(*args, **options)

        def renew(self, *args):
            seconds.now += 3
            return store.desks.renew(*args)

    lease = DeskLease(Slow(), "items", seconds)
    for _ in range(2):  # to take it, and to renew it
        lease.renew()
        seconds.now += SURE_S - 3.1
        assert lease.is_held
        seconds.now += 0.2
        assert not lease.is_held


def test_a_relay_stands_by_until_the_other_has_been_silent_for_long_enough(store, lease, seconds):
    with capture_logs() as logs:
        second = held_lease(store, seconds)
        for _ in range(20):
            seconds.now += 1
            lease.renew()
            second.renew()
            assert (lease.is_held, second.is_held) == (True, False)
        waited = 0
        while not second.is_held:
            seconds.now += 1
            second.renew()
            waited += 1
    assert DEAD_AFTER_S <= waited <= DEAD_AFTER_S + 1
    lease.renew()
    assert not lease.is_held
    assert [entry["event"] for entry in logs] == ["relay_stands_by", "relay_leads"]


@pytest.mark.parametrize("moved_s", [7200, -7200])
def test_the_brokers_clock_decides_nothing(store, lease, seconds, pass_time, moved_s):
    second = held_lease(store, seconds)
    pass_time(moved_s)
    second.renew()
    lease.renew()
    assert (lease.is_held, second.is_held) == (True, False)


def test_a_pause_that_a_sink_asked_for_ends_when_another_relay_takes_the_desk(
    store, lease, seconds, monkeypatch
):
    """Its next turn, when that relay is dead, begins without a pause."""
    monkeypatch.setattr(relay, "RENEW_S", 0.01)
    ended = []

    def pause():
        ended.append(relay._wait(3600, lease, token, threading.Event()))

    token = lease.last_token
    thread = threading.Thread(target=pause, daemon=True)
    thread.start()
    second = held_lease(store, seconds)
    seconds.now += DEAD_AFTER_S
    lease.renew()
    assert not second.is_held
    thread.join(0.1)
    assert thread.is_alive()
    second.renew()
    seconds.now += DEAD_AFTER_S
    second.renew()
    assert second.is_held
    lease.renew()
    thread.join(20)
    assert ended == [False]


def test_a_relay_that_ends_gives_its_desk_to_the_next_at_once(store, seconds):
    with DeskLease(store.desks, "items") as first:
        assert first.is_held
        second = held_lease(store, seconds)
        assert not second.is_held
    second.renew()
    assert second.is_held


def test_a_relay_keeps_its_desk_when_the_broker_was_away_for_a_while(store, lease, seconds):
    """No other relay can have had it: the lease is unchanged."""
    token = lease.token()
    seconds.now += 3600
    assert not lease.is_held
    lease.renew()
    assert lease.token() == token


def test_a_relay_says_once_that_the_broker_is_away_and_that_it_is_back(store, monkeypatch):
    """Also a relay that stands by, which makes no other calls."""
    monkeypatch.setattr(relay, "RENEW_S", 0.01)
    real, calls = store.desks.lease, []

    def lease(*words, **said):
        calls.append(words)
        if len(calls) in (2, 3, 4):
            raise BrokerError("gone")
        return real(*words, **said)

    real("items", "other")
    monkeypatch.setattr(store.desks, "lease", lease)
    with capture_logs() as logs, DeskLease(store.desks, "items"):
        deadline = time.monotonic() + 20
        while len(calls) < 6 and time.monotonic() < deadline:
            time.sleep(0.01)
    said = [line["event"] for line in logs if line["event"].startswith("broker")]
    assert said == ["broker_away", "broker_back"]


def test_a_lease_lasts_as_it_was_sure_to_while_the_broker_is_away(lease, seconds, monkeypatch):
    def away(*_):
        raise BrokerError("gone")

    monkeypatch.setattr(lease._desks, "renew", away)
    with pytest.raises(BrokerError):
        lease.renew()
    seconds.now += SURE_S - 0.1
    assert lease.is_held
    seconds.now += 0.2
    assert not lease.is_held


def test_a_relay_whose_lease_a_wiped_broker_forgot_takes_it_anew(store, lease, broker_url, prefix):
    token = lease.token()
    with redis.Redis.from_url(broker_url) as client:
        client.delete(f"{prefix}:relay:items")
    lease.renew()
    assert lease.is_held
    assert lease.token() != token


def test_of_two_relays_one_sends_and_the_other_goes_on_when_it_ends(store, make_store, put_events):
    sinks = {"first": FlakySink(), "second": FlakySink()}
    stops = {name: threading.Event() for name in sinks}

    def start(name):
        desk = Desk(name="items", sink="jsonl:/tmp/x")
        opened = make_store()
        thread = threading.Thread(
            target=relay_desk, args=(opened.desks, desk, lambda *_: sinks[name], stops[name])
        )
        thread.start()
        return thread

    def wait_for(condition):
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    first = start("first")
    wait_for(lambda: sinks["first"].taken == EVENTS)
    second = start("second")
    put_events(store, ["event-3"])
    wait_for(lambda: sinks["first"].taken[3:] == ["event-3"])
    stops["first"].set()
    first.join()
    put_events(store, ["event-4"])
    wait_for(lambda: sinks["second"].taken == ["event-4"])
    stops["second"].set()
    second.join()
    assert sinks["first"].taken == [*EVENTS, "event-3"]
