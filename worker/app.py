"""The Celery app: queues, routes, limits. `celery -A worker.app worker -Q urgent,parse`.

A Celery message is a hint and nothing more: it names entries of a Redis stream, and losing it costs
a few seconds, not an item (docs/architecture.md). The settings below keep hints few, small and
short lived; which guarantee rests on which is in docs/guarantees.md.
"""

import os
import sys
from pathlib import Path
from typing import Any

from celery import Celery, bootsteps, signals
from kombu import Queue  # type: ignore[attr-defined]  # kombu exports it lazily

from worker.embedded import celery_url
from worker.errors import SettingsError
from worker.log import configure_logs
from worker.services import close_services
from worker.settings import Settings, load_settings

__all__ = ["QUEUES", "make_app"]

QUEUES = ("urgent", "parse", "poll")

HEARTBEAT_S = 2.0

_TASK_MODULES = ("tasks.poll", "tasks.parse", "tasks.ingest")
"""Named as strings: `worker` never imports `tasks`."""

_ROUTES = {
    "tasks.poll.poll_feeds": {"queue": "poll"},
    "tasks.parse.parse_items": {"queue": "parse"},
    "tasks.ingest.put_on_inbox": {"queue": "parse"},
}


class HeartbeatFile(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
    """Touches COPYTASTER_HEARTBEAT from the worker's main loop: fresh means that the loop turns.

    `celery inspect ping` would cost seconds of CPU a check, and remote control is off.
    """

    requires = {"celery.worker.components:Timer"}  # noqa: RUF012  # celery's own form
    path: Path | None = None

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.path = parent.app.conf.get("copytaster_heartbeat")
        self.entry: Any = None

    def start(self, parent: Any) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        self.entry = parent.timer.call_repeatedly(HEARTBEAT_S, self.path.touch)

    def stop(self, parent: Any) -> None:  # noqa: ARG002  # celery's signature
        if self.entry is not None:
            self.entry.cancel()
        if self.path is not None:
            self.path.unlink(missing_ok=True)


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
    app = Celery("copytaster", broker=celery_url(settings.redis_url), include=_TASK_MODULES)
    app.conf.update(_celery_settings(settings))
    app.steps["worker"].add(HeartbeatFile)
    _connect_signals(settings)
    return app


def _celery_settings(settings: Settings) -> dict[str, Any]:
    limit_s = settings.task_time_limit_s
    return {
        "copytaster_heartbeat": Path(settings.heartbeat) if settings.heartbeat else None,
        "task_queues": tuple(Queue(name) for name in QUEUES),  # type: ignore[no-untyped-call]
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
        "task_ignore_result": True,
        # Redelivery: late acknowledgement, bounded by the stream's own delivery count.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure_or_timeout": True,
        "task_time_limit": limit_s,
        "task_soft_time_limit": max(1, limit_s - 5),
        "worker_prefetch_multiplier": 2,
        "worker_max_tasks_per_child": 2000,
        # Stopping: SIGTERM finishes what runs; docker-compose.yml gives it 45 seconds.
        "worker_soft_shutdown_timeout": 15,
        "worker_enable_soft_shutdown_on_idle": True,
        # A broker that restarts finds us waiting.
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "broker_transport_options": {
            "global_keyprefix": f"{settings.prefix}:celery:",
            "visibility_timeout": 3 * limit_s,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 30,
            "socket_keepalive": not settings.redis_url.startswith("unix:"),
            "health_check_interval": 10,
            "queue_order_strategy": "priority",  # the order of -Q: urgent before parse
        },
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
    }


def _connect_signals(settings: Settings) -> None:
    def on_setup_logging(**_: object) -> None:
        configure_logs(settings)

    def on_process_shutdown(**_: object) -> None:
        close_services()

    signals.setup_logging.connect(on_setup_logging, weak=False, dispatch_uid="copytaster.log")
    signals.worker_process_shutdown.connect(
        on_process_shutdown, weak=False, dispatch_uid="copytaster.services"
    )


def __getattr__(name: str) -> Celery:
    """`app`, made when Celery asks for it: importing this module reads no settings.

    A wrong setting ends the program with one line, since Celery would print a traceback.
    """
    if name != "app":
        raise AttributeError(name)
    try:
        made = make_app(load_settings(os.environ))
    except SettingsError as error:
        sys.exit(f"copytaster: {error}")
    globals()["app"] = made
    return made
