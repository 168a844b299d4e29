"""Short forms of uris and versions, the same in every process and in the store's scripts."""

import hashlib
import re
from functools import lru_cache

__all__ = ["is_digest", "item_id", "uri_hash", "version_hash", "version_of", "version_word"]

_DIGEST = re.compile(r"[0-9a-f]{16}(?:[0-9a-f]{16})?")
"""A version that is a digest of the content; packed, it takes half of its length."""


@lru_cache(512)  # a batch asks for its wires and items several times
def uri_hash(uri: str) -> str:
    """Return 32 hex digits that stand for a uri in a key, whatever characters it has."""
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def item_id(uri: str) -> bytes:
    """Return the 12 bytes by which the store identifies the item of a uri."""
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).digest()[:12]


def is_digest(version: str) -> bool:
    """Return True for a version that has the form of a digest of the content."""
    return _DIGEST.fullmatch(version) is not None


def version_hash(version: str) -> bytes:
    """Return the 8 bytes that stand for a version in the list of an item's versions.

    They are of SHA-1, the only hash that scripts have; nothing depends on its security.
    """
    return hashlib.sha1(version_word(version), usedforsecurity=False).digest()[:8]


def version_word(version: str) -> bytes:
    """Return a version packed for an item's record.

    The first byte is 0 before the bytes of a digest, 1 before a version that begins with a byte 0
    or 1 itself, and 2 for the key of a kill (`version_key`); any other byte begins the version.

    >>> version_of(version_word("00ff" * 8)), version_word("2")
    ('00ff00ff00ff00ff00ff00ff00ff00ff', b'2')
    """
    if is_digest(version):
        return b"\0" + bytes.fromhex(version)
    word = version.encode("utf-8", "replace")
    return b"\1" + word if word[:1] in {b"\0", b"\1"} else word


def version_of(word: bytes) -> str:
    """Return the version that `version_word` packed, without the byte that marks a kill's."""
    if word[:1] == b"\0":
        return word[1:].hex()
    return word[1:].decode() if word[:1] in {b"\1", b"\2"} else word.decode()
