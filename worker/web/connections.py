"""HTTP/1.1 connections: sockets that a guard opens, answers that h11 reads, and reuse.

The pool of httpcore takes most of the processor time of a 304. This one keeps connections in a
dictionary and waits on the event loop alone; parser, guard and limits are those of httpcore's.
"""

import asyncio
import contextlib
import select
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import h11
import httpcore

__all__ = [
    "BrokenConnection",
    "ConnectionPool",
    "HttpConnection",
    "Origin",
    "ResponseHead",
    "SocketBackend",
]

_KEPT_S = 15.0
"""Time for which an idle connection is kept."""
_LIMIT_UNREAD_BYTES = 256 * 1024
"""Bytes that may wait to be read before the sender is held up."""
_LIMIT_HEAD_BYTES = 100 * 1024
"""Limit for status line and headers together, as in httpcore."""

Headers = Sequence[tuple[bytes, bytes]]


class BrokenConnection(Exception):  # noqa: N818  # says what is broken
    """The connection or the answer broke off; `code` is "tls", "connection" or "broken"."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.code = code


class Origin(NamedTuple):
    """The server of a URL; connections are shared by requests to one origin alone."""

    is_tls: bool
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """The status and headers of an answer; its body is read from the connection."""

    status: int
    headers: Headers


class _ConnectedSocket(httpcore.AsyncNetworkStream):
    """A socket as a `GuardedBackend` hands it out."""

    def __init__(self, connected: socket.socket) -> None:
        self._connected = connected

    def get_extra_info(self, info: str) -> object:
        return self._connected if info == "socket" else None


class SocketBackend(httpcore.AsyncNetworkBackend):
    """Connects sockets to addresses, and never to names: a name would be resolved unchecked."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  httpcore's signature
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[object] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Return a connected socket.

        Raises:
            httpcore.ConnectError: Nobody answers at the address, or it is a name.
        """
        try:
            kind, numeric = socket.SOCK_STREAM, socket.AI_NUMERICHOST
            ((family, _, protocol, _, address), *_) = socket.getaddrinfo(
                host, port, type=kind, proto=socket.IPPROTO_TCP, flags=numeric
            )
            connected = socket.socket(family, kind, protocol)
            try:
                connected.setblocking(False)
                await asyncio.get_running_loop().sock_connect(connected, address)
            # A deadline cancels: without this the socket would stay open until it is collected.
            except BaseException:
                connected.close()
                raise
        except OSError as error:
            raise httpcore.ConnectError(error.strerror or str(error)) from error
        return _ConnectedSocket(connected)


class _ByteStream(asyncio.Protocol):
    """The bytes that arrive on a connection, with a bound on those that are not read yet."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._unread: list[bytes] = []
        self._unread_bytes = 0
        self._is_over = False
        self._fault: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread.append(data)
        self._unread_bytes += len(data)
        if self._unread_bytes > _LIMIT_UNREAD_BYTES:
            # TCP then holds the sender up, so that a slow reader costs bounded memory.
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._is_over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over, self._fault = True, exc
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def read(self) -> bytes:
        """Return the next bytes; none at the end.

        Raises:
            OSError: The connection broke off.
        """
        if not self._unread and not self._is_over:
            # One waiter is enough: an HTTP/1.1 connection has one request at a time.
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self._unread:
            data = self._unread[0] if len(self._unread) == 1 else b"".join(self._unread)
            self._unread.clear()
            self._unread_bytes = 0
            self.transport.resume_reading()
            return data
        if self._fault is not None:
            raise self._fault
        return b""

    @property
    def is_quiet(self) -> bool:
        """True if the server has neither closed an idle connection nor sent anything on it.

        The socket is asked too: the event loop may not have run since the last request.
        """
        if self._unread or self._is_over or self.transport.is_closing():
            return False
        arrived = select.poll()
        arrived.register(self.transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not arrived.poll(0)


class HttpConnection:
    """A connection to an origin, for a single request at a time."""

    def __init__(self, origin: Origin, stream: _ByteStream) -> None:
        self.origin = origin
        self.kept_until = 0.0
        """The end of its time as an idle connection, by the clock of the event loop."""
        self._stream = stream
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LIMIT_HEAD_BYTES)

    async def ask(self, method: str, target: bytes, headers: Headers, body: bytes) -> ResponseHead:
        """Send a request, and return the answer when its headers are there.

        Raises:
            BrokenConnection: There is no answer, or it is not HTTP/1.
        """
        with _broken():
            request = h11.Request(method=method, target=target, headers=list(headers))
            sent = [self._http.send(request), self._http.send(h11.Data(data=body)) if body else b""]
            # A single write, so that a small request is a single packet.
            self._stream.transport.write(
                b"".join(filter(None, [*sent, self._http.send(h11.EndOfMessage())]))
            )
            while True:
                # Informational responses (100, 103) come before the final one: RFC 9110, 15.2.
                event = await self._next_event()
                if isinstance(event, h11.Response):
                    return ResponseHead(event.status_code, event.headers.raw_items())

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body of the answer as it arrives, without its framing.

        Raises:
            BrokenConnection: The body stops short.
        """
        with _broken():
            while isinstance(event := await self._next_event(), h11.Data):
                yield bytes(event.data)

    async def _next_event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            data = await self._stream.read()
            if not data and self._http.their_state is h11.SEND_RESPONSE:
                raise h11.RemoteProtocolError("Server disconnected without sending a response.")
            # For h11 no bytes are the end of the stream, which may be the end of the body.
            self._http.receive_data(data)
        return event

    def is_ready(self) -> bool:
        """Return True if the connection can take the next request.

        Bytes after the answer would be read as the answer to the next request.
        """
        return self._stream.is_quiet and not self._http.trailing_data[0]

    def finish(self) -> bool:
        """Return True if the answer has ended; a body that is still to come is not awaited."""
        with contextlib.suppress(h11.RemoteProtocolError):
            if self._http.their_state is h11.SEND_BODY:
                self._http.next_event()  # of an answer without a body, such as a 304, the end
            if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
                self._http.start_next_cycle()
                return True
        return False

    def close(self) -> None:
        """Close the connection at once; there is nothing to be sent."""
        self._stream.transport.abort()


@contextlib.contextmanager
def _broken() -> Iterator[None]:
    """Raise the errors of h11 and of the network as BrokenConnection."""
    try:
        yield
    except h11.ProtocolError as error:
        raise BrokenConnection(str(error), "broken") from error
    except OSError as error:
        raise _broken_by(error) from error


def _broken_by(error: OSError) -> BrokenConnection:
    code = "tls" if isinstance(error, ssl.SSLError) else "connection"
    return BrokenConnection(str(error) or type(error).__name__, code)


class ConnectionPool:
    """Opens connections through a guard, and keeps those that can be used again.

    Args:
        backend: Connects to a host's checked addresses; its sockets are those of a `SocketBackend`.
        context: The context for TLS.
        limit: Most connections that are kept; the one that is idle for longest goes first.
    """

    def __init__(
        self, backend: httpcore.AsyncNetworkBackend, context: ssl.SSLContext, *, limit: int
    ) -> None:
        self._backend = backend
        self._context = context
        self._limit = limit
        self._idle: dict[HttpConnection, None] = {}
        """In the order in which they became idle."""
        self._by_origin: dict[Origin, list[HttpConnection]] = {}

    def take(self, origin: Origin) -> HttpConnection | None:
        """Return a connection kept from before, if there is one."""
        self._drop_old()
        while kept := self._by_origin.get(origin):
            # The last one in, since a server closes what is idle for long.
            connection = kept[-1]
            self._forget(connection)
            if connection.is_ready():
                return connection
            connection.close()
        return None

    async def open(self, origin: Origin) -> HttpConnection:
        """Return a new connection.

        Raises:
            FetchRefused, NoConnection: As `GuardedBackend.connect_tcp`.
            BrokenConnection: TLS failed.
        """
        # The guard checks each address that it connects to, so nothing is resolved after it.
        opened = await self._backend.connect_tcp(origin.host, origin.port)
        connected = opened.get_extra_info("socket")
        assert isinstance(connected, socket.socket)
        loop = asyncio.get_running_loop()
        try:
            _, stream = await loop.create_connection(
                _ByteStream,
                sock=connected,
                ssl=self._context if origin.is_tls else None,
                server_hostname=origin.host if origin.is_tls else None,
            )
        except OSError as error:
            raise _broken_by(error) from error
        return HttpConnection(origin, stream)

    def give_back(self, connection: HttpConnection) -> None:
        """Keep a connection if its answer has ended, else close it."""
        if not (self._limit and connection.finish() and connection.is_ready()):
            connection.close()
            return
        connection.kept_until = asyncio.get_running_loop().time() + _KEPT_S
        self._idle[connection] = None
        self._by_origin.setdefault(connection.origin, []).append(connection)
        self._drop_old()

    def _drop_old(self) -> None:
        """Close the connections that were idle for too long, and those beyond the limit."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            oldest = next(iter(self._idle))
            # They stand in the order of their deadlines: the first that may stay ends the search.
            if len(self._idle) <= self._limit and now <= oldest.kept_until:
                return
            self._forget(oldest)
            oldest.close()

    def _forget(self, connection: HttpConnection) -> None:
        del self._idle[connection]
        kept = self._by_origin[connection.origin]
        kept.remove(connection)
        if not kept:
            del self._by_origin[connection.origin]

    def close(self) -> None:
        """Close every connection that is kept."""
        for connection in self._idle:
            connection.close()
        self._idle.clear()
        self._by_origin.clear()
