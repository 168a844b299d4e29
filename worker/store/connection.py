"""A connection to the Redis or Valkey server: commands and scripts, raw replies, wrapped errors."""

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib import resources
from typing import Any

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.connection import HiredisRespSerializer
from redis.retry import Retry

from worker.errors import BrokerAway, BrokerError, BrokerFault, BrokerRefused, SettingsError
from worker.store.master import (
    CONNECT_TIMEOUT_S,
    Demoted,
    MasterConnection,
    MasterTlsConnection,
    find_wrong_scheme,
)
from worker.store.packing import as_text
from worker.store.server_url import BrokerUrl, read_broker_url

__all__ = ["Connection", "Word", "as_text"]

Word = str | bytes | int | float

TIMEOUT_S = 30.0
"""Limit for a reply: far more than the slowest script takes on a busy server."""

HEALTH_CHECK_S = 15
"""Idle time after which a connection is tested by a PING before it is used."""

_REASONS: tuple[tuple[type[redis.RedisError], str], ...] = (
    (redis.AuthenticationError, "the server refuses the user or the password"),
    (redis.exceptions.NoPermissionError, "the server's user may not do this"),
    (redis.BusyLoadingError, "the server is still loading its data"),
    (redis.exceptions.OutOfMemoryError, "the server is out of memory (maxmemory)"),
    (redis.ReadOnlyError, "the server is a read-only replica"),
    (redis.TimeoutError, "the server did not answer in time"),
    (redis.ConnectionError, "the server cannot be reached"),
)

_USES = re.compile(r"-- uses (?P<parts>[a-z]+(?:, [a-z]+)*)\n")
"""The first line of a script that needs parts of scripts/lib: `-- uses core, order`."""

_REFUSAL_WORDS = {
    "MISCONF": "the server cannot write to its disk (is it full?)",
    "NOREPLICAS": "the server has too few replicas (min-replicas-to-write)",
    "BUSY": "the server is busy with a script",
}
"""Refusals for which redis-py has no class, by their first word, with the reason to show."""

_NOT_IN_SCRIPT = ("ACL failure in script", "The user executing the script can't ")
"""The errors of Valkey and Redis if the user may run a script, but not a command in it."""

_EXHAUSTED = "exhausted the last possible ID"
"""The error of XADD at a door until dispatch has read the entry with the last possible id."""

_REFUSALS = (
    redis.exceptions.NoPermissionError,
    redis.exceptions.OutOfMemoryError,
    redis.ReadOnlyError,
)

_AWAY = (redis.ConnectionError, redis.TimeoutError)


class _TextPacker(HiredisRespSerializer):
    """Packs numbers as text: hiredis 3.5 crashes if Ctrl-C comes while it formats a number."""

    def pack(self, *words: Any) -> list[bytes]:
        texts: list[Any] = [str(word) if isinstance(word, (int, float)) else word for word in words]
        packed: list[bytes] = super().pack(*texts)
        return packed


@cache
def _script(name: str) -> tuple[str, str]:
    """Return the text of scripts/<name>.lua, with the parts that it uses, and its SHA-1.

    The server caches scripts under that digest (EVALSHA).
    """
    scripts = resources.files("worker.store") / "scripts"
    text = (scripts / f"{name}.lua").read_text("utf-8")
    uses = _USES.match(text)
    names = uses["parts"].split(", ") if uses else []
    parts = [(scripts / "lib" / f"{part}.lua").read_text("utf-8") for part in names]
    text = "".join([*parts, text])
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class Connection:
    """A lazy, thread-safe pool of connections to the master; each process opens its own.

    Args:
        url: The URL of the server, or of its master and replicas.
        answer_s: Limit for a reply; a new connection may take as long again.

    Raises:
        SettingsError: Raised by the constructor for an invalid URL, and by the first method if only
            the server or only the URL uses TLS, or if the server has no such database.
        BrokerError: Raised by every method if the server cannot answer; a single line, without the
            password.
    """

    __slots__ = ("_client", "_has_answered", "_url")

    def __init__(self, url: str, *, answer_s: float = TIMEOUT_S) -> None:
        try:
            self._url = read_broker_url(url)
        except ValueError as error:
            raise SettingsError(str(error), subject="the broker's URL") from error
        self._client = redis.Redis.from_pool(_open_pool(self._url, answer_s))
        self._client.response_callbacks.clear()  # replies as they come: one shape for all versions
        self._has_answered = False

    @property
    def shown(self) -> str:
        """The server's URL without secrets."""
        return self._url.shown

    def call(self, *command: Word, once: bool = False) -> Any:
        """Return the raw reply to a command.

        Args:
            command: The words of the command.
            once: Do not repeat the command on a new connection if the old one turns out to be dead:
                it may have been executed, and must not be twice.
        """
        return self._answer(partial(self._client.execute_command, *command), once=once)

    def script(
        self, name: str, keys: Sequence[Word], args: Sequence[Word], *, once: bool = False
    ) -> Any:
        """Return the raw reply of scripts/<name>.lua."""
        text, digest = _script(name)
        try:
            return self.call("EVALSHA", digest, len(keys), *keys, *args, once=once)
        except BrokerError as error:
            if not isinstance(error.__cause__, redis.exceptions.NoScriptError):
                raise
        return self.call("EVAL", text, len(keys), *keys, *args, once=once)

    def run(self, name: str, key: Word, argument: object, *, once: bool = False) -> Any:
        """Return the raw reply of scripts/<name>.lua to an argument, sent as MessagePack.

        `key` is any key of the installation: the script takes the prefix from it (lib/core.lua).
        """
        return self.script(name, [key], [msgspec.msgpack.encode(argument)], once=once)

    def run_each(self, name: str, key: Word, arguments: Sequence[object]) -> list[Any]:
        """Return the raw replies of scripts/<name>.lua to several arguments, sent in a pipeline.

        It must be safe to run the script again with the same argument.
        """
        text, digest = _script(name)
        words = [msgspec.msgpack.encode(argument) for argument in arguments]
        commands: list[tuple[Word, ...]] = [("EVALSHA", digest, 1, key, word) for word in words]
        try:
            return self.pipeline(commands)
        except BrokerError as error:
            if not isinstance(error.__cause__, redis.exceptions.NoScriptError):
                raise
        return self.pipeline([("EVAL", text, 1, key, words[0]), *commands[1:]])

    def pipeline(self, commands: Sequence[Sequence[Word]]) -> list[Any]:
        """Return the raw replies to several commands, sent in a pipeline."""
        return list(self._answer(partial(self._send_all, commands)))

    def _send_all(self, commands: Sequence[Sequence[Word]]) -> list[Any]:
        with self._client.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)  # type: ignore[no-untyped-call]
            return pipe.execute()

    def close(self) -> None:
        self._client.close()

    def _answer(self, send: Callable[[], Any], *, once: bool = False) -> Any:
        try:
            reply = self._send(send, once=once)
        except redis.DataError:  # raised before anything is sent: the caller's fault
            raise
        except redis.RedisError as error:
            raise self._wrapped(error) from error
        self._has_answered = True
        return reply

    def _send(self, send: Callable[[], Any], *, once: bool) -> Any:
        """Send a command, again if its connection is dead or the server has become a replica."""
        try:
            return send()
        except Demoted:  # the command was not executed, and all idle connections are as stale
            self._client.connection_pool.disconnect(inuse_connections=False)
        except redis.ConnectionError as error:
            # Subclasses are answers: BusyLoadingError, AuthenticationError.
            if once or type(error) is not redis.ConnectionError:
                raise
        return send()

    def _wrapped(self, error: redis.RedisError) -> BrokerError | SettingsError:
        """Return an error of redis-py as ours, with a reason for people."""
        text = (str(error).splitlines() or [""])[0]
        kind = _class_of(error, text)
        if wrong := self._find_wrong_setting(kind, text):
            return SettingsError(wrong, subject=self.shown)
        reason = "a script failed" if kind is BrokerFault else _reason_of(error, text)
        return kind(f"{reason}: {text}" if text else reason, subject=self.shown)

    def _find_wrong_setting(self, kind: type[BrokerError], text: str) -> str:
        """Return the fault of the URL by which the server fails; empty if there is none."""
        if kind is BrokerAway and not self._has_answered:  # an answer proves the scheme right
            return find_wrong_scheme(self._url)
        if "DB index is out of range" in text:
            return f"has no database {self._url.db} (its setting `databases` says how many)"
        return ""


def _reason_of(error: redis.RedisError, text: str) -> str:
    known = _REFUSAL_WORDS.get(text.partition(" ")[0])
    reasons = (reason for kind, reason in _REASONS if isinstance(error, kind))
    return known or next(reasons, "the server refused")


def _class_of(error: redis.RedisError, text: str) -> type[BrokerError]:
    """Return the class of ours for an error of redis-py and the server's text."""
    is_refusal = isinstance(error, _REFUSALS) or text.startswith(_NOT_IN_SCRIPT)
    if is_refusal or _EXHAUSTED in text or text.partition(" ")[0] in _REFUSAL_WORDS:
        return BrokerRefused
    # redis-py counts a wrong password as a lost connection.
    if isinstance(error, _AWAY) and not isinstance(error, redis.AuthenticationError):
        return BrokerAway
    return BrokerFault if "user_script" in text else BrokerError


def _open_pool(url: BrokerUrl, answer_s: float) -> redis.ConnectionPool:
    options: dict[str, Any] = {
        **url.login,
        "db": url.db,
        "protocol": 2,  # replies of the same shape from all servers
        "encoding_errors": "replace",  # a lone surrogate becomes "?"
        "retry": Retry(NoBackoff(), 0),  # `_send` knows which commands are safe to repeat
        "socket_timeout": answer_s,
        "socket_connect_timeout": min(answer_s, CONNECT_TIMEOUT_S),
        "health_check_interval": HEALTH_CHECK_S,
        "command_packer": _TextPacker(),
    }
    if url.path:
        return redis.ConnectionPool(redis.UnixDomainSocketConnection, path=url.path, **options)
    kind = MasterTlsConnection if url.is_tls else MasterConnection
    return redis.ConnectionPool(kind, servers=url, **url.tls_options, **options)
