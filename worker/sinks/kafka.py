"""Events on a topic of Kafka.

Target: the servers, the topic, and options in the query:
`kafkas://user:password@host:9093,host:9093/wire?sasl=SCRAM-SHA-512&ca=/etc/ca.pem`.

A record's value is the event, its key the event's subject, so that the versions of an item stay in
order on one partition, and its header `ce_id` the event's id. The producer is idempotent: the
broker drops its retries; events that a restart repeats are for consumers to drop.
Needs the extra `kafka`.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from worker.errors import EventRefused, SinkError
from worker.model.publishing import DeskEntry
from worker.model.target_url import ServerTarget
from worker.servers.kafka import check_installed, connection_options, explain_kafka, read_kafka_url

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

__all__ = ["KafkaSink", "open_kafka"]

log = logging.getLogger(__name__)


class _Envelope(msgspec.Struct):
    subject: str = ""


_decoder = msgspec.json.Decoder(_Envelope)


def open_kafka(target: str, desk: str) -> "KafkaSink":
    """Open the sink for a target such as `kafka://host:9092/wire`.

    Raises:
        SettingsError: The target is not the URL of a topic or has an unknown option, or
            confluent-kafka is not installed.
    """
    topic = read_kafka_url(target, {"timeout_s": "30"})
    check_installed()
    return KafkaSink(topic, desk)


class KafkaSink:
    """A `worker.ports.Sink` on a topic; `send` returns when all in-sync replicas store it."""

    def __init__(self, target: ServerTarget, desk: str) -> None:
        self._target = target
        self._desk = desk
        self._timeout_s = target.options.seconds("timeout_s")
        self._producer: Producer | None = None
        self._last_error = ""
        self._too_large: set[int] = set()
        self._refused_here = False  # by the producer, which knows the event

    def send(self, entries: Iterable[DeskEntry]) -> None:
        """Send a batch; if a record of it was too large for the topic, send its events singly.

        The broker refuses a whole request of several events, so its answer does not say which.
        """
        batch, taken = list(entries), 0
        try:
            self._send_batch(batch, 0)
        except EventRefused as error:
            if self._refused_here:
                raise
            taken = error.taken
        else:
            return
        for number, entry in enumerate(batch[taken:], taken):
            self._send_batch([entry], number)

    def _send_batch(self, batch: Sequence[DeskEntry], first: int) -> None:
        """Send events, of which the first has the number `first` in the batch of `send`."""
        answers: dict[int, str] = {}
        self._last_error, self._refused_here, self._too_large = "", False, set()
        self._wait(self._hand_over(batch, answers), answers)
        missing = [number for number in range(len(batch)) if answers.get(number) != ""]
        if missing:
            self.close()
            fault = answers.get(missing[0]) or self._last_error or "no answer in time"
            is_refused = missing[0] in self._too_large
            raise (EventRefused if is_refused else SinkError)(
                f"the topic took no event{' of this size' if is_refused else 's'}: {fault}",
                subject=self._target.shown,
                taken=first + missing[0],
            )

    def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            # Not flushed: librdkafka would call back for each event, even after a fatal error.
            producer.purge()

    def _open(self) -> "Producer":
        from confluent_kafka import Producer  # noqa: PLC0415  an extra

        options = {
            **connection_options(self._target, self._desk),
            "enable.idempotence": True,
            "enable.gapless.guarantee": True,  # no event overtakes another that was refused
            "message.timeout.ms": 0,  # `send` keeps the deadline, then purges all at once
            # a topic that was created a moment ago counts as missing only after this time
            "topic.metadata.propagation.max.ms": int(self._timeout_s * 1000),
            "compression.type": "lz4",
            "partitioner": "murmur2_random",  # the partition that a Java client would choose
            "linger.ms": 5,  # the events of a `send` share few requests
            "error_cb": self._on_error,
        }
        return Producer(options, logger=log)

    def _hand_over(self, entries: Sequence[DeskEntry], answers: dict[int, str]) -> int:
        """Return the number of events that the producer accepted before it refused any."""
        from confluent_kafka import KafkaException  # noqa: PLC0415  an extra

        for number, entry in enumerate(entries):
            try:
                self._producer = self._producer or self._open()
                self._produce(self._producer, entry, number, answers)
            except (KafkaException, BufferError) as error:
                answers[number] = explain_kafka(error)
                if _is_too_large(error.args[0] if error.args else error):
                    self._too_large.add(number)
                    self._refused_here = True
                return number
        return len(entries)

    def _produce(
        self, producer: "Producer", entry: DeskEntry, number: int, answers: dict[int, str]
    ) -> None:
        """Hand an event to the producer; `answers` gets "" once it is safe, else the reason."""

        def on_delivery(error: "KafkaError | None", _: "Message") -> None:
            answers[number] = explain_kafka(error) if error else ""
            if error and _is_too_large(error):
                self._too_large.add(number)

        producer.produce(
            self._target.path,
            key=_key(entry),
            value=entry.body,
            headers=[
                ("ce_id", entry.id.encode()),
                ("ce_type", entry.type.encode()),
                ("content-type", b"application/cloudevents+json"),
                *((name, value.encode()) for name, value in entry.trace.items()),
            ],
            on_delivery=on_delivery,
        )

    def _wait(self, count: int, answers: dict[int, str]) -> None:
        """Wait until the first `count` events are answered, an event is refused, or time is up."""
        from confluent_kafka import KafkaException  # noqa: PLC0415  an extra

        deadline = time.monotonic() + self._timeout_s
        while self._producer is not None and (left_s := deadline - time.monotonic()) > 0:
            results = [answers.get(number) for number in range(count)]
            if any(results) or None not in results:
                return
            try:
                self._producer.poll(min(left_s, 0.5))
            except KafkaException as error:  # fatal: the producer is of no further use
                self._last_error = explain_kafka(error)
                return

    def _on_error(self, error: "KafkaError") -> None:
        self._last_error = explain_kafka(error)


def _is_too_large(error: object) -> bool:
    from confluent_kafka import KafkaError  # noqa: PLC0415  an extra

    return isinstance(error, KafkaError) and error.code() == KafkaError.MSG_SIZE_TOO_LARGE


def _key(entry: DeskEntry) -> bytes:
    """Return the event's subject, or its id if it has none."""
    try:
        subject = _decoder.decode(entry.body).subject
    except (msgspec.DecodeError, UnicodeDecodeError):
        subject = ""
    return (subject or entry.id).encode()
