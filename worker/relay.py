"""Relays: desks on other servers, fed from their own Redis stream, which is the outbox.

A relay takes events as a durable reader of the stream and confirms them after the sink has, so a
sink that is down delays its own desk and loses nothing.
"""

import threading
from collections.abc import Callable

import structlog

from worker.desks import Desk
from worker.errors import BrokerError, SinkError
from worker.ports import Sink, Store

__all__ = ["relay_desk", "relay_once"]

log = structlog.get_logger(__name__)

READER = "relay"
IDLE_S = 0.2
BACKOFF_CAP_S = 60.0


def relay_once(store: Store, desk: str, sink: Sink, *, limit: int = 100) -> int:
    """Send the next events of a desk; how many were sent and confirmed.

    What was taken and not confirmed comes first, at once, so that order is kept; a desk has one
    relay.

    Raises:
        SinkError: The sink did not take them; they stay with the stream.
    """
    entries = store.take_desk(desk, READER, limit=limit, idle_ms=0)
    if entries:
        sink.send(entries)
        store.confirm_desk(desk, READER, [entry.entry_id for entry in entries])
    return len(entries)


def relay_desk(
    store: Store, desk: Desk, open_sink: Callable[[str], Sink], stopping: threading.Event
) -> None:
    """Relay one desk until told to stop; a sink that fails is opened again after a growing
    pause.
    """
    failures = 0
    while not stopping.is_set():
        try:
            sink = open_sink(desk.sink)
            try:
                while not stopping.is_set():
                    sent = relay_once(store, desk.name, sink)
                    failures = 0
                    stopping.wait(0 if sent else IDLE_S)
            finally:
                sink.close()
        except Exception as error:  # a fault of ours in one sink costs no other desk its relay
            failures += 1
            pause_s = min(BACKOFF_CAP_S, 0.5 * 2 ** min(failures, 10))
            expected = isinstance(error, SinkError | BrokerError)
            log.warning(
                "relay_failed",
                desk=desk.name,
                reason=str(error) if expected else f"{type(error).__name__}: {error}",
                pause_s=pause_s,
                exc_info=not expected,
            )
            stopping.wait(pause_s)
