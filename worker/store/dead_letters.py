"""Messages that were given up."""

from collections.abc import Mapping

from worker.model.inbox import DeadLetter
from worker.store import records
from worker.store.chance import draw_step
from worker.store.part import Part

__all__ = ["RedisDeadLetters"]


class RedisDeadLetters(Part):
    """`worker.ports.DeadLetters` on a server."""

    def list(self, limit: int = 100, *, before: str = "") -> tuple[DeadLetter, ...]:
        start = f"({records.check_entry_id(before)}" if before else "+"
        found = self._server.call("XREVRANGE", self._key("dead"), start, "-", "COUNT", limit)
        return tuple(records.dead_letter(*entry) for entry in found)

    def get(self, letter_id: str) -> DeadLetter | None:
        if not records.is_entry_id(letter_id):
            return None
        found = self._server.call("XRANGE", self._key("dead"), letter_id, letter_id)
        return records.dead_letter(*found[0]) if found else None

    def retry(self, letter_id: str) -> bool:
        said = {"id": letter_id, "step": draw_step()}
        return records.is_entry_id(letter_id) and bool(
            self._server.run("retry_dead", self._key("order"), said)
        )

    def drop(self, letter_id: str) -> bool:
        return records.is_entry_id(letter_id) and bool(
            self._server.run("drop_dead", self._key("order"), {"id": letter_id})
        )

    def dropped(self) -> Mapping[str, int]:
        """Return how many letters of each kind made room for others, since the store began."""
        found = self._server.call("HGETALL", self._key("dead:dropped"))
        kinds = (word.decode("utf-8", "replace") for word in found[::2])
        return dict(zip(kinds, map(int, found[1::2]), strict=True))
