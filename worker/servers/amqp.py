"""Connections to RabbitMQ: `amqps://user:password@host:5671,host:5671/vhost?ca=/etc/ca.pem`."""

import ssl
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import amqp

from worker.errors import SettingsError, reason_of
from worker.model.target_url import ServerTarget, read_target

__all__ = ["close_connection", "explain_amqp", "make_connection", "read_amqp_url", "try_hosts"]

CONNECT_TIMEOUT_S = 5.0

_PORTS = {"amqp": 5672, "amqps": 5671}
_OPTIONS = {"ca": "", "timeout_s": "30"}

T = TypeVar("T")


def read_amqp_url(url: str, options: Mapping[str, str], required: str) -> ServerTarget:
    """Return the parts of a URL such as `amqp://host/vhost?queue=wire`.

    Args:
        url: The URL.
        options: The options besides `ca` and `timeout_s`, with their defaults.
        required: The option that must not be empty.

    Raises:
        SettingsError: The URL names no server, or an option is unknown, wrong or missing.
    """
    target = read_target(url, ports=_PORTS, options={**options, **_OPTIONS})
    if not target.options.text(required):
        raise SettingsError(f"name the {required}: ...?{required}=NAME", subject=target.shown)
    target.options.seconds("timeout_s")
    return target


def make_connection(target: ServerTarget, host: str, name: str, **more: Any) -> amqp.Connection:
    """Return a connection to a host, which is not opened yet.

    Args:
        target: The result of `read_amqp_url`.
        host: One of the target's hosts.
        name: The name of the desk or source, which RabbitMQ shows.
        more: Further arguments of `amqp.Connection`.
    """
    timeout_s = target.options.seconds("timeout_s")
    return amqp.Connection(
        host,
        userid=target.user or "guest",
        password=target.password or "guest",
        virtual_host=target.path or "/",
        ssl=_ssl(target, host),
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=timeout_s,
        write_timeout=timeout_s,
        client_properties={"connection_name": f"copytaster {name}"},
        **more,
    )


def _ssl(target: ServerTarget, host: str) -> bool | dict[str, object]:
    if target.scheme != "amqps":
        return False
    return {
        "cert_reqs": ssl.CERT_REQUIRED,
        "ca_certs": target.options.text("ca") or None,
        "server_hostname": host.rpartition(":")[0].strip("[]"),
    }


def try_hosts(target: ServerTarget, open_host: Callable[[str], T], drop: Callable[[], None]) -> T:
    """Return the result of `open_host` for the first host that answers; `drop` ends each attempt.

    Raises:
        OSError: The error of the last host.
        amqp.AMQPError: The refusal of a host that answers, which speaks for its whole cluster.
    """
    failure: Exception = OSError("no host")
    for host in target.hosts:
        try:
            return open_host(host)
        except OSError as error:
            drop()
            failure = error
    raise failure


def close_connection(connection: amqp.Connection) -> None:
    """Close a connection in order, or release it if that fails."""
    try:
        with connection.transport.having_timeout(CONNECT_TIMEOUT_S):
            connection.close()
    except (amqp.AMQPError, OSError, AttributeError):  # AttributeError: without a transport
        connection.collect()


def explain_amqp(error: Exception) -> str:
    """Return the reason of an error: the reply of RabbitMQ, or the words of the system."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return reason_of(
        getattr(error, "reply_text", None) or getattr(error, "strerror", None) or error
    )
