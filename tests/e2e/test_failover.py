"""A master is lost or moves: by Sentinels, by hand, or behind one address; both clients follow."""

import asyncio
import contextlib
import json
import re
import threading
import time
from collections import Counter

import pytest
import redis

from worker.app import make_app
from worker.broker.queues import queue_lengths
from worker.dispatch import TaskSender
from worker.errors import BrokerAway, BrokerError, BrokerRefused
from worker.model import Event, Feed
from worker.model.codec import load
from worker.settings import load_settings
from worker.store.connection import Connection
from worker.store.store import RedisStore

pytestmark = pytest.mark.e2e

COUNT = 150
PREFIX = "wire"
PASSWORD = "hush"


class BySentinel:
    """The URL names Sentinels, and they decide."""

    def __init__(self, master, replica, sentinel):
        self.sentinel = sentinel
        self.url = (
            f"redis+sentinel://:{PASSWORD}@127.0.0.1:{sentinel.port}/mymaster/0"
            f"?sentinel_password={PASSWORD}"
        )

    def fail_over(self):
        """It does so by itself."""

    def switch_over(self):
        """As soon as it finds the replica good enough."""
        for _ in range(200):
            with contextlib.suppress(redis.ResponseError):
                return self.sentinel.say("SENTINEL", "FAILOVER", "mymaster")
            time.sleep(0.1)
        return pytest.fail("the Sentinel promotes nobody")


class ByHand:
    """The URL names the servers, and we decide."""

    def __init__(self, master, replica):
        self.master, self.replica = master, replica
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{master.port},127.0.0.1:{replica.port}/0"

    def fail_over(self):
        self.replica.say("REPLICAOF", "NO", "ONE")

    def switch_over(self):
        self.master.say("FAILOVER", "TO", "127.0.0.1", self.replica.port)


@pytest.fixture
def master(servers):
    return servers("--appendonly", "yes", "--repl-diskless-sync-delay", "0", password=PASSWORD)


@pytest.fixture
def replica(servers, master, wait_for):
    options = ("--appendonly", "yes", "--replicaof", "127.0.0.1", str(master.port))
    node = servers(*options, password=PASSWORD)
    wait_for(lambda: b"master_link_status:up" in node.say("INFO", "replication"))
    return node


@pytest.fixture
def sentinel(servers, tmp_path, master):
    """One Sentinel, whose word is enough."""
    conf = tmp_path / "sentinel.conf"
    conf.write_text(
        f"sentinel monitor mymaster 127.0.0.1 {master.port} 1\n"
        f"sentinel auth-pass mymaster {PASSWORD}\n"
        "sentinel down-after-milliseconds mymaster 500\n"
        "sentinel failover-timeout mymaster 2000\n"
    )
    return servers("--sentinel", conf=conf, password=PASSWORD)


@pytest.fixture(params=["by Sentinel", "by hand"])
def way(request, master, replica, wait_for):
    if request.param == "by hand":
        return ByHand(master, replica)
    sentinel = request.getfixturevalue("sentinel")
    wait_for(lambda: sentinel.say("SENTINEL", "REPLICAS", "mymaster"))
    return BySentinel(master, replica, sentinel)


def offset(server):
    """How much of the data's history a server has."""
    said = server.say("INFO", "replication")
    return int(re.search(rb"^master_repl_offset:(\d+)", said, re.MULTILINE)[1])


def role(server):
    """Nothing while it drops its clients, as a Sentinel has it do."""
    with contextlib.suppress(redis.ConnectionError):
        return server.say("ROLE")[0]
    return b""


def put(store, number):
    """Put an item, as a producer does who tries again until it is taken."""
    body = f"VARNA, March 4. /TASS/. Number {number}."
    message = json.dumps({"uri": f"urn:n:{number}", "body_text": body})
    for _ in range(600):
        with contextlib.suppress(BrokerError):
            return store.inbox.put(message)
        time.sleep(0.05)
    return pytest.fail("not taken within 30 s")


def subjects(store):
    with contextlib.suppress(BrokerError):
        entries = store.desks.read("items", limit=10 * COUNT)
        return Counter(load(Event, entry.body).subject for entry in entries)
    return Counter()


def test_a_master_that_is_killed_costs_nothing_that_its_replica_has(
    way, master, replica, processes, wait_for
):
    processes.environ |= {
        "COPYTASTER_REDIS_URL": way.url,
        "COPYTASTER_PREFIX": PREFIX,
        "COPYTASTER_BATCH_ITEMS": "5",
    }
    store = RedisStore(way.url, prefix=PREFIX)
    for number in range(COUNT):
        put(store, number)
    written = offset(master)
    wait_for(lambda: offset(replica) >= written)
    processes.dispatch()
    processes.worker()
    wait_for(lambda: len(subjects(store)) >= 20, why=lambda: processes.log("worker")[-3000:])
    master.kill()
    way.fail_over()
    for number in range(COUNT, COUNT + 10):
        put(store, number)
    expected = Counter(f"urn:n:{number}" for number in range(COUNT + 10))
    wait_for(
        lambda: subjects(store) == expected,
        why=lambda: f"{expected - subjects(store)} {processes.log('worker')[-3000:]}",
    )
    assert role(replica) == b"master"
    assert store.dead_letters.list() == ()
    assert PASSWORD not in processes.log("worker") + processes.log("dispatch")
    for name in ("dispatch", "worker"):
        assert processes.stop(name) == 0
    store.close()


def test_connections_to_a_master_that_became_a_replica_are_dropped(way, replica, master, wait_for):
    settings = load_settings({"COPYTASTER_REDIS_URL": way.url, "COPYTASTER_PREFIX": PREFIX})
    store, server = RedisStore(way.url, prefix=PREFIX), Connection(way.url)
    sender = TaskSender(settings, make_app(settings))
    store.inbox.put("{}")
    sender.poll([("feed", "1-1")])
    assert server.pipeline([("PING",), ("SET", "piped", "1")]) == [b"PONG", b"OK"]
    written = offset(master)
    wait_for(lambda: offset(replica) >= written)
    way.switch_over()
    wait_for(lambda: (role(replica), role(master)) == (b"master", b"slave"))
    assert server.pipeline([("PING",), ("SET", "piped", "2")]) == [b"PONG", b"OK"]
    store.inbox.put("{}")
    sender.poll([("feed", "1-2")])
    assert queue_lengths(settings)["poll"].waiting == 2
    assert store.stats.sizes()["inbox"] == 2
    assert replica.say("GET", "piped") == b"2"
    store.close()
    server.close()


def test_who_waits_on_a_master_is_woken_and_waits_on_the_next(way, replica, master, wait_for):
    """A blocked reader has sent nothing that could be refused."""
    server, read = Connection(way.url), []

    def wait():
        while not read:
            with contextlib.suppress(BrokerAway):
                read.extend(server.call("XREAD", "BLOCK", 20_000, "STREAMS", "s", "0") or ())

    waiting = threading.Thread(target=wait)
    waiting.start()
    wait_for(lambda: b"blocked_clients:1" in master.say("INFO", "clients"))
    way.switch_over()
    wait_for(lambda: (role(replica), role(master)) == (b"master", b"slave"))
    replica.say("XADD", "s", "*", "a", "b")
    waiting.join(10)
    assert not waiting.is_alive()
    server.close()


def test_connections_that_are_idle_meanwhile_are_dropped_too(master, replica, wait_for):
    """They would read from the former master for as long as nothing is written over them."""
    way = ByHand(master, replica)
    server = Connection(way.url)
    words = ("XREAD", "BLOCK", 1000, "STREAMS", "none", "0")
    waiting = threading.Thread(target=server.call, args=words)
    waiting.start()
    wait_for(lambda: b"blocked_clients:1" in master.say("INFO", "clients"))
    server.call("SET", "a", "1")
    waiting.join()
    assert clients(master) == 3
    way.switch_over()
    wait_for(lambda: (role(replica), role(master)) == (b"master", b"slave"))
    server.call("SET", "a", "2")
    wait_for(lambda: clients(master) == 1)
    server.close()


def clients(server):
    """How many there are, the one that asks included."""
    return server.say("CLIENT", "LIST", "TYPE", "normal").count(b"\n")


def test_no_master_and_two_masters_are_refused_by_name(master, replica):
    way = ByHand(master, replica)
    names = (f"127.0.0.1:{master.port}", f"127.0.0.1:{replica.port}")
    replica.say("REPLICAOF", "NO", "ONE")
    with pytest.raises(BrokerAway) as caught:
        Connection(way.url).call("PING")
    assert str(caught.value).endswith(
        f"more than one is a master: {names[0]} master, {names[1]} master"
    )
    replica.say("REPLICAOF", "127.0.0.1", master.port)
    Connection(way.url).call("SET", "a", "b")
    master.kill()
    with pytest.raises(BrokerAway, match=f"none of the servers is a master: {names[0]} silent .*"):
        Connection(way.url).call("PING")


def test_a_sentinel_that_knows_no_such_master_is_named(sentinel):
    url = f"redis+sentinel://127.0.0.1:{sentinel.port},127.0.0.1:1/other/0"
    with pytest.raises(BrokerAway) as caught:
        Connection(f"{url}?sentinel_password={PASSWORD}").call("PING")
    assert str(caught.value).startswith(
        f"{url}: the server cannot be reached: other has no master that answers: "
        f"127.0.0.1:{sentinel.port} says the master, which is unknown to it; 127.0.0.1:1 "
    )
    with pytest.raises(BrokerAway, match="Authentication required"):
        Connection(url).call("PING")


def test_a_master_without_the_replicas_that_it_wants_refuses_and_no_message_is_to_blame(
    servers,
):
    lonely = servers("--min-replicas-to-write", "1")
    store = RedisStore(f"redis://127.0.0.1:{lonely.port}/0", prefix=PREFIX)
    with pytest.raises(BrokerRefused, match="too few replicas"):
        store.inbox.put("{}")
    with pytest.raises(BrokerRefused, match="too few replicas"):
        store.feeds.add([Feed(id="0123456789ab", url="https://wire.example/")])
    store.close()


class Address:
    """One address in front of servers, of which one is behind it at a time."""

    def __init__(self):
        self.port = 0
        self.behind = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(20)
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self):
        self._server.close()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await asyncio.sleep(0.1)  # transports close in the next turns of the loop

    async def _serve(self, reader, writer):
        there = await asyncio.open_connection("127.0.0.1", self.behind)
        await asyncio.gather(_pass(reader, there[1]), _pass(there[0], writer))


async def _pass(reader, writer):
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def test_an_address_that_moves_to_the_new_master_is_followed(master, replica, wait_for):
    with Address() as address:
        address.behind = master.port
        url = f"redis://:{PASSWORD}@127.0.0.1:{address.port}/0"
        settings = load_settings({"COPYTASTER_REDIS_URL": url, "COPYTASTER_PREFIX": PREFIX})
        server, sender = Connection(url), TaskSender(settings, make_app(settings))
        sender.poll([("feed", "1-1")])
        assert server.call("SET", "a", "1") == b"OK"
        written = offset(master)
        wait_for(lambda: offset(replica) >= written)
        ByHand(master, replica).switch_over()
        wait_for(lambda: (role(replica), role(master)) == (b"master", b"slave"))
        with pytest.raises(BrokerRefused, match="the server is a read-only replica"):
            server.call("SET", "a", "2")
        with pytest.raises(BrokerError):
            sender.poll([("feed", "1-2")])
        address.behind = replica.port
        assert server.call("SET", "a", "3") == b"OK"
        sender.poll([("feed", "1-3")])
        assert replica.say("LLEN", f"{PREFIX}:celery:poll") == 2
        server.close()
