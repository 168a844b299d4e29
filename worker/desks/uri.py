"""Identifiers as URIs, which CloudEvents and ninjs require, and the subject of an event."""

from urllib.parse import quote

from worker.model import ParsedItem

__all__ = ["encode_uri", "subject_of"]

_SAFE = ":/?#[]@!$&'()*+,;=%~"
"""Characters allowed in a URI reference. Source: RFC 3986, section 2. The percent sign is among
them, since most identifiers are encoded already.
"""


def encode_uri(text: str) -> str:
    """Percent-encode all characters that a URI does not allow.

    >>> encode_uri("https://news.example/порт 1")
    'https://news.example/%D0%BF%D0%BE%D1%80%D1%82%201'
    """
    return quote(text, safe=_SAFE, errors="replace")  # a lone surrogate becomes "?"


def subject_of(parsed: ParsedItem) -> str:
    """Return the uri that the events are about: of a kill, that of a certain target."""
    target = parsed.target
    return target.uri if target and target.is_certain else parsed.item.uri
