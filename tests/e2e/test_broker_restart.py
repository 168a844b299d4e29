"""The broker dies under load and comes back: nothing is lost, nothing doubled."""

import json
import os
import signal
import time

import pytest

from worker.broker.embedded import open_broker
from worker.model import Event
from worker.model.codec import load
from worker.store.store import RedisStore

pytestmark = pytest.mark.e2e

COUNT = 1500


def test_a_broker_killed_under_load_loses_and_doubles_nothing(processes, tmp_path, wait_for):
    data_dir = tmp_path / "data"
    broker = open_broker(data_dir)
    try:
        store = RedisStore(broker.url, prefix="restart")
        processes.environ |= {
            "COPYTASTER_REDIS_URL": broker.url,
            "COPYTASTER_PREFIX": "restart",
            "COPYTASTER_BATCH_ITEMS": "25",
        }
        for number in range(COUNT):
            body = f"VARNA, March 4. /TASS/. Number {number}."
            store.inbox.put(json.dumps({"uri": f"urn:n:{number}", "body_text": body}))
        time.sleep(1.5)  # the append-only file is written every second
        processes.dispatch()
        processes.worker()
        for _ in range(2):
            wait_for(lambda store=store: store.desks.read("items", limit=1))
            os.kill(broker.pid, signal.SIGKILL)
            broker.stop()
            store.close()
            time.sleep(0.5)
            broker = open_broker(data_dir)
            store = RedisStore(broker.url, prefix="restart")
        wait_for(lambda: store.stats.sizes()["inbox"] == 0, timeout_s=90)
        events = [load(Event, entry.body) for entry in store.desks.read("items", limit=2 * COUNT)]
        assert len(events) == COUNT
        assert {event.subject for event in events} == {f"urn:n:{n}" for n in range(COUNT)}
        assert store.dead_letters.list() == ()
        store.close()
        beat = processes.beat("worker")
        restarted_at = time.time()
        wait_for(lambda: beat.stat().st_mtime > restarted_at)
        processes.stop_all()
    finally:
        broker.stop()


def test_processes_that_wait_for_their_broker_are_alive(processes, tmp_path, wait_for):
    """Else whoever looks after their heartbeat restarts them again and again."""
    broker = open_broker(tmp_path / "data")
    processes.environ |= {"COPYTASTER_REDIS_URL": broker.url}
    roles = {"dispatch": processes.dispatch, "worker": processes.worker}
    beats = [processes.beat(name) for name in roles]
    try:
        for start in roles.values():
            start()
        wait_for(lambda: all(beat.exists() for beat in beats))
    finally:
        broker.stop()
    for _ in range(2):  # when it goes away, and when it is not there at the start
        wait_for(lambda: all("broker_away" in processes.log(name) for name in roles))
        for beat in beats:
            beat.unlink()
        wait_for(lambda: all(beat.exists() for beat in beats))
        processes.stop_all()
        for name, start in roles.items():
            (processes.log_dir / f"{name}.log").unlink()
            start()
        wait_for(lambda: all(beat.exists() for beat in beats))
    processes.stop_all()
