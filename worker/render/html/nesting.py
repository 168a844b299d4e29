"""Conversion of overlapping highlights into properly nested tags.

Highlights may overlap each other and span paragraphs, but elements may not. A highlight is split at
the end of its paragraph, and at the end of a highlight that began before it.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from worker.model import Span

__all__ = ["Highlight", "Tag", "nest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """A run of the text and how it is shown.

    Of two highlights with the same span, the one with the lower `rank` is outside. `id` is given to
    the first piece. `link` is its target, unless it is inside another link, since links cannot
    nest. `note` is the number shown after the last piece, with the tooltip `note_tip` and the
    target `note_link`.
    """

    span: Span
    rank: int
    style: str
    id: str = ""
    label: str = ""
    link: str = ""
    tip: str = ""
    note: str = ""
    note_tip: str = ""
    note_link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """The start or the end of a piece of a highlight; `highlight` is limited to the piece."""

    highlight: Highlight
    is_link: bool
    is_end: bool = False
    may_link_note: bool = False
    """True if the note before an end tag is outside all links, so that it may be a link itself."""


def nest(
    text: str, blocks: Sequence[Span], highlights: Sequence[Highlight]
) -> Iterator[tuple[str | Tag, ...]]:
    """Yield the text runs and tags of each block, in order.

    The blocks must be in text order and not overlap.

    >>> outer = Highlight(span=Span(0, 7), rank=0, style="b")
    >>> inner = Highlight(span=Span(4, 9), rank=1, style="i")
    >>> (pieces,) = nest("All calm.", [Span(0, 9)], [outer, inner])
    >>> print(*(p if isinstance(p, str) else "/" * p.is_end + p.highlight.style for p in pieces))
    b All  i cal /i /b i m. /i
    """
    waiting = _in_order(highlights)
    used = 0
    here: list[Highlight] = []
    starts = [block.start for block in blocks] + [len(text)]
    for block, next_at in zip(blocks, starts[1:], strict=True):
        while used < len(waiting) and waiting[used].span.start < block.end:
            here.append(waiting[used])
            used += 1
        # A quotation may run over several paragraphs: each gets a piece of its highlight.
        here = [mark for mark in here if mark.span.end > block.start]
        longer = [mark for mark in here if mark.span.end > next_at]
        pieces = _pieces(text, block, [_clipped(mark, block, next_at) for mark in here])
        yield tuple(piece for piece in pieces if piece)
        here = [_rest(mark, next_at) for mark in longer]


def _in_order(highlights: Sequence[Highlight]) -> list[Highlight]:
    """Return the highlights that are not empty, by start and from the outside in."""
    return sorted((mark for mark in highlights if mark.span.start < mark.span.end), key=_order)


def _order(mark: Highlight) -> tuple[int, int, int]:
    return mark.span.start, -mark.span.end, mark.rank


def _pieces(text: str, block: Span, marks: Sequence[Highlight]) -> Iterator[str | Tag]:
    # A heap, since the rest of a split highlight is put back. The number decides between equals.
    waiting = [(_order(mark), number, mark) for number, mark in enumerate(marks)]
    heapq.heapify(waiting)
    stack: list[Tag] = []
    at = block.start
    while waiting or stack:
        closes = stack[-1].highlight.span.end if stack else block.end
        if waiting and waiting[0][2].span.start < closes:
            _, number, mark = heapq.heappop(waiting)
            if mark.span.end > closes:
                rest = _rest(mark, closes)
                heapq.heappush(waiting, (_order(rest), number, rest))
                mark = _first(mark, closes)
            yield text[at : mark.span.start]
            at = mark.span.start
            stack.append(Tag(highlight=mark, is_link=bool(mark.link) and _is_outside_links(stack)))
            yield stack[-1]
        else:
            yield text[at:closes]
            at = closes
            may_link_note = _is_outside_links(stack)
            yield replace(stack.pop(), is_end=True, may_link_note=may_link_note)
    yield text[at : block.end]


def _clipped(mark: Highlight, block: Span, next_at: int) -> Highlight:
    """Return the piece inside the block, without the note if the highlight goes on after it."""
    inside = Span(max(mark.span.start, block.start), min(mark.span.end, block.end))
    note = "" if mark.span.end > next_at else mark.note
    return replace(mark, span=inside, note=note)


def _first(mark: Highlight, end: int) -> Highlight:
    """Return the piece before `end`, without the note, which follows the last piece."""
    return replace(mark, span=Span(mark.span.start, end), note="")


def _rest(mark: Highlight, start: int) -> Highlight:
    """Return the piece after `start`, without id and label, which the first piece has."""
    return replace(mark, span=Span(start, mark.span.end), id="", label="")


def _is_outside_links(stack: Sequence[Tag]) -> bool:
    return not any(tag.is_link for tag in stack)
