"""Copies of items as they came in: packed for the store, read again by the present parser."""

import zlib
from collections.abc import Mapping

import msgspec

from worker.errors import CodecError, MessageError
from worker.inbox.messages import FeedRequest, PageRequest, read_message
from worker.model import Change, NewsItem, ParsedItem

__all__ = ["Copy", "pack_copy", "read_copy", "unpack_copy"]

_FIELDS = ("message", "source", "published", "urgency")
"""The fields of an inbox entry from which an item is read."""

_LEVEL = 1
"""zlib's fastest: half of the best one's gain for a tenth of its time."""

_NO_LIMIT = 1 << 40
"""The message was short enough when it came in."""


class Copy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version as it came in, and what only the store knew of it when it was published."""

    uri: str
    version: str
    fields: dict[str, str]
    latest: str | None = None
    change: Change | None = None
    duplicate_of: str | None = None
    copied: tuple[str, ...] = ()


_decoder = msgspec.json.Decoder(Copy)


def pack_copy(
    parsed: ParsedItem,
    fields: Mapping[str, str],
    latest: str | None,
    copied: tuple[str, ...] = (),
) -> bytes:
    """The copy, compressed. `copied` are the desks that had the item that this one repeats."""
    copy = Copy(
        uri=parsed.item.uri,
        version=parsed.item.version,
        fields={name: fields[name] for name in _FIELDS if name in fields},
        latest=latest,
        change=parsed.change,
        duplicate_of=parsed.duplicate_of,
        copied=copied,
    )
    return zlib.compress(msgspec.json.encode(copy), _LEVEL)


def unpack_copy(body: bytes) -> Copy:
    """The copy that was packed.

    Raises:
        CodecError: It is none of ours.
    """
    try:
        return _decoder.decode(zlib.decompress(body))
    except (zlib.error, msgspec.DecodeError, UnicodeError) as error:
        raise CodecError(str(error), subject="copy") from error


def read_copy(copy: Copy) -> NewsItem:
    """The item, read anew under the identity that it was published with.

    Raises:
        MessageError: What was an item once is none any more.
    """
    item = read_message(copy.fields, limit_bytes=_NO_LIMIT)
    if isinstance(item, FeedRequest | PageRequest):
        raise MessageError("a request", subject=copy.uri)
    return msgspec.structs.replace(item, uri=copy.uri, version=copy.version)
