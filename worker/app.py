"""The Celery app: queues, routes, limits. `celery -A worker.app worker -Q urgent,parse`.

A Celery message is a hint and nothing more: it names entries of a Redis stream, and losing it costs
a few seconds, not an item (docs/architecture.md). The settings below keep hints few, small and
short lived; which guarantee rests on which is in docs/guarantees.md.
"""

import os
import sys
import threading
from pathlib import Path
from typing import Any

from celery import Celery, bootsteps, signals
from celery.worker import state

from worker.brokercheck import await_broker
from worker.errors import BrokerError, SettingsError
from worker.hints import (
    QUEUES,
    broker_tls,
    broker_url,
    task_queue,
    transport_name,
    transport_options,
)
from worker.log import configure_logs, redact
from worker.services import close_services, load_desks, make_heartbeat_directory
from worker.settings import Settings, load_settings

__all__ = ["QUEUES", "make_app"]

HEARTBEAT_S = 2.0

CHILD_MEMORY_KIB = 512 * 1024

EX_CONFIG = 78
"""A setting is wrong. Source: sysexits.h."""

_TASK_MODULES = ("tasks.poll", "tasks.pages", "tasks.parse", "tasks.ingest")
"""Named as strings: `worker` never imports `tasks`."""

_ROUTES = {
    "tasks.poll.poll_feeds": {"queue": "poll"},
    "tasks.pages.read_pages": {"queue": "poll"},
    "tasks.parse.parse_items": {"queue": "parse"},
    "tasks.ingest.put_on_inbox": {"queue": "parse"},
}


class Quiet(bootsteps.Step):  # type: ignore[misc]  # celery has no types
    """Takes --without-gossip, --without-mingle and --without-heartbeat as said.

    Without them a worker tells all others of itself every two seconds and listens to what they say:
    nobody here asks, and the broker's ACL (worker/acl.py) gives nobody a channel.
    """

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        names = ("without_gossip", "without_mingle", "without_heartbeat")
        parent.options.update(dict.fromkeys(names, True))


class HeartbeatFile(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
    """Touches COPYTASTER_HEARTBEAT from the worker's main loop: fresh means that the loop turns.

    `celery inspect ping` would cost seconds of CPU a check, and remote control is off.
    """

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.path: Path | None = parent.app.conf.get("copytaster_heartbeat")
        self.entry: Any = None

    def start(self, parent: Any) -> None:
        """Touch the file now and every HEARTBEAT_S seconds."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        self.entry = parent.timer.call_repeatedly(HEARTBEAT_S, self.path.touch)

    def stop(self, parent: Any) -> None:  # noqa: ARG002  # celery's signature
        """Take the file away: a stopped worker is not a slow one."""
        if self.entry is not None:
            self.entry.cancel()
        if self.path is not None:
            self.path.unlink(missing_ok=True)


class SlotWatch(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
    """Reconnects a worker whose prefetch slots are held by messages that it no longer has.

    Seen with kombu 5.7: an acknowledgement that fails because the broker is away is logged and
    forgotten, and its slot stays taken. With two slots, two such messages stop the worker for good
    while its loop turns on. A connection error raised from a timer makes the consumer reconnect,
    which clears the slots; the hints that were not acknowledged come back and find their work done.
    """

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.entry: Any = None
        self.suspects: frozenset[str] = frozenset()

    def start(self, parent: Any) -> None:
        """Look every HEARTBEAT_S seconds."""
        self.entry = parent.timer.call_repeatedly(HEARTBEAT_S, self.look, (parent,))

    def stop(self, parent: Any) -> None:  # noqa: ARG002  # celery's signature
        """Look no more."""
        if self.entry is not None:
            self.entry.cancel()

    def look(self, parent: Any) -> None:
        """Raise a connection error for a slot that nobody has held for two looks.

        Raises:
            ConnectionResetError: The consumer catches it and reconnects.
        """
        held = _slots_held_for_nothing(parent.consumer)
        stuck, self.suspects = held & self.suspects, held
        if stuck:
            self.suspects = frozenset()
            raise ConnectionResetError(f"{len(stuck)} acknowledgements were lost with the broker")


def _slots_held_for_nothing(consumer: Any) -> frozenset[str]:
    """Delivery tags that count against the prefetch limit and belong to no request of ours."""
    task_consumer = getattr(consumer, "task_consumer", None)
    qos: Any = getattr(getattr(task_consumer, "channel", None), "qos", None)
    delivered = getattr(qos, "_delivered", None)
    if not delivered:
        return frozenset()
    owned = {request.message.delivery_tag for request in state.reserved_requests}
    return frozenset(set(delivered) - set(qos._dirty) - owned)  # noqa: SLF001  # kombu shows no more


def make_app(settings: Settings) -> Celery:
    """The app for these settings; nothing is connected yet.

    Raises:
        SettingsError: COPYTASTER_REDIS_URL is not set.
    """
    if not settings.redis_url:
        raise SettingsError(
            "not set; name a Redis or Valkey server (redis://host:6379/0), or start the whole "
            "service with `copytaster up`, which brings its own",
            subject="COPYTASTER_REDIS_URL",
        )
    app = Celery("copytaster", broker=broker_url(settings), include=_TASK_MODULES)
    app.conf.update(_celery_settings(settings))
    app.steps["worker"].update((Quiet, HeartbeatFile, SlotWatch))
    _connect_signals(settings)
    return app


def _celery_settings(settings: Settings) -> dict[str, Any]:
    """What Celery is told; the broker's side of it is in `worker.hints`."""
    return {
        "copytaster_heartbeat": Path(settings.heartbeat) if settings.heartbeat else None,
        "task_queues": tuple(task_queue(settings, name) for name in QUEUES),
        "task_default_queue": "parse",
        "task_routes": _ROUTES,
        "task_create_missing_queues": False,
        # JSON only, and no one outside steers a worker.
        "task_serializer": "json",
        "result_serializer": "json",
        "event_serializer": "json",
        "accept_content": ["json"],
        "result_accept_content": ["json"],
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_consumer": "worker.consumer:HintConsumer",
        "task_ignore_result": True,
        # Redelivery: late acknowledgement, bounded by the stream's own delivery count.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure_or_timeout": True,
        # No soft limit: raised in a worker that was frozen, it would hit whatever item is at hand.
        "task_time_limit": settings.task_time_limit_s,
        # One hint a child: what a worker holds, nothing urgent overtakes.
        "worker_prefetch_multiplier": 1,
        # A child that has taken more, for one huge feed, is replaced once its task has ended.
        "worker_max_memory_per_child": CHILD_MEMORY_KIB,
        "worker_max_tasks_per_child": 2000,
        # Stopping: with REMAP_SIGTERM=SIGQUIT what runs has a moment to end, and what is
        # left is done again. A warm shutdown waits for its children, at times for half a minute.
        "worker_soft_shutdown_timeout": 2,
        # A broker that restarts finds us waiting.
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "broker_transport": transport_name(settings),
        "broker_transport_options": transport_options(settings),
        "broker_use_ssl": broker_tls(settings),
        # RabbitMQ only: a worker that stands still for twice as long loses its hints to others.
        "broker_heartbeat": 30,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
    }


def _connect_signals(settings: Settings) -> None:
    def on_worker_init(**_: object) -> None:
        configure_logs(settings)  # before Celery warns of root
        sys.__stdout__ = None  # type: ignore[misc]  # Celery writes its farewells there: no log lines
        _await_broker(settings)

    def on_setup_logging(**_: object) -> None:
        configure_logs(settings)

    def on_process_shutdown(**_: object) -> None:
        close_services()

    def on_worker_setup(instance: Any, **_: object) -> None:
        instance.quiet = True  # no banner: it is no log line

    signals.celeryd_init.connect(on_worker_init, weak=False, dispatch_uid="copytaster.init")
    signals.celeryd_after_setup.connect(
        on_worker_setup, weak=False, dispatch_uid="copytaster.banner"
    )
    signals.setup_logging.connect(on_setup_logging, weak=False, dispatch_uid="copytaster.log")
    signals.worker_process_shutdown.connect(
        on_process_shutdown, weak=False, dispatch_uid="copytaster.services"
    )


def _await_broker(settings: Settings) -> None:
    """Wait for the broker as Celery would; one that costs messages ends the program."""
    try:
        await_broker(settings, threading.Event())
    except (SettingsError, BrokerError) as error:
        sys.stderr.write(f"copytaster: {redact(str(error))}\n")
        sys.exit(EX_CONFIG if isinstance(error, SettingsError) else 1)


def __getattr__(name: str) -> Celery:
    """`app`, made when Celery asks for it: importing this module reads no settings.

    A wrong setting ends the program with one line, since Celery would print a traceback.
    """
    if name != "app":
        raise AttributeError(name)
    try:
        settings = load_settings(os.environ)
        made = make_app(settings)
        load_desks(settings)
        make_heartbeat_directory(settings)
    except SettingsError as error:
        sys.stderr.write(f"copytaster: {redact(str(error))}\n")
        sys.exit(EX_CONFIG)
    globals()["app"] = made
    return made
