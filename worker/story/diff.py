"""The change between two versions of an item: the fields that differ, and the edits of the text.

rapidfuzz finds the fewest words to remove and to add. The time that it takes grows with the product
of the two lengths, and word edits say little about a story that was rewritten. Beyond a limit,
therefore, paragraphs are compared instead of words; beyond the same limit for paragraphs, the whole
text is a single edit.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel

from worker.model import Change, Edit, NewsItem, Span

__all__ = ["find_change"]

_NOT_CONTENT = frozenset({"uri", "version", "versioncreated", "source"})
"""Fields that identify a version or its source; they differ even if the content is the same."""

_LIMIT_EDITS = 40
"""Edits in a Change; `is_complete` is False if there are more."""

_LIMIT_CHARACTERS = 500
"""Code points that an edit shows of the added text, and of the removed text."""

_LIMIT_DIFFERENCES = 500
"""Removed and added words, or paragraphs, in total; a text with more counts as rewritten."""

_LIMIT_PAIRS = 100_000_000
"""The product of the two lengths in words, not counting a shared start and end. rapidfuzz keeps a
bit for each pair: 12 MB, and 25 ms, for two texts of 10,000 words that differ at both ends."""

_JOINED = 1
"""Edits with at most this many words between them are merged, since readers see a single change."""

_WORD = re.compile(r"\S+")
_PARAGRAPH = re.compile(r"\S[^\n]*")


@dataclass(frozen=True, slots=True)
class _Block:
    """A replacement: the run `old_start` to `old_end` became `new_start` to `new_end`.

    The numbers count tokens while texts are compared, and code points in the result.
    """

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def find_change(before: NewsItem, after: NewsItem) -> Change:
    """Return the change from version `before` to version `after`.

    >>> first = NewsItem(uri="urn:x", version="1", body_text="Two were hurt in Oslo.")
    >>> second = NewsItem(uri="urn:x", version="2", body_text="Three were hurt in Oslo.")
    >>> change = find_change(first, second)
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
    """Return the runs that differ, in code points: of words, else of paragraphs, else the texts."""
    for token in (_WORD, _PARAGRAPH):
        old_spans = [match.span() for match in token.finditer(old)]
        new_spans = [match.span() for match in token.finditer(new)]
        blocks = _compare(_tokens(old, old_spans), _tokens(new, new_spans))
        if blocks is not None:
            return [_in_text(block, old_spans, new_spans) for block in _join(blocks)]
    return [_Block(0, len(old), 0, len(new))]


def _tokens(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    return [text[start:end].rstrip() for start, end in spans]


def _in_text(
    block: _Block, old_spans: Sequence[tuple[int, int]], new_spans: Sequence[tuple[int, int]]
) -> _Block:
    """Return the block in code points instead of tokens."""
    old_start, old_end = _run(old_spans, block.old_start, block.old_end)
    new_start, new_end = _run(new_spans, block.new_start, block.new_end)
    return _Block(old_start, old_end, new_start, new_end)


def _run(spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """Return the code points of these tokens; if there are none, the end of the preceding token."""
    if start < end:
        return spans[start][0], spans[end - 1][1]
    place = spans[start - 1][1] if start else 0
    return place, place


def _compare(old: Sequence[str], new: Sequence[str]) -> list[_Block] | None:
    """Return the smallest set of differing runs; None if the texts exceed a limit."""
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    left, right = old[start : len(old) - end], new[start : len(new) - end]
    if len(left) * len(right) > _LIMIT_PAIRS:
        return None
    blocks = [
        _Block(start + op.src_start, start + op.src_end, start + op.dest_start, start + op.dest_end)
        for op in Indel.opcodes(left, right)
        if op.tag != "equal"
    ]
    # A lone insertion or deletion is an edit, however long: a story that grew was not rewritten.
    if left and right and sum(map(_size, blocks)) > _LIMIT_DIFFERENCES:
        return None
    return blocks


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """Return the length of the shared start, in tokens."""
    pairs = zip(old, new, strict=False)
    return next(
        (at for at, (left, right) in enumerate(pairs) if left != right), min(len(old), len(new))
    )


def _size(block: _Block) -> int:
    return block.old_end - block.old_start + block.new_end - block.new_start


def _join(blocks: Sequence[_Block]) -> list[_Block]:
    """Return the blocks, merged if they touch or if a single token separates them."""
    joined: list[_Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if (
            last is not None
            and block.new_start - last.new_end <= _JOINED
            and block.old_start - last.old_end <= _JOINED
        ):
            joined[-1] = _Block(last.old_start, block.old_end, last.new_start, block.new_end)
        else:
            joined.append(block)
    return joined
