"""Items of the archive by their uri."""

import datetime
import zlib
from dataclasses import dataclass

from sqlalchemy import Connection, select

from worker.archive.schema import items, versions
from worker.model import ParsedItem
from worker.model.codec import load
from worker.model.digests import uri_hash, version_hash

__all__ = ["FoundItem", "VersionLine", "find_item"]

MOST_VERSIONS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """A version of an item in a list. `signal` is the last word of its event's type."""

    version: str
    seen: datetime.datetime
    signal: str
    is_kill: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundItem:
    """An item of the archive.

    Attributes:
        uri: The item's uri.
        withdrawn_by: The id of the kill's event; None if no kill withdrew the item.
        withdrawn_at: The time of that event.
        parsed: The requested version with its annotations; None if the item has no version of this
            name, or is withdrawn.
        versions: Its versions, the newest first, at most 1,000.
    """

    uri: str
    withdrawn_by: str | None
    withdrawn_at: datetime.datetime | None
    parsed: ParsedItem | None
    versions: tuple[VersionLine, ...]


def find_item(connection: Connection, uri: str, version: str = "") -> FoundItem | None:
    """Return an item with one of its versions; None if the archive does not have the item.

    Args:
        connection: A connection of `Archive.read`.
        uri: The item's uri.
        version: The name of a version; empty for the last.
    """
    item = connection.execute(select(items).where(items.c.key == uri_hash(uri))).one_or_none()
    if item is None:
        return None
    columns = [versions.c[name] for name in ("version", "seen", "signal", "is_kill")]
    lines = connection.execute(
        select(*columns)
        .where(versions.c.item == item.key)
        .order_by(versions.c.id.desc())
        .limit(MOST_VERSIONS)
    )
    is_withdrawn = item.withdrawn_by is not None
    return FoundItem(
        uri=item.uri,
        withdrawn_by=item.withdrawn_by,
        withdrawn_at=item.withdrawn_at,
        parsed=None if is_withdrawn else _read(connection, item.key, item.latest_id, version),
        versions=tuple(
            VersionLine(
                version=line.version, seen=line.seen, signal=line.signal, is_kill=line.is_kill
            )
            for line in lines
        ),
    )


def _read(connection: Connection, key: str, latest: int, version: str) -> ParsedItem | None:
    wanted = versions.c.id == latest
    if version:
        wanted = (
            (versions.c.item == key)
            & (versions.c.version_key == version_hash(version).hex())
            & ~versions.c.is_kill
        )
    document = connection.scalar(select(versions.c.document).where(wanted))
    return None if document is None else load(ParsedItem, zlib.decompress(document))
