"""The store on one Redis 7 or Valkey 7.2+ server.

Every key, with P for the prefix (COPYTASTER_PREFIX, `copytaster` by default). Times in scores are
milliseconds since 1970, by the server's clock. "Public": other programs may rely on it.

    key              type    holds                                                   expires
    ---------------  ------  ------------------------------------------------------  --------------
    P:feeds          hash    feed id -> Feed JSON                                    never
    P:states         hash    feed id -> FeedState JSON                               with the feed
    P:due            zset    feed id by due time; while leased, by the lease's end   with the feed
    P:leases         hash    feed id -> token of its claim; once the poll has begun  with the poll
                             also the poll's own token and how many slices of it
                             were admitted
    P:shown:<feed id> string what the feed showed last, the newest first, 16 bytes   with the feed
                             an entry: 8 of the digest of its uri, 8 of its
                             version's
    P:paused         zset    feed id by the due time that it had when it was paused  with the feed
    P:past:<feed id> list    PollRecord as MessagePack, the last 20, newest first    with the feed
    P:push:<feed id> hash    its subscription at a hub: hub, topic, callback,        two weeks after
                             secret, mode, asked_at, asked, error; confirmed_at,     its lease
                             until, denied, pushes, pushed_at, refused
    P:health:<word>  set     ids of the feeds that are failing, slowed, gone, empty  with the feed
                             or moved
    P:host:<hash>    hash    by the SHA-256 of a host's name, for feeds, and with    after an hour
                             `page of ` before it, for pages: next: when it may be
                             asked; until: not before; strikes: how often it said
                             429 or 503 of late
    P:item:<hash>    hash    one item, by 32 hex digits of its uri's SHA-256:        known_for_s
                             newest: version last admitted; seen: the last 16, with  after it was
                             how often each came; entry: inbox id of the newest;     last seen
                             by:<feed id>: the version that this feed shows;
                             version, order: last published, and its inbox id;
                             desks: that have had it; copy: the id of its copy;
                             withdrawn: inbox id of the kill that took it back
    P:inbox          stream  public: message, source?, retry_of?; group copytaster   when done
    P:inbox:urgent   stream  public: the same, read first                            when done
    P:ev:<event id>  string  digest of the event's data: it is on its desk; after a  events_for_s
                             full stop, how often a replay took its place
    P:copies         stream  item: its hash; body: the last version, packed          by copies_for_s
    P:copies:bytes   string  bytes of all bodies there                               never
    P:recent:<hash>  stream  item: Recent JSON, of one wire (an agency, a source)    recent_for_s
    P:kills          stream  kill: OpenKill JSON                                     by kills_for_s
    P:near           hash    a first by 12 digits of its hash: its bands, Likeness   by near_for_s
    P:near:desks     hash    the same -> desks that have had it, or a copy of it     with the first
    P:near:ages      zset    the same by the time when it was published              with the first
    P:near:band:<n>  hash    the rest of a band -> the firsts that have it           with the first
    P:held           hash    item's hash -> what waits for its time, as JSON         when released
    P:held:due       zset    item's hash by the time when it may go out              when released
    P:pages          hash    page id -> PageWork JSON, of a page that shall be read  when read
    P:pages:due      zset    page id by due time; while leased, by the lease's end   when read
    P:pages:leases   hash    page id -> tokens of its claim and its reader           with the read
    P:desk:<name>    stream  public: event, id, type; a group a reader               by desk_length
    P:desks          set     names of the desks that hold or held events             never
    P:dead:bytes     string  bytes of all payloads there                             never
    P:dead           stream  public: reason, kind, attempts, payload, stream,        by dead_length
                             source, detail, item, retry_of, cut?, field:<name>...

Whatever takes more than one step is a script under scripts/; its head says its keys and its answer.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from worker.errors import BrokerError, MessageError
from worker.ports import (
    DeadLetter,
    InboxEntry,
    Kept,
    Known,
    Lookalike,
    OpenKill,
    Outcome,
    PublishResult,
    Recent,
    Reissue,
    Trace,
)
from worker.store import records
from worker.store.connection import Connection, Word
from worker.store.desks import RedisDesks
from worker.store.feeds import RedisFeeds
from worker.store.near import Asked, lookup_words, outcome_words, read_lookalikes
from worker.store.pages import RedisPages
from worker.store.pushes import RedisPushes
from worker.store.waiting import GROUP, RedisWaiting

__all__ = ["RedisStore"]

DAY_S = 24 * 60 * 60
CONSUMER = "copytaster"
"""Who holds what waits for a worker. One name for all: an entry's own idle time, not its reader's,
says when it is free again."""
WORKING = "worker"
"""Who holds what a worker has begun; likewise."""

FEEDS_AT_ONCE = 1000
KILLS = 1000
"""So many of the last kills are remembered."""

BLOCK_SLICE_MS = 5000
"""A waiting read comes back this often, well inside the connection's own time limit."""

_RESULTS = {
    b"P": PublishResult.PUBLISHED,
    b"S": PublishResult.STALE,
    b"G": PublishResult.GONE,
    b"C": PublishResult.CONFLICT,
    b"H": PublishResult.HELD,
}


class RedisStore(RedisFeeds, RedisDesks, RedisWaiting):
    """`worker.ports.Store` on a server. Opens no connection before the first call; open after fork.

    Args:
        url: redis://, rediss:// or unix://.
        prefix: The first word of every key.
        known_for_s: How long an item is remembered after it was last on a feed.
        events_for_s: How long an event's id is remembered after it went to its desk.
        desk_length: Events that a desk keeps, about.
        inbox_length: Messages that may wait; more are refused with a BrokerError, never dropped.
        dead_length: Dead letters that are kept; the oldest go first.
        dead_bytes: Bytes of all their payloads; likewise.
        copies_for_s: How long the copy of a version is kept, unless a later one takes its place.
        copies_bytes: Bytes of all copies; the oldest go first.
        recent_for_s: How long an item is listed for kills to find.
        recent_length: Items that are listed of one agency or source, about.
        kills_for_s: How long a kill is remembered for items that it overtook.
        near_for_s: How long copies of an item are told from it.
        near_length: Items of which that is so; the oldest go first.

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
        dead_bytes: int = 64 << 20,
        copies_for_s: int = 2 * DAY_S,
        copies_bytes: int = 128 << 20,
        recent_for_s: int = 3 * DAY_S,
        recent_length: int = 1000,
        kills_for_s: int = DAY_S,
        near_for_s: int = 2 * DAY_S,
        near_length: int = 40_000,
    ) -> None:
        self._server = Connection(url)
        self._prefix = prefix
        self._known_for_s = known_for_s
        self._events_for_s = events_for_s
        self._desk_length = desk_length
        self._inbox_length = inbox_length
        self._dead_length = dead_length
        self._dead_bytes = dead_bytes
        self._copies_for_s = copies_for_s
        self._copies_bytes = copies_bytes
        self._recent_for_s = recent_for_s
        self._recent_length = recent_length
        self._kills_for_s = kills_for_s
        self._near_for_s = near_for_s
        self._near_length = near_length
        self.pages = RedisPages(self._server, prefix)
        self.pushes = RedisPushes(self._server, prefix)
        self._inbox = self._key("inbox")
        self._urgent = self._key("inbox:urgent")

    def _key(self, rest: str) -> str:
        return f"{self._prefix}:{rest}"

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

    def take_inbox(
        self, limit: int, idle_ms: int, *, urgent_only: bool = False
    ) -> tuple[InboxEntry, ...]:
        args: list[Word] = [GROUP, CONSUMER, limit, idle_ms]
        keys = [self._urgent] if urgent_only else [self._urgent, self._inbox]
        taken = self._server.script("take", keys, args)
        return tuple(records.inbox_entry(*entry) for entry in taken)

    def begin(self, stream: str, ids: Sequence[str], *, idle_ms: int = 0) -> tuple[InboxEntry, ...]:
        args: list[Word] = [GROUP, WORKING, idle_ms, *map(records.check_entry_id, ids)]
        begun = self._server.script("begin", [self._stream(stream)], args, once=True)
        return tuple(records.inbox_entry(*entry) for entry in begun)

    def keep(self, entries: Sequence[InboxEntry], idle_ms: int) -> None:
        args: list[Word] = [GROUP, WORKING, idle_ms]
        args += [records.check_entry_id(entry.id) for entry in entries]
        keys = [self._stream(entry.stream) for entry in entries]
        if entries:
            self._server.script("keep", keys, args)

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

    def known(self, uris: Sequence[str]) -> tuple[Known, ...]:
        commands = [("HMGET", self._item_key(uri), "version", "desks", "copy") for uri in uris]
        found = self._server.pipeline(commands) if commands else []
        return tuple(records.known(*words) for words in found)

    def trace(self, uri: str) -> Trace:
        found = self._server.call("HGETALL", self._item_key(uri))
        one = dict(zip(found[::2], found[1::2], strict=True))
        entry = one.get(b"entry", b"")
        commands: list[tuple[Word, ...]] = [("HEXISTS", self._key("held"), records.uri_hash(uri))]
        if entry:
            commands += [("XRANGE", name, entry, entry) for name in (self._inbox, self._urgent)]
        is_held, *on_inbox = self._server.pipeline(commands)
        return records.trace(one, on_inbox=any(on_inbox), is_held=bool(is_held))

    def recent(self, wires: Sequence[str], limit: int = 1000) -> tuple[Recent, ...]:
        keys = [self._recent_key(wire) for wire in wires]
        commands = [("XREVRANGE", key, "+", "-", "COUNT", limit) for key in keys]
        found = self._server.pipeline(commands) if commands else []
        listed = [records.recent(*entry) for entries in found for entry in entries]
        return tuple(sorted(listed, key=lambda one: one.at_ms, reverse=True))

    def lookalikes(self, asked: Sequence[Asked]) -> tuple[tuple[Lookalike, ...], ...]:
        keys, args = lookup_words(self._key("near"), asked)
        found = self._server.script("lookalikes", keys, args) if asked else []
        return tuple(read_lookalikes(words) for words in found)

    def open_kill(self, kill: OpenKill) -> None:
        args: list[Word] = [msgspec.json.encode(kill), self._kills_for_s, KILLS]
        self._server.script("open_kill", [self._key("kills")], args)

    def open_kills(self) -> tuple[OpenKill, ...]:
        newest = self._server.call("XREVRANGE", self._key("kills"), "+", "-", "COUNT", KILLS)
        return tuple(records.open_kill(*entry) for entry in reversed(newest))

    def publish(self, outcomes: Sequence[Outcome]) -> tuple[PublishResult, ...]:
        names = ["desks", "copies", "copies:bytes", "held", "held:due", "kills"]
        names += ["near", "near:desks", "near:ages"]
        keys: list[Word] = [self._key(name) for name in names]
        args: list[Word] = [GROUP, self._events_for_s, self._known_for_s, self._desk_length]
        args += [self._copies_for_s * 1000, self._copies_bytes]
        args += [self._recent_length, self._recent_for_s]
        args += [self._near_length, self._near_for_s * 1000]
        for outcome in outcomes:
            self._add_outcome(outcome, keys, args)
        results = self._server.script("publish", keys, args)
        return tuple(_RESULTS[result] for result in results)

    def _add_outcome(self, outcome: Outcome, keys: list[Word], args: list[Word]) -> None:
        """Add the words of one outcome, in the order that publish.lua reads them."""
        keys += [self._stream(outcome.entry.stream), self._item_key(outcome.uri)]
        args += [records.check_entry_id(outcome.entry.id), records.order_of(outcome.entry)]
        args += [outcome.version, int(outcome.expected is not None), outcome.expected or ""]
        args += [outcome.kills_to, outcome.copy]
        args.append(msgspec.json.encode(outcome.recent) if outcome.recent else "")
        wires = outcome.wires if outcome.recent else ()
        args += [len(outcome.withdraws), len(wires), len(outcome.publications)]
        for withdrawal in outcome.withdraws:
            keys.append(self._item_key(withdrawal.uri))
            args.append(records.desks_word(withdrawal.desks))
        keys += [self._recent_key(wire) for wire in wires]
        for event in outcome.publications:
            keys += [self._key(f"ev:{event.id}"), self._desk_key(event.desk)]
            args += [event.desk, event.id, event.type, event.digest, event.body]
        near_keys, near_args = outcome_words(self._key("near"), outcome.placing)
        keys += near_keys
        args += near_args

    def hold(self, outcome: Outcome, until: datetime) -> PublishResult:
        entry = outcome.entry
        keys: list[Word] = [self._stream(entry.stream), self._item_key(outcome.uri)]
        keys += [self._key("held"), self._key("held:due"), self._key("kills")]
        wires = outcome.wires if outcome.recent else ()
        keys += [self._recent_key(wire) for wire in wires]
        args: list[Word] = [GROUP, records.check_entry_id(entry.id), records.order_of(entry)]
        args += [records.milliseconds(until), records.held_words(entry)]
        args += [msgspec.json.encode(outcome.recent) if outcome.recent else ""]
        args += [self._recent_length, self._recent_for_s, outcome.kills_to]
        return _RESULTS[self._server.script("hold", keys, args)]

    def release_held(self, limit: int = 100) -> int:
        keys = [self._key("held"), self._key("held:due"), self._urgent]
        return int(self._server.script("release_held", keys, [limit]))

    def copies(self, *, after: str = "0-0", limit: int = 100) -> tuple[Kept, ...]:
        start = f"({records.check_entry_id(after)}"
        found = self._server.call("XRANGE", self._key("copies"), start, "+", "COUNT", limit)
        return tuple(records.kept(*entry) for entry in found)

    def copy(self, copy_id: str) -> Kept | None:
        copy_id = records.check_entry_id(copy_id)
        found = self._server.call("XRANGE", self._key("copies"), copy_id, copy_id)
        return records.kept(*found[0]) if found else None

    def reject(self, entry: InboxEntry, letter: DeadLetter) -> bool:
        args: list[Word] = [GROUP, records.check_entry_id(entry.id)]
        args += [self._dead_length, self._dead_bytes]
        args += [records.WHOLE_PAYLOAD_BYTES, records.CUT_PAYLOAD_BYTES, letter.payload]
        args += [word for field in records.letter_fields(letter).items() for word in field]
        keys = [self._stream(entry.stream), self._key("dead"), self._key("dead:bytes")]
        return bool(self._server.script("reject", keys, args))

    def finish(self, entry: InboxEntry) -> bool:
        args = [GROUP, records.check_entry_id(entry.id)]
        return bool(self._server.script("finish", [self._stream(entry.stream)], args))

    # replays

    def marks(self, event_ids: Sequence[str]) -> tuple[str | None, ...]:
        keys = [self._key(f"ev:{event_id}") for event_id in event_ids]
        found = self._server.call("MGET", *keys) if keys else []
        return tuple(None if mark is None else mark.decode() for mark in found)

    def reissue(self, uri: str, copy_id: str, reissues: Sequence[Reissue]) -> int:
        keys: list[Word] = [self._key("desks"), self._item_key(uri)]
        args: list[Word] = [records.check_entry_id(copy_id), self._events_for_s, self._desk_length]
        for one in reissues:
            event = one.publication
            keys += [self._key(f"ev:{one.first_id}"), self._desk_key(event.desk)]
            args += [int(one.mark is not None), one.mark or "", one.new_mark]
            args += [event.desk, event.id, event.type, event.body]
        return int(self._server.script("reissue", keys, args))

    # dead letters

    def dead_letters(self, limit: int = 100, *, before: str = "") -> tuple[DeadLetter, ...]:
        start = f"({records.check_entry_id(before)}" if before else "+"
        found = self._server.call("XREVRANGE", self._key("dead"), start, "-", "COUNT", limit)
        return tuple(records.dead_letter(*entry) for entry in found)

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        if not records.is_entry_id(letter_id):
            return None
        found = self._server.call("XRANGE", self._key("dead"), letter_id, letter_id)
        return records.dead_letter(*found[0]) if found else None

    def retry_dead(self, letter_id: str) -> bool:
        keys = [self._key("dead"), self._key("dead:bytes"), self._inbox, self._urgent]
        return records.is_entry_id(letter_id) and bool(
            self._server.script("retry_dead", keys, [letter_id])
        )

    def drop_dead(self, letter_id: str) -> bool:
        keys = [self._key("dead"), self._key("dead:bytes")]
        return records.is_entry_id(letter_id) and bool(
            self._server.script("drop_dead", keys, [letter_id])
        )

    # the whole

    def sizes(self) -> Mapping[str, int]:
        names = ("feeds", "due", "inbox", "inbox:urgent", "dead", "desks", "held", "paused")
        keys = [*(self._key(name) for name in names), *self._health_keys()]
        counts = self._server.script("sizes", keys, [GROUP, self._key("desk:")])
        return {name.decode(): count for name, count in zip(counts[::2], counts[1::2], strict=True)}

    def ping(self) -> None:
        self._server.call("PING")

    def close(self) -> None:
        self._server.close()

    def _item_key(self, uri: str) -> str:
        return self._key(f"item:{records.uri_hash(uri)}")

    def _recent_key(self, wire: str) -> str:
        return self._key(f"recent:{records.uri_hash(wire)}")

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
