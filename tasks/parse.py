"""parse_items: inbox entries to events on the desks."""

from collections.abc import Sequence

import msgspec
import structlog
from celery import shared_task

from tasks.base import WireTask
from worker import parsing
from worker.services import services

log = structlog.get_logger(__name__)


@shared_task(name="tasks.parse.parse_items", base=WireTask)  # type: ignore[untyped-decorator]  # celery has no types
def parse_items(stream: str, ids: Sequence[str]) -> None:
    """Annotate the entries `ids` of `stream` and publish what they make.

    A hint that Celery delivers again does not tell whether its first run still works: its worker
    may have died, or may only have lost its connection. The store tells, by when that run was heard
    of last; entries of a dead worker come back from dispatch, one a hint.
    """
    report = parsing.parse_entries(services(), stream, ids)
    log.info("items_parsed", stream=stream, **msgspec.structs.asdict(report))
