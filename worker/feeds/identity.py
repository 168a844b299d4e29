"""The id, title, link and date of an entry, by which it is identified and listed."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from worker.feeds.dates import read_timestamp
from worker.feeds.entry import Channel, FeedEntry, Text
from worker.feeds.html_to_text import plain_line, shorten
from worker.model import content_digest
from worker.model.redaction import without_secrets

__all__ = [
    "ListedEntry",
    "date_of",
    "id_of",
    "line_of",
    "link_base",
    "link_of",
    "list_entries",
    "listed_id",
    "own_id",
    "title_of",
]

_LIMIT_TITLE_BYTES = 10_000
_LIMIT_ID_BYTES = 1000
_LIMIT_LINK_CHARS = 8192
_LIMIT_RAW_CHARS = 100_000
_LIMIT_SKEW = timedelta(days=1)
"""A date this far ahead (a fast clock, a zone left out) counts as now; a later one is no date."""

_BLANK = re.compile(r"[ \xa0]")
_UNSAFE_SCHEMES = frozenset({"data", "file", "javascript", "vbscript", "about", "blob"})


class ListedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as a list shows it. Missing texts are empty; `date` is aware, never after now."""

    id: str
    title: str
    link: str
    date: datetime | None


def list_entries(channel: Channel, url: str, now: datetime) -> tuple[ListedEntry, ...]:
    """Return every entry, in the document's order; entries that share an id are all kept."""
    cut = channel.cut
    is_known = cut is not None and (cut.id or cut.link or cut.headline.value)
    entries = (*channel.entries, cut) if cut and is_known else channel.entries
    return tuple(_listed(entry, channel, url, now) for entry in entries)


def _listed(entry: FeedEntry, channel: Channel, url: str, now: datetime) -> ListedEntry:
    title = line_of(entry.headline, verbatim=True)  # only items are repaired
    link = link_of(entry, link_base(channel, url))
    return ListedEntry(
        id=id_of(entry, link, title, url),
        title=title,
        link=link,
        date=date_of(shown_dates(entry, channel), now),
    )


def shown_dates(entry: FeedEntry, channel: Channel) -> tuple[str, ...]:
    """Return the dates that may stand for the entry, the best first."""
    if channel.is_versioned:
        return (*entry.updated, *entry.published)
    return (*entry.published, *entry.updated)


def title_of(entry: FeedEntry) -> str:
    """Return the headline as plain text on one line, at most 10 kB."""
    return line_of(entry.headline)


def line_of(text: Text, *, verbatim: bool = False) -> str:
    """Return the text as `plain_line` does, at most 10 kB."""
    if not text.value:
        return ""
    line = plain_line(text.value[:_LIMIT_RAW_CHARS], html=text.html, verbatim=verbatim)
    return shorten(line, _LIMIT_TITLE_BYTES)


def id_of(entry: FeedEntry, link: str, title: str, url: str) -> str:
    """Return the publisher's id, else the link, else a digest of the text; at most 1 kB.

    A longer id keeps its beginning and gets a digest of the whole, so that it stays distinct.
    """
    return listed_id(own_id(entry, url) or link, entry, title)


def listed_id(entry_id: str, entry: FeedEntry, title: str) -> str:
    """Return the id or link of an entry, else a digest of its text, as `id_of` does."""
    if not entry_id:
        entry_id = content_digest(title, entry.summary.value, entry.content.value)
    if shorten(entry_id, _LIMIT_ID_BYTES) == entry_id:
        return entry_id
    # `#` and 16 digits
    return f"{shorten(entry_id, _LIMIT_ID_BYTES - 17)}#{content_digest('', '', entry_id)}"


def own_id(entry: FeedEntry, url: str) -> str:
    """Return the entry's own id, or empty; an id that is a path is resolved against the feed.

    Atom's ids stay as they are written. A link too long to be one (`link_of`) is still an id.
    """
    written = plain_line(entry.id[:_LIMIT_RAW_CHARS], html=False)
    if not written and len(entry.link) > _LIMIT_LINK_CHARS:
        return plain_line(entry.link[:_LIMIT_RAW_CHARS], html=False)
    is_path = written.startswith("/") and not entry.has_atom_id
    return _absolute(written, url) if is_path else written


def link_base(channel: Channel, url: str) -> str:
    """Return the URL against which relative links of entries are resolved.

    It is that of the channel's own site, if the feed is served by another host. A site with and
    without `www.` is on one host, where the feed's own address tells more.
    """
    if not channel.site:
        return url
    site, feed = _host_of(channel.site).lower(), _host_of(url).lower()
    return url if site.removeprefix("www.") == feed.removeprefix("www.") else channel.site


def link_of(entry: FeedEntry, url: str) -> str:
    """Return the URL of the entry's page, absolute if `url` is.

    It is empty if it is unsafe to open or too long: the beginning of a URL is another URL. Line
    breaks with the blanks around them and tabs are dropped, other blanks are percent-encoded, as
    browsers do. Source: WHATWG, "URL Standard", section 4.4.
    """
    if len(entry.link) > _LIMIT_LINK_CHARS:
        return ""
    link = entry.link.strip()
    if not link.isprintable() or _BLANK.search(link):
        lines = "".join(line.strip() for line in link.splitlines()).replace("\t", "")
        link = _BLANK.sub(lambda blank: quote(blank[0]), lines)
    link = plain_line(link, html=False)
    resolved = _absolute(link, url) if link else ""
    # `https://wire example/7`: no host has a blank
    return "" if "%20" in resolved and "%20" in _host_of(resolved) else resolved


def _host_of(url: str) -> str:
    """Return the host of an URL with user and port, as written; empty if it has none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _absolute(link: str, url: str) -> str:
    # Nearly all links are absolute; a bracket may be half an IPv6 address, which urljoin checks.
    if link.startswith(("https://", "http://")) and "[" not in link:
        return link
    try:
        resolved = urljoin(without_secrets(url), link)
        scheme = urlsplit(resolved).scheme.lower()
    except ValueError:
        return ""
    return "" if scheme in _UNSAFE_SCHEMES else resolved


def date_of(written: Iterable[str], now: datetime | None) -> datetime | None:
    """Return the first readable date; None if there is none, or if it is over a day ahead."""
    for candidate in written:
        moment = read_timestamp(candidate)
        if moment is None:
            continue
        if now is None or moment <= now:
            return moment
        return now if moment - now <= _LIMIT_SKEW else None
    return None
