"""Dead letters in memory: what MemoryStore needs of their stream."""

from dataclasses import dataclass, field

from worker.ports import DeadLetter, InboxEntry
from worker.store import records
from worker.store.streams import EntryId, Fields, Stream, raw_entry, read_id

__all__ = ["Letters"]


@dataclass(slots=True)
class Letters:
    """At most so many, and so many bytes of payload; the oldest go first."""

    limit_letters: int
    limit_bytes: int
    total: int = 0
    _stream: Stream = field(default_factory=Stream)

    def __len__(self) -> int:
        return len(self._stream.entries)

    def add(self, entry: InboxEntry, fields: Fields, letter: DeadLetter, now_ms: int) -> None:
        others = dict(fields)
        payload = str(others.pop("message", letter.payload))
        others.pop("failed", None)
        words: dict[str, str | bytes] = {**records.letter_fields(letter), **_cut(payload)}
        words["stream"] = entry.stream
        words["retry_of"] = others.pop("retry_of", entry.id)
        words |= {f"field:{name}": value for name, value in others.items()}
        self._stream.add(words, now_ms)
        self.total += _size(words)
        while len(self) > self.limit_letters or (self.total > self.limit_bytes and len(self) > 1):
            self._drop(next(iter(self._stream.entries)))

    def newest(self, limit: int, before: str) -> tuple[DeadLetter, ...]:
        keys = [key for key in self._stream.entries if not before or key < read_id(before)]
        return tuple(self._letter(key) for key in keys[::-1][:limit])

    def get(self, letter_id: str) -> DeadLetter | None:
        key = self._find(letter_id)
        return None if key is None else self._letter(key)

    def take_message(self, letter_id: str) -> tuple[str, Fields] | None:
        """The stream that the message came from and its fields; the letter is gone then."""
        key = self._find(letter_id)
        fields = self._stream.entries[key] if key is not None else {"cut": ""}
        if key is None or "cut" in fields:
            return None
        others = {
            name.removeprefix("field:"): value
            for name, value in fields.items()
            if name.startswith("field:")
        }
        self._drop(key)
        message = {"message": fields["payload"], "retry_of": fields["retry_of"], **others}
        return str(fields["stream"]), message

    def drop(self, letter_id: str) -> bool:
        key = self._find(letter_id)
        if key is not None:
            self._drop(key)
        return key is not None

    def _find(self, letter_id: str) -> EntryId | None:
        key = read_id(letter_id) if records.is_entry_id(letter_id) else None
        return key if key in self._stream.entries else None

    def _drop(self, key: EntryId) -> None:
        self.total -= _size(self._stream.entries[key])
        self._stream.drop(key)

    def _letter(self, key: EntryId) -> DeadLetter:
        return records.dead_letter(*raw_entry(key, self._stream.entries[key]))


def _size(fields: Fields) -> int:
    payload = fields["payload"]
    return len(payload if isinstance(payload, bytes) else payload.encode("utf-8", "replace"))


def _cut(payload: str) -> dict[str, str]:
    raw = payload.encode("utf-8", "replace")
    if len(raw) <= records.WHOLE_PAYLOAD_BYTES:
        return {"payload": payload}
    short = raw[: records.CUT_PAYLOAD_BYTES].decode("utf-8", "replace")
    return {"payload": short, "cut": str(len(raw))}
