"""Candidates of a poll as scripts/admit.lua takes them."""

from collections.abc import Iterator, Sequence

import msgspec

from worker.model import NewsItem
from worker.model.codec import dump
from worker.model.digests import item_id, version_hash, version_word
from worker.model.polling import Candidate
from worker.store.packing import as_text

__all__ = ["Entry", "entry_of", "in_slices", "item_message"]

SLICE_ENTRIES = 500
SLICE_BYTES = 256 << 10
"""Limits of what a script admits: some 20 ms of the server's time. A longer message goes alone."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A candidate as scripts/admit.lua takes it; `cut` is where a suffix of its version goes in."""

    id: msgspec.Raw
    hash: msgspec.Raw
    version: msgspec.Raw
    message: msgspec.Raw
    cut: int
    was: msgspec.Raw | None = None
    alone: bool = False
    urgent: bool = False
    kill: bool = False
    page: bool = False
    source: str = ""


def entry_of(candidate: Candidate) -> Entry:
    """Return a candidate as the script takes it.

    Raises:
        CodecError: A string of the item holds a lone surrogate.
    """
    item = candidate.item
    message, cut = page_message(item) if candidate.wants_page else item_message(item)
    return Entry(
        id=as_text(item_id(item.uri)),
        hash=as_text(version_hash(candidate.key)),
        version=as_text(version_word(candidate.key)),
        message=as_text(message),
        cut=cut,
        was=None if candidate.was is None else as_text(candidate.was),
        alone=candidate.is_alone,
        urgent=candidate.is_urgent,
        kill=candidate.is_kill,
        page=candidate.wants_page,
        source=item.source,
    )


def in_slices(entries: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
    """Return the entries in order, in groups that one script may admit."""
    group: list[Entry] = []
    size = 0
    for entry in entries:
        size += len(entry.message)
        if group and (len(group) == SLICE_ENTRIES or size > SLICE_BYTES):
            yield tuple(group)
            group, size = [], len(entry.message)
        group.append(entry)
    if group:
        yield tuple(group)


def page_message(item: NewsItem) -> tuple[bytes, int]:
    """Return the JSON that asks for an item's page, and where a suffix of its version goes.

    >>> item = NewsItem(uri="urn:x", version="7", link="https://news.example/7")
    >>> message, cut = page_message(item)
    >>> message[:cut]
    b'{"link":"https://news.example/7","item":{"uri":"urn:x","version":"7'
    """
    message, cut = item_message(item)
    opening = b'{"link":%b,"item":' % msgspec.json.encode(item.link)
    return b"%b%b}" % (opening, message), len(opening) + cut


def item_message(item: NewsItem) -> tuple[bytes, int]:
    """Return an item's JSON, and the byte before which a suffix of its version goes.

    >>> message, cut = item_message(NewsItem(uri="urn:x", version="7", headline="H"))
    >>> message[:cut] + b".2" + message[cut:]
    b'{"uri":"urn:x","version":"7.2","headline":"H"}'
    """
    message = dump(item)
    opening = b'{"uri":%b,"version":%b' % (
        msgspec.json.encode(item.uri),
        msgspec.json.encode(item.version)[:-1],
    )
    assert message.startswith(opening), "NewsItem's first fields are uri and version"
    return message, len(opening)
