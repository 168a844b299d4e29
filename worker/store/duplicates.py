"""The index of originals, by bands (`worker.story.minhash`), in which duplicates are looked up.

An item is known by the first 12 hex digits of its uri's hash. Bands that begin with the same four
of their eight digits share a key (scripts/lib/originals.lua): a key for each band would take 2.7
times the memory.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from worker.model.digests import uri_hash
from worker.model.publishing import ClusterUpdate, DuplicateCandidate, Fingerprint
from worker.store.connection import Word, as_text

__all__ = ["Lookup", "lookup_words", "near_id", "placing_words", "read_candidates"]

Lookup = tuple[str, Sequence[str]]
"""An item's uri and its bands."""

KEY_DIGITS = 4

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Fingerprint)


def near_id(uri: str) -> str:
    """Return the id of an item in the index."""
    return uri_hash(uri)[:12]


def lookup_words(near: str, lookups: Sequence[Lookup]) -> tuple[list[Word], list[Word]]:
    """Return the keys and arguments of find_duplicates.lua; `near` is the key of the index."""
    keys: list[Word] = [near, f"{near}:desks", f"{near}:ages"]
    args: list[Word] = []
    for uri, bands in lookups:
        keys += _band_keys(near, bands)
        args += [near_id(uri), len(bands), *_band_ends(bands)]
    return keys, args


def placing_words(placing: ClusterUpdate) -> Mapping[str, Any]:
    """Return an item's place among its duplicates as publish.lua takes it."""
    record = "".join(placing.bands).encode() + b"|" + _encoder.encode(placing.likeness)
    return {
        "id": near_id(placing.likeness.uri),
        "first": near_id(placing.first) if placing.first else "",
        "sketch": as_text(placing.first_sketch),
        "had": "".join(f"{name}," for name in placing.desks),
        "judged": [near_id(uri) for uri in placing.judged],
        "bands": placing.bands,
        "record": as_text(record),
    }


def _band_keys(near: str, bands: Sequence[str]) -> list[Word]:
    return [f"{near}:band:{band[:KEY_DIGITS]}" for band in bands]


def _band_ends(bands: Sequence[str]) -> list[Word]:
    return [band[KEY_DIGITS:] for band in bands]


def read_candidates(words: Sequence[bytes]) -> tuple[DuplicateCandidate, ...]:
    """Return the answer of find_duplicates.lua for an item, the oldest original first."""
    rows = zip(words[::3], words[1::3], words[2::3], strict=True)
    return tuple(
        DuplicateCandidate(
            likeness=_decoder.decode(record.partition(b"|")[2]),
            desks=tuple(filter(None, desks.decode().split(","))),
        )
        for record, desks, _ in sorted(rows, key=lambda row: float(row[2]))
    )
