"""Dates as feeds, wires and HTTP write them: ISO 8601, RFC 822 and what is made of them."""

import re
from datetime import UTC, datetime, timedelta, timezone

from worker.feeds.date_words import MONTHS, NATIVE, ZONES

__all__ = ["read_timestamp"]

_LIMIT_CHARS = 120

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
_CLOCK = re.compile(
    r"""
    # 10:30:00.5   9:05 p.m.   103000   1030
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
_OFFSET = re.compile(
    r"(?P<sign>[+\-\u2212])\s?(?P<hours>\d{1,2})(?: ?:? ?(?P<minutes>\d{2}))?(?::\d{2})?(?!\d)"
)
_ZONE_WORD = re.compile(r"\b[A-Za-z]{1,5}\b")
_NUMERIC = re.compile(
    # 12.01.2026   01/12/2026   12-01-26
    r"(?<!\d)(?P<first>\d{1,2})(?P<sep>[./-])(?P<second>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})(?!\d)"
)
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_PACKED = re.compile(r"^(?P<day>[12]\d{7})(?P<clock>\d{6}|\d{4})(?P<zone>(?:[Zz]|[+-]\d{4})?)$")
"""`20260112103000`, as databases and old wires write it."""


def read_timestamp(written: str) -> datetime | None:
    """The moment in UTC, or None where the words are no date or the date does not exist.

    A date without a zone, or with one that nobody knows, is taken for UTC.

    >>> read_timestamp("Mon, 12 Jan 2026 10:30:00 MSK").isoformat()
    '2026-01-12T07:30:00+00:00'
    >>> read_timestamp("2026-02-30T10:00:00Z") is None
    True
    """
    if usual := _USUAL.fullmatch(written):
        return _read_usual(usual)
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


def _read_usual(found: re.Match[str]) -> datetime | None:
    month = MONTHS.get(found["month"].lower())
    day, hour, minute = int(found["day"]), int(found["hour"]), int(found["minute"])
    second, year = min(int(found["second"]), 59), int(found["year"])
    if month is None or int(found["second"]) > 60:
        return None
    days, hour = divmod(hour, 24) if (hour, minute, second) == (24, 0, 0) else (0, hour)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC) + timedelta(days)
        if found["sign"] is None:
            return moment
        ahead = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
        if ahead >= timedelta(days=1):
            return None
        return moment - ahead if found["sign"] == "+" else moment + ahead
    except (ValueError, OverflowError):
        return None


def _read_iso(found: re.Match[str]) -> datetime | None:
    year = int(found["year"])
    if found["ordinal"]:
        day = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=int(found["ordinal"]) - 1)
        if day.year != year:
            return None
    else:
        if found["month"] and found["sep"] == "" and found["day"] is None and not found["rest"]:
            return None  # 202601 is a number as likely as a month
        day = datetime(year, int(found["month"] or 1), int(found["day"] or 1), tzinfo=UTC)
    return _with_clock(day, found["rest"] or "")


def _read_words(written: str) -> datetime | None:
    if _EPOCH.fullmatch(written):
        seconds = int(written[:10]) if len(written) == 13 else int(written)
        return datetime.fromtimestamp(seconds, UTC)
    if numeric := _NUMERIC.search(written):
        day = _numeric_day(numeric)
        rest = written[: numeric.start()] + " " + written[numeric.end() :]
        return _with_clock(day, rest)
    clock = _CLOCK.search(written)
    before = written[: clock.start()] if clock else written
    behind = written[clock.end() :] if clock else ""
    month = _month(before) or _month(behind)
    if month is None:
        return None
    found = _worded_day(before, behind, month, has_clock=clock is not None)
    return _with_clock(found, written) if found else None


def _month(words: str) -> int | None:
    """The last month named: `mar 12 gen` is a Tuesday in January."""
    for word in reversed(_WORD.findall(words.lower())):
        if month := MONTHS.get(word) or MONTHS.get(word[:4]) or MONTHS.get(word[:3]):
            return month
    return None


def _worded_day(before: str, behind: str, month: int, *, has_clock: bool) -> datetime | None:
    """The day of `Mon, 12 Jan 2026`, `January 12, 2026` and `Mon Jan 12 10:30:00 MSK 2026`."""
    numbers = [*_NUMBER.findall(before)]
    if len(numbers) < 2 and has_clock:
        numbers += [number for number in _NUMBER.findall(behind) if len(number) == 4][-1:]
    if len(numbers) < 2:
        return None
    day, year = numbers[:2]
    if len(day) == 4:
        day, year = year, day
    if len(day) > 2 or len(year) not in {2, 4}:
        return None
    return datetime(_whole_year(year), month, int(day), tzinfo=UTC)


def _numeric_day(found: re.Match[str]) -> datetime:
    """Dots put the day first, slashes the month where that is possible; `03-12-31` is ISO's."""
    first, second = int(found["first"]), int(found["second"])
    if found["sep"] == "-" and len(found["year"]) == 2:
        return datetime(_whole_year(found["first"]), second, int(found["year"]), tzinfo=UTC)
    month_first = found["sep"] == "/" and first <= 12
    month, day = (first, second) if month_first else (second, first)
    return datetime(_whole_year(found["year"]), month, day, tzinfo=UTC)


def _whole_year(written: str) -> int:
    """Source: RFC 5322, section 4.3, with the turn of `email.utils`."""
    year = int(written)
    return year if len(written) == 4 else year + (2000 if year < 69 else 1900)


def _with_clock(day: datetime, rest: str) -> datetime | None:
    """The moment on that day that the rest of the words tell; midnight where they tell none."""
    clock = _CLOCK.search(rest) or _PLAIN_CLOCK.search(rest)
    if clock is None:
        is_day_only = not _NUMBER.search(rest) or _month(rest) is not None
        return day if is_day_only and ":" not in rest else None
    hour, minute, second = (int(clock[part] or 0) for part in ("hour", "minute", "second"))
    if half := clock["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in "Pp" else 0)
    next_day = hour == 24 and minute == second == 0
    second = min(second, 59) if second == 60 else second  # a leap second
    micro = int(f"{(clock['fraction'] or '')[:6]:0<6}")
    moment = day.replace(
        hour=0 if next_day else hour, minute=minute, second=second, microsecond=micro
    )
    return (moment + timedelta(days=next_day)).replace(tzinfo=_zone(rest[clock.end() :]))


def _zone(words: str) -> timezone:
    if offset := _OFFSET.search(words):
        minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
        if minutes >= 24 * 60:
            raise ValueError("no such offset")
        return timezone(timedelta(minutes=minutes if offset["sign"] == "+" else -minutes))
    for word in _ZONE_WORD.findall(words):
        minutes = ZONES.get(word.upper(), 0)
        if minutes:
            return timezone(timedelta(minutes=minutes))
    return UTC
