"""Quotation marks: which runs of a text stand between them, paragraph by paragraph.

One pass over the marks, with a stack a paragraph, so an odd mark costs its own pair and never the
pairs after it. Single marks count only where their shape leaves no doubt, outside double ones.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from worker.model import Span
from worker.parse.text import WireText

__all__ = ["QuotedRun", "find_runs", "remove_glosses"]

_MARK = re.compile(
    r"""
    (?P<double> (?P<same>["“”„‟«»])(?P=same)* | ``+ | ''+ )   # “So it is,” «так», ``so''
  | (?P<single> (?<!\w) ['’‘‚‛] | ['’‘‚‛] (?!\w) )            # ‘so’, but not the one in don't
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"\w")
_GLOSS = re.compile(r"[ \u00a0]?\[[^\[\]]{0,200}\]")
"""A gloss and the blank before it. The longest is bounded, so that a stray bracket costs little."""
_AT_MARK = re.compile(r"\A(\W+?)[ \u00a0]+")
"""The opening mark and the blank that a gloss left after it."""
_MOST_MARKS = 50_000
"""From the paragraph on that has so many marks nothing is read: junk has to end in time."""
_FREE_BEFORE = frozenset(" \t\n\r\f\v\u00a0\u2009\u202f([{<—–-/‘'“„«…")
"""What may stand before an opening mark, beside the paragraph's edge."""
_FREE_AFTER = frozenset(" \t\n\r\f\v\u00a0\u2009\u202f)]}>—–-/.,;:!?…’'”»")
"""What may stand after a closing mark, beside the paragraph's edge."""
_ELIDED = re.compile(r"\d\ds?\b|(?:em|n|til|tis|twas|cause|bout|round)\b", re.IGNORECASE)
"""What begins with an apostrophe of its own: '68, 'em, 'n'."""


@dataclass(frozen=True, slots=True)
class QuotedRun:
    """One marked run of one paragraph, marks included.

    `closed` is False where the paragraph ends before the quotation does. Runs of one speech that
    goes on over paragraphs share a `chain` number; every other run has its own.
    """

    start: int
    end: int
    paragraph: int
    chain: int
    closed: bool = True
    single: bool = False

    @property
    def span(self) -> Span:
        """Where it stands, marks included."""
        return Span(self.start, self.end)


@dataclass(slots=True)
class _Mark:
    start: int
    end: int
    char: str
    opens: bool
    closes: bool


def find_runs(text: WireText) -> tuple[QuotedRun, ...]:
    """The marked runs in text order; they never overlap, and nested ones are part of the outer.

    >>> text = WireText('"So," he said, "the Smiths’ ‘own’ fault isn’t mine."')
    >>> [run.span.of(text.full) for run in find_runs(text)]
    ['"So,"', '"the Smiths’ ‘own’ fault isn’t mine."']
    """
    runs: list[QuotedRun] = []
    carried = False
    for index, doubles, singles in _marks_by_paragraph(text):
        follows = carried and bool(runs) and runs[-1].paragraph == index - 1
        starts_open = bool(doubles) and doubles[0].start == text.paragraphs[index].start
        pairs, carried = _pair_doubles(text, index, doubles)
        if not any(mark.char == "'" for mark in doubles):
            pairs = _with_singles(text.full, pairs, singles)
        for start, end, closed, single in pairs:
            if not _WORD.search(text.full, start, end):
                continue
            joins = follows and starts_open and start == text.paragraphs[index].start
            chain = runs[-1].chain if joins else (runs[-1].chain + 1 if runs else 0)
            runs.append(QuotedRun(start, end, index, chain, closed, single))
            follows = False
    return tuple(runs)


def remove_glosses(full: str, run: QuotedRun) -> str | None:
    """The run without its glosses in square brackets; None where it has none.

    >>> text = '"[They] will vote, he [the mayor] knows it [...]."'
    >>> remove_glosses(text, QuotedRun(0, len(text), 0, 0))
    '"will vote, he knows it."'
    """
    if full.find("[", run.start, run.end) < 0:
        return None
    words = full[run.start : run.end]
    plain = _GLOSS.sub("", words)
    if plain == words or not _WORD.search(plain):
        return None
    return _AT_MARK.sub(r"\1", plain)


def _marks_by_paragraph(text: WireText) -> Iterator[tuple[int, list[_Mark], list[_Mark]]]:
    """Each paragraph that has marks: its index, its double marks and its single ones."""
    full, paragraphs = text.full, text.paragraphs
    index = -1
    stop = 0
    doubles: list[_Mark] = []
    singles: list[_Mark] = []
    count = 0
    for match in _MARK.finditer(full):
        start, end = match.span()
        double = match.lastgroup == "double"
        if count > _MOST_MARKS:
            return
        if not double and full[end : end + 1].isalnum() and full[start - 1 : start].isalnum():
            continue
        count += 1
        if start >= stop:
            if doubles or singles:
                yield index, doubles, singles
                doubles, singles = [], []
            index = max(index, 0)
            while paragraphs[index].end <= start:
                index += 1
            stop = paragraphs[index].end
        mark = _shaped(full, start, end, paragraphs[index])
        (doubles if double else singles).append(mark)
    if doubles or singles:
        yield index, doubles, singles


def _shaped(full: str, start: int, end: int, paragraph: Span) -> _Mark:
    """The mark with what its neighbours allow it to be."""
    at_start, at_end = start == paragraph.start, end >= paragraph.end
    before = " " if at_start else full[start - 1]
    after = " " if at_end else full[end]
    opens = before in _FREE_BEFORE and not after.isspace()
    closes = after in _FREE_AFTER and not before.isspace()
    return _Mark(start, end, full[start], opens, closes)


_Pair = tuple[int, int, bool, bool]
"""Start, end, closed, single."""


def _pair_doubles(text: WireText, index: int, marks: list[_Mark]) -> tuple[list[_Pair], bool]:
    """The outermost pairs of one paragraph, and whether the last one carries on into the next."""
    stack: list[_Mark] = []
    pairs: list[_Pair] = []
    for mark in marks:
        guillemet = mark.char in "«»"
        if _is_opening(mark, stack):
            stack.append(mark)
            continue
        if not any((opener.char in "«»") == guillemet for opener in stack[-4:]):
            continue
        while (stack[-1].char in "«»") != guillemet:
            stack.pop()
        pairs.append((stack.pop().start, mark.end, True, False))
    pairs.sort()
    if stack:
        carries = _next_opens(text, index)
        paragraph = text.paragraphs[index]
        if (
            (carries and stack[0].start >= (pairs[-1][1] if pairs else 0))
            or (stack[0].start == paragraph.start and carries)
            or not any(start > stack[0].start for start, *_ in pairs)
        ):
            pairs = [pair for pair in pairs if pair[0] < stack[0].start]
            pairs.append((stack[0].start, paragraph.end, False, False))
            return _outermost(pairs), carries
    return _outermost(pairs), False


def _is_opening(mark: _Mark, stack: list[_Mark]) -> bool:
    """True when the mark opens a run, by its own form first, then by its neighbours.

    Two typewriter apostrophes only close what two grave accents opened: AP's ANPA form.
    """
    char = mark.char
    if char in "“«`„‟":
        return not (stack and mark.closes and not mark.opens)
    if char in "”»":
        return not stack and mark.opens and not mark.closes
    if char == "'":
        return False
    if mark.opens != mark.closes:
        return mark.opens
    return not stack


def _next_opens(text: WireText, index: int) -> bool:
    """True when the next paragraph begins with an opening mark."""
    if index + 1 >= len(text.paragraphs):
        return False
    start = text.paragraphs[index + 1].start
    return text.full[start] in '"“«„‟' or text.full.startswith("``", start)


def _outermost(pairs: list[_Pair]) -> list[_Pair]:
    """The pairs that lie in no other; `pairs` is sorted."""
    kept: list[_Pair] = []
    for pair in pairs:
        if not kept or pair[0] >= kept[-1][1]:
            kept.append(pair)
    return kept


def _with_singles(full: str, doubles: list[_Pair], marks: list[_Mark]) -> list[_Pair]:
    """The double pairs and the single ones that stand outside them."""
    free: list[_Mark] = []
    at = 0
    for mark in marks:
        while at < len(doubles) and doubles[at][1] <= mark.start:
            at += 1
        if at >= len(doubles) or mark.start < doubles[at][0]:
            free.append(mark)
    if len(free) < 2:
        return doubles
    singles = list(_pair_singles(full, free))
    return _outermost(sorted(doubles + singles)) if singles else doubles


def _pair_singles(full: str, marks: list[_Mark]) -> Iterator[_Pair]:
    """Pairs of single marks; an apostrophe after s closes one only when nothing better does."""
    opener: _Mark | None = None
    fallback = 0
    for mark in marks:
        if mark.opens and not (mark.closes and opener) and mark.char != "’":
            if opener and fallback:
                yield opener.start, fallback, True, True
            opener = None if _ELIDED.match(full, mark.end) else mark
            fallback = 0
        elif opener and mark.closes and (mark.char == "'") == (opener.char == "'"):
            if full[mark.start - 1] in "sS" and full[mark.end : mark.end + 2].strip().isalpha():
                fallback = fallback or mark.end
                continue
            yield opener.start, mark.end, True, True
            opener, fallback = None, 0
    if opener and fallback:
        yield opener.start, fallback, True, True
