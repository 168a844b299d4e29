"""Feeds: their configuration, and the state that polling has learnt."""

import hashlib
from datetime import datetime
from typing import Literal

import msgspec

__all__ = [
    "HEALTH",
    "Feed",
    "FeedStanding",
    "FeedState",
    "Lease",
    "PollRecord",
    "Subscription",
    "feed_id",
    "is_address_lost",
    "poll_url",
]

_LOST_AFTER = 3
"""Consecutive failures after which the address of a permanent redirect is doubted."""


class Feed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A feed as configured. `id` is derived from the URL; processes pass ids to each other."""

    id: str
    url: str
    name: str = ""
    agency: str = ""
    language: str = ""
    full_text: bool = False
    """Read the page that an entry links to, for a feed with summaries only."""
    interval_s: int = 0
    """Seconds between polls unless the publisher asks for another interval; 0: by its cadence."""
    by_message: bool = False
    """A message of the inbox added the feed, and other messages may change it."""


class FeedState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of a feed between polls; it survives restarts. Validators are kept unchanged."""

    etag: str | None = None
    last_modified: str | None = None
    body_digest: str | None = None
    polled_at: datetime | None = None
    due_at: datetime | None = None
    interval_s: int | None = None
    failures: int = 0
    healthy_until: datetime | None = None
    """Time of the last success of a failing feed; None if it does not fail or never succeeded."""
    status: int | None = None
    error: str | None = None
    code: str = ""
    """A code for `error`, from the list in docs/politeness.md."""
    gone: bool = False
    items_seen: int = 0
    url: str = ""
    """Target of a permanent redirect that was repeated; empty if the feed is polled at its URL."""
    moved_to: str = ""
    """Target of the permanent redirect of the last poll, not yet confirmed by a second."""
    answered_url: str = ""
    """The URL at the end of all redirects, which gave the validators; empty: the feed's own."""
    full_at: datetime | None = None
    """Time of the last response with a body."""
    fresh_s: int = 0
    """Wait that the server's last freshness headers ask for."""
    pace_s: int = 0
    """Wait that the feed's own elements (`ttl`, `sy:updatePeriod`) ask for."""
    new_entries: float = 0.0
    """Recent new entries, which came within `watched_s` seconds: the feed's cadence."""
    watched_s: float = 0.0
    why: str = ""
    """A code for the reason of the next poll's time, from the list in docs/politeness.md."""
    empty: bool = False
    """The last body had no entries."""
    needs_whole: bool = False
    """Several entries share an id, so the feed must be read as a whole to tell them apart."""
    hub: str = ""
    """The WebSub hub that the feed offers, with `topic` as the feed's URL there; empty: none."""
    topic: str = ""
    pushes: int = 0
    """Pushes of the hub that the polls so far took into account."""
    missed: int = 0
    """Consecutive safety polls that found entries which no push had announced."""

    @property
    def health(self) -> tuple[str, ...]:
        """The feed's problems: at most one of gone, slowed and failing; moved; empty."""
        asks_to_wait = self.why in {"host", "retry_after"} or self.status in {429, 503}
        flags = {
            "gone": self.gone,
            "slowed": not self.gone and asks_to_wait,
            "failing": not self.gone and not asks_to_wait and self.failures > 0,
            "empty": self.empty,
            "moved": bool(self.url),
        }
        return tuple(flag for flag, holds in flags.items() if holds)


class FeedStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A feed with its state and its place in the queue of polls.

    Attributes:
        feed: The feed as configured.
        state: Its state after the last poll.
        is_paused: True if somebody paused it.
        is_leased: True while it is being polled.
        due_at: The time of its next poll, which a person or a push may have advanced since the
            last one; None while it is leased, and for a feed that is paused or gone.
        new_at: The end of the last of its twenty remembered polls that found new entries.
    """

    feed: Feed
    state: FeedState
    is_paused: bool = False
    is_leased: bool = False
    due_at: datetime | None = None
    new_at: datetime | None = None


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A feed's subscription at its hub, at any stage.

    The poller writes its requests and the receiver their results, each in its own fields. Knowing
    `callback` or `secret` is enough to impersonate the hub: neither is logged or shown.
    """

    hub: str
    topic: str
    callback: str
    """Our URL for this subscription alone."""
    secret: str
    mode: Literal["subscribe", "unsubscribe"] = "subscribe"
    """The last request to the hub."""
    asked_at: datetime | None = None
    asked: int = 0
    """Requests since the hub last confirmed."""
    error: str = ""
    """The reason why the hub did not accept the last request."""
    confirmed_at: datetime | None = None
    until: datetime | None = None
    """The end of the lease that the hub granted."""
    denied: str = ""
    """The hub's reason for denying a lease."""
    pushes: int = 0
    pushed_at: datetime | None = None
    refused: int = 0
    """Pushes whose signature was wrong or missing."""

    def is_live(self, now: datetime) -> bool:
        """Return True while pushes can be expected from the hub."""
        return self.mode == "subscribe" and self.until is not None and self.until > now

    def __repr__(self) -> str:
        """Show no secret."""
        return f"Subscription({self.mode} {self.topic!r} at {self.hub!r})"


class PollRecord(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A compact record of a past poll. `at` is its end, in seconds since 1970."""

    at: int
    status: int = 0
    """The HTTP status; 0 if there was no response."""
    code: str = ""
    """A code for the error, as `FeedState.code`."""
    new: int = 0
    """Entries that were new or had changed."""
    size: int = 0
    """Bytes of the body, unpacked."""
    took_ms: int = 0
    why: str = ""
    """As `FeedState.why`."""
    wait_s: int = -1
    """Seconds until the next poll; -1 if there is none."""


HEALTH = ("failing", "slowed", "gone", "empty", "moved")
"""The values of `FeedState.health`, in the order in which they are shown."""


class Lease(msgspec.Struct, frozen=True):
    """The right to work on a feed or a page, by its id.

    `token` fences off a process whose lease expired.
    """

    subject_id: str
    token: str


def feed_id(url: str) -> str:
    """Return the feed's id: 12 hex digits of a hash of its URL, the same on every machine."""
    return hashlib.sha256(url.strip().encode("utf-8", "surrogatepass")).hexdigest()[:12]


def is_address_lost(state: FeedState) -> bool:
    """Return True if the next poll goes to the feed's own address, since the adopted one fails."""
    return state.failures >= _LOST_AFTER and state.failures % 2 == 1


def poll_url(feed: Feed, state: FeedState) -> str:
    """Return the URL to poll: the redirect's, or, if that fails, the original every other time."""
    return feed.url if is_address_lost(state) or not state.url else state.url
