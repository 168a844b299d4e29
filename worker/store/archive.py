"""The archive: copies of items, and replays of their events."""

from collections.abc import Sequence
from datetime import datetime

from worker.model.digests import item_id
from worker.model.publishing import ArchivedItem, EventMark, Reissue
from worker.store import records
from worker.store.connection import as_text
from worker.store.duplicates import near_id
from worker.store.part import Part

__all__ = ["RedisArchive"]


class RedisArchive(Part):
    """`worker.ports.Archive` on a server."""

    def list(self, *, after: str = "0-0", limit: int = 100) -> tuple[ArchivedItem, ...]:
        start = f"({records.check_entry_id(after)}"
        entries = self._server.call("XRANGE", self._key("copies"), start, "+", "COUNT", limit)
        return tuple(records.archived_item(*entry) for entry in entries)

    def last_ms(self) -> int:
        last = self._server.call("XREVRANGE", self._key("copies"), "+", "-", "COUNT", 1)
        return records.archived_item(*last[0]).at_ms if last else 0

    def ms_at(self, moment: datetime) -> int:
        return records.milliseconds(moment) + self._setbacks_ms()

    def get(self, copy_id: str) -> ArchivedItem | None:
        copy_id = records.check_entry_id(copy_id)
        entries = self._server.call("XRANGE", self._key("copies"), copy_id, copy_id)
        return records.archived_item(*entries[0]) if entries else None

    def marks(self, uri: str, events: Sequence[tuple[str, int]]) -> tuple[EventMark | None, ...]:
        argument = {"id": as_text(item_id(uri)), "events": list(events)}
        marks = self._server.run("marks", self._key("order"), argument) if events else []
        return tuple(
            EventMark(digest=digest, times=times) if digest else None for digest, times in marks
        )

    def reissue(
        self, uri: str, copy_id: str, reissues: Sequence[Reissue], *, first: str = ""
    ) -> int:
        events = [
            {
                "desk": reissue.publication.desk,
                "position": reissue.position,
                "seen": as_text(reissue.mark.digest if reissue.mark else b""),
                "times": reissue.mark.times if reissue.mark else 0,
                "digest": as_text(reissue.publication.digest),
                "id": reissue.publication.id,
                "type": reissue.publication.type,
                "body": as_text(reissue.publication.body),
            }
            for reissue in reissues
        ]
        argument = {
            "id": as_text(item_id(uri)),
            "copy": records.check_entry_id(copy_id),
            "first": near_id(first or uri),
            "events": events,
        }
        return int(self._server.run("reissue", self._key("order"), argument))
