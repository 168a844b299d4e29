"""Feeds: what we were told about one, and what we learnt from its server."""

import hashlib
from datetime import datetime

import msgspec

__all__ = ["Feed", "FeedState", "Lease", "feed_id"]


class Feed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A feed as configured. `id` is derived from the URL and is what travels between processes."""

    id: str
    url: str
    name: str = ""
    agency: str = ""
    language: str = ""
    interval_s: int = 900
    """Seconds between polls while the publisher asks for nothing else."""


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


class Lease(msgspec.Struct, frozen=True):
    """The right to poll one feed until it runs out. `token` fences off a poller that slept through
    it.
    """

    feed_id: str
    token: str


def feed_id(url: str) -> str:
    """A feed's id: 12 hex digits of its URL, the same on every machine."""
    return hashlib.sha256(url.strip().encode("utf-8", "surrogatepass")).hexdigest()[:12]
