"""The lines in which markers stand: the first lines of an item, and the notes at its end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from worker.model import Span
from worker.parse.text import WireText

__all__ = ["SLUG_LINE", "HeaderLine", "field_line", "find_notes", "head_lines"]

_HEAD_PARAGRAPHS = 8
"""Paragraphs in which markers stand: header, slug, rubric, headline, byline and notes."""
_HEAD_LINES = 12
_LONGEST_LINE = 400
_TAIL_PARAGRAPHS = 3
"""Paragraphs at the end that may be notes; further up, `This` opens sentences of the story."""

# `C O R R E C T I O N`, `A T T E N T I O N - AJOUTE`: a word of spaced capitals.
_SPACED = re.compile(r"(?:[^\W\d_] ){3,14}[^\W\d_](?![^\W_])")

# `(Reuters) - A story headlined ...`: a credit before a note.
_CREDIT = re.compile(r"\([A-Za-z][A-Za-z /-]{1,20}\)[^\S\n]*[-–—_]{1,2}[^\S\n]*")

# The beginning of a note at the end of a text: `(This story has been corrected`, `Eds: adds`,
# `(исправлена опечатка в третьем абзаце)`.
_NOTE_AT_END = re.compile(
    r"[\W_]{0,4}(?:(?:This|The story|Eds?:|Editors?|Corrects|Correction|Clarification|Refiles"
    r"|ОБНОВЛЕНО|ДОПОЛНЕНО|ИСПРАВЛЕНО)\b"
    r"|(?:[Оо]бновлен|[Дд]ополнен|[Дд]обавлен|[Ии]справлен|[Уу]точнен)[оаы]?\b)"
)

# A slug as AP prints it: `BC-EU--Oslo Talks`, behind `a0456 u i ` if the header is kept.
SLUG_LINE = re.compile(r"(?:[a-z]\d{4}\s+(?:[a-z]\s+){1,2})?(?:BC|AM|PM)-[^\W\d_]")


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """A line or the beginning of a line, without stars and spaces at its ends.

    Attributes:
        words: The text of the line.
        is_whole: Nothing was cut off.
        is_slug: The line is the agency's slug.
        is_end: It is a note in the last paragraphs.
    """

    words: str
    is_whole: bool = True
    is_slug: bool = False
    is_end: bool = False


def field_line(words: str) -> HeaderLine:
    """Return the beginning of a field of the item as a line."""
    return HeaderLine(_plain(words[:_LONGEST_LINE]))


def head_lines(text: WireText) -> Iterator[HeaderLine]:
    """Yield the first lines of the first paragraphs."""
    count = 0
    for paragraph in text.paragraphs[:_HEAD_PARAGRAPHS]:
        start = paragraph.start
        while start < paragraph.end and count < _HEAD_LINES:
            stop = text.full.find("\n", start, paragraph.end)
            stop = paragraph.end if stop < 0 else stop
            words = Span(start, min(stop, start + _LONGEST_LINE)).of(text.full)
            yield HeaderLine(
                _plain(words),
                is_whole=stop - start <= _LONGEST_LINE,
                is_slug=count < 3 and SLUG_LINE.match(words) is not None,
            )
            count += 1
            start = stop + 1


def find_notes(text: WireText) -> Iterator[HeaderLine]:
    """Yield the notes among the last paragraphs: "(This story has been corrected to ...)"."""
    for paragraph in text.paragraphs[_HEAD_PARAGRAPHS:][-_TAIL_PARAGRAPHS:]:
        if _NOTE_AT_END.match(text.full, paragraph.start, paragraph.end):
            stop = min(paragraph.end, paragraph.start + _LONGEST_LINE)
            yield HeaderLine(_plain(text.full[paragraph.start : stop]), is_end=True)


def _plain(words: str) -> str:
    """Return the line without stars, plus signs around it and credit, spaced capitals closed up."""
    words = words.strip(" \t*")
    if words[:1] == "+":  # `+++ KILL +++`, not `Fitch cuts Italy to BBB+`
        words = words.strip(" \t*+")
    if words[:1] == "(" and (credit := _CREDIT.match(words)):
        words = words[credit.end() :]
    if words[1:2] == " " and (spaced := _SPACED.match(words)):
        words = spaced[0].replace(" ", "") + words[spaced.end() :]
    return words
