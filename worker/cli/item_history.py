"""The history of an item: each step that a stream, a record or the archive still shows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from worker.cli.item_search import Told, walk_desks
from worker.errors import CopytasterError
from worker.model.inbox import DeadLetter
from worker.model.publishing import ItemTrace
from worker.model.redaction import redact
from worker.ports import Store
from worker.render.feeds import name_of_feed

if TYPE_CHECKING:
    from worker.archive import Archive

__all__ = ["Item", "Step", "look_up", "read_history"]

_LETTERS = 100


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step of an item's history.

    Attributes:
        at: The time of the step, in UTC.
        what: `written`, `admitted`, `polled`, `parsed`, `published`, `withdrawn`, `copied`,
            `archived` or `dead letter`.
        detail: Details for people.
        version: The version.
        desk: The desk of an event.
        event_id: The event's id.
        entry_id: The id of its entry on the desk's stream, or of another entry.
    """

    at: datetime
    what: str
    detail: str = ""
    version: str = ""
    desk: str = ""
    event_id: str = ""
    entry_id: str = ""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An item in the store: its record, the feeds that show it, and its dead letters."""

    uri: str
    trace: ItemTrace
    shown: tuple[str, ...]
    letters: tuple[DeadLetter, ...]

    @property
    def is_known(self) -> bool:
        """False if the store has no record of the item; events on desks may still have it."""
        return self.trace != ItemTrace() or bool(self.shown or self.letters)


def look_up(store: Store, uri: str) -> Item:
    """Return the item of a uri, as the store knows it."""
    return Item(
        uri=uri,
        trace=store.publications.trace(uri),
        shown=store.feeds.showing(uri),
        letters=tuple(_letters(store, uri)),
    )


def read_history(
    store: Store, past: "Archive | None", item: Item, desks: tuple[str, ...]
) -> tuple[Step, ...]:
    """Return the steps of an item, in the order of their times.

    Args:
        store: The store.
        past: The SQL archive; None without an archive.
        item: The item.
        desks: The names of all desks.
    """
    # The record names the desks; if it has expired, the events are searched on all of them.
    named = item.trace.desks or desks
    steps = [
        *_events(store, named, item.uri),
        *_publication(store, item.uri, item.shown),
        *_dead(item.letters),
    ]
    known = {step.event_id for step in steps if step.event_id}
    steps += (step for step in _archived(past, item.uri) if step.event_id not in known)
    return tuple(sorted(steps, key=lambda step: step.at))


def _letters(store: Store, uri: str) -> Iterator[DeadLetter]:
    """Yield the dead letters of a uri, the newest first.

    All letters are read, since the store has no index of them by uri.
    """
    letters = store.dead_letters.list(_LETTERS)
    while letters:
        yield from (letter for letter in letters if letter.item == uri)
        letters = store.dead_letters.list(_LETTERS, before=letters[-1].id)


def _events(store: Store, desks: tuple[str, ...], uri: str) -> Iterator[Step]:
    """Yield the steps that the events on desks show, including kills of the item."""
    told_of: set[tuple[str, str]] = set()
    for desk, entry, told in walk_desks(store, desks, holding=uri):
        item = told.data.as_item()
        if uri not in (item.uri, told.subject):
            continue
        is_kill = entry.type.endswith(".withdrawn")
        # The first event of a version, on any desk, shows when it was written and parsed.
        if (item.uri, item.version) not in told_of and not is_kill:
            told_of.add((item.uri, item.version))
            if item.versioncreated is not None:
                yield Step(at=item.versioncreated, what="written", version=item.version)
            yield Step(at=told.time, what="parsed", version=item.version)
        yield Step(
            at=_moment(entry.entry_id),
            what="withdrawn" if is_kill else "published",
            detail=_say_event(told, uri, item.uri, is_kill=is_kill),
            version=item.version,
            desk=desk,
            event_id=entry.id,
            entry_id=entry.entry_id,
        )


def _say_event(told: Told, uri: str, item_uri: str, *, is_kill: bool) -> str:
    if is_kill:
        return f"by the kill {item_uri}" if item_uri != uri else "by a kill under its own uri"
    if told.replaces:
        return f"by a replay, in the place of {told.replaces}"
    return "by a replay" if told.replayed else ""


def _publication(store: Store, uri: str, feeds: tuple[str, ...]) -> Iterator[Step]:
    """Yield the steps that the record of the last version shows."""
    (state,) = store.publications.known([uri])
    version = state.version or ""
    if state.order:  # an entry id, which begins with the time of admission
        came = _moment(state.order)
        detail = "put on a work stream; its place among all items is its order"
        yield Step(at=came, what="admitted", detail=detail, version=version, entry_id=state.order)
        for feed_id in feeds:
            yield from _poll(store, feed_id, came)
    copy = store.archive.get(state.copy) if state.copy else None
    if copy is not None:
        at = datetime.fromtimestamp(copy.at_ms / 1000, UTC)
        detail = f"a copy of {len(copy.body):,} bytes, for replays and the next change"
        yield Step(at=at, what="copied", detail=detail, version=version, entry_id=copy.id)


def _poll(store: Store, feed_id: str, came: datetime) -> Iterator[Step]:
    """Yield the poll that brought an item, if the feed's history still has it.

    That is the first poll with new entries that ended after the item was admitted.
    """
    feed = store.feeds.get(feed_id)
    if feed is None:
        return
    ended = sorted((poll for poll in store.feeds.history(feed_id) if poll.new), key=lambda p: p.at)
    for poll in ended:
        if poll.at >= int(came.timestamp()):  # its end, in whole seconds
            detail = f"{name_of_feed(feed)} ({feed_id}): HTTP {poll.status}, {poll.new} new"
            yield Step(at=datetime.fromtimestamp(poll.at, UTC), what="polled", detail=detail)
            return


def _dead(letters: tuple[DeadLetter, ...]) -> Iterator[Step]:
    for letter in letters:
        at = letter.last_at or _moment(letter.id)
        yield Step(at=at, what="dead letter", detail=redact(letter.reason), entry_id=letter.id)


def _archived(past: "Archive | None", uri: str) -> Iterator[Step]:
    """Yield the events of an item that the SQL archive has; none if it does not answer."""
    if past is None:
        return
    try:
        with past.read() as connection:
            rows = _select(connection, uri)
    except CopytasterError:  # `find_items` has reported it
        return
    for version, event_id, kind, time in rows:
        yield Step(
            at=time,
            what="archived",
            detail=kind.removeprefix("copytaster."),
            version=version,
            event_id=event_id,
        )


def _select(connection: Any, uri: str) -> list[Any]:
    from sqlalchemy import inspect, select

    from worker.archive.schema import events, versions
    from worker.model.digests import uri_hash

    if not inspect(connection).has_table(versions.name):  # nothing has been archived yet
        return []
    columns = (versions.c.version, events.c.id, events.c.type, events.c.time)
    return list(
        connection.execute(
            select(*columns)
            .join(versions, versions.c.id == events.c.version_id)
            .where(versions.c.item == uri_hash(uri))
            .order_by(events.c.time)
        )
    )


def _moment(entry_id: str) -> datetime:
    """Return the time that the id of a stream's entry begins with."""
    return datetime.fromtimestamp(int(entry_id.partition("-")[0]) / 1000, UTC)
