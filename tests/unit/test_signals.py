"""`stop_signals`: an event that any number of signals set, at any moment."""

import os
import signal
import subprocess
import sys
import threading

from worker.runtime.signals import stop_signals

INTERRUPTED = """
import os, signal, sys
from worker.runtime.signals import stop_signals
with stop_signals() as stopping:
    with stopping._cond:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    sys.exit(not stopping.wait(10))
"""
"""The signals come while the main thread has the lock of the event, as within `Event.wait`."""


def test_a_signal_in_the_middle_of_a_wait_ends_it():
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], check=False, timeout=30)
    assert done.returncode == 0


def test_handlers_of_before_come_back_and_the_thread_ends():
    before = signal.getsignal(signal.SIGTERM)
    with stop_signals() as stopping:
        assert signal.getsignal(signal.SIGTERM) != before
        os.kill(os.getpid(), signal.SIGTERM)
        assert stopping.wait(10)
        (waiting,) = [one for one in threading.enumerate() if one.name == "stop signals"] or [None]
    assert signal.getsignal(signal.SIGTERM) == before
    assert waiting is None or not waiting.join(10)
