"""WireText: a wire item's text with its paragraphs.

Nothing is copied or cleaned: every offset counts code points of the text as it came.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from worker.model import Span

__all__ = ["WireText", "find_paragraphs"]

_WRAP_LIMIT = 120
"""Code points. Copy broken into lines by hand or by a teletype has none longer."""

_LINES_A_WRAP = 4
"""In broken copy at least every fourth line carries on the one before. English news broken at 60
to 80 columns: eight of ten begin with a small letter; copy with one line a paragraph: hardly any.
"""

_UNFINISHED_CAPITALS = 50
"""Code points. A longer line of capitals without a mark at its end goes on in the next one; most
headlines are shorter."""

_OPENING_MARKS = "\"'“‘«„([-–— "


class _Line(NamedTuple):
    """A line that is not blank, without white space at either end."""

    start: int
    end: int
    indent: int
    follows: bool
    """True where no blank line stands before it, and it is not the first."""

    carries_on: bool


def find_paragraphs(text: str) -> tuple[Span, ...]:
    r"""The paragraphs: what blank lines or, in copy that is not broken by hand, line ends separate.

    Copy from web pages often has one line a paragraph and no blank lines; copy from a teletype has
    many lines a paragraph, and blank or indented lines between them.

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
    at = 0
    follows, before = False, ""
    for line in text.splitlines(keepends=True):
        words = line.strip()
        if words:
            indent = len(line) - len(line.lstrip())
            start = at + indent
            lines.append(
                _Line(start, start + len(words), indent, follows, _carries_on(before, words))
            )
        follows, before = bool(words), words
        at += len(line)
    return lines


def _carries_on(before: str, words: str) -> bool:
    """True when a line begins as no paragraph does, or the one before ends as none does."""
    if before.endswith(",") or words.lstrip(_OPENING_MARKS)[:1].islower():
        return True
    is_unfinished = len(before) > _UNFINISHED_CAPITALS and before[-1].isalnum()
    return is_unfinished and before.isupper() and words.isupper()


def _is_broken(lines: Sequence[_Line]) -> bool:
    """True when the line ends of the text are the printer's and not the writer's."""
    inner = [line for line in lines if line.follows]
    if not inner or max(line.end - line.start for line in lines) > _WRAP_LIMIT:
        return False
    return sum(line.carries_on for line in inner) * _LINES_A_WRAP >= len(inner)


class WireText:
    """A text and its paragraphs."""

    __slots__ = ("__dict__", "full", "paragraphs")

    def __init__(self, full: str) -> None:
        self.full = full
        self.paragraphs = find_paragraphs(full)

    @cached_property
    def _starts(self) -> list[int]:
        return [paragraph.start for paragraph in self.paragraphs]

    def paragraph_index(self, offset: int) -> int:
        """The index of the paragraph that holds `offset`, or of the last that begins before it."""
        return max(0, bisect_right(self._starts, offset) - 1)
