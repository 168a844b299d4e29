"""Feeds: bytes to NewsItems (`read_feed`), when to poll next, and all inbound HTTP.

    charset -> detect -> formats/ (one file a format) -> items (identity, plain text, dates)

`fetch` and `guard` hold the network and are not imported here: reading a feed needs none.
"""

from dataclasses import dataclass

from worker.errors import FormatError
from worker.feeds.charset import read_text
from worker.feeds.detect import find_formats
from worker.feeds.items import read_items
from worker.model import Feed, NewsItem

__all__ = ["FeedRead", "read_feed"]

_LIMIT_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class FeedRead:
    """What a feed's body held: items in reading order, oldest first, and problems for a person."""

    items: tuple[NewsItem, ...] = ()
    problems: tuple[str, ...] = ()


def read_feed(body: bytes, media_type: str, feed: Feed) -> FeedRead:
    """The feed's items. An entry that cannot be read is a problem and costs no other entry.

    Args:
        body: The document as it came.
        media_type: The Content-Type header as sent, or empty.
        feed: Whose document it is; language and agency stand in for what entries do not say.

    Raises:
        FormatError: No format can read it; names the feed.
    """
    text = read_text(body, media_type)
    reasons: list[str] = []
    for known in find_formats(media_type, text):
        try:
            channel = known.read(text)
        except FormatError as error:
            reasons.append(error.reason)
            continue
        items, problems = read_items(channel, feed)
        return FeedRead(items, _first(problems))
    raise FormatError("; ".join(reasons) or _looks_like(text), subject=feed.name or feed.id)


def _first(problems: tuple[str, ...]) -> tuple[str, ...]:
    more = len(problems) - _LIMIT_PROBLEMS
    return (*problems[:_LIMIT_PROBLEMS], f"and {more:,} more") if more > 0 else problems


def _looks_like(text: str) -> str:
    head = text[:1000].lstrip().lower()
    if not head:
        return "the document is empty"
    if head.startswith(("<!doctype html", "<html")):
        return "a web page, not a feed"
    return "neither RSS, Atom, RDF nor JSON Feed"
