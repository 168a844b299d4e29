"""Timestamps as feeds, wires and HTTP write them: ISO 8601, RFC 822 and their many variants."""

import re
from datetime import UTC, datetime, timedelta, timezone

from worker.feeds.date_words import MONTHS, NATIVE, ZONES

__all__ = ["read_timestamp"]

_LIMIT_CHARS = 120
"""A longer text is no date; the limit bounds the searches below."""

_USUAL = re.compile(
    r"""
    # Mon, 12 Jan 2026 10:30:00 +0300, which nine feeds in ten write
    (?:[A-Z][a-z]{2},[ ])? (?P<day>\d{1,2}) [ ] (?P<month>[A-Z][a-z]{2}) [ ] (?P<year>\d{4}) [ ]
    (?P<hour>\d{2}) : (?P<minute>\d{2}) : (?P<second>\d{2}) [ ]
    (?: GMT | UTC | Z | (?P<sign>[+-]) (?P<hours>\d{2}) (?P<minutes>\d{2}) )
    """,
    re.VERBOSE,
)
_ISO = re.compile(
    r"""
    # 2026-01-12T10:30:00.5+03:00   2026-01-12 10:30 UTC   20260112T103000Z   2026/01/12   2026-01
    (?P<year>\d{4})
    (?: (?P<sep>[-/.]?) (?P<month>\d{1,2}) (?: (?P=sep) (?P<day>\d{1,2}) )?
      | -?(?P<ordinal>\d{3}) )?
    (?P<rest> (?:[Tt]|[\s,]+) .* )?
    """,
    re.VERBOSE | re.DOTALL,
)
_WEEKDAY = re.compile(r"^[^\W\d_]{2,12}\.?, ?(?=\d{4}\D)")
"""`Mon, 2026-01-12 10:30`: a weekday before an ISO date."""
_CLOCK = re.compile(
    r"""
    # 10:30   10:30:00.5   10:30:00:500   9:05 p.m.   9 pm
    (?<![\d:]) (?P<hour>\d{1,2}) (?:
        \s?: \s?(?P<minute>\d{1,2})
        (?: : (?P<second>\d{1,2}) (?: (?:[.,]|:(?=\d{3})) (?P<fraction>\d{1,9}) )? )?
        (?![\d:])
        | (?=\s?[AaPp]\.?[Mm]) )
    (?: \s{0,3}(?P<half>[AaPp])\.?[Mm]\b\.? )?
    """,
    re.VERBOSE,
)
_PLAIN_CLOCK = re.compile(
    r"[Tt](?P<hour>\d{2})(?:(?P<minute>\d{2})(?:(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?P<half>(?!))?(?=$|[Zz+-])"
)
"""`T103000`, `T1030`, `T10`: ISO's basic format. `half` never matches; it gives this pattern the
groups of `_CLOCK`.
"""
_OFFSET = re.compile(
    r"(?P<sign>[+\-\u2212])\s?(?P<hours>\d{1,2})(?: ?:? ?(?P<minutes>\d{2}))?(?::\d{2})?(?!\d)"
)
"""`+0300`, `-5:30`, `+3`, also with a true minus sign (U+2212) or seconds, which are dropped."""
_NO_OFFSET = re.compile(r"[+\-\u2212]\d{5}")
"""`+030000000000`: more digits than an offset has."""
_ZONE_WORD = re.compile(r"\b[A-Za-z]{1,5}\b")
_NUMERIC = re.compile(
    # 12.01.2026   01/12/2026   12-01-26
    r"(?<!\d)(?P<first>\d{1,2})(?P<sep>[./-])(?P<second>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})(?!\d)"
)
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_PACKED = re.compile(r"^(?P<day>[12]\d{7})(?P<clock>\d{6}|\d{4})(?P<zone>(?:[Zz]|[+-]\d{4})?)$")
"""`20260112103000`, the form of databases and old wires."""


def read_timestamp(written: str) -> datetime | None:
    """Return the moment in UTC, or None if the text is no date or the date does not exist.

    A date without a zone, or with an unknown one, is taken as UTC.

    >>> read_timestamp("Mon, 12 Jan 2026 10:30:00 MSK").isoformat()
    '2026-01-12T07:30:00+00:00'
    >>> read_timestamp("2026-02-30T10:00:00Z") is None
    True
    """
    if usual := _USUAL.fullmatch(written):
        return _read_rfc822(usual)
    written = " ".join(written[: _LIMIT_CHARS * 2].split())
    if not 4 <= len(written) <= _LIMIT_CHARS or not any(map(str.isdecimal, written)):
        return None
    for pattern, plain in NATIVE:
        written = pattern.sub(plain, written)
    written = _PACKED.sub(r"\g<day>T\g<clock>\g<zone>", _WEEKDAY.sub("", written))
    try:
        iso = _ISO.fullmatch(written)
        moment = _read_iso(iso) if iso else _read_words(written)
        return moment.astimezone(UTC) if moment else None
    except (ValueError, OverflowError):
        return None


def _read_rfc822(match: re.Match[str]) -> datetime | None:
    """Read the form of nine feeds in ten without the searches that all other forms need."""
    day, month_name, year, hour, minute, second, sign, hours, minutes = match.groups()
    month = MONTHS.get(month_name.lower())
    day, year, hour, minute, second = map(int, (day, year, hour, minute, second))
    if month is None or second > 60:
        return None
    second = min(second, 59)
    # `24:00:00` ends the day that it is written with
    days, hour = divmod(hour, 24) if (hour, minute, second) == (24, 0, 0) else (0, hour)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        moment = moment + timedelta(days) if days else moment
        if sign is None or hours == minutes == "00":
            return moment
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        if ahead >= timedelta(days=1):
            return None
        return moment - ahead if sign == "+" else moment + ahead
    except (ValueError, OverflowError):
        return None


def _read_iso(match: re.Match[str]) -> datetime | None:
    year = int(match["year"])
    if match["ordinal"]:  # `2026-012`
        day = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=int(match["ordinal"]) - 1)
        if day.year != year:
            return None
    else:
        if match["month"] and match["sep"] == "" and match["day"] is None and not match["rest"]:
            return None  # `202601` is a number as likely as a month
        day = datetime(year, int(match["month"] or 1), int(match["day"] or 1), tzinfo=UTC)
    return _at_clock(day, match["rest"] or "")


def _read_words(written: str) -> datetime | None:
    """Read `1768214400`, `12.01.2026 10:30`, `January 12, 2026` and other forms with words."""
    if _EPOCH.fullmatch(written):  # thirteen digits are milliseconds
        seconds = int(written[:10]) if len(written) == 13 else int(written)
        return datetime.fromtimestamp(seconds, UTC)
    if numeric := _NUMERIC.search(written):
        day = _numeric_day(numeric)
        rest = written[: numeric.start()] + " " + written[numeric.end() :]
        return _at_clock(day, rest)
    clock = _CLOCK.search(written)
    before = written[: clock.start()] if clock else written
    after = written[clock.end() :] if clock else ""
    # `10:30, 12 January 2026` has its month behind the clock
    month = _month(before) or _month(after)
    if month is None:
        return None
    named_day = _worded_day(before, after, month, has_clock=clock is not None)
    return _at_clock(named_day, written) if named_day else None


def _month(words: str) -> int | None:
    """Return the last month named: Italian `mar 12 gen` is a Tuesday in January."""
    for word in reversed(_WORD.findall(words.lower())):
        if month := MONTHS.get(word) or MONTHS.get(word[:4]) or MONTHS.get(word[:3]):
            return month
    return None


def _worded_day(before: str, after: str, month: int, *, has_clock: bool) -> datetime | None:
    """Return the day of `Mon, 12 Jan 2026`, `January 12, 2026`, `Mon Jan 12 10:30:00 MSK 2026`.

    `before` and `after` are the words on either side of the clock.
    """
    numbers = [*_NUMBER.findall(before)]
    if len(numbers) < 2 and has_clock:  # `Jan 12 10:30:00 MSK 2026`
        numbers += [number for number in _NUMBER.findall(after) if len(number) == 4][-1:]
    if len(numbers) < 2:
        return None
    day, year = numbers[:2]
    if len(day) == 4:  # `2026 January 12`
        day, year = year, day
    if len(day) > 2 or len(year) not in {2, 4}:
        return None
    return datetime(_full_year(year), month, int(day), tzinfo=UTC)


def _numeric_day(match: re.Match[str]) -> datetime:
    """Read `12.01.2026` day first, `01/12/2026` month first if possible, `03-12-31` as ISO does."""
    first, second = int(match["first"]), int(match["second"])
    if match["sep"] == "-" and len(match["year"]) == 2:
        return datetime(_full_year(match["first"]), second, int(match["year"]), tzinfo=UTC)
    month_first = match["sep"] == "/" and first <= 12
    month, day = (first, second) if month_first else (second, first)
    return datetime(_full_year(match["year"]), month, day, tzinfo=UTC)


def _full_year(written: str) -> int:
    """Return the year with its century. Source: RFC 5322, section 4.3; `email.utils` for 69."""
    year = int(written)
    return year if len(written) == 4 else year + (2000 if year < 69 else 1900)


def _at_clock(day: datetime, rest: str) -> datetime | None:
    """Return the moment of that day at the clock and zone in the rest; midnight without a clock."""
    clock = _CLOCK.search(rest) or _PLAIN_CLOCK.search(rest)
    if clock is None:
        return day if _is_day_only(rest) else None
    hour = _hour(clock)
    if hour is None:
        return None
    minute, second = int(clock["minute"] or 0), _second(clock["second"] or "0")
    is_next_day = hour == 24 and minute == second == 0
    moment = day.replace(
        hour=0 if is_next_day else hour,
        minute=minute,
        second=second,
        microsecond=_microseconds(clock["fraction"] or ""),
    )
    return (moment + timedelta(days=is_next_day)).replace(tzinfo=_zone(rest[clock.end() :]))


def _second(written: str) -> int:
    """Return the second; a leap second, `23:59:60`, counts as the second before it."""
    return 59 if written == "60" else int(written)


def _microseconds(fraction: str) -> int:
    """Return the microseconds of a decimal fraction: 500,000 for `5`, as in `10:30:00.5`."""
    return int(f"{fraction[:6]:0<6}")


def _is_day_only(rest: str) -> bool:
    """True for `12 January 2026`; `2026-01-12 1:` and `2026-01-12 99` are no dates at all."""
    return ":" not in rest and (not _NUMBER.search(rest) or _month(rest) is not None)


def _hour(clock: re.Match[str]) -> int | None:
    """Return the hour from 0 to 24: 0 for `12 a.m.`, 21 for `9 p.m.`; None for `13 p.m.`."""
    hour = int(clock["hour"])
    if not (half := clock["half"]):
        return hour
    if not 1 <= hour <= 12:
        return None
    return hour % 12 + (12 if half in "Pp" else 0)


def _zone(words: str) -> timezone:
    """Return the zone behind the clock: `+0300`, `-5:30`, `MSK`; UTC for all others.

    Raises:
        ValueError: There is an offset that cannot be one, so that the moment is not known.
    """
    if offset := _OFFSET.search(words):
        minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
        if minutes >= 24 * 60:
            raise ValueError("no such offset")
        return timezone(timedelta(minutes=minutes if offset["sign"] == "+" else -minutes))
    if _NO_OFFSET.search(words):
        raise ValueError("no such offset")
    for word in _ZONE_WORD.findall(words):
        minutes = ZONES.get(word.upper(), 0)
        if minutes:
            return timezone(timedelta(minutes=minutes))
    return UTC
