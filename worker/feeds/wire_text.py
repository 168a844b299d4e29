"""Stories between control characters, as IPTC 7901 and ANPA 1312 frame them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from worker.errors import FormatError
from worker.feeds.entry import LIMIT_ENTRIES, Channel, FeedEntry, Text

__all__ = ["WireStory", "find_header", "is_story", "read_channel", "read_stories", "sent_at"]

SOH, STX, ETX, EOT = "\x01", "\x02", "\x03", "\x04"

_SOH_WITHIN_CHARS = 200
"""Idle characters may stand before the first SOH."""

_PARAGRAPH = re.compile(r"\r*\n(?:(?=\t|[ ]{2,8}\S)|[ \t\r]*\n)")
"""The end of a paragraph: a line follows that is indented or blank."""
_HEAD = re.compile(r"^\^(?P<head>[^\r\n]*?)[<=|\s]*$", re.MULTILINE)
"""ANPA's lines of a head: `^Talks resume in Varna<`, `^By ANN BO=`."""

_MARKS = (("\u0060\u0060", "\u201c"), ("''", "\u201d"), (" _ ", " \u2014 "))
"""Quotation marks and the dash of teleprinters, and the marks that they stand for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireStory:
    """The parts of a story, of which all but the header may be empty."""

    header: str
    headline: Text
    body: Text
    trailer: str
    """The text behind ETX, which tells the time of sending."""
    is_whole: bool
    """False if the file stops, or the next story begins, before the end of the text."""


def is_story(head: str) -> bool:
    """Return True for the opening of a file of stories, whatever their header is."""
    start = head[:_SOH_WITHIN_CHARS]
    return SOH in start and "\0" not in start


def find_header(head: str, pattern: re.Pattern[str]) -> bool:
    """Return True for the opening of a file whose first story has such a header."""
    start = head.find(SOH, 0, _SOH_WITHIN_CHARS)
    return start >= 0 and pattern.match(head, start + 1) is not None


def read_channel(
    text: str,
    name: str,
    pattern: re.Pattern[str],
    read_entry: Callable[[re.Match[str], WireStory], FeedEntry],
) -> Channel:
    """Return the stories of a file; one that is not whole, or has no such header, is a problem.

    Raises:
        FormatError: No story has such a header.
    """
    entries: list[FeedEntry] = []
    problems: list[str] = []
    cut: FeedEntry | None = None
    for number, story in enumerate(read_stories(text), 1):
        header, cut = pattern.match(story.header), None
        if header is None:
            problems.append(f"story {number}: no header of {name} behind SOH; left out")
        elif story.is_whole:
            entries.append(read_entry(header, story))
        else:
            problems.append(f"story {number}: stops short, before ETX; left out")
            cut = read_entry(header, story)
    if not entries and cut is None:
        raise FormatError(f"not {name}: no header behind SOH")
    return Channel(
        entries=tuple(entries),
        problems=tuple(problems),
        is_versioned=True,
        cut=cut,
        stops_short=cut is not None,
    )


def read_stories(text: str) -> Iterator[WireStory]:
    """Yield the stories of a file, each of which begins with SOH."""
    for number, part in enumerate(text.split(SOH)[1:]):
        if number == LIMIT_ENTRIES:
            return
        header, _, rest = part.partition(STX)
        body, end, trailer = rest.partition(ETX)
        body, end_of_sending, _ = body.partition(EOT)
        headline, body = _split_head(body)
        yield WireStory(
            header=header,
            headline=Text(headline, html=False),
            body=Text(_joined(body), html=False),
            trailer=trailer,
            is_whole=bool(end or end_of_sending),
        )


def sent_at(*, day: str, month: str, year: str, clock: str, zone: str) -> str:
    """Return the time of sending as RFC 822 writes it; GMT if the file names no zone.

    >>> sent_at(day="12", month="JAN", year="26", clock="1030", zone="")
    '12 Jan 2026 10:30 GMT'
    """
    whole_year = year if len(year) == 4 else f"20{year}"
    return f"{day} {month.title()} {whole_year} {clock[:2]}:{clock[2:]} {zone.upper() or 'GMT'}"


def _joined(body: str) -> str:
    """Return the text with each paragraph on a line, if indents or blank lines tell them."""
    parts = _PARAGRAPH.split(f"\n{body}")
    if len(parts) == 1:
        return body
    return "\n\n".join(" ".join(part.split()) for part in parts if part.strip())


def _split_head(body: str) -> tuple[str, str]:
    """Return the headline, which is the first line, and the text behind it."""
    for code, mark in _MARKS:
        body = body.replace(code, mark)
    head, _, rest = _HEAD.sub(r"\g<head>", body).strip("\r\n ").partition("\n")
    return head.strip(), rest
