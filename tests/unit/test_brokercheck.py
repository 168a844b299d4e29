"""What is wrong with a broker, by what it says of itself."""

import pytest

from worker.broker.check import BrokerReport, find_problems
from worker.store.master import Greeting, read_greeting

GOOD = {
    "server": "valkey",
    "version": "9.1.2",
    "policy": "noeviction",
    "appendonly": True,
    "evicted_keys": 0,
    "disk_error": "",
}


def problems(**said):
    return {one.event: one.is_fatal for one in find_problems(BrokerReport(**(GOOD | said)))}


def test_nothing_is_wrong_with_a_broker_as_it_should_be():
    assert problems() == {}


@pytest.mark.parametrize(
    ("server", "version", "is_too_old"),
    [
        ("redis", "7.0.0", False),
        ("redis", "7.0.15", False),
        ("redis", "8.2", False),
        ("redis", "10.0.1", False),
        ("redis", "6.2.14", True),
        ("valkey", "7.2.5", False),
        ("valkey", "8.1.0", False),
        ("valkey", "7.1.9", True),
        ("redis", "unstable", True),
        ("other", "1.0", False),
    ],
)
def test_a_server_is_new_enough_by_its_own_numbers(server, version, is_too_old):
    expected = {"broker_too_old": True} if is_too_old else {}
    assert problems(server=server, version=version) == expected


@pytest.mark.parametrize(
    "policy",
    [
        *("allkeys-lru", "allkeys-lfu", "allkeys-random"),
        *("volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"),
    ],
)
def test_every_policy_that_evicts_stops_a_start_and_the_fix_is_named(policy):
    (problem,) = find_problems(BrokerReport(**(GOOD | {"policy": policy})))
    assert problem.is_fatal
    assert problem.reason.startswith(f"its maxmemory-policy is {policy}")
    assert "CONFIG SET maxmemory-policy noeviction" in problem.reason


@pytest.mark.parametrize(
    ("said", "event", "is_fatal"),
    [
        ({"mode": "cluster"}, "broker_is_cluster", True),
        ({"mode": "sentinel"}, "broker_is_sentinel", True),
        ({"appendonly": False}, "broker_not_durable", False),
        ({"evicted_keys": 1}, "broker_evicted", False),
        ({"disk_error": "cannot write"}, "broker_disk", False),
        ({"denied": ("stats",), "evicted_keys": None}, "broker_unchecked", False),
    ],
)
def test_what_costs_a_promise_is_named_and_only_what_loses_messages_stops_a_start(
    said, event, is_fatal
):
    assert problems(**said) == {event: is_fatal}


def test_a_right_that_is_missing_is_named():
    unknown = {"policy": None, "appendonly": None, "evicted_keys": None, "disk_error": None}
    denied = {"denied": ("memory", "persistence", "stats")}
    (problem,) = find_problems(BrokerReport(**(GOOD | unknown | denied)))
    assert problem.reason.endswith("checks: +info|memory +info|persistence +info|stats")


def test_a_greeting_is_read_by_its_names_in_whatever_order():
    reply = [b"role", b"replica", b"proto", 2, b"version", b"7.2.4", b"server", b"redis"]
    assert read_greeting([*reply, b"modules", []]) == Greeting("redis", "7.2.4", "", "replica")
