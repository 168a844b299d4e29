"""The desks file changes while workers run: nothing is restarted, nothing is missed."""

import json
import os
import signal
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

ITEMS = '[[desk]]\nname = "items"\n'
HARBOUR = '[[desk]]\nname = "harbour"\nmatch = { text = ["harbour"] }\n'


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "desks.toml"
    path.write_text(ITEMS, encoding="utf-8")
    return path


@pytest.fixture
def running(processes, path):
    processes.environ["COPYTASTER_DESKS"] = str(path)
    processes.dispatch()
    processes.worker(processes=2)
    return processes


def records(running, event):
    lines = [line for line in running.log("worker").splitlines() if f'"{event}"' in line]
    return [json.loads(line) for line in lines]


def put(store, number):
    store.inbox.put(json.dumps({"text": f"The harbour opens. {number}", "uri": f"urn:{number}"}))


def test_a_new_desk_gets_events_within_seconds_and_a_broken_file_changes_nothing(
    running, path, store, wait_for
):
    put(store, 0)
    wait_for(lambda: len(store.desks.read("items")) == 1)
    assert store.desks.read("harbour") == ()

    path.write_text(ITEMS + HARBOUR, encoding="utf-8")
    sent = 1

    def is_served():
        """An item that came after the change is on the new desk."""
        nonlocal sent
        put(store, sent)
        sent += 1
        return store.desks.read("harbour")

    wait_for(is_served, timeout_s=10, every_s=0.2)
    # So has the parent, which works on no task.
    wait_for(lambda: any("task" not in line for line in records(running, "desks_reloaded")))

    path.write_text("[[desk]", encoding="utf-8")

    def is_said():
        """The worker's log says that the old desks are kept."""
        nonlocal sent
        put(store, sent)
        sent += 1
        return records(running, "desks_kept")

    wait_for(is_said, timeout_s=10, every_s=0.2)
    put(store, sent)
    wait_for(lambda: len(store.desks.read("items", limit=10_000)) == sent + 1)
    last = store.desks.read("harbour", limit=10_000)[-1]
    assert json.loads(last.body)["subject"] == f"urn:{sent}"

    worker = running.started["worker"].pid
    for child in Path(f"/proc/{worker}/task/{worker}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
    sent += 1
    put(store, sent)
    wait_for(lambda: len(store.desks.read("items", limit=10_000)) == sent + 1)
    last = store.desks.read("harbour", limit=10_000)[-1]
    assert json.loads(last.body)["subject"] == f"urn:{sent}"
    assert all(str(path) in record["reason"] for record in records(running, "desks_kept"))
    assert store.dead_letters.list() == ()
