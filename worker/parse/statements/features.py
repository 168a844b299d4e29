"""Features of the statement models, hashed into places of their weight tables.

Each feature is a template with up to four values, such as the cue and the word after it. The
weights are learnt by training/statements/learn_weights.py: a change of a template, a bucket or the
vocabulary makes them stale.
"""

from collections.abc import Sequence

import numpy as np

from worker.parse.statements.stream import WordStream
from worker.parse.statements.vocabulary import VOCABULARY, Ints

__all__ = ["TABLE_BITS", "cue_features", "edge_features", "bucket"]

TABLE_BITS = 18
_SEED, _MASK = 0x9E3779B1, 0xFFFFFFFF
_MIX = np.uint32(0x85EBCA6B)
_FARTHEST = 40
_BUCKETS = np.array(
    [0, 1, 2, 3, 4, 4, *(5,) * 2, *(6,) * 3, *(7,) * 5, *(8,) * 8, *(9,) * 16, 10], np.int64
)
_THAT = VOCABULARY.words["that"]


def bucket(distances: Ints) -> Ints:
    """Return the buckets of distances, which grow with them."""
    return _BUCKETS[np.clip(distances, 0, _FARTHEST)]


def _hash(templates: Sequence[tuple[Ints, ...]]) -> Ints:
    """Return the place of each template's feature in the table, a row per template."""
    rows = np.empty((len(templates), len(templates[0][0])), np.uint32)
    # Products of 32 bits take half the time that those of 64 bits take.
    short = {id(value): value.astype(np.uint32) for values in templates for value in values}
    for number, values in enumerate(templates):
        row = rows[number]
        row[:] = (number + 1) * _SEED & _MASK
        for value in values:
            row ^= short[id(value)]
            row *= _MIX
    rows >>= np.uint32(32 - TABLE_BITS)
    return rows.astype(np.int64)


def cue_features(stream: WordStream, cues: Ints) -> Ints:
    """Return the features of cue candidates, a row per template."""
    words, classes, shares = stream.words, stream.classes, VOCABULARY.shares
    w = words[cues]
    s = VOCABULARY.stems[w]
    v = classes[cues]
    b1, b2, b3 = classes[cues - 1], classes[cues - 2], classes[cues - 3]
    a1, a2, a3 = classes[cues + 1], classes[cues + 2], classes[cues + 3]
    wb, wa = words[cues - 1], words[cues + 1]
    begin, end = stream.begins[cues], stream.ends[cues]
    left, right = bucket(cues - begin), bucket(end - 1 - cues)
    near = np.minimum(1, stream.commas[cues] - stream.commas[np.maximum(begin, cues - 4)])
    comma = np.minimum(2, stream.commas[cues] - stream.commas[begin])
    comma_after = np.minimum(2, stream.commas[end] - stream.commas[cues])
    quoted = np.minimum(2, stream.quotations[cues] - stream.quotations[begin]) * 3 + np.minimum(
        2, stream.quotations[end] - stream.quotations[cues]
    )
    last = (cues >= end - 1).astype(np.int64)
    ending = np.where(stream.is_mark[cues + 1], a1, 1 - last)
    shape = near * 3 + comma
    share = shares[w] // 10
    strong_left = np.minimum(2, stream.strong[cues] - stream.strong[begin])
    strong_right = np.minimum(2, stream.strong[np.maximum(end, cues + 1)] - stream.strong[cues + 1])
    rank = strong_left * 3 + strong_right
    that = np.full(len(cues), 9, np.int64)
    for distance in range(6, 0, -1):
        that[(words[cues + np.minimum(distance, 5)] == _THAT) & (distance < 6)] = distance
    first = classes[begin]
    zero = np.zeros(len(cues), np.int64)
    return _hash(
        [
            (zero,),
            (w,),
            (s,),
            (w, b1),
            (w, a1),
            (w, ending, shape),
            (s, ending, shape),
            (s, a1),
            (s, b1),
            (share, v, ending + shape * 0, shape),
            (share, a1),
            (share, b1),
            (b2, b1, v),
            (a1, a2, v),
            (b1, a1, v),
            (b2, b1, a1),
            (b1, a1, a2),
            (v, shape, ending, quoted),
            (w, quoted),
            (ending, shape, quoted),
            (left, right, v),
            (right, ending, v),
            (rank, v),
            (rank, share),
            (that, v),
            (that, s),
            (first, left, v),
            (wb, v),
            (wa, v),
            (wb, wa),
            (b3, b2, b1),
            (a1, a2, a3),
            (w, right),
            (v, comma_after, shape, ending),
            (words[cues - 2], wb, v),
            (wa, words[cues + 2], v),
        ]
    )


def edge_features(
    stream: WordStream, edge: int, cues: Ints, others: Ints, places: Ints
) -> Ints:
    """Return the features of edges of contents, a row per template.

    A content begins at, or ends before, each of `places`; `others` are its other edges, or the
    cues. `edge` is the number of the edge and the shape.
    """
    words, classes = stream.words, stream.classes
    e = np.full(len(cues), edge, np.int64)
    w = words[cues]
    s = VOCABULARY.stems[w]
    v = classes[cues]
    i1, i2, o1, o2, o3 = (classes[places + shift] for shift in (-1, -2, 0, 1, 2))
    wi, wo, wo2 = words[places - 1], words[places], words[places + 1]
    low, high = np.minimum(places, cues), np.maximum(places, cues)
    gap = bucket(high - low)
    length = bucket(np.abs(places - others))
    commas = np.minimum(3, stream.commas[high] - stream.commas[low])
    low2, high2 = np.minimum(places, others), np.maximum(places, others)
    commas2 = np.minimum(3, stream.commas[high2] - stream.commas[low2])
    ahead = np.minimum(3, stream.commas[stream.ends[cues]] - stream.commas[places])
    strong = np.minimum(2, stream.strong[high] - stream.strong[low])
    rest = bucket(np.maximum(0, stream.ends[cues] - places))
    start = bucket(np.maximum(0, places - stream.begins[cues]))
    n1, n2 = classes[others], classes[others + 1]
    c1 = classes[cues + 1]
    later = np.minimum(
        1, stream.strong[np.maximum(stream.ends[cues], places)] - stream.strong[places]
    )
    return _hash(
        [
            (e, gap),
            (e, i1, o1),
            (e, i1),
            (e, o1),
            (e, o1, o2),
            (e, o1 * 512 % 16381 + o2, o3),
            (e, i1, o1 * 512 % 16381 + o2),
            (e, w, o1),
            (e, w, gap),
            (e, s, i1 * 16 % 16381 + gap),
            (e, v, i1 * 512 % 16381 + o1),
            (e, o1, length),
            (e, o1, commas * 4 + commas2),
            (e, i1 * 512 % 16381 + o1, commas),
            (e, n1, o1 * 512 % 16381 + o2),
            (e, n1, n2 * 512 % 16381 + o1),
            (e, s, o1 * 512 % 16381 + o2),
            (e, c1, o1 * 16 % 16381 + gap),
            (e, wo),
            (e, wi),
            (e, wo, wo2),
            (e, wi, wo),
            (e, rest),
            (e, rest, o1),
            (e, start, i1),
            (e, ahead * 4 + commas2, o1),
            (e, strong * 2 + later, o1),
            (e, s, length),
            (e, n1, length * 16 + rest),
            (e, i2 * 512 % 16381 + i1, o1),
            (e, wo, c1),
            (e, v, gap * 16 + commas),
        ]
    )
