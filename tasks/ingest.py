"""put_on_inbox: the inbox for producers that use Celery."""

import json
import time
from typing import Never

import structlog
from celery import shared_task
from celery.exceptions import Reject

from tasks.base import WireTask
from worker.broker.queues import CONFIRM_S
from worker.errors import CopytasterError
from worker.services import services
from worker.telemetry import tracing

__all__ = ["put_on_inbox"]

log = structlog.get_logger(__name__)

AWAY_S = 5.0
"""Pause before a message is sent again: far less than the task's limit."""


@shared_task(  # type: ignore[untyped-decorator]  # celery has no types
    name="tasks.ingest.put_on_inbox",
    base=WireTask,
    bind=True,
    max_retries=None,
    acks_on_failure_or_timeout=False,  # a task that waits too long is not done
)
def put_on_inbox(task: WireTask, message: object, *, urgent: bool = False) -> None:
    """Put a message, an opaque string of JSON, on the inbox (docs/inbox.md).

    Any other value is put there as JSON, and is judged like every message.

    A full inbox takes it too: its queue is no better place, and tasks that wait there for room hold
    up the work that makes room.
    """
    text = message if isinstance(message, str | bytes) else json.dumps(message, default=str)
    try:
        entry = services().store.inbox.put(
            text, urgent=urgent, fields=_trace_of(task), within_limit=False
        )
    except CopytasterError as error:
        log.warning("message_waits", reason=str(error))
        time.sleep(AWAY_S)
        _send_again(task, error)
    log.info("message_put", entry=entry, urgent=urgent)


def _trace_of(task: WireTask) -> dict[str, str]:
    """Return the trace context in the headers of a task message, for dispatch to judge."""
    if not tracing.is_on():
        return {}
    # Celery makes attributes of the headers of a message, and a dict of those of `apply`.
    headers = task.request.headers or vars(task.request)
    found = {name: headers.get(name) for name in ("traceparent", "tracestate")}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _send_again(task: WireTask, error: CopytasterError) -> Never:
    """End the task, and put its message at the end of its queue, as often as it takes.

    Celery would drop a message that it cannot send again. Not rejected in the first place: RabbitMQ
    counts rejections, and Redis would give it out before the messages that wait.
    """
    try:
        # No ETA: a worker would hold the message.
        raise task.retry(exc=error, countdown=0, confirm_timeout=CONFIRM_S)
    except Reject as refusal:
        raise Reject(refusal.reason, requeue=True) from error
