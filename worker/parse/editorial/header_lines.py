"""The lines of an item where markers stand: its first ones, and the notes at its end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from worker.model import Span
from worker.parse.text import WireText

__all__ = ["SLUG_LINE", "HeaderLine", "field_line", "find_notes", "head_lines"]

_HEAD_PARAGRAPHS = 8
_HEAD_LINES = 12
_LONGEST_LINE = 400
_TAIL_PARAGRAPHS = 3

# `C O R R E C T I O N`, `A T T E N T I O N - AJOUTE`: a word of capitals set wide.
_SPACED = re.compile(r"(?:[^\W\d_] ){3,14}[^\W\d_](?![^\W_])")

# `(Reuters) - A story headlined ...`: a credit before a note.
_CREDIT = re.compile(r"\([A-Za-z][A-Za-z /-]{1,20}\)[^\S\n]*[-–—_]{1,2}[^\S\n]*")

# How a note at the end of a text begins.
_NOTE_AT_END = re.compile(
    r"[\W_]{0,4}(?:This|The story|Eds?:|Editors?|Corrects|Correction|Clarification|Refiles)\b"
)

# A slug as AP sets it: `BC-EU--Oslo Talks`, after `a0456 u i ` where the header is kept.
SLUG_LINE = re.compile(r"(?:[a-z]\d{4}\s+(?:[a-z]\s+){1,2})?(?:BC|AM|PM)-[^\W\d_]")


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """A line, or the beginning of one, without stars and spaces at its ends.

    `is_whole` where nothing was cut off. `is_slug` where it is the agency's slug. `is_end` for one
    of the last paragraphs.
    """

    words: str
    is_whole: bool = True
    is_slug: bool = False
    is_end: bool = False


def field_line(words: str) -> HeaderLine:
    """The beginning of a field of the item."""
    return HeaderLine(_plain(words[:_LONGEST_LINE]))


def head_lines(text: WireText) -> Iterator[HeaderLine]:
    """The first lines of the first paragraphs."""
    count = 0
    for paragraph in text.paragraphs[:_HEAD_PARAGRAPHS]:
        at = paragraph.start
        while at < paragraph.end and count < _HEAD_LINES:
            stop = text.full.find("\n", at, paragraph.end)
            stop = paragraph.end if stop < 0 else stop
            words = Span(at, min(stop, at + _LONGEST_LINE)).of(text.full)
            yield HeaderLine(
                _plain(words),
                is_whole=stop - at <= _LONGEST_LINE,
                is_slug=count < 3 and SLUG_LINE.match(words) is not None,
            )
            count += 1
            at = stop + 1


def find_notes(text: WireText) -> Iterator[HeaderLine]:
    """The last paragraphs that read as a note: "(This story has been corrected to ...)"."""
    for paragraph in text.paragraphs[_HEAD_PARAGRAPHS:][-_TAIL_PARAGRAPHS:]:
        if _NOTE_AT_END.match(text.full, paragraph.start, paragraph.end):
            stop = min(paragraph.end, paragraph.start + _LONGEST_LINE)
            yield HeaderLine(_plain(text.full[paragraph.start : stop]), is_end=True)


def _plain(words: str) -> str:
    words = words.strip(" \t*+")
    if words[:1] == "(" and (credit := _CREDIT.match(words)):
        words = words[credit.end() :]
    if words[1:2] == " " and (spaced := _SPACED.match(words)):
        words = spaced[0].replace(" ", "") + words[spaced.end() :]
    return words
