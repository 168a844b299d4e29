"""MinHash: texts as sets of word shingles, and each set as a few numbers that can be compared.

The *sketch* of a set is the smallest 128 of its hashes; two sketches tell which share of a set is
contained in another. *Bands* are keys of an index, each a digest of two MinHash values: sets of
similar texts are likely to share a band.

Sources: A. Broder, "On the resemblance and containment of documents" (1997); P. Indyk and
R. Motwani, "Approximate Nearest Neighbors" (1998).
"""

import itertools
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = [
    "BANDS",
    "SKETCH",
    "WIDTH",
    "Hashes",
    "bands_of",
    "containment",
    "distinct_hashes",
    "shingle",
    "shingle_all",
    "sketch_of",
]

Hashes = npt.NDArray[np.uint32]
"""Hashes of shingles: in text order from `shingle`, sorted and distinct from `distinct_hashes`."""

WIDTH = 4
"""Words in a shingle. A changed word changes four shingles; stock phrases are mostly shorter."""

SKETCH = 128
"""Hashes in a sketch."""

BANDS = 16
ROWS = 2
"""MinHash values in a band. Two texts that share the part j of their shingles share a band with
probability 1 - (1 - j**2)**16: .99 at a half, .83 at a third, .15 at a tenth."""

_MIX = np.uint64(0x9E3779B97F4A7C15)
_HIGH = np.uint64(32)


def _odd_numbers(count: int, seed: int) -> npt.NDArray[np.uint64]:
    """Return pseudo-random odd numbers. They must never change: stored bands depend on them."""
    numbers = np.arange(1, count + 1, dtype=np.uint64) * _MIX + np.uint64(seed)
    return _scramble(numbers) | np.uint64(1)


def _scramble(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Mix the bits of each number. Source: SplitMix64's finalizer (Steele, Lea and Flood, 2014)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


_FACTORS = _odd_numbers(BANDS * ROWS, 1)
_TERMS = _odd_numbers(BANDS * ROWS, 2)
_ROW_FACTORS = _odd_numbers(ROWS, 3)
_BAND_TERMS = _odd_numbers(BANDS, 4)


def shingle(words: Sequence[str]) -> Hashes:
    """Return the hashes of all runs of four words, in text order.

    >>> len(shingle("the talks in Oslo have failed".split()))
    3
    """
    return shingle_all([words])[0]


def shingle_all(texts: Sequence[Sequence[str]]) -> list[Hashes]:
    """Return what `shingle` returns for each text. Together they cost less: texts share words."""
    words = list(itertools.chain.from_iterable(texts))
    codes = {word: zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in set(words)}
    numbers = np.array([codes[word] for word in words], dtype=np.uint64)
    count = max(0, len(numbers) - WIDTH + 1)
    runs = numbers[:count].copy()
    for place in range(1, WIDTH):
        runs = runs * _MIX + numbers[place : place + count]
    hashes: Hashes = (_scramble(runs) >> _HIGH).astype(np.uint32)
    ends = itertools.accumulate(map(len, texts))
    # The runs that begin in the last three words of a text end in the next one.
    return [
        hashes[end - len(text) : max(end - len(text), end - WIDTH + 1)]
        for text, end in zip(texts, ends, strict=True)
    ]


def distinct_hashes(hashes: Hashes) -> Hashes:
    """Return the hashes sorted, each once."""
    ordered: Hashes = np.sort(hashes)  # np.unique takes four times as long
    is_first = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    distinct: Hashes = ordered[is_first]
    return distinct


def sketch_of(hashes: Hashes) -> bytes:
    """Return the smallest 128 hashes of a set, or all of a smaller set, as four bytes each."""
    return hashes[:SKETCH].astype("<u4").tobytes()


def bands_of(hashes: Hashes) -> tuple[str, ...]:
    """Return the 16 bands of a set, each of 8 hex digits; none for an empty set."""
    if not len(hashes):
        return ()
    values = np.multiply.outer(_FACTORS, hashes.astype(np.uint64))
    values += _TERMS[:, None]
    rows = (values.min(axis=1) >> _HIGH).reshape(BANDS, ROWS)
    digests = _scramble((rows * _ROW_FACTORS).sum(axis=1, dtype=np.uint64) + _BAND_TERMS)
    return tuple(f"{digest >> 32:08x}" for digest in digests.tolist())


def containment(part: bytes, whole: bytes) -> float:
    """Return the share of the set of sketch `part` that is in the set of `whole`, from 0 to 1."""
    left, right = np.frombuffer(part, dtype="<u4"), np.frombuffer(whole, dtype="<u4")
    # A full sketch says nothing about hashes above its largest, so only those below are compared.
    ends = [sketch[-1] for sketch in (left, right) if len(sketch) == SKETCH]
    if ends:
        left = left[: np.searchsorted(left, min(ends), "right")]
    if not len(left) or not len(right):
        return 0.0
    places = np.minimum(np.searchsorted(right, left), len(right) - 1)
    return int(np.count_nonzero(right[places] == left)) / len(left)  # mean() takes twice as long
