"""`copytaster dispatch`, apart from `up`: it starts often, and needs none of what that brings."""

import click
import structlog

from worker.app import make_app
from worker.cli.root import pass_settings
from worker.dispatch import run_dispatch
from worker.opening import make_heartbeat_directory, open_store, seed_feeds
from worker.settings import Settings

__all__ = ["dispatch"]

log = structlog.get_logger(__name__)


@click.command()
@pass_settings
def dispatch(settings: Settings) -> None:
    """Run the ticker and the intake: what is due and what has come in, as hints for the workers."""
    app = make_app(settings)
    store = open_store(settings)
    make_heartbeat_directory(settings)
    feeds = seed_feeds(settings, store) if settings.feeds else 0
    if feeds:
        log.info("feeds_added", feeds=feeds)
    if not settings.contact:
        log.warning("contact_missing", hint="publishers cannot reach you: set COPYTASTER_CONTACT")
    run_dispatch(settings, store, app)
