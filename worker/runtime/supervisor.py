"""The supervisor of a process tree: starts it in order, restarts dead processes, stops it.

`copytaster up` and `copytaster demo` run the service with it. A member that repeatedly dies right
after its start, and has never run, takes the tree down, unless the others can do without it.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

import structlog
from msgspec import Struct

from worker.errors import CopytasterError
from worker.runtime.child_process import launch_command

__all__ = ["Member", "Supervisor"]

log = structlog.get_logger(__name__)

GRACE_S = 45.0
"""Seconds between SIGTERM and SIGKILL. A worker ends within four seconds; without REMAP_SIGTERM its
warm shutdown can take 32, since billiard waits for its children's last acknowledgements."""

SHORT_LIFE_S = 5.0
"""A process that ends sooner has failed at its start: a wrong setting, a missing module."""
SHORT_LIVES_MAX = 5
RESTART_CAP_S = 10.0


class Member(Struct, frozen=True, kw_only=True):
    """A process of the tree.

    `environ` is added to the environment of the supervisor. A member that is not vital is given up
    if it cannot start, and the others go on.
    """

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = {}
    is_vital: bool = True


class _Running:
    """A member's process and the history of its deaths."""

    def __init__(self, member: Member, output: int | None) -> None:
        self.member = member
        self.short_lives = 0
        self.has_run = False
        self.restart_at = 0.0  # 0 unless its death has been recorded
        self._output = output
        self.start()

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  # our own commands
            launch_command(self.member.command),
            env=os.environ | self.member.environ,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops the tree
        )

    def died(self, now: float) -> float:
        """Record a death, and return the seconds until the restart.

        A process that was killed, by a person or for want of memory, or that ran for a while, is
        restarted at once.
        """
        lived_s, was_killed = now - self.started_at, self.process.returncode < 0
        self.has_run = self.has_run or lived_s >= SHORT_LIFE_S
        self.short_lives = 0 if was_killed or lived_s >= SHORT_LIFE_S else self.short_lives + 1
        _kill_group(self.process)
        # After 0.3, 0.9, 2.7 and 8.1 s; the fifth short life in a row is the last
        # of a process that has never run.
        pause_s = min(RESTART_CAP_S, 0.1 * 3.0**self.short_lives) if self.short_lives else 0.0
        self.restart_at = now + pause_s
        return pause_s


class Supervisor:
    """Keeps its members running from `__enter__` to `__exit__`.

    `output` is a file descriptor for the members' stdout and stderr; None for the supervisor's.
    """

    def __init__(self, members: Sequence[Member], *, output: int | None = None) -> None:
        self._members = members
        self._output = output
        self._running: list[_Running] = []

    def __enter__(self) -> Self:
        for member in self._members:
            self._running.append(_Running(member, self._output))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pids(self) -> Mapping[str, int]:
        """The process ids of the members, by name."""
        return {running.member.name: running.process.pid for running in self._running}

    def check(self) -> None:
        """Restart the members that have died.

        Raises:
            CopytasterError: A vital member that has never run has repeatedly died right after its
                start.
                A member that has run is tried again for ever: a file that went wrong since must
                not end the rest of the tree.
        """
        now = time.monotonic()
        for running in tuple(self._running):
            code = running.process.poll()
            if code is None:
                continue
            name = running.member.name
            if not running.restart_at:
                pause_s = running.died(now)
                log.warning("process_died", process=name, code=code, restart_in_s=pause_s)
                if running.short_lives >= SHORT_LIVES_MAX and not running.has_run:
                    self._give_up(running, code)
                    continue
            if now >= running.restart_at:
                running.restart_at = 0.0
                running.start()

    def _give_up(self, running: _Running, code: int) -> None:
        """Leave a member out from now on.

        Raises:
            CopytasterError: The member is vital.
        """
        name = running.member.name
        reason = f"keeps ending right after its start, with code {code}"
        if running.member.is_vital:
            raise CopytasterError(reason, subject=name)
        log.error("process_given_up", process=name, reason=reason)
        self._running.remove(running)

    def watch(
        self,
        stopping: threading.Event,
        *,
        every_s: float = 0.1,
        also: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep the tree running until `stopping` is set, and call `also` before each check."""
        while not stopping.wait(every_s):
            also()
            self.check()

    def stop(self) -> None:
        """End all members: SIGTERM in reverse order of start, SIGKILL after the grace period."""
        for running in reversed(self._running):
            _signal(running.process, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        for running in reversed(self._running):
            try:
                running.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.error("process_killed", process=running.member.name)
                _kill_group(running.process)
                running.process.wait()
            else:
                _kill_group(running.process)  # a worker stopped during its start leaves children
        self._running.clear()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process group: the children of a killed worker may be frozen and would stay."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
