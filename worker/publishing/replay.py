"""Replay: archived items annotated again by the present parser, and changed events published.

The store has a mark with a digest of each event that a desk has. An event with the same digest is
left alone. A changed event is published under a new id and names the event that it replaces, but
only if the mark is still the same (optimistic concurrency).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
import structlog

from worker import __version__
from worker.desks import Desk, events_for
from worker.errors import CodecError, MessageError
from worker.model import Event, NewsItem, ParsedItem, replay_id
from worker.model.codec import dump
from worker.model.publishing import ArchivedItem, EventMark, Publication, Reissue
from worker.ports import Store
from worker.publishing.annotation import annotate_each
from worker.publishing.kills import data_digest
from worker.story.archive import Copy, read_copy, unpack_copy

__all__ = ["ReplayedItem", "replay"]

log = structlog.get_logger(__name__)

PAGE = 50
LAST_NUMBER = 10**18
"""A sequence number above all that a stream reaches within a millisecond."""


class ReplayedItem(msgspec.Struct, frozen=True, kw_only=True):
    """The result of replaying an archived item.

    `events` are the changed events, as pairs of desk and type, and `sent` is the number of them
    that were published. `fault` is the reason, on a line, why the item could not be read.
    """

    uri: str
    version: str
    events: tuple[tuple[str, str], ...] = ()
    sent: int = 0
    fault: str = ""


def replay(
    store: Store, desks: Sequence[Desk], since: datetime, now: datetime, *, dry_run: bool = False
) -> Iterator[ReplayedItem]:
    """Replay the items that were published from `since` to `now`, in that order.

    Items from a time when the broker's clock was ahead count as published now.

    Args:
        store: The store with the copies of the items.
        desks: The desks to publish on.
        since: An aware datetime.
        now: An aware datetime, the time of the events.
        dry_run: Publish nothing.

    Raises:
        BrokerError: The store cannot be reached. Each item so far is published as a whole, and a
            second replay continues from there.
    """
    # The listing begins after this id, so it is the last that can precede `since`.
    after = f"{max(0, store.archive.ms_at(since) - 1)}-{LAST_NUMBER}"
    end_ms = max(store.archive.ms_at(now), store.archive.last_ms())
    while page := store.archive.list(after=after, limit=PAGE):
        after = page[-1].id
        for archived, copy, parsed in _read_page([item for item in page if item.at_ms <= end_ms]):
            if isinstance(parsed, str):
                yield ReplayedItem(uri=copy.uri, version=copy.version, fault=parsed)
                continue
            changed = _find_changed(store, desks, copy, parsed, now)
            sent = 0
            if changed and not dry_run:
                original = copy.duplicate_of or copy.uri
                sent = store.archive.reissue(copy.uri, archived.id, changed, first=original)
            events = tuple((event.publication.desk, event.publication.type) for event in changed)
            yield ReplayedItem(uri=copy.uri, version=copy.version, events=events, sent=sent)
        if page[-1].at_ms > end_ms:
            return


Reading = tuple[ArchivedItem, Copy, ParsedItem | str]
"""An archived item, its copy, and the annotated item or the reason why it could not be read."""


def _read_page(page: Sequence[ArchivedItem]) -> Iterator[Reading]:
    """Unpack and annotate the items of a page of the archive."""
    items: list[tuple[ArchivedItem, Copy, NewsItem]] = []
    for archived in page:
        try:
            copy = unpack_copy(archived.body)
        except CodecError as error:
            log.warning("copy_unreadable", copy=archived.id, reason=str(error))
            continue
        try:
            items.append((archived, copy, read_copy(copy)))
        except MessageError as error:
            yield archived, copy, str(error)
    annotated = annotate_each([item for _, _, item in items])
    for (archived, copy, _), result in zip(items, annotated, strict=True):
        if isinstance(result, Exception):
            yield archived, copy, f"the parser failed: {type(result).__name__}: {result}"
        else:
            yield archived, copy, result


def _find_changed(
    store: Store, desks: Sequence[Desk], copy: Copy, parsed: ParsedItem, now: datetime
) -> tuple[Reissue, ...]:
    """Return the events that differ from those that their desks have."""
    # Both depend on the items of that time, so they are taken from the copy and not found again.
    parsed = msgspec.structs.replace(parsed, change=copy.change, duplicate_of=copy.duplicate_of)
    events = events_for(parsed, desks, copy.latest, now, copied=_copied(store, copy))
    lengths: Counter[str] = Counter()
    positions: list[tuple[str, int]] = []
    for desk, _ in events:
        positions.append((desk.name, lengths[desk.name]))
        lengths[desk.name] += 1
    marks = store.archive.marks(copy.uri, positions)
    return tuple(
        reissue
        for (desk, event), (_, position), mark in zip(events, positions, marks, strict=True)
        if (reissue := _reissue(desk, event, position, mark)) is not None
    )


def _copied(store: Store, copy: Copy) -> tuple[str, ...]:
    """Return the desks that have the original of a duplicate, or another one, but not this one.

    None have it once the original was killed. The index of originals may remember the desks longer
    than the record of the original does.
    """
    if copy.duplicate_of is None:
        return ()
    own, original = store.publications.known([copy.uri, copy.duplicate_of])
    if original.is_withdrawn or original.is_kill:
        return ()
    (found,) = store.publications.duplicate_candidates([(copy.duplicate_of, ())])
    indexed = (desk for candidate in found for desk in candidate.desks)
    return tuple(sorted({*copy.copied, *original.desks, *indexed} - set(own.desks)))


def _reissue(desk: Desk, event: Event, position: int, mark: EventMark | None) -> Reissue | None:
    """Return the event that replaces the desk's event; None if both have the same data."""
    digest = data_digest(event)
    if mark is None:
        marked = msgspec.structs.replace(event, replayed=True, parserversion=__version__)
    elif mark.digest == digest:
        return None
    else:
        marked = msgspec.structs.replace(
            event,
            id=replay_id(event.id, mark.times + 1),
            replayed=True,
            replaces=replay_id(event.id, mark.times),
            parserversion=__version__,
        )
    publication = Publication(
        desk=desk.name, id=marked.id, type=marked.type, body=dump(marked), digest=digest
    )
    return Reissue(position=position, mark=mark, publication=publication)
