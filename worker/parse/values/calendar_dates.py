"""Dates that name a month or are in figures: `March 3-5`, `12 Jan. 1998`, `in 2019`, `Q3 2025`."""

import datetime
import re
from types import MappingProxyType

from worker.parse.values.found import FoundValue, found_date
from worker.parse.values.periods import Period
from worker.parse.values.tense import Direction, direction_of

__all__ = [
    "MONTH",
    "MONTH_WORDS",
    "days_of_year",
    "find_day",
    "find_early",
    "find_figures",
    "find_month",
    "find_part_of_year",
    "month_number",
    "nearest_days",
    "nearest_months",
]

MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)(?!\w)"
)
_MONTH_NUMBERS = MappingProxyType(
    {
        name: number
        for number, name in enumerate(
            "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
        )
    }
)
MONTH_WORDS = frozenset(
    "january february march april may june july august september october november december jan feb"
    " mar apr jun jul aug sep sept oct nov dec".split()
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?!\w|[.,:/]\d|[ ]?%)"
_YEAR = r"(?:1[0-9]|2[01])\d\d(?!\w|[.,:/]\d|[ ]?%)"
_NAMED_YEAR = r"(?:of[ ])?(?P<turn>this|last|next)[ ]year\b"
_END_OF_DATE = rf"(?: ,?[ ](?:of[ ])?(?P<year>{_YEAR}) | ,?[ ]{_NAMED_YEAR} )?"
_JOINT = r"(?:[ ]?[-–—][ ]? | [ ](?:to|through|until)[ ] )"
_NO_COUNT = r"(?![ -](?:million|billion|trillion|thousand|percent|per[ ]cent|pct|[ap]\.?m\b))"

# "January 12", "March 3-5", "April 30-May 2", "Sept. 1st, 2004", "July 3 last year"
_MONTH_DAY = re.compile(
    rf"""(?P<month>{MONTH})[ ](?P<day>{_DAY}){_NO_COUNT}
    (?: {_JOINT} (?:(?P<last_month>{MONTH})[ ])? (?P<last_day>{_DAY}){_NO_COUNT} )?
    {_END_OF_DATE}""",
    re.VERBOSE,
)
# "12 January", "the 5th of May 2022", "3-5 March", "30 April to 2 May"
_DAY_MONTH = re.compile(
    rf"""(?: (?P<day>{_DAY}) (?:[ ](?P<month>{MONTH}))? {_JOINT} )?
    (?P<last_day>{_DAY})[ ](?:of[ ])?(?P<last_month>{MONTH}) {_END_OF_DATE}""",
    re.VERBOSE,
)
# "March 2023", "September of 2024", "January-September", "March last year"
_MONTH_YEAR = re.compile(
    rf"""(?P<month>{MONTH}) (?: (?P<joint>{_JOINT}) (?P<last_month>{MONTH}) )? {_END_OF_DATE}""",
    re.VERBOSE,
)
# "2024-02-29", "13.01.2023"
_ISO_DAY = re.compile(r"(?P<year>(?:1[5-9]|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\w-])")
_NUMERIC = re.compile(
    r"(?P<first>\d\d?)(?P<mark>[./-])(?P<second>\d\d?)(?P=mark)(?P<year>(?:19|20)\d\d)(?!\w)"
)

# "2019", "1939-1945", "2023-24", "1990s"
_YEARS = re.compile(
    r"(?P<year>(?:1[5-9]|20)\d\d)(?:(?P<decade>s)|[-–/](?P<last>(?:1[5-9]|20)?\d\d))?"
    r"(?!\w|[.,:/]\d| ?%|-\d)"
)
_BEFORE_YEARS = frozenset(
    "in since by until till during before after year years fiscal early mid late circa spring"
    " summer autumn winter of from between through to as the a its his her their our this that"
    "".split()
)
_CHAIN = re.compile(r"(?:, |,? and |,? or | to |[-–])\Z")
_COUNTED = re.compile(
    r"[ -](?:people|men|women|children|troops|police|staff|jobs|seats|others|more|pages?|points?"
    r"|[ck]?m|kg|mg|cc|rpm|metres?|meters?|tons?|tonnes?|miles?|feet|foot|yards?|hours?|hectares"
    r"|acres|degrees|square|million|billion|thousand|euros?|dollars?|pounds?)\b"
)
_PLURAL = re.compile(r" (?:[a-z]+ )?[a-z]{3,}s\b")

# "first quarter of 2023", "second half of last year", "first nine months of 2023"
_PART = re.compile(
    rf"""(?P<nth> first | second | third | fourth | final | last )[ -]
    (?P<part> quarter | half | (?: three | six | nine )[ ]months )
    (?P<tail> (?:[ ]of)? (?: (?:[ ]fiscal)?[ ](?P<year>{_YEAR}) | [ ]{_NAMED_YEAR} ) )? (?!\w)""",
    re.VERBOSE | re.IGNORECASE,
)
_LETTERED_PART = re.compile(rf"(?P<part>[QH])(?P<nth>[1-4])[ /](?:of )?(?P<year>{_YEAR})")
_ORDINALS = MappingProxyType({"first": 1, "second": 2, "third": 3, "fourth": 4})
_ACCOUNTS = re.compile(
    r"\b(?:profits?|revenues?|earnings|sales|GDP|gross domestic|growth|income|loss(?:es)?|results"
    r"|econom\w+|output|margins?|forecasts?|dividends?|exports|imports|inflation)\b"
)
_HALF_YEAR = 6
_LOOK_BACK = 24
_LOOK_AROUND = 70

_SURE_MONTHS = frozenset("January February July September October November December".split())
"""Months that are no other word and no given name."""

_BEFORE_MONTHS = frozenset("in since until till by during through early mid late between".split())
_BEFORE_OF_MONTH = ("end of ", "start of ", "beginning of ", "middle of ", "month of ")
_LOOSELY_BEFORE_MONTHS = frozenset("from of to for after before and each every".split())
_EARLY = re.compile(r"\b(?:early|mid|late)[ -]\Z", re.IGNORECASE)


def find_day(full: str, at: int, reference: datetime.date | None) -> FoundValue | None:
    """Return the day, or the days, that begin at `at` with a month or a figure."""
    match = _MONTH_DAY.match(full, at) or _DAY_MONTH.match(full, at)
    return found_date(at, match.end(), _read_days(match, reference)) if match else None


def find_month(full: str, at: int, reference: datetime.date | None) -> FoundValue | None:
    """Return the date whose month begins at `at`: a day, days, a month, or months."""
    if day := find_day(full, at, reference):
        return day
    match = _MONTH_YEAR.match(full, at)
    if not match:
        return None
    has_year = match["year"] or match["turn"] or match["joint"]
    if not has_year and not _is_month(full, at, match):
        return None
    start = find_early(full, at)
    return found_date(start, match.end(), _read_months(full, start, match, reference))


def _is_month(full: str, at: int, match: re.Match[str]) -> bool:
    """Return True for a month alone: `in May`, not `May said`, `they march`, `April Stone`."""
    name = match["month"]
    word = _word_before(full, at)
    if word in _BEFORE_MONTHS or full[max(0, at - _LOOK_BACK) : at].endswith(_BEFORE_OF_MONTH):
        return True
    if name in {"May", "March"} or name.endswith(".") or len(name) < 5:
        return False
    is_name = bool(re.match(r" [A-Z]", full[match.end() : match.end() + 2]))
    if name in _SURE_MONTHS:
        return not is_name
    return not is_name and word in _LOOSELY_BEFORE_MONTHS


def _word_before(full: str, at: int) -> str:
    """Return the word before an offset in small letters, "(" for the bracket right before it."""
    if full[at - 1 : at] not in {" ", "-"}:
        return full[at - 1 : at]
    return full[max(0, at - _LOOK_BACK) : at - 1].rpartition(" ")[2].rpartition("-")[2].lower()


def find_early(full: str, at: int) -> int:
    """Return where `early`, `mid` or `late` before a period begins, else `at`."""
    found = _EARLY.search(full, max(0, at - 6), at)
    return found.start() if found else at


def month_number(name: str) -> int:
    return _MONTH_NUMBERS[name[:3].lower()]


def _printed_year(match: re.Match[str], reference: datetime.date | None) -> int | None:
    """Return the year that a match prints or names, None if it does neither."""
    if match["year"]:
        return int(match["year"])
    if match["turn"] and reference:
        return reference.year + _turn(match["turn"])
    return None


def _turn(word: str) -> int:
    return {"last": -1, "this": 0, "next": 1}[word.lower()]


def _read_days(match: re.Match[str], reference: datetime.date | None) -> Period | None:
    """Return the day or the days of a match; without a year, those nearest to the reference."""
    month, last_month = match["month"] or match["last_month"], match["last_month"] or match["month"]
    day, last_day = match["day"] or match["last_day"], match["last_day"] or match["day"]
    first = month_number(month), int(day.rstrip("sthndr"))
    last = month_number(last_month), int(last_day.rstrip("sthndr"))
    year = _printed_year(match, reference)
    if year is not None:
        return days_of_year(year, first, last)
    if match["turn"] or reference is None:
        return None
    return nearest_days(reference, first, last)


def nearest_days(
    reference: datetime.date, first: tuple[int, int], last: tuple[int, int]
) -> Period | None:
    """Return the days from a month and day to another, in the year nearest to the reference."""
    months = first[0] - reference.month
    year = reference.year - (months > _HALF_YEAR) + (months < -_HALF_YEAR)
    return days_of_year(year, first, last)


def days_of_year(year: int, first: tuple[int, int], last: tuple[int, int]) -> Period | None:
    """Return the days between two days of a year, None if they are none: `February 30`."""
    try:
        begin = datetime.date(year, *first)
        end = datetime.date(year if last >= first else year + 1, *last)
    except ValueError:
        return None
    return Period(begin, end)


def _read_months(
    full: str, start: int, match: re.Match[str], reference: datetime.date | None
) -> Period | None:
    month = month_number(match["month"])
    number = 1
    if match["last_month"]:
        number = (month_number(match["last_month"]) - month) % 12 + 1
    year = _printed_year(match, reference)
    if year is not None:
        # `December-January 2024`: the year is that of the last month.
        begins_before = month + number - 1 > 12
        return Period.of_months(year - begins_before, month, number)
    if reference is None or match["turn"]:
        return None
    return nearest_months(month, reference, direction_of(full, start, match.end()), number)


def nearest_months(
    month: int, reference: datetime.date, direction: Direction, number: int = 1
) -> Period:
    """Return the period of months that begins in a month and lies nearest to the reference."""
    begins = month - reference.month
    # Months from the reference to the period in the year before, in its own and in the next.
    turns = [turn for turn in (-1, 0, 1) if _is_on_side(begins + 12 * turn, number, direction)]
    turn = min(turns, key=lambda turn: max(begins + 12 * turn, 1 - number - begins - 12 * turn))
    return Period.of_months(reference.year + turn, month, number)


def _is_on_side(begins: int, number: int, direction: Direction) -> bool:
    """Return True if months that begin some months from now lie, at least in part, on a side."""
    if direction is Direction.AHEAD:
        return begins + number > 0
    return direction is Direction.UNKNOWN or begins <= 0


def find_figures(
    full: str, at: int, reference: datetime.date | None, before: FoundValue | None
) -> FoundValue | None:
    """Return the date that begins with a figure at `at`; `before` is the date before it."""
    if day := find_day(full, at, reference):
        return day
    if match := _ISO_DAY.match(full, at):
        first = int(match["month"]), int(match["day"])
        return found_date(at, match.end(), days_of_year(int(match["year"]), first, first))
    if match := _NUMERIC.match(full, at):
        return found_date(at, match.end(), _read_numeric(match))
    match = _YEARS.match(full, at)
    if match and _is_year(full, at, match, before):
        return found_date(find_early(full, at), match.end(), _read_years(match))
    return None


def _read_numeric(match: re.Match[str]) -> Period | None:
    """Return the day of `13.01.2023`, None if either number may be the month: `03/04/2023`."""
    day, month = int(match["first"]), int(match["second"])
    if match["mark"] != "." and day != month and max(day, month) <= 12:
        return None
    if month > 12:
        day, month = month, day
    return days_of_year(int(match["year"]), (month, day), (month, day))


def _continues_years(full: str, at: int, before: FoundValue) -> bool:
    """Return True for `2021` in `in 2020 and 2021`."""
    is_year = before.text is not None and len(before.text) == 4
    return is_year and bool(_CHAIN.fullmatch(full, before.end, at))


def _is_year(full: str, at: int, match: re.Match[str], before: FoundValue | None) -> bool:
    """Return True for a year, not for a number of people: `by 2000 people`."""
    if match["decade"]:
        return match["year"].endswith("0")
    if _COUNTED.match(full, match.end()):
        return False
    if match["last"]:
        return 0 < _last_year(match) - int(match["year"]) <= 100
    if before and _continues_years(full, at, before):
        return True
    word = _word_before(full, at)
    if word not in _BEFORE_YEARS and not word.endswith(("'s", "’s", "(")):
        return False
    is_round = match["year"].endswith("00")
    return not (is_round and _PLURAL.match(full, match.end()))


def _last_year(match: re.Match[str]) -> int:
    last = match["last"]
    return int(last if len(last) == 4 else match["year"][:2] + last)


def _read_years(match: re.Match[str]) -> Period:
    year = int(match["year"])
    if match["decade"]:
        return Period.of_year(year, year + 9)
    return Period.of_year(year, _last_year(match) if match["last"] else year)


def find_part_of_year(full: str, at: int, reference: datetime.date | None) -> FoundValue | None:
    """Return the quarter, half or other part of a year that begins at `at`.

    A quarter without its year is one of a business year if the words near it are of business.
    """
    match = _PART.match(full, at) or _LETTERED_PART.match(full, at)
    if not match:
        return None
    if match.re is _LETTERED_PART:
        nth, months = int(match["nth"]), 3 if match["part"] == "Q" else 6
        year: int | None = int(match["year"])
    else:
        part = match["part"].lower()
        months = {"quarter": 3, "half": 6, "three months": 3, "six months": 6}.get(part, 9)
        nth = _ORDINALS.get(match["nth"].lower(), 12 // months)
        year = _printed_year(match, reference)
        if not match["tail"]:
            return _find_quarter(full, match, nth, reference)
    if nth * months > 12 or year is None:
        return found_date(at, match.end(), None)
    return found_date(at, match.end(), Period.of_months(year, (nth - 1) * months + 1, months))


def _find_quarter(
    full: str, match: re.Match[str], nth: int, reference: datetime.date | None
) -> FoundValue | None:
    """Return a quarter without its year: the one nearest to the reference that is over or near."""
    start, end = match.span()
    around = full[max(0, start - _LOOK_AROUND) : end + _LOOK_AROUND]
    is_quarter = match["part"].lower() == "quarter" and match["nth"].lower() not in {
        "last",
        "final",
    }
    if not is_quarter or not _ACCOUNTS.search(around):
        return None
    if reference is None:
        return found_date(start, end, None)
    is_ahead = direction_of(full, start, end) is Direction.AHEAD
    direction = Direction.AHEAD if is_ahead else Direction.BEHIND
    return found_date(start, end, nearest_months(3 * nth - 2, reference, direction, 3))
