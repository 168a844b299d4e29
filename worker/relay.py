"""Relays: desks on other servers, fed from their own Redis stream, which is the outbox.

A relay takes events as a durable reader of the stream and confirms them after the sink has, so a
sink that is down delays its own desk and loses nothing. What a sink took of a batch that it did not
take whole is confirmed too: it is not sent again with each attempt at the rest.

Of several relays of one desk, one holds its lease and sends; the others stand by.
"""

import contextlib
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

import structlog

from worker.desks import Desk
from worker.errors import BrokerError, SinkClosed, SinkError
from worker.ports import DeskEntry, Sink, Store

__all__ = ["DeskLease", "LeaseLost", "relay_desk", "relay_once"]

log = structlog.get_logger(__name__)

IDLE_S = 0.2
BACKOFF_CAP_S = 60.0
RETRY_AFTER_CAP_S = 3600.0

RENEW_S = 1.0
DEAD_AFTER_S = 5.0
"""A relay whose lease has not changed for so long, by the clock of the one that looks, is dead."""

SURE_S = 4.0
"""For so long after it asked for a renewal a relay sends, by its own clock; the rest until
DEAD_AFTER_S is for clocks that run at different speeds.
"""

CONFIRM_S = 1.0
"""A batch that a sink takes one by one ends after so long, and what was taken is confirmed: so much
is sent again after a crash.
"""

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class LeaseLost(Exception):  # noqa: N818  # nothing failed
    """The desk may be another relay's by now: nothing more of what was taken may be sent."""


def _clock_s() -> float:
    """Seconds by a clock that nobody sets and that goes on while the machine sleeps."""
    return time.clock_gettime(_CLOCK)


class DeskLease:
    """A relay's part in who relays a desk, while the block lasts.

    A thread takes the lease when it is free and renews it. While another relay has the lease it
    watches that one, and takes over when it is dead. Each time the lease is taken it has a new
    token, and the store gives and confirms events to the token that has it alone.
    """

    def __init__(self, store: Store, desk: str, clock: Callable[[], float] = _clock_s) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock
        self._held: tuple[str, float] = ("", 0.0)  # the token, and until when it is surely ours
        self._seen, self._seen_at = "", 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease {desk}", daemon=True)

    def __enter__(self) -> Self:
        with contextlib.suppress(BrokerError):
            self.renew()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        # One that could not be renewed in time ends by itself: a broker that stands still would
        # keep us for as long as we wait for an answer.
        if self.is_held:
            with contextlib.suppress(BrokerError):
                self._store.leave_desk(self._desk, self._held[0])

    @property
    def is_held(self) -> bool:
        """True while no other relay can have the desk."""
        return self._clock() < self._held[1]

    def seconds(self) -> float:
        """Return the seconds of the lease's clock."""
        return self._clock()

    def token(self) -> str:
        """Return the token of the lease.

        Raises:
            LeaseLost: It is not surely ours.
        """
        token, until = self._held
        if self._clock() >= until:
            raise LeaseLost
        return token

    def while_held(self, token: str, entries: Sequence[DeskEntry]) -> Iterator[DeskEntry]:
        """Yield events that were taken with a token, each only while that token's lease lasts.

        Raises:
            LeaseLost: It may be over.
        """
        for entry in entries:
            if self.token() != token:
                raise LeaseLost
            yield entry

    def renew(self) -> None:
        """Renew the lease, or ask for it where it is not ours.

        Raises:
            BrokerError: The store went away; the lease lasts for as long as it was sure to.
        """
        token, asked_at = self._held[0], self._clock()
        if token and self._store.renew_desk(self._desk, token):
            self._held = (token, asked_at + SURE_S)
        else:
            self._held = ("", 0.0)
            self._ask()

    def _ask(self) -> None:
        token, asked_at = secrets.token_hex(8), self._clock()
        is_dead = asked_at - self._seen_at >= DEAD_AFTER_S
        said = self._store.lease_desk(self._desk, token, seen=self._seen if is_dead else "")
        if not said:
            self._held = (token, asked_at + SURE_S)
            log.info("relay_leads", desk=self._desk)
        elif said != self._seen:
            if not self._seen:
                log.info("relay_stands_by", desk=self._desk)
            self._seen_at = self._clock()
        self._seen = said

    def _keep(self) -> None:
        while not self._ended.wait(RENEW_S):
            try:
                self.renew()
            except BrokerError:  # the relay's own calls say so
                continue
            except Exception:  # a fault of ours must not end the renewals without a word
                log.exception("relay_lease_failed", desk=self._desk)


def relay_once(
    store: Store,
    desk: str,
    sink: Sink,
    lease: DeskLease,
    stopping: threading.Event | None = None,
    *,
    limit: int = 100,
) -> int:
    """Send the next events of a desk; how many were sent and confirmed. It ends after the event at
    hand when `stopping` is set, or CONFIRM_S have passed.

    What was taken and not confirmed comes first, so that order is kept.

    Raises:
        SinkError: The sink did not take them all; the rest stays with the stream.
        LeaseLost: Another relay may have the desk; what was not confirmed is that relay's.
    """
    token = lease.token()
    entries = store.take_desk(desk, token, limit=limit)
    if entries is None:
        raise LeaseLost
    ids: list[str] = []
    if entries:
        until = lease.seconds() + CONFIRM_S

        def is_over() -> bool:
            return lease.seconds() >= until or (stopping is not None and stopping.is_set())

        try:
            sink.send(_draw(lease.while_held(token, entries), ids, is_over))
        except SinkError as error:
            if error.taken:
                store.confirm_desk(desk, token, ids[: error.taken])
            raise
        if not store.confirm_desk(desk, token, ids):
            raise LeaseLost
    return len(ids)


def _draw(
    entries: Iterator[DeskEntry], ids: list[str], is_over: Callable[[], bool]
) -> Iterator[DeskEntry]:
    """Yield events until it is over, one at least, and add their ids to `ids`."""
    for entry in entries:
        if ids and is_over():
            return
        ids.append(entry.entry_id)
        yield entry


def relay_desk(
    store: Store,
    desk: Desk,
    open_sink: Callable[[str, str], Sink],
    stopping: threading.Event,
    chance: Callable[[], float] = random.random,
) -> None:
    """Relay one desk until told to stop, whenever no other relay does.

    A sink that fails is opened again after a growing pause, one that says that it wants nothing
    more is not.
    """
    failures = 0
    with DeskLease(store, desk.name) as lease:
        while not stopping.is_set():
            try:
                if lease.is_held:
                    for _ in _relay_while_held(store, desk, open_sink, stopping, lease):
                        failures = 0
                pause_s = IDLE_S
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


def _relay_while_held(
    store: Store,
    desk: Desk,
    open_sink: Callable[[str, str], Sink],
    stopping: threading.Event,
    lease: DeskLease,
) -> Iterator[int]:
    """Relay a desk until its lease is lost; yields how many events each step has sent."""
    with contextlib.closing(open_sink(desk.sink, desk.name)) as sink:
        while not stopping.is_set():
            try:
                sent = relay_once(store, desk.name, sink, lease, stopping)
            except LeaseLost:
                log.warning("relay_fenced", desk=desk.name)
                return
            yield sent
            stopping.wait(0 if sent else IDLE_S)


def _pause_s(failures: int, error: Exception, chance: float) -> float:
    """Twice as long each time, less up to half of it by chance, so that desks of one server do not
    come back all at once; what the server asked for, where that is longer.
    """
    grown_s = min(BACKOFF_CAP_S, 0.5 * 2.0 ** min(failures, 10))
    asked_s = error.retry_after_s if isinstance(error, SinkError) else None
    pause_s = grown_s * (1 - chance / 2)
    return round(max(pause_s, min(asked_s or 0.0, RETRY_AFTER_CAP_S)), 3)
