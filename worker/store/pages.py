"""Pages to be read, between the inbox entry that asked for them and the item that comes of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from worker.model import Lease
from worker.ports import InboxEntry, PageWork
from worker.store import records
from worker.store.connection import Connection, Word

__all__ = ["RedisPages"]


def page_id(entry: InboxEntry) -> str:
    """The two inbox streams count for themselves."""
    return f"{'u' if entry.stream.endswith(':urgent') else 'i'}{entry.id}"


def first_work(entry: InboxEntry) -> PageWork:
    """What is kept of an entry that leaves the inbox."""
    fields = {name: value for name, value in entry.fields.items() if name != "retry_of"}
    return PageWork(id=entry.id, stream=entry.stream, order=records.order_of(entry), fields=fields)


def item_fields(work: PageWork, message: bytes) -> dict[str, Word]:
    """The entry that goes back on the inbox, in its old place among the versions of its item."""
    others = {name: value for name, value in work.fields.items() if name != "message"}
    return {"message": message, **others, "retry_of": work.order}


def failed_fields(work: PageWork, reason: str) -> dict[str, Word]:
    """The entry as it was; the intake buries it for this reason."""
    return {**work.fields, "retry_of": work.order, "failed": reason}


class RedisPages:
    """`worker.ports.Pages` on a server; see the table atop `redis`."""

    def __init__(self, server: Connection, prefix: str) -> None:
        self._server = server
        self._prefix = prefix
        self._works = f"{prefix}:pages"
        self._due = f"{prefix}:pages:due"
        self._leases = f"{prefix}:pages:leases"

    def put(self, entry: InboxEntry) -> bool:
        args: list[Word] = ["copytaster", records.check_entry_id(entry.id), page_id(entry)]
        args.append(msgspec.json.encode(first_work(entry)))
        return bool(self._server.script("put_page", [entry.stream, self._works, self._due], args))

    def claim(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        keys = [self._due, self._leases, f"{self._prefix}:turn"]
        words = self._server.script("claim_due", keys, [limit, round(lease_s * 1000)])
        pairs = zip(words[::2], words[1::2], strict=True)
        return tuple(Lease(one.decode(), token.decode()) for one, token in pairs)

    def work(self, lease: Lease, lease_s: float) -> PageWork | None:
        keys = [self._due, self._leases, self._works]
        args: list[Word] = [lease.feed_id, lease.token, round(lease_s * 1000)]
        is_held, found = self._server.script("begin_lease", keys, args)
        return msgspec.json.decode(found, type=PageWork) if is_held and found else None

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        words = records.lease_words(leases, lease_s)
        return int(self._server.script("renew_leases", [self._due, self._leases], words))

    def postpone(self, lease: Lease, work: PageWork, until: datetime) -> bool:
        args: list[Word] = [lease.feed_id, lease.token, msgspec.json.encode(work)]
        args.append(records.milliseconds(until))
        return bool(
            self._server.script("postpone_page", [self._due, self._leases, self._works], args)
        )

    def finish(self, lease: Lease, work: PageWork, message: bytes) -> bool:
        return self._end(lease, work, item_fields(work, message))

    def fail(self, lease: Lease, work: PageWork, reason: str) -> bool:
        return self._end(lease, work, failed_fields(work, reason))

    def _end(self, lease: Lease, work: PageWork, fields: Mapping[str, Word]) -> bool:
        args: list[Word] = [lease.feed_id, lease.token]
        args += [word for pair in fields.items() for word in pair]
        keys = [self._due, self._leases, self._works, work.stream]
        return bool(self._server.script("end_page", keys, args))

    def waiting(self) -> int:
        return int(self._server.call("HLEN", self._works))
