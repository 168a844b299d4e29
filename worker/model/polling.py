"""Leased work: polls of feeds, rate-limit slots of hosts, article pages."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from worker.model.feed import Feed, FeedState, Lease, PollRecord
from worker.model.item import NewsItem

__all__ = [
    "Admission",
    "AdmissionRequest",
    "Candidate",
    "HostSlot",
    "OpenPage",
    "OpenPoll",
    "PageWork",
    "PollEnd",
]


class OpenPoll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll that has begun: its lease, the feed and its state, read in one transaction."""

    lease: Lease
    """The lease of this poll; no other poll has its token."""
    feed: Feed | None = None
    """None if the feed was removed."""
    state: FeedState = FeedState()
    is_ours: bool = False
    """True if no other poller has begun with the feed, and the poll is not done."""
    shown: bytes = b""
    """The entries that the feed last showed, packed as `ShownEntries`."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A classified item of a poll that may be new or changed."""

    item: NewsItem
    key: str
    """The key of its version (`version_key`), as far as its fields tell a kill."""
    was: bytes | None = None
    """The hash of the version that the feed showed before; None if it showed none."""
    is_alone: bool = True
    """True if the body has no other entry of the item's uri."""
    is_urgent: bool = False
    """True for an urgent item or a kill, which goes to the urgent work stream."""
    is_kill: bool = False
    """True for an item that withdraws another item, or itself, by its fields or its text."""
    wants_page: bool = False
    """True if the page that the item links to is to be read first."""


class AdmissionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The candidates of a poll, in the order in which they are to be read."""

    candidates: tuple[Candidate, ...] = ()
    known: int = 0
    """The number of other items of the body, which the feed showed in the same version before."""
    shown: bytes = b""
    """The entries that the feed shows now, packed as `ShownEntries`; empty without candidates, when
    the stored list stays."""
    series: bytes = b""
    """The marks in `shown` of the uris that name several items (`series_mark`)."""
    trace: Mapping[str, str] = {}
    """The fields of the trace context that the work entries carry, if any."""


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """The entries that a poll put on the work streams; an argument of `PollStore.finish`.

    `fenced` is True if another poller has the feed now; nothing more was put on the streams then.
    """

    new: int = 0
    changed: int = 0
    known: int = 0
    fenced: bool = False
    slices: int = 0
    """The number of steps of the admission; the lease counts them too."""


class PollEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a poll, as `PollStore.finish` takes it."""

    lease: Lease
    state: FeedState
    due_at: datetime | None
    record: PollRecord | None = None
    pushed_at: datetime | None = None
    admission: Admission = Admission()
    now: datetime | None = None


class HostSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A slot for the next request to a host.

    If `is_given` is True, the request may be sent in `wait_s` seconds; otherwise a slot may be
    asked for again then. `strikes` counts the recent times that the host asked us to slow down.
    """

    is_given: bool
    wait_s: float = 0.0
    strikes: int = 0
    is_slowed: bool = False
    """True if the host asked us to wait; False if `wait_s` is due to the slots given to others."""


class PageWork(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An article page to read.

    `id`, `stream` and `fields` are those of the work entry that needs the page, `order` is its
    place among the versions of its item. `url` is the target of the `hops` redirects so far, empty
    if there were none; `tries` is the number of failures. `has_turn` is True if the host's slot was
    given to the page. `reason` says why the page waits.
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
    """An article page that is being read, with its exclusive lease.

    `age_s` is the time since the first attempt to read it began.
    """

    lease: Lease
    work: PageWork
    age_s: float = 0.0
