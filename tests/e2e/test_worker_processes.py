"""A Celery worker's own processes: replaced as soon as they die, gone as soon as they are told."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e


def children_of(process):
    """The ids of a process's children that run; one that has ended and is not buried is none."""
    ids = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    stats = {int(one): Path(f"/proc/{one}/stat").read_text() for one in ids}
    return {pid for pid, stat in stats.items() if stat.rpartition(")")[2].split()[0] != "Z"}


def test_a_child_that_is_killed_is_replaced_at_once(processes, wait_for):
    """Left to itself Celery sees most of them at its next look, one in five seconds."""
    process = processes.worker()
    wait_for(lambda: children_of(process))
    took_s = []
    for _ in range(8):
        (child,) = children_of(process)
        os.kill(child, signal.SIGKILL)
        began = time.monotonic()
        wait_for(lambda gone=child: children_of(process) - {gone}, every_s=0.01)
        took_s.append(time.monotonic() - began)
    assert max(took_s) < 2.5, took_s


def test_a_child_that_is_killed_before_the_worker_is_ready_does_not_end_it(
    processes, store, wait_for
):
    process = processes.worker()
    (child,) = wait_for(lambda: children_of(process), every_s=0.001)
    os.kill(child, signal.SIGKILL)
    processes.dispatch()
    store.put_message(json.dumps({"text": "OSLO, May 1. /NTB/. All is calm."}))
    wait_for(lambda: store.read_desk("items"))
    assert processes.started["worker"] is process
    assert process.poll() is None


SLOW = """
import time
from pathlib import Path

from worker import parsing
from worker.app import app

real = parsing.annotate_all

def annotate_all(items):
    Path("began").touch()
    time.sleep(8)
    return real(items)

parsing.annotate_all = annotate_all
"""


def test_a_worker_that_is_told_to_stop_ends_what_it_has_begun(
    processes, store, wait_for, tmp_path, monkeypatch
):
    """Its other child, which is idle, does not."""
    (tmp_path / "slow.py").write_text(SLOW)
    monkeypatch.chdir(tmp_path)
    process = processes.worker(app="slow", processes=2)
    processes.dispatch()
    store.put_message(json.dumps({"text": "OSLO, May 1. /NTB/. All is calm."}))
    wait_for((tmp_path / "began").exists)
    first, second = children_of(process)
    process.terminate()
    wait_for(lambda: not {first, second} <= children_of(process), timeout_s=6)
    assert process.wait(30) == 0
    assert len(store.read_desk("items")) == 1
