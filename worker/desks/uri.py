"""Identifiers: whom an event is about, and as URIs, which CloudEvents and ninjs ask for."""

from urllib.parse import quote

from worker.model import ParsedItem

__all__ = ["encode_uri", "subject_of"]

_SAFE = ":/?#[]@!$&'()*+,;=%~"
"""What may stand in a URI reference as it is. Source: RFC 3986, section 2."""


def encode_uri(text: str) -> str:
    """The text with whatever may not stand in a URI percent-encoded.

    >>> encode_uri("https://news.example/порт 1")
    'https://news.example/%D0%BF%D0%BE%D1%80%D1%82%201'
    """
    return quote(text, safe=_SAFE, errors="replace")


def subject_of(parsed: ParsedItem) -> str:
    """The uri of the item that its events are about: of a kill, what it surely takes back."""
    target = parsed.target
    return target.uri if target and target.is_certain else parsed.item.uri
