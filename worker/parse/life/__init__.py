"""What an item does to the one before it, how urgent it is, and whether it may be used.

Markers are read at the head of the text, in notes on a line of their own there and at its end, and
in the slug; never in running text, where "kills", "corrected a claim" and "urgent talks" are news.
"""

from collections.abc import Iterable

from worker.model import Life, NewsItem, PubStatus, Signal
from worker.parse.life.embargo import read_embargo
from worker.parse.life.head import Line, field_line, find_notes, head_lines
from worker.parse.life.marks import Mark, priority_of, read_marks, read_slug_marks
from worker.parse.life.targets import find_number, find_slug, find_take, find_target
from worker.parse.text import WireText

__all__ = ["find_life", "has_kill_field"]

ROUTINE = 5
"""The urgency of what says nothing of it, on IPTC's scale of 1 to 9."""

_PRINTED_ORDER = (Mark.KILL, Mark.HOLD, Mark.CORRECTION, Mark.UPDATE, Mark.PRIORITY, Mark.EMBARGO)


def find_life(text: WireText, item: NewsItem) -> Life:
    r"""Urgency, usability, relation and embargo, from the item's fields and its text's markers.

    >>> life = find_life(WireText("UPDATE 1 - Talks resume\n\nMINSK (BelTA) - They did."), _PLAIN)
    >>> life.signal.value, life.markers
    ('updated', ('UPDATE 1 -',))
    """
    lines = tuple(head_lines(text))
    marks = _read_all_marks(lines, text, item)
    take = find_take(lines, item.slugline)
    embargo = marks.get(Mark.EMBARGO)
    slug = find_slug(lines, item.slugline)
    corrects = Mark.KILL in marks or Mark.HOLD in marks or Mark.CORRECTION in marks
    target = find_target(text.full, item, slug) if corrects else None
    printed = [marks[mark] for mark in _PRINTED_ORDER if mark in marks]
    return Life(
        urgency=_urgency(item, marks.get(Mark.PRIORITY, ""), lines),
        pubstatus=_pubstatus(item, marks),
        signal=_signal(item, marks),
        embargoed=item.embargoed or (read_embargo(embargo, item.published) if embargo else None),
        markers=tuple(dict.fromkeys((*printed, *((take.words,) if take else ())))),
        item_number=find_number(lines),
        slug=slug,
        take=take.number if take else None,
        target_numbers=target.numbers if target else (),
        target_slug=target.slug if target else None,
        target_headline=next(iter(target.headlines), None) if target else None,
    )


def has_kill_field(item: NewsItem) -> bool:
    """True for a kill by its status, its slug or its note, whatever its text says."""
    return item.pubstatus is PubStatus.CANCELED or Mark.KILL in _read_field_marks(item)


_PLAIN = NewsItem(uri="urn:plain", version="1")


def _read_all_marks(lines: tuple[Line, ...], text: WireText, item: NewsItem) -> dict[Mark, str]:
    """The first marker of each kind: fields first, then the head, then the notes at the end."""
    found = _read_field_marks(item)
    for line in lines:
        _keep(found, read_marks(line))
        if line.is_slug:
            _keep(found, read_slug_marks(line.words))
    for line in find_notes(text):
        _keep(found, read_marks(line))
    return found


def _read_field_marks(item: NewsItem) -> dict[Mark, str]:
    found: dict[Mark, str] = {}
    if item.slugline or item.ednote:
        _keep(found, read_slug_marks(item.slugline))
        _keep(found, read_marks(field_line(item.slugline)))
        _keep(found, read_marks(field_line(item.ednote)))
    return found


def _keep(found: dict[Mark, str], marks: Iterable[tuple[Mark, str]]) -> None:
    for mark, words in marks:
        found.setdefault(mark, words)


def _urgency(item: NewsItem, priority: str, lines: tuple[Line, ...]) -> int:
    stated = item.urgency if item.urgency is not None else ROUTINE
    return max(1, min(9, stated, priority_of(priority, lines) or stated))


def _pubstatus(item: NewsItem, marks: dict[Mark, str]) -> PubStatus:
    if Mark.KILL in marks:
        return PubStatus.CANCELED
    if Mark.HOLD in marks and item.pubstatus is PubStatus.USABLE:
        return PubStatus.WITHHELD
    return item.pubstatus


def _signal(item: NewsItem, marks: dict[Mark, str]) -> Signal:
    if Mark.KILL in marks or item.pubstatus is PubStatus.CANCELED:
        return Signal.WITHDRAWN
    if Mark.CORRECTION in marks:
        return Signal.CORRECTED
    return Signal.UPDATED if Mark.UPDATE in marks else Signal.CREATED
