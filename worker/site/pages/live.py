"""Arrivals on the wire as server-sent events: `GET /live`.

A process reads a desk's stream once, however many readers it has, and renders each row once. A
reader that is too slow is disconnected; its browser reconnects with the id of the last event that
it received (`Last-Event-ID`), and gets the rows that it missed.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from worker.errors import BrokerError
from worker.ports import DeskStreams
from worker.render.console import one_line
from worker.site.context import SiteContext
from worker.site.pages.filters import Filters
from worker.site.pages.frame import row_html, row_key
from worker.site.pages.rows import EventRow, read_desk_row
from worker.site.pages.wire import live_desk
from worker.store.records import is_entry_id

__all__ = ["live_routes"]

log = structlog.get_logger(__name__)

_READERS = 1000
"""The most readers of a process; others get a 503 and may try again later."""

_WAITING = 100
"""The most rows that wait for a reader; with more, it is too slow."""

_MISSED = 100
"""The most missed events that a reader gets; with more, the page must be loaded again."""

_READ_BYTES = 4 << 20
"""Bytes after which a read of a stream ends: a megabyte of text may be an event of fifteen."""

_BLOCK_MS = 1000
_AGAIN_S = 2.0
_PULSE_S = 15.0
"""Seconds between two comments to a silent reader, so that no proxy closes the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """A row, and the server-sent event that carries it."""

    found: EventRow
    message: bytes


@dataclass(slots=True, eq=False)
class _Reader:
    """The queue of a reader's rows; None in the queue ends the answer."""

    # A place more than `_WAITING`, so that the final None always fits.
    waiting: asyncio.Queue[_Arrival | None] = field(
        default_factory=lambda: asyncio.Queue(_WAITING + 1)
    )

    def put(self, arrival: _Arrival) -> bool:
        """Queue a row; return False for a reader that is too slow, whose answer then ends."""
        if self.waiting.qsize() < _WAITING:
            self.waiting.put_nowait(arrival)
            return True
        self.waiting.put_nowait(None)
        return False


class _Tail:
    """A desk's stream, read for all readers at once while there are any."""

    def __init__(self, streams: DeskStreams, desk: str) -> None:
        self._streams = streams
        self._desk = desk
        self._readers: set[_Reader] = set()
        self._task: asyncio.Task[None] | None = None
        self._has_place = asyncio.Event()

    def __len__(self) -> int:
        return len(self._readers)

    def join(self, reader: _Reader) -> None:
        self._readers.add(reader)
        if self._task is None or self._task.done():
            self._has_place.clear()
            self._task = asyncio.create_task(self._run())

    def leave(self, reader: _Reader) -> None:
        self._readers.discard(reader)

    async def has_place(self, limit_s: float) -> bool:
        """Return True once all that comes behind some place of the stream reaches the readers."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._has_place.wait(), limit_s)
        return self._has_place.is_set()

    async def _run(self) -> None:
        """Read until no reader is left."""
        after = "$"
        while self._readers:
            try:
                if after == "$":
                    after = await run_in_threadpool(self._streams.last_id, self._desk)
                    self._has_place.set()
                entries = await run_in_threadpool(
                    self._streams.read,
                    self._desk,
                    after=after,
                    limit_bytes=_READ_BYTES,
                    block_ms=_BLOCK_MS,
                )
            except BrokerError as error:
                log.warning("live_waits", desk=self._desk, reason=str(error))
                await asyncio.sleep(_AGAIN_S)
                continue
            for entry in entries:
                after = entry.entry_id
                if found := read_desk_row(entry):
                    self._tell(_arrival(found))

    def _tell(self, arrival: _Arrival) -> None:
        self._readers = {reader for reader in self._readers if reader.put(arrival)}


def _arrival(found: EventRow) -> _Arrival:
    """Return a row with its message; msgspec writes no line breaks, which would end `data:`."""
    data = {
        "key": row_key(found.row.uri),
        "version": row_key(found.row.version),
        "withdraws": row_key(found.withdraws) if found.withdraws else "",
        "seen": found.row.seen,
        "headline": one_line(found.row.headline, 200),
        "html": row_html(found.row),
    }
    body = msgspec.json.encode(data)
    message = b"id: %s\nevent: row\ndata: %s\n\n" % (found.entry_id.encode(), body)
    return _Arrival(found=found, message=message)


def live_routes(context: SiteContext) -> list[BaseRoute]:
    """Return the route of live updates."""
    streams = context.store.desks
    tails: dict[str, _Tail] = {}

    async def live(request: Request) -> Response:
        filters = Filters.read(request.query_params)
        desk = filters.desk or live_desk(context)
        if desk not in {known.name for known in context.desks()}:
            return PlainTextResponse("no such desk\n", 404)
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        if sum(map(len, tails.values())) >= _READERS:
            return PlainTextResponse("too many readers\n", 503, {"retry-after": "60"})
        tail = tails.setdefault(desk, _Tail(streams, desk))
        return StreamingResponse(
            _stream(context, tail, filters.at(desk), _Position.of(request)),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    return [Route("/live", live, name="live")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    """The last event that a reader has; `is_return` if its browser reconnects.

    A new page names an event from shortly before it was made, since the archive may lag behind the
    desk; its script ignores the rows that it already shows.
    """

    after: str
    is_return: bool

    @classmethod
    def of(cls, request: Request) -> "_Position":
        last = request.headers.get("last-event-id", "")
        if is_entry_id(last):
            return cls(after=last, is_return=True)
        named = request.query_params.get("after", "")
        return cls(after=named if is_entry_id(named) else "", is_return=False)


async def _stream(
    context: SiteContext, tail: _Tail, filters: Filters, position: _Position
) -> AsyncIterator[bytes]:
    """Yield the rows that a reader missed, then those that arrive, until the process stops."""
    # It joins before it reads the past: rows that arrive in between wait in its queue, and
    # `_messages` drops those that the read has already brought.
    reader, after = _Reader(), position.after
    tail.join(reader)
    try:
        yield b"retry: 3000\n\n"
        if after:
            # First, or what came between the two reads would reach nobody.
            while not (context.ending.is_set() or await tail.has_place(1.0)):
                continue
            try:
                missed, is_all = await run_in_threadpool(
                    _read_missed, context.store.desks, filters.desk, after
                )
            except BrokerError as error:  # the reader comes back by itself
                log.warning("live_waits", desk=filters.desk, reason=str(error))
                return
            if position.is_return and not is_all:
                yield b"event: stale\ndata: {}\n\n"
            if missed:
                after = missed[-1].entry_id
            for found in missed:
                if filters.wants(found.row):
                    yield _arrival(found).message
        async for message in _messages(context, reader, filters, after):
            yield message
    finally:
        tail.leave(reader)


def _read_missed(streams: DeskStreams, desk: str, after: str) -> tuple[list[EventRow], bool]:
    """Return the newest events after an entry, each item once, and True if none is left out.

    The desk is read backwards, a few events at a time, so that any events left out are the oldest.
    """
    found: dict[str, EventRow] = {}
    before, left = "", _MISSED
    while True:
        entries = streams.last(desk, before=before, limit=left, limit_bytes=_READ_BYTES)
        for entry in entries:
            if _order(entry.entry_id) <= _order(after):
                return list(found.values())[::-1], True
            if row := read_desk_row(entry):
                found.setdefault(row.row.uri, row)
        left -= len(entries)
        if not entries or left <= 0:
            return list(found.values())[::-1], not entries
        before = entries[-1].entry_id


async def _messages(
    context: SiteContext, reader: _Reader, filters: Filters, after: str
) -> AsyncIterator[bytes]:
    # The wait is short, so that the end of the process is noticed within a second.
    quiet_s = 0.0
    while not context.ending.is_set():
        try:
            arrival = await asyncio.wait_for(reader.waiting.get(), 1.0)
        except TimeoutError:
            quiet_s += 1.0
            if quiet_s >= _PULSE_S:
                quiet_s = 0.0
                yield b": still here\n\n"
            continue
        if arrival is None:
            return
        is_new = not after or _order(arrival.found.entry_id) > _order(after)
        if is_new and filters.wants(arrival.found.row):
            quiet_s = 0.0
            yield arrival.message


def _order(entry_id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in entry_id.split("-"))
