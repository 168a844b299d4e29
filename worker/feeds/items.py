"""Entries to NewsItems: identity, plain text, dates, and the order in which they are read."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import msgspec

from worker.feeds.dates import read_date
from worker.feeds.entry import Channel, Entry, Text
from worker.feeds.plaintext import one_line, plain_text
from worker.model import Feed, NewsItem, content_digest

__all__ = ["read_items"]

_LIMIT_TEXT_CHARS = 1_048_576
_LIMIT_LINE_CHARS = 2000
_LIMIT_ID_CHARS = 512

_ABSOLUTE_URI = re.compile(
    r"https?://[^\s/?#]+\S*|urn:[a-z0-9][a-z0-9-]{0,31}:\S+|tag:\S+", re.IGNORECASE
)
_ELLIPSIS = re.compile(r"\s*(?:\[?(?:…|\.\.\.)\]?|\(?(?:read|see) more\)?)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Found:
    """An item, and the entry's own words for what tells it apart."""

    item: NewsItem
    link: str
    moment: datetime | None


def read_items(channel: Channel, feed: Feed) -> tuple[tuple[NewsItem, ...], tuple[str, ...]]:
    """The items, oldest first, no uri twice; and what was wrong with which entry."""
    problems = list(channel.problems)
    found: list[_Found] = []
    for number, entry in enumerate(channel.entries, 1):
        wrong: list[str] = []
        one = _read_entry(entry, channel, feed, wrong)
        if one is not None:
            found.append(one)
        problems.extend(f"entry {number}{_called(one)}: {reason}" for reason in wrong)
    ordered = _tell_apart(_oldest_first(found), feed, problems)
    return tuple(one.item for one in ordered), tuple(problems)


def _called(one: _Found | None) -> str:
    return f' "{one.item.headline[:60]}"' if one and one.item.headline else ""


def _read_entry(entry: Entry, channel: Channel, feed: Feed, wrong: list[str]) -> _Found | None:
    headline = _line(entry.headline)
    deck, body = _deck_and_body(entry, wrong)
    link = _absolute(entry.link, feed)
    if not (headline or deck or body):
        wrong.append("no headline and no text; left out")
        return None
    created = _date(entry.published, wrong)
    changed = _date(entry.updated, wrong) or created
    item = NewsItem(
        uri=_uri(entry.id, link, headline or body, feed),
        version=content_digest(headline, deck, body),
        headline=headline,
        deck=deck,
        body_text=body,
        byline=_line(Text(entry.byline)),
        language=_line(Text(entry.language or channel.language or feed.language)),
        firstcreated=created,
        versioncreated=changed,
        infosource=feed.agency or _line(Text(entry.publisher or channel.publisher)),
        link=link,
        rights=_line(Text(entry.rights or channel.rights)),
        source=_without_credentials(feed.url),
    )
    return _Found(item, link, changed)


def _deck_and_body(entry: Entry, wrong: list[str]) -> tuple[str, str]:
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


def _line(text: Text) -> str:
    return one_line(text.value[:_LIMIT_LINE_CHARS], html=text.html)


def _date(written: str, wrong: list[str]) -> datetime | None:
    moment = read_date(written) if written else None
    if written and moment is None:
        wrong.append(f"no such date: {one_line(written[:60], html=False)}")
    return moment


def _absolute(link: str, feed: Feed) -> str:
    """The link as an http or https URL, or empty."""
    try:
        resolved = urljoin(feed.url, one_line(link, html=False)) if link else ""
    except ValueError:
        return ""
    is_web = resolved.lower().startswith(("http://", "https://"))
    return resolved if is_web and len(resolved) <= _LIMIT_LINE_CHARS else ""


def _uri(entry_id: str, link: str, said: str, feed: Feed) -> str:
    """The item's identity, the same on every poll."""
    entry_id = one_line(entry_id, html=False)
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


def _tell_apart(found: list[_Found], feed: Feed, problems: list[str]) -> list[_Found]:
    """No uri twice, or two entries would follow each other as versions for ever.

    Under one id, entries with different links are different items and get an id from both; those
    with one link are one item, and its latest text counts.
    """
    times = Counter(one.item.uri for one in found)
    links: dict[str, set[str]] = {}
    for one in found:
        links.setdefault(one.item.uri, set()).add(one.link)
    kept: dict[str, _Found] = {}
    for one in found:
        uri = one.item.uri
        if len(links[uri]) > 1:
            uri = _own_uri(feed, uri, one.link)
            one = replace(one, item=msgspec.structs.replace(one.item, uri=uri))  # noqa: PLW2901
        kept.pop(uri, None)
        kept[uri] = one
    problems.extend(
        f"the id {uri[:100]} stands on {count} entries" for uri, count in times.items() if count > 1
    )
    return list(kept.values())
