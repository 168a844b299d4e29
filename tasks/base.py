"""The base class of the tasks: it binds the log context and logs expected failures."""

from typing import Any

import structlog
from celery import Task

from worker.errors import CopytasterError

__all__ = ["WireTask"]

log = structlog.get_logger(__name__)


class WireTask(Task):  # type: ignore[misc]  # celery has no types
    """A task with its id and attempt in every log line, and its expected failures on a single line.

    Celery does not retry a failed task: the stream's pending entries and the leases of feeds and
    pages bring its work back (docs/architecture.md). `put_on_inbox` has neither, and sends its
    message again.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Run the task with the log context bound."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(
            task=self.name, task_id=self.request.id, attempt=self.request.retries + 1
        )
        try:
            super().__call__(*args, **kwargs)
        except CopytasterError as error:
            log.error("task_failed", kind=type(error).__name__, reason=str(error))
        finally:
            structlog.contextvars.clear_contextvars()
