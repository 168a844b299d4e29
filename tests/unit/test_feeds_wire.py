"""Wire formats and repairs: the documents of tests/cases, and the items read from them."""

import contextlib
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from worker.errors import FormatError
from worker.feeds import list_feed, read_feed
from worker.model import Feed

CASES = Path(__file__).resolve().parent.parent / "cases"
FEED = Feed(id="0123456789ab", url="https://wire.example/feeds/all")
NOW = datetime(2026, 2, 1, tzinfo=UTC)


def cases(name):
    found = tomllib.loads((CASES / name).read_text(encoding="utf-8"))["case"]
    return [pytest.param(case, id=case["why"]) for case in found]


def said(item):
    """Return the item's fields, without those that all items of these feeds share."""
    fields = msgspec.to_builtins(item)
    del fields["source"]
    if len(fields["version"]) == 16:  # a digest
        del fields["version"]
    return fields


@pytest.mark.parametrize("case", cases("feeds-wire.toml"))
def test_a_wire_document_becomes_these_items(case):
    read = read_feed(case["body"].strip().encode(), "", FEED, now=NOW)

    assert [said(item) for item in read.items] == case["items"]
    assert len(read.problems) == case.get("problems", 0), read.problems


@pytest.mark.parametrize("case", cases("feeds-wire.toml"))
def test_a_wire_document_is_listed_so(case):
    listed = list_feed(case["body"].strip().encode(), "", "", NOW)

    expected = [{"link": "", "date": None, **entry} for entry in case["listed"]]
    assert [msgspec.to_builtins(entry) for entry in listed] == expected


@pytest.mark.parametrize("case", cases("feeds-listed.toml"))
def test_a_document_is_listed_so(case):
    body = case["body"].encode(case.get("encoding", "utf-8"))

    listed = list_feed(body, case.get("media_type", ""), case.get("url", ""), NOW)

    expected = [{"id": "", "title": "", "link": "", "date": None, **one} for one in case["listed"]]
    got = [msgspec.to_builtins(entry) for entry in listed]
    for one in got:
        if len(one["id"]) == 16:  # a digest
            one["id"] = ""
    assert got == expected


@pytest.mark.parametrize(
    "body",
    [
        b'{"version": "1", "things": [{"uri": 5}]}',
        b'{"$schema": "x", "properties": {"uri": {"type": "string"}}}',
        b"<NewsML/><x",
        b"<sports-content><sports-event/></sports-content>",
    ],
)
def test_what_holds_no_item_is_empty_or_refused(body):
    with contextlib.suppress(FormatError):
        assert list_feed(body, "", "", NOW) == ()


@pytest.mark.parametrize("root", ["conceptItem", "knowledgeItem", "catalogItem"])
def test_concepts_and_catalogues_of_newsml_g2_are_no_news(root):
    body = f'<{root} xmlns="http://iptc.org/std/nar/2006-10-01/" guid="cv:7"><concept/></{root}>'
    with pytest.raises(FormatError, match=f"no news item in it, but a {root.lower()}"):
        list_feed(body.encode(), "", "", NOW)


@pytest.mark.parametrize("root", ["newsMessage", "planningItem"])
def test_a_message_and_a_plan_without_news_are_read(root):
    body = f'<{root} xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:7"></{root}>'
    assert list_feed(body.encode(), "", "", NOW) == ()


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        (b'<rss><channel><x:item xmlns:x="urn:x"><x:title>A</x:title></x:item></channel></rss>', 1),
        (b"<rss><channel><title>No news of items today</title><items/></channel></rss>", 0),
        (b"<rss><channel><item><title>A</title></item></channel></rss>", 0),
    ],
)
def test_a_feed_whose_items_cannot_be_read_is_a_problem(body, problems):
    found = read_feed(body, "", FEED, now=NOW).problems
    assert len(found) == problems, found
