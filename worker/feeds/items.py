"""NewsItems from the entries of a feed: identity, plain text, dates, and reading order."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec

from worker.feeds.entry import Channel, FeedEntry, Text
from worker.feeds.html_to_text import plain_line, plain_text
from worker.feeds.identity import (
    ListedEntry,
    date_of,
    line_of,
    link_base,
    link_of,
    listed_id,
    own_id,
    title_of,
)
from worker.model import Feed, NewsItem, PubStatus, content_digest, has_control_character
from worker.model.redaction import without_secrets

__all__ = ["FeedItems", "read_items"]

_LIMIT_TEXT_CHARS = 1_048_576
_LIMIT_ID_CHARS = 512
_LIMIT_VERSION_CHARS = 64
_LIMIT_CHANNEL_CHARS = 300
"""Code points of a field of the channel, which is repeated in each of its entries."""

_ABSOLUTE_URI = re.compile(
    r"https?://[^\s/?#]+\S*|urn:[a-z0-9][a-z0-9-]{0,31}:\S+|tag:\S+", re.IGNORECASE
)
_PUBSTATUS = {
    "": PubStatus.USABLE,
    "usable": PubStatus.USABLE,
    "published": PubStatus.USABLE,
    "withheld": PubStatus.WITHHELD,
    "embargoed": PubStatus.WITHHELD,
    "canceled": PubStatus.CANCELED,
    "cancelled": PubStatus.CANCELED,
    "killed": PubStatus.CANCELED,
    "withdrawn": PubStatus.CANCELED,
}
"""Source: IPTC ninjs and NewsML-G2 `pubStatus`, NewsML 1.2 `Status`, NITF `management-status`."""
_LOST_LETTER = re.compile(
    r"(?<![\w/=&.])[^\W\d_]{2,40}\?(?:s|t|re|ve|ll|d|m)\b|[^\W\d_]?\ufffd[^\W\d_]?", re.IGNORECASE
)
"""`EU?s`: an apostrophe that became a question mark in a wrong encoding, before it was sent."""
_LOST_MARK = re.compile(r"\?[strvldm]|\ufffd", re.IGNORECASE)
"""The part of `_LOST_LETTER` that few texts have, and that is found in far less time."""
_ELLIPSIS = re.compile(r"\s*(?:\[?(?:…|\.\.\.)\]?|\(?(?:read|see) more\)?)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The parts of an entry that both its item and its listing are made of."""

    headline: str
    deck: str
    body: str
    link: str
    pubstatus: PubStatus
    created: datetime | None
    changed: datetime | None
    moment: datetime | None
    """`changed` as it is written: a reader whose clock is behind orders entries all the same."""


@dataclass(frozen=True, slots=True)
class _ReadEntry:
    """An item, its entry as the publisher lists it, and the values that order and tell it apart."""

    item: NewsItem
    listed: ListedEntry
    moment: datetime | None
    place: str
    """The value that tells entries with the same uri apart (`_place`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """Everything around an entry, worked out once for all entries."""

    channel: Channel
    feed: Feed
    now: datetime | None
    base: str
    """The URL against which links are resolved."""
    source: str
    """The feed's URL without secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItems:
    """The items of a channel, oldest first; no uri occurs twice."""

    items: tuple[NewsItem, ...]
    listed: tuple[ListedEntry, ...]
    """Each of `items`, in their order, as the publisher lists it."""
    problems: tuple[str, ...]
    shared: frozenset[str]
    """The uris of those `items` that had several entries."""
    series: frozenset[str]
    """The ids that name several items, each of which has a uri of its own."""


def read_items(
    channel: Channel,
    feed: Feed,
    now: datetime | None = None,
    *,
    is_series: Callable[[str], bool] = lambda _: False,
) -> FeedItems:
    """Return the items of a channel.

    `is_series` is True for an id that named several items in an earlier body.
    """
    channel = _with_short_lines(channel)
    problems = list(channel.problems)
    entries: list[_ReadEntry] = []
    around = _Around(
        channel=channel,
        feed=feed,
        now=now,
        base=link_base(channel, feed.url),
        source=without_secrets(feed.url),
    )
    for number, entry in enumerate(channel.entries, 1):
        reasons: list[str] = []
        read = _read_entry(entry, around, reasons)
        if read is not None:
            entries.append(read)
        problems.extend(f"entry {number}{_quoted_headline(read)}: {reason}" for reason in reasons)
    places: dict[str, set[str]] = {}
    for read in entries:
        places.setdefault(read.item.uri, set()).add(read.place)
    series = frozenset(uri for uri, found in places.items() if len(found) > 1 or is_series(uri))
    ordered, shared = _make_distinct(_oldest_first(entries), series, feed, problems)
    return FeedItems(
        items=tuple(entry.item for entry in ordered),
        listed=tuple(entry.listed for entry in ordered),
        problems=tuple(problems),
        shared=shared,
        series=series,
    )


def _with_short_lines(channel: Channel) -> Channel:
    """Return the channel with those of its fields that each entry may repeat as short lines."""
    return replace(
        channel,
        language=_line(channel.language)[:_LIMIT_CHANNEL_CHARS],
        publisher=_line(channel.publisher)[:_LIMIT_CHANNEL_CHARS],
        rights=_line(channel.rights)[:_LIMIT_CHANNEL_CHARS],
    )


def _quoted_headline(read: _ReadEntry | None) -> str:
    return f' "{read.item.headline[:60]}"' if read and read.item.headline else ""


def _read_entry(entry: FeedEntry, around: _Around, problems: list[str]) -> _ReadEntry | None:
    """Return the entry's item, or None for an empty entry; its faults go to `problems`."""
    parts = _read_parts(entry, around.base, around.now, problems)
    if parts is None:
        return None
    own = own_id(entry, around.feed.url)
    item = _news_item(entry, parts, around, entry.uri or own, problems)
    listed = ListedEntry(
        id=listed_id(own or parts.link, entry, parts.headline),
        title=parts.headline,
        link=parts.link,
        date=_shown_date(parts, around.channel),
    )
    is_versioned = around.channel.is_versioned
    place = parts.link if is_versioned else _place(entry.uri or own, parts)
    return _ReadEntry(item, listed, parts.moment, place)


def _place(entry_id: str, parts: _Parts) -> str:
    """Return the value that tells an entry from others with its id, or its link or headline.

    An entry without an id has the link as its identity, or else the headline. But all entries may
    link to the home page, or be headed `News in brief`.
    """
    if entry_id:
        return parts.link or parts.headline
    text = parts.body or parts.deck
    return (parts.headline or text) if parts.link else text


def _read_parts(
    entry: FeedEntry, base: str, now: datetime | None, problems: list[str]
) -> _Parts | None:
    headline = title_of(entry)
    deck, body = _deck_and_body(entry, problems)
    pubstatus = _pubstatus(entry.pubstatus, problems)
    # `<item><link>/a</link></item>` is no news. A wire's `canceled` without any text is: it kills.
    if not (headline or deck or body) and pubstatus is PubStatus.USABLE:
        problems.append("no headline and no text; left out")
        return None
    if lost := _lost_letter(f"{headline} {deck} {body}"):
        problems.append(f"a character was lost before the feed was written: {lost}")
    created = _date(entry.published, now, problems)
    # `pubDate` alone: the first version is also the latest.
    updated = _date(entry.updated, now, problems)
    changed = updated or created
    return _Parts(
        headline=headline,
        deck=deck,
        body=body,
        link=_web(link_of(entry, base)),
        pubstatus=pubstatus,
        created=created,
        changed=changed,
        moment=_unclamped(changed, entry.updated if updated else entry.published, now),
    )


def _lost_letter(text: str) -> str:
    """Return the first word with a lost letter, else an empty string."""
    if "?" not in text and "\ufffd" not in text:
        return ""
    lost = _LOST_LETTER.search(text) if _LOST_MARK.search(text) else None
    return lost[0] if lost else ""


def _unclamped(
    changed: datetime | None, written: tuple[str, ...], now: datetime | None
) -> datetime | None:
    """Return the date of `changed` as it is written: only a date ahead of `now` became `now`."""
    return date_of(written, None) if changed is not None and changed == now else changed


def _news_item(
    entry: FeedEntry, parts: _Parts, around: _Around, entry_id: str, problems: list[str]
) -> NewsItem:
    """Return the item; the channel and the feed fill in for fields that the entry leaves empty."""
    headline, body = parts.headline, parts.body
    channel, feed = around.channel, around.feed
    embargoed = _date((entry.embargoed,), None, problems)
    return NewsItem(
        uri=_uri(entry_id, parts.link, headline or body, feed),
        version=_version(entry.version, parts, embargoed),
        headline=headline,
        deck=parts.deck,
        body_text=body,
        slugline=_line(entry.slugline),
        byline=_line(entry.byline),
        located=_line(entry.located),
        language=_line(entry.language) or channel.language or feed.language,
        pubstatus=parts.pubstatus,
        urgency=_urgency(entry.urgency),
        firstcreated=parts.created,
        versioncreated=parts.changed,
        embargoed=embargoed,
        ednote=_line(entry.ednote),
        # The operator's word for the agency goes before the feed's own `dc:publisher`.
        infosource=feed.agency or _line(entry.publisher) or channel.publisher,
        link=parts.link,
        rights=_line(entry.rights) or channel.rights,
        source=around.source,
    )


def _version(written: str, parts: _Parts, embargoed: datetime | None) -> str:
    """Return the publisher's version, a digest of one that is too long, else one of the content."""
    if len(written) > _LIMIT_VERSION_CHARS:
        return content_digest("", "", written)
    if name := plain_line(written, html=False):
        return name
    return content_digest(parts.headline, parts.deck, parts.body, parts.pubstatus, embargoed)


def _shown_date(parts: _Parts, channel: Channel) -> datetime | None:
    """Return the date a list shows: a wire's version has its own, an RSS entry keeps its first."""
    own = parts.changed if channel.is_versioned else parts.created
    return own or parts.created or parts.changed


def _pubstatus(written: str, problems: list[str]) -> PubStatus:
    """Return the status; an unknown word withholds the item, since publishing cannot be undone."""
    word = written.strip().lower().rpartition(":")[2]
    if word in _PUBSTATUS:
        return _PUBSTATUS[word]
    problems.append(f"unknown pubstatus: {plain_line(written[:60], html=False)}; withheld")
    return PubStatus.WITHHELD


def _urgency(written: str) -> int | None:
    digits = written.strip()
    return int(digits) if len(digits) == 1 and "1" <= digits <= "9" else None


def _deck_and_body(entry: FeedEntry, problems: list[str]) -> tuple[str, str]:
    """Return deck and body: the summary is a deck only beside a full text that it does not open."""
    summary = _paragraphs(entry.summary, problems)
    content = _paragraphs(entry.content, problems)
    if not content:
        return "", summary
    # `A ferry met a tug near Cape...`: a teaser, cut from the full text, is not a deck. The pattern
    # takes quadratic time over long space, so only the end is searched.
    teaser = summary[:-40] + _ELLIPSIS.sub("", summary[-40:])
    if " ".join(content.split()).startswith(" ".join(teaser.split())):
        return "", content
    return " ".join(summary.split()), content


def _paragraphs(text: Text, problems: list[str]) -> str:
    if len(text.value) > _LIMIT_TEXT_CHARS:
        problems.append(f"a text of {len(text.value):,} characters; cut at {_LIMIT_TEXT_CHARS:,}")
    return plain_text(text.value[:_LIMIT_TEXT_CHARS], html=text.html)


def _line(written: str) -> str:
    if not written:  # most fields of most entries
        return ""
    return line_of(Text(written, html=None))


def _date(written: tuple[str, ...], now: datetime | None, problems: list[str]) -> datetime | None:
    if not any(written):
        return None
    moment = date_of(written, now)
    if moment is None:
        first = plain_line(next(filter(None, written))[:60], html=False)
        problems.append(f"not a date, or a date in the future: {first}")
    return moment


def _web(link: str) -> str:
    """Return the link if it is an http or https URL, else an empty string."""
    return link if link.lower().startswith(("http://", "https://")) else ""


def _uri(entry_id: str, link: str, text: str, feed: Feed) -> str:
    """Return the item's identity, the same on every poll.

    An absolute URI without control characters is taken as it is, any other id gets the feed's
    before it; without an id the link stands in, and without a link a digest of the text.
    """
    if entry_id and len(entry_id) <= _LIMIT_ID_CHARS:
        if _ABSOLUTE_URI.fullmatch(entry_id) and not has_control_character(entry_id):
            return entry_id
        return f"urn:copytaster:{feed.id}:{quote(entry_id, safe='')}"
    return link if link and not entry_id else _own_uri(feed, entry_id or text)


def _own_uri(feed: Feed, *parts: str) -> str:
    return f"urn:copytaster:{feed.id}:{content_digest('', '', chr(10).join(parts))}"


def _oldest_first(entries: list[_ReadEntry]) -> list[_ReadEntry]:
    """Order entries by date if all have dates, else bottom up unless their dates already ascend."""
    dates = [entry.moment for entry in entries if entry.moment]
    is_ascending = len(set(dates)) > 1 and dates == sorted(dates)
    ordered = entries if is_ascending else entries[::-1]
    if len(dates) < len(entries):
        return ordered
    return sorted(ordered, key=lambda entry: entry.moment or datetime.min.replace(tzinfo=UTC))


def _make_distinct(
    entries: list[_ReadEntry], series: frozenset[str], feed: Feed, problems: list[str]
) -> tuple[list[_ReadEntry], frozenset[str]]:
    """Return the entries with no uri twice, and the uris that several entries had.

    Two entries with a uri would replace each other as versions at every poll. Entries that share an
    id but not a place are different items: each gets an id from both, also in a body that shows
    only one of them. Entries that share both are a single item, and the latest text counts.
    """
    counts = Counter(entry.item.uri for entry in entries)
    distinct: dict[str, _ReadEntry] = {}
    shared: set[str] = set()
    for entry in entries:
        uri = entry.item.uri
        if uri in series:
            # `<guid>42</guid>` on two entries with two links: the guid names a series, not an entry
            uri = _own_uri(feed, uri, entry.place)
            item = msgspec.structs.replace(entry.item, uri=uri)
            entry = replace(entry, item=item)  # noqa: PLW2901
        other = distinct.pop(uri, None)
        if other is not None:
            shared.add(uri)
        distinct[uri] = other if other is not None and _is_later(other, entry) else entry
    problems.extend(
        f"{count} entries share the id {uri[:100]}" for uri, count in counts.items() if count > 1
    )
    return list(distinct.values()), frozenset(shared)


def _is_later(entry: _ReadEntry, other: _ReadEntry) -> bool:
    """True if both entries have a date and the first is the later."""
    return bool(entry.moment and other.moment and entry.moment > other.moment)
