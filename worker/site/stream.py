"""An answer without end: server-sent events."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

__all__ = ["EventStream"]

_PIECE_BYTES = 64 << 10
"""Bytes given to the server at a time; it then waits until the client has read most of them."""


class EventStream(Response):
    """Server-sent events, until the reader disconnects or the lines end.

    Args:
        first: The first lines, which the caller has awaited: after the status 200 has been sent, an
            error could not be answered any more.
        lines: The lines after them; closed at the end.
    """

    media_type = "text/event-stream"

    def __init__(self, first: bytes, lines: AsyncGenerator[bytes, None]) -> None:
        # x-accel-buffering: nginx must pass on each event at once.
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._first = first
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        # Only `receive` tells that a client has gone while there is nothing to send.
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(_wait_until_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not sending.done():
                sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending

    async def _send_all(self, send: Send) -> None:
        async with contextlib.aclosing(self._lines):
            await _send_pieces(send, self._first)
            async for lines in self._lines:
                await _send_pieces(send, lines)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_pieces(send: Send, lines: bytes) -> None:
    for at in range(0, len(lines), _PIECE_BYTES):
        piece = lines[at : at + _PIECE_BYTES]
        await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _wait_until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
