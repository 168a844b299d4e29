"""Feeds, what polling taught of them, and their leases, in memory: `MemoryStore` builds on it."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.model import HEALTH, Feed, FeedState, Lease, PollRecord
from worker.ports import HostTurn
from worker.store import records
from worker.store.leasebook import LeaseBook
from worker.store.pushes import MemoryPushes

__all__ = ["MemoryFeeds"]


@dataclass(slots=True)
class _Host:
    """Times in milliseconds since 1970: the next turn, the end of a slow time, of our memory."""

    next_ms: float = 0
    until_ms: float = 0
    kept_ms: float = 0
    strikes: int = 0


class MemoryFeeds:
    """The feeds of `worker.ports.Store`, in memory; thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._changed = threading.Condition(threading.RLock())
        self._feeds: dict[str, Feed] = {}
        self._states: dict[str, FeedState] = {}
        self._leases = LeaseBook(self._now_ms)
        self._paused: dict[str, float | None] = {}
        self._past: dict[str, tuple[PollRecord, ...]] = {}
        self._hosts: dict[str, _Host] = {}
        self.pushes = MemoryPushes(self._changed, self._now_ms, self._hasten)

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)

    def add_feeds(self, feeds: Sequence[Feed]) -> int:
        with self._changed:
            new = [feed.id for feed in feeds if feed.id not in self._feeds]
            for feed in feeds:
                self._feeds[feed.id] = feed
            for feed_id in new:
                self._leases.due[feed_id] = self._now_ms()
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
            self._past.pop(feed_id, None)
            self._leases.end(feed_id, None)
            self._paused.pop(feed_id, None)
            return self._feeds.pop(feed_id, None) is not None

    def poll_now(self, feed_id: str) -> bool:
        with self._changed:
            if feed_id not in self._feeds:
                return False
            if not (self._leases.is_leased(feed_id) or feed_id in self._paused):
                self._leases.end(feed_id, self._now_ms())
            return True

    def _hasten(self, feed_id: str, at_ms: float) -> None:
        due = self._leases.due
        if feed_id in due and not self._leases.is_leased(feed_id):
            due[feed_id] = min(due[feed_id], at_ms)

    def pause_feed(self, feed_id: str) -> bool:
        with self._changed:
            if feed_id in self._feeds and feed_id not in self._paused:
                is_polled = feed_id in self._leases.leases
                self._paused[feed_id] = 0.0 if is_polled else self._leases.due.get(feed_id)
                self._leases.end(feed_id, None)
            return feed_id in self._feeds

    def resume_feed(self, feed_id: str) -> bool:
        with self._changed:
            if feed_id not in self._paused:
                return False
            due = self._paused.pop(feed_id)
            if due is not None:
                self._leases.due[feed_id] = max(due, self._now_ms())
            return True

    def is_paused(self, feed_id: str) -> bool:
        return feed_id in self._paused

    def claim_due(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        with self._changed:
            return self._leases.claim(limit, lease_s)

    def open_poll(
        self, lease: Lease, lease_s: float, *, again: bool = False
    ) -> tuple[Feed | None, FeedState, bool]:
        with self._changed:
            feed_id, is_ours = lease.feed_id, self._leases.begin(lease, lease_s, again=again)
            return self.feed(feed_id), self.feed_state(feed_id), is_ours

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        with self._changed:
            return self._leases.renew(leases, lease_s)

    def finish_poll(
        self,
        lease: Lease,
        state: FeedState,
        due_at: datetime | None,
        record: PollRecord | None = None,
        *,
        pushed_at: datetime | None = None,
    ) -> bool:
        with self._changed:
            if not self._leases.owns(lease):
                return False
            self._states[lease.feed_id] = state
            if record is not None:
                past = (record, *self._past.get(lease.feed_id, ()))
                self._past[lease.feed_id] = past[: records.HISTORY_LENGTH]
            subscription = self.pushes.get(lease.feed_id)
            is_pushed = subscription is not None and subscription.pushes != state.pushes
            if due_at and pushed_at and is_pushed:
                due_at = min(due_at, pushed_at)
            due_ms = None if due_at is None else records.milliseconds(due_at)
            self._leases.end(lease.feed_id, due_ms)
            return True

    def history(self, feed_id: str) -> tuple[PollRecord, ...]:
        return self._past.get(feed_id, ())

    def host_turn(self, host: str, spacing_s: float, patience_s: float) -> HostTurn:
        with self._changed:
            now_ms = self._now_ms()
            known = self._hosts.get(host, _Host())
            strikes = known.strikes if known.kept_ms > now_ms else 0
            if known.until_ms > now_ms:
                wait_s = (known.until_ms - now_ms) / 1000
                return HostTurn(is_given=False, wait_s=wait_s, strikes=strikes, is_slowed=True)
            turn_ms = max(known.next_ms, now_ms)
            is_given = turn_ms - now_ms <= patience_s * 1000
            if is_given:
                known.next_ms = turn_ms + spacing_s * 1000
                self._hosts[host] = known
            return HostTurn(is_given=is_given, wait_s=(turn_ms - now_ms) / 1000, strikes=strikes)

    def slow_host(self, host: str, strikes: int, wait_s: float) -> None:
        with self._changed:
            known = self._hosts.setdefault(host, _Host())
            until_ms = self._now_ms() + wait_s * 1000
            known.strikes = strikes
            known.until_ms = max(known.until_ms, until_ms) if strikes else 0
            known.kept_ms = known.until_ms + records.STRIKES_FOR_S * 1000

    def _health(self) -> Mapping[str, int]:
        """How many feeds each word of `HEALTH` holds for."""
        found = [state.health for state in self._states.values()]
        return {word: sum(word in words for words in found) for word in HEALTH}
