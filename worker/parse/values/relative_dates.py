"""Dates told by the day of the item: `on Tuesday`, `last week`, `yesterday`, `two years ago`."""

import datetime
import re
from datetime import timedelta
from types import MappingProxyType

from worker.parse.values.calendar_dates import (
    MONTH,
    find_day,
    find_early,
    month_number,
    nearest_months,
)
from worker.parse.values.found import FoundValue, found_date
from worker.parse.values.periods import Period
from worker.parse.values.tense import Direction, direction_of

__all__ = [
    "find_ago",
    "find_named_day",
    "find_turn",
    "find_weekday",
    "period_ago",
    "turned_unit",
]

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NAMES = "|".join(_WEEKDAYS)
_PART_OF_DAY = r"(?:[ ](?:morning|afternoon|evening|night)\b)?"

# "Tuesday", "Monday night"; "Friday, April 24" and "Saturday 25 April" go on behind it
_WEEKDAY = re.compile(rf"(?P<name>{_NAMES})\b(?P<rest>{_PART_OF_DAY})")
_BEFORE_DATE = re.compile(r",? (?:the )?(?=[A-Z\d])")

_ANY = (" a ", " every ", " each ", " any ", "A ", "Every ", "Each ")
"""Words before a weekday that is no certain day."""

_NAMES_BEFORE = tuple(
    f"{word} "
    for word in (
        "Black,Good,Holy,Palm,Ash,Easter,Shrove,Bloody,Cyber,Super,Fat,Maundy,Whit,Giving"
        ",Sheffield,Ruby,Casual,Man,Girl,Mail on".split(",")
    )
)
_NAME_AFTER = re.compile(
    r" (?:Times|Telegraph|Mirror|Mail|Express|Herald|Post|Star|World|Independent|People|Sun"
    r"|Tribune|Citizen|Night (?:Live|Football)|school|roast)\b"
)
"""Words of newspapers, clubs and feasts with a weekday in their names."""

_NAMED_DAY = re.compile(
    rf"(?P<name>today|yesterday|tomorrow|tonight)\b{_PART_OF_DAY}", re.IGNORECASE
)
_SENTENCE_START = re.compile(r"(?:\A|[.!?:\n\"“‘'(]|[-–—] |[.!?][\"”’]? )\Z")
"""A capital elsewhere is that of a name: `USA Today`."""

_DISTANCES = MappingProxyType({"today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1})

# "last week", "this past Friday", "next March"
_TURN = re.compile(
    rf"""(?P<turn>last|next|this|coming)[ ](?:(?P<side>coming|past)[ ])?
    (?: (?P<unit> weekend | week | month | year | quarter | night | morning | afternoon | evening )
      | (?P<season> spring | summer | autumn | fall | winter )
      | (?P<weekday> {_NAMES} ) {_PART_OF_DAY}
      | (?P<month> (?-i:{MONTH}) ) ) (?![\w-])""",
    re.VERBOSE | re.IGNORECASE,
)
_TURNS = MappingProxyType({"last": -1, "this": 0, "next": 1, "coming": 1, "past": -1})
_DETERMINER = re.compile(r"(?:\b(?:[Tt]he|a|his|her|their|its|my|our|every|each)|['’]s) \Z")
"""Words before `last week of the war` and `the next year`, which are no week and year of now."""

_COUNTS = MappingProxyType(
    {
        word: number
        for number, word in enumerate(
            "one two three four five six seven eight nine ten eleven twelve".split(), start=1
        )
    }
    | {"a": 1, "an": 1, "fifteen": 15, "twenty": 20, "thirty": 30}
)
# "three days ago"
_AGO = re.compile(
    rf"(?<![\w.,-])(?P<number>\d{{1,3}}|{'|'.join(_COUNTS)}) (?P<unit>day|week|month|year)s? \Z",
    re.IGNORECASE,
)
_LOOK_BACK = 24


def find_weekday(full: str, at: int, reference: datetime.date | None) -> FoundValue | None:
    """Return the day whose weekday begins at `at`, with the date behind it."""
    match = _WEEKDAY.match(full, at)
    if (
        not match
        or full[max(0, at - _LOOK_BACK) : at].endswith(_NAMES_BEFORE)
        or _NAME_AFTER.match(full, match.end("name"))
    ):
        return None
    joint = _BEFORE_DATE.match(full, match.end())
    if joint and (dated := find_day(full, joint.end(), reference)):
        return dated._replace(start=at)
    start = find_early(full, at)
    if reference is None or full.endswith(_ANY, 0, start):
        return found_date(start, match.end(), None)
    is_ahead = direction_of(full, at, match.end()) is Direction.AHEAD
    days = (_WEEKDAYS.index(match["name"]) - reference.weekday()) % 7
    if not is_ahead and days:
        days -= 7
    return found_date(start, match.end(), Period.of_day(reference + timedelta(days=days)))


def find_named_day(full: str, at: int, reference: datetime.date | None) -> FoundValue | None:
    """Return the day of `today`, `yesterday`, `tomorrow` or `tonight` at `at`."""
    match = _NAMED_DAY.match(full, at)
    if not match or (full[at].isupper() and not _SENTENCE_START.search(full, max(0, at - 3), at)):
        return None
    days = _DISTANCES[match["name"].lower()]
    period = Period.of_day(reference + timedelta(days=days)) if reference else None
    return found_date(at, match.end(), period)


def find_turn(full: str, at: int, reference: datetime.date | None) -> FoundValue | None:
    """Return the period before, around or after the item's day: `last week`, `next March`."""
    match = _TURN.match(full, at)
    if not match or _DETERMINER.search(full, max(0, at - _LOOK_BACK), at):
        return None
    start = find_early(full, at)
    period = None if match["season"] or reference is None else _period(match, reference)
    return found_date(start, match.end(), period)


def _period(match: re.Match[str], reference: datetime.date) -> Period | None:
    word = (match["side"] or match["turn"]).lower()
    turn = _TURNS[word]
    if match["weekday"]:
        return Period.of_day(_turned_weekday(match["weekday"].title(), word, reference))
    if match["month"]:
        number = month_number(match["month"])
        if not turn:
            return nearest_months(number, reference, Direction.UNKNOWN)
        begun = number < reference.month if turn < 0 else number <= reference.month
        years = turn if begun == (turn > 0) else 0
        return Period.of_months(reference.year + years, number)
    return turned_unit(match["unit"].lower(), turn, reference)


def _turned_weekday(name: str, word: str, reference: datetime.date) -> datetime.date:
    """Return the weekday of this week or the next, or the nearest one on a side.

    `last Tuesday` is not yesterday, which print calls by that name or `Tuesday`.
    """
    days = _WEEKDAYS.index(name) - reference.weekday()
    nearest = {"coming": 1, "past": -7, "last": -8}.get(word)
    if nearest is not None:
        days = (days - nearest) % 7 + nearest
    elif word == "next":
        days += 7
    return reference + timedelta(days=days)


def turned_unit(unit: str, turn: int, reference: datetime.date) -> Period:
    """Return the unit some turns from that of the reference: -1 and "week" are last week."""
    if unit == "week":
        return Period.of_week(reference + timedelta(weeks=turn))
    if unit == "weekend":
        week = Period.of_week(reference + timedelta(weeks=turn))
        return Period(week.last - timedelta(days=1), week.last)
    if unit == "month":
        return Period.of_months(reference.year, reference.month + turn)
    if unit == "year":
        return Period.of_year(reference.year + turn)
    if unit == "quarter":
        first_month = (reference.month - 1) // 3 * 3 + 1
        return Period.of_months(reference.year, first_month + 3 * turn, 3)
    return Period.of_day(reference + timedelta(days=turn))


def find_ago(full: str, at: int, reference: datetime.date | None) -> FoundValue | None:
    """Return the date whose `ago` begins at `at`: a day, or the week, the month or the year."""
    match = _AGO.search(full, max(0, at - _LOOK_BACK), at)
    if not match:
        return None
    word = match["number"].lower()
    number = _COUNTS.get(word) or int(word)
    period = period_ago(number, match["unit"].lower(), reference) if reference else None
    return found_date(match.start(), at + len("ago"), period)


def period_ago(number: int, unit: str, reference: datetime.date) -> Period | None:
    """Return the day, week, month or year some units ago, None before the first year."""
    if number >= reference.year - 1:
        return None
    if unit == "day":
        return Period.of_day(reference - timedelta(days=number))
    if unit == "week":
        return Period.of_week(reference - timedelta(weeks=number))
    if unit == "month":
        return Period.of_months(reference.year, reference.month - number)
    return Period.of_year(reference.year - number)
