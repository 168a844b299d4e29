"""The equipment of a parse task."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from worker.desks import Desk
from worker.ports import Archive, Inbox, Publications
from worker.settings import Settings

__all__ = ["PublishContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishContext:
    """The settings, parts of the store and desks of a worker; `now` is the clock, in UTC."""

    settings: Settings
    inbox: Inbox
    publications: Publications
    archive: Archive
    desks: tuple[Desk, ...]
    now: Callable[[], datetime.datetime]
