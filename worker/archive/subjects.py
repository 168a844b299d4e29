"""A speaker, an organisation or a place: its quotes and statements, items, and companions.

The last version of each item counts, unless a kill withdrew it.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    table,
)

from worker.archive.rows import LONGEST_NAME, storable
from worker.archive.schema import entities, items, mentions, places, speeches, versions
from worker.archive.words import plain_words, yo_spellings
from worker.model import EntityLabel, StatementKind

__all__ = [
    "COMPANIONS_AMONG",
    "ItemRow",
    "PlaceName",
    "Portrait",
    "Subject",
    "SubjectKind",
    "Tally",
    "Utterance",
    "find_portrait",
    "items_of",
    "place_names",
    "said_by",
    "shown",
]

COMPANIONS_AMONG = 1000
"""The number of newest items in which a subject's companions, agencies and places are counted."""

_MOST_TALLIES = 12

_COMPANION_LABELS = (EntityLabel.PERSON.value, EntityLabel.ORG.value)


class SubjectKind(StrEnum):
    """The kind of a subject; the value is the first part of its page's path."""

    SPEAKER = "speakers"
    ORGANISATION = "organisations"
    PLACE = "places"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A subject of items.

    Attributes:
        kind: A speaker, an organisation or a place.
        name: The canonical name of a speaker or an organisation. For a place, its name as printed,
            in capitals or not, or the ISO 3166-1 alpha-2 code of a country in capitals.
    """

    kind: SubjectKind
    name: str

    @property
    def iso(self) -> str:
        """The ISO 3166-1 code of a place that is named by it, else "".

        >>> Subject(kind=SubjectKind.PLACE, name="UA").iso
        'UA'
        """
        is_code = len(self.name) == 2 and self.name.isascii() and self.name.isupper()
        return self.name if self.kind is SubjectKind.PLACE and is_code else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceName:
    """A place of a dateline, as printed, and its ISO 3166-1 alpha-2 code."""

    name: str
    iso: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """An item in a list. `number` is that of its version, and the cursor of a page."""

    number: int
    uri: str
    headline: str
    agency: str
    seen: datetime.datetime
    urgency: int
    places: tuple[PlaceName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A quote (`direct`) or a statement, with its item. `number` is the cursor of a page."""

    number: int
    kind: StatementKind
    text: str
    speaker: str | None
    mention: str | None
    confidence: float
    item: ItemRow


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


def shown() -> ColumnElement[bool]:
    """Return the condition that a row of `versions` is the last of an item not withdrawn."""
    return exists().where(
        items.c.key == versions.c.item,
        items.c.latest_id == versions.c.id,
        items.c.withdrawn_by.is_(None),
    )


def find_portrait(connection: Connection, subject: Subject) -> Portrait | None:
    """Return the counts of a subject; None if no item and no quote has it."""
    said, named = _speeches(connection, subject), _versions(connection, subject)
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


def said_by(
    connection: Connection, subject: Subject, *, before: int, limit: int
) -> list[Utterance]:
    """Return the quotes and statements of a subject, or in the items of a place, the newest first.

    Args:
        connection: A connection of `Archive.read`.
        subject: The subject.
        before: The number of the last row of the previous page; 0 for the first page.
        limit: The largest number of rows to return.
    """
    said = _speeches(connection, subject)
    if before:
        said = said.where(speeches.c.id < before)
    rows = connection.execute(
        said.with_only_columns(
            speeches.c.id.label("speech"),
            *(speeches.c[name] for name in ("kind", "text", "speaker", "mention", "confidence")),
            *_ITEM,
        )
        .order_by(speeches.c.id.desc())
        .limit(limit)
    ).all()
    filed = place_names(connection, [row.number for row in rows])
    return [
        Utterance(
            number=row.speech,
            kind=StatementKind(row.kind),
            text=row.text,
            speaker=row.speaker,
            mention=row.mention,
            confidence=row.confidence,
            item=_item_row(row, filed),
        )
        for row in rows
    ]


def items_of(connection: Connection, subject: Subject, *, before: int, limit: int) -> list[ItemRow]:
    """Return the items that mention a subject, or are filed from a place, the newest first.

    Args:
        connection: A connection of `Archive.read`.
        subject: The subject.
        before: The number of the last item of the previous page; 0 for the first page.
        limit: The largest number of rows to return.
    """
    named = _versions(connection, subject)
    if before:
        named = named.where(versions.c.id < before)
    statement = named.with_only_columns(*_ITEM).order_by(versions.c.id.desc()).limit(limit)
    rows = connection.execute(statement).all()
    filed = place_names(connection, [row.number for row in rows])
    return [_item_row(row, filed) for row in rows]


def place_names(
    connection: Connection, numbers: Sequence[int]
) -> Mapping[int, tuple[PlaceName, ...]]:
    """Return the places of datelines by the number of the version."""
    found: dict[int, tuple[PlaceName, ...]] = {}
    rows = connection.execute(
        select(places.c.version_id, places.c.name, places.c.iso)
        .where(places.c.version_id.in_(set(numbers)))
        .order_by(places.c.version_id, places.c.ordinal)
    )
    for number, name, iso in rows:
        found[number] = (*found.get(number, ()), PlaceName(name=name, iso=iso))
    return found


_ITEM = (
    versions.c.id.label("number"),
    *(versions.c[name] for name in ("uri", "headline", "agency", "seen", "urgency")),
)


def _item_row(row: Row[Any], filed: Mapping[int, tuple[PlaceName, ...]]) -> ItemRow:
    return ItemRow(
        number=row.number,
        uri=row.uri,
        headline=row.headline,
        agency=row.agency,
        seen=row.seen,
        urgency=row.urgency,
        places=filed.get(row.number, ()),
    )


def _speeches(connection: Connection, subject: Subject) -> Select[Any]:
    """Return the SQL statement of a subject's quotes and statements, or of those of a place."""
    joined = select(speeches, versions).join(versions, versions.c.id == speeches.c.version_id)
    if subject.kind is SubjectKind.PLACE:
        return joined.where(_is_filed(connection, subject), shown())
    return joined.where(speeches.c.speaker == _stored(subject.name), shown())


def _versions(connection: Connection, subject: Subject) -> Select[Any]:
    """Return the SQL statement of the items that mention a subject, or are filed from a place."""
    if subject.kind is SubjectKind.PLACE:
        return select(versions).where(_is_filed(connection, subject), shown())
    mentioning = (
        select(mentions.c.version_id)
        .join(entities, entities.c.id == mentions.c.entity_id)
        .where(entities.c.name == _stored(subject.name))
    )
    return select(versions).where(versions.c.id.in_(mentioning), shown())


def _is_filed(connection: Connection, subject: Subject) -> ColumnElement[bool]:
    """Return the condition that a version is filed from a place.

    The table of places has no index on its names, so the words of the search find candidates. They
    also match `NEW YORK` for `York`: the second condition compares whole names.
    """
    name = _stored(subject.name)
    if connection.dialect.name == "sqlite":
        words = table("item_words", column("rowid"))
        spelt = yo_spellings(name.replace('"', " "))
        term = " OR ".join(f'places : "{spelling}"' for spelling in spelt)
        found: ColumnElement[bool] = literal_column("item_words").op("MATCH")(term)
    else:
        words = table("item_words", column("id"))
        vector: ColumnElement[Any] = column("places", _selectable=words)
        simple: ColumnElement[str] = literal_column("'simple'")
        found = or_(
            *(
                vector.op("@@", is_comparison=True)(func.phraseto_tsquery(simple, spelling))
                for spelling in yo_spellings(plain_words(name))
            )
        )
    (key,) = words.c
    is_place = places.c.iso == name if subject.iso else places.c.name.in_(_spellings(name))
    return and_(
        versions.c.id.in_(select(key).where(found)),
        exists().where(places.c.version_id == versions.c.id, is_place),
    )


def _spellings(name: str) -> set[str]:
    """Return the spellings of a place that count as one: datelines print capitals."""
    return {name, name.upper(), name.title()}


def _stored(name: str) -> str:
    """Return a name as the writer stored it: cut, and without NUL."""
    return str(storable({"name": name[:LONGEST_NAME]})["name"])


def _newest(statement: Select[Any]) -> Select[Any]:
    numbers = statement.with_only_columns(versions.c.id).distinct()
    return numbers.order_by(versions.c.id.desc()).limit(COMPANIONS_AMONG)


def _labels(connection: Connection, subject: Subject) -> tuple[str, ...]:
    return tuple(
        connection.scalars(
            select(entities.c.label)
            .where(entities.c.name == _stored(subject.name))
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
    is_other = places.c.name.not_in(_spellings(subject.name))
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
    count = func.count(mentions.c.version_id.distinct()).label("total")
    rows = connection.execute(
        select(entities.c.name, entities.c.label, count)
        .join(mentions, mentions.c.entity_id == entities.c.id)
        .join(versions, versions.c.id == mentions.c.version_id)
        .where(mentions.c.version_id.in_(numbers), entities.c.label.in_(_COMPANION_LABELS))
        .where(entities.c.name != _stored(subject.name))
        .where(entities.c.name != versions.c.agency)  # every item of an agency names it
        .group_by(entities.c.name, entities.c.label)
        .order_by(count.desc(), entities.c.name)
        .limit(_MOST_TALLIES)
    )
    return tuple(Tally(name=row.name, count=row.total, kind=row.label) for row in rows)
