"""From feed to desk: a real HTTP server, dispatch, a poller and a worker, each its own process."""

import json
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from worker.demo.feed_server import FeedServer
from worker.model import Event, ParsedItem
from worker.model.codec import load

pytestmark = pytest.mark.e2e

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"


def events(store, desk):
    return [load(Event, entry.body) for entry in store.desks.read(desk, limit=10_000)]


@pytest.fixture
def server():
    with FeedServer() as running:
        yield running


@pytest.fixture
def running(processes, server, store):
    """The whole service, polling the demo's feeds each second."""
    processes.environ["COPYTASTER_ALLOW_ORIGINS"] = server.base_url.removeprefix("http://")
    store.feeds.add(server.feeds(interval_s=1))
    processes.dispatch()
    processes.poller()
    processes.worker()
    return processes


def test_every_item_of_every_feed_is_on_its_desks_once(running, server, store, wait_for):
    served = Counter(seed.item.uri for seed in server.items)
    wait_for(lambda: len(events(store, "items")) >= served.total())
    polls = sum(server.counts.values())
    wait_for(lambda: sum(server.counts.values()) > polls + 2 * len(server.feeds()))
    changed = server.advance()
    total = served.total() + len(changed)
    wait_for(lambda: len(events(store, "items")) >= total)
    arrived = events(store, "items")
    items = [load(ParsedItem, bytes(event.data)) for event in arrived]
    assert Counter(parsed.item.uri for parsed in items) == served + Counter(
        seed.item.uri for seed in changed
    )
    assert len({event.id for event in arrived}) == total
    kinds = Counter(event.type for event in arrived)
    assert kinds["copytaster.item.withdrawn"] >= 1
    assert kinds["copytaster.item.corrected"] >= 1
    assert kinds["copytaster.item.updated"] >= 1
    assert store.dead_letters.list() == ()
    answered = Counter()
    for (_, status), number in server.counts.items():
        answered[status] += number
    assert answered[304] > answered[200] > 0
    assert set(answered) == {200, 304}


def test_every_event_on_a_desk_validates_against_the_published_schema(
    running, server, store, wait_for
):
    wait_for(lambda: len(events(store, "items")) >= len(server.items))
    schema = {
        path.stem: jsonschema.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))
        for path in SCHEMAS.glob("*.json")
    }
    for desk in ("items", "quotes", "alerts"):
        on_desk = store.desks.read(desk, limit=10_000)
        assert on_desk
        for entry in on_desk:
            event = json.loads(entry.body)
            schema["event"].validate(event)
            is_quote = desk == "quotes" and event["type"] != "copytaster.item.withdrawn"
            schema["quote" if is_quote else "item"].validate(event["data"])
            assert (entry.id, entry.type) == (event["id"], event["type"])


def test_spans_count_in_the_published_text(running, server, store, wait_for):
    wait_for(lambda: events(store, "quotes"))
    parsed = [load(ParsedItem, bytes(event.data)) for event in events(store, "items")]
    items = {one.item.uri: one for one in parsed}
    for event in events(store, "quotes"):
        if event.type == "copytaster.item.withdrawn":
            continue
        quote = json.loads(bytes(event.data))
        text = items[quote["item_uri"]].item.text
        assert text[quote["start"] : quote["end"]] == quote["text"]


def test_logs_are_json_with_context_and_without_article_text(running, server, store, wait_for):
    wait_for(lambda: len(events(store, "items")) >= len(server.items))
    for name in ("dispatch", "poller", "worker"):
        assert running.stop(name) == 0
        records = running.events(name)
        assert records
        assert all({"event", "level", "timestamp"} <= record.keys() for record in records)
        text = running.log(name)
        bodies = [seed.item.body_text[:60] for seed in server.items if seed.item.body_text]
        assert not any(body in text for body in bodies)
    parsed = [record for record in running.events("worker") if record["event"] == "items_parsed"]
    assert all(record["task_id"] and record["attempt"] == 1 for record in parsed)
    assert sum(record["published"] for record in parsed) >= len(server.items)


def test_a_feed_that_fails_costs_no_other_feed(running, server, store, wait_for):
    store.inbox.put(json.dumps({"feed": f"{server.base_url}/nothing.xml", "interval_s": 60}))
    broken = f"{server.base_url}/nothing.xml"
    wait_for(lambda: len(events(store, "items")) >= len(server.items))
    feed = wait_for(lambda: next((feed for feed in store.feeds.all() if feed.url == broken), None))
    state = wait_for(lambda: (found := store.feeds.state(feed.id)).failures and found)
    assert (state.status, state.error is not None) == (404, True)
