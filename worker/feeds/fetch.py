"""All inbound HTTP: conditional, bounded in bytes, seconds and redirects, and guarded."""

import asyncio
import base64
import re
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from worker.errors import FetchError, FetchRefused
from worker.feeds.dates import read_date
from worker.feeds.guard import GuardedBackend, GuardedTransport, check_url, redact
from worker.model import Feed, FeedState
from worker.ports import FetchReply

__all__ = ["HttpFetcher"]

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml,"
    " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LIMIT_REDIRECTS = 5
_HEADERS_KEPT_ONCE = frozenset({"etag", "last-modified", "location", "retry-after"})
_RETRY_SECONDS = re.compile(r"\d{1,10}")


class HttpFetcher:
    """Fetches feeds; implements `worker.ports.Fetcher`. One event loop's, from first to last use.

    One big client spends its time comparing connections with connections, so there are several
    small ones; a host always goes to the same client and has its connections kept there.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        timeout_s: float = 20.0,
        limit_bytes: int = 10 * 1024 * 1024,
        allow_origins: frozenset[str] = frozenset(),
        clients: int = 16,
        connections: int = 8,
    ) -> None:
        """
        Args:
            user_agent: Who we are, with a URL where a publisher can reach us.
            timeout_s: For one whole fetch: name, connection, redirects, body.
            limit_bytes: For the body, as sent and as unpacked.
            allow_origins: "host:port" strings that may be private addresses.
            clients: Small clients that the hosts are spread over.
            connections: At most so many at once in each client.
        """
        self._timeout_s = timeout_s
        self._limit_bytes = limit_bytes
        self._headers = (
            (b"user-agent", user_agent.encode("latin-1", "replace")),
            (b"accept", _ACCEPT.encode()),
            (b"accept-encoding", b"gzip"),
        )
        backend = GuardedBackend(allow_origins)
        context = httpx.create_ssl_context(trust_env=False)
        self._clients = tuple(
            httpx.AsyncClient(
                transport=GuardedTransport(backend, context, connections=connections),
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                trust_env=False,
                follow_redirects=False,
                timeout=None,  # noqa: S113  one deadline covers the whole fetch
            )
            for _ in range(max(1, clients))
        )

    async def fetch(self, feed: Feed, state: FeedState) -> FetchReply:
        """The feed's body if it changed, else a 304 without one.

        Raises:
            FetchError: No usable answer; FetchRefused when we would not ask or stopped reading.
        """
        subject = redact(feed.url)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._follow(feed.url, state)
        except FetchError:
            raise
        except TimeoutError as error:
            raise FetchError(
                f"no whole answer within {self._timeout_s:g} s", subject=subject
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            raise FetchError(_one_line(error), subject=subject) from error

    async def aclose(self) -> None:
        """Close every connection."""
        for client in self._clients:
            await client.aclose()

    async def _follow(self, url: str, state: FeedState) -> FetchReply:
        """The answer at the end of the redirects, each hop of which is checked."""
        check_url(url)
        first = here = httpx.URL(url)
        for _ in range(_LIMIT_REDIRECTS + 1):
            async with self._answer(here, first, state) as response:
                if response.status_code not in _REDIRECTS:
                    return await self._reply(response, state, redact(url))
                here = here.join(_location(response, redact(url)))
            check_url(str(here))
        raise FetchRefused(f"more than {_LIMIT_REDIRECTS} redirects", subject=redact(url))

    @asynccontextmanager
    async def _answer(
        self, here: httpx.URL, first: httpx.URL, state: FeedState
    ) -> AsyncIterator[httpx.Response]:
        """One request's answer, its body unread; closed at the end whatever happens."""
        client = self._clients[zlib.crc32(here.raw_host) % len(self._clients)]
        headers = [*self._headers, *_validators(state), *_authorization(here, first)]
        request = client.build_request("GET", _bare(here), headers=headers)
        response = await client.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()

    async def _reply(self, response: httpx.Response, state: FeedState, subject: str) -> FetchReply:
        """The answer as a reply, or the FetchError that it amounts to."""
        headers, status = _headers(response), response.status_code
        here = str(response.request.url)
        if status == HTTPStatus.OK:
            body = await self._read_body(response, headers, subject)
            return FetchReply(status=200, url=here, headers=headers, body=body)
        if status == HTTPStatus.NOT_MODIFIED and (state.etag or state.last_modified):
            return FetchReply(status=304, url=here, headers=headers)
        reason = f"HTTP {status} {_phrase(status)}".strip()
        if status == HTTPStatus.NOT_MODIFIED:
            reason = "HTTP 304 Not Modified, though we had nothing to compare"
        raise FetchError(
            reason, subject=subject, status=status, retry_after_s=_retry_after_s(headers)
        )

    async def _read_body(
        self, response: httpx.Response, headers: Mapping[str, str], subject: str
    ) -> bytes:
        body = _Body(headers.get("content-encoding", ""), self._limit_bytes, subject)
        declared = headers.get("content-length", "")
        if declared.isdecimal() and len(declared) > 18:
            declared = "9" * 18
        body.check(int(declared) if declared.isdecimal() else 0)
        async for chunk in response.aiter_raw():
            body.add(chunk)
        return body.whole()


class _Body:
    """A body under way, unpacked as it comes and never beyond the limit.

    httpx would unpack each chunk whole before anyone can look at its size, and takes a gzip stream
    that stops short for a whole one.
    """

    def __init__(self, encoding: str, limit_bytes: int, subject: str) -> None:
        encoding = encoding.strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip"}:
            raise FetchError(
                f"content encoding {encoding[:40]!r} was not asked for", subject=subject
            )
        self._gzip = _inflater() if "gzip" in encoding else None
        self._limit_bytes = limit_bytes
        self._subject = subject
        self._raw_bytes = 0
        self._parts: list[bytes] = []
        self._bytes = 0

    def check(self, size_bytes: int) -> None:
        """Raises FetchRefused for a size beyond the limit."""
        if size_bytes > self._limit_bytes:
            raise FetchRefused(
                f"the body is larger than {self._limit_bytes:,} bytes", subject=self._subject
            )

    def add(self, raw: bytes) -> None:
        """Take the next bytes off the wire."""
        self._raw_bytes += len(raw)
        self.check(self._raw_bytes)
        if self._gzip is None:
            self._keep(raw)
            return
        try:
            self._inflate(raw)
        except zlib.error as error:
            raise FetchError(f"broken gzip: {error}", subject=self._subject) from error

    def whole(self) -> bytes:
        """The body.

        Raises:
            FetchError: Its gzip stream stops short.
        """
        if self._gzip is not None and self._raw_bytes and not self._gzip.eof:
            raise FetchError("the gzip stream stops short", subject=self._subject)
        return b"".join(self._parts)

    def _inflate(self, raw: bytes) -> None:
        """Unpack, going on with the next gzip member where one ends; zeros behind are padding."""
        while raw:
            if self._gzip is None or self._gzip.eof:
                raw = raw.lstrip(b"\0")
                if not raw:
                    return
                self._gzip = _inflater()
            self._keep(self._gzip.decompress(raw, self._limit_bytes - self._bytes + 1))
            raw = self._gzip.unconsumed_tail or self._gzip.unused_data

    def _keep(self, part: bytes) -> None:
        self._parts.append(part)
        self._bytes += len(part)
        self.check(self._bytes)


def _inflater() -> "zlib._Decompress":
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


def _headers(response: httpx.Response) -> dict[str, str]:
    """Lower-case names, values as sent: bytes as code points, so that validators survive."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name not in headers:
            headers[name] = value
        elif name not in _HEADERS_KEPT_ONCE:
            headers[name] += f", {value}"
    return headers


def _location(response: httpx.Response, subject: str) -> str:
    """Where a redirect leads; browsers and servers agree on UTF-8 in it."""
    location = _headers(response).get("location", "")
    if not location:
        status = response.status_code
        raise FetchError(f"HTTP {status} without a Location", subject=subject, status=status)
    return location.encode("latin-1").decode("utf-8", "replace")


def _validators(state: FeedState) -> list[tuple[bytes, bytes]]:
    """What the server gave us last time, byte for byte. Source: RFC 9110, section 13.1."""
    pairs = ((b"if-none-match", state.etag), (b"if-modified-since", state.last_modified))
    return [(name, value.encode("latin-1")) for name, value in pairs if value]


def _authorization(here: httpx.URL, first: httpx.URL) -> list[tuple[bytes, bytes]]:
    """The feed URL's own user and password, to its own origin only."""
    if not first.userinfo or (here.scheme, here.netloc) != (first.scheme, first.netloc):
        return []
    pair = f"{first.username}:{first.password}".encode()
    return [(b"authorization", b"Basic " + base64.b64encode(pair))]


def _bare(url: httpx.URL) -> httpx.URL:
    """The URL without user and password: httpx logs the URLs that it asks for."""
    return url.copy_with(userinfo=b"") if url.userinfo else url


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds, from seconds or from a date. Source: RFC 9110, section 10.2.3."""
    written = headers.get("retry-after", "").strip()
    if _RETRY_SECONDS.fullmatch(written):
        return float(written)
    until = read_date(written)
    if until is None:
        return None
    now = read_date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""


def _one_line(error: Exception) -> str:
    """What a foreign error says, in one line; its kind where it says nothing."""
    said = " ".join(str(error).split())[:200]
    return said or type(error).__name__
