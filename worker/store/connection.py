"""One Redis or Valkey server: commands and scripts in, raw replies out, errors wrapped once."""

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib import resources
from typing import Any

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.errors import BrokerAway, BrokerError, BrokerFault, BrokerRefused, SettingsError
from worker.store.master import (
    CONNECT_TIMEOUT_S,
    Demoted,
    MasterConnection,
    MasterTlsConnection,
    find_wrong_scheme,
)
from worker.store.server_url import BrokerUrl, read_broker_url

__all__ = ["Connection", "Word", "as_text"]

Word = str | bytes | int | float

TIMEOUT_S = 30.0
HEALTH_CHECK_S = 15

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

_SAID = {
    "MISCONF": "the server cannot write to its disk (is it full?)",
    "NOREPLICAS": "the server has too few replicas (min-replicas-to-write)",
    "BUSY": "the server is busy with a script",
}
"""Refusals for which redis-py has no class, by their first word."""

_NOT_IN_SCRIPT = ("ACL failure in script", "The user executing the script can't ")
"""What Valkey and Redis say where the user may run a script and not a command in it."""

_REFUSALS = (
    redis.exceptions.NoPermissionError,
    redis.exceptions.OutOfMemoryError,
    redis.ReadOnlyError,
)

_AWAY = (redis.ConnectionError, redis.TimeoutError)


@cache
def _script(name: str) -> tuple[str, str]:
    """Return the text of scripts/<name>.lua, after the parts of scripts/lib that it uses, and the
    digest by which the server knows it.

    The first line of a script names its parts: `-- uses core, order`.
    """
    scripts = resources.files("worker.store") / "scripts"
    text = (scripts / f"{name}.lua").read_text("utf-8")
    used = _USES.match(text)
    names = used["parts"].split(", ") if used else []
    parts = [(scripts / "lib" / f"{part}.lua").read_text("utf-8") for part in names]
    text = "".join([*parts, text])
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def as_text(data: bytes) -> msgspec.Raw:
    """Return bytes as MessagePack text, the only type that the server's decoder takes for them."""
    return msgspec.Raw(b"\xdb%b%b" % (len(data).to_bytes(4, "big"), data))


class Connection:
    """A lazy, thread-safe pool of connections to the master; open one in each process.

    Raises:
        SettingsError: When made, for a URL that is none of a broker; by the first method, where the
            server speaks TLS and the URL does not, or the other way round, or where it has no such
            database.
        BrokerError: By every method, when the server cannot answer; one line, without the password.
    """

    __slots__ = ("_client", "_has_answered", "_url")

    def __init__(self, url: str) -> None:
        try:
            self._url = read_broker_url(url)
        except ValueError as error:
            raise SettingsError(str(error), subject="the broker's URL") from error
        self._client = redis.Redis.from_pool(_open_pool(self._url))
        self._client.response_callbacks.clear()  # replies as they come: one shape for all versions
        self._has_answered = False

    @property
    def shown(self) -> str:
        """The server's URL, without secrets."""
        return self._url.shown

    def call(self, *command: Word, once: bool = False) -> Any:
        """The raw reply to one command.

        Args:
            command: The command's words.
            once: Do not repeat it on a fresh connection when the old one turns out to be dead: for
                commands that would do harm twice.
        """
        return self._answer(partial(self._client.execute_command, *command), once=once)

    def script(
        self, name: str, keys: Sequence[Word], args: Sequence[Word], *, once: bool = False
    ) -> Any:
        """The raw reply of scripts/<name>.lua."""
        text, digest = _script(name)
        try:
            return self.call("EVALSHA", digest, len(keys), *keys, *args, once=once)
        except BrokerError as error:
            if not isinstance(error.__cause__, redis.exceptions.NoScriptError):
                raise
        return self.call("EVAL", text, len(keys), *keys, *args, once=once)

    def run(self, name: str, key: Word, argument: object, *, once: bool = False) -> Any:
        """The raw reply of scripts/<name>.lua to one argument, which travels as MessagePack; `key`
        is any key of the installation.
        """
        return self.script(name, [key], [msgspec.msgpack.encode(argument)], once=once)

    def run_each(self, name: str, key: Word, arguments: Sequence[object]) -> list[Any]:
        """The raw replies of scripts/<name>.lua to each argument, all sent at once.

        A script that is run so must bear to be run again with the same argument.
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
        """The raw replies to several commands, sent at once."""
        return list(self._answer(partial(self._send_all, commands)))

    def _send_all(self, commands: Sequence[Sequence[Word]]) -> list[Any]:
        with self._client.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)  # type: ignore[no-untyped-call]
            return pipe.execute()

    def close(self) -> None:
        self._client.close()

    def _answer(self, ask: Callable[[], Any], *, once: bool = False) -> Any:
        try:
            reply = self._ask(ask, once=once)
        except redis.RedisError as error:
            raise self._wrapped(error) from error
        self._has_answered = True
        return reply

    def _ask(self, ask: Callable[[], Any], *, once: bool) -> Any:
        """Ask once more where the connection was dead, or its server has become a replica."""
        try:
            return ask()
        except Demoted:
            self._client.connection_pool.disconnect(inuse_connections=False)
        except redis.ConnectionError as error:
            if once or type(error) is not redis.ConnectionError:
                raise
        return ask()

    def _wrapped(self, error: redis.RedisError) -> BrokerError | SettingsError:
        said = (str(error).splitlines() or [""])[0]
        first_word = said.partition(" ")[0]
        reason = _SAID.get(first_word) or next(
            (reason for kind, reason in _REASONS if isinstance(error, kind)), "the server refused"
        )
        kind_of_ours: type[BrokerError] = BrokerError
        if isinstance(error, _REFUSALS) or first_word in _SAID or said.startswith(_NOT_IN_SCRIPT):
            kind_of_ours = BrokerRefused
        elif isinstance(error, _AWAY) and not isinstance(error, redis.AuthenticationError):
            if not self._has_answered and (wrong := find_wrong_scheme(self._url)):
                return SettingsError(wrong, subject=self.shown)
            kind_of_ours = BrokerAway
        elif "DB index is out of range" in said:
            reason = f"has no database {self._url.db} (its setting `databases` says how many)"
            return SettingsError(reason, subject=self.shown)
        elif "user_script" in said:
            reason, kind_of_ours = "a script failed", BrokerFault
        return kind_of_ours(f"{reason}: {said}" if said else reason, subject=self.shown)


def _open_pool(url: BrokerUrl) -> redis.ConnectionPool:
    options: dict[str, Any] = {
        **url.login,
        "db": url.db,
        "protocol": 2,
        "encoding_errors": "replace",  # a lone surrogate makes a "?", not an error
        "retry": Retry(NoBackoff(), 0),
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "health_check_interval": HEALTH_CHECK_S,
    }
    if url.path:
        return redis.ConnectionPool(redis.UnixDomainSocketConnection, path=url.path, **options)
    kind = MasterTlsConnection if url.is_tls else MasterConnection
    return redis.ConnectionPool(kind, servers=url, **url.tls_options, **options)
