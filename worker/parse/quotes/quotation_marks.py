"""Quotation marks: the runs of text between them, paragraph by paragraph.

There is a single pass over the marks, with a stack for each paragraph, so that an odd mark costs
its own pair and never the pairs after it. Single marks count only outside double ones, where their
shape leaves no doubt.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from worker.model import Span
from worker.parse.text import WireText

__all__ = ["QuotedRun", "find_quoted_runs", "remove_glosses"]

# It begins with a set of characters and looks back at the one it met: only then is it fast.
_MARK = re.compile(
    r"""
    (?P<mark> ["“”„‟«»`'’‘‚‛] )
    (?: (?: (?<=["“”„‟«»]) (?P=mark)*                       # “So it is,” «так»
          | (?<=[`']) (?P=mark)+ ) (?P<double>)             # ``so''
      | (?<=['’‘‚‛]) (?: (?<!\w.) | (?!\w) ) (?P<single>)   # ‘so’, but not that of don't
    )
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"\w")
_GLOSS = re.compile(r"[ \u00a0]?\[[^\[\]]{0,200}\]")
"""A gloss and the space before it; its length is bounded so that a stray bracket costs little."""
_SPACE_AFTER_MARK = re.compile(r"\A(\W+?)[ \u00a0]+")
"""The opening mark and the space that a removed gloss left after it."""
_MAX_MARKS = 50_000
"""Nothing is read after the paragraph that reaches so many marks, so that junk ends in time."""
_BEFORE_OPENING = frozenset(" \t\n\r\f\v\u00a0\u2009\u202f([{<—–-/‘'“„«…")
"""Characters that an opening mark may follow, beside the start of its paragraph."""
_AFTER_CLOSING = frozenset(" \t\n\r\f\v\u00a0\u2009\u202f)]}>—–-/.,;:!?…’'”»")
"""Characters that may follow a closing mark, beside the end of its paragraph."""
_ELISION = re.compile(r"\d\ds?\b|(?:em|n|til|tis|twas|cause|bout|round)\b", re.IGNORECASE)
"""Words with an apostrophe of their own in front: '68, 'em, 'n'."""
_MAX_STACK_SEARCH = 4
"""Open marks that are looked at for a pair, which keeps the search linear."""


@dataclass(frozen=True, slots=True)
class QuotedRun:
    """A run of text between quotation marks in a paragraph, marks included.

    `closed` is False where the paragraph ends before the quotation does, `single` True between
    single marks. Runs of a speech over several paragraphs share a `chain` number; every other
    run has its own.
    """

    start: int
    end: int
    paragraph: int
    chain: int
    closed: bool = True
    single: bool = False

    @property
    def span(self) -> Span:
        """The place of the run, marks included."""
        return Span(self.start, self.end)


@dataclass(slots=True)
class _Mark:
    start: int
    end: int
    char: str
    may_open: bool
    may_close: bool
    is_guillemet: bool


_ParagraphMarks = tuple[int, list[_Mark], list[_Mark]]
"""The number of a paragraph, its double marks and its single marks."""


class _Pair(NamedTuple):
    """Two marks that belong together, from the start of the first to the end of the second."""

    start: int
    end: int
    closed: bool = True
    single: bool = False


def find_quoted_runs(text: WireText) -> tuple[QuotedRun, ...]:
    """Return the quoted runs in text order; nested ones are part of the outer run.

    >>> text = WireText('"So," he said, "the Smiths’ ‘own’ fault isn’t mine."')
    >>> [run.span.of(text.full) for run in find_quoted_runs(text)]
    ['"So,"', '"the Smiths’ ‘own’ fault isn’t mine."']
    """
    runs: list[QuotedRun] = []
    carries_on = False
    for index, doubles, singles in _marks_by_paragraph(text):
        begin = text.paragraphs[index].start
        # `"One.` and, in the next paragraph, `"Two,"`: the same speech, if no run comes between.
        continues = carries_on and bool(runs) and runs[-1].paragraph == index - 1
        continues = continues and bool(doubles) and doubles[0].start == begin
        pairs, carries_on = _pair_doubles(text, index, doubles)
        # Two apostrophes for a double mark (``so'') leave single ones without meaning.
        if not any(mark.char == "'" for mark in doubles):
            pairs = _add_singles(text.full, pairs, singles)
        for pair in pairs:
            if not _WORD.search(text.full, pair.start, pair.end):
                continue
            chain = runs[-1].chain + 1 if runs else 0
            if continues and pair.start == begin:
                chain -= 1
            runs.append(QuotedRun(pair.start, pair.end, index, chain, pair.closed, pair.single))
            continues = False
    return tuple(runs)


def remove_glosses(full: str, run: QuotedRun) -> str | None:
    """Return a run without the glosses that an editor inserted in brackets; None without any.

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
    return _SPACE_AFTER_MARK.sub(r"\1", plain)


def _marks_by_paragraph(text: WireText) -> Iterator[_ParagraphMarks]:
    """Yield the marks of each paragraph that has any."""
    full, paragraphs = text.full, text.paragraphs
    index, stop = 0, 0
    doubles: list[_Mark] = []
    singles: list[_Mark] = []
    count = 0
    for match in _MARK.finditer(full):
        start, end = match.span()
        is_double = match.lastgroup == "double"
        if count > _MAX_MARKS:
            return
        # `don't`
        if not is_double and full[end : end + 1].isalnum() and full[start - 1 : start].isalnum():
            continue
        count += 1
        if start >= stop:
            if doubles or singles:
                yield index, doubles, singles
                doubles, singles = [], []
            while paragraphs[index].end <= start:
                index += 1
            stop = paragraphs[index].end
        mark = _read_mark(full, start, end, paragraphs[index])
        (doubles if is_double else singles).append(mark)
    if doubles or singles:
        yield index, doubles, singles


def _read_mark(full: str, start: int, end: int, paragraph: Span) -> _Mark:
    """Return a mark and whether the characters beside it allow it to open or to close."""
    before = " " if start == paragraph.start else full[start - 1]
    after = " " if end >= paragraph.end else full[end]
    may_open = before in _BEFORE_OPENING and not after.isspace()
    may_close = after in _AFTER_CLOSING and not before.isspace()
    char = full[start]
    return _Mark(start, end, char, may_open, may_close, char in "«»")


def _pair_doubles(text: WireText, index: int, marks: list[_Mark]) -> tuple[list[_Pair], bool]:
    """Return the outermost pairs of a paragraph, and whether the last carries on into the next."""
    stack: list[_Mark] = []
    pairs: list[_Pair] = []
    for mark in marks:
        if _is_opening(mark, stack):
            stack.append(mark)
        elif opener := _pop_opener(mark, stack):
            pairs.append(_Pair(opener.start, mark.end))
    pairs.sort()
    if stack:
        carries_on = _next_paragraph_opens(text, index)
        paragraph = text.paragraphs[index]
        if _is_unclosed(stack[0], pairs, paragraph, carries_on=carries_on):
            pairs = [pair for pair in pairs if pair.start < stack[0].start]
            pairs.append(_Pair(stack[0].start, paragraph.end, closed=False))
            return _outermost(pairs), carries_on
    return _outermost(pairs), False


def _pop_opener(mark: _Mark, stack: list[_Mark]) -> _Mark | None:
    """Remove the mark that `mark` closes from the stack, with all marks after it.

    Guillemets pair only with guillemets; all other double marks pair with each other.
    """
    is_guillemet = mark.is_guillemet
    if not any(opener.is_guillemet == is_guillemet for opener in stack[-_MAX_STACK_SEARCH:]):
        return None
    while stack[-1].is_guillemet != is_guillemet:
        stack.pop()
    return stack.pop()


def _is_unclosed(opener: _Mark, pairs: list[_Pair], paragraph: Span, *, carries_on: bool) -> bool:
    """Return True for an opening mark that begins a quotation up to the end of the paragraph.

    Whole pairs follow an odd mark: `a 6" pipe`.
    """
    if not any(pair.start > opener.start for pair in pairs):
        return True
    # `"One, "two" and three.` with `"Four."` in the next paragraph: a speech that carries on.
    is_after_pairs = opener.start >= (pairs[-1].end if pairs else 0)
    return carries_on and (is_after_pairs or opener.start == paragraph.start)


def _is_opening(mark: _Mark, stack: list[_Mark]) -> bool:
    """Return True for a mark that opens a run, by its own form or else by its neighbours."""
    char = mark.char
    if char in "“«`„‟":
        return not (stack and mark.may_close and not mark.may_open)
    # `”so”`, `»so«`: Scandinavian and German use.
    if char in "”»":
        return not stack and mark.may_open and not mark.may_close
    # ``so'' (AP's ANPA form): two apostrophes only close.
    if char == "'":
        return False
    if mark.may_open != mark.may_close:
        return mark.may_open
    return not stack


def _next_paragraph_opens(text: WireText, index: int) -> bool:
    """Return True where the next paragraph begins with an opening mark."""
    if index + 1 >= len(text.paragraphs):
        return False
    start = text.paragraphs[index + 1].start
    return text.full[start] in '"“«„‟' or text.full.startswith("``", start)


def _outermost(pairs: list[_Pair]) -> list[_Pair]:
    """Return the pairs, sorted by start, that lie in no other."""
    outermost: list[_Pair] = []
    for pair in pairs:
        if not outermost or pair.start >= outermost[-1].end:
            outermost.append(pair)
    return outermost


def _add_singles(full: str, doubles: list[_Pair], marks: list[_Mark]) -> list[_Pair]:
    """Return the double pairs and the pairs of single marks outside them."""
    outside: list[_Mark] = []
    at = 0
    for mark in marks:
        while at < len(doubles) and doubles[at].end <= mark.start:
            at += 1
        if at >= len(doubles) or mark.start < doubles[at].start:
            outside.append(mark)
    if len(outside) < 2:
        return doubles
    singles = list(_pair_singles(full, outside))
    return _outermost(sorted(doubles + singles)) if singles else doubles


def _pair_singles(full: str, marks: list[_Mark]) -> Iterator[_Pair]:
    """Yield the pairs of single marks.

    `‘The owners’ plan is bad,’`: an apostrophe after s closes a pair only if no better mark does.
    """
    opener: _Mark | None = None
    fallback = 0
    for mark in marks:
        if _opens_single(mark, opener):
            if opener and fallback:
                yield _Pair(opener.start, fallback, single=True)
            opener = None if _ELISION.match(full, mark.end) else mark
            fallback = 0
        elif opener and _closes_single(mark, opener):
            if _is_possessive(full, mark):
                fallback = fallback or mark.end
            else:
                yield _Pair(opener.start, mark.end, single=True)
                opener, fallback = None, 0
    if opener and fallback:
        yield _Pair(opener.start, fallback, single=True)


def _opens_single(mark: _Mark, opener: _Mark | None) -> bool:
    """Return True for a mark that opens; a right single mark (`’`) never does."""
    return mark.may_open and not (mark.may_close and opener) and mark.char != "’"


def _closes_single(mark: _Mark, opener: _Mark) -> bool:
    """Return True for a mark that closes `opener`: both straight, or both curly."""
    return mark.may_close and (mark.char == "'") == (opener.char == "'")


def _is_possessive(full: str, mark: _Mark) -> bool:
    """Return True for the apostrophe of `the owners’ plan`: after s, with a word to follow."""
    return full[mark.start - 1] in "sS" and full[mark.end : mark.end + 2].strip().isalpha()
