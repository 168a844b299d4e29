"""Kills: what they take back, who is told, and what they have overtaken on its way."""

import hashlib
from collections.abc import Sequence

import msgspec
import structlog

from worker.desks import Desk, events_for
from worker.lifecycle import find_targets, is_named, names_target, wires_of
from worker.model import Event, ParsedItem, Target
from worker.model.codec import dump
from worker.ports import InboxEntry, Known, OpenKill, Outcome, Publication, Withdrawal
from worker.services import Services
from worker.store.records import order_of

__all__ = ["data_digest", "find_kill", "kill_outcome", "publications"]

log = structlog.get_logger(__name__)


def kill_outcome(
    services: Services,
    entry: InboxEntry,
    kill: ParsedItem,
    known: Known,
    kills: Sequence[OpenKill],
) -> Outcome:
    """The withdrawal of each target, on every desk that has had it and on those that ask for it."""
    uri = kill.item.uri
    if known.version is None and names_target(kill):
        # First, so that what comes out from now on is held against it: nothing slips through.
        _open(services, entry, kill, kills)
    targets = _targets(services, kill, known)
    certain = [target for target in targets if target.is_certain]
    uris = [target.uri for target in certain]
    had = dict(zip(uris, services.store.known(uris), strict=True))
    events = [
        made
        for turn, target in enumerate(certain or targets[:1] or (None,))
        for made in events_for(
            msgspec.structs.replace(kill, target=target),
            services.desks,
            known.version,
            services.now(),
            had=had[target.uri].desks if target and target.is_certain else (),
            turn=turn,
        )
    ]
    log.info("kill_read", uri=uri, targets=[target.uri for target in certain])
    return Outcome(
        entry=entry,
        uri=uri,
        version=kill.item.version,
        expected=known.version,
        publications=publications(events),
        withdraws=tuple(
            Withdrawal(uri=one.uri, version=one.version or "", desks=had[one.uri].desks)
            for one in certain
        ),
    )


def _open(
    services: Services, entry: InboxEntry, kill: ParsedItem, kills: Sequence[OpenKill]
) -> None:
    """Have all that is not out yet held against the kill, unless that was done before."""
    item, order = kill.item, order_of(entry)
    if any((one.stream, one.order) == (entry.stream, order) for one in kills):
        return
    note = ParsedItem(item=msgspec.structs.replace(item, body_text="", deck=""), life=kill.life)
    services.store.open_kill(
        OpenKill(stream=entry.stream, order=order, wires=wires_of(kill), note=note)
    )


def _targets(services: Services, kill: ParsedItem, known: Known) -> tuple[Target, ...]:
    """What the kill takes back: the earlier version of its own item, or what it names."""
    item = kill.item
    recent = services.store.recent(wires_of(kill))
    own = known.version or next((one.version for one in recent if one.uri == item.uri), None)
    if own is not None:
        return (Target(uri=item.uri, version=own, confidence=1.0, by=("uri",), is_certain=True),)
    return find_targets(kill, recent, int(services.now().timestamp() * 1000))


def find_kill(
    entry: InboxEntry, parsed: ParsedItem, wires: Sequence[str], kills: Sequence[OpenKill]
) -> OpenKill | None:
    """The kill that overtook this item: a later one, of the same wire, that names it."""
    for kill in kills:
        if (
            _is_later(kill, entry)
            and not set(wires).isdisjoint(kill.wires)
            and is_named(parsed, kill.note)
        ):
            return kill
    return None


def _is_later(kill: OpenKill, entry: InboxEntry) -> bool:
    """True for a kill that came in after the entry; of one millisecond on two inboxes nobody knows,
    and the kill counts.
    """
    kill_ms, kill_number = map(int, kill.order.split("-"))
    ms, number = map(int, order_of(entry).split("-"))
    if kill_ms != ms:
        return kill_ms > ms
    return kill.stream != entry.stream or kill_number > number


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
