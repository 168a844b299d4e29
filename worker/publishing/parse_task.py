"""The parse task: read the entries of a task message, annotate their items and publish the batch.

An item that fails does not affect its batch: it becomes a dead letter with the reason. Entries that
a task does not finish, because it is killed or the broker goes away, stay pending and are handed
out again.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from worker.errors import BrokerError, BrokerFault, CopytasterError, MessageError
from worker.inbox.messages import PageRequest, read_message
from worker.metrics import catalogue
from worker.model import NewsItem, ParsedItem
from worker.model.inbox import FeedRequest, InboxEntry
from worker.model.publishing import PublishResult
from worker.publishing.annotation import annotate_each
from worker.publishing.context import PublishContext
from worker.publishing.publisher import Work, publish_all
from worker.publishing.rejection import reject, reject_fault
from worker.runtime.lease_renewal import renewing_entries
from worker.telemetry import tracing
from worker.telemetry.tracing import Kind

__all__ = ["ParseReport", "parse_entries"]


class ParseReport(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of entries of a parse task, by result, and of published events."""

    published: int = 0
    stale: int = 0
    gone: int = 0
    held: int = 0
    dead: int = 0
    events: int = 0


def parse_entries(context: PublishContext, stream: str, ids: Sequence[str]) -> ParseReport:
    """Process the entries of a task message, except those that another worker is processing.

    Raises:
        BrokerError: The store cannot be reached; unfinished entries stay pending.
    """
    idle_ms = round(context.settings.reclaim_after_s * 1000)
    entries = context.inbox.begin(stream, ids, idle_ms=idle_ms)
    try:
        with renewing_entries(context.inbox, entries, context.settings.reclaim_after_s):
            return _parse_begun(context, entries, len(ids))
    except BrokerFault:
        # A script failed and would fail again with the same message. The attempt counts, and the
        # entries are handed out alone until the message at fault has no attempts left.
        raise
    except BrokerError:
        # A server that is away or full is no fault of the messages, so no attempt counts.
        with contextlib.suppress(BrokerError):
            context.inbox.release(entries)
        raise


def _parse_begun(context: PublishContext, entries: Sequence[InboxEntry], named: int) -> ParseReport:
    """Process the entries that this worker has begun, of `named` entries in the task message."""
    with tracing.span("parse batch", Kind.CONSUMER, parent={}, links=_contexts(entries)) as batch:
        items = [
            (entry, item) for entry in entries if (item := _read_item(context, entry)) is not None
        ]
        with tracing.each("parse", Kind.CONSUMER, items, _uri_of_item) as traced:
            work = _annotate(context, traced)
        with tracing.each("publish", Kind.PRODUCER, work, _uri_of_parsed) as traced_work:
            report = publish_all(context, traced_work)
        if batch is not None:
            batch.note({"messaging.system": "redis", "messaging.batch.message_count": len(entries)})
    results, counts = report.results, context.counts
    for result in PublishResult:
        counts.add(catalogue.ITEMS, result, by=results.count(result))
    attempts = sum(entry.attempts > 0 for entry in entries)
    counts.add(catalogue.RETRIES, "attempt", by=attempts)
    return ParseReport(
        published=results.count(PublishResult.PUBLISHED),
        stale=results.count(PublishResult.STALE),
        gone=results.count(PublishResult.GONE) + named - len(entries),
        dead=len(entries) - len(work),
        held=results.count(PublishResult.HELD),
        events=report.events,
    )


def _contexts(entries: Sequence[InboxEntry]) -> Iterator[Mapping[str, str]]:
    return (entry.fields for entry in entries)


def _uri_of_item(item: NewsItem) -> str:
    return item.uri


def _uri_of_parsed(parsed: ParsedItem) -> str:
    return parsed.item.uri


def _read_item(context: PublishContext, entry: InboxEntry) -> NewsItem | None:
    """Return the item of an entry; None if the entry became a dead letter."""
    settings = context.settings
    if entry.attempts > settings.attempts_max:
        reason = f"{settings.attempts_max} workers stopped in the middle of this message"
        reject(context, entry, kind="attempts", reason=reason)
        return None
    try:
        limit_bytes = settings.work_limit_bytes(entry.fields)
        item = read_message(entry.fields, limit_bytes=limit_bytes)
        if isinstance(item, FeedRequest | PageRequest):
            raise MessageError("is a request, not an item")
    except CopytasterError as error:
        reject(context, entry, kind="message", reason=str(error))
    except Exception as error:  # noqa: BLE001  # a fault of ours costs a single item
        reject_fault(context, entry, error, "the parser")
    else:
        return item
    return None


def _annotate(context: PublishContext, items: Sequence[tuple[InboxEntry, NewsItem]]) -> list[Work]:
    """Annotate items; the entry of an item that breaks the parser becomes a dead letter."""
    work: list[Work] = []
    began, cpu_began = time.monotonic(), time.thread_time()
    annotated = annotate_each([item for _, item in items])
    if items:
        cpu_us = round((time.thread_time() - cpu_began) * 1e6)
        context.counts.observe(catalogue.PARSE, time.monotonic() - began)
        context.counts.add(catalogue.PARSE_CPU, by=cpu_us)
        context.counts.add(catalogue.PARSED_ITEMS, by=len(items))
    for (entry, item), result in zip(items, annotated, strict=True):
        if isinstance(result, Exception):
            reject_fault(context, entry, result, "the parser", item=item.uri)
        else:
            work.append((entry, result))
    return work
