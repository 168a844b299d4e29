"""Deletes the oldest versions of the archive, by age and by size."""

import datetime
from collections.abc import Sequence

from sqlalchemy import Connection, delete, exists, select

from worker.archive import words
from worker.archive.schema import entities, items, mentions, speeches, versions

__all__ = ["delete_oldest", "size_of"]

STEP = 200
"""Versions that a call deletes at most, so that no reader and no batch waits long for it."""

_MOST_NAMES = 1000
"""Most numbers of names in one statement."""


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
    oldest = select(versions.c.id).limit(STEP)
    if most_bytes is not None and size_of(connection) > most_bytes:
        oldest = oldest.order_by(versions.c.id)
    elif before is not None:
        oldest = oldest.where(versions.c.seen < before).order_by(versions.c.seen)
    else:
        return 0
    numbers = connection.scalars(oldest).all()
    _delete(connection, numbers)
    return len(numbers)


def _delete(connection: Connection, numbers: Sequence[int]) -> None:
    if not numbers:
        return
    words.remove(connection, numbers)
    named = connection.scalars(
        select(mentions.c.entity_id).where(mentions.c.version_id.in_(numbers)).distinct()
    ).all()
    connection.execute(delete(speeches).where(speeches.c.version_id.in_(numbers)))
    keys = select(versions.c.item).where(versions.c.id.in_(numbers))
    connection.execute(delete(items).where(items.c.key.in_(keys), items.c.latest_id.in_(numbers)))
    connection.execute(delete(versions).where(versions.c.id.in_(numbers)))  # and all of its rows
    is_named = exists().where(mentions.c.entity_id == entities.c.id)
    for start in range(0, len(named), _MOST_NAMES):
        chunk = named[start : start + _MOST_NAMES]
        connection.execute(delete(entities).where(entities.c.id.in_(chunk), ~is_named))


def size_of(connection: Connection) -> int:
    """Return the bytes that the archive uses, without room that is free for new rows.

    PostgreSQL does not know that, so it is estimated from the sizes of the versions.
    """
    if connection.dialect.name == "postgresql":
        ends = [
            connection.scalar(select(versions.c.bytes_so_far).order_by(number).limit(1)) or 0
            for number in (versions.c.id, versions.c.id.desc())
        ]
        return ends[1] - ends[0]
    pages, free, page_bytes = (
        connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * page_bytes)
