"""Article pages to read, between the entry that needs a page and its item."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from worker.model import Lease
from worker.model.inbox import InboxEntry
from worker.model.polling import OpenPage, PageWork
from worker.store import records
from worker.store.chance import draw_step, draw_token
from worker.store.connection import Connection, as_text
from worker.store.part import Part, StoreLimits

__all__ = ["RedisPages"]

KIND = "pages:"
"""The beginning of the names of all keys of pages (lib/leases.lua)."""

FIELDS = ("message", "source", "published", "urgency", "door", "traceparent", "tracestate")
"""The fields of an entry that its item keeps."""


class RedisPages(Part):
    """`worker.ports.Pages` on a server; the id of a page is that of its work entry."""

    def __init__(self, server: Connection, limits: StoreLimits) -> None:
        super().__init__(server, limits)
        self._pages = self._key("pages")

    def put(self, entry: InboxEntry) -> bool:
        work = PageWork(
            id=records.check_entry_id(entry.id),
            stream=entry.stream,
            order=entry.fields.get("order", entry.id),
            fields={name: entry.fields[name] for name in FIELDS if name in entry.fields},
        )
        argument = {
            "stream": entry.stream,
            "entry": entry.id,
            "order": work.order,
            "work": _as_json(work),
        }
        return bool(self._server.run("put_page", self._pages, argument))

    def claim(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        argument = {
            "kind": KIND,
            "limit": limit,
            "lease_ms": round(lease_s * 1000),
            "word": draw_token(),
        }
        words = self._server.run("claim_due", self._pages, argument)
        pairs = zip(words[::2], words[1::2], strict=True)
        return tuple(Lease(page_id.decode(), token.decode()) for page_id, token in pairs)

    def work(self, lease: Lease, lease_s: float) -> OpenPage | None:
        begun = Lease(lease.subject_id, draw_token())
        argument = {
            "kind": KIND,
            "id": lease.subject_id,
            "claim": lease.token,
            "token": begun.token,
            "lease_ms": round(lease_s * 1000),
            "hashes": ("pages",),
            "strings": (),
            "since": "pages:begun",
        }
        is_ours, packed, *since_ms = self._server.run("begin_lease", self._pages, argument)
        if not (is_ours and packed):
            return None
        work = msgspec.json.decode(packed, type=PageWork)
        return OpenPage(lease=begun, work=work, age_s=since_ms[0] / 1000)

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        argument = {
            "kind": KIND,
            "lease_ms": round(lease_s * 1000),
            "leases": records.lease_pairs(leases),
        }
        return int(self._server.run("renew_leases", self._pages, argument))

    def postpone(
        self, lease: Lease, work: PageWork, until: datetime, now: datetime | None = None
    ) -> bool:
        argument = {
            "kind": KIND,
            "id": lease.subject_id,
            "token": lease.token,
            "work": _as_json(work),
            "due": records.milliseconds(until),
            "now": None if now is None else records.milliseconds(now),
        }
        return bool(self._server.run("postpone_page", self._pages, argument))

    def finish(self, lease: Lease, work: PageWork, message: bytes, *, unnamed: str = "") -> bool:
        mark = {"unnamed": as_text(unnamed.encode())} if unnamed else {}
        return self._end(lease, work, {**_as_texts(work), "message": as_text(message), **mark})

    def fail(self, lease: Lease, work: PageWork, reason: str) -> bool:
        failed = as_text(reason.encode("utf-8", "replace"))
        return self._end(lease, work, {**_as_texts(work), "failed": failed})

    def _end(self, lease: Lease, work: PageWork, fields: Mapping[str, msgspec.Raw]) -> bool:
        argument = {
            "kind": KIND,
            "id": lease.subject_id,
            "token": lease.token,
            "urgent": work.stream.endswith(":urgent"),
            "step": draw_step(),
            "order": work.order,
            "fields": [word for pair in fields.items() for word in pair],
        }
        return bool(self._server.run("end_page", self._pages, argument))

    def waiting(self) -> int:
        return int(self._server.call("HLEN", self._pages))


def _as_json(work: PageWork) -> msgspec.Raw:
    return as_text(msgspec.json.encode(work))


def _as_texts(work: PageWork) -> dict[str, msgspec.Raw]:
    return {name: as_text(word.encode("utf-8", "replace")) for name, word in work.fields.items()}
