"""Requests as inbox messages: JSON, JSON lines, and CloudEvents. Source: CloudEvents 1.0.2, HTTP
protocol binding.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import unquote

import msgspec
from msgspec import UNSET, Meta, UnsetType

from worker.site.problems import Fault, ProblemError

__all__ = ["BATCH", "EVENT", "LINES", "LINES_TYPES", "CloudEvent", "Message", "Refused", "split"]

EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"
LINES_TYPES = frozenset({LINES, "application/ndjson", "application/jsonl", "application/jsonlines"})

_Word = Annotated[str, Meta(min_length=1)]


class CloudEvent(msgspec.Struct, kw_only=True):
    """An event whose `data` is an inbox message, or a text.

    `source` and `time` stand in for the message's own `source` and `published`. Other attributes
    are not used.
    """

    specversion: Literal["1.0"]
    id: _Word
    source: _Word
    type: _Word
    time: str | None = None
    datacontenttype: str = "application/json"
    data: msgspec.Raw | UnsetType = UNSET
    data_base64: str | UnsetType = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of a request: the fields of its entry. Positions and lines count from 1."""

    fields: Mapping[str, str]
    position: int
    line: int | None = None


class Refused(Exception):  # noqa: N818  # becomes a fault of a ProblemError
    """A message that has no form that the inbox could look at."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


def split(body: bytes, kind: str, headers: Mapping[str, str]) -> Iterator[Message | Refused]:
    """Yield the messages of a request, with the reason for those that cannot be had.

    Args:
        body: The body.
        kind: Its media type.
        headers: The headers of the request, with names in small letters.

    Raises:
        ProblemError: The body has no messages, or is of another type.
    """
    if kind == EVENT:
        yield _of_event(_decode(body), 1)
    elif kind == BATCH:
        for position, raw in enumerate(_elements(body), 1):
            yield _of_event(raw, position)
    elif "ce-specversion" in headers:
        yield _of_headers(body, kind, headers)
    elif kind in LINES_TYPES:
        yield from _lines(body)
    elif kind == "application/json":
        raw = _decode(body)
        whole = [raw] if bytes(raw).lstrip()[:1] != b"[" else _elements(body)
        for position, one in enumerate(whole, 1):
            yield _message(bytes(one), position)
    else:
        known = f"application/json, {LINES}, {EVENT} or {BATCH}"
        raise ProblemError(415, f"the content type is {kind[:80] or 'not given'}, and not {known}")


def _lines(body: bytes) -> Iterator[Message | Refused]:
    position = 0
    for line, raw in enumerate(body.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
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
    return "nested too deep" if isinstance(error, RecursionError) else str(error)


def _message(
    raw: bytes,
    position: int,
    *,
    line: int | None = None,
    defaults: Mapping[str, str] | None = None,
) -> Message | Refused:
    try:
        fields = {"message": raw.decode(), **(defaults or {})}
    except UnicodeDecodeError as error:
        return _refused(f"not UTF-8: byte {error.start}", position, line=line)
    return Message(fields=fields, position=position, line=line)


def _of_event(raw: msgspec.Raw, position: int) -> Message | Refused:
    """Return the message of an event in JSON."""
    try:
        event = msgspec.json.decode(raw, type=CloudEvent)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return _refused(f"not a CloudEvent: {_reason(error)}", position)
    if isinstance(event.data_base64, str):
        try:
            data = base64.b64decode(event.data_base64, validate=True)
        except (binascii.Error, ValueError):
            return _refused("`data_base64` is not Base64", position, member="data_base64")
    elif isinstance(event.data, UnsetType):
        return _refused("`data` is missing", position, member="data")
    else:
        data = bytes(event.data)
        if not _is_json(event.datacontenttype):
            try:  # a text stands in a JSON string
                data = msgspec.json.decode(data, type=str).encode()
            except (msgspec.DecodeError, UnicodeError):
                return _refused("`data` is not a string", position, member="data")
    return _of_data(data, event, position)


def _of_headers(body: bytes, kind: str, headers: Mapping[str, str]) -> Message | Refused:
    """Return the message of an event whose attributes are headers and whose data is the body."""
    said = {
        name.removeprefix("ce-"): unquote(value)
        for name, value in headers.items()
        if name.startswith("ce-")
    }
    said.pop("data", None)
    said.pop("data_base64", None)
    try:
        event = msgspec.convert({**said, "datacontenttype": kind}, CloudEvent)
    except msgspec.ValidationError as error:
        return _refused(f"not a CloudEvent: {error}", 1)
    return _of_data(body, event, 1)


def _of_data(data: bytes, event: CloudEvent, position: int) -> Message | Refused:
    defaults = {"source": event.source, **({"published": event.time} if event.time else {})}
    if _is_json(event.datacontenttype):
        return _message(data, position, defaults=defaults)
    if event.datacontenttype.partition(";")[0].strip().lower() != "text/plain":
        words = "`datacontenttype` is neither application/json nor text/plain"
        return _refused(words, position, member="datacontenttype")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return _refused(f"not UTF-8: byte {error.start}", position)
    return _message(msgspec.json.encode({"text": text}), position, defaults=defaults)


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind in {"application/json", "text/json"} or kind.endswith("+json")


def _refused(
    detail: str, position: int, *, line: int | None = None, member: str | None = None
) -> Refused:
    return Refused(Fault(detail=detail, position=position, line=line, member=member))
