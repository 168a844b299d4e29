"""The page of an item: any uri, its versions, kills, duplicates and path, and its JSON."""

import re

import pytest

from worker.model import Feed, ParsedItem, PollRecord, feed_id
from worker.model.codec import load
from worker.site.pages.frame import item_path

GRAIN = (
    'KIEV, January 12. /TASS/. "The grain export corridor is open," Olga Reznik said on Monday.\n\n'
    "Minister Ivan Moroz said that the harvest was good."
)
HTML = {"accept": "text/html"}
URL = "https://news.example/rss?a=1&b"


@pytest.fixture
def put(world, archive, archive_desk):
    """Publish items and archive them."""

    def put(*items):
        for item in items:
            world.put(item)
        world.work()
        archive_desk(world, archive)

    return put


def item(uri="urn:1", text=GRAIN, **fields):
    return {"uri": uri, "version": "1", "headline": "Corridor open", "body_text": text, **fields}


def page(client, uri, query=""):
    answer = client.get(item_path(uri) + query, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_every_seed_has_a_page_with_its_text_and_the_same_item_as_json(
    world, archive, client, put_seeds, archive_desk
):
    seeds = put_seeds(world)
    archive_desk(world, archive)
    versions = {}
    for seed in seeds:
        versions.setdefault(seed.uri, []).append(seed.body_text)
    for uri, bodies in versions.items():
        text = page(client, uri)
        answer = client.get(item_path(uri, ".json"))
        if "<strong>Withdrawn</strong>" in text:
            assert answer.status_code == 410
            continue
        parsed = load(ParsedItem, answer.content)
        assert (parsed.item.uri, parsed.item.body_text) == (uri, bodies[-1])
        assert text.count("<h1") == 1
        assert all(f'id="quote-{n}"' in text for n, _ in enumerate(parsed.quotes, 1))


@pytest.mark.parametrize(
    "uri",
    [
        "https://news.example/a//b/../c?d=e&f#g", "urn:with space", "urn:100%",
        "urn:порт", "urn:" + "x" * 1996, "a.json", "urn:<b>\"'", "/", "urn:a?b;c=d+e",
    ],
)  # fmt: skip
def test_a_uri_may_hold_any_character(put, client, uri):
    put(item(uri))
    assert "Olga Reznik" in page(client, uri)
    assert load(ParsedItem, client.get(item_path(uri, ".json")).content).item.uri == uri


def test_an_unknown_item_is_not_found(client):
    answer = client.get(item_path("urn:none"), headers=HTML)
    assert answer.status_code == 404
    assert client.get(item_path("urn:none", ".json")).status_code == 404


def test_a_program_that_accepts_json_gets_json(put, client):
    put(item())
    answer = client.get(item_path("urn:1"), headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["item"]["uri"] == "urn:1"


def test_quotes_have_speaker_confidence_and_a_line_with_their_credit(put, client):
    put(item(versioncreated="2026-01-12T09:00:00Z"))
    text = page(client, "urn:1")
    assert "% sure" in text
    assert (
        "&#34;The grain export corridor is open,&#34; — Olga Reznik (TASS, 12 January 2026)" in text
    )


def test_the_page_of_an_item_with_thousands_of_quotes_is_bounded_and_says_so(put, client):
    put(item(text="\n\n".join(f'"We agreed on point {n}," Olga Reznik said.' for n in range(2000))))
    parsed = load(ParsedItem, client.get(item_path("urn:1", ".json")).content)
    assert (len(parsed.quotes), len(parsed.entities)) == (2000, 2000)
    text = page(client, "urn:1")
    assert len(text) < 1_000_000
    assert "first 200 of 2,000 quotes, the first 500 of 2,000 entities." in text
    assert 'href="/items/urn%3A1.json">The JSON</a> has all of them' in text
    assert text.count('<li class="saying') == 200
    assert len(re.findall(r'id="mention-\d+"', text)) == 500
    assert "We agreed on point 1999," in text  # the copy itself is whole


def test_a_page_that_shows_everything_speaks_of_no_bound(put, client):
    put(item())
    assert "has all of them" not in page(client, "urn:1")


def test_versions_are_listed_with_the_words_that_differ(put, client):
    put(item())
    put(item(text=GRAIN.replace("harvest was good", "harvest was poor"), version="2"))
    latest = page(client, "urn:1")
    assert "harvest was poor" in latest
    assert '<del><span class="out-of-sight">removed: </span>good.</del>' in latest
    assert '<ins><span class="out-of-sight">added: </span>poor.</ins>' in latest
    assert 'href="/items/urn%3A1?version=1"' in latest
    first = page(client, "urn:1", "?version=1")
    assert "harvest was good" in first
    assert "<del>" not in first
    assert "A later version has replaced it" in first
    assert client.get(item_path("urn:1") + "?version=3").status_code == 404


def test_a_kill_is_shown_above_the_item_that_it_withdraws(put, client):
    put(item())
    put(item(version="2", pubstatus="canceled", headline="KILL"))
    text = page(client, "urn:1")
    assert "<strong>Withdrawn</strong>" in text
    assert "Corridor open" in text
    assert "JSON</a>" not in text


@pytest.mark.parametrize("suffix", [".json", ".json?version=1"])
def test_a_program_is_not_given_the_text_that_a_kill_withdrew(put, client, suffix):
    put(item())
    put(item(version="2", pubstatus="canceled", headline="KILL"))
    answer = client.get(item_path("urn:1") + suffix)
    assert (answer.status_code, answer.text) == (410, "a kill withdrew this item\n")
    asked = client.get(item_path("urn:1"), headers={"accept": "application/json"})
    assert asked.status_code == 410


def test_the_page_of_a_version_is_there_however_many_came_after_it(put, client):
    put(*(item(version=str(n), headline=f"Version {n}") for n in range(103)))
    assert "Version 1</h1>" in page(client, "urn:1", "?version=1")
    assert "A later version has replaced it" in page(client, "urn:1", "?version=0")


def test_a_duplicate_and_its_original_know_each_other(put, client):
    long = (
        GRAIN + "\n\n" + " ".join(f"Sentence {n} of the harvest report is new." for n in range(40))
    )
    put(item("urn:first", long))
    put(item("urn:copy", long))
    assert 'href="/items/urn%3Afirst"' in page(client, "urn:copy")
    assert 'href="/items/urn%3Acopy"' in page(client, "urn:first")


def test_without_an_archive_the_desk_has_the_item(put, make_client):
    put(item())
    put(item(text=GRAIN + " More follows.", version="2"))
    client = make_client()
    assert "More follows." in page(client, "urn:1")
    assert "More follows." not in page(client, "urn:1", "?version=1")
    assert client.get(item_path("urn:2")).status_code == 404


def test_without_an_archive_a_kill_by_another_note_is_shown_and_the_text_is_gone(put, make_client):
    headline = "Grain corridor through the northern ports opens on Monday"
    put(item(headline=headline))
    note = f'KILL. Editors: please kill our story headlined "{headline}".'
    put(item("urn:note", note, headline="KILL", infosource="TASS"))
    client = make_client()
    text = page(client, "urn:1")
    assert "<strong>Withdrawn</strong>" in text
    assert "A kill withdrew it." in text
    assert "JSON</a>" not in text
    assert client.get(item_path("urn:1", ".json")).status_code == 410
    assert "<strong>Withdrawn</strong>" not in page(client, "urn:note")


@pytest.mark.parametrize(
    ("link", "is_shown"),
    [
        ("https://news.example/1", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//news.example/1", False),
        ("https://[bad", False),
    ],
)
def test_links_lead_only_to_web_addresses(put, client, link, is_shown):
    put(item(link=link))
    assert (f'href="{link}"' in page(client, "urn:1")) is is_shown


def test_the_path_names_the_poll_and_the_desks(put, client, world, clock):
    url = "https://news.example/rss"
    world.store.feeds.add([Feed(id=feed_id(url), url=url)])
    (lease,) = world.store.polls.claim_due(1, 60)
    opened = world.store.polls.open(lease, 60)
    record = PollRecord(at=int(clock.now.timestamp()) - 2, status=200, new=3, took_ms=41)
    assert world.store.polls.finish(opened.lease, opened.state, None, record)
    put(item(source=url))
    text = page(client, "urn:1")
    assert f"from {url}: HTTP 200, 3 new, in 41 ms" in text
    assert "desks: items, quotes" in text
    assert f'<a href="/feeds/{feed_id(url)}">Feed</a>' in text


def test_the_path_has_no_release_that_no_publisher_dated(put, client):
    put(item())
    assert "Released by its publisher" not in page(client, "urn:1")


def test_an_item_and_its_feed_lead_to_each_other(put, client, world):
    feed = Feed(id=feed_id(URL), url=URL)
    world.store.feeds.add([feed])
    put(item(source=URL, link=""), item("urn:other", source="another desk"))
    (to_feed,) = re.findall(r'href="(/feeds/[^"]+)"', page(client, "urn:1"))
    (to_wire,) = re.findall(r'href="([^"]+)">Items<', client.get(to_feed).text)
    assert to_wire == "/?source=https%3A%2F%2Fnews.example%2Frss%3Fa%3D1%26b"
    assert f'href="{to_wire}">All items of its source<' in page(client, "urn:1")
    wire = client.get(to_wire).text
    assert ("/items/urn%3A1" in wire, "/items/urn%3Aother" in wire) == (True, False)
    sent = page(client, "urn:other")
    assert 'href="/?source=another+desk"' in sent
    assert "/feeds/" not in sent.replace('href="/feeds"', "")


def test_the_path_shows_no_login_of_a_feed(put, client, world):
    url = "https://reader:hunter2@news.example/rss?token=s3cret"
    world.store.feeds.add([Feed(id=feed_id(url), url=url)])
    put(item("urn:polled", source=url), item("urn:sent", source="https://a:hunter2@b.example/"))
    for uri in ("urn:polled", "urn:sent"):
        text = page(client, uri)
        assert "hunter2" not in text
        assert "s3cret" not in text


def test_hostile_text_is_shown_as_text(put, client):
    hostile = "<script>alert(1)</script>\u202egnp \" ' {{ 7 * 7 }}"
    put(item(text=f'KIEV, January 12. /TASS/. "{hostile}," Olga Reznik said.', headline=hostile))
    text = page(client, "urn:1")
    assert "<script>alert" not in text
    assert "\u202e" not in text
    assert text.count("<script") == 1  # ours


def test_a_broker_that_is_away_leaves_the_page_of_the_archive(
    put, client, world, swap_server, monkeypatch
):
    put(item())

    class Away:
        def __getattr__(self, name):
            from worker.errors import BrokerAway

            def fail(*_args, **_more):
                raise BrokerAway("no answer", subject="broker")

            return fail

    swap_server(monkeypatch, world.store, Away())
    text = page(client, "urn:1")
    assert "Olga Reznik" in text
    assert "the broker does not answer now" in text
