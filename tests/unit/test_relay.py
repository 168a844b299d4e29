"""A relay confirms to the desk's stream only what its sink has taken."""

import json
import threading

import pytest

from worker.desks import Desk
from worker.errors import SinkError
from worker.relay import relay_desk, relay_once
from worker.store.memory import MemoryStore


class FlakySink:
    """Takes events into a list; refuses the first `failures` times."""

    def __init__(self, failures=0) -> None:
        self.failures = failures
        self.taken = []
        self.closed = 0

    def send(self, entries):
        if self.failures:
            self.failures -= 1
            raise SinkError("the queue is down", subject="here")
        self.taken += [entry.id for entry in entries]

    def close(self):
        self.closed += 1


@pytest.fixture
def store():
    """A store with three events on its items desk."""
    from worker.ports import Outcome, Publication

    opened = MemoryStore()
    for number in range(3):
        opened.put_message(json.dumps({"uri": f"urn:{number}", "body_text": "x"}))
    for number, entry in enumerate(opened.take_inbox(10, 60_000)):
        opened.begin(entry.stream, [entry.id])
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

    def open_sink(spec):
        assert spec == "jsonl:/tmp/x"
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
    relay_desk(store, Desk(name="items", sink="jsonl:/tmp/x"), open_sink, stopping)
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

    def open_sink(spec):
        raise kind("the queue is down")

    monkeypatch.setattr(stopping, "wait", wait)
    relay_desk(store, Desk(name="items", sink="jsonl:/tmp/x"), open_sink, stopping)
    assert (waits[:3], waits[-1]) == ([1.0, 2.0, 4.0], 60.0)
