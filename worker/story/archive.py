"""Archived copies: items as they came in, packed for the store and parsed again for replays."""

import zlib
from collections.abc import Mapping

import msgspec

from worker.errors import CodecError, MessageError
from worker.inbox.messages import PageRequest, read_message
from worker.model import Change, NewsItem, ParsedItem
from worker.model.inbox import FeedRequest

__all__ = ["Copy", "pack_copy", "read_copy", "unpack_copy"]

_FIELDS = ("message", "source", "published", "urgency")
"""The fields of an inbox entry that determine the item."""

_LEVEL = 1
"""zlib's fastest level: half of the best level's savings, in a tenth of its time."""

_NO_LIMIT = 1 << 40
"""No limit: the message was within the limit of its day when it came in."""


class Copy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of an item as it came in, and the stored state that its events depended on.

    `fields` are those of the inbox entry. `latest` is the version that was published before it.
    `copied` are the desks that had the original or another duplicate of it. The field names are
    those of the stored JSON.
    """

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
    """Return the copy of an item for the store, compressed; the arguments are those of `Copy`."""
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
    """Return the copy in the bytes of `pack_copy`.

    Raises:
        CodecError: The bytes are not a packed copy.
    """
    try:
        return _decoder.decode(zlib.decompress(body))
    except (zlib.error, msgspec.DecodeError, UnicodeError) as error:
        raise CodecError(str(error), subject="copy") from error


def read_copy(copy: Copy) -> NewsItem:
    """Parse the copy again, and return the item under the uri and version of its publication.

    A parse alone would not know them: a text that came back was published as `<digest>.2`.

    Raises:
        MessageError: The archived message no longer parses as an item.
    """
    item = read_message(copy.fields, limit_bytes=_NO_LIMIT)
    if isinstance(item, FeedRequest | PageRequest):
        raise MessageError("not an item but a request", subject=copy.uri)
    return msgspec.structs.replace(item, uri=copy.uri, version=copy.version)
