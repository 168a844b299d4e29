"""`copytaster web`: the pages, the HTTP API and the metrics."""

import datetime
from typing import TYPE_CHECKING

import click
import structlog
from msgspec.structs import replace

from worker.broker.check import check_broker
from worker.cli.root import pass_settings
from worker.cli.service import WEB_PORT
from worker.cli.store import find_broker, open_cli_store
from worker.desks.file import open_desks_file
from worker.errors import ArchiveError, SettingsError
from worker.metrics import Presence
from worker.ports import Store
from worker.runtime.signals import stop_signals
from worker.settings import Settings
from worker.telemetry.faults import start_reports

if TYPE_CHECKING:
    from worker.site.context import SiteContext

__all__ = ["web"]

log = structlog.get_logger(__name__)

_CONNECTIONS = 2000
"""The most requests at a time, including the readers of event streams."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=WEB_PORT,
    show_default=True,
    help="The port to listen on; 0 for any free port.",
)
@pass_settings
def web(settings: Settings, *, host: str, port: int) -> None:
    """Serve the pages, the HTTP API and the metrics, until SIGTERM or Ctrl-C."""
    try:
        from worker.site.access import check_exposure
        from worker.site.app import build_app
        from worker.site.server import listen, serve
    except ImportError as error:
        reason = f"{error.name} is not installed: pip install 'copytaster[web]'"
        raise SettingsError(reason, subject="copytaster web") from error
    with open_cli_store(settings) as store, stop_signals() as stopping:
        start_reports("web")
        running = replace(settings, redis_url=find_broker(settings))
        check_broker(running)
        listening = listen(host, port)
        address, bound = listening.getsockname()[:2]
        check_exposure(address, settings.web_tokens)
        context = _open_context(running, store)
        app = build_app(context)
        log.info("web_open", host=address, port=bound)
        serve(
            app,
            listening,
            stopping=stopping,
            heartbeat=settings.heartbeat,
            connections=_CONNECTIONS,
            presence=Presence(running.redis_url, running.prefix, "web"),
            on_end=context.ending.set,
        )
        log.info("web_closed")


def _open_context(settings: Settings, store: Store) -> "SiteContext":
    from worker.archive import open_archive
    from worker.site.context import SiteContext
    from worker.site.tokens import TokensFile

    url = settings.archive_url
    archive = open_archive(url) if url else None
    if archive:
        try:
            # So that pages are empty, and not an error, until the relay writes the first event.
            archive.migrate()
        except ArchiveError as error:
            log.warning("archive_away", reason=str(error))
    return SiteContext(
        settings=settings,
        store=store,
        archive=archive,
        desks=open_desks_file(settings.desks).present,
        now=lambda: datetime.datetime.now(datetime.UTC),
        tokens=TokensFile(settings.web_tokens) if settings.web_tokens else None,
    )
