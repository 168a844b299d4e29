"""JSON Feed 1.0 and 1.1. Source: jsonfeed.org, "JSON Feed Version 1.1"."""

from worker.errors import FormatError
from worker.feeds.entry import LIMIT_ENTRIES, Channel, FeedEntry, Format, Text
from worker.feeds.json_reader import as_number_or_string, as_string, decode_json

__all__ = ["JSON_FEED"]

_FIELDS = frozenset({"id", "url", "title", "content_html", "content_text", "date_published"})


def _is_like(head: str) -> bool:
    return head.lstrip().startswith("{")


def _read(text: str) -> Channel:
    feed = decode_json(text)
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(feed, dict) or not isinstance(items, list):
        raise FormatError("not a JSON Feed: no list of items")
    is_named = "jsonfeed" in as_string(feed.get("version"))
    # ninjs has pages of items too: `{"items": [{"uri": ..., "headline": ...}]}`.
    if items and not is_named and not any(map(_is_item, items[:10])):
        raise FormatError("not a JSON Feed: its items have neither id, url nor text")
    problems: list[str] = []
    if len(items) > LIMIT_ENTRIES:
        problems.append(f"more than {LIMIT_ENTRIES:,} entries; the first of them were read")
    entries: list[FeedEntry] = []
    for number, item in enumerate(items[:LIMIT_ENTRIES], 1):
        if isinstance(item, dict):
            entries.append(_entry(item, feed))
        else:
            problems.append(f"entry {number} cannot be read: it is no object")
    return Channel(
        entries=tuple(entries),
        problems=tuple(problems),
        title=as_string(feed.get("title")),
        language=as_string(feed.get("language")),
        hub=_hub(feed.get("hubs")),
        topic=as_string(feed.get("feed_url")),
    )


def _hub(hubs: object) -> str:
    """Return the URL of the first WebSub hub; `rssCloud` hubs are passed over."""
    listed = [hub for hub in hubs if isinstance(hub, dict)] if isinstance(hubs, list) else []
    urls = (
        as_string(hub.get("url"))
        for hub in listed
        if as_string(hub.get("type")).lower() == "websub"
    )
    return next(filter(None, urls), "")


def _is_item(item: object) -> bool:
    return isinstance(item, dict) and not _FIELDS.isdisjoint(item)


def _entry(item: dict[str, object], feed: dict[str, object]) -> FeedEntry:
    plain = as_string(item.get("content_text"))
    content = (
        Text(plain, html=False) if plain else Text(as_string(item.get("content_html")), html=True)
    )
    return FeedEntry(
        id=as_number_or_string(item.get("id")),
        link=as_string(item.get("url")) or as_string(item.get("external_url")),
        headline=Text(as_string(item.get("title")), html=False),
        summary=Text(as_string(item.get("summary")), html=False),
        content=content,
        byline=_names(item) or _names(feed),
        language=as_string(item.get("language")),
        published=tuple(filter(None, (as_string(item.get("date_published")),))),
        updated=tuple(filter(None, (as_string(item.get("date_modified")),))),
    )


def _names(parent: dict[str, object]) -> str:
    """Return all authors' names on one line. Version 1.0 has `author`, 1.1 `authors`."""
    listed = parent.get("authors")
    authors = listed if isinstance(listed, list) and listed else [parent.get("author")]
    names = (as_string(author.get("name")) for author in authors if isinstance(author, dict))
    return ", ".join(filter(None, names))


JSON_FEED = Format(
    name="JSON Feed",
    media_types=frozenset({"application/feed+json", "application/json", "text/json"}),
    is_like=_is_like,
    read=_read,
)
