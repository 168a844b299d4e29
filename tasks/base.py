"""What every task of ours does around its one call: bind the log's context, answer for failures."""

from typing import Any

import structlog
from celery import Task

from worker.errors import CopytasterError

__all__ = ["WireTask"]

log = structlog.get_logger(__name__)


class WireTask(Task):  # type: ignore[misc]  # celery has no types
    """A task whose log lines carry its id and attempt, and whose known failures are one line.

    A failed task is not retried by Celery: the ledger of the stream (entries) or the lease (feeds)
    brings its work back (docs/architecture.md).
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Run the task with its context bound."""
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
