"""Our reader of RSS, RDF and Atom against feedparser, on documents that both must read alike.

Held against some 3,500 feeds of other projects' suites too, which are not ours to keep here.
"""

import io
import re
from datetime import UTC, datetime

import feedparser
import pytest

from worker.demo.corpus import load_demo_feeds
from worker.demo.feed_writer import render_atom, render_rdf, render_rss
from worker.feeds import list_feed

NOW = datetime(2100, 1, 1, tzinfo=UTC)
RENDERERS = [render_rss, render_rdf, render_atom]


def web(link):
    """Without the links that feedparser makes of Atom's ids."""
    return link if link.startswith("http") else ""


def by_feedparser(body):
    parsed = feedparser.parse(io.BytesIO(body), response_headers={"content-type": "text/xml"})
    return [
        (
            entry["id"],
            " ".join(re.sub("<[^>]*>", " ", entry.get("title", "")).split()),
            web(entry.get("link", "")),
            tuple((entry.get("published_parsed") or entry.get("updated_parsed"))[:6]),
        )
        for entry in map(dict, parsed["entries"])
    ]


def by_us(body):
    return [
        (entry.id, entry.title, web(entry.link), tuple(entry.date.timetuple()[:6]))
        for entry in list_feed(body, "text/xml", "", NOW)
    ]


@pytest.mark.parametrize("render", RENDERERS, ids=lambda render: render.__name__)
@pytest.mark.parametrize("feed", load_demo_feeds(), ids=lambda feed: feed.name)
def test_feeds_are_read_as_feedparser_reads_them(feed, render):
    body = render(feed, [seed for seed in feed.items if seed.item.published], "https://w.example")

    assert by_us(body) == by_feedparser(body)


def test_a_feed_that_is_not_well_formed_is_read_as_feedparser_reads_it():
    dated = "<pubDate>Mon, 12 Jan 2026 10:3{}:00 GMT</pubDate>"
    body = f"""<rss version="2.0"><channel><title>W</title>
    <item><title>Q & A &eacute; now</title><guid isPermaLink="false">1</guid>{dated.format(0)}
    <link>http://w.example/?a=1&b=2</link></item><item><title>Two<br> lines</title>
    <guid>http://w.example/2</guid>{dated.format(1)}</channel>"""

    ours = by_us(body.encode())

    assert ours == by_feedparser(body.encode())
    assert [title for _, title, _, _ in ours] == ["Q & A é now", "Two lines"]
