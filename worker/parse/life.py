"""What an item does to the one before it, how urgent it is, and whether it may be used.

Markers are read at the head of the text, in notes on a line of their own and in the slug; never in
running text, where "kills", "corrected a claim" and "urgent talks" are news.
"""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from worker.model import Life, NewsItem, PubStatus, Signal, Span
from worker.parse.text import WireText

__all__ = ["find_life"]

FLASH, BULLETIN, URGENT, ROUTINE = 1, 2, 3, 5
"""Urgencies on IPTC's scale of 1 to 9. Source: AP's priorities flash, bulletin and urgent."""

_HEAD_PARAGRAPHS = 8
_HEAD_LINES = 12
_LONGEST_LINE = 400

# `KILL KILL KILL`, `STORY WITHDRAWN`, `BC-EU--Summit, KILL`, `Mandatory Kill`, `АННУЛИРОВАНО`.
_KILL = re.compile(
    r"""
    (?:(?-i:(?:BULLETIN|URGENT)\s+)?(?-i:KILL)\b(?:[\s.!,]+(?-i:KILL)\b)*(?=[\s.!:,(–—-]|$)
      |(?:mandatory|editors?:?)\s+kill\b
      |(?-i:STORY|ITEM|ADVISORY)?\s*(?-i:WITHDRAWN)\b
      |story\ withdrawn\b
      |(?-i:АННУЛИРОВАНО|АННУЛИРУЕТСЯ)
    )""",
    re.VERBOSE | re.IGNORECASE,
)

# `BC-EU--Summit, KILL`, `AM-Storm-Kill`: a slug that ends in the word.
_KILL_SLUG = re.compile(r"(?:^|[\s,_/-])(?:KILL|Kill|WITHDRAWAL|WITHDRAWN)\s*$")

# `HOLD HOLD HOLD`: the item is on hold until a substitute or a kill follows. Source: dpa's notes.
_HOLD = re.compile(r"HOLD(?:[\s.!]+HOLD)+\b|EDITORS?:? HOLD\b")

# `CORRECTED-`, `CORRECTION:`, `REFILE -`, `(Corrects name in paragraph 3)`, `ИСПРАВЛЕНИЕ`.
_CORRECTION = re.compile(
    r"""
    (?:CORRECTED|CORRECTION|CORRECTIVE|REFILE|ИСПРАВЛЕНИЕ|ИСПРАВЛЕНО|УТОЧНЕНИЕ)(?:\s*\d+)?
        (?=\s*[-–—:,(]|\s*$)
    |\((?:REFILE|CORRECTED|CORRECTION)\)
    |Corrected(?:\s+version)?(?=\s*[:(–—]|\s+-\s|\s*$)
    |Correction(?=\s*[:–—]|\s+-\s|\s*$)
    """,
    re.VERBOSE,
)
_CORRECTION_NOTE = re.compile(
    r"\(?(?:ATTN:\s*|Eds?:\s*|EDITORS?:\s*)?(?:CORRECTS|Corrects|Refiles|REFILES|Fixes|corrects|Correcting)\s"
)

# `UPDATE 1 -`, `UPDATE 2-`, `WRAPUP 3-`, `1ST LEAD`, `(LEAD)`, `(2nd LD)`, `1st Ld-Writethru`.
_UPDATE = re.compile(
    r"""
    (?:UPDATE|WRAPUP)\s?\d{1,2}\s?[-–—:(]
    |\((?:(?:\d(?:st|nd|rd|th)\s|URGENT\s)?(?:LEAD|LD)|(?:UPDATE|UPDATED)\s?\d{0,2})\)
    |(?:1ST|2ND|3RD|\dTH)\s(?:LEAD|LD)\b
    |(?:UPDATED|UPDATE)(?=\s*[:–—]|\s+-\s)
    """,
    re.VERBOSE,
)
_UPDATE_SLUG = re.compile(
    r"\b\d{1,2}(?:st|nd|rd|th)\s+Ld\b(?:-?\s?Writethru)?|\bWritethru\b|\(UPDATE \d{1,2}\)",
    re.IGNORECASE,
)
_UPDATE_NOTE = re.compile(
    r"\(?(?:ATTN:\s*|ATTENTION\s*-\s*|Eds?:\s*)?"
    r"(?:ADDS|Adds|UPDATES|Updates|RECASTS|Recasts|REWRITES|Rewrites|CHANGES|Changes)\s"
)

# `FLASH`, `URGENT:`, `BULLETIN --`, `URGENT. `, `МОЛНИЯ`, `СРОЧНО`.
_PRIORITY = re.compile(
    r"(?P<word>FLASH|BULLETIN|URGENT|NEWSALERT|APNewsAlert|NEWS ALERT|SNAP|МОЛНИЯ|СРОЧНО)"
    r"(?=\s*[-–—:.!*(,]|\s*$|\s\d)"
)
_PRIORITIES = {
    "FLASH": FLASH,
    "МОЛНИЯ": FLASH,
    "BULLETIN": BULLETIN,
    "NEWSALERT": BULLETIN,
    "APNewsAlert": BULLETIN,
    "NEWS ALERT": BULLETIN,
    "SNAP": BULLETIN,
    "URGENT": URGENT,
    "СРОЧНО": URGENT,
}

# `EMBARGOED UNTIL 0600 GMT`, `Embargo: 3 May`, `HOLD FOR RELEASE UNTIL ...`, `ЭМБАРГО ДО`.
_EMBARGO = re.compile(
    r"\(?(?:EMBARGO(?:ED)?\b|Embargo(?:ed)?\s*(?:[:–—]|\s(?:until|till|for|to)\b)"
    r"|HOLD FOR RELEASE\b|NOT FOR (?:PUBLICATION|RELEASE) (?:BEFORE|UNTIL)\b|ЭМБАРГО\b)"
)

# An instant that needs no guess: `2025-05-03 06:00 UTC`, `2025-05-03T06:00Z`.
_INSTANT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<hour>\d{2}):?(?P<minute>\d{2})(?::\d{2})?\s?(?:Z|UTC|GMT)\b"
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line at the head of the text, or the beginning of one; `is_note` where it is all of it."""

    words: str
    is_note: bool


def find_life(text: WireText, item: NewsItem) -> Life:
    r"""Urgency, usability, relation and embargo, from the item's fields and its text's markers.

    >>> life = find_life(WireText("UPDATE 1 - Talks resume\n\nMINSK (BelTA) - They did."), _PLAIN)
    >>> life.signal.value, life.markers
    ('updated', ('UPDATE 1 -',))
    """
    lines = tuple(_head_lines(text))
    kill = _find_kill(lines, item)
    hold = _first(_HOLD, lines)
    correction = _first(_CORRECTION, lines, item.slugline) or _note(_CORRECTION_NOTE, lines, item)
    update = (
        _first(_UPDATE, lines)
        or _anywhere(_UPDATE_SLUG, item.slugline, *(line.words for line in lines if line.is_note))
        or _note(_UPDATE_NOTE, lines, item)
    )
    embargo = _first(_EMBARGO, lines, item.ednote)
    priority = _first(_PRIORITY, lines, item.slugline)
    found = (kill, hold, correction, update, priority, embargo)
    return Life(
        urgency=_urgency(item, priority),
        pubstatus=_pubstatus(item, kill=bool(kill), hold=bool(hold)),
        signal=_signal(item, kill=bool(kill), correction=bool(correction), update=bool(update)),
        embargoed=item.embargoed or _embargoed(lines, item) if embargo else item.embargoed,
        markers=tuple(dict.fromkeys(marker.strip() for marker in found if marker)),
    )


_PLAIN = NewsItem(uri="urn:plain", version="1")


def _head_lines(text: WireText) -> Iterator[_Line]:
    """The first lines of the first paragraphs: markers stand nowhere else."""
    count = 0
    for paragraph in text.paragraphs[:_HEAD_PARAGRAPHS]:
        at = paragraph.start
        while at < paragraph.end and count < _HEAD_LINES:
            stop = text.full.find("\n", at, paragraph.end)
            stop = paragraph.end if stop < 0 else stop
            words = Span(at, min(stop, at + _LONGEST_LINE)).of(text.full).strip(" \t*")
            yield _Line(words, is_note=stop - at <= _LONGEST_LINE)
            count += 1
            at = stop + 1


def _first(pattern: re.Pattern[str], lines: tuple[_Line, ...], *fields: str) -> str:
    """The marker that begins a line or a field, empty where none does."""
    for words in (*fields, *(line.words for line in lines)):
        if found := pattern.match(words):
            return found[0]
    return ""


def _anywhere(pattern: re.Pattern[str], *texts: str) -> str:
    for words in texts:
        if found := pattern.search(words):
            return found[0]
    return ""


def _note(pattern: re.Pattern[str], lines: tuple[_Line, ...], item: NewsItem) -> str:
    """An advisory in brackets or behind "Eds:", as a line of its own, in front, or as a field."""
    ednote = item.ednote.strip()
    if pattern.match(ednote):
        return ednote
    for line in lines:
        is_marked = line.words.startswith(("(", "Ed", "ED", "ATT"))
        if is_marked and pattern.match(line.words):
            close = line.words.find(")")
            return line.words[: close + 1] if close > 0 else line.words
    return ""


def _find_kill(lines: tuple[_Line, ...], item: NewsItem) -> str:
    for slug in (
        item.slugline,
        *(line.words for line in lines[:2] if line.words.startswith("BC-")),
    ):
        if found := _KILL_SLUG.search(slug):
            return found[0].strip(" ,-_/")
    return _first(_KILL, lines, item.ednote.strip())


def _urgency(item: NewsItem, priority: str) -> int:
    marked = _PRIORITIES.get(priority, ROUTINE)
    stated = item.urgency if item.urgency is not None else ROUTINE
    return max(1, min(9, stated, marked if priority else stated))


def _pubstatus(item: NewsItem, *, kill: bool, hold: bool) -> PubStatus:
    if kill:
        return PubStatus.CANCELED
    if hold and item.pubstatus is PubStatus.USABLE:
        return PubStatus.WITHHELD
    return item.pubstatus


def _signal(item: NewsItem, *, kill: bool, correction: bool, update: bool) -> Signal:
    if kill or item.pubstatus is PubStatus.CANCELED:
        return Signal.WITHDRAWN
    if correction:
        return Signal.CORRECTED
    return Signal.UPDATED if update else Signal.CREATED


def _embargoed(lines: tuple[_Line, ...], item: NewsItem) -> datetime.datetime | None:
    """The instant that an embargo line names, None unless it names day, time and zone."""
    for words in (item.ednote, *(line.words for line in lines)):
        found = _INSTANT.search(words) if _EMBARGO.match(words) else None
        if found:
            try:
                day = datetime.date.fromisoformat(found["day"])
                clock = datetime.time(int(found["hour"]), int(found["minute"]), tzinfo=datetime.UTC)
            except ValueError:
                return None
            return datetime.datetime.combine(day, clock)
    return None
