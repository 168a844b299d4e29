"""The index of firsts: items that others are held against, by bands (`worker.story.minhash`).

On a server, an item is known by the first 12 hex digits of its uri's hash. A band's first three
digits are a key, the other five a field: small hashes take a third of the room of keys.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from worker.model.digests import uri_hash
from worker.model.publishing import ClusterUpdate, DuplicateCandidate, Fingerprint
from worker.store.connection import Word, as_text

__all__ = ["Asked", "lookup_words", "near_id", "placing_words", "read_lookalikes"]

Asked = tuple[str, Sequence[str]]
"""An item's uri and its bands."""

KEY_DIGITS = 3

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Fingerprint)


def near_id(uri: str) -> str:
    return uri_hash(uri)[:12]


def lookup_words(near: str, asked: Sequence[Asked]) -> tuple[list[Word], list[Word]]:
    """The keys and arguments of lookalikes.lua; `near` is the key of the index."""
    keys: list[Word] = [near, f"{near}:desks", f"{near}:ages"]
    args: list[Word] = []
    for uri, bands in asked:
        keys += _band_keys(near, bands)
        args += [near_id(uri), len(bands), *_band_fields(bands)]
    return keys, args


def placing_words(placing: ClusterUpdate) -> Mapping[str, Any]:
    """Return a placing in the words of publish.lua."""
    record = "".join(placing.bands).encode() + b"|" + _encoder.encode(placing.likeness)
    return {
        "id": near_id(placing.likeness.uri),
        "first": near_id(placing.first) if placing.first else "",
        "had": "".join(f"{name}," for name in placing.desks),
        "judged": [near_id(uri) for uri in placing.judged],
        "bands": placing.bands,
        "record": as_text(record),
    }


def _band_keys(near: str, bands: Sequence[str]) -> list[Word]:
    return [f"{near}:band:{band[:KEY_DIGITS]}" for band in bands]


def _band_fields(bands: Sequence[str]) -> list[Word]:
    return [band[KEY_DIGITS:] for band in bands]


def read_lookalikes(words: Sequence[bytes]) -> tuple[DuplicateCandidate, ...]:
    """One item's answer of lookalikes.lua, the oldest first."""
    found = sorted(
        zip(words[::3], words[1::3], words[2::3], strict=True), key=lambda one: float(one[2])
    )
    return tuple(
        DuplicateCandidate(
            likeness=_decoder.decode(record.partition(b"|")[2]),
            desks=tuple(filter(None, desks.decode().split(","))),
        )
        for record, desks, _ in found
    )
