"""Inbox messages: what anyone may put on the inbox, and what it means.

Four shapes, all JSON objects (docs/inbox.md):

    {"text": "KIEV, January 12. /TASS/. ..."}    a plain-text item, laid out here
    {"link": "https://..."}                       a page to read, which makes an item
    {"feed": "https://..."}                       a feed to poll now, and from now on
    {"uri": ..., "headline": ..., ...}            an item object (docs/schema/news-item.json)
"""

import datetime
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from worker.errors import MessageError
from worker.model import (
    Feed,
    Life,
    NewsItem,
    PubStatus,
    Signal,
    content_digest,
    feed_id,
    version_key,
)
from worker.model.inbox import FeedRequest
from worker.model.redaction import without_secrets

__all__ = [
    "PageRequest",
    "is_kill",
    "is_own_digest",
    "is_urgent",
    "item_key",
    "read_message",
]

URGENT_TO = 3
"""Urgency 1 to 3 overtakes. Source: IPTC NewsCodes `urgency`, where 1 is the most urgent."""

_END = 10_000
"""Code points at either end of a text in which an item that must not wait says so."""

_LONGEST_URI = 8192
_LONGEST_VERSION = 1024

_ITEM_FIELDS = frozenset(NewsItem.__struct_fields__)
_TEXT_FIELDS = frozenset({"text", "source", "published", "urgency", "language", "uri", "link"})
_FEED_FIELDS = frozenset({"feed", "name", "agency", "language", "interval_s", "full_text"})
_LINK_FIELDS = frozenset({"link", "source", "published", "urgency", "language", "uri", "item"})


class PageRequest(msgspec.Struct, frozen=True):
    """A page that somebody wants read. `item` is what is known before; one with a text of its own
    comes from a feed and goes out without the page, if it must.
    """

    url: str
    item: NewsItem


def read_message(
    fields: Mapping[str, str], *, limit_bytes: int
) -> NewsItem | FeedRequest | PageRequest:
    """The item or request in an inbox entry's fields.

    The stream fields `source`, `published` and `urgency` say the same as the members of that name
    and stand back behind them.

    Raises:
        MessageError: One line that says what is wrong and what would be right.
    """
    raw = fields.get("message")
    if raw is None:
        found = ", ".join(sorted(fields)[:5]) or "none"
        raise MessageError(f"the entry has no field `message` (its fields: {found})")
    if len(raw.encode("utf-8", "replace")) > limit_bytes:
        raise MessageError(f"the message is larger than {limit_bytes} bytes")
    beside = {name: fields[name] for name in ("source", "published", "urgency") if fields.get(name)}
    message = beside | _decode(raw)
    if "feed" in message:
        return _read_feed_request(message)
    if "text" in message:
        return _read_text(message)
    if "link" in message and message.keys() <= _LINK_FIELDS:
        return _read_link(message)
    if _ITEM_FIELDS & (message.keys() - beside.keys()):
        return _read_item(message)
    raise MessageError(
        'the object is none of {"text": ...}, {"link": url}, {"feed": url} and an item object '
        f"(its members: {', '.join(sorted(message)[:5]) or 'none'})"
    )


def is_urgent(item: NewsItem) -> bool:
    """True for what overtakes: urgency 1 to 3 by its field or by its first words, and every kill.

    >>> is_urgent(NewsItem(uri="urn:x", version="1", body_text="KILL KILL KILL: our item 0042."))
    True
    """
    if item.pubstatus is PubStatus.CANCELED or (item.urgency or 9) <= URGENT_TO:
        return True
    life = _find_life(item)
    return life.signal is Signal.WITHDRAWN or life.urgency <= URGENT_TO


def is_kill(item: NewsItem) -> bool:
    """True for an item that takes another back, or itself: it must not wait for anything.

    >>> is_kill(NewsItem(uri="urn:x", version="1", headline="KILL: our item 0042"))
    True
    """
    if item.pubstatus is PubStatus.CANCELED:
        return True
    return _find_life(item).signal is Signal.WITHDRAWN


def _find_life(item: NewsItem) -> Life:
    """The signs of life at the head and the end of the item's text."""
    from worker.parse.editorial import find_life  # noqa: PLC0415  # fifty patterns to be compiled
    from worker.parse.text import WireText  # noqa: PLC0415

    text = item.text
    if len(text) > 2 * _END:
        text = f"{text[:_END]}\n\n{text[-_END:]}"
    return find_life(WireText(text), item)


def item_key(item: NewsItem) -> str:
    """Return the key of the item's version (`version_key`), as far as its fields tell a kill.

    If only its text says that it is a kill, the version was made from that text.
    """
    if item.pubstatus is PubStatus.USABLE and not (item.slugline or item.ednote):
        return item.version  # most items of feeds, which need none of the patterns
    from worker.parse.editorial import has_kill_field  # noqa: PLC0415  # fifty patterns to be compiled

    return version_key(item.version, is_kill=has_kill_field(item))


def is_own_digest(item: NewsItem) -> bool:
    """True for an item whose version was made from its content, since its sender named none."""
    return item.version == content_digest(item.headline, item.deck, item.body_text, item.pubstatus)


def _decode(raw: str) -> dict[str, Any]:
    try:
        message = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise MessageError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise MessageError("not JSON that can be read: nested too deep") from error
    if not isinstance(message, dict):
        raise MessageError(f"a JSON object is asked for, not {type(message).__name__}")
    return message


def _known(message: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(message.keys() - known)
    if unknown:
        raise MessageError(f"unknown member `{unknown[0]}` (known: {', '.join(sorted(known))})")


def _convert(message: Mapping[str, Any], kind: type[msgspec.Struct]) -> Any:
    try:
        return msgspec.convert(message, kind, strict=False)
    except msgspec.ValidationError as error:
        raise MessageError(str(error)) from error


def _read_feed_request(message: dict[str, Any]) -> FeedRequest:
    message.pop("source", None)
    message.pop("published", None)
    message.pop("urgency", None)
    _known(message, _FEED_FIELDS)
    url = message.pop("feed")
    if not isinstance(url, str) or not _is_web_address(url.strip()):
        raise MessageError(
            f"`feed` is not an http or https URL: {without_secrets(str(url))[:200]!r}"
        )
    url = url.strip()
    feed: Feed = _convert({"id": feed_id(url), "url": url, **message}, Feed)
    if feed.interval_s < 1 and "interval_s" in message:
        raise MessageError(f"`interval_s` is a number of seconds above 0, not {feed.interval_s}")
    return FeedRequest(feed, tuple(sorted(message)))


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # an unclosed bracket, a port that is no number
        return False


class _TextMessage(msgspec.Struct, kw_only=True):
    text: str
    source: str = ""
    published: datetime.datetime | None = None
    urgency: int | None = None
    language: str = ""
    uri: str = ""
    link: str = ""


def _read_text(message: dict[str, Any]) -> NewsItem:
    _known(message, _TEXT_FIELDS)
    message["published"] = _moment("published", message.get("published"))
    said: _TextMessage = _convert(message, _TextMessage)
    if not said.text.strip():
        raise MessageError("`text` is empty")
    _check_urgency(said.urgency)
    _check_names(said.uri, "", said.source)
    from worker.parse.layout import lay_out  # noqa: PLC0415  # brings all tables of datelines

    layout = lay_out(said.text)
    version = content_digest(layout.headline, layout.deck, layout.body)
    return NewsItem(
        uri=said.uri or f"urn:copytaster:text:{version}",
        version=version,
        headline=layout.headline,
        byline=layout.byline,
        deck=layout.deck,
        body_text=layout.body,
        language=said.language,
        urgency=said.urgency,
        versioncreated=said.published,
        link=said.link,
        source=without_secrets(said.source),
    )


def _read_link(message: dict[str, Any]) -> NewsItem | PageRequest:
    url, within = message["link"], message.pop("item", None)
    if within is not None and not isinstance(within, dict):
        raise MessageError("`item` is not an item object")
    if not isinstance(url, str) or not _is_web_address(url.strip()):
        if within is not None:  # a feed's link: its item can do without the page
            return _read_item(within)
        raise MessageError(
            f"`link` is not an http or https URL: {without_secrets(str(url))[:200]!r}"
        )
    url = url.strip()
    if within is not None:
        return PageRequest(url, _read_item(within))
    if "@" in urlsplit(url).netloc:
        raise MessageError("`link` has a user or a password in it; pages are read without")
    if len(url) > _LONGEST_URI:
        raise MessageError(f"`link` is longer than {_LONGEST_URI} characters")
    message["versioncreated"] = _moment("published", message.pop("published", None))
    item: NewsItem = _convert({"version": "", "uri": url, **message, "link": url}, NewsItem)
    _check_urgency(item.urgency)
    _check_names(item.uri, "", item.source)
    return PageRequest(url, item if item.uri else msgspec.structs.replace(item, uri=url))


def _moment(name: str, said: object) -> datetime.datetime | None:
    """The moment, aware; in UTC where it names no zone. A date alone is its midnight."""
    if said is None:
        return None
    try:
        moment = msgspec.convert(said, datetime.datetime, strict=False)
    except msgspec.ValidationError:
        try:
            day = msgspec.convert(said, datetime.date)
        except msgspec.ValidationError as error:
            raise MessageError(
                f"`{name}` is neither a date (2026-01-12) nor a date and time "
                f"(2026-01-12T09:30:00Z): {str(said)[:60]!r}"
            ) from error
        moment = datetime.datetime(day.year, day.month, day.day)  # noqa: DTZ001  # made aware below
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _check_urgency(urgency: int | None) -> None:
    if urgency is not None and not 1 <= urgency <= 9:
        raise MessageError(f"`urgency` runs from 1 to 9, not {urgency}")


def _check_names(uri: str, version: str, source: str) -> None:
    """See that what stands in records, lists and events of the item has a bounded length."""
    said = (("uri", uri, _LONGEST_URI), ("version", version, _LONGEST_VERSION))
    for name, value, longest in (*said, ("source", source, _LONGEST_URI)):
        if len(value) > longest:
            raise MessageError(f"`{name}` is longer than {longest} characters")


def _read_item(message: dict[str, Any]) -> NewsItem:
    published = message.pop("published", None)
    if published is not None:
        message.setdefault("versioncreated", published)
    _known(message, _ITEM_FIELDS)
    for name in ("firstcreated", "versioncreated", "embargoed"):
        message[name] = _moment(name, message.get(name))
    item: NewsItem = _convert({"uri": "", "version": "", **message}, NewsItem)
    if not item.text.strip() and item.pubstatus is PubStatus.USABLE:
        raise MessageError("the item has no headline, deck or body_text")
    _check_urgency(item.urgency)
    _check_names(item.uri, item.version, item.source)
    digest = content_digest(item.headline, item.deck, item.body_text, item.pubstatus)
    return msgspec.structs.replace(
        item,
        uri=item.uri or f"urn:copytaster:text:{digest}",
        version=item.version or digest,
        source=without_secrets(item.source),
    )
