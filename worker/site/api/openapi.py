"""The OpenAPI document, generated from the operations and the models. Source: OpenAPI 3.1.1."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from worker import __version__
from worker.desks.asyncapi import asyncapi
from worker.site.api.operation import Answer, Operation, problems, ref
from worker.site.problems import ProblemDetails

__all__ = ["openapi"]

_REF = "#/components/schemas/{name}"
_PATH_PARAMETER = re.compile(r"\{(?P<name>\w+)(?::\w+)?\}")

_OF_EVERY_OPERATION = problems(
    _400="A parameter is wrong; the problem names it.",
    _403="A page of another site, or a proxy in front of a service without tokens, sent this.",
    _421="The service does not answer for the name in the header Host.",
    _503="The broker or the database does not answer now.",
)
_OF_TOKENS = {
    **problems(_403="The token has another role, or a page of another site sent the request."),
    401: Answer(
        description="The token is missing or unknown.",
        content=problems(_401="")[401].content,
        headers={"WWW-Authenticate": "The scheme by which browsers prompt for the token."},
    ),
}


def openapi(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the OpenAPI document as values that encode to JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = _PATH_PARAMETER.sub(r"{\g<name>}", f"/v1{operation.path}")
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "copytaster",
            "version": __version__,
            "description": "Put messages on the inbox, read desks, search the archive. Errors are "
            "problem details (RFC 9457).",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": _schemas(operations),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The token is the password; the user is not used.",
                },
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    own = {**_OF_EVERY_OPERATION, **(_OF_TOKENS if operation.role else {}), **operation.answers}
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": list(_parameters(operation)),
        "responses": {str(status): _answer(answer) for status, answer in sorted(own.items())},
        "security": [{"bearer": []}, {"basic": []}] if operation.role else [],
    }
    if operation.role:
        described["description"] = f"Needs a token of the role `{operation.role.value}`."
    if operation.body:
        content = {kind: {"schema": dict(schema)} for kind, schema in operation.body.items()}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for found in _PATH_PARAMETER.finditer(operation.path):
        yield {"name": found["name"], "in": "path", "required": True, "schema": {"type": "string"}}
    for name, description in operation.headers.items():
        yield {
            "name": name,
            "in": "header",
            "description": description,
            "schema": {"type": "string"},
        }
    if operation.query is not None:
        schema = msgspec.json.schema(operation.query)
        model = schema["$defs"][operation.query.__name__]
        for name, value in model["properties"].items():
            described = {"name": name, "in": "query", "schema": value}
            if "description" in value:
                described["description"] = value.pop("description")
            yield described


def _answer(answer: Answer) -> dict[str, Any]:
    content = {
        kind: {"schema": dict(model) if isinstance(model, Mapping) else ref(model)}
        for kind, model in answer.content.items()
    }
    headers = {
        name: {"description": description, "schema": {"type": "string"}}
        for name, description in answer.headers.items()
    }
    return {
        "description": answer.description,
        **({"content": content} if content else {}),
        **({"headers": headers} if headers else {}),
    }


def _schemas(operations: Sequence[Operation]) -> Mapping[str, Any]:
    """Return the schemas of all answers and bodies, and those of messages from AsyncAPI."""
    models = {
        model
        for operation in operations
        for answer in operation.answers.values()
        for model in answer.content.values()
        if isinstance(model, type)
    }
    bodies = {model for operation in operations for model in operation.models}
    _, schemas = msgspec.json.schema_components(
        sorted({*models, *bodies, ProblemDetails}, key=_name_of), ref_template=_REF
    )
    of_messages = asyncapi()["components"]["schemas"]
    # In AsyncAPI the schema of an item permits unknown members; the inbox refuses them, as in all
    # other forms of a message.
    of_messages["InboxItem"]["additionalProperties"] = False
    return dict(sorted({**of_messages, **schemas}.items()))


def _name_of(model: type[msgspec.Struct]) -> str:
    return model.__name__
