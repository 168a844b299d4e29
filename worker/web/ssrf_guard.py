"""Protection against server-side request forgery: connections to public addresses only.

The check is made where the connection is made, for each hop of a redirect, and the connection goes
to the very address that was checked; a name that resolves to another address a moment later
(DNS rebinding) gains nothing.
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

from worker.errors import FetchPostponed, FetchRefused, reason_of
from worker.model.redaction import without_secrets
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
"""Limits for a name with all its addresses, and for each address."""

_NAME_THREADS = 64
"""A name that no server answers for holds a thread for half a minute. A lookup that gets no thread
in time is no failure of its feed.
"""

_SCHEME = re.compile(r"\s{0,9}(?P<name>[A-Za-z][A-Za-z0-9+.-]{0,30}):")
"""Blanks may stand before it, since URL parsers strip them: ` file:///etc/passwd`."""
_HOST = re.compile(r"[\w.~-]{1,255}|[0-9a-fA-F:.]{2,45}(?:%\w{1,32})?")
"""A name or an address, IPv6 with its zone: nothing that a resolver may misread."""

_SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class NoConnection(httpcore.ConnectError):
    """The host was not reached; `code` is "dns" or "connect", the step that failed."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.code = code


def without_credentials(url: str) -> str:
    """Return the URL without secrets, on one printable line, for messages and logs."""
    return without_secrets("".join(char if char.isprintable() else "\ufffd" for char in url))


def check_url(url: str) -> None:
    """Raise FetchRefused unless the URL is http or https and names a valid host."""
    check_scheme(url)
    try:
        parts = urlsplit(url)
        host, scheme, _ = parts.hostname or "", parts.scheme, parts.port
    except ValueError as error:
        # The error's own text repeats the port or the host, and both may be parts of a password.
        reason = "not a URL with a host and a port"
        raise FetchRefused(reason, subject=without_credentials(url), code="bad_url") from error
    if not scheme:
        raise FetchRefused(
            "only http and https are fetched", subject=without_credentials(url), code="scheme"
        )
    if not _HOST.fullmatch(host):
        raise FetchRefused(
            "the URL names no host", subject=without_credentials(url), code="bad_url"
        )


def check_scheme(url: str) -> None:
    """Raise FetchRefused if a URL, absolute or relative, has a scheme other than http and https."""
    scheme = _SCHEME.match(url)
    if scheme and scheme["name"].lower() not in {"http", "https"}:
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
    """Return host and port as the allow-list writes them."""
    return (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").lower()


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name, refuses it unless all its addresses are public, and connects to these only.

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
        """Return a connection to the first checked address that answers.

        Raises:
            FetchRefused: An address of the host is not allowed; no connection was tried.
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
            raise NoConnection(
                f"{host} cannot be reached: {_system_reason(error)}", "connect"
            ) from error

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
        """Raise FetchRefused: there are no feeds on sockets of this machine."""
        raise FetchRefused(
            "feeds are not fetched from sockets of this machine", subject=path, code="scheme"
        )

    async def sleep(self, seconds: float) -> None:
        """Wait between connection attempts of the pool."""
        await self._inner.sleep(seconds)

    async def _checked(self, host: str, port: int) -> tuple[str, ...]:
        """Return the host's addresses in the resolver's order, after checking all of them."""
        origin = _origin(host, port)
        if "%" in host and origin not in self._allowed:
            reason = f"{host} is an address of one link, and the origin is not on the allow-list"
            raise FetchRefused(reason, subject=origin, code="forbidden_address")
        addresses = await self._resolve(host, port)
        if origin in self._allowed:
            return addresses
        for address in addresses:
            if purpose := special_purpose(ip_address(address)):
                raise FetchRefused(
                    f"{address} is not a public address ({purpose}),"
                    " and the origin is not on the allow-list",
                    subject=origin,
                    code="forbidden_address",
                )
        return addresses

    async def _resolve(self, host: str, port: int) -> tuple[str, ...]:
        """Return the host's addresses as the system resolves them, whatever form the URL uses."""
        begun: list[bool] = []

        def resolve() -> tuple[str, ...]:
            begun.append(True)
            kind, protocol = socket.SOCK_STREAM, socket.IPPROTO_TCP
            infos = socket.getaddrinfo(host, port, type=kind, proto=protocol)
            return tuple(dict.fromkeys(str(info[4][0]) for info in infos))

        try:
            # Threads of our own: the loop's threads read feeds, behind which names would queue.
            return await asyncio.get_running_loop().run_in_executor(self._names, resolve)
        except (OSError, UnicodeError) as error:
            raise NoConnection(
                f"{host} cannot be resolved: {_system_reason(error)}", "dns"
            ) from error
        except asyncio.CancelledError as error:
            if begun:
                raise
            reason = "other names were being looked up"
            raise FetchPostponed(reason, subject=host, code="busy") from error

    def close(self) -> None:
        """Release the threads that resolve names."""
        self._names.shutdown(wait=False, cancel_futures=True)


def _system_reason(error: BaseException) -> str:
    """Return the system's own words, `Connection refused`, without the number before them."""
    return reason_of(getattr(error, "strerror", None) or error)


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that is closed if its TLS handshake fails; httpcore leaves it open."""

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


class _OneAnswerConnection(httpcore.AsyncHTTPConnection):
    """A connection that is not used again if bytes followed the answer to its last request.

    They would be read as the answer to the next request. httpcore looks for them on the socket, but
    not among the bytes that it has already read.
    """

    def has_expired(self) -> bool:
        return super().has_expired() or (self.is_idle() and self._has_spare_bytes())

    def _has_spare_bytes(self) -> bool:
        state = getattr(self._connection, "_h11_state", None)
        return state is not None and bool(state.trailing_data[0])


class _Pool(httpcore.AsyncConnectionPool):
    def create_connection(self, origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
        return _OneAnswerConnection(
            origin=origin,
            ssl_context=self._ssl_context,
            keepalive_expiry=self._keepalive_expiry,
            network_backend=self._network_backend,
        )


class GuardedTransport(httpx.AsyncHTTPTransport):
    """An httpx transport whose connections go through a `GuardedBackend`.

    httpx has no public way to set the pool's backend: `_pool` is its attribute in 0.28, which
    pyproject.toml pins and tests/unit/test_feeds_guard.py checks, as it checks the private names of
    httpcore.
    """

    def __init__(
        self, backend: GuardedBackend, ssl_context: ssl.SSLContext, *, connections: int
    ) -> None:
        # A proxy that the environment names would connect in our place, past the guard.
        super().__init__(verify=ssl_context, trust_env=False)
        self._pool = _Pool(
            ssl_context=ssl_context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=15.0,
            http1=True,
            http2=False,
            network_backend=backend,
        )
