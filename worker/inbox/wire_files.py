"""Files as agencies deliver them, read into inbox messages.

The content decides, not the name: a format of feeds and wires (`worker.feeds.formats`), messages or
CloudEvents in JSON, alone, in an array or one a line, or plain text in any encoding.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from worker.errors import FormatError, MessageError
from worker.feeds.detect import find_formats
from worker.feeds.encoding import decode_body, decode_undeclared
from worker.feeds.opml import is_opml
from worker.feeds.reading import read_feed
from worker.feeds.wire_text import is_story
from worker.inbox.cloud_events import read_event
from worker.inbox.messages import read_message, refused_message
from worker.model import Feed

__all__ = [
    "PAGES",
    "WRONG_ENCODING",
    "WireFile",
    "event_or_message",
    "find_document_fault",
    "read_wire_file",
]

WRONG_ENCODING = "its bytes are not in the encoding that it names"
PAGES = ("<!doctype html", "<html")
"""The openings of web pages, in small letters."""

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_JSON = ("{", "[")
_LOST = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFile:
    """The entry fields of each message of a file, in its order, and what could not be read."""

    entries: tuple[dict[str, str], ...]
    problems: tuple[str, ...] = ()


def read_wire_file(
    body: bytes, origin: Feed, *, limit_bytes: int, now: datetime | None = None
) -> WireFile:
    """Return the messages of a file.

    Args:
        body: All of the file.
        origin: Its name, agency and language fill in for items that name none; its id makes the
            uris of items whose ids are not unique by themselves.
        limit_bytes: The longest message that the inbox takes.
        now: Dates after it are not believed.

    Raises:
        FormatError: Nothing in the file can be used.
    """
    if not body.strip():
        raise FormatError("empty")
    head = decode_body(body[:65_536], "").lstrip()
    is_json = head.startswith(_JSON)
    is_markup = head.lower().startswith((*PAGES, "<?xml"))
    if not is_json and (is_markup or is_story(head) or find_formats("", head)):
        return _read_items(body, origin, now)
    text = _decode(body).replace("\r\n", "\n").replace("\r", "\n")
    if is_json:
        return _read_json(text, origin, limit_bytes, now)
    return WireFile(entries=(_checked({"message": _as_json({"text": text})}, limit_bytes),))


def event_or_message(raw: str) -> dict[str, str]:
    """Return the entry fields of a JSON text: those of a CloudEvent, or the text as the message.

    Raises:
        MessageError: It is a CloudEvent without a message.
    """
    if '"specversion"' in raw:
        try:
            names = msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).keys()
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return {"message": raw}  # the inbox says what is wrong with it
        if {"specversion", "type", "id"} <= names:
            return dict(read_event(raw.encode("utf-8", "replace")))
    return {"message": raw}


def find_document_fault(body: bytes, media_type: str = "") -> str:
    """Return the reason why a document in a feed or wire format must not be read, or empty."""
    text = decode_body(body, media_type)
    # A replacement character that the document has of its own is reported as a problem.
    if _LOST in text and _LOST.encode() not in body:
        return WRONG_ENCODING
    if is_opml(text[:4096]):
        return "a list of feeds, no items; `copytaster feeds import` reads it"
    if text[:1000].lstrip().lower().startswith(PAGES):
        return 'a web page, no item; send its address to have it read: {"link": URL}'
    return ""


def _decode(body: bytes) -> str:
    """Return a text in any encoding that can be told; a wrong one would spoil it unseen."""
    try:
        if body.startswith(_UTF16_MARKS):
            return body.decode("utf-16")
        if b"\0" in body:
            raise FormatError("not text: it contains zero bytes")
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        guess = None if body.startswith(_UTF16_MARKS) else decode_undeclared(body)
        if guess is None:
            at = f"byte {body[error.start]:#04x} at {error.start}"
            raise FormatError(f"not UTF-8 ({at}), nor sure to be in another encoding") from error
        return guess[0]


def _read_json(text: str, origin: Feed, limit_bytes: int, now: datetime | None) -> WireFile:
    """Return the messages of JSON: those of the inbox's forms, else those of a wire format."""
    reasons: list[str] = []
    for parts in (_documents(text), _lines(text)):
        if parts is None:
            continue
        for part in parts:  # one that the inbox takes is enough: the others are dead letters
            try:
                _checked(event_or_message(part), limit_bytes)
            except (MessageError, FormatError) as error:
                reasons.append(error.reason)
            else:
                return WireFile(entries=tuple(map(_entry, parts)))
    try:
        return _read_items(text.encode(), origin, now)
    except FormatError as error:
        raise FormatError(reasons[0] if reasons else error.reason) from error


def _documents(text: str) -> list[str] | None:
    """Return the elements of an array, or the object; None if the text is not one JSON value."""
    try:
        if not text.lstrip().startswith("["):
            msgspec.json.decode(text, type=msgspec.Raw)
            return [text.strip()]
        elements = msgspec.json.decode(text, type=list[msgspec.Raw])
        return [bytes(one).decode() for one in elements] or None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _lines(text: str) -> list[str] | None:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return lines if len(lines) > 1 else None


def _entry(raw: str) -> dict[str, str]:
    """Return the entry fields of one message of many: one that is wrong is a dead letter."""
    try:
        return event_or_message(raw)
    except MessageError as error:
        return {"message": refused_message(error.reason, raw.encode()).decode()}


def _read_items(body: bytes, origin: Feed, now: datetime | None) -> WireFile:
    if fault := find_document_fault(body):
        raise FormatError(fault)
    read = read_feed(body, "", origin, now=now)
    if not read.items:
        raise FormatError("; ".join(read.problems) or "no items in it")
    return WireFile(entries=tuple(_item_entries(read.items, origin)), problems=read.problems)


def _item_entries(items: tuple[msgspec.Struct, ...], origin: Feed) -> Iterator[dict[str, str]]:
    for item in items:
        yield {"message": _as_json(msgspec.structs.replace(item, source=origin.name))}


def _checked(fields: dict[str, str], limit_bytes: int) -> dict[str, str]:
    try:
        read_message(fields, limit_bytes=limit_bytes)
    except MessageError as error:
        raise FormatError(error.reason) from error
    return fields


def _as_json(message: object) -> str:
    return msgspec.json.encode(message).decode()
