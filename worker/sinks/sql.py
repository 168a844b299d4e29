"""Events in a SQL database that can be searched: the archive (`worker.archive`).

Target: the database's URL, and for how long and how much it keeps:
`sqlite:////var/lib/copytaster/archive.db?days=90&bytes=10000000000`,
`postgresql://user:password@host/wire`. The desk's format is `items`.

A batch is one transaction, and an event that the archive has is not written again.
"""

import datetime
from collections.abc import Iterable

from worker.archive import Archive, open_archive
from worker.archive.retention import delete_oldest
from worker.archive.writer import write_events
from worker.errors import ArchiveError, CodecError, SinkError
from worker.model import Event, ParsedItem
from worker.model.codec import load
from worker.model.publishing import DeskEntry
from worker.sinks.target_url import SinkOptions, without_secrets

__all__ = ["SqlSink", "open_sql"]

_OPTIONS = {"days": "0", "bytes": "0"}
_ITEM = "copytaster.item."


def open_sql(target: str, desk: str) -> "SqlSink":  # noqa: ARG001  every sink is told
    """Open the sink for a database's URL.

    Raises:
        SettingsError: The URL names no database, or an option is wrong.
    """
    url, _, query = target.partition("?")
    options = SinkOptions.read(query, _OPTIONS, without_secrets(target))
    return SqlSink(open_archive(url), days=options.count("days"), most_bytes=options.count("bytes"))


class SqlSink:
    """A `worker.ports.Sink` on an archive.

    Args:
        archive: Where events go.
        days: Versions that arrived longer ago are deleted. 0: none.
        most_bytes: The size above which the oldest versions are deleted. 0: no limit.
    """

    def __init__(self, archive: Archive, *, days: int = 0, most_bytes: int = 0) -> None:
        self._archive = archive
        self._days = days
        self._most_bytes = most_bytes

    def send(self, entries: Iterable[DeskEntry]) -> None:
        batch = [_read(entry, self._archive.shown) for entry in entries]
        now = datetime.datetime.now(datetime.UTC)
        before = now - datetime.timedelta(days=self._days) if self._days else None
        try:
            with self._archive.write() as connection:
                write_events(connection, batch)
                delete_oldest(connection, before=before, most_bytes=self._most_bytes or None)
        except ArchiveError as error:
            raise SinkError(
                f"the archive took no events: {error.reason}", subject=error.subject
            ) from error

    def close(self) -> None:
        self._archive.close()


def _read(entry: DeskEntry, shown: str) -> tuple[Event, ParsedItem]:
    """Return an event with its item.

    Raises:
        SinkError: The desk's events are no items.
    """
    try:
        event = load(Event, entry.body)
        return event, load(ParsedItem, bytes(event.data))
    except CodecError as error:
        reason = f'event {entry.id} is no item: {error}; its desk needs format = "items"'
        raise SinkError(reason, subject=shown) from error
