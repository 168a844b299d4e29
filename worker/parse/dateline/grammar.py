"""The grammar of a dateline: one pass from the left over the head of a line.

    frame     [credit closing] [places] [date] [credit] [closing]
    places    place (("/" | "and") place)*
    place     words qualifier*
    qualifier ", words" | "(words)" | "/words/"
    credit    "(words)" | "/words/" | a known agency without brackets
    closing   "-" | "--" | "–" | "—" | "_" | ".-" | ":" | "." | nothing

The reader looks at WINDOW code points at most and never goes back over more than one of its parts.
"""

from worker.model import Span
from worker.parse.dateline.agencies import Credit, read_credit
from worker.parse.dateline.credit_line import read_tail
from worker.parse.dateline.parsed import CreditForm, ParsedDateline, PrintedPlace
from worker.parse.dateline.place_names import read_places
from worker.parse.dateline.scanner import LineScanner
from worker.parse.dates import PrintedDate, read_printed_date

__all__ = ["WINDOW", "parse_dateline"]

WINDOW = 260
"""Code points of a line that are read. The longest dateline seen has under 140."""

_DASHES = frozenset({"-", "--", "–", "—"})


def parse_dateline(text: str, at: int, end: int) -> ParsedDateline | None:
    """The dateline-shaped run that begins at `at`, None where there is none.

    It is only a shape: whether it is a dateline is for evidence and styles to say.
    """
    reader = LineScanner(text, at, min(end, at + WINDOW))
    if reader.peek() == "(":
        return _read_credit_first(reader)
    relayed = _read_after_credit(reader)
    return relayed or _read_places_first(reader, reader.at)


def _read_credit_first(reader: LineScanner) -> ParsedDateline | None:
    """`(ANSA) - ROME, JUL 11 -` and `(Reuters) -`."""
    start = reader.at
    bracket = reader.read_bracket()
    credit = read_credit(bracket[0]) if bracket else None
    if credit is None or not credit.known:
        return None
    credit_end = reader.at
    closing = reader.read_closing()
    reader.skip_spaces()
    frame = _read_places_first(reader, start) if closing in _DASHES else None
    if frame and frame.credit is None and frame.places and frame.closing not in {"", ".", ":"}:
        return frame.with_credit(credit, CreditForm.LEADING)
    return ParsedDateline(
        span=Span(start, credit_end),
        credit=credit,
        credit_form=CreditForm.ROUND,
        closing=closing,
        rest=reader.at,
    )


def _read_after_credit(reader: LineScanner) -> ParsedDateline | None:
    """`EFE.-` and `INTERFAX.RU -`, an agency alone; `Canadian Press - HALIFAX (CP) -`, a relay."""
    start = reader.at
    credit = reader.read_bare_credit()
    end = reader.at
    if credit and (dated := _read_date_after_credit(reader, start, credit)):
        return dated
    closing = reader.read_closing() if credit else ""
    is_site = "." in reader.text[start:end]
    if closing in {".-", ".–", ".—"} or (is_site and closing in _DASHES):
        return ParsedDateline(
            span=Span(start, end),
            credit=credit,
            credit_form=CreditForm.BARE,
            closing=closing,
            rest=reader.at,
        )
    if closing in _DASHES:
        reader.skip_spaces()
        frame = _read_places_first(reader, reader.at)
        if frame and frame.is_credited:
            return frame
    reader.at = start
    return None


def _read_date_after_credit(
    reader: LineScanner, start: int, credit: Credit
) -> ParsedDateline | None:
    """`ТАСС, 26 июня.`, `Reuters, June 26 -`: an agency and a date, no place."""
    before = reader.at
    separator, printed = _read_date_after(reader)
    if separator == "," and printed:
        stopped = reader.text[reader.at - 1] == "." or reader.peek() == "."
        reader.at += reader.peek() == "."
        closing = "." if stopped else reader.read_closing(dated=True)
        if closing in _DASHES or closing == ".":
            return ParsedDateline(
                span=Span(start, printed.span.end),
                date=printed,
                credit=credit,
                credit_form=CreditForm.BARE,
                closing=closing,
                rest=reader.at,
            )
    reader.at = before
    return None


def _read_places_first(reader: LineScanner, start: int) -> ParsedDateline | None:
    places: list[PrintedPlace] = []
    printed = reader.find_date()
    if printed is None:
        places = read_places(reader)
        if not places:
            return None
        separator, printed = _read_date_after(reader)
    else:
        separator, reader.at = "", printed.span.end
        places = _read_places_after_date(reader)
    tail = read_tail(reader, dated=printed is not None)
    return ParsedDateline(
        span=Span(start, tail.stop),
        places=tuple(places),
        date=printed or tail.date,
        separator=separator,
        credit=tail.credit,
        credit_form=tail.credit_form,
        closing=tail.closing,
        correspondent=tail.correspondent,
        rest=reader.at,
    )


def _read_places_after_date(reader: LineScanner) -> list[PrintedPlace]:
    """`3 мая, Минск /Корр. БЕЛТА/`: places after the date, where an agency or a dash follows."""
    before = reader.at
    if reader.peek() == ",":
        reader.at += 1
        reader.skip_spaces()
        places = read_places(reader)
        after = reader.at
        tail = read_tail(reader, dated=False)
        is_bare = tail.closing in _DASHES and all(named.is_capitals for named in places)
        if places and ((tail.credit and tail.credit.known) or is_bare):
            reader.at = after
            return places
    reader.at = before
    return []


def _read_date_after(reader: LineScanner) -> tuple[str, PrintedDate | None]:
    """What separates place and date, and the date; nothing is read where no date follows."""
    before = reader.at
    reader.skip_spaces()
    if printed := _read_date_in_brackets(reader) or _read_date_between_dashes(reader):
        return "", printed
    separator = reader.peek() if reader.peek() in {",", "."} else ""
    reader.at += len(separator)
    reader.skip_spaces()
    printed = reader.find_date()
    if printed is None:
        reader.at = before
        return separator, None
    reader.at = printed.span.end
    return separator, printed


def _read_date_in_brackets(reader: LineScanner) -> PrintedDate | None:
    """`BRUSSELS, Belgium (May 3, 2024) –`: a press office's date."""
    if reader.peek() != "(":
        return None
    printed = read_printed_date(reader.text, reader.at + 1, reader.end)
    if printed is None or reader.text[printed.span.end : printed.span.end + 1] != ")":
        return None
    reader.at = printed.span.end + 1
    return printed


def _read_date_between_dashes(reader: LineScanner) -> PrintedDate | None:
    """`PALO ALTO, Calif. – June 26, 2025 –`: press offices set off the date by dashes."""
    before = reader.at
    if reader.peek() not in {"-", "–", "—"} or not reader.text[before - 1].isspace():
        return None
    reader.read_closing()
    reader.skip_spaces()
    printed = reader.find_date()
    if printed and printed.year:
        reader.at = printed.span.end
        if reader.is_at_closing():
            return printed
    reader.at = before
    return None
