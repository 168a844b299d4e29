"""`copytaster up` and `relay`: the whole service, or its relays."""

import contextlib
import importlib.util
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

import click
import structlog
from msgspec.structs import replace

from worker.broker.check import await_broker, check_broker
from worker.broker.embedded import EmbeddedBroker, open_broker
from worker.cli.root import pass_settings
from worker.cli.sinks import check_sinks
from worker.desks.file import load_desks
from worker.errors import BrokerError, SettingsError
from worker.metrics import Counts, Presence
from worker.model.redaction import without_secrets
from worker.polling.feeds_file import seed_feeds
from worker.runtime.heartbeat import touch_heartbeat
from worker.runtime.signals import stop_signals
from worker.runtime.supervisor import Member, Supervisor
from worker.services import open_store, relayed_desks
from worker.settings import Settings
from worker.telemetry.faults import start_reports
from worker.telemetry.process import telemetry

__all__ = [
    "WEB_PORT",
    "is_web_installed",
    "members",
    "relay",
    "running_broker",
    "up",
    "usable_web_port",
]

log = structlog.get_logger(__name__)

WEB_PORT = 8080

JOINED = (
    "another `copytaster up` has started the broker of {}: this one joins it, and adds its"
    " processes to those of the other; with another COPYTASTER_DATA_DIR it would be on its own"
)

HOW_TO_ADD_FEEDS = "add one: copytaster feeds add URL, or copytaster feeds suggest"


@contextlib.contextmanager
def running_broker(settings: Settings) -> Iterator[Settings]:
    """Yield settings with a running broker: the configured broker, else the embedded broker."""
    with kept_broker(settings) as (running, _):
        yield running


@contextlib.contextmanager
def kept_broker(settings: Settings) -> Iterator[tuple[Settings, Callable[[], None]]]:
    """Yield settings as `running_broker` does, and a function that restarts the embedded broker.

    The broker may have been killed, or stopped by another `up` that had started it.
    """
    if settings.redis_url:
        check_broker(settings)
        yield settings, lambda: None
        return
    with contextlib.ExitStack() as opened:

        def start() -> EmbeddedBroker:
            broker = opened.enter_context(open_broker(settings.data_path))
            log.info("broker_open", data_dir=str(settings.data_path), owned=broker.owned)
            if not broker.owned:
                click.echo(f"copytaster: {JOINED.format(settings.data_path)}", err=True)
            return broker

        broker = start()
        url = broker.url
        check_broker(replace(settings, redis_url=url))

        def keep() -> None:
            nonlocal broker
            if not broker.is_running():
                log.error("broker_died", restart_in_s=0)
                broker = start()
                if broker.url != url:  # the members have the URL in their environment
                    raise BrokerError("restarted on another socket", subject=str(broker.socket))

        yield replace(settings, redis_url=url), keep


def with_archive(settings: Settings) -> Settings:
    """Return settings that name the archive: the configured archive, else a file of our own.

    Without the packages of the extra `archive` there is none, unless it is configured.

    Raises:
        SettingsError: The configured archive's packages are not installed.
    """
    needed = {"sqlalchemy": "archive", "alembic": "archive"}
    if settings.archive.startswith("postgres"):
        needed["psycopg"] = "postgresql"
    missing = [name for name in needed if not importlib.util.find_spec(name)]
    if settings.archive == "off" or not missing:
        return replace(settings, archive=settings.archive_url or "off")
    reason = f"{missing[0]} is not installed: pip install 'copytaster[{needed[missing[0]]}]'"
    if settings.archive:
        raise SettingsError(reason, subject="COPYTASTER_ARCHIVE")
    log.info("archive_off", reason=reason)
    return replace(settings, archive="off")


def members(
    settings: Settings,
    *,
    workers: int,
    pollers: int,
    environ: Mapping[str, str],
    web_port: int | None = None,
) -> tuple[Member, ...]:
    """Return the processes of the service: dispatch, pollers, parse workers; a relay and sources if
    the settings need them; the web server if it has a port.
    """
    heartbeats = settings.data_path / "heartbeats"
    copytaster = (sys.executable, "-m", "worker.cli")

    def member(name: str, command: Sequence[str]) -> Member:
        heartbeat = {"COPYTASTER_HEARTBEAT": str(heartbeats / name)}
        return Member(name=name, command=tuple(command), environ={**environ, **heartbeat})

    def worker(name: str, queues: str, processes: int) -> Member:
        options = ("-n", f"{name}@%h", "-Q", queues, "-c", str(processes))
        return member(name, (*copytaster, "worker", *options))

    # The tree is stopped in reverse: first dispatch, so that no work is sent to workers that end.
    tree = [
        worker("worker", "urgent,parse", workers),
        worker("poller", "poll", pollers),
        member("dispatch", (*copytaster, "dispatch")),
    ]
    if relayed_desks(settings):
        tree.append(member("relay", (*copytaster, "relay")))
    if settings.sources:
        from worker.sources.file import load_sources  # late: it brings the readers of files

        load_sources(settings.sources)  # a wrong file stops the start
        tree.append(member("source", (*copytaster, "source")))
    if web_port is not None:
        web = member("web", (*copytaster, "web", "--port", str(web_port)))
        tree.append(replace(web, is_vital=False))
    return tuple(tree)


def usable_web_port(port: int) -> int | None:
    """Return the port if the web server can be started on it; None, and a log line, if not."""
    if not is_web_installed():
        log.info("web_not_installed", remedy="pip install 'copytaster[web]'")
        return None
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        reason = error.strerror or str(error)
        log.error("web_port_taken", port=port, reason=reason, remedy="--web-port or --no-web")
        return None
    return port


def is_web_installed() -> bool:
    """Return True if the packages of the extra `web` are installed; none of them is imported."""
    return all(importlib.util.find_spec(name) for name in ("sqlalchemy", "starlette", "uvicorn"))


@click.command()
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 2,
    show_default="one a processor",
    help="Number of parse processes.",
)
@click.option(
    "--pollers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Number of poll processes.",
)
@click.option(
    "--web-port",
    type=click.IntRange(1, 65_535),
    default=WEB_PORT,
    show_default=True,
    help="Port of the pages and the HTTP API, on 127.0.0.1.",
)
@click.option("--no-web", is_flag=True, help="Serve no pages and no HTTP API.")
@pass_settings
def up(
    settings: Settings,
    *,
    workers: int,
    pollers: int,
    web_port: int,
    no_web: bool,
) -> None:
    """Run the whole service in one process tree, until SIGTERM or Ctrl-C.

    Without COPYTASTER_REDIS_URL it starts a durable embedded broker; a second `up` joins the first.
    Without COPYTASTER_ARCHIVE it keeps the archive in a SQLite file beside the broker's files.
    If the port of the pages is taken, a log line says so, and everything else runs.
    """
    start_reports("up")
    settings = with_archive(settings)
    check_sinks(settings, load_desks(settings.desks))
    with stop_signals() as stopping, kept_broker(settings) as (running, keep):
        store = open_store(running)
        feeds = seed_feeds(store.feeds, running.feeds)
        has_feeds = next(store.feeds.all(), None) is not None
        store.close()  # only the members of the tree need one
        environ = {
            "COPYTASTER_REDIS_URL": running.redis_url,
            "COPYTASTER_ARCHIVE": running.archive,
        }
        port = None if no_web else usable_web_port(web_port)
        tree = members(
            running,
            workers=workers,
            pollers=pollers,
            environ=environ,
            web_port=port,
        )
        for beat in (running.data_path / "heartbeats").glob("*"):
            beat.unlink(missing_ok=True)  # of a process that this tree may no longer have
        with Supervisor(tree) as supervisor:
            log.info(
                "service_up",
                broker=without_secrets(running.redis_url),
                processes=dict(supervisor.pids),
                feeds_added=feeds,
                page=f"http://127.0.0.1:{port}/" if port else "none",
            )
            if not has_feeds:
                log.info("no_feeds", hint=HOW_TO_ADD_FEEDS)
            supervisor.watch(stopping, also=keep)
        log.info("service_down")


@click.command()
@pass_settings
def relay(settings: Settings) -> None:
    """Copy the events of desks to their sinks on other servers, each desk in its own thread.

    If several relays run, one copies a desk and the others stand by.
    """
    # Late: `up` and `demo`, in this module too, start without the clients of the sinks.
    from worker.sinks import open_sink
    from worker.sinks.relay import relay_desk

    desks = relayed_desks(settings)
    if not desks:
        raise SettingsError(
            "no desk has a sink on another server; no relay is needed", subject="desks"
        )
    check_sinks(settings, desks)
    with telemetry("relay"), stop_signals() as stopping:
        await_broker(settings, stopping)
        counts = Counts(open_store(settings).metrics)
        presence = Presence(settings.redis_url, settings.prefix, "relay")
        threads = [
            threading.Thread(
                target=relay_desk,
                args=(open_store(settings).desks, desk, open_sink, stopping),
                kwargs={"counts": counts},
            )
            for desk in desks
        ]
        for thread in threads:
            thread.start()
        try:
            while not stopping.wait(1.0):
                touch_heartbeat(settings.heartbeat)
                presence.beat()
        finally:
            stopping.set()  # no signal has, if the heartbeat failed
            for thread in threads:
                thread.join()
            counts.close()
            presence.leave()
