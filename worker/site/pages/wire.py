"""The wire: items as they arrive, the newest first."""

import contextlib

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from worker.archive import Archive
from worker.archive.views import WireRow, read_wire
from worker.errors import ArchiveAbsent
from worker.site.context import SiteContext
from worker.site.pages.filters import Filters
from worker.site.pages.frame import render
from worker.site.pages.rows import read_desk
from worker.store.records import is_entry_id

__all__ = ["live_desk", "wire_routes"]

PAGE = 50
MOST = 200
"""The rows of a page, and the most rows that a URL may ask for."""

_BEHIND_MS = 10_000
"""The most that the archive lags behind the desk while its relay works as it should."""


def wire_routes(context: SiteContext) -> list[BaseRoute]:
    """Return the route of the wire."""

    def show(request: Request) -> Response:
        query = request.query_params
        filters = Filters.read(query)
        limit = _number(query.get("limit", ""), PAGE, MOST)
        is_first = "before" not in query
        live = (filters.desk or live_desk(context)) if is_first else ""
        # Before the rows are read: an event between the two reads then comes twice, not never.
        after = _before_now(context, live) if live else ""
        rows, cursor = _read(context, filters, query.get("before", ""), limit)
        chosen_limit = limit if limit != PAGE else ""
        return render(
            request,
            "wire.html.j2",
            rows=rows,
            filters=filters,
            desks=[desk.name for desk in context.desks()],
            older=filters.address(before=cursor, limit=chosen_limit) if cursor else "",
            is_first=is_first,
            feeds=0 if rows else context.store.stats.sizes().get("feeds", 0),
            live=live,
            after=after,
        )

    return [Route("/", show, name="wire")]


def live_desk(context: SiteContext) -> str:
    """Return the desk whose events are the wire: `items`, or the first desk with whole items."""
    names = [desk.name for desk in context.desks() if desk.shape.value == "item"]
    return "items" if "items" in names else next(iter(names), "")


def _before_now(context: SiteContext, desk: str) -> str:
    """Return the id on a desk after which events may be missing from the page."""
    milliseconds = int(context.store.desks.last_id(desk).partition("-")[0])
    return f"{max(0, milliseconds - _BEHIND_MS)}-0"


def _read(
    context: SiteContext, filters: Filters, before: str, limit: int
) -> tuple[list[WireRow], str]:
    """Return the rows of a page and the cursor of the next page, "" on the last page."""
    if filters.desk and filters.desk not in {desk.name for desk in context.desks()}:
        raise HTTPException(404, f"no desk is named {filters.desk!r}")
    # A cursor is an entry id on a desk (`1777714267000-0`) and a number in the archive.
    if context.archive and not filters.desk:
        with contextlib.suppress(ArchiveAbsent):  # before the first item
            return _read_archive(context.archive, filters, before, limit)
    desk = filters.desk or live_desk(context)
    cursor = before if is_entry_id(before) else ""
    return read_desk(context.store, filters.at(desk), before=cursor, limit=limit)


def _read_archive(
    archive: Archive, filters: Filters, before: str, limit: int
) -> tuple[list[WireRow], str]:
    number = _number(before, 0, 1 << 53)
    with archive.read() as connection:
        rows = read_wire(connection, filters.as_query(before=number, limit=limit + 1))
    return rows[:limit], str(rows[limit - 1].number) if len(rows) > limit else ""


def _number(words: str, default: int, most: int) -> int:
    is_number = words.isascii() and words.isdigit() and len(words) < 20
    return min(int(words), most) or default if is_number else default
