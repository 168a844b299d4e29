"""Relays: processes that copy a desk's Redis stream, its outbox, to a sink on another server.

A relay takes events as a durable reader of the stream and confirms them after the sink has, so a
sink that is down delays its own desk and loses nothing. If a sink took only part of a batch, that
part is confirmed too, and is not sent again with each attempt at the rest.

Of several relays of a desk, a single relay holds the lease and sends; the others stand by.
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
from worker.errors import BrokerError, EventRefused, SinkClosed, SinkError
from worker.metrics import Counts, catalogue
from worker.model.publishing import DeskEntry
from worker.ports import DeskStreams, Sink
from worker.telemetry.relayed import traced_batch

__all__ = ["DeskLease", "LeaseLost", "relay_desk", "relay_once"]

log = structlog.get_logger(__name__)

IDLE_S = 0.2
"""Pause of a relay with nothing to send, which adds to the delay of the next event."""
BACKOFF_CAP_S = 60.0
RETRY_AFTER_CAP_S = 3600.0
"""Longest Retry-After that is obeyed: a receiver's mistake must not stop a desk for days."""

RENEW_S = 1.0
DEAD_AFTER_S = 5.0
"""A relay is dead if its lease has not changed for this long, by the clock of the observer."""

SURE_S = 4.0
"""A relay sends for this long after it asked for a renewal, by its own clock; the rest until
DEAD_AFTER_S allows for clocks that run at different speeds.
"""

CONFIRM_S = 1.0
"""A batch that a sink takes event by event ends after this long, and its events are confirmed: at
most the events of this long are sent again after a crash.
"""

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class LeaseLost(Exception):  # noqa: N818  # nothing failed
    """Another relay may hold the desk by now: no more of the events taken may be sent."""


def _clock_s() -> float:
    """Return the seconds of a clock that is never set and goes on while the machine sleeps."""
    return time.clock_gettime(_CLOCK)


class DeskLease:
    """A relay's claim to the lease of a desk, within a `with` block.

    A thread takes the lease when it is free, and renews it. While another relay holds the lease the
    thread observes it, and takes over when that relay is dead. Each time the lease is taken it gets
    a new fencing token; the store gives and confirms events to the holder of that token only.
    """

    def __init__(
        self, desks: DeskStreams, desk: str, clock: Callable[[], float] = _clock_s
    ) -> None:
        self._desks = desks
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
        # A lease that could not be renewed in time ends by itself: a broker that stands still would
        # hold us up for as long as we wait for its answer.
        if self.is_held:
            with contextlib.suppress(BrokerError):
                self._desks.leave(self._desk, self._held[0])

    @property
    def is_held(self) -> bool:
        """True while no other relay can hold the desk."""
        return self._clock() < self._held[1]

    @property
    def last_token(self) -> str:
        """The token of the lease that was held last; "" while another relay is known to hold it."""
        return self._held[0]

    def seconds(self) -> float:
        """Return the seconds of the lease's clock."""
        return self._clock()

    def token(self) -> str:
        """Return the token of the lease.

        Raises:
            LeaseLost: Another relay may hold it.
        """
        token, until = self._held
        if self._clock() >= until:
            raise LeaseLost
        return token

    def while_held(self, token: str, entries: Sequence[DeskEntry]) -> Iterator[DeskEntry]:
        """Yield events that were taken with a token, while the lease of that token lasts.

        Raises:
            LeaseLost: The lease may have ended.
        """
        for entry in entries:
            if self.token() != token:
                raise LeaseLost
            yield entry

    def renew(self) -> None:
        """Renew the lease, or ask for it if another relay holds it.

        Raises:
            BrokerError: The store cannot be reached; the lease ends at the time it would have.
        """
        token, asked_at = self._held[0], self._clock()
        if token and self._desks.renew(self._desk, token):
            self._held = (token, asked_at + SURE_S)
        else:
            self._held = ("", 0.0)
            self._ask()

    def _ask(self) -> None:
        token, asked_at = secrets.token_hex(8), self._clock()
        is_dead = asked_at - self._seen_at >= DEAD_AFTER_S
        other = self._desks.lease(self._desk, token, seen=self._seen if is_dead else "")
        if not other:
            self._held = (token, asked_at + SURE_S)
            log.info("relay_leads", desk=self._desk)
        elif other != self._seen:
            if not self._seen:
                log.info("relay_stands_by", desk=self._desk)
            self._seen_at = self._clock()
        self._seen = other

    def _keep(self) -> None:
        is_away = False
        while not self._ended.wait(RENEW_S):
            try:
                self.renew()
            except BrokerError as error:
                if not is_away:
                    log.error("broker_away", desk=self._desk, reason=str(error))
                is_away = True
            except Exception:  # a bug must not end the renewals silently
                log.exception("relay_lease_failed", desk=self._desk)
            else:
                if is_away:
                    log.info("broker_back", desk=self._desk)
                is_away = False


def relay_once(
    desks: DeskStreams,
    desk: str,
    sink: Sink,
    lease: DeskLease,
    stopping: threading.Event | None = None,
    *,
    limit: int = 100,
) -> int:
    """Send the next events of a desk; return the number that were sent and confirmed.

    Events taken before but not confirmed come first, so that order is kept. An event that the sink
    refuses for its size is passed over, and counts as lost. Once `stopping` is set
    or CONFIRM_S have passed, the batch ends after the current event.

    Raises:
        SinkError: The sink did not take them all; the rest stays in the stream.
        LeaseLost: Another relay may hold the desk; it will send the unconfirmed events.
    """
    token = lease.token()
    entries = desks.take(desk, token, limit=limit)
    if entries is None:
        raise LeaseLost
    ids: list[str] = []
    if entries:
        until = lease.seconds() + CONFIRM_S

        def is_over() -> bool:
            return lease.seconds() >= until or (stopping is not None and stopping.is_set())

        # The sink draws the events one by one: the lease and the time are checked before each, so
        # that no event is sent after another relay may have taken over.
        try:
            with traced_batch(desk, entries) as traced:
                sink.send(traced(_draw(lease.while_held(token, entries), ids, is_over)))
        except EventRefused as error:
            return _skip(desks, desk, token, entries, error)
        except SinkError as error:
            if error.taken:
                desks.confirm(desk, token, ids[: error.taken])
            raise
        if not desks.confirm(desk, token, ids):
            raise LeaseLost
    return len(ids)


def _skip(
    desks: DeskStreams,
    desk: str,
    token: str,
    entries: Sequence[DeskEntry],
    error: EventRefused,
) -> int:
    """Confirm the events before a refused one, and count that one as lost; return their number.

    Raises:
        LeaseLost: Another relay may hold the desk; it will send the unconfirmed events.
    """
    ids = [entry.entry_id for entry in entries[: error.taken]]
    refused = entries[error.taken]
    if not desks.confirm(desk, token, ids, refused=refused.entry_id):
        raise LeaseLost
    log.error(
        "event_refused",
        desk=desk,
        entry=refused.entry_id,
        id=refused.id,
        bytes=len(refused.body),
        reason=str(error),
    )
    return len(ids) + 1


def _draw(
    entries: Iterator[DeskEntry], ids: list[str], is_over: Callable[[], bool]
) -> Iterator[DeskEntry]:
    """Yield events until it is over, at least the first, and add their ids to `ids`."""
    for entry in entries:
        if ids and is_over():
            return
        ids.append(entry.entry_id)
        yield entry


def relay_desk(
    desks: DeskStreams,
    desk: Desk,
    open_sink: Callable[[str, str], Sink],
    stopping: threading.Event,
    chance: Callable[[], float] = random.random,
    *,
    counts: Counts | None = None,
) -> None:
    """Relay a desk until told to stop, whenever no other relay does.

    A sink that fails is opened again after a growing pause; a sink that is closed for good is not.
    """
    failures, counts = 0, counts or Counts()
    with DeskLease(desks, desk.name) as lease:
        while not stopping.is_set():
            token = lease.last_token
            try:
                if lease.is_held:
                    for sent in _relay_while_held(desks, desk, open_sink, stopping, lease):
                        failures = 0
                        counts.add(catalogue.RELAYED_EVENTS, desk.name, by=sent)
                pause_s = IDLE_S
            except SinkClosed as error:
                log.error("relay_ended", desk=desk.name, reason=str(error))
                return
            except Exception as error:  # a bug in a sink must not end the relays of other desks
                failures = 1 if isinstance(error, SinkError) and error.taken else failures + 1
                counts.add(catalogue.RELAY_FAILURES, desk.name)
                pause_s = _pause_s(failures, error, chance())
                expected = isinstance(error, SinkError | BrokerError)
                log.warning(
                    "relay_failed",
                    desk=desk.name,
                    reason=str(error) if expected else f"{type(error).__name__}: {error}",
                    pause_s=pause_s,
                    exc_info=not expected,
                )
            if not _wait(pause_s, lease, token, stopping):
                failures = 0


def _wait(pause_s: float, lease: DeskLease, token: str, stopping: threading.Event) -> bool:
    """Wait; return False, before the time is over, if the lease has another token by then.

    A relay that takes a desk over sends at once: what the sink asked for was asked of another turn.
    """
    until = lease.seconds() + pause_s
    while lease.last_token == token and not stopping.is_set():
        left_s = until - lease.seconds()
        if left_s <= 0:
            return True
        stopping.wait(min(left_s, RENEW_S))
    return lease.last_token == token


def _relay_while_held(
    desks: DeskStreams,
    desk: Desk,
    open_sink: Callable[[str, str], Sink],
    stopping: threading.Event,
    lease: DeskLease,
) -> Iterator[int]:
    """Relay a desk until its lease is lost; yield the number of events that each step sent."""
    with contextlib.closing(open_sink(desk.sink, desk.name)) as sink:
        while not stopping.is_set():
            try:
                sent = relay_once(desks, desk.name, sink, lease, stopping)
            except LeaseLost:
                log.warning("relay_fenced", desk=desk.name)
                return
            yield sent
            stopping.wait(0 if sent else IDLE_S)


def _pause_s(failures: int, error: Exception, chance: float) -> float:
    """Return a pause that doubles with each failure, or the server's Retry-After if it is longer.

    Up to half of it is taken off by chance, so that the desks of a server do not return at once.
    """
    grown_s = min(BACKOFF_CAP_S, 0.5 * 2.0 ** min(failures, 10))
    asked_s = error.retry_after_s if isinstance(error, SinkError) else None
    pause_s = grown_s * (1 - chance / 2)
    return round(max(pause_s, min(asked_s or 0.0, RETRY_AFTER_CAP_S)), 3)
