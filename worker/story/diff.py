"""What one version of an item changed against the one before it.

The text is compared in words by Myers' greedy search; where two versions share so little that it
would take long, in paragraphs; where even that is too much, as one piece. So the work is bounded,
whatever the two texts are. Source: E. Myers, "An O(ND) Difference Algorithm and Its Variations",
Algorithmica 1 (1986).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import Change, Edit, NewsItem, Span

__all__ = ["find_change"]

_NOT_CONTENT = frozenset({"uri", "version", "versioncreated", "source"})
"""Fields that tell versions apart or say how they came; that they differ says nothing."""

_LIMIT_EDITS = 40
_LIMIT_CHARACTERS = 500
"""Of the words that one edit shows as added or removed."""

_LIMIT_DIFFERENCES = 500
_LIMIT_STEPS = 400_000
"""Of one search: words that differ, and words looked at."""

_JOINED = 1
"""Edits with no more words than this between them are one."""

_WORD = re.compile(r"\S+")
_PARAGRAPH = re.compile(r"\S[^\n]*")

Reach = dict[int, int]
"""How far each diagonal has come: words of the old text."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Tokens `old_start` to `old_end` became `new_start` to `new_end`."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def find_change(before: NewsItem, after: NewsItem) -> Change:
    """What `after` changed.

    >>> one = NewsItem(uri="urn:x", version="1", body_text="Two were hurt in Oslo.")
    >>> two = NewsItem(uri="urn:x", version="2", body_text="Three were hurt in Oslo.")
    >>> change = find_change(one, two)
    >>> change.fields, change.edits[0].removed, change.edits[0].added
    (('body_text',), 'Two', 'Three')
    """
    old, new = before.text, after.text
    blocks = _find_blocks(old, new)
    edits = tuple(_edit(block, old, new) for block in blocks[:_LIMIT_EDITS])
    were_cut = any(
        max(block.old_end - block.old_start, block.new_end - block.new_start) > _LIMIT_CHARACTERS
        for block in blocks
    )
    return Change(
        previous=before.version,
        fields=tuple(
            name
            for name in NewsItem.__struct_fields__
            if name not in _NOT_CONTENT and getattr(before, name) != getattr(after, name)
        ),
        edits=edits,
        words_added=sum(_count_words(new[block.new_start : block.new_end]) for block in blocks),
        words_removed=sum(_count_words(old[block.old_start : block.old_end]) for block in blocks),
        is_complete=len(blocks) <= _LIMIT_EDITS and not were_cut,
    )


def _count_words(text: str) -> int:
    return len(_WORD.findall(text))


def _edit(block: _Block, old: str, new: str) -> Edit:
    return Edit(
        span=Span(block.new_start, block.new_end),
        added=_cut(new[block.new_start : block.new_end]),
        removed=_cut(old[block.old_start : block.old_end]),
    )


def _cut(words: str) -> str:
    return words if len(words) <= _LIMIT_CHARACTERS else f"{words[: _LIMIT_CHARACTERS - 1]}…"


def _find_blocks(old: str, new: str) -> list[_Block]:
    """The runs that differ, in code points of the two texts."""
    for token in (_WORD, _PARAGRAPH):
        old_spans = [found.span() for found in token.finditer(old)]
        new_spans = [found.span() for found in token.finditer(new)]
        found = _compare(_tokens(old, old_spans), _tokens(new, new_spans))
        if found is not None:
            return [_in_text(block, old_spans, new_spans) for block in found]
    return [_Block(0, len(old), 0, len(new))]


def _tokens(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    return [text[start:end].rstrip() for start, end in spans]


def _in_text(
    block: _Block, old_spans: Sequence[tuple[int, int]], new_spans: Sequence[tuple[int, int]]
) -> _Block:
    """The block in code points instead of tokens."""
    old_start, old_end = _run(old_spans, block.old_start, block.old_end)
    new_start, new_end = _run(new_spans, block.new_start, block.new_end)
    return _Block(old_start, old_end, new_start, new_end)


def _run(spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """The run of these tokens; without any, the place after the one before."""
    if start < end:
        return spans[start][0], spans[end - 1][1]
    place = spans[start - 1][1] if start else 0
    return place, place


def _compare(old: Sequence[str], new: Sequence[str]) -> list[_Block] | None:
    """The tokens that differ; None where finding out would take too long."""
    same = 0
    shorter = min(len(old), len(new))
    while same < shorter and old[same] == new[same]:
        same += 1
    end = 0
    while end < shorter - same and old[-1 - end] == new[-1 - end]:
        end += 1
    left, right = old[same : len(old) - end], new[same : len(new) - end]
    if not left or not right:
        whole = _Block(same, same + len(left), same, same + len(right))
        return [whole] if left or right else []
    trail = _search(left, right)
    return None if trail is None else _join(_walk_back(trail, len(left), len(right)), same)


def _search(old: Sequence[str], new: Sequence[str]) -> list[Reach] | None:
    """How far each diagonal reached before every round; None where that would take too long."""
    reach: Reach = {1: 0}
    trail: list[Reach] = []
    steps = 0
    for differences in range(min(len(old) + len(new), _LIMIT_DIFFERENCES) + 1):
        trail.append(dict(reach))
        for diagonal in range(-differences, differences + 1, 2):
            at = _step(reach, diagonal, differences)
            start = at
            while at < len(old) and 0 <= at - diagonal < len(new) and old[at] == new[at - diagonal]:
                at += 1
            steps += at - start
            reach[diagonal] = at
            if at >= len(old) and at - diagonal >= len(new):
                return trail
        if steps > _LIMIT_STEPS:
            return None
    return None


def _step(reach: Reach, diagonal: int, differences: int) -> int:
    """Where a round begins on a diagonal: after a word put in, or after one taken out."""
    if _is_put_in(reach, diagonal, differences):
        return reach[diagonal + 1]
    return reach[diagonal - 1] + 1


def _is_put_in(reach: Reach, diagonal: int, differences: int) -> bool:
    if abs(diagonal) == differences:
        return diagonal < 0 or differences == 0
    return reach[diagonal - 1] < reach[diagonal + 1]


def _walk_back(trail: Sequence[Reach], old_end: int, new_end: int) -> list[_Block]:
    """The single words put in and taken out on the way that was found, first to last."""
    steps: list[_Block] = []
    x, y = old_end, new_end
    for differences in range(len(trail) - 1, 0, -1):
        diagonal = x - y
        begin = _step(trail[differences], diagonal, differences)
        y = begin - diagonal
        if _is_put_in(trail[differences], diagonal, differences):
            steps.append(_Block(begin, begin, y - 1, y))
            x, y = begin, y - 1
        else:
            steps.append(_Block(begin - 1, begin, y, y))
            x = begin - 1
    steps.reverse()
    return steps


def _join(steps: Sequence[_Block], offset: int) -> list[_Block]:
    """Steps that touch, or stand one word apart, as one; shifted by what both texts begin with."""
    joined: list[_Block] = []
    for step in steps:
        last = joined[-1] if joined else None
        if (
            last is not None
            and step.new_start - last.new_end <= _JOINED
            and step.old_start - last.old_end <= _JOINED
        ):
            joined[-1] = _Block(last.old_start, step.old_end, last.new_start, step.new_end)
        else:
            joined.append(step)
    return [
        _Block(
            block.old_start + offset,
            block.old_end + offset,
            block.new_start + offset,
            block.new_end + offset,
        )
        for block in joined
    ]
