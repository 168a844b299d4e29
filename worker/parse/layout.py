"""The layout of a plain-text item: rubric, headline, byline, deck and body, told apart by where
they stand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import NewsItem
from worker.model.item import BLANK_LINE
from worker.parse.dateline import find_dateline
from worker.parse.editorial import find_life
from worker.parse.text import WireText

__all__ = ["Layout", "lay_out"]

_HEADLINE_LIMIT = 220
"""Code points. The longest headline seen in wire copy is under 200."""

_HEAD_LIMIT = 6
"""Paragraphs before the dateline: a rubric, a headline, a byline, its house, a note and a deck."""

_SHORT = 100
"""Code points. Bylines, notes and stamps are shorter."""

_RUBRIC_WORDS = 3
"""A rubric is at most this many words, or made of section names ("Military & Defense")."""

_SECTIONS = frozenset(
    "all news top stories latest world international national local politics political diplomacy"
    " russia russian ukraine cis europe european asia africa americas us uk middle east business"
    " economy markets finance energy oil gas defense defence military security science space"
    " technology tech health medicine society culture arts sport sports emergencies accidents crime"
    " law courts environment weather travel religion education press review feature features"
    " analysis opinion interview interviews video photo and & the in of".split()
)
"""Words of which agencies and papers name their sections. Source: their published menus."""

_BYLINE = re.compile(r"(?:By|BY)\s+(?P<names>[^\W\d_a-z].*)")
_INSIDE_BYLINE = frozenset("and in of for the de da di van von der al bin ibn".split())

_HOUSES = frozenset(
    "Press Writer Writers Reporter Reporters Correspondent Correspondents Editor Staff News AP AFP"
    " Reuters UPI TASS".split()
)
"""Last words of the line under a byline: `Associated Press`, `AP Sports Writer`."""

_STAMP_BREAK = re.compile(r"[\s,.:|/·–—-]+")
_STAMP_WORDS = frozenset(
    "mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday"
    " sunday jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june"
    " july august september october november december am pm a p m gmt utc msk est edt cet bst at on"
    " updated published posted st nd rd th".split()
)

_PLAIN = NewsItem(uri="urn:plain", version="1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The parts of an item. Texts, not spans: joined again they may differ in blank lines."""

    rubric: str = ""
    headline: str = ""
    byline: str = ""
    deck: str = ""
    body: str = ""


def lay_out(text: str) -> Layout:
    r"""The parts of a plain-text item; all of it is body where no headline stands out.

    Markers and notes ("URGENT", "(Adds quotes)") begin the body, where they are read again.

    >>> lay_out("World\n\nTalks fail\n\nPARIS, May 2. /TASS/. The talks failed.").headline
    'Talks fail'
    """
    wire = WireText(text)
    parts = [paragraph.of(text) for paragraph in wire.paragraphs]
    length = _head_length(wire, parts)
    notes = [part for part in parts[:length] if _is_note(part)]
    head = [part for part in parts[:length] if not _is_note(part)]
    byline = _take_byline(head)
    rubric = head.pop(0) if _has_rubric(head) else ""
    headline, deck = (*head, "", "")[:2]
    body = notes + head[2:] + parts[length:]
    return Layout(
        rubric=rubric, headline=headline, byline=byline, deck=deck, body=BLANK_LINE.join(body)
    )


def _head_length(wire: WireText, parts: Sequence[str]) -> int:
    """How many paragraphs stand before the body: up to the dateline, else what looks so."""
    dateline = find_dateline(wire)
    if dateline is not None:
        return min(_HEAD_LIMIT, wire.paragraph_index(dateline.span.start))
    at = _past_notes(parts, 0)
    if at + 2 < len(parts) and _is_section(parts[at]) and _is_headline(parts[at + 1]):
        at += 1
    if at + 1 >= len(parts) or not _is_headline(parts[at]):
        return 0
    length = _past_notes(parts, at + 1)
    if length + 1 < len(parts) and _is_byline(parts[length]):
        length += 2 if _is_house(parts[length + 1]) else 1
    return _past_notes(parts, length) if length < len(parts) else at + 1


def _past_notes(parts: Sequence[str], at: int) -> int:
    while at < min(len(parts), _HEAD_LIMIT) and _is_note(parts[at]):
        at += 1
    return at


def _take_byline(head: list[str]) -> str:
    """The byline, with the house under it, taken out of the head; empty where there is none."""
    for at, part in enumerate(head):
        if at and _is_byline(part):
            stop = at + 2 if at + 1 < len(head) and _is_house(head[at + 1]) else at + 1
            byline = ", ".join(head[at:stop])
            del head[at:stop]
            return byline
    return ""


def _is_headline(paragraph: str) -> bool:
    return len(paragraph) <= _HEADLINE_LIMIT and paragraph[-1] not in '.!:;"”»'


def _has_rubric(head: Sequence[str]) -> bool:
    """True when the first part is a rubric; of two, a short one may be a headline with its deck."""
    if len(head) < 2:
        return False
    is_short = len(head[0].split()) <= _RUBRIC_WORDS and head[0][-1].isalnum()
    return _is_section(head[0]) or (is_short and len(head) > 2)


def _is_section(paragraph: str) -> bool:
    return len(paragraph) <= _SHORT and all(
        word in _SECTIONS for word in paragraph.casefold().replace(",", " ").split()
    )


def _is_byline(paragraph: str) -> bool:
    found = _BYLINE.fullmatch(paragraph) if len(paragraph) <= _SHORT else None
    words = found["names"].split() if found else ()
    return bool(words) and all(word[0].isupper() or word in _INSIDE_BYLINE for word in words)


def _is_house(paragraph: str) -> bool:
    return len(paragraph) <= _SHORT and paragraph.rsplit(maxsplit=1)[-1] in _HOUSES


def _is_note(paragraph: str) -> bool:
    """True for what stands at the head and is neither headline nor deck: a marker, a note in
    brackets, a day and time.
    """
    if len(paragraph) > _SHORT:
        return False
    if paragraph.startswith("(") and paragraph.endswith(")"):
        return True
    words = [word for word in _STAMP_BREAK.split(paragraph.lower()) if word]
    numbers = sum(word.isdigit() for word in words)
    if numbers and numbers + sum(word in _STAMP_WORDS for word in words) == len(words):
        return True
    return len(words) <= _RUBRIC_WORDS and bool(find_life(WireText(paragraph), _PLAIN).markers)
