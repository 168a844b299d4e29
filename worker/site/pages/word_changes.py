"""The changes between two versions of an item, each with some words around it."""

from collections.abc import Iterator
from dataclasses import dataclass

from worker.model import NewsItem, Span
from worker.story.diff import find_change

__all__ = ["WordChange", "WordChanges", "word_changes"]

_AROUND = 60
"""Code points of the text before and after a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordChange:
    """A change: the removed words, the added words, and the unchanged words on both sides."""

    before: str
    removed: str
    added: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WordChanges:
    """The changes since the version `previous`; some are not listed unless `is_complete`."""

    previous: str
    changes: tuple[WordChange, ...]
    words_added: int
    words_removed: int
    is_complete: bool


def word_changes(before: NewsItem, after: NewsItem) -> WordChanges:
    """Return the changes from version `before` to version `after`.

    >>> first = NewsItem(uri="urn:x", version="1", body_text="Two were hurt in Oslo.")
    >>> second = NewsItem(uri="urn:x", version="2", body_text="Three were hurt in Oslo.")
    >>> word_changes(first, second).changes[0]
    WordChange(before='', removed='Two', added='Three', after=' were hurt in Oslo.')
    """
    change = find_change(before, after)
    return WordChanges(
        previous=change.previous,
        changes=tuple(_around(after.text, [(e.span, e.removed, e.added) for e in change.edits])),
        words_added=change.words_added,
        words_removed=change.words_removed,
        is_complete=change.is_complete,
    )


def _around(text: str, edits: list[tuple[Span, str, str]]) -> Iterator[WordChange]:
    # The words around an edit end where the previous edit ended and where the next begins.
    starts = [span.start for span, _, _ in edits[1:]] + [len(text)]
    at = 0
    for (span, removed, added), next_at in zip(edits, starts, strict=True):
        yield WordChange(
            before=_tail(text[at : span.start]),
            removed=removed,
            added=added,
            after=_head(text[span.end : next_at]),
        )
        at = span.end


def _tail(words: str) -> str:
    if len(words) <= _AROUND:
        return words
    return "…" + words[-_AROUND:].partition(" ")[2]


def _head(words: str) -> str:
    if len(words) <= _AROUND:
        return words
    return words[:_AROUND].rpartition(" ")[0] + " …"
