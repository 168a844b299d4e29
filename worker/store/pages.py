"""Pages to be read, between the inbox entry that asked for them and the item that comes of it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from worker.model import Lease
from worker.ports import InboxEntry, PageWork
from worker.store import records
from worker.store.connection import Connection, Word
from worker.store.leasebook import LeaseBook
from worker.store.streams import Fields, Stream

__all__ = ["MemoryPages", "RedisPages"]


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


@dataclass(slots=True)
class MemoryPages:
    """`worker.ports.Pages` beside a `MemoryStore`, of whose parts it is made."""

    lock: threading.Condition
    now_ms: Callable[[], int]
    streams: Mapping[str, Stream]
    leave: Callable[[InboxEntry], bool]
    """Takes an entry off the inbox; False if it was done before."""

    works: dict[str, PageWork] = field(default_factory=dict)
    leases: LeaseBook = field(init=False)

    def __post_init__(self) -> None:
        """Count by the store's clock."""
        self.leases = LeaseBook(self.now_ms)

    def put(self, entry: InboxEntry) -> bool:
        with self.lock:
            if not self.leave(entry):
                return False
            self.works[page_id(entry)] = first_work(entry)
            self.leases.due[page_id(entry)] = self.now_ms()
            return True

    def claim(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        with self.lock:
            return self.leases.claim(limit, lease_s)

    def work(self, lease: Lease, lease_s: float) -> PageWork | None:
        with self.lock:
            return self.works[lease.feed_id] if self.leases.begin(lease, lease_s) else None

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        with self.lock:
            return self.leases.renew(leases, lease_s)

    def postpone(self, lease: Lease, work: PageWork, until: datetime) -> bool:
        with self.lock:
            if not self.leases.owns(lease):
                return False
            self.works[lease.feed_id] = work
            self.leases.end(lease.feed_id, records.milliseconds(until))
            return True

    def finish(self, lease: Lease, work: PageWork, message: bytes) -> bool:
        return self._end(lease, work, item_fields(work, message))

    def fail(self, lease: Lease, work: PageWork, reason: str) -> bool:
        return self._end(lease, work, failed_fields(work, reason))

    def _end(self, lease: Lease, work: PageWork, fields: Mapping[str, Word]) -> bool:
        with self.lock:
            if not self.leases.owns(lease):
                return False
            self.leases.end(lease.feed_id, None)
            del self.works[lease.feed_id]
            texts: Fields = {
                name: word.decode() if isinstance(word, bytes) else str(word)
                for name, word in fields.items()
            }
            self.streams[work.stream].add(texts, self.now_ms())
            return True

    def waiting(self) -> int:
        return len(self.works)
