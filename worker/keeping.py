"""While work lasts, what it was given stays ours: told again and again, and no longer once we die.

A process that is killed or frozen tells nothing, so its work is given to another within seconds,
however long work may take.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

from worker.errors import BrokerError
from worker.model import Lease
from worker.ports import InboxEntry
from worker.services import Services

__all__ = ["kept_entries", "kept_leases"]

SHARE = 3
"""So often we tell within the time after which we count as dead."""


@contextlib.contextmanager
def kept_entries(services: Services, entries: Sequence[InboxEntry]) -> Iterator[None]:
    """Inbox entries that we began stay ours while the block lasts.

    A broker that is away is told when it is back.
    """
    reclaim_s = services.settings.reclaim_after_s
    with _told(reclaim_s / SHARE, lambda: services.store.keep(entries, round(reclaim_s * 1000))):
        yield


@contextlib.contextmanager
def kept_leases(
    services: Services, leases: Sequence[Lease], renew: Callable[[Sequence[Lease], float], int]
) -> Iterator[None]:
    """Keep leases that we have begun while the block lasts; more may be added to them meanwhile.

    Args:
        services: The process's.
        leases: Those that are begun.
        renew: The store's way to have them end later.
    """
    lease_s = services.settings.poll_lease_s
    with _told(lease_s / SHARE, lambda: renew(leases, lease_s)):
        yield


@contextlib.contextmanager
def _told(every_s: float, tell: Callable[[], object]) -> Iterator[None]:
    """Tells the store again and again while the block lasts.

    By a thread: parsing knows no pauses, and a loop of many polls may have long ones.
    """
    ended = threading.Event()

    def tell_on() -> None:
        while not ended.wait(every_s):
            with contextlib.suppress(BrokerError):
                tell()

    thread = threading.Thread(target=tell_on, name="keep", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
