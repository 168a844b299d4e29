"""The counts of a day: items by hour and agency, places, speakers and organisations.

The last version of each item counts, unless a kill withdrew it, on the day on which that version
arrived.
"""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, extract, func, not_, select

from worker.archive.portraits import Tally, names_own_agency
from worker.archive.schema import entities, mentions, places, speeches, versions
from worker.archive.subjects import shown
from worker.model import EntityLabel, StatementKind

__all__ = ["DayCounts", "HourCount", "PlaceCount", "SpeakerCount", "count_day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    """The items of an agency that arrived in an hour of the day, from 0 to 23 in UTC."""

    hour: int
    agency: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCount:
    """A place and the items filed from it; without coordinates if they are unknown."""

    name: str
    iso: str | None
    lat: float | None
    lon: float | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerCount:
    """A speaker, with the number of quotes and of statements that are not made of quotes alone."""

    name: str
    quotes: int
    statements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCounts:
    """The counts of a day in UTC.

    Attributes:
        items: The number of items.
        quotes: The number of quotes in them.
        statements: The number of statements in them that are not made of quotes alone.
        hours: Items by hour and agency, in this order; hours without items are left out.
        places: Items by the places of their datelines, the most frequent first.
        speakers: The speakers with the most quotes, in descending order.
        organisations: The organisations that most items mention, in descending order. An item does
            not count as a mention of its own agency.
        earlier: The nearest earlier day with items; None if there is none.
        later: The nearest later day with items; None if there is none.
    """

    items: int
    quotes: int
    statements: int
    hours: tuple[HourCount, ...]
    places: tuple[PlaceCount, ...]
    speakers: tuple[SpeakerCount, ...]
    organisations: tuple[Tally, ...]
    earlier: datetime.date | None
    later: datetime.date | None


def count_day(
    connection: Connection, day: datetime.date, *, most_names: int, most_places: int
) -> DayCounts:
    """Return the counts of a day in UTC.

    Args:
        connection: A connection of `Archive.read`.
        day: The day.
        most_names: The largest number of speakers, and of organisations, to return.
        most_places: The largest number of places to return.
    """
    start = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
    last = datetime.datetime.combine(day, datetime.time.max, datetime.UTC)
    in_day = and_(versions.c.seen >= start, versions.c.seen <= last, shown())
    hours = _count_hours(connection, in_day)
    quotes, statements = connection.execute(
        select(_QUOTES, _STATEMENTS).select_from(versions.join(speeches)).where(in_day)
    ).one()
    return DayCounts(
        items=sum(row.count for row in hours),
        quotes=int(quotes),
        statements=int(statements),
        hours=hours,
        places=_count_places(connection, in_day, most_places),
        speakers=_count_speakers(connection, in_day, most_names),
        organisations=_count_organisations(
            connection, in_day, {row.agency for row in hours}, most_names
        ),
        earlier=_day_of(connection, versions.c.seen < start, versions.c.seen.desc()),
        later=_day_of(connection, versions.c.seen > last, versions.c.seen),
    )


def _day_of(
    connection: Connection, condition: ColumnElement[bool], order: ColumnElement[Any]
) -> datetime.date | None:
    """Return the day of the first item in an order; the index on `seen` finds it at once."""
    moment: datetime.datetime | None = connection.scalar(
        select(versions.c.seen).where(condition, shown()).order_by(order).limit(1)
    )
    return moment.astimezone(datetime.UTC).date() if moment else None


_IS_QUOTE = speeches.c.kind == StatementKind.DIRECT.value
_QUOTES: ColumnElement[Any] = func.coalesce(func.sum(case((_IS_QUOTE, 1), else_=0)), 0).label(
    "quotes"
)
_STATEMENTS: ColumnElement[Any] = func.coalesce(func.sum(case((_IS_QUOTE, 0), else_=1)), 0).label(
    "statements"
)


def _count_hours(connection: Connection, in_day: ColumnElement[bool]) -> tuple[HourCount, ...]:
    seen: ColumnElement[Any] = versions.c.seen
    if connection.dialect.name == "postgresql":
        # EXTRACT would give the hour in the session's time zone. SQLite stores UTC.
        seen = func.timezone("UTC", seen)
    hour = extract("hour", seen).label("hour")
    count = func.count().label("total")
    rows = connection.execute(
        select(hour, versions.c.agency, count)
        .where(in_day)
        .group_by(hour, versions.c.agency)
        .order_by(hour, versions.c.agency)
    )
    return tuple(HourCount(hour=int(row.hour), agency=row.agency, count=row.total) for row in rows)


def _count_places(
    connection: Connection, in_day: ColumnElement[bool], most: int
) -> tuple[PlaceCount, ...]:
    where = (places.c.name, places.c.iso, places.c.lat, places.c.lon)
    count = func.count(versions.c.id.distinct()).label("total")
    rows = connection.execute(
        select(*where, count)
        .select_from(versions.join(places))
        .where(in_day)
        .group_by(*where)
        .order_by(count.desc(), places.c.name, places.c.iso)
        .limit(most)
    )
    return tuple(
        PlaceCount(name=row.name, iso=row.iso, lat=row.lat, lon=row.lon, count=row.total)
        for row in rows
    )


def _count_speakers(
    connection: Connection, in_day: ColumnElement[bool], most: int
) -> tuple[SpeakerCount, ...]:
    rows = connection.execute(
        select(speeches.c.speaker, _QUOTES, _STATEMENTS)
        .select_from(versions.join(speeches))
        .where(in_day, speeches.c.speaker.is_not(None))
        .group_by(speeches.c.speaker)
        .order_by(_QUOTES.desc(), _STATEMENTS.desc(), speeches.c.speaker)
        .limit(most)
    )
    return tuple(
        SpeakerCount(name=row.speaker, quotes=int(row.quotes), statements=int(row.statements))
        for row in rows
    )


def _count_organisations(
    connection: Connection, in_day: ColumnElement[bool], agencies: Collection[str], most: int
) -> tuple[Tally, ...]:
    count = func.count(versions.c.id.distinct()).label("total")
    rows = connection.execute(
        select(entities.c.name, count)
        .select_from(versions.join(mentions).join(entities))
        .where(in_day, entities.c.label == EntityLabel.ORG.value)
        .where(not_(names_own_agency(agencies)))
        .group_by(entities.c.name)
        .order_by(count.desc(), entities.c.name)
        .limit(most)
    )
    return tuple(Tally(name=row.name, count=row.total) for row in rows)
