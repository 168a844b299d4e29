"""WebSub, the pure part: which hub a feed offers, what to ask it, what it signed.

Source: WebSub, W3C Recommendation, 23 January 2018.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urljoin

from worker.model import FeedState, Subscription
from worker.polling.cadence import phase_of

__all__ = [
    "LEASE_S",
    "HubOffer",
    "PushState",
    "callback_token",
    "find_links",
    "is_for",
    "may_poll_at",
    "next_ask",
    "read_offer",
    "read_signature",
    "renew_at",
]

LEASE_S = 10 * 86_400
"""The lease that we ask for; what the hub grants is what counts."""

_ASK_AGAIN = timedelta(hours=1)
_ASK_AGAIN_LIMIT = timedelta(days=7)
_LIMIT_DOUBLINGS = 10
_PARTING = timedelta(minutes=10)
"""So long a hub has to confirm that it forgets us, before we go on without that."""

_LIMIT_HEADER_CHARS = 16_384
_LIMIT_URL_CHARS = 2048

_REL = re.compile(
    r"""
    # ; rel="hub self"    ;rel=hub
    ; \s{0,9} rel \s{0,9} = \s{0,9}
    (?: " (?P<quoted> [^"]{0,200} ) " | (?P<word> [^\s;,"]{1,200} ) )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WEB = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)

_SIGNATURE = re.compile(
    r"(?P<method>sha1|sha256|sha384|sha512)=(?P<digest>[0-9a-f]{40,128})", re.IGNORECASE
)
_DIGEST_BYTES = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}


@dataclass(frozen=True, slots=True, kw_only=True)
class HubOffer:
    """A hub, and what the feed is called there. Both are empty where none is offered."""

    hub: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushState:
    """What a subscription means for when a feed is polled. `pushes`: how many came so far."""

    pushes: int = 0
    is_live: bool = False
    renew_at: datetime | None = None

    @classmethod
    def of(cls, feed_id: str, subscription: Subscription | None, now: datetime) -> "PushState":
        """That of a subscription, and none's."""
        if subscription is None:
            return cls()
        return cls(
            pushes=subscription.pushes,
            is_live=subscription.is_live(now),
            renew_at=renew_at(feed_id, subscription),
        )


def find_links(header: str) -> Mapping[str, str]:
    """The first target of each relation in a Link header, as written. Source: RFC 8288.

    >>> find_links('<https://hub.example/>; rel="hub", </feed>; rel=self')
    {'hub': 'https://hub.example/', 'self': '/feed'}
    """
    found: dict[str, str] = {}
    for part in header[:_LIMIT_HEADER_CHARS].split("<")[1:]:
        target, closed, parameters = part.partition(">")
        rel = _REL.search(parameters) if closed else None
        for word in (rel["quoted"] or rel["word"] or "").lower().split() if rel else ():
            found.setdefault(word, target.strip())
    return found


def read_offer(headers: Mapping[str, str], hub: str, topic: str, url: str) -> HubOffer:
    """What an answer offers: its headers' word before its document's.

    Args:
        headers: Of the answer, their names in lower case.
        hub: As the document writes it.
        topic: Likewise.
        url: Where the answer came from: a feed that does not name itself is called so.
    """
    links = find_links(headers.get("link", ""))
    found = _absolute(url, links.get("hub") or hub)
    if not found:
        return HubOffer()
    named = _absolute(url, links.get("self") or topic)
    return HubOffer(hub=found, topic=named or url)


def _absolute(base: str, link: str) -> str:
    """The link as a URL of the web, or empty; never one with a user in it."""
    try:
        there = urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return ""
    return there if len(there) <= _LIMIT_URL_CHARS and _WEB.fullmatch(there) else ""


def next_ask(
    feed_id: str,
    state: FeedState,
    subscription: Subscription | None,
    now: datetime,
    callback_url: str,
) -> Literal["subscribe", "unsubscribe"] | None:
    """What a hub is to be asked for now; None: nothing.

    A subscription at another hub, under another name, or that answers to another address of ours is
    ended first.
    """
    is_wanted = bool(state.hub) and not state.gone
    if subscription is None:
        return "subscribe" if is_wanted else None
    if is_wanted and is_for(state, subscription, callback_url):
        return "subscribe" if now >= _ask_at(feed_id, subscription) else None
    if subscription.is_live(now):
        return "unsubscribe"
    is_over = subscription.asked_at is None or now >= subscription.asked_at + _PARTING
    return "subscribe" if is_wanted and is_over else None


def is_for(state: FeedState, subscription: Subscription, callback_url: str) -> bool:
    """True where it is the one that the feed's offer asks for, and is not being ended."""
    return (
        subscription.mode == "subscribe"
        and (subscription.hub, subscription.topic) == (state.hub, state.topic)
        and subscription.callback.startswith(callback_url)
    )


def _ask_at(feed_id: str, subscription: Subscription) -> datetime:
    """When the hub is asked again: before the lease ends, or later each time that it is silent."""
    asked_at = subscription.asked_at
    assert asked_at is not None
    if subscription.denied:
        return asked_at + _ASK_AGAIN_LIMIT
    if subscription.asked:
        doublings = min(subscription.asked - 1, _LIMIT_DOUBLINGS)
        return asked_at + min(_ASK_AGAIN * (1 << doublings), _ASK_AGAIN_LIMIT)
    return renew_at(feed_id, subscription) or asked_at


def renew_at(feed_id: str, subscription: Subscription) -> datetime | None:
    """Two thirds into the lease, and a little earlier by the feed's place among all; None without
    a lease.
    """
    confirmed_at, until = subscription.confirmed_at, subscription.until
    if confirmed_at is None or until is None:
        return None
    return confirmed_at + (until - confirmed_at) * (2 / 3 - phase_of(feed_id) / 12)


def may_poll_at(state: FeedState, now: datetime, floor_s: float) -> datetime:
    """The earliest poll that a push may bring: not before the floor, a back-off or a Retry-After
    ends.
    """
    if state.failures or state.why in {"host", "turn", "memory", "busy", "offline"}:
        return max(state.due_at or now, now)
    if state.polled_at is None:
        return now
    floor = timedelta(seconds=floor_s)
    return min(max(state.polled_at + floor, now), now + floor)


def callback_token(callback: str) -> str:
    """The part of a callback's URL that nobody can guess: its last."""
    return callback.rpartition("/")[2]


def read_signature(header: str) -> tuple[str, bytes] | None:
    """The method's name and the digest of an X-Hub-Signature; None where it is none of the four.

    >>> read_signature("sha1=" + "00" * 20) == ("sha1", bytes(20))
    True
    """
    found = _SIGNATURE.fullmatch(header.strip()[:200])
    if not found:
        return None
    method, digest = found["method"].lower(), found["digest"]
    return (method, bytes.fromhex(digest)) if len(digest) == 2 * _DIGEST_BYTES[method] else None
