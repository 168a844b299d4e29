"""Raw replies of the server as records of `worker.model`, and records as words for scripts."""

import itertools
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from worker.errors import MessageError
from worker.model import Lease
from worker.model.digests import version_of
from worker.model.inbox import DeadLetter, DoorMessage, InboxEntry
from worker.model.publishing import (
    ArchivedItem,
    DeskEntry,
    ItemTrace,
    OpenKill,
    PublishedState,
    PublishRequest,
    RecentItem,
)

__all__ = [
    "CUT_PAYLOAD_BYTES",
    "HISTORY_LENGTH",
    "STRIKES_FOR_S",
    "WHOLE_PAYLOAD_BYTES",
    "archived_item",
    "check_entry_id",
    "dead_letter",
    "desk_entry",
    "door_message",
    "held_item",
    "held_wires",
    "inbox_entry",
    "is_entry_id",
    "is_first_id",
    "is_last_id",
    "lease_pairs",
    "letter_class",
    "letter_words",
    "milliseconds",
    "open_kill",
    "pack_held",
    "pack_recent",
    "published_state",
    "recent_item",
    "trace",
    "work_entry",
]

WHOLE_PAYLOAD_BYTES = 1 << 20
CUT_PAYLOAD_BYTES = 64 << 10
"""Longest message at a door that a letter keeps whole, and length to which a longer one is cut. A
letter of a work entry keeps up to a quarter of `dead_bytes`, if that is more.
"""

HISTORY_LENGTH = 20
"""Polls in the history of a feed."""

STRIKES_FOR_S = 3600
"""Time for which a host's strikes are remembered after its back-off."""

_FIXED = re.compile(r"(?:`[a-z_]+`)?[^`'\"(:\d]*")
"""The beginning of a reason, which may be the name of a member, before any words of the sender."""

_LONGEST = 1000
_LONGEST_DETAIL = 10_000
"""Limits in code points for a field of a dead letter, and for its traceback."""
_LONGEST_SOURCE = 8192
"""As long as the URL of a feed may be: a retried letter has the source of its item."""

_ENTRY_ID = re.compile(r"\d{1,20}-\d{1,20}", re.ASCII)
_LARGEST_PART = (1 << 64) - 1

Raw = Sequence[bytes]


def is_entry_id(text: str) -> bool:
    """Return True for the id of a stream's entry: "1700000000000-0"."""
    return _ENTRY_ID.fullmatch(text) is not None and max(_parts_of(text)) <= _LARGEST_PART


def is_first_id(text: str) -> bool:
    """Return True for the least id of all, before which no entry can be."""
    return is_entry_id(text) and max(_parts_of(text)) == 0


def is_last_id(text: str) -> bool:
    """Return True for the greatest id of all, after which no entry can be."""
    return is_entry_id(text) and min(_parts_of(text)) == _LARGEST_PART


def _parts_of(entry_id: str) -> tuple[int, int]:
    ms, _, number = entry_id.partition("-")
    return int(ms), int(number)


def check_entry_id(text: str) -> str:
    """Return the id if it is that of a stream's entry.

    Raises:
        MessageError: It is not.
    """
    if not is_entry_id(text):
        raise MessageError("not the id of a stream's entry", subject=text[:80])
    return text


def milliseconds(moment: datetime) -> int:
    """Return the milliseconds since 1970, rounded down, so that an item due now is due."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def door_message(  # noqa: PLR0917  # the answer of read_doors.lua
    look: str, door: bytes, entry_id: bytes, size: int, digest: bytes, fields: Raw
) -> DoorMessage:
    """Return a message of read_doors.lua."""
    return DoorMessage(
        look=look,
        door=door.decode(),
        id=entry_id.decode(),
        size=size,
        digest=digest.decode(),
        fields=_texts(fields),
    )


def work_entry(stream: bytes, entry_id: bytes, attempts: int, size: int, fields: Raw) -> InboxEntry:
    """Return an entry of take_work.lua, which has fields only if the inbox consumer needs them."""
    return InboxEntry(
        stream=stream.decode(),
        id=entry_id.decode(),
        fields=_texts(fields),
        attempts=attempts,
        size=size,
    )


def inbox_entry(stream: bytes, entry_id: bytes, attempts: int, fields: Raw) -> InboxEntry:
    """Return an entry of begin.lua."""
    return InboxEntry(
        stream=stream.decode(),
        id=entry_id.decode(),
        fields=_texts(fields),
        attempts=attempts,
    )


def desk_entry(entry_id: bytes, fields: Raw) -> DeskEntry:
    """Return an event on a desk's stream. Any field may be missing: the stream is public."""
    values = _values(fields)
    return DeskEntry(
        entry_id=entry_id.decode(),
        id=values.get(b"id", b"").decode("utf-8", "replace"),
        type=values.get(b"type", b"").decode("utf-8", "replace"),
        body=values.get(b"event", b""),
    )


def published_state(  # noqa: PLR0917  # the answer of known.lua
    version: bytes,
    order: bytes,
    desks: Raw,
    behind: Raw,
    copy: bytes,
    withdrawn: bytes,
    seen: Raw,
    place: bytes,
) -> PublishedState:
    """Return the answer of known.lua for an item."""
    passed = zip(seen[::4], seen[3::4], strict=True)
    return PublishedState(
        version=version_of(version) if version else None,
        is_kill=version[:1] == b"\2",
        order=order.decode(),
        desks=_names(desks),
        behind=_names(behind),
        copy=copy.decode() or None,
        is_withdrawn=bool(withdrawn),
        seen=tuple(zip(seen[::4], map(int, seen[1::4]), strict=True)),
        published=tuple(itertools.compress(seen[::4], map(int, seen[2::4]))),
        passed_over={hashed: order.decode() for hashed, order in passed if order},
        place=place.decode(),
    )


def _names(desks: Raw) -> tuple[str, ...]:
    return tuple(sorted(name.decode() for name in desks))


def pack_recent(item: RecentItem) -> bytes:
    """Return a recent item as its wires list it."""
    return msgspec.msgpack.encode(_recent_fields(item))


def _recent_fields(item: RecentItem) -> tuple[str, ...]:
    return (item.uri, item.version, item.number, item.slug, item.headline, item.order)


def _recent_of(fields: Sequence[str], at_ms: int) -> RecentItem:
    uri, version, number, slug, headline, order = fields
    return RecentItem(
        uri=uri,
        version=version,
        number=number,
        slug=slug,
        headline=headline,
        order=order,
        at_ms=at_ms,
    )


def recent_item(entry_id: bytes, fields: Raw) -> RecentItem:
    """Return an item that a wire lists."""
    packed = _values(fields)[b"item"]
    return _recent_of(msgspec.msgpack.decode(packed), int(entry_id.partition(b"-")[0]))


def pack_held(request: PublishRequest) -> bytes:
    """Return an item under embargo, for kills to find: its wires and its names.

    hold.lua puts its order and a space before it.
    """
    recent_fields = _recent_fields(request.recent) if request.recent else ()
    return msgspec.msgpack.encode((request.wires, recent_fields))


def held_wires(packed: bytes) -> Sequence[str]:
    """Return the wires of an item under embargo, without reading its names."""
    _, _, listing = packed.partition(b" ")
    wires, _ = msgspec.msgpack.decode(listing, type=tuple[tuple[str, ...], msgspec.Raw])
    return wires


def held_item(packed: bytes, at_ms: int) -> RecentItem:
    """Return an item under embargo as if it were published then."""
    order, _, listing = packed.partition(b" ")
    _, fields = msgspec.msgpack.decode(listing)
    item = _recent_of(fields, at_ms)
    return msgspec.structs.replace(item, order=order.decode(), is_held=True)


def open_kill(entry_id: bytes, fields: Raw) -> OpenKill:
    """Return an open kill that a wire lists."""
    kill = msgspec.json.decode(_values(fields)[b"kill"], type=OpenKill)
    return msgspec.structs.replace(kill, id=entry_id.decode())


def archived_item(entry_id: bytes, fields: Raw) -> ArchivedItem:
    """Return a copy of an item."""
    values = _values(fields)
    return ArchivedItem(id=entry_id.decode(), item=values[b"item"], body=values[b"body"])


def trace(  # noqa: PLR0917  # the answer of trace.lua
    newest: bytes,
    version: bytes,
    desks: Raw,
    is_withdrawn: int,
    withheld: bytes,
    kill: bytes,
    is_held: int,
) -> ItemTrace:
    """Return the answer of trace.lua: the history of an item."""
    return ItemTrace(
        admitted=version_of(newest) if newest else None,
        version=version_of(version) if version else None,
        desks=_names(desks),
        is_withdrawn=bool(is_withdrawn),
        withheld=version_of(withheld) if withheld else "",
        withheld_by=kill.decode("utf-8", "replace"),
        is_held=bool(is_held),
    )


def dead_letter(entry_id: bytes, fields: Raw) -> DeadLetter:
    """Return a dead letter; if its payload was cut, `detail` says so."""
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
    """Return the time at which an entry was put on its stream, by its id."""
    if not is_entry_id(entry_id):
        return None
    try:
        ms = int(entry_id.partition("-")[0])
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    except OverflowError:  # an id that its sender made up
        return None


def letter_words(letter: DeadLetter) -> list[str]:
    """Return names and values of a letter's fields, except those that the rejected entry has.

    They are cut, since only the payload counts towards `dead_bytes`.
    """
    return [
        *("reason", letter.reason[:_LONGEST]),
        *("kind", letter.kind),
        *("class", letter_class(letter)),
        *("attempts", str(letter.attempts)),
        *("source", letter.source[:_LONGEST_SOURCE]),
        *("detail", letter.detail[-_LONGEST_DETAIL:]),
        *("item", letter.item),
    ]


def letter_class(letter: DeadLetter) -> str:
    """Return the kind of a letter, with the fixed words of the reason for an invalid message.

    Words that its sender chose, such as a name or a number, make no class of their own: otherwise a
    flood of invalid messages could evict all other letters (lib/letters.lua).

    >>> letter_class(DeadLetter(reason="unknown member `x` (known: y)", kind="message",
    ...     attempts=0, payload=""))
    'message: unknown member'
    """
    if letter.kind != "message":
        return letter.kind
    fixed = _FIXED.match(letter.reason)
    return f"{letter.kind}: {fixed[0].strip()[:60] if fixed else ''}"


def _values(fields: Raw) -> dict[bytes, bytes]:
    return dict(zip(fields[::2], fields[1::2], strict=True))


def _texts(fields: Raw) -> Mapping[str, str]:
    texts = (word.decode("utf-8", "replace") for word in fields)
    return dict(zip(texts, texts, strict=True))


def lease_pairs(leases: Sequence[Lease]) -> list[tuple[str, str]]:
    """Return the id and token of each lease, as renew_leases.lua takes them."""
    return [(lease.subject_id, lease.token) for lease in leases]
