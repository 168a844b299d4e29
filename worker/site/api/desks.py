"""`/v1/desks`: the desks, and their events as pages or as a stream."""

import asyncio
import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from worker.desks import Desk, Match, Shape
from worker.model import Event
from worker.model.publishing import DeskEntry
from worker.site.api.operation import (
    JSON,
    Answer,
    NoQuery,
    Operation,
    answer_json,
    problems,
    read_query,
)
from worker.site.context import SiteContext
from worker.site.problems import ProblemError
from worker.site.stream import EventStream
from worker.site.tails import DeskPage, Frame, Tails, read_desk_page
from worker.site.tokens import TokenRole

__all__ = ["desk_operations"]

STREAM = "text/event-stream"

PAGE_BYTES = 4 << 20
"""Bytes after which a page ends, even with fewer events than its limit."""

_SLICE = 50
_ENTRY_ID = re.compile(r"(?P<ms>\d{1,19})-(?P<number>\d{1,19})", re.ASCII)
_BEGINNING = "0-0"
_NO_QUERY = "at the beginning, and a stream at the present end"


class EventsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query for events of a desk."""

    after: Annotated[
        str,
        Meta(
            description="The `next` of the previous page, or the id of the last event that the "
            f"client has. Without it a page begins {_NO_QUERY}. 0-0: from the beginning."
        ),
    ] = ""
    limit: Annotated[int, Meta(ge=1, le=1000, description="The most events of a page.")] = 100


class DeskEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a desk, with the id of its entry in the desk's stream.

    `event` is null if another program wrote an entry to the stream that holds no JSON.
    """

    id: str
    event: Event | None


class EventsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events of a desk, the oldest first. `next` is the `after` of the next page."""

    events: tuple[DeskEvent, ...]
    next: str


class ShownDesk(msgspec.Struct, frozen=True, kw_only=True):
    """A desk: the shape of its events, its rules, and the number of events in its stream."""

    name: str
    shape: Shape
    match: Match
    events: int


class Desks(msgspec.Struct, frozen=True, kw_only=True):
    """All desks, in the order of the desks file."""

    desks: tuple[ShownDesk, ...]


def desk_operations(context: SiteContext) -> tuple[Operation, ...]:
    """Return the operations of desks."""
    handlers = _Desks(context)
    return (
        Operation(
            method="GET",
            path="/desks",
            name="listDesks",
            summary="The desks.",
            role=TokenRole.READ,
            endpoint=handlers.list,
            query=NoQuery,
            answers={200: Answer(description="All desks.", content={JSON: Desks})},
        ),
        Operation(
            method="GET",
            path="/desks/{name}/events",
            name="readEvents",
            summary="The events of a desk, as pages or, with `Accept: text/event-stream`, as a "
            "stream.",
            role=TokenRole.READ,
            endpoint=handlers.events,
            query=EventsQuery,
            headers={"Last-Event-ID": "For a stream: the id of the last event that arrived."},
            answers={
                200: Answer(
                    description="A page, or a stream. The `data` of an event in the stream is the "
                    "`event` of a page. An event named `lost` tells that events are gone.",
                    content={JSON: EventsPage, STREAM: {"type": "string"}},
                ),
                **problems(
                    _404="There is no such desk.",
                    _410="The event `after` is gone, and perhaps events after it: go on from the "
                    "problem's `after`.",
                ),
            },
        ),
    )


class _Desks:
    def __init__(self, context: SiteContext) -> None:
        self._context = context
        self._tails = Tails(context.store.desks, context.ending, _frame)
        context.closers.append(self._tails.close)

    async def list(self, request: Request) -> Response:
        """List the desks."""
        read_query(request, NoQuery)
        desks = self._context.desks()
        sizes = await asyncio.to_thread(self._context.store.stats.sizes)
        shown = tuple(_shown(desk, sizes.get(f"desk:{desk.name}", 0)) for desk in desks)
        return answer_json(Desks(desks=shown))

    async def events(self, request: Request) -> Response:
        """Answer events of a desk, as the request accepts them."""
        desk = request.path_params["name"]
        if desk not in {known.name for known in self._context.desks()}:
            raise ProblemError(404, f"no desk {desk[:80]!r}; /v1/desks lists them")
        query = read_query(request, EventsQuery)
        if STREAM in request.headers.get("accept", ""):
            # The header first: a browser reconnects to the same URL, with the `after` of its start.
            after = request.headers.get("last-event-id") or query.after
            _check_id(after)
            if request.method == "HEAD":
                return Response(media_type=STREAM)
            # The first lines are awaited here: a broker that is away is still answered with 503.
            lines = self._tails.follow(desk, after)
            return EventStream(await anext(lines), lines)
        _check_id(query.after)
        page = await asyncio.to_thread(self._read, desk, query.after or _BEGINNING, query.limit)
        return answer_json({"events": [_raw(entry) for entry in page.entries], "next": page.last})

    def _read(self, desk: str, after: str, limit: int) -> DeskPage:
        """Return a page that ends after `limit` events or `PAGE_BYTES` bytes.

        Raises:
            ProblemError: The event `after` is gone, and perhaps events after it.
        """
        entries: list[DeskEntry] = []
        position, size = after, 0
        while len(entries) < limit and size < PAGE_BYTES:
            wanted = min(_SLICE, limit - len(entries))
            page = read_desk_page(
                self._context.store.desks, desk, position, wanted, PAGE_BYTES - size
            )
            if page.lost and not entries:
                raise _gone(after)
            # Trimmed between two slices: the page ends here, and the next request gets the 410.
            if page.lost or not page.entries:
                break
            entries += page.entries
            size += sum(len(entry.body) for entry in page.entries)
            position = page.last
        return DeskPage(entries=tuple(entries), last=position)


def _gone(after: str) -> ProblemError:
    words = f"the event {after} is gone, and perhaps events after it"
    return ProblemError(410, f"{words}; {_BEGINNING} is the beginning of what is left", after="0-0")


def _check_id(after: str) -> None:
    found = _ENTRY_ID.fullmatch(after) if after else None
    if after and (found is None or max(int(found["ms"]), int(found["number"])) >= 1 << 63):
        raise ProblemError(400, f"`after`: {after[:60]!r} is not the id of an event, like 17000-0")


def _event_json(entry: DeskEntry) -> bytes:
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


def _frame(entry: DeskEntry) -> Frame:
    return Frame(lines=b"id: %b\ndata: %b\n\n" % (entry.entry_id.encode(), _event_json(entry)))


def _raw(entry: DeskEntry) -> dict[str, Any]:
    return {"id": entry.entry_id, "event": msgspec.Raw(_event_json(entry))}


def _shown(desk: Desk, events: int) -> ShownDesk:
    """Return a desk without its sink, whose URL may hold a password."""
    return ShownDesk(name=desk.name, shape=desk.shape, match=desk.match, events=events)
