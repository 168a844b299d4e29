"""While work lasts, what it was given stays ours: told again and again, and no longer once we die.

A process that is killed or frozen tells nothing, so its work is given to another within seconds,
however long work may take.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from worker.errors import BrokerError
from worker.model import Lease
from worker.model.inbox import InboxEntry
from worker.services import Services

__all__ = ["kept_entries", "kept_leases"]

SHARE = 3
"""So often we tell within the time after which we count as dead."""


@contextlib.contextmanager
def kept_entries(services: Services, entries: Sequence[InboxEntry]) -> Iterator[None]:
    """Inbox entries that we began stay ours while the block lasts.

    By a thread: parsing knows no pauses. A broker that is away is told when it is back.
    """
    reclaim_s, ended = services.settings.reclaim_after_s, threading.Event()

    def tell() -> None:
        while not ended.wait(reclaim_s / SHARE):
            with contextlib.suppress(BrokerError):
                services.store.inbox.keep(entries, round(reclaim_s * 1000))

    thread = threading.Thread(target=tell, name="keep", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextlib.asynccontextmanager
async def kept_leases(
    services: Services, leases: Sequence[Lease], renew: Callable[[Sequence[Lease], float], int]
) -> AsyncIterator[None]:
    """Keep leases that we have begun while the block lasts; more may be added to them meanwhile.

    Args:
        services: The process's.
        leases: Those that are begun.
        renew: The store's way to have them end later.
    """
    lease_s, ended = services.settings.poll_lease_s, asyncio.Event()

    async def tell() -> None:
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), lease_s / SHARE)
                return
            with contextlib.suppress(BrokerError):
                renew(leases, lease_s)

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        ended.set()
        await telling
