"""Until when an item may not be used, read from an embargo line in several languages."""

import datetime
import re

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
    """,
    re.VERBOSE,
)

# A day as a dateline prints it begins at a word or a figure.
_WORD_OR_FIGURE = re.compile(r"(?<![^\W_])[^\W_]")

_HOURS = {
    "Z": 0, "GMT": 0, "UTC": 0, "UT": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "MEZ": 1,
    "CEST": 2, "MESZ": 2, "HEC": 1, "EET": 2, "SAST": 2, "EEST": 3, "MSK": 3, "МСК": 3, "TRT": 3,
    "AST": -4, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8,
    "PDT": -7, "IST": 5.5, "PKT": 5, "SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "МОСКОВСКОГО ВРЕМЕНИ": 3, "MOSCOW TIME": 3,
}  # fmt: skip
"""Hours ahead of UTC of the zones that embargo lines print."""

_AMERICAN = {"ET": -5, "CT": -6, "MT": -7, "PT": -8}
"""Zones of the United States without word of summer time, by their winter hours."""

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


def has_instant(words: str) -> bool:
    """True when a day or a time is printed near the beginning of `words`.

    >>> has_instant(" 0600 GMT"), has_instant(" 2030, ministers say")
    (True, False)
    """
    words = words[:_LONGEST]
    return _find_day(words) is not None or _find_time(words) is not None


def read_embargo(words: str, published: datetime.datetime | None) -> datetime.datetime | None:
    """The instant that an embargo line names, None unless time, zone and day are known.

    Without a printed day it is the first such time after `published`.

    >>> read_embargo("EMBARGOED UNTIL 3 May 2025, 6 a.m. EDT", None).isoformat()
    '2025-05-03T06:00:00-04:00'
    """
    words = words[:_LONGEST]
    printed = _find_day(words)
    rest = words if printed is None else _without(words, printed)
    found = _find_time(rest)
    if found is None:
        return None
    if printed is None:
        return _next_after(published, found, _find_weekday(words)) if published else None
    day = resolve_date(printed, published.date() if published else None)
    return _instant(day, found) if day else None


def _without(words: str, printed: PrintedDate) -> str:
    span = printed.span
    return f"{words[: span.start]} {words[span.end :].removeprefix('T')}"


def _find_day(words: str) -> PrintedDate | None:
    for at in _WORD_OR_FIGURE.finditer(words):
        printed = read_printed_date(words, at.start(), len(words))
        if printed and printed.month_day:
            return printed
    return None


def _find_time(words: str) -> re.Match[str] | None:
    """A time that says so: with its minutes, its half of the day or a zone that is known."""
    for found in _TIME.finditer(words):
        is_known_zone = _zone_name(found) in _HOURS or _zone_name(found) in _AMERICAN
        is_time = found["half"] or (found["minute"] and is_known_zone) or is_known_zone
        if is_time or (found["minute"] and found[0].strip()[2:3] in ":h"):
            return found
    return None


def _zone_name(found: re.Match[str]) -> str:
    return (found["zone"] or "").upper()


def _clock(found: re.Match[str]) -> datetime.time | None:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    half = (found["half"] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime.time(0 if hour == 24 else hour, minute)
    except ValueError:
        return None


def _instant(day: datetime.date, found: re.Match[str]) -> datetime.datetime | None:
    clock, hours = _clock(found), _hours_ahead(_zone_name(found), day)
    if clock is None or hours is None:
        return None
    zone = datetime.timezone(datetime.timedelta(hours=hours))
    return datetime.datetime.combine(day, clock, tzinfo=zone)


def _hours_ahead(zone: str, day: datetime.date) -> float | None:
    if zone in _AMERICAN:
        return _AMERICAN[zone] + _is_american_summer(day)
    return _HOURS.get(zone)


def _is_american_summer(day: datetime.date) -> bool:
    """True from March's second Sunday to November's first. Source: Energy Policy Act of 2005."""
    march, november = datetime.date(day.year, 3, 14), datetime.date(day.year, 11, 7)
    begins = march - datetime.timedelta(days=(march.weekday() + 1) % 7)
    ends = november - datetime.timedelta(days=(november.weekday() + 1) % 7)
    return begins <= day < ends


def _find_weekday(words: str) -> int | None:
    """The number of the weekday that is named, from 0 for Monday, None where none is."""
    named = (_WEEKDAYS.get(found[0].lower()) for found in _WORDS.finditer(words))
    return next((number for number in named if number is not None), None)


def _next_after(
    published: datetime.datetime, found: re.Match[str], weekday: int | None
) -> datetime.datetime | None:
    """The first time of that name, on that weekday if one is named, after the item came."""
    for days in range(-1, 9):
        try:
            day = published.date() + datetime.timedelta(days=days)
        except OverflowError:
            continue
        instant = _instant(day, found)
        if instant and instant > published and weekday in {None, day.weekday()}:
            return instant
    return None
