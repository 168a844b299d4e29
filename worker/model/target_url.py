"""Targets of sinks and sources: URLs in parts, queries as options, and secrets hidden."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from worker.errors import SettingsError

__all__ = ["ServerTarget", "TargetOptions", "read_target", "redact_target"]


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """The options of a target: the values of its query, and defaults for all others."""

    values: Mapping[str, str]
    shown: str

    @classmethod
    def read(cls, query: str, known: Mapping[str, str], shown: str) -> Self:
        """Return the options of a query such as `exchange=wire&timeout_s=5`.

        Raises:
            SettingsError: An option is not among the `known` names.
        """
        written = dict(parse_qsl(query, keep_blank_values=True))
        for name in written:
            if name not in known:
                reason = f"no such option: {name}; there are: {', '.join(known)}"
                raise SettingsError(reason, subject=shown)
        return cls({**known, **written}, shown)

    def text(self, name: str) -> str:
        """Return an option as it is written."""
        return self.values[name]

    def count(self, name: str) -> int:
        """Return an option as a whole number; raise SettingsError for any other value."""
        value = self.values[name]
        if not (value.isascii() and value.isdecimal() and len(value) <= 18):
            raise SettingsError(f"not a number: {name}={value}", subject=self.shown)
        return int(value)

    def seconds(self, name: str) -> float:
        """Return an option as seconds, above 0; raise SettingsError for any other value."""
        try:
            value = float(self.values[name])
        except ValueError:
            value = 0.0
        if not 0 < value < 86_400:
            reason = f"not seconds: {name}={self.values[name]}"
            raise SettingsError(reason, subject=self.shown)
        return value

    def choice(self, name: str, *choices: str) -> str:
        """Return an option with a fixed set of values; raise SettingsError for any other value."""
        value = self.values[name]
        if value not in choices:
            reason = f"{name} is one of {', '.join(choices)}, not {value}"
            raise SettingsError(reason, subject=self.shown)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTarget:
    """A server's URL in parts; messages and logs show `shown`, without user and query."""

    scheme: str
    user: str
    password: str
    hosts: tuple[str, ...]
    """`host:port`, or `[address]:port`; more than one for a cluster."""
    path: str
    options: TargetOptions
    shown: str


def redact_target(text: str) -> str:
    """Return a sink or target without user, query and fragment, for messages.

    >>> redact_target("amqp:amqps://me:hush@host/wire?ca=/etc/ca.pem")
    'amqp:amqps://host/wire'
    """
    scheme, mark, rest = text.partition("://")
    bare = min(rest.partition("?")[0], rest.partition("#")[0], key=len)
    if mark and ("@" in bare or "@" not in rest):
        return f"{scheme}{mark}{bare.rpartition('@')[2]}"
    # A password that contains `/`, `?` or `#`, or no URL at all: its end cannot be told.
    return text.partition(":")[0] if "@" in text else text.partition("?")[0].partition("#")[0]


def read_target(text: str, *, ports: Mapping[str, int], options: Mapping[str, str]) -> ServerTarget:
    """Read the parts of `scheme://user:password@host:port,host:port/path?option=...`.

    Args:
        text: The target: the `url` of a source, or the `sink` of a desk after its kind.
        ports: The allowed schemes, each with its default port.
        options: The allowed options, each with its default.

    Raises:
        SettingsError: The scheme or an option is not allowed, or a host or port is not valid.
    """
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise SettingsError("not a URL", subject=redact_target(text)) from error
    login, _, hosts = parts.netloc.rpartition("@")
    shown = redact_target(text)
    if parts.scheme not in ports:
        raise SettingsError(
            f"is none of: {', '.join(f'{scheme}://' for scheme in ports)}", subject=shown
        )
    user, _, password = login.partition(":")
    return ServerTarget(
        scheme=parts.scheme,
        user=unquote(user),
        password=unquote(password),
        hosts=tuple(_host(host, ports[parts.scheme], shown) for host in hosts.split(",")),
        path=unquote(parts.path.removeprefix("/")),
        options=TargetOptions.read(parts.query, options, shown),
        shown=shown,
    )


def _host(written: str, port: int, shown: str) -> str:
    """Return `host:port`, with the default port of the scheme if none is written."""
    try:
        parts = urlsplit(f"//{written}")
        host, port = parts.hostname or "", port if parts.port is None else parts.port
    except ValueError as error:  # its text repeats the port, which may be a part of a password
        raise SettingsError("names a port that is not a number", subject=shown) from error
    if not host:
        raise SettingsError("names no host", subject=shown)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
