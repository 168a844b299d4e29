"""The clients of docs/clients.md against a real broker: nothing lost, nothing done twice."""

import datetime
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from worker.desks import DEFAULT_DESKS
from worker.model.inbox import DoorDecision
from worker.publishing.parse_task import parse_entries
from worker.services import Services
from worker.settings import Settings

pytestmark = pytest.mark.e2e

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
FENCE = re.compile(r"^```\w+ (?P<file>\S+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = {fence["file"]: fence["body"] for fence in FENCE.finditer(PAGE.read_text("utf-8"))}

TAKE_OVER_MS = 300
"""Instead of the page's minute."""


class Client:
    """One of the two programs, in a directory of its own."""

    def __init__(self, name, command, group, directory, environ):
        self.name, self.group, self.directory, self.environ = name, group, directory, environ
        body = BLOCKS[name]
        assert body.count("60_000") == 1
        (directory / name).write_text(body.replace("60_000", str(TAKE_OVER_MS)), encoding="utf-8")
        self.command = (*command, name, "items")
        self.reader = f"{group}-1"

    def start(self, *options):
        return subprocess.Popen(
            (*self.command, *options),
            cwd=self.directory,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def drain(self):
        """What it printed on its way to the end of the stream."""
        with self.start("--drain") as process:
            out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        return out.splitlines()

    def uris(self):
        """The subjects of what was done, in order."""
        if self.name.endswith(".py"):
            with sqlite3.connect(self.directory / "archive.db") as books:
                rows = books.execute("SELECT uri FROM news ORDER BY rowid").fetchall()
            books.close()
            return [uri for (uri,) in rows]
        lines = (self.directory / "items.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["subject"] for line in lines]


def find_node():
    found = shutil.which("node")
    if found is None:
        words = "no Node: install node 18 or newer (Debian: nodejs) to run the client of the docs"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    return found


@pytest.fixture(params=["consumer.py", "consumer.mjs"])
def client(request, broker_url, prefix, tmp_path):
    if request.param == "consumer.py":
        command, group = (sys.executable,), "archive"
    else:
        command, group = (find_node(),), "files"
    environ = {
        "PATH": os.environ["PATH"],
        "COPYTASTER_REDIS_URL": broker_url,
        "COPYTASTER_PREFIX": prefix,
    }
    return Client(request.param, command, group, tmp_path, environ)


@pytest.fixture
def server(broker_url):
    with redis.Redis.from_url(broker_url) as opened:
        yield opened


@pytest.fixture
def stream(prefix):
    return f"{prefix}:desk:items"


@pytest.fixture
def publish(store):
    """Put that many new items on the desks, by the service's own way; their subjects."""
    services = Services(
        settings=Settings(),
        store=store,
        http=None,
        desks=DEFAULT_DESKS,
        now=lambda: datetime.datetime.now(datetime.UTC),
    )
    made = []

    def put(count):
        uris = [f"urn:порт:{len(made) + number}" for number in range(count)]
        made.extend(uris)
        for uri in uris:
            text = f"Порт открыт 𝄞\n\nKIEV, January 12. /TASS/. All is calm at {uri}."
            store.inbox.put(json.dumps({"text": text, "uri": uri}))
        messages, _ = store.inbox.read_doors(count, 1 << 20)
        store.inbox.enter([DoorDecision(message=one, word="work") for one in messages])
        entries = store.inbox.take_work(count, 60_000)
        parse_entries(services.publishing, entries[0].stream, [entry.id for entry in entries])
        return uris

    yield put
    services._runner.close()


def pending(server, stream, client):
    return server.xpending(stream, client.group)["pending"]


def test_every_event_is_done_once_in_order_and_confirmed(client, publish, server, stream):
    uris = publish(20)
    assert client.drain() == ["copytaster.item.created Порт открыт 𝄞"] * 20
    assert client.uris() == uris
    assert pending(server, stream, client) == 0
    uris += publish(3)
    assert len(client.drain()) == 3
    assert client.uris() == uris


def test_an_event_that_stands_there_again_is_dropped_by_its_id(client, publish, server, stream):
    uris = publish(3)
    for _, fields in server.xrange(stream):
        server.xadd(stream, fields)
    assert len(client.drain()) == 3
    server.xgroup_setid(stream, client.group, "0")
    assert client.drain() == []
    assert client.uris() == uris
    assert pending(server, stream, client) == 0


def test_what_was_taken_and_not_confirmed_comes_first(client, publish, server, stream):
    """As after a crash between taking and work."""
    uris = publish(4)
    server.xgroup_create(stream, client.group, id="0")
    server.xreadgroup(client.group, client.reader, {stream: ">"}, count=2)
    uris += publish(2)
    client.drain()
    assert client.uris() == uris
    assert pending(server, stream, client) == 0


def test_what_a_lost_reader_took_is_taken_over(client, publish, server, stream):
    uris = publish(4)
    server.xgroup_create(stream, client.group, id="0")
    server.xreadgroup(client.group, "long-gone", {stream: ">"}, count=2)
    client.drain()
    assert sorted(client.uris()) == sorted(uris)
    assert pending(server, stream, client) == 0


def test_an_entry_that_was_trimmed_while_we_were_away_stops_nothing(
    client, publish, server, stream
):
    uris = publish(4)
    server.xgroup_create(stream, client.group, id="0")
    [[_, taken]] = server.xreadgroup(client.group, client.reader, {stream: ">"}, count=2)
    server.xdel(stream, taken[0][0])
    client.drain()
    assert client.uris() == uris[1:]
    assert pending(server, stream, client) == 0


def test_a_client_that_is_killed_again_and_again_does_all_of_it_once(
    client, publish, server, stream, wait_for
):
    uris = []
    for _ in range(4):
        uris += publish(60)
        with client.start() as process:
            process.stdout.readline()
            process.kill()
    client.drain()
    assert client.uris() == uris
    assert pending(server, stream, client) == 0


def test_a_client_that_loses_its_connection_goes_on(client, publish, server, stream, wait_for):
    uris = publish(1)
    with client.start() as process:
        wait_for(lambda: ids_of(server, client))
        assert process.stdout.readline()
        for number in ids_of(server, client):
            server.client_kill_filter(_id=number)
        uris += publish(1)
        assert process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert client.uris() == uris
    assert pending(server, stream, client) == 0


def ids_of(server, client):
    return [one["id"] for one in server.client_list() if one["name"] == client.reader]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the disk that is full is Linux's")
def test_what_could_not_be_written_is_not_confirmed(client, publish, server, stream):
    if client.name != "consumer.mjs":
        pytest.skip("SQLite is its own judge of disks")
    uris = publish(2)
    program = client.directory / client.name
    whole = program.read_text(encoding="utf-8")
    assert whole.count("fs.appendFileSync(file,") == 1
    full = whole.replace("fs.appendFileSync(file,", 'fs.appendFileSync("/dev/full",')
    program.write_text(full, encoding="utf-8")
    with client.start("--drain") as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "ENOSPC" in err
    assert pending(server, stream, client) == 2
    program.write_text(whole, encoding="utf-8")
    client.drain()
    assert client.uris() == uris


def test_a_line_that_a_crash_tore_is_cut_and_done_again(client, publish, server, stream):
    if client.name != "consumer.mjs":
        pytest.skip("SQLite undoes half a transaction by itself")
    uris = publish(2)
    client.drain()
    path = client.directory / "items.jsonl"
    path.write_bytes(path.read_bytes()[:-7])
    server.xgroup_setid(stream, client.group, "0")
    client.drain()
    assert client.uris() == uris
