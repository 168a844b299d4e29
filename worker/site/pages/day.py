"""The page of a day: volume by hour, places on a map, speakers and organisations."""

import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from worker.archive.counts import DayCounts, count_day
from worker.render.html.places import say_country
from worker.site.context import SiteContext
from worker.site.pages.charts import hour_chart, map_dots, world_outline
from worker.site.pages.frame import render, render_error
from worker.site.pages.projection import MAP_HEIGHT, MAP_WIDTH
from worker.site.pages.reading import archive_of, read_day

__all__ = ["day_routes"]

MOST_NAMES = 15
MOST_PLACES = 500


def day_routes(context: SiteContext) -> list[BaseRoute]:
    """Return the routes of today and of any day."""

    def show_today(request: Request) -> Response:
        today = context.now().astimezone(datetime.UTC).date()
        if "day" not in request.query_params:
            return _show(context, request, today)
        # The form of the page cannot send a path, so its query is redirected to one.
        chosen = read_day(request.query_params["day"])
        if chosen is None:
            return render_error(request, 400, "A day is a date like 2026-12-02.")
        return RedirectResponse(f"/day/{chosen}", 303)

    def show(request: Request) -> Response:
        day = read_day(request.path_params["day"])
        if day is None:
            return render_error(request, 404, "A day is a date like 2026-12-02.")
        return _show(context, request, day)

    return [
        Route("/day", show_today, name="today"),
        Route("/day/{day}", show, name="day"),
    ]


def _show(context: SiteContext, request: Request, day: datetime.date) -> Response:
    with archive_of(context).read() as connection:
        counts = count_day(connection, day, most_names=MOST_NAMES, most_places=MOST_PLACES)
    return render(
        request,
        "day.html.j2",
        day=day,
        # The end of the search in this day, as a date; 9999-12-31 has no next day.
        following=day + datetime.timedelta(days=1) if day < datetime.date.max else None,
        is_today=day == context.now().astimezone(datetime.UTC).date(),
        counts=counts,
        chart=hour_chart(counts.hours),
        dots=map_dots(counts.places),
        without_point=sum(place.lat is None or place.lon is None for place in counts.places),
        most_places=MOST_PLACES,
        countries=_countries(counts),
        outline=world_outline(),
        map_size=(MAP_WIDTH, MAP_HEIGHT),
    )


def _countries(counts: DayCounts) -> dict[str, str]:
    """Return the countries' names by their codes."""
    return {place.iso: say_country(place.iso) for place in counts.places if place.iso}
