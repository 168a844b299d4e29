"""`/v1/items`, `/v1/search` and `/v1/quotes`: items and searches of the archive."""

import asyncio
import datetime
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from worker.archive.lookup import FoundItem, find_item
from worker.archive.search import ItemHit, Query, SpeechHit, search_items, search_speeches
from worker.errors import SettingsError
from worker.model import ParsedItem
from worker.render.moments import read_moment
from worker.site.api.operation import JSON, Answer, Operation, answer_json, problems, read_query
from worker.site.context import SiteContext
from worker.site.problems import ProblemError
from worker.site.tokens import TokenRole

__all__ = ["archive_operations"]

_READERS = 4
"""The most queries that a process runs at a time; further queries wait."""

_OFF = "The archive is off, or cannot be read now."

T = TypeVar("T")

_Words = Annotated[str, Meta(max_length=500)]
_Moment = Annotated[
    str, Meta(max_length=40, description="A time ago (90s, 30m, 2h, 3d), or a date and time.")
]


class ItemQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query for an item."""

    version: Annotated[
        str, Meta(max_length=1024, description="A version; without it, the last one.")
    ] = ""


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A search. A hit matches all parameters that are given."""

    words: Annotated[
        str,
        Meta(
            max_length=500,
            description='Words that must occur; "a phrase" must occur whole, -word must not occur.',
        ),
    ] = ""
    speaker: _Words = ""
    place: _Words = ""
    agency: _Words = ""
    name: _Words = ""
    language: _Words = ""
    since: _Moment = ""
    until: _Moment = ""
    cursor: Annotated[
        int, Meta(ge=0, le=(1 << 62), description="The `next` of the previous page.")
    ] = 0
    limit: Annotated[int, Meta(ge=1, le=200, description="The most hits of a page.")] = 20


class ShownVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of an item. `signal` is `created`, `updated`, `corrected` or `withdrawn`."""

    version: str
    seen: datetime.datetime
    signal: str
    is_kill: bool


class ShownItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item with its annotations, and the list of its versions, the newest first."""

    uri: str
    item: ParsedItem
    versions: tuple[ShownVersion, ...]


class ShownItemHit(msgspec.Struct, frozen=True, kw_only=True):
    """An item that matches a search. `seen` is the time of its arrival."""

    uri: str
    version: str
    seen: datetime.datetime
    headline: str
    agency: str
    link: str
    urgency: int


class ShownQuote(msgspec.Struct, frozen=True, kw_only=True):
    """A quote (`direct`) or a statement (`mixed`, `indirect`) that matches, with its item."""

    kind: str
    text: str
    speaker: str | None
    mention: str | None
    confidence: float
    item: ShownItemHit


class ItemHits(msgspec.Struct, frozen=True, kw_only=True):
    """Items that match, the newest first. `next` is the cursor of the next page, or null."""

    items: tuple[ShownItemHit, ...]
    next: int | None


class QuoteHits(msgspec.Struct, frozen=True, kw_only=True):
    """Quotes and statements that match, the newest first. `next` is the next cursor, or null."""

    quotes: tuple[ShownQuote, ...]
    next: int | None


def archive_operations(context: SiteContext) -> tuple[Operation, ...]:
    """Return the operations on the archive."""
    handlers = _Archive(context)
    return (
        Operation(
            method="GET",
            path="/items/{uri:path}",
            name="getItem",
            summary="An item with its annotations, and its versions. The uri is percent-encoded.",
            role=TokenRole.READ,
            endpoint=handlers.item,
            query=ItemQuery,
            answers={
                200: Answer(description="The item.", content={JSON: ShownItem}),
                **problems(
                    _404="The archive does not have the item, or not this version.",
                    _410="A kill has withdrawn the item: its text is not given.",
                    _503=_OFF,
                ),
            },
        ),
        _search("/search", "searchItems", "Items by words and names.", handlers.items, ItemHits),
        _search(
            "/quotes",
            "searchQuotes",
            "Quotes and statements by their words and their speaker; `name` is not used.",
            handlers.quotes,
            QuoteHits,
        ),
    )


def _search(
    path: str,
    name: str,
    summary: str,
    endpoint: Callable[[Request], Awaitable[Response]],
    hits: type[msgspec.Struct],
) -> Operation:
    return Operation(
        method="GET",
        path=path,
        name=name,
        summary=summary,
        role=TokenRole.READ,
        endpoint=endpoint,
        query=SearchQuery,
        answers={
            200: Answer(description="A page of hits.", content={JSON: hits}),
            **problems(_503=_OFF),
        },
    )


class _Archive:
    def __init__(self, context: SiteContext) -> None:
        self._context = context
        self._threads = ThreadPoolExecutor(_READERS, "archive")
        context.closers.append(self._close)

    def _close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def item(self, request: Request) -> Response:
        """Answer an item."""
        uri, query = request.path_params["uri"], read_query(request, ItemQuery)
        found = await self._read(lambda connection: find_item(connection, uri, query.version))
        if found is None:
            raise ProblemError(404, "the archive does not have this item")
        if found.withdrawn_at is not None:
            raise ProblemError(410, f"a kill withdrew this item at {found.withdrawn_at:%FT%TZ}")
        if found.parsed is None:
            raise ProblemError(404, "the archive does not have this version of the item")
        return answer_json(_shown_item(found, found.parsed))

    async def items(self, request: Request) -> Response:
        """Answer a page of items that match a search."""
        search = read_query(request, SearchQuery)
        query = self._query(search)
        hits = await self._read(lambda connection: search_items(connection, query))
        shown, last = tuple(_shown_hit(hit) for hit in hits), _next(hits, search.limit)
        return answer_json(ItemHits(items=shown[: search.limit], next=last))

    async def quotes(self, request: Request) -> Response:
        """Answer a page of quotes and statements that match a search."""
        search = read_query(request, SearchQuery)
        query = self._query(search)
        hits = await self._read(lambda connection: search_speeches(connection, query))
        shown, last = tuple(_shown_quote(hit) for hit in hits), _next(hits, search.limit)
        return answer_json(QuoteHits(quotes=shown[: search.limit], next=last))

    async def _read(self, work: Callable[[Connection], T]) -> T:
        """Run a query of the archive in a thread."""
        archive = self._context.archive
        if archive is None:
            raise ProblemError(503, "the archive is off: set COPYTASTER_ARCHIVE")

        def read() -> T:
            with archive.read() as connection:
                return work(connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, read)
        except SettingsError as error:  # a search with too many words, or with only -words
            raise ProblemError(400, error.reason) from error

    def _query(self, search: SearchQuery) -> Query:
        now = self._context.now()
        return Query(
            words=search.words,
            speaker=search.speaker,
            place=search.place,
            agency=search.agency,
            name=search.name,
            language=search.language,
            since=_moment("since", search.since, now),
            until=_moment("until", search.until, now),
            before=search.cursor,
            limit=search.limit + 1,  # a hit more tells whether there is a next page
        )


def _moment(name: str, words: str, now: datetime.datetime) -> datetime.datetime | None:
    try:
        return read_moment(words, now) if words else None
    except ValueError as error:
        raise ProblemError(400, f"`{name}`: {error}") from error


def _next(hits: list[ItemHit] | list[SpeechHit], limit: int) -> int | None:
    return hits[limit - 1].number if len(hits) > limit else None


def _shown_item(found: FoundItem, parsed: ParsedItem) -> ShownItem:
    versions = tuple(
        ShownVersion(version=line.version, seen=line.seen, signal=line.signal, is_kill=line.is_kill)
        for line in found.versions
    )
    return ShownItem(uri=found.uri, item=parsed, versions=versions)


def _shown_hit(hit: ItemHit) -> ShownItemHit:
    return ShownItemHit(**{name: getattr(hit, name) for name in ShownItemHit.__struct_fields__})


def _shown_quote(hit: SpeechHit) -> ShownQuote:
    return ShownQuote(
        kind=hit.kind,
        text=hit.text,
        speaker=hit.speaker,
        mention=hit.mention,
        confidence=hit.confidence,
        item=_shown_hit(hit.item),
    )
