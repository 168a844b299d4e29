"""Kills: what they take back, who is told, and what they have overtaken on its way."""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial

import msgspec
import structlog

from worker.desks import Desk, events_for
from worker.model import Event, ParsedItem, Target, version_key
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
    describe_item,
    describe_kill,
    find_targets,
    is_meant,
    max_targets,
    names_target,
    order_key,
    wires_of_kill,
)

__all__ = ["data_digest", "find_kill", "kill_outcome", "publications"]

log = structlog.get_logger(__name__)


def kill_outcome(
    context: PublishContext,
    entry: InboxEntry,
    kill: ParsedItem,
    known: PublishedState,
    kills: Sequence[OpenKill],
) -> PublishRequest:
    """The withdrawal of each target, on every desk that has had it and on those that ask for it."""
    uri, order, wires = kill.item.uri, entry.order, wires_of_kill(kill)
    note = describe_kill(kill) if known.version is None else _of_others(describe_kill(kill))
    opened = next((one for one in kills if (one.order, one.note.uri) == (order, note.uri)), None)
    if names_target(note) and opened is None:
        # First, so that what comes out from now on is held against it: nothing slips through.
        opened = context.publications.open_kill(OpenKill(order=order, wires=wires, note=note))
    found = _targets(kill, note, context.publications.recent(wires), known, order)
    had = context.publications.known([target.uri for target in found])
    meant: list[tuple[Target | None, Withdrawal]] = [
        (target, withdrawal)
        for target, one in zip(found, had, strict=True)
        if (withdrawal := _withdrawal(target, one, order)) is not None
    ]
    if not _is_later(known.order, order) and all(one.is_behind for _, one in meant):
        meant.insert(0, (None, Withdrawal(uri="")))  # those that ask for kills have it all the same
    events = _events(context, kill, meant, known.version)
    withdraws = tuple(one for target, one in meant if target is not None and target.is_certain)
    log.info("kill_read", uri=uri, targets=[one.uri for one in withdraws])
    return PublishRequest(
        entry=entry,
        uri=uri,
        version=version_key(kill.item.version, is_kill=True),
        expected=known.key,
        publications=publications(events),
        withdraws=withdraws,
        opened=opened,
    )


def _events(
    context: PublishContext,
    kill: ParsedItem,
    meant: Sequence[tuple[Target | None, Withdrawal]],
    latest: str | None,
) -> list[tuple[Desk, Event]]:
    """The kill's events: of each target on the desks that had it, and on those that ask for it,
    unless a later version stands there.
    """
    return [
        made
        for turn, (target, one) in enumerate(meant)
        for made in events_for(
            msgspec.structs.replace(kill, target=target),
            [
                desk
                for desk in _with_unknown(context.desks, one.desks)
                if desk.name in one.desks or not one.is_behind
            ],
            latest,
            context.now(),
            had=one.desks,
            turn=turn,
        )
    ]


def _withdrawal(target: Target, known: PublishedState, order: str) -> Withdrawal | None:
    """What the kill does to its target; None where a later version is out on every desk."""
    is_behind = _is_later(known.order, order)
    desks = known.behind if is_behind else known.desks
    if is_behind and not (desks and target.is_certain):
        return None
    return Withdrawal(
        uri=target.uri,
        version=target.version or "",
        desks=desks if target.is_certain else (),
        is_behind=is_behind,
    )


def _with_unknown(desks: Sequence[Desk], had: Sequence[str]) -> Sequence[Desk]:
    """The desks, with those that had the target and are in other workers' files, or in none now."""
    names = {desk.name for desk in desks}
    return (*desks, *(Desk(name=name) for name in had if name not in names))


def _of_others(note: KillNote) -> KillNote:
    """What a kill under the uri of its item says of other items: its slug and headline are those of
    its own.
    """
    return msgspec.structs.replace(note, own_slug="", own_headline="")


def _targets(
    kill: ParsedItem,
    note: KillNote,
    recent: Sequence[RecentItem],
    known: PublishedState,
    order: str,
) -> tuple[Target, ...]:
    """What the kill takes back: the earlier version of its own item, and what it names."""
    uri = kill.item.uri
    before = (one.version for one in recent if one.uri == uri and came_before(one, order))
    is_overtaken = _is_later(known.order, order)
    own = next(before, known.version) if is_overtaken else known.version or next(before, None)
    if own is None:
        return find_targets(note, recent, order, max_targets(kill))
    itself = Target(uri=uri, version=own, confidence=1.0, by=("uri",), is_certain=True)
    named = find_targets(_of_others(note), recent, order, max_targets(kill))
    return (itself, *(target for target in named if target.is_certain))


def _is_later(order: str, other: str) -> bool:
    """True for what came in after the other; what is not out has no order."""
    return bool(order) and order_key(order) > order_key(other)


def find_kill(
    entry: InboxEntry,
    parsed: ParsedItem,
    wires: Sequence[str],
    kills: Sequence[OpenKill],
    recent: Callable[[tuple[str, ...]], Sequence[RecentItem]],
) -> OpenKill | None:
    """The kill that overtook this item: a later one, of a wire that the item is on, that means it
    beyond doubt. `recent` gives what moved on some wires.
    """
    one = describe_item(parsed, entry.order)
    for kill in kills:
        if set(wires).isdisjoint(kill.wires):
            continue
        if is_meant(kill.note, one, kill.order, partial(recent, kill.wires)):
            return kill
    return None


def publications(events: Sequence[tuple[Desk, Event]]) -> tuple[Publication, ...]:
    """The events, encoded."""
    return tuple(
        Publication(
            desk=desk.name,
            id=event.id,
            type=event.type,
            body=dump(event),
            digest=data_digest(event),
        )
        for desk, event in events
    )


def data_digest(event: Event) -> bytes:
    """Return four bytes, the same for events of the same type and data, and never all zero."""
    digest = hashlib.sha256(event.type.encode() + bytes(event.data)).digest()
    return digest[:4] if any(digest[:4]) else digest[4:8]
