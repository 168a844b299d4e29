"""Feeds, what polling taught of them, and their leases, in memory: `MemoryStore` builds on it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from worker.model import Feed, FeedState, Lease
from worker.store import records

__all__ = ["MemoryFeeds"]


class MemoryFeeds:
    """The feeds of `worker.ports.Store`, in memory; thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._changed = threading.Condition(threading.RLock())
        self._feeds: dict[str, Feed] = {}
        self._states: dict[str, FeedState] = {}
        self._due: dict[str, float] = {}
        self._leases: dict[str, str] = {}
        self._turn = 0

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)

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
