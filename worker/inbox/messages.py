"""Inbox messages, which anyone may write: decoded, checked and converted to items or requests.

A message is a JSON object, in four forms (docs/inbox.md):

    {"text": "KIEV, January 12. /TASS/. ..."}    an item as plain text
    {"link": "https://..."}                       an article page, which makes an item
    {"feed": "https://..."}                       a feed to poll now, and from now on
    {"uri": ..., "headline": ..., ...}            an item object (docs/schema/news-item.json)

A source (`worker.sources`) puts what it cannot use on the inbox too, as `refused_message`, so that
the dead letter has the reason.
"""

import datetime
import re
from collections.abc import Mapping
from functools import lru_cache
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
    has_control_character,
    version_key,
)
from worker.model.digests import is_digest
from worker.model.inbox import FeedRequest
from worker.model.redaction import without_secrets

__all__ = [
    "PageRequest",
    "check_entry_size",
    "is_kill",
    "is_own_digest",
    "is_urgent",
    "item_key",
    "read_message",
    "refused_message",
]

URGENT_TO = 3
"""The least urgency of the urgent stream. Source: IPTC NewsCodes `urgency`, 1 is the highest."""

_END = 10_000
"""Code points at either end of a text that are searched for its editorial status. Agencies write
`URGENT` and `KILL` there, and reading all of a long text would hold up the doors."""

_LONGEST_URI = 8192
_LONGEST_VERSION = 1024
_LONGEST_FEED_URL = 2048
_LONGEST_FEED_NAME = 200
"""Limits in code points. The URL, agency and language of a feed are in each of its items."""

# `\ud83d` without `\ude00` behind it, or the second without the first: no character.
_HALF_PAIR = re.compile(
    r"\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F].."
)

_BLANK = re.compile(r"\s")

_ITEM_FIELDS = frozenset(NewsItem.__struct_fields__)
_TEXT_FIELDS = frozenset({"text", "source", "published", "urgency", "language", "uri", "link"})
_FEED_FIELDS = frozenset({"feed", "name", "agency", "language", "interval_s", "full_text"})
_LINK_FIELDS = frozenset({"link", "source", "published", "urgency", "language", "uri", "item"})
_REFUSED_FIELDS = frozenset({"refused", "body"})

_ENTRY_FIELDS = ("message", "source", "published", "urgency")
"""The fields of an entry that have a meaning."""

_OTHER_FIELDS_BYTES = 16 * 1024
"""Allowance for the fields of an entry other than `message`."""

_REFUSED_BYTES = 64 * 1024
"""Bytes of a refused body that its dead letter shows."""


class PageRequest(msgspec.Struct, frozen=True):
    """A request to read the article page at `url`.

    `item` has the fields that are known already. If it has a text, it comes from a feed, and is
    published without the page if that cannot be read.
    """

    url: str
    item: NewsItem


def read_message(
    fields: Mapping[str, str], *, limit_bytes: int
) -> NewsItem | FeedRequest | PageRequest:
    """Return the item or request in the fields of an inbox entry.

    The stream fields `source`, `published` and `urgency` are defaults for the members of the same
    names in the message.

    Raises:
        MessageError: The message is invalid; a line tells the error and the correct form.
    """
    raw = fields.get("message")
    if raw is None:
        names = ", ".join(sorted(fields)[:5]) or "none"
        raise MessageError(f"the entry has no field `message` (its fields: {names})")
    if len(raw.encode("utf-8", "replace")) > limit_bytes:
        raise MessageError(f"the message is larger than {limit_bytes} bytes")
    words = [fields.get(name, "") for name in _ENTRY_FIELDS]
    check_entry_size(sum(len(word.encode("utf-8", "replace")) for word in words), limit_bytes)
    defaults = {name: fields[name] for name in _ENTRY_FIELDS[1:] if fields.get(name)}
    message = defaults | _decode(raw)
    if message.keys() - defaults.keys() == _REFUSED_FIELDS:
        raise MessageError(f"refused by its source: {message['refused']}")
    # The first of these members that a message has tells its kind.
    if "feed" in message:
        return _read_feed_request(message)
    if "text" in message:
        return _read_text(message)
    if "link" in message and message.keys() <= _LINK_FIELDS:
        return _read_link(message)
    if _ITEM_FIELDS & (message.keys() - defaults.keys()):
        return _read_item(message)
    raise MessageError(
        'the object is none of {"text": ...}, {"link": url}, {"feed": url} and an item object '
        f"(its members: {', '.join(sorted(message)[:5]) or 'none'})"
    )


def check_entry_size(size: int, limit_bytes: int) -> None:
    """Check the size of an entry, in bytes of the values of the fields that have a meaning.

    Raises:
        MessageError: It is too large, whatever its fields say.
    """
    most = limit_bytes + _OTHER_FIELDS_BYTES
    if size > most:
        raise MessageError(f"the entry is larger than {most} bytes")


def refused_message(reason: str, body: bytes) -> bytes:
    """Return a message that becomes a dead letter for this reason; it has the body's beginning."""
    shown = body[:_REFUSED_BYTES].decode("utf-8", "backslashreplace")
    return msgspec.json.encode({"refused": reason, "body": shown})


def is_urgent(item: NewsItem) -> bool:
    """Return True for an urgency from 1 to 3, by its field or its text, and for every kill.

    >>> is_urgent(NewsItem(uri="urn:x", version="1", body_text="KILL KILL KILL: our item 0042."))
    True
    """
    if item.pubstatus is PubStatus.CANCELED or (item.urgency or 9) <= URGENT_TO:
        return True
    life = _find_life(item)
    return life.signal is Signal.WITHDRAWN or life.urgency <= URGENT_TO


def is_kill(item: NewsItem) -> bool:
    """Return True for an item that withdraws another item, or itself.

    >>> is_kill(NewsItem(uri="urn:x", version="1", headline="KILL: our item 0042"))
    True
    """
    if item.pubstatus is PubStatus.CANCELED:
        return True
    return _find_life(item).signal is Signal.WITHDRAWN


def _find_life(item: NewsItem) -> Life:
    """Return the editorial status by the head and the end of an item's text."""
    return _find_life_of(msgspec.structs.replace(item, uri="", version=""))


@lru_cache(1)  # asked for the uri of a text, and then for its urgency
def _find_life_of(item: NewsItem) -> Life:
    from worker.parse.editorial import find_life  # noqa: PLC0415  # fifty patterns to be compiled
    from worker.parse.text import WireText  # noqa: PLC0415

    text = item.text
    if len(text) > 2 * _END:
        text = f"{text[:_END]}\n\n{text[-_END:]}"
    return find_life(WireText(text), item)


def item_key(item: NewsItem) -> str:
    """Return the key of the item's version (`version_key`).

    Of a version that is a digest only the fields tell a kill: a text that does has a digest of its
    own.
    """
    if not is_own_digest(item):
        return version_key(item.version, is_kill=is_kill(item))
    if item.pubstatus is PubStatus.USABLE and not (item.slugline or item.ednote):
        return item.version  # most items of feeds, which need none of the patterns
    from worker.parse.editorial import has_kill_field  # noqa: PLC0415  # fifty patterns to be compiled

    return version_key(item.version, is_kill=has_kill_field(item))


def is_own_digest(item: NewsItem) -> bool:
    """Return True for an item whose version is a digest of its content: its sender named none.

    The digest of an item of a wire format or a feed is also of its embargo.
    """
    if not is_digest(item.version):  # most senders' own names, without the digest of a long text
        return False
    parts = (item.headline, item.deck, item.body_text, item.pubstatus)
    return item.version in {content_digest(*parts), content_digest(*parts, item.embargoed)}


def _decode(raw: str) -> dict[str, Any]:
    try:
        message = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError) as error:
        # The decoder calls a text truncated that ends after the first half of a pair.
        half = _HALF_PAIR.search(raw)
        reason = f"{half[0]} is half of a surrogate pair" if half else str(error)
        raise MessageError(f"not JSON: {reason}") from error
    except RecursionError as error:  # thousands of opening brackets
        raise MessageError("not readable JSON: nested too deeply") from error
    if not isinstance(message, dict):
        raise MessageError(f"a JSON object is expected, not {type(message).__name__}")
    return message


def _check_members(message: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(message.keys() - known)
    if unknown:
        raise MessageError(f"unknown member `{unknown[0]}` (known: {', '.join(sorted(known))})")


def _convert(message: Mapping[str, Any], kind: type[msgspec.Struct]) -> Any:
    try:
        # Not strict: stream fields are texts, and some senders quote numbers and booleans.
        return msgspec.convert(message, kind, strict=False)
    except msgspec.ValidationError as error:
        raise MessageError(str(error)) from error


def _read_feed_request(message: dict[str, Any]) -> FeedRequest:
    # The stream fields describe items, and may stand beside a feed all the same.
    message.pop("source", None)
    message.pop("published", None)
    message.pop("urgency", None)
    _check_members(message, _FEED_FIELDS)
    url = message.pop("feed")
    if (
        not isinstance(url, str)
        or not _is_web_address(url.strip())
        or has_control_character(url.strip())
    ):
        raise MessageError(
            f"`feed` is not an http or https URL: {without_secrets(str(url))[:200]!r}"
        )
    url = url.strip()
    _check_length("feed", url, _LONGEST_FEED_URL)
    feed: Feed = _convert({"id": feed_id(url), "url": url, **message}, Feed)
    for name in ("name", "agency", "language"):
        _check_length(name, getattr(feed, name), _LONGEST_FEED_NAME)
    if feed.interval_s < 1 and "interval_s" in message:
        raise MessageError(f"`interval_s` is a number of seconds above 0, not {feed.interval_s}")
    return FeedRequest(feed, tuple(sorted(message)))


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        return is_web and not _BLANK.search(parts.hostname or "")
    except ValueError:  # an unclosed bracket, or a port that is not a number
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
    _check_members(message, _TEXT_FIELDS)
    message["published"] = _moment("published", message.get("published"))
    fields: _TextMessage = _convert(message, _TextMessage)
    if not fields.text.strip():
        raise MessageError("`text` is empty")
    _check_urgency(fields.urgency)
    _check_names(fields.uri, "", fields.source)
    from worker.parse.layout import lay_out  # noqa: PLC0415  # brings all tables of datelines

    layout = lay_out(fields.text)
    item = NewsItem(
        uri=fields.uri,
        version=content_digest(layout.headline, layout.deck, layout.body),
        headline=layout.headline,
        byline=layout.byline,
        deck=layout.deck,
        body_text=layout.body,
        language=fields.language,
        urgency=fields.urgency,
        versioncreated=fields.published,
        link=fields.link,
        source=without_secrets(fields.source),
    )
    return _with_uri(item, item.version)


def _read_link(message: dict[str, Any]) -> NewsItem | PageRequest:
    url, item_fields = message["link"], message.pop("item", None)
    if item_fields is not None and not isinstance(item_fields, dict):
        raise MessageError("`item` is not an item object")
    if not isinstance(url, str) or not _is_web_address(url.strip()):
        if item_fields is not None:  # from a feed: its item does without the page
            return _read_item(item_fields)
        raise MessageError(
            f"`link` is not an http or https URL: {without_secrets(str(url))[:200]!r}"
        )
    url = url.strip()
    if item_fields is not None:
        known = _read_item(item_fields)
        return known if is_kill(known) else PageRequest(url, known)  # a kill waits for no page
    if "@" in urlsplit(url).netloc:
        raise MessageError("`link` has a user or a password in it; pages are read without")
    _check_length("link", url, _LONGEST_URI)
    message["versioncreated"] = _moment("published", message.pop("published", None))
    item: NewsItem = _convert({"version": "", "uri": url, **message, "link": url}, NewsItem)
    _check_urgency(item.urgency)
    _check_names(item.uri, "", item.source)
    return PageRequest(url, item if item.uri else msgspec.structs.replace(item, uri=url))


def check_published(written: str) -> None:
    """Check the time of publication that a person gives for an item.

    Raises:
        MessageError: It is neither a date nor a date and time.
    """
    _moment("published", written)


def _moment(name: str, value: object) -> datetime.datetime | None:
    """Return an aware time, in UTC if it has no zone; a date alone means its midnight."""
    if value is None:
        return None
    try:
        moment = msgspec.convert(value, datetime.datetime, strict=False)
    except msgspec.ValidationError:
        try:
            day = msgspec.convert(value, datetime.date)
        except msgspec.ValidationError as error:
            raise MessageError(
                f"`{name}` is neither a date (2026-01-12) nor a date and time "
                f"(2026-01-12T09:30:00Z): {str(value)[:60]!r}"
            ) from error
        moment = datetime.datetime(day.year, day.month, day.day)  # noqa: DTZ001  # made aware below
    if moment.tzinfo is None:
        return moment.replace(tzinfo=datetime.UTC)
    try:
        moment.astimezone(datetime.UTC)
    except OverflowError as error:
        raise MessageError(f"`{name}` is before year 1 or after 9999 in UTC: {value!r}") from error
    return moment


def _check_urgency(urgency: int | None) -> None:
    if urgency is not None and not 1 <= urgency <= 9:
        raise MessageError(f"`urgency` is from 1 to 9, not {urgency}")


def _check_names(uri: str, version: str, source: str) -> None:
    """Check names, which are repeated in records, lists and events of the item."""
    _check_length("uri", uri, _LONGEST_URI)
    _check_length("version", version, _LONGEST_VERSION)
    _check_length("source", source, _LONGEST_URI)
    for name, value in (("uri", uri), ("version", version)):
        if has_control_character(value):
            raise MessageError(f"`{name}` has a control character in it: {value[:60]!r}")


def _check_length(name: str, value: str, longest: int) -> None:
    if len(value) > longest:
        raise MessageError(f"`{name}` is longer than {longest} characters")


def _read_item(message: dict[str, Any]) -> NewsItem:
    published = message.pop("published", None)
    if published is not None:
        message.setdefault("versioncreated", published)
    _check_members(message, _ITEM_FIELDS)
    for name in ("firstcreated", "versioncreated", "embargoed"):
        message[name] = _moment(name, message.get(name))
    item: NewsItem = _convert({"uri": "", "version": "", **message}, NewsItem)
    # A provider may cancel or withhold an item by its uri alone, without a text.
    if not item.text.strip() and item.pubstatus is PubStatus.USABLE:
        raise MessageError("the item has no headline, deck or body_text")
    _check_urgency(item.urgency)
    _check_names(item.uri, item.version, item.source)
    digest = content_digest(item.headline, item.deck, item.body_text, item.pubstatus)
    item = msgspec.structs.replace(
        item, version=item.version or digest, source=without_secrets(item.source)
    )
    return _with_uri(item, digest)


def _with_uri(item: NewsItem, digest: str) -> NewsItem:
    """Return an item with a uri made from the digest of its content, unless it has a uri.

    The uri of a kill is of its source too: in the words of a stranger, sent in advance, the kill of
    another sender would count as theirs, sent again. A kill that only its slug or its editors' note
    tells has the uri of the item with its text, which it withdraws.
    """
    if item.uri:
        return item
    if item.source and is_kill(msgspec.structs.replace(item, slugline="", ednote="")):
        digest = content_digest(item.source, digest, "")
    return msgspec.structs.replace(item, uri=f"urn:copytaster:text:{digest}")
