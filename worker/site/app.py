"""The web application: the routes of its packages, and the errors that all of them share."""

import contextlib
from collections.abc import AsyncIterator
from functools import partial
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount

from worker.errors import ArchiveError, BrokerError
from worker.polling.websub_receiver import Receiver
from worker.settings import Settings
from worker.site import api, health, metrics, operations, pages
from worker.site.access import Access, RequireRole
from worker.site.context import SiteContext
from worker.site.hubs import HubCalls
from worker.site.pages.frame import render_error
from worker.site.protection import CheckHost, SecurityHeaders

__all__ = ["build_app"]

log = structlog.get_logger(__name__)


def build_app(context: SiteContext) -> Starlette:
    """Return the ASGI application."""
    # The first route that fits answers: the pages come last, since their mount fits every path.
    routes = [
        *health.health_routes(context),
        *metrics.metrics_routes(context),
        *api.api_routes(context),
        Mount(
            "",
            routes=[*pages.page_routes(context), *operations.operator_routes(context)],
            middleware=[Middleware(RequireRole)],
        ),
    ]
    return Starlette(
        routes=routes,
        # The first is the outermost: refusals of the others carry the headers too.
        middleware=[
            Middleware(SecurityHeaders),
            *_receiver(context),
            Middleware(CheckHost, names=_host_names(context.settings)),
            Middleware(Access, tokens=context.tokens),
        ],
        lifespan=partial(_close_at_exit, context),
        exception_handlers={
            HTTPException: _answer_error,
            BrokerError: _answer_absent,
            ArchiveError: _answer_absent,
        },
    )


def _host_names(settings: Settings) -> frozenset[str]:
    """Return the names of this host: those in the settings, and the name in the callback URL."""
    hub_name = urlsplit(settings.websub_callback_url).hostname
    return settings.web_names | ({hub_name} if hub_name else set())


def _receiver(context: SiteContext) -> tuple[Middleware, ...]:
    """Return the receiver of hubs' pushes, if there is a callback URL."""
    url = context.settings.websub_callback_url
    receiver = Receiver(context.settings, context.store)
    return (Middleware(HubCalls, receiver=receiver, url=url),) if url else ()


@contextlib.asynccontextmanager
async def _close_at_exit(context: SiteContext, _app: Starlette) -> AsyncIterator[None]:
    """Call the closers of the packages at the end of the process, the last first."""
    try:
        yield
    finally:
        context.ending.set()
        for close in reversed(context.closers):
            close()
        if context.archive is not None:
            context.archive.close()


async def _answer_error(request: Request, error: Exception) -> Response:
    """Answer a request that a handler refused: a browser gets a page, a program a line."""
    assert isinstance(error, HTTPException)
    if _wants_page(request):
        response: Response = render_error(request, error.status_code)
    else:
        response = PlainTextResponse(f"{error.detail}\n".lower(), error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _answer_absent(request: Request, error: Exception) -> Response:
    """Answer 503 to a request that the broker or the archive cannot serve now."""
    log.error("server_away", path=request.url.path, reason=str(error))
    response: Response = PlainTextResponse("not available now\n", 503)
    if _wants_page(request):
        response = render_error(request, 503)
    response.headers["retry-after"] = "2"
    return response


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
