"""The inbox: doors, which anyone may write to, and work streams, which only the service writes."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from worker.errors import BrokerError, KeyReused, MessageError
from worker.model.inbox import DeadLetter, DoorDecision, DoorMessage, FeedChange, InboxEntry
from worker.store import records
from worker.store.chance import draw_step, draw_token
from worker.store.connection import Connection, as_text
from worker.store.part import Part, StoreLimits, inbox_is_full, trace_words

__all__ = ["RedisInbox"]

LOOK_BYTES = 4 << 20
"""Limit for the messages of a look at the doors, or of new work: some ms of the server's time."""

OWED_LIMIT = 1000
"""Entries whose attempts are still to be taken back; more of them would be a long outage."""


class RedisInbox(Part):
    """`worker.ports.Inbox` on a server."""

    def __init__(self, server: Connection, limits: StoreLimits) -> None:
        super().__init__(server, limits)
        self._owed: tuple[InboxEntry, ...] = ()
        """Entries whose attempts are to be taken back once the server accepts writes again."""

    def put(
        self,
        message: bytes | str,
        *,
        urgent: bool = False,
        fields: Mapping[str, str] | None = None,
        within_limit: bool = True,
    ) -> str:
        door = self._key("inbox:urgent" if urgent else "inbox")
        if within_limit and self._is_full():
            raise inbox_is_full(self._limits)
        words = [word for field in (fields or {}).items() for word in field]
        entry_id = self._server.call("XADD", door, "*", "message", message, *words, once=True)
        return str(entry_id, "ascii")

    def put_all(
        self,
        messages: Sequence[Mapping[str, bytes | str]],
        *,
        urgent: bool = False,
        key: str = "",
        digest: str = "",
    ) -> tuple[str, ...]:
        argument = {
            "door": "inbox:urgent" if urgent else "inbox",
            "messages": [
                [
                    as_text(word.encode("utf-8", "replace") if isinstance(word, str) else word)
                    for field in message.items()
                    for word in field
                ]
                for message in messages
            ],
            "most": self._limits.inbox_length,
            "key": sha256(key.encode("utf-8", "replace")).hexdigest() if key else "",
            "digest": digest,
        }
        # With a key it is safe to run the script again on a new connection.
        state, *ids = self._server.run("put", self._key("order"), argument, once=not key)
        if state == b"full":
            raise inbox_is_full(self._limits)
        if state == b"reused":
            raise KeyReused("the idempotency key was used for another request", subject="inbox")
        return tuple(str(entry_id, "ascii") for entry_id in ids)

    def _is_full(self) -> bool:
        streams = ("inbox", "inbox:urgent", "work", "work:urgent")
        waiting = self._server.pipeline([("XLEN", self._key(name)) for name in streams])
        return bool(sum(waiting) >= self._limits.inbox_length)

    def read_doors(self, limit: int, message_bytes: int) -> tuple[tuple[DoorMessage, ...], bool]:
        look = draw_token()
        argument = {
            "limit": limit,
            "bytes": LOOK_BYTES,
            "message_bytes": message_bytes,
            "look": look,
        }
        messages, has_more = self._server.run("read_doors", self._key("order"), argument)
        return tuple(records.door_message(look, *words) for words in messages), bool(has_more)

    def enter(self, decisions: Sequence[DoorDecision]) -> int:
        messages = [
            (
                decision.message.look,
                decision.message.door,
                decision.message.id,
                decision.message.digest,
                decision.word,
                records.letter_words(decision.letter) if decision.letter else [],
                _change_words(decision.change) if decision.change else [],
                *([trace_words(decision.trace)] if decision.trace else ()),
            )
            for decision in decisions
        ]
        limits = letter_limits(self._limits, records.WHOLE_PAYLOAD_BYTES)
        argument = {"step": draw_step(), "messages": messages, **limits}
        return int(self._server.run("enter", self._key("order"), argument)) if decisions else 0

    def take_work(
        self, limit: int, idle_ms: int, *, urgent_only: bool = False
    ) -> tuple[InboxEntry, ...]:
        argument = {
            "limit": limit,
            "bytes": LOOK_BYTES,
            "idle_ms": idle_ms,
            "urgent_only": urgent_only,
        }
        taken = self._server.run("take_work", self._key("order"), argument)
        return tuple(records.work_entry(*entry) for entry in taken)

    def begin(self, stream: str, ids: Sequence[str], *, idle_ms: int = 0) -> tuple[InboxEntry, ...]:
        if self._owed:
            self.release([])
        argument = {
            "stream": self._work(stream),
            "ids": [records.check_entry_id(entry_id) for entry_id in ids],
            "silent_ms": idle_ms,
        }
        begun = self._server.run("begin", self._key("order"), argument, once=True)
        entries = tuple(records.inbox_entry(*entry) for entry in begun)
        try:
            self._run_on("count", entries)
        except BrokerError:
            self._owed = entries[-OWED_LIMIT:]
            raise
        return entries

    def keep(self, entries: Sequence[InboxEntry], idle_ms: int) -> None:
        argument = {
            "silent_ms": idle_ms,
            "entries": [(entry.stream, entry.id) for entry in entries],
        }
        if entries:
            self._server.run("keep", self._key("order"), argument)

    def release(self, entries: Sequence[InboxEntry]) -> None:
        owed, self._owed = (*self._owed, *entries), ()
        try:
            self._run_on("release", owed)
        except BrokerError:
            self._owed = owed[-OWED_LIMIT:]  # a full disk refuses this too; `begin` tries again
            raise

    def _run_on(self, script: str, entries: Sequence[InboxEntry]) -> None:
        argument = {"entries": [(entry.stream, entry.id, entry.attempts) for entry in entries]}
        if entries:
            self._server.run(script, self._key("order"), argument)

    def finish(self, entry: InboxEntry) -> bool:
        argument = {"stream": self._work(entry.stream), "id": entry.id}
        return bool(self._server.run("finish", self._key("order"), argument))

    def reject(self, entry: InboxEntry, letter: DeadLetter) -> bool:
        # A feed that showed a long item does not bring it again, so its letter keeps it.
        whole_bytes = max(records.WHOLE_PAYLOAD_BYTES, self._limits.dead_bytes // 4)
        argument = {
            "stream": self._work(entry.stream),
            "id": entry.id,
            "letter": records.letter_words(letter),
            **letter_limits(self._limits, whole_bytes),
        }
        return bool(self._server.run("reject", self._key("order"), argument))

    def release_held(self, limit: int = 100) -> int:
        argument = {"limit": limit, "step": draw_step()}
        return int(self._server.run("release_held", self._key("order"), argument))

    def _work(self, stream: str) -> str:
        # A task message may name any stream.
        if stream not in (self._key("work"), self._key("work:urgent")):
            raise MessageError("not a work stream", subject=str(stream)[:80])
        return stream


def letter_limits(limits: StoreLimits, whole_bytes: int) -> Mapping[str, int]:
    """Return the limits of dead letters, as reject.lua and enter.lua take them.

    A letter keeps a message of up to `whole_bytes` whole.
    """
    return {
        "dead_length": limits.dead_length,
        "dead_bytes": limits.dead_bytes,
        "whole_bytes": whole_bytes,
        "cut_bytes": records.CUT_PAYLOAD_BYTES,
    }


def _change_words(change: FeedChange) -> Sequence[str | msgspec.Raw]:
    """Return the change of a feed as enter.lua takes it."""
    return (change.feed_id, as_text(change.was), as_text(change.feed))
