"""The pages for readers.

frame  templates, assets and error pages, which all pages share
"""

from starlette.routing import BaseRoute

from worker.site.context import SiteContext
from worker.site.pages import frame

__all__ = ["routes"]


def routes(context: SiteContext) -> list[BaseRoute]:  # noqa: ARG001
    """Return the routes of the pages."""
    return [*frame.asset_routes()]
