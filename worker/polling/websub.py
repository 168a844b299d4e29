"""WebSub without input or output: offers of hubs, requests that are due, signatures of pushes.

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
    "matches_offer",
    "may_poll_at",
    "next_request",
    "read_offer",
    "read_signature",
    "renew_at",
]

LEASE_S = 10 * 86_400
"""The lease that we ask for; the hub may grant another."""

_RETRY = timedelta(hours=1)
"""Wait before the second request to a hub that does not confirm; doubled with each further one."""

_RETRY_LIMIT = timedelta(days=7)
_LIMIT_DOUBLINGS = 10
_UNSUBSCRIBE_TIME = timedelta(minutes=10)
"""Time for a hub to confirm the end of a subscription before the next one is made without that."""

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
# No "@": the URL of a hub is shown and logged, so it must hold no password.
_WEB = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)

_SIGNATURE = re.compile(
    r"(?P<method>sha1|sha256|sha384|sha512)=(?P<digest>[0-9a-f]{40,128})", re.IGNORECASE
)
_DIGEST_BYTES = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}


@dataclass(frozen=True, slots=True, kw_only=True)
class HubOffer:
    """A hub that a feed offers, and the URL of the feed there; both are empty if there is none."""

    hub: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushState:
    """The state of a subscription as far as the time of the next poll depends on it.

    `pushes` counts the pushes so far, and `renew_at` is the time to renew the lease. `offer` is
    what was subscribed, which the feed may have offered before the present poll only.
    """

    pushes: int = 0
    is_live: bool = False
    offer: HubOffer = HubOffer()
    renew_at: datetime | None = None

    @classmethod
    def of(
        cls, feed_id: str, subscription: Subscription | None, now: datetime, callback_url: str = ""
    ) -> "PushState":
        """Return the state of a subscription, or of a feed without any.

        A subscription to a former address of ours, which does not begin with `callback_url`, is not
        live: this poll ends it.
        """
        if subscription is None:
            return cls()
        is_ours = subscription.callback.startswith(callback_url)
        return cls(
            pushes=subscription.pushes,
            is_live=is_ours and subscription.is_live(now),
            offer=HubOffer(hub=subscription.hub, topic=subscription.topic),
            renew_at=renew_at(feed_id, subscription),
        )


def find_links(header: str) -> Mapping[str, str]:
    """Return the first target of each relation in a Link header, as written. Source: RFC 8288.

    >>> find_links('<https://hub.example/>; rel="hub", </feed>; rel=self')
    {'hub': 'https://hub.example/', 'self': '/feed'}
    """
    links: dict[str, str] = {}
    # Each link begins with "<". Commas do not tell links apart, since URLs have commas too.
    for part in header[:_LIMIT_HEADER_CHARS].split("<")[1:]:
        target, closed, parameters = part.partition(">")
        rel = _REL.search(parameters) if closed else None
        for word in (rel["quoted"] or rel["word"] or "").lower().split() if rel else ():
            links.setdefault(word, target.strip())
    return links


def read_offer(headers: Mapping[str, str], hub: str, topic: str, url: str) -> HubOffer:
    """Return the hub that a response offers; its headers prevail over its document.

    Args:
        headers: The headers of the response, with names in lower case.
        hub: The link to the hub in the document, as written.
        topic: The document's link to itself, as written.
        url: The URL of the response, which is the topic if there is no link.
    """
    links = find_links(headers.get("link", ""))
    hub = _absolute(url, links.get("hub") or hub)
    if not hub:
        return HubOffer()
    topic = _absolute(url, links.get("self") or topic)
    return HubOffer(hub=hub, topic=topic or url)


def _absolute(base: str, link: str) -> str:
    """Return the link as an http or https URL without a user, or empty.

    A URL with a lone surrogate, as JSON can write it, is no text that the store could keep.
    """
    try:
        target = urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return ""
    is_url = len(target) <= _LIMIT_URL_CHARS and target.isprintable() and _WEB.fullmatch(target)
    return target if is_url else ""


def next_request(
    feed_id: str,
    state: FeedState,
    subscription: Subscription | None,
    now: datetime,
    callback_url: str,
) -> Literal["subscribe", "unsubscribe"] | None:
    """Return the request to a hub that is due; None if there is none.

    A subscription at a former hub, for a former topic, or to a former address of ours is ended
    before a new one is made.
    """
    is_wanted = bool(state.hub) and not state.gone
    if subscription is None:
        return "subscribe" if is_wanted else None
    if is_wanted and matches_offer(state, subscription, callback_url):
        return "subscribe" if now >= _request_at(feed_id, subscription) else None
    # What was subscribed is no longer offered: its hub is told first.
    if subscription.is_live(now):
        return "unsubscribe"
    return "subscribe" if is_wanted and _has_ended(subscription, now) else None


def _has_ended(subscription: Subscription, now: datetime) -> bool:
    asked_at = subscription.asked_at
    return asked_at is None or now >= asked_at + _UNSUBSCRIBE_TIME


def matches_offer(state: FeedState, subscription: Subscription, callback_url: str) -> bool:
    """Return True for a subscription at the hub that the feed offers, unless it is being ended."""
    return (
        subscription.mode == "subscribe"
        and (subscription.hub, subscription.topic) == (state.hub, state.topic)
        and subscription.callback.startswith(callback_url)
    )


def _request_at(feed_id: str, subscription: Subscription) -> datetime:
    """Return the time of the next request: before the lease ends, or ever later at a silent hub."""
    asked_at = subscription.asked_at
    assert asked_at is not None
    if subscription.denied:
        return asked_at + _RETRY_LIMIT
    if subscription.asked:
        doublings = min(subscription.asked - 1, _LIMIT_DOUBLINGS)
        return asked_at + min(_RETRY * (1 << doublings), _RETRY_LIMIT)
    return renew_at(feed_id, subscription) or asked_at


def renew_at(feed_id: str, subscription: Subscription) -> datetime | None:
    """Return the time to renew a lease, None if there is none.

    It is when two thirds of the lease are over, or a little earlier, depending on the phase of the
    feed: feeds of a hub that were added together are not renewed together.
    """
    confirmed_at, until = subscription.confirmed_at, subscription.until
    if confirmed_at is None or until is None:
        return None
    return confirmed_at + (until - confirmed_at) * (2 / 3 - phase_of(feed_id) / 12)


def may_poll_at(state: FeedState, now: datetime, floor_s: float) -> datetime:
    """Return the earliest time of a poll after a push: when floor, back-off and Retry-After end."""
    if state.failures or state.why in {"host", "turn", "memory", "busy", "offline"}:
        return max(state.due_at or now, now)
    if state.polled_at is None:
        return now
    floor = timedelta(seconds=floor_s)
    return min(max(state.polled_at + floor, now), now + floor)


def callback_token(callback: str) -> str:
    """Return the part of a callback's URL that nobody can guess, the last."""
    return callback.rpartition("/")[2]


def read_signature(header: str) -> tuple[str, bytes] | None:
    """Return the method and the digest of an X-Hub-Signature; None if it is not in the standard.

    >>> read_signature("sha1=" + "00" * 20) == ("sha1", bytes(20))
    True
    """
    signature = _SIGNATURE.fullmatch(header.strip()[:200])
    if not signature:
        return None
    method, digest = signature["method"].lower(), signature["digest"]
    return (method, bytes.fromhex(digest)) if len(digest) == 2 * _DIGEST_BYTES[method] else None
