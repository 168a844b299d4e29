"""Renewal of inbox entries and leases while their work lasts.

A process that is killed or frozen renews nothing, so its work goes to another process within
seconds, however long the work itself may take.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

from worker.errors import BrokerError
from worker.model import Lease
from worker.model.inbox import InboxEntry
from worker.ports import Inbox

__all__ = ["renewing_entries", "renewing_leases"]

RENEWALS_PER_LEASE = 3
"""Renewals within the time after which a process counts as dead: two of them may be lost."""


@contextlib.contextmanager
def renewing_entries(
    inbox: Inbox, entries: Sequence[InboxEntry], reclaim_s: float
) -> Iterator[None]:
    """Keep the inbox entries of this worker while the block runs.

    A renewal that fails because the broker is away is skipped.
    """
    reclaim_ms = round(reclaim_s * 1000)
    with _repeating(reclaim_s / RENEWALS_PER_LEASE, lambda: inbox.keep(entries, reclaim_ms)):
        yield


@contextlib.contextmanager
def renewing_leases(
    leases: Sequence[Lease], renew: Callable[[Sequence[Lease], float], int], lease_s: float
) -> Iterator[None]:
    """Keep the leases of this process while the block runs.

    Args:
        leases: The leases to renew; the caller may add to the sequence while the block runs.
        renew: The store's method that postpones the end of leases by a number of seconds.
        lease_s: The duration of a renewed lease.
    """
    with _repeating(lease_s / RENEWALS_PER_LEASE, lambda: renew(leases, lease_s)):
        yield


@contextlib.contextmanager
def _repeating(every_s: float, renew: Callable[[], object]) -> Iterator[None]:
    """Renew at intervals while the block runs, in a thread.

    An event loop would not do: parsing never yields to it, and many polls may delay it for long.
    """
    ended = threading.Event()

    def renew_repeatedly() -> None:
        while not ended.wait(every_s):
            with contextlib.suppress(BrokerError):
                renew()

    thread = threading.Thread(target=renew_repeatedly, name="keep", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
