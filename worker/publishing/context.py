"""The equipment of a parse task."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

from worker.desks import Desk
from worker.metrics import Counts
from worker.ports import Inbox, ItemArchive, Publications
from worker.settings import Settings

__all__ = ["PublishContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishContext:
    """The settings, parts of the store, desks and counts of a worker; `now` is the UTC clock."""

    settings: Settings
    inbox: Inbox
    publications: Publications
    archive: ItemArchive
    desks: tuple[Desk, ...]
    now: Callable[[], datetime.datetime]
    counts: Counts = field(default_factory=Counts)
