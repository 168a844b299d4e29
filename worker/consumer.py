"""Celery's consumer, for which a message that nobody can read is one message less, and no more.

Seen with Celery 5.7 and kombu 5.7: a word on a list that is no JSON, or no object, ends the worker
with code 1; a message whose handling fails does so too, is put back as the worker ends, and ends
the next one. Only who may write to Celery's lists (worker/acl.py) can do that.
"""

from collections.abc import Callable
from typing import Any

from celery.worker.consumer import Consumer

__all__ = ["HintConsumer"]

UNREADABLE = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What kombu and Celery raise of messages that are not as they expect."""


class HintConsumer(Consumer):  # type: ignore[misc]  # celery has no types
    """Named by the setting `worker_consumer`."""

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
