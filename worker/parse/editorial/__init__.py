"""What an item does to the one before it, how urgent it is, and whether it may be used.

Markers are read at the head of the text, in notes on a line of their own there and at its end, and
in the slug; never in running text, where "kills", "corrected a claim" and "urgent talks" are news.
"""

from collections.abc import Iterable

from worker.model import Life, NewsItem, PubStatus, Signal
from worker.parse.editorial.embargo import read_embargo
from worker.parse.editorial.header_lines import HeaderLine, field_line, find_notes, head_lines
from worker.parse.editorial.markers import Marker, priority_of, read_markers, read_slug_markers
from worker.parse.editorial.references import find_number, find_slug, find_take, find_target
from worker.parse.text import WireText

__all__ = ["find_life"]

ROUTINE = 5
"""The urgency of what says nothing of it, on IPTC's scale of 1 to 9."""

_PRINTED_ORDER = (
    Marker.KILL,
    Marker.HOLD,
    Marker.CORRECTION,
    Marker.UPDATE,
    Marker.PRIORITY,
    Marker.EMBARGO,
)


def find_life(text: WireText, item: NewsItem) -> Life:
    r"""Urgency, usability, relation and embargo, from the item's fields and its text's markers.

    >>> life = find_life(WireText("UPDATE 1 - Talks resume\n\nMINSK (BelTA) - They did."), _PLAIN)
    >>> life.signal.value, life.markers
    ('updated', ('UPDATE 1 -',))
    """
    lines = tuple(head_lines(text))
    marks = _read_all_markers(lines, text, item)
    take = find_take(lines, item.slugline)
    embargo = marks.get(Marker.EMBARGO)
    slug = find_slug(lines, item.slugline)
    corrects = Marker.KILL in marks or Marker.HOLD in marks or Marker.CORRECTION in marks
    target = find_target(text.full, item, slug) if corrects else None
    printed = [marks[mark] for mark in _PRINTED_ORDER if mark in marks]
    return Life(
        urgency=_urgency(item, marks.get(Marker.PRIORITY, ""), lines),
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


_PLAIN = NewsItem(uri="urn:plain", version="1")


def _read_all_markers(
    lines: tuple[HeaderLine, ...], text: WireText, item: NewsItem
) -> dict[Marker, str]:
    """The first marker of each kind: fields first, then the head, then the notes at the end."""
    found: dict[Marker, str] = {}
    if item.slugline or item.ednote:
        _keep(found, read_slug_markers(item.slugline))
        _keep(found, read_markers(field_line(item.slugline)))
        _keep(found, read_markers(field_line(item.ednote)))
    for line in lines:
        _keep(found, read_markers(line))
        if line.is_slug:
            _keep(found, read_slug_markers(line.words))
    for line in find_notes(text):
        _keep(found, read_markers(line))
    return found


def _keep(found: dict[Marker, str], marks: Iterable[tuple[Marker, str]]) -> None:
    for mark, words in marks:
        found.setdefault(mark, words)


def _urgency(item: NewsItem, priority: str, lines: tuple[HeaderLine, ...]) -> int:
    stated = item.urgency if item.urgency is not None else ROUTINE
    return max(1, min(9, stated, priority_of(priority, lines) or stated))


def _pubstatus(item: NewsItem, marks: dict[Marker, str]) -> PubStatus:
    if Marker.KILL in marks:
        return PubStatus.CANCELED
    if Marker.HOLD in marks and item.pubstatus is PubStatus.USABLE:
        return PubStatus.WITHHELD
    return item.pubstatus


def _signal(item: NewsItem, marks: dict[Marker, str]) -> Signal:
    if Marker.KILL in marks or item.pubstatus is PubStatus.CANCELED:
        return Signal.WITHDRAWN
    if Marker.CORRECTION in marks:
        return Signal.CORRECTED
    return Signal.UPDATED if Marker.UPDATE in marks else Signal.CREATED
