"""Edge candidates: the places at which the content of a cue may begin and end."""

from typing import NamedTuple

import numpy as np

from worker.parse.statements.stream import SENTENCE_MARKS, WordStream
from worker.parse.statements.vocabulary import ING, MARK, VOCABULARY, Bools, Ints, word_table

__all__ = ["AFTER", "AROUND", "BEFORE", "EDGES", "Candidates", "find_candidates"]

AFTER, BEFORE, AROUND = range(3)
START, END, LEFT_END, LEFT_START = range(4)
EDGES = ((START, END), (LEFT_END, LEFT_START), (LEFT_END, LEFT_START, START, END))
"""The edges of each shape in the order in which they are decided."""

# Tokens within which over 96 in 100 contents of the training text lie: from a cue to a content
# after it (`told the committee on Tuesday that`), from the end of a content to a cue behind it, and
# from one edge of a content to the other.
_MAX_START = 16
_MAX_LEFT = 34
_MAX_LENGTH = 80
# `Sales fell 4 percent she said`: so near the cue a content may end without a mark.
_NEAR = 5
_THAT = VOCABULARY.words["that"]
_OPENERS = frozenset(
    "and or but because while although though whereas as after before when if unless until since"
    " despite in on at for to from by with during through that which who whom whose where"
    " following than so yet nor about over under against of into citing adding saying noting"
    " even just only including also not without amid ahead last this next earlier"
    " monday tuesday wednesday thursday friday saturday sunday today yesterday is was has".split()
)
_BRACKETS = frozenset("([")
_CLOSERS = frozenset(")]")


class Candidates(NamedTuple):
    """Places with the index of the cue that each belongs to, in the order of the cues."""

    owners: Ints
    places: Ints


def find_candidates(stream: WordStream, edge: int, cues: Ints, others: Ints) -> Candidates:
    """Return the places for an edge of each cue's content; `others` are the edges before it."""
    begins, ends = stream.begins[cues], stream.ends[cues]
    if edge == START:
        low, high = cues + 1, np.minimum(cues + _MAX_START, ends)
    elif edge == END:
        low, high = others + 1, np.minimum(others + _MAX_LENGTH, ends)
        # `said the offer was fair; the union called it a joke`: four contents in five stop there.
        high = np.minimum(high, stream.stops[np.minimum(low, ends)])
        high = np.maximum(high, low) + 1
    elif edge == LEFT_END:
        low, high = np.maximum(begins + 1, cues - _MAX_LEFT), cues + 1
    else:
        low, high = np.maximum(begins, others - _MAX_LENGTH), others
    owners, places = _expand(low, high)
    keep = _KEEPERS[edge](stream, places, cues[owners], begins[owners])
    if edge == END:
        # The end of the sentence is always a candidate, so that no content is left without one.
        keep |= places == high[owners] - 1
    return Candidates(owners[keep], places[keep])


def _expand(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Return every place from `low` to `high`, with the index of its range."""
    lengths = np.maximum(0, high - low)
    owners = np.repeat(np.arange(len(low)), lengths)
    offsets = np.arange(len(owners)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return owners, low[owners] + offsets


def _may_start(stream: WordStream, places: Ints, _: Ints, __: Ints) -> Bools:
    words = stream.words[places]
    # `said that sales fell`: the content begins behind `that`.
    return _both(_IS_CONTENT[words], words != _THAT)


def _may_end(stream: WordStream, places: Ints, _: Ints, __: Ints) -> Bools:
    is_break = stream.is_mark[places] | _IS_OPENER[stream.words[places]]
    is_break |= stream.is_quoted[places - 1]
    return _both(is_break, ~stream.is_mark[places - 1])


def _may_end_before(stream: WordStream, places: Ints, cues: Ints, _: Ints) -> Bools:
    is_break = stream.is_mark[places] | stream.is_quoted[places - 1] | (places > cues - _NEAR)
    last = stream.words[places - 1]
    # `He left, and she told nobody`
    return _both(is_break & ~_IS_JOINT[last], ~stream.is_mark[places - 1] | _IS_CLOSER[last])


def _may_start_before(stream: WordStream, places: Ints, _: Ints, begins: Ints) -> Bools:
    words, last = stream.words[places], stream.words[places - 1]
    is_break = (places == begins) | stream.is_mark[places - 1] | stream.is_quoted[places - 1]
    is_break |= _IS_OPENER[words] | _IS_OPENER[last]
    return _both(is_break, _IS_CONTENT[words])


def _both(first: Bools, second: Bools) -> Bools:
    # NumPy's stubs type `&` of two comparisons as Any.
    both: Bools = first & second
    return both


_KEEPERS = (_may_start, _may_end, _may_end_before, _may_start_before)


_IS_OPENER = word_table(_OPENERS | {word for word in VOCABULARY.words if word.endswith("ing")})
_IS_OPENER[ING] = True
_IS_CLOSER = word_table(_CLOSERS)
_IS_JOINT = word_table(("and", "but"))
_IS_CONTENT = ~word_table(SENTENCE_MARKS - _BRACKETS)
_IS_CONTENT[MARK] = False
