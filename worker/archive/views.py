"""The archive as the pages show it: the wire, and an item with its versions."""

import datetime
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, RowMapping, exists, func, select

from worker.archive.schema import events, items, places, speeches, versions
from worker.archive.search import Query, search_items
from worker.model import ParsedItem, StatementKind
from worker.model.codec import load
from worker.model.digests import uri_hash, version_hash

__all__ = [
    "Duplicate",
    "ItemView",
    "Kill",
    "SpokenQuote",
    "VersionView",
    "WireRow",
    "find_item_view",
    "read_document",
    "read_wire",
]

_LONGEST = 500
"""Code points of a headline or a quote on the wire."""

_MOST_VERSIONS = 100

_MOST_DUPLICATES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenQuote:
    """A quote with its speaker; `confidence` is that of the speaker, from 0 to 1."""

    text: str
    speaker: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRow:
    """An item on the wire.

    Attributes:
        number: The number of its version in the archive; 0 for a row that is read from a desk.
        uri: Its identifier.
        version: The name of its last version.
        seen: The time of that version's event.
        signal: The last word of the event's type: created, updated, corrected or withdrawn.
        urgency: From 1 (flash) to 9.
        headline: The headline, or the first words of an item without a headline; cut.
        agency: The agency, or the provider.
        place: The first place of the dateline.
        country: Its ISO 3166-1 alpha-2 code.
        language: A BCP 47 tag.
        is_kill: True for a kill itself, rather than for the item that it withdraws.
        is_withdrawn: True if a kill withdrew the item.
        duplicate_of: The uri of the original that the item repeats.
        said: The quote whose speaker is the most certain.
        speakers: All speakers of a row read from a desk; empty for a row of the archive.
        source: The feed or the sender, as the event names it; empty for a row of the archive.
    """

    number: int = 0
    uri: str
    version: str
    seen: datetime.datetime
    signal: str
    urgency: int = 5
    headline: str = ""
    agency: str = ""
    place: str = ""
    country: str = ""
    language: str = ""
    is_kill: bool = False
    is_withdrawn: bool = False
    duplicate_of: str | None = None
    said: SpokenQuote | None = None
    speakers: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """A version of an item, without its text."""

    number: int
    version: str
    seen: datetime.datetime
    created: datetime.datetime | None
    signal: str
    is_kill: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """The kill that withdrew an item.

    The uri is empty if the archive no longer has it; `at` is None if only the store knows of it.
    """

    uri: str
    at: datetime.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """An item with the text of another."""

    uri: str
    headline: str
    seen: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """An item in one of its versions.

    Attributes:
        document: The JSON of the version that is shown.
        shown: That version.
        before: The document of the version before it; None for a first version.
        versions: All versions, the newest first.
        kill: The kill that withdrew the item.
        duplicates: Items that repeat it, the oldest first.
    """

    document: bytes
    shown: VersionView
    before: bytes | None
    versions: tuple[VersionView, ...]
    kill: Kill | None
    duplicates: tuple[Duplicate, ...]


def read_wire(connection: Connection, query: Query) -> list[WireRow]:
    """Return the last versions of the newest items, the newest first.

    Without words and facets the rows are all items, including withdrawn items, which no search
    finds.

    Args:
        connection: A connection of `Archive.read`.
        query: The words and facets, the cursor of the previous page, and the most rows to return.
    """
    numbers = _numbers(connection, query)
    found = connection.execute(_WIRE.where(versions.c.id.in_(numbers))).mappings()
    rows = {row["number"]: row for row in found}
    said = _most_certain(connection, numbers)
    where = _first_places(connection, numbers)
    return [
        _wire_row(connection, rows[number], said.get(number), where.get(number))
        for number in numbers
        if number in rows
    ]


_IS_LATEST = exists().where(items.c.key == versions.c.item, items.c.latest_id == versions.c.id)
"""A condition and not a join, so that both databases read versions from the newest on and stop."""

_COLUMNS = (
    *("uri", "version", "seen", "signal", "urgency", "agency", "language", "is_kill"),
    "duplicate_of",
)
_SHOWN = ("number", *_COLUMNS)

_WIRE = select(
    versions.c.id.label("number"),
    *(versions.c[name] for name in _COLUMNS),
    # A headline may be a megabyte long, and a row shows its beginning.
    func.substr(versions.c.headline, 1, _LONGEST).label("headline"),
    items.c.withdrawn_by,
).join(items, items.c.key == versions.c.item)


def _numbers(connection: Connection, query: Query) -> list[int]:
    if any((query.words, query.speaker, query.place, query.agency, query.name, query.language)):
        return [hit.number for hit in search_items(connection, query)]
    newest = select(versions.c.id).where(_IS_LATEST)
    if query.source:
        newest = newest.where(versions.c.source == query.source)
    # A cursor and not OFFSET, which would read and drop all rows of the pages before.
    if query.before:
        newest = newest.where(versions.c.id < query.before)
    return list(connection.scalars(newest.order_by(versions.c.id.desc()).limit(query.limit)))


def _wire_row(
    connection: Connection, row: RowMapping, said: SpokenQuote | None, where: RowMapping | None
) -> WireRow:
    shown = {name: row[name] for name in _SHOWN}
    return WireRow(
        **shown,
        headline=row["headline"] or _first_words(connection, row["number"]),
        place=where["name"] if where else "",
        country=(where["iso"] or "") if where else "",
        is_withdrawn=row["withdrawn_by"] is not None and not row["is_kill"],
        said=said,
    )


def _most_certain(connection: Connection, numbers: Sequence[int]) -> dict[int, SpokenQuote]:
    """Return, for each version, the quote with the most certain speaker, the first of equals."""
    # A window function ranks within each version; LIMIT would rank across them all.
    place = func.row_number().over(
        partition_by=speeches.c.version_id, order_by=(speeches.c.confidence.desc(), speeches.c.id)
    )
    ranked = (
        select(speeches.c.id, place.label("place"))
        .where(
            speeches.c.version_id.in_(numbers),
            speeches.c.kind == StatementKind.DIRECT.value,
            speeches.c.speaker.is_not(None),
        )
        .subquery()
    )
    found = connection.execute(
        select(
            speeches.c.version_id,
            func.substr(speeches.c.text, 1, _LONGEST).label("text"),
            speeches.c.speaker,
            speeches.c.confidence,
        ).where(speeches.c.id.in_(select(ranked.c.id).where(ranked.c.place == 1)))
    ).mappings()
    return {
        row["version_id"]: SpokenQuote(
            text=row["text"], speaker=row["speaker"], confidence=row["confidence"]
        )
        for row in found
    }


def _first_places(connection: Connection, numbers: Sequence[int]) -> dict[int, RowMapping]:
    found = connection.execute(
        select(places.c.version_id, places.c.name, places.c.iso).where(
            places.c.version_id.in_(numbers), places.c.ordinal == 0
        )
    ).mappings()
    return {row["version_id"]: row for row in found}


class _Words(msgspec.Struct, frozen=True):
    """The fields of an item's JSON from which its first words are taken."""

    deck: str = ""
    body_text: str = ""


class _Document(msgspec.Struct, frozen=True):
    """A parsed item's JSON; msgspec skips the fields that are not named here."""

    item: _Words


_document = msgspec.json.Decoder(_Document)


def _first_words(connection: Connection, number: int) -> str:
    """Return the first words of an item without a headline."""
    # Few items have no headline, so their documents are read one by one.
    packed = connection.scalar(select(versions.c.document).where(versions.c.id == number))
    item = _document.decode(zlib.decompress(packed or b"")).item
    return (item.deck or item.body_text)[:_LONGEST]


def find_item_view(connection: Connection, uri: str, version: str | None = None) -> ItemView | None:
    """Return an item in its last version, or in the version of a given name.

    A kill may bear the uri and the version of its target; then the target's own version is
    returned, so that the kill does not hide the text.

    Args:
        connection: A connection of `Archive.read`.
        uri: The item's uri.
        version: The name of a version; None for the last.

    Returns:
        The item; None if the archive does not have the item or the version.
    """
    key = uri_hash(uri)
    item = connection.execute(select(items).where(items.c.key == key)).mappings().one_or_none()
    known = _versions_of(connection, key)
    if item is None or not known:
        return None
    wanted = known if version is None else _versions_of(connection, key, version)
    shown = next((listed for listed in wanted if not listed.is_kill), wanted[0] if wanted else None)
    if shown is None:
        return None
    document = _document_of(connection, shown.number)
    before = _before(connection, key, shown.number)
    return ItemView(
        document=document,
        shown=shown,
        before=None if before is None else _document_of(connection, before),
        versions=known,
        kill=_kill_of(connection, item),
        duplicates=_duplicates_of(connection, uri),
    )


def read_document(document: bytes) -> ParsedItem:
    """Return the parsed item of a document.

    Raises:
        CodecError: A later version of copytaster wrote it.
    """
    return load(ParsedItem, document)


def _versions_of(
    connection: Connection, key: str, version: str | None = None
) -> tuple[VersionView, ...]:
    """Return the newest versions of an item, or those of this name: an item and its kill."""
    listed = (
        select(
            versions.c.id.label("number"),
            *(versions.c[name] for name in ("version", "seen", "created", "signal", "is_kill")),
        )
        .where(versions.c.item == key)
        .order_by(versions.c.id.desc())
        .limit(_MOST_VERSIONS)
    )
    if version is not None:
        listed = listed.where(versions.c.version_key == version_hash(version).hex())
    return tuple(VersionView(**row) for row in connection.execute(listed).mappings())


def _before(connection: Connection, key: str, number: int) -> int | None:
    """Return the number of the version before another that is no kill."""
    earlier = (versions.c.item == key) & (versions.c.id < number) & ~versions.c.is_kill
    found: int | None = connection.scalar(select(func.max(versions.c.id)).where(earlier))
    return found


def _document_of(connection: Connection, number: int) -> bytes:
    packed = connection.scalar(select(versions.c.document).where(versions.c.id == number))
    return zlib.decompress(packed or b"")


def _kill_of(connection: Connection, item: RowMapping) -> Kill | None:
    if item["withdrawn_by"] is None:
        return None
    uri = connection.scalar(
        select(versions.c.uri)
        .join(events, events.c.version_id == versions.c.id)
        .where(events.c.id == item["withdrawn_by"])
    )
    return Kill(uri=uri or "", at=item["withdrawn_at"])


def _duplicates_of(connection: Connection, uri: str) -> tuple[Duplicate, ...]:
    headline = func.substr(versions.c.headline, 1, _LONGEST).label("headline")
    found = connection.execute(
        select(versions.c.uri, headline, versions.c.seen)
        .where(versions.c.duplicate_of == uri, _IS_LATEST)
        .order_by(versions.c.id)
        .limit(_MOST_DUPLICATES)
    ).mappings()
    return tuple(Duplicate(**row) for row in found)
