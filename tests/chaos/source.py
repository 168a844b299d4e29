"""Where items come from: feeds on loopback, and a program that writes on the inbox.

Both make the same numbered items, some of them in several versions, and tell the witness of each
version when it can first be seen.
"""

import contextlib
import email.utils
import json
import random
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

import redis
from witness import Sent, Witness

PLACES = "VARNA OSLO LIMA ACCRA QUITO HANOI TURIN SPLIT PERTH DAKAR CORK GRAZ BASEL KAZAN".split()
WORDS = (
    "harbour council bridge orchard railway permit autumn budget timber valley museum ferry "
    "weather station copper market quarry village lantern record signal bakery meadow canal"
).split()
ENTRIES = 400
"""Entries that a feed shows: some minutes of news, more than any fault lasts."""

REVISED_SHARE = 0.15
REVISED_AFTER_S = (0.2, 12.0)


def write_text(number: int, version: int, chance: random.Random) -> str:
    """The body of an item; it says which item and which version it is."""
    some = " ".join(chance.choices(WORDS, k=30))
    place = PLACES[number % len(PLACES)]
    return f"{place}, March 4. /TASS/. Item {number} version {version}: {some}."


class FeedServer:
    """Feeds that grow. `say_503` and `cut_short` make all of them fail for a while."""

    def __init__(self, count: int) -> None:
        self._shown: list[deque[tuple[str, str, float]]] = [
            deque(maxlen=ENTRIES) for _ in range(count)
        ]
        self._lock = threading.Lock()
        self._failing_until = {"503": 0.0, "cut": 0.0}
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        class Http(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args: object) -> None:
                """A poller that was killed hangs up."""

        self._http = Http(("127.0.0.1", 0), Handler)
        self.origin = f"127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def urls(self) -> list[str]:
        return [f"http://{self.origin}/feed/{number}" for number in range(len(self._shown))]

    def show(self, feed: int, guid: str, text: str) -> None:
        """Put an item on top of a feed, in place of its version before."""
        with self._lock:
            shown = self._shown[feed]
            for at, (known, _, _) in enumerate(shown):
                if known == guid:
                    shown[at] = (guid, text, time.time())
                    return
            shown.appendleft((guid, text, time.time()))

    def shows(self) -> dict[str, str]:
        """What stands on all feeds now: text by guid."""
        with self._lock:
            return {guid: text for shown in self._shown for guid, text, _ in shown}

    def fail(self, how: str, seconds: float) -> None:
        """Answer 503 (`503`), or half a body (`cut`), for so long."""
        self._failing_until[how] = time.monotonic() + seconds

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        now = time.monotonic()
        if now < self._failing_until["503"]:
            request.send_response(503)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        body = self._body(int(request.path.rpartition("/")[2]))
        request.send_response(200)
        request.send_header("Content-Type", "application/rss+xml; charset=utf-8")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        with contextlib.suppress(OSError):
            if now < self._failing_until["cut"]:
                request.wfile.write(body[: len(body) // 2])
                request.close_connection = True
                return
            request.wfile.write(body)

    def _body(self, feed: int) -> bytes:
        with self._lock:
            entries = [
                f"<item><guid isPermaLink='false'>{guid}</guid><title>Item</title>"
                f"<pubDate>{email.utils.formatdate(at)}</pubDate>"
                f"<description>{escape(text)}</description></item>"
                for guid, text, at in self._shown[feed]
            ]
        head = f"<rss version='2.0'><channel><title>Feed {feed}</title>"
        return f"{head}{''.join(entries)}</channel></rss>".encode()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class Inbox:
    """A program that puts items on the inbox and means them to outlast the broker.

    An answer says that the broker has a message, not yet that its disk has. So what is not known to
    be on disk (WAITAOF) is put again when the connection broke, the last version of each item.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self._url = url
        self._server = redis.Redis.from_url(url, socket_timeout=10, protocol=2)
        self._stream = f"{prefix}:inbox"
        self._mark = f"{prefix}:on-disk"
        self._unsure: dict[str, str] = {}
        self._lock = threading.Lock()
        self._broke = False
        self.stopping = threading.Event()
        threading.Thread(target=self._confirm, daemon=True).start()

    def put(self, uri: str, version: int, text: str) -> None:
        """Put a version; the one before need not be kept any more."""
        message = json.dumps({"uri": uri, "version": str(version), "body_text": text})
        with self._lock:
            self._unsure.pop(uri, None)
            self._unsure[uri] = message
        while not self.stopping.is_set():
            again, self._broke = self._broke, False
            try:
                for one in list(self._unsure.values()) if again else [message]:
                    self._server.execute_command("XADD", self._stream, "*", "message", one)
            except redis.RedisError:
                self._broke = True
                self.stopping.wait(0.2)
            else:
                return

    def _confirm(self) -> None:
        server = redis.Redis.from_url(self._url, socket_timeout=10, protocol=2)
        while not self.stopping.wait(0.2):
            with self._lock:
                sent = dict(self._unsure)
            try:
                server.set(self._mark, "")
                on_disk, _ = server.execute_command("WAITAOF", 1, 0, 5000)
            except redis.RedisError:
                self._broke = True
                continue
            if on_disk and not self._broke:
                with self._lock:
                    for uri, message in sent.items():
                        if self._unsure.get(uri) == message:
                            del self._unsure[uri]


class Producer(threading.Thread):
    """Makes `count` items at `rate` a second, and later versions of some of them."""

    def __init__(
        self,
        *,
        witness: Witness,
        feeds: FeedServer,
        inbox: Inbox | None,
        count: int,
        rate: float,
        seed: int,
    ) -> None:
        super().__init__(daemon=True)
        self._witness = witness
        self._feeds = feeds
        self._inbox = inbox
        self._count = count
        self._rate = rate
        self._chance = random.Random(seed)
        self._revisions: list[tuple[float, int, int]] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        began = time.monotonic()
        for number in range(self._count):
            at = began + number / self._rate
            while (wait_s := at - time.monotonic()) > 0 and not self.stopping.is_set():
                self._revise()
                self.stopping.wait(min(wait_s, 0.05))
            self._make(number, 1)
            if self.stopping.is_set():
                return
        while self._revisions and not self.stopping.is_set():
            self._revise()
            self.stopping.wait(0.05)

    def _revise(self) -> None:
        now = time.monotonic()
        due = [revision for revision in self._revisions if revision[0] <= now]
        self._revisions = [revision for revision in self._revisions if revision[0] > now]
        for _, number, version in sorted(due):
            self._make(number, version)

    def _make(self, number: int, version: int) -> None:
        text = write_text(number, version, self._chance)
        if self._inbox is not None and number % 2:
            uri = f"urn:direct:{number}"
            self._witness.note_sent(Sent(uri=uri, version=version, at=time.time()))
            self._inbox.put(uri, version, text)
        else:
            feed = number % len(self._feeds.urls)
            guid = f"urn:feed:{number}"
            self._witness.note_sent(Sent(uri=guid, version=version, at=time.time()))
            self._feeds.show(feed, guid, text)
        if self._chance.random() < REVISED_SHARE:
            wait_s = self._chance.uniform(*REVISED_AFTER_S)
            self._revisions.append((time.monotonic() + wait_s, number, version + 1))
