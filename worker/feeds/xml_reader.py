"""XML documents of feeds, whole or broken: read entry by entry, in linear time, under budgets.

Expat reads well-formed documents; the others go through a scanner that closes elements left open.
Neither sees a document type: internal entities are expanded before, under a budget, and external
ones are never fetched.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar, cast
from xml.etree.ElementTree import (  # no document type reaches it
    Element,
    ParseError,
    XMLPullParser,
)

from worker.errors import FormatError
from worker.feeds.xml_entities import escape_stray, expand_entities
from worker.feeds.xml_scanner import ATTRIBUTE, LIMIT_ATTRIBUTES, LIMIT_DEPTH, XML, loose_events

__all__ = ["XML_BASE", "XML_LANG", "Element", "XmlDocument", "read_entries"]

XML_BASE = f"{{{XML}}}base"
XML_LANG = f"{{{XML}}}lang"

_CHUNK_CHARS = 1_048_576
"""Expat starts a tag that spans chunks anew with each chunk, so chunks are large."""
_LIMIT_LIVE_ELEMENTS = 400_000
"""Elements held at once: all outside of entries, and those of the current entry."""

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")
_LARGE_CHARS = 1_048_576
_LIMIT_PIECES = 3_000_000
"""Expat returns text in pieces that end at these characters; each piece takes 60 bytes."""
_PIECE_ENDS = "\n]&"
_LONG_SPACE = re.compile(r"[ \t\r\n]{256,}")
"""Expat returns each line end by itself: megabytes of them would fill all memory."""
_ELLIPSIS = re.compile(r"&#(?:0{0,5}133|[xX]0{0,5}85);")
"""In windows-1252, as HTML reads it. To expat it is U+0085, which ends a line of text."""
_DECLARATION = re.compile(r"<\?xml\b[^>]{0,400}\?>", re.IGNORECASE)
_START = re.compile(r"<(?:\?xml\b|!DOCTYPE\b|!--|[A-Za-z_])", re.IGNORECASE)

_TAG = re.compile(
    r"""
    <(?P<name>[A-Za-z_][\w.:-]*+)                             # <dc:creator
    (?P<attributes>(?>[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>      #  id="a>b" lang='en' />
    """,
    re.VERBOSE,
)
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
    stops_short: bool = False
    """True if the document ends before its root does."""


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
    if not text.replace("\n", "").replace("\t", "").isprintable():  # found sooner than by search
        text = _NOT_XML.sub("", text)
    text = expand_entities(_trim(text))
    if "&#" in text:
        text = _ELLIPSIS.sub("\u2026", text)
    if len(text) > _LARGE_CHARS:  # a small text is not worth the search
        text = _LONG_SPACE.sub("\n", text)
    _check_attributes(text)
    collector = _Collector(is_entry, build, limit)
    is_in_pieces = sum(map(text.count, _PIECE_ENDS)) > _LIMIT_PIECES
    fault = "in pieces" if is_in_pieces else collector.collect(_strict_events(text))
    if not fault:
        return collector.document()
    # Stray `&` and HTML's names change no element: with them mended, expat may read the document.
    if "&" in text and not is_in_pieces:
        collector = _Collector(is_entry, build, limit)
        collector.problems.append(f"not well-formed: {fault}")
        if not collector.collect(_strict_events(escape_stray(text))):
            return collector.document()
    collector = _Collector(is_entry, build, limit)
    collector.problems.append(f"not well-formed: {fault}")
    collector.collect(loose_events(text))
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
            return f"more than {LIMIT_DEPTH} levels deep"
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
        if len(opened) > LIMIT_DEPTH:
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
        stops_short = bool(self._open) and self._seen <= self._limit
        cut = self._cut() if self._entry_depth else ()
        if self._seen > self._limit:
            self.problems.append(f"more than {self._limit:,} entries; the first of them were read")
        return XmlDocument(
            root=self._root,
            entries=tuple(self._built),
            problems=tuple(self.problems),
            cut=next(iter(cut), None),
            stops_short=stops_short,
        )

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
    if text.count("=") < LIMIT_ATTRIBUTES:
        return
    # URLs in values have `=` too, so that a count of them is only a reason to look closer.
    for tag in _TAG.finditer(text):
        start, end = tag.span()
        if end - start > LIMIT_ATTRIBUTES and text.count("=", start, end) > LIMIT_ATTRIBUTES * 4:
            count = sum(1 for _ in ATTRIBUTE.finditer(text, start, end))
            if count > LIMIT_ATTRIBUTES:
                raise FormatError(f"more than {LIMIT_ATTRIBUTES:,} attributes in one tag")


def _strict_events(text: str) -> Iterator[_Event]:
    """Yield expat's events; after a ParseError the whole document is read again by the scanner."""
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    for at in range(0, len(text), _CHUNK_CHARS):
        parser.feed(text[at : at + _CHUNK_CHARS])
        yield from cast("Iterator[_Event]", parser.read_events())
    parser.close()
