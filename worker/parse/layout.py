"""The layout of a plain-text item: rubric, headline, deck and body, told apart by where they
stand.
"""

from dataclasses import dataclass

from worker.model.item import BLANK_LINE
from worker.parse.dateline import find_dateline
from worker.parse.text import WireText

__all__ = ["Layout", "lay_out"]

_HEADLINE_LIMIT = 220
"""Code points. The longest headline seen in wire copy is under 200."""

_RUBRIC_WORDS = 3
"""A rubric ("All news", "World", "Military & Defense") is at most this many words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The parts of an item. Texts, not spans: joined again they may differ in blank lines."""

    rubric: str = ""
    headline: str = ""
    deck: str = ""
    body: str = ""


def lay_out(text: str) -> Layout:
    r"""The parts of a plain-text item; all of it is body where no headline stands out.

    >>> lay_out("World\n\nTalks fail\n\nPARIS, May 2. /TASS/. The talks failed.").headline
    'Talks fail'
    """
    wire = WireText(text)
    parts = [paragraph.of(text) for paragraph in wire.paragraphs]
    head = parts[: _head_length(wire)]
    rubric = ""
    if len(head) > 1 and _is_rubric(head[0]):
        rubric, *head = head
    headline = head[0] if head else ""
    deck = head[1] if len(head) > 1 else ""
    body = parts[len(head) + bool(rubric) :]
    if len(head) > 2:
        body = head[2:] + body
    return Layout(rubric=rubric, headline=headline, deck=deck, body=BLANK_LINE.join(body))


def _head_length(wire: WireText) -> int:
    """How many paragraphs stand before the body: up to the dateline, else one that looks like
    one.
    """
    dateline = find_dateline(wire)
    if dateline is not None:
        return min(3, wire.paragraph_index(dateline.span.start))
    first = wire.paragraphs[0].of(wire.full) if wire.paragraphs else ""
    is_head = len(wire.paragraphs) > 1 and len(first) <= _HEADLINE_LIMIT
    return int(is_head and first[-1] not in '.!:;"”»')


def _is_rubric(paragraph: str) -> bool:
    return len(paragraph.split()) <= _RUBRIC_WORDS and paragraph[-1].isalnum()
