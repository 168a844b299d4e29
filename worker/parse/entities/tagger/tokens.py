"""Tokens of a text, and the windows of tokens that the network reads.

A token is a word, a number, a possessive ending or a single mark. Hyphens separate words, so that
a name inside a compound ("US-led") has its own tokens. The network was trained on these tokens and
windows: a change here needs new weights.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from worker.parse.text import WireText

__all__ = ["ABBREVIATIONS", "TokenText", "find_tokens"]

_TOKEN = re.compile(
    r"""
    (?: [^\W\d_] \. ){2,}                           # U.S.  J.R.R.
    | ['’] [sS] \b                                  # 's
    | \d+ (?: [.,:] \d+ )+                          # 1,200.50  12:30
    | [^\W_]+ (?: ['’] (?! [sS]\b ) [^\W\d_]+ )*   # summit  O'Neill  MH17
    | [^\w\s] | _
    """,
    re.VERBOSE,
)

_WINDOW = 56
"""Tokens. A longer paragraph is cut, if possible between two sentences."""

_REACH = 40
"""Tokens at the end of a window among which the end of a sentence is looked for."""

_CLOSING = frozenset("\"”’')]»")
_QUOTING = _CLOSING | frozenset("“‘«([")
ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof gen col lt maj sgt capt adm rep sen gov st sts jr sr vs jan feb mar apr"
    " jun jul aug sept sep oct nov dec".split()
)
"""English words that are printed with a full stop, which ends no sentence."""


@dataclass(frozen=True, slots=True)
class TokenText:
    """The tokens of a text.

    `opens` is True for tokens that begin a sentence. `windows` are half-open ranges of token
    indices, in text order, that together hold every token once.
    """

    words: list[str]
    starts: list[int]
    ends: list[int]
    opens: list[bool]
    windows: list[tuple[int, int]]


def find_tokens(text: WireText, abbreviations: frozenset[str] = ABBREVIATIONS) -> TokenText:
    """Return the tokens of the text, in windows that cross no paragraph.

    Args:
        text: The text.
        abbreviations: Words in small letters whose full stop ends no sentence.
    """
    full = text.full
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    opens: list[bool] = []
    windows: list[tuple[int, int]] = []
    for paragraph in text.paragraphs:
        first = len(words)
        at = paragraph.start
        for word in _TOKEN.findall(full, at, paragraph.end):
            # Only white space stands between two tokens, so no match objects are needed.
            at = full.index(word, at)
            words.append(word)
            starts.append(at)
            at += len(word)
            ends.append(at)
        opens += _find_openings(words[first:], starts[first:], ends[first:], abbreviations)
        windows += _cut(first, len(words), opens)
    return TokenText(words, starts, ends, opens, windows)


def _find_openings(
    words: Sequence[str], starts: Sequence[int], ends: Sequence[int], abbreviations: frozenset[str]
) -> list[bool]:
    """Return for each token of a paragraph if it begins a sentence."""
    opens = [False] * len(words)
    is_ended = True
    for index, word in enumerate(words):
        if is_ended:
            # `... he said." She`: the closing mark belongs to the sentence before.
            is_closing = index > 0 and word in _CLOSING and starts[index] == ends[index - 1]
            opens[index] = not is_closing
        if word == ".":
            is_ended = index == 0 or not _is_abbreviation(words[index - 1], abbreviations)
        elif word in {"?", "!"}:
            is_ended = True
        elif is_ended and word not in _QUOTING:
            is_ended = False
    return opens


def _is_abbreviation(word: str, abbreviations: frozenset[str]) -> bool:
    """True for an initial or an abbreviation, whose full stop ends no sentence."""
    return (len(word) == 1 and word.isalpha()) or word.lower() in abbreviations


def _cut(start: int, end: int, opens: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the windows of a paragraph's tokens."""
    cuts = [start]
    while end - cuts[-1] > _WINDOW:
        limit = cuts[-1] + _WINDOW
        cut = next((at for at in range(limit, limit - _REACH, -1) if opens[at]), limit)
        cuts.append(cut)
    return list(pairwise([*cuts, end])) if end > start else []
