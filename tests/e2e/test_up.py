"""`copytaster up` and `copytaster demo`: whole process trees that leave nothing behind."""

import contextlib
import json
import os
import pty
import re
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from worker.broker.embedded import open_broker
from worker.cli.service import running_broker
from worker.settings import Settings
from worker.store.store import RedisStore

pytestmark = pytest.mark.e2e

COMMAND = [sys.executable, "-m", "worker.cli"]
UP = [*COMMAND, "up", "--workers", "1", "--no-web"]


def tree_of(marker):
    """The ids of all processes that carry `marker` in their environment or command line."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if marker.encode() in words and state != "Z":
            found.add(int(entry.name))
    return found - {os.getpid()}


@pytest.fixture
def own(tmp_path):
    """An environment with an embedded broker of its own, and no feed that lies outside."""
    feeds = tmp_path / "feeds.toml"
    feeds.write_text('[[feed]]\nurl = "http://127.0.0.1:9/rss.xml"\ninterval_s = 900\n')
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
    return inherited | {
        "COPYTASTER_DATA_DIR": str(tmp_path / "data"),
        "COPYTASTER_FEEDS": str(feeds),
        "COPYTASTER_LOG_FORMAT": "json",
    }


def start(command, environ, log):
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def put_and_read(data_dir, wait_for, text):
    """Put a message on the inbox of the broker in `data_dir` and wait for its event."""
    wait_for((data_dir / "heartbeats" / "dispatch").exists)
    with open_broker(data_dir) as joined:
        assert not joined.owned
        store = RedisStore(joined.url)
        before = len(store.desks.read("items"))
        store.inbox.put(json.dumps({"text": text}))
        wait_for(lambda: len(store.desks.read("items")) > before)
        store.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_up_serves_keeps_its_data_and_leaves_nothing(own, tmp_path, wait_for, number):
    data_dir = tmp_path / "data"
    for text in ("PARIS, May 1. /TASS/. One.", "PARIS, May 2. /TASS/. Two."):
        process = start(UP, own, tmp_path / "up.log")
        put_and_read(data_dir, wait_for, text)
        os.kill(process.pid, number)
        assert process.wait(50) == (0 if number == signal.SIGTERM else -number)
        wait_for(lambda: not tree_of(str(tmp_path)), timeout_s=50)
        (data_dir / "heartbeats" / "dispatch").unlink(missing_ok=True)
    with open_broker(data_dir) as again:
        store = RedisStore(again.url)
        assert len(store.desks.read("items")) == 2
        store.close()


def test_without_feeds_nobody_is_polled_and_one_line_says_how_to_add_some(own, tmp_path, wait_for):
    log = tmp_path / "up.log"
    process = start(UP, {**own, "COPYTASTER_FEEDS": ""}, log)
    try:
        wait_for(lambda: log.exists() and '"no_feeds"' in log.read_text())
        wait_for((tmp_path / "data" / "heartbeats" / "dispatch").exists)
        with open_broker(tmp_path / "data") as joined:
            store = RedisStore(joined.url)
            assert list(store.feeds.all()) == []
            store.close()
    finally:
        process.terminate()
        assert process.wait(50) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (said,) = [line for line in lines if line["event"] == "no_feeds"]
    assert said["hint"] == "add one: copytaster feeds add URL, or copytaster feeds suggest"


def test_up_runs_the_sources_that_are_configured(own, tmp_path, wait_for):
    folder, sources = tmp_path / "incoming", tmp_path / "sources.toml"
    folder.mkdir()
    sources.write_text(f'[[source]]\nname = "ftp"\nfolder = "{folder}"\nsettle_s = 0.1\n')
    (folder / "talks.txt").write_text("PARIS, May 1. /TASS/. The talks have resumed.")
    process = start(UP, {**own, "COPYTASTER_SOURCES": str(sources)}, tmp_path / "up.log")
    try:
        wait_for((folder / "done" / "talks.txt").exists)
        with open_broker(tmp_path / "data") as joined:
            store = RedisStore(joined.url)
            wait_for(lambda: len(store.desks.read("items")) == 1)
            store.close()
    finally:
        process.terminate()
        assert process.wait(50) == 0
    wait_for(lambda: not tree_of(str(tmp_path)), timeout_s=50)


def test_a_second_up_says_that_it_joins_the_first(tmp_path, capsys):
    settings = Settings(data_dir=str(tmp_path / "data"))
    with running_broker(settings) as first:
        assert capsys.readouterr().err == ""
        with running_broker(settings) as second:
            assert second.redis_url == first.redis_url
    assert capsys.readouterr().err.startswith(
        f"copytaster: another `copytaster up` has started the broker of {tmp_path}/data: this one"
        " joins it"
    )


def test_a_wrong_sources_file_stops_up_at_once(own, tmp_path):
    sources = tmp_path / "sources.toml"
    sources.write_text('[[source]]\nname = "ftp"\n')
    environ = {**own, "COPYTASTER_SOURCES": str(sources)}
    done = subprocess.run(UP, env=environ, capture_output=True, text=True, timeout=60, check=False)
    reason = f"{sources}, [[source]] 1: ftp: name either its `url` or its `folder`"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (78, f"copytaster: {reason}")


def test_a_process_that_dies_is_started_again_and_so_is_the_broker(own, tmp_path, wait_for):
    process = start(UP, own, tmp_path / "up.log")
    try:
        beat = tmp_path / "data" / "heartbeats" / "dispatch"
        wait_for(beat.exists)
        (up,) = [
            json.loads(line)
            for line in (tmp_path / "up.log").read_text().splitlines()
            if '"service_up"' in line
        ]
        os.kill(up["processes"]["dispatch"], signal.SIGKILL)
        killed_at = time.time()
        wait_for(lambda: beat.stat().st_mtime > killed_at + 1)
        with open_broker(tmp_path / "data") as joined:
            os.kill(joined.pid, signal.SIGKILL)
        wait_for(lambda: (tmp_path / "up.log").read_text().count('"broker_open"') == 2)
        put_and_read(tmp_path / "data", wait_for, "PARIS, May 1. /TASS/. One.")
    finally:
        process.terminate()
        assert process.wait(50) == 0


def test_the_demo_shows_items_then_a_summary_and_leaves_nothing(tmp_path):
    environ = os.environ | {"TMPDIR": str(tmp_path), "HOME": str(tmp_path), "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "worker.cli", "demo"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("feeds polled", "items in", "events on quotes", "first item"):
        assert word in done.stdout
    assert "not known" not in done.stdout
    assert [line for line in done.stdout.splitlines() if line != line.rstrip()] == []
    assert "lost, doubled, dead  0, 0, 0" in done.stdout
    assert int(re.search(r"items in\s+(\d+)", done.stdout)[1]) >= 40
    assert tree_of(str(tmp_path)) == set()
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_is_told_to_stop_leaves_nothing(tmp_path, wait_for):
    environ = os.environ | {"TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    log = tmp_path.parent / "demo.log"
    process = start([sys.executable, "-m", "worker.cli", "demo"], environ, log)
    wait_for(lambda: list(tmp_path.glob("copytaster-demo-*/data/appendonlydir")))
    process.terminate()
    assert process.wait(60) == 130
    assert log.read_text().endswith("The demo was interrupted; nothing of it is left running.\n")
    wait_for(lambda: not tree_of(str(tmp_path)), timeout_s=5)  # a kill takes a moment
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_cannot_finish_says_what_is_missing():
    done = subprocess.run(
        [sys.executable, "-m", "worker.cli", "demo", "--timeout-s", "0.5"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "did not arrive in time" in done.stderr
    assert "Traceback" not in done.stderr


def said(log, event):
    """The fields of the first log line of an event; None if there is none yet."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return next((line for line in lines if line["event"] == event), None)


def up_with_web(own, tmp_path, port):
    words = [*COMMAND, "up", "--workers", "1", "--web-port", str(port)]
    return start(words, own | {"COPYTASTER_ARCHIVE": "off"}, tmp_path / "up.log")


def test_up_serves_the_pages_and_says_where(own, tmp_path, wait_for):
    with socket.create_server(("127.0.0.1", 0)) as once:
        port, log = once.getsockname()[1], tmp_path / "up.log"
    process = up_with_web(own, tmp_path, port)
    try:
        up = wait_for(lambda: log.exists() and said(log, "service_up"))
        assert up["page"] == f"http://127.0.0.1:{port}/"
        assert "web" in up["processes"]
        wait_for(lambda: said(log, "web_open"))
        assert answer_of(port).startswith(b"HTTP/1.1 ")
    finally:
        process.terminate()
        assert process.wait(50) == 0
    wait_for(lambda: not tree_of(str(tmp_path)), timeout_s=50)


def answer_of(port):
    """The first bytes that a server answers."""
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return client.recv(100)


def test_a_taken_port_costs_the_pages_alone(own, tmp_path, wait_for):
    log = tmp_path / "up.log"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = up_with_web(own, tmp_path, port)
        try:
            up = wait_for(lambda: log.exists() and said(log, "service_up"))
            assert (up["page"], "web" in up["processes"]) == ("none", False)
            assert said(log, "web_port_taken")["port"] == port
            put_and_read(tmp_path / "data", wait_for, "PARIS, May 1. /TASS/. One.")
        finally:
            process.terminate()
            assert process.wait(50) == 0


def test_on_a_terminal_the_demo_keeps_its_pages_until_ctrl_c(tmp_path, wait_for):
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    environ = os.environ | {"TMPDIR": str(tmp_path), "HOME": str(tmp_path), "NO_COLOR": "1"}
    process = subprocess.Popen(
        [*COMMAND, "demo"],
        env=environ,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    screen = b""

    def address():
        nonlocal screen
        if select.select([leader], [], [], 0.1)[0]:
            screen += os.read(leader, 65536)
        return re.search(rb"http://127\.0\.0\.1:(\d+)/ until you press Ctrl-C", screen)

    try:
        found = wait_for(address, timeout_s=90, why=lambda: screen[-2000:].decode(errors="replace"))
        assert b"lost, doubled, dead" in screen
        plain = re.sub(rb"\x1b\[[\d;?]*[A-Za-z]", b"", screen).decode()
        assert max(map(len, re.split(r"[\r\n]+", plain))) <= 80
        assert answer_of(int(found[1])).startswith(b"HTTP/1.1 ")
        (database,) = tmp_path.glob("copytaster-demo-*/archive.db")

        def archived():
            with contextlib.closing(sqlite3.connect(database)) as connection:
                return connection.execute("SELECT count(*) FROM items").fetchone()[0] >= 40

        wait_for(archived, timeout_s=30)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        process.kill()
        os.close(leader)
    wait_for(lambda: not tree_of(str(tmp_path)), timeout_s=20)
    assert list(tmp_path.iterdir()) == []
