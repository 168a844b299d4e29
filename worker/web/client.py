"""The HTTP client: conditional requests, bounded in bytes, seconds and redirects, and guarded."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode, urlsplit
from weakref import WeakValueDictionary

import httpx

from worker.errors import FetchError, FetchPostponed, FetchRefused, reason_of
from worker.model import Feed, FeedState, poll_url
from worker.web.api import FetchReply, MemoryReservation
from worker.web.caching import read_retry_after_s
from worker.web.connections import (
    BrokenConnection,
    ConnectionPool,
    Headers,
    HttpConnection,
    Origin,
    SocketBackend,
)
from worker.web.content_coding import ACCEPT_ENCODING, BodyDecoder
from worker.web.ssrf_guard import (
    GuardedBackend,
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
"""203 is a 200 that a proxy on the way has changed. Source: RFC 9110, section 15.3.4."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_LIMIT_REDIRECTS = 20
"""As in browsers. Source: WHATWG Fetch, "HTTP-redirect fetch"."""
_LIMIT_FORM_REDIRECTS = 5
_REDIRECTS_OF_FORMS = frozenset({307, 308})
"""Redirects that repeat the method and the form. Source: RFC 9110, sections 15.4.8, 15.4.9."""
_LIMIT_URL_CHARS = 8192
_FORM = (b"Content-Type", b"application/x-www-form-urlencoded")
_HEADERS_KEPT_ONCE = frozenset({"etag", "last-modified", "location", "retry-after"})
"""Headers that are not lists: two ETags joined would be a validator that no server ever sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hop:
    """The present URL of a fetch; credentials go to the origin of `first`, the feed's URL, only."""

    here: httpx.URL
    first: httpx.URL
    moved_to: str = ""
    permanent: bool = True
    """True while all redirects were permanent and none left https."""
    redirects: int = 0

    def next(self, status: int, location: str) -> "_Hop":
        """Return the hop to a redirect's Location.

        Raises:
            FetchRefused: The Location is no http or https URL.
        """
        check_scheme(location)
        try:
            there = self.here.join(location)
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchRefused(
                reason_of(error, 200), subject=without_credentials(location), code="bad_url"
            ) from error
        check_url(str(there))
        permanent = (
            self.permanent
            and status in _PERMANENT
            and (self.here.scheme, there.scheme) != ("https", "http")
        )
        moved_to = _resource(there) if permanent else self.moved_to
        return _Hop(
            here=there,
            first=self.first,
            moved_to=moved_to,
            permanent=permanent,
            redirects=self.redirects + 1,
        )


@dataclass(frozen=True, slots=True)
class _Response:
    """An answer whose body is still to be read from its connection; names in lower case."""

    url: httpx.URL
    status: int
    headers: Mapping[str, str]
    connection: HttpConnection


class HttpFetcher:
    """Fetches feeds and pages (a `Fetcher`), bound to the event loop of its first use."""

    def __init__(
        self,
        *,
        user_agent: str,
        timeout_s: float = 30.0,
        first_byte_s: float = 15.0,
        limit_bytes: int = 64 * 1024 * 1024,
        allow_origins: frozenset[str] = frozenset(),
        connections: int = 1600,
        host_connections: int = 4,
    ) -> None:
        """
        Args:
            user_agent: Our name, with a URL where a publisher can reach us.
            timeout_s: Limit for a whole fetch: name, connection, redirects, body.
            first_byte_s: Limit until an answer begins: name, connection, headers.
            limit_bytes: Limit for the body, as sent and as unpacked.
            allow_origins: "host:port" strings that may be private addresses.
            connections: Most requests at once, and most idle connections.
            host_connections: Most requests at once to each host.
        """
        self._timeout_s = timeout_s
        self._first_byte_s = first_byte_s
        self._limit_bytes = limit_bytes
        self._slots = asyncio.Semaphore(connections)
        self._host_connections = host_connections
        self._host_slots: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._headers = (
            (b"User-Agent", user_agent.encode("latin-1", "replace")),
            (b"Accept-Encoding", ACCEPT_ENCODING.encode()),
        )
        self._backend = GuardedBackend(allow_origins, SocketBackend())
        context = httpx.create_ssl_context(trust_env=False)
        context.set_alpn_protocols(["http/1.1"])
        # No client of a library: those keep cookies, add headers of their own and follow a Location
        # before it can be checked.
        self._pool = ConnectionPool(self._backend, context, limit=connections)

    async def fetch(
        self, feed: Feed, state: FeedState, memory: MemoryReservation | None = None
    ) -> FetchReply:
        """Return the feed's body if it changed, else a 304 without a body.

        Raises:
            FetchError: There is no usable answer.
            FetchRefused: The URL is not allowed, or the answer exceeds a limit.
            FetchPostponed: All slots of the host were taken until the time was up.
        """
        url = poll_url(feed, state)
        return await self._in_slot(url, lambda: self._follow(url, feed, state, memory))

    async def get(self, url: str, *, accept: str, limit_bytes: int) -> FetchReply:
        """Return a page or another document that is no feed, under the same guards.

        A redirect is returned (`moved_to`) and not followed, since robots.txt must be asked at each
        hop. User and password in the URL are not sent.

        Raises:
            FetchError: As `fetch`.
        """
        return await self._in_slot(url, lambda: self._get(url, accept, limit_bytes))

    async def post(self, url: str, form: Mapping[str, str]) -> None:
        """Send a form, under the same guards; any answer but a 2xx is an error.

        Raises:
            FetchError: As `fetch`.
            FetchRefused: As `fetch`, or a redirect leads from https to http.
        """
        content = urlencode(form).encode()
        await self._in_slot(url, lambda: self._post(url, content))

    async def _in_slot(self, url: str, request: Callable[[], Awaitable[T]]) -> T:
        """Await `request` in a slot of its host, within the timeout; translate foreign errors.

        A timeout for each read would not do: a server that sends a byte a second never exceeds it.
        """
        is_waiting = True
        try:
            check_url(url)
            async with asyncio.timeout(self._timeout_s) as deadline, self._host_slot(url):
                # A slot that comes free with next to no time left is of no use.
                left_s = (deadline.when() or 0) - asyncio.get_running_loop().time()
                is_waiting = left_s < self._timeout_s / 10
                return await request()
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
        except BrokenConnection as error:
            raise FetchError(
                reason_of(error, 200), subject=without_credentials(url), code=error.code
            ) from error
        except httpx.InvalidURL as error:
            raise FetchRefused(
                reason_of(error, 200), subject=without_credentials(url), code="bad_url"
            ) from error
        except (OSError, ValueError) as error:
            raise FetchError(reason_of(error, 200), subject=without_credentials(url)) from error

    async def aclose(self) -> None:
        """Close every connection."""
        self._pool.close()
        self._backend.close()

    def _host_slot(self, url: str) -> asyncio.Semaphore:
        """Return the semaphore of the URL's host; it lives while a request holds or awaits it."""
        host = (urlsplit(url).hostname or "").lower()
        slots = self._host_slots.get(host)
        if slots is None:
            self._host_slots[host] = slots = asyncio.Semaphore(self._host_connections)
        return slots

    async def _follow(
        self, url: str, feed: Feed, state: FeedState, memory: MemoryReservation | None
    ) -> FetchReply:
        """Return the answer at the end of the redirects; the URL of each hop is checked."""
        check_url(feed.url)
        hop = _Hop(here=httpx.URL(url), first=httpx.URL(feed.url))
        answered_url = _resource(httpx.URL(state.answered_url or feed.url))
        while hop.redirects <= _LIMIT_REDIRECTS:
            # By another resource's date, a newer feed with an older date would count as unchanged.
            known = state if _resource(hop.here) == answered_url else FeedState()
            async with self._answer(hop, known) as response:
                status = response.status
                if status not in _REDIRECTS:
                    return await self._reply(
                        response, known, without_credentials(url), hop.moved_to, memory
                    )
                hop = hop.next(status, _location(response, without_credentials(url)))
        reason = f"more than {_LIMIT_REDIRECTS} redirects"
        raise FetchRefused(reason, subject=without_credentials(url), code="redirects")

    async def _get(self, url: str, accept: str, limit_bytes: int) -> FetchReply:
        here = _bare(httpx.URL(url))
        hop, subject = _Hop(here=here, first=here), without_credentials(url)
        async with self._answer(hop, FeedState(), accept) as response:
            headers, status = response.headers, response.status
            if status in _REDIRECTS:
                there = str(hop.next(status, _location(response, subject)).here)
                return FetchReply(status=status, url=str(here), headers=headers, moved_to=there)
            if status not in _BODIES:
                raise _status_error(status, headers, subject)
            body = await _read_body(response, subject, limit_bytes)
            return FetchReply(status=200, url=str(here), headers=headers, body=body)

    async def _post(self, url: str, content: bytes) -> None:
        here = _bare(httpx.URL(url))
        hop, subject = _Hop(here=here, first=here), without_credentials(url)
        while hop.redirects <= _LIMIT_FORM_REDIRECTS:
            async with self._answer(hop, FeedState(), "*/*", content) as response:
                status = response.status
                if 200 <= status < 300:
                    return
                if status not in _REDIRECTS_OF_FORMS:
                    raise _status_error(status, response.headers, subject)
                there = hop.next(status, _location(response, subject))
                # The form of a subscription holds its secret.
                if (hop.here.scheme, there.here.scheme) == ("https", "http"):
                    raise FetchRefused("it leads away from https", subject=subject, code="redirect")
                hop = there
        reason = f"more than {_LIMIT_FORM_REDIRECTS} redirects"
        raise FetchRefused(reason, subject=subject, code="redirects")

    @asynccontextmanager
    async def _answer(
        self, hop: _Hop, state: FeedState, accept: str = _ACCEPT, form: bytes | None = None
    ) -> AsyncIterator[_Response]:
        """Yield the answer to a request, its body unread; the block ends the use of its connection.

        A connection whose answer is not read to its end is closed.
        """
        headers = [(b"Host", hop.here.netloc), *self._headers, (b"Accept", accept.encode())]
        headers += [*_conditional_headers(state), *_authorization(hop)]
        async with self._slots:
            try:
                async with asyncio.timeout(self._first_byte_s):
                    response = await self._send(hop.here, headers, form)
            except TimeoutError as error:
                reason = f"no answer within {self._first_byte_s:g} s"
                raise FetchError(
                    reason, subject=without_credentials(str(hop.here)), code="timeout"
                ) from error
            except NoConnection as error:
                raise FetchError(
                    reason_of(error, 200),
                    subject=without_credentials(str(hop.here)),
                    code=error.code,
                    reached=hop.redirects > 0,  # a host that redirected us proves a network
                ) from error
            try:
                yield response
            except BaseException:
                response.connection.close()
                raise
            self._pool.give_back(response.connection)

    async def _send(
        self, url: httpx.URL, headers: list[tuple[bytes, bytes]], form: bytes | None
    ) -> _Response:
        """Return the answer to a GET, or to a POST of the form.

        A request that fails on a connection kept from before is sent again: the server may have
        closed it in the meantime. The next kept connection may be closed as well, hence three
        attempts, the last of them on a new connection.
        """
        method, body = ("GET", b"") if form is None else ("POST", form)
        if form is not None:
            headers = [*headers, _FORM, (b"Content-Length", b"%d" % len(form))]
        origin = _origin(url)
        for is_last in (False, False, True):
            kept = None if is_last else self._pool.take(origin)
            connection = kept or await self._pool.open(origin)
            try:
                answer = await connection.ask(method, url.raw_path, headers, body)
            except BrokenConnection:
                connection.close()
                if kept is None:
                    raise
            except BaseException:
                connection.close()
                raise
            else:
                return _Response(url, answer.status, _texts(answer.headers), connection)
        raise AssertionError

    async def _reply(
        self,
        response: _Response,
        state: FeedState,
        subject: str,
        moved_to: str,
        memory: MemoryReservation | None,
    ) -> FetchReply:
        """Return the reply, or raise the FetchError of its status."""
        headers, status = response.headers, response.status
        here = str(_bare(response.url))
        is_part = status == HTTPStatus.IM_USED and _is_part(headers, state)
        if status in _BODIES or is_part:
            body = await _read_body(response, subject, self._limit_bytes, memory)
            status = 226 if is_part else 200
            return FetchReply(
                status=status, url=here, headers=headers, body=body, moved_to=moved_to
            )
        if status == HTTPStatus.NOT_MODIFIED and (state.etag or state.last_modified):
            return FetchReply(status=304, url=here, headers=headers, moved_to=moved_to)
        raise _status_error(status, headers, subject, here)


def _status_error(
    status: int, headers: Mapping[str, str], subject: str, url: str = ""
) -> FetchError:
    """Return the error for a status that brings no body."""
    reason = f"HTTP {status} {_phrase(status)}".strip()
    if status == HTTPStatus.NOT_MODIFIED:
        reason = "HTTP 304 Not Modified, though we had nothing to compare"
    return FetchError(
        reason,
        subject=subject,
        code=f"http_{status}",
        status=status,
        retry_after_s=read_retry_after_s(headers, datetime.now(UTC)),
        url=url,
    )


async def _read_body(
    response: _Response,
    subject: str,
    limit_bytes: int,
    memory: MemoryReservation | None = None,
) -> bytes:
    body = BodyDecoder(response.headers.get("content-encoding", ""), limit_bytes, subject)
    declared = response.headers.get("content-length", "")
    if declared.isascii() and declared.isdecimal():
        body.check(int(declared[:18]))  # enough for any limit; int() refuses thousands of digits
    async for chunk in response.connection.pieces():
        for size_bytes in body.grow(chunk):
            if memory is not None:
                await memory.extend(size_bytes)
    return body.whole()


def _texts(raw: Headers) -> dict[str, str]:
    """Return headers by lower-case name, bytes as code points, so that validators survive."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name not in headers:
            headers[name] = value
        elif name not in _HEADERS_KEPT_ONCE:
            headers[name] += f", {value}"
    return headers


def _location(response: _Response, subject: str) -> str:
    """Return a redirect's Location, read as UTF-8, on which browsers and servers agree."""
    location, status = response.headers.get("location", ""), response.status
    if not location or len(location) > _LIMIT_URL_CHARS:
        fault = "without a Location" if not location else "with a Location that is too long"
        reason = f"HTTP {status} {fault}"
        raise FetchError(reason, subject=subject, code="redirect", status=status)
    return location.encode("latin-1").decode("utf-8", "replace")


def _conditional_headers(state: FeedState) -> list[tuple[bytes, bytes]]:
    """Return the headers of a poll that depend on the answer before; none for another request.

    They are its validators, byte for byte, and the wish for a delta.

    Source: RFC 9110, section 13.1; RFC 3229, section 10.5.3.
    """
    pairs = ((b"If-None-Match", state.etag), (b"If-Modified-Since", state.last_modified))
    validators = [(name, value.encode("latin-1")) for name, value in pairs if value]
    return [*validators, (b"A-IM", b"feed")] if _takes_delta(state) else validators


def _takes_delta(state: FeedState) -> bool:
    """True if a delta, only the entries since the ETag, is enough.

    Source: RFC 3229, section 10.5.3; feed servers use the name `feed`, which is not registered.
    """
    return bool(state.etag) and not state.needs_whole


def _is_part(headers: Mapping[str, str], state: FeedState) -> bool:
    """True for a delta of this kind; other kinds have other names."""
    return _takes_delta(state) and headers.get("im", "").strip().lower() == "feed"


def _authorization(hop: _Hop) -> list[tuple[bytes, bytes]]:
    """Return the feed URL's user and password as a header, for its own origin only."""
    first = hop.first
    if not first.userinfo or _origin(hop.here) != _origin(first):
        return []
    pair = f"{first.username}:{first.password}".encode()
    return [(b"Authorization", b"Basic " + base64.b64encode(pair))]


def _origin(url: httpx.URL) -> Origin:
    is_tls = url.scheme == "https"
    return Origin(is_tls, url.raw_host.decode("ascii"), url.port or (443 if is_tls else 80))


def _bare(url: httpx.URL) -> httpx.URL:
    """Return the URL without user and password, which are sent in a header or not at all."""
    return url.copy_with(userinfo=b"") if url.userinfo else url


def _resource(url: httpx.URL) -> str:
    """Return the URL by which a server knows a resource, and to which validators belong."""
    return str(_bare(url).copy_with(fragment=None))


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
