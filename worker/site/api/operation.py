"""Operations of the API: the request, the answers and the role of each route."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from worker.site.access import requires
from worker.site.problems import PROBLEM_TYPE, ProblemDetails, ProblemError
from worker.site.tokens import TokenRole

__all__ = [
    "JSON",
    "Answer",
    "NoQuery",
    "Operation",
    "answer_json",
    "problems",
    "read_query",
    "ref",
    "route_of",
]

JSON = "application/json"

M = TypeVar("M", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer with a status. `content` has the model, or the schema, of each media type."""

    description: str
    content: Mapping[str, type[msgspec.Struct] | Mapping[str, Any]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method of a path, described for the router and for the OpenAPI document.

    Attributes:
        method: GET or POST.
        path: The path below `/v1`, in Starlette's syntax (`/items/{uri:path}`).
        name: The `operationId` of the OpenAPI document.
        summary: Its summary.
        role: The role that a token needs; None if no token is needed.
        endpoint: The handler.
        query: The model of the query; None if the path has no parameters.
        headers: The request headers that it reads, each with a description.
        body: The schemas of the body by media type.
        models: The models that these schemas refer to.
        answers: The answers by status, besides those of every operation.
    """

    method: str
    path: str
    name: str
    summary: str
    role: TokenRole | None
    endpoint: Callable[[Request], Awaitable[Response]]
    query: type[msgspec.Struct] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    models: tuple[type[msgspec.Struct], ...] = ()
    answers: Mapping[int, Answer]


class NoQuery(msgspec.Struct, frozen=True, kw_only=True):
    """No query."""


def route_of(operation: Operation) -> Route:
    """Return the route of an operation."""
    endpoint = operation.endpoint
    if operation.role is not None:
        endpoint = requires(operation.role)(endpoint)
    return Route(operation.path, endpoint, methods=[operation.method], name=operation.name)


def problems(**reasons: str) -> dict[int, Answer]:
    """Return answers that are problems: `_404="There is no such desk."`."""
    return {
        int(status.removeprefix("_")): Answer(
            description=reason,
            content={PROBLEM_TYPE: ProblemDetails},
            headers=_RETRY.get(status, {}),
        )
        for status, reason in reasons.items()
    }


def ref(model: type[msgspec.Struct] | str) -> dict[str, str]:
    """Return a reference to the schema of a model."""
    name = model if isinstance(model, str) else model.__name__
    return {"$ref": f"#/components/schemas/{name}"}


_RETRY = {
    status: {"Retry-After": "Seconds to wait before another attempt."}
    for status in ("_429", "_503")
}


def read_query(request: Request, kind: type[M]) -> M:
    """Return the query of a request.

    Raises:
        ProblemError: A parameter is unknown, wrong, or given twice; the problem names it.
    """
    pairs = request.query_params.multi_items()
    values = dict(pairs)
    known = kind.__struct_fields__
    for name, _ in pairs:
        if name not in known:
            words = f"unknown parameter `{name[:60]}` (known: {', '.join(known) or 'none'})"
            raise ProblemError(400, words)
    if len(values) < len(pairs):
        twice = next(name for name in values if len(request.query_params.getlist(name)) > 1)
        raise ProblemError(400, f"`{twice}` is given more than once")
    # Not strict, since all values of a query are strings: "20" becomes an integer.
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$.")
        name = place.removesuffix("`")
        raise ProblemError(400, f"`{name}`: {reason}" if name else reason) from error


def answer_json(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a value as an answer in JSON, which no cache may store."""
    headers = {"cache-control": "no-store", **(headers or {})}
    return Response(msgspec.json.encode(value), status, headers, JSON)
