"""The table of names: a row for all mentions with the same label and canonical name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worker.model import Entity, EntityLabel
from worker.render.console import one_line
from worker.render.html.places import say_country

__all__ = ["KINDS", "NameRow", "name_rows", "row_ids"]

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
    """A row of the table of names; `mentions` are the numbers of the name's mentions, from 1."""

    id: str
    name: str
    label: EntityLabel
    is_first: bool
    """True for the first row of a label."""
    roles: str
    countries: str
    mentions: tuple[int, ...]

    @property
    def kind(self) -> str:
        """The CSS class of the name."""
        return KINDS[self.label]


def row_ids(entities: Sequence[Entity]) -> Mapping[tuple[EntityLabel, str], str]:
    """Return the HTML ids of the rows, by label and canonical name."""
    names = dict.fromkeys((entity.label, entity.canonical) for entity in entities)
    return {name: f"name-{number}" for number, name in enumerate(names, 1)}


def name_rows(entities: Sequence[Entity]) -> tuple[NameRow, ...]:
    """Return the rows, in the order of the labels and, within a label, of the first mentions."""
    mentions: dict[tuple[EntityLabel, str], dict[int, Entity]] = {}
    for number, entity in enumerate(entities, 1):
        mentions.setdefault((entity.label, entity.canonical), {})[number] = entity
    ids = row_ids(entities)
    return tuple(
        _row(ids[name], mentions[name], is_first=not nth)
        for label in EntityLabel
        for nth, name in enumerate(name for name in mentions if name[0] is label)
    )


def _row(row_id: str, mentions: Mapping[int, Entity], *, is_first: bool) -> NameRow:
    first = next(iter(mentions.values()))
    roles = dict.fromkeys(one_line(entity.role or "") for entity in mentions.values())
    countries = dict.fromkeys(say_country(entity.iso) for entity in mentions.values())
    return NameRow(
        id=row_id,
        name=one_line(first.canonical),
        label=first.label,
        is_first=is_first,
        roles="; ".join(filter(None, roles)),
        countries=", ".join(filter(None, countries)),
        mentions=tuple(mentions),
    )
