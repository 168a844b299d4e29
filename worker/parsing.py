"""One parse task: read the entries of a hint, annotate each, publish the batch.

An item that fails never fails its batch: it becomes a dead letter with its reason. What a task does
not finish, because it was killed or the broker went away, stays pending and is handed out again.
"""

import contextlib
import traceback
from collections.abc import Sequence

import msgspec
import structlog

from worker.desks import events_for
from worker.errors import BrokerError, BrokerRefused, CopytasterError, MessageError
from worker.messages import FeedRequest, PageRequest, read_message
from worker.model import ParsedItem
from worker.model.codec import dump
from worker.parse import annotate
from worker.ports import DeadLetter, InboxEntry, Outcome, Publication, PublishResult
from worker.services import Services

__all__ = ["ParseReport", "parse_entries"]

log = structlog.get_logger(__name__)

_CONFLICT_ROUNDS = 5
"""How often events are made again because another worker published the same uri meanwhile."""


class ParseReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch, in entries; `events` in events."""

    published: int = 0
    stale: int = 0
    gone: int = 0
    dead: int = 0
    events: int = 0


def parse_entries(services: Services, stream: str, ids: Sequence[str]) -> ParseReport:
    """Do the work of one hint.

    Raises:
        BrokerError: The store went away; the entries that were not finished stay pending.
    """
    entries = services.store.begin(stream, ids)
    try:
        return _parse_begun(services, entries, len(ids))
    except BrokerRefused:
        # A server that is full is no fault of the messages, and lasts: no attempt is counted.
        with contextlib.suppress(BrokerError):
            services.store.release(entries)
        raise


def _parse_begun(services: Services, entries: Sequence[InboxEntry], asked: int) -> ParseReport:
    parsed: list[tuple[InboxEntry, ParsedItem]] = []
    dead = 0
    for entry in entries:
        annotated = _annotate(services, entry)
        if annotated is None:
            dead += 1
        else:
            parsed.append((entry, annotated))
    results, events = _publish(services, parsed)
    return ParseReport(
        published=results.count(PublishResult.PUBLISHED),
        stale=results.count(PublishResult.STALE),
        gone=results.count(PublishResult.GONE) + asked - len(entries),
        dead=dead,
        events=events,
    )


def _annotate(services: Services, entry: InboxEntry) -> ParsedItem | None:
    """The entry's item, read; None if it went to the dead letters instead."""
    settings = services.settings
    if entry.attempts > settings.attempts_max:
        _bury(
            services,
            entry,
            kind="attempts",
            reason=f"{settings.attempts_max} workers stopped in the middle of this message",
        )
        return None
    try:
        item = read_message(entry.fields, limit_bytes=settings.message_limit_bytes)
        if isinstance(item, FeedRequest | PageRequest):
            raise MessageError("a request on its way to be parsed")
        return annotate(item)
    except CopytasterError as error:
        _bury(services, entry, kind="message", reason=str(error))
    except Exception as error:  # noqa: BLE001  # a fault of ours in one item costs that item only
        _bury(
            services,
            entry,
            kind="parse",
            reason=f"the parser failed: {type(error).__name__}: {error}",
            detail=traceback.format_exc(),
        )
    return None


def _bury(
    services: Services, entry: InboxEntry, *, kind: str, reason: str, detail: str = ""
) -> None:
    letter = DeadLetter(
        reason=reason,
        kind=kind,
        attempts=entry.attempts,
        payload=entry.fields.get("message", ""),
        stream=entry.stream,
        source=entry.fields.get("source", ""),
        detail=detail,
    )
    if services.store.reject(entry, letter):
        log.warning("message_dead", entry=entry.id, kind=kind, reason=reason)


def _publish(
    services: Services, parsed: Sequence[tuple[InboxEntry, ParsedItem]]
) -> tuple[list[PublishResult], int]:
    """Publish all; results of those that are done, and how many events went out."""
    results: list[PublishResult] = []
    events = 0
    for _ in range(_CONFLICT_ROUNDS):
        made = _outcomes(services, parsed)
        if not made:
            break
        answers = services.store.publish([outcome for _, outcome in made])
        conflicts = []
        for (annotated, outcome), answer in zip(made, answers, strict=True):
            if answer is PublishResult.CONFLICT:
                conflicts.append((outcome.entry, annotated))
                continue
            results.append(answer)
            events += len(outcome.publications) * (answer is PublishResult.PUBLISHED)
        parsed = conflicts
    return results, events


def _outcomes(
    services: Services, parsed: Sequence[tuple[InboxEntry, ParsedItem]]
) -> list[tuple[ParsedItem, Outcome]]:
    """What each item makes; one whose events cannot be made goes to the dead letters instead."""
    uris = [annotated.item.uri for _, annotated in parsed]
    latest = dict(zip(uris, services.store.latest(uris), strict=True))
    made = []
    for entry, annotated in parsed:
        item = annotated.item
        try:
            publications = _publications(services, annotated, latest[item.uri])
        except Exception as error:  # noqa: BLE001  # a fault of ours in one item costs that item only
            _bury(
                services,
                entry,
                kind="parse",
                reason=f"making its events failed: {type(error).__name__}: {error}",
                detail=traceback.format_exc(),
            )
            continue
        outcome = Outcome(
            entry=entry,
            uri=item.uri,
            version=item.version,
            expected=latest[item.uri],
            publications=publications,
        )
        made.append((annotated, outcome))
        # Two versions of one item in one batch: the later one follows the earlier.
        latest[item.uri] = item.version
    return made


def _publications(
    services: Services, annotated: ParsedItem, latest: str | None
) -> tuple[Publication, ...]:
    return tuple(
        Publication(desk=desk.name, id=event.id, type=event.type, body=dump(event))
        for desk, event in events_for(annotated, services.desks, latest, services.now())
    )
