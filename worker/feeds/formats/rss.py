"""RSS 0.9x to 2.0, RDF Site Summary, Atom 0.3 and 1.0: feeds mix their elements freely."""

import re
from base64 import b64decode
from functools import lru_cache
from urllib.parse import urljoin

from worker.errors import FormatError
from worker.feeds.entry import LIMIT_ENTRIES, Channel, FeedEntry, Format, Text
from worker.feeds.xml_path import inner_html
from worker.feeds.xml_reader import XML_BASE, XML_LANG, Element, read_entries

__all__ = ["RSS"]

_ROOT = re.compile(
    r"<(?:\w{1,20}:)?(?:rss|feed|RDF|channel|item|entry)(?=[\s>/])|<\?xml\b|\A\s{0,99}<(?!!|html)",
    re.IGNORECASE,
)

_PREFIXES = {
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://purl.org/dc/elements/1.0/": "dc",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/dcterms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
_RSS_NAMESPACES = (
    "http://purl.org/rss/1.0/", "http://purl.org/net/rss1.1", "http://my.netscape.com/",
    "http://channel.netscape.com/", "http://backend.userland.com/", "http://blogs.law.harvard.edu/",
    "http://cyber.law.harvard.edu/", "http://my.netscape.com/publish/",
)  # fmt: skip
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

_ROOTS = frozenset({"rss", "rdf", "channel", "feed", "item", "entry"})
_PARENTS = frozenset({"rss", "rdf", "channel", "feed", "items", "root", "html", "body"})
_PAGE_TYPES = ("html", "html+xml")
_MAIL_AND_NAME = re.compile(r"\S+@\S+\s*\((?P<name>[^()]{1,200})\)")
_LIMIT_BASE_CHARS = 2000
_NO_PATH = re.compile(r"[\s:]")
_WEB = re.compile(r"(?:https?:)?//[^\s/]|/[^\s/]", re.IGNORECASE)


_Fields = dict[str, list[Element]]


def _is_like(head: str) -> bool:
    return _ROOT.search(head) is not None


@lru_cache(maxsize=2048)
def _name(tag: str) -> str:
    """The element's name in lower case, RSS's own bare, others with the prefix that we give them.

    Foreign elements get a name that none of ours has.
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
    channel = next((part for part in root if _bare(part.tag) == "channel"), root)
    fields = _fields(channel)
    return Channel(
        entries=document.entries,
        problems=document.problems,
        cut=document.cut,
        language=_word(fields, "language", "dc:language") or root.get(XML_LANG, ""),
        publisher=_word(fields, "dc:publisher"),
        rights=_word(fields, "copyright", "atom:rights", "atom:copyright", "dc:rights"),
        hub=_target(fields, "hub", (root, channel)),
        topic=_target(fields, "self", (root, channel)),
    )


def _target(fields: _Fields, rel: str, chain: tuple[Element, ...]) -> str:
    """Where the channel's first Atom link of this relation leads."""
    for link in fields.get("atom:link", ()):
        if rel in link.get("rel", "").lower().split() and link.get("href", "").strip():
            return _join(_base((*chain, link)), link.get("href", "").strip())
    return ""


def _bare(tag: str) -> str:
    name = _name(tag)
    return name.rpartition(":")[2] if not name.startswith("?") else name


def _is_entry(opened: list[Element]) -> bool:
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
    entry_id = (
        _word(fields, "guid", "atom:id", "id")
        or entry.get(_ABOUT, "")
        or _word(fields, "dc:identifier")
    )
    return FeedEntry(
        id=_join(base, entry_id) if _is_path(entry_id) else entry_id,
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


def _is_path(entry_id: str) -> bool:
    return "/" in entry_id and _NO_PATH.search(entry_id) is None


def _said(element: Element) -> str:
    return "".join(element.itertext()) if len(element) else element.text or ""


def _word(fields: _Fields, *names: str) -> str:
    """The first of these fields that says something."""
    for name in names:
        for element in fields.get(name, ()):
            if said := _said(element).strip():
                return said
    return ""


def _dates(fields: _Fields, *names: str) -> tuple[str, ...]:
    """What stands in these fields; of several with one name the last comes first."""
    elements = (element for name in names for element in reversed(fields.get(name, ())))
    return tuple(filter(None, (_said(element).strip() for element in elements)))


def _first_text(fields: _Fields, *names: str, is_atom: bool) -> Text:
    for name in names:
        for element in fields.get(name, ()):
            text = _text(element, is_atom=is_atom or name.startswith("atom:"))
            if text.value.strip():
                return text
    return Text()


def _content(fields: _Fields, *, is_atom: bool) -> Text:
    names = ("content:encoded", "atom:content", "content", "xhtml:body", "body", "fulltext")
    found = [
        _text(element, is_atom=is_atom or name.startswith("atom:"))
        for name in names
        for element in fields.get(name, ())
    ]
    return max(found, key=lambda text: len(text.value), default=Text())


def _text(element: Element, *, is_atom: bool) -> Text:
    """Atom says whether a text is markup; RSS does not, and elements in a text are markup."""
    kind = element.get("type", "").strip().lower()
    if len(element):
        return Text(inner_html(element), html=True)
    value = element.text or ""
    if element.get("mode") == "base64" or (
        is_atom
        and "/" in kind
        and not kind.startswith("text/")
        and not kind.endswith(("xml", "html"))
    ):
        value = _decoded(value)
    if not is_atom:
        return Text(value, html=True if kind.endswith("html") else None)
    if element.get("mode") == "escaped" and not kind:
        return Text(value, html=None)
    if kind in {"", "text", "text/plain"}:
        return Text(value, html=False)
    return Text(value, html=True if kind.endswith("html") else None)


def _decoded(value: str) -> str:
    """What stands there in base 64, or the words as they stand if they are not that."""
    try:
        return b64decode("".join(value.split()), validate=True).decode("utf-8")
    except ValueError:
        return value


def _base(chain: tuple[Element, ...]) -> str:
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
    """The page that is the entry itself: its link, else its permanent id.

    Of several links of RSS the last one counts, as with other readers; of Atom's the first page.
    """
    elements = [element for name in ("link", "atom:link") for element in fields.get(name, ())]
    for element in reversed(elements):
        said = (element.text or "").strip()
        if not said and element.get("rel") is None and _name(element.tag) == "link":
            said = element.get("href", "").strip()
        if said and _is_alternate(element):
            return _join(_join(base, element.get(XML_BASE, "")), said)
    for is_wanted in (_is_page, _is_alternate):
        for element in elements:
            if element.get("href") and is_wanted(element):
                return _join(
                    _join(base, element.get(XML_BASE, "")), element.get("href", "").strip()
                )
    for guid in fields.get("guid", ()):
        said = _said(guid).strip()
        if guid.get("isPermaLink", "true").strip().lower() != "false" and _WEB.match(said):
            return _join(base, said)
    return ""


def _own_link(entry: Element, base: str) -> str:
    """Channels of 1997 (CDF) have an item's link and date in attributes."""
    return next((_join(base, href) for href in _attribute(entry, "href")), "")


def _attribute(element: Element, name: str) -> tuple[str, ...]:
    return tuple(filter(None, (element.get(name), element.get(name.upper()))))


def _is_alternate(link: Element) -> bool:
    """True also where the relation is written as IANA's address. Source: RFC 4287, 4.2.7.2."""
    relation = link.get("rel", "alternate").strip().lower()
    return relation.removeprefix("http://www.iana.org/assignments/relation/") == "alternate"


def _is_page(link: Element) -> bool:
    return _is_alternate(link) and link.get("type", "html").lower().endswith(_PAGE_TYPES)


def _byline(fields: _Fields) -> str:
    names: list[str] = []
    for field in ("atom:author", "author", "dc:creator", "itunes:author"):
        for author in fields.get(field, ()):
            said = _word(_fields(author), "atom:name", "name") if len(author) else _said(author)
            mailed = _MAIL_AND_NAME.fullmatch(said.strip()[:400])
            names.append(mailed["name"] if mailed else said)
        if any(map(str.strip, names)):
            break
    return ", ".join(dict.fromkeys(filter(None, (" ".join(name.split()) for name in names))))


def _language(chain: tuple[Element, ...], fields: _Fields) -> str:
    """The innermost language that stands on the text, or around it."""
    texts = (
        element
        for name in ("content:encoded", "atom:content", "atom:summary", "description", "atom:title")
        for element in fields.get(name, ())
    )
    for element in (*texts, *reversed(chain)):
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
