"""The interfaces of incoming messages: the inbox, article pages and dead letters."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from worker.model import Lease
from worker.model.inbox import DeadLetter, DoorDecision, DoorMessage, InboxEntry, LetterBrief
from worker.model.polling import OpenPage, PageWork

__all__ = ["DeadLetters", "Inbox", "Pages"]


class Inbox(Protocol):
    """Messages at the doors, and entries of the work streams until they are done."""

    def put(
        self,
        message: bytes | str,
        *,
        urgent: bool = False,
        fields: Mapping[str, str] | None = None,
        within_limit: bool = True,
    ) -> str:
        """Put a JSON message at a door; return its entry id.

        Raises:
            BrokerError: The inbox is full, unless `within_limit` is False; or the server refuses.
        """
        ...

    def put_all(
        self,
        messages: Sequence[Mapping[str, bytes | str]],
        *,
        urgent: bool = False,
        key: str = "",
        digest: str = "",
    ) -> tuple[str, ...]:
        """Put all messages at a door, or none; return their entry ids.

        Args:
            messages: The fields of each entry: `message`, and those beside it.
            urgent: Use the urgent door.
            key: An idempotency key. If the same key comes again within a day, the ids of the first
                time are returned, and nothing is put. Empty for none.
            digest: A digest of what the key stands for.

        Raises:
            InboxFull: They exceed the limit of the inbox.
            KeyReused: The key was used with another digest.
            BrokerError: The server refuses, or did not answer: only with a key is it safe to call
                again.
        """
        ...

    def read_doors(self, limit: int, message_bytes: int) -> tuple[tuple[DoorMessage, ...], bool]:
        """Return the first messages at the doors, in order of arrival; True if there are more.

        The messages stay at their doors.
        """
        ...

    def enter(self, decisions: Sequence[DoorDecision]) -> int:
        """Move messages off their doors to their destinations; return the number moved.

        Each move is atomic. A message about a feed that has changed meanwhile stays at its door.
        """
        ...

    def take_work(
        self, limit: int, idle_ms: int, *, urgent_only: bool = False
    ) -> tuple[InboxEntry, ...]:
        """Return entries to work on, the urgent stream first; empty if there are none.

        Of each stream, entries that were not renewed for `idle_ms` come before new ones. Counts no
        attempt.
        """
        ...

    def begin(self, stream: str, ids: Sequence[str], *, idle_ms: int = 0) -> tuple[InboxEntry, ...]:
        """Begin the entries that are still to be done: return them, and count an attempt at each.

        Entries that another worker began or renewed within `idle_ms` are left to it.
        """
        ...

    def keep(self, entries: Sequence[InboxEntry], idle_ms: int) -> None:
        """Renew entries that this worker has begun.

        An entry that was not renewed for `idle_ms` is left alone: another worker may have it.
        """
        ...

    def release(self, entries: Sequence[InboxEntry]) -> None:
        """Take back the attempts that `begin` counted: the work was interrupted, not a failure."""
        ...

    def finish(self, entry: InboxEntry) -> bool:
        """Finish an entry that makes no events. False if it was done before."""
        ...

    def reject(self, entry: InboxEntry, letter: DeadLetter) -> bool:
        """Move an entry to the dead letters, atomically. False if it was done before."""
        ...

    def release_held(self, limit: int = 100) -> int:
        """Put entries whose embargo has ended on the urgent work stream; return their number.

        Their field `released` distinguishes them from new entries.
        """
        ...


class Pages(Protocol):
    """Article pages to read. The id in a page's lease is that of its work entry.

    Leases of pages work as those of feeds do (`PollStore`).
    """

    def put(self, entry: InboxEntry) -> bool:
        """Move an entry from its work stream to the pages. False if it was done before."""
        ...

    def claim(self, limit: int, lease_s: float) -> tuple[Lease, ...]:
        """Lease at most `limit` pages that are due, the longest overdue first."""
        ...

    def work(self, lease: Lease, lease_s: float) -> OpenPage | None:
        """Begin to read a page, as `PollStore.open` does; None if it is not ours."""
        ...

    def renew(self, leases: Sequence[Lease], lease_s: float) -> int:
        """Renew leases, as `PollStore.renew` does."""
        ...

    def postpone(
        self, lease: Lease, work: PageWork, until: datetime, now: datetime | None = None
    ) -> bool:
        """Reschedule a page and save its state. False if fenced off.

        `now` is the present time by the clock of `until`; without it that is the store's clock.
        """
        ...

    def finish(self, lease: Lease, work: PageWork, message: bytes, *, unnamed: str = "") -> bool:
        """Put the item on its entry's work stream, with the entry's order. False if fenced off.

        `unnamed` is the item's version if its sender named none: the page may change the text of
        which it is a digest.
        """
        ...

    def fail(self, lease: Lease, work: PageWork, reason: str) -> bool:
        """Put the entry back with a field `failed`, for a dead letter. False if fenced off."""
        ...

    def waiting(self) -> int:
        """Return the number of pages to read."""
        ...


class DeadLetters(Protocol):
    """Messages that were given up."""

    def list(self, limit: int = 100, *, before: str = "") -> tuple[DeadLetter, ...]:
        """Return letters, the newest first; only those older than the letter `before`."""
        ...

    def briefs(
        self, limit: int, *, before: str = "", kind: str = "", payload_bytes: int = 1000
    ) -> tuple[LetterBrief, ...]:
        """Return letters as `list` does, of one kind if it is given, with cut payloads."""
        ...

    def kinds(self) -> Mapping[str, int]:
        """Return the number of letters of each kind."""
        ...

    def get(self, letter_id: str) -> DeadLetter | None: ...

    def retry(self, letter_id: str, *, late: bool = False) -> bool:
        """Put a letter's message back where it came from, atomically.

        False if there is no such letter.

        Raises:
            MessageError: The payload was cut; or the message came in before the window of kills,
                and `late` is false.
        """
        ...

    def drop(self, letter_id: str) -> bool: ...

    def dropped(self) -> Mapping[str, int]:
        """Return the number of letters of each kind that were evicted to make room for others."""
        ...
