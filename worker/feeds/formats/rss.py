"""RSS 0.9x to 2.0, RDF Site Summary, Atom 0.3 and 1.0, whose elements feeds mix freely."""

import re
from base64 import b64decode
from functools import lru_cache
from urllib.parse import urljoin

from worker.errors import FormatError
from worker.feeds.entry import LIMIT_ENTRIES, Channel, FeedEntry, Format, Text
from worker.feeds.ttl import ttl_seconds
from worker.feeds.xml_path import inner_html
from worker.feeds.xml_reader import XML_BASE, XML_LANG, Element, read_entries

__all__ = ["RSS"]

_ROOT = re.compile(
    r"<(?:\w{1,20}:)?(?:rss|feed|RDF|channel|item|entry)(?=[\s>/])|<\?xml\b|\A\s{0,99}<(?!!|html)",
    re.IGNORECASE,
)
"""The root of a feed, an XML declaration, or any other markup at the start but a web page's; the
reader finds out whether there are entries in it.
"""

_PREFIXES = {
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://purl.org/dc/elements/1.0/": "dc",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/dcterms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
"""The usual prefixes by namespace; a document may bind any other prefix to it, or none."""
_RSS_NAMESPACES = (
    "http://purl.org/rss/1.0/", "http://purl.org/net/rss1.1", "http://my.netscape.com/",
    "http://channel.netscape.com/", "http://backend.userland.com/", "http://blogs.law.harvard.edu/",
    "http://cyber.law.harvard.edu/", "http://my.netscape.com/publish/",
)  # fmt: skip
"""Beginnings of the namespaces of RSS 0.90 to 2.0, whose elements count as if they had none."""
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

_ROOTS = frozenset({"rss", "rdf", "channel", "feed", "item", "entry"})
_PARENTS = frozenset({"rss", "rdf", "channel", "feed", "items", "root", "html", "body"})
"""Elements in which an entry may stand; some servers wrap the feed in a web page."""
_PAGE_TYPES = ("html", "html+xml")
_MAIL_AND_NAME = re.compile(r"\S+@\S+\s*\((?P<name>[^()]{1,200})\)")
_LIMIT_BASE_CHARS = 2000
"""Longest base URL from nested `xml:base`; each link of the feed is joined to it."""
_ABSOLUTE = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_NO_PATH = re.compile(r"[\s:]")
"""Characters of an id that is no path: `tag:a.example,2026:/7`."""
_ENTRY_TAG = re.compile(r"<(?:[\w.-]{1,40}:)?(?:item|entry)(?=[\s>/])", re.IGNORECASE)
_WEB = re.compile(r"(?:https?:)?//[^\s/]|/[^\s/]", re.IGNORECASE)
"""`https://a.example/7`, `//a.example/7`, `/7`: a guid that is also a link."""


_Fields = dict[str, list[Element]]


def _is_like(head: str) -> bool:
    return _ROOT.search(head) is not None


@lru_cache(maxsize=2048)
def _name(tag: str) -> str:
    """Return the name in lower case: bare for RSS, else with the usual prefix of its namespace.

    Elements of unknown namespaces get the prefix `?`.
    """
    space, _, local = tag.rpartition("}")
    space = space[1:].lower()
    if prefix := _PREFIXES.get(space):
        return f"{prefix}:{local}".lower()
    return local.lower() if not space or space.startswith(_RSS_NAMESPACES) else f"?:{local}"


def _read(text: str) -> Channel:
    document = read_entries(text, _is_entry, _entry, limit=LIMIT_ENTRIES)
    root = document.root
    if not (document.entries or document.cut) and _bare(root.tag) not in _ROOTS:
        raise FormatError(f"neither RSS, Atom nor RDF: its root is {root.tag[:80]}")
    # In RSS 1.0 the items stand beside the channel, in Atom the root is the channel.
    channel = next((part for part in root if _bare(part.tag) == "channel"), root)
    fields = _fields(channel)
    problems = document.problems
    if not (document.entries or document.cut) and _ENTRY_TAG.search(text):
        problems += ("not one entry could be read, though there are item or entry tags",)
    return Channel(
        entries=document.entries,
        problems=problems,
        site=_site(fields, (root, channel)),
        cut=document.cut,
        stops_short=document.stops_short,
        title=_word(fields, "title", "atom:title"),
        language=_word(fields, "language", "dc:language") or root.get(XML_LANG, ""),
        publisher=_word(fields, "dc:publisher"),
        rights=_word(fields, "copyright", "atom:rights", "atom:copyright", "dc:rights"),
        hub=_target(fields, "hub", (root, channel)),
        topic=_target(fields, "self", (root, channel)),
        ttl_s=ttl_seconds(
            _word(fields, "ttl", "atom:ttl"),
            _word(fields, "sy:updateperiod", "updateperiod"),
            _word(fields, "sy:updatefrequency", "updatefrequency"),
        ),
    )


def _site(fields: _Fields, chain: tuple[Element, ...]) -> str:
    """Return the absolute URL of the channel's site; empty if `xml:base` is there to resolve by."""
    if _base(chain):
        return ""
    links = (_text_of(link).strip() for link in fields.get("link", ()))
    return next((link for link in links if _ABSOLUTE.match(link)), "")


def _target(fields: _Fields, rel: str, chain: tuple[Element, ...]) -> str:
    """Return the URL of the channel's first Atom link with this relation."""
    for link in fields.get("atom:link", ()):
        if rel in link.get("rel", "").lower().split() and link.get("href", "").strip():
            return _join(_base((*chain, link)), link.get("href", "").strip())
    return ""


def _bare(tag: str) -> str:
    """Return the local name of RSS and known namespaces; a feed may prefix all of its elements."""
    name = _name(tag)
    return name.rpartition(":")[2] if not name.startswith("?") else name


def _is_entry(opened: list[Element]) -> bool:
    """True for an item or entry in a feed; an `<item>` in an entry's own extensions is none."""
    if _bare(opened[-1].tag) not in {"item", "entry"}:
        return False
    return all(_bare(element.tag) in _PARENTS for element in opened[:-1])


def _fields(parent: Element) -> _Fields:
    fields: _Fields = {}
    for child in parent:
        fields.setdefault(_name(child.tag), []).append(child)
    return fields


def _entry(entry: Element, around: list[Element]) -> FeedEntry:
    fields = _fields(entry)
    is_atom = _bare(entry.tag) == "entry"
    chain = (*around, entry)
    base = _base(chain)
    content = _content(fields, is_atom=is_atom)
    headline = _first_text(
        fields, "title", "atom:title", "dc:title", "media:title", "itunes:title", is_atom=is_atom
    )
    summary = _first_text(
        fields, "description", "atom:summary", "summary", "dc:description", "dcterms:abstract",
        "media:description", "itunes:summary", is_atom=is_atom,
    )  # fmt: skip
    entry_id, has_atom_id = _id(entry, fields, base)
    return FeedEntry(
        id=entry_id,
        has_atom_id=has_atom_id,
        link=_link(fields, base) or _own_link(entry, base),
        headline=headline,
        summary=summary,
        content=content,
        byline=_byline(fields),
        language=_word(fields, "dc:language", "language") or _language(chain, fields),
        published=_dates(fields, "pubdate", "atom:published", "published", "dcterms:issued",
                         "atom:issued", "issued", "prism:publicationdate"),
        updated=_dates(fields, "atom:updated", "updated", "dc:date", "dcterms:modified",
                       "atom:modified", "modified", "lastbuilddate", "dcterms:created",
                       "atom:created", "created", "date")
        + _attribute(entry, "lastmod"),
        rights=_word(fields, "atom:rights", "dc:rights", "copyright", "atom:copyright", "rights"),
        publisher=_word(fields, "dc:publisher"),
    )  # fmt: skip


def _id(entry: Element, fields: _Fields, base: str) -> tuple[str, bool]:
    """Return the entry's id, and if it is Atom's; `<guid>/2026/7</guid>` is resolved as a link.

    Atom's ids are compared character by character, so that another `xml:base`, as mirrors have,
    changes none. Source: RFC 4287, section 4.2.6.
    """
    guid = _word(fields, "guid")
    atom_id = "" if guid else _word(fields, "atom:id") or _atom_word(entry, fields)
    if atom_id:
        return atom_id, True
    entry_id = (
        guid or _word(fields, "id") or entry.get(_ABOUT, "") or _word(fields, "dc:identifier")
    )
    is_path = "/" in entry_id and _NO_PATH.search(entry_id) is None
    return (_join(base, entry_id) if is_path else entry_id), False


def _atom_word(entry: Element, fields: _Fields) -> str:
    """Return the `id` of an `entry` in no namespace, as Atom feeds without a declaration have."""
    return _word(fields, "id") if _bare(entry.tag) == "entry" else ""


def _text_of(element: Element) -> str:
    return "".join(element.itertext()) if len(element) else element.text or ""


def _word(fields: _Fields, *names: str) -> str:
    """Return the first text among these fields that is not empty."""
    for name in names:
        for element in fields.get(name, ()):
            if text := _text_of(element).strip():
                return text
    return ""


def _dates(fields: _Fields, *names: str) -> tuple[str, ...]:
    """Return the dates in these fields. Of repeated elements the last counts, as in feedparser."""
    elements = (element for name in names for element in reversed(fields.get(name, ())))
    return tuple(filter(None, (_text_of(element).strip() for element in elements)))


def _first_text(fields: _Fields, *names: str, is_atom: bool) -> Text:
    for name in names:
        for element in fields.get(name, ()):
            text = _text(element, is_atom=is_atom or name.startswith("atom:"))
            if text.value.strip():
                return text
    return Text()


def _content(fields: _Fields, *, is_atom: bool) -> Text:
    """Return the longest content: publishers fill several of these, some with a teaser."""
    names = ("content:encoded", "atom:content", "content", "xhtml:body", "body", "fulltext")
    texts = [
        _text(element, is_atom=is_atom or name.startswith("atom:"))
        for name in names
        for element in fields.get(name, ())
    ]
    return max(texts, key=lambda text: len(text.value), default=Text())


def _text(element: Element, *, is_atom: bool) -> Text:
    """Return the element's text: Atom declares whether it is markup, RSS leaves that open."""
    kind = element.get("type", "").strip().lower()
    if len(element):  # `<description>by <b>Ann</b></description>`: unescaped markup
        return Text(inner_html(element), html=True)
    value = element.text or ""
    if element.get("mode") == "base64" or (is_atom and _is_binary(kind)):
        value = _decoded(value)
    return Text(value, html=_is_markup(kind, element.get("mode"), is_atom=is_atom))


def _is_binary(kind: str) -> bool:
    """True for media types that Atom writes in base64. Source: RFC 4287, section 4.1.3.3."""
    return "/" in kind and not kind.startswith("text/") and not kind.endswith(("xml", "html"))


def _is_markup(kind: str, mode: str | None, *, is_atom: bool) -> bool | None:
    """Return the declared kind of text; None where the text itself has to show it."""
    if kind.endswith("html"):  # `type="html"`, `type="application/xhtml+xml"` in either format
        return True
    # `type="text"`; Atom 0.3 also writes markup without a type but with `mode="escaped"`
    is_plain = (
        is_atom and kind in {"", "text", "text/plain"} and not (mode == "escaped" and not kind)
    )
    return False if is_plain else None


def _decoded(value: str) -> str:
    """Decode base64; text that is not base64 stays as it is."""
    try:
        return b64decode("".join(value.split()), validate=True).decode("utf-8")
    except ValueError:
        return value


def _base(chain: tuple[Element, ...]) -> str:
    """Return the base URL of the innermost element, from `xml:base` on it and around it."""
    base = ""
    for element in chain:
        if (written := element.get(XML_BASE)) and len(base) + len(written) <= _LIMIT_BASE_CHARS:
            base = _join(base, written.strip())
    return base


def _join(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def _link(fields: _Fields, base: str) -> str:
    """Return the URL of the entry's page: its link, else its permanent id."""
    links = [element for name in ("link", "atom:link") for element in fields.get(name, ())]
    return _rss_link(links, base) or _atom_link(links, base) or _permalink(fields, base)


def _rss_link(links: list[Element], base: str) -> str:
    """Return the first link of RSS that has text: `<link>https://a.example/7</link>`."""
    for read in (_linked_text, _linked_href):
        for link in links:
            if (url := read(link)) and _is_alternate(link):
                return _join(_join(base, link.get(XML_BASE, "")), url)
    return ""


def _linked_text(link: Element) -> str:
    return (link.text or "").strip()


def _linked_href(link: Element) -> str:
    """Return the URL of `<link href="/7"/>` in RSS, as if it were Atom."""
    is_bare = link.get("rel") is None and _name(link.tag) == "link"
    return link.get("href", "").strip() if is_bare else ""


def _atom_link(links: list[Element], base: str) -> str:
    """Return Atom's first link to an HTML page, else to any other representation."""
    for is_wanted in (_is_page, _is_alternate):
        for link in links:
            if link.get("href") and is_wanted(link):
                return _join(_join(base, link.get(XML_BASE, "")), link.get("href", "").strip())
    return ""


def _permalink(fields: _Fields, base: str) -> str:
    """Return the guid of RSS if it is a URL, unless the feed says `isPermaLink="false"`."""
    for guid in fields.get("guid", ()):
        url = _text_of(guid).strip()
        if guid.get("isPermaLink", "true").strip().lower() != "false" and _WEB.match(url):
            return _join(base, url)
    return ""


def _own_link(entry: Element, base: str) -> str:
    """Return the link of a CDF item: channels of 1997 write link and date as attributes."""
    return next((_join(base, href) for href in _attribute(entry, "href")), "")


def _attribute(element: Element, name: str) -> tuple[str, ...]:
    return tuple(filter(None, (element.get(name), element.get(name.upper()))))


def _is_alternate(link: Element) -> bool:
    """True for a link to the entry, also by IANA's URL. Source: RFC 4287, section 4.2.7.2."""
    relation = link.get("rel", "alternate").strip().lower()
    return relation.removeprefix("http://www.iana.org/assignments/relation/") == "alternate"


def _is_page(link: Element) -> bool:
    return _is_alternate(link) and link.get("type", "html").lower().endswith(_PAGE_TYPES)


def _byline(fields: _Fields) -> str:
    names: list[str] = []
    for field in ("atom:author", "author", "dc:creator", "itunes:author"):
        for author in fields.get(field, ()):
            name = _word(_fields(author), "atom:name", "name") if len(author) else _text_of(author)
            mailed = _MAIL_AND_NAME.fullmatch(name.strip()[:400])  # `ann@a.example (Ann Bo)`
            names.append(mailed["name"] if mailed else name)
        if any(map(str.strip, names)):
            break
    return ", ".join(dict.fromkeys(filter(None, (" ".join(name.split()) for name in names))))


_TEXTS = ("content:encoded", "atom:content", "atom:summary", "description", "atom:title")


def _language(chain: tuple[Element, ...], fields: _Fields) -> str:
    """Return the innermost `xml:lang` on the entry's text or around it."""
    for name in _TEXTS:
        for element in fields.get(name, ()):
            if language := element.get(XML_LANG):
                return language.strip()
    for element in reversed(chain):
        if language := element.get(XML_LANG):
            return language.strip()
    return ""


RSS = Format(
    name="RSS, Atom or RDF",
    media_types=frozenset(
        {
            "application/rss+xml",
            "application/atom+xml",
            "application/rdf+xml",
            "application/xml",
            "text/xml",
        }
    ),
    is_like=_is_like,
    read=_read,
)
