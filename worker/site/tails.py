"""Desks' events for many readers at once: each desk is read once by a process.

The newest events of a desk stand in a ring, as the lines that are sent. A reader has no queue, only
its place in the stream: if the ring has gone past that, because the reader is slow or comes from
long ago, it reads the stream itself until it has caught up. So a reader costs the same memory
whatever its pace. Source of the format: HTML standard, "Server-sent events".
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

import msgspec
import structlog

from worker.errors import BrokerError
from worker.model.publishing import DeskEntry
from worker.ports import DeskStreams

__all__ = ["DeskPage", "Tails", "event_json", "place_of", "read_desk_page"]

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

HEARTBEAT_S = 15.0
RETRY_S = 1.0
RING_BYTES = 8 << 20
RING_LENGTH = 2000
PAGE = 50
READ_BYTES = 4 << 20
"""Events in one read of a stream, and the bytes after which a read has no more of them: a megabyte
of text may be an event of fifteen."""

_BLOCK_MS = 1000
"""Longest block of a read: the end of the process waits for it."""

_DESKS = 256
"""Desks with readers, at most: each keeps a thread."""

_CATCHING_UP = 4
"""Readers that read the stream at once; the others wait for their turn."""

_BEGINNING = (0, 0)
_LAST_NUMBER = (1 << 64) - 1

Place = tuple[int, int]
"""The id of an entry as numbers, which compare as their order is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage:
    """Events of a desk behind a place.

    Attributes:
        entries: The events.
        last: The id to go on from.
        lost: True if the entry at the place is gone, and perhaps others behind it.
    """

    entries: tuple[DeskEntry, ...]
    last: str
    lost: bool = False


def read_desk_page(
    desks: DeskStreams, desk: str, after: str, limit: int, limit_bytes: int = READ_BYTES
) -> DeskPage:
    """Return events of a desk behind an entry, and whether the stream has still all of them.

    The entry itself is read too: if it is there, nothing behind it has been trimmed.
    """
    if place_of(after) == _BEGINNING:
        entries = desks.read(desk, after=after, limit=limit, limit_bytes=limit_bytes)
        return _page(entries, after)
    found = desks.read(desk, after=_before(after), limit=limit + 1, limit_bytes=limit_bytes)
    if found and found[0].entry_id == after:
        # The entry alone may have taken all the bytes.
        behind = found[1:] or desks.read(desk, after=after, limit=limit, limit_bytes=limit_bytes)
        return _page(behind, after)
    first = desks.read(desk, limit=1)
    lost = not first or place_of(first[0].entry_id) > place_of(after)
    return _page(found[:limit], after, lost=lost)


def _page(entries: tuple[DeskEntry, ...], after: str, *, lost: bool = False) -> DeskPage:
    return DeskPage(entries=entries, last=entries[-1].entry_id if entries else after, lost=lost)


def place_of(entry_id: str) -> Place:
    """Return the id of a stream's entry as numbers.

    >>> place_of("1777714267000-12")
    (1777714267000, 12)
    """
    ms, _, number = entry_id.partition("-")
    return int(ms), int(number)


def _before(entry_id: str) -> str:
    """Return the last id that comes before another.

    >>> _before("7-1"), _before("7-0")
    ('7-0', '6-18446744073709551615')
    """
    ms, number = place_of(entry_id)
    return f"{ms}-{number - 1}" if number else f"{ms - 1}-{_LAST_NUMBER}"


def event_json(entry: DeskEntry) -> bytes:
    """Return an event as one line of JSON; `null` for an entry that holds none.

    Others may write to the stream too: so what is not JSON must not reach a reader.
    """
    try:
        msgspec.json.decode(entry.body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return b"null"
    return entry.body.replace(b"\n", b" ").replace(b"\r", b" ")


def _frame(entry: DeskEntry) -> bytes:
    return b"id: %b\ndata: %b\n\n" % (entry.entry_id.encode(), event_json(entry))


class _Tail:
    """The newest events of a desk."""

    def __init__(self, position: str) -> None:
        self.position = position
        self.floor = place_of(position)
        """Whatever came behind this place is in the ring."""
        self.readers = 0
        self.changed = asyncio.Event()
        self.pump: asyncio.Task[None] | None = None
        self._ring: deque[tuple[Place, bytes]] = deque()
        self._bytes = 0

    def add(self, entries: tuple[DeskEntry, ...], frames: list[bytes]) -> None:
        """Add events, the oldest of which make room, and wake the readers."""
        for entry, frame in zip(entries, frames, strict=True):
            self._ring.append((place_of(entry.entry_id), frame))
            self._bytes += len(frame)
        while len(self._ring) > RING_LENGTH or (self._bytes > RING_BYTES and len(self._ring) > 1):
            self.floor, frame = self._ring.popleft()
            self._bytes -= len(frame)
        self.position = entries[-1].entry_id
        self.wake()

    def wake(self) -> None:
        """Wake the readers that wait."""
        self.changed.set()
        self.changed = asyncio.Event()

    def after(self, place: Place) -> list[bytes] | None:
        """Return what came behind a place; None if the ring does not have all of it."""
        if place < self.floor:
            return None
        frames = []
        for at, frame in reversed(self._ring):
            if at <= place:
                break
            frames.append(frame)
        frames.reverse()
        return frames


class Tails:
    """The tails of all desks that have readers, in one event loop.

    Args:
        desks: The desks' streams.
        ending: Set when the process is to end.
    """

    def __init__(self, desks: DeskStreams, ending: asyncio.Event) -> None:
        self._desks = desks
        self._ending = ending
        self._tails: dict[str, _Tail] = {}
        self._joining = asyncio.Lock()
        self._turn = asyncio.Semaphore(_CATCHING_UP)
        self._threads = ThreadPoolExecutor(_DESKS + _CATCHING_UP, "tail")

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def follow(self, desk: str, after: str = "") -> AsyncGenerator[bytes, None]:
        """Yield the events behind an entry as server-sent events, until the process ends.

        Args:
            desk: The name of a desk.
            after: The id of the last entry that the reader has; empty for the present last one.

        Raises:
            BrokerError: The desk cannot be read now. Once the first line has been yielded, the
                broker may be away for any time.
        """
        async with self._joined(desk) as tail:
            position = after or tail.position
            # So that a reader that got no event yet comes back to this place.
            yield b"retry: 2000\nid: %b\n\n" % position.encode()
            while not self._ending.is_set():
                changed = tail.changed
                frames = tail.after(place_of(position))
                if frames is None:
                    lines, position = await self._catch_up(tail, desk, position)
                    yield lines
                elif frames:
                    position = tail.position
                    yield b"".join(frames)
                elif not await _is_set_within(changed, HEARTBEAT_S):
                    yield b":\n\n"

    @contextlib.asynccontextmanager
    async def _joined(self, desk: str) -> AsyncIterator[_Tail]:
        """Yield the tail of a desk, which goes on as long as it has readers."""
        async with self._joining:
            tail = self._tails.get(desk)
            if tail is None:
                tail = _Tail(await self._in_thread(self._desks.last_id, desk))
                tail.pump = asyncio.create_task(self._pump(desk, tail))
                self._tails[desk] = tail
            tail.readers += 1
        try:
            yield tail
        finally:
            tail.readers -= 1

    async def _pump(self, desk: str, tail: _Tail) -> None:
        """Read a desk into its tail, until it has no readers or the process ends."""
        is_away = False
        while tail.readers and not self._ending.is_set():
            try:
                entries, frames = await self._in_thread(self._read_on, desk, tail.position)
            except BrokerError as error:
                if not is_away:
                    log.error("broker_away", desk=desk, reason=str(error))
                is_away = True
                await asyncio.sleep(RETRY_S)
                continue
            is_away = False
            if entries:
                tail.add(entries, frames)
        del self._tails[desk]
        tail.wake()

    def _read_on(self, desk: str, after: str) -> tuple[tuple[DeskEntry, ...], list[bytes]]:
        entries = self._desks.read(
            desk, after=after, limit=PAGE, limit_bytes=READ_BYTES, block_ms=_BLOCK_MS
        )
        return entries, [_frame(entry) for entry in entries]

    async def _catch_up(self, tail: _Tail, desk: str, position: str) -> tuple[bytes, str]:
        """Return events that are not in the ring, and the id of the last of them."""
        floor = tail.floor
        try:
            async with self._turn:
                lines, last = await self._in_thread(self._read_from, desk, position)
        except BrokerError:  # the tail has logged it
            await asyncio.sleep(RETRY_S)
            return b":\n\n", position
        if last == position:  # nothing is left before the ring
            return lines or b":\n\n", f"{floor[0]}-{floor[1]}"
        return lines, last

    def _read_from(self, desk: str, position: str) -> tuple[bytes, str]:
        page = read_desk_page(self._desks, desk, position, PAGE)
        lines = [_frame(entry) for entry in page.entries]
        if page.lost:
            lines.insert(0, _lost(position, page))
        return b"".join(lines), page.last

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, *args, **options))


def _lost(position: str, page: DeskPage) -> bytes:
    """Return the event that says what a reader has missed for good."""
    said = {"after": position, "before": page.entries[0].entry_id if page.entries else None}
    return b"event: lost\ndata: %b\n\n" % msgspec.json.encode(said)


async def _is_set_within(event: asyncio.Event, limit_s: float) -> bool:
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
