"""`copytaster websub`: the receiver of hubs' pushes, served by uvicorn behind a proxy."""

import click
import msgspec
import structlog

from worker.broker.check import check_broker
from worker.cli.root import pass_settings
from worker.cli.service import WEBSUB_PORT
from worker.cli.signals import stop_signals
from worker.cli.store import find_broker, open_cli_store
from worker.errors import SettingsError
from worker.metrics import Presence
from worker.settings import Settings
from worker.telemetry.faults import start_reports

__all__ = ["websub"]

log = structlog.get_logger(__name__)

_CONNECTIONS = 500
"""Pushes at once; uvicorn answers all further pushes with 503, and hubs retry."""


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
        from worker.polling.websub_receiver import Receiver
        from worker.site.server import listen, serve
    except ImportError as error:
        reason = f"{error.name} is not installed: pip install 'copytaster[websub]'"
        raise SettingsError(reason, subject="copytaster websub") from error
    with (
        open_cli_store(settings) as store,
        stop_signals() as stopping,  # uvicorn handles the same signals, and then raises them again
    ):
        start_reports("websub")
        check_broker(msgspec.structs.replace(settings, redis_url=find_broker(settings)))
        listening = listen(host, port)
        address, bound = listening.getsockname()[:2]
        log.info("websub_open", host=address, port=bound)
        serve(
            Receiver(settings, store),
            listening,
            stopping=stopping,
            heartbeat=settings.heartbeat,
            connections=_CONNECTIONS,
            presence=Presence(find_broker(settings), settings.prefix, "websub"),
        )
        log.info("websub_closed")
