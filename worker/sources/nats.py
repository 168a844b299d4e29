"""Messages from a JetStream stream of NATS, read by a durable consumer.

URL: the server, with all hosts of a cluster, and options in the query:
`tls://user:password@host:4222,host:4222?stream=WIRE&subject=wire.>&durable=copytaster`; a user
without a password is a token. A missing consumer is created, and delivers the stream from its
beginning; an existing consumer is left as it is. Needs the extra `nats`.

A message that is not acknowledged within `ack_wait_s` is delivered again; its sequence number on
the stream and the time at which the server stored it are its key. A stream that was made anew, such
as a stream in memory after a restart, counts from 1 again.

The server confirms an acknowledgement only if it is asked to, which costs a round trip. The first
of each connection asks, so that a user without the right to acknowledge is noticed; a server that
changes the rights of a user ends its connections.
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from worker.errors import SourceError
from worker.model.target_url import ServerTarget
from worker.servers.nats import (
    CONNECT_TIMEOUT_S,
    NatsFaults,
    connect,
    disconnect,
    read_nats_url,
    time_limit,
)
from worker.sources.file import SourceRow
from worker.sources.reading import read_entry
from worker.sources.source import Delivery

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.js.client import JetStreamContext

__all__ = ["NatsSource", "open_nats"]

BATCH = 100
MORE_S = 0.05
"""The time to wait for more messages after the first."""

_OPTIONS = {"stream": "", "subject": "", "durable": "copytaster", "ack_wait_s": "30"}

T = TypeVar("T")


def open_nats(row: SourceRow, limit_bytes: int) -> "NatsSource":
    """Open the source for a URL such as `nats://host:4222?stream=WIRE`.

    Raises:
        SettingsError: The URL names no server or no stream, or has an unknown option, or nats-py is
            not installed.
    """
    target = read_nats_url(row.url, _OPTIONS, required=("stream", "durable"))
    return NatsSource(row, target, limit_bytes)


class NatsSource:
    """A `worker.sources.source.Source` on a stream.

    nats-py needs an event loop, which runs only within the methods of this class. Between them the
    server's pings wait; `take`, which comes every second, answers them in time.
    """

    def __init__(self, row: SourceRow, target: ServerTarget, limit_bytes: int) -> None:
        self._sender = row.sender or row.name
        self._name = row.name
        self._target = target
        self._limit_bytes = limit_bytes
        self._stream = target.options.text("stream")
        self._shown = f"{self._stream} at {target.shown}"
        self._runner: asyncio.Runner | None = None
        self._client: Client | None = None
        self._consumer: JetStreamContext.PullSubscription | None = None
        self._ack_wait_s = target.options.seconds("ack_wait_s")
        self._taken: dict[int, Msg] = {}
        """The messages that are not acknowledged yet, by their numbers on the stream."""
        self._faults = NatsFaults()
        self._may_acknowledge = False
        """True from the first acknowledgement on that the server confirmed to this connection."""

    def take(self, wait_s: float) -> Sequence[Delivery]:
        return [self._read(message) for message in self._run(self._fetch(wait_s), "gives no")]

    def acknowledge(self, delivery: Delivery) -> None:
        self._run(self._acknowledge(delivery.receipt), "took no acknowledgement of")

    def close(self) -> None:
        runner, self._runner, self._consumer = self._runner, None, None
        if runner is not None:
            try:
                runner.run(self._disconnect())
            finally:
                runner.close()

    def _run(self, work: Coroutine[Any, Any, T], fault: str) -> T:
        from nats.errors import Error  # noqa: PLC0415  an extra

        try:
            self._runner = self._runner or asyncio.Runner()
            return self._runner.run(work)
        except (Error, OSError) as error:
            self.close()
            reason = f"the stream {fault} messages: {self._faults.explain(error)}"
            raise SourceError(reason, subject=self._shown) from error

    async def _fetch(self, wait_s: float) -> Sequence["Msg"]:
        from nats.errors import TimeoutError as NothingError  # noqa: PLC0415  an extra

        consumer = self._consumer or await self._connect()
        self._check_connection()
        messages: list[Msg] = []
        # A fetch of 100 would wait its whole time unless all 100 come.
        with contextlib.suppress(NothingError):
            messages += await consumer.fetch(1, timeout=wait_s)
            messages += await consumer.fetch(BATCH - 1, timeout=MORE_S)
        self._taken = {_number(message): message for message in messages}
        return messages

    def _check_connection(self) -> None:
        if self._client is None or not self._client.is_connected:
            raise ConnectionResetError(self._faults.last or "the connection was lost")

    async def _acknowledge(self, message: "Msg") -> None:
        self._check_connection()
        if self._may_acknowledge:
            await message.ack()
        else:
            await self._acknowledge_first(message)
        self._taken.pop(_number(message), None)

    async def _acknowledge_first(self, message: "Msg") -> None:
        """Acknowledge a message, and wait until the server has confirmed it."""
        from nats.errors import TimeoutError as NothingError  # noqa: PLC0415  an extra

        try:
            await message.ack_sync(timeout=CONNECT_TIMEOUT_S)
        except NothingError as error:
            raise ConnectionResetError(self._faults.last or "no answer in time") from error
        self._may_acknowledge = True

    async def _connect(self) -> "JetStreamContext.PullSubscription":
        """Return the consumer at the first host that answers."""
        from nats.aio.client import Client  # noqa: PLC0415  an extra
        from nats.js.api import ConsumerConfig  # noqa: PLC0415  an extra

        target = self._target
        self._faults.last, self._may_acknowledge = "", False
        self._client = Client()  # kept before it connects, so that a failed attempt is closed
        async with time_limit(target):
            await connect(self._client, target, self._name, self._faults, ping_interval=20)
            context = self._client.jetstream(timeout=CONNECT_TIMEOUT_S)
            self._consumer = await context.pull_subscribe(
                target.options.text("subject"),
                durable=target.options.text("durable"),
                stream=self._stream,
                config=ConsumerConfig(ack_wait=self._ack_wait_s),
            )
        return self._consumer

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        taken, self._taken = self._taken, {}
        if client is not None:
            with contextlib.suppress(Exception):  # a broken connection cannot be closed in order
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    for message in taken.values():
                        await message.nak()  # to be delivered again now, not after `ack_wait_s`
                    await client.flush()
            await disconnect(client)

    def _read(self, message: "Msg") -> Delivery:
        headers = {name.lower(): word for name, word in (message.headers or {}).items()}
        entry = read_entry(
            message.data,
            headers,
            headers.get("content-type", ""),
            sender=self._sender,
            limit_bytes=self._limit_bytes,
        )
        stored_at = message.metadata.timestamp.isoformat()
        key = f"{self._stream}:{_number(message)}:{stored_at}"
        return Delivery(entries=(entry,), key=key, receipt=message)


def _number(message: "Msg") -> int:
    return int(message.metadata.sequence.stream)
