"""The queues that hints travel on: Celery's broker, the store's own server or RabbitMQ.

Hints alone go that way. Inbox, desks and the ledger of what is still to be done are on Redis or
Valkey, whatever COPYTASTER_CELERY_URL names (docs/architecture.md).
"""

import contextlib
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from kombu import Connection, Exchange, Queue  # type: ignore[attr-defined]  # kombu exports lazily
from kombu.exceptions import OperationalError

from worker.brokerurl import celery_url, read_broker_url
from worker.errors import BrokerError
from worker.settings import Settings
from worker.store.connection import Connection as Server
from worker.store.master import CONNECT_TIMEOUT_S

__all__ = [
    "CONFIRM_S",
    "QUEUES",
    "QueueLength",
    "broker_tls",
    "broker_url",
    "declare",
    "queue_lengths",
    "refusals_as_broker_errors",
    "task_queue",
    "transport_name",
    "transport_options",
]

QUEUES = ("urgent", "parse", "poll")

CONFIRM_S = 20.0
"""So long RabbitMQ may take to say that it has a hint; one that is out of memory never says so."""

DELIVERIES = 20
"""A hint that has been given to so many workers in vain is dropped: the ledger has its work."""

_CONNECT_S = 4.0


class QueueLength(msgspec.Struct, frozen=True, kw_only=True):
    """Hints on one queue. `unacknowledged`: with workers and not done; None where the broker does
    not tell.
    """

    waiting: int
    unacknowledged: int | None = None


def broker_url(settings: Settings) -> str:
    """Celery's broker, for kombu, which parts the hosts of a cluster by semicolons.

    >>> broker_url(Settings(celery_url="amqps://ada:pw@a,b:5671/wire?ca=/etc/ca.pem"))
    'amqps://ada:pw@a/wire;amqps://ada:pw@b:5671/wire'
    """
    if not settings.celery_url:
        return celery_url(settings.redis_url)
    parts = urlsplit(settings.celery_url)
    login, at, hosts = parts.netloc.rpartition("@")
    return ";".join(f"{parts.scheme}://{login}{at}{host}{parts.path}" for host in hosts.split(","))


def broker_tls(settings: Settings) -> dict[str, Any] | None:
    """How `amqps://` is checked: always, and by the host's own name. None for other schemes."""
    parts = urlsplit(settings.celery_url)
    if parts.scheme != "amqps":
        return None
    ca = parse_qs(parts.query).get("ca", [None])[0]
    # None is the name of whichever host the connection goes to.
    return {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": ca, "server_hostname": None}


def transport_name(settings: Settings) -> str | None:
    """Kombu's transport where the URL's own would not do: it would stay with a former master."""
    is_socket = settings.redis_url.startswith("unix:")
    return None if settings.celery_url or is_socket else "worker.transport:MasterTransport"


def transport_options(settings: Settings) -> dict[str, Any]:
    """How kombu keeps the queues."""
    return _rabbitmq_options() if settings.celery_url else _redis_options(settings)


def _redis_options(settings: Settings) -> dict[str, Any]:
    """Our prefix, quick redelivery, half-open links noticed."""
    url = read_broker_url(settings.redis_url)
    link = {"servers": url, "socket_keepalive": True, "socket_connect_timeout": CONNECT_TIMEOUT_S}
    return {
        **(link if url.addresses else {}),
        "global_keyprefix": f"{settings.prefix}:celery:",
        "visibility_timeout": 3 * settings.task_time_limit_s,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,  # a worker's heartbeat waits for as long
        "health_check_interval": 10,
        "queue_order_strategy": "priority",  # the order of -Q: urgent before parse
    }


def _rabbitmq_options() -> dict[str, Any]:
    """A hint is sent when RabbitMQ says that it has it; a server that is away is no reason to wait
    for ever: dispatch has its own way of waiting.
    """
    return {
        "confirm_publish": True,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.2,
        "interval_max": 0.2,
        "connect_retries_timeout": 2 * _CONNECT_S,
    }


def task_queue(settings: Settings, name: str) -> Queue:
    """A queue with an exchange of its own: with Celery's default exchange all would get all.

    On RabbitMQ the prefix is part of its name, since installations may share a virtual host; `name`
    stays its name for `-Q` and for routes.
    """
    full = f"{settings.prefix}.{name}" if settings.celery_url else name
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
    """Wraps whatever the connection's transport raises when the server is away or refuses.

    Raises:
        BrokerError: One line, without the password.
    """
    refusals = (*connection.connection_errors, *connection.channel_errors)
    try:
        yield
    except (OSError, OperationalError, *refusals) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise BrokerError(f"Celery's broker does not answer: {said}") from error


def queue_lengths(settings: Settings) -> dict[str, QueueLength]:
    """How many hints there are on each queue.

    Raises:
        BrokerError: Celery's broker cannot be asked.
    """
    return _rabbitmq_lengths(settings) if settings.celery_url else _redis_lengths(settings)


def _redis_lengths(settings: Settings) -> dict[str, QueueLength]:
    """A queue is a list; one hash has all that is with workers: [message, exchange, queue]."""
    server = Server(settings.redis_url)
    start = f"{settings.prefix}:celery:"
    try:
        commands = [("LLEN", start + name) for name in QUEUES]
        *waiting, taken = server.pipeline([*commands, ("HVALS", start + "unacked")])
    finally:
        server.close()
    owners = [msgspec.json.decode(one)[2] for one in taken]
    return {
        name: QueueLength(waiting=count, unacknowledged=owners.count(name))
        for name, count in zip(QUEUES, waiting, strict=True)
    }


def _rabbitmq_lengths(settings: Settings) -> dict[str, QueueLength]:
    connection = Connection(  # type: ignore[no-untyped-call]
        broker_url(settings),
        ssl=broker_tls(settings) or False,
        transport_options=transport_options(settings),
        connect_timeout=_CONNECT_S,
    )
    with connection, refusals_as_broker_errors(connection):
        channel = connection.default_channel
        return {
            name: QueueLength(waiting=declare(task_queue(settings, name), channel))
            for name in QUEUES
        }


def declare(queue: Any, channel: Any) -> int:
    """How many messages wait on the queue, which is there afterwards."""
    declared = channel.queue_declare(
        queue=queue.name,
        durable=queue.durable,
        auto_delete=queue.auto_delete,
        arguments=queue.queue_arguments,
    )
    return int(declared.message_count)
