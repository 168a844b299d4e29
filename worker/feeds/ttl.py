"""How often a feed itself asks to be read: RSS's `ttl`, the syndication module's `sy:*`."""

import re

__all__ = ["read_pace_s"]

_HEAD_BYTES = 64 * 1024
_TAIL_BYTES = 4 * 1024
_DAY_S = 86_400

_FIRST_ENTRY = re.compile(rb"<(?:[a-z]{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_LAST_ENTRY = re.compile(rb".*</(?:[a-z]{1,20}:)?(?:item|entry)\s?>", re.IGNORECASE | re.DOTALL)

_ASKED = re.compile(
    rb"""
    # <ttl>60</ttl>   <sy:updatePeriod> hourly </sy:updatePeriod>
    < (?:[a-z]{1,20}:)? (?P<name> ttl | updatePeriod | updateFrequency ) \s{0,9} >
    \s{0,99} (?P<value> [a-z0-9]{1,9} ) \s{0,99} </
    """,
    re.VERBOSE | re.IGNORECASE,
)

_PERIODS_S = {
    b"hourly": 3600,
    b"daily": _DAY_S,
    b"weekly": 7 * _DAY_S,
    b"monthly": 30 * _DAY_S,
    b"yearly": 365 * _DAY_S,
}
"""Source: RDF Site Summary 1.0 Modules: Syndication."""


def read_pace_s(body: bytes) -> int:
    """The seconds that the feed's channel asks us to wait between polls; 0 where it asks nothing.

    >>> read_pace_s(b"<rss><channel><ttl>60</ttl><item/></channel></rss>")
    3600
    >>> read_pace_s(b"<sy:updatePeriod>daily</sy:updatePeriod>")
    86400
    """
    said: dict[bytes, bytes] = {}
    for found in _ASKED.finditer(_outside_comments(_channel(body))):
        said.setdefault(found["name"].lower(), found["value"].lower())
    ttl = said.get(b"ttl", b"")
    asked_s = int(ttl) * 60 if ttl.isdigit() else 0
    if b"updateperiod" in said or b"updatefrequency" in said:
        period_s = _PERIODS_S.get(said.get(b"updateperiod", b"daily"), 0)
        times = said.get(b"updatefrequency", b"1")
        asked_s = max(asked_s, period_s // max(1, int(times)) if times.isdigit() else period_s)
    return asked_s


def _channel(body: bytes) -> bytes:
    """What stands before the first entry and, where entries are few or short, after the last."""
    head = body[:_HEAD_BYTES].replace(b"\0", b"")  # UTF-16 without its other halves
    tail = body[-_TAIL_BYTES:].replace(b"\0", b"") if len(body) > _HEAD_BYTES else head
    first, last = _FIRST_ENTRY.search(head), _LAST_ENTRY.match(tail)
    return head[: first.start()] + (tail[last.end() :] if last else b"") if first else head


def _outside_comments(text: bytes) -> bytes:
    """The text without comments and CDATA; one that does not end takes the rest with it."""
    for opening, closing in ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>")):
        before, *others = text.split(opening)
        text = b" ".join([before, *(part.partition(closing)[2] for part in others)])
    return text
