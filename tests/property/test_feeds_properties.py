"""Properties of feeds that hold for any bytes, any text and any answer."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.errors import FormatError
from worker.feeds import list_feed, read_feed
from worker.feeds.dates import read_timestamp
from worker.feeds.encoding import decode_body
from worker.feeds.html_to_text import plain_line, plain_text
from worker.model import Feed, FeedState, NewsItem
from worker.model.codec import dump, load
from worker.polling.schedule import Arrived, Failed, NotModified, next_state

FEED = Feed(id="0123456789ab", url="https://wire.example/feed")
NOW = datetime(2026, 2, 1, tzinfo=UTC)
ANY_TEXT = st.text(st.characters(exclude_categories=()))
MEDIA_TYPES = st.sampled_from(
    [
        "",
        "text/xml",
        "application/json",
        "text/xml; charset=utf-16",
        "a;charset=punycode",
        ";charset",
    ]
)

WORDS = [
    "<p>",
    "</p>",
    "<br>",
    "<",
    ">",
    "&amp;",
    "&#0;",
    "&#xd800;",
    "&",
    "<!--",
    "-->",
    '"',
    "'",
    "<a x=",
    "<pre>",
    "<script>",
    "</script>",
    "<![CDATA[",
    "]]>",
    "\n",
    "\r\n",
    " ",
    "\x00",
    "\ud83d",
    "\u2029",
    "x",
    "Москва",
]
MARKUP = st.lists(st.sampled_from(WORDS), max_size=40).map("".join)

TAGS = [
    "<newsItem guid='g' version='1'>",
    "</newsItem>",
    "<contentMeta>",
    "<headline>",
    "<contentSet>",
    "<inlineXML>",
    "<NewsML>",
    "<NewsItem>",
    "<NewsComponent Duid='d'>",
    "<nitf>",
    "<hedline>",
    "<body.content>",
    "&a;",
    "&#x110000;",
    "<a b='",
    "<?xml version='1.0'?>",
    "<rss version='2.0'>",
    "</rss>",
    "<channel>",
    "</channel>",
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "<link>",
    "</link>",
    "<link href='http://[' rel='alternate'/>",
    "<guid>",
    "</guid>",
    "<guid isPermaLink='false'>",
    "<pubDate>",
    "</pubDate>",
    "<description>",
    "</description>",
    "<author>",
    "<feed xmlns='http://www.w3.org/2005/Atom'>",
    "</feed>",
    "<entry>",
    "</entry>",
    "<content type='xhtml'>",
    "<content type='html' mode='base64'>",
    "</content>",
    "<id>",
    "</id>",
    "<updated>",
    "</updated>",
    "</author>",
    "Mon, 12 Jan 2026 10:00:00 GMT",
    "http://[x",
    "http://x/",
    "&lt;p&gt;",
    "&nbsp;",
    "x",
    "\x0b",
    "<!DOCTYPE a [",
    "<source url='x'>",
    "</source>",
    "<media:content url='x'/>",
    "<enclosure/>",
    "<rdf:RDF>",
    "<div>",
    "<![CDATA[",
]
OPENINGS = [
    "<rss><channel>",
    "<!DOCTYPE rss [<!ENTITY a '<b>&b;'><!ENTITY b 'x'>]><rss><channel>",
    "<newsMessage><itemSet>",
    "<NewsML>",
    "<nitf>",
]
XML = st.tuples(
    st.sampled_from(OPENINGS), st.lists(st.sampled_from(TAGS), max_size=30).map("".join)
).map("".join)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT, lambda inner: st.lists(inner, max_size=3)
)
JSON_ITEMS = st.dictionaries(
    st.sampled_from(["id", "url", "title", "content_html", "summary", "date_published", "authors"]),
    JSON_VALUES,
)
NINJS_ITEMS = st.dictionaries(
    st.sampled_from(
        "uri version headline headlines bodies body_html versionCreated pubstatus urgency by"
        " infosources associations".split()
    ),
    JSON_VALUES
    | st.lists(st.dictionaries(st.sampled_from(["role", "value", "name"]), JSON_VALUES)),
)


def check(body, media_type=""):
    try:
        listed = list_feed(body, media_type, FEED.url, NOW)
        read = read_feed(body, media_type, FEED, now=NOW)
    except FormatError:
        return
    for entry in listed:
        assert len(entry.title.encode()) <= 10_000
        assert len(entry.id.encode()) <= 1000
        assert entry.date is None or entry.date <= NOW
    uris = [item.uri for item in read.items]
    assert len(uris) == len(set(uris))
    for item in read.items:
        assert item.headline or item.deck or item.body_text or item.pubstatus != "usable"
        assert load(NewsItem, dump(item)) == item
    assert read_feed(body, media_type, FEED, now=NOW) == read


@given(st.binary(), MEDIA_TYPES)
@example(b"\xff\xfe<", "")
@example(b"\x00<", "")
def test_any_bytes_are_read_or_refused_as_a_format(body, media_type):
    check(body, media_type)


@settings(max_examples=200, deadline=None)
@given(XML)
def test_any_jumble_of_feed_markup_is_read_or_refused(text):
    check(text.encode())


@given(st.lists(JSON_ITEMS, max_size=3))
def test_any_json_items_are_read_or_left_out(items):
    check(json.dumps({"version": "https://jsonfeed.org/version/1", "items": items}).encode())


@given(st.lists(NINJS_ITEMS, max_size=3))
@example([dict.fromkeys(("uri", "version", "headline", "urgency", "by"), "�")])
def test_any_ninjs_objects_are_read_or_left_out(objects):
    check(json.dumps(objects).encode())
    check("\n".join(map(json.dumps, objects)).encode())


@given(ANY_TEXT | MARKUP, st.sampled_from([None, True, False]))
def test_plain_text_is_total_and_tidy(text, html):
    plain = plain_text(text, html=html)
    assert "\n\n\n" not in plain
    assert plain == plain.strip("\n")
    assert all(line == " ".join(line.split()) for line in plain.split("\n"))
    plain.encode()  # no lone surrogate is left
    assert "\n" not in plain_line(text, html=html)


@given(ANY_TEXT | MARKUP)
def test_plain_text_once_plain_stays_as_it_is(text):
    plain = plain_text(text)
    assert plain_text(plain, html=False) == plain


@given(st.binary(), MEDIA_TYPES)
def test_any_bytes_are_decoded(body, media_type):
    decode_body(body, media_type).encode()


@given(ANY_TEXT | st.from_regex(r"[0-9A-Za-z:, +-]{6,40}", fullmatch=True))
def test_a_date_is_utc_or_none(written):
    moment = read_timestamp(written)
    assert moment is None or moment.utcoffset() == timedelta(0)


HEADERS = st.dictionaries(
    st.sampled_from(["etag", "last-modified", "cache-control", "expires", "date", "age"]),
    ANY_TEXT
    | st.sampled_from(["max-age=1e9", "max-age=5000", "Mon, 12 Jan 9999 23:59:59 GMT", "-1"]),
)
OUTCOMES = st.one_of(
    st.builds(Arrived, headers=HEADERS, body_digest=st.just("d"), items=st.integers()),
    st.builds(NotModified, headers=HEADERS),
    st.builds(
        Failed,
        reason=st.text(),
        status=st.none() | st.integers(),
        retry_after_s=st.none() | st.floats(),
    ),
)


@given(
    OUTCOMES,
    st.integers(),
    st.integers(min_value=0),
    st.floats(0, 1, exclude_max=True),
    st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_the_next_poll_is_in_the_future_or_never(outcome, interval_s, failures, jitter, now):
    feed = Feed(id="x", url="https://wire.example/", interval_s=interval_s)
    state, due_at = next_state(feed, FeedState(failures=failures), outcome, now, jitter)
    assert state.due_at == due_at
    assert (due_at is None) == state.gone == (getattr(outcome, "status", None) == 410)
    if due_at is not None:
        assert timedelta(seconds=60) <= due_at - now <= timedelta(days=61)
