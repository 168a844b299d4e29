"""The child process of a sandbox, which handles the requests of a socket in order.

Requests and answers are framed: a length in four bytes, then that many bytes.
"""

import contextlib
import gc
import math
import os
import pkgutil
import resource
import select
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NoReturn

__all__ = ["LENGTH", "Work", "serve_and_exit"]

LENGTH = struct.Struct(">I")

Work = Callable[[bytes], bytes]

_IDLE_S = 60.0
"""Time without a request after which the process ends: its libraries hold some 45 MB."""

_SET_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""

_GROWTH_SHARE = 4
"""The divisor of the memory limit that gives the growth after which a process ends with its answer.
Python does not return all memory, and the next request needs its full allowance."""


def serve_and_exit(
    work: Work, time_s: float, memory_bytes: int, connection: socket.socket, parent: int
) -> NoReturn:
    """Handle the requests of the socket, then exit without inherited handlers and buffers."""
    try:
        _serve(work, time_s, memory_bytes, connection, parent)
    except Exception:  # noqa: BLE001  # the parent only sees the end; people need the traceback
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(0)


def _serve(
    work: Work, time_s: float, memory_bytes: int, connection: socket.socket, parent: int
) -> None:
    """Handle requests until the parent ends, no request comes, or the process has grown."""
    signal.set_wakeup_fd(-1)  # a forked child inherits that of its parent's event loop
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process, even inside C code
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its child
    _end_with(parent)
    gc.freeze()  # the libraries stay, so no collection need visit them
    gc.set_threshold(100_000, 50, 1000)  # a document has many objects and no cycles
    _bound_memory(memory_bytes)
    limit_resident = _memory()[0] + memory_bytes // _GROWTH_SHARE
    requests = connection.makefile("rb")  # safe with select: requests never queue up
    while (request := _next_request(requests)) is not None:
        signal.alarm(math.ceil(2 * time_s))  # in case the parent cannot enforce the limit
        answer = work(request)
        signal.alarm(0)
        connection.sendall(LENGTH.pack(len(answer)))
        connection.sendall(answer)
        if _memory()[0] > limit_resident:
            return


def _end_with(parent: int) -> None:
    """Make this process end with its parent at any time; on Linux the kernel ends it.

    Elsewhere it ends when it reads the next request, or by its alarm.
    """
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415  # only child processes need it

        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _bound_memory(memory_bytes: int) -> None:
    """Limit the memory that the process may allocate in addition to its present memory."""
    # Not RLIMIT_AS, which counts address space that is reserved and never used: 76 of 448 MiB, when
    # it was tried for `feeds try`.
    limit = _memory()[1] + memory_bytes
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _memory() -> tuple[int, int]:
    """Return the resident bytes and the data bytes of this process; zeros without /proc."""
    try:
        _, resident, _, _, _, data, _ = Path("/proc/self/statm").read_text("ascii").split()
    except (OSError, ValueError):
        return 0, 0
    return int(resident) * resource.getpagesize(), int(data) * resource.getpagesize()


def _next_request(requests: BinaryIO) -> bytes | None:
    if not select.select([requests], [], [], _IDLE_S)[0]:
        return None
    head = requests.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    request = requests.read(length)
    return request if len(request) == length else None


def _main() -> NoReturn:
    """Do the work that the command line names."""
    work_name, time_s, memory_bytes, parent = sys.argv[1:]
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # files left open by C libraries of the parent
    work: Work = pkgutil.resolve_name(work_name)
    connection = socket.socket(fileno=0)
    serve_and_exit(work, float(time_s), int(memory_bytes), connection, int(parent))


if __name__ == "__main__":
    _main()
