"""`copytaster feeds add`: real HTTP on loopback, a real store, no service."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from worker.feeds.page_links import FeedLink, find_feed_links
from worker.model import Feed, FeedState, feed_id

pytestmark = pytest.mark.e2e

FEED = b"""<rss version="2.0"><channel><title>The &amp;Wire</title><language>en-gb</language>
<ttl>30</ttl><link xmlns="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>
<link xmlns="http://www.w3.org/2005/Atom" rel="self" href="https://wire.example/rss"/>
<item><guid>urn:x:1</guid><title>The bridge opens</title><link>/bridge</link>
<pubDate>Mon, 12 Jan 2026 10:30:00 +0300</pubDate></item></channel></rss>"""
ONE = b"""<!doctype html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head>
<a href="/feed/">not asked for: the page declares one</a>"""
TWO = b"""<!doctype html><head><base href="/news/"><link rel="alternate" title="World"
type="application/rss+xml" href="world"><link rel='alternate' type='application/atom+xml'
href='sport' title='Sport'><link rel=alternate type=application/json href=/wp-json></head>"""
PAGES = {
    "/rss": FEED,
    "/": ONE,
    "/two": TWO,
    "/linked": b"<!doctype html><a href='/rss'>RSS</a> <a href='/about'>About</a>",
    "/bare": b"<!doctype html><p>No feed here.",
    "/house": b"<house/>",
    "/empty": b"<rss><channel><title>Quiet</title></channel></rss>",
    "/cut": b"<rss><channel><title>Cut</title><item>",
    "/loop": b"<!doctype html><a href='/loop/feed'>RSS</a>",
    "/loop/feed": b"<!doctype html><a href='/loop/feed'>RSS</a>",
}
STATUSES = {"/gone": 404, "/members": 401, "/busy": 503, "/slow": 429, "/ended": 410}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        status = STATUSES.get(self.path, 200 if self.path in PAGES else 404)
        if self.path == "/moved":
            status = 301
        body = PAGES.get(self.path, b"")
        self.send_response(status)
        if self.path == "/moved":
            self.send_header("Location", "/rss")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def site():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.asked = []
        listening.origin = f"127.0.0.1:{listening.server_port}"
        listening.url = f"http://{listening.origin}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


@pytest.fixture
def feeds(broker_url, prefix, site):
    """The command `feeds` in a process of its own: its answer is code, output and errors."""

    def call(*words, **variables):
        known = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
        own = {
            "COPYTASTER_REDIS_URL": broker_url,
            "COPYTASTER_PREFIX": prefix,
            "COPYTASTER_ALLOW_ORIGINS": site.origin,
        }
        done = subprocess.run(
            [sys.executable, "-m", "worker.cli", "feeds", *map(str, words)],
            capture_output=True,
            text=True,
            env={**known, **own, **variables},
            timeout=90,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return call


def test_a_feed_without_entries_is_added_with_the_reason(feeds, site):
    facts = {"/empty": "0\n", "/cut": "0; the document stops short; its last entry"}
    for path, fact in facts.items():
        code, shown, _ = feeds("add", f"{site.url}{path}")
        assert (code, f"entries   {fact}" in shown) == (0, True), shown


def test_a_feed_is_fetched_shown_and_added_under_its_title(feeds, site, store):
    url = f"{site.url}/rss"
    code, shown, errors = feeds("add", url, "--agency", "Wire")
    reason = "it is in COPYTASTER_ALLOW_ORIGINS here; the pollers need it in theirs"
    assert (code, errors) == (0, f"copytaster: {url}: {reason}\n")
    assert re.sub("3[0-3] min", "30 min", shown).splitlines() == [  # a tenth later at most
        "title     The &Wire",
        "entries   1, the newest of 2026-01-12 07:30 UTC",
        "language  en-gb",
        "polled    every 30 min: the feed's own ttl or sy:updatePeriod asks for 1800 s",
        "hub       https://hub.example/",
        f"{feed_id(url)} added: {url}",
    ]
    assert store.feeds.get(feed_id(url)) == Feed(
        id=feed_id(url), url=url, name="The &Wire", agency="Wire"
    )
    assert site.asked == ["/rss"]
    # No item came in: that is for the polls of the service.
    assert store.stats.sizes().get("work", 0) == 0
    assert feeds("add", url, "--name", "Mine") == (0, f"{feed_id(url)} changed: {url}\n", "")
    assert site.asked == ["/rss"]


@pytest.mark.parametrize("page", ["/", "/linked"])
def test_the_only_feed_of_a_page_is_added(feeds, site, store, page):
    code, shown, _ = feeds("add", f"{site.url}{page}")
    assert code == 0
    assert shown.splitlines()[0] == (f"{site.url}{page} is a web page; its feed is {site.url}/rss")
    assert [feed.url for feed in store.feeds.all()] == [f"{site.url}/rss"]
    assert site.asked == [page, "/rss"]


def test_several_feeds_of_a_page_are_listed_and_none_is_added(feeds, site, store):
    assert feeds("add", f"{site.url}/two") == (
        1,
        f"{site.url}/news/world  World\n{site.url}/news/sport  Sport\n",
        (f"copytaster: {site.url}/two is a web page with 2 feeds; add one of these URLs\n"),
    )
    assert list(store.feeds.all()) == []
    assert site.asked == ["/two"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/gone", "HTTP 404"),
        ("/members", "HTTP 401"),
        ("/ended", "HTTP 410"),
        ("/bare", "a web page, not a feed"),
        ("/house", "neither RSS, Atom nor RDF: its root is house"),
        ("/loop", "a web page, not a feed"),
    ],
)
def test_what_can_never_work_is_refused_in_a_line(feeds, site, store, path, reason):
    url = f"{site.url}{path}"
    code, _, errors = feeds("add", url)
    assert code == 1
    assert errors.count("\n") == 1
    assert reason in errors
    assert errors.endswith("; --anyway adds it all the same\n")
    assert list(store.feeds.all()) == []
    asked = list(site.asked)
    assert feeds("add", url, "--anyway") == (0, f"{feed_id(url)} added: {url}\n", "")
    assert site.asked == asked


@pytest.mark.parametrize("path", ["/busy", "/slow"])
def test_a_server_that_is_busy_is_polled_later(feeds, site, store, path):
    code, shown, errors = feeds("add", f"{site.url}{path}")
    assert code == 0
    assert errors.endswith("; it is polled again later\n")
    assert "added" in shown
    assert [feed.url for feed in store.feeds.all()] == [f"{site.url}{path}"]


def test_a_private_address_is_refused_with_the_setting_that_allows_it(feeds, site, store):
    code, shown, errors = feeds("add", f"{site.url}/rss", COPYTASTER_ALLOW_ORIGINS="")
    assert (code, shown, site.asked) == (1, "", [])
    assert "is not a public address" in errors
    assert "allows your own, for this command and for the pollers alike" in errors


def test_an_address_without_tls_or_without_a_server_is_refused(feeds, site, store):
    code, _, errors = feeds("add", f"https://{site.origin}/rss")
    assert (code, errors.count("\n")) == (1, 1)
    closed = "127.0.0.1:9"
    code, _, errors = feeds("add", f"http://{closed}/", COPYTASTER_ALLOW_ORIGINS=closed)
    assert (code, errors.count("\n")) == (1, 1)
    assert list(store.feeds.all()) == []


def test_a_feed_without_entries_and_one_that_moved_are_feeds(feeds, site, store):
    code, shown, _ = feeds("add", f"{site.url}/empty")
    assert (code, "entries   0" in shown) == (0, True)
    code, shown, _ = feeds("add", f"{site.url}/moved")
    assert (code, f"moves to  {site.url}/rss" in shown) == (0, True)


def test_the_list_fits_eighty_columns_and_has_all_in_json(feeds, site, store):
    long = "https://news.example/world/europe/northern/feeds/latest/headlines/rss.xml?edition=int"
    store.feeds.add([Feed(id=feed_id(long), url=long), Feed(id="b" * 12, url="http://b.example/")])
    state = FeedState(polled_at=datetime.now(UTC), failures=9, error=f"{long}: " + "no " * 40)
    (claim,) = [one for one in store.polls.claim_due(2, 60) if one.subject_id == feed_id(long)]
    lease = store.polls.open(claim, 60).lease
    assert store.polls.finish(lease, state, datetime.now(UTC) + timedelta(hours=3))
    _, shown, _ = feeds("list", COLUMNS="80")
    lines = shown.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert len(lines) == 4  # two of the header, and one for each feed
    (line,) = [line for line in lines if feed_id(long) in line]
    assert "https://news" in line
    assert "edition=int" in line
    assert long in feeds("list", COLUMNS="200")[1]
    assert long in {json.loads(line)["url"] for line in feeds("list", "--json")[1].splitlines()}


@pytest.mark.parametrize(
    ("page", "links"),
    [
        ("<a href='/about'>x</a>", ()),
        ("<link rel=alternate type=application/json href=/wp-json>", ()),
        ("<a href='javascript:/feed'>x</a><a href='http://[/feed'>x</a>", ()),
        ("<a href=/world.rss>x</a>", (FeedLink("https://a.example/world.rss"),)),
        ("<a href='//b.example/feed/#top'>", (FeedLink("https://b.example/feed/"),)),
        ("<a href=/feed><a href=/feed title=Again>", (FeedLink("https://a.example/feed"),)),
        ("<link rel='ALTERNATE home' type='Application/RSS+xml; a=b' href=x", ()),
    ],
)
def test_the_feeds_of_a_page(page, links):
    assert find_feed_links(page, "https://a.example/home") == links


def test_the_options_of_a_feed_that_a_message_added_are_changed(feeds, site, store):
    url = f"{site.url}/rss"
    store.feeds.add([Feed(id=feed_id(url), url=url, name="Mine", by_message=True)])
    code, shown, _ = feeds("add", url, "--agency", "Wire")
    assert (code, shown) == (0, f"{feed_id(url)} changed: {url}\n")
    changed = Feed(id=feed_id(url), url=url, name="Mine", agency="Wire")
    assert store.feeds.get(feed_id(url)) == changed
