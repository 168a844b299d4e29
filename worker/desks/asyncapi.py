"""The AsyncAPI document of the public streams: channels, messages and schemas.

It is generated from the model, so that it cannot disagree with it. Source: AsyncAPI 3.0.0.
"""

from typing import Any

import msgspec

from worker.desks import Shape
from worker.model import Signal
from worker.model.codec import CODEC, SCHEMAS, dataschema

__all__ = ["EVENT_TYPES", "asyncapi"]

_REF = "#/components/schemas/{name}"

_SCHEMA_OF = {
    Shape.ITEM: "item",
    Shape.QUOTES: "quote",
    Shape.STATEMENTS: "statement",
    Shape.ENTITIES: "entities",
    Shape.NINJS: "ninjs",
}

_SHAPES_OF_SPEECH = (Shape.QUOTES, Shape.STATEMENTS)
"""Shapes whose events are created only: a new version of the item has new quotes."""

EVENT_TYPES = tuple(
    (schema, signal)
    for shape, schema in _SCHEMA_OF.items()
    for signal in ((Signal.CREATED,) if shape in _SHAPES_OF_SPEECH else Signal)
)
"""Every type of event: the schema of its data and its signal."""


# The forms of messages, for the schemas only: `worker.inbox.messages`, which reads them, is in a
# layer above. tests/unit/test_schema_asyncapi.py compares the two.


class InboxText(msgspec.Struct, forbid_unknown_fields=True):
    """A plain text, from which headline, deck, byline and body are read. `published` is a date or
    a date and time.
    """

    text: str
    source: str = ""
    published: str | None = None
    urgency: int | None = None
    language: str = ""
    uri: str = ""
    link: str = ""


class InboxLink(msgspec.Struct, forbid_unknown_fields=True):
    """A page to read, which makes an item. `published` is a date or a date and time."""

    link: str
    source: str = ""
    published: str | None = None
    urgency: int | None = None
    language: str = ""
    uri: str = ""


class InboxFeed(msgspec.Struct, forbid_unknown_fields=True):
    """A feed to poll now, and from now on."""

    feed: str
    name: str = ""
    agency: str = ""
    language: str = ""
    full_text: bool = False
    interval_s: int = 0


def asyncapi() -> dict[str, Any]:
    """Return the document as values that encode to JSON."""
    events = {f"{schema}.{signal.value}": (schema, signal) for schema, signal in EVENT_TYPES}
    inbox = ("inbox.item", "inbox.text", "inbox.link", "inbox.feed")
    return {
        "asyncapi": "3.0.0",
        "id": "urn:copytaster",
        "info": {
            "title": "copytaster",
            "version": str(CODEC),
            "description": "Reads the news wire for machines. The version is the number of the "
            "wire format, the last part of each `dataschema`.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "localhost:6379",
                "protocol": "redis",
                "description": "Redis 7.0 or Valkey 7.2, or later: the server of "
                "COPYTASTER_REDIS_URL. The first word of each address is COPYTASTER_PREFIX.",
            }
        },
        "channels": _channels(inbox, tuple(events)),
        "operations": {
            "takeMessages": _operation("receive", "inbox", inbox),
            "takeUrgentMessages": _operation("receive", "inboxUrgent", inbox),
            "publishEvents": _operation("send", "desk", tuple(events)),
        },
        "components": {
            "messages": {**_inbox_messages(), **_event_messages()},
            "schemas": _schemas(),
        },
    }


def _channels(inbox: tuple[str, ...], events: tuple[str, ...]) -> dict[str, Any]:
    taken = "A Redis stream that anyone may XADD to; the message is its field `message`."
    return {
        "inbox": {
            "address": "copytaster:inbox",
            "description": taken,
            "messages": _messages(inbox),
        },
        "inboxUrgent": {
            "address": "copytaster:inbox:urgent",
            "description": f"{taken} Read before the other.",
            "messages": _messages(inbox),
        },
        "desk": {
            "address": "copytaster:desk:{name}",
            "description": "A Redis stream for each desk. The event is the field `event` of an "
            "entry; `id` and `type` stand beside it, the same as in it.",
            "parameters": {"name": {"description": "The desk's name.", "default": "items"}},
            "messages": _messages(events),
        },
    }


def _messages(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _operation(action: str, channel: str, messages: tuple[str, ...]) -> dict[str, Any]:
    """Return an operation from copytaster's side; its clients do the opposite."""
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
    }


def _inbox_messages() -> dict[str, Any]:
    return {
        f"inbox.{word}": {
            "name": f"inbox.{word}",
            "summary": summary,
            "payload": {"$ref": _REF.format(name=schema)},
        }
        for word, schema, summary in (
            ("item", "InboxItem", "An item, as docs/schema/news-item.json has it."),
            ("text", "InboxText", "A plain text."),
            ("link", "InboxLink", "A page to read."),
            ("feed", "InboxFeed", "A feed to poll."),
        )
    }


def _event_messages() -> dict[str, Any]:
    messages: dict[str, Any] = {}
    for schema, signal in EVENT_TYPES:
        kind = f"copytaster.{schema}.{signal.value}"
        narrowed = {
            "type": {"const": kind},
            "dataschema": {"const": dataschema(schema)},
            "data": {"$ref": _REF.format(name=SCHEMAS[schema].__name__)},
        }
        event = {"$ref": _REF.format(name="Event")}
        messages[f"{schema}.{signal.value}"] = {
            "name": kind,
            "title": kind,
            "payload": {"allOf": [event, {"type": "object", "properties": narrowed}]},
        }
    return messages


def _schemas() -> dict[str, Any]:
    """Return every schema by the name of its model, and the item as the inbox takes it."""
    models = (*SCHEMAS.values(), InboxText, InboxLink, InboxFeed)
    _, schemas = msgspec.json.schema_components(models, ref_template=_REF)
    item = schemas["NewsItem"]
    moment = {"type": "string", "description": "Stands in for `versioncreated`."}
    schemas["InboxItem"] = {
        **{name: value for name, value in item.items() if name != "required"},
        "title": "InboxItem",
        "description": "A NewsItem whose `uri` and `version` may be missing.",
        "properties": {**item["properties"], "published": moment},
    }
    return dict(sorted(schemas.items()))
