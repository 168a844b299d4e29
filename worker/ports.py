"""The interfaces of the store, a protocol for each concern, and of sinks.

tests/contract/ holds every implementation to them, on a real server.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from worker.model import (
    Feed,
    FeedRequest,
    FeedState,
    Lease,
    PollRecord,
    Subscription,
)
from worker.model.backlog import Backlog, Retention
from worker.model.inbox import DeadLetter, DoorDecision, DoorMessage, FeedChange, InboxEntry
from worker.model.polling import Admission, AdmissionRequest, HostSlot, OpenPage, OpenPoll, PageWork
from worker.model.publishing import (
    ArchivedItem,
    DeskEntry,
    DuplicateCandidate,
    EventMark,
    ItemTrace,
    OpenKill,
    OpenKills,
    PublishedState,
    PublishRequest,
    PublishResult,
    RecentItem,
    Reissue,
)

__all__ = [
    "Archive",
    "DeadLetters",
    "DeskStreams",
    "FeedStore",
    "HostSlots",
    "Inbox",
    "Pages",
    "PollStore",
    "Publications",
    "Sink",
    "Stats",
    "Store",
    "Subscriptions",
]


class Pages(Protocol):
    """Pages to be read. A lease's `feed_id` is the page's; its promises are those of feeds."""

    def put(self, entry: InboxEntry) -> bool:
        """Take an entry off its work stream to have its page read, atomically. False if it was done
        before.
        """
        ...

    def claim(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        """Lease at most `limit` pages that are due, the longest overdue first."""
        ...

    def work(self, lease: Lease, lease_s: float) -> OpenPage | None:
        """Begin with a page, as `PollStore.open` does; None where it is not ours."""
        ...

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        """As `PollStore.renew`."""
        ...

    def postpone(
        self, lease: Lease, work: PageWork, until: datetime, now: datetime | None = None
    ) -> bool:
        """Let the page, as it is now, wait. False if fenced. `now`: see `PollStore.finish`."""
        ...

    def finish(self, lease: Lease, work: PageWork, message: bytes) -> bool:
        """Put the item on the work stream that the entry was on, in its order. False if fenced."""
        ...

    def fail(self, lease: Lease, work: PageWork, reason: str) -> bool:
        """Put the entry back as it was, with a field `failed` for whoever buries it. False if
        fenced.
        """
        ...

    def waiting(self) -> int:
        """How many pages there are to be read."""
        ...


class Subscriptions(Protocol):
    """Subscriptions of feeds at hubs, by feed id; they outlive the feed by two weeks after their
    lease. What is said of a `callback` that another has taken the place of is not kept.
    """

    def get(self, feed_id: str) -> Subscription | None: ...

    def ask(self, feed_id: str, asked: Subscription) -> None:
        """Note what the hub is about to be asked: once more, where the callback is as before."""
        ...

    def fail(self, feed_id: str, callback: str, reason: str) -> None:
        """The hub did not take the request."""
        ...

    def confirm(self, feed_id: str, callback: str, now: datetime, until: datetime) -> bool:
        """The hub granted a lease. False unless it was asked for one."""
        ...

    def deny(self, feed_id: str, callback: str, reason: str) -> bool:
        """The hub granted none, or ended the one that it granted."""
        ...

    def forget(self, feed_id: str, callback: str) -> bool:
        """The hub ended the subscription. False unless it was asked to."""
        ...

    def push(
        self, feed_id: str, callback: str, not_before: datetime, now: datetime | None = None
    ) -> bool:
        """The hub told of news: the feed is due at once and not before this time, or, if it is
        being polled, after that (`finish_poll`). False where we are not subscribed. `now` is the
        caller's time, the server's own where it is None.
        """
        ...

    def refuse(self, feed_id: str, callback: str) -> None:
        """Somebody pushed without the right signature."""
        ...


class FeedStore(Protocol):
    """Feeds and what is known of each."""

    def add(self, feeds: Sequence[Feed]) -> int:
        """Add feeds or change what we were told of them; new ones are due at once. How many were
        new.
        """
        ...

    def plan(self, request: FeedRequest) -> FeedChange:
        """What `enter` has to write of the feed that a message asks for."""
        ...

    def get(self, feed_id: str) -> Feed | None: ...

    def all(self) -> Iterator[Feed]: ...

    def state(self, feed_id: str) -> FeedState: ...

    def remove(self, feed_id: str) -> bool: ...

    def poll_now(self, feed_id: str) -> bool:
        """Make a feed due at once, unless it is being polled or paused. False for an unknown
        feed.
        """
        ...

    def pause(self, feed_id: str) -> bool:
        """Poll a feed no more until it is resumed; a poll under way is fenced off. False for an
        unknown feed.
        """
        ...

    def resume(self, feed_id: str) -> bool:
        """Poll a paused feed again, no earlier than it was due. False for one that is not
        paused.
        """
        ...

    def is_paused(self, feed_id: str) -> bool: ...

    def showing(self, uri: str) -> tuple[str, ...]:
        """The ids of the feeds that show an item, or showed it of late. Asks for every feed."""
        ...

    def history(self, feed_id: str) -> tuple[PollRecord, ...]:
        """The records of the last twenty polls, the newest first."""
        ...


class PollStore(Protocol):
    """Leases of due feeds, and the items that a poll brings."""

    def claim_due(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        """Lease at most `limit` due feeds, longest overdue first. No feed is leased twice at
        once.
        """
        ...

    def open(self, lease: Lease, lease_s: float, *, again: bool = False) -> OpenPoll:
        """Begin with a claimed feed, under a lease that fences off all others of it.

        The feed is ours, for `lease_s` from now, unless another has begun with it, or it is done.
        One that was claimed again before anybody began is begun by whoever comes first. One that
        was begun by this very claim is begun again once nobody renews its lease, or at once where
        `again` says that whoever began is dead.
        """
        ...

    def open_all(
        self, claims: Sequence[Lease], lease_s: float, *, again: bool = False
    ) -> tuple[OpenPoll, ...]:
        """Begin with several claimed feeds, as `open_poll` does with each, in one round trip."""
        ...

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        """Have the leases that were begun end so long from now; how many are still ours."""
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
        """Keep what the poll taught and when the next is due (None: never). False if fenced, as it
        is where the store does not know of all that the poll admitted.

        `pushed_at` is when it is due instead if the feed's hub pushed more than `state.pushes`.
        `now` is the time by the clock that both go by; without it they go by the store's.
        """
        ...


class HostSlots(Protocol):
    """The pace at which each host is asked, by all pollers together, and its back-off."""

    def take_slot(self, host: str, spacing_s: float, patience_s: float) -> HostSlot:
        """Take the host's next turn, so long after the one before, if it comes within
        `patience_s`; none while the host is slowed.
        """
        ...

    def slow_down(self, host: str, strikes: int, wait_s: float) -> None:
        """Give no turn of the host's for so long, and remember the strikes an hour longer; with 0
        strikes forget that it ever asked.
        """
        ...


class Inbox(Protocol):
    """Messages at the doors, and entries of the work streams until they are done."""

    def put(
        self, message: bytes | str, *, urgent: bool = False, fields: Mapping[str, str] | None = None
    ) -> str:
        """Put a JSON message on the inbox; its entry id."""
        ...

    def read_doors(self, limit: int, message_bytes: int) -> tuple[tuple[DoorMessage, ...], bool]:
        """The first messages at the doors, in the order in which they came in, and whether there
        are more. They stay there.
        """
        ...

    def enter(self, verdicts: Sequence[DoorDecision]) -> int:
        """Take messages off their doors, each in one step with what becomes of it; how many were
        taken. A feed's change stays at its door where the feed was changed meanwhile.
        """
        ...

    def take_work(
        self, limit: int, idle_ms: int, *, urgent_only: bool = False
    ) -> tuple[InboxEntry, ...]:
        """Entries to work on, the urgent stream first; of each stream those idle for `idle_ms`
        before new ones.

        Taking counts no attempt. Returns at once, empty when there is nothing.
        """
        ...

    def begin(self, stream: str, ids: Sequence[str], *, idle_ms: int = 0) -> tuple[InboxEntry, ...]:
        """The entries that are still to be done, payloads included; each counts one attempt
        more. Those that somebody began or kept less than `idle_ms` ago are left to them.
        """
        ...

    def keep(self, entries: Sequence[InboxEntry], idle_ms: int) -> None:
        """Tell that entries which we began are still being worked on; those that we have not kept
        for `idle_ms` may be somebody else's and are left alone.
        """
        ...

    def release(self, entries: Sequence[InboxEntry]) -> None:
        """Take back the attempt that `begin` counted: these entries did not fail, we could not go
        on.
        """
        ...

    def finish(self, entry: InboxEntry) -> bool:
        """Finish an entry that makes no events (a `{"feed": ...}`). False if it was done before."""
        ...

    def reject(self, entry: InboxEntry, letter: DeadLetter) -> bool:
        """Move an entry to the dead letters, atomically. False if it was done before."""
        ...

    def release_held(self, limit: int = 100) -> int:
        """Put the entries whose time has come on the urgent inbox; how many.

        Their field `released` says that they have waited.
        """
        ...


class Publications(Protocol):
    """What is known of items, and the events that go out."""

    def known(self, uris: Sequence[str]) -> tuple[PublishedState, ...]:
        """What is known of each uri."""
        ...

    def recent(self, wires: Sequence[str]) -> tuple[RecentItem, ...]:
        """The items that moved on any of these wires within the window of kills, the newest first;
        an item on two wires is there twice.
        """
        ...

    def lookalikes(
        self, asked: Sequence[tuple[str, Sequence[str]]]
    ) -> tuple[tuple[DuplicateCandidate, ...], ...]:
        """For each uri and its bands the firsts that share a band, and itself where it is one; the
        oldest first.
        """
        ...

    def open_kill(self, kill: OpenKill) -> OpenKill:
        """Have every item that is not published yet held against this kill first. Returns the kill
        with its id.
        """
        ...

    def open_kills(self, wires: Sequence[str]) -> OpenKills:
        """The kills of these wires that may have overtaken items."""
        ...

    def publish(self, requests: Sequence[PublishRequest]) -> tuple[PublishResult, ...]:
        """Publish events and finish their entries, atomically for each request."""
        ...

    def hold(self, request: PublishRequest, until: datetime) -> PublishResult:
        """Take an entry off the inbox until its time: HELD, DUE, STALE, GONE or CONFLICT. The
        store's clock decides whether the time has come.

        A version that waits already gives way to a later one, and to nothing older.
        """
        ...

    def withhold(self, request: PublishRequest, kill: OpenKill) -> PublishResult:
        """Finish the entry of an item that a kill stopped on its way, and remember which: STALE,
        GONE, or CONFLICT where the kill is open no more.
        """
        ...

    def trace(self, uri: str) -> ItemTrace: ...


class Archive(Protocol):
    """Copies of the last versions, and replays of their events."""

    def list(self, *, after: str = "0-0", limit: int = 100) -> tuple[ArchivedItem, ...]:
        """Copies that were kept after this one, oldest first."""
        ...

    def get(self, copy_id: str) -> ArchivedItem | None: ...

    def marks(self, uri: str, events: Sequence[tuple[str, int]]) -> tuple[EventMark | None, ...]:
        """What stands for each event of the uri's last version, by its desk and its position there.
        None for one that is not there, or went long ago.
        """
        ...

    def reissue(
        self, uri: str, copy_id: str, reissues: Sequence[Reissue], *, first: str = ""
    ) -> int:
        """Publish those events of a replay whose mark is unchanged; how many. Their desks have had
        the first that the item is, or is a copy of.

        None of them where the copy is no longer that of the uri's last version, or where that was
        taken back.
        """
        ...


class DeskStreams(Protocol):
    """Events of desks; a relay of a desk holds its lease."""

    def read(
        self, desk: str, *, after: str = "0-0", limit: int = 100, block_ms: int = 0
    ) -> tuple[DeskEntry, ...]:
        """Events on a desk after an entry id ("$" is the end). Waits `block_ms` for the first."""
        ...

    def lease(self, desk: str, token: str, *, seen: str = "") -> str:
        """Take the lease of a desk for a token that is new; returns "" where it is the token's now.

        Otherwise returns what the lease of another relay says, which changes with each renewal. A
        caller that has seen one answer for so long that the other relay must be dead gives it back
        as `seen` and takes the lease from it: no clock but the caller's decides.
        """
        ...

    def renew(self, desk: str, token: str) -> bool:
        """Say that the relay which holds the lease is alive. False where it is not the token's."""
        ...

    def leave(self, desk: str, token: str) -> None:
        """End the lease, where it is the token's."""
        ...

    def take(self, desk: str, token: str, *, limit: int = 100) -> tuple[DeskEntry, ...] | None:
        """Return the events that the desk's relay has not confirmed, then new ones; None where the
        lease is not the token's.
        """
        ...

    def confirm(self, desk: str, token: str, entry_ids: Sequence[str]) -> bool:
        """Confirm events that are safely downstream: no relay gets them again. False where the
        lease is not the token's, and nothing was confirmed.
        """
        ...


class DeadLetters(Protocol):
    """Messages that were given up."""

    def list(self, limit: int = 100, *, before: str = "") -> tuple[DeadLetter, ...]:
        """The newest first, of those that are older than the letter `before`."""
        ...

    def get(self, letter_id: str) -> DeadLetter | None: ...

    def retry(self, letter_id: str) -> bool:
        """Put the letter's message back on the inbox it came from, atomically. False if not
        there.
        """
        ...

    def drop(self, letter_id: str) -> bool: ...

    def dropped(self) -> Mapping[str, int]:
        """How many letters of each kind made room for others."""
        ...


class Stats(Protocol):
    """Counts, ages and limits."""

    def sizes(self) -> Mapping[str, int]:
        """Counts at a glance: feeds, due, paused, the words of `HEALTH`, inbox, inbox_pending,
        held, dead, desk:<name>.
        """
        ...

    def backlog(self) -> Backlog: ...

    def retention(self) -> tuple[Retention, ...]: ...

    def ping(self) -> None: ...


class Store(Protocol):
    """Everything that the service keeps. All times are aware UTC; the store's own clock decides.

    Every method of every part raises BrokerError when the server behind it cannot answer.
    """

    @property
    def feeds(self) -> FeedStore: ...
    @property
    def polls(self) -> PollStore: ...
    @property
    def hosts(self) -> HostSlots: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def publications(self) -> Publications: ...
    @property
    def archive(self) -> Archive: ...
    @property
    def desks(self) -> DeskStreams: ...
    @property
    def dead_letters(self) -> DeadLetters: ...
    @property
    def stats(self) -> Stats: ...
    @property
    def pages(self) -> Pages: ...
    @property
    def subscriptions(self) -> Subscriptions: ...
    def close(self) -> None: ...


class Sink(Protocol):
    """A queue downstream that a relay feeds from a desk's stream."""

    def send(self, entries: Iterable[DeskEntry]) -> None:
        """Send all, in order, and return when all are taken.

        Events that were taken before are dropped by their id. An event is drawn from `entries` just
        before it is sent: an exception raised there means that nothing more may be sent, an end
        that the rest is asked for later.

        Raises:
            SinkError: At least one was not taken; sending all of them again is safe.
        """
        ...

    def close(self) -> None: ...
