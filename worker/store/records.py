"""Raw replies of the server as the records of `worker.ports`, and the other way round."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from worker.errors import MessageError
from worker.model import NewsItem
from worker.model.codec import dump
from worker.ports import DeadLetter, DeskEntry, InboxEntry

__all__ = [
    "CUT_PAYLOAD_BYTES",
    "URGENT_TO",
    "WHOLE_PAYLOAD_BYTES",
    "check_entry_id",
    "dead_letter",
    "desk_entry",
    "inbox_entry",
    "is_entry_id",
    "item_message",
    "letter_fields",
    "milliseconds",
    "order_of",
    "uri_hash",
]

URGENT_TO = 3
"""Items of this urgency and below (1 is a flash) go to the urgent inbox."""

WHOLE_PAYLOAD_BYTES = 1 << 20
CUT_PAYLOAD_BYTES = 64 << 10
"""A dead letter keeps a message whole up to the one; of a longer one, the other."""

_ENTRY_ID = re.compile(r"\d{1,19}-\d{1,19}", re.ASCII)

Raw = Sequence[bytes]


def is_entry_id(text: str) -> bool:
    """True for the id of a stream's entry: "1700000000000-0"."""
    return _ENTRY_ID.fullmatch(text) is not None


def check_entry_id(text: str) -> str:
    """The id itself.

    Raises:
        MessageError: It is none.
    """
    if not is_entry_id(text):
        raise MessageError("not the id of a stream's entry", subject=text[:80])
    return text


def uri_hash(uri: str) -> str:
    """The part of an item's key that stands for its uri: 32 hex digits, whatever the uri holds."""
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def item_message(item: NewsItem) -> tuple[bytes, int]:
    """The item's JSON, and the byte at which a suffix of its version goes in.

    >>> message, cut = item_message(NewsItem(uri="urn:x", version="7", headline="H"))
    >>> message[:cut] + b".2" + message[cut:]
    b'{"uri":"urn:x","version":"7.2","headline":"H"}'
    """
    message = dump(item)
    opening = b'{"uri":%b,"version":%b' % (
        msgspec.json.encode(item.uri),
        msgspec.json.encode(item.version)[:-1],
    )
    assert message.startswith(opening), "NewsItem's first fields are uri and version"
    return message, len(opening)


def order_of(entry: InboxEntry) -> str:
    """The id that places an entry among the versions of its item: a retried one keeps its first."""
    first = entry.fields.get("retry_of", "")
    return first if is_entry_id(first) else entry.id


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970 of an aware datetime, rounded down: due now is due."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def inbox_entry(stream: bytes, entry_id: bytes, deliveries: int, fields: Raw) -> InboxEntry:
    """What take.lua and begin.lua answer. The first delivery is the taking: no attempt yet."""
    return InboxEntry(
        stream=stream.decode(),
        id=entry_id.decode(),
        fields=_texts(fields),
        attempts=max(0, deliveries - 1),
    )


def desk_entry(entry_id: bytes, fields: Raw) -> DeskEntry:
    values = _values(fields)
    return DeskEntry(
        entry_id=entry_id.decode(),
        id=values.get(b"id", b"").decode("utf-8", "replace"),
        type=values.get(b"type", b"").decode("utf-8", "replace"),
        body=values.get(b"event", b""),
    )


def dead_letter(entry_id: bytes, fields: Raw) -> DeadLetter:
    """A dead letter; where its payload was cut, `detail` says so."""
    texts = _texts(fields)
    detail = texts.get("detail", "")
    if "cut" in texts:
        note = f"payload cut: it had {texts['cut']} bytes and cannot be retried"
        detail = f"{detail}; {note}" if detail else note
    attempts = texts.get("attempts", "0")
    return DeadLetter(
        id=entry_id.decode(),
        reason=texts.get("reason", ""),
        kind=texts.get("kind", ""),
        attempts=int(attempts) if attempts.isascii() and attempts.isdigit() else 0,
        payload=texts.get("payload", ""),
        stream=texts.get("stream", ""),
        source=texts.get("source", ""),
        detail=detail,
    )


def letter_fields(letter: DeadLetter) -> dict[str, str]:
    """The fields of a letter that are not read from the rejected entry itself."""
    return {
        "reason": letter.reason,
        "kind": letter.kind,
        "attempts": str(letter.attempts),
        "source": letter.source,
        "detail": letter.detail,
    }


def _values(fields: Raw) -> dict[bytes, bytes]:
    return dict(zip(fields[::2], fields[1::2], strict=True))


def _texts(fields: Raw) -> Mapping[str, str]:
    texts = (word.decode("utf-8", "replace") for word in fields)
    return dict(zip(texts, texts, strict=True))
