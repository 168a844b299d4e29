"""The store in one process's memory: for unit tests, and for trying things out without a broker.

It keeps the promises of `worker.ports.Store`, except that nothing outlives the process.
"""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from worker.errors import BrokerError, MessageError
from worker.model import Feed, FeedState, Lease, NewsItem
from worker.model.codec import dump
from worker.ports import Admission, DeadLetter, DeskEntry, InboxEntry, Outcome, PublishResult
from worker.store import records
from worker.store.streams import EntryId, Fields, Stream, Taken, read_id, write_id

__all__ = ["MemoryStore"]

GROUP = "copytaster"
SEEN_VERSIONS = 16


@dataclass(slots=True)
class _Item:
    """What is remembered of one uri; the words are those of the table atop redis.py."""

    newest: str | None = None
    seen: dict[str, int] = field(default_factory=dict)
    entry: EntryId | None = None
    by: dict[str, str] = field(default_factory=dict)
    version: str | None = None
    order: EntryId = (0, 0)

    def count_again(self, version: str) -> int:
        times = self.seen.pop(version, 0) + 1
        self.seen[version] = times
        if len(self.seen) > SEEN_VERSIONS:
            del self.seen[next(iter(self.seen))]
        return times


class MemoryStore:
    """`worker.ports.Store` in memory; thread-safe. `clock` gives seconds since 1970."""

    def __init__(
        self,
        *,
        prefix: str = "copytaster",
        desk_length: int = 100_000,
        inbox_length: int = 1_000_000,
        dead_length: int = 10_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._desk_length = desk_length
        self._inbox_length = inbox_length
        self._dead_length = dead_length
        self._changed = threading.Condition(threading.RLock())
        self._feeds: dict[str, Feed] = {}
        self._states: dict[str, FeedState] = {}
        self._due: dict[str, float] = {}
        self._leases: dict[str, str] = {}
        self._turn = 0
        self._items: defaultdict[str, _Item] = defaultdict(_Item)
        self._inbox = f"{prefix}:inbox"
        self._urgent = f"{prefix}:inbox:urgent"
        self._streams = {self._urgent: Stream(), self._inbox: Stream()}
        self._events: set[str] = set()
        self._desks: defaultdict[str, Stream] = defaultdict(Stream)
        self._dead = Stream()

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)

    # feeds

    def add_feeds(self, feeds: Sequence[Feed]) -> int:
        with self._changed:
            new = [feed.id for feed in feeds if feed.id not in self._feeds]
            for feed in feeds:
                self._feeds[feed.id] = feed
            for feed_id in new:
                self._due[feed_id] = self._now_ms()
            return len(set(new))

    def feed(self, feed_id: str) -> Feed | None:
        return self._feeds.get(feed_id)

    def feeds(self) -> Iterator[Feed]:
        with self._changed:
            return iter([self._feeds[feed_id] for feed_id in sorted(self._feeds)])

    def feed_state(self, feed_id: str) -> FeedState:
        return self._states.get(feed_id, FeedState())

    def remove_feed(self, feed_id: str) -> bool:
        with self._changed:
            self._states.pop(feed_id, None)
            self._due.pop(feed_id, None)
            self._leases.pop(feed_id, None)
            return self._feeds.pop(feed_id, None) is not None

    def poll_now(self, feed_id: str) -> bool:
        with self._changed:
            if feed_id not in self._feeds:
                return False
            leased = self._owns(Lease(feed_id, self._leases.get(feed_id, "-1")))
            if not (leased and self._due[feed_id] > self._now_ms()):
                self._due[feed_id] = self._now_ms()
            return True

    def claim_due(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        with self._changed:
            now_ms = self._now_ms()
            due = sorted((at, feed_id) for feed_id, at in self._due.items() if at <= now_ms)
            return tuple(
                self._lease(feed_id, now_ms + lease_s * 1000) for _, feed_id in due[:limit]
            )

    def _lease(self, feed_id: str, until_ms: float) -> Lease:
        self._turn += 1
        token = f"{until_ms + self._turn % 1000 / 1000:.3f}"
        self._due[feed_id] = float(token)
        self._leases[feed_id] = token
        return Lease(feed_id, token)

    def is_held(self, lease: Lease) -> bool:
        with self._changed:
            return self._owns(lease) and float(lease.token) > self._now_ms()

    def _owns(self, lease: Lease) -> bool:
        return self._due.get(lease.feed_id) == float(lease.token)

    def admit(self, lease: Lease, items: Sequence[NewsItem]) -> Admission:
        messages = [records.item_message(item) for item in items]
        times = Counter(item.uri for item in items)
        counts: Counter[str] = Counter()
        with self._changed:
            if not self._owns(lease):
                return Admission(fenced=True)
            full = self._waiting() >= self._inbox_length
            for item, (message, _) in zip(items, messages, strict=True):
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

    def _admit(self, feed_id: str, item: NewsItem, message: bytes, verdict: str) -> None:
        was = self._items[item.uri]
        was.by[feed_id] = item.version
        if verdict == "known":
            return
        times = was.count_again(item.version)
        if times > 1:
            message = dump(msgspec.structs.replace(item, version=f"{item.version}.{times}"))
        urgent = item.urgency is not None and item.urgency <= records.URGENT_TO
        fields = {"message": message.decode()} | ({"source": item.source} if item.source else {})
        stream = self._streams[self._urgent if urgent else self._inbox]
        was.entry = stream.add(fields, self._now_ms(), after=was.entry)
        was.newest = item.version

    def finish_poll(self, lease: Lease, state: FeedState, due_at: datetime | None) -> bool:
        with self._changed:
            if not self._owns(lease):
                return False
            self._states[lease.feed_id] = state
            self._leases.pop(lease.feed_id, None)
            if due_at is None:
                del self._due[lease.feed_id]
            else:
                self._due[lease.feed_id] = records.milliseconds(due_at)
            return True

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

    def take_inbox(self, limit: int, idle_ms: int) -> tuple[InboxEntry, ...]:
        taken: list[InboxEntry] = []
        with self._changed:
            now_ms = self._now_ms()
            for name, stream in self._streams.items():
                idle = stream.take_idle(GROUP, limit - len(taken), idle_ms, now_ms)
                taken += [_inbox_entry(name, entry) for entry in idle]
            for name, stream in self._streams.items():
                new = stream.take_new(GROUP, limit - len(taken), now_ms)
                taken += [_inbox_entry(name, entry) for entry in new]
        return tuple(taken)

    def begin(self, stream: str, ids: Sequence[str]) -> tuple[InboxEntry, ...]:
        with self._changed:
            now_ms = self._now_ms()
            keys = [read_id(records.check_entry_id(entry_id)) for entry_id in ids]
            claimed = [self._stream(stream).claim(GROUP, key, now_ms) for key in keys]
            return tuple(_inbox_entry(stream, entry) for entry in claimed if entry is not None)

    def release(self, entries: Sequence[InboxEntry]) -> None:
        with self._changed:
            for entry in entries:
                entry_id = read_id(records.check_entry_id(entry.id))
                self._stream(entry.stream).release(GROUP, entry_id)

    def latest(self, uris: Sequence[str]) -> tuple[str | None, ...]:
        with self._changed:
            return tuple(self._items[uri].version for uri in uris)

    def publish(self, outcomes: Sequence[Outcome]) -> tuple[PublishResult, ...]:
        with self._changed:
            results = tuple(self._publish(outcome) for outcome in outcomes)
            self._changed.notify_all()
            return results

    def _publish(self, outcome: Outcome) -> PublishResult:
        stream = self._stream(outcome.entry.stream)
        entry_id = read_id(records.check_entry_id(outcome.entry.id))
        order = read_id(records.order_of(outcome.entry))
        was = self._items[outcome.uri]
        if not stream.is_pending(GROUP, entry_id):
            return PublishResult.GONE
        if was.order <= order:
            if was.version != outcome.expected:
                return PublishResult.CONFLICT
            self._send(outcome)
            was.version, was.order = outcome.version, order
            result = PublishResult.PUBLISHED
        else:
            result = PublishResult.STALE
        stream.confirm(GROUP, entry_id)
        stream.drop(entry_id)
        return result

    def _send(self, outcome: Outcome) -> None:
        for event in outcome.publications:
            if event.id not in self._events:
                self._events.add(event.id)
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
            fields = dict(stream.entries.get(entry_id, {}))
            payload = str(fields.pop("message", letter.payload))
            words: dict[str, str | bytes] = {**records.letter_fields(letter), **_cut(payload)}
            words["stream"] = entry.stream
            words["retry_of"] = fields.pop("retry_of", entry.id)
            words |= {f"field:{name}": value for name, value in fields.items()}
            self._dead.add(words, self._now_ms())
            self._dead.trim(self._dead_length)
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
            taken = stream.take_idle(reader, limit, idle_ms, now_ms)
            taken += stream.take_new(reader, limit - len(taken), now_ms)
            return tuple(_desk_entry(entry.id, entry.fields) for entry in taken)

    def confirm_desk(self, desk: str, reader: str, entry_ids: Sequence[str]) -> None:
        keys = [read_id(records.check_entry_id(entry_id)) for entry_id in entry_ids]
        with self._changed:
            for key in keys:
                self._desks[desk].confirm(reader, key)

    # dead letters

    def dead_letters(self, limit: int = 100) -> tuple[DeadLetter, ...]:
        with self._changed:
            newest = list(reversed(self._dead.entries.items()))[:limit]
            return tuple(_dead_letter(key, fields) for key, fields in newest)

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        if not records.is_entry_id(letter_id):
            return None
        with self._changed:
            key = read_id(letter_id)
            fields = self._dead.entries.get(key)
            return None if fields is None else _dead_letter(key, fields)

    def retry_dead(self, letter_id: str) -> bool:
        with self._changed:
            if not records.is_entry_id(letter_id):
                return False
            fields = self._dead.entries.get(read_id(letter_id))
            if fields is None or "cut" in fields:
                return False
            stream = self._streams.get(str(fields["stream"]), self._streams[self._inbox])
            others = {
                name.removeprefix("field:"): value
                for name, value in fields.items()
                if name.startswith("field:")
            }
            message: dict[str, str | bytes] = {
                "message": fields["payload"],
                "retry_of": fields["retry_of"],
                **others,
            }
            stream.add(message, self._now_ms())
            return self._dead.drop(read_id(letter_id))

    def drop_dead(self, letter_id: str) -> bool:
        with self._changed:
            return records.is_entry_id(letter_id) and self._dead.drop(read_id(letter_id))

    # the whole

    def sizes(self) -> Mapping[str, int]:
        with self._changed:
            now_ms = self._now_ms()
            pending = sum(stream.count_pending(GROUP) for stream in self._streams.values())
            counts = {
                "feeds": len(self._feeds),
                "due": sum(at <= now_ms for at in self._due.values()),
                "inbox": self._waiting(),
                "inbox_pending": pending,
                "dead": len(self._dead.entries),
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


def _cut(payload: str) -> dict[str, str]:
    raw = payload.encode("utf-8", "replace")
    if len(raw) <= records.WHOLE_PAYLOAD_BYTES:
        return {"payload": payload}
    short = raw[: records.CUT_PAYLOAD_BYTES].decode("utf-8", "replace")
    return {"payload": short, "cut": str(len(raw))}


def _inbox_entry(stream: str, entry: Taken) -> InboxEntry:
    fields = {name: str(value) for name, value in entry.fields.items()}
    attempts = entry.deliveries - 1
    return InboxEntry(stream=stream, id=write_id(entry.id), fields=fields, attempts=attempts)


def _desk_entry(entry_id: EntryId, fields: Mapping[str, str | bytes]) -> DeskEntry:
    return records.desk_entry(*_raw(entry_id, fields))


def _dead_letter(entry_id: EntryId, fields: Mapping[str, str | bytes]) -> DeadLetter:
    return records.dead_letter(*_raw(entry_id, fields))


def _raw(entry_id: EntryId, fields: Mapping[str, str | bytes]) -> tuple[bytes, list[bytes]]:
    words = [word for pair in fields.items() for word in pair]
    raw = [word if isinstance(word, bytes) else word.encode("utf-8", "replace") for word in words]
    return write_id(entry_id).encode(), raw
