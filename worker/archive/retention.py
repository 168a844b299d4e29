"""Deletes the oldest versions of the archive, by age and by size."""

import datetime
from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select

from worker.archive import words
from worker.archive.schema import items, speeches, versions

__all__ = ["delete_oldest", "size_of"]

STEP = 200
"""Versions that a call deletes at most, so that no reader and no batch waits long for it."""


def delete_oldest(
    connection: Connection, *, before: datetime.datetime | None, most_bytes: int | None
) -> int:
    """Delete some of the oldest versions that arrived before a time, or that are too much.

    Args:
        connection: A connection of `Archive.write`.
        before: Versions older than this go; None: no version is too old.
        most_bytes: The size of the database above which versions go; None: no size is too large.

    Returns:
        How many versions went; call again while it is not 0.
    """
    oldest = select(versions.c.id).order_by(versions.c.id).limit(STEP)
    if most_bytes is None or size_of(connection) <= most_bytes:
        if before is None:
            return 0
        oldest = oldest.where(versions.c.seen < before)
    numbers = connection.scalars(oldest).all()
    _delete(connection, numbers)
    return len(numbers)


def _delete(connection: Connection, numbers: Sequence[int]) -> None:
    for number in numbers:
        words.remove(connection, number)
    connection.execute(delete(speeches).where(speeches.c.version_id.in_(numbers)))
    connection.execute(delete(items).where(items.c.latest_id.in_(numbers)))
    connection.execute(delete(versions).where(versions.c.id.in_(numbers)))  # and all of its rows


def size_of(connection: Connection) -> int:
    """Return the bytes that the database uses, without pages that are free for new rows."""
    if connection.dialect.name == "postgresql":
        size: int = connection.scalar(select(func.pg_database_size(func.current_database())))
        return size
    pages, free, size_of_page = (
        connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size_of_page)
