"""Outgoing items: publish requests, published states, kills, duplicates."""

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
    """An encoded event for a desk. `digest` is a four-byte hash of its data."""

    desk: str
    id: str
    type: str
    body: bytes
    digest: bytes = b"\1\1\1\1"


class EventMark(msgspec.Struct, frozen=True, kw_only=True):
    """The record of an event on a desk: its data's digest, and the number of its replacements."""

    digest: bytes
    times: int = 0


class RecentItem(msgspec.Struct, frozen=True, kw_only=True):
    """The names by which a kill may refer to a recently published item.

    `at_ms` is the time of publication in milliseconds since 1970, `order` the item's place among
    all incoming items. `is_held` is True if this version waits for its time; an earlier version may
    be published.
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
    """The stored state of a uri.

    Attributes:
        version: The version published last, None for an unknown uri.
        is_kill: True if that version is itself a kill.
        order: Its place among all incoming items, "" if nothing was published.
        desks: The desks that have an event of the uri.
        behind: Those of them that have events of earlier versions only.
        copy: The id of the archived copy, None if there is none.
        is_withdrawn: True if a kill withdrew the version.
        seen: The hash and the count of each version that came in.
        published: The hashes of those versions that were published.
        passed_over: The hash of each version that was not published when it first came, and its
            order then.
        place: The order that a version which was passed over must not precede when it comes again.
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
    passed_over: Mapping[bytes, str] = {}
    place: str = ""

    @property
    def key(self) -> str | None:
        """The key of the version published last (`version_key`), None for an unknown uri."""
        return None if self.version is None else version_key(self.version, is_kill=self.is_kill)


class ArchivedItem(msgspec.Struct, frozen=True, kw_only=True):
    """The packed copy of an incoming item. `item` identifies it, `at_ms` dates its publication."""

    id: str
    item: bytes
    body: bytes

    @property
    def at_ms(self) -> int:
        """Milliseconds since 1970."""
        return int(self.id.partition("-")[0])


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """An item to withdraw, in the version that the kill refers to.

    `desks` are the desks that, as far as the worker knew, had the item. If `is_behind` is True, a
    version from after the kill is published and stays; `desks` are then those with earlier versions
    only.
    """

    uri: str
    version: str = ""
    desks: tuple[str, ...] = ()
    is_behind: bool = False


class KillNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The references of a kill to the item that it withdraws, each cut to 300 code points.

    `numbers`, `slug`, `headline` and `more_headlines` are named in its text; `own_slug` and
    `own_headline` are the kill's own. `is_marked` is True if the text says that it is a kill, and
    False if only a field does, by which a provider removes its own item.
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
    """A kill that may have overtaken its target.

    `order` is its place among all incoming items, `wires` are the wires of its possible targets,
    and `id` is given by the store.
    """

    order: str
    wires: tuple[str, ...]
    note: KillNote
    id: str = ""


class OpenKills(msgspec.Struct, frozen=True, kw_only=True):
    """The open kills of some wires; `newest` is each wire's latest id, "0-0" if it has none."""

    kills: tuple[OpenKill, ...] = ()
    newest: Mapping[str, str] = msgspec.field(default_factory=dict)


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fingerprint of an item: the smallest hashes of its word shingles, and their number.

    Near-duplicates are found by it. `corrects` is True if the item says that it corrects an error.
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
    """An original that an item may duplicate; `desks` have the original or a duplicate of it."""

    likeness: Fingerprint
    desks: tuple[str, ...] = ()


class ClusterUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """The place of an item among its duplicates.

    `bands` are its keys in the index. `judged` are the uris of all originals there that the worker
    compared it with; `first` is the original that it duplicates, and `desks` are those known to
    have the original or a duplicate of it. `first_sketch` is the sketch of the original's text. An
    item without a `first` becomes an original.
    """

    likeness: Fingerprint
    bands: tuple[str, ...]
    judged: tuple[str, ...] = ()
    first: str = ""
    first_sketch: bytes = b""
    desks: tuple[str, ...] = ()


class PublishRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The events of an inbox entry, with the state of the store that they assume.

    Attributes:
        entry: The inbox entry.
        uri: The uri of its item.
        version: The name of its version.
        expected: The key (`version_key`) of the latest version that the worker knew.
        publications: The events, each for a desk.
        copy: The packed item to archive, for replays and the next version's change; may be empty.
        recent: The names by which kills find the item, to be listed on each of `wires`.
        wires: The wires of the item.
        withdraws: The other items that the entry withdraws. Their versions that are older than the
            entry are no longer published.
        kills_to: By wire, the id of the newest open kill that the worker knew.
        opened: The open kill that this entry is. A store that has lost it publishes nothing.
        is_named: True if the sender named the version. If that version was published before,
            nothing changes.
        counts: The key of a version whose text returned after another; it is published again,
            under the name in `version`.
        placing: The item's place among its duplicates; None for a kill, and for an item with too
            little text to compare.
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


class Reissue(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a replay, the `position`-th of its item on its desk.

    `mark` is the record of the event at that position when the worker looked, None if the desk has
    none.
    """

    position: int
    mark: EventMark | None
    publication: Publication


class PublishResult(StrEnum):
    """The result of a `PublishRequest`, or of holding an item back.

    PUBLISHED: the events are on the desks (none of them twice), and the entry is done.
    STALE: a later inbox entry of the same uri is published, or withdrew this one; nothing was
    published, and the entry is done.
    GONE: the entry was done before; nothing was published.
    CONFLICT: `expected` is no longer the latest version, more desks have the withdrawn or
    duplicated item, there are new kills or new similar originals, or the kill is no longer open.
    Nothing was done; build the events again.
    HELD: the item waits for its time, and the entry is done.
    DUE: the time of the item has come; nothing was done.
    """

    PUBLISHED = "published"
    STALE = "stale"
    GONE = "gone"
    CONFLICT = "conflict"
    HELD = "held"
    DUE = "due"


class ItemTrace(msgspec.Struct, frozen=True, kw_only=True):
    """The history of a uri so far.

    `admitted` is the version that a poll admitted and that is not yet published; `withheld` is the
    version that a kill stopped before publication, `withheld_by` the uri of that kill. The other
    fields are as in `PublishedState`.
    """

    admitted: str | None = None
    withheld: str = ""
    withheld_by: str = ""
    is_held: bool = False
    version: str | None = None
    desks: tuple[str, ...] = ()
    is_withdrawn: bool = False
    """True if a kill withdrew the item and no later version was published."""


class DeskEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An event on a desk's stream. `entry_id` is the stream's id, `id` the event's.

    `trace` are the headers of the trace context with which a relay sends the event, if any.
    """

    entry_id: str
    id: str
    type: str
    body: bytes
    trace: Mapping[str, str] = {}
