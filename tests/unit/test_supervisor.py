"""A tree of processes: restarted when one dies, given up on when it cannot, gone at the end."""

import os
import sys
import threading
import time

import pytest
from msgspec.structs import replace

from worker.errors import CopytasterError
from worker.runtime import supervisor
from worker.runtime.supervisor import Member, Supervisor


def member(code, name="member"):
    return Member(name=name, command=(sys.executable, "-c", code))


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_members_run_until_the_end_and_not_longer():
    with Supervisor([member("import time; time.sleep(60)")]) as tree:
        pid = tree.pids["member"]
        assert is_alive(pid)
    assert not is_alive(pid)


def test_a_member_that_dies_is_started_again(monkeypatch):
    monkeypatch.setattr(supervisor, "SHORT_LIFE_S", 0.0)
    with Supervisor([member("import time; time.sleep(60)")]) as tree:
        first = tree.pids["member"]
        os.kill(first, 9)
        deadline = time.monotonic() + 10
        while tree.pids["member"] == first and time.monotonic() < deadline:
            tree.check()
            time.sleep(0.05)
        assert tree.pids["member"] != first
        assert is_alive(tree.pids["member"])


def test_a_member_that_is_killed_again_and_again_is_started_again(monkeypatch):
    monkeypatch.setattr(supervisor, "RESTART_CAP_S", 0.01)
    with Supervisor([member("import time; time.sleep(60)")]) as tree:
        seen = set()
        deadline = time.monotonic() + 30
        while len(seen) < 8 and time.monotonic() < deadline:
            if tree.pids["member"] not in seen:
                seen.add(tree.pids["member"])
                os.kill(tree.pids["member"], 9)
            tree.check()
            time.sleep(0.01)
        assert len(seen) == 8


def test_a_member_that_is_killed_is_there_again_after_one_look():
    with Supervisor([member("import time; time.sleep(60)")]) as tree:
        first = tree.pids["member"]
        os.kill(first, 9)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        tree.check()
        assert tree.pids["member"] != first
        assert is_alive(tree.pids["member"])


def test_a_member_that_ends_at_once_each_time_is_given_up(monkeypatch):
    monkeypatch.setattr(supervisor, "RESTART_CAP_S", 0.01)
    devnull = os.open(os.devnull, os.O_WRONLY)
    with (
        Supervisor([member("raise SystemExit(3)", name="broken")], output=devnull) as tree,
        pytest.raises(
            CopytasterError, match="broken: keeps ending right after its start, with code 3"
        ),
    ):
        tree.watch(threading.Event(), every_s=0.02)
    os.close(devnull)


def test_a_member_that_has_run_is_tried_again_for_ever(monkeypatch, tmp_path):
    """What it needs went away since its start; the others go on."""
    monkeypatch.setattr(supervisor, "SHORT_LIFE_S", 0.3)
    monkeypatch.setattr(supervisor, "RESTART_CAP_S", 0.01)
    file, count = tmp_path / "file", tmp_path / "count"
    file.touch()
    code = (
        f"import os, time; open({str(count)!r}, 'a').write('x')\n"
        f"time.sleep(60) if os.path.exists({str(file)!r}) else os._exit(78)"
    )
    with Supervisor([member(code)]) as tree:
        deadline = time.monotonic() + 60
        time.sleep(0.5)
        while not count.exists():
            time.sleep(0.05)
        file.unlink()
        os.kill(tree.pids["member"], 9)
        while len(count.read_text()) < 8 and time.monotonic() < deadline:
            tree.check()
            time.sleep(0.02)
        assert len(count.read_text()) == 8


def test_a_member_that_will_not_stop_is_killed(monkeypatch):
    monkeypatch.setattr(supervisor, "GRACE_S", 0.5)
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1); time.sleep(60)"
    reader, writer = os.pipe()
    with Supervisor([Member(name="m", command=(sys.executable, "-uc", stubborn))], output=writer):
        os.read(reader, 1)
    for end in (reader, writer):
        os.close(end)


def test_a_member_that_is_not_vital_is_given_up_and_the_others_go_on(monkeypatch):
    monkeypatch.setattr(supervisor, "RESTART_CAP_S", 0.01)
    pages = Member(name="web", command=(sys.executable, "-c", "raise SystemExit(78)"))
    tree = [member("import time; time.sleep(60)"), replace(pages, is_vital=False)]
    with Supervisor(tree) as running:
        deadline = time.monotonic() + 30
        while "web" in running.pids and time.monotonic() < deadline:
            running.check()
            time.sleep(0.01)
        assert list(running.pids) == ["member"]
        assert is_alive(running.pids["member"])
