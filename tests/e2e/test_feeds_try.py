"""`copytaster feeds try`: its shape, its memory between polls, and that it always ends well."""

import asyncio
import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from worker.cli import feeds_try
from worker.errors import CopytasterError
from worker.model import Feed, feed_id
from worker.settings import Settings

pytestmark = pytest.mark.e2e

FEED = b"""<rss version="2.0"><channel><title>Wire</title>
<item><guid>urn:x:1</guid><title>The bridge opens</title><link>/bridge</link>
<pubDate>Mon, 12 Jan 2026 10:30:00 +0300</pubDate></item></channel></rss>"""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers))
        codes = {"/gone": 410, "/busy": 503, "/login": 401, "/slow": 429}
        status = codes.get(self.path, 200)
        if status == 200 and self.headers.get("If-None-Match") == '"1"':
            status = 304
        body = FEED if status == 200 else b""
        if self.path == "/bare":
            body = b"<rss><channel><item><description>Text.</description></item></channel></rss>"
        self.send_response(status)
        self.send_header("ETag", '"1"')
        self.send_header("Retry-After", "soon" if status in {401, 429} else "120")
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.asked = []
        listening.origin = f"127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


def run(*words, **variables):
    """The exit code, the last line of standard output, and what standard error says."""
    command = [sys.executable, "-m", "worker.cli", "feeds", "try", *map(str, words)]
    environ = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environ | variables
    )
    return done.returncode, (done.stdout.splitlines() or [""])[-1], done.stderr


def trial(*words, **variables):
    code, line, said = run(*words, "--json", **variables)
    told = json.loads(line)
    assert code == (told["status"] == "refused"), said
    return told


def test_a_feed_is_published_once_and_asked_with_its_validators_then(server, tmp_path):
    url = f"http://{server.origin}/rss"
    words = (url, "--state", tmp_path / "state", "--allow", server.origin)
    assert [trial(*words), trial(*words)] == [
        {
            "status": "ok",
            "entries": [
                {
                    "id": "urn:x:1",
                    "title": "The bridge opens",
                    "link": f"http://{server.origin}/bridge",
                    "date": "2026-01-12T07:30:00Z",
                    "kind": "new",
                }
            ],
            "retry_after": None,
            "asked": None,
            "url": url,
            "error": None,
        },
        {
            "status": "unchanged",
            "entries": [],
            "retry_after": None,
            "asked": None,
            "url": url,
            "error": None,
        },
    ]
    assert [sent.get("If-None-Match") for _, sent in server.asked] == [None, '"1"']
    assert [file.name for file in (tmp_path / "state").iterdir()] == [f"{feed_id(url)}.json"]


def test_without_a_state_every_poll_is_the_first(server):
    url = f"http://{server.origin}/rss"
    trials = [trial(url, COPYTASTER_ALLOW_ORIGINS=server.origin) for _ in range(2)]
    assert [len(one["entries"]) for one in trials] == [1, 1]


def test_a_private_origin_is_refused_and_not_asked(server):
    refused = trial(f"http://{server.origin}/rss", "--allow", "127.0.0.1:1,wire.example:80")
    assert (refused["status"], refused["error"]) == ("refused", "forbidden_address")
    assert server.asked == []


def test_when_copytaster_would_ask_again_and_what_the_server_asked(server):
    """A feed without an interval of its own is asked again later than after 120 s."""
    busy = trial(f"http://{server.origin}/busy", "--allow", server.origin)
    assert (busy["status"], busy["asked"], busy["error"]) == ("retry", 120, "http_503")
    assert 120 <= busy["retry_after"] <= 4 * 3600


@pytest.mark.parametrize(("path", "error"), [("/login", "http_401"), ("/slow", "http_429")])
def test_an_error_without_a_usable_header_has_a_wait_all_the_same(server, path, error):
    told = trial(f"http://{server.origin}{path}", "--allow", server.origin)
    assert (told["status"], told["asked"], told["error"]) == ("retry", None, error)
    assert told["retry_after"] >= 60


def test_missing_texts_are_null(server):
    [entry] = trial(f"http://{server.origin}/bare", "--allow", server.origin)["entries"]
    assert [entry[name] for name in ("title", "link", "date")] == [None, None, None]


def test_the_limits_leave_room_for_the_start_and_for_what_the_kernel_took():
    settings = feeds_try._within_caller(Settings())
    assert (settings.fetch_timeout_s, settings.fetch_limit_bytes) == (27, 56 << 20)
    own = Settings(fetch_timeout_s=2, fetch_limit_bytes=1000)
    assert feeds_try._within_caller(own) == Settings(fetch_timeout_s=1, fetch_limit_bytes=1000)


def test_a_feed_that_is_gone_is_not_asked_again(server, tmp_path):
    words = (f"http://{server.origin}/gone", "--state", tmp_path, "--allow", server.origin)
    assert [trial(*words)["status"] for _ in range(2)] == ["gone", "gone"]
    assert len(server.asked) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "wire.example/rss", "http://[", ""])
def test_what_is_no_address_is_refused_with_exit_code_0(url):
    assert trial(url)["status"] == "refused"


def test_a_person_reads_lines(server):
    code, line, _ = run(f"http://{server.origin}/rss", "--allow", server.origin)
    assert (code, line) == (0, "new 2026-01-12 07:30 The bridge opens")


def test_a_state_that_is_not_ours_stops_before_anybody_is_asked(server, tmp_path):
    url = f"http://{server.origin}/rss"
    Path(tmp_path, f"{feed_id(url)}.json").write_text("{}", encoding="utf-8")
    code, line, said = run(url, "--state", tmp_path, "--allow", server.origin, "--json")
    assert (code, line) == (78, "")
    assert "was not written by copytaster" in said
    assert server.asked == []


def test_a_fault_of_the_poll_is_said_on_standard_error(monkeypatch, capfd):
    async def fail(*_):
        raise CopytasterError("cannot be written", subject="state")

    monkeypatch.setattr(feeds_try, "try_poll", fail)
    feed = Feed(id="1", url="https://wire.example/rss")

    crashed = asyncio.run(feeds_try._poll(Settings(), feed, None))

    assert crashed == feeds_try.Trial(
        status="retry", retry_after=crashed.retry_after, url=feed.url, error="crashed"
    )
    assert crashed.retry_after == Settings().poll_lease_s
    assert capfd.readouterr().err == "copytaster: state: cannot be written\n"
