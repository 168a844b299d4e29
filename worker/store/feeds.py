"""Feeds, their states and their histories."""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from worker.errors import CodecError
from worker.model import HEALTH, Feed, FeedState, PollRecord
from worker.model.codec import dump, load
from worker.model.feed import FeedStanding
from worker.model.inbox import FeedChange, FeedRequest
from worker.model.shown import ShownEntries
from worker.store import records
from worker.store.connection import as_text
from worker.store.part import Part

__all__ = ["RedisFeeds"]

FEEDS_AT_ONCE = 1000
"""Feeds in a command, so that none blocks the server for long: there may be 100,000."""


class RedisFeeds(Part):
    """`worker.ports.FeedStore` on a server."""

    def add(self, feeds: Sequence[Feed]) -> int:
        new = 0
        for start in range(0, len(feeds), FEEDS_AT_ONCE):
            chunk = feeds[start : start + FEEDS_AT_ONCE]
            argument = {"feeds": [(feed.id, as_text(dump(feed))) for feed in chunk]}
            new += self._server.run("add_feeds", self._key("feeds"), argument)
        return new

    def plan(self, requests: Sequence[FeedRequest]) -> tuple[FeedChange, ...]:
        ids = list(dict.fromkeys(request.feed.id for request in requests))
        commands = [("HGET", self._key("feeds"), feed_id) for feed_id in ids]
        packed = self._server.pipeline(commands) if commands else []
        known = dict(zip(ids, packed, strict=True))
        changes: list[FeedChange] = []
        for request in requests:
            feed_id = request.feed.id
            was = known[feed_id]
            feed = dump(request.applied_to(_readable(was)))
            changes.append(FeedChange(feed_id=feed_id, was=was or b"", feed=feed))
            known[feed_id] = feed
        return tuple(changes)

    def get(self, feed_id: str) -> Feed | None:
        packed = self._server.call("HGET", self._key("feeds"), feed_id)
        return None if packed is None else load(Feed, packed)

    def all(self) -> Iterator[Feed]:
        ids = sorted(self._server.call("HKEYS", self._key("feeds")))
        for start in range(0, len(ids), FEEDS_AT_ONCE):
            chunk = ids[start : start + FEEDS_AT_ONCE]
            for packed in self._server.call("HMGET", self._key("feeds"), *chunk):
                if packed is not None:  # removed since HKEYS
                    yield load(Feed, packed)

    def state(self, feed_id: str) -> FeedState:
        packed = self._server.call("HGET", self._key("states"), feed_id)
        return FeedState() if packed is None else load(FeedState, packed)

    def in_state(self, name: str) -> frozenset[str]:
        if name == "paused":
            ids = self._server.call("ZRANGE", self._key("paused"), 0, -1)
        elif name == "due":
            ids = self._server.call(
                "ZRANGE", self._key("due"), "-inf", self._steady_ms(), "BYSCORE"
            )
        else:
            ids = self._server.call("SMEMBERS", self._key(f"health:{name}"))
        return frozenset(feed_id.decode() for feed_id in ids)

    def _steady_ms(self) -> int:
        """Return the time by which feeds are due (scripts/lib/steady.lua)."""
        seconds, microseconds = self._server.call("TIME")
        return int(seconds) * 1000 + int(microseconds) // 1000 + self._setbacks_ms()

    def standings(self, feed_ids: Sequence[str]) -> tuple[FeedStanding, ...]:
        setbacks_ms = self._setbacks_ms()
        commands = [
            command
            for feed_id in feed_ids
            for command in (
                ("HGET", self._key("feeds"), feed_id),
                ("HGET", self._key("states"), feed_id),
                ("ZSCORE", self._key("paused"), feed_id),
                ("ZSCORE", self._key("due"), feed_id),
                ("HEXISTS", self._key("leases"), feed_id),
                ("LRANGE", self._key(f"past:{feed_id}"), 0, -1),
            )
        ]
        replies = self._server.pipeline(commands) if commands else []
        rows = (replies[start : start + 6] for start in range(0, len(replies), 6))
        return tuple(_standing(row, setbacks_ms) for row in rows if row[0] is not None)

    def remove(self, feed_id: str) -> bool:
        argument = {"id": feed_id, "health": HEALTH}
        return bool(self._server.run("remove_feed", self._key("feeds"), argument))

    def poll_now(self, feed_id: str) -> bool:
        return bool(self._server.run("poll_now", self._key("feeds"), {"id": feed_id}))

    def pause(self, feed_id: str) -> bool:
        return bool(self._server.run("pause_feed", self._key("feeds"), {"id": feed_id}))

    def resume(
        self, feed_id: str, due_by: datetime | None = None, now: datetime | None = None
    ) -> bool:
        argument = {
            "id": feed_id,
            "due_by": due_by and records.milliseconds(due_by),
            "now": now and records.milliseconds(now),
        }
        return bool(self._server.run("resume_feed", self._key("paused"), argument))

    def is_paused(self, feed_id: str) -> bool:
        return self._server.call("ZSCORE", self._key("paused"), feed_id) is not None

    def showing(self, uri: str) -> tuple[str, ...]:
        ids = sorted(self._server.call("HKEYS", self._key("feeds")))
        showing: list[str] = []
        for start in range(0, len(ids), FEEDS_AT_ONCE):
            chunk = [feed_id.decode() for feed_id in ids[start : start + FEEDS_AT_ONCE]]
            lists = self._server.pipeline([("GET", self._shown_key(feed_id)) for feed_id in chunk])
            pairs = zip(chunk, lists, strict=True)
            showing += [
                feed_id for feed_id, packed in pairs if packed and ShownEntries.holds(packed, uri)
            ]
        return tuple(showing)

    def history(self, feed_id: str) -> tuple[PollRecord, ...]:
        return _records(self._server.call("LRANGE", self._key(f"past:{feed_id}"), 0, -1))

    def _shown_key(self, feed_id: str) -> str:
        return self._key(f"shown:{feed_id}")


def _standing(row: Sequence[Any], setbacks_ms: int) -> FeedStanding:
    """Return a feed's standing from the replies to the commands of `standings`."""
    feed, state, paused, due, leased, polls = row
    at = -math.inf if due is None or leased else float(due) - setbacks_ms
    found_new = (poll.at for poll in _records(polls) if poll.new)
    return FeedStanding(
        feed=load(Feed, feed),
        state=FeedState() if state is None else load(FeedState, state),
        is_paused=paused is not None,
        is_leased=bool(leased),
        due_at=datetime.fromtimestamp(at / 1000, UTC) if math.isfinite(at) else None,
        new_at=next((datetime.fromtimestamp(ended, UTC) for ended in found_new), None),
    )


def _records(polls: Sequence[bytes]) -> tuple[PollRecord, ...]:
    return tuple(msgspec.msgpack.decode(packed, type=PollRecord) for packed in polls)


def _readable(packed: bytes | None) -> Feed | None:
    """Return a stored feed; None if there is none, or none that can be read."""
    try:
        return None if packed is None else load(Feed, packed)
    except CodecError:
        return None
