"""Sends a desk's events to many readers, while each process reads the desk only once.

The newest events of a desk stand in a ring buffer, encoded as they are sent. A reader has no queue,
only its place in the stream. If the ring has dropped that place, because the reader is slow or
resumes from long ago, it reads the stream itself until it has caught up. So the memory that a
reader costs does not depend on its pace. Source of the format: HTML Standard, "Server-sent events".
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
"""The longest time that a read blocks, for which the end of the process must wait."""

_DESKS = 256
"""The most desks that are read at a time; each occupies a thread in its blocking read."""

_CATCHING_UP = 4
"""The most readers that read the stream at a time; the others wait."""

_BEGINNING = (0, 0)
_LAST_NUMBER = (1 << 64) - 1

Place = tuple[int, int]
"""The id of an entry as two numbers, which sort as the entries do; the text `9-0` would not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage:
    """Events of a desk after a place in its stream.

    Attributes:
        entries: The events.
        last: The id of the last event, from which the next page goes on.
        lost: True if the entry at the place is gone, and perhaps entries after it.
    """

    entries: tuple[DeskEntry, ...]
    last: str
    lost: bool = False


def read_desk_page(
    desks: DeskStreams, desk: str, after: str, limit: int, limit_bytes: int = READ_BYTES
) -> DeskPage:
    """Return the events of a desk after an entry, and whether some of them are gone.

    Streams are trimmed from their old end. So the entry itself is read too: if it is there, nothing
    after it has been trimmed.
    """
    if place_of(after) == _BEGINNING:
        entries = desks.read(desk, after=after, limit=limit, limit_bytes=limit_bytes)
        return _page(entries, after)
    found = desks.read(desk, after=_before(after), limit=limit + 1, limit_bytes=limit_bytes)
    if found and found[0].entry_id == after:
        # The entry alone may have taken all the bytes.
        behind = found[1:] or desks.read(desk, after=after, limit=limit, limit_bytes=limit_bytes)
        return _page(behind, after)
    # An id that the stream never had is fine as long as older entries remain: nothing is lost.
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
    """Return the greatest id below another, since reads exclude the id they start from.

    >>> _before("7-1"), _before("7-0")
    ('7-0', '6-18446744073709551615')
    """
    ms, number = place_of(entry_id)
    return f"{ms}-{number - 1}" if number else f"{ms - 1}-{_LAST_NUMBER}"


def event_json(entry: DeskEntry) -> bytes:
    """Return an event as a line of JSON; `null` for an entry that holds no JSON.

    Any client of the broker may write to the stream: text that is not JSON must not reach a reader.
    JSON has line breaks only between its tokens, where a space means the same, but in `data:` a
    line break would start a new field.
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
        """All entries after this place are in the ring."""
        self.readers = 0
        self.changed = asyncio.Event()
        self.pump: asyncio.Task[None] | None = None
        self._ring: deque[tuple[Place, bytes]] = deque()
        self._bytes = 0

    def add(self, entries: tuple[DeskEntry, ...], frames: list[bytes]) -> None:
        """Add events, drop the oldest beyond the limits of the ring, and wake the readers."""
        for entry, frame in zip(entries, frames, strict=True):
            self._ring.append((place_of(entry.entry_id), frame))
            self._bytes += len(frame)
        while len(self._ring) > RING_LENGTH or (self._bytes > RING_BYTES and len(self._ring) > 1):
            self.floor, frame = self._ring.popleft()
            self._bytes -= len(frame)
        self.position = entries[-1].entry_id
        self.wake()

    def wake(self) -> None:
        """Wake the readers that wait.

        Each event is set once and replaced: a reader that took it before it looked at the ring
        cannot miss an addition, and nobody has to clear it.
        """
        self.changed.set()
        self.changed = asyncio.Event()

    def after(self, place: Place) -> list[bytes] | None:
        """Return the frames after a place; None if the ring has dropped some of them."""
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
            after: The id of the last entry that the reader has; empty for the newest entry.

        Raises:
            BrokerError: The desk cannot be read now. After the first yield an absent broker raises
                nothing: the reader waits until it is back.
        """
        async with self._joined(desk) as tail:
            position = after or tail.position
            # An id without data makes no event, but a browser that reconnects before the first
            # event sends it as Last-Event-ID.
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
                    yield b":\n\n"  # a comment, so that proxies keep the connection

    @contextlib.asynccontextmanager
    async def _joined(self, desk: str) -> AsyncIterator[_Tail]:
        """Yield the tail of a desk, which is read as long as it has readers."""
        # The lock: two readers that join at the same time must not start two pumps of a desk.
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
        """Return events that the ring has dropped, and the id of the last of them."""
        floor = tail.floor
        try:
            async with self._turn:
                lines, last = await self._in_thread(self._read_from, desk, position)
        except BrokerError:  # the tail has logged it
            await asyncio.sleep(RETRY_S)
            return b":\n\n", position
        # Nothing is left between the position and the ring, so the reader goes on in the ring.
        # `floor` was taken before the read: the ring may have dropped more in the meantime.
        if last == position:
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
    """Return the event that tells a reader between which ids it has missed events for good."""
    gap = {"after": position, "before": page.entries[0].entry_id if page.entries else None}
    return b"event: lost\ndata: %b\n\n" % msgspec.json.encode(gap)


async def _is_set_within(event: asyncio.Event, limit_s: float) -> bool:
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
