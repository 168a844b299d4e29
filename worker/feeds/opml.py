"""Lists of feeds as OPML, the exchange format of feed readers. Source: OPML 2.0.

Agency, language and interval, for which OPML has no attributes, are written in a namespace of ours,
so that an export loses nothing when another installation imports it.
"""

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from worker.errors import FormatError
from worker.feeds.html_to_text import plain_line
from worker.feeds.xml_path import local_name
from worker.feeds.xml_reader import Element, read_entries
from worker.model import Feed, feed_id

__all__ = ["is_opml", "read_opml", "write_opml"]

_OWN = "urn:copytaster:opml"
_LIMIT_OUTLINES = 1_000_000
_WEEK_S = 7 * 24 * 3600


def is_opml(head: str) -> bool:
    """True when the opening of a file looks like OPML."""
    return "<opml" in head.lower()


def read_opml(text: str) -> tuple[tuple[Feed, ...], tuple[str, ...]]:
    """Return the feeds of all outlines in order, no URL twice, and a reason for each left out.

    Raises:
        FormatError: The document is not OPML.
    """
    document = read_entries(text, _is_feed, _feed, limit=_LIMIT_OUTLINES)
    if local_name(document.root) != "opml":
        raise FormatError("not OPML: its root is not opml")
    feeds: dict[str, Feed] = {}
    for feed in document.entries:
        feeds.setdefault(feed.id, feed)
    return tuple(feeds.values()), document.problems


def write_opml(feeds: Iterable[Feed], *, now: datetime) -> str:
    r"""Return the feeds as OPML 2.0, a line for each.

    >>> feed = Feed(id="x", url="https://a.example/?b&c", name="A")
    >>> write_opml([feed], now=datetime.fromisoformat("2026-01-12T10:00Z")).split("\n")[6]
    '    <outline type="rss" text="A" title="A" xmlUrl="https://a.example/?b&amp;c"/>'
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:copytaster="{_OWN}">',
        "  <head>",
        f"    <title>Feeds</title><dateCreated>{format_datetime(now, usegmt=True)}</dateCreated>",
        "  </head>",
        "  <body>",
        *(f"    <outline {_attributes(feed)}/>" for feed in feeds),
        "  </body>",
        "</opml>",
    ]
    return "\n".join(lines) + "\n"


def _attributes(feed: Feed) -> str:
    name = feed.name or feed.url
    interval = str(feed.interval_s) if feed.interval_s else ""
    attributes = {
        "type": "rss",
        "text": name,
        "title": feed.name,
        "xmlUrl": feed.url,
        "copytaster:agency": feed.agency,
        "copytaster:language": feed.language,
        "copytaster:interval": interval,
    }
    return " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items() if value)


def _is_feed(opened: list[Element]) -> bool:
    return local_name(opened[-1]) == "outline" and bool(_address(opened[-1]))


def _address(outline: Element) -> str:
    return next((value.strip() for name, value in outline.items() if name.lower() == "xmlurl"), "")


def _feed(outline: Element, around: list[Element]) -> Feed:  # noqa: ARG001  # folders are not kept
    """Return the outline's feed; ValueError costs this outline only."""
    url = _address(outline)
    parts = urlsplit(url)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"not an http or https address: {plain_line(url[:100], html=False)}")
    name = outline.get("title") or outline.get("text") or ""
    interval = outline.get(f"{{{_OWN}}}interval", "")
    is_interval = interval.isascii() and interval.isdigit() and 0 < int(interval[:9]) <= _WEEK_S
    return Feed(
        id=feed_id(url),
        url=url,
        name="" if name == url else plain_line(name[:500], html=False),
        agency=plain_line(outline.get(f"{{{_OWN}}}agency", "")[:500], html=False),
        language=plain_line(outline.get(f"{{{_OWN}}}language", "")[:50], html=False),
        interval_s=int(interval) if is_interval else 0,
    )
