"""Raw replies of the server as the records of `worker.ports`, and the other way round."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from worker.errors import MessageError
from worker.model import Lease
from worker.ports import (
    DeadLetter,
    DeskEntry,
    InboxEntry,
    Kept,
    Known,
    OpenKill,
    Recent,
    Trace,
)

__all__ = [
    "CUT_PAYLOAD_BYTES",
    "HISTORY_LENGTH",
    "STRIKES_FOR_S",
    "WHOLE_PAYLOAD_BYTES",
    "check_entry_id",
    "dead_letter",
    "desk_entry",
    "desks_word",
    "held_words",
    "inbox_entry",
    "is_entry_id",
    "item_id",
    "kept",
    "known",
    "lease_pairs",
    "letter_fields",
    "milliseconds",
    "open_kill",
    "order_of",
    "recent",
    "trace",
    "uri_hash",
    "version_hash",
    "version_of",
    "version_word",
]

WHOLE_PAYLOAD_BYTES = 1 << 20
CUT_PAYLOAD_BYTES = 64 << 10
"""A dead letter keeps a message whole up to the one; of a longer one, the other."""

HISTORY_LENGTH = 20
"""Polls of a feed that are remembered."""

STRIKES_FOR_S = 3600
"""How long after it a host's wish that we slow down still counts."""

_DIGEST = re.compile(r"[0-9a-f]{32}")
_DIGEST_WORD = 17

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


def item_id(uri: str) -> bytes:
    """Return the 12 bytes under which the store remembers the item of a uri."""
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).digest()[:12]


def version_hash(version: str) -> bytes:
    """Return the 8 bytes that stand for a version among those seen of an item."""
    return hashlib.sha256(version.encode("utf-8", "surrogatepass")).digest()[:8]


def version_word(version: str) -> bytes:
    """Return a version as an item's record holds it: a digest takes half of its length.

    >>> version_of(version_word("00ff" * 8)), version_word("2")
    ('00ff00ff00ff00ff00ff00ff00ff00ff', b'2')
    """
    if _DIGEST.fullmatch(version):
        return b"\0" + bytes.fromhex(version)
    return version.encode("utf-8", "replace")


def version_of(word: bytes) -> str:
    """Return the version that `version_word` packed."""
    return word[1:].hex() if word[:1] == b"\0" and len(word) == _DIGEST_WORD else word.decode()


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


def desks_word(desks: Sequence[str]) -> str:
    """The names of desks as an item's hash holds them."""
    return "".join(f"{name}," for name in desks)


def known(version: bytes | None, desks: bytes | None, copy: bytes | None) -> Known:
    """What an item's hash says."""
    return Known(
        version=None if version is None else version.decode(),
        desks=tuple(name for name in (desks or b"").decode().split(",") if name),
        copy=None if copy is None else copy.decode(),
    )


def recent(entry_id: bytes, fields: Raw) -> Recent:
    one = msgspec.json.decode(_values(fields)[b"item"], type=Recent)
    return msgspec.structs.replace(one, at_ms=int(entry_id.partition(b"-")[0]))


def open_kill(entry_id: bytes, fields: Raw) -> OpenKill:
    one = msgspec.json.decode(_values(fields)[b"kill"], type=OpenKill)
    return msgspec.structs.replace(one, id=entry_id.decode())


def kept(entry_id: bytes, fields: Raw) -> Kept:
    values = _values(fields)
    return Kept(id=entry_id.decode(), uri_hash=values[b"item"].decode(), body=values[b"body"])


def trace(one: Mapping[bytes, bytes], *, on_inbox: bool, is_held: bool) -> Trace:
    """What an item's hash tells of its way."""
    words = {name.decode("utf-8", "replace"): value.decode() for name, value in one.items()}
    return Trace(
        admitted=words.get("newest"),
        entry=words.get("entry", ""),
        by=tuple(sorted(name.removeprefix("by:") for name in words if name.startswith("by:"))),
        on_inbox=on_inbox,
        is_held=is_held,
        version=words.get("version"),
        desks=tuple(name for name in words.get("desks", "").split(",") if name),
        is_withdrawn=_is_later(words.get("withdrawn", ""), words.get("order", "")),
    )


def _is_later(entry_id: str, other: str) -> bool:
    if not is_entry_id(entry_id):
        return False
    return not is_entry_id(other) or _parts(entry_id) > _parts(other)


def _parts(entry_id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in entry_id.split("-"))


def held_words(entry: InboxEntry) -> bytes:
    """What waits: the entry's fields and its place among the versions of its item, as JSON."""
    others = {
        name: value for name, value in entry.fields.items() if name not in {"retry_of", "released"}
    }
    words = [word for field in others.items() for word in field]
    return msgspec.json.encode({"order": order_of(entry), "fields": words})


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
        item=texts.get("item", ""),
        first_at=_moment_of(texts.get("retry_of", "")),
        last_at=_moment_of(entry_id.decode()),
    )


def _moment_of(entry_id: str) -> datetime | None:
    """When the entry was put on its stream."""
    if not is_entry_id(entry_id):
        return None
    try:
        ms = int(entry_id.partition("-")[0])
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    except OverflowError:  # an id that its sender made up
        return None


def letter_fields(letter: DeadLetter) -> dict[str, str]:
    """The fields of a letter that are not read from the rejected entry itself."""
    return {
        "reason": letter.reason,
        "kind": letter.kind,
        "attempts": str(letter.attempts),
        "source": letter.source,
        "detail": letter.detail,
        "item": letter.item,
    }


def _values(fields: Raw) -> dict[bytes, bytes]:
    return dict(zip(fields[::2], fields[1::2], strict=True))


def _texts(fields: Raw) -> Mapping[str, str]:
    texts = (word.decode("utf-8", "replace") for word in fields)
    return dict(zip(texts, texts, strict=True))


def lease_pairs(leases: Sequence[Lease]) -> list[tuple[str, str]]:
    """Return what is leased with its token, as scripts/renew_leases.lua takes it."""
    return [(lease.feed_id, lease.token) for lease in leases]
