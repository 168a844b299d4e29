"""Targets of sinks: a server's URL read once, its query as options, and no secret shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from worker.errors import SettingsError

__all__ = ["SinkOptions", "SinkTarget", "read_target", "without_secrets"]


@dataclass(frozen=True, slots=True)
class SinkOptions:
    """What stands in a query: the known names with their defaults, changed by what was written."""

    values: Mapping[str, str]
    shown: str

    @classmethod
    def read(cls, query: str, known: Mapping[str, str], shown: str) -> Self:
        """The options of a query such as `exchange=wire&timeout_s=5`.

        Raises:
            SettingsError: An option that is not `known`.
        """
        written = dict(parse_qsl(query, keep_blank_values=True))
        for name in written:
            if name not in known:
                reason = f"no such option: {name}; there are: {', '.join(known)}"
                raise SettingsError(reason, subject=shown)
        return cls({**known, **written}, shown)

    def text(self, name: str) -> str:
        return self.values[name]

    def count(self, name: str) -> int:
        """A whole number. Raises SettingsError for anything else."""
        value = self.values[name]
        if not (value.isascii() and value.isdecimal() and len(value) <= 18):
            raise SettingsError(f"not a number: {name}={value}", subject=self.shown)
        return int(value)

    def seconds(self, name: str) -> float:
        """Seconds, more than none. Raises SettingsError for anything else."""
        try:
            value = float(self.values[name])
        except ValueError:
            value = 0.0
        if not 0 < value < 86_400:
            reason = f"not seconds: {name}={self.values[name]}"
            raise SettingsError(reason, subject=self.shown)
        return value

    def choice(self, name: str, *choices: str) -> str:
        """One of these words. Raises SettingsError for any other."""
        value = self.values[name]
        if value not in choices:
            reason = f"{name} is one of {', '.join(choices)}, not {value}"
            raise SettingsError(reason, subject=self.shown)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkTarget:
    """A server's URL in parts. `shown` is what messages and logs may name: no user, no query."""

    scheme: str
    user: str
    password: str
    hosts: tuple[str, ...]
    """`host:port`, or `[address]:port`; more than one for a cluster."""
    path: str
    options: SinkOptions
    shown: str


def without_secrets(text: str) -> str:
    """A sink or its target as messages may show it: no user, no query and no fragment.

    >>> without_secrets("amqp:amqps://me:hush@host/wire?ca=/etc/ca.pem")
    'amqp:amqps://host/wire'
    """
    scheme, mark, rest = text.partition("://")
    bare = min(rest.partition("?")[0], rest.partition("#")[0], key=len)
    if mark and ("@" in bare or "@" not in rest):
        return f"{scheme}{mark}{bare.rpartition('@')[2]}"
    # A password with a mark of URLs in it, or no URL at all: who knows where it ends?
    return text.partition(":")[0] if "@" in text else text.partition("?")[0].partition("#")[0]


def read_target(text: str, *, ports: Mapping[str, int], options: Mapping[str, str]) -> SinkTarget:
    """The parts of `scheme://user:password@host:port,host:port/path?option=...`.

    Args:
        text: What a desk's `sink` says after the kind.
        ports: The schemes that will do, each with its own port.
        options: The options that the query may have, with their defaults.

    Raises:
        SettingsError: Another scheme, no host, no port where one is, or an unknown option.
    """
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise SettingsError(f"not a URL: {error}", subject=without_secrets(text)) from error
    login, _, places = parts.netloc.rpartition("@")
    shown = without_secrets(text)
    if parts.scheme not in ports:
        raise SettingsError(f"is none of: {', '.join(f'{one}://' for one in ports)}", subject=shown)
    user, _, password = login.partition(":")
    return SinkTarget(
        scheme=parts.scheme,
        user=unquote(user),
        password=unquote(password),
        hosts=tuple(_host(one, ports[parts.scheme], shown) for one in places.split(",")),
        path=unquote(parts.path.removeprefix("/")),
        options=SinkOptions.read(parts.query, options, shown),
        shown=shown,
    )


def _host(written: str, port: int, shown: str) -> str:
    """`host:port`, with the scheme's own port where none is written."""
    try:
        parts = urlsplit(f"//{written}")
        host, port = parts.hostname or "", port if parts.port is None else parts.port
    except ValueError as error:
        raise SettingsError(f"not a host: {error}", subject=shown) from error
    if not host:
        raise SettingsError("names no host", subject=shown)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
