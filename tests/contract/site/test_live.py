"""Live arrivals: each row once to each reader that wants it, and none waits for a slow one."""

import json

import pytest

GRAIN = 'KIEV, January 12. /TASS/. "The corridor is open," Olga Reznik said.'


@pytest.fixture
def missed(make_client, world):
    """The rows that a reader gets when it reconnects to a process that is about to stop."""

    def missed(query="", **headers):
        client = make_client(closing=True)
        answer = client.get(f"/live?{query}", headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/event-stream")
        blocks = [
            dict(line.split(": ", 1) for line in block.splitlines())
            for block in answer.text.split("\n\n")
            if block
        ]
        return [
            (block.get("event"), json.loads(block["data"])) for block in blocks if "data" in block
        ]

    return missed


def put(world, *items):
    for number, fields in items:
        world.put(
            {
                "uri": f"urn:{number}",
                "version": "1",
                "headline": f"Item {number}",
                "body_text": GRAIN,
                **fields,
            }
        )
    world.work()


def heads(events):
    return [data["headline"] for _, data in events]


def test_a_reader_that_reconnects_gets_the_rows_that_it_missed(world, missed):
    put(world, (1, {}), (2, {}))
    first, *_ = world.store.desks.read("items", limit=1)
    assert heads(missed(**{"last-event-id": first.entry_id})) == ["Item 2"]
    assert heads(missed("after=0-0")) == ["Item 1", "Item 2"]
    assert heads(missed(**{"last-event-id": "nonsense"})) == []


def test_filters_keep_rows_from_a_reader(world, missed):
    put(world, (1, {"language": "ru"}), (2, {"language": "en"}))
    assert heads(missed("after=0-0&language=ru")) == ["Item 1"]
    assert heads(missed("after=0-0&speaker=Nobody")) == []


def test_only_the_last_version_of_an_item_is_sent(world, missed):
    put(world, (1, {}))
    put(world, (1, {"version": "2", "headline": "Item 1 again"}))
    assert heads(missed("after=0-0")) == ["Item 1 again"]


def test_a_kill_names_the_row_that_it_withdraws(world, missed):
    put(world, (1, {}))
    put(world, (1, {"version": "2", "pubstatus": "canceled"}))
    ((_, data),) = missed("after=0-0")
    assert data["withdraws"] == data["key"]


def test_a_reader_that_missed_too_much_is_told_to_load_the_page_again(world, missed):
    put(world, *((n, {}) for n in range(120)))
    first, *_ = world.store.desks.read("items", limit=1)
    assert missed(**{"last-event-id": first.entry_id})[0] == ("lost", {})
    assert "lost" not in [name for name, _ in missed("after=0-0")]


def test_a_page_that_comes_late_misses_none_of_the_newest(world, missed):
    put(world, *((n, {}) for n in range(120)))
    assert heads(missed("after=0-0"))[-100:] == [f"Item {n}" for n in range(20, 120)]


def test_an_id_that_no_stream_has_is_no_place(world, missed):
    put(world, (1, {}))
    assert missed(**{"last-event-id": "99999999999999999999-0"}) == []


def test_a_reader_whose_place_a_failover_lost_is_told_to_load_the_page_again(world, missed):
    put(world, (1, {}))
    ahead = "18446744073709551615-18446744073709551615"
    assert missed(**{"last-event-id": ahead}) == [("lost", {})]
    assert missed(f"after={ahead}") == []


def test_a_lost_place_is_told_although_a_newer_event_is_behind_it(world, missed):
    put(world, (1, {}))
    (first,) = world.store.desks.read("items")
    put(world, (2, {}))
    ms, number = first.entry_id.split("-")
    gone = f"{ms}-{int(number) + 1}"
    assert missed(**{"last-event-id": gone}) == [("lost", {})]
    assert heads(missed(f"after={gone}")) == ["Item 2"]


def test_a_headline_is_sent_without_bidirectional_controls(world, missed):
    put(world, (1, {"headline": "One \u202etwo"}))
    ((_, data),) = missed("after=0-0")
    assert data["headline"] == "One \ufffdtwo"


def test_a_row_is_a_single_event_whatever_its_text(world, missed):
    put(world, (1, {"headline": "<script>alert(1)</script>\nid: 7\n\ndata: x"}))
    ((_, data),) = missed("after=0-0")
    assert "<script>" not in data["html"]


def test_an_unknown_desk_has_no_arrivals(client):
    assert client.get("/live?desk=nobody").status_code == 404


def test_a_head_request_for_the_live_wire_ends(client):
    answer = client.head("/live")
    assert (answer.status_code, answer.content) == (200, b"")
