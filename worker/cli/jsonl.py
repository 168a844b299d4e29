"""One item a line in, one answer a line out: the format in which parsers are compared.

In: {"id": str, "text": str, "published": "YYYY-MM-DD" (optional)}. Out, in the same order: id,
dateline, quotes and entities, with offsets in code points of that `text`. A line that cannot
be read is answered with {"id": ... or null, "error": "..."}.
"""

import datetime
import json
from collections.abc import Callable
from typing import Any

import msgspec

from worker.errors import MessageError
from worker.model import Dateline, Entity, NewsItem, ParsedItem, Quote
from worker.parse import annotate

__all__ = ["Answer", "Refusal", "answer", "answer_of", "reply_to"]


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


class _Entity(msgspec.Struct):
    text: str
    start: int
    end: int
    label: str
    canonical: str | None
    iso: str | None
    role: str | None


class Answer(msgspec.Struct):
    """What was read in one line's text."""

    id: str
    dateline: _Dateline | None
    quotes: tuple[_Quote, ...]
    entities: tuple[_Entity, ...]


class Refusal(msgspec.Struct):
    """Why a line could not be read; `id` where it had one."""

    id: str | None
    error: str


def answer(line: str | bytes) -> bytes:
    """The answer to one line, as JSON without a newline. Never raises.

    >>> answer('{"id": "a", "text": "All is calm."}')
    b'{"id":"a","dateline":null,"quotes":[],"entities":[]}'
    >>> answer('{"id": "b"}')
    b'{"id":"b","error":"`text` is missing"}'
    """
    return msgspec.json.encode(reply_to(line))


def reply_to(
    line: str | bytes, *, read: Callable[[NewsItem], ParsedItem] = annotate
) -> Answer | Refusal:
    """The answer before it is JSON, whatever becomes of `read`. Never raises."""
    said: dict[str, Any] = {}
    try:
        said = _decode(line)
        item = _item(said)
        return answer_of(item.uri, read(item))
    except MessageError as error:
        return Refusal(_id_of(line, said), str(error))
    except Exception as error:  # noqa: BLE001  # a fault of ours in one item costs that item only
        reason = f"the parser failed: {type(error).__name__}: {error}"
        return Refusal(_id_of(line, said), reason.encode("utf-8", "replace").decode())


def _decode(line: str | bytes) -> dict[str, Any]:
    try:
        said = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise MessageError(_why_not_json(line, error)) from error
    except RecursionError as error:
        raise MessageError("not JSON that can be read: nested too deep") from error
    if not isinstance(said, dict):
        raise MessageError(f"a JSON object is asked for, not {type(said).__name__}")
    return said


def _item(said: dict[str, Any]) -> NewsItem:
    for name in ("id", "text"):
        if name not in said:
            raise MessageError(f"`{name}` is missing")
        if not isinstance(said[name], str):
            raise MessageError(f"`{name}` is not a string")
    return NewsItem(
        uri=said["id"],
        version="",
        body_text=said["text"],  # alone, so that offsets count in it
        versioncreated=_published(said.get("published")),
    )


def _published(said: object) -> datetime.datetime | None:
    if said is None:
        return None
    try:
        day = msgspec.convert(said, datetime.date)
    except msgspec.ValidationError as error:
        raise MessageError(f"`published` is no date like 2026-01-12: {str(said)[:60]!r}") from error
    return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC)


def _why_not_json(line: str | bytes, error: Exception) -> str:
    r"""A lone surrogate ("\ud800") passes for JSON elsewhere, so it is named."""
    loose = _decode_loosely(line)
    if loose is not None and _has_surrogate(json.dumps(loose, ensure_ascii=False)):
        return "the text is not Unicode: it holds a lone surrogate"
    return f"not JSON: {str(error).encode('utf-8', 'replace').decode()}"


def _id_of(line: str | bytes, said: dict[str, Any]) -> str | None:
    known = said or _decode_loosely(line)
    found = known.get("id") if isinstance(known, dict) else None
    return found if isinstance(found, str) and not _has_surrogate(found) else None


def _decode_loosely(line: str | bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def answer_of(item_id: str, parsed: ParsedItem) -> Answer:
    """What was read in an item, in the words of the format."""
    text = parsed.item.text
    return Answer(
        id=item_id,
        dateline=_dateline(parsed.dateline, text) if parsed.dateline else None,
        quotes=tuple(_quote(quote, text) for quote in parsed.quotes),
        entities=tuple(_entity(entity, text) for entity in parsed.entities),
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


def _entity(entity: Entity, text: str) -> _Entity:
    return _Entity(
        text=entity.span.of(text),
        start=entity.span.start,
        end=entity.span.end,
        label=entity.label.value,
        canonical=entity.canonical,
        iso=entity.iso,
        role=entity.role,
    )
