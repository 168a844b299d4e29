"""The web application: the routes of its packages, and the errors that all of them share."""

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from worker.errors import ArchiveError, BrokerError
from worker.site import health, metrics, operations, pages
from worker.site.context import SiteContext
from worker.site.pages.frame import render_error
from worker.site.protection import CheckHost, SecurityHeaders

__all__ = ["build_app"]

log = structlog.get_logger(__name__)


def build_app(context: SiteContext) -> Starlette:
    """Return the ASGI application."""
    routes: list[BaseRoute] = [
        *health.routes(context),
        *metrics.routes(context),
        *pages.routes(context),
        *operations.routes(context),
    ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(CheckHost, names=context.settings.web_names),
        ],
        exception_handlers={
            HTTPException: _answer_error,
            BrokerError: _answer_absent,
            ArchiveError: _answer_absent,
        },
    )


async def _answer_error(request: Request, error: Exception) -> Response:
    """Answer a request that a handler refuses, a browser with a page."""
    assert isinstance(error, HTTPException)
    if _wants_page(request):
        response: Response = render_error(request, error.status_code)
    else:
        response = PlainTextResponse(f"{error.detail}\n".lower(), error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _answer_absent(request: Request, error: Exception) -> Response:
    """Answer a request that a server behind this one cannot serve now."""
    log.error("server_away", path=request.url.path, reason=str(error))
    response: Response = PlainTextResponse("not available now\n", 503)
    if _wants_page(request):
        response = render_error(request, 503)
    response.headers["retry-after"] = "2"
    return response


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
