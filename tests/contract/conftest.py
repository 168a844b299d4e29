"""What tests of the store look at beside its own answers."""

import pytest
import redis


@pytest.fixture
def client(broker_url):
    with redis.Redis.from_url(broker_url, decode_responses=True) as client:
        yield client
