"""A Celery worker's own processes: replaced as soon as they die, gone as soon as they are told."""

import json
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from worker.model import Feed, feed_id

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
    store.inbox.put(json.dumps({"text": "OSLO, May 1. /NTB/. All is calm."}))
    wait_for(lambda: store.desks.read("items"))
    assert processes.started["worker"] is process
    assert process.poll() is None


SLOW = """
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from worker.publishing import annotation as parsing
from worker.app import app

real = parsing.annotate_all

def annotate_all(items):
    if items:
        Path("began").touch()
        time.sleep(16)
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
    store.inbox.put(json.dumps({"text": "OSLO, May 1. /NTB/. All is calm."}))
    wait_for((tmp_path / "began").exists)
    first, second = children_of(process)
    time.sleep(2)  # until the worker has read which of them has begun
    process.terminate()
    wait_for(lambda: not {first, second} <= children_of(process), timeout_s=13)
    assert process.wait(40) == 0
    assert len(store.desks.read("items")) == 1


@pytest.fixture
def asked(processes):
    """The paths that a server of feeds was asked for, and its address as the first of all."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            body = b"<rss version='2.0'><channel><title>Feed</title></channel></rss>"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    paths = [f"127.0.0.1:{server.server_address[1]}"]
    processes.environ["COPYTASTER_ALLOW_ORIGINS"] = paths[0]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield paths
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_poller_that_was_away_polls_once_whatever_task_messages_piled_up(
    processes, store, asked, wait_for
):
    """The first task message does the work of all; each of the others costs a question."""
    processes.environ["COPYTASTER_POLL_LEASE_S"] = "1"
    urls = [f"http://{asked[0]}/{number}" for number in range(30)]
    store.feeds.add([Feed(id=feed_id(url), url=url, interval_s=3600) for url in urls])
    queue = f"{processes.environ['COPYTASTER_PREFIX']}:celery:poll"
    processes.dispatch()
    wait_for(lambda: store._server.call("LLEN", queue) >= 4)
    processes.poller()
    wait_for(lambda: store._server.call("LLEN", queue) == 0)
    wait_for(lambda: len(asked) > len(urls))

    def said(event):
        found = [one for one in processes.events("poller") if one["event"] == event]
        return [(one["feeds"], one.get("fenced"), one.get("failed")) for one in found]

    # Each task message that comes too late is told first, then what became of it.
    wait_for(lambda: len(said("feeds_polled")) == 1 + len(said("polls_too_late")) >= 4)
    late = len(said("polls_too_late"))
    assert said("polls_too_late") == [(30, None, None)] * late
    assert said("feeds_polled")[: 1 + late] == [(30, 0, 0), *[(30, 30, 0)] * late]
    assert sorted(asked[1:]) == sorted(url.removeprefix(f"http://{asked[0]}") for url in urls)
