"""Events on a JetStream stream of NATS.

Target: the server's URL, with all hosts of a cluster, and options in the query:
`tls://user:password@host:4222,host:4222?stream=WIRE&subject=wire`; a user without a password is a
token.

The event's id is the `Nats-Msg-Id`, by which the server drops repetitions within the stream's
duplicate window. The subject is `<subject>.<desk>.<type without its first word>`:
`copytaster.items.item.created`. A missing stream is created; an existing stream is left as it is.
Needs the extra `nats`.

nats-py needs an event loop, so each sink runs one in a thread of its own, which answers the
server's pings while there is nothing to send.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from worker.errors import EventRefused, SinkError
from worker.model.publishing import DeskEntry
from worker.model.target_url import ServerTarget
from worker.servers.nats import (
    CONNECT_TIMEOUT_S,
    NatsFaults,
    connect,
    disconnect,
    read_nats_url,
    time_limit,
)

if TYPE_CHECKING:
    from nats.aio.client import Client

__all__ = ["NatsSink", "open_nats"]

DUPLICATE_WINDOW_S = 60 * 60.0
"""The window of streams that we create; the server keeps that many seconds of ids in memory."""

_MESSAGE_EXCEEDS_MAXIMUM = 10054
"""Source: nats-server, server/errors.json, "JSStreamMessageExceedsMaximumErr"."""

_OPTIONS = {"stream": "copytaster", "subject": "copytaster", "timeout_s": "30"}

T = TypeVar("T")


def open_nats(target: str, desk: str) -> "NatsSink":
    """Open the sink for a target such as `nats://host:4222?stream=WIRE`.

    Raises:
        SettingsError: The target is not the URL of a server or has an unknown option, or nats-py is
            not installed.
    """
    return NatsSink(read_nats_url(target, _OPTIONS, required=("stream", "subject")), desk)


class NatsSink:
    """A `worker.ports.Sink` on a stream; `send` returns when the server has acknowledged all.

    Each message is acknowledged before the next is sent, so that no later version of an item
    overtakes it.
    """

    def __init__(self, target: ServerTarget, desk: str) -> None:
        options = target.options
        self._target = target
        self._desk = desk
        self._stream = options.text("stream")
        self._subject = options.text("subject")
        self._timeout_s = options.seconds("timeout_s")
        self._shown = f"{self._stream} at {target.shown}"
        self._client: Client | None = None
        self._loop: _Loop | None = None
        self._gone = asyncio.Event()
        self._faults = NatsFaults()

    def send(self, entries: Iterable[DeskEntry]) -> None:
        from nats.errors import Error  # noqa: PLC0415  an extra

        taken = 0
        self._faults.last = ""
        try:
            self._loop = self._loop or _Loop(f"nats {self._desk}")
            client = self._client or self._loop.run(self._connect())
            for entry in entries:
                self._loop.run(self._publish(client, entry))
                taken += 1
        except (Error, OSError) as error:
            if _is_too_large(error):
                reason = f"the stream takes no event of this size: {self._faults.explain(error)}"
                raise EventRefused(reason, subject=self._shown, taken=taken) from error
            self.close()
            reason = f"the stream took no events: {self._faults.explain(error)}"
            raise SinkError(reason, subject=self._shown, taken=taken) from error

    def close(self) -> None:
        loop, self._loop = self._loop, None
        if loop is not None:
            try:
                loop.run(self._disconnect())
            finally:
                loop.stop()

    async def _publish(self, client: "Client", entry: DeskEntry) -> None:
        publishing = client.jetstream().publish(
            f"{self._subject}.{self._desk}.{entry.type.removeprefix('copytaster.')}",
            entry.body,
            timeout=self._timeout_s,
            stream=self._stream,
            headers={
                "Nats-Msg-Id": entry.id,
                "Content-Type": "application/cloudevents+json",
                **entry.trace,
            },
        )
        # When the connection is lost, nats-py leaves the awaiting publishers waiting.
        answer, gone = asyncio.create_task(publishing), asyncio.create_task(self._gone.wait())
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise ConnectionResetError("the connection was lost")
            await answer
        finally:
            answer.cancel()
            gone.cancel()

    async def _connect(self) -> "Client":
        """Return a connection to the first host that answers; the stream exists there."""
        from nats.aio.client import Client  # noqa: PLC0415  an extra

        target, self._gone = self._target, asyncio.Event()
        self._client = Client()  # kept before it connects, so that a failed attempt is closed
        async with time_limit(target):
            await connect(self._client, target, self._desk, self._faults, closed_cb=self._on_closed)
            await self._find_stream(self._client)
        return self._client

    async def _find_stream(self, client: "Client") -> None:
        """Create the stream unless it exists."""
        from nats.js.errors import NotFoundError  # noqa: PLC0415  an extra

        server = client.jetstream(timeout=CONNECT_TIMEOUT_S)
        try:
            await server.stream_info(self._stream)
        except NotFoundError:
            await server.add_stream(
                name=self._stream,
                subjects=[f"{self._subject}.>"],
                duplicate_window=DUPLICATE_WINDOW_S,
            )

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await disconnect(client)

    async def _on_closed(self) -> None:
        self._gone.set()


def _is_too_large(error: Exception) -> bool:
    """Return True for a message above the server's `max_payload` or its stream's `max_msg_size`."""
    from nats.errors import MaxPayloadError  # noqa: PLC0415  an extra
    from nats.js.errors import APIError  # noqa: PLC0415  an extra

    return isinstance(error, MaxPayloadError) or (
        isinstance(error, APIError) and error.err_code == _MESSAGE_EXCEEDS_MAXIMUM
    )


class _Loop:
    """An event loop that runs in a thread of its own until it is stopped."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return or raise the result of a coroutine, which has time limits of its own."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run_forever(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()
