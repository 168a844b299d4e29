"""Replay: kept items read again by the present parser, and what came out otherwise published.

What a desk has had is known by the marks of its events, which hold a digest of their data. An event
that came out the same is left alone; one that did not goes out under an id of its own and names the
one whose place it takes. The store publishes it only if the mark is still the one that we saw.
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
from worker.parse import annotate, annotate_all
from worker.ports import Store
from worker.publishing.kills import data_digest
from worker.story.archive import Copy, read_copy, unpack_copy

__all__ = ["Replayed", "replay"]

log = structlog.get_logger(__name__)

PAGE = 50
LAST_NUMBER = 10**18
"""No stream has had as many entries in one millisecond."""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one kept item. `events` are those that came out otherwise, by desk; `sent` is
    how many of them went out. `fault` is one line where it could not be read, else empty.
    """

    uri: str
    version: str
    events: tuple[tuple[str, str], ...] = ()
    sent: int = 0
    fault: str = ""


def replay(
    store: Store, desks: Sequence[Desk], since: datetime, now: datetime, *, dry_run: bool = False
) -> Iterator[Replayed]:
    """Each item that was published between then and now, in that order, read again for these desks.

    Args:
        store: Where the copies are kept.
        desks: The desks to publish on.
        since: An aware datetime.
        now: Likewise; the time of the events.
        dry_run: Publish nothing.

    Raises:
        BrokerError: The store went away; what was published was published whole, and another replay
            goes on from there.
    """
    after = f"{max(0, int(since.timestamp() * 1000) - 1)}-{LAST_NUMBER}"
    end_ms = int(now.timestamp() * 1000)
    while page := store.archive.list(after=after, limit=PAGE):
        after = page[-1].id
        for kept, copy, parsed in _read_page([kept for kept in page if kept.at_ms <= end_ms]):
            if isinstance(parsed, str):
                yield Replayed(uri=copy.uri, version=copy.version, fault=parsed)
            else:
                events = _find_changed(store, desks, copy, parsed, now)
                sent = 0
                if events and not dry_run:
                    first = copy.duplicate_of or copy.uri
                    sent = store.archive.reissue(copy.uri, kept.id, events, first=first)
                changed = tuple((one.publication.desk, one.publication.type) for one in events)
                yield Replayed(uri=copy.uri, version=copy.version, events=changed, sent=sent)
        if page[-1].at_ms > end_ms:
            return


Read = tuple[ArchivedItem, Copy, ParsedItem | str]


def _read_page(page: Sequence[ArchivedItem]) -> Iterator[Read]:
    """Each copy with its item annotated, or with a line that says why it could not be."""
    items: list[tuple[ArchivedItem, Copy, NewsItem]] = []
    for kept in page:
        try:
            copy = unpack_copy(kept.body)
        except CodecError as error:
            log.warning("copy_unreadable", copy=kept.id, reason=str(error))
            continue
        try:
            items.append((kept, copy, read_copy(copy)))
        except MessageError as error:
            yield kept, copy, str(error)
    parsed = _annotate([item for _, _, item in items])
    for (kept, copy, _), one in zip(items, parsed, strict=True):
        yield kept, copy, one


def _annotate(items: Sequence[NewsItem]) -> list[ParsedItem | str]:
    try:
        return list(annotate_all(items))
    except Exception:  # noqa: BLE001  # which item it was is found out below
        log.warning("batch_broken", entries=len(items))
    read: list[ParsedItem | str] = []
    for item in items:
        try:
            read.append(annotate(item))
        except Exception as error:  # noqa: BLE001  # a fault of ours in one item costs that item only
            read.append(f"the parser failed: {type(error).__name__}: {error}")
    return read


def _find_changed(
    store: Store, desks: Sequence[Desk], copy: Copy, parsed: ParsedItem, now: datetime
) -> tuple[Reissue, ...]:
    """The events that came out otherwise than those that their desks have."""
    parsed = msgspec.structs.replace(parsed, change=copy.change, duplicate_of=copy.duplicate_of)
    events = events_for(parsed, desks, copy.latest, now, copied=_copied(store, copy))
    at: Counter[str] = Counter()
    placed: list[tuple[str, int]] = []
    for desk, _ in events:
        placed.append((desk.name, at[desk.name]))
        at[desk.name] += 1
    marks = store.archive.marks(copy.uri, placed)
    return tuple(
        one
        for (desk, event), (_, position), mark in zip(events, placed, marks, strict=True)
        if (one := _reissue(desk, event, position, mark)) is not None
    )


def _copied(store: Store, copy: Copy) -> tuple[str, ...]:
    """Return the desks that have the item's first and not the item; none once that was killed."""
    if copy.duplicate_of is None:
        return ()
    own, first = store.publications.known([copy.uri, copy.duplicate_of])
    if first.is_withdrawn or first.is_kill:
        return ()
    return tuple(sorted({*copy.copied, *first.desks} - set(own.desks)))


def _reissue(desk: Desk, event: Event, position: int, mark: EventMark | None) -> Reissue | None:
    """Return the event that takes the place of what the desk has; None where that is the same."""
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
