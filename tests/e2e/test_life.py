"""Versions, kills and embargoes through real processes."""

import datetime
import json
import signal
import subprocess
import sys

import pytest

from worker.model import Event, ParsedItem
from worker.model.codec import load

pytestmark = pytest.mark.e2e

WIRE = """VARNA, March 4. /TASS/. The talks have begun, Envoy Pavel Dobrin told reporters.

"We shall be done by Friday," he said."""
TALKS = {
    "uri": "urn:talks",
    "version": "1",
    "headline": "Talks resume in Varna",
    "body_text": WIRE,
    "infosource": "TASS",
}
KILL = {
    "uri": "urn:kill",
    "body_text": 'KILL KILL KILL\n\nPlease kill the item headlined "Talks resume in Varna".',
    "infosource": "TASS",
}


def put(store, *messages):
    for message in messages:
        store.inbox.put(json.dumps(message))


def events(store, desk="items"):
    return [load(Event, entry.body) for entry in store.desks.read(desk, limit=10_000)]


def told(store, desk="items"):
    return [(event.type.rpartition(".")[2], event.subject) for event in events(store, desk)]


def in_s(seconds):
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return moment.isoformat()


@pytest.fixture
def running(processes, wait_for):
    processes.dispatch()
    processes.worker()
    wait_for(lambda: processes.beat("worker").exists())
    return processes


def test_a_story_is_changed_and_taken_back(running, store, wait_for):
    put(store, TALKS)
    wait_for(lambda: len(events(store)) == 1)
    put(store, TALKS | {"version": "2", "body_text": WIRE.replace("Friday", "Monday")})
    wait_for(lambda: len(events(store)) == 2)
    put(store, KILL)
    wait_for(lambda: len(events(store)) == 3)
    wait_for(lambda: len(events(store, "quotes")) == 3)
    assert told(store) == [
        ("created", "urn:talks"),
        ("updated", "urn:talks"),
        ("withdrawn", "urn:talks"),
    ]
    assert told(store, "quotes") == [
        ("created", "urn:talks"),
        ("created", "urn:talks"),
        ("withdrawn", "urn:talks"),
    ]
    parsed = [load(ParsedItem, bytes(event.data)) for event in events(store)]
    (edit,) = parsed[1].change.edits
    assert (edit.removed, edit.added) == ('Friday,"', 'Monday,"')
    assert (parsed[2].target.version, parsed[2].target.is_certain) == ("2", True)


def test_a_kill_overtakes_a_backlog_and_what_it_kills_never_comes_out(running, store, wait_for):
    running.stop("worker")
    backlog = [{"uri": f"urn:{n}", "body_text": f"{WIRE} {n}"} for n in range(300)]
    put(store, *backlog, TALKS)
    store.inbox.put(json.dumps(KILL), urgent=True)
    running.worker()
    wait_for(lambda: len(events(store)) == 301)
    wait_for(lambda: store.stats.sizes()["inbox"] == 0)
    subjects = [subject for _, subject in told(store)]
    assert subjects.index("urn:kill") < 150
    assert "urn:talks" not in subjects


def test_embargoed_items_go_out_at_their_time_whatever_was_killed_meanwhile(
    running, store, wait_for
):
    put(store, *({"uri": f"urn:{n}", "body_text": WIRE, "embargoed": in_s(8)} for n in range(5)))
    put(store, TALKS | {"embargoed": in_s(8)})
    wait_for(lambda: store.stats.sizes()["held"] == 6)
    for name in ("dispatch", "worker"):
        running.stop(name, signal.SIGKILL)
    put(store, KILL)
    running.dispatch()
    running.worker()
    wait_for(lambda: len(events(store)) == 6)
    wait_for(lambda: store.stats.sizes()["inbox"] == 0)
    assert sorted(told(store)) == [
        *(("created", f"urn:{n}") for n in range(5)),
        ("withdrawn", "urn:talks"),
    ]
    assert told(store)[0] == ("withdrawn", "urn:talks")
    assert store.dead_letters.list() == ()


OLDER = """
from msgspec.structs import replace
from worker.publishing import annotation as parsing
from worker.app import app

real = parsing.annotate_all

def annotate_all(items):
    return [
        replace(one, quotes=tuple(replace(quote, speaker=None) for quote in one.quotes))
        for one in real(items)
    ]

parsing.annotate_all = annotate_all
"""
"""The service as it was with a parser that found no speakers."""


def test_a_replay_publishes_what_a_better_parser_reads_otherwise(
    processes, store, wait_for, tmp_path
):
    (tmp_path / "older.py").write_text(OLDER)
    processes.environ["PYTHONPATH"] = str(tmp_path)
    processes.dispatch()
    processes.worker(app="older")
    plain = {"uri": "urn:plain", "body_text": "VARNA, March 4. /TASS/. Nobody said a word."}
    put(store, TALKS, plain)
    wait_for(lambda: len(events(store)) == 2)
    command = [sys.executable, "-m", "worker.cli", "replay", "--since", "1h"]
    printed = []
    for _ in range(2):
        done = subprocess.run(
            command, env=processes.environ, capture_output=True, text=True, check=True, timeout=60
        )
        printed.append(done.stdout.splitlines()[-1])
    assert printed == [
        "2 items read, 1 with changed events; 2 events published",
        "2 items read, 0 with changed events; 0 events published",
    ]
    first, second = events(store, "quotes")
    assert (second.replayed, second.replaces) == (True, first.id)
    assert json.loads(bytes(second.data))["speaker"] == "Pavel Dobrin"
    assert [event.subject for event in events(store)].count("urn:plain") == 1
