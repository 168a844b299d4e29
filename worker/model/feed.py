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
    gone: bool = False
    items_seen: int = 0


class Lease(msgspec.Struct, frozen=True):
    """The right to poll one feed until it runs out. `token` fences off a poller that slept through
    it.
    """

    feed_id: str
    token: str


def feed_id(url: str) -> str:
    """A feed's id: 12 hex digits of its URL, the same on every machine."""
    return hashlib.sha256(url.strip().encode("utf-8", "surrogatepass")).hexdigest()[:12]
