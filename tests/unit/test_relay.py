"""A relay confirms to the desk's stream only what its sink has taken."""

import json
import threading

import pytest
from structlog.testing import capture_logs

from worker.desks import Desk
from worker.errors import SinkClosed, SinkError
from worker.ports import Outcome, Publication, Verdict
from worker.relay import relay_desk, relay_once


class FlakySink:
    """Takes events into a list; fails the first `failures` times, after it took `taken` of them."""

    def __init__(self, failures=0, taken=0, kind=SinkError, retry_after_s=None) -> None:
        self.failures = failures
        self.error = kind("the queue is down", subject="here", taken=taken)
        self.error.retry_after_s = retry_after_s
        self.taken = []
        self.closed = 0

    def send(self, entries):
        if self.failures:
            self.failures -= 1
            self.taken += [entry.id for entry in entries[: self.error.taken]]
            raise self.error
        self.taken += [entry.id for entry in entries]

    def close(self):
        self.closed += 1


@pytest.fixture
def store(make_store):
    """A store with three events on its items desk."""
    opened = make_store()
    for number in range(3):
        opened.put_message(json.dumps({"uri": f"urn:{number}", "body_text": "x"}))
    messages, _ = opened.read_doors(10, 1000)
    opened.enter([Verdict(message=one, word="work") for one in messages])
    for number, entry in enumerate(opened.take_work(10, 60_000)):
        event = Publication(desk="items", id=f"event-{number}", type="t", body=b"{}")
        opened.publish(
            [
                Outcome(
                    entry=entry,
                    uri=f"urn:{number}",
                    version="1",
                    expected=None,
                    publications=(event,),
                )
            ]
        )
    return opened


def test_everything_is_sent_once_in_order(store):
    sink = FlakySink()
    assert (relay_once(store, "items", sink), relay_once(store, "items", sink)) == (3, 0)
    assert sink.taken == ["event-0", "event-1", "event-2"]


def test_what_a_sink_refused_stays_with_the_stream(store):
    sink = FlakySink(failures=1)
    with pytest.raises(SinkError):
        relay_once(store, "items", sink)
    taken_back = store.take_desk("items", "relay", idle_ms=0)
    assert [entry.id for entry in taken_back] == ["event-0", "event-1", "event-2"]


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
    monkeypatch.setattr(stopping, "wait", waits.append)
    real_send = FlakySink.send

    def send(self, entries):
        real_send(self, entries)
        stopping.set()

    monkeypatch.setattr(FlakySink, "send", send)
    relay_desk(
        store, Desk(name="items", sink="jsonl:/tmp/x"), open_sink, stopping, chance=lambda: 0
    )
    assert len(sinks) == 2
    assert [sink.closed for sink in sinks] == [1, 1]
    assert sinks[1].taken == ["event-0", "event-1", "event-2"]
    assert waits[0] == 1.0


@pytest.mark.parametrize("kind", [SinkError, ZeroDivisionError])
def test_a_sink_that_is_down_for_a_day_is_still_tried_each_minute(store, monkeypatch, kind):
    stopping = threading.Event()
    waits = []

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 1100:
            stopping.set()

    def open_sink(spec, desk):
        raise kind("the queue is down")

    monkeypatch.setattr(stopping, "wait", wait)
    desk = Desk(name="items", sink="jsonl:/tmp/x")
    with capture_logs():  # a thousand tracebacks take a minute to print
        relay_desk(store, desk, open_sink, stopping, chance=lambda: 0)
    assert (waits[:3], waits[-1]) == ([1.0, 2.0, 4.0], 60.0)


def test_what_a_sink_took_of_a_batch_is_not_sent_again(store):
    sink = FlakySink(failures=1, taken=2)
    with pytest.raises(SinkError):
        relay_once(store, "items", sink)
    assert relay_once(store, "items", sink) == 1
    assert sink.taken == ["event-0", "event-1", "event-2"]


def waits_of(store, monkeypatch, sinks, chance=lambda: 0):
    """How long the relay pauses, with these sinks one after the other, until it ends."""
    stopping = threading.Event()
    waits = []
    left = iter(sinks)

    def open_sink(spec, desk):
        return next(left)

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == len(sinks):
            stopping.set()

    monkeypatch.setattr(stopping, "wait", wait)
    relay_desk(store, Desk(name="items", sink="jsonl:/tmp/x"), open_sink, stopping, chance)
    return waits


def test_a_sink_that_wants_nothing_more_gets_nothing_more(store, monkeypatch):
    gone, after = FlakySink(failures=1, kind=SinkClosed), FlakySink()
    assert waits_of(store, monkeypatch, [gone, after]) == []
    assert (gone.closed, after.taken) == (1, [])
    assert len(store.take_desk("items", "relay", idle_ms=0)) == 3


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
