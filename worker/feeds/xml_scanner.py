"""The scanner of XML that is not well-formed: it closes elements that were left open. Total."""

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element, TreeBuilder  # no document type reaches it

from worker.feeds.xml_entities import unescape_text

__all__ = ["ATTRIBUTE", "LIMIT_ATTRIBUTES", "LIMIT_DEPTH", "XML", "loose_events"]

XML = "http://www.w3.org/XML/1998/namespace"
LIMIT_DEPTH = 100
"""Levels of elements, through which `inner_html` goes by recursion."""
LIMIT_ATTRIBUTES = 1000
"""Attributes of a tag."""
_LIMIT_NAMESPACES = 1000
"""Declarations that are read; each makes a copy of the scope around it."""

_MARKUP = re.compile(
    r"""
    <(?: (?P<literal>!\[CDATA\[)                              # <![CDATA[
       | (?P<comment>!--)                                     # <!--
       | (?P<aside>[?!])                                      # <?xml-stylesheet, <!DOCTYPE
       | /\s*+ (?P<ended>[A-Za-z_][\w.:-]*+) [^<>]*+>         # </item>
       | (?P<name>[A-Za-z_][\w.:-]*+)                         # <dc:creator
         (?: (?P<attributes>(?>[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>
           | (?P<broken>[^<>]*+)> ) )                         #  id="a> whose quote never closes
    """,
    re.VERBOSE,
)
ATTRIBUTE = re.compile(
    r"""
    (?P<name>[A-Za-z_][\w.:-]*+) \s*+ = \s*+                        # rel =
    (?: "(?P<double>[^"]*+)" | '(?P<single>[^']*+)' | (?P<bare>[^\s"'>]++) )
    """,
    re.VERBOSE,
)

_TAG_ENDS = re.compile(r"<(?P<end>/?)\s*+(?P<name>[A-Za-z_][\w.:-]*+)[^<>]*+>")

_KNOWN_PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "xml": XML,
}
"""The usual namespaces of prefixes, for documents that do not declare them."""

_ONE_LINE_ELEMENTS = frozenset(
    "title link guid pubdate author category comments id updated".split()
)
_SIBLINGS = _ONE_LINE_ELEMENTS | frozenset({"description", "summary", "content", "published"})
_ENTRIES = frozenset({"item", "entry"})
_PARENTS = frozenset({"rss", "rdf:rdf", "rdf", "channel", "feed"})
_FEED_ELEMENTS = _ENTRIES | {"rss", "rdf", "channel", "feed"}
_VOID = frozenset("area br col embed hr img input param wbr".split())
"""HTML elements without an end tag, common in markup that a publisher forgot to escape."""

Event = tuple[str, Element]
"""`start` or `end`, and the element."""


def loose_events(text: str) -> Iterator[Event]:
    """Yield the events of a document that is not well-formed. Total; every search goes forward."""
    scanner = _Scanner(text)
    at = 0
    while markup := _MARKUP.search(text, at):
        opening = markup.start()
        if opening > at:
            scanner.add_text(unescape_text(text[at:opening]))
        at = markup.end()
        match markup.lastgroup:
            case "literal":
                end = _find(text, "]]>", at)
                scanner.add_text(text[at:end])
                at = end + 3
            case "comment":
                at = _find(text, "-->", opening) + 3
            case "aside":
                at = _find(text, ">", opening) + 1
            case "ended":
                yield from scanner.close(markup["ended"])
            case _:
                yield from scanner.open(markup["name"], markup[markup.lastindex or 0])
    scanner.add_text(unescape_text(text[at:]))


def _find(text: str, mark: str, at: int) -> int:
    end = text.find(mark, at)
    return end if end >= 0 else len(text)


class _Scanner:
    """The open elements of a document that may close them wrongly or not at all."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._left_open: Counter[str] | None = None
        self._undeclared: set[str] = set()
        self._builder = TreeBuilder()
        self._open: list[tuple[str, Element, dict[str, str]]] = []
        self._too_deep: Counter[str] = Counter()
        self._names: Counter[str] = Counter()
        self._namespaces = 0

    def add_text(self, run: str) -> None:
        """Add text to the innermost open element; text outside of all elements is dropped."""
        if self._open and run:
            self._builder.data(run)

    def open(self, name: str, attributes: str) -> Iterator[Event]:
        """Open an element, after closing elements that cannot contain it."""
        name = self._without_undeclared(name, attributes)
        # `<item/>` in an item says nothing, and no fields would be left for the open one.
        if not (attributes == "/" and self._names[name.lower()] and name.lower() in _ENTRIES):
            yield from self._close_unclosed(name.lower())
        if len(self._open) >= LIMIT_DEPTH:
            if not attributes.endswith("/"):
                self._too_deep[name.lower()] += 1
            return
        scope = self._scope()
        qualified: dict[str, str] = {}
        if "=" in attributes:
            written = _attributes(attributes)
            scope = self._declare(scope, written)
            qualified = {
                _qualified(key, scope, is_attribute=True): value
                for key, value in written.items()
                if not key.startswith("xmlns")
            }
        if not self._open:
            self._builder = TreeBuilder()  # it allows one root; a heap of items has many
        element = self._builder.start(_qualified(name, scope), qualified)
        self._open.append((name.lower(), element, scope))
        self._names[name.lower()] += 1
        yield "start", element
        if attributes.endswith("/") or name.lower() in _VOID:
            yield self._pop()

    def close(self, name: str) -> Iterator[Event]:
        """Close the element of that name and all in it; ignore an end tag without a start tag."""
        prefix, _, local = name.rpartition(":")
        is_undeclared = prefix in self._undeclared and prefix not in self._scope()
        name = (local if is_undeclared else name).lower()
        if self._too_deep[name]:
            self._too_deep[name] -= 1
            return
        if not self._names[name]:
            return
        self._too_deep.clear()
        while self._open[-1][0] != name:
            yield self._pop()
        yield self._pop()

    def _scope(self) -> dict[str, str]:
        """Return the namespaces by prefix where the scanner stands."""
        return self._open[-1][2] if self._open else _KNOWN_PREFIXES

    def _without_undeclared(self, name: str, attributes: str) -> str:
        """Return the name without its prefix, if the feed is written with it but declares it not.

        The elements of a feed show that: `<rss><news:channel><news:item><news:title>`.
        """
        prefix, colon, local = name.rpartition(":")
        if not colon or prefix in self._scope() or f"xmlns:{prefix}" in attributes:
            return name
        is_in_entry = any(self._names[entry] for entry in _ENTRIES)
        if local.lower() in _FEED_ELEMENTS and not is_in_entry:
            self._undeclared.add(prefix)
        return local if prefix in self._undeclared else name

    def _close_unclosed(self, name: str) -> Iterator[Event]:
        """Close the elements that a publisher forgot to close before an element of this name."""
        if name in _ENTRIES:
            yield from self._close_entries(name)
        elif name in _SIBLINGS and self._open:
            # `<title>Ferry aground<link>...`: a field on one line has no fields in it, except that
            # Atom writes `<author><name>Ann</name><email>a@b</email></author>`.
            inner = self._open[-1][0]
            if inner in _ONE_LINE_ELEMENTS and not (inner == "author" and name != "author"):
                yield self._pop()

    def _close_entries(self, name: str) -> Iterator[Event]:
        """Close the open entry, and all between it and the channel, before the next entry."""
        while self._names[name]:
            if self._is_in_extension(name):
                return
            # `<item><title>A</title><item><title>B</title>`
            while self._open[-1][0] != name:
                yield self._pop()
            yield self._pop()
        # `<channel><image><item>`
        if any(self._names[parent] for parent in _PARENTS):
            while self._open[-1][0] not in _PARENTS:
                yield self._pop()

    def _is_in_extension(self, name: str) -> bool:
        """True inside an element of another namespace in the open entry of this name.

        `<item><x:history><item>` is an entry's own history. The element must be one that the
        document closes: `<item><x:category><title>A</title><item>` are two entries.
        """
        inner: list[tuple[str, Element]] = []
        for written, element, _ in reversed(self._open):
            if written == name:
                space = element.tag.rpartition("}")[0]
                return any(
                    other.tag.rpartition("}")[0] != space and self._is_closed(tag)
                    for tag, other in inner
                )
            inner.append((written, element))
        return False

    def _is_closed(self, name: str) -> bool:
        """True if the document has an end tag for each element of this name."""
        if self._left_open is None:
            self._left_open = Counter()
            for tag in _TAG_ENDS.finditer(self._text):
                if not tag[0].endswith("/>"):
                    self._left_open[tag["name"].lower()] += -1 if tag["end"] else 1
        return self._left_open[name] <= 0

    def _declare(self, scope: dict[str, str], attributes: dict[str, str]) -> dict[str, str]:
        """Return the namespaces by prefix inside an element with these attributes."""
        declared = {
            key.partition(":")[2]: value
            for key, value in attributes.items()
            if key == "xmlns" or key.startswith("xmlns:")
        }
        if not declared or self._namespaces > _LIMIT_NAMESPACES:
            return scope
        self._namespaces += len(declared)
        return {**scope, **declared}

    def _pop(self) -> Event:
        name, element, _ = self._open.pop()
        self._names[name] -= 1
        self._builder.end(element.tag)
        return "end", element


def _attributes(written: str) -> dict[str, str]:
    """Return the attributes of a tag: `rel="self" href=http://a.example/>`; the first of a name."""
    attributes: dict[str, str] = {}
    for number, match in enumerate(ATTRIBUTE.finditer(written)):
        if number > LIMIT_ATTRIBUTES:
            break
        value = match["double"] or match["single"] or (match["bare"] or "").rstrip("/")
        attributes.setdefault(match["name"], unescape_text(value))
    return attributes


def _qualified(name: str, scope: dict[str, str], *, is_attribute: bool = False) -> str:
    """Return the name as ElementTree writes it, `{namespace}local`."""
    prefix, colon, local = name.rpartition(":")
    if not colon and is_attribute:
        return name
    space = scope.get(prefix, prefix)
    return f"{{{space}}}{local}" if space else local
