"""`copytaster dispatch`, in its own module: it restarts often and must not import that of `up`."""

import contextlib
import threading
from collections.abc import Collection

import click
import structlog
from celery import Celery

from worker.app import make_app
from worker.broker.check import BrokerWatch, Problem, await_broker
from worker.cli.root import pass_settings
from worker.dispatch import run_dispatch
from worker.metrics import Presence
from worker.polling.feeds_file import seed_feeds
from worker.runtime.heartbeat import make_heartbeat_directory
from worker.runtime.signals import stop_signals
from worker.services import open_store
from worker.settings import Settings
from worker.store.connection import Connection
from worker.telemetry.process import telemetry

__all__ = ["dispatch"]

log = structlog.get_logger(__name__)


@click.command()
@pass_settings
def dispatch(settings: Settings) -> None:
    """Run the scheduler and the inbox consumer.

    They send task messages for due feeds and incoming messages to the pollers and workers.
    """
    app = make_app(settings)
    make_heartbeat_directory(settings.heartbeat)  # a fault here is reported before the wait below
    with stop_signals() as stopping:
        problems = await_broker(settings, stopping)
        if not stopping.is_set():
            _run(settings, app, problems, stopping)


def _run(
    settings: Settings, app: Celery, problems: Collection[Problem], stopping: threading.Event
) -> None:
    store = open_store(settings)
    feeds = seed_feeds(store.feeds, settings.feeds)
    if feeds:
        log.info("feeds_added", feeds=feeds)
    if not settings.contact:
        log.warning("contact_missing", hint="publishers cannot reach you: set COPYTASTER_CONTACT")
    with telemetry("dispatch"), contextlib.closing(Connection(settings.redis_url)) as server:
        watch = BrokerWatch(server, problems).step
        presence = Presence(settings.redis_url, settings.prefix, "dispatch")
        run_dispatch(settings, store, app, stopping, watch=watch, presence=presence)
