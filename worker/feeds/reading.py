"""From the bytes of a feed to its items: decode, detect the format, read, build the items."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from worker.errors import FormatError
from worker.feeds.detect import find_formats
from worker.feeds.encoding import decode_body
from worker.feeds.entry import Channel
from worker.feeds.html_to_text import plain_line
from worker.feeds.identity import ListedEntry, list_entries
from worker.feeds.items import read_items
from worker.feeds.wire_text import is_story
from worker.model import Feed, NewsItem

__all__ = ["FeedRead", "ListedEntry", "list_feed", "read_feed"]

_LIMIT_PROBLEMS = 50
_LIMIT_TITLE_CHARS = 200


@dataclass(frozen=True, slots=True)
class FeedRead:
    """The content of a feed's body: items in reading order, oldest first, and its problems."""

    items: tuple[NewsItem, ...] = ()
    problems: tuple[str, ...] = ()
    """Sentences for a person, at most 50 and a count of the rest."""
    listed: tuple[ListedEntry, ...] = ()
    """Each of `items`, in their order, as the publisher lists it."""
    title: str = ""
    """The feed's name on a line, at most 200 characters; empty if it gives none."""
    language: str = ""
    """As `Channel.language`."""
    hub: str = ""
    """As `Channel.hub`."""
    topic: str = ""
    """As `Channel.topic`."""
    shared: frozenset[str] = frozenset()
    """As `FeedItems.shared`."""
    series: frozenset[str] = frozenset()
    """As `FeedItems.series`."""
    ttl_s: int = 0
    """As `Channel.ttl_s`."""
    stops_short: bool = False
    """As `Channel.stops_short`."""


def read_feed(
    body: bytes,
    media_type: str,
    feed: Feed,
    *,
    now: datetime | None = None,
    is_series: Callable[[str], bool] = lambda _: False,
) -> FeedRead:
    """Return the feed's items. An unreadable entry becomes a problem and costs no other entry.

    Args:
        body: The document as it came.
        media_type: The Content-Type header as sent, or empty.
        feed: The feed of the document; its language and agency fill in for entries without them.
        now: Dates after it are not believed.
        is_series: True for an id that named several items in an earlier body (`FeedRead.series`).

    Raises:
        FormatError: No format can read it; names the feed.
    """
    channel = _read_channel(body, media_type, feed.name or feed.id)
    read = read_items(channel, feed, now, is_series=is_series)
    return FeedRead(
        items=read.items,
        problems=_first(read.problems),
        listed=read.listed,
        title=plain_line(channel.title[:_LIMIT_TITLE_CHARS], html=None)[:_LIMIT_TITLE_CHARS],
        language=plain_line(channel.language[:_LIMIT_TITLE_CHARS], html=False),
        hub=channel.hub,
        topic=channel.topic,
        shared=read.shared,
        series=read.series,
        ttl_s=channel.ttl_s,
        stops_short=channel.stops_short,
    )


def list_feed(body: bytes, media_type: str, url: str, now: datetime) -> tuple[ListedEntry, ...]:
    """Return id, title, link and date of every entry, in the document's order.

    Raises:
        FormatError: No format can read it.
    """
    return list_entries(_read_channel(body, media_type, url), url, now)


def _read_channel(body: bytes, media_type: str, subject: str) -> Channel:
    """Return the channel from the first format that can read the body."""
    text = decode_body(body, media_type)
    reasons: list[str] = []
    for candidate in find_formats(media_type, text):
        try:
            channel = candidate.read(text)
        except FormatError as error:
            reasons.append(error.reason)
            continue
        return channel
    raise FormatError("; ".join(dict.fromkeys(reasons)) or _looks_like(text), subject=subject)


def _first(problems: tuple[str, ...]) -> tuple[str, ...]:
    """Return the problems, cut to the limit, with a count of those that were cut."""
    more = len(problems) - _LIMIT_PROBLEMS
    return (*problems[:_LIMIT_PROBLEMS], f"and {more:,} more") if more > 0 else problems


def _looks_like(text: str) -> str:
    """Return a reason why no format was even tried."""
    head = text[:1000].lstrip().lower()
    if not head:
        return "the document is empty"
    if head.startswith(("<!doctype html", "<html")):
        return "a web page, not a feed"
    if is_story(head):
        return "a story behind SOH, whose header is neither that of IPTC 7901 nor of ANPA 1312"
    return "neither RSS, Atom, RDF, JSON Feed, ninjs, NewsML, NITF, IPTC 7901 nor ANPA 1312"
