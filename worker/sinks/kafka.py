"""Events on a topic of Kafka.

Target: the servers and the topic; what is not the default stands in the query:
`kafkas://user:password@host:9093,host:9093/wire?sasl=SCRAM-SHA-512&ca=/etc/ca.pem`.

Each record has the event as its value, the event's subject as its key, so that the versions of an
item stay in order on one partition, and its id in the header `ce_id`. The producer is idempotent:
its own repetitions are dropped by the broker; those after a restart are for consumers to drop.
Needs the extra `kafka`.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from worker.errors import SettingsError, SinkError
from worker.model.publishing import DeskEntry
from worker.sinks.target_url import SinkTarget, read_target

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

__all__ = ["KafkaSink", "open_kafka"]

_PORTS = {"kafka": 9092, "kafkas": 9092}
_OPTIONS = {"sasl": "PLAIN", "ca": "", "timeout_s": "30"}
_SECURITY = {
    ("kafka", False): "PLAINTEXT",
    ("kafka", True): "SASL_PLAINTEXT",
    ("kafkas", False): "SSL",
    ("kafkas", True): "SASL_SSL",
}
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")

log = logging.getLogger(__name__)


class _Envelope(msgspec.Struct):
    subject: str = ""


_decoder = msgspec.json.Decoder(_Envelope)


def open_kafka(target: str, desk: str) -> "KafkaSink":
    """The sink for a target such as `kafka://host:9092/wire`.

    Raises:
        SettingsError: Not the URL of a topic, an option that there is not, or no confluent-kafka.
    """
    read = read_target(target, ports=_PORTS, options=_OPTIONS)
    if not read.path or "/" in read.path:
        raise SettingsError("name the topic: kafka://HOST/TOPIC", subject=read.shown)
    read.options.choice("sasl", *_MECHANISMS)
    try:
        import confluent_kafka  # noqa: F401, PLC0415  an extra
    except ImportError as error:
        reason = "confluent-kafka is not installed: pip install 'copytaster[kafka]'"
        raise SettingsError(reason, subject="kafka") from error
    return KafkaSink(read, desk)


class KafkaSink:
    """`worker.ports.Sink` on a topic: `send` returns when all replicas in sync have all events."""

    def __init__(self, target: SinkTarget, desk: str) -> None:
        self._target = target
        self._desk = desk
        self._timeout_s = target.options.seconds("timeout_s")
        self._producer: Producer | None = None
        self._said = ""

    def send(self, entries: Iterable[DeskEntry]) -> None:
        batch = list(entries)
        answers: dict[int, str] = {}
        self._said = ""
        self._wait(self._hand_over(batch, answers), answers)
        missing = [number for number in range(len(batch)) if answers.get(number) != ""]
        if missing:
            self.close()
            why = answers.get(missing[0]) or self._said or "no answer in time"
            reason = f"the topic took no events: {why}"
            raise SinkError(reason, subject=self._target.shown, taken=missing[0])

    def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            # Not flushed: librdkafka calls back for each event, and that on top of a fatal error.
            producer.purge()

    def _open(self) -> "Producer":
        from confluent_kafka import Producer  # noqa: PLC0415  an extra

        target = self._target
        options: dict[str, object] = {
            "bootstrap.servers": ",".join(target.hosts),
            "client.id": f"copytaster-{self._desk}",
            "enable.idempotence": True,
            "enable.gapless.guarantee": True,  # no event overtakes one that was refused
            "message.timeout.ms": 0,  # `send` has the deadline, and then purges all at once
            "topic.metadata.propagation.max.ms": int(self._timeout_s * 1000),
            "compression.type": "lz4",
            "partitioner": "murmur2_random",  # the partition that a Java client would choose
            "linger.ms": 5,
            "log_level": 2,  # what goes wrong is raised, not printed
            "security.protocol": _SECURITY[target.scheme, bool(target.user)],
            "error_cb": self._on_error,
        }
        if target.user:
            options["sasl.mechanism"] = target.options.text("sasl")
            options["sasl.username"] = target.user
            options["sasl.password"] = target.password
        if target.options.text("ca"):
            options["ssl.ca.location"] = target.options.text("ca")
        return Producer(options, logger=log)

    def _hand_over(self, entries: Sequence[DeskEntry], answers: dict[int, str]) -> int:
        """How many events the producer took on its way: all before the first that it refused."""
        from confluent_kafka import KafkaException  # noqa: PLC0415  an extra

        for number, entry in enumerate(entries):
            try:
                self._producer = self._producer or self._open()
                self._produce(self._producer, entry, number, answers)
            except (KafkaException, BufferError) as error:
                answers[number] = _one_line(error)
                return number
        return len(entries)

    def _produce(
        self, producer: "Producer", entry: DeskEntry, number: int, answers: dict[int, str]
    ) -> None:
        """Hand one event to the producer; `answers` gets "" for it once it is safe, or why not."""

        def on_delivery(error: "KafkaError | None", _: "Message") -> None:
            answers[number] = _one_line(error) if error else ""

        producer.produce(
            self._target.path,
            key=_key(entry),
            value=entry.body,
            headers=[
                ("ce_id", entry.id.encode()),
                ("ce_type", entry.type.encode()),
                ("content-type", b"application/cloudevents+json"),
            ],
            on_delivery=on_delivery,
        )

    def _wait(self, count: int, answers: dict[int, str]) -> None:
        """Until the first `count` events have their answers, one was refused, or time is up."""
        from confluent_kafka import KafkaException  # noqa: PLC0415  an extra

        deadline = time.monotonic() + self._timeout_s
        while self._producer is not None and (left_s := deadline - time.monotonic()) > 0:
            said = [answers.get(number) for number in range(count)]
            if any(said) or None not in said:
                return
            try:
                self._producer.poll(min(left_s, 0.5))
            except KafkaException as error:  # the producer is of no use any more
                self._said = _one_line(error)
                return

    def _on_error(self, error: "KafkaError") -> None:
        self._said = _one_line(error)


def _key(entry: DeskEntry) -> bytes:
    """The event's subject; its id where there is none."""
    try:
        subject = _decoder.decode(entry.body).subject
    except (msgspec.DecodeError, UnicodeDecodeError):
        subject = ""
    return (subject or entry.id).encode()


def _one_line(error: object) -> str:
    """What librdkafka says; an exception of its holds its error."""
    if isinstance(error, Exception) and error.args:
        error = error.args[0]
    said = str(error.str() if hasattr(error, "str") else error)
    return " ".join(said.split()) or type(error).__name__
