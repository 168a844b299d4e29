"""Every store under test, by one name."""

import time

import pytest

from worker.store.memory import MemoryStore
from worker.store.redis import RedisStore


class Clock:
    """Time that passes when it is told to."""

    def __init__(self):
        self.now = time.time()

    def __call__(self):
        return self.now


@pytest.fixture(params=["memory", "redis"])
def make_store(request, prefix):
    """Makes a store with these settings and closes it at the end."""
    made = []
    clock = Clock()

    def make(**settings):
        if request.param == "memory":
            store = MemoryStore(prefix=prefix, clock=clock, **settings)
        else:
            store = RedisStore(request.getfixturevalue("broker_url"), prefix=prefix, **settings)
        made.append(store)
        return store

    make.pass_time = time.sleep if request.param == "redis" else lambda s: advance(clock, s)
    yield make
    for store in made:
        store.close()


def advance(clock, seconds):
    clock.now += seconds


@pytest.fixture
def store(make_store):
    return make_store()


@pytest.fixture
def pass_time(make_store):
    """Lets seconds go by for the store: really, or by its clock."""
    return make_store.pass_time
