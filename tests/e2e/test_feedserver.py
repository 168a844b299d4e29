"""The loopback feed server answers like a publisher's server."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import feedparser
import httpx
import pytest

from worker.demo.corpus import FeedFormat, load_demo_feeds
from worker.demo.feed_server import FeedServer, serve_demo
from worker.errors import SettingsError
from worker.model import NewsItem, feed_id

RSS = "/tass/rss.xml"
XML_PATHS = [feed.path for feed in load_demo_feeds() if feed.format is not FeedFormat.JSON_FEED]
JSON_PATHS = [feed.path for feed in load_demo_feeds() if feed.format is FeedFormat.JSON_FEED]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def client(server) -> Iterator[httpx.Client]:
    headers = {"Accept-Encoding": "identity"}
    with httpx.Client(base_url=server.base_url, headers=headers, trust_env=False) as http:
        yield http


def first_versions(path):
    feed = next(feed for feed in load_demo_feeds() if feed.path == path)
    return [seed.item for seed in feed.items if seed.stage == 1]


def test_a_feed_comes_with_a_strong_etag_and_a_date(client):
    answer = client.get(RSS)
    assert answer.status_code == 200
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["last-modified"] == "Wed, 21 Jan 2026 18:00:00 GMT"
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"


def test_the_etag_brings_304_without_a_body(client):
    etag = client.get(RSS).headers["etag"]
    answer = client.get(RSS, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)


@pytest.mark.parametrize("held", ['W/{}, "other"', '"other", {}', "*"])
def test_if_none_match_is_a_list_compared_weakly(client, held):
    etag = client.get(RSS).headers["etag"]
    assert client.get(RSS, headers={"If-None-Match": held.format(etag)}).status_code == 304


def test_the_date_brings_304(client):
    date = client.get(RSS).headers["last-modified"]
    assert client.get(RSS, headers={"If-Modified-Since": date}).status_code == 304


@pytest.mark.parametrize("date", ["Wed, 21 Jan 2026 17:59:59 GMT", "yesterday", ""])
def test_an_older_or_broken_date_brings_the_feed(client, date):
    assert client.get(RSS, headers={"If-Modified-Since": date}).status_code == 200


def test_a_wrong_etag_outweighs_a_right_date(client):
    date = client.get(RSS).headers["last-modified"]
    headers = {"If-None-Match": '"other"', "If-Modified-Since": date}
    assert client.get(RSS, headers=headers).status_code == 200


def test_head_says_what_get_would_without_the_body(client):
    got = client.get(RSS)
    head = client.head(RSS)
    assert head.content == b""
    assert head.headers["content-length"] == str(len(got.content))
    assert head.headers["etag"] == got.headers["etag"]


def test_gzip_comes_when_asked_for_and_has_its_own_etag(client):
    plain = client.get(RSS)
    zipped = client.get(RSS, headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content
    assert int(zipped.headers["content-length"]) < len(plain.content)
    assert zipped.headers["etag"] != plain.headers["etag"]
    again = {"Accept-Encoding": "gzip", "If-None-Match": zipped.headers["etag"]}
    assert client.get(RSS, headers=again).status_code == 304


def test_an_unknown_path_is_404(client):
    assert client.get("/tass/").status_code == 404


def test_answers_are_counted_by_path_and_status(server, client):
    etag = client.get(RSS).headers["etag"]
    client.get(RSS, headers={"If-None-Match": etag})
    client.get("/none")
    assert server.counts == {(RSS, 200): 1, (RSS, 304): 1, ("/none", 404): 1}


def test_feeds_are_ready_to_poll(server):
    feeds = server.feeds(interval_s=2)
    assert [feed.url for feed in feeds] == [server.base_url + f.path for f in load_demo_feeds()]
    assert all(feed.id == feed_id(feed.url) and feed.interval_s == 2 for feed in feeds)


@pytest.mark.parametrize("path", XML_PATHS)
def test_feedparser_finds_every_item_of_an_xml_feed(client, path):
    parsed = feedparser.parse(client.get(path).content)
    assert not parsed.bozo
    found = [(entry.id, entry.title, entry.get("summary", "")) for entry in parsed.entries]
    expected = [(item.uri, item.headline, item.deck) for item in first_versions(path)]
    without_deck = {item.uri for item in first_versions(path) if not item.deck}
    # feedparser gives the body as the summary of an entry that has none
    assert [(u, t, "" if u in without_deck else s) for u, t, s in found] == expected


@pytest.mark.parametrize("path", XML_PATHS)
def test_bodies_come_as_paragraphs_of_html(client, path):
    parsed = feedparser.parse(client.get(path).content)
    for entry, item in zip(parsed.entries, first_versions(path), strict=True):
        paragraphs = [part for part in item.body_text.split("\n\n") if part]
        body = entry.content[0].value if paragraphs else ""
        assert body.count("<p>") == len(paragraphs)


@pytest.mark.parametrize("path", JSON_PATHS)
def test_a_json_feed_has_every_item(client, path):
    document = client.get(path).json()
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    found = [(item["id"], item["title"], item.get("summary", "")) for item in document["items"]]
    assert found == [(item.uri, item.headline, item.deck) for item in first_versions(path)]


def test_advance_brings_update_correction_and_kills_once(server, client):
    before = client.get(RSS)
    names = {seed.name for seed in server.advance()}
    after = client.get(RSS, headers={"If-None-Match": before.headers["etag"]})
    assert names == {
        "tass-quake-update-2",
        "ap-bridge-kill",
        "reuters-rate-corrected",
        "reuters-merger-withdrawn",
    }
    assert after.status_code == 200
    assert after.headers["last-modified"] == "Wed, 21 Jan 2026 18:00:01 GMT"
    assert len(feedparser.parse(after.content).entries) == len(first_versions(RSS))
    assert server.advance() == ()


def test_a_changed_feed_is_not_current_by_its_old_date(server, client):
    date = client.get(RSS).headers["last-modified"]
    server.advance()
    assert client.get(RSS, headers={"If-Modified-Since": date}).status_code == 200


def test_a_published_item_is_on_top(server, client):
    server.publish(RSS, NewsItem(uri="urn:x", version="1", headline="Late \x00 item & more"))
    entry = feedparser.parse(client.get(RSS).content).entries[0]
    assert (entry.id, entry.title) == ("urn:x", "Late  item & more")


def test_an_item_for_no_feed_is_a_key_error(server):
    with pytest.raises(KeyError, match="/none"):
        server.publish("/none", NewsItem(uri="urn:x", version="1"))


def test_stopping_does_not_wait_for_clients_that_stay_connected():
    with FeedServer() as server, httpx.Client(trust_env=False) as http:
        url = server.base_url + RSS
        assert http.get(url).status_code == 200
        server.stop()
        with pytest.raises(httpx.TransportError):
            http.get(url)
    assert not [thread for thread in threading.enumerate() if thread.name == "feedserver"]


def test_a_client_that_hangs_up_leaves_no_trace(server, capfd):
    port = int(server.base_url.rpartition(":")[2])
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET " + RSS.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    server.stop()
    assert capfd.readouterr() == ("", "")


def test_a_taken_port_is_one_plain_error(server, capsys):
    port = int(server.base_url.rpartition(":")[2])
    with pytest.raises(SettingsError, match=rf"^127\.0\.0\.1:{port}: cannot listen"):
        FeedServer(port=port).start()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert serve_demo(["--port", str(port)]) == 2
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


@pytest.mark.e2e
def test_as_a_program_it_prints_its_address_and_stops_when_told():
    command = [sys.executable, "-m", "worker.demo.feed_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        base_url = process.stdout.readline().decode().strip()
        try:
            answer = httpx.get(base_url + RSS, trust_env=False)
        finally:
            os.kill(process.pid, signal.SIGTERM)
        rest, errors = process.communicate(timeout=10)
    assert answer.status_code == 200
    assert (process.returncode, rest, errors) == (0, b"", b"")
