"""A backup of the whole service, started elsewhere: nothing lost, nothing doubled."""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from worker.broker.embedded import open_broker
from worker.store.store import RedisStore

pytestmark = pytest.mark.e2e

UP = [sys.executable, "-m", "worker.cli", "up", "--workers", "1", "--no-web"]
BEFORE, WAITING, AFTER = range(20), range(20, 30), range(30, 35)


def message(number):
    return json.dumps(
        {
            "uri": f"urn:item:{number}",
            "version": "1",
            "headline": f"Item {number}",
            "body_text": f'OSLO, May 1. /NTB/. Harbour {number} is open. "All is calm {number}," '
            "Ada Moe said.",
        }
    )


class Place:
    """A directory with the data of a service, and the service while it runs."""

    def __init__(self, root):
        root.mkdir()
        self.data, self.database, self.log = root / "data", root / "archive.db", root / "log"
        self.desks = root / "desks.toml"
        self.desks.write_text(
            f'[[desk]]\nname = "items"\nsink = "sql:sqlite:///{self.database}"\n'
            '[[desk]]\nname = "quotes"\nshape = "quotes"\n'
        )
        feeds = root / "feeds.toml"
        feeds.write_text('[[feed]]\nurl = "http://127.0.0.1:9/rss.xml"\ninterval_s = 900\n')
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
        self.environ = inherited | {
            "COPYTASTER_ARCHIVE": "off",
            "COPYTASTER_DATA_DIR": str(self.data),
            "COPYTASTER_DESKS": str(self.desks),
            "COPYTASTER_FEEDS": str(feeds),
            "COPYTASTER_LOG_FORMAT": "json",
        }
        self.process = None

    def up(self):
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                UP,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def down(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(60) == 0
        self.process = None

    @contextlib.contextmanager
    def store(self):
        with open_broker(self.data) as broker:
            store = RedisStore(broker.url)
            try:
                yield store
            finally:
                store.close()

    def put(self, numbers):
        with self.store() as store:
            for number in numbers:
                store.inbox.put(message(number))

    def events(self, desk="items"):
        """The ids of the events on a desk, with their uris, in order."""
        with self.store() as store:
            entries = store.desks.read(desk, limit=10_000)
        return [(entry.id, json.loads(entry.body)["subject"]) for entry in entries]

    def archived(self):
        """The uris in the archive, an item as often as it is there."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            try:
                return sorted(uri for (uri,) in connection.execute("SELECT uri FROM versions"))
            except sqlite3.OperationalError:  # the relay has yet to make the tables
                return []


@pytest.fixture
def places(tmp_path):
    made = [Place(tmp_path / name) for name in ("one", "two")]
    yield made
    for place in made:
        place.down()


def uris(*ranges):
    return sorted(f"urn:item:{number}" for numbers in ranges for number in numbers)


def copy_stopped(one, two):
    """The recipe for a service that is stopped, while messages wait at its doors."""
    one.down()
    one.put(WAITING)  # with the server alone
    shutil.copytree(one.data, two.data, ignore=sockets)
    for path in one.database.parent.glob("archive.db*"):  # with its write-ahead log, if it has one
        shutil.copy(path, two.database.parent)


def sockets(folder, names):
    return [name for name in names if (Path(folder) / name).is_socket()]


def copy_running(one, two):
    """The recipe for a service that runs, while messages come in."""
    with open_broker(one.data) as broker, redis.Redis.from_url(broker.url) as client:
        client.config_set("auto-aof-rewrite-percentage", 0)
        while client.info("persistence")["aof_rewrite_in_progress"]:
            time.sleep(0.05)
        one.put(WAITING)
        two.data.mkdir(mode=0o700)
        shutil.copytree(one.data / "appendonlydir", two.data / "appendonlydir")
        client.config_set("auto-aof-rewrite-percentage", 100)
    with (
        contextlib.closing(sqlite3.connect(one.database)) as source,
        contextlib.closing(sqlite3.connect(two.database)) as target,
    ):
        source.backup(target)
    one.down()


@pytest.mark.parametrize("copy", [copy_stopped, copy_running])
def test_a_backup_starts_elsewhere_with_nothing_lost_and_nothing_doubled(places, wait_for, copy):
    one, two = places
    one.up()
    wait_for((one.data / "heartbeats" / "dispatch").exists)
    one.put(BEFORE)
    wait_for(lambda: len(one.events()) == len(BEFORE) and one.database.exists())
    wait_for(lambda: one.archived() == uris(BEFORE), timeout_s=60)
    before = {desk: one.events(desk) for desk in ("items", "quotes")}

    copy(one, two)
    two.up()
    wait_for(lambda: '"dispatch_started"' in two.log.read_text(), why=two.log.read_text)
    two.put([*BEFORE, *WAITING, *AFTER])  # publishers who cannot know send all of it again

    expected = uris(BEFORE, WAITING, AFTER)
    wait_for(lambda: sorted(uri for _, uri in two.events()) == expected, 120, why=two.log.read_text)
    wait_for(lambda: two.archived() == expected, 120, why=two.log.read_text)
    with two.store() as store:
        wait_for(lambda: store.stats.sizes()["inbox"] == 0)
        assert store.dead_letters.list() == ()
    for desk, events in before.items():
        now = two.events(desk)
        assert now[: len(events)] == events
        assert len({event_id for event_id, _ in now}) == len(now)
    assert sorted(uri for _, uri in two.events()) == expected
    assert two.archived() == expected
