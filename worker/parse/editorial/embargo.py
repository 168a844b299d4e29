"""Embargoes: the instant until which an item must not be published, read in several languages."""

import datetime
import re

import msgspec

from worker.parse.dates import PrintedDate, read_printed_date, resolve_date

__all__ = ["has_instant", "read_embargo"]

# `0600 GMT`, `06:00 UTC`, `6 a.m. EDT`, `6:30 PM ET`, `06h00 GMT`, `06.00 Uhr MESZ`, `10:00 мск`.
_TIME = re.compile(
    r"""
    (?<![\d.:])
    (?P<hour>\d{1,2})
    (?: [:.hH]? (?P<minute>\d{2}) (?::\d{2})? | \s?h(?:\s|$) )?
    (?: \s? (?P<half> [ap]\.?m\.? | [AP]\.?M\.? ) (?![^\W\d_]) )?
    (?: \s? (?: Uhr | uhr | hrs? | hours | heures | horas | ore | часов | h ) (?![^\W\d_]) )?
    (?: \s{0,2} \(? (?P<zone> [^\W\d_]{1,5} (?:\s(?:time|Time|времени))? ) (?![^\W_]) )?
    # `GMT-5`, `UTC +05:30`; without a zone as in ISO 8601, `06:00-05:00`; not `06:00-08:00 GMT`
    (?: (?(zone) \s? | (?=[+−-]\d{2}:?\d{2}(?!\d|\s?\(?[^\W\d_])) )
        (?P<sign>[+−-]) (?P<ahead>\d{1,2}) (?: :?(?P<ahead_minutes>\d{2}) )? (?!\d)
    )?
    """,
    re.VERBOSE,
)

# A date begins at a word or a figure.
_WORD_OR_FIGURE = re.compile(r"(?<![^\W_])[^\W_]")

_HOURS = {
    "Z": 0, "GMT": 0, "UTC": 0, "UT": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "MEZ": 1,
    "CEST": 2, "MESZ": 2, "HEC": 1, "EET": 2, "SAST": 2, "EEST": 3, "MSK": 3, "МСК": 3, "TRT": 3,
    "AST": -4, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8,
    "PDT": -7, "IST": 5.5, "PKT": 5, "SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "МОСКОВСКОГО ВРЕМЕНИ": 3, "MOSCOW TIME": 3,
}  # fmt: skip
"""Hours ahead of UTC of the zones that embargo lines print."""

_FURTHEST_HOURS = 14
"""The greatest offset from UTC that a zone has, on Kiritimati."""

_AMERICAN = {"ET": -5, "CT": -6, "MT": -7, "PT": -8}
"""Hours ahead of UTC, in winter, of American zones that leave summer time open: `ET`."""

_MONTH_FIRST = frozenset({*_AMERICAN, "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"})
_AMERICAN_DATE = re.compile(r"\d{1,2}([/-])\d{1,2}\1\d{4}")

_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday lundi lunes montag lunedì понедельник",
            "tuesday mardi martes dienstag martedì вторник",
            "wednesday mercredi miércoles mittwoch mercoledì среда среды",
            "thursday jeudi jueves donnerstag giovedì четверг",
            "friday vendredi viernes freitag venerdì пятница пятницы",
            "saturday samedi sábado samstag sabato суббота субботы",
            "sunday dimanche domingo sonntag domenica воскресенье",
        )
    )
    for name in names.split()
}
_WORDS = re.compile(r"[^\W\d_]{4,14}")

_LONGEST = 300
"""Code points of an embargo line that are read."""

_SEARCHED_DAYS = range(-1, 9)
"""Days around publication in which a time without a date is looked for: over a week ahead, since a
weekday may be named, and a day back, since in the time's own zone it may still be yesterday."""


def has_instant(words: str) -> bool:
    """True if a day or a time is printed near the beginning of `words`.

    >>> has_instant(" 0600 GMT"), has_instant(" 2030, ministers say")
    (True, False)
    """
    words = words[:_LONGEST]
    return _find_day(words) is not None or _find_time(words) is not None


def read_embargo(words: str, published: datetime.datetime | None) -> datetime.datetime | None:
    """Return the instant that an embargo line names, None unless time, zone and day are known.

    Without a printed day it is the first instant with that time after `published`.

    >>> read_embargo("EMBARGOED UNTIL 3 May 2025, 6 a.m. EDT", None).isoformat()
    '2025-05-03T06:00:00-04:00'
    """
    words = words[:_LONGEST]
    printed = _find_day(words)
    time = _find_time(words if printed is None else _without(words, printed))
    if time is None:
        return None
    if printed is None:
        return _next_after(published, time, _find_weekday(words)) if published else None
    if _zone_name(time) in _MONTH_FIRST:
        printed = _month_first(printed, words)
    day = resolve_date(printed, published.date() if published else None)
    return _instant(day, time) if day and day < datetime.date.max else None


def _month_first(printed: PrintedDate, words: str) -> PrintedDate:
    """Return a date beside an American zone, with the month first: `05/03/2027`."""
    day, month = printed.day, printed.month
    is_open = _AMERICAN_DATE.fullmatch(printed.span.of(words)) and day and day <= 12
    return msgspec.structs.replace(printed, day=month, month=day) if is_open else printed


def _without(words: str, printed: PrintedDate) -> str:
    """Return the words without the date, whose figures could be read as a time."""
    span = printed.span
    return f"{words[: span.start]} {words[span.end :].removeprefix('T')}"


def _find_day(words: str) -> PrintedDate | None:
    for start in _WORD_OR_FIGURE.finditer(words):
        printed = read_printed_date(words, start.start(), len(words))
        if printed and printed.month_day:
            return printed
    return None


def _find_time(words: str) -> re.Match[str] | None:
    """Return the first figure that is sure to be a time: `06:00`, `6 a.m.`, `0600 GMT`.

    `0600` by itself may be a number, and `06.00` a price or a date.
    """
    for time in _TIME.finditer(words):
        is_known_zone = _zone_name(time) in _HOURS or _zone_name(time) in _AMERICAN
        has_separator = time["minute"] and time[0].strip()[2:3] in ":h"
        if time["half"] or is_known_zone or has_separator:
            return time
    return None


def _zone_name(time: re.Match[str]) -> str:
    return (time["zone"] or "").upper()


def _clock(time: re.Match[str]) -> datetime.time | None:
    hour, minute = int(time["hour"]), int(time["minute"] or 0)
    half = (time["half"] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime.time(0 if hour == 24 else hour, minute)
    except ValueError:
        return None


def _instant(day: datetime.date, time: re.Match[str]) -> datetime.datetime | None:
    """Return the time on a day, None if its hour or its zone is unknown."""
    clock, hours = _clock(time), _hours_ahead(time, day)
    if clock is None or hours is None:
        return None
    zone = datetime.timezone(datetime.timedelta(hours=hours))
    is_next_day = int(time["hour"]) == 24  # `24:00` ends the day
    return datetime.datetime.combine(day, clock, tzinfo=zone) + datetime.timedelta(days=is_next_day)


def _hours_ahead(time: re.Match[str], day: datetime.date) -> float | None:
    zone = _zone_name(time)
    if time["sign"]:
        hours = int(time["ahead"]) + int(time["ahead_minutes"] or 0) / 60
        is_offset = zone in {"", "GMT", "UTC", "UT"} and hours <= _FURTHEST_HOURS
        return (hours if time["sign"] == "+" else -hours) if is_offset else None
    if zone in _AMERICAN:
        return _AMERICAN[zone] + _is_american_summer(day)
    return _HOURS.get(zone)


def _is_american_summer(day: datetime.date) -> bool:
    """True from the second Sunday of March to the first of November.

    Source: Energy Policy Act of 2005.
    """
    march, november = datetime.date(day.year, 3, 14), datetime.date(day.year, 11, 7)
    begins = march - datetime.timedelta(days=(march.weekday() + 1) % 7)
    ends = november - datetime.timedelta(days=(november.weekday() + 1) % 7)
    return begins <= day < ends


def _find_weekday(words: str) -> int | None:
    """Return the number of the weekday that is named, 0 for Monday, None if none is."""
    numbers = (_WEEKDAYS.get(word[0].lower()) for word in _WORDS.finditer(words))
    return next((number for number in numbers if number is not None), None)


def _next_after(
    published: datetime.datetime, time: re.Match[str], weekday: int | None
) -> datetime.datetime | None:
    """Return the first instant with that time after `published`, on the weekday if it is given."""
    for days in _SEARCHED_DAYS:
        try:
            day = published.date() + datetime.timedelta(days=days)
            instant = _instant(day, time)
        except OverflowError:
            continue
        if instant and instant > published and weekday in {None, day.weekday()}:
            return instant
    return None
