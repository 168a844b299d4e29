"""Candidates: the offsets at which a dateline may begin."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from worker.model import Span
from worker.parse.dateline.agencies import read_credit
from worker.parse.text import WireText

__all__ = ["DatelineCandidate", "find_dateline_candidates", "find_glued_candidates"]

_MOST_PARAGRAPHS = 14
"""Paragraphs searched: rubric, headline, deck, bylines and notes fit in half of that."""

_MOST_IN_ROUNDUP = 1000
"""Paragraphs of a roundup searched. A day's summary has under a hundred."""

_MOST_LINES = 6
"""Lines of a paragraph searched: some feeds put headline, byline and body into one paragraph."""

_MOST_BARE = 6
"""Paragraphs in which a dateline may lack an agency; further down the same line is a subhead."""

_HEAD = 1500
"""Code points at the head of the text in which a glued dateline is searched."""

_HEADLINE_LIMIT = 110
"""Code points. Longer first paragraphs are no headlines."""

_ADVISORY_LIMIT = 320
"""Code points of an advisory: `(ATTN: ADDS details in paras 3-5, minor edits; CHANGES photo)`."""
_MOST_ADVISORIES = 3

_REACH = 200
"""Code points at the head of a line, among which a dateline has a mark of _MARKS."""

_LONGEST_BEFORE_CREDIT = 120
_LONGEST_GLUED = 400

_MARKS = ("(", " - ", "—", "–", "/", ":", "--", " -", "- ", "_", ".-", "―", "\u00a0-", "&")
"""Marks that set off a credit or close a line, the most common first."""

# Running text is left at once: a word, then a word in small letters that is in no town's name.
_PROSE = re.compile(
    r"""
    (?:[^\W\d_][a-zа-яё’']*|[A-Z]{2,4})[ ]
    (?!(?:de|del|la|las|los|le|les|du|of|the|da|do|dos|di|el|al|am|an|der|den|sur|upon|on|in|y|und|et|e
    |and|na|на|и)\b)[a-zа-яё]
    """,
    re.VERBOSE,
)

# Datelines without these marks: agency and date, or a full stop in place of the dash.
_MARKLESS = re.compile(
    r"""
    [^\W\d_a-zа-я]{2,12},\s\w                    # ТАСС, 26 июня.
    | [^\n]{3,60}?(?:
        \d\.?$                                   # BEIJING, July 23
        | \d\.\s                                 # MINSK, 26 June. The
        | [\w.],?[ ][^\W\d_a-zа-я]{3}             # YEREVAN, JUNE 26, ARMENPRESS.
    )
    | [^\W\d_a-zа-я]{3,}[,.]?[ ]\w                # LISBON Shares fell
    """,
    re.VERBOSE | re.MULTILINE,
)

# "(LEAD) ", "(ATTN: ADDS details)", "(Adds quotes) ": advisories in front of a dateline.
_ADVISORY = re.compile(r"\((?P<inside>[^()\n]{2,300})\)[^\S\n]*")

# The credits before which a glued dateline is searched: in slashes or in brackets.
_GLUED_CREDIT = re.compile(r"/[^/\n()]{2,60}/|\([^()\n/]{2,30}\)")
_OPENING = re.compile(r"[(/]")

# The start of a glued dateline: behind the end of a sentence, a quotation or a deck without its
# full stop; the space may be lost.
_GLUED_START = re.compile(
    r"""
    (?<=[.!?…"”»)\]a-zа-я0-9])[ \u00a0]+(?=[^\W\d_a-zа-я])
    | (?<=[.!?…"”»)\]a-zа-яё0-9])(?=[^\W\d_a-zа-я]{2})
    """,
    re.VERBOSE,
)

# A byte order mark, zero-width spaces, bullets and ANPA's paragraph marks before a line.
_LITTER = re.compile(r"[\ufeff\u200b-\u200f\u2060\u00ad*•·^>|\s]{0,8}")


class DatelineCandidate(NamedTuple):
    """An offset at which a dateline may begin, and the end of its paragraph.

    `may_be_bare`: the dateline may lack an agency. `opens_paragraph`: the paragraph begins here; a
    line inside it may begin in the middle of a sentence.
    """

    start: int
    end: int
    may_be_bare: bool = False
    opens_paragraph: bool = False


def find_dateline_candidates(
    text: WireText, *, everywhere: bool = False
) -> Iterator[DatelineCandidate]:
    """Yield the starts of paragraphs and lines, and the starts behind advisories in brackets.

    Args:
        text: The item.
        everywhere: Search a whole roundup, not only its head.
    """
    is_alone = len(text.paragraphs) == 1
    most = _MOST_IN_ROUNDUP if everywhere else _MOST_PARAGRAPHS
    for number, paragraph in enumerate(text.paragraphs[:most]):
        is_headline = number == 0 and _is_headline(text.full, paragraph, is_alone=is_alone)
        may_be_bare = everywhere or number < _MOST_BARE
        for line, start in enumerate(_line_starts(text.full, paragraph.start, paragraph.end)):
            opens = line == 0
            first = _past_litter(text.full, start, paragraph.end)
            if _may_begin(text.full, first, paragraph.end):
                yield from _candidates_at(
                    text.full,
                    DatelineCandidate(
                        first, paragraph.end, may_be_bare and not (is_headline and opens), opens
                    ),
                )


def _candidates_at(text: str, candidate: DatelineCandidate) -> Iterator[DatelineCandidate]:
    """Yield the candidate, then its starts behind advisories: `(LEAD) (ATTN: ADDS) SEOUL`."""
    yield candidate
    if text[candidate.start] == "(":
        for start in _past_advisories(text, candidate.start, candidate.end):
            yield candidate._replace(start=start)


def _past_litter(text: str, start: int, end: int) -> int:
    """Return the offset behind bullets, zero-width spaces and other litter before a line."""
    if _is_first_letter(text[start : start + 1]):
        return start
    litter = _LITTER.match(text, start, end)
    return litter.end() if litter else start


def _is_first_letter(first: str) -> bool:
    return first.isupper() or first.isdigit() or first in {"(", "/"}


def _may_begin(text: str, start: int, end: int) -> bool:
    """False if no dateline can begin here, so that most lines are never parsed."""
    if not _is_first_letter(text[start : start + 1]) or _PROSE.match(text, start, end):
        return False
    head = text[start : min(end, start + _REACH)]
    line_end = head.find("\n")
    head = head if line_end < 0 else head[:line_end]
    for mark in _MARKS:  # a plain loop: any() and a generator take three times as long
        if mark in head:
            return True
    return _MARKLESS.match(text, start, end) is not None


def _is_headline(text: str, paragraph: Span, *, is_alone: bool) -> bool:
    """True if the first paragraph reads as a headline."""
    is_short = paragraph.end - paragraph.start <= _HEADLINE_LIMIT
    # Above other paragraphs `Envoy: "We go"` is a headline; alone it is the story.
    closings = '._-—–:!?"”»' if is_alone else "._-—–"
    return is_short and text[paragraph.end - 1] not in closings


def _line_starts(text: str, start: int, end: int) -> Iterator[int]:
    """Yield the starts of the first lines of a paragraph, indents passed over."""
    yield start
    at = start
    for _ in range(_MOST_LINES - 1):
        at = text.find("\n", at, end) + 1
        if not at:
            return
        while at < end and text[at].isspace():
            at += 1
        yield at


def _past_advisories(text: str, start: int, end: int) -> Iterator[int]:
    """Yield the offset behind each advisory in brackets."""
    at = start
    for _ in range(_MOST_ADVISORIES):
        advisory = _ADVISORY.match(text, at, min(end, at + _ADVISORY_LIMIT))
        if not advisory:
            return
        at = advisory.end()
        yield at


def find_glued_candidates(text: WireText) -> Iterator[DatelineCandidate]:
    """Yield starts inside a line, for a deck and a dateline that were run together.

    `The talks failedMOSCOW, June 26 /TASS/`: searched only before the credit of a known agency.
    """
    head = min(len(text.full), _HEAD)
    floor = 0
    for opening in _OPENING.finditer(text.full, 0, head):
        bracket = _GLUED_CREDIT.match(text.full, opening.start(), head)
        credit = read_credit(bracket[0][1:-1]) if bracket else None
        if bracket is None or credit is None or not credit.known:
            continue
        begin = max(floor, bracket.start() - _LONGEST_BEFORE_CREDIT)
        floor = bracket.start()
        for start in _GLUED_START.finditer(text.full, begin, bracket.start()):
            end = min(len(text.full), start.end() + _LONGEST_GLUED)
            yield DatelineCandidate(start=start.end(), end=end)
