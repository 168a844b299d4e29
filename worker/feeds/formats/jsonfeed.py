"""JSON Feed 1.0 and 1.1. Source: jsonfeed.org, "JSON Feed Version 1.1"."""

import msgspec

from worker.errors import FormatError
from worker.feeds.entry import LIMIT_ENTRIES, Channel, Entry, Format, Text

__all__ = ["JSON_FEED"]


class _Author(msgspec.Struct):
    name: str | None = None


class _Feed(msgspec.Struct):
    items: list[msgspec.Raw]
    version: str = ""
    language: str | None = None
    author: _Author | None = None
    authors: list[_Author] | None = None


class _Item(msgspec.Struct):
    id: str | int | float | None = None
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    content_html: str | None = None
    content_text: str | None = None
    summary: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    author: _Author | None = None
    authors: list[_Author] | None = None
    language: str | None = None


_feed_decoder = msgspec.json.Decoder(_Feed)
_item_decoder = msgspec.json.Decoder(_Item)


def _is_like(head: str) -> bool:
    return head.lstrip().startswith("{")


def _read(text: str) -> Channel:
    try:
        feed = _feed_decoder.decode(text)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise FormatError(f"not a JSON Feed: {error}") from error
    entries: list[Entry] = []
    problems: list[str] = []
    if len(feed.items) > LIMIT_ENTRIES:
        problems.append(f"{len(feed.items):,} entries; the first {LIMIT_ENTRIES:,} were read")
    for number, raw in enumerate(feed.items[:LIMIT_ENTRIES], 1):
        try:
            entries.append(_entry(_item_decoder.decode(raw), feed))
        except (ValueError, RecursionError) as error:
            problems.append(f"entry {number} cannot be read: {error}")
    return Channel(entries=tuple(entries), problems=tuple(problems), language=feed.language or "")


def _entry(item: _Item, feed: _Feed) -> Entry:
    content = (
        Text(item.content_text, html=False)
        if item.content_text
        else Text(item.content_html or "", html=True)
    )
    return Entry(
        id="" if item.id is None else str(item.id),
        link=item.url or item.external_url or "",
        headline=Text(item.title or "", html=False),
        summary=Text(item.summary or "", html=False),
        content=content,
        byline=_names(item.author, item.authors) or _names(feed.author, feed.authors),
        language=item.language or "",
        published=item.date_published or "",
        updated=item.date_modified or "",
    )


def _names(author: _Author | None, authors: list[_Author] | None) -> str:
    """All names in one line. Version 1.0 has `author`, 1.1 `authors`."""
    everyone = authors or ([author] if author else [])
    return ", ".join(one.name for one in everyone if one.name)


JSON_FEED = Format(
    name="JSON Feed",
    media_types=frozenset({"application/feed+json", "application/json", "text/json"}),
    is_like=_is_like,
    read=_read,
)
