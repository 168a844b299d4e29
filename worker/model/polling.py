"""Leased work: polls of feeds, slots of hosts, pages to be read."""

from collections.abc import Mapping

import msgspec

from worker.model.feed import Feed, FeedState, Lease

__all__ = ["Admission", "HostSlot", "OpenPage", "OpenPoll", "PageWork"]


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


class HostSlot(msgspec.Struct, frozen=True, kw_only=True):
    """When a host may be asked next. `is_given`: it is our turn in `wait_s` seconds; otherwise
    somebody may ask again then. `strikes`: how often it asked us to slow down of late.
    """

    is_given: bool
    wait_s: float = 0.0
    strikes: int = 0
    is_slowed: bool = False
    """It asked us to wait; if not, its turns are taken for so long."""


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
