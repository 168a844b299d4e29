"""Celery's consumer: no message ends it, and it is back at its broker as soon as that is back.

Seen with Celery 5.7 and kombu 5.7: a word on a list that is no JSON, or no object, ends the worker
with code 1; a message whose handling fails does so too, is put back as the worker ends, and ends
the next one. Only who may write to Celery's lists (worker/broker/acl.py) can do that.

Between attempts to reach a broker Celery waits two, four, six and up to thirty seconds, which no
setting changes: one that was away for three seconds would be missed for six.
"""

from collections.abc import Callable
from typing import Any

import structlog
from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown

__all__ = ["HintConsumer"]

log = structlog.get_logger(__name__)

WAITS_S = {"interval_start": 0.1, "interval_step": 0.1, "interval_max": 0.5}
"""Between attempts to reach the broker."""

UNREADABLE = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What kombu and Celery raise of messages that are not as they expect."""


class HintConsumer(Consumer):  # type: ignore[misc]  # celery has no types
    """Named by the setting `worker_consumer`."""

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]  # celery has no types
        """The steps without the queues for delayed tasks, of which we have none: where it sees
        quorum queues, Celery's own declares 28 more, in names that two installations would share.
        """

        default_steps = tuple(
            step for step in Consumer.Blueprint.default_steps if "delayed_delivery" not in step
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # kombu has popped the message when it finds that it cannot read it: the connection is made
        # anew, as kombu has it done after KeyError, and what else was taken comes back.
        known = self.conninfo.connection_errors
        self.connection_errors: tuple[type[Exception], ...] = (*known, *UNREADABLE)

    def create_task_handler(self, *args: Any, **options: Any) -> Callable[[Any], None]:
        """Celery's own handler; a message that it fails at is rejected, and not put back."""
        handle = super().create_task_handler(*args, **options)

        def on_task_received(message: Any) -> None:
            try:
                handle(message)
            except UNREADABLE as error:
                self.on_invalid_task(None, message, error)

        return on_task_received

    def ensure_connected(self, conn: Any) -> Any:
        """The connection, once the broker answers."""
        connected = conn.ensure_connection(
            _note_refusal,
            self.app.conf.broker_connection_max_retries,
            callback=self._while_away,
            **WAITS_S,
        )
        self.first_connection_attempt = False
        return connected

    def _while_away(self) -> None:
        """Waiting for the broker is no reason to be restarted. The worker's timer, which touches
        the file else, stands still meanwhile.
        """
        maybe_shutdown()
        if (path := self.app.conf.get("copytaster_heartbeat")) is not None:
            path.touch()


def _note_refusal(error: Exception, wait_s: float) -> None:
    log.warning("broker_away", reason=str(error), again_in_s=round(wait_s, 1))
