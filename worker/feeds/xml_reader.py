"""XML documents of feeds, whole or broken: read entry by entry, in linear time, under budgets.

Expat reads well-formed documents; the others go through a scanner that closes elements left open.
Neither sees a document type: internal entities are expanded before, under a budget, and external
ones are never fetched.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar, cast
from xml.etree.ElementTree import (  # no document type reaches it
    Element,
    ParseError,
    TreeBuilder,
    XMLPullParser,
)

from worker.errors import FormatError
from worker.feeds.xml_entities import expand_entities, unescape_text

__all__ = ["XML_BASE", "XML_LANG", "Element", "XmlDocument", "read_entries"]

_XML = "http://www.w3.org/XML/1998/namespace"
XML_BASE = f"{{{_XML}}}base"
XML_LANG = f"{{{_XML}}}lang"

_CHUNK_CHARS = 1_048_576
"""Expat starts a tag that spans chunks anew with each chunk, so chunks are large."""
_LIMIT_DEPTH = 100
"""Levels of elements, through which `inner_html` goes by recursion."""
_LIMIT_LIVE_ELEMENTS = 400_000
"""Elements held at once: all outside of entries, and those of the current entry."""
_LIMIT_ATTRIBUTES = 1000
_LIMIT_NAMESPACES = 1000
"""Declarations that are read; each makes a copy of the scope around it."""

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")
_LARGE_CHARS = 1_048_576
_LIMIT_PIECES = 3_000_000
"""Expat returns text in pieces that end at these characters; each piece takes 60 bytes."""
_PIECE_ENDS = "\n]&"
_LONG_SPACE = re.compile(r"[ \t\r\n]{256,}")
"""Expat returns each line end by itself: megabytes of them would fill all memory."""
_DECLARATION = re.compile(r"<\?xml\b[^>]{0,400}\?>", re.IGNORECASE)
_START = re.compile(r"<(?:\?xml\b|!DOCTYPE\b|!--|[A-Za-z_])", re.IGNORECASE)

_TAG = re.compile(
    r"""
    <(?P<name>[A-Za-z_][\w.:-]*+)                             # <dc:creator
    (?P<attributes>(?>[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>      #  id="a>b" lang='en' />
    """,
    re.VERBOSE,
)
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
_ATTRIBUTE = re.compile(
    r"""
    (?P<name>[A-Za-z_][\w.:-]*+) \s*+ = \s*+                        # rel =
    (?: "(?P<double>[^"]*+)" | '(?P<single>[^']*+)' | (?P<bare>[^\s"'>]++) )
    """,
    re.VERBOSE,
)

_KNOWN_PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "xml": _XML,
}
"""The usual namespaces of prefixes, for documents that do not declare them."""

_ONE_LINE_ELEMENTS = frozenset(
    "title link guid pubdate author category comments id updated".split()
)
_SIBLINGS = _ONE_LINE_ELEMENTS | frozenset({"description", "summary", "content", "published"})
_ENTRIES = frozenset({"item", "entry"})
_PARENTS = frozenset({"rss", "rdf:rdf", "rdf", "channel", "feed"})
_VOID = frozenset("area br col embed hr img input param wbr".split())
"""HTML elements without an end tag, common in markup that a publisher forgot to escape."""

Built = TypeVar("Built")
_Event = tuple[str, Element]


@dataclass(frozen=True, slots=True)
class XmlDocument(Generic[Built]):
    """A parsed document: the objects built from its entries, and the root without its entries."""

    root: Element
    entries: tuple[Built, ...]
    problems: tuple[str, ...]
    cut: Built | None = None
    """The object built from the incomplete last entry, where the document stops short."""


def read_entries(
    text: str,
    is_entry: Callable[[list[Element]], bool],
    build: Callable[[Element, list[Element]], Built],
    *,
    limit: int,
) -> XmlDocument[Built]:
    """Return the objects that `build` makes from the document's entries, in document order.

    Args:
        text: The document.
        is_entry: True when the last of the open elements, outermost first, is an entry.
        build: Called with each whole entry and its ancestors; ValueError costs that entry only.
        limit: The most entries to read.

    Raises:
        FormatError: There is no element at all, or a budget is spent.
    """
    text = expand_entities(_trim(_NOT_XML.sub("", text)))
    if len(text) > _LARGE_CHARS:  # a small text is not worth the search
        text = _LONG_SPACE.sub("\n", text)
    _check_attributes(text)
    collector = _Collector(is_entry, build, limit)
    is_in_pieces = sum(map(text.count, _PIECE_ENDS)) > _LIMIT_PIECES
    fault = "in pieces" if is_in_pieces else collector.collect(_strict_events(text))
    if fault:
        collector = _Collector(is_entry, build, limit)
        collector.problems.append(f"not well-formed: {fault}")
        collector.collect(_loose_events(text))
    return collector.document()


class _TooDeepError(Exception):
    """Elements are nested beyond the limit; the scanner, which flattens them, takes over."""


class _Collector(Generic[Built]):
    """Follows the events of a document; each entry is built, then emptied to free its memory."""

    def __init__(
        self,
        is_entry: Callable[[list[Element]], bool],
        build: Callable[[Element, list[Element]], Built],
        limit: int,
    ) -> None:
        self._is_entry, self._build, self._limit = is_entry, build, limit
        self._open: list[Element] = []
        self._root: Element | None = None
        self._entry_depth = 0
        self._built: list[Built] = []
        self._seen = 0
        self._live = self._live_outside = 0
        self.problems: list[str] = []

    def collect(self, events: Iterable[_Event]) -> str:
        """Follow the events to the end or the limit; return the document's fault, or empty."""
        try:
            for event, element in events:
                if event == "start":
                    self._start(element)
                else:
                    self._end(element)
                    if self._seen > self._limit:
                        break
        except ParseError as error:
            reason = " ".join(str(error).split())
            # `</rss><!-- 0.02 s --> served by cache`: the feed is whole
            is_junk = self._seen > 0 and "junk after document element" in reason
            return "" if is_junk else reason[:200]
        except _TooDeepError:
            return f"more than {_LIMIT_DEPTH} levels deep"
        return ""

    def _start(self, element: Element) -> None:
        opened = self._open
        opened.append(element)
        if self._root is None:
            self._root = element
        self._live += 1
        if not self._entry_depth and self._is_entry(opened):
            self._entry_depth = len(opened)
            self._live_outside = self._live - 1
        if self._live > _LIMIT_LIVE_ELEMENTS:
            raise FormatError(f"more than {_LIMIT_LIVE_ELEMENTS:,} elements in one place")
        if len(opened) > _LIMIT_DEPTH:
            raise _TooDeepError

    def _end(self, element: Element) -> None:
        if self._entry_depth == len(self._open):  # the end of an entry, which is emptied
            self._finish(element)
            self._live = self._live_outside
        self._open.pop()

    def _finish(self, entry: Element) -> None:
        self._seen += 1
        self._entry_depth = 0
        if self._seen <= self._limit:
            try:
                self._built.append(self._build(entry, self._open[:-1]))
            except (ValueError, RecursionError) as error:
                self.problems.append(f"entry {self._seen} cannot be read: {str(error)[:200]}")
        entry.clear()

    def document(self) -> XmlDocument[Built]:
        """Return the document; an entry that its end cuts short is kept apart from the others."""
        if self._root is None:
            raise FormatError("no XML: not one element")
        cut = self._cut() if self._entry_depth else ()
        if self._seen > self._limit:
            self.problems.append(f"more than {self._limit:,} entries; the first of them were read")
        return XmlDocument(self._root, tuple(self._built), tuple(self.problems), *cut)

    def _cut(self) -> tuple[Built, ...]:
        """Build the unfinished entry without its unfinished field, and return it.

        Fields may follow even where a field has just ended, or where a script that died has written
        its error message.
        """
        *ancestors, entry = self._open[: self._entry_depth]
        field = self._open[self._entry_depth :]
        self._open = [*ancestors, entry]
        self.problems = ["the document stops short; its last entry was left out"]
        if field and field[0] in entry:
            entry.remove(field[0])
        count = len(self._built)
        self._finish(entry)
        cut, self._built = self._built[count:], self._built[:count]
        return tuple(cut)


def _trim(text: str) -> str:
    """Return the document from its first markup on, without its XML declaration.

    The text is decoded already; expat would believe the encoding that the declaration names.
    """
    declared = _DECLARATION.search(text, 0, 4096)
    if declared:
        return text[declared.end() :]
    start = _START.search(text)
    return text[start.start() :] if start else ""


def _check_attributes(text: str) -> None:
    """Raise FormatError for a tag of thousands of attributes, all of which would be kept."""
    if text.count("=") < _LIMIT_ATTRIBUTES:
        return
    # URLs in values have `=` too, so that a count of them is only a reason to look closer.
    for tag in _TAG.finditer(text):
        start, end = tag.span()
        if end - start > _LIMIT_ATTRIBUTES and text.count("=", start, end) > _LIMIT_ATTRIBUTES * 4:
            count = sum(1 for _ in _ATTRIBUTE.finditer(text, start, end))
            if count > _LIMIT_ATTRIBUTES:
                raise FormatError(f"more than {_LIMIT_ATTRIBUTES:,} attributes in one tag")


def _strict_events(text: str) -> Iterator[_Event]:
    """Yield expat's events; after a ParseError the whole document is read again by the scanner."""
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    for at in range(0, len(text), _CHUNK_CHARS):
        parser.feed(text[at : at + _CHUNK_CHARS])
        yield from cast("Iterator[_Event]", parser.read_events())
    parser.close()


def _loose_events(text: str) -> Iterator[_Event]:
    """Yield the events of a document that is not well-formed. Total; every search goes forward."""
    scanner = _Scanner()
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

    def __init__(self) -> None:
        self._builder = TreeBuilder()
        self._open: list[tuple[str, Element, dict[str, str]]] = []
        self._too_deep: Counter[str] = Counter()
        self._names: Counter[str] = Counter()
        self._namespaces = 0

    def add_text(self, run: str) -> None:
        """Add text to the innermost open element; text outside of all elements is dropped."""
        if self._open and run:
            self._builder.data(run)

    def open(self, name: str, attributes: str) -> Iterator[_Event]:
        """Open an element, after closing elements that cannot contain it."""
        yield from self._close_unclosed(name.lower())
        if len(self._open) >= _LIMIT_DEPTH:
            if not attributes.endswith("/"):
                self._too_deep[name.lower()] += 1
            return
        scope = self._open[-1][2] if self._open else _KNOWN_PREFIXES
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

    def close(self, name: str) -> Iterator[_Event]:
        """Close the element of that name and all in it; ignore an end tag without a start tag."""
        name = name.lower()
        if self._too_deep[name]:
            self._too_deep[name] -= 1
            return
        if not self._names[name]:
            return
        self._too_deep.clear()
        while self._open[-1][0] != name:
            yield self._pop()
        yield self._pop()

    def _close_unclosed(self, name: str) -> Iterator[_Event]:
        """Close the elements that a publisher forgot to close before an element of this name."""
        if name in _ENTRIES:
            yield from self._close_entries(name)
        elif name in _SIBLINGS and self._open:
            # `<title>Ferry aground<link>...`: a field on one line has no fields in it, except that
            # Atom writes `<author><name>Ann</name><email>a@b</email></author>`.
            inner = self._open[-1][0]
            if inner in _ONE_LINE_ELEMENTS and not (inner == "author" and name != "author"):
                yield self._pop()

    def _close_entries(self, name: str) -> Iterator[_Event]:
        """Close the open entry, and all between it and the channel, before the next entry."""
        # `<item><title>A</title><item><title>B</title>`
        while self._names[name]:
            yield self._pop()
        # `<channel><image><item>`
        if any(self._names[parent] for parent in _PARENTS):
            while self._open[-1][0] not in _PARENTS:
                yield self._pop()

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

    def _pop(self) -> _Event:
        name, element, _ = self._open.pop()
        self._names[name] -= 1
        self._builder.end(element.tag)
        return "end", element


def _attributes(written: str) -> dict[str, str]:
    """Return the attributes of a tag: `rel="self" href=http://a.example/>`; the first of a name."""
    attributes: dict[str, str] = {}
    for number, match in enumerate(_ATTRIBUTE.finditer(written)):
        if number > _LIMIT_ATTRIBUTES:
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
