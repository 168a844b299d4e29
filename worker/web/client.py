"""All inbound HTTP: conditional, bounded in bytes, seconds and redirects, and guarded."""

import asyncio
import base64
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode, urlsplit
from weakref import WeakValueDictionary

import httpx

from worker.errors import FetchError, FetchPostponed, FetchRefused
from worker.model import Feed, FeedState, poll_url
from worker.web.api import FetchReply, MemoryReservation
from worker.web.caching import read_retry_after_s
from worker.web.content_coding import ACCEPT_ENCODING, BodyDecoder
from worker.web.ssrf_guard import (
    GuardedBackend,
    GuardedTransport,
    NoConnection,
    check_scheme,
    check_url,
    without_credentials,
)

__all__ = ["HttpFetcher"]

T = TypeVar("T")

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml,"
    " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
_BODIES = frozenset({200, 203})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_LIMIT_REDIRECTS = 20
_LIMIT_FORM_REDIRECTS = 5
_REDIRECTS_OF_FORMS = frozenset({307, 308})
"""Those after which the form is sent again. Source: RFC 9110, sections 15.4.8 and 15.4.9."""
_LIMIT_URL_CHARS = 8192
_FORM = (b"Content-Type", b"application/x-www-form-urlencoded")
_HEADERS_KEPT_ONCE = frozenset({"etag", "last-modified", "location", "retry-after"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hop:
    """Where a fetch has got to. `first` is the feed's own URL, to whose origin credentials go."""

    here: httpx.URL
    first: httpx.URL
    moved_to: str = ""
    permanent: bool = True
    """All redirects so far were permanent, and none left https."""
    redirects: int = 0

    def next(self, status: int, location: str) -> "_Hop":
        """Where the redirect leads.

        Raises:
            FetchRefused: To no address of the web.
        """
        check_scheme(location)
        try:
            there = self.here.join(location)
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchRefused(
                _one_line(error), subject=without_credentials(location), code="bad_url"
            ) from error
        check_url(str(there))
        permanent = (
            self.permanent
            and status in _PERMANENT
            and (self.here.scheme, there.scheme) != ("https", "http")
        )
        moved_to = str(_bare(there).copy_with(fragment=None)) if permanent else self.moved_to
        return _Hop(
            here=there,
            first=self.first,
            moved_to=moved_to,
            permanent=permanent,
            redirects=self.redirects + 1,
        )


class HttpFetcher:
    """Fetches feeds; implements `worker.ports.Fetcher`. One event loop's, from first to last use.

    One big pool spends its time comparing connections with connections, so there are several small
    ones; a host always goes to the same pool and has its connections kept there.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        timeout_s: float = 30.0,
        first_byte_s: float = 15.0,
        limit_bytes: int = 64 * 1024 * 1024,
        allow_origins: frozenset[str] = frozenset(),
        clients: int = 16,
        connections: int = 100,
        host_connections: int = 4,
    ) -> None:
        """
        Args:
            user_agent: Who we are, with a URL where a publisher can reach us.
            timeout_s: For one whole fetch: name, connection, redirects, body.
            first_byte_s: For each answer to begin: name, connection, headers.
            limit_bytes: For the body, as sent and as unpacked.
            allow_origins: "host:port" strings that may be private addresses.
            clients: Small pools that the hosts are spread over.
            connections: At most so many at once in each pool.
            host_connections: At most so many feeds of one host at once.
        """
        self._timeout_s = timeout_s
        self._first_byte_s = first_byte_s
        self._limit_bytes = limit_bytes
        self._host_connections = host_connections
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._headers = (
            (b"User-Agent", user_agent.encode("latin-1", "replace")),
            (b"Accept-Encoding", ACCEPT_ENCODING.encode()),
        )
        self._backend = GuardedBackend(allow_origins)
        context = httpx.create_ssl_context(trust_env=False)
        # Transports, and no client: a client keeps cookies, adds headers of its own and reads each
        # Location before we can.
        self._transports = tuple(
            GuardedTransport(self._backend, context, connections=connections)
            for _ in range(max(1, clients))
        )

    async def fetch(
        self, feed: Feed, state: FeedState, memory: MemoryReservation | None = None
    ) -> FetchReply:
        """The feed's body if it changed, else a 304 without one.

        Raises:
            FetchError: No usable answer; FetchRefused when we would not ask or stopped reading,
                FetchPostponed when the host's turn did not come.
        """
        url = poll_url(feed, state)
        return await self._in_turn(url, lambda: self._follow(url, feed, state, memory))

    async def get(self, url: str, *, accept: str, limit_bytes: int) -> FetchReply:
        """What stands at an address that is no feed's, under the same guards.

        A redirect is told (`moved_to`) and not followed: who asks for pages asks robots.txt first,
        at each hop. User and password of the address are not sent.

        Raises:
            FetchError: As `fetch`.
        """
        return await self._in_turn(url, lambda: self._get(url, accept, limit_bytes))

    async def post(self, url: str, form: Mapping[str, str]) -> None:
        """Send a form, under the same guards, to be taken with a 2xx.

        Raises:
            FetchError: As `fetch`; FetchRefused where a redirect would have it leave https.
        """
        content = urlencode(form).encode()
        await self._in_turn(url, lambda: self._post(url, content))

    async def _in_turn(self, url: str, ask: Callable[[], Awaitable[T]]) -> T:
        """What `ask` returns, in its host's turn and in time; foreign errors as ours."""
        is_waiting = True
        try:
            check_url(url)
            async with asyncio.timeout(self._timeout_s) as deadline, self._turn(url):
                # A turn that comes with next to no time left is none.
                left_s = (deadline.when() or 0) - asyncio.get_running_loop().time()
                is_waiting = left_s < self._timeout_s / 10
                return await ask()
        except FetchError:
            raise
        except TimeoutError as error:
            if is_waiting:
                reason = "our other requests to its host came first"
                raise FetchPostponed(
                    reason, subject=without_credentials(url), code="turn"
                ) from error
            reason = f"no whole answer within {self._timeout_s:g} s"
            raise FetchError(reason, subject=without_credentials(url), code="timeout") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            raise _wrapped(error, without_credentials(url)) from error

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in self._transports:
            await transport.aclose()
        self._backend.close()

    def _turn(self, url: str) -> asyncio.Semaphore:
        """The feed's turn among the feeds of its host; kept while anybody holds or waits for it."""
        host = (urlsplit(url).hostname or "").lower()
        turn = self._turns.get(host)
        if turn is None:
            self._turns[host] = turn = asyncio.Semaphore(self._host_connections)
        return turn

    async def _follow(
        self, url: str, feed: Feed, state: FeedState, memory: MemoryReservation | None
    ) -> FetchReply:
        """The answer at the end of the redirects, each hop of which is checked."""
        check_url(feed.url)
        hop = _Hop(here=httpx.URL(url), first=httpx.URL(feed.url))
        while hop.redirects <= _LIMIT_REDIRECTS:
            async with self._answer(hop, state) as response:
                status = response.status_code
                if status not in _REDIRECTS:
                    return await self._reply(
                        response, state, without_credentials(url), hop.moved_to, memory
                    )
                hop = hop.next(status, _location(response, without_credentials(url)))
        reason = f"more than {_LIMIT_REDIRECTS} redirects"
        raise FetchRefused(reason, subject=without_credentials(url), code="redirects")

    async def _get(self, url: str, accept: str, limit_bytes: int) -> FetchReply:
        here = _bare(httpx.URL(url))
        hop, subject = _Hop(here=here, first=here), without_credentials(url)
        async with self._answer(hop, FeedState(), accept) as response:
            headers, status = _headers(response), response.status_code
            if status in _REDIRECTS:
                there = str(hop.next(status, _location(response, subject)).here)
                return FetchReply(status=status, url=str(here), headers=headers, moved_to=there)
            if status not in _BODIES:
                raise _refusal(status, headers, subject)
            body = await _read_body(response, headers, subject, limit_bytes)
            return FetchReply(status=200, url=str(here), headers=headers, body=body)

    async def _post(self, url: str, content: bytes) -> None:
        here = _bare(httpx.URL(url))
        hop, subject = _Hop(here=here, first=here), without_credentials(url)
        while hop.redirects <= _LIMIT_FORM_REDIRECTS:
            async with self._answer(hop, FeedState(), "*/*", content) as response:
                status = response.status_code
                if 200 <= status < 300:
                    return
                if status not in _REDIRECTS_OF_FORMS:
                    raise _refusal(status, _headers(response), subject)
                there = hop.next(status, _location(response, subject))
                if (hop.here.scheme, there.here.scheme) == ("https", "http"):
                    raise FetchRefused("it leads away from https", subject=subject, code="redirect")
                hop = there
        reason = f"more than {_LIMIT_FORM_REDIRECTS} redirects"
        raise FetchRefused(reason, subject=subject, code="redirects")

    @asynccontextmanager
    async def _answer(
        self, hop: _Hop, state: FeedState, accept: str = _ACCEPT, form: bytes | None = None
    ) -> AsyncIterator[httpx.Response]:
        """One request's answer, its body unread; closed at the end whatever happens."""
        headers = [*self._headers, (b"Accept", accept.encode())]
        headers += [*_validators(state), *_authorization(hop)]
        try:
            async with asyncio.timeout(self._first_byte_s):
                response = await self._send(hop.here, headers, form)
        except TimeoutError as error:
            reason = f"no answer within {self._first_byte_s:g} s"
            raise FetchError(
                reason, subject=without_credentials(str(hop.here)), code="timeout"
            ) from error
        except httpx.ConnectError as error:
            if not isinstance(error.__cause__, NoConnection):
                raise
            raise FetchError(
                _one_line(error),
                subject=without_credentials(str(hop.here)),
                code=error.__cause__.code,
                reached=hop.redirects > 0,
            ) from error
        try:
            yield response
        finally:
            await response.aclose()

    async def _send(
        self, url: httpx.URL, headers: list[tuple[bytes, bytes]], form: bytes | None
    ) -> httpx.Response:
        """The answer to a GET, or to a POST of the form. A kept connection that turns out to be
        closed says nothing of the server.
        """
        transport = self._transports[zlib.crc32(url.raw_host) % len(self._transports)]
        for is_last in (False, False, True):
            opened: list[str] = []

            async def trace(event: str, _: object, opened: list[str] = opened) -> None:
                if event == "connection.connect_tcp.started":
                    opened.append(event)

            request = httpx.Request(
                "GET" if form is None else "POST",
                _bare(url),
                headers=headers if form is None else [*headers, _FORM],
                content=form,
                extensions={"trace": trace},
            )
            try:
                response = await transport.handle_async_request(request)
            except (httpx.RemoteProtocolError, httpx.NetworkError):
                if is_last or opened:
                    raise
            else:
                response.request = request
                return response
        raise AssertionError

    async def _reply(
        self,
        response: httpx.Response,
        state: FeedState,
        subject: str,
        moved_to: str,
        memory: MemoryReservation | None,
    ) -> FetchReply:
        """The answer as a reply, or the FetchError that it amounts to."""
        headers, status = _headers(response), response.status_code
        here = str(response.request.url)
        is_part = status == HTTPStatus.IM_USED and _is_part(headers, state)
        if status in _BODIES or is_part:
            body = await _read_body(response, headers, subject, self._limit_bytes, memory)
            status = 226 if is_part else 200
            return FetchReply(
                status=status, url=here, headers=headers, body=body, moved_to=moved_to
            )
        if status == HTTPStatus.NOT_MODIFIED and (state.etag or state.last_modified):
            return FetchReply(status=304, url=here, headers=headers, moved_to=moved_to)
        raise _refusal(status, headers, subject)


def _refusal(status: int, headers: Mapping[str, str], subject: str) -> FetchError:
    """The error that a status amounts to."""
    reason = f"HTTP {status} {_phrase(status)}".strip()
    if status == HTTPStatus.NOT_MODIFIED:
        reason = "HTTP 304 Not Modified, though we had nothing to compare"
    return FetchError(
        reason,
        subject=subject,
        code=f"http_{status}",
        status=status,
        retry_after_s=read_retry_after_s(headers, datetime.now(UTC)),
    )


async def _read_body(
    response: httpx.Response,
    headers: Mapping[str, str],
    subject: str,
    limit_bytes: int,
    memory: MemoryReservation | None = None,
) -> bytes:
    body = BodyDecoder(headers.get("content-encoding", ""), limit_bytes, subject)
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdecimal():
        body.check(int(declared[:18]))
    async for chunk in response.aiter_raw():
        for kept in body.grow(chunk):
            if memory is not None:
                await memory.extend(kept)
    return body.whole()


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
    location, status = _headers(response).get("location", ""), response.status_code
    if not location or len(location) > _LIMIT_URL_CHARS:
        what = "without a Location" if not location else "with a Location that is too long"
        reason = f"HTTP {status} {what}"
        raise FetchError(reason, subject=subject, code="redirect", status=status)
    return location.encode("latin-1").decode("utf-8", "replace")


def _validators(state: FeedState) -> list[tuple[bytes, bytes]]:
    """What the server gave us last time, byte for byte. Source: RFC 9110, section 13.1."""
    pairs = ((b"If-None-Match", state.etag), (b"If-Modified-Since", state.last_modified))
    asked = [(name, value.encode("latin-1")) for name, value in pairs if value]
    return [*asked, (b"A-IM", b"feed")] if _takes_part(state) else asked


def _takes_part(state: FeedState) -> bool:
    """True where the entries that came since the ETag would do.

    Source: RFC 3229, section 10.5.3; `feed` is what servers of feeds have agreed to call it.
    """
    return bool(state.etag) and not state.needs_whole


def _is_part(headers: Mapping[str, str], state: FeedState) -> bool:
    """True for those entries, and not for a difference of some other kind."""
    return _takes_part(state) and headers.get("im", "").strip().lower() == "feed"


def _authorization(hop: _Hop) -> list[tuple[bytes, bytes]]:
    """The feed URL's own user and password, to its own origin only."""
    first = hop.first
    if not first.userinfo or _origin(hop.here) != _origin(first):
        return []
    pair = f"{first.username}:{first.password}".encode()
    return [(b"Authorization", b"Basic " + base64.b64encode(pair))]


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _bare(url: httpx.URL) -> httpx.URL:
    """The URL without user and password: httpx logs the URLs that it asks for."""
    return url.copy_with(userinfo=b"") if url.userinfo else url


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""


def _wrapped(error: Exception, subject: str) -> FetchError:
    """A foreign error as ours."""
    reason, cause = _one_line(error), error.__cause__
    if isinstance(cause, ssl.SSLError) or isinstance(getattr(cause, "__cause__", 0), ssl.SSLError):
        return FetchError(reason, subject=subject, code="tls")
    if isinstance(error, httpx.InvalidURL):
        return FetchRefused(reason, subject=subject, code="bad_url")
    if isinstance(error, httpx.NetworkError):
        return FetchError(reason, subject=subject, code="connection")
    return FetchError(reason, subject=subject, code="broken")


def _one_line(error: Exception) -> str:
    """What a foreign error says, in one line; its kind where it says nothing."""
    said = " ".join(str(error).split())[:200]
    return said or type(error).__name__
