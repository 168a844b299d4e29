"""The process that does work on hostile input: its answers, its limits, and its end."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time

import pytest

from worker.runtime import sandbox_child
from worker.runtime.sandbox import Limits, Sandbox, SandboxFailure

LIMITS = Limits(time_s=20.0, start_s=20.0, memory_bytes=100 << 20, answer_bytes=1 << 20)
MODULE = """
import os, time

def work(request):
    print("not an answer")
    words = request.decode().split()
    if words[0] == "sleep":
        time.sleep(60)
    if words[0] == "environ":
        return " ".join(sorted(os.environ)).encode()
    if words[0] == "files":
        return " ".join(os.listdir("/proc/self/fd")).encode()
    return request.upper()
"""


def do(request):
    """Work that does what it is asked."""
    word, _, rest = request.partition(b" ")
    if word == b"sleep":
        time.sleep(60)
    if word == b"sleep-in-c":
        ctypes.PyDLL(None).sleep(60)  # holds the interpreter's lock
    if word == b"raise":
        raise ValueError("a fault of ours")
    if word == b"die":
        os.kill(os.getpid(), signal.SIGKILL)
    if word == b"allocate":
        return b"%d" % len(bytearray(int(rest)))
    if word == b"many":
        return b"x" * int(rest)
    if word == b"grow":
        KEPT.append(b"x" * int(rest))
    return b"%d" % os.getpid() if word in {b"pid", b"grow"} else request.upper()


KEPT = []


def ask(*requests, work=do, limits=LIMITS):
    async def main():
        with Sandbox(work, limits) as sandbox:
            return [await sandbox.ask(request) for request in requests]

    return asyncio.run(main())


@pytest.fixture
def named(tmp_path, monkeypatch):
    """The name of work that the fresh process can import."""
    (tmp_path / "hostile_work.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "hostile_work:work"


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_end(pid):
    for _ in range(500):
        if not is_alive(pid):
            return True
        time.sleep(0.02)
    return False


# answers


def test_requests_are_answered_one_after_another():
    assert ask(b"a", b"", b"b" * 500_000) == [b"A", b"", b"B" * 500_000]


def test_requests_that_come_at_once_wait_for_their_turns():
    async def main():
        with Sandbox(do, LIMITS) as sandbox:
            return await asyncio.gather(*(sandbox.ask(b"%d" % number) for number in range(20)))

    assert asyncio.run(main()) == [b"%d" % number for number in range(20)]


def test_named_work_starts_afresh_without_our_settings(named, monkeypatch, capfd):
    monkeypatch.setenv("COPYTASTER_REDIS_URL", "redis://:secret@localhost")
    shout, environ = ask(b"a b", b"environ", work=named)
    assert shout == b"A B"
    assert b"PYTHONPATH" in environ
    assert b"COPYTASTER" not in environ
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform != "linux", reason="open files are not told elsewhere")
def test_named_work_has_none_of_our_files(named):
    reading, writing = os.pipe()
    os.dup2(writing, 200, inheritable=True)
    (files,) = ask(b"files", work=named)
    for file in (reading, writing, 200):
        os.close(file)
    assert b"200" not in files.split()


def test_work_of_an_unknown_name_ends():
    assert ask(b"a", work="no_such_module:work") == [SandboxFailure.ENDED]


def test_one_process_does_many_requests():
    first, second = ask(b"pid", b"pid")
    assert first == second


# limits


@pytest.mark.parametrize("request_", [b"sleep", b"sleep-in-c"])
def test_a_request_that_takes_too_long_costs_itself_only(request_):
    limits = Limits(time_s=0.5, memory_bytes=LIMITS.memory_bytes)
    assert ask(b"a", request_, b"b", limits=limits) == [b"A", SandboxFailure.TIMED_OUT, b"B"]


@pytest.mark.parametrize("request_", [b"die", b"raise"])
def test_a_request_that_ends_its_process_costs_itself_only(request_, capfd):
    assert ask(b"a", request_, b"b") == [b"A", SandboxFailure.ENDED, b"B"]
    assert ("a fault of ours" in capfd.readouterr().err) is (request_ == b"raise")


@pytest.mark.skipif(sys.platform != "linux", reason="memory has no limit elsewhere")
def test_a_request_has_so_much_memory_and_no_more():
    less, more, after = ask(b"allocate 60000000", b"allocate 200000000", b"a")
    assert (less, more, after) == (b"60000000", SandboxFailure.ENDED, b"A")


def test_an_answer_that_is_too_long_costs_itself_only():
    longest, longer, after = ask(b"many 1048576", b"many 1048577", b"a")
    assert (len(longest), longer, after) == (1 << 20, SandboxFailure.TOO_LONG, b"A")


@pytest.mark.skipif(sys.platform != "linux", reason="memory in use is not told elsewhere")
def test_a_process_that_has_grown_is_replaced():
    first, grown, second = ask(b"pid", b"grow 50000000", b"pid")
    assert first == grown != second


# ends


def test_a_process_that_ended_by_itself_is_replaced(monkeypatch):
    monkeypatch.setattr(sandbox_child, "_IDLE_S", 0.1)

    async def main():
        with Sandbox(do, LIMITS) as sandbox:
            first = await sandbox.ask(b"pid")
            await asyncio.sleep(1)
            return first, await sandbox.ask(b"pid")

    first, second = asyncio.run(main())
    assert first != second
    assert second.isdigit()


def test_a_request_that_is_cancelled_ends_its_process():
    async def main():
        with Sandbox(do, LIMITS) as sandbox:
            pid = await sandbox.ask(b"pid")
            asking = asyncio.create_task(sandbox.ask(b"sleep"))
            await asyncio.sleep(0.1)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            return pid, await sandbox.ask(b"pid")

    first, second = asyncio.run(main())
    assert first != second
    assert not is_alive(int(first))


def test_the_process_ends_with_its_sandbox():
    (pid,) = ask(b"pid")
    assert not is_alive(int(pid))


PARENT = """
import asyncio, os, time
from worker.runtime.sandbox import Limits, Sandbox

def work(request):
    print(os.getpid(), flush=True)
    time.sleep(60)

asyncio.run(Sandbox(work, Limits(time_s=60, memory_bytes=1 << 28)).ask(b"a"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere its alarm ends it, later")
def test_the_process_ends_with_its_parent_whatever_it_is_doing():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_for_end(child)
