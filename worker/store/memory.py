"""The store in one process's memory: for unit tests, and for trying things out without a broker.

It keeps the promises of `worker.ports.Store`, except that nothing outlives the process.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from worker.errors import BrokerError, MessageError
from worker.messages import is_urgent
from worker.model import Lease, NewsItem
from worker.ports import (
    Admission,
    DeadLetter,
    DeskEntry,
    InboxEntry,
    Kept,
    Known,
    Lookalike,
    OpenKill,
    Outcome,
    Publication,
    PublishResult,
    Recent,
    Reissue,
    Trace,
)
from worker.store import records
from worker.store.letters import Letters
from worker.store.near import Asked, Near
from worker.store.pages import MemoryPages
from worker.store.shelves import Copies, Held, Kills, Waiting, Wires
from worker.store.streams import (
    EntryId,
    Fields,
    Stream,
    inbox_entry,
    raw_entry,
    read_id,
    write_id,
)
from worker.store.waiting import GROUP, MemoryWaiting

__all__ = ["MemoryStore", "Pack"]

SEEN_VERSIONS = 16

Pack = Callable[[NewsItem], tuple[bytes, int]]
"""An item's message, and the byte at which a suffix of its version goes in."""
DAY_S = 24 * 60 * 60


@dataclass(slots=True)
class _Item:
    """What is remembered of one uri; the words are those of the table atop redis.py."""

    newest: str | None = None
    seen: dict[str, int] = field(default_factory=dict)
    entry: EntryId | None = None
    by: dict[str, str] = field(default_factory=dict)
    version: str | None = None
    order: EntryId = (0, 0)
    desks: tuple[str, ...] = ()
    copy: EntryId | None = None
    withdrawn: EntryId = (0, 0)

    def is_stale(self, order: EntryId) -> bool:
        """A later entry of this uri is out, or a later one took it back."""
        return order < self.order or order < self.withdrawn

    def count_again(self, version: str) -> int:
        times = self.seen.pop(version, 0) + 1
        self.seen[version] = times
        if len(self.seen) > SEEN_VERSIONS:
            del self.seen[next(iter(self.seen))]
        return times


class MemoryStore(MemoryWaiting):
    """`worker.ports.Store` in memory; thread-safe. `clock` gives seconds since 1970."""

    def __init__(
        self,
        *,
        prefix: str = "copytaster",
        desk_length: int = 100_000,
        inbox_length: int = 1_000_000,
        dead_length: int = 10_000,
        dead_bytes: int = 64 << 20,
        copies_for_s: int = 2 * DAY_S,
        copies_bytes: int = 128 << 20,
        recent_for_s: int = 3 * DAY_S,
        recent_length: int = 1000,
        kills_for_s: int = DAY_S,
        near_for_s: int = 2 * DAY_S,
        near_length: int = 40_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(clock)
        self._desk_length = desk_length
        self._inbox_length = inbox_length
        self._items: defaultdict[str, _Item] = defaultdict(_Item)
        self._inbox = f"{prefix}:inbox"
        self._urgent = f"{prefix}:inbox:urgent"
        self._streams = {self._urgent: Stream(), self._inbox: Stream()}
        self._put_last: EntryId = (0, 0)
        self._events: dict[str, str] = {}
        self._desks: defaultdict[str, Stream] = defaultdict(Stream)
        self._letters = Letters(dead_length, dead_bytes)
        self._copies = Copies(copies_for_s * 1000, copies_bytes)
        self._wires = Wires(recent_for_s * 1000, recent_length)
        self._waits = Waiting()
        self._kills = Kills(kills_for_s * 1000)
        self._near = Near(near_for_s * 1000, near_length)
        self.pages = MemoryPages(self._changed, self._now_ms, self._streams, self.finish)

    def admit(
        self, lease: Lease, items: Sequence[NewsItem], *, with_pages: bool = False
    ) -> Admission:
        packed = records.page_message if with_pages else records.item_message
        messages = self._pack(items, packed)
        times = Counter(item.uri for item in items)
        counts: Counter[str] = Counter()
        with self._changed:
            if not self._leases.owns(lease):
                return Admission(fenced=True)
            full = self._waiting() >= self._inbox_length
            for item, message in zip(items, messages, strict=True):
                verdict = self._verdict(lease.feed_id, item, alone=times[item.uri] == 1)
                counts[verdict] += 1
                if verdict == "known" or not full:
                    self._admit(lease.feed_id, item, message, verdict)
        if full and counts["new"] + counts["changed"]:
            raise self._inbox_is_full()
        return Admission(new=counts["new"], changed=counts["changed"], known=counts["known"])

    def _verdict(self, feed_id: str, item: NewsItem, *, alone: bool) -> str:
        """new, changed or known: the rule stands at the head of scripts/admit.lua."""
        was = self._items[item.uri]
        shown = was.by.get(feed_id)
        if item.version in {was.newest, shown}:
            return "known"
        if item.version in was.seen and not (shown and alone):
            return "known"
        return "changed" if was.newest is not None else "new"

    def _admit(self, feed_id: str, item: NewsItem, packed: tuple[bytes, int], verdict: str) -> None:
        was = self._items[item.uri]
        was.by[feed_id] = item.version
        if verdict == "known":
            return
        times = was.count_again(item.version)
        message, cut = packed
        if times > 1:
            message = b"%b.%d%b" % (message[:cut], times, message[cut:])
        was.entry = self._put_item(item, message, max(was.entry or (0, 0), self._put_last))
        self._put_last = was.entry
        was.newest = item.version

    def _pack(self, items: Sequence[NewsItem], packed: Pack) -> Iterable[tuple[bytes, int]]:
        """All before any is admitted: what cannot be packed admits nothing of the poll."""
        return [packed(item) for item in items]

    def _put_item(self, item: NewsItem, message: bytes, after: EntryId) -> EntryId:
        fields = {"message": message.decode()} | ({"source": item.source} if item.source else {})
        stream = self._streams[self._urgent if is_urgent(item) else self._inbox]
        return stream.add(fields, self._now_ms(), after=after)

    # inbox

    def put_message(
        self, message: bytes | str, *, urgent: bool = False, fields: Mapping[str, str] | None = None
    ) -> str:
        text = message if isinstance(message, str) else message.decode("utf-8", "replace")
        with self._changed:
            stream = self._streams[self._urgent if urgent else self._inbox]
            if self._waiting() >= self._inbox_length:
                raise self._inbox_is_full()
            return write_id(stream.add({"message": text, **(fields or {})}, self._now_ms()))

    def take_inbox(
        self, limit: int, idle_ms: int, *, urgent_only: bool = False
    ) -> tuple[InboxEntry, ...]:
        taken: list[InboxEntry] = []
        with self._changed:
            now_ms = self._now_ms()
            for name, stream in self._streams.items():
                if not urgent_only or name == self._urgent:
                    found = stream.take(GROUP, limit - len(taken), idle_ms, now_ms)
                    taken += [inbox_entry(name, entry) for entry in found]
        return tuple(taken)

    def begin(self, stream: str, ids: Sequence[str], *, idle_ms: int = 0) -> tuple[InboxEntry, ...]:
        with self._changed:
            now_ms, inbox = self._now_ms(), self._stream(stream)
            keys = [read_id(records.check_entry_id(entry_id)) for entry_id in ids]
            begun = [inbox.begin(GROUP, key, idle_ms, now_ms) for key in keys]
            return tuple(inbox_entry(stream, entry) for entry in begun if entry is not None)

    def keep(self, entries: Sequence[InboxEntry], idle_ms: int) -> None:
        with self._changed:
            for entry in entries:
                entry_id = read_id(records.check_entry_id(entry.id))
                self._stream(entry.stream).keep(GROUP, entry_id, idle_ms, self._now_ms())

    def release(self, entries: Sequence[InboxEntry]) -> None:
        with self._changed:
            for entry in entries:
                entry_id = read_id(records.check_entry_id(entry.id))
                self._stream(entry.stream).release(GROUP, entry_id)

    def latest(self, uris: Sequence[str]) -> tuple[str | None, ...]:
        with self._changed:
            return tuple(self._items[uri].version for uri in uris)

    def known(self, uris: Sequence[str]) -> tuple[Known, ...]:
        with self._changed:
            items = [self._items[uri] for uri in uris]
            return tuple(
                Known(version=one.version, desks=one.desks, copy=one.copy and write_id(one.copy))
                for one in items
            )

    def trace(self, uri: str) -> Trace:
        with self._changed:
            one = self._items.get(uri, _Item())
            on_inbox = any(one.entry in stream.entries for stream in self._streams.values())
            return Trace(
                admitted=one.newest,
                entry=write_id(one.entry) if one.entry else "",
                by=tuple(sorted(one.by)),
                on_inbox=on_inbox,
                is_held=uri in self._waits.held,
                version=one.version,
                desks=one.desks,
                is_withdrawn=one.withdrawn > one.order,
            )

    def recent(self, wires: Sequence[str], limit: int = 1000) -> tuple[Recent, ...]:
        with self._changed:
            return self._wires.newest(wires, limit, self._now_ms())

    def lookalikes(self, asked: Sequence[Asked]) -> tuple[tuple[Lookalike, ...], ...]:
        with self._changed:
            return tuple(self._near.find(uri, bands) for uri, bands in asked)

    def open_kill(self, kill: OpenKill) -> None:
        with self._changed:
            self._kills.add(kill, self._now_ms())

    def open_kills(self) -> tuple[OpenKill, ...]:
        with self._changed:
            return tuple(self._kills.opened)

    def publish(self, outcomes: Sequence[Outcome]) -> tuple[PublishResult, ...]:
        with self._changed:
            results = tuple(self._publish(outcome) for outcome in outcomes)
            self._changed.notify_all()
            return results

    def _publish(self, outcome: Outcome) -> PublishResult:
        result = self._judge(outcome)
        if result is PublishResult.PUBLISHED:
            self._send(outcome)
            self._remember(outcome)
        if result in {PublishResult.PUBLISHED, PublishResult.STALE}:
            self.finish(outcome.entry)
        return result

    def _judge(self, outcome: Outcome) -> PublishResult:
        entry_id = read_id(records.check_entry_id(outcome.entry.id))
        was = self._items[outcome.uri]
        if not self._stream(outcome.entry.stream).is_pending(GROUP, entry_id):
            return PublishResult.GONE
        if was.is_stale(read_id(records.order_of(outcome.entry))):
            return PublishResult.STALE
        is_as_known = was.version == outcome.expected and self._kills.are_all(outcome.kills_to)
        if not (is_as_known and self._near.is_as_known(outcome.placing)) or any(
            self._items[target.uri].desks != target.desks for target in outcome.withdraws
        ):
            return PublishResult.CONFLICT
        return PublishResult.PUBLISHED

    def _remember(self, outcome: Outcome) -> None:
        was = self._items[outcome.uri]
        order, now_ms = read_id(records.order_of(outcome.entry)), self._now_ms()
        desks = (*was.desks, *(event.desk for event in outcome.publications))
        was.version, was.order, was.withdrawn = outcome.version, order, (0, 0)
        was.desks = tuple(dict.fromkeys(desks))
        if was.copy is not None:
            self._copies.drop(was.copy)
        copy = outcome.copy
        was.copy = self._copies.add(outcome.uri, copy, now_ms) if copy else None
        self._copies.trim(now_ms)
        self._waits.drop(outcome.uri, order)
        self._near.place(outcome, now_ms)
        if outcome.recent:
            self._wires.add(outcome.wires, outcome.recent, now_ms)
        for target in outcome.withdraws:
            self._items[target.uri].withdrawn = order
            self._waits.drop(target.uri, order)

    def hold(self, outcome: Outcome, until: datetime) -> PublishResult:
        with self._changed:
            entry_id = read_id(records.check_entry_id(outcome.entry.id))
            if not self._stream(outcome.entry.stream).is_pending(GROUP, entry_id):
                return PublishResult.GONE
            held = Held(outcome.entry, records.milliseconds(until))
            waiting = self._waits.held.get(outcome.uri)
            if not self._kills.are_all(outcome.kills_to):
                return PublishResult.CONFLICT
            self.finish(outcome.entry)
            if self._items[outcome.uri].is_stale(held.order) or (
                waiting is not None and held.order < waiting.order
            ):
                return PublishResult.STALE
            self._waits.held[outcome.uri] = held
            if outcome.recent:
                self._wires.add(outcome.wires, outcome.recent, self._now_ms())
            return PublishResult.HELD

    def release_held(self, limit: int = 100) -> int:
        with self._changed:
            now_ms = self._now_ms()
            due = self._waits.take_due(limit, now_ms)
            for held in due:
                fields = dict(held.entry.fields)
                fields |= {"retry_of": records.order_of(held.entry), "released": "1"}
                self._streams[self._urgent].add(fields, now_ms)
            return len(due)

    # copies

    def copies(self, *, after: str = "0-0", limit: int = 100) -> tuple[Kept, ...]:
        with self._changed:
            return tuple(self._copies.after(read_id(records.check_entry_id(after))))[:limit]

    def copy(self, copy_id: str) -> Kept | None:
        with self._changed:
            return self._copies.get(read_id(records.check_entry_id(copy_id)))

    def _send(self, outcome: Outcome) -> None:
        for event in outcome.publications:
            if event.id not in self._events:
                self._events[event.id] = event.digest
                self._put_event(event)

    def _put_event(self, event: Publication) -> None:
        desk = self._desks[event.desk]
        fields: Fields = {"event": event.body, "id": event.id, "type": event.type}
        desk.add(fields, self._now_ms())
        desk.trim(self._desk_length)

    def reject(self, entry: InboxEntry, letter: DeadLetter) -> bool:
        with self._changed:
            stream = self._stream(entry.stream)
            entry_id = read_id(records.check_entry_id(entry.id))
            if not stream.is_pending(GROUP, entry_id):
                return False
            self._letters.add(entry, stream.entries.get(entry_id, {}), letter, self._now_ms())
            stream.drop(entry_id)
            return stream.confirm(GROUP, entry_id)

    def finish(self, entry: InboxEntry) -> bool:
        with self._changed:
            stream = self._stream(entry.stream)
            entry_id = read_id(records.check_entry_id(entry.id))
            return stream.confirm(GROUP, entry_id) and stream.drop(entry_id)

    # desks

    def read_desk(
        self, desk: str, *, after: str = "0-0", limit: int = 100, block_ms: int = 0
    ) -> tuple[DeskEntry, ...]:
        with self._changed:
            stream = self._desks[desk]
            at = stream.end if after == "$" else read_id(records.check_entry_id(after))
            if block_ms > 0:
                self._changed.wait_for(lambda: any(stream.after(at)), block_ms / 1000)
            return tuple(_desk_entry(key, fields) for key, fields in list(stream.after(at))[:limit])

    def take_desk(
        self, desk: str, reader: str, *, limit: int = 100, idle_ms: int = 30_000
    ) -> tuple[DeskEntry, ...]:
        with self._changed:
            now_ms = self._now_ms()
            stream = self._desks[desk]
            taken = stream.take(reader, limit, idle_ms, now_ms)
            return tuple(_desk_entry(entry.id, entry.fields) for entry in taken)

    def confirm_desk(self, desk: str, reader: str, entry_ids: Sequence[str]) -> None:
        keys = [read_id(records.check_entry_id(entry_id)) for entry_id in entry_ids]
        with self._changed:
            for key in keys:
                self._desks[desk].confirm(reader, key)

    def marks(self, event_ids: Sequence[str]) -> tuple[str | None, ...]:
        with self._changed:
            return tuple(self._events.get(event_id) for event_id in event_ids)

    def reissue(self, uri: str, copy_id: str, reissues: Sequence[Reissue]) -> int:
        with self._changed:
            was = self._items[uri]
            if was.copy != read_id(records.check_entry_id(copy_id)) or was.withdrawn > (0, 0):
                return 0
            unchanged = [one for one in reissues if self._events.get(one.first_id) == one.mark]
            for one in unchanged:
                self._put_event(one.publication)
                self._events[one.first_id] = one.new_mark
            desks = (*was.desks, *(one.publication.desk for one in unchanged))
            was.desks = tuple(dict.fromkeys(desks))
            self._changed.notify_all()
            return len(unchanged)

    # dead letters

    def dead_letters(self, limit: int = 100, *, before: str = "") -> tuple[DeadLetter, ...]:
        with self._changed:
            return self._letters.newest(limit, records.check_entry_id(before) if before else "")

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        with self._changed:
            return self._letters.get(letter_id)

    def retry_dead(self, letter_id: str) -> bool:
        with self._changed:
            retried = self._letters.take_message(letter_id)
            if retried is None:
                return False
            name, message = retried
            self._streams.get(name, self._streams[self._inbox]).add(message, self._now_ms())
            return True

    def drop_dead(self, letter_id: str) -> bool:
        with self._changed:
            return self._letters.drop(letter_id)

    # the whole

    def sizes(self) -> Mapping[str, int]:
        with self._changed:
            now_ms = self._now_ms()
            pending = sum(stream.count_pending(GROUP) for stream in self._streams.values())
            counts = {
                "feeds": len(self._feeds),
                "due": sum(at <= now_ms for at in self._leases.due.values()),
                "paused": len(self._paused),
                **self._health(),
                "inbox": self._waiting(),
                "inbox_pending": pending,
                "held": len(self._waits.held),
                "dead": len(self._letters),
            }
            desks = ((name, desk) for name, desk in sorted(self._desks.items()) if desk.was_used)
            return counts | {f"desk:{name}": len(desk.entries) for name, desk in desks}

    def ping(self) -> None:
        """Always there."""

    def close(self) -> None:
        """Nothing to close."""

    def _waiting(self) -> int:
        return sum(len(stream.entries) for stream in self._streams.values())

    def _stream(self, name: str) -> Stream:
        if name not in self._streams:
            raise MessageError("not an inbox stream", subject=name[:80])
        return self._streams[name]

    def _inbox_is_full(self) -> BrokerError:
        reason = f"holds {self._inbox_length} messages and takes no more"
        return BrokerError(reason, subject=self._inbox)


def _desk_entry(entry_id: EntryId, fields: Mapping[str, str | bytes]) -> DeskEntry:
    return records.desk_entry(*raw_entry(entry_id, fields))
