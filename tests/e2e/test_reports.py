"""Faults of a real worker, as a server of Sentry's gets them."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest
import redis

from worker.app import make_app
from worker.settings import Settings

SECRET = "The minister will resign on Friday."


class Reports(ThreadingHTTPServer):
    """Takes envelopes of events."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events = []

    @property
    def dsn(self):
        return f"http://key@127.0.0.1:{self.server_address[1]}/1"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        packed = self.headers.get("content-encoding", "")
        body = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[packed](body)
        lines = body.splitlines()
        for kind, payload in zip(lines[1::2], lines[2::2], strict=True):
            if json.loads(kind)["type"] == "event":
                self.server.events.append(json.loads(payload))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def reports():
    with Reports() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.e2e
def test_what_a_workers_task_raises_is_reported_without_its_arguments(
    processes, reports, broker_url, prefix, wait_for
):
    processes.environ |= {"SENTRY_DSN": reports.dsn}
    app = make_app(Settings(redis_url=broker_url, prefix=prefix))
    app.send_task("tasks.parse.parse_items", args=[f"{prefix}:work", 5, SECRET], queue="parse")
    app.send_task("tasks.parse.parse_items", args=[SECRET], queue="parse")
    app.close()
    processes.worker()

    wait_for(lambda: len(reports.events) >= 2)
    with redis.Redis.from_url(broker_url) as client:  # and the worker goes on
        client.xadd(f"{prefix}:inbox", {"message": '{"text": "All is calm."}'})
        processes.dispatch()
        wait_for(lambda: client.xlen(f"{prefix}:desk:items") == 1)
    for name in ("worker", "dispatch"):
        assert processes.stop(name, timeout_s=20) == 0
    raised = [one for one in reports.events if one.get("transaction") == "tasks.parse.parse_items"]
    assert {event["exception"]["values"][-1]["type"] for event in raised} == {"TypeError"}
    assert {event["tags"]["role"] for event in raised} == {"worker"}
    assert SECRET not in json.dumps(reports.events)
