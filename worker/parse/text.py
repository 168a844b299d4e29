"""The text of a wire item and its paragraphs.

The text is neither copied nor cleaned: offsets count its code points as received.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from worker.model import Span

__all__ = ["WireText", "find_paragraphs"]

_WRAP_LIMIT = 120
"""Code points. No line is longer in copy that was broken by hand or by a teletype."""

_LINES_A_WRAP = 4
"""In broken copy at least every fourth line continues the line before. In English news broken at 60
to 80 columns eight of ten lines begin with a small letter; unbroken copy has hardly any.
"""

_UNFINISHED_CAPITALS = 50
"""Code points. A longer line of capitals without a mark at its end goes on in the next line; most
headlines are shorter."""

_OPENING_MARKS = "\"'“‘«„([-–— "


class _Line(NamedTuple):
    """A line that is not blank, white space at its ends left out."""

    start: int
    end: int
    indent: int
    follows: bool
    """Another line stands right before it, with no blank line between."""

    carries_on: bool
    """It continues the sentence of the line before."""


def find_paragraphs(text: str) -> tuple[Span, ...]:
    r"""Return the paragraphs of a text.

    Copy from web pages often has a line for each paragraph and no blank lines; copy from a teletype
    has many lines in a paragraph, and a blank or an indented line between two.

    >>> text = 'Talks fail\nPARIS, May 2. /TASS/. The talks failed.\n"We tried," he said.'
    >>> [span.of(text) for span in find_paragraphs(text)]
    ['Talks fail', 'PARIS, May 2. /TASS/. The talks failed.', '"We tried," he said.']
    """
    lines = _find_lines(text)
    is_broken = _is_broken(lines)
    spans: list[Span] = []
    indent = 0
    for line in lines:
        joins = line.indent <= indent if is_broken else line.carries_on
        if line.follows and joins:
            spans[-1] = Span(spans[-1].start, line.end)
        else:
            spans.append(Span(line.start, line.end))
        indent = line.indent
    return tuple(spans)


def _find_lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    offset = 0
    follows, previous = False, ""
    for line in text.splitlines(keepends=True):
        words = line.strip()
        if words:
            indent = len(line) - len(line.lstrip())
            start = offset + indent
            lines.append(
                _Line(start, start + len(words), indent, follows, _carries_on(previous, words))
            )
        follows, previous = bool(words), words
        offset += len(line)
    return lines


def _carries_on(previous: str, words: str) -> bool:
    """True if a line begins as no paragraph begins, or the line before ends as none ends."""
    if previous.endswith(",") or words.lstrip(_OPENING_MARKS)[:1].islower():
        return True
    is_unfinished = len(previous) > _UNFINISHED_CAPITALS and previous[-1].isalnum()
    return is_unfinished and previous.isupper() and words.isupper()


def _is_broken(lines: Sequence[_Line]) -> bool:
    """True if the lines were broken at a column, not at the end of paragraphs."""
    inner = [line for line in lines if line.follows]
    if not inner or max(line.end - line.start for line in lines) > _WRAP_LIMIT:
        return False
    return sum(line.carries_on for line in inner) * _LINES_A_WRAP >= len(inner)


class WireText:
    """A text and its paragraphs, in text order."""

    __slots__ = ("__dict__", "full", "paragraphs")

    def __init__(self, full: str) -> None:
        self.full = full
        self.paragraphs = find_paragraphs(full)

    @cached_property
    def _starts(self) -> list[int]:
        return [paragraph.start for paragraph in self.paragraphs]

    def paragraph_index(self, offset: int) -> int:
        """Return the index of the paragraph at `offset`, else of the last that begins before it."""
        return max(0, bisect_right(self._starts, offset) - 1)
