"""The way in: doors that anyone may write to, and the work streams that only we write to."""

from collections.abc import Mapping, Sequence

import msgspec

from worker.errors import BrokerError, MessageError
from worker.ports import DeadLetter, DoorMessage, FeedChange, InboxEntry, Verdict
from worker.store import records
from worker.store.chance import draw_step, draw_token
from worker.store.connection import Connection, as_text

__all__ = ["RedisInbox"]

LOOK_BYTES = 4 << 20
"""Bytes of messages that one look at the doors, or at the work streams, goes through."""


OWED = 1000


class RedisInbox:
    """A part of `worker.ports.Store` on a server."""

    _server: Connection
    _inbox_length: int
    _dead_length: int
    _dead_bytes: int
    _owed: tuple[InboxEntry, ...] = ()
    """Entries whose attempt is to be taken back, once the server takes writes again."""

    def _key(self, rest: str) -> str:
        raise NotImplementedError

    def put_message(
        self, message: bytes | str, *, urgent: bool = False, fields: Mapping[str, str] | None = None
    ) -> str:
        door = self._key("inbox:urgent" if urgent else "inbox")
        streams = ("inbox", "inbox:urgent", "work", "work:urgent")
        waiting = self._server.pipeline([("XLEN", self._key(name)) for name in streams])
        if sum(waiting) >= self._inbox_length:
            raise self._inbox_is_full()
        others = [word for field in (fields or {}).items() for word in field]
        entry_id = self._server.call("XADD", door, "*", "message", message, *others, once=True)
        return str(entry_id, "ascii")

    def read_doors(self, limit: int, message_bytes: int) -> tuple[tuple[DoorMessage, ...], bool]:
        look = draw_token()
        said = {"limit": limit, "bytes": LOOK_BYTES, "message_bytes": message_bytes, "look": look}
        found, has_more = self._server.run("read_doors", self._key("order"), said)
        return tuple(records.door_message(look, *one) for one in found), bool(has_more)

    def enter(self, verdicts: Sequence[Verdict]) -> int:
        messages = [
            (
                one.message.look,
                one.message.door,
                one.message.id,
                one.message.digest,
                one.word,
                records.letter_words(one.letter) if one.letter else [],
                _change_words(one.change) if one.change else [],
            )
            for one in verdicts
        ]
        said = {"step": draw_step(), "messages": messages, **self._letter_limits()}
        return int(self._server.run("enter", self._key("order"), said)) if verdicts else 0

    def take_work(
        self, limit: int, idle_ms: int, *, urgent_only: bool = False
    ) -> tuple[InboxEntry, ...]:
        said = {
            "limit": limit,
            "bytes": LOOK_BYTES,
            "idle_ms": idle_ms,
            "urgent_only": urgent_only,
        }
        taken = self._server.run("take_work", self._key("order"), said)
        return tuple(records.work_entry(*entry) for entry in taken)

    def begin(self, stream: str, ids: Sequence[str], *, idle_ms: int = 0) -> tuple[InboxEntry, ...]:
        if self._owed:
            self.release([])
        said = {
            "stream": self._work(stream),
            "ids": [records.check_entry_id(one) for one in ids],
            "silent_ms": idle_ms,
        }
        begun = self._server.run("begin", self._key("order"), said, once=True)
        entries = tuple(records.inbox_entry(*entry) for entry in begun)
        try:
            self._run_on("count", entries)
        except BrokerError:
            self._owed = entries[-OWED:]
            raise
        return entries

    def keep(self, entries: Sequence[InboxEntry], idle_ms: int) -> None:
        said = {"silent_ms": idle_ms, "entries": [(one.stream, one.id) for one in entries]}
        if entries:
            self._server.run("keep", self._key("order"), said)

    def release(self, entries: Sequence[InboxEntry]) -> None:
        owed, self._owed = (*self._owed, *entries), ()
        try:
            self._run_on("release", owed)
        except BrokerError:
            self._owed = owed[-OWED:]  # a full disk refuses this too: the next `begin` says it
            raise

    def _run_on(self, script: str, entries: Sequence[InboxEntry]) -> None:
        said = {"entries": [(one.stream, one.id, one.attempts) for one in entries]}
        if entries:
            self._server.run(script, self._key("order"), said)

    def finish(self, entry: InboxEntry) -> bool:
        said = {"stream": self._work(entry.stream), "id": entry.id}
        return bool(self._server.run("finish", self._key("order"), said))

    def reject(self, entry: InboxEntry, letter: DeadLetter) -> bool:
        said = {
            "stream": self._work(entry.stream),
            "id": entry.id,
            "letter": records.letter_words(letter),
            **self._letter_limits(),
        }
        return bool(self._server.run("reject", self._key("order"), said))

    def release_held(self, limit: int = 100) -> int:
        said = {"limit": limit, "step": draw_step()}
        return int(self._server.run("release_held", self._key("order"), said))

    # dead letters

    def dead_letters(self, limit: int = 100, *, before: str = "") -> tuple[DeadLetter, ...]:
        start = f"({records.check_entry_id(before)}" if before else "+"
        found = self._server.call("XREVRANGE", self._key("dead"), start, "-", "COUNT", limit)
        return tuple(records.dead_letter(*entry) for entry in found)

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        if not records.is_entry_id(letter_id):
            return None
        found = self._server.call("XRANGE", self._key("dead"), letter_id, letter_id)
        return records.dead_letter(*found[0]) if found else None

    def retry_dead(self, letter_id: str) -> bool:
        said = {"id": letter_id, "step": draw_step()}
        return records.is_entry_id(letter_id) and bool(
            self._server.run("retry_dead", self._key("order"), said)
        )

    def drop_dead(self, letter_id: str) -> bool:
        return records.is_entry_id(letter_id) and bool(
            self._server.run("drop_dead", self._key("order"), {"id": letter_id})
        )

    def dead_dropped(self) -> Mapping[str, int]:
        """Return how many letters of each kind made room for others, since the store began."""
        found = self._server.call("HGETALL", self._key("dead:dropped"))
        kinds = (word.decode("utf-8", "replace") for word in found[::2])
        return dict(zip(kinds, map(int, found[1::2]), strict=True))

    def _letter_limits(self) -> Mapping[str, int]:
        return {
            "dead_length": self._dead_length,
            "dead_bytes": self._dead_bytes,
            "whole_bytes": records.WHOLE_PAYLOAD_BYTES,
            "cut_bytes": records.CUT_PAYLOAD_BYTES,
        }

    def _work(self, stream: str) -> str:
        if stream not in (self._key("work"), self._key("work:urgent")):  # whatever a hint names
            raise MessageError("not a work stream", subject=str(stream)[:80])
        return stream

    def _inbox_is_full(self) -> BrokerError:
        return BrokerError(
            f"holds {self._inbox_length} messages and takes no more", subject=self._key("inbox")
        )


def _change_words(change: FeedChange) -> Sequence[str | msgspec.Raw]:
    """Return a feed's change as enter.lua takes it."""
    return (change.feed_id, as_text(change.was), as_text(change.feed))
