"""Layout of a plain-text item: its rubric, headline, byline, deck and body, by their position."""

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
"""Code points. The longest headline seen in wire copy has under 200."""

_HEAD_LIMIT = 6
"""Paragraphs before the dateline: rubric, headline, byline and its title, note and deck."""

_SHORT = 100
"""Code points. Bylines, notes and stamps are shorter."""

_RUBRIC_WORDS = 3
"""Most words of a rubric, unless all are names of sections ("Military & Defense")."""

_SECTIONS = frozenset(
    "all news top stories latest world international national local politics political diplomacy"
    " russia russian ukraine cis europe european asia africa americas us uk middle east business"
    " economy markets finance energy oil gas defense defence military security science space"
    " technology tech health medicine society culture arts sport sports emergencies accidents crime"
    " law courts environment weather travel religion education press review feature features"
    " analysis opinion interview interviews video photo and & the in of".split()
)
"""Words in the names of sections. Source: published menus of agencies and papers."""

_BYLINE = re.compile(r"(?:By|BY)\s+(?P<names>[^\W\d_a-z].*)")
_INSIDE_BYLINE = frozenset("and in of for the de da di van von der al bin ibn".split())

_BYLINE_TITLES = frozenset(
    "Press Writer Writers Reporter Reporters Correspondent Correspondents Editor Staff News AP AFP"
    " Reuters UPI TASS".split()
)
"""Last words of the line below a byline: `Associated Press`, `AP Sports Writer`."""

# `Updated 10:30 p.m. EDT`: a time stamp is made of figures and these words.
_STAMP_BREAK = re.compile(r"[\s,.:|/·–—-]+")
_STAMP_WORDS = frozenset(
    "mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday"
    " sunday jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june"
    " july august september october november december am pm a p m gmt utc msk est edt cet bst at on"
    " updated published posted st nd rd th".split()
)

_PLAIN = NewsItem(uri="urn:plain", version="1")
"""An item without fields, for paragraphs that are read by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The parts of an item, as texts. Joined again they may differ from it in blank lines."""

    rubric: str = ""
    headline: str = ""
    byline: str = ""
    deck: str = ""
    body: str = ""


def lay_out(text: str) -> Layout:
    r"""Divide a plain-text item into its parts; without a recognisable headline all of it is body.

    Markers and notes ("URGENT", "(Adds quotes)") are put at the head of the body, where the
    editorial stage reads them.

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
    """Return the number of paragraphs before the body: those before the dateline, if any."""
    dateline = find_dateline(wire)
    if dateline is not None:
        return min(_HEAD_LIMIT, wire.paragraph_index(dateline.span.start))
    return _undated_head_length(parts)


def _undated_head_length(parts: Sequence[str]) -> int:
    """Return the same for an item without a dateline: rubric, headline, byline, notes."""
    at = _past_notes(parts, 0)
    # `Military & Defense`, then a headline
    if at + 2 < len(parts) and _is_section(parts[at]) and _is_headline(parts[at + 1]):
        at += 1
    if at + 1 >= len(parts) or not _is_headline(parts[at]):
        return 0
    length = _past_notes(parts, at + 1)
    # `By ANNA MOE`, `Associated Press`
    if length + 1 < len(parts) and _is_byline(parts[length]):
        length += 2 if _is_byline_title(parts[length + 1]) else 1
    return _past_notes(parts, length) if length < len(parts) else at + 1


def _past_notes(parts: Sequence[str], at: int) -> int:
    """Return the index of the first paragraph from `at` that is no note."""
    while at < min(len(parts), _HEAD_LIMIT) and _is_note(parts[at]):
        at += 1
    return at


def _take_byline(head: list[str]) -> str:
    """Remove the byline and the line below it from the head; return them, "" if there are none."""
    for at, part in enumerate(head):
        if at and _is_byline(part):
            stop = at + 2 if at + 1 < len(head) and _is_byline_title(head[at + 1]) else at + 1
            byline = ", ".join(head[at:stop])
            del head[at:stop]
            return byline
    return ""


def _is_headline(paragraph: str) -> bool:
    """True for a short paragraph that does not end as a sentence."""
    return len(paragraph) <= _HEADLINE_LIMIT and paragraph[-1] not in '.!:;"”»'


def _has_rubric(head: Sequence[str]) -> bool:
    """True if the first part is a rubric; of only two, a short first part may be the headline."""
    if len(head) < 2:
        return False
    is_short = len(head[0].split()) <= _RUBRIC_WORDS and head[0][-1].isalnum()
    return _is_section(head[0]) or (is_short and len(head) > 2)


def _is_section(paragraph: str) -> bool:
    return len(paragraph) <= _SHORT and all(
        word in _SECTIONS for word in paragraph.casefold().replace(",", " ").split()
    )


def _is_byline(paragraph: str) -> bool:
    """True for `By Anna Moe and Ole Lind`, not for `By Monday the talks had failed`."""
    byline = _BYLINE.fullmatch(paragraph) if len(paragraph) <= _SHORT else None
    words = byline["names"].split() if byline else ()
    return bool(words) and all(word[0].isupper() or word in _INSIDE_BYLINE for word in words)


def _is_byline_title(paragraph: str) -> bool:
    return len(paragraph) <= _SHORT and paragraph.rsplit(maxsplit=1)[-1] in _BYLINE_TITLES


def _is_note(paragraph: str) -> bool:
    """True for a paragraph that is neither headline nor deck: a marker, a note, a time stamp."""
    if len(paragraph) > _SHORT:
        return False
    # `(Adds quotes)`
    if paragraph.startswith("(") and paragraph.endswith(")"):
        return True
    # `Fri, 26 Jun 2025 10:30 GMT`
    words = [word for word in _STAMP_BREAK.split(paragraph.lower()) if word]
    numbers = sum(word.isdigit() for word in words)
    if numbers and numbers + sum(word in _STAMP_WORDS for word in words) == len(words):
        return True
    # `URGENT`
    return len(words) <= _RUBRIC_WORDS and bool(find_life(WireText(paragraph), _PLAIN).markers)
