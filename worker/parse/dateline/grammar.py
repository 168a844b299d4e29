"""The grammar of datelines, read in a single pass from the left over the head of a line.

    dateline  [credit closing] [places] [date] [credit] [closing]
    places    place (("/" | "and") place)*
    place     words qualifier*
    qualifier ", words" | "(words)" | "/words/"
    credit    "(words)" | "/words/" | a known agency without brackets
    closing   "-" | "--" | "–" | "—" | "_" | ".-" | ":" | "." | nothing

The scanner reads WINDOW code points at most and never goes back over more than one part.
"""

import re

import msgspec

from worker.model import Span
from worker.parse.dateline.agencies import Credit, read_credit
from worker.parse.dateline.credit_line import DatelineTail, read_tail
from worker.parse.dateline.parsed import CreditForm, ParsedDateline, PrintedPlace
from worker.parse.dateline.place_names import read_places
from worker.parse.dateline.scanner import LineScanner
from worker.parse.dates import PrintedDate, read_printed_date

__all__ = ["WINDOW", "parse_dateline"]

WINDOW = 260
"""Code points of a line that are read. The longest dateline seen has under 140."""

_DASHES = frozenset({"-", "--", "–", "—"})

# "MOSCOW, May 1, 22:20 /TASS/", "MADRID, 5 May. 9.40 a.m. (EFE)": the hour of filing.
_HOUR = re.compile(
    r"[,.]?[ ]\d{1,2}[:.]\d\d(?:[ ]?(?:[ap]\.?m\.?|GMT|UTC|MSK|hrs|h))?"
    r"(?=[.,]?[ ]?[(/\[]|[ ]?[-–—])",
    re.IGNORECASE,
)


def parse_dateline(text: str, at: int, end: int) -> ParsedDateline | None:
    """Return the line at `at` if it has the shape of a dateline, else None.

    A shape alone is no dateline; evidence and styles decide.
    """
    scanner = LineScanner(text, at, min(end, at + WINDOW))
    if scanner.peek() == "(":
        return _read_credit_first(scanner)
    if scanner.peek() == "/":
        return _read_credit_alone(scanner)
    return _read_after_bare_credit(scanner) or _read_places_first(scanner, scanner.at)


def _read_credit_first(scanner: LineScanner) -> ParsedDateline | None:
    """`(ANSA) - ROME, JUL 11 -` and `(Reuters) -`."""
    start = scanner.at
    bracket = scanner.read_bracket()
    credit = read_credit(bracket[0]) if bracket else None
    if credit is None or not credit.known:
        return None
    credit_end = scanner.at
    closing = scanner.read_closing()
    scanner.skip_spaces()
    line = _read_places_first(scanner, start) if closing in _DASHES else None
    if line and line.credit is None and line.places and line.closing not in {"", ".", ":"}:
        return line.with_credit(credit, CreditForm.LEADING)
    # `(Reuters) -`: no place behind it
    return ParsedDateline(
        span=Span(start, credit_end),
        credit=credit,
        credit_form=CreditForm.ROUND,
        closing=closing,
        rest=scanner.at,
    )


def _read_credit_alone(scanner: LineScanner) -> ParsedDateline | None:
    """`/ТАСС/.`: an agency between slashes and a full stop, without place and date."""
    start = scanner.at
    bracket = scanner.read_bracket()
    credit = read_credit(bracket[0]) if bracket else None
    if credit is None or not credit.known or not scanner.is_at_full_stop():
        return None
    return ParsedDateline(
        span=Span(start, scanner.at),
        credit=credit,
        credit_form=CreditForm.SLASHES,
        closing=".",
        rest=scanner.at + 1,
    )


def _read_after_bare_credit(scanner: LineScanner) -> ParsedDateline | None:
    """`EFE.-` and `INTERFAX.RU -`, an agency alone; `Canadian Press - HALIFAX (CP) -`, a relay."""
    start = scanner.at
    credit = scanner.read_bare_credit()
    end = scanner.at
    if credit and (dated := _read_date_after_credit(scanner, start, credit)):
        return dated
    # Only a full stop and a dash, or a site's name, stand without a place: `Reuters - ` does not.
    closing = scanner.read_closing() if credit else ""
    is_site = "." in scanner.text[start:end]
    if closing in {".-", ".–", ".—"} or (is_site and closing in _DASHES):
        return ParsedDateline(
            span=Span(start, end),
            credit=credit,
            credit_form=CreditForm.BARE,
            closing=closing,
            rest=scanner.at,
        )
    if closing in _DASHES:
        scanner.skip_spaces()
        line = _read_places_first(scanner, scanner.at)
        if line and line.is_credited:
            return line
    scanner.at = start
    return None


def _read_date_after_credit(
    scanner: LineScanner, start: int, credit: Credit
) -> ParsedDateline | None:
    """`ТАСС, 26 июня.`, `Reuters, June 26 -`: an agency and a date, no place."""
    before = scanner.at
    separator, printed = _read_date_after(scanner)
    if separator == "," and printed:
        # `ТАСС, 26 июня.`; in `ТАСС, 26 июня 2025 г.` the date ends with the full stop.
        is_stopped = scanner.text[scanner.at - 1] == "." or scanner.peek() == "."
        scanner.at += scanner.peek() == "."
        closing = "." if is_stopped else scanner.read_closing(dated=True)
        if closing in _DASHES or closing == ".":
            return ParsedDateline(
                span=Span(start, printed.span.end),
                date=printed,
                credit=credit,
                credit_form=CreditForm.BARE,
                closing=closing,
                rest=scanner.at,
            )
    scanner.at = before
    return None


def _read_places_first(scanner: LineScanner, start: int) -> ParsedDateline | None:
    """`KYIV, Jan 24 (Reuters) -`, or with the date in front `26 June, MINSK -`.

    Args:
        scanner: Stands at the place or the date.
        start: Offset at which the dateline begins.
    """
    places: list[PrintedPlace] = []
    printed = scanner.find_date()
    if printed is None:
        places = read_places(scanner)
        if not places:
            return None
        separator, printed = _read_date_after(scanner)
    else:
        separator, scanner.at = "", printed.span.end
        places = _read_places_after_date(scanner)
    tail = read_tail(scanner, dated=printed is not None)
    if printed and not places and tail.credit and tail.closing in _DASHES:
        places, tail = _read_places_behind_credit(scanner, tail)
    return ParsedDateline(
        span=Span(start, tail.stop),
        places=tuple(places),
        date=printed or tail.date,
        separator=separator,
        credit=tail.credit,
        credit_form=tail.credit_form,
        closing=tail.closing,
        correspondent=tail.correspondent,
        rest=scanner.at,
    )


def _read_places_after_date(scanner: LineScanner) -> list[PrintedPlace]:
    """`3 мая, Минск /Корр. БЕЛТА/`: places after the date, where an agency or a dash follows."""
    before = scanner.at
    if scanner.peek() == ",":
        scanner.at += 1
        scanner.skip_spaces()
        places = read_places(scanner)
        after = scanner.at
        tail = read_tail(scanner, dated=False)
        is_bare = tail.closing in _DASHES and all(place.is_capitals for place in places)
        if places and ((tail.credit and tail.credit.known) or is_bare):
            scanner.at = after
            return places
    scanner.at = before
    return []


def _read_places_behind_credit(
    scanner: LineScanner, tail: DatelineTail
) -> tuple[list[PrintedPlace], DatelineTail]:
    """`MAY 5, 2004 (DATAWORLD) - BOSTON --`: read places in capitals that a second dash closes."""
    before = scanner.at
    scanner.skip_spaces()
    places = read_places(scanner)
    stop = scanner.at
    closing = scanner.read_closing()
    if places and closing in _DASHES and all(place.is_capitals for place in places):
        return places, msgspec.structs.replace(tail, stop=stop, closing=closing)
    scanner.at = before
    return [], tail


def _read_date_after(scanner: LineScanner) -> tuple[str, PrintedDate | None]:
    """Read the mark between place and date, and the date; stay if no date follows."""
    before = scanner.at
    scanner.skip_spaces()
    if printed := _read_date_in_brackets(scanner) or _read_date_between_dashes(scanner):
        return "", printed
    separator = scanner.peek() if scanner.peek() in {",", "."} else ""
    scanner.at += len(separator)
    scanner.skip_spaces()
    printed = scanner.find_date()
    if printed is None:
        scanner.at = before
        return separator, None
    scanner.at = printed.span.end
    if hour := _HOUR.match(scanner.text, scanner.at, scanner.end):
        scanner.at = hour.end()
    return separator, printed


def _read_date_in_brackets(scanner: LineScanner) -> PrintedDate | None:
    """`BRUSSELS, Belgium (May 3, 2024) –`: a press office's date."""
    if scanner.peek() != "(":
        return None
    printed = read_printed_date(scanner.text, scanner.at + 1, scanner.end)
    if printed is None or scanner.text[printed.span.end : printed.span.end + 1] != ")":
        return None
    scanner.at = printed.span.end + 1
    return printed


def _read_date_between_dashes(scanner: LineScanner) -> PrintedDate | None:
    """`PALO ALTO, Calif. – June 26, 2025 –`: press offices set off the date by dashes."""
    before = scanner.at
    if scanner.peek() not in {"-", "–", "—"} or not scanner.text[before - 1].isspace():
        return None
    scanner.read_closing()
    scanner.skip_spaces()
    printed = scanner.find_date()
    if printed and printed.year:
        scanner.at = printed.span.end
        if scanner.is_at_closing():
            return printed
    scanner.at = before
    return None
