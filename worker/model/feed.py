"""Feeds: what we were told about one, and what we learnt from its server."""

import hashlib
from datetime import datetime
from typing import Literal

import msgspec

__all__ = [
    "HEALTH",
    "Feed",
    "FeedState",
    "Lease",
    "PollRecord",
    "Subscription",
    "feed_id",
    "is_address_lost",
    "poll_url",
]

_LOST_AFTER = 3
"""Failures in a row before the address that a permanent redirect gave is doubted."""


class Feed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A feed as configured. `id` is derived from the URL and is what travels between processes."""

    id: str
    url: str
    name: str = ""
    agency: str = ""
    language: str = ""
    full_text: bool = False
    """Read the page that an entry links to, where the feed has no more than a summary."""
    interval_s: int = 0
    """Seconds between polls while the publisher asks for nothing else; 0: as its rhythm asks."""


class FeedState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What polling a feed has taught us; kept across restarts, byte for byte where HTTP asks for
    it.
    """

    etag: str | None = None
    last_modified: str | None = None
    body_digest: str | None = None
    polled_at: datetime | None = None
    due_at: datetime | None = None
    interval_s: int | None = None
    failures: int = 0
    healthy_until: datetime | None = None
    """When it last answered well, while it fails; None: it does not fail, or never answered."""
    status: int | None = None
    error: str | None = None
    code: str = ""
    """One word for `error`; docs/politeness.md has them."""
    gone: bool = False
    items_seen: int = 0
    url: str = ""
    """Where the feed is polled, after permanent redirects that repeated; empty: at its own URL."""
    moved_to: str = ""
    """Where permanent redirects led last time, once so far."""
    full_at: datetime | None = None
    """When a body came last."""
    fresh_s: int = 0
    """How long the server's last words on freshness ask us to wait."""
    pace_s: int = 0
    """How long the feed's own words (`ttl`, `sy:updatePeriod`) ask us to wait."""
    new_entries: float = 0.0
    """New entries of late, and `watched_s` the seconds in which they came: its rhythm."""
    watched_s: float = 0.0
    why: str = ""
    """One word for why the next poll is when it is; docs/politeness.md has them."""
    empty: bool = False
    """The body that was read last had no entries."""
    needs_whole: bool = False
    """Several entries have one id: a part of the feed does not tell them apart."""
    hub: str = ""
    """The WebSub hub that the feed offers, and `topic` its name there; empty: none."""
    topic: str = ""
    pushes: int = 0
    """How many pushes of the hub the polls so far knew of."""
    missed: int = 0
    """How often in a row a safety poll found what no push had told."""

    @property
    def health(self) -> tuple[str, ...]:
        """What is the matter with it, if anything: at most one of gone, slowed and failing; moved;
        empty.
        """
        asks_to_wait = self.why in {"host", "retry_after"} or self.status in {429, 503}
        found = {
            "gone": self.gone,
            "slowed": not self.gone and asks_to_wait,
            "failing": not self.gone and not asks_to_wait and self.failures > 0,
            "empty": self.empty,
            "moved": bool(self.url),
        }
        return tuple(word for word, holds in found.items() if holds)


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A feed's subscription at its hub, as far as it has got.

    The poller writes what was asked, the receiver what came of it, each in fields of its own.
    Whoever knows `callback` or `secret` can play the hub: neither goes into logs or to people.
    """

    hub: str
    topic: str
    callback: str
    """Our URL for this subscription alone."""
    secret: str
    mode: Literal["subscribe", "unsubscribe"] = "subscribe"
    """What the hub was asked for last."""
    asked_at: datetime | None = None
    asked: int = 0
    """How often it was asked since it last confirmed."""
    error: str = ""
    """Why it did not take the last request."""
    confirmed_at: datetime | None = None
    until: datetime | None = None
    """When the lease ends that it granted."""
    denied: str = ""
    """Its reason not to grant one."""
    pushes: int = 0
    pushed_at: datetime | None = None
    refused: int = 0
    """Pushes whose signature was wrong or missing."""

    def is_live(self, now: datetime) -> bool:
        """True while the hub's pushes may be waited for."""
        return self.mode == "subscribe" and self.until is not None and self.until > now

    def __repr__(self) -> str:
        """Without what nobody may know."""
        return f"Subscription({self.mode} {self.topic!r} at {self.hub!r})"


class PollRecord(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One poll as it is remembered, in few bytes. `at`: seconds since 1970, when it ended."""

    at: int
    status: int = 0
    """Of the answer; 0 where there was none."""
    code: str = ""
    """One word for what went wrong, as `FeedState.code`."""
    new: int = 0
    """Entries that were new or had changed."""
    size: int = 0
    """Bytes of the body, unpacked."""
    took_ms: int = 0
    why: str = ""
    """As `FeedState.why`."""
    wait_s: int = -1
    """Until the next poll; -1: never again."""


HEALTH = ("failing", "slowed", "gone", "empty", "moved")
"""The words of `FeedState.health`, in the order in which people are told."""


class Lease(msgspec.Struct, frozen=True):
    """The right to poll one feed until it runs out. `token` fences off a poller that slept through
    it.
    """

    feed_id: str
    token: str


def feed_id(url: str) -> str:
    """A feed's id: 12 hex digits of its URL, the same on every machine."""
    return hashlib.sha256(url.strip().encode("utf-8", "surrogatepass")).hexdigest()[:12]


def is_address_lost(state: FeedState) -> bool:
    """Return True if the next poll goes to the feed's own address, since the adopted one fails."""
    return state.failures >= _LOST_AFTER and state.failures % 2 == 1


def poll_url(feed: Feed, state: FeedState) -> str:
    """Return the URL to poll: the new address, or every other time the old one while that fails."""
    return feed.url if is_address_lost(state) or not state.url else state.url
