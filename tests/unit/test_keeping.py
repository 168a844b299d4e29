"""Work that takes longer than its lease stays with whoever does it."""

import asyncio
import threading
import time
from types import SimpleNamespace

import pytest

from worker.errors import BrokerError
from worker.keeping import kept_entries, kept_leases
from worker.model import Feed
from worker.ports import Verdict
from worker.settings import Settings


@pytest.fixture
def services(store):
    return SimpleNamespace(settings=Settings(reclaim_after_s=0.5, poll_lease_s=1.0), store=store)


def test_an_entry_that_takes_long_is_given_to_no_other(services):
    store = services.store
    store.put_message('{"text": "A."}')
    messages, _ = store.read_doors(1, 1000)
    store.enter([Verdict(message=messages[0], word="work")])
    (taken,) = store.take_work(1, 500)
    entries = store.begin(taken.stream, ["1-1", taken.id], idle_ms=500)
    with kept_entries(services, entries):
        time.sleep(1.5)
        assert store.take_work(1, 500) == ()
    time.sleep(0.6)
    assert len(store.take_work(1, 500)) == 1


def test_a_feed_that_takes_long_is_given_to_no_other(services):
    services.store.add_feeds([Feed(id="a", url="http://a.test/")])
    (claim,) = services.store.claim_due(1, 1.0)
    begun = []

    async def ask():
        with kept_leases(services, begun, services.store.renew):
            begun.append(services.store.open_poll(claim, 1.0).lease)
            await asyncio.sleep(2.5)
            return services.store.claim_due(1, 1.0)

    assert asyncio.run(ask()) == ()
    time.sleep(1.1)
    assert len(services.store.claim_due(1, 1.0)) == 1


def test_a_broker_that_is_away_is_told_when_it_is_back(services):
    told, is_told = [], threading.Event()

    def renew(leases, lease_s):
        told.append(lease_s)
        if len(told) == 1:
            raise BrokerError("away")
        is_told.set()
        return 1

    with kept_leases(services, (), renew):
        assert is_told.wait(30)
    assert told[:2] == [1.0, 1.0]


def test_leases_are_renewed_while_their_holder_keeps_the_loop(services):
    told = threading.Event()

    async def work():
        with kept_leases(services, (), lambda *_: told.set() or 1):
            assert told.wait(30)  # nothing else of the loop can run

    asyncio.run(work())
