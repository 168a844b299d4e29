"""Reads the messages of an input: text, JSON, JSON lines, or a document in a feed or wire format.

The format is found by the content, not by the name, except for `.json` and `.jsonl`: a wire dump
may have any name, and a story may begin with a bracket.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import click
import msgspec

from worker.cli.faults import Faults
from worker.cli.sources import Limit, decode_text, name_of, open_bytes, read_bytes
from worker.errors import FormatError, MessageError
from worker.inbox.messages import PageRequest, read_message
from worker.model import Feed, NewsItem, feed_id
from worker.model.inbox import FeedRequest
from worker.render.console import Failure, one_line
from worker.settings import Settings

__all__ = ["Content", "Message", "Reading", "read_sources"]

Content = NewsItem | FeedRequest | PageRequest
"""The meaning of a message: an item, or a request to poll a feed or to read a page."""

_LINES = (".jsonl", ".ndjson")
_SOH = b"\x01"
_SOH_WITHIN = 200
"""A wire story begins with SOH, perhaps after idle characters. Source: IPTC 7901."""
_EVENT_MEMBERS = frozenset({"specversion", "type", "id"})
_ITEM_MEMBERS = frozenset(NewsItem.__struct_fields__)
_MESSAGE_MEMBERS = _ITEM_MEMBERS | {"text", "feed", "link", "specversion"}
_DOCUMENT_MEMBERS = frozenset(
    "items _items data results newsitems type mimetype profile standard $standard bodies body_html"
    " body_xhtml headlines description_text descriptions subject subjects provider copyrightholder"
    " contentcreated associations renditions".split()
)
"""Members of JSON Feed, of ninjs and of API pages that no inbox message has."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox message as JSON. `place` is its file and its place there; `line` is 0 if unknown.

    `fields` are stream fields of its own: those of the CloudEvent that it came in.
    """

    text: str
    place: str
    line: int = 0
    fields: dict[str, str] = {}


class Fault(msgspec.Struct, frozen=True):
    """A part of a source that cannot be read, and the reason."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The rules by which sources are read.

    Attributes:
        settings: The settings, for the limits.
        encoding: The encoding of the sources; empty to find it.
        sender: The sender, which is part of the ids of items without a uri of their own.
        is_lines: Read each line as a message, whatever the name of the source.
        is_json: Refuse JSON on standard input that is not a message; else it is a text.
        advance: Called with the number of bytes of each read.
    """

    settings: Settings
    encoding: str = ""
    sender: str = ""
    is_lines: bool = False
    is_json: bool = True
    advance: Callable[[int], None] = lambda _: None

    @property
    def message_limit(self) -> Limit:
        """The limit on a text and on a line."""
        return Limit(self.settings.message_limit_bytes, "COPYTASTER_MESSAGE_LIMIT_BYTES")

    @property
    def document_limit(self) -> Limit:
        """The limit on a document, which may hold many items."""
        return Limit(self.settings.fetch_limit_bytes, "COPYTASTER_FETCH_LIMIT_BYTES")


def read_sources(
    sources: Sequence[str], reading: Reading, fields: Mapping[str, str], faults: Faults
) -> Iterator[tuple[Message, Content]]:
    """Yield each valid message of the sources with its content; add all others to the faults.

    A message is checked by the rules of the inbox, so that its sender learns the reason now and no
    dead letter is made. The caller must count each message: by `faults.pass_by`, or by `faults.add`
    if it cannot use it.

    Args:
        sources: The inputs: files, and `-` for standard input.
        reading: The rules by which they are read.
        fields: The fields of the inbox entries beside `message`.
        faults: Gets the messages that are not valid.
    """
    for source in sources:
        try:
            for found in read_messages(source, reading):
                for content in _contents(found, reading, fields):
                    if isinstance(content, Fault):
                        faults.add(f"{content.place}: {content.reason}")
                    else:
                        yield content
        except Failure as failure:  # the other files are read all the same
            faults.add(failure.message)


def _contents(
    found: Message | Fault, reading: Reading, fields: Mapping[str, str]
) -> Iterator[tuple[Message, Content] | Fault]:
    """Yield the message with its content, or the items of ninjs that is nearly a message."""
    if isinstance(found, Fault):
        yield found
        return
    try:
        content = _read_content(found, reading, fields)
    except MessageError as error:
        read = list(_read_ninjs(found, reading))
        for item in read:  # `_read_document` gives valid messages alone
            yield item, _read_content(item, reading, fields)
        if not read:
            yield Fault(found.place, str(error))
    else:
        yield found, content


def _read_content(found: Message, reading: Reading, fields: Mapping[str, str]) -> Content:
    entry = {"message": found.text, **fields, **found.fields}
    return read_message(entry, limit_bytes=reading.settings.message_limit_bytes)


def _read_ninjs(found: Message, reading: Reading) -> Iterator[Message]:
    """Yield the item of ninjs whose members are those of a message, and its values are not."""
    value = _decode(found.text)
    if isinstance(value, dict) and "uri" in value and value.keys() <= _ITEM_MEMBERS:
        document = _read_document(found.text.encode(), found.place, reading, line=found.line)
        yield from (one for one in document if isinstance(one, Message))


def read_messages(source: str, reading: Reading) -> Iterator[Message | Fault]:
    """Yield the messages of a source.

    Raises:
        Failure: The source cannot be read at all.
    """
    if reading.is_lines or source.lower().endswith(_LINES):
        yield from _read_lines(source, reading)
        return
    body = read_bytes(source, lambda head: _limit_of(head, reading))
    reading.advance(len(body))
    name = name_of(source)
    opening = _opening(body)
    # XML or HTML (`<rss>`, `<nitf>`), or a wire story of IPTC 7901.
    if (opening == b"<" or _SOH in body[:_SOH_WITHIN]) and _is_document(body):
        yield from _read_document(body, name, reading)
        return
    text = decode_text(body, name, reading.encoding)
    # JSON, or a text that begins with a bracket: `[Adds details in paragraph 3]`.
    if opening in (b"{", b"["):
        is_json = source.lower().endswith(".json") or (
            reading.is_json and source == "-" and opening == b"{"
        )
        if found := _find_json(text, name, reading, is_json=is_json):
            yield from found
            return
    if len(body) > reading.message_limit.size_bytes:
        raise reading.message_limit.refuse(name)
    yield Message(text=msgspec.json.encode({"text": text}).decode(), place=name)


def _limit_of(head: bytes, reading: Reading) -> Limit:
    is_document = _opening(head) in (b"<", b"{", b"[") or _SOH in head[:_SOH_WITHIN]
    return reading.document_limit if is_document else reading.message_limit


def _opening(body: bytes) -> bytes:
    """Return the first byte after a byte order mark and white space, in UTF-16 as well."""
    return body[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1]


def _is_document(body: bytes) -> bool:
    """Return True for a body that a format may read, or that is markup and so not a text."""
    from worker.feeds.detect import find_formats  # late: a text needs no format
    from worker.feeds.encoding import decode_body
    from worker.feeds.wire_text import is_story
    from worker.inbox.wire_files import PAGES

    head = decode_body(body[:65_536], "")
    is_markup = head.lstrip().lower().startswith((*PAGES, "<?xml"))
    return is_markup or is_story(head) or bool(find_formats("", head))


def _read_lines(source: str, reading: Reading) -> Iterator[Message | Fault]:
    """Yield the message of each line; a line over the limit is never held in memory."""
    limit, name = reading.message_limit, name_of(source)
    with open_bytes(source) as stream:
        number = 0
        while line := stream.readline(limit.size_bytes + 1):
            number += 1
            reading.advance(len(line))
            place = f"{name}, line {number}"
            if len(line.rstrip(b"\r\n")) > limit.size_bytes:
                yield Fault(place, f"larger than {limit.size_bytes:,} bytes ({limit.setting})")
                # Skip the rest of the line in pieces.
                while not line.endswith(b"\n") and (line := stream.readline(limit.size_bytes)):
                    reading.advance(len(line))
                continue
            try:
                text = line.decode(reading.encoding or "utf-8-sig").strip()
            except UnicodeError as error:
                start = getattr(error, "start", 0)
                encoding = reading.encoding or "UTF-8"
                yield Fault(place, f"not {encoding}: byte {line[start]:#04x} at {start}")
                continue
            if text:
                yield from _read_json(text, place, reading, line=number)


def _find_json(
    text: str, name: str, reading: Reading, *, is_json: bool
) -> Iterator[Message | Fault] | None:
    """Return the messages of a JSON text, or of a text with a JSON value on each line.

    None if the text is to be read as the text of an item: it is not JSON, or JSON of another kind,
    and `is_json` does not demand a message.
    """
    value, first = _decode(text), _decode(text.lstrip().partition("\n")[0])
    # {"id": "a", "text": "..."}: the input of `parse --jsonl`, given without the option.
    if not reading.is_json and isinstance(first, dict) and first.keys() >= {"id", "text"}:
        raise Failure(f"{name} has an item as JSON on its first line, as `parse --jsonl` reads it")
    # JSON lines in a file of another name: the whole is not JSON, and the first line is a message.
    if value is None and _is_known(first):
        lines = enumerate(text.split("\n"), 1)
        return (
            found
            for number, line in lines
            if line.strip()
            for found in _read_json(line, f"{name}, line {number}", reading, line=number)
        )
    # A list of messages. In a .txt file `["quoted"]` may be a text.
    if isinstance(value, list) and (is_json or all(map(_is_known, value))):
        return (
            found
            for number, element in enumerate(value, 1)
            for found in _read_json(_encode(element), f"{name}, element {number}", reading)
        )
    return _read_json(text, name, reading) if is_json or _is_known(value) else None


def _decode(text: str) -> object:
    """Return the value of a JSON text, None if it is not JSON."""
    try:
        value: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        try:  # with half characters, which the inbox refuses and formats mend
            value = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            return None
    return value


def _encode(value: object) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:  # a lone surrogate ("\ud800"), which msgspec cannot encode
        return json.dumps(value)


def _is_known(value: object) -> bool:
    """Return True for an object with a member of a message or of a document."""
    return isinstance(value, dict) and not (_MESSAGE_MEMBERS | _DOCUMENT_MEMBERS).isdisjoint(value)


def _read_json(
    text: str, place: str, reading: Reading, *, line: int = 0
) -> Iterator[Message | Fault]:
    """Yield a JSON object as a message, or the items of a ninjs or JSON Feed object.

    Only members that no message has make it a document, so that a message with a misspelt member is
    still refused.
    """
    value = _decode(text)
    members = {str(name).lower() for name in value} if isinstance(value, dict) else set()
    if isinstance(value, dict) and value.keys() >= _EVENT_MEMBERS:
        yield _read_event(text, place, line)
    elif members & _DOCUMENT_MEMBERS and not members & {"text", "feed"}:
        yield from _read_document(text.encode(), place, reading, line=line)
    else:
        yield Message(text=text, place=place, line=line)


def _read_event(text: str, place: str, line: int) -> Message | Fault:
    from worker.inbox.wire_files import event_or_message  # late: it imports the formats

    try:
        fields = event_or_message(text)
    except MessageError as error:
        return Fault(place, str(error))
    return Message(text=fields.pop("message"), place=place, line=line, fields=fields)


def _read_document(
    body: bytes, place: str, reading: Reading, *, line: int = 0
) -> Iterator[Message | Fault]:
    """Yield the items of a document in a feed or wire format; print its problems on stderr."""
    from worker.feeds import read_feed  # late: a text needs no format

    charset = f"text/plain; charset={reading.encoding}" if reading.encoding else ""
    if fault := _find_fault(body, charset):
        yield Fault(place, fault)
        return
    feed = Feed(id=feed_id(reading.sender) if reading.sender else "file", url="")
    try:
        read = read_feed(body, charset, feed, now=datetime.now(UTC))
    except FormatError as error:
        yield Fault(place, error.reason)
        return
    except Exception as error:  # noqa: BLE001  # a bug must not stop the other documents
        yield Fault(place, f"reading it failed: {type(error).__name__}")
        return
    for problem in read.problems:
        click.echo(f"copytaster: {place}: {one_line(problem, 300)}", err=True)
    if not read.items:
        yield Fault(place, "has no item")
    for item in read.items:
        text = msgspec.json.encode(item).decode()
        yield Message(text=text, place=f"{place}, {one_line(item.uri, 100)}", line=line)


def _find_fault(body: bytes, charset: str) -> str:
    """Return the reason why a document cannot be read; "" if it can."""
    from worker.inbox.wire_files import WRONG_ENCODING, find_document_fault

    fault = find_document_fault(body, charset)
    return f"{fault}; give it with --encoding NAME" if fault == WRONG_ENCODING else fault
