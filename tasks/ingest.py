"""put_on_inbox: the inbox for producers that use Celery."""

import structlog
from celery import shared_task

from tasks.base import WireTask
from worker.services import services

log = structlog.get_logger(__name__)


@shared_task(name="tasks.ingest.put_on_inbox", base=WireTask)  # type: ignore[untyped-decorator]  # celery has no types
def put_on_inbox(message: str, *, urgent: bool = False) -> None:
    """Put a message, an opaque string of JSON, on the inbox (docs/inbox.md)."""
    entry = services().store.inbox.put(message, urgent=urgent)
    log.info("message_put", entry=entry, urgent=urgent)
