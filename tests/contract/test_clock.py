"""Redis and Valkey see at once what tests do to their time of day."""

import shutil
from pathlib import Path

import pytest
import redis

from worker.broker.embedded import find_server, open_broker

HOUR_S = 3600
DEBIANS = shutil.which("redis-server")


@pytest.fixture(params=["embedded", "redis-server"])
def server(request, server_shift, tmp_path):
    binary = find_server() if request.param == "embedded" else DEBIANS
    if binary is None:
        pytest.skip(f"no {request.param} on this machine")
    with server_shift.applied():
        broker = open_broker(tmp_path / "data", server=Path(binary))
    with broker, redis.Redis.from_url(broker.url, decode_responses=True) as client:
        yield client


def sent_at_s(entry_id):
    return int(entry_id.partition("-")[0]) / 1000


def test_an_hour_passes_at_once_and_goes_back(server, clock, pass_time):
    began = clock().timestamp()
    for passed_s in (0, HOUR_S, -2 * HOUR_S):
        pass_time(passed_s)
        seconds, _ = server.time()
        assert 0 <= seconds + 1 - clock().timestamp() < 60
        assert abs(int(server.eval("return redis.call('TIME')[1]", 0)) - seconds) <= 1
    assert clock().timestamp() == began - HOUR_S


def test_keys_expire_when_their_time_has_passed(server, pass_time):
    server.set("short", "x", ex=HOUR_S)
    server.set("long", "x", ex=3 * HOUR_S)
    pass_time(2 * HOUR_S)
    assert server.mget("short", "long") == [None, "x"]


def test_entries_are_numbered_and_lie_idle_by_the_moved_clock(server, pass_time):
    server.xgroup_create("s", "group", mkstream=True)
    first = server.xadd("s", {"n": 1})
    server.xreadgroup("group", "reader", {"s": ">"})
    pass_time(HOUR_S)
    second = server.xadd("s", {"n": 2})
    (pending,) = server.xpending_range("s", "group", "-", "+", 10)
    assert 0 <= sent_at_s(second) - sent_at_s(first) - HOUR_S < 60
    assert 0 <= pending["time_since_delivered"] / 1000 - HOUR_S < 60
    _, claimed, _ = server.xautoclaim("s", "group", "other", HOUR_S * 1000)
    assert [entry_id for entry_id, _ in claimed] == [first]
