"""Copies events to the archive, a SQL database with search (`worker.archive`).

Target: the database's URL, with the most days and the most bytes that it keeps:
`sqlite:////var/lib/copytaster/archive.db?days=90&bytes=10000000000`,
`postgresql://user:password@host/wire?sslmode=require&days=90`. The desk's shape is `item`.

A batch is a transaction, and an event that the archive has is not written again.
It needs the extra `archive`, and for PostgreSQL the extra `postgresql`.
"""

import datetime
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import structlog

from worker.errors import ArchiveError, CodecError, SinkError
from worker.model import Event, ParsedItem
from worker.model.codec import dataschema, load
from worker.model.publishing import DeskEntry
from worker.model.target_url import TargetOptions, redact_target

if TYPE_CHECKING:
    from worker.archive import Archive

__all__ = ["SqlSink", "open_sql"]

log = structlog.get_logger(__name__)

_OPTIONS = {"days": "0", "bytes": "0"}
_ITEMS = dataschema("item").rpartition(":")[0]
"""The name of an item's schema without the number of its release."""


def open_sql(target: str, desk: str) -> "SqlSink":
    """Open the sink for a database's URL.

    Raises:
        SettingsError: The URL names no database, an option is wrong, or an extra is not installed.
    """
    from worker.archive import open_archive  # noqa: PLC0415  an extra

    url, _, query = target.partition("?")
    parts = query.split("&") if query else []
    # A PostgreSQL URL may also hold options of libpq (`sslmode=require`), which libpq checks. A
    # SQLite file has none, so that `TargetOptions` refuses each other word by its name.
    is_file = url.startswith("sqlite:")
    sink_parts = [part for part in parts if is_file or part.partition("=")[0] in _OPTIONS]
    driver_query = "&".join(part for part in parts if part not in sink_parts)
    options = TargetOptions.read("&".join(sink_parts), _OPTIONS, redact_target(target))
    days, most_bytes = options.count("days"), options.count("bytes")
    archive = open_archive(f"{url}?{driver_query}" if driver_query else url)
    return SqlSink(archive, desk, days=days, most_bytes=most_bytes)


class SqlSink:
    """A `worker.ports.Sink` on an archive.

    Args:
        archive: The archive that gets the events.
        desk: The desk's name, for the log.
        days: The age in days at which versions are deleted; 0 for no limit.
        most_bytes: The size above which the oldest versions are deleted; 0 for no limit.
    """

    def __init__(
        self, archive: "Archive", desk: str = "", *, days: int = 0, most_bytes: int = 0
    ) -> None:
        self._archive = archive
        self._desk = desk
        self._days = days
        self._most_bytes = most_bytes

    def send(self, entries: Iterable[DeskEntry]) -> None:
        from worker.archive.writer import write_events  # noqa: PLC0415  an extra

        batch = list(self._read(entries))
        if not batch:
            return
        try:
            with self._archive.write() as connection:
                write_events(connection, batch)
        except ArchiveError as error:
            reason = f"the archive took no events: {error.reason}"
            raise SinkError(reason, subject=error.subject) from error
        self._delete_oldest()

    def close(self) -> None:
        self._archive.close()

    def _read(self, entries: Iterable[DeskEntry]) -> Iterator[tuple[Event, ParsedItem]]:
        """Yield the events with their items.

        An event that holds no item is skipped with a log line, since another attempt would not
        change it; it stays in the desk's stream.

        Raises:
            SinkError: An item has the schema of another release, which can write it.
        """
        for entry in entries:
            schema = ""
            try:
                event = load(Event, entry.body)
                schema = event.dataschema
                yield event, load(ParsedItem, bytes(event.data))
            except CodecError as error:
                if schema.startswith(f"{_ITEMS}:") and schema != dataschema("item"):
                    reason = f"event {entry.id} is of another release ({schema}): {error}"
                    raise SinkError(reason, subject=self._archive.shown) from error
                log.error("archive_skipped", desk=self._desk, event_id=entry.id, reason=str(error))

    def _delete_oldest(self) -> None:
        """Delete versions that are too old or too many, in a transaction of their own.

        A failure must not send the batch again, which is written: it is logged, and the next batch
        tries again.
        """
        from worker.archive.retention import delete_oldest  # noqa: PLC0415  an extra

        if not (self._days or self._most_bytes):
            return
        now = datetime.datetime.now(datetime.UTC)
        before = now - datetime.timedelta(days=self._days) if self._days else None
        try:
            with self._archive.write() as connection:
                delete_oldest(connection, before=before, most_bytes=self._most_bytes or None)
        except ArchiveError as error:
            log.warning("archive_retention_failed", desk=self._desk, reason=str(error))
