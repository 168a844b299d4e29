"""One parse task: read the entries of a hint, annotate each, publish the batch.

An item that fails never fails its batch: it becomes a dead letter with its reason. What a task does
not finish, because it was killed or the broker went away, stays pending and is handed out again.
"""

import contextlib
from collections.abc import Sequence

import msgspec
import structlog

from worker.errors import BrokerError, BrokerFault, CopytasterError, MessageError
from worker.inbox.messages import PageRequest, read_message
from worker.model import NewsItem, ParsedItem
from worker.model.inbox import FeedRequest, InboxEntry
from worker.model.publishing import PublishResult
from worker.parse import annotate, annotate_all
from worker.publishing.context import PublishContext
from worker.publishing.publisher import bury, bury_fault, publish_all
from worker.runtime.lease_renewal import renewing_entries

__all__ = ["ParseReport", "parse_entries"]

log = structlog.get_logger(__name__)


class ParseReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch, in entries; `events` in events."""

    published: int = 0
    stale: int = 0
    gone: int = 0
    held: int = 0
    dead: int = 0
    events: int = 0


def parse_entries(context: PublishContext, stream: str, ids: Sequence[str]) -> ParseReport:
    """Do the work of one hint; what another worker tells that it works on is left to it.

    Raises:
        BrokerError: The store went away; the entries that were not finished stay pending.
    """
    silent_ms = round(context.settings.reclaim_after_s * 1000)
    entries = context.inbox.begin(stream, ids, idle_ms=silent_ms)
    try:
        with renewing_entries(context.inbox, entries, context.settings.reclaim_after_s):
            return _parse_begun(context, entries, len(ids))
    except BrokerFault:
        raise  # which message it was is found out one by one: an attempt counts
    except BrokerError:
        # A server that is away or full is no fault of the messages: no attempt is counted.
        with contextlib.suppress(BrokerError):
            context.inbox.release(entries)
        raise


def _parse_begun(context: PublishContext, entries: Sequence[InboxEntry], asked: int) -> ParseReport:
    items = [(entry, item) for entry in entries if (item := _read_item(context, entry)) is not None]
    parsed = _annotate_all(context, items)
    done = publish_all(context, parsed)
    results = done.results
    return ParseReport(
        published=results.count(PublishResult.PUBLISHED),
        stale=results.count(PublishResult.STALE),
        gone=results.count(PublishResult.GONE) + asked - len(entries),
        dead=len(entries) - len(parsed),
        held=results.count(PublishResult.HELD),
        events=done.events,
    )


def _read_item(context: PublishContext, entry: InboxEntry) -> NewsItem | None:
    """The entry's item; None if it went to the dead letters instead."""
    settings = context.settings
    if entry.attempts > settings.attempts_max:
        bury(
            context,
            entry,
            kind="attempts",
            reason=f"{settings.attempts_max} workers stopped in the middle of this message",
        )
        return None
    try:
        item = read_message(
            entry.fields, limit_bytes=context.settings.work_limit_bytes(entry.fields)
        )
        if isinstance(item, FeedRequest | PageRequest):
            raise MessageError("a request on its way to be parsed")
    except CopytasterError as error:
        bury(context, entry, kind="message", reason=str(error))
    except Exception as error:  # noqa: BLE001  # a fault of ours in one item costs that item only
        bury_fault(context, entry, error, "the parser failed")
    else:
        return item
    return None


def _annotate_all(
    context: PublishContext, items: Sequence[tuple[InboxEntry, NewsItem]]
) -> list[tuple[InboxEntry, ParsedItem]]:
    """The items read together; each alone, where one of them breaks the reader."""
    entries = [entry for entry, _ in items]
    try:
        return list(zip(entries, annotate_all([item for _, item in items]), strict=True))
    except Exception:  # noqa: BLE001  # which item it was is found out below
        log.warning("batch_broken", entries=len(entries))
    parsed: list[tuple[InboxEntry, ParsedItem]] = []
    for entry, item in items:
        try:
            parsed.append((entry, annotate(item)))
        except Exception as error:  # noqa: BLE001  # a fault of ours in one item costs that item only
            bury_fault(context, entry, error, "the parser failed")
    return parsed
