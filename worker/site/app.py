"""The web application: the routes of its packages, and the errors that all of them share."""

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from worker.errors import ArchiveError, BrokerError
from worker.site import health, metrics
from worker.site.context import SiteContext

__all__ = ["build_app"]

log = structlog.get_logger(__name__)


def build_app(context: SiteContext) -> Starlette:
    """Return the ASGI application."""
    routes: list[BaseRoute] = [*health.routes(context), *metrics.routes(context)]
    return Starlette(
        routes=routes,
        exception_handlers={BrokerError: _answer_absent, ArchiveError: _answer_absent},
    )


async def _answer_absent(request: Request, error: Exception) -> Response:
    """Answer a request that a server behind this one cannot serve now."""
    log.error("server_away", path=request.url.path, reason=str(error))
    return PlainTextResponse("not available now\n", 503, {"retry-after": "2"})
