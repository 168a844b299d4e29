"""NITF 2.5 to 3.6: one story, or several in a wrapper. Source: IPTC, "NITF 3.6"."""

import re

from worker.errors import FormatError
from worker.feeds.entry import LIMIT_ENTRIES, Channel, FeedEntry, Format, Text
from worker.feeds.xml_path import (
    first_attribute,
    first_element,
    first_text,
    inner_html,
    local_name,
    text_of,
)
from worker.feeds.xml_reader import Element, read_entries

__all__ = ["NITF"]

_ROOT = re.compile(r"<(?:\w{1,20}:)?nitf(?=[\s>])", re.IGNORECASE)


def _is_like(head: str) -> bool:
    return _ROOT.search(head) is not None


def _read(text: str) -> Channel:
    document = read_entries(text, _is_story, _entry, limit=LIMIT_ENTRIES)
    if not document.entries and document.cut is None:
        raise FormatError("not NITF: no nitf element")
    return Channel(
        entries=document.entries,
        problems=document.problems,
        cut=document.cut,
        stops_short=document.stops_short,
        is_versioned=True,
    )


def _is_story(opened: list[Element]) -> bool:
    """True for a story by itself; inside NewsML it is the text of the NewsML item."""
    names = [local_name(element) for element in opened]
    return names[-1] == "nitf" and not {"newsitem", "newscomponent"}.intersection(names)


def _entry(nitf: Element, around: list[Element]) -> FeedEntry:  # noqa: ARG001  # stories stand alone
    docdata = "head/docdata"
    content = first_element(nitf, "body/body.content")
    # Some files put the paragraphs directly under `body`.
    if content is None and first_element(nitf, "body/body.head") is None:
        content = first_element(nitf, "body")
    return FeedEntry(
        id=first_attribute(nitf, f"{docdata}/doc-id@id-string", f"{docdata}/doc-id@regsrc", "@uno"),
        version=first_attribute(nitf, f"{docdata}/du-key@version"),
        headline=Text(first_text(nitf, "//hl1", "//hedline", "head/title", "//h1"), html=False),
        summary=Text(first_text(nitf, "//hl2", "//abstract"), html=False),
        content=Text("" if content is None else inner_html(content), html=True),
        slugline=first_attribute(nitf, f"{docdata}/du-key@key", f"{docdata}/fixture@fix-id"),
        byline=_byline(nitf),
        located=_located(nitf),
        language=first_attribute(nitf, "@lang", "@baselang", "body@lang"),
        pubstatus=first_attribute(nitf, f"{docdata}@management-status"),
        urgency=first_attribute(nitf, f"{docdata}/urgency@ed-urg"),
        published=_issued(nitf),
        updated=_issued(nitf),
        ednote=first_attribute(nitf, f"{docdata}/ed-msg@info"),
        rights=first_attribute(nitf, f"{docdata}/doc.copyright@holder")
        or first_text(nitf, "//rights"),
        publisher=first_text(nitf, "//distributor/org", "//distributor"),
    )


def _byline(nitf: Element) -> str:
    byline = first_element(nitf, "body/body.head/byline", "//byline")
    if byline is None:
        return ""
    return first_text(byline, "person") or text_of(byline)


def _located(nitf: Element) -> str:
    """Return the dateline's place; a dateline without letters is a date (EFE, ANSA)."""
    written = first_text(nitf, "//dateline/location", "//dateline/location/city")
    if not written:
        dateline = first_element(nitf, "//dateline")
        written = " ".join((dateline.text or "").split()) if dateline is not None else ""
    return written if any(map(str.isalpha, written)) else ""


def _issued(nitf: Element) -> tuple[str, ...]:
    """Return the dates of issue; the release comes second, since it may lie in the future."""
    docdata = "head/docdata"
    paths = (
        *(f"{docdata}/date.issue@norm", f"{docdata}/date.release@norm"),
        *("head/pubdata@date.publication", "//story.date@norm"),
    )
    return tuple(filter(None, (first_attribute(nitf, path) for path in paths)))


NITF = Format(
    name="NITF",
    media_types=frozenset({"application/nitf+xml", "text/vnd.iptc.nitf", "application/x-nitf"}),
    is_like=_is_like,
    read=_read,
)
