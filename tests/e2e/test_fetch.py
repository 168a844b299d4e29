"""HttpFetcher against real HTTP on loopback: its requests, and the answers it takes or refuses."""

import asyncio
import contextlib
import gzip
import time
import tracemalloc
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
import pytest
from backports import zstd

from worker.errors import FetchError, FetchPostponed, FetchRefused
from worker.model import Feed, FeedState, feed_id
from worker.web.client import HttpFetcher
from worker.web.memory_budget import MemoryBudget

USER_AGENT = "copytaster/0.1 (+https://desk.example/copytaster)"
BODY = b'<rss version="2.0"><channel><title>Wire</title></channel></rss>'


@dataclass
class Server:
    """A hand-written server: `answers` maps a path to bytes or to a coroutine function."""

    answers: dict
    port: int = 0
    connections: int = 0
    requests: list = field(default_factory=list)
    bodies: list = field(default_factory=list)
    tasks: list = field(default_factory=list)

    async def serve(self, reader, writer):
        self.connections += 1
        self.tasks.append(asyncio.current_task())
        try:
            await self.converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def converse(self, reader, writer):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines)
            path = first.split()[1]
            body = await reader.readexactly(int(headers.get("Content-Length", 0)))
            self.bodies.append(body.decode())
            self.requests.append((path, {name.lower(): headers[name] for name in headers}))
            answer = self.answers[path]
            if callable(answer):
                answer = await answer(self.requests[-1][1], writer) or b""
            writer.write(answer)
            await writer.drain()
            if b"Content-Length" not in answer and b"chunked" not in answer:
                break

    def url(self, path="/", host="127.0.0.1"):
        return f"http://{host}:{self.port}{path}"


def reply(body=BODY, *headers, status="200 OK"):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def feed(url):
    return Feed(id=feed_id(url), url=url)


def run(answers, act, *, allow=True, **options):
    """`act(server, fetcher)`, with both up and both gone afterwards."""

    async def main():
        server = Server(answers)
        listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.port = listener.sockets[0].getsockname()[1]
        origins = {f"127.0.0.1:{server.port}", f"localhost:{server.port}"} if allow else set()
        settings = {"timeout_s": 5.0, "limit_bytes": 100_000, **options}
        fetcher = HttpFetcher(user_agent=USER_AGENT, allow_origins=frozenset(origins), **settings)
        try:
            return await act(server, fetcher)
        finally:
            await fetcher.aclose()
            listener.close()
            for task in server.tasks:
                task.cancel()
            await asyncio.gather(*server.tasks, return_exceptions=True)

    return asyncio.run(main())


def error_of(answer, *, path="/", state=None, kind=FetchError, **options):
    """Return the error of a fetch with this answer."""

    async def act(server, fetcher):
        with pytest.raises(kind) as caught:
            await fetcher.fetch(feed(server.url(path)), state or FeedState())
        assert "\n" not in str(caught.value)
        return caught.value

    answers = answer if isinstance(answer, dict) else {path: answer}
    return run(answers, act, **options)


def test_a_feed_is_fetched_with_an_honest_request():
    async def act(server, fetcher):
        got = await fetcher.fetch(feed(server.url()), FeedState())
        return server, got

    server, got = run({"/": reply(BODY, "Content-Type: application/rss+xml")}, act)
    assert (got.status, got.body, got.url) == (200, BODY, server.url())
    assert got.headers["content-type"] == "application/rss+xml"
    [(_, sent)] = server.requests
    assert sent["user-agent"] == USER_AGENT
    assert "application/rss+xml" in sent["accept"]
    assert sent["accept-encoding"] == "gzip, br, zstd"
    assert {"cookie", "referer", "if-none-match", "if-modified-since", "a-im"}.isdisjoint(sent)


def test_validators_go_back_byte_for_byte():
    etag, stamp = 'W/"caf\xe9-1"', "Mon, 12 Jan 2026 10:00:00 +0000"

    async def answer(sent, writer):
        if sent.get("if-none-match") == etag and sent.get("if-modified-since") == stamp:
            return b"HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n"
        return reply(BODY, f"ETag: {etag}", f"Last-Modified: {stamp}")

    async def act(server, fetcher):
        first = await fetcher.fetch(feed(server.url()), FeedState())
        state = FeedState(etag=first.headers["etag"], last_modified=first.headers["last-modified"])
        return state, await fetcher.fetch(feed(server.url()), state)

    state, second = run({"/": answer}, act)
    assert state == FeedState(etag=etag, last_modified=stamp)
    assert (second.status, second.body) == (304, b"")


def test_last_modified_alone_is_enough_for_a_304():
    async def act(server, fetcher):
        state = FeedState(last_modified="Mon, 12 Jan 2026 10:00:00 GMT")
        return await fetcher.fetch(feed(server.url()), state)

    assert run({"/": b"HTTP/1.1 304 Not Modified\r\n\r\n"}, act).status == 304


def test_a_304_to_an_unconditional_request_is_an_error():
    error = error_of(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    assert error.status == 304


def test_repeated_headers_are_joined_but_a_validator_is_the_first():
    async def act(server, fetcher):
        return await fetcher.fetch(feed(server.url()), FeedState())

    repeated = ["ETag: 1", "ETag: 2", "Cache-Control: public", "Cache-Control: max-age=9"]
    got = run({"/": reply(BODY, *repeated)}, act)
    assert (got.headers["etag"], got.headers["cache-control"]) == ("1", "public, max-age=9")


def test_cookies_are_never_sent_back():
    async def act(server, fetcher):
        for _ in range(2):
            await fetcher.fetch(feed(server.url()), FeedState())
        return server

    server = run({"/": reply(BODY, "Set-Cookie: id=1; Path=/")}, act)
    assert ["cookie" in sent for _, sent in server.requests] == [False, False]


def test_a_second_answer_is_not_taken_for_that_to_the_next_request():
    async def act(server, fetcher):
        got = [await fetcher.fetch(feed(server.url(path)), FeedState()) for path in ("/a", "/b")]
        return [one.body for one in got], server.connections

    answers = {"/a": reply(b"of a") + reply(b"spare"), "/b": reply(b"of b")}
    assert run(answers, act) == ([b"of a", b"of b"], 2)
    answers = {"/a": reply(b"of a") + b"HTTP/1.1 200", "/b": reply(b"of b")}
    assert run(answers, act) == ([b"of a", b"of b"], 2)


def test_redirects_are_followed_and_the_last_url_is_reported():
    async def act(server, fetcher):
        return server, await fetcher.fetch(feed(server.url("/old")), FeedState())

    moved = reply(b"", "Location: new?x=1", status="301 Moved Permanently")
    server, got = run({"/old": moved, "/new?x=1": reply()}, act)
    assert got.url == server.url("/new?x=1")
    assert [path for path, _ in server.requests] == ["/old", "/new?x=1"]


@pytest.mark.parametrize(
    ("answered", "adopted", "sent"),
    [
        ("/new", "", [("/old", None), ("/new", '"1" then feed')]),
        ("/new#top", "", [("/old", None), ("/new", '"1" then feed')]),
        ("/other", "", [("/old", None), ("/new", None)]),
        ("/new?x=1", "", [("/old", None), ("/new", None)]),
        ("/old", "", [("/old", '"1" then feed'), ("/new", None)]),
        # A state of an older release, which does not say who gave them.
        ("", "", [("/old", '"1" then feed'), ("/new", None)]),
        ("", "/new", [("/new", None)]),
        ("/new", "/new", [("/new", '"1" then feed')]),
        ("/older", "/new", [("/new", None)]),
    ],
)
@pytest.mark.parametrize("user", ["", "desk:s3cret@"])
def test_validators_go_to_the_url_that_gave_them_only(answered, adopted, sent, user):
    names = ("if-none-match", "if-modified-since", "a-im")

    async def act(server, fetcher):
        state = FeedState(
            etag='"1"',
            last_modified="then",
            answered_url=answered and server.url(answered),
            url=adopted and server.url(adopted),
        )
        await fetcher.fetch(feed(server.url("/old").replace("//", f"//{user}")), state)
        return [
            (path, " ".join(filter(None, map(headers.get, names))) or None)
            for path, headers in server.requests
        ]

    assert run({"/old": reply(b"", "Location: new", status="302 Found"), "/new": reply()}, act) == (
        sent
    )


def test_a_304_of_a_url_that_was_sent_no_validators_is_an_error():
    answers = {
        "/": reply(b"", "Location: /new", status="302 Found"),
        "/new": reply(b"", status="304 Not Modified"),
    }
    assert error_of(answers, state=FeedState(etag='"1"')).status == 304


def test_a_redirect_loop_ends_after_twenty():
    loop = reply(b"", "Location: /", status="302 Found")

    async def act(server, fetcher):
        with pytest.raises(FetchRefused) as caught:
            await fetcher.fetch(feed(server.url()), FeedState())
        return len(server.requests), caught.value.reason

    assert run({"/": loop}, act) == (21, "more than 20 redirects")


def test_a_redirect_without_location_is_an_error():
    assert error_of(reply(b"", status="301 Moved Permanently")).status == 301


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/",
        "http://[::ffff:10.0.0.1]/",
        "http://localhost:1/",
        "http://2130706433/",
        "http://[::1]:6379/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "redis://127.0.0.1:6379/",
    ],
)
def test_a_redirect_to_a_forbidden_place_is_refused(location):
    error_of(reply(b"", f"Location: {location}", status="302 Found"), kind=FetchRefused)


@pytest.mark.parametrize("location", ["http://[", "http://a\xff\xfe:x/", "http://x:99999999/"])
def test_a_redirect_to_nonsense_is_an_error(location):
    error_of(reply(b"", f"Location: {location}", status="302 Found"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_private_address_off_the_list_is_refused_before_any_connection(host):
    async def act(server, fetcher):
        with pytest.raises(FetchRefused) as caught:
            await fetcher.fetch(feed(server.url(host=host)), FeedState())
        return server.connections, caught.value.subject == f"{host}:{server.port}"

    assert run({"/": reply()}, act, allow=False) == (0, True)


def test_proxy_variables_are_not_inherited(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def act(server, fetcher):
        return await fetcher.fetch(feed(server.url()), FeedState())

    assert run({"/": reply()}, act).status == 200


@pytest.mark.parametrize(
    "answer",
    [
        reply(b"x" * 100_001),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_001,
        reply(gzip.compress(b"x" * 100_001), "Content-Encoding: gzip"),
    ],
    ids=["length", "declared", "until close", "unpacked"],
)
def test_a_body_over_the_limit_is_refused(answer):
    error = error_of(answer, kind=FetchRefused)
    assert error.reason == "the body is larger than 100,000 bytes"


def test_a_body_of_exactly_the_limit_is_taken():
    packed = reply(gzip.compress(b"x" * 100_000), "Content-Encoding: gzip")

    async def act(server, fetcher):
        plain = await fetcher.fetch(feed(server.url("/plain")), FeedState())
        unpacked = await fetcher.fetch(feed(server.url("/packed")), FeedState())
        return len(plain.body), len(unpacked.body)

    assert run({"/plain": reply(b"x" * 100_000), "/packed": packed}, act) == (100_000, 100_000)


def test_a_gzip_bomb_costs_no_memory():
    bomb = gzip.compress(b"\0" * 50_000_000)
    tracemalloc.start()
    try:
        error_of(reply(bomb, "Content-Encoding: gzip"), kind=FetchRefused)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 10_000_000


def test_gzip_in_several_members_is_read_whole():
    packed = gzip.compress(BODY[:20]) + gzip.compress(BODY[20:]) + b"\0" * 8

    async def act(server, fetcher):
        return await fetcher.fetch(feed(server.url()), FeedState())

    assert run({"/": reply(packed, "Content-Encoding: gzip")}, act).body == BODY


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(BODY)[:-9],
        reply(BODY, "Content-Encoding: gzip"),
        reply(BODY, "Content-Encoding: br"),
        reply(brotli.compress(BODY)[:-9], "Content-Encoding: br"),
        reply(BODY, "Content-Encoding: zstd"),
        reply(zstd.compress(BODY)[:-9], "Content-Encoding: zstd"),
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"",
    ],
    ids=[
        "length",
        "chunked",
        "gzip",
        "not gzip",
        "not brotli",
        "brotli",
        "not zstd",
        "zstd",
        "head",
        "other protocol",
        "nothing",
    ],
)
def test_a_broken_answer_is_an_error(answer):
    async def once(sent, writer):
        writer.write(answer)
        await writer.drain()
        writer.close()

    error = error_of(once)
    assert type(error) is FetchError
    assert error.subject.startswith("http://127.0.0.1:")


def test_a_slow_drip_is_stopped_by_the_deadline():
    async def drip(sent, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    begun = time.monotonic()
    error = error_of(drip, timeout_s=0.4)
    assert error.reason == "no whole answer within 0.4 s"
    assert time.monotonic() - begun < 20


def test_endless_interim_answers_are_stopped_by_the_deadline():
    async def interim(sent, writer):
        while not writer.is_closing():
            writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    assert error_of(interim, timeout_s=0.3).reason == "no whole answer within 0.3 s"


def test_redirects_share_the_one_deadline():
    async def slowly(sent, writer):
        await asyncio.sleep(0.2)
        return reply(b"", "Location: /", status="302 Found")

    assert error_of(slowly, timeout_s=0.5).reason == "no whole answer within 0.5 s"


def test_a_fetcher_goes_on_after_its_connections_timed_out():
    async def silent(sent, writer):
        await asyncio.sleep(2)

    async def act(server, fetcher):
        for _ in range(2):
            with pytest.raises(FetchError):
                await fetcher.fetch(feed(server.url("/silent")), FeedState())
        return await fetcher.fetch(feed(server.url("/")), FeedState())

    got = run({"/silent": silent, "/": reply()}, act, timeout_s=1.0, connections=1)
    assert got.body == BODY


@pytest.mark.parametrize(
    ("status", "header", "retry_after_s"),
    [
        ("429 Too Many Requests", "Retry-After: 120", 120.0),
        ("503 Service Unavailable", "Retry-After: {in two hours}", 7200.0),
        ("503 Service Unavailable", "Retry-After: {an hour ago}", 0.0),
        ("503 Service Unavailable", "Retry-After: soon", None),
        ("410 Gone", "X: y", None),
        ("404 Not Found", "X: y", None),
    ],
)
def test_an_http_error_carries_status_and_retry_after(status, header, retry_after_s):
    """The server's clock is ten minutes slow, as its Date shows."""
    clock = datetime.now(UTC) - timedelta(minutes=10)
    header = header.replace("{in two hours}", format_datetime(clock + timedelta(hours=2), True))
    header = header.replace("{an hour ago}", format_datetime(clock - timedelta(hours=1), True))
    error = error_of(reply(b"", header, f"Date: {format_datetime(clock, True)}", status=status))
    assert (f"HTTP {error.status}", error.retry_after_s, error.code) == (
        f"HTTP {status.split()[0]}",
        retry_after_s,
        f"http_{error.status}",
    )
    assert error.reason == f"HTTP {status}"


def test_credentials_of_the_url_go_to_its_origin_and_into_no_message():
    async def act(server, fetcher):
        url = server.url("/moved").replace("//", "//desk:s3cret@")
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(feed(url), FeedState())
        return server, caught.value

    async def away(sent, writer):
        where = f"Location: http://localhost:{sent['host'].rpartition(':')[2]}/gone"
        return reply(b"", where, status="302 Found")

    server, error = run({"/moved": away, "/gone": reply(b"", status="410 Gone")}, act)
    sent = [headers.get("authorization") for _, headers in server.requests]
    assert sent == ["Basic ZGVzazpzM2NyZXQ=", None]
    assert error.subject == server.url("/moved")
    assert error.url == server.url("/gone").replace("127.0.0.1", "localhost")
    assert "s3cret" not in str(error)


@pytest.mark.parametrize(
    "url", ["ftp://desk.example/", "http://", "desk.example/rss", "http://[::1", "javascript:x", ""]
)
def test_a_url_that_is_no_web_address_is_refused(url):
    async def act(server, fetcher):
        with pytest.raises(FetchRefused):
            await fetcher.fetch(feed(url), FeedState())

    run({}, act)


def test_a_name_that_nobody_has_is_an_error_of_the_network():
    async def act(server, fetcher):
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(feed("http://wire.invalid/rss"), FeedState())
        return caught.value

    assert type(run({}, act)) is FetchError


def test_many_feeds_are_fetched_at_once():
    async def slowly(sent, writer):
        await asyncio.sleep(0.2)
        return reply()

    async def act(server, fetcher):
        begun = time.monotonic()
        feeds = [feed(server.url(path)) for path in answers]
        replies = await asyncio.gather(*(fetcher.fetch(one, FeedState()) for one in feeds))
        return {got.status for got in replies}, time.monotonic() - begun

    answers = {f"/{number}": slowly for number in range(16)}
    statuses, took_s = run(answers, act, host_connections=16)
    assert statuses == {200}
    assert took_s < 2


def test_a_host_is_asked_for_few_feeds_at_once_and_the_others_wait():
    at_once = []

    async def slowly(sent, writer):
        at_once.append(at_once[-1] + 1 if at_once else 1)
        await asyncio.sleep(0.05)
        at_once.append(at_once[-1] - 1)
        return reply()

    async def act(server, fetcher):
        feeds = [feed(server.url(path)) for path in answers]
        return await asyncio.gather(*(fetcher.fetch(one, FeedState()) for one in feeds))

    answers = {f"/{number}": slowly for number in range(8)}
    assert len(run(answers, act, host_connections=2)) == 8
    assert max(at_once) == 2


def test_many_large_bodies_at_once_share_one_budget():
    body = gzip.compress(bytes(8 << 20), 1)
    most = []

    async def act(server, fetcher):
        budget = MemoryBudget(16 << 20)

        async def one(path):
            with budget.reserve() as memory:
                got = await fetcher.fetch(feed(server.url(path)), FeedState(), memory)
                most.append(budget.held_bytes)
                return len(got.body)

        return await asyncio.gather(*(one(path) for path in answers)), budget.held_bytes

    answers = {f"/{number}": reply(body, "Content-Encoding: gzip") for number in range(20)}
    tracemalloc.start()
    try:
        found = run(answers, act, host_connections=20, limit_bytes=64 << 20, timeout_s=30.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == ([8 << 20] * 20, 0)
    assert max(most) <= 24 << 20
    assert peak < 60 << 20, "of the 160 MiB that they are together"


def test_a_feed_whose_turn_does_not_come_is_postponed_and_did_not_fail():
    async def silent(sent, writer):
        await asyncio.sleep(30)

    async def act(server, fetcher):
        feeds = [feed(server.url(path)) for path in ("/silent", "/")]
        polls = (fetcher.fetch(one, FeedState()) for one in feeds)
        first, second = await asyncio.gather(*polls, return_exceptions=True)
        return first.code, type(second), len(server.requests)

    found = run({"/silent": silent, "/": silent}, act, host_connections=1, timeout_s=3.0)
    assert found[:2] == ("timeout", FetchPostponed)


# new entries alone (RFC 3229)


def part_of(state, *headers):
    """Return the request, and the reply or error of a 226 with these headers."""

    async def act(server, fetcher):
        try:
            got = await fetcher.fetch(feed(server.url()), state)
        except FetchError as error:
            got = error
        return server.requests[0][1], got

    return run({"/": reply(BODY, *headers, status="226 IM Used")}, act)


def test_with_an_etag_the_new_entries_alone_are_asked_for_and_taken():
    sent, got = part_of(FeedState(etag='"1"'), "IM: feed", 'ETag: "2"')
    assert sent["a-im"] == "feed"
    assert (got.status, got.body, got.headers["etag"]) == (226, BODY, '"2"')


@pytest.mark.parametrize(
    ("state", "is_asked"),
    [
        (FeedState(), False),
        (FeedState(last_modified="Mon, 12 Jan 2026 10:00:00 GMT"), False),
        (FeedState(etag='"1"', needs_whole=True), False),
        (FeedState(etag='"1"'), True),
    ],
)
def test_a_part_that_was_not_asked_for_or_is_of_another_kind_is_an_error(state, is_asked):
    for headers in ([], ["IM: vcdiff"], ["IM: feed, gzip"], *([] if is_asked else [["IM: feed"]])):
        sent, got = part_of(state, *headers)
        assert got.code == "http_226"
        assert ("a-im" in sent) == is_asked


# forms


def post(answers, path="/", **options):
    """Return the server after a form was sent to it, and the error if there was one."""

    async def act(server, fetcher):
        try:
            await fetcher.post(server.url(path), {"hub.mode": "subscribe", "hub.topic": "a&b=\xe9"})
        except FetchError as error:
            return server, error
        return server, None

    return run(answers, act, **options)


FORM = "hub.mode=subscribe&hub.topic=a%26b%3D%C3%A9"


def test_a_form_is_sent_under_the_guards_of_feeds():
    server, error = post({"/": reply(b"", status="202 Accepted")})
    ((_, sent),) = server.requests
    assert (error, server.bodies) == (None, [FORM])
    assert sent["content-type"] == "application/x-www-form-urlencoded"
    assert sent["user-agent"] == USER_AGENT
    assert {"cookie", "referer", "authorization"}.isdisjoint(sent)
    server, error = post({"/": reply(b"")}, allow=False)
    assert (error.code, server.connections) == ("forbidden_address", 0)


@pytest.mark.parametrize(
    ("status", "code"),
    [("301 Moved", "http_301"), ("303 See Other", "http_303"), ("500 No", "http_500")],
)
def test_a_form_that_is_not_taken_is_an_error(status, code):
    server, error = post({"/": reply(b"", "Location: /there", status=status)})
    assert (error.code, len(server.requests)) == (code, 1)


@pytest.mark.parametrize("status", ["307 Temporary Redirect", "308 Permanent Redirect"])
def test_a_form_follows_307_and_308_and_nothing_else(status):
    there = {"/": reply(b"", "Location: /hub", status=status), "/hub": reply(b"")}
    server, error = post(there)
    assert (error, server.bodies) == (None, [FORM, FORM])
    server, error = post({"/": reply(b"", "Location: /", status=status)})
    assert (error.code, len(server.requests)) == ("redirects", 6)
    server, error = post({"/": reply(b"", "Location: http://169.254.1.1/", status=status)})
    assert error.code == "forbidden_address"


def test_a_form_waits_for_no_answer_longer_than_a_feed_does():
    async def stuck(sent, writer):
        await asyncio.sleep(60)

    _, error = post({"/": stuck}, first_byte_s=0.1)
    assert error.code == "timeout"
