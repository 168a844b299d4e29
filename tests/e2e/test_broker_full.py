"""The broker's memory is full, and has room again: nothing is lost, nothing doubled."""

import contextlib
import itertools
import json
from collections import Counter

import pytest
import redis

from worker.broker.embedded import open_broker
from worker.errors import BrokerRefused
from worker.model import Event
from worker.model.codec import load
from worker.store.store import RedisStore

pytestmark = pytest.mark.e2e

BATCH = 200
FILL = b"x" * (64 << 10)


@pytest.fixture
def broker(tmp_path):
    with open_broker(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def admin(broker):
    with redis.Redis(unix_socket_path=str(broker.socket)) as client:
        yield client


def put_items(store, start):
    """How many messages the store took."""
    for number in range(start, start + BATCH):
        body = f"VARNA, March 4. /TASS/. Number {number}."
        try:
            store.inbox.put(json.dumps({"uri": f"urn:n:{number}", "body_text": body}))
        except BrokerRefused:
            return number - start
    return BATCH


def subjects(store):
    entries = store.desks.read("items", limit=10 * BATCH)
    return Counter(load(Event, entry.body).subject for entry in entries)


def test_a_full_broker_holds_polls_back_and_loses_nothing(
    processes, broker, admin, tmp_path, wait_for
):
    store = RedisStore(broker.url, prefix="full")
    processes.environ |= {
        "COPYTASTER_REDIS_URL": broker.url,
        "COPYTASTER_PREFIX": "full",
        "COPYTASTER_BATCH_ITEMS": "10",
    }
    processes.dispatch()
    processes.worker()
    count = put_items(store, 0)
    wait_for(lambda: len(subjects(store)) >= 20)
    admin.config_set("maxmemory", admin.info("memory")["used_memory"] + (256 << 10))
    count += put_items(store, count)
    fillers = itertools.count()

    def is_held():
        """Polls are held while what the workers make free is taken at once."""
        with contextlib.suppress(redis.exceptions.OutOfMemoryError):
            while True:
                admin.set(f"other:{next(fillers)}", FILL)
        return '"polls_held"' in processes.log("dispatch")

    wait_for(is_held, why=lambda: f"{admin.info('memory')} {processes.log('dispatch')[-3000:]}")
    admin.config_set("maxmemory", 0)
    wait_for(
        lambda: '"polls_free"' in processes.log("dispatch"),
        why=lambda: f"{store.stats.sizes()} {processes.log('dispatch')[-3000:]}",
    )
    count += put_items(store, count)
    wait_for(
        lambda: store.stats.sizes()["inbox"] == 0,
        timeout_s=180,
        why=lambda: f"{store.stats.sizes()} {processes.log('worker')[-3000:]}",
    )
    assert subjects(store) == Counter(f"urn:n:{number}" for number in range(count))
    assert store.dead_letters.list() == ()
    processes.stop_all()
    store.close()
