"""Rendering of items as feeds, as agencies write them: RSS 2.0 and 1.0, Atom 1.0, JSON Feed 1.1.

The summary is the deck; the body is HTML with a <p> for each paragraph. Sources: RSS 2.0 (Harvard),
RSS 1.0 (web.resource.org) with its content module, RFC 4287, jsonfeed.org version 1.1.
"""

import html
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from types import MappingProxyType

from worker.demo.corpus import DemoFeed, FeedFormat, SeedItem
from worker.model import NewsItem

__all__ = [
    "MEDIA_TYPES",
    "render_atom",
    "render_feed",
    "render_json_feed",
    "render_rdf",
    "render_rss",
]

MEDIA_TYPES = MappingProxyType(
    {
        FeedFormat.RSS: "application/rss+xml; charset=utf-8",
        FeedFormat.RDF: "application/rdf+xml; charset=utf-8",
        FeedFormat.ATOM: "application/atom+xml; charset=utf-8",
        FeedFormat.JSON_FEED: "application/feed+json; charset=utf-8",
    }
)

# The namespaces, whose usual prefixes are written into the names: ElementTree makes up ns0, ns1.
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RSS_1 = "http://purl.org/rss/1.0/"
_ATOM = "http://www.w3.org/2005/Atom"

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""The date of items and feeds that have none, since Atom requires a date."""

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow. Source: XML 1.0, production 2."""


def render_feed(feed: DemoFeed, seeds: Sequence[SeedItem], base_url: str) -> bytes:
    """Render the items in the feed's format, in the given order."""
    return _RENDERERS[feed.format](feed, seeds, base_url)


def render_rss(feed: DemoFeed, seeds: Sequence[SeedItem], base_url: str) -> bytes:
    """Render the items as RSS 2.0, bodies in content:encoded."""
    root = ET.Element(
        "rss", {"version": "2.0", "xmlns:content": _CONTENT, "xmlns:dc": _DUBLIN_CORE}
    )
    channel = ET.SubElement(root, "channel")
    _add(channel, "title", feed.name)
    _add(channel, "link", base_url + feed.path)
    _add(channel, "description", feed.name)
    _add(channel, "language", feed.language)
    for seed in seeds:
        item = seed.item
        entry = ET.SubElement(channel, "item")
        _add(entry, "title", item.headline)
        _add(entry, "link", item.link)
        _add(entry, "guid", item.uri).set("isPermaLink", "false")  # by default it is a page's URL
        _add_texts(entry, item)
        _add(entry, "category", seed.rubric)
        if item.published:
            _add(entry, "pubDate", format_datetime(item.published.astimezone(UTC), usegmt=True))
    return _to_bytes(root)


def render_rdf(feed: DemoFeed, seeds: Sequence[SeedItem], base_url: str) -> bytes:
    """Render the items as RSS 1.0, an item's uri in rdf:about."""
    root = ET.Element(
        "rdf:RDF",
        {"xmlns": _RSS_1, "xmlns:rdf": _RDF, "xmlns:content": _CONTENT, "xmlns:dc": _DUBLIN_CORE},
    )
    channel = ET.SubElement(root, "channel", {"rdf:about": base_url + feed.path})
    _add(channel, "title", feed.name)
    _add(channel, "link", base_url + feed.path)
    _add(channel, "description", feed.name)
    _add(channel, "dc:language", feed.language)
    contents = ET.SubElement(ET.SubElement(channel, "items"), "rdf:Seq")
    for seed in seeds:
        item = seed.item
        ET.SubElement(contents, "rdf:li", {"rdf:resource": _xml_text(item.uri)})
        entry = ET.SubElement(root, "item", {"rdf:about": _xml_text(item.uri)})
        _add(entry, "title", item.headline)
        _add(entry, "link", item.link or item.uri)
        _add_texts(entry, item)
        _add(entry, "dc:subject", seed.rubric)
        if item.published:
            _add(entry, "dc:date", _rfc3339(item.published))
    return _to_bytes(root)


def render_atom(feed: DemoFeed, seeds: Sequence[SeedItem], base_url: str) -> bytes:
    """Render the items as Atom 1.0, bodies as HTML content, each with its language."""
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": feed.language})
    dates = [seed.item.published for seed in seeds if seed.item.published]
    _add(root, "id", f"tag:copytaster.invalid,2026:{feed.path}")
    _add(root, "title", feed.name)
    _add(root, "updated", _rfc3339(max(dates, default=_EPOCH)))
    ET.SubElement(root, "link", {"rel": "self", "href": base_url + feed.path})
    _add(ET.SubElement(root, "author"), "name", feed.agency or feed.name)
    for seed in seeds:
        _add_atom_entry(root, seed)
    return _to_bytes(root)


def render_json_feed(feed: DemoFeed, seeds: Sequence[SeedItem], base_url: str) -> bytes:
    """Render the items as JSON Feed 1.1."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.name,
        "feed_url": base_url + feed.path,
        "language": feed.language,
        "items": [_json_item(seed) for seed in seeds],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "replace")


_RENDERERS: MappingProxyType[FeedFormat, Callable[[DemoFeed, Sequence[SeedItem], str], bytes]] = (
    MappingProxyType(
        {
            FeedFormat.RSS: render_rss,
            FeedFormat.RDF: render_rdf,
            FeedFormat.ATOM: render_atom,
            FeedFormat.JSON_FEED: render_json_feed,
        }
    )
)


def _add_texts(entry: ET.Element, item: NewsItem) -> None:
    """Add summary, body and author, which RSS 2.0 and 1.0 have in common."""
    _add(entry, "description", item.deck)
    _add(entry, "content:encoded", _as_html(item.body_text))
    _add(entry, "dc:creator", item.byline)  # RSS 2.0's own `author` is an e-mail address


def _add_atom_entry(root: ET.Element, seed: SeedItem) -> None:
    item = seed.item
    entry = ET.SubElement(root, "entry", {"xml:lang": item.language})
    _add(entry, "id", item.uri)
    _add(entry, "title", item.headline)
    if item.link:
        ET.SubElement(entry, "link", {"rel": "alternate", "href": _xml_text(item.link)})
    _add(entry, "published", _rfc3339(item.firstcreated) if item.firstcreated else "")
    _add(entry, "updated", _rfc3339(item.published or _EPOCH))
    if item.byline:
        _add(ET.SubElement(entry, "author"), "name", item.byline)
    if seed.rubric:
        ET.SubElement(entry, "category", {"term": _xml_text(seed.rubric)})
    _add(entry, "summary", item.deck)
    if item.body_text:
        _add(entry, "content", _as_html(item.body_text)).set("type", "html")


def _json_item(seed: SeedItem) -> dict[str, object]:
    """Return the item's JSON Feed object, without fields that would be empty."""
    item = seed.item
    fields: dict[str, object] = {
        "id": item.uri,
        "url": item.link,
        "title": item.headline,
        "summary": item.deck,
        "content_html": _as_html(item.body_text),
        "language": item.language,
        "date_published": _rfc3339(item.firstcreated) if item.firstcreated else "",
        "date_modified": _rfc3339(item.versioncreated) if item.versioncreated else "",
        "authors": [{"name": item.byline}] if item.byline else "",
        "tags": [seed.rubric] if seed.rubric else "",
    }
    # Version 1.1 requires content_html or content_text in every item, even if empty.
    return {name: value for name, value in fields.items() if value or name == "content_html"}


def _as_html(body_text: str) -> str:
    """Return the paragraphs as HTML; the feed's format escapes this markup once more."""
    paragraphs = (html.escape(part, quote=False) for part in body_text.split("\n\n") if part)
    return "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("", text)


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    """Add a child with a text, or return it unattached if the text is empty."""
    child = ET.Element(name)
    if text:
        child.text = _xml_text(text)
        parent.append(child)
    return child


def _to_bytes(root: ET.Element) -> bytes:
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body
