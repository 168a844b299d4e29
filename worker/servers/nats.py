"""Connections to NATS: `tls://user:password@host:4222,host:4222?ca=/etc/ca.pem`.

A user without a password is a token. Needs the extra `nats`.
"""

import asyncio
import contextlib
import os
import ssl
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from worker.errors import SettingsError, reason_of
from worker.model.target_url import ServerTarget, read_target

if TYPE_CHECKING:
    from nats.aio.client import Client

__all__ = [
    "CONNECT_TIMEOUT_S",
    "NatsFaults",
    "connect",
    "disconnect",
    "read_nats_url",
    "time_limit",
]

CONNECT_TIMEOUT_S = 5

_PORTS = {"nats": 4222, "tls": 4222}
_OPTIONS = {"ca": ""}


def read_nats_url(url: str, options: Mapping[str, str], required: Sequence[str]) -> ServerTarget:
    """Return the parts of a URL such as `nats://host:4222?stream=WIRE`.

    Args:
        url: The URL.
        options: The options besides `ca`, with their defaults.
        required: The options that must not be empty.

    Raises:
        SettingsError: The URL names no server, an option is unknown or missing, or nats-py is not
            installed.
    """
    target = read_target(url, ports=_PORTS, options={**options, **_OPTIONS})
    for name in required:
        if not target.options.text(name):
            raise SettingsError(f"name the {name}: ...?{name}=NAME", subject=target.shown)
    try:
        import nats  # noqa: F401, PLC0415  an extra
    except ImportError as error:
        reason = "nats-py is not installed: pip install 'copytaster[nats]'"
        raise SettingsError(reason, subject="nats") from error
    return target


class NatsFaults:
    """The last error that a client reported beside its exceptions, and the reasons of both."""

    def __init__(self) -> None:
        self.last = ""

    async def note(self, error: Exception) -> None:
        """Keep the reason of an error; a callback of the client."""
        self.last = _reason(error)

    def explain(self, error: Exception) -> str:
        """Return the reason of an exception."""
        if isinstance(error, TimeoutError):
            return "no answer in time"
        from nats.errors import NoServersError  # noqa: PLC0415  an extra

        # "no servers available" hides the cause, which only `note` gets.
        return (isinstance(error, NoServersError) and self.last) or _reason(error)


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionError) and error.errno:
        return os.strerror(error.errno)  # asyncio's own text is "Connect call failed ('::1', ...)"
    return reason_of(getattr(error, "strerror", None) or getattr(error, "description", 0) or error)


def time_limit(target: ServerTarget) -> asyncio.Timeout:
    """Return the time limit of trying each host in turn, and of a question after that."""
    return asyncio.timeout(CONNECT_TIMEOUT_S * (len(target.hosts) + 1))


async def connect(
    client: "Client",
    target: ServerTarget,
    name: str,
    faults: NatsFaults,
    **more: Any,
) -> None:
    """Connect a client to the first host that answers.

    Args:
        client: A client that is not connected. Its owner keeps it before, so that a failed attempt
            is closed too.
        target: The result of `read_nats_url`.
        name: The name of the desk or source, which the server shows.
        faults: Gets the errors that the client reports.
        more: Further arguments of `Client.connect`.
    """
    await client.connect(
        [f"{target.scheme}://{host}" for host in target.hosts],
        name=f"copytaster {name}",
        allow_reconnect=False,  # the relay or the intake alone pauses and retries
        max_reconnect_attempts=1,
        reconnect_time_wait=0,
        connect_timeout=CONNECT_TIMEOUT_S,
        error_cb=faults.note,
        **_login(target),
        **more,
    )


def _login(target: ServerTarget) -> dict[str, Any]:
    login: dict[str, Any] = {}
    if target.scheme == "tls":
        login["tls"] = ssl.create_default_context(cafile=target.options.text("ca") or None)
    if target.user and not target.password:
        login["token"] = target.user
    elif target.user:
        login |= {"user": target.user, "password": target.password}
    return login


async def disconnect(client: "Client") -> None:
    """Close a client, whatever its state."""
    with contextlib.suppress(Exception):  # a broken connection cannot be closed in order
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await client.close()
