"""Messages from a topic of Kafka, read by a consumer group.

URL: the servers, the topic, and options in the query:
`kafkas://user:password@host:9093,host:9093/wire?group=copytaster&sasl=SCRAM-SHA-512&ca=/etc/ca.pem`.
A group without offsets begins at the oldest record. Needs the extra `kafka`.

`acknowledge` stores the offset, and the client commits stored offsets every second. So a record is
delivered again after a crash in between; its topic, partition, offset and timestamp are its key. A
topic that was made anew counts its offsets from 0 again.
"""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from worker.errors import SettingsError, SourceError
from worker.model.target_url import ServerTarget
from worker.servers.kafka import check_installed, connection_options, explain_kafka, read_kafka_url
from worker.sources.file import SourceRow
from worker.sources.reading import read_entry
from worker.sources.source import Delivery

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, Message

__all__ = ["KafkaSource", "open_kafka"]

BATCH = 100

log = logging.getLogger(__name__)


def open_kafka(row: SourceRow, limit_bytes: int) -> "KafkaSource":
    """Open the source for a URL such as `kafka://host:9092/wire`.

    Raises:
        SettingsError: The URL names no server or no topic, or has an unknown option, or
            confluent-kafka is not installed.
    """
    target = read_kafka_url(row.url, {"group": "copytaster"})
    if not target.options.text("group"):
        raise SettingsError("name the group: ...?group=NAME", subject=target.shown)
    check_installed()
    return KafkaSource(row, target, limit_bytes)


class KafkaSource:
    """A `worker.sources.source.Source` on a topic."""

    def __init__(self, row: SourceRow, target: ServerTarget, limit_bytes: int) -> None:
        self._sender = row.sender or row.name
        self._name = row.name
        self._target = target
        self._limit_bytes = limit_bytes
        self._consumer: Consumer | None = None
        self._lost = ""

    def take(self, wait_s: float) -> Sequence[Delivery]:
        from confluent_kafka import KafkaException  # noqa: PLC0415  an extra

        try:
            consumer = self._consumer = self._consumer or self._open()
            # `consume` alone would wait until a batch is full; this waits for the first record.
            first = consumer.poll(wait_s)
            records = [] if first is None else [first, *consumer.consume(BATCH - 1, timeout=0)]
        except KafkaException as error:
            raise self._failed(explain_kafka(error)) from error
        if not records and self._lost:
            raise self._failed(self._lost)
        self._lost = ""
        faults = [fault for record in records if (fault := record.error()) is not None]
        good = [self._read(record) for record in records if record.error() is None]
        if faults:
            # The place in the topic is behind the records around an error: they are delivered.
            self._lost = explain_kafka(faults[0])
            if not good:
                raise self._failed(self._lost)
        return good

    def acknowledge(self, delivery: Delivery) -> None:
        from confluent_kafka import KafkaError, KafkaException  # noqa: PLC0415  an extra

        assert self._consumer is not None
        try:
            self._consumer.store_offsets(delivery.receipt)
        except KafkaException as error:
            # The partition was assigned to another member, which gets the record again.
            if error.args[0].code() != KafkaError._STATE:  # noqa: SLF001  its public name
                raise self._failed(explain_kafka(error)) from error

    def close(self) -> None:
        from confluent_kafka import KafkaException  # noqa: PLC0415  an extra

        consumer, self._consumer, self._lost = self._consumer, None, ""
        if consumer is not None:
            try:
                consumer.close()  # commits the stored offsets
            except KafkaException as error:
                raise SourceError(explain_kafka(error), subject=self._target.shown) from error

    def _open(self) -> "Consumer":
        from confluent_kafka import Consumer  # noqa: PLC0415  an extra

        target = self._target
        options = {
            **connection_options(target, self._name),
            "group.id": target.options.text("group"),
            "auto.offset.reset": "earliest",
            "enable.auto.offset.store": False,  # `acknowledge` stores it
            "auto.commit.interval.ms": 1000,
            "session.timeout.ms": 10_000,  # the time until the group replaces a dead member
            "queued.max.messages.kbytes": 16_384,
            "error_cb": self._on_error,
        }
        consumer = Consumer(options, logger=log)
        consumer.subscribe([target.path])
        return consumer

    def _read(self, record: "Message") -> Delivery:
        headers = {
            str(name).lower(): word.decode("utf-8", "replace")
            for name, word in list(record.headers() or ())
            if isinstance(word, bytes)  # a header may be null
        }
        entry = read_entry(
            record.value() or b"",
            headers,
            headers.get("content-type", ""),
            sender=self._sender,
            limit_bytes=self._limit_bytes,
        )
        _, made_ms = record.timestamp()
        key = f"{record.topic()}:{record.partition()}:{record.offset()}:{made_ms}"
        return Delivery(entries=(entry,), key=key, receipt=record)

    def _failed(self, reason: str) -> SourceError:
        return SourceError(f"the topic gives no records: {reason}", subject=self._target.shown)

    def _on_error(self, error: "KafkaError") -> None:
        self._lost = explain_kafka(error)
