"""Passages: quotations and reports of a text, each of which becomes a statement."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import Quote
from worker.parse.statements.drafts import Draft

__all__ = ["Passage", "group_passages"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A statement to be: a draft with the quotations inside it, or quotations alone."""

    draft: Draft | None
    quotes: tuple[Quote, ...]

    @property
    def start(self) -> int:
        """The offset at which the content begins."""
        return self.draft.contents[0].start if self.draft else self.quotes[0].contents.start


def group_passages(drafts: Sequence[Draft], quotes: Sequence[Quote]) -> list[Passage]:
    """Return the passages of a text in order.

    `He called the plan "a waste"` is a single, mixed passage. A quotation with another cue is a
    passage of its own, and a draft of nothing but quotations gives way to these.
    """
    by_start = {quote.contents.start: quote for quote in quotes}
    taken: set[int] = set()
    passages: list[Passage] = []
    for draft in drafts:
        # `"So it is," she said.`: the quotations make the statement themselves.
        if not draft.has_words:
            continue
        inside = tuple(by_start[start] for start in draft.runs if start in by_start)
        passages.append(Passage(draft, inside))
        taken.update(quote.contents.start for quote in inside if _is_attributed_by(quote, draft))
    passages += _group_quotes([quote for quote in quotes if quote.contents.start not in taken])
    return sorted(passages, key=lambda passage: passage.start)


def _is_attributed_by(quote: Quote, draft: Draft) -> bool:
    """Return True for a quotation with the draft's cue, or without a cue in its sentence."""
    cue = quote.cue
    if cue is None or (draft.cue and cue.overlaps(draft.cue)):
        return True
    sentence = draft.sentence
    return not sentence.starts[0] <= cue.start < sentence.ends[-1]


def _group_quotes(quotes: Sequence[Quote]) -> list[Passage]:
    """`"So it is," she said. "It will be."`: return the quotations of one cue as a passage."""
    groups: list[list[Quote]] = []
    for quote in quotes:
        last = groups[-1][-1] if groups else None
        if last and quote.cue and quote.cue == last.cue and quote.source == last.source:
            groups[-1].append(quote)
        else:
            groups.append([quote])
    return [Passage(None, tuple(group)) for group in groups]
