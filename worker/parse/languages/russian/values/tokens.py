"""The tokens that values are read from: figures, words and signs of a text.

In the examples: `тыс.` thousand, `миллиона` of a million.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["ValueToken", "find_value_tokens", "is_dash", "is_glued", "skip_full_stop", "word_at"]

# "1 250 000,5", "12,5", "12.01.2026"; a word; a line's end; any other character
_TOKEN = re.compile(
    r"""
    (?P<figure>
        (?<![0-9]) [0-9]{1,3} (?: [ \u00a0\u202f\u2009][0-9]{3} ){1,5} (?![0-9]) (?: ,[0-9]{1,9} )?
      | [0-9]+ (?: [.,][0-9]+ )* )
  | (?P<word> [^\W\d_]+ )
  | (?P<line> \n )
  | (?P<sign> \S )
    """,
    re.VERBOSE,
)
_DASHES = frozenset("-–—−")


class ValueToken(NamedTuple):
    """A token with its place; `word` is in small letters and without "ё"."""

    start: int
    end: int
    text: str
    word: str
    kind: str


_END = ValueToken(0, 0, "", "", "line")


def find_value_tokens(full: str) -> list[ValueToken]:
    """Return the tokens of a text.

    >>> [token.text for token in find_value_tokens("на 1 250,5 тыс.")]
    ['на', '1 250,5', 'тыс', '.']
    """
    return [
        ValueToken(
            match.start(),
            match.end(),
            match[0],
            match[0].lower().replace("ё", "е"),
            match.lastgroup or "",
        )
        for match in _TOKEN.finditer(full)
    ]


def word_at(tokens: Sequence[ValueToken], at: int) -> ValueToken:
    """Return a token, or the end of a line where there is none."""
    return tokens[at] if 0 <= at < len(tokens) else _END


def is_glued(tokens: Sequence[ValueToken], at: int) -> bool:
    """Return True if no blank stands before a token."""
    return 0 < at < len(tokens) and tokens[at].start == tokens[at - 1].end


def is_dash(token: ValueToken) -> bool:
    """Return True for a hyphen, a dash or a minus."""
    return token.word in _DASHES


def skip_full_stop(tokens: Sequence[ValueToken], at: int) -> int:
    """Return the number behind the full stop of an abbreviation, or `at`: `тыс.`, `млн`."""
    return at + 1 if is_glued(tokens, at) and tokens[at].word == "." else at
