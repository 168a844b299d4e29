"""Whether the words around a date say that it lies ahead."""

import re
from enum import IntEnum

__all__ = ["Direction", "direction_of"]

_AHEAD = frozenset(
    "will won't shall due scheduled expected expects expect plan plans planned planning upcoming"
    " forthcoming would may must deadline ahead he'll she'll they'll we'll it'll"
    "".split()
)
_UP_TO = frozenset("by By until Until".split())
"""Words that tell the side only of the date right behind them: `a poll by Moe, held in May`."""

_AHEAD_PAIRS = frozenset({"to be", "is to", "are to", "set to", "going to"})
_WAS = frozenset("was were had been".split())
"""Words before one such as "due", which then leaves the side open."""

_BEHIND = frozenset("said told announced reported confirmed was were had did since".split())
_PAST = frozenset(
    "met won lost rose fell began took came went left died held made saw grew broke became got gave"
    " sent paid spent led hit".split()
)
"""Verbs of the past, as are those in -ed; behind another verb they are participles."""

_AHEAD_AFTER = re.compile(r"[^.\n\"”]{0,40}?\b(?:will|is to|are to|is due|are due|is expected)\b")
_SENTENCE_END = re.compile(r"[.!?][\"”’)]? |\n")
_LOOK_BACK = 80


class Direction(IntEnum):
    """The side of the reference day on which a date lies."""

    BEHIND = -1
    UNKNOWN = 0
    AHEAD = 1


def direction_of(full: str, start: int, end: int) -> Direction:
    """Return the side that the words of the sentence before a date tell, else those behind it.

    >>> direction_of("The minister will arrive on Friday.", 28, 34).name
    'AHEAD'
    >>> direction_of("The minister said on Friday that it will end.", 21, 27).name
    'BEHIND'
    """
    before = _SENTENCE_END.split(full[max(0, start - _LOOK_BACK) : start])[-1]
    words = before.replace("’", "'").split()
    # `valid until March`
    if words and words[-1] in _UP_TO:
        return Direction.AHEAD
    # The nearest word that tells counts; a past tense only if no other word does.
    is_past = False
    for at in range(len(words) - 1, -1, -1):
        word, previous = words[at], words[at - 1] if at else ""
        if word in _AHEAD or f"{previous} {word}" in _AHEAD_PAIRS:
            # `was due on Friday` may be of last Friday or of next.
            return Direction.UNKNOWN if previous in _WAS else Direction.AHEAD
        if word in _BEHIND:
            return Direction.BEHIND
        is_past |= word in _PAST or (word.endswith("ed") and len(word) > 4)
    if is_past:
        return Direction.BEHIND
    # `On Friday, ministers will meet`
    if len(words) <= 2 and _AHEAD_AFTER.match(full, end):
        return Direction.AHEAD
    return Direction.UNKNOWN
