"""The page of the search: words, facets, and hits with the words marked."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from worker.archive.marks import Parts, mark_items, mark_speeches
from worker.archive.search import (
    ItemHit,
    Query,
    SpeechHit,
    search_items,
    search_speeches,
)
from worker.archive.subjects import PlaceName, place_names
from worker.errors import SettingsError
from worker.site.context import SiteContext
from worker.site.pages.frame import render
from worker.site.pages.reading import PAGE_SIZE, archive_of, excerpt, read_cursor, read_time

__all__ = ["search_routes"]

_EXCERPT_CHARS = 280
_HEADLINE_CHARS = 200
_LONGEST_FIELD = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchForm:
    """A search as its URL holds it; an empty field is no condition.

    Attributes:
        q: Words, "phrases" and -words.
        speaker: The name of a speaker, or a part of it in whole words.
        place: A place of the dateline, or its ISO 3166-1 alpha-2 code.
        agency: The agency's usual name.
        name: A person, an organisation or a place that is mentioned; for items.
        language: A BCP 47 tag.
        since: The first day or moment of arrival.
        until: The day or moment before which a hit arrived.
        kind: `items`, or `quotes` for quotes and statements.
    """

    q: str = ""
    speaker: str = ""
    place: str = ""
    agency: str = ""
    name: str = ""
    language: str = ""
    since: str = ""
    until: str = ""
    kind: str = "items"

    @classmethod
    def read(cls, query: QueryParams) -> "SearchForm":
        """Return the search of a request; unknown parameters are ignored."""
        given = {field.name: query.get(field.name, "").strip() for field in fields(cls)}
        given["kind"] = "quotes" if given["kind"] == "quotes" else "items"
        return cls(**given)

    @property
    def is_empty(self) -> bool:
        """True if no field is filled in."""
        return not any(words for name, words in asdict(self).items() if name != "kind")

    def address(self, **more: object) -> str:
        """Return the URL of this search, with other values of its parameters.

        >>> SearchForm(q="grain").address(before=12)
        '/search?q=grain&before=12'
        """
        values = {name: words for name, words in {**asdict(self), **more}.items() if words}
        if values["kind"] == "items":
            del values["kind"]
        return f"/search?{urlencode(values, errors='replace')}" if values else "/search"

    def as_query(self, *, before: int, limit: int) -> Query:
        """Return the search in the archive.

        Raises:
            SettingsError: A field is too long, or is not a time; the subject is the field.
        """
        for name, words in asdict(self).items():
            if len(words) > _LONGEST_FIELD:
                reason = f"has {len(words):,} characters; the most are {_LONGEST_FIELD}"
                raise SettingsError(reason, subject=name)
        if self.kind == "quotes" and self.name:
            reason = "is for items only; search quotes by their words and their speaker"
            raise SettingsError(reason, subject="name")
        return Query(
            words=self.q,
            speaker=self.speaker,
            place=self.place,
            agency=self.agency,
            name=self.name,
            language=self.language,
            since=read_time("since", self.since),
            until=read_time("until", self.until),
            before=before,
            limit=limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A hit as the page shows it; `speech` is None for an item."""

    item: ItemHit
    speech: SpeechHit | None
    headline: Parts
    text: Parts
    places: tuple[PlaceName, ...]


def search_routes(context: SiteContext) -> list[BaseRoute]:
    """Return the route of the search."""

    def show(request: Request) -> Response:
        form = SearchForm.read(request.query_params)
        archive = archive_of(context)
        values: dict[str, Any] = {"asked": form, "found": (), "next": 0, "problem": None}
        try:
            before = read_cursor(request)
            query = form.as_query(before=before, limit=PAGE_SIZE + 1)
            if not form.is_empty:
                with archive.read() as connection:
                    found = _find(connection, form, query)
                values["found"] = found[:PAGE_SIZE]
                values["next"] = _number(found[PAGE_SIZE - 1]) if len(found) > PAGE_SIZE else 0
        except SettingsError as error:
            values["problem"] = error
            return render(request, "search.html.j2", status=400, is_first=True, **values)
        return render(request, "search.html.j2", is_first=not before, **values)

    return [Route("/search", show, name="search")]


def _number(found: Found) -> int:
    return found.speech.number if found.speech else found.item.number


def _find(connection: Connection, form: SearchForm, query: Query) -> list[Found]:
    if form.kind == "quotes":
        return _find_speeches(connection, query)
    hits = search_items(connection, query)
    numbers = [hit.number for hit in hits]
    filed = place_names(connection, numbers)
    marked = mark_items(connection, numbers, query.words)
    return [
        Found(
            item=hit,
            speech=None,
            headline=excerpt(marked[hit.number][0], _HEADLINE_CHARS),
            text=excerpt(marked[hit.number][1], _EXCERPT_CHARS),
            places=filed.get(hit.number, ()),
        )
        for hit in hits
    ]


def _find_speeches(connection: Connection, query: Query) -> list[Found]:
    hits: Sequence[SpeechHit] = search_speeches(connection, query)
    filed = place_names(connection, [hit.item.number for hit in hits])
    marked = mark_speeches(connection, [hit.number for hit in hits], query.words)
    return [
        Found(
            item=hit.item,
            speech=hit,
            headline=(),
            text=excerpt(marked[hit.number], 4 * _EXCERPT_CHARS),
            places=filed.get(hit.item.number, ()),
        )
        for hit in hits
    ]
