"""Work that takes longer than its lease stays with whoever does it."""

import asyncio
import threading
import time
from types import SimpleNamespace

import pytest

from worker.errors import BrokerError
from worker.model import Feed
from worker.model.inbox import DoorDecision
from worker.runtime.lease_renewal import renewing_entries, renewing_leases
from worker.settings import Settings


@pytest.fixture
def services(store):
    return SimpleNamespace(settings=Settings(reclaim_after_s=1.5, poll_lease_s=2.0), store=store)


def test_an_entry_that_takes_long_is_given_to_no_other(services):
    store = services.store
    store.inbox.put('{"text": "A."}')
    messages, _ = store.inbox.read_doors(1, 1000)
    store.inbox.enter([DoorDecision(message=messages[0], word="work")])
    (taken,) = store.inbox.take_work(1, 1500)
    entries = store.inbox.begin(taken.stream, ["1-1", taken.id], idle_ms=1500)
    with renewing_entries(services.store.inbox, entries, services.settings.reclaim_after_s):
        time.sleep(3)
        assert store.inbox.take_work(1, 1500) == ()
    time.sleep(1.6)
    assert len(store.inbox.take_work(1, 1500)) == 1


def test_a_feed_that_takes_long_is_given_to_no_other(services):
    services.store.feeds.add([Feed(id="a", url="http://a.test/")])
    (claim,) = services.store.polls.claim_due(1, 2.0)
    begun = []

    async def ask():
        with renewing_leases(begun, services.store.polls.renew, services.settings.poll_lease_s):
            begun.append(services.store.polls.open(claim, 2.0).lease)
            await asyncio.sleep(4)
            return services.store.polls.claim_due(1, 2.0)

    assert asyncio.run(ask()) == ()
    time.sleep(2.1)
    assert len(services.store.polls.claim_due(1, 2.0)) == 1


def test_a_broker_that_is_away_is_told_when_it_is_back(services):
    told, is_told = [], threading.Event()

    def renew(leases, lease_s):
        told.append(lease_s)
        if len(told) == 1:
            raise BrokerError("away")
        is_told.set()
        return 1

    with renewing_leases((), renew, services.settings.poll_lease_s):
        assert is_told.wait(30)
    assert told[:2] == [2.0, 2.0]


def test_leases_are_renewed_while_their_holder_keeps_the_loop(services):
    told = threading.Event()

    async def work():
        with renewing_leases((), lambda *_: told.set() or 1, services.settings.poll_lease_s):
            assert told.wait(30)  # nothing else of the loop can run

    asyncio.run(work())
