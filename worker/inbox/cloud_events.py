"""CloudEvents as inbox messages, in both content modes.

In structured mode the event is a JSON object, whose `data` is the message; in binary mode its
attributes are headers of the protocol, and the body is the message. The message is one of the forms
of `worker.inbox.messages`, or with a `datacontenttype` of `text/plain`, a text.

Source: CloudEvents 1.0.2, with its JSON format and its AMQP, HTTP, Kafka and NATS bindings.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from worker.errors import MessageError

__all__ = ["EVENT", "CloudEvent", "is_json", "read_binary_event", "read_event"]

EVENT = "application/cloudevents+json"
"""The media type of an event in structured mode."""

_Word = Annotated[str, Meta(min_length=1)]


class CloudEvent(msgspec.Struct, kw_only=True):
    """The attributes of an event that are used, and its data.

    `source` and `time` stand in for the message's own `source` and `published`.
    """

    specversion: Literal["1.0"]
    id: _Word
    source: _Word
    type: _Word
    time: str | None = None
    datacontenttype: str = "application/json"
    data: msgspec.Raw | UnsetType = UNSET
    data_base64: str | UnsetType = UNSET


def read_event(raw: bytes) -> Mapping[str, str]:
    """Return the entry fields of an event in structured mode.

    >>> event = {"specversion": "1.0", "id": "7", "source": "/cms", "type": "item"}
    >>> read_event(msgspec.json.encode(event | {"data": {"text": "A"}}))
    {'message': '{"text":"A"}', 'source': '/cms'}

    Raises:
        MessageError: It is no CloudEvent, or has no message in it; the subject is the wrong member,
            if there is one.
    """
    try:
        event = msgspec.json.decode(raw, type=CloudEvent)
    except RecursionError as error:
        raise MessageError("not a CloudEvent: nested too deeply") from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise MessageError(f"not a CloudEvent: {error}") from error
    return _entry_fields(_data(event), event)


def read_binary_event(
    body: bytes, content_type: str, attributes: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the entry fields of an event in binary mode.

    Args:
        body: The data.
        content_type: Its media type; empty for JSON.
        attributes: The attributes by their names, without the prefix of the protocol.

    Raises:
        MessageError: An attribute is missing or wrong, or the body is no message.
    """
    said = {name: word for name, word in attributes.items() if not name.startswith("data")}
    if content_type:
        said["datacontenttype"] = content_type
    try:
        event = msgspec.convert(said, CloudEvent)
    except msgspec.ValidationError as error:
        raise MessageError(f"not a CloudEvent: {error}") from error
    return _entry_fields(body, event)


def is_json(content_type: str) -> bool:
    """Return True for the media type of JSON, or of a format in JSON."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind in {"application/json", "text/json"} or kind.endswith("+json")


def _data(event: CloudEvent) -> bytes:
    if isinstance(event.data_base64, str):
        try:
            return base64.b64decode(event.data_base64, validate=True)
        except (binascii.Error, ValueError) as error:
            raise MessageError("`data_base64` is not Base64", subject="data_base64") from error
    if isinstance(event.data, UnsetType):
        raise MessageError("`data` is missing", subject="data")
    if is_json(event.datacontenttype):
        return bytes(event.data)
    try:
        return msgspec.json.decode(event.data, type=str).encode()
    except (msgspec.DecodeError, UnicodeError) as error:
        raise MessageError("`data` is not a string", subject="data") from error


def _entry_fields(data: bytes, event: CloudEvent) -> Mapping[str, str]:
    kind = event.datacontenttype.partition(";")[0].strip().lower()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise MessageError(f"not UTF-8: byte {error.start}") from error
    if not is_json(kind):
        if kind != "text/plain":
            reason = "`datacontenttype` is neither application/json nor text/plain"
            raise MessageError(reason, subject="datacontenttype")
        text = msgspec.json.encode({"text": text}).decode()
    fields = {"message": text, "source": event.source}
    return fields | ({"published": event.time} if event.time else {})
