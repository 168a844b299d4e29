"""Messages from a queue of RabbitMQ.

URL: the server, with all hosts of a cluster, and options in the query:
`amqps://user:password@host:5671,host:5671/vhost?queue=wire&prefetch=100`.

The queue must exist: its owner decides whether it is durable and where its dead letters go. Each
message is acknowledged by itself. RabbitMQ gives messages no identity, so the key of a message is
the `message_id` of its sender. A message without it may be put twice, and is then recognised like
any item that arrives twice.
"""

import contextlib
from collections.abc import Mapping, Sequence

import amqp

from worker.errors import SettingsError, SourceError
from worker.model.target_url import ServerTarget
from worker.servers.amqp import (
    close_connection,
    explain_amqp,
    make_connection,
    read_amqp_url,
    try_hosts,
)
from worker.sources.file import SourceRow
from worker.sources.reading import read_entry
from worker.sources.source import Delivery

__all__ = ["RabbitMQSource", "open_rabbitmq"]

HEARTBEAT_S = 20

_OPTIONS = {"queue": "", "prefetch": "100"}


def open_rabbitmq(row: SourceRow, limit_bytes: int) -> "RabbitMQSource":
    """Open the source for a URL such as `amqp://host/vhost?queue=wire`.

    Raises:
        SettingsError: The URL names no server or no queue, or has an unknown option.
    """
    target = read_amqp_url(row.url, _OPTIONS, required="queue")
    if not 1 <= target.options.count("prefetch") <= 10_000:
        raise SettingsError("prefetch must be from 1 to 10000", subject=target.shown)
    return RabbitMQSource(row, target, limit_bytes)


class RabbitMQSource:
    """A `worker.sources.source.Source` on a queue."""

    def __init__(self, row: SourceRow, target: ServerTarget, limit_bytes: int) -> None:
        self._sender = row.sender or row.name
        self._name = row.name
        self._target = target
        self._limit_bytes = limit_bytes
        self._queue = target.options.text("queue")
        self._shown = f"{self._queue} at {target.shown}"
        self._connection: amqp.Connection | None = None
        self._arrived: list[amqp.Message] = []

    def take(self, wait_s: float) -> Sequence[Delivery]:
        try:
            connection = self._connection or try_hosts(self._target, self._open, self._drop)
            if not self._arrived:
                with contextlib.suppress(TimeoutError):
                    connection.drain_events(timeout=wait_s)
            connection.heartbeat_tick()
        except (amqp.AMQPError, OSError) as error:
            raise self._failed("gives no messages", error) from error
        arrived, self._arrived = self._arrived, []
        return [self._read(message) for message in arrived]

    def acknowledge(self, delivery: Delivery) -> None:
        try:
            channel, tag = delivery.receipt
            channel.basic_ack(tag)
        except (amqp.AMQPError, OSError) as error:
            raise self._failed("took no acknowledgement", error) from error

    def close(self) -> None:
        connection, self._connection, self._arrived = self._connection, None, []
        if connection is not None:
            # The acknowledgements were sent before on the same connection, in order.
            close_connection(connection)

    def _open(self, host: str) -> amqp.Connection:
        """Return a connection to a host, on which the queue's messages arrive."""
        connection = self._connection = make_connection(
            self._target, host, self._name, heartbeat=HEARTBEAT_S
        )
        connection.connect()
        channel = connection.channel()
        channel.auto_decode = False  # bodies stay bytes
        channel.basic_qos(0, self._target.options.count("prefetch"), a_global=False)
        channel.basic_consume(self._queue, callback=self._on_message)
        return connection

    def _read(self, message: amqp.Message) -> Delivery:
        properties = message.properties
        body = message.body
        entry = read_entry(
            body if isinstance(body, bytes) else bytes(body, "utf-8", "surrogateescape"),
            _words(properties.get("application_headers")),
            str(properties.get("content_type") or ""),
            sender=self._sender,
            limit_bytes=self._limit_bytes,
        )
        return Delivery(
            entries=(entry,),
            key=str(properties.get("message_id") or ""),
            receipt=(message.channel, message.delivery_tag),
        )

    def _on_message(self, message: amqp.Message) -> None:
        self._arrived.append(message)

    def _drop(self) -> None:
        """Release a failed connection without the closing handshake."""
        if self._connection is not None:
            self._connection.collect()
        self._connection, self._arrived = None, []

    def _failed(self, fault: str, error: Exception) -> SourceError:
        self._drop()
        return SourceError(f"the queue {fault}: {explain_amqp(error)}", subject=self._shown)


def _words(headers: object) -> dict[str, str]:
    """Return the headers whose values are strings, with names in lower case."""
    if not isinstance(headers, Mapping):
        return {}
    return {str(name).lower(): word for name, word in headers.items() if isinstance(word, str)}
