"""Messages from a list or a stream of another Redis or Valkey server.

URL: the server, and the key with its options in the query:
`redis://host:6379/0?list=wire&end=left` or `redis://host:6379/0?stream=wire&group=copytaster`.

A message is moved from the list to `<list>:taken:<name of the source>`, and is removed from there
when the broker has it. `<list>:taken:<name>:count` counts the removed messages, so that the number
of a message is its key: it is the same when the message is taken again. The count begins at a
random number: after the server has lost its data, no message gets the number of a former one.

A stream is read by a consumer group, and its entries stay. Entries that no consumer acknowledged
for a minute are claimed, at once when the stream is quiet and otherwise once a minute; after a
reconnect so are those of this consumer.
"""

import secrets
from collections.abc import Mapping, Sequence
from math import ceil
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlencode

import redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.retry import Retry

from worker.errors import SettingsError, SourceError
from worker.inbox.messages import refused_message
from worker.model.target_url import TargetOptions, redact_target
from worker.sources.file import SourceRow
from worker.sources.reading import read_entry
from worker.sources.source import Delivery

__all__ = ["RedisListSource", "RedisStreamSource", "open_redis"]

BATCH = 100
ANSWER_S = 10.0
CONNECT_TIMEOUT_S = 5.0
ABANDONED_MS = 60_000

_COUNT_BITS = 62
"""Bits of the number at which a count begins; the server counts in 64, with a sign."""

_OPTIONS = {"list": "", "stream": "", "group": "copytaster", "end": "left"}


def open_redis(row: SourceRow, limit_bytes: int) -> "RedisListSource | RedisStreamSource":
    """Open the source for a URL such as `redis://host:6379/0?stream=wire`.

    Raises:
        SettingsError: The URL is not that of a server, or names neither a list nor a stream.
    """
    server, _, words = row.url.partition("?")
    query = dict(parse_qsl(words, keep_blank_values=True))
    shown = redact_target(row.url)
    # The rest of the query are options of redis-py, such as `ssl_ca_certs`.
    given = {name: query.pop(name) for name in _OPTIONS if name in query}
    options = TargetOptions({**_OPTIONS, **given}, shown)
    options.choice("end", "left", "right")
    if bool(options.text("list")) == bool(options.text("stream")):
        raise SettingsError("name a list or a stream: ...?stream=NAME", subject=shown)
    try:
        client = redis.Redis.from_url(
            f"{server}?{urlencode(query)}",
            retry=Retry(NoBackoff(), 0),
            socket_timeout=ANSWER_S,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            health_check_interval=15,
        )
    except ValueError as error:
        reason = "not the URL of a server, or an option of it has a wrong value"
        # Without the text of the error, which may quote a password.
        raise SettingsError(reason, subject=shown) from error
    kind = RedisListSource if options.text("list") else RedisStreamSource
    return kind(row, client, options, limit_bytes)


class _RedisSource:
    """The common part of lists and streams.

    `_is_fresh` is True from each connection on until the messages that an earlier one took, and did
    not acknowledge, have been taken again.
    """

    def __init__(
        self, row: SourceRow, client: redis.Redis, options: TargetOptions, limit_bytes: int
    ) -> None:
        self._sender = row.sender or row.name
        self._name = row.name
        self._client = client
        self._options = options
        self._limit_bytes = limit_bytes
        self._key = options.text("list") or options.text("stream")
        self._shown = f"{self._key} at {options.shown}"
        self._is_fresh = True

    def close(self) -> None:
        self._client.close()
        self._is_fresh = True

    def _failed(self, error: redis.RedisError) -> SourceError:
        fault = (str(error).splitlines() or ["no answer"])[0]
        return SourceError(f"gives no messages: {fault}", subject=self._shown)

    def _entry(self, body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
        return read_entry(body, headers, sender=self._sender, limit_bytes=self._limit_bytes)


class RedisListSource(_RedisSource):
    """A `worker.sources.source.Source` on a list."""

    def take(self, wait_s: float) -> Sequence[Delivery]:
        taken, end = self._taken, self._options.text("end").upper()
        try:
            if self._is_fresh:
                count, waiting = self._taken_before()
                self._is_fresh = len(waiting) == BATCH
            else:
                # BLMOVE waits for a message; the pipeline of LMOVEs brings those behind it.
                first = self._client.blmove(self._key, taken, ceil(wait_s), end, "RIGHT")
                waiting = [] if first is None else [first, *self._move_more(end)]
                count = self._count() if waiting else 0
        except redis.RedisError as error:
            raise self._failed(error) from error
        return [
            Delivery(entries=(self._entry(body, {}),), key=str(number), receipt=body)
            for number, body in enumerate(waiting, count)
        ]

    def acknowledge(self, delivery: Delivery) -> None:
        try:
            # A transaction: a count without its removal would number the messages anew.
            with self._client.pipeline(transaction=True) as step:
                self._begin_count(step)
                step.lrem(self._taken, 1, delivery.receipt)
                step.incr(f"{self._taken}:count")
                step.execute()
        except redis.RedisError as error:
            raise self._failed(error) from error

    @property
    def _taken(self) -> str:
        return f"{self._key}:taken:{self._name}"

    def _taken_before(self) -> tuple[int, list[Any]]:
        """Return the number of the first message that is not acknowledged, and the messages."""
        # A transaction: another process of this source may acknowledge a message in between.
        with self._client.pipeline(transaction=True) as step:
            self._read_count(step)
            step.lrange(self._taken, 0, BATCH - 1)
            _, count, waiting = step.execute()
        return int(count), waiting

    def _count(self) -> int:
        """Return the number of the first message that is not acknowledged."""
        with self._client.pipeline(transaction=True) as step:
            self._read_count(step)
            _, count = step.execute()
        return int(count)

    def _read_count(self, step: Pipeline) -> None:
        self._begin_count(step)
        step.get(f"{self._taken}:count")

    def _begin_count(self, step: Pipeline) -> None:
        """Begin the count at a random number, unless the server has it."""
        step.set(f"{self._taken}:count", secrets.randbits(_COUNT_BITS), nx=True)

    def _move_more(self, end: str) -> list[Any]:
        with self._client.pipeline(transaction=False) as steps:
            for _ in range(BATCH - 1):
                steps.lmove(self._key, self._taken, end, "RIGHT")
            return [body for body in steps.execute() if body is not None]


class RedisStreamSource(_RedisSource):
    """A `worker.sources.source.Source` on a stream."""

    _claim_at = 0.0
    """The time, by this process's clock, of the next claim that waits for no quiet moment."""

    def take(self, wait_s: float) -> Sequence[Delivery]:
        try:
            if self._is_fresh:
                self._join()
                found = self._claim(0)
                self._is_fresh = len(found) == BATCH
            else:
                found = self._claim_due() or self._read(wait_s) or self._claim(ABANDONED_MS)
        except redis.RedisError as error:
            raise self._failed(error) from error
        return [self._delivery(entry_id, fields) for entry_id, fields in found]

    def acknowledge(self, delivery: Delivery) -> None:
        try:
            self._client.xack(self._key, self._group, delivery.receipt)
        except redis.RedisError as error:
            raise self._failed(error) from error

    @property
    def _group(self) -> str:
        return self._options.text("group")

    def _join(self) -> None:
        """Create the group at the beginning of the stream, unless it exists."""
        try:
            self._client.xgroup_create(self._key, self._group, id="0", mkstream=True)
        except redis.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def _read(self, wait_s: float) -> list[Any]:
        streams: dict[Any, Any] = {self._key: ">"}
        block_ms = round(wait_s * 1000)
        found: Any = self._client.xreadgroup(self._group, self._name, streams, BATCH, block_ms)
        if isinstance(found, dict):
            found = list(found.items())
        return list(found[0][1]) if found else []

    def _claim_due(self) -> list[Any]:
        """Claim abandoned entries, if that is due: a busy stream never lets `_read` end empty."""
        if monotonic() < self._claim_at:
            return []
        found = self._claim(ABANDONED_MS)
        if len(found) < BATCH:
            self._claim_at = monotonic() + ABANDONED_MS / 1000
        return found

    def _claim(self, idle_ms: int) -> list[Any]:
        claimed: Any = self._client.xautoclaim(
            self._key, self._group, self._name, idle_ms, "0-0", BATCH
        )
        # An entry without fields was deleted from the stream; Redis 6.2 still lists it.
        return [(entry_id, fields) for entry_id, fields in claimed[1] if fields is not None]

    def _delivery(self, entry_id: bytes, fields: Mapping[bytes, bytes]) -> Delivery:
        words = {name.decode("utf-8", "replace").lower(): word for name, word in fields.items()}
        body = words.pop("message", None)
        known = {name: word.decode("utf-8", "replace") for name, word in words.items()}
        if body is None:
            names = ", ".join(sorted(known)[:5]) or "none"
            reason = f"the entry has no field `message` (its fields: {names})"
            entry = {"message": refused_message(reason, b"").decode(), "source": self._sender}
        else:
            # The fields beside `message` that a producer may set at a door (docs/inbox.md).
            names_at_doors = ("source", "published", "urgency")
            beside = {name: known[name] for name in names_at_doors if known.get(name)}
            entry = self._entry(body, known) | beside
        key = f"{self._key}:{entry_id.decode()}"
        return Delivery(entries=(entry,), key=key, receipt=entry_id)
