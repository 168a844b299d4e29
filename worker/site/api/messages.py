"""Splits the body of a request into inbox messages: JSON, JSON lines, and CloudEvents.

Source: CloudEvents 1.0.2, "HTTP Protocol Binding": binary, structured and batched content modes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

from worker.errors import MessageError
from worker.inbox.cloud_events import EVENT, CloudEvent, read_binary_event, read_event
from worker.site.problems import Fault, ProblemError

__all__ = ["BATCH", "EVENT", "LINES", "LINES_TYPES", "CloudEvent", "Message", "Refused", "split"]

BATCH = "application/cloudevents-batch+json"
_BOM = b"\xef\xbb\xbf"
LINES = "application/x-ndjson"
LINES_TYPES = frozenset({LINES, "application/ndjson", "application/jsonl", "application/jsonlines"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of a request, as the fields of an inbox entry. Positions and lines count from 1."""

    fields: Mapping[str, str]
    position: int
    line: int | None = None


class Refused(Exception):  # noqa: N818  # becomes a fault of a ProblemError
    """A message that cannot be read as an inbox message at all."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


def split(body: bytes, kind: str, headers: Mapping[str, str]) -> Iterator[Message | Refused]:
    """Yield the messages of a request, or the reason why a message cannot be read.

    Args:
        body: The body.
        kind: Its media type.
        headers: The headers of the request, with names in lower case.

    Raises:
        ProblemError: The body is not JSON, or its media type is not accepted.
    """
    body = body.removeprefix(_BOM)
    if kind == EVENT:
        yield _of_event(_decode(body), 1)
    elif kind == BATCH:
        for position, raw in enumerate(_elements(body), 1):
            yield _of_event(raw, position)
    elif "ce-specversion" in headers:
        # Before the media types of messages: in binary mode, that of the body is the data's.
        yield _of_headers(body, kind, headers)
    elif kind in LINES_TYPES:
        yield from _lines(body)
    elif kind == "application/json":
        whole = _decode(body)
        messages = [whole] if bytes(whole).lstrip()[:1] != b"[" else _elements(body)
        for position, raw in enumerate(messages, 1):
            yield _message(bytes(raw), position)
    else:
        known = f"application/json, {LINES}, {EVENT} or {BATCH}"
        raise ProblemError(415, f"the content type is {kind[:80] or 'not given'}, not {known}")


def _lines(body: bytes) -> Iterator[Message | Refused]:
    position = 0
    for line, raw in enumerate(body.split(b"\n"), 1):
        if raw.strip():
            position += 1
            yield _message(raw.strip(), position, line=line)


def _decode(body: bytes) -> msgspec.Raw:
    try:
        return msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProblemError(400, f"not JSON: {_reason(error)}") from error


def _elements(body: bytes) -> list[msgspec.Raw]:
    try:
        return msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProblemError(400, f"not an array: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _message(raw: bytes, position: int, *, line: int | None = None) -> Message | Refused:
    try:
        fields = {"message": raw.decode()}
    except UnicodeDecodeError as error:
        return _refused(f"not UTF-8: byte {error.start}", position, line=line)
    return Message(fields=fields, position=position, line=line)


def _of_event(raw: msgspec.Raw, position: int) -> Message | Refused:
    """Return the message of an event in structured mode: all of it is JSON."""
    return _of(lambda: read_event(bytes(raw)), position)


def _of_headers(body: bytes, kind: str, headers: Mapping[str, str]) -> Message | Refused:
    """Return the message of an event in binary mode: its attributes are headers, its data the body.

    Values are percent-encoded. Source: CloudEvents HTTP Protocol Binding, 3.1.3.2.
    """
    attributes = {
        name.removeprefix("ce-"): unquote(value)
        for name, value in headers.items()
        if name.startswith("ce-")
    }
    return _of(lambda: read_binary_event(body, kind, attributes), 1)


def _of(read: Callable[[], Mapping[str, str]], position: int) -> Message | Refused:
    try:
        return Message(fields=read(), position=position)
    except MessageError as error:
        return _refused(error.reason, position, member=error.subject or None)


def _refused(
    detail: str, position: int, *, line: int | None = None, member: str | None = None
) -> Refused:
    return Refused(Fault(detail=detail, position=position, line=line, member=member))
