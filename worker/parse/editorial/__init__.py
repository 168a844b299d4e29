"""Editorial status of an item: urgency, usability, embargo, and its relation to earlier versions.

Markers are read in the slug, at the head of the text, and in notes there and at its end; never in
running text, where "kills", "corrected a claim" and "urgent talks" are news.
"""

import datetime
from collections.abc import Iterable

from worker.model import Life, NewsItem, PubStatus, Signal
from worker.parse.editorial.embargo import read_embargo
from worker.parse.editorial.header_lines import HeaderLine, field_line, find_notes, head_lines
from worker.parse.editorial.marker_rules import Marker
from worker.parse.editorial.markers import priority_of, read_markers, read_slug_markers
from worker.parse.editorial.references import (
    NO_TARGET,
    Take,
    find_number,
    find_slug,
    find_take,
    find_target,
)
from worker.parse.text import WireText

__all__ = ["find_life", "has_kill_field"]

ROUTINE = 5
"""Urgency of an item that states none, on IPTC's scale of 1 to 9."""

_MARKER_ORDER = (
    Marker.KILL,
    Marker.HOLD,
    Marker.CORRECTION,
    Marker.UPDATE,
    Marker.PRIORITY,
    Marker.EMBARGO,
)


_MARKERS_WITH_TARGET = frozenset({Marker.KILL, Marker.HOLD, Marker.CORRECTION})


def find_life(text: WireText, item: NewsItem) -> Life:
    r"""Return the editorial status, from the fields of an item and the markers in its text.

    >>> life = find_life(WireText("UPDATE 1 - Talks resume\n\nMINSK (BelTA) - They did."), _PLAIN)
    >>> life.signal.value, life.markers
    ('updated', ('UPDATE 1 -',))
    """
    lines = tuple(head_lines(text))
    markers = _read_all_markers(lines, text, item)
    slug = find_slug(lines, item.slugline)
    take = find_take(lines, item.slugline)
    embargoed = _embargo(item, markers)
    target = NO_TARGET
    if not _MARKERS_WITH_TARGET.isdisjoint(markers):
        target = find_target(text.full, item, slug) or NO_TARGET
    return Life(
        urgency=_urgency(item, markers.get(Marker.PRIORITY, ""), lines),
        pubstatus=_pubstatus(item, markers, embargoed),
        signal=_signal(item, markers),
        embargoed=embargoed,
        markers=_printed_markers(markers, take),
        item_number=find_number(lines),
        slug=slug,
        take=take.number if take else None,
        target_numbers=target.numbers,
        target_slug=target.slug,
        target_headline=next(iter(target.headlines), None),
    )


def has_kill_field(item: NewsItem) -> bool:
    """Return True for a kill by its pubstatus, slug or editors' note, whatever its text says."""
    return item.pubstatus is PubStatus.CANCELED or Marker.KILL in _read_field_markers(item)


_PLAIN = NewsItem(uri="urn:plain", version="1")


def _embargo(item: NewsItem, markers: dict[Marker, str]) -> datetime.datetime | None:
    if item.embargoed or Marker.EMBARGO not in markers:
        return item.embargoed
    return read_embargo(markers[Marker.EMBARGO], item.published)


def _printed_markers(markers: dict[Marker, str], take: Take | None) -> tuple[str, ...]:
    """Return the words of the markers, the weightiest first, those of the take last."""
    words = [markers[marker] for marker in _MARKER_ORDER if marker in markers]
    return tuple(dict.fromkeys((*words, *((take.words,) if take else ()))))


def _read_all_markers(
    lines: tuple[HeaderLine, ...], text: WireText, item: NewsItem
) -> dict[Marker, str]:
    """Return the words of the first marker of each kind.

    Fields of the item come first, then the head of the text, then the notes at its end.
    """
    markers = _read_field_markers(item)
    for line in lines:
        _keep_first(markers, read_markers(line))
        if line.is_slug:
            _keep_first(markers, read_slug_markers(line.words))
    for note in find_notes(text):
        _keep_first(markers, read_markers(note))
    return markers


def _read_field_markers(item: NewsItem) -> dict[Marker, str]:
    """Return the words of the first marker of each kind in the slug and the editors' note."""
    markers: dict[Marker, str] = {}
    if item.slugline or item.ednote:
        _keep_first(markers, read_slug_markers(item.slugline))
        _keep_first(markers, read_markers(field_line(item.slugline)))
        _keep_first(markers, read_markers(field_line(item.ednote)))
    return markers


def _keep_first(markers: dict[Marker, str], others: Iterable[tuple[Marker, str]]) -> None:
    for marker, words in others:
        markers.setdefault(marker, words)


def _urgency(item: NewsItem, priority: str, lines: tuple[HeaderLine, ...]) -> int:
    """Return the more urgent of the stated urgency and the marker's."""
    stated = item.urgency if item.urgency is not None else ROUTINE
    return max(1, min(9, stated, priority_of(priority, lines) or stated))


def _pubstatus(
    item: NewsItem, markers: dict[Marker, str], embargoed: datetime.datetime | None
) -> PubStatus:
    """Return the status; an item whose embargo cannot be read is withheld, as on a hold."""
    if Marker.KILL in markers:
        return PubStatus.CANCELED
    is_on_hold = Marker.HOLD in markers or (Marker.EMBARGO in markers and embargoed is None)
    if is_on_hold and item.pubstatus is PubStatus.USABLE:
        return PubStatus.WITHHELD
    return item.pubstatus


def _signal(item: NewsItem, markers: dict[Marker, str]) -> Signal:
    if Marker.KILL in markers or item.pubstatus is PubStatus.CANCELED:
        return Signal.WITHDRAWN
    if Marker.CORRECTION in markers:
        return Signal.CORRECTED
    return Signal.UPDATED if Marker.UPDATE in markers else Signal.CREATED
