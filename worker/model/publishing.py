"""Items on their way out: publish requests, what is known of an item, kills, duplicates."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from worker.model.inbox import InboxEntry
from worker.model.item import version_key

__all__ = [
    "ArchivedItem",
    "ClusterUpdate",
    "DeskEntry",
    "DuplicateCandidate",
    "EventMark",
    "Fingerprint",
    "ItemTrace",
    "KillNote",
    "OpenKill",
    "OpenKills",
    "Publication",
    "PublishRequest",
    "PublishResult",
    "PublishedState",
    "RecentItem",
    "Reissue",
    "Withdrawal",
]


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """One event, encoded, on its way to a desk. `digest` are four bytes that stand for its data:
    equal data, equal digest.
    """

    desk: str
    id: str
    type: str
    body: bytes
    digest: bytes = b"\1\1\1\1"


class EventMark(msgspec.Struct, frozen=True, kw_only=True):
    """What stands for an event that its desk has: the digest of its data, and how often a replay
    took its place.
    """

    digest: bytes
    times: int = 0


class RecentItem(msgspec.Struct, frozen=True, kw_only=True):
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


class PublishedState(msgspec.Struct, frozen=True, kw_only=True):
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


class ArchivedItem(msgspec.Struct, frozen=True, kw_only=True):
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


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
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


class DuplicateCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """A first that an item may be a copy of. `desks` have had it, or a copy of it."""

    likeness: Fingerprint
    desks: tuple[str, ...] = ()


class ClusterUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """How an item stands to those like it.

    `bands` are where it is found. `judged` are the uris of all firsts there that the worker held it
    against; `first` is the one that it is a copy of, and `desks` are those known to have had that
    or a copy of it. An item without a `first` becomes one.
    """

    likeness: Fingerprint
    bands: tuple[str, ...]
    judged: tuple[str, ...] = ()
    first: str = ""
    desks: tuple[str, ...] = ()


class PublishRequest(msgspec.Struct, frozen=True, kw_only=True):
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
    recent: RecentItem | None = None
    wires: tuple[str, ...] = ()
    withdraws: tuple[Withdrawal, ...] = ()
    kills_to: Mapping[str, str] = msgspec.field(default_factory=dict)
    opened: OpenKill | None = None
    is_named: bool = False
    counts: str = ""
    placing: ClusterUpdate | None = None
    """None for an item that has too little text to be like another, and for a kill."""


class Reissue(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a replay, the `position`-th of its item on its desk. `mark` is what stood for
    that when the worker looked, None where the desk has had none.
    """

    position: int
    mark: EventMark | None
    publication: Publication


class PublishResult(StrEnum):
    """What became of an `PublishRequest`, or of an item that shall wait.

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


class ItemTrace(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one uri so far. `admitted` is the version that a poll admitted and that is not
    published; `withheld` the version that a kill stopped on its way, `withheld_by` that kill's uri;
    the others are as in `PublishedState`.
    """

    admitted: str | None = None
    withheld: str = ""
    withheld_by: str = ""
    is_held: bool = False
    version: str | None = None
    desks: tuple[str, ...] = ()
    is_withdrawn: bool = False
    """A kill took it back, and no later version came out."""


class DeskEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it stands on a desk's stream. `entry_id` is the stream's id, `id` the
    event's.
    """

    entry_id: str
    id: str
    type: str
    body: bytes
