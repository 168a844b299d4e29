"""Feeds, their leases, their polls and the turns of their hosts, on a server."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from worker.errors import BrokerError
from worker.messages import is_urgent
from worker.model import HEALTH, Feed, FeedState, Lease, NewsItem, PollRecord
from worker.model.codec import dump, load
from worker.ports import Admission, HostTurn
from worker.store import records
from worker.store.connection import Connection, Word

__all__ = ["RedisFeeds"]

FEEDS_AT_ONCE = 1000


class RedisFeeds:
    """A part of `worker.ports.Store` on a server."""

    _server: Connection
    _inbox: str
    _urgent: str
    _inbox_length: int
    _known_for_s: int

    def _key(self, rest: str) -> str:
        raise NotImplementedError

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
        keys = [self._key(name) for name in ("feeds", "states", "due", "leases", "paused")]
        keys += [self._key(f"past:{feed_id}"), *self._health_keys()]
        return bool(self._server.script("remove_feed", keys, [feed_id]))

    def poll_now(self, feed_id: str) -> bool:
        keys = [self._key(name) for name in ("feeds", "due", "leases", "paused")]
        return bool(self._server.script("poll_now", keys, [feed_id]))

    def pause_feed(self, feed_id: str) -> bool:
        keys = [self._key(name) for name in ("feeds", "due", "leases", "paused")]
        return bool(self._server.script("pause_feed", keys, [feed_id]))

    def resume_feed(self, feed_id: str) -> bool:
        keys = [self._key(name) for name in ("due", "paused")]
        return bool(self._server.script("resume_feed", keys, [feed_id]))

    def is_paused(self, feed_id: str) -> bool:
        return self._server.call("ZSCORE", self._key("paused"), feed_id) is not None

    def claim_due(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        keys = [self._key(name) for name in ("due", "leases", "turn")]
        words = self._server.script("claim_due", keys, [limit, round(lease_s * 1000)])
        pairs = zip(words[::2], words[1::2], strict=True)
        return tuple(Lease(feed_id.decode(), token.decode()) for feed_id, token in pairs)

    def open_poll(
        self, lease: Lease, lease_s: float, *, again: bool = False
    ) -> tuple[Feed | None, FeedState, bool]:
        keys = [self._key(name) for name in ("due", "leases", "feeds", "states")]
        args: list[Word] = [lease.feed_id, lease.token, round(lease_s * 1000), int(again)]
        held, feed, state = self._server.script("begin_lease", keys, args)
        return (
            load(Feed, feed) if feed else None,
            load(FeedState, state) if state else FeedState(),
            bool(held),
        )

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        keys = [self._key(name) for name in ("due", "leases")]
        return int(self._server.script("renew_leases", keys, records.lease_words(leases, lease_s)))

    def admit(
        self, lease: Lease, items: Sequence[NewsItem], *, with_pages: bool = False
    ) -> Admission:
        packed = records.page_message if with_pages else records.item_message
        keys: list[Word] = [self._key("leases"), self._inbox, self._urgent]
        args: list[Word] = [lease.feed_id, lease.token, self._known_for_s, self._inbox_length]
        times = Counter(item.uri for item in items)
        for item in items:
            message, cut = packed(item)
            keys.append(self._item_key(item.uri))
            args += [
                item.version,
                message,
                cut,
                int(is_urgent(item)),
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

    def finish_poll(
        self,
        lease: Lease,
        state: FeedState,
        due_at: datetime | None,
        record: PollRecord | None = None,
        *,
        pushed_at: datetime | None = None,
    ) -> bool:
        keys = [self._key(name) for name in ("due", "leases", "states")]
        keys += [self._key(f"{name}:{lease.feed_id}") for name in ("past", "push")]
        keys += self._health_keys()
        due = "" if due_at is None else records.milliseconds(due_at)
        args: list[Word] = [lease.feed_id, lease.token, dump(state), due]
        args += [msgspec.msgpack.encode(record) if record else "", records.HISTORY_LENGTH]
        args += [state.pushes, "" if pushed_at is None else records.milliseconds(pushed_at)]
        args += [int(word in state.health) for word in HEALTH]
        return bool(self._server.script("finish_poll", keys, args))

    def history(self, feed_id: str) -> tuple[PollRecord, ...]:
        found = self._server.call("LRANGE", self._key(f"past:{feed_id}"), 0, -1)
        return tuple(msgspec.msgpack.decode(one, type=PollRecord) for one in found)

    def host_turn(self, host: str, spacing_s: float, patience_s: float) -> HostTurn:
        args = [round(spacing_s * 1000), round(patience_s * 1000)]
        word, wait_ms, strikes = self._server.script("host_turn", [self._host_key(host)], args)
        return HostTurn(
            is_given=word == b"G",
            wait_s=wait_ms / 1000,
            strikes=strikes,
            is_slowed=word == b"S",
        )

    def slow_host(self, host: str, strikes: int, wait_s: float) -> None:
        args = [strikes, round(wait_s * 1000), records.STRIKES_FOR_S * 1000]
        self._server.script("slow_host", [self._host_key(host)], args)

    def _host_key(self, host: str) -> str:
        return self._key(f"host:{records.uri_hash(host)}")

    def _health_keys(self) -> list[str]:
        return [self._key(f"health:{word}") for word in HEALTH]

    def _item_key(self, uri: str) -> str:
        return self._key(f"item:{records.uri_hash(uri)}")

    def _inbox_is_full(self) -> BrokerError:
        return BrokerError(
            f"holds {self._inbox_length} messages and takes no more", subject=self._inbox
        )
