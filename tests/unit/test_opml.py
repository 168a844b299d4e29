"""OPML: exports of other readers are imported, and exports of ours come back whole."""

from datetime import UTC, datetime

import pytest

from worker.errors import FormatError
from worker.feeds.opml import read_opml, write_opml
from worker.model import Feed, feed_id

NOW = datetime(2026, 1, 12, 10, 30, tzinfo=UTC)


def feed(url, **said):
    return Feed(id=feed_id(url), url=url, **said)


def test_what_is_exported_comes_back_whole():
    feeds = (
        feed("https://a.example/?b&c=\"<'>", name="A & <B> «C»", agency="Wire", language="en-GB"),
        feed("http://d.example/", interval_s=60),
    )

    assert read_opml(write_opml(feeds, now=NOW)) == (feeds, ())


def test_folders_are_opened_and_feeds_in_two_of_them_come_once():
    text = """<opml version="1.1"><body><outline text="News">
        <outline text="A" title="The A" xmlUrl="http://a.example/"/><outline text="More">
        <outline text="B" XMLURL=" http://b.example/ "/></outline></outline>
        <outline text="A again" xmlUrl="http://a.example/"/></body></opml>"""

    assert read_opml(text)[0] == (
        feed("http://a.example/", name="The A"),
        feed("http://b.example/", name="B"),
    )


def test_a_wrong_address_costs_no_other_and_is_named():
    text = """<opml><body><outline xmlUrl="ftp://a.example/"/><outline xmlUrl="http://[x"/>
        <outline text="R&D" xmlUrl="http://b.example/?x&y"></body></opml>"""

    feeds, problems = read_opml(text)

    assert feeds == (feed("http://b.example/?x&y", name="R&D"),)
    assert [problem.partition(":")[0] for problem in problems] == [
        "not well-formed",
        "entry 1 cannot be read",
        "entry 2 cannot be read",
    ]


@pytest.mark.parametrize("text", ["", "plain", "<rss><channel/></rss>"])
def test_what_is_no_opml_is_refused(text):
    with pytest.raises(FormatError):
        read_opml(text)
