"""JSON Feed 1.0 and 1.1. Source: jsonfeed.org, "JSON Feed Version 1.1"."""

from worker.errors import FormatError
from worker.feeds.entry import LIMIT_ENTRIES, Channel, Entry, Format, Text
from worker.feeds.json_reader import decode_json, number_or_word, words

__all__ = ["JSON_FEED"]

_FIELDS = frozenset({"id", "url", "title", "content_html", "content_text", "date_published"})


def _is_like(head: str) -> bool:
    return head.lstrip().startswith("{")


def _read(text: str) -> Channel:
    feed = decode_json(text)
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(feed, dict) or not isinstance(items, list):
        raise FormatError("not a JSON Feed: no list of items")
    is_named = "jsonfeed" in words(feed.get("version"))
    if items and not is_named and not any(map(_is_item, items[:10])):
        raise FormatError("not a JSON Feed: its items have neither id, url nor text")
    problems: list[str] = []
    if len(items) > LIMIT_ENTRIES:
        problems.append(f"more than {LIMIT_ENTRIES:,} entries; the first of them were read")
    entries: list[Entry] = []
    for number, item in enumerate(items[:LIMIT_ENTRIES], 1):
        if isinstance(item, dict):
            entries.append(_entry(item, feed))
        else:
            problems.append(f"entry {number} cannot be read: it is no object")
    return Channel(
        entries=tuple(entries),
        problems=tuple(problems),
        language=words(feed.get("language")),
        hub=_hub(feed.get("hubs")),
        topic=words(feed.get("feed_url")),
    )


def _hub(hubs: object) -> str:
    """The first WebSub hub; there are other types."""
    listed = [one for one in hubs if isinstance(one, dict)] if isinstance(hubs, list) else []
    found = (words(one.get("url")) for one in listed if words(one.get("type")).lower() == "websub")
    return next(filter(None, found), "")


def _is_item(item: object) -> bool:
    return isinstance(item, dict) and not _FIELDS.isdisjoint(item)


def _entry(item: dict[str, object], feed: dict[str, object]) -> Entry:
    plain = words(item.get("content_text"))
    content = Text(plain, html=False) if plain else Text(words(item.get("content_html")), html=True)
    return Entry(
        id=number_or_word(item.get("id")),
        link=words(item.get("url")) or words(item.get("external_url")),
        headline=Text(words(item.get("title")), html=False),
        summary=Text(words(item.get("summary")), html=False),
        content=content,
        byline=_names(item) or _names(feed),
        language=words(item.get("language")),
        published=tuple(filter(None, (words(item.get("date_published")),))),
        updated=tuple(filter(None, (words(item.get("date_modified")),))),
    )


def _names(parent: dict[str, object]) -> str:
    """All names in one line. Version 1.0 has `author`, 1.1 `authors`."""
    authors = parent.get("authors")
    everyone = authors if isinstance(authors, list) and authors else [parent.get("author")]
    names = (words(one.get("name")) for one in everyone if isinstance(one, dict))
    return ", ".join(filter(None, names))


JSON_FEED = Format(
    name="JSON Feed",
    media_types=frozenset({"application/feed+json", "application/json", "text/json"}),
    is_like=_is_like,
    read=_read,
)
