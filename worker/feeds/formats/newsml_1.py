"""NewsML 1.0 to 1.2, as agencies write it. Source: IPTC, "NewsML 1.2"; files of TASS."""

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

__all__ = ["NEWSML_1"]

_HEADLINES = ("//newslines/headline", "//hl1", "//hedline", "//head/title", "//h1")
_ROOT = re.compile(r"<NewsML(?=[\s>])")


def _is_like(head: str) -> bool:
    return _ROOT.search(head) is not None


def _read(text: str) -> Channel:
    document = read_entries(text, _is_item, _entry, limit=LIMIT_ENTRIES)
    if local_name(document.root) != "newsml":
        raise FormatError("not NewsML 1: its root is not NewsML")
    return Channel(
        entries=document.entries,
        problems=document.problems,
        cut=document.cut,
        stops_short=document.stops_short,
        is_versioned=True,
        publisher=first_attribute(document.root, "newsenvelope/sentfrom/party@FormalName"),
    )


def _is_item(opened: list[Element]) -> bool:
    """True for an item of NewsML 1; NewsML-G2 has the element too, under another root."""
    names = [local_name(element) for element in opened]
    return names[-1] == "newsitem" and names[0] == "newsml"


def _entry(item: Element, around: list[Element]) -> FeedEntry:  # noqa: ARG001  # items stand alone
    entry_id = _id(item)
    revision = first_text(item, "//newsidentifier/revisionid")
    management = "newsmanagement"
    status = first_attribute(item, f"{management}/status@FormalName")
    return FeedEntry(
        id=entry_id,
        uri=_without_revision(entry_id, revision) or _with_item(item, entry_id),
        version=revision,
        headline=Text(first_text(item, *_HEADLINES), html=False),
        summary=Text(first_text(item, "//newslines/subheadline", "//hl2"), html=False),
        content=_content(item),
        slugline=first_text(item, "//newslines/slugline"),
        byline=first_text(item, "//newslines/byline", "//byline"),
        located=_located(item),
        language=first_attribute(item, "//language@FormalName", "//newscomponent@lang"),
        pubstatus=status,
        urgency=first_text(item, f"{management}/urgency")
        or first_attribute(item, f"{management}/urgency@FormalName"),
        published=_dates(item, f"{management}/firstcreated"),
        updated=_dates(item, f"{management}/thisrevisioncreated"),
        embargoed=_embargoed(item, status),
        ednote=first_text(item, f"{management}/instruction") or _advisory(item),
        rights=first_text(item, "//newslines/copyrightline", "//copyrightholder"),
        publisher=first_attribute(item, "//source/party@FormalName", "//provider/party@FormalName")
        or first_text(item, "//newsidentifier/providerid"),
    )


def _id(item: Element) -> str:
    """Return the public identifier; TASS writes none, but a `Duid` on the component."""
    if public := first_text(item, "//newsidentifier/publicidentifier"):
        return public
    parts = [
        first_text(item, f"//newsidentifier/{part}")
        for part in ("providerid", "dateid", "newsitemid")
    ]
    if parts[2]:
        return "urn:newsml:" + ":".join(filter(None, parts))
    return first_attribute(item, "newscomponent@Duid", "@Duid") or first_text(item, "//guid")


def _without_revision(public: str, revision: str) -> str:
    """`urn:newsml:a.example:20260112:x:2U`: return the identifier without revision and update.

    What is left is the same for all versions. Source: RFC 3085.
    """
    stem, _, last = public.rpartition(":")
    is_revision = stem and revision and last.rstrip("NUA") == revision
    return stem if is_revision and public.startswith("urn:newsml:") else ""


def _with_item(item: Element, public: str) -> str:
    """Add the item's id to a public identifier that names only the agency.

    Seen with Belga: `urn:newsml:www.belga.be` on every item.
    """
    item_id = first_text(item, "//newsidentifier/newsitemid")
    is_agency = public.startswith("urn:newsml:") and public.count(":") == 2
    return f"{public}:{item_id}" if item_id and is_agency else ""


def _dates(item: Element, path: str) -> tuple[str, ...]:
    return tuple(filter(None, (first_text(item, path),)))


def _embargoed(item: Element, status: str) -> str:
    if status.lower() != "embargoed":
        return ""
    return first_text(item, "newsmanagement/statuswillchange/dateandtime")


def _advisory(item: Element) -> str:
    """Return the news line marked as a note to editors, if any."""
    for line in find_all(item, "//newslines/newsline"):
        if first_attribute(line, "newslinetype@FormalName").lower() in {"advisory", "ednote"}:
            return first_text(line, "newslinetext")
    return ""


def _content(item: Element) -> Text:
    """Return the longest of the item's contents; the others are captions and tables."""
    contents = [_data(data) for data in find_all(item, "//datacontent")]
    return max(contents, key=lambda text: len(text.value), default=Text())


def _data(data: Element) -> Text:
    for path in ("//body.content", "//body"):
        body = first_element(data, path)
        if body is not None and text_of(body):
            return Text(inner_html(body), html=True)
    return Text(inner_html(data), html=True) if len(data) else Text(data.text or "")


def _located(item: Element) -> str:
    """Return the dateline's place, else the place of origin: TASS writes only a date there."""
    dateline = first_text(item, "//newslines/dateline", "//dateline/location")
    # `12 January` reads as a date only once a year is added.
    if dateline and not read_timestamp(f"{dateline} 2000") and not read_timestamp(dateline):
        return dateline
    for location in find_all(item, "//location"):
        properties = {
            element.get("FormalName", "").lower(): element.get("Value", "").strip()
            for element in find_all(location, "property")
        }
        if city := properties.get("city"):
            return city
    return ""


NEWSML_1 = Format(
    name="NewsML 1",
    media_types=frozenset({"text/vnd.iptc.newsml", "application/vnd.iptc.newsml+xml"}),
    is_like=_is_like,
    read=_read,
)
