"""The list of the entries that a feed showed last, by which new and changed ones are found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from worker.model.digests import item_id, version_hash

__all__ = ["ShownEntries", "fingerprint", "series_mark"]

LIMIT_ENTRIES = 20_000
"""Entries that are remembered of a feed."""

SPARE_ENTRIES = 10
"""Entries that are remembered beyond twice those of a body: an entry that leaves a feed for a
while comes back to it."""

_HASH_BYTES = 8
_ENTRY_BYTES = 16
_SERIES = bytes(_HASH_BYTES)
"""In the place of a version's hash: the uri names several items."""


def fingerprint(uri: str, key: str) -> bytes:
    """Return the 16 bytes that stand for an entry: 8 of its uri's digest, 8 of its version's.

    `key` tells the version from the others of its item (`version_key`).
    """
    return item_id(uri)[:_HASH_BYTES] + version_hash(key)


def series_mark(uri: str) -> bytes:
    """Return the 16 bytes that note that a uri names several items, none of which has it."""
    return item_id(uri)[:_HASH_BYTES] + _SERIES


@dataclass(frozen=True, slots=True)
class ShownEntries:
    """The entries that a feed showed last, as fingerprints, the newest first."""

    entries: tuple[bytes, ...] = ()

    @classmethod
    def unpack(cls, packed: bytes) -> "ShownEntries":
        """Return the list that `pack` made.

        An interrupted poll has put the entries that it admitted before the others; they replace the
        earlier ones of their uris.
        """
        found: dict[bytes, bytes] = {}
        for start in range(0, len(packed), _ENTRY_BYTES):
            entry = packed[start : start + _ENTRY_BYTES]
            found.setdefault(entry[:_HASH_BYTES], entry)
        return cls(tuple(found.values()))

    def pack(self) -> bytes:
        """Return the list as the store keeps it."""
        return b"".join(self.entries)

    def versions(self) -> Mapping[bytes, bytes]:
        """Return the hash of each entry's version, by the entry without it (`split`)."""
        return dict(map(self.split, self.entries))

    def find_series(self) -> Callable[[str], bool]:
        """Return a function that is True for a uri with a mark (`series_mark`) in the list."""
        marks = frozenset(entry for entry in self.entries if entry.endswith(_SERIES))
        return lambda uri: bool(marks) and series_mark(uri) in marks

    @staticmethod
    def split(entry: bytes) -> tuple[bytes, bytes]:
        """Return the two halves of a fingerprint: that of the uri and that of the version."""
        return entry[:_HASH_BYTES], entry[_HASH_BYTES:]

    def then(self, body: Sequence[bytes], *, is_part: bool = False) -> "ShownEntries":
        """Return the list after a body with these entries, the oldest first.

        Older entries fill the list up to its former length: a feed that shows only half of its
        entries for once does not bring the others out again. A partial body (`is_part`) replaces
        no entry of another uri.
        """
        now = dict.fromkeys(reversed(body))
        uris = {entry[:_HASH_BYTES] for entry in now}
        others = [entry for entry in self.entries if entry[:_HASH_BYTES] not in uris]
        length = max(len(self.entries), 2 * len(now) + SPARE_ENTRIES)
        if is_part:
            length = len(now) + len(others)
        return ShownEntries(tuple([*now, *others][: min(length, LIMIT_ENTRIES)]))

    @staticmethod
    def holds(packed: bytes, uri: str) -> bool:
        """Return True if a packed list has an entry of the uri, without unpacking it."""
        wanted = item_id(uri)[:_HASH_BYTES]
        position = packed.find(wanted)
        while position > 0 and position % _ENTRY_BYTES:  # bytes that straddle two hashes
            position = packed.find(wanted, position + 1)
        return position >= 0
