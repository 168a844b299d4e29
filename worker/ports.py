"""The seams: what the service needs from a store, a sink and the network, as protocols.

Every implementation, the in-memory ones included, is held to the same promises by tests/contract/.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from worker.messages import FeedRequest
from worker.model import (
    Feed,
    FeedState,
    Lease,
    NewsItem,
    PollRecord,
    Subscription,
    version_key,
)

__all__ = [
    "Admission",
    "Backlog",
    "DeadLetter",
    "DeskEntry",
    "DoorMessage",
    "FetchReply",
    "Fetcher",
    "HostTurn",
    "InboxBacklog",
    "InboxEntry",
    "Kept",
    "KillNote",
    "Known",
    "Likeness",
    "Lookalike",
    "Mark",
    "OpenKill",
    "OpenKills",
    "OpenPage",
    "OpenPoll",
    "Outcome",
    "PageWork",
    "Pages",
    "Placing",
    "Publication",
    "PublishResult",
    "Pushes",
    "ReaderBacklog",
    "Recent",
    "Reissue",
    "Retention",
    "Room",
    "Sink",
    "Store",
    "Trace",
    "Verdict",
    "Withdrawal",
]


class DoorMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it stands at a door, `inbox` or `inbox:urgent`, where anyone may put it.

    `fields` are those that mean something, decoded as UTF-8 with replacement, and cut where they
    are longer than a message may be; `size` is how many bytes they have uncut, and `digest` tells
    the message from another that its sender put under the same id. `look` names the
    look at the doors that read it.
    """

    look: str
    door: str
    id: str
    size: int
    digest: str
    fields: Mapping[str, str]


class FeedChange(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as a message wants it, and as it was known when that was worked out: both as the store
    keeps them, `was` empty for a feed that is new.
    """

    feed_id: str
    was: bytes
    feed: bytes


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a message at a door. `word`: `work`, `urgent`, `page`, `feed`, which takes a
    `change`, or `dead`, which takes a `letter`.
    """

    message: DoorMessage
    word: str
    letter: "DeadLetter | None" = None
    change: FeedChange | None = None


class InboxEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a work stream.

    `attempts` counts the times that a worker began on it; `fields` are the stream's own, decoded as
    UTF-8 with replacement; `size` is the length of the message in bytes, where only that is known.
    """

    stream: str
    id: str
    fields: Mapping[str, str]
    attempts: int = 0
    size: int = 0


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """One event, encoded, on its way to a desk. `digest` are four bytes that stand for its data:
    equal data, equal digest.
    """

    desk: str
    id: str
    type: str
    body: bytes
    digest: bytes = b"\1\1\1\1"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What stands for an event that its desk has: the digest of its data, and how often a replay
    took its place.
    """

    digest: bytes
    times: int = 0


class Recent(msgspec.Struct, frozen=True, kw_only=True):
    """What a kill may call an item that moved lately. `at_ms`: when it came out, milliseconds since
    1970. `order`: its place among all that came in. `is_held`: this version waits for its time, and
    an earlier one may be out.
    """

    uri: str
    version: str
    number: str = ""
    slug: str = ""
    headline: str = ""
    order: str = ""
    at_ms: int = 0
    is_held: bool = False


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows of one uri.

    `version` was published last, None for a uri never seen; `order` is its place among all that
    came in, "" where none was published. `desks` have had an event of it; those of them that are
    `behind` have had earlier versions alone. `copy` is the id of that version's copy, None where
    none was kept. `is_withdrawn`: a kill took that version back; `is_kill`: it is a kill itself.
    `seen` are the hashes of the versions that came, each with how often; those of `published` were
    out.
    """

    version: str | None = None
    is_kill: bool = False
    order: str = ""
    desks: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    copy: str | None = None
    is_withdrawn: bool = False
    seen: tuple[tuple[bytes, int], ...] = ()
    published: tuple[bytes, ...] = ()

    @property
    def key(self) -> str | None:
        """What tells the version from the others of its item."""
        return None if self.version is None else version_key(self.version, is_kill=self.is_kill)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The copy of an item as it came in, packed by whoever published it. `item` says whose it is;
    `at_ms` when it was published.
    """

    id: str
    item: bytes
    body: bytes

    @property
    def at_ms(self) -> int:
        """Milliseconds since 1970."""
        return int(self.id.partition("-")[0])


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """An item that an outcome takes back, in the version that its kill meant. `desks` are those
    that the worker knew to have had it. `is_behind`: a version of after the kill is out and stays;
    `desks` are those that have had earlier ones alone.
    """

    uri: str
    version: str = ""
    desks: tuple[str, ...] = ()
    is_behind: bool = False


class KillNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a kill says of the item that it takes back, each part cut to 300 code points.

    `numbers`, `slug`, `headline` and `more_headlines` are named in its text; `own_slug` and
    `own_headline` are those that it stands under itself. `is_marked` where its text says that it is
    a kill, and not only a field by which a provider takes its own item off.
    """

    uri: str
    numbers: tuple[str, ...] = ()
    slug: str = ""
    headline: str = ""
    more_headlines: tuple[str, ...] = ()
    own_slug: str = ""
    own_headline: str = ""
    is_marked: bool = False


class OpenKill(msgspec.Struct, frozen=True, kw_only=True):
    """A kill that may have overtaken its target: what it says, its place among all that came in,
    and the wires of the items that it may mean. `id` is the store's.
    """

    order: str
    wires: tuple[str, ...]
    note: KillNote
    id: str = ""


class OpenKills(msgspec.Struct, frozen=True, kw_only=True):
    """The open kills of some wires; `newest` is the id of the newest of each wire, "0-0" where
    there is none.
    """

    kills: tuple[OpenKill, ...] = ()
    newest: Mapping[str, str] = msgspec.field(default_factory=dict)


class Likeness(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an item is compared by: the smallest hashes of its word shingles, how many shingles
    there are, and whose it is. `corrects`: it says that it mends an error.
    """

    uri: str
    sketch: bytes
    shingles: int
    source: str = ""
    agency: str = ""
    slug: str = ""
    number: str = ""
    corrects: bool = False


class Lookalike(msgspec.Struct, frozen=True, kw_only=True):
    """A first that an item may be a copy of. `desks` have had it, or a copy of it."""

    likeness: Likeness
    desks: tuple[str, ...] = ()


class Placing(msgspec.Struct, frozen=True, kw_only=True):
    """How an item stands to those like it.

    `bands` are where it is found. `judged` are the uris of all firsts there that the worker held it
    against; `first` is the one that it is a copy of, and `desks` are those known to have had that
    or a copy of it. An item without a `first` becomes one.
    """

    likeness: Likeness
    bands: tuple[str, ...]
    judged: tuple[str, ...] = ()
    first: str = ""
    desks: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker made of one inbox entry. `expected` is the latest version that the worker knew
    of; both are keys (`version_key`).

    `copy` is kept for replays and for the next version's change; empty: nothing is. `recent` is
    listed on each of `wires`, for kills to find it. `withdraws` are the other items that it takes
    back: versions of them that are older than the entry are published no more. `kills_to` are the
    ids of the newest open kills that the worker knew of, by wire. `opened` is the open kill that
    this is; a store that has lost it publishes nothing. `is_named`: the version is its sender's own
    word; where it is one that was out before, nothing moves. `counts` is the version that came back
    and is published under the name of `version`.
    """

    entry: InboxEntry
    uri: str
    version: str
    expected: str | None
    publications: tuple[Publication, ...]
    copy: bytes = b""
    recent: Recent | None = None
    wires: tuple[str, ...] = ()
    withdraws: tuple[Withdrawal, ...] = ()
    kills_to: Mapping[str, str] = msgspec.field(default_factory=dict)
    opened: OpenKill | None = None
    is_named: bool = False
    counts: str = ""
    placing: Placing | None = None
    """None for an item that has too little text to be like another, and for a kill."""


class Reissue(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a replay, the `position`-th of its item on its desk. `mark` is what stood for
    that when the worker looked, None where the desk has had none.
    """

    position: int
    mark: Mark | None
    publication: Publication


class PublishResult(StrEnum):
    """What became of an `Outcome`, or of an item that shall wait.

    PUBLISHED: its events are on the desks (those that were there already, once) and the entry is
    done. STALE: a later inbox entry of the same uri is out, or a later one took it back; nothing
    was published, the entry is done. GONE: the entry was done before; nothing was published.
    CONFLICT: `expected` is no longer the latest version, more desks have what is withdrawn or
    copied, there are new kills or new firsts like this, or the kill is open no more; nothing was
    done, make the events again.
    HELD: it waits for its time, the entry is done. DUE: its time has come; nothing was done.
    """

    PUBLISHED = "published"
    STALE = "stale"
    GONE = "gone"
    CONFLICT = "conflict"
    HELD = "held"
    DUE = "due"


class OpenPoll(msgspec.Struct, frozen=True, kw_only=True):
    """The beginning of a poll, all read in one step."""

    lease: Lease
    """The poll's own: its token was given to nobody else."""
    feed: Feed | None = None
    """None for one that was removed."""
    state: FeedState = FeedState()
    is_ours: bool = False
    """Nobody else has begun with the feed, and it is not done."""
    shown: bytes = b""
    """What the feed showed last, for `Store.admit`."""


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """What a poll put on the work streams. `Store.finish_poll` takes it back.

    `fenced`: another has the feed now, and nothing more was put there.
    """

    new: int = 0
    changed: int = 0
    known: int = 0
    fenced: bool = False
    slices: int = 0
    """How many steps it took; the lease counts them too."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was given up. `reason` is one line for a person, `kind` a word for a
    filter.

    `source` is the feed, or what the sender called itself; `item` the uri, where it could be read.
    `first_at` is when the message came in first, `last_at` when it was given up last.
    """

    reason: str
    kind: str
    attempts: int
    payload: str
    id: str = ""
    stream: str = ""
    source: str = ""
    detail: str = ""
    item: str = ""
    first_at: datetime | None = None
    last_at: datetime | None = None


class PageWork(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page to be read. `id`, `stream` and `fields` are those of the work entry that asked for it,
    `order` its place among the versions of its item.

    `url` is where redirects have led so far (empty: nowhere yet) after `hops` of them; `tries` have
    failed; `has_turn` when its host's turn was given to it. `reason` is why it waits.
    """

    id: str
    stream: str
    order: str
    fields: Mapping[str, str]
    url: str = ""
    hops: int = 0
    tries: int = 0
    has_turn: bool = False
    reason: str = ""


class OpenPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page that we have begun with, the lease that nobody else was given, and how long ago it was
    begun with first.
    """

    lease: Lease
    work: PageWork
    age_s: float = 0.0


class DeskEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it stands on a desk's stream. `entry_id` is the stream's id, `id` the
    event's.
    """

    entry_id: str
    id: str
    type: str
    body: bytes


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
        """Begin with a page, as `Store.open_poll` does; None where it is not ours."""
        ...

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        """As `Store.renew`."""
        ...

    def postpone(
        self, lease: Lease, work: PageWork, until: datetime, now: datetime | None = None
    ) -> bool:
        """Let the page, as it is now, wait. False if fenced. `now` is as in `Store.finish_poll`."""
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


class Pushes(Protocol):
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


class HostTurn(msgspec.Struct, frozen=True, kw_only=True):
    """When a host may be asked next. `is_given`: it is our turn in `wait_s` seconds; otherwise
    somebody may ask again then. `strikes`: how often it asked us to slow down of late.
    """

    is_given: bool
    wait_s: float = 0.0
    strikes: int = 0
    is_slowed: bool = False
    """It asked us to wait; if not, its turns are taken for so long."""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one uri so far. `admitted` is the version that a poll admitted and that is not
    published; `withheld` the version that a kill stopped on its way, `withheld_by` that kill's uri;
    the others are as in `Known`.
    """

    admitted: str | None = None
    withheld: str = ""
    withheld_by: str = ""
    is_held: bool = False
    version: str | None = None
    desks: tuple[str, ...] = ()
    is_withdrawn: bool = False
    """A kill took it back, and no later version came out."""


class InboxBacklog(msgspec.Struct, frozen=True, kw_only=True):
    """One inbox stream. `waiting` is what nobody was given yet; `waits_s` for how long the first of
    it waits that is past its door, `oldest_s` is the age of the oldest entry, at work or not. None
    where there is no such entry.
    """

    waiting: int = 0
    at_work: int = 0
    oldest_s: float | None = None
    waits_s: float | None = None


class ReaderBacklog(msgspec.Struct, frozen=True, kw_only=True):
    """A durable reader of a desk's stream, such as its relay. `behind`: events that it has not
    taken; `unconfirmed`: that it took and did not confirm, and that are still there; `lost`: events
    that the stream's bound has ever cut before this reader confirmed them, `lost_s` seconds ago for
    the last time.
    """

    desk: str
    reader: str
    behind: int = 0
    unconfirmed: int = 0
    lost: int = 0
    lost_s: float | None = None


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is kept in a bounded number, or size in bytes: what it holds and may hold, how
    old its oldest entry is, and for how long an entry stays at the rate of the last hundred.
    """

    name: str
    held: int
    most: int
    oldest_s: float
    lasts_s: float


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """What waits where, and how full the store is; a `memory_limit` of 0 is none."""

    inboxes: Mapping[str, InboxBacklog]
    inbox_limit: int
    readers: tuple[ReaderBacklog, ...] = ()
    dead_dropped: int = 0
    """Dead letters that made room for others, ever."""
    late_s: float = 0.0
    """How long the feed that waits longest has been due."""
    memory_used: int = 0
    memory_limit: int = 0


class Store(Protocol):
    """Feeds, inbox, desks and dead letters. All times are aware UTC; the store's own clock decides.

    Every method raises BrokerError when the server behind it cannot answer.
    """

    @property
    def pages(self) -> Pages: ...
    @property
    def pushes(self) -> Pushes: ...

    # feeds
    def add_feeds(self, feeds: Sequence[Feed]) -> int:
        """Add feeds or change what we were told of them; new ones are due at once. How many were
        new.
        """
        ...

    def plan_feed(self, request: FeedRequest) -> FeedChange:
        """What `enter` has to write of the feed that a message asks for."""
        ...

    def feed(self, feed_id: str) -> Feed | None: ...
    def feeds(self) -> Iterator[Feed]: ...
    def feed_state(self, feed_id: str) -> FeedState: ...
    def remove_feed(self, feed_id: str) -> bool: ...

    def poll_now(self, feed_id: str) -> bool:
        """Make a feed due at once, unless it is being polled or paused. False for an unknown
        feed.
        """
        ...

    def pause_feed(self, feed_id: str) -> bool:
        """Poll a feed no more until it is resumed; a poll under way is fenced off. False for an
        unknown feed.
        """
        ...

    def resume_feed(self, feed_id: str) -> bool:
        """Poll a paused feed again, no earlier than it was due. False for one that is not
        paused.
        """
        ...

    def is_paused(self, feed_id: str) -> bool: ...

    def feeds_showing(self, uri: str) -> tuple[str, ...]:
        """The ids of the feeds that show an item, or showed it of late. Asks for every feed."""
        ...

    def claim_due(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        """Lease at most `limit` due feeds, longest overdue first. No feed is leased twice at
        once.
        """
        ...

    def open_poll(self, lease: Lease, lease_s: float, *, again: bool = False) -> OpenPoll:
        """Begin with a claimed feed, under a lease that fences off all others of it.

        The feed is ours, for `lease_s` from now, unless another has begun with it, or it is done.
        One that was claimed again before anybody began is begun by whoever comes first. One that
        was begun by this very claim is begun again once nobody renews its lease, or at once where
        `again` says that whoever began is dead.
        """
        ...

    def open_polls(
        self, claims: Sequence[Lease], lease_s: float, *, again: bool = False
    ) -> tuple[OpenPoll, ...]:
        """Begin with several claimed feeds, as `open_poll` does with each, in one round trip."""
        ...

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        """Have the leases that were begun end so long from now; how many are still ours."""
        ...

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
        """Put the new and the changed of `items` on the work streams and remember them; a large
        poll in several steps.

        Items are in the order in which they shall be read. `shown` is what the feed showed last:
        nothing of it is asked again. `state` is kept with the first item that is put: what is known
        of the feed should the poll be broken off. `with_pages` asks for the page of each item that
        links to one. `is_part`: the feed shows more than these items. A version that came back
        after another is put with a version of its own (`<digest>.2`), unless the feed has other
        entries of its uri, which is then among `shared`.
        """
        ...

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
        """Keep what the poll taught and when the next is due (None: never). False if fenced, as it
        is where the store does not know of all that the poll admitted.

        `pushed_at` is when it is due instead if the feed's hub pushed more than `state.pushes`.
        `now` is the time by the clock that both go by; without it they go by the store's.
        """
        ...

    def history(self, feed_id: str) -> tuple[PollRecord, ...]:
        """The records of the last twenty polls, the newest first."""
        ...

    def host_turn(self, host: str, spacing_s: float, patience_s: float) -> HostTurn:
        """Take the host's next turn, so long after the one before, if it comes within
        `patience_s`; none while the host is slowed.
        """
        ...

    def slow_host(self, host: str, strikes: int, wait_s: float) -> None:
        """Give no turn of the host's for so long, and remember the strikes an hour longer; with 0
        strikes forget that it ever asked.
        """
        ...

    # inbox
    def put_message(
        self, message: bytes | str, *, urgent: bool = False, fields: Mapping[str, str] | None = None
    ) -> str:
        """Put a JSON message on the inbox; its entry id."""
        ...

    def read_doors(self, limit: int, message_bytes: int) -> tuple[tuple[DoorMessage, ...], bool]:
        """The first messages at the doors, in the order in which they came in, and whether there
        are more. They stay there.
        """
        ...

    def enter(self, verdicts: Sequence[Verdict]) -> int:
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

    def known(self, uris: Sequence[str]) -> tuple[Known, ...]:
        """What is known of each uri."""
        ...

    def recent(self, wires: Sequence[str]) -> tuple[Recent, ...]:
        """The items that moved on any of these wires within the window of kills, the newest first;
        an item on two wires is there twice.
        """
        ...

    def lookalikes(
        self, asked: Sequence[tuple[str, Sequence[str]]]
    ) -> tuple[tuple[Lookalike, ...], ...]:
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

    def withhold(self, outcome: Outcome, kill: OpenKill) -> PublishResult:
        """Finish the entry of an item that a kill stopped on its way, and remember which: STALE,
        GONE, or CONFLICT where the kill is open no more.
        """
        ...

    def publish(self, outcomes: Sequence[Outcome]) -> tuple[PublishResult, ...]:
        """Publish events and finish their entries, atomically for each outcome."""
        ...

    def hold(self, outcome: Outcome, until: datetime) -> PublishResult:
        """Take an entry off the inbox until its time: HELD, DUE, STALE, GONE or CONFLICT. The
        store's clock decides whether the time has come.

        A version that waits already gives way to a later one, and to nothing older.
        """
        ...

    def release_held(self, limit: int = 100) -> int:
        """Put the entries whose time has come on the urgent inbox; how many.

        Their field `released` says that they have waited.
        """
        ...

    def reject(self, entry: InboxEntry, letter: DeadLetter) -> bool:
        """Move an entry to the dead letters, atomically. False if it was done before."""
        ...

    def finish(self, entry: InboxEntry) -> bool:
        """Finish an entry that makes no events (a `{"feed": ...}`). False if it was done before."""
        ...

    def trace(self, uri: str) -> Trace: ...

    # copies
    def copies(self, *, after: str = "0-0", limit: int = 100) -> tuple[Kept, ...]:
        """Copies that were kept after this one, oldest first."""
        ...

    def copy(self, copy_id: str) -> Kept | None: ...

    def marks(self, uri: str, events: Sequence[tuple[str, int]]) -> tuple[Mark | None, ...]:
        """What stands for each event of the uri's last version, by its desk and its position there.
        None for one that is not there, or went long ago.
        """
        ...

    def reissue(self, uri: str, copy_id: str, reissues: Sequence[Reissue]) -> int:
        """Publish those events of a replay whose mark is unchanged; how many.

        None of them where the copy is no longer that of the uri's last version, or where that was
        taken back.
        """
        ...

    # desks
    def read_desk(
        self, desk: str, *, after: str = "0-0", limit: int = 100, block_ms: int = 0
    ) -> tuple[DeskEntry, ...]:
        """Events on a desk after an entry id ("$" is the end). Waits `block_ms` for the first."""
        ...

    # relays of desks, of which one at a time has the desk's lease
    def lease_desk(self, desk: str, token: str, *, seen: str = "") -> str:
        """Take the lease of a desk for a token that is new; returns "" where it is the token's now.

        Otherwise returns what the lease of another relay says, which changes with each renewal. A
        caller that has seen one answer for so long that the other relay must be dead gives it back
        as `seen` and takes the lease from it: no clock but the caller's decides.
        """
        ...

    def renew_desk(self, desk: str, token: str) -> bool:
        """Say that the relay which holds the lease is alive. False where it is not the token's."""
        ...

    def leave_desk(self, desk: str, token: str) -> None:
        """End the lease, where it is the token's."""
        ...

    def take_desk(self, desk: str, token: str, *, limit: int = 100) -> tuple[DeskEntry, ...] | None:
        """Return the events that the desk's relay has not confirmed, then new ones; None where the
        lease is not the token's.
        """
        ...

    def confirm_desk(self, desk: str, token: str, entry_ids: Sequence[str]) -> bool:
        """Confirm events that are safely downstream: no relay gets them again. False where the
        lease is not the token's, and nothing was confirmed.
        """
        ...

    # dead letters
    def dead_letters(self, limit: int = 100, *, before: str = "") -> tuple[DeadLetter, ...]:
        """The newest first, of those that are older than the letter `before`."""
        ...

    def dead_letter(self, letter_id: str) -> DeadLetter | None: ...

    def retry_dead(self, letter_id: str) -> bool:
        """Put the letter's message back on the inbox it came from, atomically. False if not
        there.
        """
        ...

    def drop_dead(self, letter_id: str) -> bool: ...

    def dead_dropped(self) -> Mapping[str, int]:
        """How many letters of each kind made room for others."""
        ...

    # the whole
    def sizes(self) -> Mapping[str, int]:
        """Counts at a glance: feeds, due, paused, the words of `HEALTH`, inbox, inbox_pending,
        held, dead, desk:<name>.
        """
        ...

    def backlog(self) -> Backlog: ...
    def retention(self) -> tuple[Retention, ...]: ...
    def ping(self) -> None: ...
    def close(self) -> None: ...


class FetchReply(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP answer that can be read: 200 with a body, 226 with the new entries of one, or 304
    without. `url` is after redirects.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    """Lower-case names; values as sent."""
    body: bytes = b""
    moved_to: str = ""
    """Where the permanent redirects led that came before any other; empty: there were none. From
    `get`: where the one redirect leads.
    """


class Room(Protocol):
    """Memory for one body."""

    async def take(self, size_bytes: int) -> None:
        """Returns when so many more bytes may be kept."""
        ...


class Fetcher(Protocol):
    """All inbound HTTP."""

    async def fetch(self, feed: Feed, state: FeedState, room: Room | None = None) -> FetchReply:
        """The feed's body if it changed since the answer that gave `state` its validators.

        `room` is asked before the body grows.

        Raises:
            FetchError: No usable answer; FetchRefused when we would not ask or stopped reading.
        """
        ...

    async def get(self, url: str, *, accept: str, limit_bytes: int) -> FetchReply:
        """What stands at an address, under the same guards; a redirect is told, not followed.

        Raises:
            FetchError: No usable answer.
        """
        ...

    async def post(self, url: str, form: Mapping[str, str]) -> None:
        """Send a form, under the same guards, to be taken with a 2xx.

        Raises:
            FetchError: It was not.
        """
        ...

    async def aclose(self) -> None: ...


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
