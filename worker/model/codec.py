"""Encoding and decoding of the model as JSON. No other module encodes or decodes a model.

`CODEC` is the schema version. It is part of every `dataschema` and is raised when a consumer that
validates against the old schema would fail.
"""

from typing import Any, TypeVar

import msgspec

from worker.errors import CodecError
from worker.model.annotations import ParsedItem
from worker.model.event import EntitiesEvent, Event, QuoteEvent, StatementEvent
from worker.model.feed import Feed, FeedState
from worker.model.item import NewsItem
from worker.model.ninjs import NinjsItem

__all__ = ["CODEC", "SCHEMAS", "dataschema", "dump", "json_schema", "load"]

M = TypeVar("M", bound=msgspec.Struct)

CODEC = 1

SCHEMAS: dict[str, type[msgspec.Struct]] = {
    "entities": EntitiesEvent,
    "event": Event,
    "item": ParsedItem,
    "news-item": NewsItem,
    "ninjs": NinjsItem,
    "quote": QuoteEvent,
    "statement": StatementEvent,
}
"""The published schemas by name: the files of docs/schema/."""

_encoder = msgspec.json.Encoder()
_kinds: tuple[type[msgspec.Struct], ...] = (*SCHEMAS.values(), Feed, FeedState)
_decoders: dict[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in _kinds
}


def dump(model: msgspec.Struct) -> bytes:
    """Return the model as a line of UTF-8 JSON.

    Raises:
        CodecError: A string of the model holds a lone surrogate, which JSON text may not contain.
    """
    try:
        return _encoder.encode(model)
    except UnicodeEncodeError as error:
        raise CodecError(
            f"text that is not Unicode: {error.reason}", subject=type(model).__name__
        ) from error


def load(kind: type[M], body: bytes | str) -> M:
    """Return the model that `dump` encoded.

    Raises:
        CodecError: The body is not JSON or does not fit the model; the message names the field.
    """
    try:
        decoded = _decoders[kind].decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise CodecError(str(error), subject=kind.__name__) from error
    assert isinstance(decoded, kind)
    return decoded


def dataschema(name: str) -> str:
    """Return the `dataschema` URI of a published schema."""
    return f"urn:copytaster:schema:{name}:{CODEC}"


def json_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a model in `SCHEMAS`."""
    schema = msgspec.json.schema(SCHEMAS[name])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": dataschema(name),
        **schema,
    }
