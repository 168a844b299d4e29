"""`/v1/desks/NAME/events`: pages and streams that lose and repeat no event."""

import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from worker.site import tails

STREAM = {"accept": "text/event-stream"}


class Reader:
    """Reads a stream of server-sent events over a connection of its own."""

    def __init__(self, url, path="/v1/desks/items/events", **headers):
        self._client = httpx.Client(base_url=url, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = self._client.build_request("GET", path, headers=STREAM | named)
        self.answer = self._client.send(request, stream=True)
        self._lines = self.answer.iter_lines()
        self.last_id = ""

    def blocks(self):
        """Yield the blocks of lines, including comments."""
        block = []
        for line in self._lines:
            if line:
                block.append(line)
                continue
            yield block
            block = []

    def take(self, count):
        """Return `count` events as (name, data)."""
        found = []
        for block in self.blocks() if count else ():
            fields = dict(line.split(": ", 1) for line in block if not line.startswith(":"))
            self.last_id = fields.get("id", self.last_id)
            if "data" in fields:
                found.append((fields.get("event", "message"), json.loads(fields["data"])))
            if len(found) == count:
                break
        return found

    def begin(self):
        """Return the id at which the stream begins."""
        block = next(self.blocks())
        self.last_id = block[-1].removeprefix("id: ")
        return self.last_id

    def ends(self):
        """Return False if the stream goes on until its next heartbeat."""
        return [":"] not in self.blocks()

    def close(self):
        self.answer.close()
        self._client.close()


@pytest.fixture
def read(make_site):
    site = make_site()
    readers = []

    def start(**options):
        readers.append(Reader(site.url, **options))
        return readers[-1]

    start.site = site
    yield start
    for reader in readers:
        reader.close()


def numbers(found):
    assert {name for name, _ in found} <= {"message"}
    return [data["n"] for _, data in found]


# pages


def test_pages_follow_each_other_to_the_end(client, put_desk_events):
    ids = put_desk_events(*range(5))

    first = client.get("/v1/desks/items/events?limit=3").json()
    second = client.get(f"/v1/desks/items/events?after={first['next']}").json()
    third = client.get(f"/v1/desks/items/events?after={second['next']}").json()

    assert [one["id"] for one in first["events"] + second["events"]] == ids
    assert [one["event"]["n"] for one in first["events"]] == [0, 1, 2]
    assert third == {"events": [], "next": ids[-1]}


def test_a_page_of_large_events_is_shorter(client, put_desk_events, monkeypatch):
    put_desk_events(*range(120), size=100_000)

    page = client.get("/v1/desks/items/events?limit=1000").json()

    assert 40 <= len(page["events"]) < 120
    assert page["next"] == page["events"][-1]["id"]


def test_long_events_come_one_by_one_and_none_is_left_out(client, put_desk_events, monkeypatch):
    monkeypatch.setattr("worker.site.api.desks.PAGE_BYTES", 1000)
    ids = put_desk_events(*range(4), size=2000)

    pages, after = [], "0-0"
    while page := client.get(f"/v1/desks/items/events?after={after}").json()["events"]:
        pages.append([one["id"] for one in page])
        after = pages[-1][-1]

    assert pages == [[one] for one in ids]


def test_a_page_behind_a_trimmed_event_is_refused(client, put_desk_events):
    ids = put_desk_events(*range(5))
    put_desk_events.server.xtrim(put_desk_events.key, maxlen=2, approximate=False)

    answer = client.get(f"/v1/desks/items/events?after={ids[1]}")

    assert (answer.status_code, answer.json()["after"]) == (410, "0-0")
    kept = client.get("/v1/desks/items/events?after=0-0").json()["events"]
    assert [one["id"] for one in kept] == ids[3:]
    assert client.get(f"/v1/desks/items/events?after={ids[3]}").status_code == 200


@pytest.mark.parametrize("after", ["x", "1", "-1-0", "1-", f"{1 << 63}-0", "1-0 ", "$", "\u0661-0"])
def test_an_invalid_id_is_refused(client, after):
    answer = client.get("/v1/desks/items/events", params={"after": after})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("`after`: ")


@pytest.mark.parametrize("limit", ["0", "1001", "x", ""])
def test_a_limit_out_of_range_is_refused(client, limit):
    answer = client.get("/v1/desks/items/events", params={"limit": limit})
    assert (answer.status_code, answer.json()["detail"][:8]) == (400, "`limit`:")


def test_an_unknown_desk_is_not_found(client):
    for headers in ({}, STREAM):
        answer = client.get("/v1/desks/nobody/events", headers=headers)
        assert answer.status_code == 404
        assert answer.json()["detail"] == "no desk 'nobody'; /v1/desks lists them"


def test_an_entry_that_is_not_json_reaches_no_reader(read, prefix, put_desk_events):
    for body in ("{", "\n\nevent: lost\ndata: 1\n\n", '{"n":\r\n1}'):
        put_desk_events.server.xadd(f"{prefix}:desk:items", {"event": body})

    with httpx.Client(base_url=read.site.url) as client:
        page = client.get("/v1/desks/items/events").json()
    stream = read(last_event_id="0-0").take(3)

    assert [one["event"] for one in page["events"]] == [None, None, {"n": 1}]
    assert stream == [("message", None), ("message", None), ("message", {"n": 1})]


# streams


def test_a_stream_begins_at_the_end_and_brings_new_events(read, put_desk_events):
    put_desk_events(1)
    reader = read()
    reader.begin()
    put_desk_events(2, 3)

    assert numbers(reader.take(2)) == [2, 3]
    assert reader.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reader.answer.headers["cache-control"] == "no-store"


def test_a_reader_that_got_no_event_yet_resumes_at_its_place(read, put_desk_events):
    put_desk_events(1)
    reader = read()
    place = reader.begin()
    reader.close()
    put_desk_events(2)

    assert numbers(read(last_event_id=place).take(1)) == [2]


def test_a_reader_that_reconnects_loses_and_repeats_nothing(read, put_desk_events):
    reader, got, sent = read(), [], 0
    reader.begin()
    for take in (7, 1, 60, 132):
        put_desk_events(*range(sent, sent + 100))
        sent += 100
        got += numbers(reader.take(take))
        reader.close()
        reader = read(last_event_id=reader.last_id)
    got += numbers(reader.take(400 - len(got)))

    assert got == list(range(400))


def test_after_may_stand_in_the_query(read, put_desk_events):
    ids = put_desk_events(1, 2)
    assert numbers(read(path=f"/v1/desks/items/events?after={ids[0]}").take(1)) == [2]


def test_a_reader_learns_between_which_events_it_lost_some(read, put_desk_events):
    ids = put_desk_events(*range(6))
    put_desk_events.server.xtrim(put_desk_events.key, maxlen=2, approximate=False)

    found = read(last_event_id=ids[1]).take(3)

    lost = ("lost", {"after": ids[1], "before": ids[4]})
    assert found == [lost, *(("message", data) for _, data in found[1:])]
    assert numbers(found[1:]) == [4, 5]


def test_a_reader_of_what_a_failover_lost_begins_at_the_beginning(read, client, put_desk_events):
    ids = put_desk_events(*range(3))
    put_desk_events.server.xtrim(put_desk_events.key, maxlen=2, approximate=False)
    ahead = f"{int(ids[2].split('-')[0]) + 5000}-0"  # of a master whose clock was ahead

    found = read(last_event_id=ahead).take(3)

    assert found[0] == ("lost", {"after": ahead, "before": ids[1]})
    assert numbers(found[1:]) == [1, 2]
    answer = client.get(f"/v1/desks/items/events?after={ahead}")
    assert (answer.status_code, answer.json()["after"]) == (410, "0-0")


def test_a_stream_whose_place_a_failover_lost_ends_and_the_next_has_everything(
    read, put_desk_events
):
    ids = put_desk_events(*range(3))
    reader = read(last_event_id=ids[1])
    assert numbers(reader.take(1)) == [2]
    put_desk_events.server.delete(put_desk_events.key)  # as on a replica that had none of them
    put_desk_events.server.xadd(put_desk_events.key, {"event": '{"n":7}'}, id="5-0")

    assert reader.take(1) == []  # it has ended
    found = read(last_event_id=reader.last_id).take(2)
    assert (found[0][0], numbers(found[1:])) == ("lost", [7])


@pytest.fixture
def lose_desk(put_desk_events):
    """Replace a desk, in one step, by entries with the given ids, as a failover does."""

    def lose(*ids):
        with put_desk_events.server.pipeline(transaction=True) as step:
            step.delete(put_desk_events.key)
            for number, entry_id in enumerate(ids):
                step.xadd(put_desk_events.key, {"event": f'{{"n":{number}}}'}, id=entry_id)
            step.execute()

    return lose


@pytest.mark.parametrize("is_followed", [False, True])
def test_a_place_that_a_failover_lost_is_told_whatever_has_come_since(
    read, client, put_desk_events, lose_desk, is_followed
):
    ids = put_desk_events(*range(3))
    later = f"{int(ids[2].split('-')[0]) + 5000}-0"
    follower = read(last_event_id=ids[2]) if is_followed else None
    lose_desk(ids[0], later)

    answer = client.get(f"/v1/desks/items/events?after={ids[2]}")
    assert (answer.status_code, answer.json().get("after")) == (410, "0-0")
    found = read(last_event_id=ids[2]).take(3)
    assert found[0] == ("lost", {"after": ids[2], "before": ids[0]})
    assert numbers(found[1:]) == [0, 1]
    assert follower is None or follower.ends()


def test_a_failover_behind_which_an_event_comes_at_once_ends_open_streams(
    read, put_desk_events, lose_desk
):
    ids = put_desk_events(*range(3))
    reader = read(last_event_id=ids[1])
    assert numbers(reader.take(1)) == [2]
    lose_desk(ids[0], f"{int(ids[2].split('-')[0]) + 5000}-0")

    assert reader.ends()
    found = read(last_event_id=reader.last_id).take(3)
    assert (found[0][0], numbers(found[1:])) == ("lost", [0, 1])


def test_a_trim_past_the_place_of_open_streams_ends_them(read, put_desk_events):
    put_desk_events(0)
    reader = read()
    place = reader.begin()
    with put_desk_events.server.pipeline(transaction=True) as step:
        for number in range(1, 9):
            step.xadd(put_desk_events.key, {"event": f'{{"n":{number}}}'})
        step.xtrim(put_desk_events.key, maxlen=2, approximate=False)
        *ids, _ = step.execute()

    assert reader.ends()
    found = read(last_event_id=reader.last_id).take(3)
    assert found[0] == ("lost", {"after": place, "before": ids[-2]})
    assert numbers(found[1:]) == [7, 8]


def test_the_last_event_before_a_trimmed_end_is_no_loss(read, put_desk_events):
    ids = put_desk_events(*range(3))
    put_desk_events.server.xtrim(put_desk_events.key, maxlen=1, approximate=False)
    reader = read(last_event_id=ids[2])
    reader.begin()
    put_desk_events(3)

    assert reader.take(1)[0][1]["n"] == 3


def test_a_wrong_last_event_id_is_refused(read):
    reader = read(last_event_id="none")
    assert reader.answer.status_code == 400


def test_a_reader_of_the_wire_keeps_its_place_behind_events_that_it_does_not_want(
    read, put_desk_events
):
    reader = read(path="/live?speaker=Nobody")
    blocks = reader.blocks()
    assert [next(blocks), next(blocks)] == [["retry: 2000"], ["retry: 2000", "id: 0-0"]]
    ids = put_desk_events(1)  # holds no item, so it is no row
    assert next(blocks) == [f"id: {ids[0]}"]


def test_a_reader_of_the_wire_that_is_slow_loses_no_row(world, read, put_desk_events, monkeypatch):
    monkeypatch.setattr(tails, "RING_LENGTH", 10)
    reader = read(path="/live?after=0-0")
    begun = reader.blocks()
    next(begun)
    assert next(begun)[-1] == "id: 0-0"
    for number in range(120):
        world.put({"uri": f"urn:{number}", "headline": f"Item {number}", "body_text": "Text."})
    world.work()

    heads = [data["headline"] for name, data in reader.take(120) if name == "row"]
    assert heads == [f"Item {number}" for number in range(120)]


def test_a_silent_stream_has_a_heartbeat(read, monkeypatch):
    monkeypatch.setattr(tails, "HEARTBEAT_S", 0.05)
    reader = read()
    reader.begin()
    assert next(reader.blocks()) == [":"]


def test_a_slow_reader_costs_no_more_than_others_and_loses_nothing(
    read, put_desk_events, monkeypatch
):
    """It takes nothing while ten times the ring goes by, and then all of it."""
    monkeypatch.setattr(tails, "RING_BYTES", 1 << 20)
    slow, fast = read(), read()
    slow.begin()
    fast.begin()
    for start in range(0, 200, 20):
        put_desk_events(*range(start, start + 20), size=100_000)
        assert numbers(fast.take(20)) == list(range(start, start + 20))
    (tail,) = _tails_of(read.site)._tails.values()
    assert sum(len(frame.lines) for _, frame in tail._ring) <= 1 << 20
    waiting = [
        connection.transport.get_write_buffer_size()
        for connection in read.site.server.server_state.connections
    ]
    assert max(waiting) <= 256 << 10

    assert numbers(slow.take(200)) == list(range(200))


def _tails_of(site):
    """Return the tails of the API, which are made before those of the pages."""
    made = [close.__self__ for close in site.context.closers]
    return next(one for one in made if isinstance(one, tails.Tails))


def test_readers_of_a_desk_share_its_tail_and_the_last_one_ends_it(read, put_desk_events):
    readers = [read() for _ in range(5)]
    for reader in readers:
        reader.begin()
    hub = _tails_of(read.site)
    assert [tail.readers for tail in hub._tails.values()] == [5]
    for reader in readers:
        reader.close()

    deadline = time.monotonic() + 20
    while hub._tails and time.monotonic() < deadline:
        time.sleep(0.05)
    assert hub._tails == {}


def test_the_end_of_the_service_ends_its_streams(make_site):
    site = make_site()
    reader = Reader(site.url)
    reader.begin()
    site.loop.call_soon_threadsafe(site.context.ending.set)
    site.server.should_exit = True

    assert list(reader.blocks()) == []
    reader.close()


@pytest.mark.e2e
def test_a_signal_ends_the_command_and_its_streams(broker_url, prefix):
    environ = {
        **os.environ,
        "COPYTASTER_REDIS_URL": broker_url,
        "COPYTASTER_PREFIX": prefix,
        "COPYTASTER_ARCHIVE": "off",
        "COPYTASTER_LOG_FORMAT": "json",
    }
    command = [sys.executable, "-m", "worker.cli", "web", "--port", "0"]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:
        opened = next(line for line in process.stderr if "web_open" in line)
        reader = Reader(f"http://127.0.0.1:{json.loads(opened)['port']}")
        reader.begin()
        process.send_signal(signal.SIGTERM)

        assert list(reader.blocks()) == []
        assert process.wait(60) in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
        assert "web_closed" in process.stderr.read()
    reader.close()


def test_a_head_request_for_a_stream_ends(client):
    answer = client.head("/v1/desks/items/events", headers=STREAM)
    assert answer.headers["content-type"].startswith("text/event-stream")


# the list


def test_desks_are_listed_without_their_sinks(client, put_desk_events):
    put_desk_events(1, 2)
    desks = client.get("/v1/desks").json()["desks"]
    assert [(one["name"], one["shape"]) for one in desks] == [
        ("items", "item"),
        ("quotes", "quotes"),
        ("alerts", "item"),
    ]
    assert all("sink" not in one for one in desks)
