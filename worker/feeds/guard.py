"""Which addresses we talk to: only public ones, checked where the connection is made.

The address that was checked is the address that is connected to, for every hop of a redirect; a
name that answers with another address a moment later changes nothing.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import httpcore
import httpx

from worker.errors import FetchRefused

__all__ = ["GuardedBackend", "GuardedTransport", "check_url", "is_public", "redact"]

_UNICAST = IPv6Network("2000::/3")
_DOCUMENTATION = IPv6Network("3fff::/20")  # RFC 9637; younger than Python 3.11's tables
_NAT64 = IPv6Network("64:ff9b::/96")

_SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


def redact(url: str) -> str:
    """The URL without user and password and on one printable line, for messages and logs."""
    url = "".join(char if char.isprintable() else "\ufffd" for char in url)
    scheme, mark, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}" if mark else url


def check_url(url: str) -> None:
    """Raises FetchRefused unless the URL is http or https and names a host."""
    try:
        parts = urlsplit(url)
        host, scheme = parts.hostname, parts.scheme.lower()
    except ValueError as error:
        raise FetchRefused(f"not a URL: {error}", subject=redact(url)) from error
    if scheme not in {"http", "https"}:
        raise FetchRefused("only http and https are fetched", subject=redact(url))
    if not host:
        raise FetchRefused("the URL names no host", subject=redact(url))


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """True for an address that anyone on the internet can reach.

    IPv6 addresses that carry an IPv4 one (mapped, 6to4, Teredo, NAT64) are as public as that one.

    >>> is_public(ip_address("93.184.215.14")), is_public(ip_address("::ffff:10.0.0.1"))
    (True, False)
    """
    if isinstance(address, IPv6Address):
        carried = _carried(address)
        if carried:
            return all(is_public(one) for one in carried)
        if address not in _UNICAST or address in _DOCUMENTATION or address.scope_id:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _carried(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that packets to this one end up at."""
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address.sixtofour:
        return (address.sixtofour,)
    if address.teredo:
        return address.teredo
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name, refuses it unless every address is public, connects to what it checked.

    `allow_origins` are "host:port" strings that may be private ("[::1]:8080" for IPv6).
    """

    def __init__(
        self, allow_origins: frozenset[str], inner: httpcore.AsyncNetworkBackend | None = None
    ) -> None:
        self._allowed = frozenset(origin.lower() for origin in allow_origins)
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first checked address that answers."""
        addresses = await self._checked(host, port)
        failure: Exception | None = None
        for address in addresses:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  httpcore's signature
        socket_options: Iterable[_SocketOption] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise FetchRefused("feeds are not fetched from sockets of this machine", subject=path)

    async def sleep(self, seconds: float) -> None:
        """The pool's pause between connection attempts."""
        await self._inner.sleep(seconds)

    async def _checked(self, host: str, port: int) -> tuple[str, ...]:
        """The host's addresses, in the resolver's order, all of them allowed."""
        origin = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        addresses = await _resolve(host, port)
        if origin.lower() in self._allowed:
            return addresses
        for address in addresses:
            if not is_public(ip_address(address)):
                raise FetchRefused(
                    f"{address} is not a public address, and the origin is not on the allow-list",
                    subject=origin,
                )
        return addresses


async def _resolve(host: str, port: int) -> tuple[str, ...]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )
    except OSError as error:
        raise httpcore.ConnectError(f"{host} cannot be resolved: {error.strerror}") from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


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
