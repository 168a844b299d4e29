"""Connections to the master among several servers, before and after a failover.

Both clients of the broker use them, the store's redis-py and Celery's kombu, so that they agree on
the server. A connection looks for the master when it is opened. It is dropped as soon as its server
answers as a replica, and the next connection looks again.
"""

import socket
import ssl
from collections.abc import Mapping
from typing import Any, NamedTuple

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.store.server_url import Address, BrokerUrl

__all__ = [
    "CONNECT_TIMEOUT_S",
    "Demoted",
    "Greeting",
    "MasterConnection",
    "MasterTlsConnection",
    "find_master",
    "find_wrong_scheme",
    "read_greeting",
]

CONNECT_TIMEOUT_S = 5.0
HANDSHAKE_TIMEOUT_S = 3.0
"""Limit for a TLS handshake, to which a plain port does not answer at all."""

_LOOK_S = 1.5
"""Limit for a server's answer about its role, so that a dead replica delays no connection."""

_PROBE_S = 0.5
"""Limit for the test whether a port speaks TLS."""

_QUICK: dict[str, Any] = {
    "protocol": 2,
    "retry": Retry(NoBackoff(), 0),
    "socket_timeout": _LOOK_S,
    "socket_connect_timeout": _LOOK_S,
}

_REPLICA_SAYS = (redis.ReadOnlyError, redis.exceptions.MasterDownError)
_UNBLOCKED = "UNBLOCKED"
"""The error for blocked reads on a server that becomes a replica."""


class Demoted(redis.ReadOnlyError, redis.ConnectionError):
    """The server is a replica and did not execute the command.

    It is a ConnectionError too, since kombu would go on using a read-only connection.
    """


class Greeting(NamedTuple):
    """A server's answer to HELLO.

    `server` is redis or valkey, `mode` is standalone, cluster or sentinel, `role` is master or
    replica.
    """

    server: str
    version: str
    mode: str
    role: str


def read_greeting(reply: Any) -> Greeting:
    """Return the answer to HELLO, the only such command that every user may send."""
    words = [word.decode() if isinstance(word, bytes) else str(word) for word in reply]
    fields = dict(zip(words[::2], words[1::2], strict=True))
    return Greeting(*(fields.get(name, "") for name in Greeting._fields))


class MasterConnection(redis.Connection):
    """A connection of redis-py to the master of `servers`."""

    def __init__(self, *, servers: BrokerUrl, **options: Any) -> None:
        self._servers = servers
        super().__init__(**options)  # type: ignore[no-untyped-call]

    def _connect(self) -> Any:
        self.host, self.port = find_master(self._servers)
        return super()._connect()  # type: ignore[no-untyped-call]

    def read_response(self, *args: Any, **options: Any) -> Any:
        """Return a response; drop the connection if the server answers as a replica."""
        try:
            return super().read_response(*args, **options)
        except redis.ResponseError as error:
            if isinstance(error, _REPLICA_SAYS) or str(error).startswith(_UNBLOCKED):
                self.disconnect()  # type: ignore[no-untyped-call]
                raise Demoted(str(error)) from error
            raise


class MasterTlsConnection(MasterConnection, redis.SSLConnection):
    """A connection over TLS to the master; its handshake has a time limit of its own."""

    def _wrap_socket_with_ssl(self, sock: socket.socket) -> Any:
        sock.settimeout(HANDSHAKE_TIMEOUT_S)
        wrapped = super()._wrap_socket_with_ssl(sock)  # type: ignore[no-untyped-call]
        wrapped.settimeout(self.socket_timeout)
        return wrapped


def find_master(servers: BrokerUrl) -> Address:
    """Return the address of the server that accepts writes. A single server is not asked.

    Raises:
        redis.ConnectionError: No server is the master, or more than one claims to be.
    """
    if servers.master_name:
        return _ask_sentinels(servers)
    if len(servers.addresses) == 1:
        return servers.addresses[0]
    roles = {address: _ask_role(servers, address) for address in servers.addresses}
    masters = [address for address, role in roles.items() if role == "master"]
    if len(masters) == 1:
        return masters[0]
    answers = ", ".join(f"{_shown(address)} {role}" for address, role in roles.items())
    reason = "more than one is a master" if masters else "none of the servers is a master"
    raise redis.ConnectionError(f"{reason}: {answers}")


def _ask_sentinels(servers: BrokerUrl) -> Address:
    """Return the master's address from the first Sentinel that is right.

    A Sentinel may not have heard of a failover yet, so the master itself is asked for its role.
    """
    answers = []
    for sentinel in servers.addresses:
        try:
            address = _ask_sentinel(servers, sentinel)
        except redis.RedisError as error:
            answers.append(f"{_shown(sentinel)} {_first_line(error)}")
            continue
        role = _ask_role(servers, address) if address else "unknown to it"
        if address and role == "master":
            return address
        at = _shown(address) if address else "the master"
        answers.append(f"{_shown(sentinel)} says {at}, which is {role}")
    name = servers.master_name
    raise redis.ConnectionError(f"{name} has no master that answers: {'; '.join(answers)}")


def _ask_sentinel(servers: BrokerUrl, sentinel: Address) -> Address | None:
    login = {
        "username": servers.sentinel_username or None,
        "password": servers.sentinel_password or None,
    }
    command = ("SENTINEL", "get-master-addr-by-name", servers.master_name)
    reply = _ask(servers, sentinel, login, *command)
    return (reply[0].decode(), int(reply[1])) if reply else None


def _ask_role(servers: BrokerUrl, address: Address) -> str:
    """Return `master` or `replica`, or the reason why the server does not answer."""
    try:
        return read_greeting(_ask(servers, address, servers.login, "HELLO")).role
    except redis.RedisError as error:
        return f"silent ({_first_line(error)})"


def _ask(servers: BrokerUrl, address: Address, login: Mapping[str, Any], *command: str) -> Any:
    """Return the reply to a command, over a connection of its own."""
    kind: Any = redis.SSLConnection if servers.is_tls else redis.Connection
    host, port = address
    connection = kind(host=host, port=port, **login, **servers.tls_options, **_QUICK)
    try:
        connection.connect()
        connection.send_command(*command)
        return connection.read_response()
    finally:
        connection.disconnect()


def _first_line(error: redis.RedisError) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _shown(address: Address) -> str:
    return f"{address[0]}:{address[1]}"


def find_wrong_scheme(servers: BrokerUrl) -> str:
    """Return the reason why a server does not understand us: TLS on one side only; else empty."""
    for address in servers.addresses:
        if servers.is_tls and _answers_plainly(address):
            return f"{_shown(address)} speaks no TLS: the scheme is redis, not rediss"
        if not servers.is_tls and _answers_in_tls(address):
            return f"{_shown(address)} wants TLS: the scheme is rediss, not redis"
    return ""


def _answers_plainly(address: Address) -> bool:
    try:
        with socket.create_connection(address, _PROBE_S) as plain:
            plain.sendall(b"PING\r\n")
            return plain.recv(1) in (b"+", b"-")
    except OSError:
        return False


def _answers_in_tls(address: Address) -> bool:
    """Return True if a TLS handshake succeeds, or if the other side rejects it in TLS."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(address, _PROBE_S) as plain, context.wrap_socket(plain):
            return True
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
