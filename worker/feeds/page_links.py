"""The feeds that a web page links to."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import msgspec

from worker.feeds.html_to_text import plain_line

__all__ = ["FeedLink", "find_feed_links"]

_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
)
_COMMON_PATH = re.compile(
    r"""
    /(?:rss|feeds?|atom|rdf)(?:\.(?:xml|rss|atom|rdf|json|php|aspx?))?/?$   # /feed/, /rss.xml
    | /index\.(?:xml|rdf|rss|atom)$                                         # /index.xml
    | /[^/]{1,100}\.(?:rss|atom|rdf)$                                       # /world.rss
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Paths at which sites of all kinds keep feeds; such a path counts only if the page links to it."""
_LIMIT_CHARS = 2_000_000
_LIMIT_LINKS = 50
_LIMIT_URL_CHARS = 2048


class FeedLink(msgspec.Struct, frozen=True):
    """A link to a feed: its absolute URL, and its title, which may be empty."""

    url: str
    title: str = ""


def find_feed_links(page: str, url: str) -> tuple[FeedLink, ...]:
    """Return the feeds that a page declares (`rel="alternate"`), else those it links to by path.

    >>> page = '<link rel=alternate type="application/rss+xml" href="/rss" title="News">'
    >>> find_feed_links(page, "https://a.example/home")
    (FeedLink(url='https://a.example/rss', title='News'),)
    """
    links = _Links(url)
    links.feed(page[:_LIMIT_CHARS])
    found = links.declared or links.linked
    return tuple(FeedLink(url, title) for url, title in found.items())[:_LIMIT_LINKS]


def _is_feed(fields: dict[str, str]) -> bool:
    return fields.get("type", "").partition(";")[0].strip().lower() in _TYPES


class _Links(HTMLParser):
    """Collects links by URL, each with its first title."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = url
        self.declared: dict[str, str] = {}
        self.linked: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"a", "base", "link"}:
            return
        fields = {name: value or "" for name, value in reversed(attrs)}
        url = self._absolute(fields.get("href", ""))
        if not url:
            return
        title = plain_line(fields.get("title", "")[:200], html=False)
        if tag == "base":
            self._base = url
        elif tag == "a":
            if _COMMON_PATH.search(urlsplit(url).path):
                self.linked.setdefault(url, title)
        elif "alternate" in fields.get("rel", "").lower().split() and _is_feed(fields):
            self.declared.setdefault(url, title)

    def _absolute(self, written: str) -> str:
        """Return the URL that a page means, empty unless it is http or https."""
        try:
            url = urljoin(self._base, written.strip()).partition("#")[0]
            parts = urlsplit(url)
        except ValueError:  # an unclosed bracket
            return ""
        is_web = parts.scheme in {"http", "https"} and parts.hostname and written.strip()
        return url if is_web and len(url) <= _LIMIT_URL_CHARS and url.isprintable() else ""
