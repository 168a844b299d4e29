"""From a source into the inbox: each delivery is put, and then acknowledged.

A delivery is put under the key that it has on the other side, so that it is put once even if it is
delivered again: the acknowledgement was lost, or this process died before it.
"""

import hashlib
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

import structlog

from worker.errors import BrokerError, BrokerFault, InboxFull, SourceError
from worker.inbox.messages import refused_message
from worker.ports import Inbox
from worker.sources.source import Delivery, Source

__all__ = ["Intake"]

log = structlog.get_logger(__name__)

WAIT_S = 1.0
"""Time for which a source waits for messages, and so until a stop is noticed."""

PAUSE_CAP_S = 30.0

BATCH_MESSAGES = 500
BATCH_CHARS = 4 << 20
"""Limits for the messages that one script puts."""

_Entries = Sequence[Mapping[str, str]]


class Intake:
    """Moves the messages of a source into the inbox.

    While the inbox is full or the broker away, nothing is taken: the source is closed, so that what
    it has taken is back on the other side, and opened again when the broker has its last delivery.
    """

    def __init__(
        self,
        name: str,
        source: Source,
        inbox: Inbox,
        stopping: threading.Event,
        *,
        urgent: bool = False,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._name = name
        self._source = source
        self._inbox = inbox
        self._stopping = stopping
        self._urgent = urgent
        self._chance = chance

    def run(self) -> None:
        """Move messages until told to stop."""
        failures = 0
        while not self._stopping.is_set():
            try:
                if self.step():
                    failures = 0
            except Exception as error:  # a fault of ours in a source must not end the others
                failures += 1
                expected = isinstance(error, SourceError)
                pause_s = self._pause_s(failures)
                log.warning(
                    "source_failed",
                    source=self._name,
                    reason=str(error) if expected else f"{type(error).__name__}: {error}",
                    pause_s=pause_s,
                    exc_info=not expected,
                )
                self._close()
                self._stopping.wait(pause_s)
        self._close()

    def step(self) -> int:
        """Move the next deliveries; return their number.

        Raises:
            SourceError: The other side cannot be reached, or refuses.
        """
        moved = 0
        for delivery in self._source.take(WAIT_S):
            if self._stopping.is_set() or not self._put(delivery):
                break
            self._source.acknowledge(delivery)
            moved += 1
        return moved

    def _put(self, delivery: Delivery) -> bool:
        """Put a delivery, however long it takes; False if the source was closed meanwhile."""
        waits = 0
        while True:
            try:
                for number, entries in enumerate(_batches(delivery.entries)):
                    self._put_batch(entries, f"{delivery.key}:{number}" if delivery.key else "")
            except BrokerError as error:
                if not waits:
                    log.warning(
                        "inbox_full" if isinstance(error, InboxFull) else "broker_away",
                        source=self._name,
                        reason=str(error),
                    )
                    self._close()
                waits += 1
                if self._stopping.wait(self._pause_s(waits)):
                    return False
            else:
                if waits:
                    log.info("source_resumed", source=self._name)
                return not waits

    def _put_batch(self, entries: _Entries, key: str) -> None:
        digest = _digest(entries)
        # With the digest, since a queue that was made anew counts from the beginning again.
        whole_key = f"{self._name}:{key}:{digest}" if key else ""
        try:
            self._inbox.put_all(entries, urgent=self._urgent, key=whole_key, digest=digest)
        except BrokerFault as error:  # the script would fail again
            log.error("message_refused", source=self._name, reason=str(error))
            body = entries[0]["message"].encode("utf-8", "replace")
            self._inbox.put(refused_message(f"not put: {error.reason}", body))

    def _close(self) -> None:
        try:
            self._source.close()
        except SourceError as error:
            log.debug("source_not_closed", source=self._name, reason=str(error))

    def _pause_s(self, failures: int) -> float:
        """Return a pause that doubles with each failure, less up to half of it by chance."""
        grown_s = min(PAUSE_CAP_S, 0.25 * 2.0 ** min(failures, 10))
        return round(grown_s * (1 - self._chance() / 2), 3)


def _batches(entries: _Entries) -> Iterator[_Entries]:
    """Yield the entries in batches within the limits; one that is longer comes alone."""
    batch: list[Mapping[str, str]] = []
    chars = 0
    for entry in entries:
        size = len(entry["message"])
        if batch and (len(batch) == BATCH_MESSAGES or chars + size > BATCH_CHARS):
            yield batch
            batch, chars = [], 0
        batch.append(entry)
        chars += size
    if batch:
        yield batch


def _digest(entries: _Entries) -> str:
    digest = hashlib.sha256()
    for entry in entries:
        for name, word in sorted(entry.items()):
            digest.update(f"{name}\0{word}\0".encode("utf-8", "replace"))
    return digest.hexdigest()[:32]
