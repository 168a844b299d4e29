"""A TCP proxy on loopback in front of the broker's socket, whose connections can be made ill."""

import asyncio
import contextlib
import threading
import time
from pathlib import Path

CHUNK = 64 * 1024


class Proxy:
    """Passes bytes both ways until it is told not to. One a role, so that a fault has one victim.

    `port` is where the role connects. Every method may be called from any thread.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._delay_s = 0.0
        self._silent_until = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, limit=CHUNK)
        )
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Reset every connection at once."""
        self._loop.call_soon_threadsafe(self._cut)

    def delay(self, seconds: float) -> None:
        """From now on every chunk is late by so much; 0 for none."""
        self._delay_s = seconds

    def silence(self, seconds: float) -> None:
        """Pass nothing for so long, and leave the connections open."""
        self._silent_until = time.monotonic() + seconds

    def close(self) -> None:
        """Cut, and listen no more."""
        self._loop.call_soon_threadsafe(self._cut)
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_unix_connection(str(self._socket), limit=CHUNK)
        except OSError:
            writer.transport.abort()
            return
        mine = {writer, there[1]}
        self._writers |= mine
        both = (self._pass(reader, there[1]), self._pass(there[0], writer))
        try:
            await asyncio.gather(*both)
        finally:
            self._writers -= mine

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                silent_s = self._silent_until - time.monotonic()
                await asyncio.sleep(max(self._delay_s, silent_s))
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
