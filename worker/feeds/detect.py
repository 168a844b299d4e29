"""Format detection: the opening of a document says more than its media type."""

import re

from worker.feeds.entry import Format
from worker.feeds.formats import FORMATS
from worker.feeds.xml_entities import doctype_end

__all__ = ["find_formats"]

_HEAD_CHARS = 16_384
_BLANK = re.compile(r"[\s\ufeff]*+")
_LIMIT_PROLOG = 100_000
"""Comments and instructions that are passed over: some feeds stand behind thousands of them."""


def find_formats(media_type: str, text: str) -> tuple[Format, ...]:
    """Return the formats worth trying, the likeliest first; empty if the text resembles none.

    >>> [format.name for format in find_formats("text/html", "<?xml version='1.0'?><nitf>")]
    ['NITF', 'RSS, Atom or RDF']
    """
    essence = media_type.partition(";")[0].strip().lower()
    root = _skip_prolog(text)
    head = text[root : root + _HEAD_CHARS]
    # Servers call feeds text/html, text/plain or application/xml, whatever their format is.
    alike = [candidate for candidate in FORMATS if candidate.is_like(head)]
    named = [
        candidate
        for candidate in FORMATS
        if essence in candidate.media_types and candidate not in alike
    ]
    return tuple(alike + named)


def _skip_prolog(text: str) -> int:
    """Return the offset of the root, behind declaration, comments and document type of any size."""
    at = 0
    for _ in range(_LIMIT_PROLOG):
        at = _BLANK.match(text, at).end()  # type: ignore[union-attr]  # matches anywhere
        if text.startswith("<?", at):
            end = text.find("?>", at) + 2
        elif text.startswith("<!--", at):
            end = text.find("-->", at) + 3
        else:
            end = doctype_end(text, at)
        if end <= at:
            return at
        at = end
    return at
