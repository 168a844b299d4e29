"""The broker's disk is full: it is called so, no message is to blame, and it passes.

A limit on the size of the server's files stands in for the disk: past it, as on a full disk, the
server cannot write its append-only file, and takes no writes until it can.
"""

import contextlib
import itertools
import json
import os
import resource
import subprocess
import sys
from collections import Counter

import pytest

from worker.broker.check import inspect_broker
from worker.broker.embedded import open_broker
from worker.errors import BrokerRefused
from worker.model import Event
from worker.model.codec import load
from worker.store.connection import Connection
from worker.store.store import RedisStore

pytestmark = pytest.mark.e2e

COMMAND = (sys.executable, "-m", "worker.cli")
COUNT = 200
UNLIMITED = resource.RLIM_INFINITY
REFUSED = "the server cannot write to its disk (is it full?): MISCONF"
CHECKED = "cannot write its append-only file (is its disk full?)"


class Disk:
    """What the append-only file of a broker has room for."""

    def __init__(self, broker, data_dir):
        self._pid = broker.pid
        self._log = data_dir / "appendonlydir"

    def fill(self):
        size = max(path.stat().st_size for path in self._log.iterdir())
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (size + 100, UNLIMITED))

    def make_room(self):
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (UNLIMITED, UNLIMITED))


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def broker(data_dir):
    with open_broker(data_dir) as opened:
        yield opened


@pytest.fixture
def disk(broker, data_dir):
    return Disk(broker, data_dir)


@pytest.fixture
def store(broker):
    opened = RedisStore(broker.url, prefix="full")
    yield opened
    opened.close()


def put(store, number):
    body = f"VARNA, March 4. /TASS/. Number {number}."
    store.inbox.put(json.dumps({"uri": f"urn:n:{number}", "body_text": body}))


def put_until_refused(store, number):
    """How many the store has had; the server notices what it could not write within a second."""
    for count in itertools.count(number):
        try:
            put(store, count)
        except BrokerRefused:
            return count
    raise AssertionError


def subjects(store):
    entries = store.desks.read("items", limit=100_000)
    return Counter(load(Event, entry.body).subject for entry in entries)


def run(broker, *words, **environ):
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
    told = {"COPYTASTER_REDIS_URL": broker.url, "COPYTASTER_PREFIX": "full"} | environ
    return subprocess.run(
        [*COMMAND, *words],
        env=inherited | told,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_full_disk_holds_everything_up_and_loses_nothing(
    processes, broker, disk, store, wait_for
):
    processes.environ |= {
        "COPYTASTER_REDIS_URL": broker.url,
        "COPYTASTER_PREFIX": "full",
        "COPYTASTER_BATCH_ITEMS": "5",
    }
    processes.dispatch()
    processes.worker()
    for number in range(COUNT):
        put(store, number)
    wait_for(lambda: len(subjects(store)) >= 20)
    disk.fill()
    count = put_until_refused(store, COUNT)
    wait_for(lambda: '"broker_disk"' in processes.log("dispatch"))
    wait_for(lambda: "MISCONF" in processes.log("worker"))
    done = len(subjects(store))
    disk.make_room()
    expected = Counter(f"urn:n:{number}" for number in range(count))
    wait_for(
        lambda: subjects(store) == expected,
        why=lambda: f"{expected - subjects(store)} {processes.log('worker')[-3000:]}",
    )
    assert done < count
    assert store.dead_letters.list() == ()
    for name in ("dispatch", "worker"):
        assert processes.stop(name) == 0


def test_verbs_say_that_the_disk_is_full(broker, disk, store, data_dir, tmp_path):
    put(store, 0)
    disk.fill()
    put_until_refused(store, 1)
    (tmp_path / "item.txt").write_text("OSLO, May 1. /TASS/. All is well.")
    failed = run(broker, "ingest", str(tmp_path / "item.txt"))
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.startswith(f"copytaster: {broker.url.partition('?')[0]}: {REFUSED}")
    found = run(broker, "status")
    assert (found.returncode, CHECKED in " ".join(found.stdout.split())) == (0, True)
    checks = json.loads(run(broker, "status", "--json").stdout)["broker_checks"]
    assert (checks["disk_error"], checks["problems"]) == (
        CHECKED,
        [{"event": "broker_disk", "reason": CHECKED, "is_fatal": False}],
    )
    found = run(broker, "status", COPYTASTER_REDIS_URL="", COPYTASTER_DATA_DIR=str(data_dir))
    assert (found.returncode, CHECKED in " ".join(found.stdout.split())) == (0, True)


def test_a_server_that_cannot_write_its_disk_is_joined_all_the_same(broker, disk, store, data_dir):
    disk.fill()
    put_until_refused(store, 0)
    with (
        open_broker(data_dir, start_timeout_s=5) as joined,
        contextlib.closing(Connection(joined.url)) as server,
    ):
        assert (joined.owned, inspect_broker(server).disk_error) == (False, CHECKED)


def test_a_broker_whose_directory_takes_nothing_is_not_started_and_the_disk_is_named(tmp_path):
    data_dir = tmp_path / "data"
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
    done = subprocess.run(
        [*COMMAND, "up"],
        env=inherited | {"COPYTASTER_DATA_DIR": str(data_dir)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, UNLIMITED)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        1,
        f"copytaster: {data_dir}: cannot be written: File too large\n",
    )
