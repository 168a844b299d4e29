"""Dead letters: messages that were given up."""

from collections import Counter
from collections.abc import Mapping

from worker.errors import MessageError
from worker.model.inbox import DeadLetter, LetterBrief
from worker.store import records
from worker.store.chance import draw_step
from worker.store.part import Part

__all__ = ["RedisDeadLetters"]

_REFUSALS = {
    b"C": "its message was too long to be kept whole",
    b"L": "it came in so long ago that kills and later versions of its item may be forgotten; "
    "`copytaster explain` its item, then retry the letter with --late",
}


class RedisDeadLetters(Part):
    """`worker.ports.DeadLetters` on a server."""

    def list(self, limit: int = 100, *, before: str = "") -> tuple[DeadLetter, ...]:
        start = f"({records.check_entry_id(before)}" if before else "+"
        entries = self._server.call("XREVRANGE", self._key("dead"), start, "-", "COUNT", limit)
        return tuple(records.dead_letter(*entry) for entry in entries)

    def briefs(
        self, limit: int, *, before: str = "", kind: str = "", payload_bytes: int = 1000
    ) -> tuple[LetterBrief, ...]:
        if before and records.is_first_id(before):
            return ()  # the server takes it for no range at all
        argument: dict[str, object] = {"limit": limit, "payload_bytes": payload_bytes}
        if before:
            argument["before"] = records.check_entry_id(before)
        if kind:
            argument["kind"] = kind
        rows = self._server.run("brief_letters", self._key("order"), argument)
        return tuple(
            LetterBrief(letter=records.dead_letter(letter_id, fields), size=size)
            for letter_id, size, fields in rows
        )

    def kinds(self) -> Mapping[str, int]:
        kinds: Counter[str] = Counter()
        words = self._server.call("HGETALL", self._key("dead:classes"))
        for letter_class, count in zip(words[::2], words[1::2], strict=True):
            kinds[letter_class.decode("utf-8", "replace").partition(": ")[0]] += int(count)
        return kinds

    def get(self, letter_id: str) -> DeadLetter | None:
        if not records.is_entry_id(letter_id):
            return None
        entries = self._server.call("XRANGE", self._key("dead"), letter_id, letter_id)
        return records.dead_letter(*entries[0]) if entries else None

    def retry(self, letter_id: str, *, late: bool = False) -> bool:
        if not records.is_entry_id(letter_id):
            return False
        window_ms = 0 if late else self._limits.kill_window_s * 1000
        argument = {"id": letter_id, "step": draw_step(), "window_ms": window_ms}
        result = self._server.run("retry_dead", self._key("order"), argument)
        if result in _REFUSALS:
            raise MessageError(_REFUSALS[result], subject=letter_id)
        return bool(result == b"R")

    def drop(self, letter_id: str) -> bool:
        return records.is_entry_id(letter_id) and bool(
            self._server.run("drop_dead", self._key("order"), {"id": letter_id})
        )

    def dropped(self) -> Mapping[str, int]:
        words = self._server.call("HGETALL", self._key("dead:dropped"))
        kinds = (word.decode("utf-8", "replace") for word in words[::2])
        return dict(zip(kinds, map(int, words[1::2]), strict=True))
