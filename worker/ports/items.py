"""The interfaces of items: publication and its state, and the archive."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from worker.model.inbox import InboxEntry
from worker.model.publishing import (
    ArchivedItem,
    DuplicateCandidate,
    EventMark,
    ItemTrace,
    OpenKill,
    OpenKills,
    PublishedState,
    PublishRequest,
    PublishResult,
    RecentItem,
    Reissue,
)

__all__ = ["ItemArchive", "Publications"]


class Publications(Protocol):
    """Published items, open kills, and the publication of events."""

    def known(self, uris: Sequence[str]) -> tuple[PublishedState, ...]:
        """Return the stored state of each uri."""
        ...

    def recent(self, wires: Sequence[str], order: str = "") -> tuple[RecentItem, ...]:
        """Return the items of these wires that a kill may refer to, the newest first.

        `order` is the kill's place among all incoming items, before which they are recent; without
        it, the last item of each wire counts.

        Items under embargo are among them. An item of two wires is there twice.
        """
        ...

    def duplicate_candidates(
        self, lookups: Sequence[tuple[str, Sequence[str]]]
    ) -> tuple[tuple[DuplicateCandidate, ...], ...]:
        """Return for each uri and its bands the originals that share a band, the oldest first.

        The item itself is among them if it is an original.
        """
        ...

    def open_kill(self, kill: OpenKill, entry: InboxEntry) -> OpenKill:
        """Open the kill of an entry, so that unpublished items are checked against it.

        Returns:
            The kill with its id; without one if the entry is gone: then nothing is opened.
        """
        ...

    def open_kills(self, wires: Sequence[str]) -> OpenKills:
        """Return the kills of these wires that may have overtaken items."""
        ...

    def publish(self, requests: Sequence[PublishRequest]) -> tuple[PublishResult, ...]:
        """Publish events and finish their entries, atomically for each request."""
        ...

    def trim(self) -> None:
        """Trim desks, the archive and the originals to the present limits, as `publish` does.

        Also desks on which nothing is published any more. A call trims a part of them.
        """
        ...

    def hold(self, request: PublishRequest, until: datetime) -> PublishResult:
        """Hold an entry until its embargo ends: HELD, DUE, STALE, GONE or CONFLICT.

        The store's clock decides whether it has ended. A version that is held already gives way to
        a later one only.
        """
        ...

    def withhold(self, request: PublishRequest, kill: OpenKill) -> PublishResult:
        """Finish the entry of an item that a kill stops: STALE, GONE or CONFLICT.

        The store remembers the version. CONFLICT means that the kill is no longer open.
        """
        ...

    def trace(self, uri: str) -> ItemTrace:
        """Return the history of a uri."""
        ...


class ItemArchive(Protocol):
    """Copies of the last versions of items, and replays of their events."""

    def list(self, *, after: str = "0-0", limit: int = 100) -> tuple[ArchivedItem, ...]:
        """Return the copies that were archived after this one, the oldest first."""
        ...

    def last_ms(self) -> int:
        """Return the time of the last copy in ms."""
        ...

    def ms_at(self, moment: datetime) -> int:
        """Return the time of copies that are archived at a moment, in ms.

        It is ahead of the time of day by all the time by which the store's clock was set back.
        """
        ...

    def get(self, copy_id: str) -> ArchivedItem | None: ...

    def marks(self, uri: str, events: Sequence[tuple[str, int]]) -> tuple[EventMark | None, ...]:
        """Return the marks of events of the uri's last version, by their desk and position there.

        None for an event that is not on its desk, or is no longer known.
        """
        ...

    def reissue(
        self, uri: str, copy_id: str, reissues: Sequence[Reissue], *, first: str = ""
    ) -> int:
        """Publish the events of a replay whose mark is unchanged; return their number.

        Publishes none if the copy is not of the last version, or if that was withdrawn. `first` is
        the original that the item duplicates; its record gets the desks of the events.
        """
        ...
