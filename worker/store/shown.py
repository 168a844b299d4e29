"""What a feed showed last, and which entries of a body that makes new or changed."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from worker.messages import is_kill, is_urgent
from worker.model import NewsItem, PubStatus, version_key
from worker.model.codec import dump
from worker.store import records
from worker.store.connection import as_text

__all__ = [
    "Candidate",
    "Entry",
    "Shown",
    "entry_of",
    "find_candidates",
    "in_slices",
    "item_message",
]

LIMIT_ENTRIES = 20_000
"""Entries that are remembered of one feed."""

SPARE_ENTRIES = 10
"""Entries that are remembered beyond twice those of a body: entries that leave a feed for a while
come back to it."""

SLICE_ENTRIES = 500
SLICE_BYTES = 256 << 10
"""What one script admits at most: some 20 ms of the server's time. A longer message goes alone."""

_HASH_BYTES = 8
_ENTRY_BYTES = 16


def fingerprint(item: NewsItem) -> bytes:
    """Return the 16 bytes that stand for an entry: 8 of its uri's digest, 8 of its version's."""
    return records.item_id(item.uri)[:_HASH_BYTES] + records.version_hash(_key_of(item))


def _key_of(item: NewsItem) -> str:
    """Return what tells the item's version from others, as far as its fields say that it is a kill:
    of one that only its text says, that text made the version.
    """
    if item.pubstatus is PubStatus.USABLE and not (item.slugline or item.ednote):
        return item.version
    from worker.parse.life import has_kill_field  # noqa: PLC0415  # fifty patterns to be compiled

    return version_key(item.version, is_kill=has_kill_field(item))


@dataclass(frozen=True, slots=True)
class Shown:
    """The entries that a feed showed last, as fingerprints, the newest first."""

    entries: tuple[bytes, ...] = ()

    @classmethod
    def unpack(cls, packed: bytes) -> "Shown":
        """Return the list that `pack` made. A poll that was broken off has put the entries that it
        admitted at its end: they take the place of others of their uris.
        """
        starts = range(0, len(packed), _ENTRY_BYTES)
        entries = (packed[start : start + _ENTRY_BYTES] for start in starts)
        return cls(tuple({entry[:_HASH_BYTES]: entry for entry in entries}.values()))

    def pack(self) -> bytes:
        """Return the list as the store keeps it."""
        return b"".join(self.entries)

    def then(self, items: Sequence[NewsItem], *, is_part: bool = False) -> "Shown":
        """Return the list after a body that holds these items, the oldest first.

        Older entries fill it up to its old length, so that a feed that shows half of its entries
        once brings none out again. A body that is a part of the feed replaces none of the others.
        """
        now = dict.fromkeys(fingerprint(item) for item in reversed(items))
        uris = {entry[:_HASH_BYTES] for entry in now}
        others = [entry for entry in self.entries if entry[:_HASH_BYTES] not in uris]
        length = max(len(self.entries), 2 * len(now) + SPARE_ENTRIES)
        if is_part:
            length = len(now) + len(others)
        return Shown(tuple([*now, *others][: min(length, LIMIT_ENTRIES)]))

    @staticmethod
    def holds(packed: bytes, uri: str) -> bool:
        """True where a packed list has an entry of the uri."""
        wanted = records.item_id(uri)[:_HASH_BYTES]
        at = packed.find(wanted)
        while at > 0 and at % _ENTRY_BYTES:
            at = packed.find(wanted, at + 1)
        return at >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An item that may be new or changed. `was` is the digest of the version that the feed showed
    before, `alone`: the body has no other entry of its uri.
    """

    item: NewsItem
    was: bytes | None
    alone: bool


def find_candidates(
    items: Sequence[NewsItem], before: Shown, shared: Collection[str] = ()
) -> Iterator[Candidate]:
    """Return the items that the feed did not show like this before, in their order. `shared` are
    the uris of which the body has entries beside these items.
    """
    known = frozenset(before.entries)
    versions = {entry[:_HASH_BYTES]: entry[_HASH_BYTES:] for entry in before.entries}
    times = Counter(item.uri for item in items)
    for item in items:
        entry = fingerprint(item)
        if entry not in known:
            was = versions.get(entry[:_HASH_BYTES])
            alone = times[item.uri] == 1 and item.uri not in shared
            yield Candidate(item=item, was=was, alone=alone)


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A candidate as scripts/admit.lua takes it."""

    id: msgspec.Raw
    hash: msgspec.Raw
    version: msgspec.Raw
    message: msgspec.Raw
    cut: int
    was: msgspec.Raw | None = None
    alone: bool = False
    urgent: bool = False
    page: bool = False
    source: str = ""


def entry_of(candidate: Candidate, *, with_pages: bool) -> Entry:
    """Return a candidate as it is sent. `with_pages` asks for its page, where it links to one; a
    kill waits for nothing.

    Raises:
        CodecError: A string of the item holds a lone surrogate.
    """
    item, was = candidate.item, candidate.was
    has_page = with_pages and bool(item.link) and item.pubstatus is PubStatus.USABLE
    has_page = has_page and not is_kill(item)
    message, cut = page_message(item) if has_page else item_message(item)
    return Entry(
        id=as_text(records.item_id(item.uri)),
        hash=as_text(records.version_hash(_key_of(item))),
        version=as_text(records.version_word(_key_of(item))),
        message=as_text(message),
        cut=cut,
        was=None if was is None else as_text(was),
        alone=candidate.alone,
        urgent=is_urgent(item),
        page=has_page,
        source=item.source,
    )


def in_slices(entries: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
    """Return the entries in order, as many at a time as one script may admit."""
    some: list[Entry] = []
    size = 0
    for entry in entries:
        size += len(entry.message)
        if some and (len(some) == SLICE_ENTRIES or size > SLICE_BYTES):
            yield tuple(some)
            some, size = [], len(entry.message)
        some.append(entry)
    if some:
        yield tuple(some)


def page_message(item: NewsItem) -> tuple[bytes, int]:
    """Return the JSON that asks for the item's page, and the byte at which a suffix of its version
    goes in.

    >>> item = NewsItem(uri="urn:x", version="7", link="https://news.example/7")
    >>> message, cut = page_message(item)
    >>> message[:cut]
    b'{"link":"https://news.example/7","item":{"uri":"urn:x","version":"7'
    """
    message, cut = item_message(item)
    opening = b'{"link":%b,"item":' % msgspec.json.encode(item.link)
    return b"%b%b}" % (opening, message), len(opening) + cut


def item_message(item: NewsItem) -> tuple[bytes, int]:
    """Return the item's JSON, and the byte at which a suffix of its version goes in.

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
