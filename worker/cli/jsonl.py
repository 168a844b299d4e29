"""The JSON Lines format of `copytaster parse --jsonl`, in which parsers are compared.

Input: {"id": str, "text": str, "published": "YYYY-MM-DD" (optional)}. Output, in the same order:
id, dateline, quotes, entities and, if there are any, statements, with offsets in code points of
`text`. A line that cannot be read is answered with {"id": ... or null, "error": "..."}.
"""

import datetime
import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from worker.errors import MessageError
from worker.model import Dateline, Entity, NewsItem, ParsedItem, Quote, Statement, Value
from worker.parse import annotate_all

__all__ = ["Answer", "Refusal", "answer", "answer_of", "reply_to_all"]


class _Dateline(msgspec.Struct):
    text: str
    start: int
    end: int
    places: tuple[str, ...]
    date: datetime.date | None
    agency: str | None


class _Quote(msgspec.Struct):
    text: str
    start: int
    end: int
    speaker: str | None
    speaker_mention: str | None
    cue: str | None


class _Part(msgspec.Struct):
    text: str
    start: int
    end: int


class _Statement(msgspec.Struct):
    kind: str
    contents: tuple[_Part, ...]
    speaker: str | None
    speaker_mention: str | None
    cue: str | None
    confidence: float


class _Entity(msgspec.Struct):
    text: str
    start: int
    end: int
    label: str
    canonical: str | None
    iso: str | None
    role: str | None
    value: Value | msgspec.UnsetType = msgspec.UNSET


class Answer(msgspec.Struct, omit_defaults=True):
    """The annotations of a line's text."""

    id: str
    dateline: _Dateline | None
    quotes: tuple[_Quote, ...]
    entities: tuple[_Entity, ...]
    statements: tuple[_Statement, ...] = ()


class Refusal(msgspec.Struct):
    """The reason why a line could not be read, with the line's `id` if there is any."""

    id: str | None
    error: str


def answer(line: str | bytes) -> bytes:
    """Return the answer to a line, as JSON without a newline. Never raises.

    >>> answer('{"id": "a", "text": "All is calm."}')
    b'{"id":"a","dateline":null,"quotes":[],"entities":[]}'
    >>> answer('{"id": "b"}')
    b'{"id":"b","error":"`text` is missing"}'
    """
    return msgspec.json.encode(reply_to_all([line])[0])


def reply_to_all(
    lines: Sequence[str | bytes],
    *,
    read_all: Callable[[Sequence[NewsItem]], Sequence[ParsedItem]] = annotate_all,
) -> list[Answer | Refusal]:
    """Return the answer to each line, even if `read_all` fails. Never raises.

    The items of all lines are read together. If that fails, each half is read by itself, and so on,
    so that only the item that triggers the failure is refused.
    """
    requests = [_request(line) for line in lines]
    items = [request for request in requests if isinstance(request, NewsItem)]
    answers = iter(_read_all(items, read_all))
    return [next(answers) if isinstance(request, NewsItem) else request for request in requests]


def _request(line: str | bytes) -> NewsItem | Refusal:
    request: dict[str, Any] = {}
    try:
        request = _decode(line)
        return _item(request)
    except Exception as error:  # noqa: BLE001  # see _reason
        return Refusal(_id_of(line, request), _reason(error))


def _read_all(
    items: Sequence[NewsItem], read_all: Callable[[Sequence[NewsItem]], Sequence[ParsedItem]]
) -> list[Answer | Refusal]:
    if not items:
        return []
    try:
        return [answer_of(parsed.item.uri, parsed) for parsed in read_all(items)]
    except Exception as error:  # noqa: BLE001  # see _reason
        if half := len(items) // 2:
            return _read_all(items[:half], read_all) + _read_all(items[half:], read_all)
        return [Refusal(items[0].uri, _reason(error))]


def _reason(error: Exception) -> str:
    """Return the fault of a line, or the bug that it triggers, which must not stop other lines."""
    if isinstance(error, MessageError):
        return str(error)
    # The message may quote a lone surrogate of the text, which JSON in UTF-8 cannot hold.
    failure = f"the parser failed: {type(error).__name__}: {error}"
    return failure.encode("utf-8", "replace").decode()


def _decode(line: str | bytes) -> dict[str, Any]:
    try:
        request = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise MessageError(_json_fault(line, error)) from error
    except RecursionError as error:
        raise MessageError("not JSON that can be read: nested too deeply") from error
    if not isinstance(request, dict):
        raise MessageError(f"a JSON object is expected, not {type(request).__name__}")
    return request


def _item(request: dict[str, Any]) -> NewsItem:
    for name in ("id", "text"):
        if name not in request:
            raise MessageError(f"`{name}` is missing")
        if not isinstance(request[name], str):
            raise MessageError(f"`{name}` is not a string")
    return NewsItem(
        uri=request["id"],
        version="",
        body_text=request["text"],  # no headline, so that offsets refer to this text
        versioncreated=_published(request.get("published")),
    )


def _published(value: object) -> datetime.datetime | None:
    if value is None:
        return None
    try:
        day = msgspec.convert(value, datetime.date)
    except msgspec.ValidationError as error:
        reason = f"`published` is not a date like 2026-01-12: {str(value)[:60]!r}"
        raise MessageError(reason) from error
    return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC)


def _json_fault(line: str | bytes, error: Exception) -> str:
    r"""Return the reason why a line is not JSON.

    Bytes that are not UTF-8 get a reason of their own, and so does a lone surrogate ("\ud800"),
    which other JSON decoders accept.
    """
    try:
        line = line if isinstance(line, str) else line.decode()
    except UnicodeDecodeError as fault:
        return f"not UTF-8: byte {fault.object[fault.start]:#04x} at {fault.start}"
    loose = _decode_loosely(line)
    if loose is not None and _has_surrogate(json.dumps(loose, ensure_ascii=False)):
        return "the text is not Unicode: it holds a lone surrogate"
    return f"not JSON: {str(error).encode('utf-8', 'replace').decode()}"


def _id_of(line: str | bytes, request: dict[str, Any]) -> str | None:
    decoded = request or _decode_loosely(line)
    item_id = decoded.get("id") if isinstance(decoded, dict) else None
    return item_id if isinstance(item_id, str) and not _has_surrogate(item_id) else None


def _decode_loosely(line: str | bytes) -> object:
    text = line if isinstance(line, str) else line.decode(errors="surrogateescape")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def answer_of(item_id: str, parsed: ParsedItem) -> Answer:
    """Return the annotations of an item in this format."""
    text = parsed.item.text
    return Answer(
        id=item_id,
        dateline=_dateline(parsed.dateline, text) if parsed.dateline else None,
        quotes=tuple(_quote(quote, text) for quote in parsed.quotes),
        entities=tuple(_entity(entity, text) for entity in parsed.entities),
        statements=tuple(_statement(statement, text) for statement in parsed.statements),
    )


def _dateline(dateline: Dateline, text: str) -> _Dateline:
    return _Dateline(
        text=dateline.span.of(text),
        start=dateline.span.start,
        end=dateline.span.end,
        places=tuple(place.name for place in dateline.places),
        date=dateline.date,
        agency=dateline.agency,
    )


def _quote(quote: Quote, text: str) -> _Quote:
    return _Quote(
        text=quote.contents.of(text),
        start=quote.contents.start,
        end=quote.contents.end,
        speaker=quote.speaker,
        speaker_mention=quote.source.of(text) if quote.source else None,
        cue=quote.cue.of(text) if quote.cue else None,
    )


def _statement(statement: Statement, text: str) -> _Statement:
    return _Statement(
        kind=statement.kind.value,
        contents=tuple(
            _Part(text=part.of(text), start=part.start, end=part.end) for part in statement.contents
        ),
        speaker=statement.speaker,
        speaker_mention=statement.source.of(text) if statement.source else None,
        cue=statement.cue.of(text) if statement.cue else None,
        confidence=statement.confidence,
    )


def _entity(entity: Entity, text: str) -> _Entity:
    return _Entity(
        text=entity.span.of(text),
        start=entity.span.start,
        end=entity.span.end,
        label=entity.label.value,
        canonical=entity.canonical,
        iso=entity.iso,
        role=entity.role,
        value=entity.value or msgspec.UNSET,
    )
