"""Finds a name by its Latin form, which only the documents of the archive hold beside the name."""

import zlib

from sqlalchemy import Connection, select

from worker.archive.schema import versions
from worker.archive.search import Query, search_items
from worker.errors import CodecError
from worker.model import ParsedItem
from worker.model.codec import load

__all__ = ["find_native_name"]

_ITEMS = 20
"""The newest items that are read; the words of the search have found the Latin form in them."""


def find_native_name(connection: Connection, latin: str) -> str | None:
    """Return the name that has a Latin form in the newest items: `Павел Седов` for `Pavel Sedov`.

    Args:
        connection: A connection of `Archive.read`.
        latin: The whole Latin form, in the same case.
    """
    hits = search_items(connection, Query(name=latin, limit=_ITEMS))
    numbers = [hit.number for hit in hits]
    statement = select(versions.c.document).where(versions.c.id.in_(numbers))
    for document in connection.scalars(statement.order_by(versions.c.id.desc())):
        try:
            parsed = load(ParsedItem, zlib.decompress(document))
        except CodecError:  # the item of another release
            continue
        for entity in parsed.entities:
            if entity.latin == latin:
                return entity.canonical
    return None
