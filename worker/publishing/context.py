"""The equipment of a worker that parses and publishes."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from worker.desks import Desk
from worker.ports import Store
from worker.settings import Settings

__all__ = ["PublishContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishContext:
    """The settings, store and desks of a worker; `now` is the clock, in UTC."""

    settings: Settings
    store: Store
    desks: tuple[Desk, ...]
    now: Callable[[], datetime.datetime]
