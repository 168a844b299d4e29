"""The HTTP API under /v1 (docs/http.md).

Each module has its operations, which say of a route what it takes and answers; `operation` makes
them routes, `openapi` the document.

inbox     messages in, one or many
messages  the forms in which they come
desks     events out, as pages or as a stream
archive   items, searches
parse     the annotations of a text
feeds     the feeds
"""

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount

from worker.errors import ArchiveError, BrokerError, CopytasterError
from worker.site.api import archive, desks, feeds, inbox, parse
from worker.site.api.openapi import openapi
from worker.site.api.operation import JSON, Answer, Operation, answer_json, route_of
from worker.site.context import SiteContext
from worker.site.problems import ProblemError, answer_problem

__all__ = ["all_operations", "api_routes"]

log = structlog.get_logger(__name__)

_RETRY = {"retry-after": "2"}


def all_operations(context: SiteContext) -> tuple[Operation, ...]:
    """Return all operations but that of the document itself."""
    return (
        *inbox.inbox_operations(context),
        *desks.desk_operations(context),
        *archive.archive_operations(context),
        *parse.parse_operations(context),
        *feeds.feed_operations(context),
    )


def api_routes(context: SiteContext) -> list[BaseRoute]:
    """Return the API as a single route: below /v1 all errors are problems."""
    offered = all_operations(context)

    async def answer_document(_request: Request) -> Response:
        return answer_json(openapi((*offered, document)))

    document = Operation(
        method="GET",
        path="/openapi.json",
        name="getDocument",
        summary="This document.",
        role=None,
        endpoint=answer_document,
        answers={
            200: Answer(description="An OpenAPI document.", content={JSON: {"type": "object"}})
        },
    )
    app = Starlette(
        routes=[route_of(one) for one in (*offered, document)],
        exception_handlers={
            HTTPException: _answer_refusal,
            ProblemError: _answer_problem,
            CopytasterError: _answer_absent,
            Exception: _answer_fault,
        },
    )
    return [Mount("/v1", app=app)]


async def _answer_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return error.response()


async def _answer_refusal(request: Request, error: Exception) -> Response:
    """Answer what Starlette and `requires` refuse."""
    assert isinstance(error, HTTPException)
    details = {404: "nothing has this address; /v1/openapi.json lists what there is"}
    details[405] = f"{request.method} is not possible here"
    return answer_problem(
        error.status_code, details.get(error.status_code, error.detail), error.headers
    )


async def _answer_absent(request: Request, error: Exception) -> Response:
    """Answer what a server behind this one, or a file, does not allow now."""
    log.error("server_away", path=request.url.path, reason=str(error))
    subjects = {BrokerError: "the broker", ArchiveError: "the archive"}
    who = next((name for kind, name in subjects.items() if isinstance(error, kind)), "the service")
    return answer_problem(503, f"{who} does not answer now", _RETRY)


async def _answer_fault(request: Request, error: Exception) -> Response:
    """Answer a fault of ours; Starlette raises it again, and the server logs it."""
    log.error("request_failed", path=request.url.path, kind=type(error).__name__)
    return answer_problem(500, "a fault of the service; its log has more")
