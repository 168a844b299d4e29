"""Reads a queue's message as an entry of the inbox.

A body is a JSON message of the inbox, a CloudEvent in structured or binary mode, or, with the media
type `text/plain`, a text. Any other body goes to the inbox as well, which makes it a dead letter
with the reason: refused here, the queue would deliver it for ever.
"""

import re
from collections.abc import Mapping

import msgspec

from worker.errors import MessageError
from worker.inbox.cloud_events import read_binary_event
from worker.inbox.messages import refused_message
from worker.inbox.wire_files import event_or_message

__all__ = ["read_entry"]

_ATTRIBUTE = re.compile(r"(?:ce[-_]|cloudevents[:_])(?P<name>[a-z0-9]{1,40})\Z")
"""The headers of CloudEvents attributes in the protocol bindings, in lower case.

`ce_id` in Kafka, `ce-id` in NATS and HTTP, `cloudEvents:id` and `cloudEvents_id` in AMQP.
"""
_TRACE = ("traceparent", "tracestate")
_LONGEST_WORD = 8192


def read_entry(
    body: bytes,
    headers: Mapping[str, str],
    content_type: str = "",
    *,
    sender: str,
    limit_bytes: int,
) -> dict[str, str]:
    """Return the fields of the inbox entry for a queue's message.

    Args:
        body: The body.
        headers: The headers, with names in lower case.
        content_type: The media type; empty if it is not known.
        sender: The `source` of messages without one.
        limit_bytes: The longest message that the inbox accepts.
    """
    trace = {name: headers[name] for name in _TRACE if len(headers.get(name, "")) in range(1, 513)}
    try:
        if len(body) > limit_bytes:
            raise MessageError(f"the message is larger than {limit_bytes} bytes")
        fields = _read(body, headers, content_type)
    except MessageError as error:
        fields = {"message": refused_message(error.reason, body).decode()}
    known = {name: word[:_LONGEST_WORD] for name, word in fields.items() if name != "message"}
    return {"message": fields["message"], "source": sender, **known, **trace}


def _read(body: bytes, headers: Mapping[str, str], content_type: str) -> Mapping[str, str]:
    attributes = {
        found["name"]: word
        for name, word in headers.items()
        if (found := _ATTRIBUTE.match(name)) is not None
    }
    if "specversion" in attributes:
        return read_binary_event(body, content_type, attributes)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise MessageError(f"not UTF-8: byte {error.start}") from error
    if content_type.partition(";")[0].strip().lower() == "text/plain":
        return {"message": msgspec.json.encode({"text": text}).decode()}
    return event_or_message(text)
