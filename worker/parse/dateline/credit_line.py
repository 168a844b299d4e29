"""The tail of a dateline: the credit, the closing mark, and a date or signature beside the credit.

MOSCOW, January 12. /TASS/.                  slashes and a full stop
KYIV, Jan 24 (Reuters) -                     brackets and a dash
NEW YORK--(BUSINESS WIRE)--June 26, 2025--   a date behind the credit
ASTANA. KAZINFORM The fair opened            no marks at all
"""

import re

import msgspec

from worker.parse.dateline.agencies import Credit, read_credit, read_source
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

# "ASTANA. KAZINFORM The fair opened", "РЕГНУМ В Осло": an agency in capitals, then the text.
_CAPITALS_BEFORE_TEXT = re.compile(
    r"[^\W\d_a-zа-я]{6,}[^\S\n](?:[^\W\d_a-zа-я][^\W\d_A-ZА-Я]|[ВСКОУ][ ][^\W\d_])"
)

# "МОСКВА, 31 дек - РИА Новости, Иван Мое.": the correspondent behind a bare credit.
_SIGNATURE = re.compile(r",[ ](?P<name>[^\W\d_]+(?:[ ][^\W\d_]+){1,2})(?=\.)")


_BYLINE = re.compile(r"[ ]/(?P<name>[^\W\d_]+(?:[ ][^\W\d_][\w.’'-]*){1,3})/(?=[ ]?[-–—])")


class DatelineTail(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The part of a dateline behind its place and date.

    `stop` is the end of the dateline, its closing mark left out.
    """

    stop: int
    credit: Credit | None = None
    credit_form: CreditForm = CreditForm.NONE
    closing: str = ""
    correspondent: str | None = None
    date: PrintedDate | None = None


def read_tail(scanner: LineScanner, *, dated: bool) -> DatelineTail:
    """Read the tail that begins here; each of its parts may be missing.

    Args:
        scanner: Moves on to the text of the story.
        dated: A date stands before the tail.
    """
    start = scanner.at
    credit, form = _read_set_off_credit(scanner, dated=dated)
    stop = scanner.at
    if tail := _read_late_date(scanner, start, credit, form, dated=dated):
        return tail
    closing = scanner.read_closing(dated=dated)
    if closing in _DASHES and (credit is None or credit.known):
        # `LIMA (AP) - (Kyodo)—`: the agency behind the dash relays or owns the story.
        owner, owner_form = _read_credit_between_dashes(scanner)
        if owner:
            credit, form, stop = owner, owner_form, scanner.at
            if tail := _read_late_date(scanner, start, credit, form, dated=dated):
                return tail
            closing = scanner.read_closing()
    if credit and (tail := _read_signature(scanner, stop, credit, form)):
        return tail
    correspondent = credit.correspondent if credit else None
    return DatelineTail(
        stop=stop, credit=credit, credit_form=form, closing=closing, correspondent=correspondent
    )


def _read_signature(
    scanner: LineScanner, stop: int, credit: Credit, form: CreditForm
) -> DatelineTail | None:
    """`РИА Новости, Иван Мое.`: a bare credit with the correspondent's name behind it."""
    if form is not CreditForm.BARE:
        return None
    # `KAZINFORM /Ann Moe/ -`
    if byline := _BYLINE.match(scanner.text, stop, scanner.end):
        scanner.at = byline.end()
        name, closing = byline["name"], scanner.read_closing()
        return DatelineTail(
            stop=stop, credit=credit, credit_form=form, closing=closing, correspondent=name
        )
    signature = _SIGNATURE.match(scanner.text, stop, scanner.end)
    if not signature:
        return None
    scanner.at = signature.end() + 1
    return DatelineTail(
        stop=signature.end(),
        credit=credit,
        credit_form=form,
        closing=".",
        correspondent=signature["name"],
    )


def _read_set_off_credit(scanner: LineScanner, *, dated: bool) -> tuple[Credit | None, CreditForm]:
    """Read the credit in brackets, in slashes, bare or behind a dash; stay if there is none."""
    before = scanner.at
    is_behind_full_stop = scanner.peek() == "."
    if scanner.peek() in {",", "."}:
        scanner.at += 1
    scanner.skip_spaces()
    if bracket := scanner.read_bracket():
        credit = read_credit(bracket[0]) or (read_source(bracket[0]) if dated else None)
        form = CreditForm.ROUND if bracket[1] == "(" else CreditForm.SLASHES
        # `LIMA (file photo) -`: brackets without a credit end the search.
        if credit is None:
            scanner.at = before
            return None, CreditForm.NONE
        return credit, form
    credit_at = scanner.at
    if credit := scanner.read_bare_credit():
        if _stands_as_credit(scanner, credit_at, dated=dated, stopped=is_behind_full_stop):
            return credit, CreditForm.BARE
        scanner.at = before
        return None, CreditForm.NONE
    scanner.at = before
    return _read_credit_after_dash(scanner) if dated else (None, CreditForm.NONE)


def _stands_as_credit(scanner: LineScanner, credit_at: int, *, dated: bool, stopped: bool) -> bool:
    """True if the agency just read without marks credits the line, and is no word of a sentence."""
    # `SYDNEY March 22 AAP -`; with a date `YEREVAN, JUNE 26, ARMENPRESS.` too
    if scanner.is_at_closing() or (dated and scanner.is_at_full_stop()):
        return True
    # `ASTANA. May 18. KAZINFORM /Ann Moe/ -`
    if _BYLINE.match(scanner.text, scanner.at, scanner.end):
        return True
    # `ASTANA. KAZINFORM The fair opened`
    return stopped and bool(_CAPITALS_BEFORE_TEXT.match(scanner.text, credit_at, scanner.end))


def _read_credit_between_dashes(scanner: LineScanner) -> tuple[Credit | None, CreditForm]:
    """`LONDON--(BUSINESS WIRE)--`, `LIMA (AP) - (Kyodo)—`: a known agency after the first dash."""
    before = scanner.at
    scanner.skip_spaces()
    bracket = scanner.read_bracket() if scanner.peek() == "(" else None
    credit = read_credit(bracket[0]) if bracket else None
    if credit and credit.known and scanner.is_at_closing():
        return credit, CreditForm.ROUND
    bare = None if bracket else scanner.read_bare_credit()
    if bare and scanner.is_at_closing():
        return bare, CreditForm.BARE
    scanner.at = before
    return None, CreditForm.NONE


def _read_late_date(
    scanner: LineScanner, start: int, credit: Credit | None, form: CreditForm, *, dated: bool
) -> DatelineTail | None:
    """Return the tail of a line whose date stands beside the agency, None if it has none there.

    Source: Business Wire's, Newsfile's and Accesswire's published copy.
    """
    if credit is None or dated:
        return None
    stop = scanner.at
    return _read_date_inside_brackets(
        scanner, start, stop, credit, form
    ) or _read_date_behind_credit(scanner, stop, credit, form)


def _read_date_inside_brackets(
    scanner: LineScanner, start: int, stop: int, credit: Credit, form: CreditForm
) -> DatelineTail | None:
    """`(Newsfile Corp. - June 26, 2025) -`: the date ends with the brackets."""
    dash = _WITH_DATE.search(scanner.text, start, stop)
    if not dash or scanner.text[stop - 1] != ")":
        return None
    printed = read_printed_date(scanner.text, dash.end(), stop)
    if not printed or printed.span.end != stop - 1:
        return None
    closing = scanner.read_closing()
    return DatelineTail(stop=stop, credit=credit, credit_form=form, closing=closing, date=printed)


def _read_date_behind_credit(
    scanner: LineScanner, stop: int, credit: Credit, form: CreditForm
) -> DatelineTail | None:
    """`--(BUSINESS WIRE)--June 26, 2025--`, `/ ACCESSWIRE / June 26, 2025 /`."""
    at = _BEFORE_LATE_DATE.match(scanner.text, stop, scanner.end).end()  # type: ignore[union-attr]
    printed = read_printed_date(scanner.text, at, scanner.end) if at > stop else None
    closed = printed and _AFTER_LATE_DATE.match(scanner.text, printed.span.end, scanner.end)
    if not printed or not closed:
        return None
    scanner.at = closed.end()
    return DatelineTail(
        stop=closed.end() if closed["slash"] else printed.span.end,
        credit=credit,
        credit_form=form,
        closing=closed["dash"] or "-",
        date=printed,
    )


def _read_credit_after_dash(scanner: LineScanner) -> tuple[Credit | None, CreditForm]:
    """`МОСКВА, 31 дек - РИА Новости.`: the agency after the dash, then a mark or the text."""
    before = scanner.at
    if scanner.read_closing() in _DASHES:
        scanner.skip_spaces()
        credit_at = scanner.at
        credit = scanner.read_bare_credit()
        if credit and scanner.peek() in {".", ",", ":"}:
            return credit, CreditForm.BARE
        # `МОСКВА, 5 марта 2026, 14:05 — РЕГНУМ Мост открыт`
        if credit and _CAPITALS_BEFORE_TEXT.match(scanner.text, credit_at, scanner.end):
            return credit, CreditForm.BARE
    scanner.at = before
    return None, CreditForm.NONE
