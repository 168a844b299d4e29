"""Deletes the oldest versions of the archive, by age and by size."""

import datetime
from collections.abc import Sequence

from sqlalchemy import Connection, delete, exists, select

from worker.archive import words
from worker.archive.schema import entities, items, mentions, speeches, versions

__all__ = ["delete_oldest", "size_of"]

STEP = 200
"""The most versions that a call deletes, so that no batch waits long for the write lock."""

_MOST_NAMES = 1000
"""The most ids in one statement, far below the limit on parameters of either database."""


def delete_oldest(
    connection: Connection, *, before: datetime.datetime | None, most_bytes: int | None
) -> int:
    """Delete some of the oldest versions, by their age or by the size of the database.

    Args:
        connection: A connection of `Archive.write`.
        before: Delete versions that arrived before this time; None for no limit.
        most_bytes: Delete versions while the database is larger; None for no limit.

    Returns:
        The number of deleted versions, at most STEP; call again until it is 0.
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
    connection.execute(delete(versions).where(versions.c.id.in_(numbers)))  # cascades to the rest
    # Names that only these versions mentioned; others stay.
    is_named = exists().where(mentions.c.entity_id == entities.c.id)
    for start in range(0, len(named), _MOST_NAMES):
        chunk = named[start : start + _MOST_NAMES]
        connection.execute(delete(entities).where(entities.c.id.in_(chunk), ~is_named))


def size_of(connection: Connection) -> int:
    """Return the bytes that the archive uses, without the pages that are free for new rows.

    PostgreSQL does not count the free room in its files, so its size is estimated from the sizes of
    the versions.
    """
    if connection.dialect.name == "postgresql":
        # The oldest and the newest: the difference of the running totals is all between them.
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
