"""While work lasts, what it was given stays ours: told again and again, and no longer once we die.

A process that is killed or frozen tells nothing, so its work is given to another within seconds,
however long work may take.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

from worker.errors import BrokerError
from worker.model import Lease
from worker.model.inbox import InboxEntry
from worker.ports import Inbox

__all__ = ["kept_entries", "kept_leases"]

SHARE = 3
"""So often we tell within the time after which we count as dead."""


@contextlib.contextmanager
def kept_entries(inbox: Inbox, entries: Sequence[InboxEntry], reclaim_s: float) -> Iterator[None]:
    """Inbox entries that we began stay ours while the block lasts.

    A broker that is away is told when it is back.
    """
    with _told(reclaim_s / SHARE, lambda: inbox.keep(entries, round(reclaim_s * 1000))):
        yield


@contextlib.contextmanager
def kept_leases(
    leases: Sequence[Lease], renew: Callable[[Sequence[Lease], float], int], lease_s: float
) -> Iterator[None]:
    """Keep leases that we have begun while the block lasts; more may be added to them meanwhile.

    Args:
        leases: Those that are begun.
        renew: The store's way to have them end later.
        lease_s: How long each lease lasts when it is renewed.
    """
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
