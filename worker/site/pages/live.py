"""Arrivals on the wire as server-sent events: `GET /live`.

Each row is rendered once, however many readers the process has (`worker.site.tails`). A browser
that reconnects sends the id of the last event that it received (`Last-Event-ID`), and gets the rows
that it missed.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import msgspec
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from worker.errors import BrokerError
from worker.model.publishing import DeskEntry
from worker.ports import DeskStreams
from worker.render.console import one_line
from worker.site.context import SiteContext
from worker.site.pages.filters import Filters
from worker.site.pages.frame import row_html, row_key
from worker.site.pages.rows import EventRow, read_desk_row
from worker.site.pages.wire import live_desk
from worker.site.stream import EventStream
from worker.site.tails import READ_BYTES, RECONNECT, Frame, Tails, has_place, place_of
from worker.store.records import is_entry_id

__all__ = ["live_routes"]

log = structlog.get_logger(__name__)

_READERS = 1000
"""The most readers of a process; others get a 503 and may try again later."""

_MISSED = 100
"""The most missed events that a reader gets; with more, the page must be loaded again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival(Frame):
    """A row, and the server-sent event that carries it."""

    found: EventRow


def _read_arrival(entry: DeskEntry) -> _Arrival | None:
    found = read_desk_row(entry)
    return _arrival(found) if found else None


def _arrival(found: EventRow) -> _Arrival:
    """Return a row with its event; msgspec writes no line breaks, which would end `data:`."""
    data = {
        "key": row_key(found.row.uri),
        "version": row_key(found.row.version),
        "withdraws": row_key(found.withdraws) if found.withdraws else "",
        "seen": found.row.seen,
        "headline": one_line(found.row.headline, 200),
        "html": row_html(found.row),
    }
    body = msgspec.json.encode(data)
    lines = b"id: %b\nevent: row\ndata: %b\n\n" % (found.entry_id.encode(), body)
    return _Arrival(found=found, lines=lines)


def live_routes(context: SiteContext) -> list[BaseRoute]:
    """Return the route of live updates."""
    tails = Tails(context.store.desks, context.ending, _read_arrival)
    context.closers.append(tails.close)

    async def live(request: Request) -> Response:
        filters = Filters.read(request.query_params)
        desk = filters.desk or live_desk(context)
        if desk not in {known.name for known in context.desks()}:
            return PlainTextResponse("no such desk\n", 404)
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        if tails.readers >= _READERS:
            return PlainTextResponse("too many readers\n", 503, {"retry-after": "60"})
        rows = _follow(context.store.desks, tails, filters.at(desk), _Position.of(request))
        return EventStream(RECONNECT + b"\n", rows)

    return [Route("/live", live, name="live")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    """The last event that a reader has; `is_return` if its browser reconnects.

    A new page names a time from shortly before it was made, as an id, since the archive may lag
    behind the desk; its script ignores the rows that it already shows.
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


async def _follow(
    streams: DeskStreams, tails: Tails[_Arrival], filters: Filters, position: _Position
) -> AsyncGenerator[bytes, None]:
    """Yield the rows that a reader missed, then those that arrive, until the process stops."""

    def wants(arrival: _Arrival) -> bool:
        return filters.wants(arrival.found.row)

    after = position.after
    try:
        if after:
            missed = await run_in_threadpool(_read_missed, streams, filters.desk, position)
            after = missed.last
            if position.is_return and not missed.is_all:
                yield b"event: lost\ndata: {}\n\n"
            for arrival in missed.arrivals:
                if wants(arrival):
                    yield arrival.lines
        async for lines in tails.follow(filters.desk, after, wants):
            yield lines
    except BrokerError as error:  # the answer ends, and the reader comes back by itself
        log.warning("live_waits", desk=filters.desk, reason=str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Missed:
    """The newest events after an entry, each item once.

    Attributes:
        arrivals: Their rows, the oldest first.
        is_all: False if older events are left out.
        last: The id of the newest entry of the desk; "" if the desk has lost the given one.
    """

    arrivals: list[_Arrival]
    is_all: bool
    last: str


def _read_missed(streams: DeskStreams, desk: str, position: _Position) -> _Missed:
    """Return the newest events after a position.

    The desk is read backwards, a few events at a time, so that any events left out are the oldest.
    """
    after = position.after
    if not _is_on_desk(streams, desk, position):
        # A failover, a wipe or a trim took the entry: the page has to be loaded again.
        return _Missed(arrivals=[], is_all=False, last="")
    found: dict[str, _Arrival] = {}
    before, last, left = "", after, _MISSED
    is_all = False
    while left > 0 and not is_all:
        entries = streams.last(desk, before=before, limit=left, limit_bytes=READ_BYTES)
        newer = [entry for entry in entries if place_of(entry.entry_id) > place_of(after)]
        for entry in newer:
            if arrival := _read_arrival(entry):
                found.setdefault(arrival.found.row.uri, arrival)
        if newer:
            last = last if before else newer[0].entry_id
            before = newer[-1].entry_id
        left -= len(newer)
        is_all = len(newer) < len(entries) or not entries
    return _Missed(arrivals=list(found.values())[::-1], is_all=is_all, last=last)


def _is_on_desk(streams: DeskStreams, desk: str, position: _Position) -> bool:
    """Return False if the desk has lost a position."""
    if position.is_return:
        return has_place(streams, desk, position.after)
    # A new page names a time, at which there need be no event.
    return place_of(streams.last_id(desk)) >= place_of(position.after)
