"""Feeds, their leases, their polls and the turns of their hosts, on a server."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from worker.errors import BrokerError
from worker.messages import FeedRequest
from worker.model import HEALTH, Feed, FeedState, Lease, NewsItem, PollRecord
from worker.model.codec import dump, load
from worker.ports import Admission, FeedChange, HostTurn, OpenPoll
from worker.store import records
from worker.store.chance import draw_step, draw_token
from worker.store.connection import Connection, as_text
from worker.store.shown import Entry, Shown, entry_of, find_candidates, in_slices

__all__ = ["RedisFeeds"]

FEEDS_AT_ONCE = 1000


class RedisFeeds:
    """A part of `worker.ports.Store` on a server."""

    _server: Connection
    _inbox: str
    _inbox_length: int
    _known_for_s: int

    def _key(self, rest: str) -> str:
        raise NotImplementedError

    def add_feeds(self, feeds: Sequence[Feed]) -> int:
        new = 0
        for start in range(0, len(feeds), FEEDS_AT_ONCE):
            some = feeds[start : start + FEEDS_AT_ONCE]
            said = {"feeds": [(feed.id, as_text(dump(feed))) for feed in some]}
            new += self._server.run("add_feeds", self._key("feeds"), said)
        return new

    def plan_feed(self, request: FeedRequest) -> FeedChange:
        feed_id = request.feed.id
        was = self._server.call("HGET", self._key("feeds"), feed_id)
        feed = request.on(None if was is None else load(Feed, was))
        return FeedChange(feed_id=feed_id, was=was or b"", feed=dump(feed))

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
        said = {"id": feed_id, "health": HEALTH}
        return bool(self._server.run("remove_feed", self._key("feeds"), said))

    def poll_now(self, feed_id: str) -> bool:
        return bool(self._server.run("poll_now", self._key("feeds"), {"id": feed_id}))

    def pause_feed(self, feed_id: str) -> bool:
        return bool(self._server.run("pause_feed", self._key("feeds"), {"id": feed_id}))

    def resume_feed(self, feed_id: str) -> bool:
        return bool(self._server.run("resume_feed", self._key("paused"), {"id": feed_id}))

    def is_paused(self, feed_id: str) -> bool:
        return self._server.call("ZSCORE", self._key("paused"), feed_id) is not None

    def feeds_showing(self, uri: str) -> tuple[str, ...]:
        ids = sorted(self._server.call("HKEYS", self._key("feeds")))
        found: list[str] = []
        for start in range(0, len(ids), FEEDS_AT_ONCE):
            some = [feed_id.decode() for feed_id in ids[start : start + FEEDS_AT_ONCE]]
            lists = self._server.pipeline([("GET", self._shown_key(one)) for one in some])
            pairs = zip(some, lists, strict=True)
            found += [one for one, packed in pairs if packed and Shown.holds(packed, uri)]
        return tuple(found)

    # polls

    def claim_due(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        said = {"limit": limit, "lease_ms": round(lease_s * 1000), "word": draw_token()}
        words = self._server.run("claim_due", self._key("due"), said)
        pairs = zip(words[::2], words[1::2], strict=True)
        return tuple(Lease(feed_id.decode(), token.decode()) for feed_id, token in pairs)

    def open_poll(self, lease: Lease, lease_s: float, *, again: bool = False) -> OpenPoll:
        begun = Lease(lease.feed_id, draw_token())
        said = _begin_lease(lease, begun, lease_s, again=again)
        return _read_opened(begun, self._server.run("begin_lease", self._key("due"), said))

    def open_polls(
        self, claims: Sequence[Lease], lease_s: float, *, again: bool = False
    ) -> tuple[OpenPoll, ...]:
        begun = [Lease(claim.feed_id, draw_token()) for claim in claims]
        pairs = zip(claims, begun, strict=True)
        said = [_begin_lease(claim, lease, lease_s, again=again) for claim, lease in pairs]
        replies = self._server.run_each("begin_lease", self._key("due"), said)
        return tuple(_read_opened(*pair) for pair in zip(begun, replies, strict=True))

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        said = {"lease_ms": round(lease_s * 1000), "leases": records.lease_pairs(leases)}
        return int(self._server.run("renew_leases", self._key("due"), said))

    def admit(
        self,
        lease: Lease,
        items: Sequence[NewsItem],
        *,
        shown: bytes = b"",
        state: FeedState | None = None,
        shared: Collection[str] = (),
        with_pages: bool = False,
        is_part: bool = False,
    ) -> Admission:
        before = Shown.unpack(shown)
        # All before any is admitted: what cannot be packed admits nothing of the poll.
        candidates = find_candidates(items, before, shared)
        entries = [entry_of(candidate, with_pages=with_pages) for candidate in candidates]
        admission = Admission(known=len(items) - len(entries))
        if not entries:
            return admission  # all that the feed shows is listed
        *first, last = in_slices(entries)
        for some in first:
            admission = self._admit_slice(lease, admission, some, state)
        now = before.then(items, is_part=is_part)
        return self._admit_slice(lease, admission, last, state, now.pack())

    def _admit_slice(
        self,
        lease: Lease,
        before: Admission,
        some: Sequence[Entry],
        state: FeedState | None,
        shown: bytes = b"",
    ) -> Admission:
        """Return what was admitted so far, with this slice; unchanged once that is fenced off."""
        if before.fenced:
            return before
        is_first = before.slices == 0
        said = {
            "id": lease.feed_id,
            "token": lease.token,
            "slices": before.slices,
            "known_s": self._known_for_s,
            "step": draw_step(),
            "inbox_length": self._inbox_length,
            "state": as_text(dump(state)) if state and is_first else None,
            "shown": as_text(shown) if shown else None,
            "entries": some,
        }
        word, *counts = self._server.run("admit", self._key("order"), said)
        if word == b"I":
            raise self._inbox_is_full()
        if word == b"F":
            return replace(before, fenced=True)
        new, changed, known = counts
        return replace(
            before,
            new=before.new + new,
            changed=before.changed + changed,
            known=before.known + known,
            slices=before.slices + 1,
        )

    def finish_poll(
        self,
        lease: Lease,
        state: FeedState,
        due_at: datetime | None,
        record: PollRecord | None = None,
        *,
        pushed_at: datetime | None = None,
        admission: Admission = Admission(),  # noqa: B008  # frozen
        now: datetime | None = None,
    ) -> bool:
        health = state.health
        said = {
            "id": lease.feed_id,
            "token": lease.token,
            "slices": admission.slices,
            "state": as_text(dump(state)),
            "health": {word: word in health for word in HEALTH},
            "history": records.HISTORY_LENGTH,
            "pushes": state.pushes,
            "due": None if due_at is None else records.milliseconds(due_at),
            "now": None if now is None else records.milliseconds(now),
            "pushed": None if pushed_at is None else records.milliseconds(pushed_at),
            "record": as_text(msgspec.msgpack.encode(record)) if record else None,
        }
        return bool(self._server.run("finish_poll", self._key("due"), said))

    def history(self, feed_id: str) -> tuple[PollRecord, ...]:
        found = self._server.call("LRANGE", self._key(f"past:{feed_id}"), 0, -1)
        return tuple(msgspec.msgpack.decode(one, type=PollRecord) for one in found)

    # hosts

    def host_turn(self, host: str, spacing_s: float, patience_s: float) -> HostTurn:
        said = {
            "host": records.uri_hash(host),
            "spacing_ms": round(spacing_s * 1000),
            "patience_ms": round(patience_s * 1000),
        }
        word, wait_ms, strikes = self._server.run("host_turn", self._host_key(host), said)
        return HostTurn(
            is_given=word == b"G",
            wait_s=wait_ms / 1000,
            strikes=strikes,
            is_slowed=word == b"S",
        )

    def slow_host(self, host: str, strikes: int, wait_s: float) -> None:
        said = {
            "host": records.uri_hash(host),
            "strikes": strikes,
            "wait_ms": round(wait_s * 1000),
            "memory_ms": records.STRIKES_FOR_S * 1000,
        }
        self._server.run("slow_host", self._host_key(host), said)

    def _host_key(self, host: str) -> str:
        return self._key(f"host:{records.uri_hash(host)}")

    def _shown_key(self, feed_id: str) -> str:
        return self._key(f"shown:{feed_id}")

    def _health_keys(self) -> list[str]:
        return [self._key(f"health:{word}") for word in HEALTH]

    def _inbox_is_full(self) -> BrokerError:
        return BrokerError(
            f"holds {self._inbox_length} messages and takes no more", subject=self._inbox
        )


def _begin_lease(claim: Lease, begun: Lease, lease_s: float, *, again: bool) -> dict[str, object]:
    """What begin_lease.lua is asked."""
    return {
        "id": claim.feed_id,
        "claim": claim.token,
        "token": begun.token,
        "lease_ms": round(lease_s * 1000),
        "again": again,
        "hashes": ("feeds", "states"),
        "strings": (f"shown:{claim.feed_id}",),
    }


def _read_opened(lease: Lease, reply: Sequence[Any]) -> OpenPoll:
    """What begin_lease.lua answers."""
    is_ours, feed, state, shown = reply
    return OpenPoll(
        lease=lease,
        feed=load(Feed, feed) if feed else None,
        state=load(FeedState, state) if state else FeedState(),
        is_ours=bool(is_ours),
        shown=shown,
    )
