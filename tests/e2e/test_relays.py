"""Two relays of one desk: one sends, and the other goes on when it dies, sleeps or is stopped."""

import base64
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from worker.sinks.relay import CONFIRM_S, DEAD_AFTER_S, RENEW_S

pytestmark = pytest.mark.e2e

RELAY = (sys.executable, "-m", "worker.cli", "relay")
TAKES_S = 0.02
SLACK_S = 5.0
"""For what a busy machine adds to the times that the relays promise."""


class Receiver:
    """A webhook's other side, which takes its time; `got` has the ids in order of their answers."""

    def __init__(self):
        self.got = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                time.sleep(TAKES_S)
                outer.got.append(self.headers["webhook-id"])
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def first_arrivals(self):
        return list(dict.fromkeys(self.got))

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    opened = Receiver()
    yield opened
    opened.close()


@pytest.fixture
def relays(processes, receiver, tmp_path, wait_for):
    """Two relays of the desk `items`: "first" has it, "second" stands by."""
    secret = tmp_path / "secret"
    secret.write_text(base64.b64encode(b"k" * 32).decode(), encoding="ascii")
    desks = tmp_path / "desks.toml"
    sink = f"webhook:{receiver.url}#secret_file={secret}&private=yes"
    desks.write_text(f'[[desk]]\nname = "items"\nsink = "{sink}"\n', encoding="utf-8")
    processes.environ["COPYTASTER_DESKS"] = str(desks)
    for name, word in (("first", "relay_leads"), ("second", "relay_stands_by")):
        processes.start(name, RELAY)
        wait_for(lambda name=name, word=word: says(processes, name, word))
    return processes


def says(processes, name, word):
    return [event for event in processes.events(name) if event["event"] == word]


@pytest.fixture
def publish(store, put_events):
    """Puts so many events on the desk `items`; their ids."""

    def put(count, start=0):
        ids = [f"e{number:04}" for number in range(start, start + count)]
        put_events(store, ids)
        return ids

    return put


@pytest.fixture
def halfway(relays, receiver, publish, wait_for):
    """Ids of events on the desk, some of which the first relay has sent, and not all."""
    ids = publish(150)
    wait_for(lambda: len(receiver.got) > 20)
    return ids


def seconds_until(condition, wait_for):
    began = time.monotonic()
    wait_for(condition, every_s=0.01)
    return time.monotonic() - began


def test_a_relay_that_is_killed_is_followed_within_seconds(
    relays, receiver, halfway, store, wait_for
):
    ids = list(halfway)
    relays.stop("first", signal.SIGKILL)
    takes_s = seconds_until(lambda: says(relays, "second", "relay_leads"), wait_for)
    wait_for(lambda: receiver.first_arrivals == ids)
    assert takes_s < DEAD_AFTER_S + 2 * RENEW_S + SLACK_S
    wait_for(lambda: [one.unconfirmed for one in store.stats.backlog().readers] == [0])


def test_a_relay_that_slept_sends_nothing_that_the_next_one_has_overtaken(
    relays, receiver, halfway, publish, wait_for
):
    ids = list(halfway)
    first = relays.started["first"]
    first.send_signal(signal.SIGSTOP)
    os.waitpid(first.pid, os.WUNTRACED)
    wait_for(lambda: receiver.first_arrivals == ids)
    ids += publish(30, start=len(ids))
    wait_for(lambda: receiver.first_arrivals == ids)
    before = len(receiver.got)
    first.send_signal(signal.SIGCONT)
    wait_for(lambda: says(relays, "first", "relay_stands_by"))
    ids += publish(30, start=len(ids))
    wait_for(lambda: receiver.first_arrivals == ids)
    late = [event_id for event_id in receiver.got[before:] if event_id not in ids[-30:]]
    assert len(late) <= 1  # what was on its way when it fell asleep
    assert receiver.got[before:].count(ids[-1]) == 1


def test_a_relay_that_is_stopped_in_a_batch_ends_after_the_event_at_hand(
    relays, receiver, publish, store, wait_for
):
    """A batch is of a hundred events, two seconds' work for this receiver."""
    relays.stop("second")
    publish(150)
    wait_for(lambda: len(receiver.got) > 20)
    relays.stop("first")
    assert len(receiver.got) < 90
    (reader,) = store.stats.backlog().readers
    assert reader.behind + reader.unconfirmed == 150 - len(receiver.got)


def test_a_relay_that_is_killed_repeats_what_it_sent_within_a_second(
    relays, receiver, publish, wait_for
):
    ids = publish(150)
    wait_for(lambda: len(receiver.got) > 90)
    relays.stop("first", signal.SIGKILL)
    wait_for(lambda: receiver.first_arrivals == ids)
    assert len(receiver.got) - len(ids) <= CONFIRM_S / TAKES_S + 1


def test_a_relay_that_is_stopped_hands_its_desk_over_at_once(relays, receiver, halfway, wait_for):
    ids = list(halfway)
    relays.stop("first")
    takes_s = seconds_until(lambda: says(relays, "second", "relay_leads"), wait_for)
    wait_for(lambda: receiver.first_arrivals == ids)
    assert takes_s < RENEW_S + SLACK_S
    assert receiver.got == ids
