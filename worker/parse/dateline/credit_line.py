"""The credit and the closing of a dateline, however they are set off."""

import re

import msgspec

from worker.parse.dateline.agencies import Credit, read_credit
from worker.parse.dateline.parsed import CreditForm
from worker.parse.dateline.scanner import LineScanner
from worker.parse.dates import PrintedDate, read_printed_date

__all__ = ["DatelineTail", "read_tail"]

_DASHES = frozenset({"-", "--", "–", "—"})

# "(Newsfile Corp. - June 26, 2025)", "(Marketwired - Jan. 4, 2016)": date beside the agency.
_WITH_DATE = re.compile(r"[^\S\n]+[-–—][^\S\n]+")

# "--(BUSINESS WIRE)--June 26, 2025--", "/ ACCESSWIRE / June 26, 2025 /": the date behind it.
_BEFORE_LATE_DATE = re.compile(r"[^\S\n]*(?:--|[-–—/])?[^\S\n]*")
_AFTER_LATE_DATE = re.compile(r"(?P<slash>[^\S\n]*/)|[^\S\n]*(?P<dash>--|[-–—])")

# "ASTANA. KAZINFORM The fair opened": an agency in capitals, then the text at once.
_SHOUTED = re.compile(r"[^\W\d_a-zа-я]{6,}[^\S\n][^\W\d_a-zа-я][^\W\d_A-ZА-Я]")

_SIGNED = re.compile(r",[ ](?P<name>[^\W\d_]+(?:[ ][^\W\d_]+){1,2})(?=\.)")


class DatelineTail(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What follows place and date; `stop` is where the dateline ends, its closing left out."""

    stop: int
    credit: Credit | None = None
    credit_form: CreditForm = CreditForm.NONE
    closing: str = ""
    correspondent: str | None = None
    date: PrintedDate | None = None


def read_tail(reader: LineScanner, *, dated: bool) -> DatelineTail:
    """The tail that begins here; every part of it may be missing."""
    start = stop = reader.at
    credit, mark = _read_set_off(reader, dated=dated)
    stop = reader.at if credit else stop
    if credit and not dated and (late := _read_late_date(reader, start, stop)):
        return DatelineTail(
            stop=late[0], credit=credit, credit_form=mark, closing=late[2], date=late[1]
        )
    closing = reader.read_closing(dated=dated)
    if closing in _DASHES and (credit is None or credit.known):
        later, later_mark = _read_between_dashes(reader)
        if later:
            credit, mark, stop = later, later_mark, reader.at
            late = None if dated else _read_late_date(reader, start, stop)
            if late:
                return DatelineTail(
                    stop=late[0], credit=credit, credit_form=mark, closing=late[2], date=late[1]
                )
            closing = reader.read_closing()
    if (
        credit
        and mark is CreditForm.BARE
        and (signed := _SIGNED.match(reader.text, stop, reader.end))
    ):
        reader.at = signed.end() + 1
        return DatelineTail(
            stop=signed.end(),
            credit=credit,
            credit_form=mark,
            closing=".",
            correspondent=signed["name"],
        )
    correspondent = credit.correspondent if credit else None
    return DatelineTail(
        stop=stop, credit=credit, credit_form=mark, closing=closing, correspondent=correspondent
    )


def _read_set_off(reader: LineScanner, *, dated: bool) -> tuple[Credit | None, CreditForm]:
    """The credit after place and date, however it is set off."""
    before = reader.at
    stopped = reader.peek() == "."
    if reader.peek() in {",", "."}:
        reader.at += 1
    reader.skip_spaces()
    if bracket := reader.read_bracket():
        if credit := read_credit(bracket[0]):
            return credit, CreditForm.ROUND if bracket[1] == "(" else CreditForm.SLASHES
        reader.at = before
        return None, CreditForm.NONE
    credit_at = reader.at
    if credit := reader.read_bare_credit():
        if reader.is_at_closing() or (dated and reader.is_at_full_stop()):
            return credit, CreditForm.BARE
        if stopped and _SHOUTED.match(reader.text, credit_at, reader.end):
            return credit, CreditForm.BARE
        reader.at = before
        return None, CreditForm.NONE
    reader.at = before
    return _read_after_dash(reader) if dated else (None, CreditForm.NONE)


def _read_between_dashes(reader: LineScanner) -> tuple[Credit | None, CreditForm]:
    """`LONDON--(BUSINESS WIRE)--`, `LIMA (AP) - (Kyodo)—`: a known agency after the first dash."""
    before = reader.at
    reader.skip_spaces()
    bracket = reader.read_bracket() if reader.peek() == "(" else None
    credit = read_credit(bracket[0]) if bracket else None
    if credit and credit.known and reader.is_at_closing():
        return credit, CreditForm.ROUND
    bare = None if bracket else reader.read_bare_credit()
    if bare and reader.is_at_closing():
        return bare, CreditForm.BARE
    reader.at = before
    return None, CreditForm.NONE


def _read_late_date(
    reader: LineScanner, start: int, stop: int
) -> tuple[int, PrintedDate, str] | None:
    """Where the line ends, its date and its closing, where the date stands beside the agency.

    It stands inside its brackets or behind them. Source: Business Wire's, Newsfile's and
    Accesswire's published copy.
    """
    inside = _WITH_DATE.search(reader.text, start, stop)
    if inside and reader.text[stop - 1] == ")":
        printed = read_printed_date(reader.text, inside.end(), stop)
        if printed and printed.span.end == stop - 1:
            return stop, printed, reader.read_closing()
    at = _BEFORE_LATE_DATE.match(reader.text, stop, reader.end).end()  # type: ignore[union-attr]
    printed = read_printed_date(reader.text, at, reader.end) if at > stop else None
    closed = printed and _AFTER_LATE_DATE.match(reader.text, printed.span.end, reader.end)
    if not printed or not closed:
        return None
    reader.at = closed.end()
    return (
        closed.end() if closed["slash"] else printed.span.end,
        printed,
        closed["dash"] or "-",
    )


def _read_after_dash(reader: LineScanner) -> tuple[Credit | None, CreditForm]:
    """`МОСКВА, 31 дек - РИА Новости.`: the agency after the dash, ended by a full stop or comma."""
    before = reader.at
    if reader.read_closing() in {"-", "–", "—", "--"}:
        reader.skip_spaces()
        credit = reader.read_bare_credit()
        if credit and reader.peek() in {".", ",", ":"}:
            return credit, CreditForm.BARE
    reader.at = before
    return None, CreditForm.NONE
