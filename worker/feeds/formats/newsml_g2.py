"""NewsML-G2: news items and packages, alone or in a message. Source: IPTC, "NewsML-G2 2.34"."""

import re

from worker.errors import FormatError
from worker.feeds.dates import read_date
from worker.feeds.entry import LIMIT_ENTRIES, Channel, Entry, Format, Text
from worker.feeds.xml_path import (
    all_of,
    attribute,
    first_of,
    inner_html,
    local_name,
    said,
    word,
)
from worker.feeds.xml_reader import Element, read_entries

__all__ = ["NEWSML_G2"]

_ROOT = re.compile(
    r"<(?:\w{1,20}:)?(?:newsMessage|newsItem|packageItem|conceptItem|knowledgeItem|planningItem"
    r"|catalogItem)(?=[\s>])"
)
_ITEMS = frozenset({"newsitem", "packageitem"})
_OTHERS = frozenset({"newsmessage", "conceptitem", "knowledgeitem", "planningitem", "catalogitem"})
_MARKED_UP = ("html", "xml")


def _is_like(head: str) -> bool:
    return _ROOT.search(head) is not None


def _read(text: str) -> Channel:
    outline = read_entries(text, _is_item, _entry, limit=LIMIT_ENTRIES)
    found = outline.entries or outline.cut
    if not found and local_name(outline.root) not in _OTHERS:
        raise FormatError("no NewsML-G2: neither an item nor a message")
    return Channel(
        entries=outline.entries,
        problems=outline.problems,
        cut=outline.cut,
        is_versioned=True,
        publisher=word(outline.root, "header/sender"),
    )


def _is_item(opened: list[Element]) -> bool:
    names = [local_name(element) for element in opened]
    return names[-1] in _ITEMS and "newsml" not in names


def _entry(item: Element, around: list[Element]) -> Entry:  # noqa: ARG001  # items stand alone
    return Entry(
        id=attribute(item, "@guid"),
        version=attribute(item, "@version"),
        headline=_headline(item),
        summary=_text(_main(item, "contentmeta/description")),
        content=_content(item),
        slugline=word(item, "contentmeta/slugline"),
        byline=_byline(item),
        located=_located(item),
        language=attribute(item, "contentmeta/language@tag", "@lang", "contentset/inlinexml@lang"),
        pubstatus=attribute(item, "itemmeta/pubstatus@qcode", "itemmeta/pubstatus@uri"),
        urgency=word(item, "contentmeta/urgency"),
        published=_dates(item, "itemmeta/firstcreated", "contentmeta/contentcreated"),
        updated=_dates(item, "itemmeta/versioncreated", "contentmeta/contentmodified"),
        embargoed=word(item, "itemmeta/embargoed"),
        ednote=word(item, "itemmeta/ednote"),
        rights=word(item, "rightsinfo/copyrightnotice", "rightsinfo/copyrightholder"),
        publisher=_publisher(item),
    )


def _dates(item: Element, *paths: str) -> tuple[str, ...]:
    return tuple(filter(None, (word(item, path) for path in paths)))


def _main(item: Element, path: str) -> Element | None:
    """Of several with roles, the main one or the first without a role, else the first."""
    found = [element for element in all_of(item, path) if said(element)]
    for element in found:
        role = element.get("role", "").rpartition(":")[2].lower()
        if role in {"", "main", "headline", "hl1"}:
            return element
    return found[0] if found else None


def _headline(item: Element) -> Text:
    headline = _main(item, "contentmeta/headline")
    if headline is None:
        headline = _main(item, "itemmeta/title")
    return _text(headline) if headline is not None else Text(word(item, "//hl1"), html=False)


def _text(element: Element | None) -> Text:
    if element is None:
        return Text()
    return Text(inner_html(element), html=True) if len(element) else Text(element.text or "")


def _content(item: Element) -> Text:
    """The longest text that the item carries itself; renditions elsewhere are left there."""
    found = [_inline(inline) for inline in all_of(item, "contentset/inlinexml")]
    for data in all_of(item, "contentset/inlinedata"):
        is_html = data.get("contenttype", "").lower().endswith(_MARKED_UP)
        found.append(_text(data) if len(data) else Text(data.text or "", html=is_html or None))
    return max(found, key=lambda text: len(text.value), default=Text())


def _inline(inline: Element) -> Text:
    for path in ("//body.content", "//body"):
        body = first_of(inline, path)
        if body is not None and said(body):
            return Text(inner_html(body), html=True)
    names = {local_name(child) for child in inline}
    return Text(inner_html(inline), html=True) if names <= {"html", "nitf", "div", "p"} else Text()


def _byline(item: Element) -> str:
    by = word(item, "contentmeta/by")
    names = (
        word(creator, "name") or attribute(creator, "@literal")
        for creator in all_of(item, "contentmeta/creator")
    )
    return by or ", ".join(filter(None, names))


def _located(item: Element) -> str:
    """The place of filing; a dateline that is a date is none (Reuters writes a time stamp)."""
    named = word(item, "contentmeta/located/name")
    dateline = word(item, "contentmeta/dateline")
    return named or ("" if read_date(dateline) else dateline)


def _publisher(item: Element) -> str:
    for path in ("contentmeta/infosource", "itemmeta/provider"):
        for party in all_of(item, path):
            if name := word(party, "name") or attribute(party, "@literal"):
                return name
    return attribute(item, "itemmeta/provider@qcode").rpartition(":")[2]


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
