"""The service under test: its processes, kept running as a container runtime keeps them."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from plan import Fault
from proxy import Proxy
from source import FeedServer

from worker.broker.embedded import EmbeddedBroker, open_broker
from worker.runtime.child_process import launch_command

COPYTASTER = (sys.executable, "-m", "worker.cli")

COMMANDS = {
    "dispatch": (*COPYTASTER, "dispatch"),
    "worker": (*COPYTASTER, "worker", "-Q", "urgent,parse", "-c", "2"),
    "poller": (*COPYTASTER, "worker", "-Q", "poll", "-c", "1"),
}
UP = (*COPYTASTER, "up", "--workers", "2")
WORDS = {"dispatch": b"dispatch", "worker": b"urgent,parse", "poller": b"poll"}
"""What is on the command line of each role."""
GRACE_S = 45.0
NOT_PASSED_ON = ("COPYTASTER_", "PYTHONDONTWRITEBYTECODE")
"""The variables of the tests that the service must not have, by how they begin."""


@dataclass(slots=True)
class Member:
    """One process, or one that shall be started at `restart_at`."""

    role: str
    command: tuple[str, ...]
    number: int = 0
    process: subprocess.Popen[bytes] | None = None
    restart_at: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.role}-{self.number}"


@dataclass(slots=True)
class Undo:
    """Something to be done at a time."""

    at: float
    what: str
    pids: list[int] = field(default_factory=list)
    role: str = ""
    again_until: float = 0.0


class Service:
    """A broker and `replicas` of each role, or one `copytaster up` where that is 0.

    `strike` does a fault; `turn` keeps everything going.
    """

    def __init__(
        self,
        scratch: Path,
        feeds: FeedServer,
        environ: Mapping[str, str],
        chance: random.Random,
        replicas: int,
    ) -> None:
        self._scratch = scratch
        self._feeds = feeds
        self._environ = environ
        self._chance = chance
        self.data_dir = scratch / "broker"
        self.broker: EmbeddedBroker = open_broker(self.data_dir)
        self.socket = self.broker.socket
        self.url = self.broker.url
        self._broker_at = 0.0
        self._broker_frozen = False
        self._sizes: deque[tuple[float, Path, int]] = deque(maxlen=600)
        self.is_wiped = False
        self.proxies = {role: Proxy(self.socket) for role in COMMANDS}
        self._members = [
            Member(role, command, number)
            for role, command in COMMANDS.items()
            for number in range(replicas)
        ]
        if not replicas:
            self.proxies = dict.fromkeys(COMMANDS, Proxy(self.socket))
            self._members = [Member("up", UP)]
        self._undo: list[Undo] = []

    @property
    def is_up(self) -> bool:
        """Is there a broker?"""
        return not self._broker_at

    # keeping it going

    def turn(self) -> None:
        """Start what is due to be started, end what is due to end."""
        now = time.monotonic()
        if self._broker_at and now >= self._broker_at:
            self._broker_at = 0.0
            self.broker = open_broker(self.data_dir)
        elif not self._broker_at and not self.broker.is_running():
            raise SystemExit("the broker ended, and no fault of ours ended it")
        self._note_sizes(now)
        for member in self._members:
            process = member.process
            if process is not None and process.poll() is not None:
                _kill_group(process.pid)
                member.process = None
                member.restart_at = now + self._chance.uniform(0.1, 0.8)
            elif process is None and now >= member.restart_at:
                self._start(member)
        due = [undo for undo in self._undo if undo.at <= now]
        self._undo = [undo for undo in self._undo if undo.at > now]
        for undo in due:
            self._do_undo(undo, now)

    def _start(self, member: Member) -> None:
        port = self.proxies.get(member.role, self.proxies["worker"]).port
        environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith(NOT_PASSED_ON)},
            **self._environ,
            # An installation has byte code. Where the tests run it may neither be there nor be
            # written, and compiling all modules takes three times the rest of a start.
            "PYTHONPYCACHEPREFIX": str(self._scratch / "bytecode"),
            "COPYTASTER_REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "COPYTASTER_DATA_DIR": str(self._scratch / "data"),
        }
        node = ("-n", f"{member.name}@chaos") if "worker" in member.command else ()
        with (self._scratch / f"{member.name}.log").open("ab") as log:
            member.process = subprocess.Popen(
                launch_command((*member.command, *node)),
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _do_undo(self, undo: Undo, now: float) -> None:
        if undo.what == "cont":
            _signal_all(undo.pids, signal.SIGCONT)
        elif undo.what == "cont-broker":
            self._broker_frozen = False
            with contextlib.suppress(ProcessLookupError):
                os.kill(undo.pids[0], signal.SIGCONT)
        elif undo.what == "undelay":
            self.proxies[undo.role].delay(0)
        elif undo.what == "slow":
            _signal_all(undo.pids, signal.SIGSTOP)
            self._undo.append(Undo(now + 0.4, "cont", undo.pids))
            if now < undo.again_until:
                self._undo.append(Undo(now + 0.5, "slow", undo.pids, "", undo.again_until))

    # faults

    def strike(self, fault: Fault) -> str:
        """Do the fault; what became of it, in a word."""
        kind = fault.kind
        if kind.endswith("broker"):
            return self._strike_broker(fault)
        if kind.startswith("feeds-"):
            self._feeds.fail(kind.removeprefix("feeds-"), fault.lasts_s)
        elif kind == "cut":
            self.proxies[fault.victim].cut()
        elif kind == "silence":
            self.proxies[fault.victim].silence(fault.lasts_s)
        elif kind == "delay":
            self.proxies[fault.victim].delay(fault.amount)
            self._later(fault.lasts_s, "undelay", role=fault.victim)
        elif kind == "terminate-all":
            for pid in self._running():
                os.kill(pid, signal.SIGTERM)
        else:
            return self._strike_member(fault)
        return "done"

    def _strike_broker(self, fault: Fault) -> str:
        if self._broker_at or self._broker_frozen:
            return "down already"
        if fault.kind == "freeze-broker":
            self._broker_frozen = True
            os.kill(self.broker.pid, signal.SIGSTOP)
            self._later(fault.lasts_s, "cont-broker", pids=[self.broker.pid])
            return "done"
        if fault.kind != "terminate-broker":
            os.kill(self.broker.pid, signal.SIGKILL)
        self.broker.stop()
        self._broker_at = time.monotonic() + self._chance.uniform(0.1, 1.5)
        if fault.kind == "cut-power-of-broker":
            return f"done, {self._lose_last_second()} bytes lost"
        if fault.kind == "wipe-broker":
            shutil.rmtree(self.data_dir / "appendonlydir")
            self.is_wiped = True
        return "done"

    def _note_sizes(self, now: float) -> None:
        """How long the append-only file is now."""
        if self._sizes and now - self._sizes[-1][0] < 0.05:
            return
        for path in self.data_dir.glob("appendonlydir/*.incr.aof"):
            self._sizes.append((now, path, path.stat().st_size))

    def _lose_last_second(self) -> int:
        """Cut the file to what it was a second ago: so much was perhaps not on the disk."""
        then = time.monotonic() - 1.0
        _, path, size = next(one for one in reversed(self._sizes) if one[0] <= then)
        lost = path.stat().st_size - size
        os.truncate(path, size)
        return lost

    def _strike_member(self, fault: Fault) -> str:
        running = self._running(fault.victim)
        if not running:
            return "nobody there"
        pid = self._chance.choice(running)
        children = _children(pid)
        if fault.kind.endswith("-child"):
            if not children:
                return "no child yet"
            pids = [self._chance.choice(children)]
        else:
            pids = [pid, *children]
        if fault.kind.startswith("kill"):
            _signal_all(pids, signal.SIGKILL)
        elif fault.kind.startswith("freeze"):
            _signal_all(pids, signal.SIGSTOP)
            self._later(fault.lasts_s, "cont", pids=pids)
        elif fault.kind == "slow":
            until = time.monotonic() + fault.lasts_s
            self._undo.append(Undo(0.0, "slow", pids, "", until))
        elif fault.kind == "terminate":
            os.kill(pid, signal.SIGTERM)
        else:
            raise ValueError(fault.kind)
        return "done"

    def _later(self, wait_s: float, what: str, *, pids=(), role: str = "") -> None:
        self._undo.append(Undo(time.monotonic() + wait_s, what, list(pids), role))

    def _running(self, role: str = "") -> list[int]:
        """The processes of a role, or all that we started."""
        ours = [one.process.pid for one in self._members if one.process and not one.process.poll()]
        if not role:
            return ours
        below = [child for pid in ours for child in _children(pid)]
        return [pid for pid in (*ours, *below) if _is_of(pid, role)]

    # the end

    def heal(self) -> None:
        """End all that still lasts, so that the service can finish what it has."""
        for undo in sorted(self._undo, key=lambda one: one.at):
            if undo.what != "slow":
                self._do_undo(undo, time.monotonic())
        self._undo.clear()

    def stop(self) -> None:
        """End every process, the broker last."""
        self.heal()
        running = [member.process for member in self._members if member.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE_S
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _kill_group(process.pid)
            process.wait()
        for proxy in set(self.proxies.values()):
            proxy.close()
        self.broker.stop()


def _signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _kill_group(pid: int) -> None:
    """End what a process left of its session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _is_of(pid: int, role: str) -> bool:
    """Is this the first process of a role, and not a child of its pool?"""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        parent = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1]
        above = Path(f"/proc/{parent}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return WORDS[role] in words and WORDS[role] not in above


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]
