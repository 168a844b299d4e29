"""Child processes that end with their parent, even if the parent is killed.

On Linux the kernel does it: a launcher asks for a signal at its parent's death (PR_SET_PDEATHSIG)
and then executes the command. The signal is sent when the starting *thread* ends, so outside the
main thread, and on other systems, a small watchdog process is the command's parent instead.
"""

import os
import sys
import threading
from collections.abc import Sequence

__all__ = ["launch_command"]

_LAUNCHER = """
import ctypes, os, signal, sys
parent, *command = sys.argv[1:]
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != int(parent):
    sys.exit("the parent process has ended")
os.execvp(command[0], command)
"""
"""Linux: ask for SIGTERM at the parent's death, check that it is alive, execute the command."""

_WATCHDOG = """
import os, signal, subprocess, sys, time
parent, kept, *command = sys.argv[1:]
child = subprocess.Popen(command, pass_fds=[int(fd) for fd in kept.split(",") if fd])
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
stopped_at = None
while child.poll() is None:
    if os.getppid() != int(parent):
        stopped_at = stopped_at or time.monotonic()
        child.terminate()
        if time.monotonic() - stopped_at > 10:
            child.kill()
    time.sleep(0.1)
sys.exit(child.returncode)
"""
"""Elsewhere: stay the command's parent, pass SIGTERM on, stop the command at the parent's death."""


def launch_command(command: Sequence[str], *, kept: Sequence[int] = ()) -> list[str]:
    """Return the command line for Popen that runs `command` and ends it with this process.

    `kept` are the file descriptors that the command inherits; pass the same as Popen's `pass_fds`.
    """
    # The launcher needs the standard library alone: no site packages, no PYTHON* variables, no
    # modules of the working directory.
    python = [sys.executable, "-I", "-S", "-c"]
    if sys.platform == "linux" and threading.current_thread() is threading.main_thread():
        return [*python, _LAUNCHER, str(os.getpid()), *command]
    return [*python, _WATCHDOG, str(os.getpid()), ",".join(map(str, kept)), *command]
