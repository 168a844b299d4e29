"""Adds the events of a desk to the archive, each once."""

import zlib
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from worker.archive import words
from worker.archive.rows import LONGEST_NAME, Row, storable
from worker.archive.schema import (
    datelines,
    entities,
    events,
    items,
    mentions,
    places,
    speeches,
    versions,
)
from worker.model import Entity, Event, ParsedItem, Quote, Signal, Statement, StatementKind
from worker.model.codec import dump
from worker.model.digests import uri_hash, version_hash

__all__ = ["write_events"]

_MOST_NAMES = 1000
"""Most names in one look-up."""

_OF_VERSION = (datelines, places, speeches, mentions)


def write_events(connection: Connection, batch: Sequence[tuple[Event, ParsedItem]]) -> int:
    """Add the events that the archive does not have yet; return how many there were.

    Args:
        connection: A connection of `Archive.write`.
        batch: Events with whole items (`copytaster.item.*`), in the order of their desk.
    """
    ids = [event.id for event, _ in batch]
    known = set(connection.scalars(select(events.c.id).where(events.c.id.in_(ids))))
    fresh = {event.id: (event, parsed) for event, parsed in batch if event.id not in known}
    numbers = _Numbers(connection)
    numbers.name(parsed for _, parsed in fresh.values())
    for event, parsed in fresh.values():
        _write(connection, numbers, event, parsed)
    return len(fresh)


class _Numbers:
    """The numbers that rows get within a transaction; `Archive.write` lets one writer in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last: dict[Table, int] = {}
        self._entities: dict[tuple[str, str], int] = {}

    def take(self, table: Table, count: int = 1) -> int:
        """Return the first of so many new numbers of a table."""
        if table not in self._last:
            self._last[table] = self._connection.scalar(select(func.max(table.c.id))) or 0
        self._last[table] += count
        return self._last[table] - count + 1

    def entity(self, entity: Entity) -> int:
        """Return the number of an entity of the items given to `name`."""
        return self._entities[_name_of(entity)]

    def name(self, batch: Iterable[ParsedItem]) -> None:
        """Look up the entities of items, and add those that are new."""
        names = {_name_of(entity) for parsed in batch for entity in parsed.entities}
        spelt = sorted({name for name, _ in names})
        for start in range(0, len(spelt), _MOST_NAMES):
            chunk = spelt[start : start + _MOST_NAMES]
            rows = self._connection.execute(select(entities).where(entities.c.name.in_(chunk)))
            self._entities |= {(row.name, row.label): row.id for row in rows}
        new = sorted(names - self._entities.keys())
        first = self.take(entities, len(new))
        self._entities |= {name: first + n for n, name in enumerate(new)}
        _insert(
            self._connection,
            entities,
            [
                {"id": self._entities[name, label], "name": name, "label": label}
                for name, label in new
            ],
        )


def _name_of(entity: Entity) -> tuple[str, str]:
    return storable({"name": entity.canonical[:LONGEST_NAME]})["name"], entity.label.value


def _write(connection: Connection, numbers: _Numbers, event: Event, parsed: ParsedItem) -> None:
    number = _put_version(connection, numbers, event, parsed)
    _insert(
        connection,
        events,
        [
            {
                "id": event.id,
                "version_id": number,
                "type": event.type,
                "subject": event.subject,
                "time": event.time,
                "is_replay": event.replayed is True,
            }
        ],
    )
    if parsed.life.signal is Signal.WITHDRAWN:
        _put_kill(connection, event, parsed, number)
    else:
        _put_latest(connection, event, parsed, number)


def _put_version(
    connection: Connection, numbers: _Numbers, event: Event, parsed: ParsedItem
) -> int:
    """Store the version with its annotations, in place of earlier ones; return its number.

    A replay has the annotations of a later parser.
    """
    row = _version_row(event, parsed)
    number: int | None = connection.scalar(
        select(versions.c.id).where(
            *(versions.c[name] == row[name] for name in ("item", "version_key", "is_kill"))
        )
    )
    if number is None:
        number = numbers.take(versions)
        _insert(connection, versions, [{"id": number, **row}])
    else:
        words.remove(connection, number)
        for table in _OF_VERSION:
            connection.execute(delete(table).where(table.c.version_id == number))
        kept = {name: value for name, value in storable(row).items() if name != "seen"}
        connection.execute(update(versions).where(versions.c.id == number).values(kept))
    _insert_annotations(connection, numbers, parsed, number)
    return number


def _version_row(event: Event, parsed: ParsedItem) -> Row:
    item = parsed.item
    return {
        "item": uri_hash(item.uri),
        "uri": item.uri,
        "version": item.version,
        "version_key": version_hash(item.version).hex(),
        "seen": event.time,
        "created": item.versioncreated,
        # The event knows what the store knew: whether the version updates another.
        "signal": event.type.rpartition(".")[2],
        "urgency": parsed.life.urgency,
        "is_kill": parsed.life.signal is Signal.WITHDRAWN,
        "pubstatus": parsed.life.pubstatus.value,
        "headline": item.headline,
        "language": item.language,
        "agency": (parsed.dateline and parsed.dateline.agency) or item.infosource,
        "source": item.source,
        "link": item.link,
        "duplicate_of": parsed.duplicate_of,
        "document": zlib.compress(dump(parsed), 6),
    }


def _insert_annotations(
    connection: Connection, numbers: _Numbers, parsed: ParsedItem, number: int
) -> None:
    full = parsed.item.text
    if line := parsed.dateline:
        _insert(
            connection,
            datelines,
            [
                {
                    "version_id": number,
                    "printed": line.span.of(full),
                    "date": line.date,
                    "agency": line.agency,
                    "credit": line.credit,
                    "correspondent": line.correspondent,
                    "style": line.style,
                }
            ],
        )
        rows = [
            {
                "version_id": number,
                "ordinal": ordinal,
                **{name: getattr(place, name) for name in _PLACE_FIELDS},
            }
            for ordinal, place in enumerate(line.places)
        ]
        _insert(connection, places, rows)
    said = list(_speech_rows(parsed, full))
    first = numbers.take(speeches, len(said))
    rows = [{"id": first + n, "version_id": number, **row} for n, row in enumerate(said)]
    _insert(connection, speeches, rows)
    rows = [
        {"version_id": number, "entity_id": numbers.entity(entity), **_mention_row(entity)}
        for entity in parsed.entities
    ]
    _insert(connection, mentions, rows)


_PLACE_FIELDS = ("name", "region", "iso", "geonames_id", "lat", "lon", "confidence")


def _speech_rows(parsed: ParsedItem, full: str) -> Iterator[Row]:
    """Yield a row for each quote, and for each statement that is not made of quotes alone."""
    for quote in parsed.quotes:
        yield {
            "kind": StatementKind.DIRECT.value,
            "text": quote.contents.of(full),
            "start": quote.contents.start,
            "end": quote.contents.end,
            "chain": quote.chain,
            **_source_row(quote, full),
        }
    for statement in parsed.statements:
        if statement.kind is not StatementKind.DIRECT:
            yield {
                "kind": statement.kind.value,
                "text": " … ".join(part.of(full) for part in statement.contents),
                "start": statement.contents[0].start,
                "end": statement.contents[-1].end,
                "chain": None,
                **_source_row(statement, full),
            }


def _source_row(said: Quote | Statement, full: str) -> Row:
    return {
        "speaker": said.speaker[:LONGEST_NAME] if said.speaker else None,
        "mention": said.source.of(full) if said.source else None,
        "cue": said.cue.of(full) if said.cue else None,
        "confidence": said.confidence,
    }


def _mention_row(entity: Entity) -> Row:
    return {
        "start": entity.span.start,
        "end": entity.span.end,
        "iso": entity.iso,
        "role": entity.role,
        "ticker": entity.ticker,
    }


def _put_latest(connection: Connection, event: Event, parsed: ParsedItem, number: int) -> None:
    """Make a version the one that is shown and found, unless a later one is."""
    latest = _latest(connection, parsed.item.uri)
    if latest is None:
        _insert(
            connection,
            items,
            [
                {
                    "key": uri_hash(parsed.item.uri),
                    "uri": parsed.item.uri,
                    "latest_id": number,
                    "first_seen": event.time,
                    "last_seen": event.time,
                }
            ],
        )
    elif latest > number or (latest == number and _is_withdrawn(connection, parsed.item.uri)):
        return  # a replay of an earlier version, or of one that a kill withdrew
    else:
        words.remove(connection, latest)
        connection.execute(
            update(items)
            .where(items.c.key == uri_hash(parsed.item.uri))
            .values(latest_id=number, last_seen=event.time, withdrawn_by=None, withdrawn_at=None)
        )
    words.add(connection, number, parsed)


def _put_kill(connection: Connection, event: Event, parsed: ParsedItem, number: int) -> None:
    """Withdraw what a kill names; the note itself is shown where nothing else is."""
    for uri in {parsed.item.uri, event.subject}:
        latest = _latest(connection, uri)
        if latest is None:
            if uri == parsed.item.uri:
                _insert(
                    connection,
                    items,
                    [
                        {
                            "key": uri_hash(uri),
                            "uri": uri,
                            "latest_id": number,
                            "first_seen": event.time,
                            "last_seen": event.time,
                            "withdrawn_by": event.id,
                            "withdrawn_at": event.time,
                        }
                    ],
                )
        elif _names_latest(connection, parsed, uri, latest):
            words.remove(connection, latest)
            connection.execute(
                update(items)
                .where(items.c.key == uri_hash(uri))
                .values(withdrawn_by=event.id, withdrawn_at=event.time)
            )


def _names_latest(connection: Connection, parsed: ParsedItem, uri: str, latest: int) -> bool:
    """Return False for a kill that a later version of its target overtook."""
    target = parsed.target
    if target is None or target.uri != uri or target.version is None:
        return True
    version = connection.scalar(select(versions.c.version).where(versions.c.id == latest))
    return bool(version == target.version)


def _latest(connection: Connection, uri: str) -> int | None:
    number: int | None = connection.scalar(
        select(items.c.latest_id).where(items.c.key == uri_hash(uri))
    )
    return number


def _is_withdrawn(connection: Connection, uri: str) -> bool:
    return (
        connection.scalar(select(items.c.withdrawn_by).where(items.c.key == uri_hash(uri)))
        is not None
    )


def _insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(insert(table), [storable(row) for row in rows])
