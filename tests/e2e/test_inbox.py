"""The inbox from outside: any Redis client puts a message there, no Celery in sight."""

import json
import os
import signal
import sys
import time
from urllib.parse import urlsplit

import pytest
import redis

from worker.app import make_app
from worker.model import Event, ParsedItem
from worker.model.codec import load
from worker.settings import Settings

pytestmark = pytest.mark.e2e

WIRE = """Ferry talks resume — envoy

VARNA, March 4. /TASS/. The talks have begun, Envoy Pavel Dobrin told reporters.

"We shall be done by Friday," he said."""

KILLER = """
import os, signal
from worker.publishing import annotation as parsing
from worker.app import app

real = parsing.annotate_all

def annotate_all(items):
    if any("KILLS ITS WORKER" in item.body_text for item in items):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(items)

parsing.annotate_all = annotate_all
"""
"""The service's own app with one change: a certain text kills the process that reads it."""


@pytest.fixture
def client(broker_url):
    """A plain client, as another system would have it."""
    with redis.Redis.from_url(broker_url, decode_responses=True) as opened:
        yield opened


def parsed_items(store):
    entries = store.desks.read("items", limit=1000)
    return [load(ParsedItem, bytes(load(Event, entry.body).data)) for entry in entries]


def test_a_text_from_a_plain_client_reaches_the_desks(processes, client, prefix, store, wait_for):
    processes.dispatch()
    processes.worker()
    message = json.dumps({"text": WIRE, "published": "2026-03-04"})
    client.execute_command("XADD", f"{prefix}:inbox", "*", "message", message)
    wait_for(lambda: store.desks.read("quotes"))
    (parsed,) = parsed_items(store)
    assert (parsed.item.headline, str(parsed.dateline.date), parsed.dateline.agency) == (
        "Ferry talks resume — envoy",
        "2026-03-04",
        "TASS",
    )
    assert store.stats.sizes()["inbox"] == 0


def test_bad_messages_are_dead_letters_that_say_why_and_stop_nothing(
    processes, client, prefix, store, wait_for
):
    inbox = f"{prefix}:inbox"
    bad = {
        "not json": {"message": "{broken"},
        "no object": {"message": "[1, 2]"},
        "no shape": {"message": '{"colour": "red"}'},
        "no field": {"body": "x"},
        "typed": {"message": '{"__type__": "x", "__value__": "y"}'},
        "not bytes of text": {"message": b"\xff\xfe"},
        "empty": {"message": '{"text": "  "}'},
        "wrong type": {"message": '{"uri": "urn:x", "headline": 7}'},
        "bad feed": {"message": '{"feed": "ftp://x"}'},
    }
    for fields in bad.values():
        client.xadd(inbox, fields)
    client.xadd(inbox, {"message": json.dumps({"text": WIRE})})
    processes.dispatch()
    processes.worker()
    wait_for(lambda: parsed_items(store))
    wait_for(lambda: store.stats.sizes()["dead"] == len(bad))
    letters = store.dead_letters.list()
    reasons = {letter.payload: letter.reason for letter in letters}
    assert "not JSON" in reasons["{broken"]
    assert "object" in reasons["[1, 2]"]
    assert "no field `message`" in reasons[""]
    assert "headline" in reasons['{"uri": "urn:x", "headline": 7}']
    assert "ftp://x" in reasons['{"feed": "ftp://x"}']
    assert {letter.kind for letter in letters} == {"message"}
    assert store.stats.sizes()["inbox"] == 0


def test_a_message_that_kills_its_worker_is_given_up_alone(
    processes, store, wait_for, tmp_path, environ
):
    (tmp_path / "killer.py").write_text(KILLER)
    processes.environ["PYTHONPATH"] = str(tmp_path)
    for number in range(10):
        text = "KILLS ITS WORKER" if number == 4 else f"{WIRE}\n\nNumber {number}."
        store.inbox.put(json.dumps({"text": f"PARIS, May 1. /TASS/. {text}"}))
    processes.dispatch()
    processes.worker(app="killer")
    wait_for(lambda: len(parsed_items(store)) == 9, timeout_s=60)
    (letter,) = wait_for(store.dead_letters.list, timeout_s=60)
    assert "KILLS ITS WORKER" in letter.payload
    assert (letter.kind, letter.attempts) == ("attempts", 6)
    assert "5 workers stopped" in letter.reason
    assert store.stats.sizes()["inbox"] == 0


def test_killing_whole_workers_loses_and_doubles_nothing(processes, store, wait_for):
    count = 400
    for number in range(count):
        store.inbox.put(json.dumps({"uri": f"urn:n:{number}", "body_text": f"{WIRE} {number}"}))
    processes.dispatch()
    for _ in range(3):
        processes.worker()
        wait_for(lambda: processes.beat("worker").exists())
        time.sleep(0.4)
        processes.stop("worker", signal.SIGKILL)
        processes.beat("worker").unlink(missing_ok=True)
    processes.worker()
    wait_for(lambda: store.stats.sizes()["inbox"] == 0, timeout_s=60)
    uris = [parsed.item.uri for parsed in parsed_items(store)]
    assert sorted(uris) == sorted(f"urn:n:{number}" for number in range(count))
    assert store.dead_letters.list() == ()


def test_a_frozen_worker_that_comes_back_doubles_nothing(processes, store, wait_for):
    processes.dispatch()
    frozen = processes.worker("frozen")
    wait_for(lambda: processes.beat("frozen").exists())
    os.killpg(frozen.pid, signal.SIGSTOP)
    for number in range(60):
        store.inbox.put(json.dumps({"uri": f"urn:n:{number}", "body_text": f"{WIRE} {number}"}))
    processes.worker("awake")
    wait_for(lambda: store.stats.sizes()["inbox"] == 0)
    os.killpg(frozen.pid, signal.SIGCONT)
    time.sleep(2)
    uris = [parsed.item.uri for parsed in parsed_items(store)]
    assert sorted(uris) == sorted(f"urn:n:{number}" for number in range(60))


def test_urgent_messages_overtake(processes, store, wait_for):
    for number in range(300):
        store.inbox.put(json.dumps({"uri": f"urn:n:{number}", "body_text": f"{WIRE} {number}"}))
    store.inbox.put(json.dumps({"uri": "urn:flash", "body_text": WIRE}), urgent=True)
    processes.dispatch()
    processes.worker()
    wait_for(lambda: len(parsed_items(store)) == 301)
    assert [parsed.item.uri for parsed in parsed_items(store)].index("urn:flash") < 100


def test_a_producer_that_speaks_celery_has_a_task(processes, store, wait_for, environ):
    processes.dispatch()
    processes.worker()
    settings = Settings(
        redis_url=environ["COPYTASTER_REDIS_URL"], prefix=environ["COPYTASTER_PREFIX"]
    )
    app = make_app(settings)
    app.send_task("tasks.ingest.put_on_inbox", args=[json.dumps({"text": WIRE})], queue="parse")
    wait_for(lambda: parsed_items(store))
    app.close()


def test_a_broker_that_is_not_there_is_one_line(tmp_path, processes):
    processes.environ["COPYTASTER_REDIS_URL"] = f"unix://{tmp_path}/nobody"
    for command in (["status"], ["dead", "list"]):
        process = processes.start("lost", [sys.executable, "-m", "worker.cli", *command])
        assert process.wait(30) == 1
    lines = processes.log("lost").splitlines()
    assert all(line.startswith("copytaster: ") for line in lines)
    assert urlsplit(processes.environ["COPYTASTER_REDIS_URL"]).path in lines[0]
    assert not any("Traceback" in line for line in lines)
