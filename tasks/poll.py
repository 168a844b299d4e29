"""poll_feeds: leased feeds to items on the work streams."""

from collections.abc import Sequence

import msgspec
import structlog
from celery import shared_task

from tasks.base import WireTask
from worker.model import Lease
from worker.polling import poll_task
from worker.services import services

log = structlog.get_logger(__name__)


@shared_task(name="tasks.poll.poll_feeds", base=WireTask)  # type: ignore[untyped-decorator]  # celery has no types
def poll_feeds(leases: Sequence[tuple[str, str]]) -> None:
    """Poll every leased feed at once; a lease is (feed id, token).

    A redelivered message does not show whether its first poller has died. Its leases do: they end
    within seconds after it, and dispatch sends the feeds again.
    """
    opened = services()
    leased = [Lease(feed_id, token) for feed_id, token in leases]
    work = poll_task.poll_feeds(opened.polling, leased)
    report = opened.run(work)
    log.info("feeds_polled", **msgspec.structs.asdict(report))
