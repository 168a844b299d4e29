"""Entries that cannot be processed, moved to the dead letters."""

import traceback

import msgspec
import structlog

from worker.model.inbox import DeadLetter, InboxEntry
from worker.publishing.context import PublishContext
from worker.telemetry import tracing
from worker.telemetry.faults import report

__all__ = ["reject", "reject_fault"]

log = structlog.get_logger(__name__)


class _Named(msgspec.Struct):
    uri: str = ""


def _named_uri(entry: InboxEntry) -> str:
    """Return the uri that a message names, "" if it names none."""
    try:
        return msgspec.json.decode(entry.fields.get("message", ""), type=_Named).uri
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return ""


def reject_fault(
    context: PublishContext, entry: InboxEntry, error: Exception, step: str, *, item: str = ""
) -> None:
    """Move an entry to the dead letters after a fault of ours, with its traceback.

    `step` names the step that failed, `item` the uri of the item.
    """
    report(error)
    reject(
        context,
        entry,
        kind="parse",
        reason=f"{step} failed: {type(error).__name__}: {error}",
        detail="".join(traceback.format_exception(error)),
        item=item,
    )


def reject(
    context: PublishContext,
    entry: InboxEntry,
    *,
    kind: str,
    reason: str,
    detail: str = "",
    item: str = "",
) -> None:
    """Move an entry to the dead letters, unless another worker has finished it."""
    letter = DeadLetter(
        reason=reason,
        kind=kind,
        attempts=entry.attempts,
        payload=entry.fields.get("message", ""),
        stream=entry.stream,
        source=entry.fields.get("source", ""),
        detail=detail,
        item=item or _named_uri(entry),
    )
    tracing.note(entry.fields, {"copytaster.result": "dead", "error.type": kind})
    if context.inbox.reject(entry, letter):
        log.warning("message_dead", entry=entry.id, kind=kind, reason=reason)
