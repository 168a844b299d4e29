"""Relays: desks on other servers, fed from their own Redis stream, which is the outbox.

A relay takes events as a durable reader of the stream and confirms them after the sink has, so a
sink that is down delays its own desk and loses nothing. What a sink took of a batch that it did not
take whole is confirmed too: it is not sent again with each attempt at the rest.
"""

import random
import threading
from collections.abc import Callable

import structlog

from worker.desks import Desk
from worker.errors import BrokerError, SinkClosed, SinkError
from worker.ports import Sink, Store

__all__ = ["relay_desk", "relay_once"]

log = structlog.get_logger(__name__)

READER = "relay"
IDLE_S = 0.2
BACKOFF_CAP_S = 60.0
RETRY_AFTER_CAP_S = 3600.0


def relay_once(store: Store, desk: str, sink: Sink, *, limit: int = 100) -> int:
    """Send the next events of a desk; how many were sent and confirmed.

    What was taken and not confirmed comes first, at once, so that order is kept; a desk has one
    relay.

    Raises:
        SinkError: The sink did not take them all; the rest stays with the stream.
    """
    entries = store.take_desk(desk, READER, limit=limit, idle_ms=0)
    ids = [entry.entry_id for entry in entries]
    if entries:
        try:
            sink.send(entries)
        except SinkError as error:
            if error.taken:
                store.confirm_desk(desk, READER, ids[: error.taken])
            raise
        store.confirm_desk(desk, READER, ids)
    return len(entries)


def relay_desk(
    store: Store,
    desk: Desk,
    open_sink: Callable[[str, str], Sink],
    stopping: threading.Event,
    chance: Callable[[], float] = random.random,
) -> None:
    """Relay one desk until told to stop; a sink that fails is opened again after a growing
    pause, one that says that it wants nothing more is not.
    """
    failures = 0
    while not stopping.is_set():
        try:
            sink = open_sink(desk.sink, desk.name)
            try:
                while not stopping.is_set():
                    sent = relay_once(store, desk.name, sink)
                    failures = 0
                    stopping.wait(0 if sent else IDLE_S)
            finally:
                sink.close()
        except SinkClosed as error:
            log.error("relay_ended", desk=desk.name, reason=str(error))
            return
        except Exception as error:  # a fault of ours in one sink costs no other desk its relay
            failures = 1 if isinstance(error, SinkError) and error.taken else failures + 1
            pause_s = _pause_s(failures, error, chance())
            expected = isinstance(error, SinkError | BrokerError)
            log.warning(
                "relay_failed",
                desk=desk.name,
                reason=str(error) if expected else f"{type(error).__name__}: {error}",
                pause_s=pause_s,
                exc_info=not expected,
            )
            stopping.wait(pause_s)


def _pause_s(failures: int, error: Exception, chance: float) -> float:
    """Twice as long each time, less up to half of it by chance, so that desks of one server do not
    come back all at once; what the server asked for, where that is longer.
    """
    grown_s = min(BACKOFF_CAP_S, 0.5 * 2.0 ** min(failures, 10))
    asked_s = error.retry_after_s if isinstance(error, SinkError) else None
    pause_s = grown_s * (1 - chance / 2)
    return round(max(pause_s, min(asked_s or 0.0, RETRY_AFTER_CAP_S)), 3)
