"""Runs uvicorn with limits that protect a server which strangers can reach."""

import asyncio
import contextlib
import errno
import logging
import resource
import socket
import threading
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from worker.errors import SettingsError
from worker.metrics import Presence
from worker.runtime.heartbeat import touch_heartbeat
from worker.site.connections import TimedConnection

__all__ = ["listen", "serve"]

_HEARTBEAT_S = 2
_GRACE_S = 20
_HEADER_BYTES = 32_768
_STUCK_MS = 60_000
"""The time after which a connection ends whose client reads nothing, to free its buffers."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address.

    It is opened before the application is built, so that a port in use is reported at once.

    Raises:
        SettingsError: The address is wrong, or in use.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(address[:2], family=family)
    except OSError as error:
        remedy = "; --port chooses another" if error.errno == errno.EADDRINUSE else ""
        reason = f"cannot listen: {error.strerror or error}{remedy}"
        raise SettingsError(reason, subject=f"{host}:{port}") from error
    # Connections inherit both options, on Linux. asyncio sets the first only where the protocol of
    # the socket is given; without it a short answer waits 40 ms for the client's acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _STUCK_MS)
    return listening


def serve(
    app: ASGIApp,
    listening: socket.socket,
    *,
    stopping: threading.Event,
    heartbeat: str,
    connections: int,
    presence: Presence | None = None,
    on_end: Callable[[], None] = lambda: None,
) -> None:
    """Serve an application on a socket until SIGTERM or SIGINT, which uvicorn raises again.

    Args:
        app: The ASGI application.
        listening: A socket of `listen`; it is closed at the end.
        stopping: The event of `stop_signals`; set if a signal came before uvicorn handles them.
        heartbeat: The file to touch every two seconds; empty for none.
        connections: The most requests at a time; further requests are answered with 503.
        presence: Sends the heartbeats of the process.
        on_end: Called at the signal, before uvicorn waits for answers in progress: event streams
            must be told to end, or it would wait for its whole time limit.
    """

    async def beat() -> None:
        touch_heartbeat(heartbeat)
        if presence is not None:
            await asyncio.to_thread(presence.beat)

    touch_heartbeat(heartbeat)
    _allow_files()
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=TimedConnection,  # of h11, whose limit on headers is below
        ws="none",
        lifespan="auto",
        interface="asgi3",
        log_config=None,
        access_log=False,  # paths may hold secrets: those of WebSub callbacks do
        proxy_headers=False,  # no address of a client is used or logged
        server_header=False,
        limit_concurrency=connections,
        h11_max_incomplete_event_size=_HEADER_BYTES,
        timeout_graceful_shutdown=_GRACE_S,
        timeout_notify=_HEARTBEAT_S,
        callback_notify=beat,
    )
    with contextlib.closing(listening):
        try:
            asyncio.run(_Server(config, stopping, on_end).serve(sockets=[listening]))
        finally:
            if presence is not None:
                presence.leave()


def _allow_files() -> None:
    """Raise the limit on open files, and so on connections, as far as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # macOS has a second, lower limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, stopping: threading.Event, on_end: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._on_end = on_end

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._on_end()
        super().handle_exit(sig, frame)

    async def main_loop(self) -> None:
        """Serve until a signal. Uvicorn handles signals by now; an earlier signal set the event."""
        if self._stopping.is_set():
            self.should_exit = True
        await super().main_loop()
