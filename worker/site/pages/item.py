"""The page of an item, `/items/{uri}`, and its JSON, `/items/{uri}.json`.

A uri may hold any character, so it is percent-encoded whole (`frame.item_path`).
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from worker.archive.views import ItemView, Kill, VersionView, find_item_view, read_document
from worker.errors import ArchiveAbsent, CodecError
from worker.model import Event, ParsedItem, StatementKind
from worker.model.codec import dump, load
from worker.render.console import one_line
from worker.render.html.page import item_values
from worker.render.html.speakers import say_how, speakers_of
from worker.site.context import SiteContext
from worker.site.pages.filters import Filters
from worker.site.pages.frame import item_path, render
from worker.site.pages.item_path import path_of
from worker.site.pages.wire import live_desk
from worker.site.pages.word_changes import word_changes

__all__ = ["item_routes"]

_JSON = ".json"
_MOST_READ = 2000
"""The number of a desk's newest events in which an item is searched if the archive is off."""

_MOST = {"quotes": 200, "statements": 200, "entities": 500}
"""The most annotations of each kind that a page marks and lists: thousands would be megabytes."""

_CHUNK_BYTES = 4 << 20
"""Bytes after which a read of these events ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRow:
    """A quote with its credit; `style` is the CSS class with the colour of its speaker."""

    number: int
    text: str
    speaker: str
    style: str
    sure: str
    how: str
    credit: str


def item_routes(context: SiteContext) -> list[BaseRoute]:
    """Return the route of items."""

    def show(request: Request) -> Response:
        uri = request.path_params["uri"]
        version = request.query_params.get("version") or None
        # The uri of an item may itself end in ".json", so the whole path is tried first.
        view = _find(context, uri, version)
        if view is None and uri.endswith(_JSON):
            view = _find(context, uri.removesuffix(_JSON), version)
            if view:
                return _as_json(view)
        if view is None:
            raise HTTPException(404, "no such item")
        if _prefers_json(request):
            return _as_json(view)
        return _page(context, request, view)

    return [Route("/items/{uri:path}", show, name="item")]


def _prefers_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def _as_json(view: ItemView) -> Response:
    """Return an item for programs, which see no mark on a page: one that is withdrawn is gone.

    Raises:
        HTTPException: A kill has withdrawn the item.
    """
    if view.kill and not view.shown.is_kill:
        raise HTTPException(410, "a kill withdrew this item")
    headers = {"cache-control": "no-cache", "vary": "accept"}
    return Response(view.document, headers=headers, media_type="application/json")


def _find(context: SiteContext, uri: str, version: str | None) -> ItemView | None:
    if context.archive is None:
        return _find_on_desk(context, uri, version)
    try:
        with context.archive.read() as connection:
            return find_item_view(connection, uri, version)
    except ArchiveAbsent:  # before the first item
        return _find_on_desk(context, uri, version)


def _find_on_desk(context: SiteContext, uri: str, version: str | None) -> ItemView | None:
    """Return an item from the newest events of the desk with whole items."""
    before, read = "", 0
    while read < _MOST_READ:
        entries = context.store.desks.last(
            live_desk(context), before=before, limit_bytes=_CHUNK_BYTES
        )
        for entry in entries:
            if _is_of(entry.body, uri) and (found := _read_event(entry.body, uri, version)):
                return _as_known(context, uri, found)
        if not entries:
            return None
        before, read = entries[-1].entry_id, read + len(entries)
    return None


def _as_known(context: SiteContext, uri: str, view: ItemView) -> ItemView:
    """Return the view, withdrawn where the store knows of a kill, whose uri it does not keep."""
    (state,) = context.store.publications.known([uri])
    is_withdrawn = state.is_withdrawn or state.is_kill
    if not is_withdrawn or view.shown.is_kill:
        return view
    return replace(view, kill=Kill(uri="", at=None))


class _Named(msgspec.Struct, frozen=True):
    uri: str


class _Data(msgspec.Struct, frozen=True):
    item: _Named


class _Event(msgspec.Struct, frozen=True):
    data: _Data


_event = msgspec.json.Decoder(_Event)


def _is_of(body: bytes, uri: str) -> bool:
    """Return True for an event of this item; all else in the event is passed over unread."""
    try:
        return _event.decode(body).data.item.uri == uri
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False


def _read_event(body: bytes, uri: str, version: str | None) -> ItemView | None:
    try:
        event = load(Event, body)
        parsed = load(ParsedItem, bytes(event.data))
    except CodecError:
        return None
    item = parsed.item
    if item.uri != uri or version not in (None, item.version):
        return None
    signal = event.type.rpartition(".")[2]
    shown = VersionView(
        number=0,
        version=item.version,
        seen=event.time,
        created=item.versioncreated,
        signal=signal,
        is_kill=signal == "withdrawn",
    )
    return ItemView(
        document=dump(parsed), shown=shown, before=None, versions=(shown,), kill=None, duplicates=()
    )


def _page(context: SiteContext, request: Request, view: ItemView) -> Response:
    try:
        parsed = read_document(view.document)
        before = read_document(view.before) if view.before else None
    except CodecError as error:
        raise HTTPException(404, "written by another version of copytaster") from error
    item = parsed.item
    parsed, cuts = _bounded(parsed)
    return render(
        request,
        "item.html.j2",
        **item_values(parsed),
        cuts=cuts,
        parsed=parsed,
        view=view,
        quotes=tuple(_quote_rows(parsed)),
        changes=word_changes(before.item, item) if before else None,
        path_rows=path_of(context, parsed, view),
        siblings=Filters(source=item.source).address() if item.source else "",
        json_path=item_path(item.uri, _JSON),
        is_latest=view.shown.number == view.versions[0].number,
    )


def _bounded(parsed: ParsedItem) -> tuple[ParsedItem, str]:
    """Return the item with what a page shows of it, and words for the rest.

    The words are "the first 200 of 8,000 quotes", or "" if the page shows everything.
    """
    # Direct statements are shown as quotes, so they do not count.
    reported = tuple(one for one in parsed.statements if one.kind is not StatementKind.DIRECT)
    found: dict[str, tuple[object, ...]] = {
        "quotes": parsed.quotes,
        "statements": reported,
        "entities": parsed.entities,
    }
    cuts = ", ".join(
        f"the first {_MOST[kind]} of {len(all_of_kind):,} {kind}"
        for kind, all_of_kind in found.items()
        if len(all_of_kind) > _MOST[kind]
    )
    shown = {kind: all_of_kind[: _MOST[kind]] for kind, all_of_kind in found.items()}
    return msgspec.structs.replace(parsed, **shown), cuts


def _quote_rows(parsed: ParsedItem) -> Iterator[QuoteRow]:
    text, speakers = parsed.item.text, speakers_of(parsed)
    for number, quote in enumerate(parsed.quotes, 1):
        speaker = quote.speaker or ""
        words = one_line(quote.contents.of(text))
        yield QuoteRow(
            number=number,
            text=words,
            speaker=one_line(speaker),
            style=speakers[speaker].style,
            sure=f"{quote.confidence:.0%}" if speaker else "",
            how=say_how(quote, text),
            credit=f"{words} — {_credit(parsed, one_line(speaker))}",
        )


def _credit(parsed: ParsedItem, speaker: str) -> str:
    """Return the speaker and the origin of a quote: "Olga Reznik (TASS, 12 January 2026)"."""
    line, item = parsed.dateline, parsed.item
    date = (line and line.date) or (item.published and item.published.date())
    facts = ((line and line.agency) or item.infosource, _say_date(date))
    origin = ", ".join(one_line(fact) for fact in facts if fact)
    words = " ".join(filter(None, (speaker, f"({origin})" if origin else "")))
    return words or "speaker not known"


def _say_date(date: datetime.date | None) -> str:
    return f"{date.day} {date:%B %Y}" if date else ""
