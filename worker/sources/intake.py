"""Moves messages from a source into the inbox: each delivery is put, and then acknowledged.

In this order no message can be lost, but it may be delivered again, if the acknowledgement is lost
or this process dies before it. A delivery is therefore put under its key on the other side: the
inbox remembers keys for a day, and puts a delivery once.
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
"""The time that a source waits for messages; a stop is noticed no sooner."""

PAUSE_CAP_S = 30.0

BATCH_MESSAGES = 500
BATCH_CHARS = 4 << 20
"""Limits on the messages that a single script puts, since all other clients wait for it."""

_Entries = Sequence[Mapping[str, str]]


class Intake:
    """Moves the messages of a source into the inbox.

    While the inbox is full or the broker is away, the source is closed, so that another process may
    take its messages, and its server does not wait for acknowledgements. It is opened again when
    the broker has the delivery that was interrupted.
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
        """Move messages until `stopping` is set."""
        failures = 0
        while not self._stopping.is_set():
            try:
                if self.step():
                    failures = 0
            except Exception as error:  # a bug in a source must not end the threads of the others
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
        """Move the next deliveries and return their number.

        Raises:
            SourceError: The other side cannot be reached, or refuses.
        """
        moved = 0
        for delivery in self._source.take(WAIT_S):
            # After a pause in `_put` the source is closed: its receipts are void, so the rest is
            # not acknowledged but delivered again, and the keys tell that it has been put.
            if self._stopping.is_set() or not self._put(delivery):
                break
            self._source.acknowledge(delivery)
            moved += 1
        return moved

    def _put(self, delivery: Delivery) -> bool:
        """Put a delivery, however long it takes; return False if the source was closed for it."""
        waits = 0
        while True:
            try:
                for number, entries in enumerate(_batches(delivery.entries)):
                    self._put_batch(entries, f"{delivery.key}:{number}" if delivery.key else "")
            except BrokerError as error:
                # Once, at the first failure. The batches that were put are put again with the
                # others, which their keys turn into no-ops.
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
        try:
            self._put_keyed(entries, key)
        except BrokerFault:
            # The script itself failed, because of one of the messages: the others are put singly.
            for number, entry in enumerate(entries):
                self._put_single(entry, f"{key}:{number}" if key else "")

    def _put_single(self, entry: Mapping[str, str], key: str) -> None:
        """Put an entry, or a message that becomes a dead letter if the broker refuses the entry."""
        try:
            self._put_keyed([entry], key)
        except BrokerFault as error:
            log.error("message_refused", source=self._name, reason=str(error))
            body = entry["message"].encode("utf-8", "replace")
            letter = refused_message(f"not put: {error.reason}", body).decode()
            self._put_keyed([{"message": letter}], key)

    def _put_keyed(self, entries: _Entries, key: str) -> None:
        digest = _digest(entries)
        # The key includes the digest: a stream that is deleted and created again has the same
        # sequence numbers for other messages.
        whole_key = f"{self._name}:{key}:{digest}" if key else ""
        self._inbox.put_all(entries, urgent=self._urgent, key=whole_key, digest=digest)

    def _close(self) -> None:
        try:
            self._source.close()
        except SourceError as error:
            log.debug("source_not_closed", source=self._name, reason=str(error))

    def _pause_s(self, failures: int) -> float:
        """Return a pause that doubles with each failure, up to a cap, less a random part of it."""
        grown_s = min(PAUSE_CAP_S, 0.25 * 2.0 ** min(failures, 10))
        return round(grown_s * (1 - self._chance() / 2), 3)


def _batches(entries: _Entries) -> Iterator[_Entries]:
    """Yield the entries in batches within the limits; an entry above them is its own batch."""
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
