"""Adds the events of a desk to the archive, each once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from worker.archive import annotations, words
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
from worker.model import Entity, Event, ParsedItem, Signal
from worker.model.digests import uri_hash, version_hash

__all__ = ["write_events"]

_MOST_NAMES = 1000
"""The most names in one query, far below the limit on parameters of either database."""

_ANNOTATIONS = (datelines, places, speeches, mentions)
_TABLES = (versions, events, *_ANNOTATIONS)
"""The tables with a version's rows, each after the tables that its foreign keys name."""

_ROOM = 5
"""Bytes in the database, with rows and indexes, per byte of the compressed document."""

_DIALECTS: Mapping[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}


def write_events(connection: Connection, batch: Sequence[tuple[Event, ParsedItem]]) -> int:
    """Add the events that the archive does not have yet.

    A relay sends a batch again if it did not learn the outcome, so events are recognised by their
    ids, within a batch too.

    Args:
        connection: A connection of `Archive.write`.
        batch: Events with whole items (`copytaster.item.*`), in the order of their desk.

    Returns:
        The number of events that were new.
    """
    ids = [event.id for event, _ in batch]
    known = set(connection.scalars(select(events.c.id).where(events.c.id.in_(ids))))
    fresh = {event.id: (event, parsed) for event, parsed in batch if event.id not in known}
    writing = _Batch(connection, list(fresh.values()))
    for event, parsed in fresh.values():
        writing.add(event, parsed)
    writing.flush()
    return len(fresh)


class _Numbers:
    """Gives numbers to the rows of a transaction.

    MAX(id) + 1 is safe because `Archive.write` admits one writer at a time; the numbers are needed
    before the rows are written, to insert each table's rows in one statement.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last: dict[Table, int] = {}
        self._entities: dict[tuple[str, str], int] = {}

    def take(self, table: Table, count: int = 1) -> int:
        """Reserve new numbers of a table, one after another; return the first."""
        if table not in self._last:
            self._last[table] = self._connection.scalar(select(func.max(table.c.id))) or 0
        self._last[table] += count
        return self._last[table] - count + 1

    def entity(self, entity: Entity) -> int:
        """Return the number of an entity; `name` must have had its item."""
        return self._entities[_name_of(entity)]

    def name(self, batch: Iterable[ParsedItem]) -> None:
        """Look up the entities of items, and add those that are new."""
        names = {_name_of(entity) for parsed in batch for entity in parsed.entities}
        spelt = sorted({name for name, _ in names})
        for start in range(0, len(spelt), _MOST_NAMES):
            chunk = spelt[start : start + _MOST_NAMES]
            rows = self._connection.execute(select(entities).where(entities.c.name.in_(chunk)))
            self._entities |= {(name, label): number for number, name, label in rows}
        # In a sorted order, so that the same batch gives the same numbers.
        new = sorted(names - self._entities.keys())
        first = self.take(entities, len(new))
        self._entities |= {name: first + n for n, name in enumerate(new)}
        added = [
            {"id": self._entities[name, label], "name": name, "label": label} for name, label in new
        ]
        if added:
            self._connection.execute(insert(entities), added)


def _name_of(entity: Entity) -> tuple[str, str]:
    name: str = storable({"name": entity.canonical[:LONGEST_NAME]})["name"]
    return name, entity.label.value


@dataclass(slots=True, kw_only=True)
class _Shown:
    """The row of an item, with the name of the version that is shown."""

    row: Row
    version: str

    @property
    def latest(self) -> int:
        number: int = self.row["latest_id"]
        return number

    @property
    def is_withdrawn(self) -> bool:
        return self.row["withdrawn_by"] is not None


class _Batch:
    """The rows of a batch that are not written yet, and its items in the state after the batch.

    An event may change an item that an earlier event of the batch changed, so the items are read
    once and then kept in memory.
    """

    def __init__(self, connection: Connection, batch: Sequence[tuple[Event, ParsedItem]]) -> None:
        self._connection = connection
        self._numbers = _Numbers(connection)
        self._numbers.name(parsed for _, parsed in batch)
        keys = {
            uri_hash(uri) for event, parsed in batch for uri in (event.subject, parsed.item.uri)
        }
        self._shown = self._load_shown(keys)
        self._versions = self._load_versions(keys)
        self._bytes_so_far = self._load_bytes()
        self._rows: dict[Table, list[Row]] = {table: [] for table in _TABLES}
        self._changed: set[str] = set()  # keys of items
        self._findable: dict[int, ParsedItem] = {}
        self._unfindable: list[int] = []

    def _load_shown(self, keys: set[str]) -> dict[str, _Shown]:
        rows = self._connection.execute(
            select(items, versions.c.version)
            .join(versions, versions.c.id == items.c.latest_id)
            .where(items.c.key.in_(keys))
        )
        shown = {}
        for found in rows.mappings():
            row = dict(found)
            version = row.pop("version")
            shown[row["key"]] = _Shown(row=row, version=version)
        return shown

    def _load_versions(self, keys: set[str]) -> dict[tuple[str, str, bool], int]:
        rows = self._connection.execute(
            select(
                versions.c.item, versions.c.version_key, versions.c.is_kill, versions.c.id
            ).where(versions.c.item.in_(keys))
        )
        return {(item, key, is_kill): number for item, key, is_kill, number in rows}

    def _load_bytes(self) -> int:
        newest = select(versions.c.bytes_so_far).order_by(versions.c.id.desc()).limit(1)
        return self._connection.scalar(newest) or 0

    def add(self, event: Event, parsed: ParsedItem) -> None:
        """Add an event with its version, and update the item that it shows or withdraws."""
        number = self._add_version(annotations.version_row(event, parsed), parsed)
        self._rows[events].append(
            {
                "id": event.id,
                "version_id": number,
                "type": event.type,
                "subject": event.subject,
                "time": event.time,
                "is_replay": event.replayed is True,
            }
        )
        if parsed.life.signal is Signal.WITHDRAWN:
            self._withdraw(event, parsed, number)
        else:
            self._show(event, parsed, number)

    def _add_version(self, row: Row, parsed: ParsedItem) -> int:
        """Store a version with its annotations and return its number.

        If the version is stored, its annotations are replaced: a replay brings those of a later
        parser. A kill may bear the version's name of its target, so `is_kill` is part of the key.
        """
        key = (row["item"], row["version_key"], row["is_kill"])
        number = self._versions.get(key)
        if number is None:
            number = self._versions[key] = self._numbers.take(versions)
            self._bytes_so_far += len(row["document"]) * _ROOM
            row = {"id": number, **row, "bytes_so_far": self._bytes_so_far}
            self._rows[versions].append(row)
        else:
            self._renew(number, row)
        self._annotate(number, parsed)
        return number

    def _renew(self, number: int, row: Row) -> None:
        """Update a version that is stored, and delete its annotations."""
        self.flush()  # its rows may still wait in this batch
        words.remove(self._connection, [number])
        for table in _ANNOTATIONS:
            self._connection.execute(delete(table).where(table.c.version_id == number))
        # It keeps the time of its first arrival, by which it is sorted and deleted.
        kept = {name: value for name, value in storable(row).items() if name != "seen"}
        self._connection.execute(update(versions).where(versions.c.id == number).values(kept))

    def _annotate(self, number: int, parsed: ParsedItem) -> None:
        if line := annotations.dateline_row(parsed):
            self._rows[datelines].append({"version_id": number, **line})
        self._rows[places] += (
            {"version_id": number, **place} for place in annotations.dateline_rows(parsed)
        )
        said = list(annotations.speech_rows(parsed))
        first = self._numbers.take(speeches, len(said))
        self._rows[speeches] += (
            {"id": first + n, "version_id": number, **speech} for n, speech in enumerate(said)
        )
        self._rows[mentions] += (
            {"version_id": number, "entity_id": self._numbers.entity(entity), **mention}
            for entity, mention in zip(
                parsed.entities, annotations.mention_rows(parsed.entities), strict=True
            )
        )

    def _show(self, event: Event, parsed: ParsedItem, number: int) -> None:
        """Show a version and make it findable, unless a later version is shown."""
        shown = self._shown.get(uri_hash(parsed.item.uri))
        if shown is None:
            self._put_item(event, parsed, number)
        elif shown.latest > number or (shown.latest == number and shown.is_withdrawn):
            return  # a replay of an earlier version, or of one that a kill withdrew
        else:
            self._hide(shown.latest)
            shown.version = parsed.item.version
            self._change(
                shown, latest_id=number, last_seen=event.time, withdrawn_by=None, withdrawn_at=None
            )
        self._findable[number] = parsed

    def _withdraw(self, event: Event, parsed: ParsedItem, number: int) -> None:
        """Withdraw the item that a kill names.

        The kill's own text becomes an item, withdrawn from the start, only if the archive has none
        with its uri. A kill may name its target by `event.subject` and have a uri of its own.
        """
        withdrawal = {"withdrawn_by": event.id, "withdrawn_at": event.time}
        for uri in {parsed.item.uri, event.subject}:
            shown = self._shown.get(uri_hash(uri))
            if shown is not None:
                if self._names(parsed, uri, shown):
                    self._hide(shown.latest)
                    self._change(shown, **withdrawal)
            elif uri == parsed.item.uri:
                self._put_item(event, parsed, number, **withdrawal)

    def _names(self, parsed: ParsedItem, uri: str, shown: _Shown) -> bool:
        """Return whether a kill withdraws what is shown; False if it names an earlier version.

        A version that the archive does not have came later, and the rules of its desk left it out.
        """
        target = parsed.target
        if target is None or target.uri != uri or target.version is None:
            return True
        named = self._versions.get((uri_hash(uri), version_hash(target.version).hex(), False))
        return named is None or named >= shown.latest

    def _put_item(
        self, event: Event, parsed: ParsedItem, number: int, **withdrawal: object
    ) -> None:
        row: Row = {
            "key": uri_hash(parsed.item.uri),
            "uri": parsed.item.uri,
            "latest_id": number,
            "withdrawn_by": None,
            "withdrawn_at": None,
            "first_seen": event.time,
            "last_seen": event.time,
        }
        shown = _Shown(row=row, version=parsed.item.version)
        self._shown[row["key"]] = shown
        self._change(shown, **withdrawal)

    def _change(self, shown: _Shown, **values: object) -> None:
        shown.row |= values
        self._changed.add(shown.row["key"])

    def _hide(self, number: int) -> None:
        # A version of this batch has no words in the database yet.
        if self._findable.pop(number, None) is None:
            self._unfindable.append(number)

    def flush(self) -> None:
        """Write all rows so far.

        The words come last: `words.add` reads the speeches of its versions from the database.
        """
        words.remove(self._connection, self._unfindable)
        for table, rows in self._rows.items():
            if rows:
                self._connection.execute(insert(table), [storable(row) for row in rows])
                rows.clear()
        self._flush_items()
        words.add(self._connection, list(self._findable.items()))
        self._unfindable.clear()
        self._findable.clear()
        self._changed.clear()

    def _flush_items(self) -> None:
        if not self._changed:
            return
        put = _DIALECTS[self._connection.dialect.name].insert(items)
        changing = ("latest_id", "withdrawn_by", "withdrawn_at", "last_seen")
        put = put.on_conflict_do_update(
            index_elements=["key"], set_={name: put.excluded[name] for name in changing}
        )
        self._connection.execute(put, [storable(self._shown[key].row) for key in self._changed])
