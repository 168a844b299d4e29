"""Parameters and excerpts that the pages of subjects, the search and the day share."""

import datetime
import re

from starlette.exceptions import HTTPException
from starlette.requests import Request

from worker.archive import Archive
from worker.archive.marks import Parts, TextRun
from worker.errors import SettingsError
from worker.site.context import SiteContext

__all__ = [
    "PAGE_SIZE",
    "archive_of",
    "excerpt",
    "read_cursor",
    "read_day",
    "read_time",
]

PAGE_SIZE = 30

_LARGEST_NUMBER = (1 << 63) - 1  # of a version, in a database

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def archive_of(context: SiteContext) -> Archive:
    """Return the archive.

    Raises:
        HTTPException: The archive is off.
    """
    if context.archive is None:
        raise HTTPException(503, "the archive is off")
    return context.archive


def read_cursor(request: Request) -> int:
    """Return the cursor of a page, the number of the previous page's last row; 0 for the first.

    Raises:
        SettingsError: `before` is not a cursor.
    """
    words = request.query_params.get("before", "")
    if not words:
        return 0
    if words.isascii() and words.isdigit() and len(words) < 20:
        return min(int(words), _LARGEST_NUMBER)
    raise SettingsError("must be a number from a link to an older page", subject="before")


def read_time(name: str, words: str) -> datetime.datetime | None:
    """Return the moment that a day or a time names, in UTC; None for empty words.

    Args:
        name: The name of the parameter, for the message.
        words: ISO 8601: `2026-12-02`, `2026-12-02T09:30`, `2026-12-02T09:30+03:00`.

    Raises:
        SettingsError: The words are not a day or a moment.
    """
    if not words.strip():
        return None
    try:
        moment = datetime.datetime.fromisoformat(words.strip())
        if moment.tzinfo is None:
            return moment.replace(tzinfo=datetime.UTC)
        return moment.astimezone(datetime.UTC)
    except (ValueError, OverflowError) as error:
        reason = f"{words[:40]!r} is not a day or a time: 2026-12-02 or 2026-12-02T09:30"
        raise SettingsError(reason, subject=name) from error


def read_day(words: str) -> datetime.date | None:
    """Return a day; None for words that are not a date.

    >>> read_day("2026-12-02"), read_day("2026-13-02"), read_day("20261202")
    (datetime.date(2026, 12, 2), None, None)
    """
    if not _DAY.fullmatch(words):
        return None
    try:
        return datetime.date.fromisoformat(words)
    except ValueError:
        return None


def excerpt(parts: Parts, most_chars: int) -> Parts:
    """Return the parts of a text around its first hit, with an ellipsis where it is cut.

    >>> parts = (TextRun("word " * 20), TextRun("grain", is_hit=True), TextRun(" and so on"))
    >>> [part.text for part in excerpt(parts, 20)]
    ['… word ', 'grain', ' and so…']
    """
    before = ""
    shown = list(parts)
    # A third of the excerpt at most is the text before the first hit.
    if shown and not shown[0].is_hit and len(shown) > 1:
        lead = most_chars // 3
        first = shown.pop(0).text
        end = first[-lead:] if len(first) > lead else first
        cut = (end.partition(" ")[2] or end) if end != first else first
        before = f"… {cut}" if cut != first else cut
    kept = [TextRun(before)] if before else []
    left = most_chars - len(before)
    for part in shown:
        if len(part.text) > left:
            # A hit is shown whole or not at all.
            run = "" if part.is_hit else part.text[: max(left, 0)]
            words = run.rpartition(" ")[0] or run  # some scripts have no spaces
            return (*kept, TextRun(f"{words}…"))
        kept.append(part)
        left -= len(part.text)
    return tuple(kept)
