"""A hostile feed server: what one poll, as `copytaster feeds try` does it, makes of each behaviour.

Real HTTP over TCP on loopback. A case is a row of `CASES`: how the server behaves and what each
poll shall come to. All cases are polled at once, before the first test; a second listener, off the
allow-list, counts the connections that must not be.
"""

import asyncio
import contextlib
import gzip
import socket
import struct
import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import brotli
import pytest
from backports import zstd

from worker.cli.feeds_try import try_poll
from worker.model import Feed, feed_id
from worker.settings import Settings
from worker.web import ssrf_guard
from worker.web.client import HttpFetcher

pytestmark = pytest.mark.e2e

USER_AGENT = "copytaster/0.1 (+https://desk.example/copytaster)"
LIMIT_BYTES = 300_000
DEADLINE_S = 6.0
FIRST_BYTE_S = 4.0
AT_ONCE = 24
WEEK_S = 7 * 86_400
BOMB_BYTES = 60_000_000


# what a server says


def item(guid, title, extra=""):
    return f"<item><guid>{guid}</guid><title>{title}</title>{extra}</item>"


def rss(*items, extra=""):
    inner = "".join(items or [item("1", "One")])
    return f'<rss version="2.0"><channel><title>W</title>{extra}{inner}</channel></rss>'.encode()


FEED = rss()


def head(*headers, status="200 OK", version="HTTP/1.1"):
    lines = [f"{version} {status}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def reply(body=FEED, *headers, status="200 OK"):
    return head(f"Content-Length: {len(body)}", *headers, status=status) + body


def chunked(*chunks, headers=(), end=b"0\r\n\r\n"):
    sent = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return head("Transfer-Encoding: chunked", *headers) + sent + end


def packed(coding, pack, body=FEED):
    return reply(pack(body), f"Content-Encoding: {coding}")


def bare_deflate(data):
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


def wide_zstd(data):
    parameter = zstd.CompressionParameter
    stream = zstd.ZstdCompressor(
        options={parameter.window_log: 27, parameter.enable_long_distance_matching: 1}
    )
    return stream.compress(data) + stream.flush()


def quick_brotli(data):
    return brotli.compress(data, quality=1)


def spoilt_gzip(data):
    out = bytearray(gzip.compress(data))
    out[-6] ^= 1
    return bytes(out)


def to(location, status="302 Found", *headers):
    return reply(b"", f"Location: {location}", *headers, status=status)


def bomb(pack):
    return pack(bytes(BOMB_BYTES))


# how it behaves


@dataclass
class Ask:
    """A request. `number` counts the requests to a path in a case, from 1."""

    case: str
    path: str
    number: int
    headers: dict
    writer: asyncio.StreamWriter
    server: "Hostile"

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.server.port}/{self.case}{path}"


def says(*answers):
    """Give the answers in turn, and the last of them for ever."""

    async def behave(ask):
        return answers[min(ask.number, len(answers)) - 1]

    return behave


def paths(**behaviours):
    """A behaviour for each path; `home` is the feed's own."""

    async def behave(ask):
        return await behaviours[ask.path.strip("/").partition("?")[0] or "home"](ask)

    return behave


def leads(make, status="302 Found"):
    """Redirects to what `make(ask)` says."""

    async def behave(ask):
        return to(make(ask), status)

    return behave


def fills(opening, piece, pause_s=0.0, times=10**9):
    """Send the opening, then the piece again and again until the client hangs up."""

    async def behave(ask):
        ask.writer.write(opening)
        for _ in range(times):
            if ask.writer.is_closing():
                break
            ask.writer.write(piece)
            await ask.writer.drain()
            await asyncio.sleep(pause_s)

    return behave


def stalls(opening):
    async def behave(ask):
        ask.writer.write(opening)
        await ask.writer.drain()
        await asyncio.sleep(60)

    return behave


def resets(opening=b""):
    async def behave(ask):
        ask.writer.write(opening)
        await ask.writer.drain()
        linger = struct.pack("ii", 1, 0)
        ask.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        ask.writer.transport.abort()

    return behave


def leads_and(more):
    """Redirects to `/new`, and says more than it was asked."""

    async def behave(ask):
        return to(ask.url("/new")) + more()

    return behave


async def validates(ask):
    """304 to exactly its own validators, as sent, and to nothing else."""
    etag, stamp = 'W/"caf\xe9 "1"', "Sun, 06 Nov 1994 08:49:37 +0000"
    sent = (ask.headers.get("if-none-match"), ask.headers.get("if-modified-since"))
    if sent == (etag, stamp):
        return head("ETag: other", status="304 Not Modified")
    assert sent == (None, None) or ask.number > 1
    return reply(
        FEED if sent == (None, None) else rss(item("9", f"wrong {sent}")),
        f"ETag: {etag}",
        f"Last-Modified: {stamp}",
    )


def dated(body, second):
    """A file with a date only: 304 to this date and every later one."""
    stamp = f"Sun, 06 Nov 1994 08:49:{second} GMT"

    async def behave(ask):
        known = ask.headers.get("if-modified-since", "")
        if known >= stamp:
            return head(status="304 Not Modified")
        return reply(body, f"Last-Modified: {stamp}")

    return behave


def conditions(*answers):
    """The answers in turn, each with the title that says which validators were sent."""

    async def behave(ask):
        sent = ask.headers.get("if-none-match", "none")
        answer = answers[min(ask.number, len(answers)) - 1]
        return answer(rss(item(f"{ask.number}", f"sent {sent}")))

    return behave


def with_etag(etag):
    return lambda body: reply(body, f"ETag: {etag}") if etag else reply(body)


def cut_at_first(cut):
    """A body without a length, which `cut` cuts at first; 304 to its own validator."""

    async def behave(ask):
        if "if-none-match" in ask.headers:
            return head(status="304 Not Modified")
        whole = rss(item("2", "Two"), item("1", "One"))
        return head('ETag: "1"') + (cut(whole) if ask.number == 1 else whole)

    return behave


async def hops(ask):
    """`/20` goes to `/19` and so on; `/0` is the feed."""
    left = int(ask.path.strip("/") or 20)
    return reply() if left == 0 else to(ask.url(f"/{left - 1}"))


async def hops_too_many(ask):
    left = int(ask.path.strip("/") or 21)
    return reply() if left == 0 else to(ask.url(f"/{left - 1}"))


async def names_all_headers(ask):
    return reply(
        rss(item("1", "cookie" if "cookie" in ask.headers else "none")), "Set-Cookie: id=1; Path=/"
    )


async def tells_authorization(ask):
    return reply(rss(item("1", ask.headers.get("authorization", "none"))))


async def to_the_other_host(ask):
    return to(f"http://localhost:{ask.server.port}/{ask.case}/away")


def leads_to_place(place):
    """A redirect to a place beside the server, written as UTF-8."""

    def make(ask):
        url = f"http://{place}/".replace("{trap}", str(ask.server.trap_port))
        return url.encode().decode("latin-1")

    return leads(make)


def after(seconds, form="seconds"):
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return str(seconds) if form == "seconds" else format_datetime(moment, usegmt=True)


def busy(retry_after, status="503 Service Unavailable"):
    return says(reply(b"", f"Retry-After: {retry_after}", status=status))


def status(line):
    return says(reply(FEED, status=line))


# what a poll comes to


@dataclass(frozen=True)
class Want:
    """None: whatever it is."""

    status: str = "ok"
    titles: tuple | None = None
    error: str | None = None
    retry_after: int | None = None
    url: str | None = None
    """A path of the case."""
    kinds: tuple | None = None


def ok(*titles, **more):
    return Want("ok", titles, **more)


ONE = ok("One")
NONE = ok()
UNCHANGED = Want("unchanged", ())


def retry(error, retry_after=None):
    return Want("retry", (), error, retry_after)


def refused(error):
    return Want("refused", (), error)


GONE = Want("gone", (), "http_410")


@dataclass(frozen=True)
class Case:
    name: str
    why: str
    behave: Callable
    wants: tuple
    url: str = ""
    """Asked for instead of the case's own address; {port} and {trap} are filled in."""
    asked: int | None = None
    """How many requests the server shall have seen."""
    options: dict = field(default_factory=dict)


CASES = []


def case(name, why, behave, *wants, **more):
    CASES.append(Case(name, why, behave, wants, **more))


# fmt: off

# feeds that are well

case("plain", "the common case", says(reply()), ONE)
case("chunked", "length unknown", says(chunked(FEED[:20], FEED[20:])), ONE)
case("until-close", "no length at all", says(head() + FEED), ONE)
case("http-1.0", "old servers", says(head(version="HTTP/1.0") + FEED), ONE)
case("html-type", "text/html is a common mistake",
     says(reply(FEED, "Content-Type: text/html")), ONE)
case("image-type", "the body counts", says(reply(FEED, "Content-Type: image/png")), ONE)
case("bare-lf", "line ends of one byte",
     says(b"HTTP/1.1 200 OK\nContent-Length: %d\n\n" % len(FEED) + FEED), ONE)
case("early-hints", "a 103 is no answer", says(head(status="103 Early Hints") * 3 + reply()), ONE)
case("no-reason", "the reason phrase is optional", says(reply(status="200")), ONE)
case("chunk-extension", "extensions are passed over",
     says(head("Transfer-Encoding: chunked") + b"%x;a=b\r\n%b\r\n0\r\n\r\n" % (len(FEED), FEED)),
     ONE)
case("trailers", "trailers are passed over", says(chunked(FEED, end=b"0\r\nX: y\r\n\r\n")), ONE)
case("one-byte-chunks", "many chunks",
     says(chunked(*(FEED[at:at + 1] for at in range(len(FEED))))), ONE)
case("status-203", "a transformed copy", status("203 Non-Authoritative Information"), ONE)
case("many-headers", "long but bounded", says(reply(FEED, *["X-Y: z"] * 3000)), ONE)
case("slow-but-well", "slower than usual, faster than the deadline",
     fills(head(f"Content-Length: {len(FEED)}") + FEED[:-5], FEED[-5:], 0.3, 1), ONE)
case("no-entries", "an empty feed is one", says(reply(rss("", extra="<link>/</link>"))), NONE)
case("relative-links", "links are made absolute",
     says(reply(rss(item("1", "One", "<link>/a</link>")))), ONE)

# content codings

for _name, _coding, _pack in (
    ("gzip", "gzip", gzip.compress),
    ("x-gzip", "x-gzip", gzip.compress),
    ("upper-case", "GZIP", gzip.compress),
    ("deflate", "deflate", zlib.compress),
    ("bare-deflate", "deflate", bare_deflate),
    ("brotli", "br", brotli.compress),
    ("zstd", "zstd", zstd.compress),
    ("two-codings", "gzip, br", lambda data: brotli.compress(gzip.compress(data))),
    ("members", "gzip", lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:])),
    ("padding", "gzip", lambda data: gzip.compress(data) + b"\0" * 512),
    ("tail", "gzip", lambda data: gzip.compress(data) + b"<!-- served in 3 ms -->"),
    ("identity", "identity", bytes),
    ("charset", "utf-8", bytes),
    ("none", "none", bytes),
):
    case(f"coding-{_name}", f"{_coding} is read", says(packed(_coding, _pack)), ONE)

for _name, _coding, _pack, _error in (
    ("not-gzip", "gzip", bytes, "encoding"),
    ("not-brotli", "br", bytes, "encoding"),
    ("not-zstd", "zstd", bytes, "encoding"),
    ("not-deflate", "deflate", bytes, "encoding"),
    ("brotli-as-gzip", "gzip", brotli.compress, "encoding"),
    ("bad-sum", "gzip", spoilt_gzip, "encoding"),
    ("wide-zstd", "zstd", wide_zstd, "encoding"),
    ("cut-gzip", "gzip", lambda data: gzip.compress(data)[:-9], "cut_short"),
    ("cut-sum", "gzip", lambda data: gzip.compress(data)[:-2], "cut_short"),
    ("cut-brotli", "br", lambda data: brotli.compress(data)[:-9], "cut_short"),
    ("cut-zstd", "zstd", lambda data: zstd.compress(data)[:-9], "cut_short"),
    ("cut-deflate", "deflate", lambda data: zlib.compress(data)[:-9], "cut_short"),
):
    case(f"coding-{_name}", "a part of a feed is none", says(packed(_coding, _pack)), retry(_error))

case("coding-unlabelled", "packed, and nobody says so",
     says(reply(gzip.compress(FEED))), retry("unreadable"))
case("coding-many", "codings cost time", says(packed("gzip, gzip, gzip, gzip", bytes)),
     refused("encoding"))

# too much

for _name, _coding, _pack in (
    ("gzip", "gzip", gzip.compress),
    ("deflate", "deflate", zlib.compress),
    ("brotli", "br", quick_brotli),
    ("zstd", "zstd", zstd.compress),
    ("gzip-twice", "gzip, gzip", lambda data: gzip.compress(gzip.compress(data))),
    ("mixed", "gzip, br", lambda data: quick_brotli(gzip.compress(data))),
    ("empty-members", "gzip", lambda _: gzip.compress(b"") * 40_000),
    ("packed-members", "gzip, gzip", lambda _: gzip.compress(gzip.compress(b"") * 40_000)),
):
    case(f"bomb-{_name}", "small on the wire",
         says(reply(_pack(bytes(BOMB_BYTES)), f"Content-Encoding: {_coding}")),
         refused("too_large"))

case("long", "over the limit", says(reply(FEED + b" " * LIMIT_BYTES)), refused("too_large"))
case("long-declared", "its length alone is enough",
     says(head("Content-Length: 99999999999999999999")), refused("too_large"))
case("long-chunked", "without a length",
     says(chunked(FEED, *[b" " * 10_000] * 31)), refused("too_large"))
case("endless", "never ends", fills(head(), b"<item/>" * 1000), refused("too_large"))
case("endless-chunks", "never ends, in chunks",
     fills(head("Transfer-Encoding: chunked"), b"2710\r\n" + b"x" * 10_000 + b"\r\n"),
     refused("too_large"))
case("endless-gzip", "never ends, packed",
     fills(head("Content-Encoding: gzip"), gzip.compress(b"") * 500), refused("too_large"))
case("endless-headers", "headers have a limit", fills(b"HTTP/1.1 200 OK\r\n", b"X-Y: z\r\n" * 99),
     retry("broken"))
case("endless-header", "one line of them",
     fills(b"HTTP/1.1 200 OK\r\nX-Y: ", b"z" * 999), retry("broken"))
case("endless-status", "no line at all", fills(b"HTTP/1.1 200 ", b"z" * 999), retry("broken"))
case("endless-hints", "1xx for ever", fills(b"", head(status="103 Early Hints") * 50, 0.01),
     retry("timeout"))
case("endless-extension", "a chunk's head has a limit",
     fills(head("Transfer-Encoding: chunked") + b"5;", b"x" * 999), retry("broken"))
case("endless-trailers", "trailers have a limit",
     fills(chunked(FEED, end=b"0\r\n"), b"X-Y: z\r\n" * 99), retry("broken"))
case("endless-error", "an error's body is not read",
     fills(head(status="500 Internal Server Error"), b"x" * 999), retry("http_500"))

# too slow

case("silent", "no answer", stalls(b""), retry("timeout"))
case("silent-status", "half a line", stalls(b"HTTP/1.1 20"), retry("timeout"))
case("silent-headers", "headers that do not end", stalls(b"HTTP/1.1 200 OK\r\nA: b\r\n"),
     retry("timeout"))
case("silent-body", "headers alone", stalls(head("Content-Length: 100")), retry("timeout"))
case("stall", "half a body", stalls(head("Content-Length: 500") + FEED), retry("timeout"))
case("stall-chunk", "half a chunk", stalls(head("Transfer-Encoding: chunked") + b"fff\r\n<rss>"),
     retry("timeout"))
case("stall-close", "all but the end", stalls(head() + FEED), retry("timeout"))
case("drip", "a byte at a time", fills(head("Content-Length: 9999"), b"x", 0.05), retry("timeout"))
case("drip-headers", "headers a byte at a time", fills(b"HTTP/1.1 200 OK\r\nX: ", b"y", 0.05),
     retry("timeout"))
case("drip-chunks", "chunks of one byte",
     fills(head("Transfer-Encoding: chunked"), b"1\r\nx\r\n", 0.05), retry("timeout"))
case("drip-gzip", "packed, slowly", fills(head("Content-Encoding: gzip"), gzip.compress(b""), 0.05),
     retry("timeout"))
case("stall-hints", "a 103 and no more", stalls(head(status="103 Early Hints")), retry("timeout"))


async def slow_loop(ask):
    await asyncio.sleep(0.3)
    return to(ask.url())


case("slow-redirects", "redirects share the deadline", slow_loop, retry("timeout"))

# broken

case("hang-up", "closes at once", says(b""), retry("broken"))
case("reset", "resets at once", resets(), retry("connection"))
case("reset-body", "resets half way", resets(head("Content-Length: 500") + FEED),
     retry("connection"))
case("half-status", "half a line", says(b"HTTP/1.1 20"), retry("broken"))
case("half-headers", "half a header", says(b"HTTP/1.1 200 OK\r\nContent-Le"), retry("broken"))
case("other-protocol", "SSH", says(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), retry("broken"))
case("http-0.9", "no headers at all", says(FEED), retry("broken"))
case("http-2", "a preface of HTTP/2", says(b"\0\0\x12\4\0\0\0\0\0" * 4), retry("broken"))
case("bad-status", "a status that is a word", says(b"HTTP/1.1 OK OK\r\n\r\n"), retry("broken"))
case("long-status", "a status of four digits", says(reply(status="2000 OK")), retry("broken"))
case("icy", "a radio", says(b"ICY 200 OK\r\n\r\n" + FEED), retry("broken"))
case("negative-length", "less than nothing", says(head("Content-Length: -5") + FEED),
     retry("broken"))
case("two-lengths", "which one?", says(head("Content-Length: 5", "Content-Length: 9") + FEED),
     retry("broken"))
case("cut", "shorter than it says", says(head("Content-Length: 500") + FEED), retry("broken"))
case("cut-whole-feed", "a whole feed, and yet cut",
     says(head(f"Content-Length: {len(FEED) + 1}") + FEED), retry("broken"))
case("cut-chunks", "no last chunk", says(chunked(FEED, end=b"")), retry("broken"))
case("cut-chunk", "half a chunk", says(chunked(FEED, end=b"ff\r\nxx")), retry("broken"))
case("bad-chunk", "a length that is a word",
     says(head("Transfer-Encoding: chunked") + b"zz\r\n"), retry("broken"))
case("huge-chunk", "a chunk of 2^80 bytes",
     says(head("Transfer-Encoding: chunked") + b"f" * 20 + b"\r\n" + FEED),
     Want("retry", ()))
case("bad-header", "a name with a space", says(reply(FEED, "Bad Name: x")), retry("broken"))
case("nul-header", "a NUL in a value", says(reply(FEED, "X: a\0b")), retry("broken"))
case("odd-transfer", "a transfer coding that nobody has",
     says(head("Transfer-Encoding: gzip, chunked") + FEED), retry("broken"))
case("length-and-chunks", "chunks count, a length beside them does not",
     says(head("Content-Length: 5", "Transfer-Encoding: chunked") + b"%x\r\n%b\r\n0\r\n\r\n"
          % (len(FEED), FEED)), Want("ok", None))
case("same-length-twice", "said twice, and the same",
     says(head(f"Content-Length: {len(FEED)}", f"Content-Length: {len(FEED)}") + FEED), ONE)
case("folded-header", "a header over two lines",
     says(reply(FEED, "X-Y: a\r\n b")), ONE)
for _number, _size in enumerate(("+5", "0x5", "-1", " ", "5 5")):
    case(f"chunk-size-{_number}", "no length of a chunk",
         says(head("Transfer-Encoding: chunked") + f"{_size}\r\n<rss>\r\n0\r\n\r\n".encode()),
         retry("broken"))
case("smuggled", "what follows an answer is not the next one",
     paths(home=leads_and(lambda: reply(rss(item("6", "Forged")))), new=says(reply())), ONE)
case("tls-silent", "a handshake that does not begin", stalls(b""), retry("timeout"),
     url="https://127.0.0.1:{port}/tls-silent/")
case("tls-on-plain", "no TLS where https is asked for", says(reply()), Want("retry", ()),
     url="https://127.0.0.1:{port}/tls-on-plain/")
case("closed-port", "nobody there", says(), retry("connect"), url="http://127.0.0.1:{closed}/")

# what a status says

for _line in (
    "204 No Content", "205 Reset Content", "206 Partial Content", "226 IM Used",
    "300 Multiple Choices", "304 Not Modified", "305 Use Proxy", "306 Unused", "400 Bad Request",
    "401 Unauthorized", "402 Payment Required", "403 Forbidden", "404 Not Found",
    "406 Not Acceptable", "407 Proxy", "408 Request Timeout", "409 Conflict", "411 X", "418 Teapot",
    "421 Misdirected", "425 Early", "426 Upgrade", "429 Too Many", "451 Legal", "500 Error",
    "501 No", "502 Bad Gateway", "503 Busy", "504 Timeout", "505 Version", "520 X", "599 X",
    "999 X",
):
    case(f"status-{_line[:3]}", "slows the feed down and never stops it", status(_line),
         retry(f"http_{_line[:3]}"), asked=1)

case("status-101", "no protocol but ours", status("101 Switching Protocols"), Want("retry", ()))
case("gone", "stops the feed", status("410 Gone"), GONE)
case("gone-stays", "and is not asked again", says(reply(status="410 Gone"), reply()), GONE, GONE,
     asked=1)
case("comes-back", "failures end", says(reply(status="500 X"), reply(status="404 X"), reply()),
     retry("http_500"), retry("http_404"), ONE)

# Retry-After

case("later", "seconds", busy("120"), retry("http_503", 120))
case("later-429", "of too many too", busy("120", "429 Too Many Requests"), retry("http_429", 120))
case("later-now", "floor", busy("0"), retry("http_503", 60))
case("later-soon", "floor", busy("1"), retry("http_503", 60))
case("later-week", "the cap itself", busy(str(WEEK_S)), retry("http_503", WEEK_S))
case("later-ages", "cap", busy("99999999"), retry("http_503", WEEK_S))
case("later-forever", "more digits than a number has", busy("9" * 5000), retry("http_503", WEEK_S))
case("later-past", "a date that is over", busy(after(-9999, "date")), retry("http_503", 60))
case("later-year", "a date far away", busy("Fri, 31 Dec 9999 23:59:59 GMT"),
     retry("http_503", WEEK_S))
case("later-1970", "the oldest date", busy("Thu, 01 Jan 1970 00:00:00 GMT"),
     retry("http_503", 60))
for _number, _said in enumerate(("soon", "-5", "1.5", "", "1e9", "0x10", "12 0", "٣")):
    case(f"later-nonsense-{_number}", "no time at all", busy(_said.encode().decode("latin-1")),
         Want("retry", (), "http_503"))
case("later-twice", "the first counts",
     says(reply(b"", "Retry-After: 300", "Retry-After: 90", status="503 X")),
     retry("http_503", 300))

# redirects

for _status in ("301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"):
    case(f"moved-{_status[:3]}", "is followed, and kept at most once it repeats",
         paths(home=leads(lambda ask: ask.url("/new"), _status), new=says(reply())),
         Want("ok", ("One",), url="/"))

for _name, _make in {
    "relative": lambda ask: "new",
    "path": lambda ask: f"/{ask.case}/new",
    "network-path": lambda ask: ask.url("/new").removeprefix("http:"),
    "query": lambda ask: "new?a=b",
    "dots": lambda ask: f"/x/../{ask.case}/./new",
    "fragment": lambda ask: ask.url("/new#part"),
    "scheme-case": lambda ask: ask.url("/new").replace("http", "HTTP"),
    "user": lambda ask: ask.url("/new").replace("//", "//ada:secret@"),
}.items():
    case(f"location-{_name}", "forms that servers write",
         paths(home=leads(_make), new=tells_authorization), ok("none"))

case("location-utf8", "bytes as browsers send them",
     paths(home=says(to("caf\xc3\xa9")), **{"caf%C3%A9": says(reply())}), ONE)
case("location-space", "a space is written %20",
     paths(home=says(to("a b")), **{"a%20b": says(reply())}), ONE)
case("location-none", "nowhere to go", says(reply(b"", status="302 Found")), retry("redirect"))
case("location-empty", "nowhere to go", says(to("")), retry("redirect"))
case("location-long", "a URL has a limit", says(to("/" + "x" * 9000)), retry("redirect"))
for _number, _said in enumerate((
    "http://[", "http://x:99999999/", "http://a\xff\xfe:x/", "http://a b/", "http://a%00b/",
    "http://%31%32%37.0.0.1/",
)):
    case(f"location-nonsense-{_number}", "no URL", says(to(_said)), Want("refused", (), "bad_url"))
for _said in (
    "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "javascript:alert(1)",
    "data:text/xml,<rss/>", "redis://127.0.0.1:6379/", "unix:/run/x", "feed://127.0.0.1/",
):
    case(f"location-{_said.partition(':')[0]}", "http and https only", says(to(_said)),
         refused("scheme"))
case("hops-20", "twenty redirects are followed", hops, ONE, asked=21)
case("hops-21", "and no more", hops_too_many, refused("redirects"), asked=21)
case("loop", "to itself", leads(lambda ask: ask.url()), refused("redirects"), asked=21)
case("loop-pair", "to and fro",
     paths(home=leads(lambda ask: ask.url("/b")), b=leads(lambda ask: ask.url())),
     refused("redirects"))
case("loop-grows", "to ever longer URLs", leads(lambda ask: ask.url(ask.path + "x")),
     refused("redirects"))
case("cookie-wall", "a cookie is never sent",
     says(to("", "302 Found") .replace(b"Location: ", b"Location: ./\r\nSet-Cookie: a=b")),
     refused("redirects"))
case("to-error", "the error counts",
     paths(home=leads(lambda ask: ask.url("/no")), no=status("404 X")), retry("http_404"))
case("to-gone", "gone is gone",
     paths(home=leads(lambda ask: ask.url("/no")), no=status("410 Gone")), GONE)
case("to-closed", "nobody there", leads(lambda ask: f"http://127.0.0.1:{ask.server.closed_port}/"),
     retry("connect"))

_TWICE = (Want("ok", ("One",), url="/"), Want("ok", (), url="/new"))
for _status in ("301 Moved", "308 Permanent"):
    case(f"kept-{_status[:3]}", "kept once it repeats, and then asked straight",
         paths(home=leads(lambda ask: ask.url("/new"), _status), new=says(reply())),
         *_TWICE, Want("ok", (), url="/new"), asked=5)
for _status in ("302 Found", "303 See Other", "307 Temporary"):
    case(f"not-kept-{_status[:3]}", "never kept",
         paths(home=leads(lambda ask: ask.url("/new"), _status), new=says(reply())),
         *[Want("ok", None, url="/")] * 3, asked=6)
case("kept-first-part", "what is permanent before the first that is not",
     paths(home=leads(lambda ask: ask.url("/b"), "301 X"), b=leads(lambda ask: ask.url("/c")),
           c=says(reply())),
     Want("ok", None, url="/"), Want("ok", None, url="/b"))
case("kept-not-behind", "a permanent one behind a temporary one is not ours to keep",
     paths(home=leads(lambda ask: ask.url("/b")), b=leads(lambda ask: ask.url("/c"), "301 X"),
           c=says(reply())),
     *[Want("ok", None, url="/")] * 3)
case("kept-never", "another target each time",
     paths(home=leads(lambda ask: ask.url(f"/{'abc'[ask.number % 3]}"), "301 X"),
           a=says(reply()), b=says(reply()), c=says(reply())),
     *[Want("ok", None, url="/")] * 3)
case("kept-not-broken", "a target that fails is not kept",
     paths(home=leads(lambda ask: ask.url("/no"), "301 X"), no=status("404 X")),
     *[Want("retry", (), "http_404", url="/")] * 3)
case("kept-not-page", "nor one that is a login page",
     paths(home=leads(lambda ask: ask.url("/in"), "301 X"), **{"in": says(reply(b"<html>Log in"))}),
     *[Want("retry", (), "unreadable", url="/")] * 3)
case("kept-304", "a 304 counts",
     paths(home=leads(lambda ask: ask.url("/new"), "301 X"),
           new=says(reply(FEED, 'ETag: "1"'), head(status="304 X"))),
     ONE, Want("unchanged", (), url="/new"))

# forbidden places

_PLACES = {
    "port": "127.0.0.1:{trap}",
    "name": "localhost:{trap}",
    "decimal": "2130706433:{trap}",
    "hex": "0x7f000001:{trap}",
    "octal": "0177.0.0.1:{trap}",
    "short": "127.1:{trap}",
    "zero": "0:{trap}",
    "any": "0.0.0.0:{trap}",
    "loopback-6": "[::1]:{trap}",
    "any-6": "[::]:{trap}",
    "mapped": "[::ffff:127.0.0.1]:{trap}",
    "mapped-hex": "[::ffff:7f00:1]:{trap}",
    "compatible": "[::127.0.0.1]:{trap}",
    "nat64": "[64:ff9b::127.0.0.1]:{trap}",
    "6to4": "[2002:7f00:1::1]:{trap}",
    "link-local": "169.254.169.254",
    "link-local-6": "[fe80::1]",
    "unique-local": "[fd00:ec2::254]",
    "private-10": "10.0.0.1",
    "private-172": "172.16.0.1",
    "private-192": "192.168.0.1",
    "cgnat": "100.100.100.200",
    "azure": "168.63.129.16",
    "metadata": "192.0.0.192",
    "metadata-mapped": "[::ffff:192.0.0.192]",
    "metadata-nat64": "[64:ff9b::c000:c0]",
    "metadata-6to4": "[2002:c000:c0::1]",
    "metadata-isatap": "[2a00:1450::5efe:c000:c0]",
    "anycast": "192.0.0.9",
    "sids": "[5f00::1]",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "full-width": "１２７.0.0.1:{trap}",
    "circled": "①②⑦.0.0.1:{trap}",
    "ideographic-dot": "127。0。0。1:{trap}",
    "final-dot": "rebound.test.:{trap}",
    "octal-long": "017700000001:{trap}",
    "hex-parts": "0x7f.0.0.0x1:{trap}",
    "three-parts": "127.0.1:{trap}",
    "translated": "[::ffff:0:127.0.0.1]:{trap}",
    "nat64-local": "[64:ff9b:1::7f00:1]:{trap}",
    "teredo": "[2001:0:4136:e378:8000:63bf:80ff:fffe]:{trap}",
    "isatap": "[2001:db8::5efe:7f00:1]:{trap}",
    "link-local-zone": "[fe80::1%25lo]:{trap}",
    "user-port": "127.0.0.1:80@127.0.0.1:{trap}",
    "rebound": "rebound.test:{trap}",
    "mixed-addresses": "mixed.test:{trap}",
}
for _name, _place in _PLACES.items():
    case(f"place-{_name}", "not asked", says(reply()),
         Want("refused", (), None), url=f"http://{_place}/")
    case(f"to-place-{_name}", "nor by a redirect", leads_to_place(_place),
         Want("refused", (), None))
for _number, _said in enumerate(("file:///etc/passwd", "ftp://127.0.0.1/", "//127.0.0.1/", "wire",
                                 "http://", "javascript:1", "http://[::1")):
    case(f"place-nonsense-{_number}", "no address of the web", says(reply()),
         Want("refused", ()), url=_said)
case("place-dns", "a name that nobody has", says(reply()), retry("dns"),
     url="http://nobody.invalid/")

# conditional requests

case("validators", "byte for byte", validates, ONE, UNCHANGED, UNCHANGED, asked=3)
case("no-validators", "then no condition", conditions(with_etag("")), ok("sent none"),
     ok("sent none"))
case("newest-validator", "that of the last 200",
     conditions(with_etag('"1"'), with_etag('"2"')),
     ok("sent none"), ok('sent "1"'), ok('sent "2"'))
case("lost-validator", "a 200 without one ends it",
     conditions(with_etag('"1"'), with_etag(""), with_etag("")),
     ok("sent none"), ok('sent "1"'), ok("sent none"))
case("long-validator", "too long to be sent",
     conditions(with_etag("x" * 5000)), ok("sent none"), ok("sent none"))
for _number, _etag in enumerate(("unquoted", 'W/"1"', '"with "quotes""', '"caf\xe9"', "\"'--\"")):
    case(f"odd-validator-{_number}", "sent back as it came",
         says(reply(FEED, f"ETag: {_etag}"), head(status="304 X")), ONE, UNCHANGED)
case("304-brings-validator", "only a 200 gives one",
     conditions(with_etag('"1"'), lambda _: head('ETag: "2"', status="304 X"), with_etag('"3"')),
     ok("sent none"), UNCHANGED, ok('sent "1"'))
case("error-keeps-validator", "a failure forgets nothing",
     conditions(with_etag('"1"'), lambda _: reply(b"", 'ETag: "e"', status="500 X"),
                with_etag('"3"')),
     ok("sent none"), retry("http_500"), ok('sent "1"'))
case("unread-keeps-validator", "a body that was not read has none",
     conditions(with_etag('"1"'), lambda _: reply(b"<html>oops", 'ETag: "e"'), with_etag('"3"')),
     ok("sent none"), retry("unreadable"), ok('sent "1"'))
case("redirect-validator", "through a redirect too",
     paths(home=leads(lambda ask: ask.url("/new")), new=validates), ONE, UNCHANGED)
for _status, _kept in {"302 Found": None, "301 Moved": "/file2"}.items():
    case(f"other-target-{_status[:3]}", "the date of a file says nothing of another file",
         paths(home=leads(lambda ask: ask.url(f"/file{min(ask.number, 2)}"), _status),
               file1=dated(FEED, 58), file2=dated(rss(item("2", "Two")), 30)),
         ONE, ok("Two"), *[Want("unchanged", (), url=_kept)] * 3)
case("304-with-body", "a 304 has none", says(reply(FEED, "ETag: 1"), reply(status="304 X")),
     ONE, Want("unchanged", ()))

# what is published

case("same-body", "nothing new", says(reply()), ONE, NONE, NONE)
case("same-entries", "in another body", says(reply(), reply(rss(extra="<ttl>5</ttl>"))), ONE, NONE)
case("next-entry", "that one alone",
     says(reply(), reply(rss(item("2", "Two"), item("1", "One")))), ONE, ok("Two", kinds=("new",)))
case("changed-title", "an update of what is known",
     says(reply(), reply(rss(item("1", "Won")))), ONE, ok("Won", kinds=("update",)))
case("falls-off-and-returns", "is known still",
     says(reply(rss(item("1", "One"), item("2", "Two"))), reply(rss(item("2", "Two"))),
          reply(rss(item("2", "Two"), item("1", "One")))),
     Want("ok", None), NONE, NONE)
case("fails-between", "what was seen is known after a failure",
     says(reply(), reply(status="500 X"), reply(rss(item("1", "One"), item("2", "Two")))),
     ONE, retry("http_500"), ok("Two"))
case("cut-then-whole", "a cut body publishes nothing",
     says(head("Content-Length: 999") + FEED, reply()), retry("broken"), ONE)
case("cut-document", "a cut that HTTP does not show: its validators would hide the rest",
     cut_at_first(lambda whole: whole[:whole.index(b"One")]), ok("Two"), ok("One"), UNCHANGED)
case("cut-between-entries", "nor does a cut behind an entry hide the next one",
     cut_at_first(lambda whole: whole[:whole.index(b"</item>") + 7]),
     ok("Two"), ok("One"), UNCHANGED)
case("never-whole", "a document that always stops short is asked for anew and brings nothing twice",
     says(reply(FEED[:-6], 'ETag: "1"')), ONE, NONE, NONE)
case("ill-formed", "a document that is not well-formed has validators",
     conditions(lambda body: reply(body.replace(b"<title>W", b"<title>R&D"), 'ETag: "1"')),
     ok("sent none"), ok('sent "1"'))
case("page", "a web page is no feed", says(reply(b"<html><p>Hello")), retry("unreadable"))
case("empty", "nothing at all", says(reply(b"")), retry("unreadable"))
case("binary", "a picture", says(reply(b"\x89PNG\r\n\x1a\n" + bytes(999))), retry("unreadable"))
case("same-guid", "entries of one guid are told apart by their links, else by their titles",
     says(reply(rss(item("1", "One"), item("1", "Two"))),
          reply(rss(item("1", "One"), item("1", "Two"), item("2", "Three")))),
     Want("ok", ("Two", "One")), ok("Three", kinds=("new",)))
case("same-entry", "an entry that stands there twice is published once",
     says(reply(rss(*[item("1", "One")] * 50))), ONE, NONE)
case("reordered", "an order is nothing new",
     says(reply(rss(item("1", "One"), item("2", "Two"))),
          reply(rss(item("2", "Two"), item("1", "One")))), Want("ok"), NONE)
case("changed-dates", "nor are dates",
     says(reply(rss(item("1", "One", "<pubDate>Mon, 12 Jan 2026 10:00:00 GMT</pubDate>"))),
          reply(rss(item("1", "One", "<pubDate>Tue, 13 Jan 2026 10:00:00 GMT</pubDate>")))),
     ONE, NONE)
case("changed-text", "a text is", says(reply(), reply(rss(item("1", "One", "<description>More."
     "</description>")))), ONE, ok("One", kinds=("update",)))
case("back-and-forth", "a title that goes back is an update too",
     says(reply(), reply(rss(item("1", "Won"))), reply()),
     ONE, ok("Won", kinds=("update",)), ok("One", kinds=("update",)))
case("bad-neighbour", "one bad entry costs no other",
     says(reply(rss("<item><title>&bad; <b></title></wrong>", item("1", "One")))),
     Want("ok", None))
case("refresh", "a page that sends people on is no redirect",
     says(reply(b"<html><meta http-equiv=refresh content='0;url=new'>", "Refresh: 0; url=new")),
     retry("unreadable"), asked=1)
case("other-json", "no feed", says(reply(b'{"error": "busy"}')), retry("unreadable"))

# who we are

case("cookies", "never sent back", names_all_headers, ok("none"), NONE, NONE)
case("credentials", "to the feed's own origin", tells_authorization, ok("Basic YWRhOnMzY3JldA=="),
     url="http://ada:s3cret@127.0.0.1:{port}/credentials/")
case("credentials-stay", "on a redirect at home",
     paths(home=leads(lambda ask: ask.url("/in")), **{"in": tells_authorization}),
     ok("Basic YWRhOnMzY3JldA=="),
     url="http://ada:s3cret@127.0.0.1:{port}/credentials-stay/")
case("credentials-not-away", "to no other origin",
     paths(home=to_the_other_host, away=tells_authorization), ok("none"),
     url="http://ada:s3cret@127.0.0.1:{port}/credentials-not-away/")
case("credentials-back", "and home again",
     paths(home=to_the_other_host, away=leads(lambda ask: ask.url("/back")),
           back=tells_authorization),
     ok("Basic YWRhOnMzY3JldA=="),
     url="http://ada:s3cret@127.0.0.1:{port}/credentials-back/")

# fmt: on


# the server


@dataclass
class Hostile:
    """The listener, the requests it got, and the trap beside it."""

    behaviours: dict
    port: int = 0
    trap_port: int = 0
    closed_port: int = 0
    trapped: int = 0
    asked: list = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    tasks: set = field(default_factory=set)
    writers: list = field(default_factory=list)

    async def serve(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        self.writers.append(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._converse(reader, writer)
        writer.close()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await writer.wait_closed()

    async def _converse(self, reader, writer):
        asked = await reader.readuntil(b"\r\n\r\n")
        first, *lines = asked.decode("latin-1").strip().split("\r\n")
        pairs = [line.split(": ", 1) for line in lines]
        headers = {name.lower(): value for name, value in pairs}
        _, name, path = first.split()[1].split("/", 2)
        self.counts[name, path] += 1
        self.asked.append((name, headers))
        ask = Ask(name, f"/{path}", self.counts[name, path], headers, writer, self)
        answer = await self.behaviours[name](ask)
        if answer is not None:
            writer.write(answer)
            await writer.drain()

    async def trap(self, reader, writer):
        self.trapped += 1
        self.writers.append(writer)
        writer.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def poll_all(directory):
    """Run every case's polls; return the results and the server."""
    server = Hostile({one.name: one.behave for one in CASES}, closed_port=free_port())
    listeners = [
        await asyncio.start_server(server.serve, "127.0.0.1", 0),
        await asyncio.start_server(server.trap, "127.0.0.1", 0),
    ]
    server.port, server.trap_port = (one.sockets[0].getsockname()[1] for one in listeners)
    allowed = [f"{host}:{server.port}" for host in ("127.0.0.1", "localhost")]
    settings = Settings(allow_origins=",".join([*allowed, f"127.0.0.1:{server.closed_port}"]))
    http = HttpFetcher(
        user_agent=USER_AGENT,
        timeout_s=DEADLINE_S,
        first_byte_s=FIRST_BYTE_S,
        limit_bytes=LIMIT_BYTES,
        allow_origins=settings.origins,
        host_connections=AT_ONCE,
    )
    turn = asyncio.Semaphore(AT_ONCE)

    async def polls(one):
        async with turn:
            return await poll_case(one, settings, http, server, directory)

    try:
        return server, dict(
            zip([one.name for one in CASES], await asyncio.gather(*map(polls, CASES)), strict=True)
        )
    finally:
        await http.aclose()
        for listener in listeners:
            listener.close()
        for task in server.tasks:
            task.cancel()
        await asyncio.gather(*server.tasks, return_exceptions=True)
        for writer in server.writers:
            writer.transport.abort()  # what nobody read would keep it open
        await asyncio.sleep(0)


async def poll_case(one, settings, http, server, directory):
    url = (one.url or f"http://127.0.0.1:{{port}}/{one.name}/").replace("{port}", str(server.port))
    url = url.replace("{trap}", str(server.trap_port)).replace("{closed}", str(server.closed_port))
    feed = Feed(id=feed_id(f"{one.name} {url}"), url=url)
    begun = time.monotonic()
    trials = [await try_poll(settings, http, feed, directory) for _ in one.wants]
    return url, trials, time.monotonic() - begun


@pytest.fixture(scope="module")
def polled(tmp_path_factory):
    real = socket.getaddrinfo
    turns = Counter()

    def getaddrinfo(host, port, *rest, **options):
        """`rebound.test` is loopback; `mixed.test` has a public address before that."""
        name = host if isinstance(host, str) else ""
        if name.removesuffix(".").endswith(".test"):
            turns[name] += 1
            addresses = ["8.8.8.8", "127.0.0.1"] if name == "mixed.test" else ["127.0.0.1"]
            return [(socket.AF_INET, 1, 6, "", (address, port)) for address in addresses]
        return real(host, port, *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssrf_guard.socket, "getaddrinfo", getaddrinfo)
        return asyncio.run(poll_all(Path(tmp_path_factory.mktemp("hostile"))))


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.name)
def test_a_poll_of_a_hostile_server_comes_to(polled, one):
    server, found = polled
    url, trials, took_s = found[one.name]
    base = f"http://127.0.0.1:{server.port}/{one.name}"
    for want, got in zip(one.wants, trials, strict=True):
        told = (got.status, tuple(entry.title for entry in got.entries), got.error)
        assert got.status == want.status, (one.why, told)
        assert want.titles in {None, told[1]}, (one.why, told)
        assert want.error in {None, got.error}, (one.why, told)
        assert (got.error is None) == (got.status in {"ok", "unchanged"})
        assert (got.asked is None) == (want.retry_after is None), one.why
        if want.retry_after is not None:  # never sooner than the feed's interval
            assert got.retry_after == max(900, want.retry_after), one.why
        assert got.url == (url if want.url is None else base + want.url), one.why
        assert want.kinds in {None, tuple(entry.kind for entry in got.entries)}, one.why
    assert took_s < (DEADLINE_S + 4) * len(trials)
    if one.asked is not None:
        assert sum(name == one.name for name, _ in server.asked) == one.asked, one.why


def test_no_connection_was_made_that_is_forbidden(polled):
    server, _ = polled
    assert server.trapped == 0


def test_every_request_was_honest(polled):
    server, _ = polled
    said = [headers for _, headers in server.asked]
    assert {headers["user-agent"] for headers in said} == {USER_AGENT}
    assert {headers["accept-encoding"] for headers in said} == {"gzip, br, zstd"}
    assert not any({"cookie", "referer"} & headers.keys() for headers in said)


def test_there_are_enough_cases_and_no_name_twice():
    names = [one.name for one in CASES]
    assert len(set(names)) == len(names)
    assert len(names) >= 189
