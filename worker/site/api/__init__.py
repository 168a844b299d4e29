"""The HTTP API under /v1 (docs/http.md).

Each module defines operations, which describe the requests and answers of a route; `operation`
turns them into routes, `openapi` into the OpenAPI document.

inbox     messages in, a single message or many
messages  the formats of a request with messages
desks     events out, as pages or as a stream
archive   items and searches
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
    """Return all operations except that of the OpenAPI document itself."""
    return (
        *inbox.inbox_operations(context),
        *desks.desk_operations(context),
        *archive.archive_operations(context),
        *parse.parse_operations(context),
        *feeds.feed_operations(context),
    )


def api_routes(context: SiteContext) -> list[BaseRoute]:
    """Return the API as a single mount, so that all errors below `/v1` are problem details."""
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
        routes=[route_of(operation) for operation in (*offered, document)],
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
    """Answer a request that Starlette or `requires` refused."""
    assert isinstance(error, HTTPException)
    details = {404: "nothing has this address; /v1/openapi.json lists what there is"}
    details[405] = f"{request.method} is not possible here"
    return answer_problem(
        error.status_code, details.get(error.status_code, error.detail), error.headers
    )


async def _answer_absent(request: Request, error: Exception) -> Response:
    """Answer 503 to a request that the broker, the archive or a file prevents now.

    The reason goes to the log only: it may name hosts and paths.
    """
    log.error("server_away", path=request.url.path, reason=str(error))
    subjects = {BrokerError: "the broker", ArchiveError: "the archive"}
    name = next((name for kind, name in subjects.items() if isinstance(error, kind)), "the service")
    return answer_problem(503, f"{name} does not answer now", _RETRY)


async def _answer_fault(request: Request, error: Exception) -> Response:
    """Answer 500 to a request that hit a bug; Starlette raises it again, so uvicorn logs it too."""
    log.error("request_failed", path=request.url.path, kind=type(error).__name__)
    return answer_problem(500, "a fault of the service; its log has more")
