"""Dates as wires print them, in twelve languages, resolved to a year by the item's own date."""

import datetime
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from worker.model import Span

__all__ = [
    "DateOrder",
    "PrintedDate",
    "is_mismatch",
    "is_month",
    "read_printed_date",
    "resolve_date",
]

MISMATCH_DAYS = 3
"""Days between dateline and item: a dateline may be a day ahead of UTC, a story two on hold."""

_HALF_YEAR = 182

_MONTH_NAMES = (
    "january января январь janvier enero gennaio januar janeiro",
    "february февраля февраль février febrero febbraio februar fevereiro",
    "march марта март mars marzo märz março",
    "april апреля апрель avril abril aprile",
    "may мая май mai mayo maggio maio",
    "june июня июнь juin junio giugno juni junho",
    "july июля июль juillet julio luglio juli julho",
    "august августа август août agosto",
    "september сентября сентябрь septembre septiembre setiembre settembre setembro",
    "october октября октябрь octobre octubre ottobre oktober outubro",
    "november ноября ноябрь novembre noviembre novembro",
    "december декабря декабрь décembre diciembre dicembre dezember dezembro",
)
"""English, Russian (genitive first), French, Spanish, Italian, German, Portuguese."""

_WHOLE_MONTH_NAMES = (
    "stycznia ledna січня januari ocak",
    "lutego února лютого februari şubat",
    "marca března березня maart mart",
    "kwietnia dubna квітня april nisan",
    "maja května травня mei mayıs",
    "czerwca června червня juni haziran",
    "lipca července липня juli temmuz",
    "sierpnia srpna серпня augustus ağustos",
    "września září вересня september eylül",
    "października října жовтня oktober ekim",
    "listopada listopadu листопада november kasım",
    "grudnia prosince грудня december aralık",
)
"""Polish, Czech, Ukrainian, Dutch, Turkish: in full only; cut short they are other words."""


def _months() -> Mapping[str, int]:
    """Return the months by name and by each unique abbreviation of three letters or more."""
    abbreviations: dict[str, set[int]] = {}
    full: dict[str, int] = {}
    for number, names in enumerate(_MONTH_NAMES, start=1):
        for name in names.split():
            full[name] = number
            for length in range(3, len(name)):
                abbreviations.setdefault(name[:length], set()).add(number)
    unique = {cut: numbers.pop() for cut, numbers in abbreviations.items() if len(numbers) == 1}
    for number, names in enumerate(_WHOLE_MONTH_NAMES, start=1):
        full.update(dict.fromkeys(names.split(), number))
    return unique | full


_MONTHS = _months()
_ONLY_WHOLE = frozenset(" ".join(_WHOLE_MONTH_NAMES).split()) - frozenset(
    " ".join(_MONTH_NAMES).split()
)

# "June 26", "Dec. 03, 2019", "JUL 11", "Tuesday, March 3": English, and Italian wires. The figures
# of "May 1.5 percent", "May 10:30" and "June 10,000" are no days.
_MONTH_DAY = re.compile(
    r"""
    (?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?[,.]?\ )?   # weekday
    (?P<month>[^\W\d_]{3,12})\.?[ \u00a0\u202f]{0,2}
    (?P<day>\d{1,2})(?:st|nd|rd|th)?(?!\d|[.:]\d|,\d{1,3}(?!\d))
    (?:,?[ \u00a0\u202f]{0,2}(?P<year>(?:19|20)\d\d)(?!\d))?
    """,
    re.VERBOSE,
)

# "12 января", "2 October", "21 ene", "1er août 2024", "3 de mayo de 2021", "5 MAY 89 --". A year of
# two digits needs the bracket or the dash, since "16 DEC 89 people" counts people.
_DAY_MONTH = re.compile(
    r"""
    (?P<day>\d{1,2})(?:er|º|°|\.|st|nd|rd|th)?[ \u00a0\u202f]{0,2}(?:de[ ]|d[’'])?
    (?P<month>[^\W\d_]{3,12})(?:\.(?=[ ]?[\d(/\-–—]))?
    (?:,?[ \u00a0\u202f]{1,2}(?:de[ ])?
       (?P<year>\d{4}(?!\d)|\d{2}(?=[ ]?[(\[/]|[ ][-–—]))(?:[ ]г(?:ода|\.))?)?
    """,
    re.VERBOSE,
)

# "24.11.2021", "4/4/2018", "4-4-2018": the day first, unless the second number is over 12.
_NUMERIC = re.compile(r"(?P<first>\d{1,2})[./-](?P<second>\d{1,2})[./-](?P<year>\d{4})(?!\d)")

# "2021-11-24". Source: ISO 8601.
_ISO = re.compile(r"(?P<year>(?:19|20)\d\d)[-./](?P<month>\d{2})[-./](?P<day>\d{2})(?!\d)")

# "MADRID, 3 (EUROPA PRESS)": a day alone. Source: Europa Press's published copy.
_DAY_ALONE = re.compile(r"(?P<day>\d{1,2})(?=\.?[ ]\()")

_NO_DATE = re.compile(r"NO DATE|NO DATE GIVEN")

_FIRST_LETTERS = frozenset(name[:3] for name in _MONTHS) | frozenset(
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "no ")
)
"""The letters with which a date may begin: most words are left at once."""


class DateOrder(StrEnum):
    """The order of a printed date's parts; `NONE` for the words "no date"."""

    NONE = "none"
    MONTH_DAY = "month-day"
    DAY_MONTH = "day-month"
    NUMERIC = "numeric"
    DAY = "day"


class PrintedDate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A date as printed; `day` is 0 for the words "no date", `month` is 0 for a day alone."""

    span: Span
    order: DateOrder
    day: int = 0
    month: int = 0
    year: int | None = None

    @property
    def month_day(self) -> str | None:
        """The day as "--01-12", None if no month is printed. Source: ISO 8601."""
        return f"--{self.month:02}-{self.day:02}" if self.day and self.month else None


def is_month(word: str) -> bool:
    """True for the name of a month or its abbreviation, with or without a full stop.

    Names that count only in full are left out: Dubna is a town.
    """
    folded = word.rstrip(".").lower()
    return folded in _MONTHS and folded not in _ONLY_WHOLE


def read_printed_date(text: str, at: int, end: int) -> PrintedDate | None:
    """Return the date that begins exactly at `at`, None if none does."""
    first = text[at : at + 1]
    if first.isdigit():
        return _read_day_first(text, at, end)
    if text[at : at + 3].lower() not in _FIRST_LETTERS:
        return None
    if match := _MONTH_DAY.match(text, at, end):
        return _with_month_name(match, DateOrder.MONTH_DAY)
    if match := _NO_DATE.match(text, at, end):
        return PrintedDate(span=Span(at, match.end()), order=DateOrder.NONE)
    return None


def _read_day_first(text: str, at: int, end: int) -> PrintedDate | None:
    """Read a date that begins with a figure."""
    # `12 января`
    if match := _DAY_MONTH.match(text, at, end):
        return _with_month_name(match, DateOrder.DAY_MONTH)
    # `24.11.2021`
    if match := _NUMERIC.match(text, at, end):
        day, month = int(match["first"]), int(match["second"])
        if month > 12:
            day, month = month, day
        parts = day, month, int(match["year"])
        return _checked(Span(at, match.end()), DateOrder.NUMERIC, parts)
    # `2021-11-24`
    if match := _ISO.match(text, at, end):
        parts = int(match["day"]), int(match["month"]), int(match["year"])
        return _checked(Span(at, match.end()), DateOrder.NUMERIC, parts)
    # `MADRID, 3 (EUROPA PRESS)`
    match = _DAY_ALONE.match(text, at, end)
    if not match or not 1 <= int(match["day"]) <= 31:
        return None
    return PrintedDate(span=Span(*match.span()), order=DateOrder.DAY, day=int(match["day"]))


def _with_month_name(match: re.Match[str], order: DateOrder) -> PrintedDate | None:
    month = _MONTHS.get(match["month"].lower())
    if month is None:
        return None
    year = int(match["year"]) if match["year"] else None
    # `16 DEC 89` is of the last century.
    if year is not None and year < 100:
        year += 1900 if year >= 50 else 2000
    return _checked(Span(*match.span()), order, (int(match["day"]), month, year))


def _checked(
    span: Span, order: DateOrder, parts: tuple[int, int, int | None]
) -> PrintedDate | None:
    """Return the date, None if its day or month is out of range."""
    day, month, year = parts
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return PrintedDate(span=span, order=order, day=day, month=month, year=year)


def resolve_date(
    printed: PrintedDate, published: datetime.date | None = None
) -> datetime.date | None:
    """Return the day that is meant, None if neither a year nor `published` is known.

    Without a printed year it is the day nearest to `published`.

    >>> printed = read_printed_date("December 31", 0, 11)
    >>> resolve_date(printed, datetime.date(2025, 1, 1))
    datetime.date(2024, 12, 31)
    """
    if not printed.day:
        return None
    if printed.year is not None:
        return _date(printed.year, printed.month, printed.day)
    if published is None:
        return None
    if not printed.month:
        return _nearest(published, (_month_beside(published, turn) for turn in (0, -1, 1)), printed)
    day = _date(published.year, printed.month, printed.day)
    if day and abs((day - published).days) < _HALF_YEAR:
        return day
    years = ((published.year + turn, printed.month) for turn in (0, -1, 1))
    return _nearest(published, years, printed)


def _month_beside(published: datetime.date, turn: int) -> tuple[int, int]:
    """Return year and month that lie `turn` months after those of `published`."""
    years, month = divmod(published.month - 1 + turn, 12)
    return published.year + years, month + 1


def _nearest(
    published: datetime.date, months: Iterable[tuple[int, int]], printed: PrintedDate
) -> datetime.date | None:
    """Return the printed day in the month in which it is nearest to `published`."""
    days = (_date(year, month, printed.day) for year, month in months)
    return min(
        (day for day in days if day), key=lambda day: abs((day - published).days), default=None
    )


def is_mismatch(day: datetime.date | None, published: datetime.date | None) -> bool:
    """True if the printed day and the item's own are too far apart for both to be right."""
    return bool(day and published and abs((day - published).days) > MISMATCH_DAYS)


def _date(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
