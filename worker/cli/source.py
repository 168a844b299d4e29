"""`copytaster source`: move messages from other servers and folders into the inbox."""

import contextlib
import threading

import click
from msgspec.structs import replace

from worker.broker.check import await_broker
from worker.cli.root import pass_settings
from worker.cli.store import find_broker
from worker.errors import SettingsError
from worker.metrics import Presence
from worker.runtime.heartbeat import touch_heartbeat
from worker.runtime.signals import stop_signals
from worker.services import open_store
from worker.settings import Settings
from worker.sources import open_source
from worker.sources.file import SourceRow, load_sources
from worker.sources.intake import Intake
from worker.telemetry.process import telemetry

__all__ = ["source"]


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@pass_settings
def source(settings: Settings, *, names: tuple[str, ...]) -> None:
    """Move messages from sources into the inbox, until SIGTERM or Ctrl-C.

    COPYTASTER_SOURCES names the file of the sources, a sources.toml; with NAMEs, only these sources
    run. A message is acknowledged to its source when the broker has it.
    """
    settings = replace(settings, redis_url=find_broker(settings))
    rows = _choose(settings, names)
    opened = [(row, open_source(row, settings.message_limit_bytes)) for row in rows]
    with telemetry("source"), stop_signals() as stopping, contextlib.ExitStack() as closing:
        await_broker(settings, stopping)
        presence = Presence(settings.redis_url, settings.prefix, "source")
        threads = []
        for row, opened_source in opened:
            # A store for each thread: a blocked connection must not stop the other sources.
            store = closing.enter_context(contextlib.closing(open_store(settings)))
            intake = Intake(row.name, opened_source, store.inbox, stopping, urgent=row.urgent)
            threads.append(threading.Thread(target=intake.run, name=f"source {row.name}"))
        for thread in threads:
            thread.start()
        try:
            while not stopping.wait(1.0):
                touch_heartbeat(settings.heartbeat)
                presence.beat()
        finally:
            stopping.set()  # without a signal, if touching the heartbeat file failed
            for thread in threads:
                thread.join()
            presence.leave()


def _choose(settings: Settings, names: tuple[str, ...]) -> list[SourceRow]:
    rows = load_sources(settings.sources)
    if not rows:
        raise SettingsError(
            "names no source; see docs/sources.md for a sources.toml", subject="COPYTASTER_SOURCES"
        )
    known = [row.name for row in rows]
    for name in names:
        if name not in known:
            reason = f"no such source; there are: {', '.join(known)}"
            raise SettingsError(reason, subject=name)
    return [row for row in rows if not names or row.name in names]
