"""Sends a desk's events to many readers, while each process reads the desk only once.

The newest events of a desk stand in a ring buffer, as they are sent. A reader has no queue, only
its place in the stream. If the ring has dropped that place, because the reader is slow or
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
from typing import Generic, ParamSpec, TypeVar

import msgspec
import structlog

from worker.errors import BrokerError
from worker.model.publishing import DeskEntry
from worker.ports import DeskStreams

__all__ = ["RECONNECT", "DeskPage", "Frame", "Tails", "has_place", "place_of", "read_desk_page"]

log = structlog.get_logger(__name__)

RECONNECT = b"retry: 2000\n"
"""The time in milliseconds after which a browser whose connection is lost connects again."""

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
_BEGINNING_ID = "0-0"
_LAST_NUMBER = (1 << 64) - 1

Place = tuple[int, int]
"""The id of an entry as two numbers, which sort as the entries do; the text `9-0` would not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """An event as it is sent to readers: the lines of a server-sent event."""

    lines: bytes


P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound=Frame)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage:
    """Events of a desk after a place in its stream.

    Attributes:
        entries: The events.
        last: The id of the last event, from which the next page goes on.
        lost: True if the entry at the place is gone, and perhaps entries after it; the page then
            begins at the beginning of the stream.
    """

    entries: tuple[DeskEntry, ...]
    last: str
    lost: bool = False


def read_desk_page(
    desks: DeskStreams, desk: str, after: str, limit: int, limit_bytes: int = READ_BYTES
) -> DeskPage:
    """Return the events of a desk after an entry, or the whole desk if that entry is gone."""
    entries = desks.read(desk, after=after, limit=limit, limit_bytes=limit_bytes)
    if has_place(desks, desk, after):
        return _page(entries, after)
    # What came since a failover or a wipe has any ids, so all is sent again.
    entries = desks.read(desk, limit=limit, limit_bytes=limit_bytes)
    return _page(entries, _BEGINNING_ID, lost=True)


def has_place(desks: DeskStreams, desk: str, entry_id: str) -> bool:
    """Return True if an entry is on a desk, or if the id is that of the beginning.

    Streams are trimmed from their old end, so an entry that is there after a read proves that the
    read left out nothing behind it.
    """
    if place_of(entry_id) == _BEGINNING:
        return True
    found = desks.read(desk, after=_before(entry_id), limit=1)
    return bool(found) and found[0].entry_id == entry_id


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


class _Tail(Generic[F]):
    """The newest events of a desk."""

    def __init__(self, position: str) -> None:
        self.position = position
        self.floor = place_of(position)
        """All entries after this place are in the ring."""
        self.readers = 0
        self.is_over = False
        """True if the place of the tail is gone from the desk: its readers have to begin again."""
        self.changed = asyncio.Event()
        self.pump: asyncio.Task[None] | None = None
        self._ring: deque[tuple[Place, F]] = deque()
        self._bytes = 0

    def add(self, frames: list[tuple[Place, F]], position: str) -> None:
        """Add events, drop the oldest beyond the limits of the ring, and wake the readers."""
        self._ring += frames
        self._bytes += sum(len(frame.lines) for _, frame in frames)
        while len(self._ring) > RING_LENGTH or (self._bytes > RING_BYTES and len(self._ring) > 1):
            self.floor, frame = self._ring.popleft()
            self._bytes -= len(frame.lines)
        self.position = position
        self.wake()

    def wake(self) -> None:
        """Wake the readers that wait.

        Each event is set once and replaced: a reader that took it before it looked at the ring
        cannot miss an addition, and nobody has to clear it.
        """
        self.changed.set()
        self.changed = asyncio.Event()

    def knows(self, place: Place) -> bool:
        """Return True if the entry at a place is the newest one, or in the ring."""
        return place == place_of(self.position) or any(at == place for at, _ in self._ring)

    def after(self, place: Place) -> list[F] | None:
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


class Tails(Generic[F]):
    """The tails of all desks that have readers, in one event loop.

    Args:
        desks: The desks' streams.
        ending: Set when the process is to end.
        make_frame: Makes the frame of an entry, in a thread; None for an entry to leave out.
    """

    def __init__(
        self,
        desks: DeskStreams,
        ending: asyncio.Event,
        make_frame: Callable[[DeskEntry], F | None],
    ) -> None:
        self._desks = desks
        self._ending = ending
        self._make_frame = make_frame
        self._tails: dict[str, _Tail[F]] = {}
        self._joining = asyncio.Lock()
        self._turn = asyncio.Semaphore(_CATCHING_UP)
        self._threads = ThreadPoolExecutor(_DESKS + _CATCHING_UP, "tail")

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def readers(self) -> int:
        """The number of readers of all desks."""
        return sum(tail.readers for tail in self._tails.values())

    async def follow(
        self, desk: str, after: str = "", wants: Callable[[F], bool] = lambda _: True
    ) -> AsyncGenerator[bytes, None]:
        """Yield the events behind an entry as server-sent events, until the process ends.

        An event named `lost` tells that events behind the entry are gone.

        Args:
            desk: The name of a desk.
            after: The id of the last entry that the reader has; empty for the newest entry.
            wants: Returns False for a frame that the reader is not to get.

        Raises:
            BrokerError: The desk cannot be read now. After the first yield an absent broker raises
                nothing: the reader waits until it is back.
        """
        async with self._joined(desk) as tail:
            position = after or tail.position
            # An id without data makes no event, but a browser that reconnects before the first
            # event sends it as Last-Event-ID.
            yield RECONNECT + _place_line(position)
            if not tail.knows(place_of(position)):
                lost, found, position = await self._catch_up(tail, desk, position)
                yield lost + _joined_lines(found, wants, position)
            while not (self._ending.is_set() or tail.is_over):
                changed = tail.changed
                frames = tail.after(place_of(position))
                if frames is None:
                    lost, frames, position = await self._catch_up(tail, desk, position)
                    yield lost + _joined_lines(frames, wants, position)
                elif place_of(position) < place_of(tail.position):
                    position = tail.position
                    yield _joined_lines(frames, wants, position)
                elif not await _is_set_within(changed, HEARTBEAT_S):
                    yield b":\n\n"  # a comment, so that proxies keep the connection

    @contextlib.asynccontextmanager
    async def _joined(self, desk: str) -> AsyncIterator[_Tail[F]]:
        """Yield the tail of a desk, which is read as long as it has readers."""
        # The lock: two readers that join at the same time must not start two pumps of a desk.
        async with self._joining:
            tail = self._tails.get(desk)
            if tail is None:
                tail = _Tail[F](await self._in_thread(self._desks.last_id, desk))
                tail.pump = asyncio.create_task(self._pump(desk, tail))
                self._tails[desk] = tail
            tail.readers += 1
        try:
            yield tail
        finally:
            tail.readers -= 1

    async def _pump(self, desk: str, tail: _Tail[F]) -> None:
        """Read a desk into its tail, until it has no readers or the process ends."""
        is_away = False
        while tail.readers and not (self._ending.is_set() or tail.is_over):
            try:
                frames, position = await self._in_thread(self._read_on, desk, tail.position)
                tail.is_over = not await self._in_thread(
                    has_place, self._desks, desk, tail.position
                )
            except BrokerError as error:
                if not is_away:
                    log.error("broker_away", desk=desk, reason=str(error))
                is_away = True
                await asyncio.sleep(RETRY_S)
                continue
            is_away = False
            if position != tail.position and not tail.is_over:
                tail.add(frames, position)
        del self._tails[desk]
        tail.wake()

    def _read_on(self, desk: str, after: str) -> tuple[list[tuple[Place, F]], str]:
        entries = self._desks.read(
            desk, after=after, limit=PAGE, limit_bytes=READ_BYTES, block_ms=_BLOCK_MS
        )
        return self._frames(entries), entries[-1].entry_id if entries else after

    def _frames(self, entries: tuple[DeskEntry, ...]) -> list[tuple[Place, F]]:
        made = ((place_of(entry.entry_id), self._make_frame(entry)) for entry in entries)
        return [(place, frame) for place, frame in made if frame is not None]

    async def _catch_up(
        self, tail: _Tail[F], desk: str, position: str
    ) -> tuple[bytes, list[F], str]:
        """Return the event `lost` if it is due, events that the ring has dropped, and their end."""
        floor = tail.floor
        try:
            async with self._turn:
                lost, frames, last = await self._in_thread(self._read_from, desk, position)
        except BrokerError:  # the tail has logged it
            await asyncio.sleep(RETRY_S)
            return b"", [], position
        # Nothing is left between the position and the ring, so the reader goes on in the ring.
        # `floor` was taken before the read: the ring may have dropped more in the meantime.
        if last == position and floor > place_of(position):
            last = f"{floor[0]}-{floor[1]}"
        return lost, frames, last

    def _read_from(self, desk: str, position: str) -> tuple[bytes, list[F], str]:
        page = read_desk_page(self._desks, desk, position, PAGE)
        frames = [frame for _, frame in self._frames(page.entries)]
        return _lost(position, page) if page.lost else b"", frames, page.last

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, *args, **options))


def _place_line(position: str) -> bytes:
    """Return an id without data: it makes no event, and a reader resumes from it."""
    return b"id: %b\n\n" % position.encode()


def _joined_lines(frames: list[F], wants: Callable[[F], bool], position: str) -> bytes:
    """Return the frames that a reader wants; the place alone if there are none."""
    lines = [frame.lines for frame in frames if wants(frame)]
    return b"".join(lines) or _place_line(position)


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
