"""Sandboxes: child processes for hostile input, with limits of time, memory and output.

The work is a function from bytes to bytes. Its process handles requests one after another; a
request that breaks a limit ends the process, and the next request gets a new process. The process
also ends after a minute without a request, once its memory has grown, and with its parent.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from worker.runtime.sandbox_child import LENGTH, Work, serve_and_exit

__all__ = ["Limits", "Sandbox", "SandboxFailure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of each request.

    `memory_bytes` is added to the memory of the process after its libraries are loaded; `start_s`
    is the time for loading them, which a new process has in addition to `time_s`.
    """

    time_s: float
    start_s: float = 0.0
    memory_bytes: int
    answer_bytes: int = 64 * 1024 * 1024


class SandboxFailure(StrEnum):
    """The reason why a request was not answered. Its process has ended."""

    TIMED_OUT = "it was not done in time"
    ENDED = "it ended its process"
    TOO_LONG = "its answer was too long"


@dataclass(frozen=True, slots=True)
class _Child:
    """A running child process, and the parent's end of its socket."""

    pid: int
    connection: socket.socket

    def end(self) -> None:
        """End the process and reap it: until then no other process can have its id."""
        self.connection.close()
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


class Sandbox:
    """A child process for a kind of work, started with its first request; for a single event loop.

    Work given as a function is forked, which is fast and fits a command without threads. Work given
    by name, as "module:function", runs in a new interpreter without output and without settings:
    this fits the service, whose threads, connections and passwords a fork would inherit.
    """

    def __init__(self, work: str | Work, limits: Limits) -> None:
        self.limits = limits
        self._work = work
        self._turn = asyncio.Lock()
        self._child: _Child | None = None

    async def ask(self, request: bytes) -> bytes | SandboxFailure:
        """Return the answer to the request, or the reason why there is none."""
        async with self._turn:
            is_new = self._child is None
            answer = await self._exchange(request, self._child or self._start(), is_new=is_new)
            if answer is SandboxFailure.ENDED and not is_new:
                # The process may have ended on its own just before the request, or because earlier
                # requests had used up its memory.
                answer = await self._exchange(request, self._start(), is_new=True)
            return answer

    def close(self) -> None:
        """End the process."""
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self) -> _Child:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            if isinstance(self._work, str):
                pid = _spawn(self._work, self.limits, theirs)
            else:
                pid = _fork(self._work, self.limits, ours, theirs)
        self._child = _Child(pid, ours)
        return self._child

    async def _exchange(
        self, request: bytes, child: _Child, *, is_new: bool
    ) -> bytes | SandboxFailure:
        """Send the request and return the answer; end a process that gives none."""
        limit_s = self.limits.time_s + (self.limits.start_s if is_new else 0)
        failure = SandboxFailure.ENDED
        try:
            async with asyncio.timeout(limit_s):
                answer = await _converse(child.connection, request, self.limits.answer_bytes)
            if answer is not None:
                return answer
            failure = SandboxFailure.TOO_LONG
        except TimeoutError:
            failure = SandboxFailure.TIMED_OUT
        except OSError:
            pass
        except BaseException:  # cancelled: the answer would be mistaken for the next request's
            self.close()
            raise
        self.close()
        return failure


async def _converse(connection: socket.socket, request: bytes, limit_bytes: int) -> bytes | None:
    """Return the answer to the request, None if it is too long.

    Raises:
        OSError: The process has closed its end.
    """
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connection, LENGTH.pack(len(request)))
    await loop.sock_sendall(connection, request)
    (length,) = LENGTH.unpack(await _receive(connection, LENGTH.size))
    return None if length > limit_bytes else await _receive(connection, length)


async def _receive(connection: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    received = bytearray(size)
    free = memoryview(received)
    while free:
        count = await loop.sock_recv_into(connection, free)
        if not count:
            raise ConnectionResetError
        free = free[count:]
    return bytes(received)


def _fork(work: Work, limits: Limits, ours: socket.socket, theirs: socket.socket) -> int:
    """Fork a child process that does the work."""
    parent, pid = os.getpid(), os.fork()
    if pid == 0:
        ours.close()
        serve_and_exit(work, limits.time_s, limits.memory_bytes, theirs, parent)
    return pid


def _spawn(work: str, limits: Limits, theirs: socket.socket) -> int:
    """Start a new interpreter that does the work, with the socket as its standard input."""
    # -P: no module of the working directory can stand in for the service's own.
    command = [sys.executable, "-P", "-m", "worker.runtime.sandbox_child", work]
    return os.posix_spawn(
        sys.executable,
        [*command, str(limits.time_s), str(limits.memory_bytes), str(os.getpid())],
        {name: value for name, value in os.environ.items() if not name.startswith("COPYTASTER_")},
        file_actions=[
            (os.POSIX_SPAWN_DUP2, theirs.fileno(), 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
    )
