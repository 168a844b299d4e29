"""uvicorn, with the limits of a server that strangers reach."""

import asyncio
import contextlib
import logging
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from worker.errors import SettingsError
from worker.metrics import Presence
from worker.runtime.heartbeat import touch_heartbeat

__all__ = ["listen", "serve"]

_HEARTBEAT_S = 2
_GRACE_S = 20
_HEADER_BYTES = 32_768


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address.

    Raises:
        SettingsError: The address is wrong, or in use.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        reason = f"cannot listen: {error.strerror or error}"
        raise SettingsError(reason, subject=f"{host}:{port}") from error


class _Server(uvicorn.Server):
    """A server that says when it begins to stop, before it waits for answers to end."""

    def __init__(self, config: uvicorn.Config, closing: threading.Event) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)


def serve(
    app: ASGIApp,
    listening: socket.socket,
    *,
    heartbeat: str,
    connections: int,
    presence: Presence | None = None,
    closing: threading.Event | None = None,
) -> None:
    """Serve an application on a socket until SIGTERM or SIGINT, which uvicorn raises again.

    Args:
        app: The ASGI application.
        listening: A socket of `listen`; it is closed in the end.
        heartbeat: The file to touch every two seconds; empty for none.
        connections: Requests at once; all further requests are answered with 503.
        presence: Sends the heartbeats of the process.
        closing: Set when the server stops; answers without an end must end then.
    """

    async def beat() -> None:
        touch_heartbeat(heartbeat)
        if presence is not None:
            await asyncio.to_thread(presence.beat)

    touch_heartbeat(heartbeat)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",  # the limit on headers below is h11's
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
        server = _Server(config, closing or threading.Event())
        try:
            asyncio.run(server.serve(sockets=[listening]))
        finally:
            if presence is not None:
                presence.leave()
