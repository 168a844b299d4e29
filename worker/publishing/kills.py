"""Kills: the items that they withdraw, the desks that get them, the items that they overtook."""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache, partial

import msgspec
import structlog

from worker.desks import Desk, events_for
from worker.errors import MessageError
from worker.model import Event, ParsedItem, PubStatus, Target, version_key
from worker.model.codec import dump
from worker.model.inbox import InboxEntry
from worker.model.publishing import (
    KillNote,
    OpenKill,
    Publication,
    PublishedState,
    PublishRequest,
    RecentItem,
    Withdrawal,
)
from worker.publishing.context import PublishContext
from worker.story.kill_targets import (
    came_before,
    count_left_out,
    describe_item,
    describe_kill,
    find_sharing,
    find_targets,
    is_meant,
    max_targets,
    names_target,
    order_key,
    wires_of_kill,
)
from worker.telemetry import tracing

__all__ = ["build_kill", "data_digest", "encode_events", "find_overtaking_kill"]

log = structlog.get_logger(__name__)

MOST_BYTES = 64 << 20
"""Limit for the events of an item. A server closes the connection over a command of more than 512
MiB (`proto-max-bulk-len`), and a script holds several copies of the events."""

Aimed = tuple[Target | None, Withdrawal]
"""A target and its withdrawal; the target is None if the kill has none."""


def build_kill(
    context: PublishContext,
    entry: InboxEntry,
    kill: ParsedItem,
    known: PublishedState,
    kills: Sequence[OpenKill],
    *,
    order: str,
) -> PublishRequest:
    """Build the publish request of a kill of this order, and open it if it names an item.

    Its events go to the desks that have a target, and to the desks that ask for kills. A note that
    follows another kill under its uri names an item by its headline, as a first note does.
    """
    note = describe_kill(kill)
    is_note_again = known.is_kill and kill.item.pubstatus is not PubStatus.CANCELED
    if known.version is not None and not is_note_again:
        note = _without_own_names(note)
    opening = OpenKill(order=order, wires=wires_of_kill(kill), note=note)
    opened = _open(context, entry, opening, kills)
    aimed = _aim(context, kill, note, known, order)
    withdraws = tuple(
        withdrawal for target, withdrawal in aimed if target is not None and target.is_certain
    )
    uris = [withdrawal.uri for withdrawal in withdraws]
    log.info("kill_read", uri=kill.item.uri, targets=uris)
    if left_out := count_left_out(kill):
        log.warning("kill_names_too_many", uri=kill.item.uri, left_out=left_out)
    return PublishRequest(
        entry=entry,
        uri=kill.item.uri,
        version=version_key(kill.item.version, is_kill=True),
        expected=known.key,
        publications=encode_events(_events(context, kill, aimed, known.version), entry),
        withdraws=withdraws,
        opened=opened,
    )


def _open(
    context: PublishContext, entry: InboxEntry, kill: OpenKill, kills: Sequence[OpenKill]
) -> OpenKill | None:
    """Return the open kill of an entry, opened now if need be; None if the kill names no item.

    A kill is opened before its targets are looked for. Every item is compared with the open kills
    before it is published, so a target either is found or is stopped.
    """
    for opened in kills:
        if (opened.order, opened.note.uri) == (kill.order, kill.note.uri):
            return opened
    return context.publications.open_kill(kill, entry) if names_target(kill.note) else None


def _aim(
    context: PublishContext,
    kill: ParsedItem,
    note: KillNote,
    known: PublishedState,
    order: str,
) -> list[Aimed]:
    """Return the targets of a kill with their withdrawals."""
    recent = context.publications.recent(wires_of_kill(kill), order)
    targets = _find_targets(kill, note, recent, known, order)
    uris = [target.uri for target in targets]
    states = dict(zip(uris, context.publications.known(uris), strict=True))
    states[kill.item.uri] = known
    aimed: list[Aimed] = [
        (target, withdrawal)
        for target in targets
        if (withdrawal := _withdrawal(target, states[target.uri], order)) is not None
    ]
    is_overtaken = _is_later(known.order, order)
    if not is_overtaken and all(withdrawal.is_behind for _, withdrawal in aimed):
        # Desks that ask for kills get a kill without a target too.
        aimed.insert(0, (None, Withdrawal(uri="")))
    return aimed


def _events(
    context: PublishContext, kill: ParsedItem, aimed: Sequence[Aimed], latest: str | None
) -> list[tuple[Desk, Event]]:
    """Return the events of a kill: for each target, on the desks that have it.

    The desks that ask for kills get them too, unless a later version of the target is published.
    """
    return [
        desk_event
        for turn, (target, withdrawal) in enumerate(aimed)
        for desk_event in events_for(
            msgspec.structs.replace(kill, target=target),
            [
                desk
                for desk in _with_unknown(context.desks, withdrawal.desks)
                if desk.name in withdrawal.desks or not withdrawal.is_behind
            ],
            latest,
            context.now(),
            had=withdrawal.desks,
            turn=turn,
        )
    ]


def _withdrawal(target: Target, state: PublishedState, order: str) -> Withdrawal | None:
    """Return the withdrawal of a target; None if every desk has a version from after the kill."""
    is_behind = _is_later(state.order, order)
    desks = state.behind if is_behind else state.desks
    if is_behind and not (desks and target.is_certain):
        return None
    return Withdrawal(
        uri=target.uri,
        version=target.version or "",
        desks=desks if target.is_certain else (),
        is_behind=is_behind,
    )


def _with_unknown(desks: Sequence[Desk], having: Sequence[str]) -> Sequence[Desk]:
    """Return the desks, and those that have the target but are not in this worker's desks file.

    Another worker may have another file, and a desk may have been removed from it.
    """
    names = {desk.name for desk in desks}
    return (*desks, *(Desk(name=name) for name in having if name not in names))


def _without_own_names(note: KillNote) -> KillNote:
    """Return the note of a kill with the uri of its item, without its own slug and headline.

    They are those of the item that it withdraws, and do not name other items.
    """
    return msgspec.structs.replace(note, own_slug="", own_headline="")


def _find_targets(
    kill: ParsedItem,
    note: KillNote,
    recent: Sequence[RecentItem],
    known: PublishedState,
    order: str,
) -> tuple[Target, ...]:
    """Return the targets of a kill: the earlier version of its own item, and those it names."""
    uri = kill.item.uri
    earlier = (item.version for item in recent if item.uri == uri and came_before(item, order))
    is_overtaken = _is_later(known.order, order)
    # If a later version is published already, the kill means the version before it.
    own = next(earlier, known.version) if is_overtaken else known.version or next(earlier, None)
    if own is None:
        return find_targets(note, recent, order, max_targets(kill))
    itself = Target(uri=uri, version=own, confidence=1.0, by=("uri",), is_certain=True)
    named = find_targets(
        note if known.is_kill else _without_own_names(note), recent, order, max_targets(kill)
    )
    return (itself, *(target for target in named if target.is_certain))


def _is_later(order: str, other: str) -> bool:
    """Return True if `order` is after `other`; an unpublished item has the order ""."""
    return bool(order) and order_key(order) > order_key(other)


def find_overtaking_kill(
    entry: InboxEntry,
    parsed: ParsedItem,
    wires: Sequence[str],
    kills: Sequence[OpenKill],
    recent: Callable[[tuple[str, ...]], Sequence[RecentItem]],
) -> OpenKill | None:
    """Return the open kill that overtook an item: it came later and certainly withdraws the item.

    `wires` are the wires of the item, and `recent` returns the recent items of some wires.
    """
    of_its_wires = [kill for kill in kills if not set(wires).isdisjoint(kill.wires)]
    if not of_its_wires:
        return None
    item = describe_item(parsed, entry.order)
    sharing = cache(lambda kill_wires: find_sharing(item, recent(kill_wires)))
    for kill in of_its_wires:
        if is_meant(kill.note, item, kill.order, partial(sharing, kill.wires)):
            return kill
    return None


def encode_events(
    events: Sequence[tuple[Desk, Event]], entry: InboxEntry
) -> tuple[Publication, ...]:
    """Return the events of an item in the form in which they are published.

    They carry the trace context of the item's entry, if it has one.

    Raises:
        MessageError: They are larger than a script may publish.
    """
    trace = tracing.carried(entry.fields)
    publications: list[Publication] = []
    size = 0
    for desk, event in events:
        body = dump(msgspec.structs.replace(event, **trace) if trace else event)
        size += len(body)
        if size > MOST_BYTES:
            raise MessageError(f"the events of the item are larger than {MOST_BYTES >> 20} MiB")
        publications.append(
            Publication(
                desk=desk.name,
                id=event.id,
                type=event.type,
                body=body,
                digest=data_digest(event),
            )
        )
    return tuple(publications)


def data_digest(event: Event) -> bytes:
    """Return a digest of an event's type and data: four bytes, not all of them zero."""
    digest = hashlib.sha256(event.type.encode() + bytes(event.data)).digest()
    # Four zero bytes mark a missing event in the store.
    return digest[:4] if any(digest[:4]) else digest[4:8]
