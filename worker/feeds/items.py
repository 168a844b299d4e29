"""Entries to NewsItems: identity, plain text, dates, and the order in which they are read."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

from worker.feeds.entry import Channel, FeedEntry, Text
from worker.feeds.html_to_text import plain_line, plain_text
from worker.feeds.identity import ListedEntry, date_of, id_of, line_of, link_of, own_id, title_of
from worker.model import Feed, NewsItem, PubStatus, content_digest

__all__ = ["read_items"]

_LIMIT_TEXT_CHARS = 1_048_576
_LIMIT_ID_CHARS = 512

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
"""`EU?s`: an apostrophe became a question mark in some encoding on the way."""
_ELLIPSIS = re.compile(r"\s*(?:\[?(?:…|\.\.\.)\]?|\(?(?:read|see) more\)?)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Found:
    """An item, and the entry's own words for what tells it apart."""

    item: NewsItem
    listed: ListedEntry
    moment: datetime | None
    place: str
    """Where it stands: its link; its headline where it has none and no version tells it apart."""


def read_items(
    channel: Channel, feed: Feed, now: datetime | None = None
) -> tuple[tuple[NewsItem, ...], tuple[ListedEntry, ...], tuple[str, ...], frozenset[str]]:
    """The items, oldest first, no uri twice; each as its publisher lists it; what was wrong; the
    uris that several entries have.
    """
    problems = list(channel.problems)
    found: list[_Found] = []
    for number, entry in enumerate(channel.entries, 1):
        wrong: list[str] = []
        one = _read_entry(entry, channel, feed, now, wrong)
        if one is not None:
            found.append(one)
        problems.extend(f"entry {number}{_called(one)}: {reason}" for reason in wrong)
    ordered, shared = _tell_apart(_oldest_first(found), feed, problems)
    items, listed = tuple(one.item for one in ordered), tuple(one.listed for one in ordered)
    return items, listed, tuple(problems), shared


def _called(one: _Found | None) -> str:
    return f' "{one.item.headline[:60]}"' if one and one.item.headline else ""


def _read_entry(
    entry: FeedEntry, channel: Channel, feed: Feed, now: datetime | None, wrong: list[str]
) -> _Found | None:
    headline = title_of(entry)
    deck, body = _deck_and_body(entry, wrong)
    link = _web(link_of(entry, feed.url))
    pubstatus = _pubstatus(entry.pubstatus, wrong)
    if not (headline or deck or body) and pubstatus is PubStatus.USABLE:
        wrong.append("no headline and no text; left out")
        return None
    if lost := _LOST_LETTER.search(f"{headline} {deck} {body}"):
        wrong.append(f"a letter was lost before it came here: {lost[0]}")
    created = _date(entry.published, now, wrong)
    changed = _date(entry.updated, now, wrong) or created
    item = NewsItem(
        uri=_uri(entry.uri or own_id(entry, feed.url), link, headline or body, feed),
        version=entry.version[:64] or content_digest(headline, deck, body, pubstatus),
        headline=headline,
        deck=deck,
        body_text=body,
        slugline=_line(entry.slugline),
        byline=_line(entry.byline),
        located=_line(entry.located),
        language=_line(entry.language or channel.language or feed.language),
        pubstatus=pubstatus,
        urgency=_urgency(entry.urgency),
        firstcreated=created,
        versioncreated=changed,
        embargoed=_date((entry.embargoed,), None, wrong),
        ednote=_line(entry.ednote),
        infosource=feed.agency or _line(entry.publisher or channel.publisher),
        link=link,
        rights=_line(entry.rights or channel.rights),
        source=_without_credentials(feed.url),
    )
    listed = ListedEntry(
        id=id_of(entry, link, headline, feed.url),
        title=headline,
        link=link,
        date=(changed if channel.is_versioned else created) or created or changed,
    )
    place = link if link or channel.is_versioned else headline
    return _Found(item, listed, changed, place)


def _pubstatus(written: str, wrong: list[str]) -> PubStatus:
    """The status; what nobody knows is withheld, since using it could not be undone."""
    word = written.strip().lower().rpartition(":")[2]
    if word in _PUBSTATUS:
        return _PUBSTATUS[word]
    wrong.append(f"no such status: {plain_line(written[:60], html=False)}; withheld")
    return PubStatus.WITHHELD


def _urgency(written: str) -> int | None:
    digits = written.strip()
    return int(digits) if len(digits) == 1 and "1" <= digits <= "9" else None


def _deck_and_body(entry: FeedEntry, wrong: list[str]) -> tuple[str, str]:
    """The summary is the deck where there is a full text besides and it is not its start."""
    summary, content = _paragraphs(entry.summary, wrong), _paragraphs(entry.content, wrong)
    if not content:
        return "", summary
    lead = _ELLIPSIS.sub("", summary[-40:])
    lead = summary[:-40] + lead
    if " ".join(content.split()).startswith(" ".join(lead.split())):
        return "", content
    return " ".join(summary.split()), content


def _paragraphs(text: Text, wrong: list[str]) -> str:
    if len(text.value) > _LIMIT_TEXT_CHARS:
        wrong.append(f"a text of {len(text.value):,} characters; cut at {_LIMIT_TEXT_CHARS:,}")
    return plain_text(text.value[:_LIMIT_TEXT_CHARS], html=text.html)


def _line(written: str) -> str:
    return line_of(Text(written, html=None))


def _date(written: tuple[str, ...], now: datetime | None, wrong: list[str]) -> datetime | None:
    moment = date_of(written, now)
    if moment is None and any(written):
        said = plain_line(next(filter(None, written))[:60], html=False)
        wrong.append(f"no such date, or one to come: {said}")
    return moment


def _web(link: str) -> str:
    """The link if it is an http or https URL, or empty."""
    return link if link.lower().startswith(("http://", "https://")) else ""


def _uri(entry_id: str, link: str, said: str, feed: Feed) -> str:
    """The item's identity, the same on every poll."""
    if entry_id and len(entry_id) <= _LIMIT_ID_CHARS:
        if _ABSOLUTE_URI.fullmatch(entry_id):
            return entry_id
        return f"urn:copytaster:{feed.id}:{quote(entry_id, safe='')}"
    return link if link and not entry_id else _own_uri(feed, entry_id or said)


def _own_uri(feed: Feed, *parts: str) -> str:
    return f"urn:copytaster:{feed.id}:{content_digest('', '', chr(10).join(parts))}"


def _without_credentials(url: str) -> str:
    """The URL without user and password: `source` goes out to every desk."""
    if "@" not in url:
        return url
    try:
        parts = urlsplit(url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:
        return ""


def _oldest_first(found: list[_Found]) -> list[_Found]:
    """By date where every entry has one, else from the bottom up unless the dates say otherwise."""
    dates = [one.moment for one in found if one.moment]
    is_ascending = len(set(dates)) > 1 and dates == sorted(dates)
    ordered = found if is_ascending else found[::-1]
    if len(dates) < len(found):
        return ordered
    return sorted(ordered, key=lambda one: one.moment or datetime.min.replace(tzinfo=UTC))


def _tell_apart(
    found: list[_Found], feed: Feed, problems: list[str]
) -> tuple[list[_Found], frozenset[str]]:
    """No uri twice, or two entries would follow each other as versions for ever; and the uris that
    several entries have.

    Under one id, entries at different places are different items and get an id from both; those at
    one place are one item, and its latest text counts.
    """
    times = Counter(one.item.uri for one in found)
    places: dict[str, set[str]] = {}
    for one in found:
        places.setdefault(one.item.uri, set()).add(one.place)
    kept: dict[str, _Found] = {}
    shared: set[str] = set()
    for one in found:
        uri = one.item.uri
        if len(places[uri]) > 1:
            uri = _own_uri(feed, uri, one.place)
            one = replace(one, item=msgspec.structs.replace(one.item, uri=uri))  # noqa: PLW2901
        other = kept.pop(uri, None)
        if other is not None:
            shared.add(uri)
        kept[uri] = other if other is not None and _is_later(other, one) else one
    problems.extend(
        f"the id {uri[:100]} stands on {count} entries" for uri, count in times.items() if count > 1
    )
    return list(kept.values()), frozenset(shared)


def _is_later(one: _Found, other: _Found) -> bool:
    """True where both entries have a date and say so."""
    return bool(one.moment and other.moment and one.moment > other.moment)
