"""Celery's consumer, hardened: it survives invalid messages and reconnects without long pauses.

Seen with Celery 5.7 and kombu 5.7: a value on a list that is not JSON, or not an object, ends the
worker with code 1; so does a message whose handling fails, which is put back as the worker ends and
then ends the next worker. Only users with write access to Celery's lists (worker/broker/acl.py) can
cause that.

Between attempts to reach the broker Celery waits two, four, six and up to thirty seconds, which no
setting changes: after an outage of three seconds it would reconnect after six.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog
from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown

__all__ = ["ResilientConsumer"]

log = structlog.get_logger(__name__)

WAITS_S = {"interval_start": 0.1, "interval_step": 0.1, "interval_max": 0.5}
"""Pauses between attempts to reach the broker."""

REPORT_EVERY_S = 30.0
"""Seconds between two reports of one outage: each attempt of each worker would fill the log."""

UNREADABLE = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""Exceptions of kombu and Celery for malformed messages."""


class ResilientConsumer(Consumer):  # type: ignore[misc]  # celery has no types
    """The consumer of Celery's setting `worker_consumer`."""

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]  # celery has no types
        """Celery's steps without `delayed_delivery`: there are no delayed tasks.

        With quorum queues that step declares 28 more queues, under names that two installations
        would share.
        """

        default_steps = tuple(
            step for step in Consumer.Blueprint.default_steps if "delayed_delivery" not in step
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # kombu has already popped a message that it cannot read. Treated as connection errors, as
        # kombu does with KeyError, these make it reconnect, and the other messages are redelivered.
        errors = self.conninfo.connection_errors
        self.connection_errors: tuple[type[Exception], ...] = (*errors, *UNREADABLE)

    def create_task_handler(self, *args: Any, **options: Any) -> Callable[[Any], None]:
        """Return Celery's handler, which here rejects messages that it fails on for good."""
        handle = super().create_task_handler(*args, **options)

        def on_task_received(message: Any) -> None:
            try:
                handle(message)
            except UNREADABLE as error:
                self.on_invalid_task(None, message, error)

        return on_task_received

    def ensure_connected(self, conn: Any) -> Any:
        """Return the connection once the broker answers."""
        connected = conn.ensure_connection(
            refusal_reporter(),
            self.app.conf.broker_connection_max_retries,
            callback=self._while_away,
            **WAITS_S,
        )
        self.first_connection_attempt = False
        return connected

    def _while_away(self) -> None:
        """Touch the heartbeat file while the worker waits, since its timer does not run then."""
        maybe_shutdown()  # a SIGTERM is heeded during the wait, too
        if (path := self.app.conf.get("copytaster_heartbeat")) is not None:
            path.touch()


def refusal_reporter(
    clock: Callable[[], float] = time.monotonic,
) -> Callable[[Exception, float], None]:
    """Return kombu's callback for refused attempts of one outage, which reports them seldom."""
    due = clock()

    def report(error: Exception, wait_s: float) -> None:
        nonlocal due
        if (now := clock()) >= due:
            due = now + REPORT_EVERY_S
            log.warning("broker_away", reason=str(error), again_in_s=round(wait_s, 1))

    return report
