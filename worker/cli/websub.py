"""`copytaster websub`: the receiver of hubs' pushes, served by uvicorn behind a proxy."""

import asyncio
import contextlib
import logging
import socket
from typing import TYPE_CHECKING

import click
import msgspec
import structlog

from worker.broker.check import check_broker
from worker.cli.root import pass_settings
from worker.cli.service import WEBSUB_PORT
from worker.cli.signals import stop_signals
from worker.cli.store import find_broker, open_cli_store
from worker.errors import SettingsError
from worker.runtime.heartbeat import touch_heartbeat
from worker.settings import Settings

if TYPE_CHECKING:
    import uvicorn

    from worker.polling.websub_receiver import Receiver

__all__ = ["websub"]

log = structlog.get_logger(__name__)

_HEARTBEAT_S = 2
_GRACE_S = 20
_CONNECTIONS = 500
"""Pushes at once; uvicorn answers all further pushes with 503, and hubs retry."""
_HEADER_BYTES = 32_768


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=WEBSUB_PORT,
    show_default=True,
    help="The port to listen on; 0 for any free port.",
)
@pass_settings
def websub(settings: Settings, *, host: str, port: int) -> None:
    """Receive the pushes of WebSub hubs, until SIGTERM or Ctrl-C.

    Hubs reach it at COPYTASTER_WEBSUB_CALLBACK_URL, through a proxy that speaks TLS.
    """
    if not settings.websub_callback_url:
        reason = "not set; give the public URL at which hubs reach this process"
        raise SettingsError(reason, subject="COPYTASTER_WEBSUB_CALLBACK_URL")
    try:
        import uvicorn

        from worker.polling.websub_receiver import Receiver
    except ImportError as error:
        reason = f"{error.name} is not installed: pip install 'copytaster[websub]'"
        raise SettingsError(reason, subject="copytaster websub") from error
    with (
        contextlib.closing(_listen(host, port)) as listening,
        open_cli_store(settings) as store,
        stop_signals(),  # uvicorn handles the same signals, and then raises them again
    ):
        check_broker(msgspec.structs.replace(settings, redis_url=find_broker(settings)))
        touch_heartbeat(settings.heartbeat)
        server = uvicorn.Server(_config(settings, Receiver(settings, store)))
        address, bound = listening.getsockname()[:2]
        log.info("websub_open", host=address, port=bound)
        asyncio.run(server.serve(sockets=[listening]))
        log.info("websub_closed")


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on the address."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        reason = f"cannot listen: {error.strerror or error}"
        raise SettingsError(reason, subject=f"{host}:{port}") from error


def _config(settings: Settings, receiver: "Receiver") -> "uvicorn.Config":
    """Return uvicorn's configuration, without its logs: they would show secret callback URLs."""
    import uvicorn

    async def beat() -> None:
        touch_heartbeat(settings.heartbeat)

    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    return uvicorn.Config(
        receiver,
        loop="asyncio",
        http="h11",  # the limit on headers below is h11's
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # no address of a client is used or logged
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        h11_max_incomplete_event_size=_HEADER_BYTES,
        timeout_graceful_shutdown=_GRACE_S,
        timeout_notify=_HEARTBEAT_S,
        callback_notify=beat,
    )
