"""An HTTP server on loopback that serves the demo's feeds as publishers do.

It supports strong ETags, Last-Modified, 304, HEAD and gzip, and counts its answers, so that a test
can show that a poller is polite. `python -m worker.demo.feed_server` runs it until a signal.
"""

import argparse
import gzip
import hashlib
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

from worker.demo.corpus import DemoFeed, SeedItem, load_demo_feeds
from worker.demo.feed_writer import MEDIA_TYPES, render_feed
from worker.errors import CopytasterError, SettingsError
from worker.model import Feed, NewsItem, feed_id
from worker.runtime.signals import stop_signals

__all__ = ["FeedServer", "serve_demo"]

_HOST = "127.0.0.1"
_IDLE_LIMIT_S = 10.0
"""The longest pause between requests on a connection."""

_EDITION = datetime(2026, 1, 21, 18, tzinfo=UTC)
"""Last-Modified of the first documents; each change adds a second, so that all are noticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """A feed's present document, plain and gzipped: two representations, each with a strong tag."""

    media_type: str
    body: bytes
    gzipped: bytes
    tag: str
    modified: datetime

    def etag(self, *, zipped: bool) -> str:
        return f'"{self.tag}-gzip"' if zipped else f'"{self.tag}"'

    def is_current(
        self, if_none_match: str | None, if_modified_since: str | None, *, zipped: bool
    ) -> bool:
        """True if the client has this document. Source: RFC 9110, sections 13.1.2 and 13.1.3."""
        if if_none_match is not None:
            held = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
            return bool(held & {"*", self.etag(zipped=zipped)})
        since = _read_http_date(if_modified_since)
        return since is not None and self.modified <= since


@dataclass(slots=True, kw_only=True)
class _ServedFeed:
    """A feed with its items, newest first, and the document rendered from them."""

    feed: DemoFeed
    items: dict[str, SeedItem]
    changes: int = 0
    document: _Document = field(init=False)

    def publish(self, seed: SeedItem) -> None:
        """Add an item at the top; a later version replaces the earlier in its place."""
        if seed.item.uri in self.items:
            self.items[seed.item.uri] = seed
        else:
            self.items = {seed.item.uri: seed, **self.items}
        self.changes += 1

    def render(self, base_url: str) -> None:
        """Replace the document by a rendering of the present items."""
        body = render_feed(self.feed, tuple(self.items.values()), base_url)
        self.document = _Document(
            media_type=MEDIA_TYPES[self.feed.format],
            body=body,
            gzipped=gzip.compress(body, compresslevel=6, mtime=0),  # the same bytes at any time
            tag=hashlib.sha256(body).hexdigest()[:20],
            modified=_EDITION + timedelta(seconds=self.changes),
        )


class FeedServer:
    """Serves feeds on 127.0.0.1 within a `with` block.

    At stage 1 it serves the first versions; `advance` adds those of the next stage.

    Args:
        feeds: The feeds to serve; the demo's feeds by default.
        port: The port to listen on; 0 takes a free port.
    """

    def __init__(self, feeds: Iterable[DemoFeed] | None = None, *, port: int = 0) -> None:
        self._demo_feeds = tuple(load_demo_feeds() if feeds is None else feeds)
        self._port = port
        self._served: dict[str, _ServedFeed] = {}
        self._counts: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()
        self._http: _HttpServer | None = None
        self._thread: threading.Thread | None = None
        self.stage = 1

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """The server's URL without a slash at the end: "http://127.0.0.1:40113"."""
        if self._http is None:
            raise RuntimeError("the feed server is not running")
        return f"http://{_HOST}:{self._http.server_address[1]}"

    @property
    def counts(self) -> Mapping[tuple[str, int], int]:
        """The number of answered requests by path and status."""
        with self._lock:
            return dict(self._counts)

    @property
    def items(self) -> tuple[SeedItem, ...]:
        """The items served now."""
        with self._lock:
            return tuple(seed for served in self._served.values() for seed in served.items.values())

    def feeds(self, interval_s: int = 900) -> tuple[Feed, ...]:
        """Return the served feeds as feeds to poll."""
        with self._lock:
            feeds = [served.feed for served in self._served.values()]
        return tuple(self._as_feed(feed, interval_s) for feed in feeds)

    def start(self) -> None:
        """Listen and answer requests in threads.

        Raises:
            SettingsError: The port is taken, or needs rights that the process lacks.
        """
        try:
            self._http = _HttpServer(self, self._port)
        except (OSError, OverflowError) as error:
            subject = f"{_HOST}:{self._port}"
            raise SettingsError(f"cannot listen: {error}", subject=subject) from error
        for feed in self._demo_feeds:
            self._serve(feed, [seed for seed in feed.items if seed.stage <= self.stage])
        # 0.05 s: `stop` waits for as long, with the default for half a second.
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(0.05,), name="feedserver", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and wait for the threads; a second call does nothing."""
        if self._http is None or self._thread is None:
            return
        self._http.shutdown()
        self._thread.join()
        self._http.hang_up()
        self._http.server_close()
        self._http = self._thread = None

    def publish(self, path: str, item: SeedItem | NewsItem) -> None:
        """Add an item at the top of a feed, or replace its earlier version.

        Raises:
            KeyError: No feed is served at the path.
        """
        seed = SeedItem(item=item) if isinstance(item, NewsItem) else item
        with self._lock:
            served = self._served[path]
            served.publish(seed)
            served.render(self.base_url)

    def advance(self) -> tuple[SeedItem, ...]:
        """Publish the next stage; return its updates, corrections and kills, () after the last."""
        self.stage += 1
        published: list[SeedItem] = []
        for feed in self._demo_feeds:
            for seed in feed.items:
                if seed.stage == self.stage:
                    self.publish(feed.path, seed)
                    published.append(seed)
        return tuple(published)

    def _serve(self, feed: DemoFeed, seeds: Sequence[SeedItem]) -> None:
        served = _ServedFeed(feed=feed, items={seed.item.uri: seed for seed in seeds})
        served.render(self.base_url)
        with self._lock:
            self._served[feed.path] = served

    def _as_feed(self, feed: DemoFeed, interval_s: int) -> Feed:
        url = self.base_url + feed.path
        return Feed(
            id=feed_id(url),
            url=url,
            name=feed.name,
            agency=feed.agency,
            language=feed.language,
            interval_s=interval_s,
        )

    def document_at(self, path: str) -> _Document | None:
        """Return the document served at a path, for the request handler."""
        with self._lock:
            served = self._served.get(path)
            return served.document if served else None

    def count(self, path: str, status: int) -> None:
        """Count an answer, for the request handler."""
        with self._lock:
            self._counts[path, status] += 1


class _HttpServer(ThreadingHTTPServer):
    """Tracks its open connections, so that stopping does not wait for clients to leave."""

    daemon_threads = False  # server_close() joins only non-daemon threads
    request_queue_size = 128  # a poller may open 100 connections at once

    def __init__(self, feed_server: FeedServer, port: int) -> None:
        self.feed_server = feed_server
        self._open: set[socket.socket] = set()
        super().__init__((_HOST, port), _Handler)

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]  # a TCP server's requests are sockets
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]  # see above
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Shut down every open connection."""
        for connection in tuple(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client closed it first

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that hang up; report all other errors."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # passed through


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "copytaster-feedserver"
    sys_version = ""
    timeout = _IDLE_LIMIT_S
    disable_nagle_algorithm = True  # header and body are two writes, which Nagle would delay
    server: _HttpServer

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, *message: object) -> None:
        """Log nothing: the demo's terminal is for items."""

    def _answer(self, *, with_body: bool) -> None:
        path = urlsplit(self.path).path
        document = self.server.feed_server.document_at(path)
        if document is None:
            self._begin(path, HTTPStatus.NOT_FOUND)
            self._finish("text/plain; charset=utf-8", b"no feed here\n", with_body=with_body)
            return
        zipped = _takes_gzip(self.headers.get("Accept-Encoding", ""))
        current = document.is_current(
            self.headers.get("If-None-Match"),
            self.headers.get("If-Modified-Since"),
            zipped=zipped,
        )
        self._begin(path, HTTPStatus.NOT_MODIFIED if current else HTTPStatus.OK)
        self.send_header("ETag", document.etag(zipped=zipped))
        self.send_header("Last-Modified", format_datetime(document.modified, usegmt=True))
        # Freshness would lengthen the interval of the polls.
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Vary", "Accept-Encoding")
        if current:
            self.end_headers()
            return
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        body = document.gzipped if zipped else document.body
        self._finish(document.media_type, body, with_body=with_body)

    def _begin(self, path: str, status: HTTPStatus) -> None:
        self.server.feed_server.count(path, status.value)
        self.send_response(status)

    def _finish(self, media_type: str, body: bytes, *, with_body: bool) -> None:
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)


def _takes_gzip(accept_encoding: str) -> bool:
    """True if gzip is among the codings and not refused.

    >>> [_takes_gzip(accepted) for accepted in ("gzip, br", "gzip;q=0", "identity", "")]
    [True, False, False, False]
    """
    for coding in accept_encoding.lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "").rstrip("0.") not in {"q=", "q"}
    return False


def _read_http_date(value: str | None) -> datetime | None:
    """Return the moment, or None if the header is missing or not a date."""
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def serve_demo(arguments: Sequence[str] | None = None) -> int:
    """Serve the demo's feeds until SIGTERM or SIGINT; the base URL is the first line of output."""
    parser = argparse.ArgumentParser(
        prog="python -m worker.demo.feed_server", description=serve_demo.__doc__
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free port")
    options = parser.parse_args(arguments)
    try:
        with stop_signals() as stopping, FeedServer(port=options.port) as server:
            sys.stdout.write(f"{server.base_url}\n")
            sys.stdout.flush()
            stopping.wait()
    except CopytasterError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(serve_demo())
