"""Identifiers as URIs: what CloudEvents and ninjs ask for."""

from urllib.parse import quote

__all__ = ["encode_uri"]

_SAFE = ":/?#[]@!$&'()*+,;=%~"
"""What may stand in a URI reference as it is. Source: RFC 3986, section 2."""


def encode_uri(text: str) -> str:
    """The text with whatever may not stand in a URI percent-encoded.

    >>> encode_uri("https://news.example/порт 1")
    'https://news.example/%D0%BF%D0%BE%D1%80%D1%82%201'
    """
    return quote(text, safe=_SAFE, errors="replace")
