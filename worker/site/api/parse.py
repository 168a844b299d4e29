"""`POST /v1/parse`: the annotations of a text, without storing it."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from worker.model import ParsedItem
from worker.runtime.sandbox import Limits, Sandbox, SandboxFailure
from worker.site.api.body import Bodies, media_type
from worker.site.api.operation import JSON, Answer, NoQuery, Operation, problems, read_query, ref
from worker.site.context import SiteContext
from worker.site.problems import ProblemError
from worker.site.reading import ParseRequest
from worker.site.tokens import TokenRole

__all__ = ["parse_operations"]

TEXT = "text/plain"
LIMIT_BYTES = 256 << 10

_PROCESSES = 2
_MOST_WAITING = 16
_TEXT_S = 20.0
_START_S = 20.0
_MEMORY_BYTES = 512 << 20


def parse_operations(context: SiteContext) -> tuple[Operation, ...]:
    """Return the operation that reads texts."""
    return (
        Operation(
            method="POST",
            path="/parse",
            name="parseText",
            summary="The annotations of a text or an item. Nothing is stored.",
            role=TokenRole.READ,
            endpoint=_Parser(context).parse,
            query=NoQuery,
            body={
                TEXT: {"type": "string"},
                JSON: {"anyOf": [ref("InboxText"), ref("InboxItem")]},
            },
            answers={
                200: Answer(
                    description="The item with its annotations.", content={JSON: ParsedItem}
                ),
                **problems(
                    _400="The text is not UTF-8, or there is a query.",
                    _408="The body did not arrive in time.",
                    _413=f"The body is longer than {LIMIT_BYTES} bytes.",
                    _415="The media type is not accepted.",
                    _422="The item is invalid, or was not read within the limits.",
                ),
            },
        ),
    )


class _Parser:
    """Reads texts in child processes with limits, so that no text can block or crash the server."""

    def __init__(self, context: SiteContext) -> None:
        self._limit_bytes = min(LIMIT_BYTES, context.settings.message_limit_bytes)
        self._bodies = Bodies(self._limit_bytes)
        limits = Limits(time_s=_TEXT_S, start_s=_START_S, memory_bytes=_MEMORY_BYTES)
        sandboxes = [Sandbox("worker.site.reading:answer_parse", limits) for _ in range(_PROCESSES)]
        # Last in, first out: a sandbox starts its process with the first text, in seconds.
        self._free = asyncio.LifoQueue[Sandbox]()
        self._waiting = 0
        for sandbox in sandboxes:
            self._free.put_nowait(sandbox)
            context.closers.append(sandbox.close)

    async def parse(self, request: Request) -> Response:
        """Answer the annotations of a text."""
        read_query(request, NoQuery)
        body = await self._bodies.read(request)
        kind, charset = media_type(request)
        if kind not in {TEXT, JSON} or charset not in {"", "utf-8", "utf8"}:
            raise ProblemError(415, f"a body is {TEXT} or {JSON}, in UTF-8")
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ProblemError(400, f"not UTF-8: byte {error.start}") from error
        message = msgspec.json.encode({"text": text}).decode() if kind == TEXT else text
        # JSON may need six bytes (`\u0001`) for a byte of the text, whose length was checked.
        parse = ParseRequest(message=message, limit_bytes=6 * self._limit_bytes + 1024)
        answer = await self._ask(msgspec.msgpack.encode(parse))
        return Response(answer, headers={"cache-control": "no-store"}, media_type=JSON)

    async def _ask(self, parse: bytes) -> bytes:
        if self._waiting >= _MOST_WAITING:
            raise ProblemError(503, "too many texts wait", headers={"retry-after": "5"})
        self._waiting += 1
        try:
            sandbox = await self._free.get()
        finally:
            self._waiting -= 1
        try:
            answer = await sandbox.ask(parse)
        finally:
            self._free.put_nowait(sandbox)
        if isinstance(answer, SandboxFailure):
            raise ProblemError(422, f"the text was not read: {answer.value}")
        if answer[:1] != b"1":
            raise ProblemError(422, answer[1:].decode())
        return answer[1:]
