"""read_pages: leased pages to items on the work streams."""

from collections.abc import Sequence

import msgspec
import structlog
from celery import shared_task

from tasks.base import WireTask
from worker.model import Lease
from worker.pages import page_task
from worker.services import services

log = structlog.get_logger(__name__)


@shared_task(name="tasks.pages.read_pages", base=WireTask)  # type: ignore[untyped-decorator]  # celery has no types
def read_pages(leases: Sequence[tuple[str, str]]) -> None:
    """Read every leased page; a lease is (page id, token)."""
    opened = services()
    work = page_task.read_pages(opened.pages, [Lease(page_id, token) for page_id, token in leases])
    report = opened.run(work)
    log.info("pages_read", **msgspec.structs.asdict(report))
