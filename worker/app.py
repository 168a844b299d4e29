"""The Celery app: queues, routes, limits. `copytaster worker` runs it, or `celery -A worker.app`.

A task message carries no payload: it names entries of a Redis stream, and losing it costs a few
seconds, not an item (docs/architecture.md). The settings below keep task messages few, small and
short-lived; docs/guarantees.md says which guarantee depends on which setting.
"""

import gc
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celery import Celery, signals

from worker.broker.check import await_broker
from worker.broker.queues import (
    QUEUES,
    broker_tls,
    broker_url,
    task_queue,
    transport_name,
    transport_options,
)
from worker.desks.file import open_desks_file
from worker.errors import BrokerError, SettingsError
from worker.log import configure_logs
from worker.model import NewsItem
from worker.model.redaction import redact
from worker.runtime.heartbeat import make_heartbeat_directory
from worker.runtime.optional_imports import without_unused_modules
from worker.settings import Settings, load_settings
from worker.telemetry.faults import start_reports
from worker.telemetry.process import start_traces, stop_traces, warn_of_traces

__all__ = ["QUEUES", "TASK_MODULES", "import_tasks", "make_app"]

CHILD_MEMORY_KIB = 512 * 1024
"""Memory of a child process after which Celery replaces it."""

EX_CONFIG = 78
"""Exit code of an invalid setting. Source: sysexits.h."""

PARSE_QUEUES = {"urgent", "parse"}
"""The queues of workers that publish on desks: no other process reads the desks file."""

TASK_MODULES = {
    "tasks.poll": {"poll"},
    "tasks.pages": {"poll"},
    "tasks.parse": PARSE_QUEUES,
    "tasks.ingest": PARSE_QUEUES,
}
"""The queues of each task module. Modules are named as strings: `worker` never imports `tasks`."""

# Parsed before the fork, so that all children share the tables and patterns of the parser.
_SAMPLE = NewsItem(
    uri="urn:sample",
    version="1",
    body_text='OSLO, May 1. /NTB/. "All is calm," Mayor Ada Moe said. She said it is open.',
)

_STEPS = tuple(
    f"worker.broker.bootsteps:{name}"
    for name in ("Quiet", "HeartbeatFile", "PresenceBeat", "ChildWatch", "DesksWatch", "SlotWatch")
)

_ROUTES = {
    "tasks.poll.poll_feeds": {"queue": "poll"},
    "tasks.pages.read_pages": {"queue": "poll"},
    "tasks.parse.parse_items": {"queue": "parse"},
    "tasks.ingest.put_on_inbox": {"queue": "parse"},
}


def make_app(settings: Settings) -> Celery:
    """Return the Celery app for these settings, without connecting to the broker.

    Raises:
        SettingsError: COPYTASTER_REDIS_URL is not set.
    """
    if not settings.redis_url:
        raise SettingsError(
            "not set; name a Redis or Valkey server (redis://host:6379/0), or start the whole "
            "service with `copytaster up`, which brings its own",
            subject="COPYTASTER_REDIS_URL",
        )
    app = Celery("copytaster", broker=broker_url(settings))
    app.conf.update(_celery_settings(settings))
    app.steps["worker"].update(_STEPS)
    _connect_signals(settings)
    _connect_telemetry(app)
    return app


def _celery_settings(settings: Settings) -> dict[str, Any]:
    """Return Celery's configuration."""
    return {
        "copytaster_heartbeat": Path(settings.heartbeat) if settings.heartbeat else None,
        "copytaster_store": (settings.redis_url, settings.prefix),
        **_MESSAGE_SETTINGS,
        **_task_settings(settings),
        **_WORKER_SETTINGS,
        **_broker_settings(settings),
    }


_MESSAGE_SETTINGS: dict[str, Any] = {
    # JSON only, since pickled messages run code of their sender. No results and no events, which
    # nothing reads, and no remote control, by which other clients could command a worker.
    "task_serializer": "json",
    "result_serializer": "json",
    "event_serializer": "json",
    "accept_content": ["json"],
    "result_accept_content": ["json"],
    "task_ignore_result": True,
    "worker_send_task_events": False,
    "worker_enable_remote_control": False,
}


def _task_settings(settings: Settings) -> dict[str, Any]:
    """Return the queues, the redelivery and the time limit of tasks."""
    return {
        "task_queues": tuple(task_queue(settings, name) for name in QUEUES),
        "task_default_queue": "parse",
        "task_routes": _ROUTES,
        "task_create_missing_queues": False,
        # Redelivery: late acknowledgement, bounded by the stream's own delivery count.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure_or_timeout": True,
        # No soft limit: after a worker was frozen, it would be raised in the middle of any item.
        "task_time_limit": settings.task_time_limit_s,
    }


_WORKER_SETTINGS: dict[str, Any] = {
    "worker_consumer": "worker.broker.consumer:ResilientConsumer",
    "worker_pool": "worker.broker.pool:ResilientPool",
    # A single message per child: an urgent message cannot overtake those that a worker holds.
    "worker_prefetch_multiplier": 1,
    # A child that grew beyond this, for a huge feed, is replaced when its task has ended.
    "worker_max_memory_per_child": CHILD_MEMORY_KIB,
    "worker_max_tasks_per_child": 2000,
    # With REMAP_SIGTERM=SIGQUIT, running tasks have this many seconds to end, and others are
    # done again. A warm shutdown could wait for its children for half a minute.
    "worker_soft_shutdown_timeout": 1,
    # Work goes on: a child that is ended for a lost connection has its attempt counted.
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
}


def _broker_settings(settings: Settings) -> dict[str, Any]:
    """Return the transport to the broker, and the behaviour while the broker is away."""
    return {
        # Wait without limit for a broker that restarts.
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        "broker_transport": transport_name(settings),
        "broker_transport_options": transport_options(settings),
        "broker_use_ssl": broker_tls(settings),
        # RabbitMQ only: a worker that hangs for twice as long loses its messages to others.
        "broker_heartbeat": 30,
    }


def _connect_signals(settings: Settings) -> None:
    def on_worker_init(conf: Any, options: Mapping[str, Any], **_: object) -> None:
        configure_logs(settings)  # before Celery warns about running as root
        sys.__stdout__ = None  # type: ignore[misc]  # Celery prints farewells there, not logs
        if PARSE_QUEUES & set(options.get("queues") or PARSE_QUEUES):
            _read_desks(settings)  # in the parent: forked children have what it read last
            conf["copytaster_desks"] = settings.desks
        _await_broker(settings)

    def on_worker_queues(sender: Any, **_: object) -> None:
        import_tasks(sender.app)  # in the parent: forked children share the modules

    def before_fork(**_: object) -> None:
        freeze_objects()

    def on_setup_logging(**_: object) -> None:
        configure_logs(settings)

    def on_process_shutdown(**_: object) -> None:
        from worker.services import close_services  # noqa: PLC0415  # dispatch has no tasks

        close_services()

    def on_worker_setup(instance: Any, **_: object) -> None:
        instance.quiet = True  # no banner: it would not be a log line

    signals.celeryd_init.connect(on_worker_init, weak=False, dispatch_uid="copytaster.init")
    signals.celeryd_after_setup.connect(
        on_worker_setup, weak=False, dispatch_uid="copytaster.banner"
    )
    signals.worker_init.connect(on_worker_queues, weak=False, dispatch_uid="copytaster.tasks")
    signals.worker_before_create_process.connect(
        before_fork, weak=False, dispatch_uid="copytaster.freeze"
    )
    signals.setup_logging.connect(on_setup_logging, weak=False, dispatch_uid="copytaster.log")
    signals.worker_process_shutdown.connect(
        on_process_shutdown, weak=False, dispatch_uid="copytaster.services"
    )


def _connect_telemetry(app: Celery) -> None:
    """Report the faults of a worker from its start, and trace in each of its children."""

    def on_worker_init(conf: Any, options: Mapping[str, Any], **_: object) -> None:
        is_poller = set(options.get("queues") or QUEUES) == {"poll"}
        conf["copytaster_role"] = role = "poller" if is_poller else "worker"
        start_reports(role, with_celery=True)
        warn_of_traces(os.environ)

    def on_process_start(**_: object) -> None:
        start_traces(app.conf["copytaster_role"])

    def on_process_shutdown(**_: object) -> None:
        stop_traces()

    for signal, handler in (
        (signals.celeryd_init, on_worker_init),
        (signals.worker_process_init, on_process_start),
        (signals.worker_process_shutdown, on_process_shutdown),
    ):
        signal.connect(handler, weak=False, dispatch_uid="copytaster.telemetry")


def _read_desks(settings: Settings) -> None:
    """Read the desks file; end the program if it is wrong."""
    try:
        open_desks_file(settings.desks).present()
    except SettingsError as error:
        sys.stderr.write(f"copytaster: {redact(str(error))}\n")
        sys.exit(EX_CONFIG)


def _await_broker(settings: Settings) -> None:
    """Wait for the broker as Celery would; end the program if its settings could lose messages."""
    try:
        await_broker(settings, threading.Event())
    except (SettingsError, BrokerError) as error:
        sys.stderr.write(f"copytaster: {redact(str(error))}\n")
        sys.exit(EX_CONFIG if isinstance(error, SettingsError) else 1)


def import_tasks(app: Celery) -> None:
    """Import the tasks of the queues that this worker consumes, and preload their dependencies.

    Forked children then have everything that a task would import or load at its first run.
    """
    consumed = {queue.alias for queue in app.amqp.queues.consume_from.values()}
    with without_unused_modules():
        for module, queues in TASK_MODULES.items():
            if queues & consumed:
                app.loader.import_task_module(module)
        if "tasks.poll" in app.loader.task_modules:
            for module in ("worker.web.client", "worker.parse.editorial"):
                app.loader.import_module(module)
    if "tasks.parse" in app.loader.task_modules:
        from worker.parse import annotate  # noqa: PLC0415  # pollers parse nothing

        annotate(_SAMPLE)


def freeze_objects() -> None:
    """Take the objects of this process out of garbage collection, if none are yet.

    A collection writes to every object that it looks at, and a child that writes to a page that it
    shares with its parent gets a copy of the page. A second time would keep what the parent has
    dropped since: only what it had before the first fork is worth sharing.
    """
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()


def __getattr__(name: str) -> Celery:
    """Return `app`, made on first access: importing this module reads no settings.

    An invalid setting ends the program with a short message; Celery would print a traceback.
    """
    if name != "app":
        raise AttributeError(name)
    try:
        settings = load_settings(os.environ)
        app = make_app(settings)
        make_heartbeat_directory(settings.heartbeat)
    except SettingsError as error:
        sys.stderr.write(f"copytaster: {redact(str(error))}\n")
        sys.exit(EX_CONFIG)
    globals()["app"] = app
    return app
