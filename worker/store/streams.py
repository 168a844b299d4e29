"""A stream with consumer groups in memory: what MemoryStore needs of Redis's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from worker.ports import InboxBacklog, InboxEntry, ReaderBacklog

__all__ = [
    "EntryId",
    "Fields",
    "Stream",
    "Taken",
    "inbox_entry",
    "raw_entry",
    "read_id",
    "write_id",
]

EntryId = tuple[int, int]
Fields = Mapping[str, str | bytes]


def read_id(text: str) -> EntryId:
    """An entry id as a pair that compares as the stream orders it."""
    ms, _, number = text.partition("-")
    return int(ms), int(number)


def write_id(entry_id: EntryId) -> str:
    return f"{entry_id[0]}-{entry_id[1]}"


def raw_entry(entry_id: EntryId, fields: Fields) -> tuple[bytes, list[bytes]]:
    """The entry as a server would answer it."""
    words = [word for pair in fields.items() for word in pair]
    raw = [word if isinstance(word, bytes) else word.encode("utf-8", "replace") for word in words]
    return write_id(entry_id).encode(), raw


@dataclass(slots=True)
class _Pending:
    since_ms: int
    deliveries: int
    is_begun: bool = False


@dataclass(slots=True)
class _Group:
    read_to: EntryId = (0, 0)
    pending: dict[EntryId, _Pending] = field(default_factory=dict)
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry handed out, and how often it was."""

    id: EntryId
    fields: Fields
    deliveries: int


class Stream:
    """Entries in order. Not thread-safe: the store's lock guards it."""

    __slots__ = ("_groups", "_last", "entries")

    def __init__(self) -> None:
        self.entries: dict[EntryId, Fields] = {}
        self._last: EntryId = (0, 0)
        self._groups: dict[str, _Group] = {}

    def add(self, fields: Fields, now_ms: int, *, after: EntryId | None = None) -> EntryId:
        """Append; the new id, which is later than `after`."""
        ms = max(now_ms, self._last[0])
        if after is not None and after >= (ms, self._last[1] + 1 if ms == self._last[0] else 0):
            ms = max(ms, after[0] + 1)
        self._last = (ms, self._last[1] + 1 if ms == self._last[0] else 0)
        self.entries[self._last] = fields
        return self._last

    def after(self, position: EntryId) -> Iterator[tuple[EntryId, Fields]]:
        return ((key, fields) for key, fields in self.entries.items() if key > position)

    @property
    def was_used(self) -> bool:
        return self._last > (0, 0)

    @property
    def end(self) -> EntryId:
        return next(reversed(self.entries), (0, 0))

    def take(self, group: str, limit: int, idle_ms: int, now_ms: int) -> list[Taken]:
        """Entries handed out `idle_ms` ago or earlier, then new ones."""
        taken = self.take_idle(group, limit, idle_ms, now_ms)
        return taken + self.take_new(group, limit - len(taken), now_ms)

    def take_idle(self, group: str, limit: int, idle_ms: int, now_ms: int) -> list[Taken]:
        """Entries handed out `idle_ms` ago or earlier; they count no delivery more."""
        pending = self._group(group).pending
        for gone in [key for key in pending if key not in self.entries]:
            del pending[gone]
        idle = [key for key in sorted(pending) if now_ms - pending[key].since_ms >= idle_ms]
        for key in idle[:limit]:
            pending[key].since_ms, pending[key].is_begun = now_ms, False
        return [Taken(key, self.entries[key], pending[key].deliveries) for key in idle[:limit]]

    def take_new(self, group: str, limit: int, now_ms: int) -> list[Taken]:
        """Entries that the group has not had yet."""
        state = self._group(group)
        taken = []
        for key, fields in list(self.after(state.read_to))[:limit]:
            state.read_to = key
            state.lost = 0
            state.pending[key] = _Pending(now_ms, 1)
            taken.append(Taken(key, fields, 1))
        return taken

    def unread(self, group: str, position: EntryId) -> list[Taken]:
        """Entries after a position that the group has not had, which stay so."""
        start = max(position, self._group(group).read_to)
        return [Taken(key, fields, 1) for key, fields in self.after(start)]

    def begin(self, group: str, entry_id: EntryId, idle_ms: int, now_ms: int) -> Taken | None:
        """The entry if it is pending still and nobody is at work on it, or has been silent for
        `idle_ms`; counts one delivery more.
        """
        pending = self._group(group).pending.get(entry_id)
        if pending is None or entry_id not in self.entries:
            return None
        if pending.is_begun and now_ms - pending.since_ms < idle_ms:
            return None
        pending.since_ms, pending.is_begun = now_ms, True
        pending.deliveries += 1
        return Taken(entry_id, self.entries[entry_id], pending.deliveries)

    def keep(self, group: str, entry_id: EntryId, idle_ms: int, now_ms: int) -> None:
        """The entry is worked on still; nothing where that was not known for `idle_ms`."""
        pending = self._group(group).pending.get(entry_id)
        if pending is not None and pending.is_begun and now_ms - pending.since_ms < idle_ms:
            pending.since_ms = now_ms

    def release(self, group: str, entry_id: EntryId) -> None:
        """Nobody works on the entry; count one delivery less."""
        pending = self._group(group).pending.get(entry_id)
        if pending is not None and pending.deliveries > 1:
            pending.deliveries -= 1
            pending.is_begun = False

    def is_pending(self, group: str, entry_id: EntryId) -> bool:
        return entry_id in self._group(group).pending

    def confirm(self, group: str, entry_id: EntryId) -> bool:
        return self._group(group).pending.pop(entry_id, None) is not None

    def count_pending(self, group: str) -> int:
        return len(self._group(group).pending)

    def drop(self, entry_id: EntryId) -> bool:
        return self.entries.pop(entry_id, None) is not None

    def lift(self, group: str, entry_id: EntryId, other: "Stream", now_ms: int) -> bool:
        """Move an entry that the group has not had; it keeps its place."""
        fields = self.entries.get(entry_id)
        if fields is None or self.is_pending(group, entry_id):
            return False
        other.add({"retry_of": write_id(entry_id)} | dict(fields), now_ms)
        return self.drop(entry_id)

    def trim(self, length: int) -> None:
        while len(self.entries) > length:
            first = next(iter(self.entries))
            del self.entries[first]
            for group in self._groups.values():
                group.lost += first > group.read_to > (0, 0)

    def inbox_backlog(self, group: str, now_ms: int) -> InboxBacklog:
        """What waits here as on an inbox."""
        state = self._group(group)

        def age_s(key: EntryId | None) -> float | None:
            return None if key is None else max(0, now_ms - key[0]) / 1000

        waiting = [key for key, _ in self.after(state.read_to)]
        return InboxBacklog(
            waiting=len(waiting),
            at_work=len(state.pending),
            oldest_s=age_s(next(iter(self.entries), None)),
            waits_s=age_s(next(iter(waiting), None)),
        )

    def reader_backlogs(self, desk: str) -> Iterator[ReaderBacklog]:
        """How far each group has come, as on a desk's stream."""
        for name, state in sorted(self._groups.items()):
            yield ReaderBacklog(
                desk=desk,
                reader=name,
                behind=sum(1 for _ in self.after(state.read_to)),
                unconfirmed=len(state.pending),
                lost=state.lost,
            )

    def _group(self, name: str) -> _Group:
        return self._groups.setdefault(name, _Group())


def inbox_entry(stream: str, entry: Taken) -> InboxEntry:
    fields = {name: str(value) for name, value in entry.fields.items()}
    attempts = entry.deliveries - 1
    return InboxEntry(stream=stream, id=write_id(entry.id), fields=fields, attempts=attempts)
