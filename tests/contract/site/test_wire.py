"""The wire: the newest items first, filtered by the URL, a page at a time."""

import re
from dataclasses import replace

import pytest

from worker.desks.desk import Desk, Shape
from worker.model import Feed, feed_id

KEY = re.compile(r'<li class="(entry[^"]*)" data-key="(\w+)"')
HEADLINE = re.compile(r'<h2 class="line"><a href="([^"]+)"[^>]*>(.*?)</a>')
OLDER = re.compile(r'href="([^"]+)" rel="next"')

GRAIN = 'KIEV, January 12. /TASS/. "The grain export corridor is open," Olga Reznik said on Monday.'


def headlines(answer):
    assert answer.status_code == 200
    return [headline for _, headline in HEADLINE.findall(answer.text)]


@pytest.fixture
def put(world, archive, archive_desk):
    """Publish items and archive them."""

    def put(*items):
        for item in items:
            world.put(item)
        world.work()
        archive_desk(world, archive)

    return put


def item(number, text=GRAIN, **fields):
    return {
        "uri": f"urn:{number}",
        "version": "1",
        "headline": f"Item {number}",
        "body_text": text,
        **fields,
    }


@pytest.fixture(params=["archive", "desk"])
def wire(request, make_client, archive):
    """A client with the archive, and one without it."""
    return make_client(archive if request.param == "archive" else None)


@pytest.mark.parametrize("before", ["0-0", "0-1", "99999999999999999999-0", f"{2**64 - 1}-0"])
def test_no_place_on_a_desk_is_a_fault_of_the_broker(put, client, before):
    put(item(1))
    assert client.get(f"/?desk=items&before={before}").status_code == 200
    assert client.get(f"/dead?before={before}").status_code == 200


def test_the_newest_item_is_first_with_its_most_certain_quote(put, wire):
    put(item(1), item(2, 'OSLO, January 12 (Reuters) - "Demand is weak," Anna Berg said.'))
    answer = wire.get("/")
    assert headlines(answer) == ["Item 2", "Item 1"]
    for words in ("TASS", "KIEV", "Olga Reznik", "% sure", "Reuters", "OSLO", "Anna Berg"):
        assert words in answer.text
    assert "&#34;The grain export corridor is open,&#34;" in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "agency=TASS",
        "agency=tass",
        "place=Kiev",
        "place=UA",
        "speaker=Reznik",
        "speaker=olga+reznik",
        "language=ru",
        "source=https%3A%2F%2Fnews.example%2Frss",
        "source=https%3A%2F%2Fnews.example%2Frss&agency=TASS",
    ],
)
def test_a_filter_passes_only_matching_items(put, wire, query):
    put(
        item(1, language="ru", source="https://news.example/rss"),
        item(2, 'OSLO, January 12 (Reuters) - "Demand is weak," Anna Berg said.', language="en"),
    )
    assert headlines(wire.get(f"/?{query}")) == ["Item 1"]


def test_filters_stand_in_the_form_and_can_be_taken_away_one_by_one(put, wire):
    put(item(1))
    text = wire.get("/?agency=TASS&speaker=Reznik").text
    assert 'name="agency" value="TASS"' in text
    assert 'href="/?speaker=Reznik"' in text
    assert 'href="/?agency=TASS"' in text


def test_pages_have_every_item_once(put, wire):
    put(*(item(number) for number in range(7)))
    seen, address = [], "/?limit=3&agency=TASS"
    while address:
        answer = wire.get(address)
        seen.append(headlines(answer))
        found = OLDER.search(answer.text)
        address = found and found[1].replace("&amp;", "&")
    assert seen == [["Item 6", "Item 5", "Item 4"], ["Item 3", "Item 2", "Item 1"], ["Item 0"]]


def test_a_desk_shows_its_own_events_an_item_once(put, client, world):
    put(item(1), item(2, "Nothing was said."), item(3, GRAIN + ' "It stays open," she said.'))
    answer = client.get("/?desk=quotes")
    assert headlines(answer) == ["Item 3", "Item 1"]


@pytest.mark.parametrize("shape", ["entities", "ninjs", "statements"])
def test_a_desk_of_any_shape_is_shown(make_client, world, shape):
    desks = (Desk(name="other", shape=Shape(shape)),)
    world.services = replace(world.services, desks=desks)
    world.put(item(1))
    world.work()
    assert headlines(make_client(desks=desks).get("/?desk=other")) == ["Item 1"]


def test_unreadable_entries_of_a_stream_are_left_out(make_client, world):
    world.put(item(1))
    world.work()
    for body in (b"", b"{", b'{"type": "copytaster.item.created"}', b"\xff"):
        world.client.xadd(world.key("desk:items"), {"event": body, "id": "x"})
    assert headlines(make_client().get("/")) == ["Item 1"]


def test_a_kill_and_the_item_that_it_withdraws_are_marked(put, wire):
    put(item(1))
    put(item(1, version="2", pubstatus="canceled"))
    assert [style for style, _ in KEY.findall(wire.get("/").text)] in (
        ["entry withdrawn"],
        ["entry kill"],
    )
    assert "Olga Reznik" not in wire.get("/").text


def test_corrections_updates_and_urgent_items_are_marked(put, wire):
    put(item(1, urgency=1), item(2), item(3))
    put(item(2, GRAIN + " More follows.", version="2"))
    put(item(3, "CORRECTION: " + GRAIN, version="2", headline="CORRECTED Item 3"))
    text = wire.get("/").text
    for badge in ("Flash", "Update", "Correction"):
        assert f">{badge}</span>" in text
    assert len(KEY.findall(text)) == 3


def test_an_empty_wire_says_what_to_do_next(wire, world):
    assert "copytaster feeds add" in wire.get("/").text
    assert "No item matches" in wire.get("/?agency=Nobody").text
    url = "https://news.example/rss"
    world.store.feeds.add([Feed(id=feed_id(url), url=url)])
    text = wire.get("/").text
    assert "1 feed is being polled" in text
    assert "copytaster status" in text


@pytest.mark.parametrize(
    "query",
    [
        "before=x", "before=-1", "before=9999999999999999999999", "before=%00", "limit=0",
        "limit=99999999", "limit=x", "before=1-1", "agency=%22", "speaker=%F0%9F%8E%88*%22OR",
        "place=" + "x" * 5000, "language=%27%3B--", "agency=a%00b", "before=%C2%B2",
        "source=%00%FF", "source=" + "x" * 5000,
    ],
)  # fmt: skip
def test_no_address_of_the_wire_is_an_error(put, wire, query):
    put(item(1))
    assert wire.get(f"/?{query}").status_code == 200


def test_an_unknown_desk_is_named(client):
    answer = client.get("/?desk=%3Cb%3E", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "<b>" not in answer.text


HOSTILE = "<script>alert(1)</script>\u202egnp\x07\x1b[31m & \" ' {{ 7 * 7 }}"


def test_hostile_text_is_shown_as_text(put, wire):
    put(
        item(1, f'KIEV, January 12. /TASS/. "{HOSTILE}," Olga Reznik said.', headline=HOSTILE),
        item(2, headline="x" * 1_000_000),
        item(3, headline="", deck="", body_text="Words alone " * 100),
    )
    answer = wire.get("/")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "{{ 7 * 7 }}" in answer.text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", answer.text)
    assert len(answer.text) < 40_000
    assert headlines(answer)[0].startswith("Words alone Words alone")


def test_an_item_stands_where_its_last_version_arrived(put, client):
    put(item(1), item(2))
    put(item(1, GRAIN + " More follows.", version="2"))
    assert headlines(client.get("/")) == ["Item 1", "Item 2"]
