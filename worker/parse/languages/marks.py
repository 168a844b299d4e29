"""A language that is not supported: the quotation marks of an item, and no speakers or names."""

import re
from collections.abc import Sequence

from worker.model import Quote
from worker.parse.languages.drafts import ItemDraft, Reading
from worker.parse.quotes.quotation_marks import find_quoted_runs, remove_glosses

__all__ = ["read_marks"]

_WORD = re.compile(r"\w+")
_WORDS_MIN = 3
"""Fewer words between marks are a name, a title or an irony in any language."""


def read_marks(drafts: Sequence[ItemDraft]) -> list[Reading]:
    """Return the marked runs of each draft as quotes without speakers."""
    return [Reading(dateline=draft.dateline, quotes=_find_quotes(draft)) for draft in drafts]


def _find_quotes(draft: ItemDraft) -> tuple[Quote, ...]:
    full = draft.text.full
    return tuple(
        Quote(contents=run.span, chain=run.chain, unglossed=remove_glosses(full, run))
        for run in find_quoted_runs(draft.text)
        # A dateline may hold marks of its own.
        if not (draft.dateline and run.span.overlaps(draft.dateline.span))
        and len(_WORD.findall(full[run.start : run.end])) >= _WORDS_MIN
    )
