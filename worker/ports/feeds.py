"""The interfaces of feeds: their polls, the pace of their hosts, their subscriptions at hubs."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from worker.model import Feed, FeedState, Lease, PollRecord, Subscription
from worker.model.feed import FeedStanding
from worker.model.inbox import FeedChange, FeedRequest
from worker.model.polling import Admission, AdmissionRequest, HostSlot, OpenPoll, PollEnd

__all__ = ["FeedStore", "HostSlots", "PollStore", "Subscriptions"]


class FeedStore(Protocol):
    """Feeds, their states and their histories."""

    def add(self, feeds: Sequence[Feed]) -> int:
        """Add or change feeds, and return the number of new ones, which are due at once."""
        ...

    def plan(self, requests: Sequence[FeedRequest]) -> tuple[FeedChange, ...]:
        """Return the changes that messages request, for `Inbox.enter` to make in this order.

        A change of a feed assumes that the changes before it are made.
        """
        ...

    def get(self, feed_id: str) -> Feed | None: ...

    def all(self) -> Iterator[Feed]: ...

    def state(self, feed_id: str) -> FeedState: ...

    def in_state(self, name: str) -> frozenset[str]:
        """Return the ids of the feeds that are `paused`, `due`, or have a flag of `HEALTH`."""
        ...

    def standings(self, feed_ids: Sequence[str]) -> tuple[FeedStanding, ...]:
        """Return the standings of these feeds, in this order, without those that are unknown."""
        ...

    def remove(self, feed_id: str) -> bool: ...

    def poll_now(self, feed_id: str) -> bool:
        """Make a feed due at once unless it is leased or paused. False for an unknown feed."""
        ...

    def pause(self, feed_id: str) -> bool:
        """Stop polling a feed until it is resumed. False for an unknown feed.

        A poll under way is fenced off.
        """
        ...

    def resume(
        self, feed_id: str, due_by: datetime | None = None, now: datetime | None = None
    ) -> bool:
        """Poll a paused feed again when it was due, or at `due_by` if that is sooner.

        False if it is not paused.

        Args:
            feed_id: The feed.
            due_by: The latest time of its next poll.
            now: The time by the clock of `due_by`; None if that is the server's.
        """
        ...

    def is_paused(self, feed_id: str) -> bool: ...

    def showing(self, uri: str) -> tuple[str, ...]:
        """Return the ids of the feeds that show an item, or did lately. Reads every feed's list."""
        ...

    def history(self, feed_id: str) -> tuple[PollRecord, ...]:
        """Return the records of the last twenty polls, the newest first."""
        ...


class PollStore(Protocol):
    """Leases of due feeds, and the admission of their items."""

    def claim_due(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        """Lease at most `limit` due feeds, the longest overdue first; none that is leased."""
        ...

    def open(self, lease: Lease, lease_s: float) -> OpenPoll:
        """Begin the poll of a claimed feed, under a new lease that fences off all others of it.

        The feed is ours for `lease_s` unless another poller has begun or the poll is done. If the
        feed was claimed again before any poller began, the first to come may begin with either
        claim. A poll that was begun with this very claim may begin again when its lease has
        expired.
        """
        ...

    def open_all(self, claims: Sequence[Lease], lease_s: float) -> tuple[OpenPoll, ...]:
        """Begin the polls of several claimed feeds as `open` does, in a single round trip."""
        ...

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        """Postpone the end of leases to `lease_s` from now; return the number still held."""
        ...

    def admit(
        self, lease: Lease, request: AdmissionRequest, *, state: FeedState | None = None
    ) -> Admission:
        """Put the new and changed items of a poll on the work streams, a large poll in steps.

        `state` is saved with the first step: it is the feed's state if the poll is interrupted. A
        version that came back after another is put under a version of its own (`<digest>.2`),
        unless the body has other entries of its uri.

        Raises:
            CodecError: An item cannot be packed; nothing was admitted.
        """
        ...

    def finish(
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
        """Save the feed's state and the time of its next poll, and end the lease.

        False if the lease is fenced off, or if the store has lost a part of `admission`.

        Args:
            lease: The lease of the poll.
            state: The new state of the feed.
            due_at: The time of the next poll; None: never.
            record: The record of this poll for the feed's history.
            pushed_at: The time of the next poll if the hub has pushed more than `state.pushes`.
            admission: The result of `admit`.
            now: The present time by the clock of `due_at`; without it that is the store's clock.
                The store gets the difference: no two clocks are compared.
        """
        ...

    def finish_all(self, ends: Sequence[PollEnd]) -> tuple[bool, ...]:
        """End several polls as `finish` does, in a single round trip."""
        ...


class HostSlots(Protocol):
    """The pace of requests to each host, for all pollers together, and its back-off."""

    def take_slot(self, host: str, spacing_s: float, max_wait_s: float) -> HostSlot:
        """Take the host's next slot, `spacing_s` after the last, if it is within `max_wait_s`.

        A host that is slowed down gives no slot.
        """
        ...

    def slow_down(self, host: str, strikes: int, wait_s: float) -> None:
        """Give no slot of a host for `wait_s`, and remember its strikes for an hour longer.

        With 0 strikes the host's back-off is forgotten. Without a wait nothing changes while the
        host is slowed down: the answer that is recorded was asked for before.
        """
        ...


class Subscriptions(Protocol):
    """Subscriptions of feeds at hubs, by feed id.

    A subscription is forgotten two weeks after its lease. A method whose `callback` is no longer
    that of the feed's subscription changes nothing.
    """

    def get(self, feed_id: str) -> Subscription | None: ...

    def ask(self, feed_id: str, asked: Subscription) -> bool:
        """Record a request to the hub before it is sent; a new callback is a new subscription.

        False if it would subscribe a feed that was removed or paused meanwhile.
        """
        ...

    def fail(self, feed_id: str, callback: str, reason: str) -> None:
        """Record that the hub did not accept the request."""
        ...

    def confirm(self, feed_id: str, callback: str, now: datetime, until: datetime) -> bool:
        """Record the lease that the hub granted. False if none was requested."""
        ...

    def deny(self, feed_id: str, callback: str, reason: str) -> bool:
        """Record that the hub denied a lease or ended it early."""
        ...

    def forget(self, feed_id: str, callback: str) -> bool:
        """Delete a subscription that the hub ended. False if that was not requested."""
        ...

    def push(
        self,
        feed_id: str,
        callback: str,
        not_before: Callable[[FeedState], datetime],
        now: datetime | None = None,
    ) -> bool:
        """Record a push: the feed is due now, but not before `not_before`. False if unsubscribed.

        That time is worked out from the state of the feed, anew if a poll ends meanwhile. If the
        feed is being polled, `PollStore.finish` takes the push into account. `now` is the present
        time by the caller's clock; without it the store's clock counts.
        """
        ...

    def refuse(self, feed_id: str, callback: str) -> None:
        """Count a push without the right signature."""
        ...
