"""Stop signals of commands that run as services."""

import contextlib
import queue
import signal
import threading
from collections.abc import Iterator

__all__ = ["stop_signals"]


@contextlib.contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT set, instead of ending the process.

    A thread of its own sets the event. A handler runs in the main thread, in the middle of whatever
    that does; if that is a wait for this event, or the handler of another signal, the lock inside
    the event is taken, and setting the event would wait for it forever. `SimpleQueue.put` may be
    interrupted by itself.
    """
    stopping = threading.Event()
    signals: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def pass_on() -> None:
        if signals.get():
            stopping.set()

    threading.Thread(target=pass_on, name="stop signals", daemon=True).start()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: signals.put(True)) for number in numbers]
    try:
        yield stopping
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        signals.put(False)  # ends the thread
