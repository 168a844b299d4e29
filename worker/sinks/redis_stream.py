"""Events on a stream of another Redis or Valkey server.

Target: the server's URL, with the stream's name and, optionally, its length in the query:
`redis://host:6379/0?stream=wire&length=100000`.

A server that may lose what it has taken is named in the log when the first event is sent
(`sink_may_lose`).

Keys: the stream itself (fields `event`, `id`, `type`, as on a desk) and, for each event sent,
`<stream>:sent:<event id>`, an empty string that expires.
"""

import contextlib
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlencode

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.errors import SettingsError, SinkError
from worker.model.publishing import DeskEntry
from worker.model.target_url import redact_target

__all__ = ["RedisStreamSink", "open_redis_stream"]

log = structlog.get_logger(__name__)

REMEMBER_S = 7 * 24 * 60 * 60
LENGTH = 100_000
TIMEOUT_S = 30.0
CONNECT_TIMEOUT_S = 5.0

_SEND = """
-- KEYS stream, mark...; ARGV mark's expiry in s, length, then for each mark: event id, type, body
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 0 then
    local at = 3 + (i - 2) * 3
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*',
      'event', ARGV[at + 2], 'id', ARGV[at], 'type', ARGV[at + 1])
    redis.call('SET', KEYS[i], '', 'EX', ARGV[1])
  end
end
"""
"""The mark is set after its XADD: a failure between them may repeat an event, never lose it."""


def open_redis_stream(
    target: str,
    desk: str,  # noqa: ARG001  every sink is told
) -> "RedisStreamSink":
    """Open the sink for a target such as `redis://host:6379/0?stream=wire`.

    Raises:
        SettingsError: The target is not the URL of a server, names no stream, or has a length that
            is not a number.
    """
    server, _, words = target.partition("?")
    query = dict(parse_qsl(words))
    stream = query.pop("stream", "")
    length = query.pop("length", str(LENGTH))
    shown = redact_target(target)
    if not stream:
        raise SettingsError("name the stream: ...?stream=NAME", subject=shown)
    if not (length.isascii() and length.isdigit() and int(length)):
        raise SettingsError(f"not a length: {length}", subject=shown)
    return RedisStreamSink(f"{server}?{urlencode(query)}", stream, length=int(length))


class RedisStreamSink:
    """A `worker.ports.Sink` on a stream; a script for each batch adds all of it or nothing."""

    def __init__(self, url: str, stream: str, *, length: int = LENGTH) -> None:
        self.stream = stream
        self._length = length
        self._is_checked = False
        self._shown = f"{stream} at {redact_target(url)}"
        try:
            self._client = redis.Redis.from_url(
                url,
                encoding_errors="replace",
                retry=Retry(NoBackoff(), 1),  # sending again is safe
                socket_timeout=TIMEOUT_S,
                socket_connect_timeout=CONNECT_TIMEOUT_S,
                health_check_interval=15,  # finds a connection that died while the desk was quiet
            )
        except ValueError as error:
            reason = "not the URL of a server, or an option of it has a wrong value"
            raise SettingsError(reason, subject=self._shown) from error  # the text may be a secret
        self._send = self._client.register_script(_SEND)

    def send(self, entries: Iterable[DeskEntry]) -> None:
        batch = list(entries)
        keys = [self.stream, *(f"{self.stream}:sent:{entry.id}" for entry in batch)]
        args: list[str | bytes | int] = [REMEMBER_S, self._length]
        for entry in batch:
            args += [entry.id, entry.type, entry.body]
        try:
            self._check()
            self._send(keys=keys, args=args)
        except redis.RedisError as error:
            fault = (str(error).splitlines() or ["no answer"])[0]
            raise SinkError(f"the stream took no events: {fault}", subject=self._shown) from error

    def close(self) -> None:
        self._client.close()

    def _check(self) -> None:
        """Log the ways in which the server may lose events, once."""
        if not self._is_checked:
            with contextlib.suppress(redis.ResponseError):  # its user may lack the right to INFO
                for reason in _find_risks(self._client):
                    log.warning("sink_may_lose", sink=self._shown, reason=reason)
            self._is_checked = True


def _find_risks(client: redis.Redis) -> Iterator[str]:
    info = client.info("memory") | client.info("persistence")
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield (
            f"its maxmemory-policy is {policy}: when it is full it throws away events that nobody "
            "has read, or the marks of those that it has; set it to noeviction"
        )
    if info.get("aof_enabled") == 0:
        yield "keeps no append-only file: when it stops, what it holds is lost (appendonly yes)"
