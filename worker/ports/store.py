"""The interface of the store as a whole."""

from collections.abc import Mapping
from typing import Protocol

from worker.model.backlog import Backlog, Retention
from worker.ports.desks import DeskStreams
from worker.ports.feeds import FeedStore, HostSlots, PollStore, Subscriptions
from worker.ports.inbox import DeadLetters, Inbox, Pages
from worker.ports.items import ItemArchive, Publications
from worker.ports.metrics import MetricSums

__all__ = ["Secrets", "Stats", "Store"]


class Stats(Protocol):
    """Counts, ages and limits."""

    def sizes(self) -> Mapping[str, int]:
        """Return counts by name: feeds, due, paused, the flags of `HEALTH`, inbox, inbox_pending,
        held, dead, desk:<name>.
        """
        ...

    def backlog(self) -> Backlog: ...

    def retention(self) -> tuple[Retention, ...]: ...

    def ping(self) -> None: ...


class Secrets(Protocol):
    """Random secrets that all processes of an installation share."""

    def get(self, name: str) -> bytes:
        """Return the secret of this name, 32 bytes, which the first call draws."""
        ...


class Store(Protocol):
    """Everything that the service stores, by concern.

    The parts are properties: an attribute of a protocol could be assigned, so an implementation
    would have to declare exactly the protocol's type.
    """

    @property
    def feeds(self) -> FeedStore: ...
    @property
    def polls(self) -> PollStore: ...
    @property
    def hosts(self) -> HostSlots: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def publications(self) -> Publications: ...
    @property
    def archive(self) -> ItemArchive: ...
    @property
    def desks(self) -> DeskStreams: ...
    @property
    def dead_letters(self) -> DeadLetters: ...
    @property
    def stats(self) -> Stats: ...
    @property
    def metrics(self) -> MetricSums: ...
    @property
    def pages(self) -> Pages: ...
    @property
    def subscriptions(self) -> Subscriptions: ...
    @property
    def secrets(self) -> Secrets: ...
    def close(self) -> None: ...
