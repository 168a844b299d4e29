"""The base of all parts of the store: a connection, the prefix of its keys, and the limits."""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.errors import InboxFull
from worker.store.connection import Connection

__all__ = ["Part", "StoreLimits", "inbox_is_full", "trace_words"]

_DAY_S = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLimits:
    """The limits of the store, in time, number and size.

    Args:
        prefix: The first word of every key.
        known_for_s: Least time for which an item's record is kept after its last change.
        desk_length: Events on a desk's stream, approximately.
        inbox_length: Messages that may wait; more are refused with a BrokerError, never dropped.
        dead_length: Dead letters; the largest class of them makes room for new ones.
        dead_bytes: Bytes of all their payloads; likewise.
        copies_for_s: Time for which the copy of a last version is kept.
        copies_bytes: Bytes of all copies; the oldest go first.
        kill_window_s: Time for which kills can find an item, and items an open kill.
        near_for_s: Time for which duplicates of an original are recognised.
        near_length: Originals whose duplicates are recognised; the oldest go first.
    """

    prefix: str = "copytaster"
    known_for_s: int = 7 * _DAY_S
    desk_length: int = 100_000
    inbox_length: int = 1_000_000
    dead_length: int = 10_000
    dead_bytes: int = 64 << 20
    copies_for_s: int = 2 * _DAY_S
    copies_bytes: int = 128 << 20
    kill_window_s: int = _DAY_S
    near_for_s: int = 2 * _DAY_S
    near_length: int = 40_000


class Part:
    """A part of the store, for a single concern. Opens no connection before the first call."""

    def __init__(self, server: Connection, limits: StoreLimits) -> None:
        self._server = server
        self._limits = limits

    def _key(self, rest: str) -> str:
        return f"{self._limits.prefix}:{rest}"

    def _setbacks_ms(self) -> int:
        """Return the time by which the server's clock was set back (scripts/lib/steady.lua)."""
        saved: bytes = self._server.call("GET", self._key("clock")) or b"0 0"
        return int(saved.split()[1])


def inbox_is_full(limits: StoreLimits) -> InboxFull:
    """Return the error for a message that exceeds the limit of the inbox."""
    return InboxFull(
        f"holds {limits.inbox_length} messages and takes no more", subject=f"{limits.prefix}:inbox"
    )


def trace_words(fields: Mapping[str, str]) -> list[str]:
    """Return the fields of a trace context as scripts take them: names and values in turn."""
    return [word for pair in fields.items() for word in pair]
