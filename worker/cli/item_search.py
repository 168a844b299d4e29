"""Finds the items that words on the command line may mean: a uri, a link, an event, a headline.

The desks' streams hold recent events, whether there is an archive or not; the SQL archive, if there
is one, holds older events as well.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from worker.errors import CopytasterError, SettingsError
from worker.model.publishing import DeskEntry
from worker.model.redaction import redact
from worker.ports import Store
from worker.settings import Settings

if TYPE_CHECKING:
    from worker.archive import Archive

__all__ = ["MOST", "Seen", "Told", "find_items", "open_past", "walk_desks"]

MOST = 20
"""The most items that are shown to choose from."""

_PAGE = 500
_HEX_ID_CHARS = 32


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """An item that an event names. `at` is the time of the event."""

    uri: str
    headline: str
    link: str
    at: datetime


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The members of an event of any shape that name its item."""

    subject: str
    time: datetime
    data: "ToldData"
    replayed: bool = False
    replaces: str = ""


class ToldItem(msgspec.Struct, frozen=True, kw_only=True):
    """The item of an item event."""

    uri: str
    version: str = ""
    headline: str = ""
    link: str = ""
    versioncreated: datetime | None = None


class ToldHeadline(msgspec.Struct, frozen=True, kw_only=True):
    """A headline of a ninjs document."""

    value: str = ""


class ToldData(msgspec.Struct, frozen=True, kw_only=True):
    """The `data` of an event of any shape: `item`, `ninjs`, or a part of an item.

    An item event has `item`; a ninjs document has `uri` and `headlines`; all others have
    `item_uri`.
    """

    item: ToldItem | None = None
    uri: str = ""
    version: str = ""
    headlines: tuple[ToldHeadline, ...] = ()
    item_uri: str = ""
    item_version: str = ""
    headline: str = ""
    link: str = ""

    def as_item(self) -> ToldItem:
        """Return the item of an event of any shape."""
        if self.item is not None:
            return self.item
        first = self.headlines[0].value if self.headlines else self.headline
        return ToldItem(
            uri=self.item_uri or self.uri,
            version=self.item_version or self.version,
            headline=first,
            link=self.link,
        )


_decoder = msgspec.json.Decoder(Told)


def _read_entry(entry: DeskEntry) -> Told | None:
    """Return the event of an entry; None for an entry without an event.

    Any client of the broker may write to the stream.
    """
    try:
        return _decoder.decode(entry.body)
    except (msgspec.MsgspecError, UnicodeError):
        return None


def walk_desks(
    store: Store, desks: Iterable[str], *, holding: str = ""
) -> Iterator[tuple[str, DeskEntry, Told]]:
    """Yield the events of desks with the desks' names, each desk from its first event.

    Args:
        store: The store.
        desks: The names of desks.
        holding: Yield only events whose JSON contains this text.
    """
    # Compared as bytes first, since decoding takes most of the time.
    needle = msgspec.json.encode(holding)[1:-1]
    for desk in desks:
        after = "0-0"
        while page := store.desks.read(desk, after=after, limit=_PAGE):
            after = page[-1].entry_id
            for entry in page:
                told = _read_entry(entry) if needle in entry.body else None
                if told is not None:
                    yield desk, entry, told


def find_items(
    store: Store, past: "Archive | None", desks: Iterable[str], name: str
) -> tuple[Seen, ...]:
    """Return the items that a name may mean, the last seen first.

    Args:
        store: The store.
        past: The SQL archive; None without an archive.
        desks: The names of all desks.
        name: A uri, the end of a uri after a colon or from a slash on, such as a feed's guid, a
            link, an event's id, or words of a headline.

    Returns:
        At most MOST items and one more, which tells that there are more.
    """
    found: dict[str, Seen] = {}
    for seen in (*_in_archive(past, name), *_on_desks(store, desks, name)):
        found.pop(seen.uri, None)
        found[seen.uri] = seen
    # The sort is stable: of two items with the same time, the last that was read comes first.
    newest = [*reversed(found.values())]
    newest.sort(key=lambda seen: seen.at, reverse=True)
    exact = [seen for seen in newest if seen.uri == name]
    return tuple((exact or newest)[: MOST + 1])


def _on_desks(store: Store, desks: Iterable[str], name: str) -> Iterator[Seen]:
    for _, entry, told in walk_desks(store, desks):
        item = told.data.as_item()
        if item.uri and (entry.id == name or _is_meant(name, item.uri, item.link, item.headline)):
            yield Seen(uri=item.uri, headline=item.headline, link=item.link, at=told.time)


def _is_meant(name: str, uri: str, link: str, headline: str) -> bool:
    """Return True if a name may mean an item.

    >>> _is_meant("w-1", "urn:copytaster:0123456789ab:w-1", "", "")
    True
    >>> _is_meant("HARBOUR early", "urn:1", "", "Harbour to open early")
    True
    """
    end = name if name.startswith("/") else f":{name}"
    if name in (uri, link) or uri.endswith(end):
        return True
    words, line = name.casefold().split(), headline.casefold()
    return bool(words) and all(word in line for word in words)


@contextmanager
def open_past(settings: Settings) -> Iterator["Archive | None"]:
    """Yield the SQL archive; None if it is off, does not exist yet, or is not installed."""
    url = settings.archive_url
    path = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
    if not url or (path is not None and not path.exists()):
        yield None
        return
    try:
        from worker.archive import open_archive
    except SettingsError:  # the extra is not installed
        yield None
        return
    archive = open_archive(url)
    try:
        yield archive
    finally:
        archive.close()


def _in_archive(past: "Archive | None", name: str) -> tuple[Seen, ...]:
    """Return the items of the archive; if it does not answer, report it on stderr."""
    if past is None:
        return ()
    try:
        with past.read() as connection:
            return tuple(_select(connection, name))
    except CopytasterError as error:
        click.echo(f"copytaster: {redact(str(error))}; it was not searched", err=True)
        return ()


def _select(connection: Any, name: str) -> Iterator[Seen]:
    from sqlalchemy import inspect, select

    from worker.archive.schema import events, versions
    from worker.archive.search import Query, search_items
    from worker.model.digests import uri_hash

    if not inspect(connection).has_table(versions.name):  # nothing has been archived yet
        return
    rows = select(versions.c.uri, versions.c.headline, versions.c.link, versions.c.seen)
    wanted = [
        rows.where(versions.c.item == uri_hash(name)),
        rows.where(versions.c.link == name) if "://" in name else None,
        rows.join(events, events.c.version_id == versions.c.id).where(events.c.id == name)
        if len(name) == _HEX_ID_CHARS
        else None,
    ]
    for statement in wanted:
        if statement is not None:
            newest = statement.order_by(versions.c.id.desc()).limit(MOST + 1)
            for uri, headline, link, seen in reversed(connection.execute(newest).all()):
                yield Seen(uri=uri, headline=headline, link=link, at=seen.astimezone(UTC))
    if "://" not in name:
        for hit in reversed(search_items(connection, Query(words=name, limit=10 * MOST))):
            if _is_meant(name, "", "", hit.headline):
                yield Seen(uri=hit.uri, headline=hit.headline, link=hit.link, at=hit.seen)
