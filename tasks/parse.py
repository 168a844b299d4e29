"""parse_items: inbox entries to events on the desks."""

from collections.abc import Sequence

import msgspec
import structlog
from celery import shared_task

from tasks.base import WireTask
from worker.publishing import parse_task
from worker.services import services

log = structlog.get_logger(__name__)


@shared_task(name="tasks.parse.parse_items", base=WireTask)  # type: ignore[untyped-decorator]  # celery has no types
def parse_items(stream: str, ids: Sequence[str]) -> None:
    """Annotate the entries `ids` of `stream` and publish their events.

    A redelivered message does not show whether its first run has ended: its worker may have died or
    may only have lost its connection. The store knows, by the last renewal of that run's entries.
    Dispatch sends the entries of a dead worker again, each in its own message.
    """
    report = parse_task.parse_entries(services().publishing, stream, ids)
    log.info("items_parsed", stream=stream, **msgspec.structs.asdict(report))
