"""Where in an item a dateline may begin."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from worker.model import Span
from worker.parse.dateline.agencies import read_credit
from worker.parse.text import WireText

__all__ = ["DatelineCandidate", "find_dateline_candidates", "find_glued_candidates"]

_MOST_PARAGRAPHS = 14
"""Paragraphs looked at: rubric, headline, deck, bylines and notes fit in half of that."""

_MOST_IN_ROUNDUP = 1000
"""Paragraphs of a roundup looked at. A day's summary has under a hundred."""

_MOST_LINES = 6
"""Lines of one paragraph looked at: feeds put headline, byline and body on lines of one."""

_MOST_BARE = 6
"""A dateline without an agency is believed in the first paragraphs only; later it is a subhead."""

_HEAD = 1500
"""Code points at the head of the text in which a glued dateline is looked for."""

_HEADLINE_LIMIT = 110

_ADVISORY_LIMIT = 320

_REACH = 200
"""Code points of a line within which a dateline must hold one of _MARKS."""

_MARKS = ("(", " - ", "—", "–", "/", ":", "--", " -", "- ", "_", ".-", "―", "\u00a0-", "&")
"""What sets off a credit or closes a line, the commonest first."""

# Running text is left at once: a word, then one in small letters that stands in no town's name.
_PROSE = re.compile(
    r"""
    (?:[^\W\d_][a-zа-яё’']*|[A-Z]{2,4})[ ]
    (?!(?:de|del|la|las|los|le|les|du|of|the|da|do|dos|di|el|al|am|an|der|den|sur|upon|on|in|y|und|et|e
    |and|na|на|и)\b)[a-zа-яё]
    """,
    re.VERBOSE,
)

# Datelines without any such mark: of agency and date, or with a full stop for a dash.
_MARKLESS = re.compile(
    r"""
    [^\W\d_a-zа-я]{2,12},\s\w                    # ТАСС, 26 июня.
    | [^\n]{3,60}?(?:
        \d\.?$                                   # BEIJING, July 23
        | \d\.\s                                 # MINSK, 26 June. The
        | [\w.],?[ ][^\W\d_a-zа-я]{3}             # YEREVAN, JUNE 26, ARMENPRESS.
    )
    """,
    re.VERBOSE | re.MULTILINE,
)

# "(LEAD) ", "(ATTN: ADDS details)", "(Adds quotes) ": advisories in front of a dateline.
_ADVISORY = re.compile(r"\((?P<inside>[^()\n]{2,300})\)[^\S\n]*")

# The credits for which a glued dateline is looked for: in slashes or in brackets.
_GLUED_CREDIT = re.compile(r"/[^/\n()]{2,60}/|\([^()\n/]{2,30}\)")
_OPENING = re.compile(r"[(/]")

# After the end of a sentence, a quotation or a deck without its full stop; the space may be lost.
_GLUED_START = re.compile(
    r"""
    (?<=[.!?…"”»)\]a-zа-я0-9])[ \u00a0]+(?=[^\W\d_a-zа-я])
    | (?<=[.!?…"”»)\]a-zа-яё0-9])(?=[^\W\d_a-zа-я]{2})
    """,
    re.VERBOSE,
)

# A byte order mark, spaces of no width, bullets and ANPA's paragraph marks before a line.
_LITTER = re.compile(r"[\ufeff\u200b-\u200f\u2060\u00ad*•·^>|\s]{0,8}")


class DatelineCandidate(NamedTuple):
    """A start to read from, up to `end`.

    `may_be_bare`: a line that names no agency may be believed here. `opens_paragraph`: not a line
    inside one, which may be mid-sentence.
    """

    start: int
    end: int
    may_be_bare: bool = False
    opens_paragraph: bool = False


def find_dateline_candidates(
    text: WireText, *, everywhere: bool = False
) -> Iterator[DatelineCandidate]:
    """The starts of paragraphs and lines, advisories in brackets passed over.

    Args:
        text: The item.
        everywhere: The paragraphs of a roundup, not only those at the head.
    """
    last = len(text.paragraphs) - 1
    most = _MOST_IN_ROUNDUP if everywhere else _MOST_PARAGRAPHS
    paragraphs = text.paragraphs[:most]
    for number, paragraph in enumerate(paragraphs):
        is_headline = number == 0 and _is_headline(text.full, paragraph, is_alone=not last)
        for line, start in enumerate(_line_starts(text.full, paragraph.start, paragraph.end)):
            first = start
            if not _is_first_letter(text.full[start : start + 1]):
                litter = _LITTER.match(text.full, start, paragraph.end)
                first = litter.end() if litter else start
            if not _may_begin(text.full, first, paragraph.end):
                continue
            opens = line == 0
            may_be_bare = (everywhere or number < _MOST_BARE) and not (is_headline and opens)
            yield DatelineCandidate(first, paragraph.end, may_be_bare, opens)
            if text.full[first] == "(":
                for at in _past_advisories(text.full, first, paragraph.end):
                    yield DatelineCandidate(at, paragraph.end, may_be_bare, opens)


def _is_first_letter(first: str) -> bool:
    return first.isupper() or first.isdigit() or first == "("


def _may_begin(text: str, start: int, end: int) -> bool:
    """False where a dateline cannot begin, so that most lines are never read."""
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
    """True when the first paragraph reads as a headline."""
    is_short = paragraph.end - paragraph.start <= _HEADLINE_LIMIT
    closings = '._-—–:!?"”»' if is_alone else "._-—–"
    return is_short and text[paragraph.end - 1] not in closings


def _line_starts(text: str, start: int, end: int) -> Iterator[int]:
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
    """What follows each advisory in brackets."""
    at = start
    for _ in range(3):
        advisory = _ADVISORY.match(text, at, min(end, at + _ADVISORY_LIMIT))
        if not advisory:
            return
        at = advisory.end()
        yield at


def find_glued_candidates(text: WireText) -> Iterator[DatelineCandidate]:
    """Starts inside a line, where a deck and a dateline were run together; only before a credit."""
    head = min(len(text.full), _HEAD)
    seen = 0
    for opening in _OPENING.finditer(text.full, 0, head):
        found = _GLUED_CREDIT.match(text.full, opening.start(), head)
        credit = read_credit(found[0][1:-1]) if found else None
        if found is None or credit is None or not credit.known:
            continue
        floor = max(seen, found.start() - 120)
        seen = found.start()
        for start in _GLUED_START.finditer(text.full, floor, found.start()):
            yield DatelineCandidate(start=start.end(), end=min(len(text.full), start.end() + 400))
