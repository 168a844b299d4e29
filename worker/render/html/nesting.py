"""Marks on a text, made into elements that nest.

Marks may lie anywhere, across each other and across paragraphs; elements may not. A mark is cut
where the paragraph ends, and where one ends that began before it.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from worker.model import Span
from worker.render.html.markup import Markup, closing, element, escape, opening

__all__ = ["Mark", "nest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A run of the text and how it is shown.

    Of two with the same span the one of lower `rank` is outside. `id` goes to its first piece.
    `link` is where it leads, unless it stands in another link: links do not nest. `note` is the
    number put behind its last piece, `note_tip` what that says and `note_link` where it leads.
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


@dataclass(frozen=True, slots=True)
class _Open:
    mark: Mark
    name: str


def nest(text: str, blocks: Sequence[Span], marks: Sequence[Mark]) -> Iterator[Markup]:
    """The HTML of each block, in order. Blocks are in text order and do not overlap.

    >>> b, i = Mark(span=Span(0, 7), rank=0, style="b"), Mark(span=Span(4, 9), rank=1, style="i")
    >>> print(*nest("All calm.", [Span(0, 9)], [b, i]))
    <span class="b">All <span class="i">cal</span></span><span class="i">m.</span>
    """
    waiting = sorted((mark for mark in marks if mark.span.start < mark.span.end), key=_order)
    taken = 0
    here: list[Mark] = []
    for number, block in enumerate(blocks):
        while taken < len(waiting) and waiting[taken].span.start < block.end:
            here.append(waiting[taken])
            taken += 1
        next_at = blocks[number + 1].start if number + 1 < len(blocks) else len(text)
        here = [mark for mark in here if mark.span.end > block.start]
        longer = [mark for mark in here if mark.span.end > next_at]
        yield Markup("".join(_pieces(text, block, [_clipped(m, block, next_at) for m in here])))
        here = [_rest(mark, next_at) for mark in longer]


def _order(mark: Mark) -> tuple[int, int, int]:
    return mark.span.start, -mark.span.end, mark.rank


def _pieces(text: str, block: Span, marks: Sequence[Mark]) -> Iterator[Markup]:
    waiting = [(_order(mark), number, mark) for number, mark in enumerate(marks)]
    heapq.heapify(waiting)
    stack: list[_Open] = []
    at = block.start
    while waiting or stack:
        closes = stack[-1].mark.span.end if stack else block.end
        if waiting and waiting[0][2].span.start < closes:
            _, number, mark = heapq.heappop(waiting)
            if mark.span.end > closes:
                rest = _rest(mark, closes)
                heapq.heappush(waiting, (_order(rest), number, rest))
                mark = _first(mark, closes)
            yield escape(text[at : mark.span.start])
            at = mark.span.start
            stack.append(_Open(mark, _name(mark, stack)))
            yield _start(stack[-1])
        else:
            yield escape(text[at:closes])
            at = closes
            yield _end(stack.pop(), stack)
    yield escape(text[at : block.end])


def _clipped(mark: Mark, block: Span, next_at: int) -> Mark:
    """The piece of a mark inside the block; it goes on if it reaches the next block."""
    inside = Span(max(mark.span.start, block.start), min(mark.span.end, block.end))
    note = "" if mark.span.end > next_at else mark.note
    return replace(mark, span=inside, note=note)


def _first(mark: Mark, end: int) -> Mark:
    """The piece of a mark before `end`: it has no note, which stands behind the last one."""
    return replace(mark, span=Span(mark.span.start, end), note="")


def _rest(mark: Mark, start: int) -> Mark:
    """The piece of a mark behind `start`: it has no id and no label, which the first one has."""
    return replace(mark, span=Span(start, mark.span.end), id="", label="")


def _name(mark: Mark, stack: Sequence[_Open]) -> str:
    return "a" if mark.link and _may_link(stack) else "span"


def _may_link(stack: Sequence[_Open]) -> bool:
    return all(one.name != "a" for one in stack)


def _start(one: _Open) -> Markup:
    mark = one.mark
    return opening(
        one.name,
        class_=mark.style,
        id=mark.id,
        href=mark.link if one.name == "a" else "",
        data_label=mark.label,
        data_tip=mark.tip,
    )


def _end(one: _Open, stack: Sequence[_Open]) -> Markup:
    mark = one.mark
    if not mark.note:
        return closing(one.name)
    is_link = one.name != "a" and _may_link(stack)
    note = element(
        "a" if is_link else "span",
        class_="note",
        href=mark.note_link if is_link else "",
        data_note=mark.note,
        data_tip=mark.note_tip,
        aria_label=f"Quote {mark.note}: {mark.note_tip}" if is_link else "",
    )
    return Markup(note + closing(one.name))
