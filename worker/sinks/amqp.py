"""Events on a topic exchange of RabbitMQ.

Target: the server's URL, with all hosts of a cluster, and options in the query:
`amqps://user:password@host:5671,host:5671/vhost?exchange=wire&unrouted=drop`.

Each event is a persistent message with the event's id as `message_id`. Its routing key is the
desk's name and the event's type without its first word: `items.item.created`; consumers bind queues
of their own to the exchange, by `items.#` or `*.item.withdrawn`.

py-amqp, which Celery installs, waits for the broker's confirm of each message. The sink therefore
never lets a later version of an item overtake a message that the broker refused.
"""

from collections.abc import Iterable

import amqp

from worker.errors import EventRefused, SinkError
from worker.model.publishing import DeskEntry
from worker.model.target_url import ServerTarget
from worker.servers.amqp import (
    close_connection,
    explain_amqp,
    make_connection,
    read_amqp_url,
    try_hosts,
)

__all__ = ["AmqpSink", "open_amqp"]

_OPTIONS = {"exchange": "copytaster", "unrouted": "refuse"}
_PERSISTENT = 2


def open_amqp(target: str, desk: str) -> "AmqpSink":
    """Open the sink for a target such as `amqp://host/vhost?exchange=wire`.

    Raises:
        SettingsError: The target is not the URL of a server, or has an unknown option.
    """
    server = read_amqp_url(target, _OPTIONS, required="exchange")
    server.options.choice("unrouted", "refuse", "drop")
    return AmqpSink(server, desk)


class AmqpSink:
    """A `worker.ports.Sink` on an exchange; `send` returns when the broker has confirmed all."""

    def __init__(self, target: ServerTarget, desk: str) -> None:
        options = target.options
        self._target = target
        self._desk = desk
        self._exchange = options.text("exchange")
        self._mandatory = options.text("unrouted") == "refuse"
        self._timeout_s = options.seconds("timeout_s")
        self._shown = f"{self._exchange} at {target.shown}"
        self._connection: amqp.Connection | None = None
        self._channel: amqp.Channel | None = None
        self._returned = ""
        self._blocked = ""

    def send(self, entries: Iterable[DeskEntry]) -> None:
        taken = 0
        try:
            channel = self._channel or try_hosts(self._target, self._open, self._drop)
            for entry in entries:
                self._publish(channel, entry)
                taken += 1
        except (amqp.AMQPError, amqp.exceptions.MessageNacked, OSError) as error:
            self._drop()
            if _is_too_large(error):
                reason = f"the exchange takes no event of this size: {self._reason(error)}"
                raise EventRefused(reason, subject=self._shown, taken=taken) from error
            reason = f"the exchange took no events: {self._reason(error)}"
            raise SinkError(reason, subject=self._shown, taken=taken) from error

    def close(self) -> None:
        if self._connection is not None:
            connection, self._connection, self._channel = self._connection, None, None
            close_connection(connection)

    def _publish(self, channel: amqp.Channel, entry: DeskEntry) -> None:
        """Publish an event and wait for its confirm.

        With `unrouted=refuse`, the default, a message that no queue is bound for is an error.
        """
        message = amqp.Message(
            entry.body,
            message_id=entry.id,
            type=entry.type,
            app_id="copytaster",
            content_type="application/cloudevents+json",
            delivery_mode=_PERSISTENT,
            # for RabbitMQ's message-deduplication plugin, where it is installed
            application_headers={"x-deduplication-header": entry.id, **entry.trace},
        )
        key = _routing_key(self._desk, entry.type)
        self._returned = ""
        channel.basic_publish_confirm(
            message,
            self._exchange,
            key,
            mandatory=self._mandatory,
            timeout=self._timeout_s,
            confirm_timeout=self._timeout_s,
        )
        if self._returned:
            raise amqp.exceptions.NoConsumers(f"{self._returned}: no queue is bound for {key}")

    def _open(self, host: str) -> amqp.Channel:
        """Return a channel to a host, with the exchange declared."""
        self._blocked = ""
        self._connection = make_connection(
            self._target,
            host,
            self._desk,
            on_blocked=self._on_blocked,
            on_unblocked=self._on_unblocked,
        )
        self._connection.connect()
        channel = self._connection.channel()
        channel.exchange_declare(self._exchange, "topic", durable=True, auto_delete=False)
        channel.events["basic_return"].add(self._on_return)
        self._channel = channel
        return channel

    def _on_return(self, error: Exception, *_: object) -> None:
        self._returned = str(getattr(error, "reply_text", "")) or "returned"

    def _on_blocked(self, reason: str) -> None:
        self._blocked = f"the broker blocks publishers: {reason}"

    def _on_unblocked(self) -> None:
        self._blocked = ""

    def _drop(self) -> None:
        """Release a connection that failed, without closing it in order."""
        if self._connection is not None:
            self._connection.collect()
        self._connection = self._channel = None

    def _reason(self, error: Exception) -> str:
        if isinstance(error, amqp.exceptions.MessageNacked):
            return "refused by the broker"
        if isinstance(error, TimeoutError) and self._blocked:
            return self._blocked
        return explain_amqp(error)


def _is_too_large(error: Exception) -> bool:
    """Return True if a message exceeds the broker's `max_message_size`.

    RabbitMQ says `message size 20000000 is larger than configured max size 16777216`.
    """
    return isinstance(error, amqp.PreconditionFailed) and "message size" in str(error)


def _routing_key(desk: str, event_type: str) -> str:
    """Return `items.item.created` for the type `copytaster.item.created` on the desk `items`."""
    return f"{desk}.{event_type.removeprefix('copytaster.')}"
