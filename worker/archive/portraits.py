"""The portrait of a speaker, an organisation or a place: counts of its items and speeches."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, not_, select, tuple_

from worker.archive.schema import entities, mentions, places, speeches, versions
from worker.archive.subjects import (
    Subject,
    SubjectKind,
    place_spellings,
    speeches_of,
    stored_name,
    versions_of,
)
from worker.model import EntityLabel, StatementKind
from worker.parse.dateline.agencies import agency_spellings

__all__ = ["COMPANIONS_AMONG", "Portrait", "Tally", "find_portrait", "names_own_agency"]

COMPANIONS_AMONG = 1000
"""The number of newest items in which a subject's companions, agencies and places are counted."""

_MOST_TALLIES = 12

_COMPANION_LABELS = (EntityLabel.PERSON.value, EntityLabel.ORG.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A name and the number of items with it; `kind` is an entity's label, or a place's code."""

    name: str
    count: int
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """The counts of a subject.

    Attributes:
        items: The number of items that mention the speaker or organisation, or are filed from the
            place.
        quotes: The number of quotes of the speaker or organisation, or in the items of the place.
        statements: The number of statements that are not made of quotes alone, likewise.
        first: When the first of these items arrived.
        last: When the last of them arrived.
        labels: The labels that the name has as an entity.
        agencies: The agencies of the newest items, the most frequent first.
        places: The places that the newest items were filed from.
        companions: The other people and organisations that the newest items mention, without the
            items' own agencies.
    """

    items: int
    quotes: int
    statements: int
    first: datetime.datetime | None
    last: datetime.datetime | None
    labels: tuple[str, ...]
    agencies: tuple[Tally, ...]
    places: tuple[Tally, ...]
    companions: tuple[Tally, ...]


def find_portrait(connection: Connection, subject: Subject) -> Portrait | None:
    """Return the counts of a subject; None if no item and no quote has it."""
    said, named = speeches_of(connection, subject), versions_of(connection, subject)
    is_quote = case((speeches.c.kind == StatementKind.DIRECT.value, 1), else_=0)
    counts = connection.execute(
        said.with_only_columns(
            func.count(),
            func.coalesce(func.sum(is_quote), 0),
            func.min(versions.c.seen),
            func.max(versions.c.seen),
        )
    ).one()
    item_counts = connection.execute(
        named.with_only_columns(func.count(), func.min(versions.c.seen), func.max(versions.c.seen))
    ).one()
    if not counts[0] and not item_counts[0]:
        return None
    # A speaker need not be among the mentions of the item, so both statements count.
    newest = sorted(
        {
            *connection.scalars(_newest(named)),
            *connection.scalars(_newest(said)),
        }
    )[-COMPANIONS_AMONG:]
    return Portrait(
        items=item_counts[0],
        quotes=int(counts[1]),
        statements=counts[0] - int(counts[1]),
        first=min((m for m in (counts[2], item_counts[1]) if m), default=None),
        last=max((m for m in (counts[3], item_counts[2]) if m), default=None),
        labels=_labels(connection, subject),
        agencies=_agencies(connection, newest),
        places=_filed(connection, newest, subject),
        companions=_companions(connection, newest, subject),
    )


def _newest(statement: Select[Any]) -> Select[Any]:
    numbers = statement.with_only_columns(versions.c.id).distinct()
    return numbers.order_by(versions.c.id.desc()).limit(COMPANIONS_AMONG)


def _labels(connection: Connection, subject: Subject) -> tuple[str, ...]:
    return tuple(
        connection.scalars(
            select(entities.c.label)
            .where(entities.c.name == stored_name(subject.name))
            .order_by(entities.c.label)
        )
    )


def _agencies(connection: Connection, numbers: Sequence[int]) -> tuple[Tally, ...]:
    count = func.count().label("total")
    rows = connection.execute(
        select(versions.c.agency.label("name"), count)
        .where(versions.c.id.in_(numbers), versions.c.agency != "")
        .group_by(versions.c.agency)
        .order_by(count.desc(), versions.c.agency)
        .limit(_MOST_TALLIES)
    )
    return tuple(Tally(name=row.name, count=row.total) for row in rows)


def _filed(connection: Connection, numbers: Sequence[int], subject: Subject) -> tuple[Tally, ...]:
    count = func.count(places.c.version_id.distinct()).label("total")
    is_other = places.c.name.not_in(place_spellings(subject.name))
    rows = connection.execute(
        select(places.c.name, places.c.iso, count)
        .where(places.c.version_id.in_(numbers))
        .where(*[is_other] if subject.kind is SubjectKind.PLACE else [])
        .group_by(places.c.name, places.c.iso)
        .order_by(count.desc(), places.c.name)
        .limit(_MOST_TALLIES)
    )
    return tuple(Tally(name=row.name, count=row.total, kind=row.iso or "") for row in rows)


def _companions(
    connection: Connection, numbers: Sequence[int], subject: Subject
) -> tuple[Tally, ...]:
    agencies = connection.scalars(
        select(versions.c.agency).where(versions.c.id.in_(numbers)).distinct()
    ).all()
    count = func.count(mentions.c.version_id.distinct()).label("total")
    rows = connection.execute(
        select(entities.c.name, entities.c.label, count)
        .join(mentions, mentions.c.entity_id == entities.c.id)
        .join(versions, versions.c.id == mentions.c.version_id)
        .where(mentions.c.version_id.in_(numbers), entities.c.label.in_(_COMPANION_LABELS))
        .where(entities.c.name != stored_name(subject.name))
        .where(not_(names_own_agency(agencies)))
        .group_by(entities.c.name, entities.c.label)
        .order_by(count.desc(), entities.c.name)
        .limit(_MOST_TALLIES)
    )
    return tuple(Tally(name=row.name, count=row.total, kind=row.label) for row in rows)


def names_own_agency(agencies: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a mention is of its item's own agency, which every item names.

    An item of TASS in Russian names `ТАСС`.

    Args:
        agencies: The agencies of the items in question.
    """
    spellings = [(agency, name) for agency in agencies for name in agency_spellings(agency)]
    return tuple_(versions.c.agency, entities.c.name).in_(spellings)
