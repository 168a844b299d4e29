"""The store on one Redis 7 or Valkey 7.2+ server.

Every key, with P for the prefix (COPYTASTER_PREFIX, `copytaster` by default). Times in scores are
milliseconds since 1970, by the server's clock. "Public": other programs may rely on it.

    key              type    holds                                                   expires
    ---------------  ------  ------------------------------------------------------  --------------
    P:feeds          hash    feed id -> Feed JSON                                    never
    P:states         hash    feed id -> FeedState JSON                               with the feed
    P:due            zset    feed id by due time; while leased, by the lease's end   with the feed
    P:leases         hash    feed id -> token of its lease                           with the poll
    P:turn           string  count of leases, to tell their tokens apart             never
    P:item:<hash>    hash    one item, by 32 hex digits of its uri's SHA-256:        known_for_s
                             newest: version last admitted; seen: the last 16, with  after it was
                             how often each came; entry: inbox id of the newest;     last seen
                             by:<feed id>: the version that this feed shows;
                             version, order: last published, and its inbox id
    P:inbox          stream  public: message, source?, retry_of?; group copytaster   when done
    P:inbox:urgent   stream  public: the same, read first                            when done
    P:ev:<event id>  string  empty: this event is on its desk                        events_for_s
    P:desk:<name>    stream  public: event, id, type; a group a reader               by desk_length
    P:desks          set     names of the desks that hold or held events             never
    P:dead           stream  public: reason, kind, attempts, payload, stream,        by dead_length
                             source, detail, retry_of, cut?, field:<name>...

Whatever takes more than one step is a script under scripts/; its head says its keys and its answer.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from worker.errors import BrokerError, MessageError
from worker.model import Feed, FeedState, Lease, NewsItem
from worker.model.codec import dump, load
from worker.ports import Admission, DeadLetter, DeskEntry, InboxEntry, Outcome, PublishResult
from worker.store import records
from worker.store.connection import Connection, Word

__all__ = ["RedisStore"]

DAY_S = 24 * 60 * 60
GROUP = "copytaster"
CONSUMER = "copytaster"
"""One name for all: an entry's own idle time, not its reader's, says when it is free again."""

FEEDS_AT_ONCE = 1000
BLOCK_SLICE_MS = 5000
"""A waiting read comes back this often, well inside the connection's own time limit."""

_RESULTS = {
    b"P": PublishResult.PUBLISHED,
    b"S": PublishResult.STALE,
    b"G": PublishResult.GONE,
    b"C": PublishResult.CONFLICT,
}


class RedisStore:
    """`worker.ports.Store` on a server. Opens no connection before the first call; open after fork.

    Args:
        url: redis://, rediss:// or unix://.
        prefix: The first word of every key.
        known_for_s: How long an item is remembered after it was last on a feed.
        events_for_s: How long an event's id is remembered after it went to its desk.
        desk_length: Events that a desk keeps, about.
        inbox_length: Messages that may wait; more are refused with a BrokerError, never dropped.
        dead_length: Dead letters that are kept, about.

    Raises:
        SettingsError: The URL is none of the three.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "copytaster",
        known_for_s: int = 30 * DAY_S,
        events_for_s: int = 7 * DAY_S,
        desk_length: int = 100_000,
        inbox_length: int = 1_000_000,
        dead_length: int = 10_000,
    ) -> None:
        self._server = Connection(url)
        self._prefix = prefix
        self._known_for_s = known_for_s
        self._events_for_s = events_for_s
        self._desk_length = desk_length
        self._inbox_length = inbox_length
        self._dead_length = dead_length
        self._inbox = self._key("inbox")
        self._urgent = self._key("inbox:urgent")

    def _key(self, rest: str) -> str:
        return f"{self._prefix}:{rest}"

    # feeds

    def add_feeds(self, feeds: Sequence[Feed]) -> int:
        new = 0
        for start in range(0, len(feeds), FEEDS_AT_ONCE):
            words: list[Word] = []
            for feed in feeds[start : start + FEEDS_AT_ONCE]:
                words += [feed.id, dump(feed)]
            new += self._server.script("add_feeds", [self._key("feeds"), self._key("due")], words)
        return new

    def feed(self, feed_id: str) -> Feed | None:
        found = self._server.call("HGET", self._key("feeds"), feed_id)
        return None if found is None else load(Feed, found)

    def feeds(self) -> Iterator[Feed]:
        ids = sorted(self._server.call("HKEYS", self._key("feeds")))
        for start in range(0, len(ids), FEEDS_AT_ONCE):
            some = ids[start : start + FEEDS_AT_ONCE]
            for found in self._server.call("HMGET", self._key("feeds"), *some):
                if found is not None:
                    yield load(Feed, found)

    def feed_state(self, feed_id: str) -> FeedState:
        found = self._server.call("HGET", self._key("states"), feed_id)
        return FeedState() if found is None else load(FeedState, found)

    def remove_feed(self, feed_id: str) -> bool:
        keys = [self._key(name) for name in ("feeds", "states", "due", "leases")]
        return bool(self._server.script("remove_feed", keys, [feed_id]))

    def poll_now(self, feed_id: str) -> bool:
        keys = [self._key(name) for name in ("feeds", "due", "leases")]
        return bool(self._server.script("poll_now", keys, [feed_id]))

    def claim_due(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        keys = [self._key(name) for name in ("due", "leases", "turn")]
        words = self._server.script("claim_due", keys, [limit, round(lease_s * 1000)])
        pairs = zip(words[::2], words[1::2], strict=True)
        return tuple(Lease(feed_id.decode(), token.decode()) for feed_id, token in pairs)

    def is_held(self, lease: Lease) -> bool:
        keys = [self._key("due")]
        return bool(self._server.script("is_held", keys, [lease.feed_id, lease.token]))

    def admit(self, lease: Lease, items: Sequence[NewsItem]) -> Admission:
        keys: list[Word] = [self._key("due"), self._inbox, self._urgent]
        args: list[Word] = [lease.feed_id, lease.token, self._known_for_s, self._inbox_length]
        times = Counter(item.uri for item in items)
        for item in items:
            message, cut = records.item_message(item)
            urgent = item.urgency is not None and item.urgency <= records.URGENT_TO
            keys.append(self._item_key(item.uri))
            args += [
                item.version,
                message,
                cut,
                int(urgent),
                item.source,
                int(times[item.uri] == 1),
            ]
        counts = self._server.script("admit", keys, args)
        if counts[0] == -2:
            raise self._inbox_is_full()
        if counts[0] == -1:
            return Admission(fenced=True)
        new, changed, known = counts
        return Admission(new=new, changed=changed, known=known)

    def finish_poll(self, lease: Lease, state: FeedState, due_at: datetime | None) -> bool:
        keys = [self._key(name) for name in ("due", "leases", "states")]
        due = "" if due_at is None else records.milliseconds(due_at)
        args: list[Word] = [lease.feed_id, lease.token, dump(state), due]
        return bool(self._server.script("finish_poll", keys, args))

    # inbox

    def put_message(
        self, message: bytes | str, *, urgent: bool = False, fields: Mapping[str, str] | None = None
    ) -> str:
        stream = self._urgent if urgent else self._inbox
        waiting = self._server.pipeline([("XLEN", self._inbox), ("XLEN", self._urgent)])
        if sum(waiting) >= self._inbox_length:
            raise self._inbox_is_full()
        others = [word for field in (fields or {}).items() for word in field]
        entry_id = self._server.call("XADD", stream, "*", "message", message, *others, once=True)
        return str(entry_id, "ascii")

    def take_inbox(self, limit: int, idle_ms: int) -> tuple[InboxEntry, ...]:
        args: list[Word] = [GROUP, CONSUMER, limit, idle_ms]
        taken = self._server.script("take", [self._urgent, self._inbox], args)
        return tuple(records.inbox_entry(*entry) for entry in taken)

    def begin(self, stream: str, ids: Sequence[str]) -> tuple[InboxEntry, ...]:
        args = [GROUP, CONSUMER, *map(records.check_entry_id, ids)]
        begun = self._server.script("begin", [self._stream(stream)], args, once=True)
        return tuple(records.inbox_entry(*entry) for entry in begun)

    def release(self, entries: Sequence[InboxEntry]) -> None:
        args: list[Word] = [GROUP, CONSUMER]
        args += [records.check_entry_id(entry.id) for entry in entries]
        keys = [self._stream(entry.stream) for entry in entries]
        if entries:
            self._server.script("release", keys, args, once=True)

    def latest(self, uris: Sequence[str]) -> tuple[str | None, ...]:
        commands = [("HGET", self._item_key(uri), "version") for uri in uris]
        found = self._server.pipeline(commands) if commands else []
        return tuple(None if version is None else version.decode() for version in found)

    def publish(self, outcomes: Sequence[Outcome]) -> tuple[PublishResult, ...]:
        keys: list[Word] = [self._key("desks")]
        args: list[Word] = [GROUP, self._events_for_s, self._known_for_s, self._desk_length]
        for outcome in outcomes:
            keys += [self._stream(outcome.entry.stream), self._item_key(outcome.uri)]
            args += [records.check_entry_id(outcome.entry.id), records.order_of(outcome.entry)]
            args += [outcome.version, int(outcome.expected is not None), outcome.expected or ""]
            args.append(len(outcome.publications))
            for event in outcome.publications:
                keys += [self._key(f"ev:{event.id}"), self._desk_key(event.desk)]
                args += [event.desk, event.id, event.type, event.body]
        results = self._server.script("publish", keys, args)
        return tuple(_RESULTS[result] for result in results)

    def reject(self, entry: InboxEntry, letter: DeadLetter) -> bool:
        args: list[Word] = [GROUP, records.check_entry_id(entry.id), self._dead_length]
        args += [records.WHOLE_PAYLOAD_BYTES, records.CUT_PAYLOAD_BYTES, letter.payload]
        args += [word for field in records.letter_fields(letter).items() for word in field]
        keys = [self._stream(entry.stream), self._key("dead")]
        return bool(self._server.script("reject", keys, args))

    def finish(self, entry: InboxEntry) -> bool:
        args = [GROUP, records.check_entry_id(entry.id)]
        return bool(self._server.script("finish", [self._stream(entry.stream)], args))

    # desks

    def read_desk(
        self, desk: str, *, after: str = "0-0", limit: int = 100, block_ms: int = 0
    ) -> tuple[DeskEntry, ...]:
        stream = self._desk_key(desk)
        position = self._end_of(stream) if after == "$" else records.check_entry_id(after)
        wait_until = time.monotonic() + block_ms / 1000
        while True:
            left_ms = min(round((wait_until - time.monotonic()) * 1000), BLOCK_SLICE_MS)
            wait = ("BLOCK", left_ms) if left_ms > 0 else ()
            found = self._server.call("XREAD", "COUNT", limit, *wait, "STREAMS", stream, position)
            if found:
                return tuple(records.desk_entry(*entry) for entry in found[0][1])
            if left_ms <= 0:
                return ()

    def _end_of(self, stream: str) -> str:
        newest = self._server.call("XREVRANGE", stream, "+", "-", "COUNT", 1)
        return newest[0][0].decode() if newest else "0-0"

    def take_desk(
        self, desk: str, reader: str, *, limit: int = 100, idle_ms: int = 30_000
    ) -> tuple[DeskEntry, ...]:
        args: list[Word] = [reader, CONSUMER, limit, idle_ms]
        taken = self._server.script("take", [self._desk_key(desk)], args)
        return tuple(records.desk_entry(entry_id, fields) for _, entry_id, _, fields in taken)

    def confirm_desk(self, desk: str, reader: str, entry_ids: Sequence[str]) -> None:
        if entry_ids:
            ids = map(records.check_entry_id, entry_ids)
            self._server.call("XACK", self._desk_key(desk), reader, *ids)

    # dead letters

    def dead_letters(self, limit: int = 100) -> tuple[DeadLetter, ...]:
        found = self._server.call("XREVRANGE", self._key("dead"), "+", "-", "COUNT", limit)
        return tuple(records.dead_letter(*entry) for entry in found)

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        if not records.is_entry_id(letter_id):
            return None
        found = self._server.call("XRANGE", self._key("dead"), letter_id, letter_id)
        return records.dead_letter(*found[0]) if found else None

    def retry_dead(self, letter_id: str) -> bool:
        keys = [self._key("dead"), self._inbox, self._urgent]
        return records.is_entry_id(letter_id) and bool(
            self._server.script("retry_dead", keys, [letter_id])
        )

    def drop_dead(self, letter_id: str) -> bool:
        return records.is_entry_id(letter_id) and bool(
            self._server.call("XDEL", self._key("dead"), letter_id)
        )

    # the whole

    def sizes(self) -> Mapping[str, int]:
        names = ("feeds", "due", "inbox", "inbox:urgent", "dead", "desks")
        keys = [self._key(name) for name in names]
        counts = self._server.script("sizes", keys, [GROUP, self._key("desk:")])
        return {name.decode(): count for name, count in zip(counts[::2], counts[1::2], strict=True)}

    def ping(self) -> None:
        self._server.call("PING")

    def close(self) -> None:
        self._server.close()

    def _item_key(self, uri: str) -> str:
        return self._key(f"item:{records.uri_hash(uri)}")

    def _desk_key(self, desk: str) -> str:
        return self._key(f"desk:{desk}")

    def _stream(self, name: str) -> str:
        if name not in {self._inbox, self._urgent}:
            raise MessageError("not an inbox stream", subject=name[:80])
        return name

    def _inbox_is_full(self) -> BrokerError:
        return BrokerError(
            f"holds {self._inbox_length} messages and takes no more", subject=self._inbox
        )
