"""What MemoryStore keeps beside its queues: copies of items, recent items, items that wait."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from worker.ports import InboxEntry, Kept, OpenKill, Recent
from worker.store.records import order_of, uri_hash
from worker.store.streams import EntryId, Stream, read_id, write_id

__all__ = ["Copies", "Held", "Kills", "Waiting", "Wires"]


@dataclass(slots=True)
class Copies:
    """Packed items, the oldest dropped first; at most so old and so many bytes together."""

    limit_ms: int
    limit_bytes: int
    total: int = 0
    _stream: Stream = field(default_factory=Stream)

    def add(self, uri: str, body: bytes, now_ms: int) -> EntryId:
        self.total += len(body)
        return self._stream.add({"item": uri_hash(uri), "body": body}, now_ms)

    def drop(self, copy_id: EntryId) -> None:
        kept = self.get(copy_id)
        if kept is not None:
            self._stream.drop(copy_id)
            self.total -= len(kept.body)

    def trim(self, now_ms: int) -> None:
        for key in list(self._stream.entries):
            if self.total <= self.limit_bytes and key[0] >= now_ms - self.limit_ms:
                return
            self.drop(key)

    def get(self, copy_id: EntryId) -> Kept | None:
        found = self._stream.entries.get(copy_id)
        if found is None:
            return None
        body = found["body"]
        assert isinstance(body, bytes)
        return Kept(id=write_id(copy_id), uri_hash=str(found["item"]), body=body)

    def after(self, copy_id: EntryId) -> Iterator[Kept]:
        kept = (self.get(key) for key, _ in self._stream.after(copy_id))
        return (one for one in kept if one is not None)


@dataclass(slots=True)
class Wires:
    """Recent items by wire; at most so many, and so old."""

    limit_ms: int
    limit_items: int
    _listed: defaultdict[str, list[Recent]] = field(default_factory=lambda: defaultdict(list))

    def add(self, wires: Sequence[str], one: Recent, now_ms: int) -> None:
        dated = msgspec.structs.replace(one, at_ms=now_ms)
        for wire in wires:
            self._listed[wire] = [*self._listed[wire], dated][-self.limit_items :]

    def newest(self, wires: Sequence[str], limit: int, now_ms: int) -> tuple[Recent, ...]:
        fresh = [
            one
            for wire in wires
            for one in self._listed[wire][::-1][:limit]
            if one.at_ms >= now_ms - self.limit_ms
        ]
        return tuple(sorted(fresh, key=lambda one: one.at_ms, reverse=True))


@dataclass(slots=True)
class Kills:
    """Kills for items that they may have overtaken; at most so old."""

    limit_ms: int
    opened: list[OpenKill] = field(default_factory=list)
    _numbers: Stream = field(default_factory=Stream)

    def add(self, kill: OpenKill, now_ms: int) -> None:
        kill_id = self._numbers.add({}, now_ms)
        fresh = [one for one in self.opened if read_id(one.id)[0] >= now_ms - self.limit_ms]
        self.opened = [*fresh, msgspec.structs.replace(kill, id=write_id(kill_id))]

    def are_all(self, known_to: str) -> bool:
        """True for who has asked for none, or knows the newest."""
        newest = self.opened[-1].id if self.opened else "0-0"
        return known_to in {"", newest}


@dataclass(frozen=True, slots=True)
class Held:
    """An entry that waits for its time."""

    entry: InboxEntry
    until_ms: int

    @property
    def order(self) -> EntryId:
        return read_id(order_of(self.entry))


@dataclass(slots=True)
class Waiting:
    """At most one held entry a uri."""

    held: dict[str, Held] = field(default_factory=dict)

    def drop(self, uri: str, order: EntryId) -> None:
        """Let go what is not newer."""
        if uri in self.held and self.held[uri].order <= order:
            del self.held[uri]

    def take_due(self, limit: int, now_ms: int) -> list[Held]:
        due = sorted(
            (one.until_ms, uri) for uri, one in self.held.items() if one.until_ms <= now_ms
        )
        return [self.held.pop(uri) for _, uri in due[:limit]]
