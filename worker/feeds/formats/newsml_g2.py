"""NewsML-G2: news items and packages, alone or in a message. Source: IPTC, "NewsML-G2 2.34"."""

import re

from worker.errors import FormatError
from worker.feeds.dates import read_timestamp
from worker.feeds.entry import LIMIT_ENTRIES, Channel, FeedEntry, Format, Text
from worker.feeds.xml_path import (
    find_all,
    first_attribute,
    first_element,
    first_text,
    inner_html,
    local_name,
    text_of,
)
from worker.feeds.xml_reader import Element, read_entries

__all__ = ["NEWSML_G2"]

_ROOT = re.compile(
    r"<(?:\w{1,20}:)?(?:newsMessage|newsItem|packageItem|conceptItem|knowledgeItem|planningItem"
    r"|catalogItem)(?=[\s>])"
)
_ITEMS = frozenset({"newsitem", "packageitem"})
_OTHERS = frozenset({"newsmessage", "conceptitem", "knowledgeitem", "planningitem", "catalogitem"})
"""The other roots of NewsML-G2, which are valid documents even if they hold no news."""
_NO_NEWS = _OTHERS - {"newsmessage", "planningitem"}
"""Roots that hold no news: an agency's catalogues, and its concepts and what is known of them."""
_MARKED_UP = ("html", "xml")


def _is_like(head: str) -> bool:
    return _ROOT.search(head) is not None


def _read(text: str) -> Channel:
    document = read_entries(text, _is_item, _entry, limit=LIMIT_ENTRIES)
    root = local_name(document.root)
    if not (document.entries or document.cut):
        if root in _NO_NEWS:
            raise FormatError(f"no news item in it, but a {root}")
        if root not in _OTHERS:
            raise FormatError("not NewsML-G2: neither an item nor a message")
    entries = tuple(entry for entry in document.entries if not _is_hollow(entry))
    hollow = len(document.entries) - len(entries)
    problems = (f"{hollow} items without guid and text; left out",) if hollow else ()
    return Channel(
        entries=entries,
        problems=document.problems + problems,
        cut=document.cut,
        stops_short=document.stops_short,
        is_versioned=True,
        publisher=first_text(document.root, "header/sender"),
    )


def _is_hollow(entry: FeedEntry) -> bool:
    """True for an item with nothing in it, such as an empty package; a kill is not empty."""
    texts = (entry.headline.value, entry.summary.value, entry.content.value)
    is_usable = entry.pubstatus.lower().rpartition(":")[2] in {"", "usable"}
    return is_usable and not entry.id and not "".join(texts).strip()


def _is_item(opened: list[Element]) -> bool:
    """True for an item or a package; NewsML 1 has items of the same name, which are not meant."""
    names = [local_name(element) for element in opened]
    return names[-1] in _ITEMS and "newsml" not in names


def _entry(item: Element, around: list[Element]) -> FeedEntry:  # noqa: ARG001  # items stand alone
    return FeedEntry(
        id=first_attribute(item, "@guid"),
        version=first_attribute(item, "@version"),
        headline=_headline(item),
        summary=_text(_main(item, "contentmeta/description")),
        content=_content(item),
        slugline=first_text(item, "contentmeta/slugline"),
        byline=_byline(item),
        located=_located(item),
        language=first_attribute(
            item, "contentmeta/language@tag", "@lang", "contentset/inlinexml@lang"
        ),
        pubstatus=first_attribute(item, "itemmeta/pubstatus@qcode", "itemmeta/pubstatus@uri"),
        urgency=first_text(item, "contentmeta/urgency"),
        published=_dates(item, "itemmeta/firstcreated", "contentmeta/contentcreated"),
        updated=_dates(item, "itemmeta/versioncreated", "contentmeta/contentmodified"),
        embargoed=first_text(item, "itemmeta/embargoed"),
        ednote=first_text(item, "itemmeta/ednote"),
        rights=first_text(item, "rightsinfo/copyrightnotice", "rightsinfo/copyrightholder"),
        publisher=_publisher(item),
    )


def _dates(item: Element, *paths: str) -> tuple[str, ...]:
    return tuple(filter(None, (first_text(item, path) for path in paths)))


def _main(item: Element, path: str) -> Element | None:
    """Return the element whose role is the main one, or that has no role; else the first."""
    elements = [element for element in find_all(item, path) if text_of(element)]
    for element in elements:
        role = element.get("role", "").rpartition(":")[2].lower()
        if role in {"", "main", "headline", "hl1"}:
            return element
    return elements[0] if elements else None


def _headline(item: Element) -> Text:
    headline = _main(item, "contentmeta/headline")
    if headline is None:
        headline = _main(item, "itemmeta/title")
    if headline is not None:
        return _text(headline)
    inlined = first_text(item, "//hl1", "//head/title", "//h1")
    return Text(inlined or _headline_of_main(item), html=False)


def _headline_of_main(package: Element) -> str:
    """Return the headline of a package's first main reference that has one, else empty."""
    groups = [*find_all(package, "groupset/group")]
    main = [group for group in groups if _is_main(group)]
    texts = (first_text(group, "itemref/headline", "itemref/title") for group in main or groups)
    return next(filter(None, texts), "")


def _is_main(group: Element) -> bool:
    return group.get("role", "").rpartition(":")[2].lower() == "main"


def _text(element: Element | None) -> Text:
    if element is None:
        return Text()
    return Text(inner_html(element), html=True) if len(element) else Text(element.text or "")


def _content(item: Element) -> Text:
    """Return the longest text inside the item; remote renditions are not fetched."""
    texts = [_inline(inline) for inline in find_all(item, "contentset/inlinexml")]
    for data in find_all(item, "contentset/inlinedata"):
        is_html = data.get("contenttype", "").lower().endswith(_MARKED_UP)
        texts.append(_text(data) if len(data) else Text(data.text or "", html=is_html or None))
    return max(texts, key=lambda text: len(text.value), default=Text())


def _inline(inline: Element) -> Text:
    for path in ("//body.content", "//body"):
        body = first_element(inline, path)
        if body is not None and text_of(body):
            return Text(inner_html(body), html=True)
    # Other vocabularies, such as SportsML with its results, are data and not text.
    names = {local_name(child) for child in inline}
    return Text(inner_html(inline), html=True) if names <= {"html", "nitf", "div", "p"} else Text()


def _byline(item: Element) -> str:
    by = first_text(item, "contentmeta/by")
    names = (
        first_text(creator, "name") or first_attribute(creator, "@literal")
        for creator in find_all(item, "contentmeta/creator")
    )
    return by or ", ".join(filter(None, names))


def _located(item: Element) -> str:
    """Return the place of filing; a dateline may hold only a date (Reuters writes a timestamp)."""
    named = first_text(item, "contentmeta/located/name")
    dateline = first_text(item, "contentmeta/dateline")
    return named or ("" if read_timestamp(dateline) else dateline)


def _publisher(item: Element) -> str:
    for path in ("contentmeta/infosource", "itemmeta/provider"):
        for party in find_all(item, path):
            if name := first_text(party, "name") or first_attribute(party, "@literal"):
                return name
    return first_attribute(item, "itemmeta/provider@qcode").rpartition(":")[2]


NEWSML_G2 = Format(
    name="NewsML-G2",
    media_types=frozenset(
        {
            "application/vnd.iptc.g2.newsmessage+xml",
            "application/vnd.iptc.g2.newsitem+xml",
            "application/vnd.iptc.g2.packageitem+xml",
        }
    ),
    is_like=_is_like,
    read=_read,
)
