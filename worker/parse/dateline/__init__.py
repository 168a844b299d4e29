"""Datelines: the place, the date and the agency at the head of a wire item.

`candidates` yields the offsets at which a dateline may begin, `grammar` parses the line there,
`scoring` weighs the evidence, and the first of `styles` that claims the line names its shape.
"""

import datetime
import re
from functools import lru_cache

from worker.model import Dateline, Place
from worker.parse.dateline.agencies import agency_in
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
"""Least weighted population of a town that is read behind a stray letter: `RANGERS` ends in ANGERS,
and `GAMES` in AMES."""


def find_dateline(text: WireText, published: datetime.date | None = None) -> Dateline | None:
    """Return the first dateline at the head of the text, None if there is none.

    Args:
        text: The item; rubric, headline, deck, bylines and notes may stand before the dateline.
        published: The item's own date, from which a printed date without a year gets one.

    >>> line = find_dateline(WireText("KIEV, January 12. /TASS/. All is calm."))
    >>> line.agency, line.places[0].iso, line.month_day, line.date, line.style
    ('TASS', 'UA', '--01-12', None, 'tass')
    """
    for candidate in find_dateline_candidates(text):
        if accepted := _accept(text.full, candidate):
            return _dateline(*_without_stray_letter(text.full, *accepted), published)
    for candidate in find_glued_candidates(text):
        accepted = _accept(text.full, candidate)
        if accepted and _is_certain(accepted[0]) and _has_word_boundary(text.full, accepted[0]):
            return _dateline(*_without_byline(text.full, *accepted), published)
    return None


def find_datelines(text: WireText, published: datetime.date | None = None) -> tuple[Dateline, ...]:
    r"""Return the datelines of a roundup, in order; the first is that of `find_dateline`.

    Each stands at the head of a paragraph or of a line. A dateline without an agency must be in the
    style of the first, so that no subhead is taken for a dateline.

    >>> wire = WireText("News\n\nMOSCOW — A man was held.\n\nKAZAN — The forum opened.")
    >>> [line.span.of(wire.full) for line in find_datelines(wire)]
    ['MOSCOW', 'KAZAN']
    """
    first = find_dateline(text, published)
    if first is None:
        return ()
    datelines = [first]
    for candidate in find_dateline_candidates(text, everywhere=True):
        if candidate.start < datelines[-1].span.end:
            continue
        accepted = _accept(text.full, candidate)
        if accepted is None:
            continue
        dateline = _dateline(*_without_stray_letter(text.full, *accepted), published)
        if dateline.agency or dateline.style == first.style:
            datelines.append(dateline)
    return tuple(datelines)


def _is_certain(line: ParsedDateline) -> bool:
    """True if a line that was found inside another line can be nothing but a dateline.

    `failedMOSCOW, June 26 /TASS/` has capitals and a date; `officials in Moscow (AP)` has neither.
    """
    place = line.places[0] if line.places else None
    return line.is_credited and place is not None and (place.is_capitals or line.date is not None)


def _has_word_boundary(text: str, line: ParsedDateline) -> bool:
    """True unless the line begins inside a word: `resumeMOSCOW` passes, as Moscow is a place."""
    return not text[line.span.start - 1].isalnum() or is_place(line.places[0].name)


def _without_stray_letter(
    text: str, line: ParsedDateline, style: Style
) -> tuple[ParsedDateline, Style]:
    """Return the line without a letter that a scraper left before its place: `ПМОСКВА`."""
    name = line.places[0].name if line.places else ""
    if not name.isupper() or len(name) < 5 or is_place(name) or not is_place(name[1:]):
        return line, style
    if line.span.start != line.places[0].span.start or prominence(name[1:]) < MIN_BEHIND_LETTER:
        return line, style
    shorter = parse_dateline(text, line.span.start + 1, len(text))
    return (shorter, style) if shorter and line.is_credited else (line, style)


def _without_byline(text: str, line: ParsedDateline, style: Style) -> tuple[ParsedDateline, Style]:
    """Return the line without the reporter before it: `By ANNA GREEN VIENNA, Austria (AP) -`."""
    name = line.places[0].name
    if not text.endswith("By ", 0, line.span.start) or is_place(name):
        return line, style
    for space in re.finditer(" ", name):
        if is_place(name[space.end() :]):
            start = text.index(name[space.end() :], line.span.start)
            return parse_dateline(text, start, len(text)) or line, style
    return line, style


def _accept(text: str, candidate: DatelineCandidate) -> tuple[ParsedDateline, Style] | None:
    """Return the line at a candidate's start and its style, None if the evidence is too weak."""
    line = parse_dateline(text, candidate.start, candidate.end)
    if line is None or (line.credit is None and not candidate.may_be_bare):
        return None
    if not line.is_credited and not candidate.opens_paragraph:
        return None
    if score_evidence(line, text, candidate.end) < MIN_SCORE:
        return None
    agency = line.credit.style_house if line.credit else ""
    style = next((style for style in _styles_of(agency) if style.claims(line)), None)
    return (line, style) if style else None


@lru_cache(maxsize=512)
def _styles_of(agency: str) -> tuple[Style, ...]:
    """Return the styles that may claim a line of the agency, in order."""
    return tuple(style for style in STYLES if not style.agencies or agency in style.agencies)


def _dateline(line: ParsedDateline, style: Style, published: datetime.date | None) -> Dateline:
    date = resolve_date(line.date, published) if line.date else None
    places = tuple(_resolve_place(place) for place in line.places)
    return Dateline(
        span=line.span,
        places=places,
        date=date,
        month_day=line.date.month_day if line.date else None,
        agency=agency_in(line.credit, places[0].iso if places else None) if line.credit else None,
        credit=line.credit.printed if line.credit else None,
        style=style.name,
        correspondent=line.correspondent,
        mismatch=is_mismatch(date, published),
    )


def _resolve_place(printed: PrintedPlace) -> Place:
    region = ", ".join(printed.qualifiers) or None
    place = resolve(printed.name, qualifiers=printed.qualifiers)
    return place or Place(name=printed.name, region=region)
