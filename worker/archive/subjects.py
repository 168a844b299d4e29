"""A speaker, an organisation or a place: its quotes, statements and items.

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
from worker.model import StatementKind

__all__ = [
    "ItemRow",
    "PlaceName",
    "Subject",
    "SubjectKind",
    "Utterance",
    "items_of",
    "place_names",
    "place_spellings",
    "said_by",
    "shown",
    "speeches_of",
    "stored_name",
    "versions_of",
]


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


def shown() -> ColumnElement[bool]:
    """Return the condition that a row of `versions` is the last of an item not withdrawn."""
    return exists().where(
        items.c.key == versions.c.item,
        items.c.latest_id == versions.c.id,
        items.c.withdrawn_by.is_(None),
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
    said = speeches_of(connection, subject)
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
    named = versions_of(connection, subject)
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


def speeches_of(connection: Connection, subject: Subject) -> Select[Any]:
    """Return the SQL statement of a subject's quotes and statements, or of those of a place."""
    joined = select(speeches, versions).join(versions, versions.c.id == speeches.c.version_id)
    if subject.kind is SubjectKind.PLACE:
        return joined.where(_is_filed(connection, subject), shown())
    return joined.where(speeches.c.speaker == stored_name(subject.name), shown())


def versions_of(connection: Connection, subject: Subject) -> Select[Any]:
    """Return the SQL statement of the items that mention a subject, or are filed from a place."""
    if subject.kind is SubjectKind.PLACE:
        return select(versions).where(_is_filed(connection, subject), shown())
    mentioning = (
        select(mentions.c.version_id)
        .join(entities, entities.c.id == mentions.c.entity_id)
        .where(entities.c.name == stored_name(subject.name))
    )
    return select(versions).where(versions.c.id.in_(mentioning), shown())


def _is_filed(connection: Connection, subject: Subject) -> ColumnElement[bool]:
    """Return the condition that a version is filed from a place.

    The table of places has no index on its names, so the words of the search find candidates. They
    also match `NEW YORK` for `York`: the second condition compares whole names.
    """
    name = stored_name(subject.name)
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
    is_place = places.c.iso == name if subject.iso else places.c.name.in_(place_spellings(name))
    return and_(
        versions.c.id.in_(select(key).where(found)),
        exists().where(places.c.version_id == versions.c.id, is_place),
    )


def place_spellings(name: str) -> set[str]:
    """Return the spellings of a place that count as one: datelines print capitals."""
    return {name, name.upper(), name.title()}


def stored_name(name: str) -> str:
    """Return a name as the writer stored it: cut, and without NUL."""
    return str(storable({"name": name[:LONGEST_NAME]})["name"])
