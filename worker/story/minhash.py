"""Texts as sets of word shingles, each set as a few numbers that can be compared.

A *sketch* is the smallest 128 of the set's hashes: which part of one set is in another can be read
off two sketches. *Bands* are where the sets of similar texts are likely to meet: digests of pairs
of MinHash values. Sources: A. Broder, "On the resemblance and containment of documents" (1997);
P. Indyk and R. Motwani, "Approximate Nearest Neighbors" (1998).
"""

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = [
    "BANDS",
    "SKETCH",
    "WIDTH",
    "bands_of",
    "containment",
    "distinct_hashes",
    "shingle",
    "sketch_of",
]

Hashes = npt.NDArray[np.uint32]
"""Of shingles: in the order of the text from `shingle`, sorted and each once from `distinct_hashes`."""

WIDTH = 4
"""Words in a shingle: a changed word changes four of them, and no phrase of a trade is as long."""

SKETCH = 128
BANDS = 16
ROWS = 2
"""Two texts meet with probability 1 - (1 - j**2)**16: .99 where they share half of their
shingles, .83 at a third, .15 at a tenth."""

_MIX = np.uint64(0x9E3779B97F4A7C15)
_HIGH = np.uint64(32)


def _odd_numbers(count: int, seed: int) -> npt.NDArray[np.uint64]:
    """Numbers without a pattern, the same for ever: they are in the store."""
    numbers = np.arange(1, count + 1, dtype=np.uint64) * _MIX + np.uint64(seed)
    return _scramble(numbers) | np.uint64(1)


def _scramble(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Source: the finalizer of SplitMix64 (Steele, Lea and Flood, 2014)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


_FACTORS = _odd_numbers(BANDS * ROWS, 1)
_TERMS = _odd_numbers(BANDS * ROWS, 2)
_ROW_FACTORS = _odd_numbers(ROWS, 3)
_BAND_TERMS = _odd_numbers(BANDS, 4)


def shingle(words: Sequence[str]) -> Hashes:
    """The hashes of all runs of four words, in their order.

    >>> len(shingle("the talks in Oslo have failed".split()))
    3
    """
    count = len(words) - WIDTH + 1
    if count < 1:
        return np.empty(0, dtype=np.uint32)
    codes = {word: zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in set(words)}
    numbers = np.array([codes[word] for word in words], dtype=np.uint64)
    runs = numbers[:count].copy()
    for place in range(1, WIDTH):
        runs = runs * _MIX + numbers[place : place + count]
    return (_scramble(runs) >> _HIGH).astype(np.uint32)


def distinct_hashes(hashes: Hashes) -> Hashes:
    """Each once, sorted."""
    ordered: Hashes = np.sort(hashes)  # np.unique takes four times as long
    is_first = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    found: Hashes = ordered[is_first]
    return found


def sketch_of(hashes: Hashes) -> bytes:
    """The smallest 128 of a set, four bytes each; all of a smaller one."""
    return hashes[:SKETCH].astype("<u4").tobytes()


def bands_of(hashes: Hashes) -> tuple[str, ...]:
    """16 words of 8 hex digits; none for an empty set."""
    if not len(hashes):
        return ()
    wide = hashes.astype(np.uint64)
    rows = ((wide[:, None] * _FACTORS + _TERMS) >> _HIGH).min(axis=0).reshape(BANDS, ROWS)
    digests = _scramble((rows * _ROW_FACTORS).sum(axis=1, dtype=np.uint64) + _BAND_TERMS)
    return tuple(f"{digest >> 32:08x}" for digest in digests.tolist())


def containment(one: bytes, other: bytes) -> float:
    """Which part of the set behind `one` is in the set behind `other`, from 0 to 1, by their
    sketches.
    """
    left, right = np.frombuffer(one, dtype="<u4"), np.frombuffer(other, dtype="<u4")
    ends = [both[-1] for both in (left, right) if len(both) == SKETCH]
    if ends:
        left = left[left <= min(ends)]
    if not len(left):
        return 0.0
    if not len(right):
        return 0.0
    places = np.minimum(np.searchsorted(right, left), len(right) - 1)
    return float((right[places] == left).mean())
