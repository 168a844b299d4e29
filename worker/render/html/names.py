"""The table of names: a row for all mentions with the same label and canonical name."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worker.model import Entity, EntityLabel, NewsItem, ParsedItem
from worker.parse.text import find_paragraphs
from worker.render.console import one_line
from worker.render.html.places import say_country

__all__ = ["KINDS", "NameRow", "name_rows", "row_ids"]

_HEAD = "head"
"""Headline and deck, which have no number."""

KINDS = {
    EntityLabel.PERSON: "person",
    EntityLabel.ORG: "body",
    EntityLabel.NORP: "body",
    EntityLabel.GPE: "place",
    EntityLabel.LOC: "place",
    EntityLabel.FAC: "place",
    EntityLabel.EVENT: "work",
    EntityLabel.PRODUCT: "work",
    EntityLabel.LAW: "work",
    EntityLabel.MONEY: "value",
    EntityLabel.PERCENT: "value",
    EntityLabel.DATE: "value",
}
"""CSS classes of the entity labels: people, organisations, places, works and values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRow:
    """A row of the table of names.

    `mentions` has the number of the first mention in each paragraph, and that paragraph's number;
    both count from 1, and headline and deck are the `head`.
    """

    id: str
    name: str
    label: EntityLabel
    is_first: bool
    """True for the first row of a label."""
    roles: str
    countries: str
    mentions: tuple[tuple[int, str], ...]

    @property
    def kind(self) -> str:
        """The CSS class of the name."""
        return KINDS[self.label]


def row_ids(entities: Sequence[Entity]) -> Mapping[tuple[EntityLabel, str], str]:
    """Return the HTML ids of the rows, by label and canonical name."""
    names = dict.fromkeys((entity.label, entity.canonical) for entity in entities)
    return {name: f"name-{number}" for number, name in enumerate(names, 1)}


def name_rows(parsed: ParsedItem) -> tuple[NameRow, ...]:
    """Return the rows, in the order of the labels and, within a label, of the first mentions."""
    mentions: dict[tuple[EntityLabel, str], dict[int, Entity]] = {}
    for number, entity in enumerate(parsed.entities, 1):
        mentions.setdefault((entity.label, entity.canonical), {})[number] = entity
    ids = row_ids(parsed.entities)
    starts = _paragraph_starts(parsed.item)
    return tuple(
        _row(ids[name], mentions[name], starts, is_first=not nth)
        for label in EntityLabel
        for nth, name in enumerate(name for name in mentions if name[0] is label)
    )


def _paragraph_starts(item: NewsItem) -> list[int]:
    body_at = len(item.text) - len(item.body_text)
    return [paragraph.start + body_at for paragraph in find_paragraphs(item.body_text)]


def _row(
    row_id: str, mentions: Mapping[int, Entity], starts: Sequence[int], *, is_first: bool
) -> NameRow:
    first = next(iter(mentions.values()))
    roles = dict.fromkeys(one_line(entity.role or "") for entity in mentions.values())
    countries = dict.fromkeys(say_country(entity.iso) for entity in mentions.values())
    places: dict[int, int] = {}
    for number, entity in mentions.items():
        places.setdefault(bisect_right(starts, entity.span.start), number)
    return NameRow(
        id=row_id,
        name=one_line(first.canonical),
        label=first.label,
        is_first=is_first,
        roles="; ".join(filter(None, roles)),
        countries=", ".join(filter(None, countries)),
        mentions=tuple((number, str(place or _HEAD)) for place, number in places.items()),
    )
