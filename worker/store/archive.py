"""Copies of items, and replays of their events."""

from collections.abc import Sequence

from worker.model.digests import item_id
from worker.model.publishing import (
    ArchivedItem,
    EventMark,
    Reissue,
)
from worker.store import records
from worker.store.connection import as_text
from worker.store.duplicates import near_id
from worker.store.part import Part

__all__ = ["RedisArchive"]


class RedisArchive(Part):
    """`worker.ports.Archive` on a server."""

    def list(self, *, after: str = "0-0", limit: int = 100) -> tuple[ArchivedItem, ...]:
        start = f"({records.check_entry_id(after)}"
        found = self._server.call("XRANGE", self._key("copies"), start, "+", "COUNT", limit)
        return tuple(records.kept(*entry) for entry in found)

    def get(self, copy_id: str) -> ArchivedItem | None:
        copy_id = records.check_entry_id(copy_id)
        found = self._server.call("XRANGE", self._key("copies"), copy_id, copy_id)
        return records.kept(*found[0]) if found else None

    def marks(self, uri: str, events: Sequence[tuple[str, int]]) -> tuple[EventMark | None, ...]:
        said = {"id": as_text(item_id(uri)), "events": list(events)}
        found = self._server.run("marks", self._key("order"), said) if events else []
        return tuple(EventMark(digest=one[0], times=one[1]) if one[0] else None for one in found)

    def reissue(
        self, uri: str, copy_id: str, reissues: Sequence[Reissue], *, first: str = ""
    ) -> int:
        events = [
            {
                "desk": one.publication.desk,
                "position": one.position,
                "seen": as_text(one.mark.digest if one.mark else b""),
                "times": one.mark.times if one.mark else 0,
                "digest": as_text(one.publication.digest),
                "id": one.publication.id,
                "type": one.publication.type,
                "body": as_text(one.publication.body),
            }
            for one in reissues
        ]
        said = {
            "known_s": self._limits.known_for_s,
            "desk_length": self._limits.desk_length,
            "id": as_text(item_id(uri)),
            "copy": records.check_entry_id(copy_id),
            "first": near_id(first or uri),
            "events": events,
        }
        return int(self._server.run("reissue", self._key("order"), said))
