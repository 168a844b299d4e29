"""What every part of the store has: a connection, a prefix for its keys, and the limits."""

from dataclasses import dataclass

from worker.errors import BrokerError
from worker.store.connection import Connection

__all__ = ["Part", "StoreLimits", "inbox_is_full"]

_DAY_S = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLimits:
    """How much the store keeps, and for how long.

    Args:
        prefix: First word of every key.
        known_for_s: How long an item is remembered at least after it last moved.
        desk_length: Events that a desk keeps, about.
        inbox_length: Messages that may wait; more are refused with a BrokerError, never dropped.
        dead_length: Dead letters that are kept; the oldest go first.
        dead_bytes: Bytes of all their payloads; likewise.
        copies_for_s: How long the copy of a version is kept, unless a later one takes its place.
        copies_bytes: Bytes of all copies; the oldest go first.
        kill_window_s: How long an item is listed for kills to find, and a kill is remembered for
            items that it overtook.
        near_for_s: How long duplicates of an item are recognised.
        near_length: Items of which that is so; the oldest go first.
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
    """One concern of the store, on its server. Opens no connection before the first call."""

    def __init__(self, server: Connection, limits: StoreLimits) -> None:
        self._server = server
        self._limits = limits

    def _key(self, rest: str) -> str:
        return f"{self._limits.prefix}:{rest}"


def inbox_is_full(limits: StoreLimits) -> BrokerError:
    """Return the error for a message that the inbox has no room for."""
    return BrokerError(
        f"holds {limits.inbox_length} messages and takes no more", subject=f"{limits.prefix}:inbox"
    )
