"""Feeds of any other kind, read by feedparser after all formats of our own have failed.

feedparser takes quadratic time over namespaces and attributes, so documents with many of them are
refused; any exception that it raises on odd input becomes a FormatError. It is imported with its
first document, since few processes ever meet one.
"""

import io
import re
from collections.abc import Mapping
from typing import Any

from worker.errors import FormatError, reason_of
from worker.feeds.entry import Channel, FeedEntry, Format, Text
from worker.feeds.xml_entities import expand_entities

__all__ = ["FEEDPARSER"]

_HEADERS = {"content-type": "application/xml; charset=utf-8"}
"""Without a content type feedparser takes a document without a prolog for ISO 8859-1."""

_ROOT = re.compile(r"<(?:\w{1,20}:)?(?:rss|feed|RDF|channel|item|entry)(?=[\s>/])", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_LIMIT_CHARS = 262_144
_LIMIT_ENTRIES = 1000
_LIMIT_NAMESPACES = 500
_LIMIT_ATTRIBUTES = 2000


def _is_like(head: str) -> bool:
    return _ROOT.search(head) is not None


def _read(text: str) -> Channel:
    text = expand_entities(_NOT_XML.sub("", text))
    if len(text) > _LIMIT_CHARS:
        raise FormatError(f"more than {_LIMIT_CHARS:,} characters in no known format")
    if text.count("xmlns") > _LIMIT_NAMESPACES or text.count("=") > _LIMIT_ATTRIBUTES:
        raise FormatError("too many namespaces or attributes, in no known format")
    parsed = _parse(text)
    entries = [dict(entry) for entry in parsed["entries"][:_LIMIT_ENTRIES]]
    if not entries and not parsed.get("version"):
        raise FormatError("feedparser finds no feed in it")
    fault = parsed.get("bozo_exception")
    problems = (f"not well-formed: {_typed_reason(fault)}",) if fault else ()
    return Channel(entries=tuple(map(_entry, entries)), problems=problems)


def _parse(text: str) -> Mapping[str, Any]:
    """Parse with feedparser, from a stream: it may take a str for the name of a file."""
    import feedparser.api  # noqa: PLC0415  # see above

    try:
        parsed: Mapping[str, Any] = feedparser.api.parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers=dict(_HEADERS),
            resolve_relative_uris=False,  # `identity` resolves the link
            sanitize_html=False,  # `html_to_text` keeps no markup at all
        )
    except Exception as error:  # feedparser raises anything on odd input
        raise FormatError(f"feedparser cannot read it: {_typed_reason(error)}") from error
    return parsed


def _typed_reason(error: object) -> str:
    """Return the error with its type, which says more than the messages of feedparser's parsers."""
    return reason_of(f"{type(error).__name__}: {error}", 200)


def _entry(entry: Mapping[str, Any]) -> FeedEntry:
    """Return the entry of a plain dict: feedparser's own answers a key with another key's value."""
    contents = [str(part.get("value") or "") for part in entry.get("content") or ()]
    return FeedEntry(
        id=_word(entry, "id"),
        link=_word(entry, "link"),
        headline=Text(_word(entry, "title")),
        summary=Text(_word(entry, "summary")),
        content=Text(max(contents, key=len, default="")),
        byline=_word(entry, "author"),
        published=tuple(filter(None, (_word(entry, "published"),))),
        updated=tuple(filter(None, (_word(entry, "updated"), _word(entry, "created")))),
    )


def _word(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


FEEDPARSER = Format(
    name="another kind of feed",
    media_types=frozenset(),
    is_like=_is_like,
    read=_read,
)
