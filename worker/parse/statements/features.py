"""Features of the statement models, hashed into places of their weight tables.

A template names up to three columns, such as the cue and the class of the word after it; its
feature is their values together. The weights are learnt by training/statements/learn_weights.py: a
change of a template, a column, a bucket or the vocabulary makes them stale.
"""

from collections.abc import Mapping

import numpy as np

from worker.parse.statements.stream import WordStream
from worker.parse.statements.vocabulary import VOCABULARY, Ints

__all__ = ["TABLE_BITS", "cue_features", "edge_features"]

TABLE_BITS = 18
# Odd multipliers of common integer hashes: they spread small numbers over the whole table.
_SEED, _MASK = 0x9E3779B1, 0xFFFFFFFF
_MIX = np.uint32(0x85EBCA6B)
_FARTHEST = 40
_BUCKETS = np.array(
    [0, 1, 2, 3, 4, 4, *(5,) * 2, *(6,) * 3, *(7,) * 5, *(8,) * 8, *(9,) * 16, 10], np.int64
)
_THAT = VOCABULARY.words["that"]
_THAT_WITHIN = 5
_NO_THAT = 9

_Columns = Mapping[str, Ints]


class _Templates:
    """Templates in a form in which all of them are hashed at once, the longest first.

    `seeds` has a number for each template; `columns` has, for the first, second and third value,
    the rows of the templates that have one, as indices of `names`.
    """

    def __init__(self, text: str) -> None:
        numbered = [
            (number, line.split()) for number, line in enumerate(text.strip().splitlines(), 1)
        ]
        numbered.sort(key=lambda pair: -len(pair[1]))
        self.names = tuple(dict.fromkeys([name for _, names in numbered for name in names]))
        self.seeds = np.array([[number * _SEED & _MASK] for number, _ in numbered], np.uint32)
        self.columns = [
            np.array([self.names.index(names[at]) for _, names in numbered if len(names) > at])
            for at in range(len(numbered[0][1]))
        ]


# word and stem: the cue; verb: its class; b1 to b3 and a1 to a3: the classes of the words before
# and after it, with `_word` the words themselves; ending: how its clause goes on.
_CUE_TEMPLATES = _Templates("""
    one
    word
    stem
    word b1
    word a1
    word ending commas
    stem ending commas
    stem a1
    stem b1
    share verb ending commas
    share a1
    share b1
    b2 b1 verb
    a1 a2 verb
    b1 a1 verb
    b2 b1 a1
    b1 a1 a2
    verb commas ending quotations
    word quotations
    ending commas quotations
    left right verb
    right ending verb
    others verb
    others share
    that verb
    that stem
    first left verb
    b1_word verb
    a1_word verb
    b1_word a1_word
    b3 b2 b1
    a1 a2 a3
    word right
    verb commas_after commas ending
    b2_word b1_word verb
    a1_word a2_word verb
""")

# edge: the kind of the edge; i1, i2: the classes before the place; o1 to o3: those from it on; n1,
# n2: those at the other edge; c1: that after the cue. Two names with a sign between are one value.
_EDGE_TEMPLATES = _Templates("""
    edge gap
    edge i1 o1
    edge i1
    edge o1
    edge o1 o2
    edge o1+o2 o3
    edge i1 o1+o2
    edge word o1
    edge word gap
    edge stem i1/gap
    edge verb i1+o1
    edge o1 length
    edge o1 commas4+inner
    edge i1+o1 commas
    edge n1 o1+o2
    edge n1 n2+o1
    edge stem o1+o2
    edge c1 o1/gap
    edge o1_word
    edge i1_word
    edge o1_word o2_word
    edge i1_word o1_word
    edge rest
    edge rest o1
    edge start i1
    edge ahead4+inner o1
    edge cues o1
    edge stem length
    edge n1 length/rest
    edge i2+i1 o1
    edge o1_word c1
    edge verb gap/commas
""")


def cue_features(stream: WordStream, cues: Ints) -> Ints:
    """Return the features of cue candidates, a row per template."""
    columns = _read_cue_words(stream, cues) | _read_cue_clause(stream, cues)
    return _hash(columns, _CUE_TEMPLATES)


def edge_features(stream: WordStream, edge: int, cues: Ints, others: Ints, places: Ints) -> Ints:
    """Return the features of edges of contents, a row per template.

    Args:
        stream: The words.
        edge: The number of the edge and the shape.
        cues: The cue of each place.
        others: The other edge of each content, or the cue.
        places: A content begins at each of them, or ends before it.
    """
    columns = {
        "edge": np.full(len(cues), edge),
        **_read_edge_words(stream, cues, others, places),
        **_read_distances(stream, cues, others, places),
    }
    return _hash(columns | _pair(columns), _EDGE_TEMPLATES)


def _hash(columns: _Columns, templates: _Templates) -> Ints:
    """Return the place of each template's feature in the table, a row per template."""
    # Products of 32 bits take half the time that those of 64 bits take.
    values = np.array([columns[name] for name in templates.names], np.uint32)
    rows = np.repeat(templates.seeds, values.shape[1], axis=1)
    for column in templates.columns:
        part = rows[: len(column)]
        part ^= values[column]
        part *= _MIX
    rows >>= np.uint32(32 - TABLE_BITS)
    return rows.astype(np.int64)


def _bucket(distances: Ints) -> Ints:
    """Return the buckets of distances, which grow with them."""
    return _BUCKETS[np.clip(distances, 0, _FARTHEST)]


def _read_cue_words(stream: WordStream, cues: Ints) -> dict[str, Ints]:
    """Return the columns of the cue and of the words beside it."""
    words, classes = stream.words, stream.classes
    own = words[cues]
    that = np.full(len(cues), _NO_THAT)
    for distance in range(_THAT_WITHIN, 0, -1):
        that[words[cues + distance] == _THAT] = distance
    return {
        "one": np.zeros(len(cues), np.int64),
        "word": own,
        "stem": VOCABULARY.stems[own],
        "verb": classes[cues],
        "share": VOCABULARY.shares[own] // 10,
        "that": that,
        "first": classes[stream.begins[cues]],
        **{f"b{shift}": classes[cues - shift] for shift in (1, 2, 3)},
        **{f"a{shift}": classes[cues + shift] for shift in (1, 2, 3)},
        **{f"b{shift}_word": words[cues - shift] for shift in (1, 2)},
        **{f"a{shift}_word": words[cues + shift] for shift in (1, 2)},
    }


def _read_cue_clause(stream: WordStream, cues: Ints) -> dict[str, Ints]:
    """Return the columns of the sentence on both sides of the cue."""
    begins, ends = stream.begins[cues], stream.ends[cues]
    commas, quotations, strong = stream.commas, stream.quotations, stream.strong
    near = np.minimum(1, commas[cues] - commas[np.maximum(begins, cues - 4)])
    before = np.minimum(2, commas[cues] - commas[begins])
    quoted_before = np.minimum(2, quotations[cues] - quotations[begins])
    quoted_after = np.minimum(2, quotations[ends] - quotations[cues])
    strong_before = np.minimum(2, strong[cues] - strong[begins])
    after = np.maximum(ends, cues + 1)
    strong_after = np.minimum(2, strong[after] - strong[cues + 1])
    is_last = cues >= ends - 1
    return {
        "left": _bucket(cues - begins),
        "right": _bucket(ends - 1 - cues),
        "ending": np.where(
            stream.is_mark[cues + 1], stream.classes[cues + 1], np.where(is_last, 0, 1)
        ),
        "commas": near * 3 + before,
        "commas_after": np.minimum(2, commas[ends] - commas[cues]),
        "quotations": quoted_before * 3 + quoted_after,
        "others": strong_before * 3 + strong_after,
    }


def _read_edge_words(stream: WordStream, cues: Ints, others: Ints, places: Ints) -> dict[str, Ints]:
    """Return the columns of the words at the edge, at the other edge and at the cue."""
    words, classes = stream.words, stream.classes
    return {
        "word": words[cues],
        "stem": VOCABULARY.stems[words[cues]],
        "verb": classes[cues],
        "i1": classes[places - 1],
        "i2": classes[places - 2],
        "o1": classes[places],
        "o2": classes[places + 1],
        "o3": classes[places + 2],
        "i1_word": words[places - 1],
        "o1_word": words[places],
        "o2_word": words[places + 1],
        "n1": classes[others],
        "n2": classes[others + 1],
        "c1": classes[cues + 1],
    }


def _read_distances(stream: WordStream, cues: Ints, others: Ints, places: Ints) -> dict[str, Ints]:
    """Return the columns of distances, and of the commas and cues between."""
    commas, strong = stream.commas, stream.strong
    ends = stream.ends[cues]
    low, high = np.minimum(places, cues), np.maximum(places, cues)
    near, far = np.minimum(places, others), np.maximum(places, others)
    passed = np.minimum(2, strong[high] - strong[low])
    later = np.minimum(1, strong[np.maximum(ends, places)] - strong[places])
    return {
        "gap": _bucket(high - low),
        "length": _bucket(far - near),
        "commas": np.minimum(3, commas[high] - commas[low]),
        "inner": np.minimum(3, commas[far] - commas[near]),
        "ahead": np.minimum(3, commas[ends] - commas[places]),
        "cues": passed * 2 + later,
        "rest": _bucket(np.maximum(0, ends - places)),
        "start": _bucket(np.maximum(0, places - stream.begins[cues])),
    }


def _pair(columns: _Columns) -> dict[str, Ints]:
    """Return the columns that hold two values each."""
    i1, o1, inner = columns["i1"], columns["o1"], columns["inner"]
    return {
        "o1+o2": o1 * 512 + columns["o2"],
        "i1+o1": i1 * 512 + o1,
        "n2+o1": columns["n2"] * 512 + o1,
        "i2+i1": columns["i2"] * 512 + i1,
        "i1/gap": i1 * 16 + columns["gap"],
        "o1/gap": o1 * 16 + columns["gap"],
        "length/rest": columns["length"] * 16 + columns["rest"],
        "gap/commas": columns["gap"] * 16 + columns["commas"],
        "commas4+inner": columns["commas"] * 4 + inner,
        "ahead4+inner": columns["ahead"] * 4 + inner,
    }
