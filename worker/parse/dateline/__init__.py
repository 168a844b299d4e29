"""Where and when a story was filed, and by whom: the dateline at the head of a wire item."""

import datetime
from functools import lru_cache

from worker.model import Dateline, Place
from worker.parse.dateline.candidates import (
    DatelineCandidate,
    find_dateline_candidates,
    find_glued_candidates,
)
from worker.parse.dateline.grammar import parse_dateline
from worker.parse.dateline.parsed import ParsedDateline, PrintedPlace
from worker.parse.dateline.scoring import MIN_SCORE, score_evidence
from worker.parse.dateline.style import Style
from worker.parse.dateline.styles import STYLES
from worker.parse.dates import is_mismatch, resolve_date
from worker.parse.places import is_place, prominence, resolve
from worker.parse.text import WireText

__all__ = ["find_dateline", "find_datelines"]

MIN_BEHIND_LETTER = 200_000
"""The weighted population of a town that is believed behind a stray letter."""


def find_dateline(text: WireText, published: datetime.date | None = None) -> Dateline | None:
    """The first dateline at the head of the text, None where there is none.

    Args:
        text: The item; rubric, headline, deck, bylines and notes may stand before the dateline.
        published: The item's own date, which gives a printed date its year.

    >>> line = find_dateline(WireText("KIEV, January 12. /TASS/. All is calm."))
    >>> line.agency, line.places[0].iso, line.month_day, line.date, line.style
    ('TASS', 'UA', '--01-12', None, 'tass')
    """
    for candidate in find_dateline_candidates(text):
        if found := _judge(text.full, candidate):
            return _dateline(*_without_stray_letter(text.full, *found), published)
    for candidate in find_glued_candidates(text):
        found = _judge(text.full, candidate)
        if found and _is_sure(found[0]) and _is_known_where_glued(text.full, found[0]):
            return _dateline(*found, published)
    return None


def find_datelines(text: WireText, published: datetime.date | None = None) -> tuple[Dateline, ...]:
    r"""Every dateline of a roundup, in order; the first is what `find_dateline` gives.

    One stands at the head of a paragraph or of a line. Those that name no agency must be in the
    first one's style, so that no subhead passes for one.

    >>> wire = WireText("News\n\nMOSCOW — A man was held.\n\nKAZAN — The forum opened.")
    >>> [line.span.of(wire.full) for line in find_datelines(wire)]
    ['MOSCOW', 'KAZAN']
    """
    first = find_dateline(text, published)
    if first is None:
        return ()
    found = [first]
    for candidate in find_dateline_candidates(text, everywhere=True):
        if candidate.start < found[-1].span.end:
            continue
        judged = _judge(text.full, candidate)
        if judged is None:
            continue
        line = _dateline(*_without_stray_letter(text.full, *judged), published)
        if line.agency or line.style == first.style:
            found.append(line)
    return tuple(found)


def _is_sure(frame: ParsedDateline) -> bool:
    """True when a line read from the middle of another can be nothing else."""
    place = frame.places[0] if frame.places else None
    return frame.is_credited and place is not None and (place.is_capitals or frame.date is not None)


def _is_known_where_glued(text: str, frame: ParsedDateline) -> bool:
    """True unless the line stands in the middle of a word and its place is none."""
    return not text[frame.span.start - 1].isalnum() or is_place(frame.places[0].name)


def _without_stray_letter(
    text: str, frame: ParsedDateline, style: Style
) -> tuple[ParsedDateline, Style]:
    """The frame, a letter that scrapers left before its place cut off: `ПМОСКВА`."""
    name = frame.places[0].name if frame.places else ""
    if not name.isupper() or len(name) < 5 or is_place(name) or not is_place(name[1:]):
        return frame, style
    if frame.span.start != frame.places[0].span.start or prominence(name[1:]) < MIN_BEHIND_LETTER:
        return frame, style
    shorter = parse_dateline(text, frame.span.start + 1, len(text))
    return (shorter, style) if shorter and frame.is_credited else (frame, style)


def _judge(text: str, candidate: DatelineCandidate) -> tuple[ParsedDateline, Style] | None:
    """The frame at a candidate's start and the style that reads it, where evidence is enough."""
    frame = parse_dateline(text, candidate.start, candidate.end)
    if frame is None or (frame.credit is None and not candidate.may_be_bare):
        return None
    if not frame.is_credited and not candidate.opens_paragraph:
        return None
    if score_evidence(frame, text, candidate.end) < MIN_SCORE:
        return None
    agency = frame.credit.agency if frame.credit else ""
    style = next((style for style in _styles_of(agency) if style.claims(frame)), None)
    return (frame, style) if style else None


@lru_cache(maxsize=512)
def _styles_of(agency: str) -> tuple[Style, ...]:
    """The styles that may claim a line of the agency, in order."""
    return tuple(style for style in STYLES if not style.agencies or agency in style.agencies)


def _dateline(frame: ParsedDateline, style: Style, published: datetime.date | None) -> Dateline:
    date = resolve_date(frame.date, published) if frame.date else None
    return Dateline(
        span=frame.span,
        places=tuple(_place(named) for named in frame.places),
        date=date,
        month_day=frame.date.month_day if frame.date else None,
        agency=frame.credit.agency if frame.credit else None,
        style=style.name,
        correspondent=frame.correspondent,
        mismatch=is_mismatch(date, published),
    )


def _place(named: PrintedPlace) -> Place:
    region = ", ".join(named.qualifiers) or None
    known = resolve(named.name, qualifiers=named.qualifiers)
    return known or Place(name=named.name, region=region)
