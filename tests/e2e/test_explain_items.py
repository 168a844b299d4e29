"""`copytaster explain` and the history of items, on a real store and a real archive."""

import json

import pytest
from click.testing import CliRunner

from worker.archive import open_archive
from worker.archive.writer import write_events
from worker.cli.explain import explain
from worker.cli.item_search import MOST
from worker.model import Event, Feed, ParsedItem, PollRecord, feed_id
from worker.model.codec import load
from worker.settings import Settings

pytestmark = pytest.mark.e2e

FEED = "https://wire.example/rss"
URI = "https://wire.example/1"
ITEM = {
    "uri": URI,
    "version": "1",
    "headline": "Harbour to open before the thaw",
    "link": "https://wire.example/1.html",
    "body_text": 'OSLO, May 1. /NTB/. The harbour opens early. "The ice is thin," Ada Moe said.',
    "versioncreated": "2026-05-01T08:00:00Z",
}


def item(**members):
    return ITEM | members


@pytest.fixture
def told(world, broker_url, tmp_path):
    """Return the output of `explain` for the words, as JSON or as text."""

    def call(*words, page=False, archive="off", code=0):
        settings = Settings(
            redis_url=broker_url,
            prefix=world.store.prefix,
            archive=archive,
            data_dir=str(tmp_path),
        )
        args = [*words] if page else [*words, "--json"]
        done = CliRunner().invoke(explain, args, obj=settings)
        assert done.exit_code == code, done.output
        return done.stdout if page else json.loads(done.stdout or "null")

    return call


def steps(answer):
    return [step["what"] for step in answer["history"]]


def test_the_history_of_an_item_from_publisher_to_desks(world, told):
    world.put(item())
    world.work(2)
    answer = told(URI)
    assert answer["version"] == "1"
    assert steps(answer)[0] == "written"
    assert answer["history"][0]["at"] == "2026-05-01T08:00:00Z"
    assert set(steps(answer)) == {"written", "admitted", "parsed", "published", "copied"}
    published = [step for step in answer["history"] if step["what"] == "published"]
    assert {step["desk"] for step in published} == {"items", "quotes"}
    entries = {(entry.entry_id, entry.id) for entry in world.store.desks.read("items")}
    assert {(one["entry_id"], one["event_id"]) for one in published} & entries == entries
    times = [step["at"] for step in answer["history"]]
    assert times == sorted(times)


@pytest.mark.parametrize(
    "words",
    [
        (URI,),
        ("https://wire.example/1.html",),
        ("/1",),
        ("HARBOUR", "thaw"),
        ("open before the",),
    ],
)
def test_an_item_is_found_by_uri_link_path_and_words(world, told, words):
    world.put(item())
    world.put(item(uri="urn:2", headline="Bridge to close", link="https://wire.example/2.html"))
    world.work(2)
    assert told(*words)["uri"] == URI


def test_an_item_is_found_by_the_id_of_any_of_its_events(world, told):
    world.put(item())
    world.work(2)
    for desk in ("items", "quotes"):
        for entry in world.store.desks.read(desk):
            assert told(entry.id)["uri"] == URI


def test_of_several_items_a_short_list_is_shown(world, told):
    for number in range(3):
        world.put(
            item(uri=f"urn:{number}", headline=f"Harbour {number}", body_text=f"No. {number}")
        )
    world.work(2)
    answer = told("harbour")
    assert [match["uri"] for match in answer["matches"]] == ["urn:2", "urn:1", "urn:0"]
    page = told("harbour", page=True)
    assert "3 items match; give the uri of one of them" in page
    assert "urn:1" in page


def test_a_long_list_says_that_there_is_more(world, told):
    for number in range(MOST + 5):
        world.put(
            item(uri=f"urn:{number}", headline=f"Harbour {number}", body_text=f"No. {number}")
        )
    world.work(3)
    assert len(told("harbour")["matches"]) == MOST
    assert f"{MOST} items match, and more;" in told("harbour", page=True)


def test_all_versions_and_the_kill_that_withdrew_them(world, told):
    world.put(item())
    world.work(2)
    world.put(item(version="2", body_text="OSLO, May 1. /NTB/. The harbour is open."))
    world.work(2)
    world.put(item(version="3", pubstatus="canceled"))
    world.work(2)
    answer = told(URI)
    versions = [step["version"] for step in answer["history"] if step["what"] == "published"]
    assert {"1", "2"} == set(versions)
    kills = [step for step in answer["history"] if step["what"] == "withdrawn"]
    assert {step["desk"] for step in kills} == {"items", "quotes"}
    assert kills[0]["detail"] == "by a kill under its own uri"


def test_the_poll_that_brought_an_item(store, world, told):
    feed = Feed(id=feed_id(FEED), url=FEED, name="Wire")
    store.feeds.add([feed])
    from worker.model import FeedState, NewsItem
    from worker.polling.admission import request_admission

    (claim,) = store.polls.claim_due(1, 60)
    lease = store.polls.open(claim, 60).lease
    news = NewsItem(uri=URI, version="7", headline="Harbour", body_text="All is calm.")
    admission = store.polls.admit(lease, request_admission([news]))
    now = int(store._server.call("TIME")[0])
    record = PollRecord(at=now, status=200, new=1)
    assert store.polls.finish(lease, FeedState(), None, record, admission=admission)
    assert told(URI)["admitted"] == "7"
    world.work(2)
    answer = told(URI)
    (poll,) = [step for step in answer["history"] if step["what"] == "polled"]
    assert poll["detail"] == f"Wire ({feed.id}): HTTP 200, 1 new"
    page = told(URI, page=True)
    assert "on feed" in page
    assert "polled" in page


def archived(world, tmp_path):
    """Put the events of the desk `items` into an archive; return its URL."""
    url = f"sqlite:///{tmp_path}/past.db"
    archive = open_archive(url)
    events = [load(Event, entry.body) for entry in world.store.desks.read("items")]
    with archive.write() as connection:
        write_events(connection, [(event, load(ParsedItem, bytes(event.data))) for event in events])
    archive.close()
    return url, events[0].id


def test_what_the_desks_have_forgotten_is_in_the_archive(world, told, tmp_path):
    world.put(item())
    world.work(2)
    url, event_id = archived(world, tmp_path)
    assert "archived" not in steps(told(URI, archive=url))  # its events are on the desks
    world.client.delete(world.key("desk:items"), world.key("desk:quotes"))
    for words in (("harbour", "thaw"), (ITEM["link"],), (event_id,), (URI,)):
        answer = told(*words, archive=url)
        assert answer["uri"] == URI
        (step,) = [step for step in answer["history"] if step["what"] == "archived"]
        assert (step["event_id"], step["version"], step["detail"]) == (
            event_id,
            "1",
            "item.created",
        )


@pytest.mark.parametrize("archive", ["sqlite:///{}/none.db", "postgresql://ada:hush@127.0.0.1:9/w"])
def test_an_archive_that_is_away_costs_no_answer(world, told, tmp_path, archive):
    world.put(item())
    world.work(2)
    assert told("harbour", archive=archive.format(tmp_path))["uri"] == URI
    assert not (tmp_path / "none.db").exists()


def test_an_archive_without_tables_is_an_empty_one(world, told, tmp_path):
    (tmp_path / "past.db").touch()
    world.put(item())
    world.work(2)
    assert told("harbour", archive=f"sqlite:///{tmp_path}/past.db")["uri"] == URI


def test_entries_that_are_no_events_are_passed_over(world, told):
    world.put(item())
    world.work(2)
    for body in ("nope", "[]", json.dumps({"data": URI}), "\udcff"):
        raw = body.encode("utf-8", "surrogateescape")
        world.client.xadd(world.key("desk:items"), {"event": raw, "id": "1"})
    assert told("harbour")["uri"] == URI
    assert steps(told(URI)).count("published") == 2


@pytest.mark.parametrize(
    "words", ["nobody knows", '"', "-", "no-such' OR 1=1 --", "x" * 32, "-not"]
)
def test_words_that_fit_nothing(world, told, tmp_path, words):
    world.put(item())
    world.work(2)
    url, _ = archived(world, tmp_path)
    told("--", words, archive=url, code=1) if words.startswith("-") else told(
        words, archive=url, code=1
    )
