"""`POST /v1/inbox`: puts messages on the inbox, all messages of a request or none."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from worker.errors import InboxFull, KeyReused, MessageError
from worker.inbox.messages import read_message
from worker.site.api.body import Bodies, media_type
from worker.site.api.messages import BATCH, EVENT, LINES, CloudEvent, Message, Refused, split
from worker.site.api.operation import (
    JSON,
    Answer,
    Operation,
    answer_json,
    problems,
    read_query,
    ref,
)
from worker.site.context import SiteContext
from worker.site.problems import Fault, ProblemError
from worker.site.tokens import TokenRole

__all__ = ["inbox_operations"]

REQUEST_BYTES = 4 << 20
REQUEST_MESSAGES = 1000
"""The most messages in a request: a single script adds them, and all other clients wait for it."""

_FAULTS = 20
"""The most faults that a problem lists."""

_MESSAGE = {"anyOf": [ref(name) for name in ("InboxText", "InboxItem", "InboxLink", "InboxFeed")]}
"""The forms of a message, with the schemas of the AsyncAPI document."""

_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")  # printable, no outer spaces

# The reasons of `read_message`: "`urgency` is not ...", "unknown member `x`", "... at `$.body`".
_MEMBER = re.compile(r"(?:^|unknown member )`(?P<own>\w+)`|at `\$\.(?P<deep>\w+)")


class InboxQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query of a request to the inbox."""

    urgent: Annotated[
        bool, Meta(description="Use the urgent door: these messages overtake those that wait.")
    ] = False


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of the entries, in the order of their messages."""

    entries: tuple[str, ...]


def inbox_operations(context: SiteContext) -> tuple[Operation, ...]:
    """Return the operation of the inbox."""
    return (
        Operation(
            method="POST",
            path="/inbox",
            name="putMessages",
            summary="Put messages on the inbox, all or none.",
            role=TokenRole.WRITE,
            endpoint=_Inbox(context).put,
            query=InboxQuery,
            headers={
                "Idempotency-Key": "A name that the sender gives this request. For a day, the same "
                "request with the same key gets the same ids, and puts nothing on the inbox again."
            },
            body={
                JSON: {"anyOf": [_MESSAGE, {"type": "array", "items": _MESSAGE, "minItems": 1}]},
                LINES: {"type": "string", "description": "A message on each line."},
                EVENT: ref(CloudEvent),
                BATCH: {"type": "array", "items": ref(CloudEvent), "minItems": 1},
            },
            models=(CloudEvent,),
            answers={
                202: Answer(description="The broker has all messages.", content={JSON: Accepted}),
                **problems(
                    _400="The body has no messages.",
                    _408="The body did not arrive in time.",
                    _413="The body is too long, or has too many messages.",
                    _415="The media type is not accepted.",
                    _422="Messages are invalid: `errors` lists them. Or the key was used before, "
                    "with another body.",
                    _429="The inbox is full.",
                ),
            },
        ),
    )


class _Inbox:
    def __init__(self, context: SiteContext) -> None:
        self._limit_bytes = context.settings.message_limit_bytes
        self._inbox = context.store.inbox
        # The limit of a message counts its JSON, so a request may hold a single message of any
        # permitted length.
        self._bodies = Bodies(max(REQUEST_BYTES, self._limit_bytes + 4096))

    async def put(self, request: Request) -> Response:
        """Put the messages of a request on the inbox."""
        query = read_query(request, InboxQuery)
        key = _key_of(request)
        body = await self._bodies.read(request)
        kind, charset = media_type(request)
        if charset not in {"", "utf-8", "utf8"}:
            raise ProblemError(415, f"the charset is {charset[:40]}, not UTF-8")
        ids = await asyncio.to_thread(
            self._put, body, kind, dict(request.headers), key, urgent=query.urgent
        )
        return answer_json(Accepted(entries=ids), 202)

    def _put(
        self, body: bytes, kind: str, headers: dict[str, str], key: str, *, urgent: bool
    ) -> tuple[str, ...]:
        messages = self._check(split(body, kind, headers))
        entries = [message.fields for message in messages]
        digest = _digest(entries, urgent=urgent) if key else ""
        try:
            return self._inbox.put_all(entries, urgent=urgent, key=key, digest=digest)
        except InboxFull as error:
            raise ProblemError(429, str(error), headers={"retry-after": "10"}) from error
        except KeyReused as error:
            raise ProblemError(422, error.reason) from error

    def _check(self, messages: Iterable[Message | Refused]) -> list[Message]:
        """Return the messages if the service accepts all of them.

        Raises:
            ProblemError: A message is invalid, or there are no messages, or too many.
        """
        good: list[Message] = []
        faults: list[Fault] = []
        for count, message in enumerate(messages, 1):
            if count > REQUEST_MESSAGES:
                raise ProblemError(413, f"more than {REQUEST_MESSAGES} messages in a request")
            fault = message.fault if isinstance(message, Refused) else self._fault_of(message)
            if fault is not None:
                faults.append(fault)
            elif isinstance(message, Message):
                good.append(message)
        if faults:
            is_alone = len(faults) + len(good) == 1
            raise ProblemError(422, _say(faults, is_alone=is_alone), errors=tuple(faults[:_FAULTS]))
        if not good:
            raise ProblemError(400, "no message in the body")
        return good

    def _fault_of(self, message: Message) -> Fault | None:
        """Return the fault of a message, by the rules of the inbox consumer; None if it is valid.

        The sender learns now of a fault that would make a dead letter later.
        """
        try:
            read_message(message.fields, limit_bytes=self._limit_bytes)
        except MessageError as error:
            found = _MEMBER.search(error.reason)
            member = (found["own"] or found["deep"]) if found else None
            return Fault(
                detail=error.reason, position=message.position, line=message.line, member=member
            )
        return None


def _digest(entries: Sequence[Mapping[str, str]], *, urgent: bool) -> str:
    """Return a digest of messages, the same for an array and for lines with the same messages.

    JSON tells the fields, and the messages, from each other.
    """
    return sha256(msgspec.json.encode((urgent, entries), order="sorted")).hexdigest()


def _key_of(request: Request) -> str:
    """Return the idempotency key of a request, with the name of its sender; empty for none.

    Two senders may choose the same key; neither must get the answer to the other's request.
    """
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return ""
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        reason = "`Idempotency-Key` has 1 to 255 printable ASCII characters, and is given once"
        raise ProblemError(400, reason)
    return f"{request.user.display_name}\0{keys[0]}"


def _say(faults: list[Fault], *, is_alone: bool) -> str:
    first = faults[0]
    place = f"line {first.line}" if first.line else f"message {first.position}"
    words = first.detail if is_alone and not first.line else f"{place}: {first.detail}"
    return words if len(faults) == 1 else f"{words} (and {len(faults) - 1} more)"
