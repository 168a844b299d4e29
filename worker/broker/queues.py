"""Celery's task queues, on the server of the store or on RabbitMQ.

They carry task messages only. Inbox, desks and the record of pending work are on Redis or Valkey,
whatever COPYTASTER_CELERY_URL says (docs/architecture.md).
"""

import contextlib
import ssl
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from kombu import Connection, Exchange, Queue  # type: ignore[attr-defined]  # kombu exports lazily
from kombu.exceptions import OperationalError

from worker.errors import BrokerError, reason_of
from worker.settings import Settings
from worker.store.connection import Connection as Server
from worker.store.master import CONNECT_TIMEOUT_S
from worker.store.server_url import celery_url, read_broker_url

__all__ = [
    "CONFIRM_S",
    "QUEUES",
    "QueueLength",
    "RedisQueueLengths",
    "broker_tls",
    "broker_url",
    "declare",
    "limited_waits",
    "queue_lengths",
    "refusals_as_broker_errors",
    "task_queue",
    "transport_name",
    "transport_options",
]

QUEUES = ("urgent", "parse", "poll")

ANSWER_S = 10.0
"""Longest wait for RabbitMQ's answer. Its heartbeats, every 15 s, begin each wait anew."""

CONFIRM_S = 10.0
"""Longest wait for RabbitMQ to confirm a message; out of memory, it never confirms."""

DELIVERIES = 20
"""Deliveries after which RabbitMQ drops a message; the store still has its work."""

_CONNECT_S = 4.0


class QueueLength(msgspec.Struct, frozen=True, kw_only=True):
    """The task messages of a queue.

    `unacknowledged` counts those that workers have and that are not done; None if the broker does
    not report it.
    """

    waiting: int
    unacknowledged: int | None = None


def broker_url(settings: Settings) -> str:
    """Return the URL of Celery's broker for kombu, which separates hosts by semicolons.

    >>> broker_url(Settings(celery_url="amqps://ada:pw@a,b:5671/wire?ca=/etc/ca.pem"))
    'amqps://ada:pw@a/wire;amqps://ada:pw@b:5671/wire'
    """
    if not settings.celery_url:
        return celery_url(settings.redis_url)
    parts = urlsplit(settings.celery_url)
    login, at, hosts = parts.netloc.rpartition("@")
    return ";".join(f"{parts.scheme}://{login}{at}{host}{parts.path}" for host in hosts.split(","))


def broker_tls(settings: Settings) -> dict[str, Any] | None:
    """Return the TLS options of `amqps://`, None for other schemes.

    The server's certificate and host name are always checked.
    """
    parts = urlsplit(settings.celery_url)
    if parts.scheme != "amqps":
        return None
    ca = parse_qs(parts.query).get("ca", [None])[0]
    # None is the name of whichever host the connection goes to.
    return {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": ca, "server_hostname": None}


def transport_name(settings: Settings) -> str | None:
    """Return the name of the transport to use instead of kombu's own, None for kombu's own.

    kombu's Redis transport would stay connected to a former master after a failover.
    """
    is_socket = settings.redis_url.startswith("unix:")
    return None if settings.celery_url or is_socket else "worker.broker.transport:MasterTransport"


def transport_options(settings: Settings) -> dict[str, Any]:
    """Return kombu's transport options."""
    return _rabbitmq_options() if settings.celery_url else _redis_options(settings)


def _redis_options(settings: Settings) -> dict[str, Any]:
    """Return options for the prefix, fast redelivery and the detection of half-open connections."""
    url = read_broker_url(settings.redis_url)
    tcp = {"servers": url, "socket_keepalive": True, "socket_connect_timeout": CONNECT_TIMEOUT_S}
    return {
        **(tcp if url.addresses else {}),
        "global_keyprefix": f"{settings.prefix}:celery:",
        # Longer than any task runs, or its message would be delivered again during its work.
        "visibility_timeout": 3 * settings.task_time_limit_s,
        # Messages of lost workers are looked for every 5 seconds; kombu's default is 100.
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # A worker's heartbeat waits for as long: with 30 s, a frozen broker made the file 49 s old,
        # and health checks restarted the worker.
        "socket_timeout": 10,
        # Within about this time kombu notices that a server vanished without closing connections.
        "health_check_interval": 10,
        "queue_order_strategy": "priority",  # the order of -Q: urgent before parse
    }


def _rabbitmq_options() -> dict[str, Any]:
    """Return options for confirmed messages and few retries: dispatch does its own waiting."""
    return {
        "confirm_publish": True,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.2,
        "interval_max": 0.2,
        "connect_retries_timeout": 2 * _CONNECT_S,
    }


def task_queue(settings: Settings, name: str) -> Queue:
    """Return a queue with its own exchange: on Celery's default, each queue would get all messages.

    On RabbitMQ the queue's name has the prefix, since installations may share a virtual host; `-Q`
    and routes use `name`.
    """
    full = f"{settings.prefix}.{name}" if settings.celery_url else name
    # Celery limits unacknowledged messages of quorum queues by consumer and not by worker, so that
    # a worker that is full of `parse` still gets messages of `urgent`.
    quorum = {"x-queue-type": "quorum", "x-delivery-limit": DELIVERIES}
    return Queue(  # type: ignore[no-untyped-call]
        full,
        Exchange(full, type="direct"),  # type: ignore[no-untyped-call]
        routing_key=full,
        alias=name,
        queue_arguments=quorum if settings.celery_url else None,
    )


@contextlib.contextmanager
def refusals_as_broker_errors(connection: Connection) -> Iterator[None]:
    """Convert the errors of the connection's transport to BrokerError.

    Raises:
        BrokerError: The server is away or refuses; the message does not show the password.
    """
    refusals = (*connection.connection_errors, *connection.channel_errors)
    try:
        yield
    except (OSError, OperationalError, *refusals) as error:
        raise BrokerError(f"Celery's broker does not answer: {reason_of(error)}") from error


@contextlib.contextmanager
def limited_waits(connection: Connection) -> Iterator[None]:
    """Limit each wait for RabbitMQ to ANSWER_S, and drop the connection after an error.

    A RabbitMQ that stands still closes nothing, and the client has no limit of its own, not even
    for the farewell when it closes the connection.
    """
    if connection.transport.driver_type != "amqp":
        yield
        return
    connection.ensure_connection(max_retries=1, interval_start=0)  # type: ignore[no-untyped-call]
    sock = connection.connection.sock
    sock.settimeout(ANSWER_S)
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # the client has closed it
            sock.settimeout(0)
        connection.collect()  # type: ignore[no-untyped-call]
        raise


def queue_lengths(settings: Settings) -> dict[str, QueueLength]:
    """Return the number of task messages on each queue.

    Raises:
        BrokerError: Celery's broker does not answer.
    """
    return _rabbitmq_lengths(settings) if settings.celery_url else _redis_lengths(settings)


class RedisQueueLengths:
    """Reads how many task messages wait on queues of Redis, on a connection of its own.

    kombu asks for each queue alone, and for each of the priorities that no task message here has.
    """

    def __init__(self, settings: Settings) -> None:
        self._server = Server(settings.redis_url)
        self._start = f"{settings.prefix}:celery:"

    def read(self, names: Sequence[str]) -> dict[str, int]:
        """Return the number of task messages that wait on each queue.

        Raises:
            BrokerError: The server does not answer.
        """
        commands = [("LLEN", self._start + name) for name in names]
        return dict(zip(names, self._server.pipeline(commands), strict=True))


def _redis_lengths(settings: Settings) -> dict[str, QueueLength]:
    """Return the lengths of kombu's lists, and the numbers of their unacknowledged messages.

    kombu keeps those of all queues in one hash.
    """
    server = Server(settings.redis_url)
    start = f"{settings.prefix}:celery:"
    try:
        commands = [("LLEN", start + name) for name in QUEUES]
        *waiting, unacked = server.pipeline([*commands, ("HVALS", start + "unacked")])
    finally:
        server.close()
    owners = [_owner(value) for value in unacked]
    return {
        name: QueueLength(waiting=count, unacknowledged=owners.count(name))
        for name, count in zip(QUEUES, waiting, strict=True)
    }


def _owner(unacked: bytes) -> str:
    """Return the queue of an unacknowledged message; empty if kombu did not write it."""
    try:
        return str(msgspec.json.decode(unacked, type=tuple[Any, Any, str])[2])
    except msgspec.MsgspecError:  # [message, exchange, queue]
        return ""


def _rabbitmq_lengths(settings: Settings) -> dict[str, QueueLength]:
    connection = Connection(  # type: ignore[no-untyped-call]
        broker_url(settings),
        ssl=broker_tls(settings) or False,
        transport_options=transport_options(settings),
        connect_timeout=_CONNECT_S,
    )
    with connection, refusals_as_broker_errors(connection), limited_waits(connection):
        channel = connection.default_channel
        return {
            name: QueueLength(waiting=declare(task_queue(settings, name), channel))
            for name in QUEUES
        }


def declare(queue: Any, channel: Any) -> int:
    """Declare the queue, and return the number of messages that wait on it.

    A passive declaration would fail for a queue that no worker has declared yet.
    """
    declared = channel.queue_declare(
        queue=queue.name,
        durable=queue.durable,
        auto_delete=queue.auto_delete,
        arguments=queue.queue_arguments,
    )
    return int(declared.message_count)
