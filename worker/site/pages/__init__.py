"""The pages for readers.

frame     templates, assets and error pages, which all pages share
wire      the newest items
filters   the filters of the wire
rows      rows of the wire from a desk's events
live      arrivals on the wire
item      an item with its versions, its duplicates and its path
subjects  a speaker, an organisation or a place
search    words and facets, over the archive
day       volume, places and names of a day
"""

from starlette.routing import BaseRoute

from worker.site.context import SiteContext
from worker.site.pages import day, frame, item, live, search, subjects, wire

__all__ = ["page_routes"]


def page_routes(context: SiteContext) -> list[BaseRoute]:
    """Return the routes of the pages."""
    return [
        *wire.wire_routes(context),
        *live.live_routes(context),
        *item.item_routes(context),
        *subjects.subject_routes(context),
        *search.search_routes(context),
        *day.day_routes(context),
        *frame.asset_routes(),
    ]
