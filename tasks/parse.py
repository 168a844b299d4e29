"""parse_items: inbox entries to events on the desks."""

from collections.abc import Sequence

import msgspec
import structlog
from celery import shared_task

from tasks.base import WireTask
from worker.publishing import parse_task
from worker.services import services

log = structlog.get_logger(__name__)


@shared_task(name="tasks.parse.parse_items", base=WireTask, bind=True)  # type: ignore[untyped-decorator]  # celery has no types
def parse_items(task: WireTask, stream: str, ids: Sequence[str], *, again: bool = False) -> None:
    """Annotate the entries `ids` of `stream` and publish what they make.

    A batch that comes back, because its worker died, goes on as single entries: so a message that
    kills its worker meets its end alone, and no other entry's attempts are counted with it.
    """
    redelivered = bool(task.request.delivery_info.get("redelivered"))
    if len(ids) > 1 and redelivered:
        queue = task.request.delivery_info.get("routing_key")
        for entry_id in ids:
            task.apply_async(args=(stream, [entry_id]), kwargs={"again": True}, queue=queue)
        log.warning("batch_split", stream=stream, entries=len(ids))
        return
    report = parse_task.parse_entries(services(), stream, ids, again=again or redelivered)
    log.info("items_parsed", stream=stream, **msgspec.structs.asdict(report))
