"""The interfaces of desks: their streams in the store, and sinks on other servers."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from worker.model.publishing import DeskEntry

__all__ = ["DeskStreams", "Sink"]


class DeskStreams(Protocol):
    """The desks' streams of events. Anyone may read a stream; a relay holds the desk's lease."""

    def read(
        self,
        desk: str,
        *,
        after: str = "0-0",
        limit: int = 100,
        limit_bytes: int = 0,
        block_ms: int = 0,
    ) -> tuple[DeskEntry, ...]:
        """Return events of a desk after an entry id ("$": after the last).

        If there are none, wait for the first for `block_ms`.

        Args:
            desk: The name of the desk.
            after: The entry id.
            limit: The most events.
            limit_bytes: The bytes after which no event is added; there may be fewer than `limit`
                although there are more. 0: no limit.
            block_ms: The longest wait.
        """
        ...

    def last(
        self, desk: str, *, before: str = "", limit: int = 100, limit_bytes: int = 0
    ) -> tuple[DeskEntry, ...]:
        """Return the last events of a desk before an entry id, the newest first.

        The limits are those of `read`.
        """
        ...

    def last_id(self, desk: str) -> str:
        """Return the id of a desk's last entry; "0-0" if there is none."""
        ...

    def lease(self, desk: str, token: str, *, seen: str = "") -> str:
        """Take the lease of a desk for a new token; return "" if the token has it now.

        Otherwise return the state of another relay's lease, which changes with each renewal. A
        caller that has seen the same state for so long that the other relay must be dead passes it
        as `seen` and takes the lease over. So the lease depends on no clock but the caller's.
        """
        ...

    def renew(self, desk: str, token: str) -> bool:
        """Renew the lease of a desk. False if the token does not have it."""
        ...

    def leave(self, desk: str, token: str) -> None:
        """End the lease of a desk if the token has it."""
        ...

    def take(self, desk: str, token: str, *, limit: int = 100) -> tuple[DeskEntry, ...] | None:
        """Return the events that the relay has not confirmed, then new ones; () if there are none.

        None if the token does not have the lease.
        """
        ...

    def confirm(
        self, desk: str, token: str, entry_ids: Sequence[str], *, refused: str = ""
    ) -> bool:
        """Confirm events that the sink has stored; no relay gets them again.

        `refused` is an event that the sink will never store: it counts as lost.

        False if the token does not have the lease; nothing was confirmed then.
        """
        ...


class Sink(Protocol):
    """A queue on another server, to which a relay sends the events of a desk."""

    def send(self, entries: Iterable[DeskEntry]) -> None:
        """Send all events, in order, and return when the server has stored them.

        The sink drops events that it sent before, by their id. Each event is drawn from `entries`
        just before it is sent: an exception raised there stops the sending, and the end of the
        iterator postpones the rest to a later call.

        Raises:
            SinkError: At least one event was not stored. It is safe to send all of them again.
        """
        ...

    def close(self) -> None: ...
