"""Processes that end with the process that started them, whatever ended that one.

On Linux the kernel sees to it: a launcher asks for a signal at its parent's end (PR_SET_PDEATHSIG)
and then becomes the command. That signal is sent when the starting *thread* ends, so off the main
thread, and on other systems, a small watchdog stays the command's parent instead.
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
    sys.exit("the process that wanted this one has ended")
os.execvp(command[0], command)
"""
"""Linux: ask for SIGTERM at the parent's end, see that it has not come already, be the command."""

_WATCHDOG = """
import os, signal, subprocess, sys, time
parent, kept, *command = sys.argv[1:]
child = subprocess.Popen(command, pass_fds=[int(fd) for fd in kept.split(",") if fd])
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
told_at = None
while child.poll() is None:
    if os.getppid() != int(parent):
        told_at = told_at or time.monotonic()
        child.terminate()
        if time.monotonic() - told_at > 10:
            child.kill()
    time.sleep(0.1)
sys.exit(child.returncode)
"""
"""Elsewhere: stay the command's parent, pass SIGTERM on, stop it when our own parent is gone."""


def launch_command(command: Sequence[str], *, kept: Sequence[int] = ()) -> list[str]:
    """The command to give to Popen so that `command` ends with this process.

    `kept` are file descriptors that the command inherits; give Popen the same as `pass_fds`.
    """
    python = [sys.executable, "-I", "-S", "-c"]
    if sys.platform == "linux" and threading.current_thread() is threading.main_thread():
        return [*python, _LAUNCHER, str(os.getpid()), *command]
    return [*python, _WATCHDOG, str(os.getpid()), ",".join(map(str, kept)), *command]
