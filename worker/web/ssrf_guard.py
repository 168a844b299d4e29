"""Which addresses we talk to: only public ones, checked where the connection is made.

The address that was checked is the address that is connected to, for every hop of a redirect; a
name that answers with another address a moment later changes nothing.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import httpcore
import httpx

from worker.errors import FetchPostponed, FetchRefused
from worker.web.special_addresses import special_purpose

__all__ = [
    "GuardedBackend",
    "GuardedTransport",
    "NoConnection",
    "check_scheme",
    "check_url",
    "is_allowed",
    "without_credentials",
]

_CONNECT_S = 10.0
_CONNECT_ADDRESS_S = 5.0
"""For the name and all its addresses, and for each of them."""

_NAME_THREADS = 64
"""A name that nobody answers for holds one for half a minute; a lookup that found none free in time
is no failure of its feed.
"""

_SCHEME = re.compile(r"\s{0,9}(?P<name>[A-Za-z][A-Za-z0-9+.-]{0,30}):")
_HOST = re.compile(r"[\w.~-]{1,255}|[0-9a-fA-F:.]{2,45}(?:%\w{1,32})?")
"""A name or an address, IPv6 with its zone: nothing that a resolver may misread."""

_SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class NoConnection(httpcore.ConnectError):
    """Nobody was reached: `code` says whether the name or the connection failed."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.code = code


def without_credentials(url: str) -> str:
    """The URL without user and password and on one printable line, for messages and logs."""
    url = "".join(char if char.isprintable() else "\ufffd" for char in url)
    scheme, mark, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}" if mark else url


def check_url(url: str) -> None:
    """Raises FetchRefused unless the URL is http or https and names a host as hosts are named."""
    check_scheme(url)
    try:
        parts = urlsplit(url)
        host, scheme, _ = parts.hostname or "", parts.scheme, parts.port
    except ValueError as error:
        raise FetchRefused(
            f"not a URL: {error}", subject=without_credentials(url), code="bad_url"
        ) from error
    if not scheme:
        raise FetchRefused(
            "only http and https are fetched", subject=without_credentials(url), code="scheme"
        )
    if not _HOST.fullmatch(host):
        raise FetchRefused(
            "the URL names no host", subject=without_credentials(url), code="bad_url"
        )


def check_scheme(url: str) -> None:
    """Raises FetchRefused where a URL, absolute or relative, begins with a scheme not ours."""
    found = _SCHEME.match(url)
    if found and found["name"].lower() not in {"http", "https"}:
        raise FetchRefused(
            "only http and https are fetched", subject=without_credentials(url), code="scheme"
        )


def is_allowed(url: SplitResult, allow_origins: frozenset[str]) -> bool:
    """True for a URL whose host and port are on the allow-list."""
    try:
        port = url.port or {"http": 80, "https": 443}.get(url.scheme.lower(), 0)
    except ValueError:
        return False
    return _origin(url.hostname or "", port) in allow_origins


def _origin(host: str, port: int) -> str:
    """As an allow-list writes it."""
    return (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").lower()


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name, refuses it unless every address is public, connects to what it checked.

    `allow_origins` are "host:port" strings that may be private ("[::1]:8080" for IPv6).
    """

    def __init__(
        self, allow_origins: frozenset[str], inner: httpcore.AsyncNetworkBackend | None = None
    ) -> None:
        self._allowed = frozenset(origin.lower() for origin in allow_origins)
        self._inner = inner or httpcore.AnyIOBackend()
        self._names = ThreadPoolExecutor(_NAME_THREADS, thread_name_prefix="names")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first checked address that answers.

        Raises:
            FetchRefused: One of the host's addresses is not allowed; nothing was connected to.
            NoConnection: The name has no address, or none of its addresses answers.
        """
        try:
            async with asyncio.timeout(_CONNECT_S):
                addresses = await self._checked(host, port)
                stream = await self._first_that_answers(
                    addresses, port, timeout, local_address, socket_options
                )
                return _Stream(stream)
        except TimeoutError as error:
            raise NoConnection(f"{host} cannot be reached in time", "connect") from error
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            if isinstance(error, NoConnection):
                raise
            raise NoConnection(f"{host} cannot be reached: {_why(error)}", "connect") from error

    async def _first_that_answers(
        self,
        addresses: tuple[str, ...],
        port: int,
        timeout: float | None,  # noqa: ASYNC109
        local_address: str | None,
        socket_options: Iterable[_SocketOption] | None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError("it has no address")
        for address in addresses:
            try:
                async with asyncio.timeout(_CONNECT_ADDRESS_S):
                    return await self._inner.connect_tcp(
                        address, port, timeout, local_address, socket_options
                    )
            except (httpcore.ConnectError, httpcore.ConnectTimeout, TimeoutError) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  httpcore's signature
        socket_options: Iterable[_SocketOption] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise FetchRefused(
            "feeds are not fetched from sockets of this machine", subject=path, code="scheme"
        )

    async def sleep(self, seconds: float) -> None:
        """The pool's pause between connection attempts."""
        await self._inner.sleep(seconds)

    async def _checked(self, host: str, port: int) -> tuple[str, ...]:
        """The host's addresses, in the resolver's order, all of them allowed."""
        origin = _origin(host, port)
        if "%" in host and origin not in self._allowed:
            reason = f"{host} is an address of one link, and the origin is not on the allow-list"
            raise FetchRefused(reason, subject=origin, code="forbidden_address")
        addresses = await self._resolve(host, port)
        if origin in self._allowed:
            return addresses
        for address in addresses:
            if why := special_purpose(ip_address(address)):
                raise FetchRefused(
                    f"{address} is not a public address ({why}),"
                    " and the origin is not on the allow-list",
                    subject=origin,
                    code="forbidden_address",
                )
        return addresses

    async def _resolve(self, host: str, port: int) -> tuple[str, ...]:
        """The host's addresses, in whatever form the URL wrote them, as the system reads it."""
        begun: list[bool] = []

        def ask() -> tuple[str, ...]:
            begun.append(True)
            kind, protocol = socket.SOCK_STREAM, socket.IPPROTO_TCP
            found = socket.getaddrinfo(host, port, type=kind, proto=protocol)
            return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))

        try:
            # In threads of its own: feeds are read in those of the loop, and names would queue.
            return await asyncio.get_running_loop().run_in_executor(self._names, ask)
        except (OSError, UnicodeError) as error:
            raise NoConnection(f"{host} cannot be resolved: {_why(error)}", "dns") from error
        except asyncio.CancelledError as error:
            if begun:
                raise
            reason = "other names were being looked up"
            raise FetchPostponed(reason, subject=host, code="busy") from error

    def close(self) -> None:
        """Let go of the threads that ask for names."""
        self._names.shutdown(wait=False, cancel_futures=True)


def _why(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that is closed when its TLS handshake is broken off; httpcore leaves it open."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over a pool whose connections go through a `GuardedBackend`.

    httpx has no public way to set the pool's backend: `_pool` is its attribute in 0.28, which
    pyproject.toml pins and tests/unit/test_feeds_guard.py checks.
    """

    def __init__(
        self, backend: GuardedBackend, ssl_context: ssl.SSLContext, *, connections: int
    ) -> None:
        super().__init__(verify=ssl_context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=15.0,
            http1=True,
            http2=False,
            network_backend=backend,
        )
