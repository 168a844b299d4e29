"""Errors of the HTTP API as problem details. Source: RFC 9457."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.responses import PlainTextResponse, Response

__all__ = [
    "PROBLEM_TYPE",
    "Fault",
    "ProblemDetails",
    "ProblemError",
    "answer_problem",
    "answer_refusal",
]

PROBLEM_TYPE = "application/problem+json"


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fault of one message of a request. Positions and lines count from 1."""

    detail: str
    position: int | None = None
    line: int | None = None
    member: str | None = None


class ProblemDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Problem details. `title` is the phrase of the status; `detail` is for people.

    `errors` holds the faults of a request's messages; `after` is the id from which events can still
    be read, if older events are gone. RFC 9457 leaves out `type` where the status says it all.
    """

    title: str
    status: int
    detail: str
    errors: tuple[Fault, ...] = ()
    after: str | None = None


class ProblemError(Exception):
    """A request that must be answered with a problem."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: tuple[Fault, ...] = (),
        after: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.headers = headers
        self.problem = ProblemDetails(
            title=HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            errors=errors,
            after=after,
        )

    def response(self) -> Response:
        """Return the problem as an answer."""
        body, status = msgspec.json.encode(self.problem), self.problem.status
        return Response(body, status, self.headers, PROBLEM_TYPE)


def answer_problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as an answer."""
    return ProblemError(status, detail, headers=headers).response()


def answer_refusal(
    path: str, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer to a request that reaches no handler: a problem below /v1, else a line."""
    if path.startswith("/v1/"):
        return answer_problem(status, detail, headers)
    return PlainTextResponse(f"{detail}\n", status, headers)
