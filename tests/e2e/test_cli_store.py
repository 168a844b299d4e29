"""The verbs that work with a store, against a real server."""

import datetime
import json
import os
import signal
import subprocess
import sys
import threading
import time

import msgspec
import pytest
import redis
from click.testing import CliRunner

from worker.app import make_app
from worker.broker.embedded import open_broker
from worker.cli.dead import dead
from worker.cli.desks import desks
from worker.cli.explain import explain
from worker.cli.feeds import feeds
from worker.cli.ingest import ingest
from worker.cli.status import status
from worker.cli.store import last_events, open_cli_store
from worker.cli.tail import tail
from worker.desks import DEFAULT_DESKS, Desk, Shape, events_for
from worker.dispatch import Batch, TaskSender
from worker.errors import SettingsError
from worker.inbox.messages import read_message
from worker.model import Event, Feed, FeedState, NewsItem, PollRecord, feed_id
from worker.model.codec import dump, load
from worker.model.inbox import DeadLetter, DoorDecision
from worker.model.publishing import Publication, PublishRequest
from worker.parse import annotate
from worker.polling.admission import request_admission
from worker.settings import Settings
from worker.store.store import RedisStore

pytestmark = pytest.mark.e2e

TEXT = """Harbour to open before the thaw

KIEV, January 12. /TASS/. The harbour will open early, said Ada Marlow, the mayor of Lviv.

"The ice is thin, and the ships are ready," Marlow noted.
"""
URL = "https://example.org/feed.xml"


@pytest.fixture
def settings(broker_url, prefix):
    return Settings(redis_url=broker_url, prefix=prefix)


@pytest.fixture
def store(settings):
    opened = RedisStore(settings.redis_url, prefix=settings.prefix)
    yield opened
    opened.close()


@pytest.fixture
def run(settings):
    def call(verb, *args, stdin=None, **changed):
        known = {"redis_url": settings.redis_url, "prefix": settings.prefix, "archive": "off"}
        changed = known | changed
        obj = Settings(**changed)
        return CliRunner().invoke(verb, list(args), input=stdin, obj=obj)

    return call


def said(result):
    """What it printed, once it has ended well."""
    assert (result.exit_code, result.exception) == (0, None), result.output
    return result.stdout


def begin(store):
    """All that is to be done, in which a worker begins: what is at the doors is let in."""
    messages, _ = store.inbox.read_doors(1000, 1 << 20)
    words = {"inbox": "work", "inbox:urgent": "urgent"}
    store.inbox.enter([DoorDecision(message=one, word=words[one.door]) for one in messages])
    taken = store.inbox.take_work(1000, 60_000)
    return [entry for one in taken for entry in store.inbox.begin(one.stream, [one.id])]


def publish(store, *texts, configured=DEFAULT_DESKS):
    """What a worker does with the messages on the inbox, for these texts."""
    now = datetime.datetime.now(datetime.UTC)
    for text in texts:
        store.inbox.put(json.dumps({"text": text}))
    for entry in begin(store):
        item = read_message(entry.fields, limit_bytes=1 << 20)
        events = events_for(annotate(item), configured, None, now)
        store.publications.publish(
            [
                PublishRequest(
                    entry=entry,
                    uri=item.uri,
                    version=item.version,
                    expected=None,
                    publications=tuple(
                        Publication(desk=desk.name, id=event.id, type=event.type, body=dump(event))
                        for desk, event in events
                    ),
                )
            ]
        )


def bury(store, *reasons):
    for reason in reasons:
        store.inbox.put('{"text": "a"}')
        [entry] = begin(store)
        letter = DeadLetter(
            reason=reason,
            kind="message",
            attempts=1,
            payload=entry.fields["message"],
            stream=entry.stream,
        )
        store.inbox.reject(entry, letter)


def waiting(store):
    return [json.loads(entry.fields["message"]) for entry in begin(store)]


# ingest


def test_a_text_file_goes_on_the_inbox_as_a_text(run, store, tmp_path):
    path = tmp_path / "item.txt"
    path.write_text(TEXT, encoding="utf-8")
    printed = said(
        run(ingest, str(path), "--source", "me", "--published", "2026-01-12", "--urgency", "3")
    )
    [message], _ = store.inbox.read_doors(10, 1 << 20)
    assert printed == f"{message.id}\n"
    assert json.loads(message.fields.pop("message")) == {"text": TEXT}
    assert message.fields == {"source": "me", "published": "2026-01-12", "urgency": "3"}


def test_a_url_goes_on_the_inbox_as_a_feed(run, store):
    said(run(ingest, URL))
    assert waiting(store) == [{"feed": URL}]


def test_a_json_file_and_json_on_standard_input_go_as_they_are(run, store, tmp_path):
    path = tmp_path / "item.json"
    path.write_text('{"uri": "urn:x", "headline": "Port opens"}')
    said(run(ingest, str(path)))
    said(run(ingest, "-", stdin=' {"feed": "https://example.org/"}'))
    said(run(ingest, "-", stdin="Port opens. [sic]"))
    assert waiting(store) == [
        {"uri": "urn:x", "headline": "Port opens"},
        {"feed": "https://example.org/"},
        {"text": "Port opens. [sic]"},
    ]


def test_urgent_goes_on_the_inbox_that_is_read_first(run, store):
    said(run(ingest, "-", stdin="second"))
    said(run(ingest, "-", "--urgent", stdin="first"))
    assert waiting(store) == [{"text": "first"}, {"text": "second"}]


def test_json_lines_go_one_by_one_and_a_bad_one_stops_nothing(run, store, tmp_path):
    path = tmp_path / "items.jsonl"
    path.write_text('{"text": "one"}\n\nnope\n{"text": 2}\n{"text": "three"}\n')
    result = run(ingest, str(path), "--json")
    assert result.exit_code == 1
    assert [json.loads(line)["line"] for line in result.stdout.splitlines()] == [1, 5]
    third, *others = result.stderr.splitlines()
    assert third.startswith(f"copytaster: {path}, line 3: not JSON: ")
    assert others == [
        f"copytaster: {path}, line 4: Expected `str`, got `int` - at `$.text`",
        "copytaster: 2 of 4 messages were refused",
    ]
    assert waiting(store) == [{"text": "one"}, {"text": "three"}]


@pytest.mark.parametrize("stdin", ['{"text": ""}', '{"body": "a"}', "{nope"])
def test_what_no_worker_could_read_is_not_sent(run, store, stdin):
    result = run(ingest, "-", stdin=stdin)
    assert result.exit_code == 1
    assert result.stderr.startswith("copytaster: standard input: ")
    assert result.stderr.count("\n") == 1
    assert waiting(store) == []


def test_a_published_that_is_no_date_is_not_sent(run, store):
    result = run(ingest, "-", "--published", "soon", stdin="a")
    assert result.exit_code == 1
    assert result.stderr.startswith("copytaster: standard input: `published` is neither a date")
    assert waiting(store) == []


def test_a_file_over_the_limit_is_not_sent(run, store, tmp_path):
    path = tmp_path / "item.txt"
    path.write_text("a" * 2000)
    result = run(ingest, str(path), message_limit_bytes=1024)
    assert result.stderr == (
        f"copytaster: {path} is larger than 1,024 bytes (COPYTASTER_MESSAGE_LIMIT_BYTES)\n"
    )


def test_a_feed_has_no_publication_date(run):
    assert run(ingest, URL, "--published", "2026-01-12").exit_code == 2


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        (ingest, ["https://example.org/\udcff"]),
        (ingest, ["-", "--source", "\udcff"]),
        (feeds, ["add", "https://example.org/\udcff"]),
        (feeds, ["show", "\udcff"]),
    ],
)
def test_an_argument_that_is_not_utf8_is_a_wrong_call(run, verb, args):
    result = run(verb, *args, stdin="a")
    assert result.exit_code == 2
    assert "is not UTF-8" in result.stderr


# tail and desks


def test_tail_prints_events_as_they_stand_and_ends_after_a_count(run, store):
    publish(store, "Port opens\n\nAll is calm.", TEXT)
    lines = said(run(tail, "items", "--from", "0", "-n", "2", "--json")).splitlines()
    assert [load(Event, line).type for line in lines] == ["copytaster.item.created"] * 2
    [last] = said(run(tail, "items", "--last", "1", "-n", "1", "--json")).splitlines()
    assert last == lines[1]


def test_tail_begins_after_an_entry(run, store):
    publish(store, "One.", "Two.")
    first, second = store.desks.read("items")
    line = said(run(tail, "items", "--from", first.entry_id, "-n", "1", "--json"))
    assert line.encode().strip() == second.body


def test_tail_shows_items_and_quotes_to_people(run, store):
    publish(store, TEXT)
    page = said(run(tail, "items", "--from", "0", "-n", "1"))
    assert page.startswith("Harbour to open before the thaw\n  KIEV (UA")
    page = said(run(tail, "quotes", "--from", "0", "-n", "1"))
    assert "The ice is thin" in page


def test_tail_shows_what_is_none_of_our_events_and_goes_on(run, store, settings):
    publish(store, "One.")
    store._server.call("XADD", f"{settings.prefix}:desk:items", "*", "event", "nope", "id", "1")
    page = said(run(tail, "items", "--from", "0", "-n", "2"))
    assert "is not a valid event" in page


def test_a_desk_that_is_not_there_is_answered_with_those_that_are(run):
    result = run(tail, "itmes")
    assert result.exit_code == 1
    assert result.stderr == "copytaster: no desk 'itmes'; there are: alerts, items, quotes\n"


@pytest.mark.parametrize("args", [["--from", "x"], ["--from", "0", "--last", "1"], ["-n", "0"]])
def test_a_start_that_is_none_is_a_wrong_call(run, args):
    assert run(tail, "items", *args).exit_code == 2


def test_tail_follows_what_comes_and_ctrl_c_ends_it_with_130(store, settings):
    environ = os.environ | {
        "COPYTASTER_REDIS_URL": settings.redis_url,
        "COPYTASTER_PREFIX": settings.prefix,
    }
    command = [sys.executable, "-m", "worker.cli", "tail", "items", "--json"]
    publish(store, "This was before.")
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        # A test that waits for a line for ever would stop the whole run.
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        _wait_for_a_reader(store)
        publish(store, "This comes now.")
        event = load(Event, process.stdout.readline())
        assert json.loads(bytes(event.data))["item"]["body_text"] == "This comes now."
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        watchdog.cancel()
        assert (process.stdout.read(), process.stderr.read()) == (b"", b"")


def _wait_for_a_reader(store):
    give_up = time.monotonic() + 30
    # The server's clients are those of other tests too, but none of them waits.
    while b"blocked_clients:0" in store._server.call("INFO", "clients"):
        assert time.monotonic() < give_up, "no reader came"
        time.sleep(0.02)


def test_desks_are_listed_with_what_they_ask_for_and_hold(run, store, tmp_path):
    publish(store, "One.")
    path = tmp_path / "desks.toml"
    path.write_text(
        '[[desk]]\nname = "ua"\nmatch = { places = ["UA"], urgency_max = 5 }\n'
        '[[desk]]\nname = "items"\n'
    )
    table = said(run(desks, "list", desks=str(path)))
    assert [line.split() for line in table.splitlines()[2:]] == [
        ["ua", "item", "places:", "UA;", "urgency_max:", "5", "redis-stream", "0"],
        ["items", "item", "everything", "redis-stream", "1"],
    ]
    lines = said(run(desks, "list", "--json", desks=str(path))).splitlines()
    assert [(json.loads(line)["name"], json.loads(line)["length"]) for line in lines] == [
        ("ua", 0),
        ("items", 1),
    ]


def test_desks_are_tried_out_on_the_last_items(run, store, tmp_path):
    path = tmp_path / "desks.toml"
    path.write_text(
        '[[desk]]\nname = "ice"\nmatch = { text = ["the ice"], places = ["UA"] }\n'
        '[[desk]]\nname = "said"\nmatch = { speakers = ["Marlow"] }\n'
        '[[desk]]\nname = "all"\n'
    )
    publish(store, TEXT, "All is calm on the icefield.", "Nothing new.")
    ice = (
        "ice would take 1 of the last 3 items\n"
        "  takes  Harbour to open before the thaw\n"
        "         places: UA; text: the ice\n"
    )
    assert said(run(desks, "test", "ice", desks=str(path))) == ice
    assert said(run(desks, "test", "--file", str(path))) == (
        f"{ice}"
        "said would take 0 of the last 3 items\n"
        "  near   Harbour to open before the thaw\n"
        "         not speakers: Marlow (it has Ada Marlow)\n"
        "all would take 3 of the last 3 items\n"
        "  it takes everything\n"
    )
    lines = said(run(desks, "test", "ice", "--last", "2", "--json", desks=str(path))).splitlines()
    tried = [json.loads(line) for line in lines]
    assert [(one["desk"], one["takes"], one["near"]) for one in tried] == [
        ("ice", False, False)
    ] * 2
    assert tried[0]["checks"] == [
        {"condition": "places", "asked": ["UA"], "found": [], "word": None, "close": False},
        {
            "condition": "text",
            "asked": ["the ice"],
            "found": ["the ice"],
            "word": None,
            "close": True,
        },
    ]
    assert run(desks, "test", "items", desks=str(path)).exit_code == 1


def test_many_near_misses_are_cut_to_the_last_ones(run, store, tmp_path):
    path = tmp_path / "desks.toml"
    path.write_text('[[desk]]\nname = "port"\nmatch = { text = ["port"] }\n')
    publish(store, *(f"A report of day {number}." for number in range(13)))
    lines = said(run(desks, "test", "--file", str(path))).splitlines()
    assert lines[:3] == [
        "port would take 0 of the last 13 items",
        "  near   A report of day 3.",
        "         not text: port (inside longer words: port)",
    ]
    assert lines[-1] == "  and 3 earlier near misses"


def test_desks_cannot_be_tried_without_items_or_with_a_wrong_file(run, tmp_path):
    assert said(run(desks, "test")) == "the desk `items` holds no items to test with\n"
    result = run(desks, "test", "--file", str(tmp_path / "none.toml"))
    assert isinstance(result.exception, SettingsError)


def test_events_of_every_shape_are_shown_by_tail(run, store, tmp_path):
    shapes = [Desk(name=shape.value, shape=shape) for shape in Shape]
    publish(store, TEXT, configured=shapes)
    assert said(run(tail, "entities", "--last", "1", "-n", "1")).splitlines()[:1] == [
        "Harbour to open before the thaw"
    ]
    assert "Ada Marlow (PERSON, 2)" in said(run(tail, "entities", "--last", "1", "-n", "1"))
    page = said(run(tail, "ninjs", "--last", "1", "-n", "1"))
    assert "Harbour to open before the thaw" in page
    assert "usable · urgency 5\n  urn:copytaster:text:" in page


@pytest.mark.parametrize("count", [1, 3, 5, 9])
def test_the_last_events_are_the_newest_oldest_first(store, count):
    publish(store, *(f"Item {number}." for number in range(5)))
    everything = store.desks.read("items")
    assert last_events(store, "items", count) == everything[-count:]


def test_a_desk_without_events_has_no_last_ones(store):
    assert last_events(store, "items", 3) == ()


# feeds


def test_a_feed_is_added_shown_polled_and_removed(run, store):
    known = feed_id(URL)
    assert said(run(feeds, "add", URL, "--name", "Wire", "--agency", "TASS", "--anyway")) == (
        f"{known} added: {URL}\n"
    )
    assert said(run(feeds, "add", URL, "--interval-s", "60")) == f"{known} changed: {URL}\n"
    shown = json.loads(said(run(feeds, "show", known, "--json")))
    assert shown == {
        "id": known,
        "url": URL,
        "name": "Wire",
        "agency": "TASS",
        "interval_s": 60,
        "state": {},
    }
    assert f"url         {URL}" in said(run(feeds, "show", URL))
    assert json.loads(said(run(feeds, "list", "--json"))) == shown
    assert said(run(feeds, "list")).splitlines()[2].split() == [
        known, "Wire", "TASS", "now", "not", "polled", "yet", "0",
    ]  # fmt: skip
    soon = datetime.datetime(2026, 1, 12, 12, 0, 5, tzinfo=datetime.UTC)
    (claim,) = store.polls.claim_due(1, 60)
    lease = store.polls.open(claim, 60).lease
    store.polls.finish(lease, FeedState(failures=2, error=f"{URL}: HTTP 404", polled_at=soon), soon)
    assert "HTTP 404 (2 in a row)" in said(run(feeds, "list"))
    assert "interval_s now" not in said(run(feeds, "show", URL))
    assert URL not in said(run(feeds, "list"))
    assert "polled_at   2026-01-12 12:00:05 UTC" in said(run(feeds, "show", URL))
    assert said(run(feeds, "poll", URL)) == f"{known} is due now: {URL}\n"
    assert said(run(feeds, "remove", known)) == f"{known} removed: {URL}\n"
    assert store.feeds.get(known) is None


def test_a_feed_is_paused_and_resumed(run, store):
    known = feed_id(URL)
    polled(store, STATE)
    assert said(run(feeds, "pause", URL)) == f"{known} is paused: {URL}\n"
    assert "never: paused" in said(run(feeds, "list"))
    assert " paused yes " in " ".join(said(run(feeds, "show", URL)).split())
    assert "never: paused: a person paused it" in said(run(explain, URL))
    assert "1  feed paused" in said(run(status))
    for verb, args in ((feeds, ["list"]), (feeds, ["show", URL]), (explain, [URL])):
        assert json.loads(said(run(verb, *args, "--json")))["paused"] is True
    result = run(feeds, "poll", URL)
    assert (result.exit_code, result.stderr) == (
        1,
        f"copytaster: {known} is paused; `copytaster feeds resume {known}` first\n",
    )
    assert said(run(feeds, "resume", known)) == f"{known} is polled again: {URL}\n"
    assert "in 60 min" in said(run(feeds, "list"))
    assert "paused" not in said(run(feeds, "show", URL)) + said(run(status))
    again = run(feeds, "resume", known)
    assert (again.exit_code, again.stderr) == (1, f"copytaster: {known} is not paused\n")


@pytest.mark.parametrize("verb", ["show", "poll", "pause", "resume", "remove"])
def test_a_feed_that_is_not_there_is_one_line(run, verb):
    result = run(feeds, verb, "https://nowhere.example/")
    assert result.exit_code == 1
    assert result.stderr == (
        "copytaster: no feed 'https://nowhere.example/'; `copytaster feeds list` lists them\n"
    )


def test_what_is_no_web_address_is_no_feed(run, store):
    result = run(feeds, "add", "example.org/feed")
    assert str(result.exception) == "`feed` is not an http or https URL: 'example.org/feed'"
    assert list(store.feeds.all()) == []


def test_a_list_without_a_feed_that_can_be_read_is_a_failure(run, store, tmp_path):
    path = tmp_path / "broken.opml"
    path.write_text('<opml version="2.0"><body><outline xmlUrl="https://example.org/a"')
    result = run(feeds, "import", str(path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"copytaster: {path}: no feed can be read: not well-formed")
    path.write_text(f'<opml version="2.0"><body><outline xmlUrl="{URL}"/><outline xmlUrl="b"')
    result = run(feeds, "import", str(path))
    assert (result.exit_code, result.stdout) == (0, "1 feed read, 1 of them new\n")
    path.write_text('<opml version="2.0"><body/></opml>')
    assert said(run(feeds, "import", str(path))) == "0 feeds read, 0 of them new\n"


def test_a_wait_that_is_longer_than_the_interval_is_explained(run, store):
    for interval_s, ending in ((1900, "to spread the polls"), (3700, "3700")):
        now = datetime.datetime.now(datetime.UTC)
        polled(store, FeedState(polled_at=now, interval_s=interval_s))  # due in an hour
        lines = said(run(feeds, "show", URL)).splitlines()
        (line,) = (line.strip() for line in lines if line.startswith("interval_s now"))
        assert line.startswith(f"interval_s now  {interval_s}")
        assert line.endswith(ending)


def test_a_feeds_file_is_imported_once_however_often(run, store, tmp_path):
    path = tmp_path / "feeds.toml"
    path.write_text(f'[[feed]]\nurl = "{URL}"\n[[feed]]\nurl = "https://example.org/b"\n')
    assert said(run(feeds, "import", str(path))) == "2 feeds read, 2 of them new\n"
    assert said(run(feeds, "import", str(path))) == "2 feeds read, 0 of them new\n"
    assert {feed.url for feed in store.feeds.all()} == {URL, "https://example.org/b"}


def test_a_feeds_file_that_is_wrong_adds_nothing(run, store, tmp_path):
    path = tmp_path / "feeds.toml"
    path.write_text(f'[[feed]]\nurl = "{URL}"\n[[feed]]\nurl = "nope"\n')
    assert isinstance(run(feeds, "import", str(path)).exception, SettingsError)
    assert list(store.feeds.all()) == []


def test_no_feeds_say_how_to_add_one(run):
    assert said(run(feeds, "list")) == (
        "no feeds yet; `copytaster feeds add URL`, or `copytaster feeds suggest`\n"
    )


def test_suggested_feeds_are_shown_with_their_terms_and_added_by_name(run, store):
    shown = said(run(feeds, "suggest"))
    for words in ("Ukrinform (Ukrinform, en)", "  https://tass.com/rss/v2.xml\n", "  terms: "):
        assert words in shown
    known = [json.loads(line) for line in said(run(feeds, "suggest", "--json")).splitlines()]
    assert all(one["terms"] and one["url"].startswith("https://") for one in known)
    assert list(store.feeds.all()) == []
    assert said(run(feeds, "import", "ukrinform", "TASS, Russian")) == (
        "2 feeds read, 2 of them new\n"
    )
    assert {feed.name for feed in store.feeds.all()} == {"Ukrinform", "TASS, Russian"}
    assert said(run(feeds, "import", "all")) == (
        f"{len(known)} feeds read, {len(known) - 2} of them new\n"
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Ukrinfrom", "did you mean 'Ukrinform'?"),
        ("x", "`copytaster feeds suggest` lists the names"),
    ],
)
def test_a_feed_that_nobody_suggests_is_one_line(run, store, name, hint):
    result = run(feeds, "import", name)
    assert (result.exit_code, result.stderr) == (
        1,
        f"copytaster: {name}: neither a file nor a suggested feed; {hint}\n",
    )
    assert list(store.feeds.all()) == []


# dead letters


def test_dead_letters_are_listed_newest_first_and_shown_whole(run, store):
    bury(store, "first \x1b[31mreason", "second reason")
    lines = said(run(dead, "list", "--json")).splitlines()
    letters = [json.loads(line) for line in lines]
    assert [letter["reason"] for letter in letters] == ["second reason", "first \x1b[31mreason"]
    page = said(run(dead, "list"))
    assert "second reason" in page
    assert "\x1b" not in page
    assert "the newest 1 of 2" in said(run(dead, "list", "--limit", "1"))
    page = said(run(dead, "show", letters[0]["id"]))
    assert "second reason" in page
    assert '{"text": "a"}' in page
    assert json.loads(said(run(dead, "show", letters[0]["id"], "--json"))) == letters[0]


def test_a_letter_is_sent_again(run, store):
    bury(store, "one", "two")
    newest, _ = store.dead_letters.list()
    assert said(run(dead, "retry", newest.id)) == "1 back on the inbox\n"
    assert waiting(store) == [{"text": "a"}]
    assert [letter.reason for letter in store.dead_letters.list()] == ["one"]


def test_all_letters_are_sent_again_or_dropped(run, store):
    bury(store, "one", "two")
    assert said(run(dead, "retry", "--all")) == "2 back on the inbox\n"
    assert len(waiting(store)) == 2
    bury(store, "three", "four", "five")
    assert said(run(dead, "drop", "--all")) == "3 dropped\n"
    assert said(run(dead, "list")) == "no dead letters\n"
    assert said(run(dead, "drop", "--all")) == "0 dropped\n"


def test_a_letter_that_is_too_old_or_was_cut_stays_with_a_reason(run, store):
    def put(*words):
        return store.dead_letters._server.call(
            "XADD", f"{store.prefix}:dead", "*", "payload", '{"text": "a"}', "kind", "k", *words
        ).decode()

    old, cut = put("retry_of", "1-1"), put("cut", "9")
    for letter_id, reason in ((old, "so long ago that kills"), (cut, "too long to be kept whole")):
        result = run(dead, "retry", letter_id)
        assert (result.exit_code, waiting(store)) == (1, [])
        assert result.stderr.startswith(f"copytaster: {letter_id}: ")
        assert reason in result.stderr
    result = run(dead, "retry", "--all")
    assert (result.exit_code, result.stdout) == (0, "0 back on the inbox\n")
    assert len(result.stderr.splitlines()) == 2
    assert said(run(dead, "retry", "--late", old)) == "1 back on the inbox\n"


@pytest.mark.parametrize("letter_id", ["1-1", "nope"])
@pytest.mark.parametrize("verb", ["show", "retry", "drop"])
def test_a_letter_that_is_not_there_is_one_line(run, verb, letter_id):
    result = run(dead, verb, letter_id)
    assert result.exit_code == 1
    assert (
        result.stderr
        == f"copytaster: no dead letter {letter_id!r}; `copytaster dead list` lists them\n"
    )


@pytest.mark.parametrize("args", [["retry"], ["drop"], ["drop", "1-1", "--all"]])
def test_one_letter_or_all_must_be_said(run, args):
    assert run(dead, *args).exit_code == 2


# explain


def polled(store, state, record=None):
    store.feeds.add([Feed(id=feed_id(URL), url=URL, name="Wire")])
    store.feeds.poll_now(feed_id(URL))
    (claim,) = store.polls.claim_due(1, 60)
    lease = store.polls.open(claim, 60).lease
    item = NewsItem(uri="urn:x:1", version="7", body_text="The bridge opens.")
    admission = store.polls.admit(lease, request_admission([item]))
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1, seconds=30)
    state = msgspec.structs.replace(state, due_at=soon)
    assert store.polls.finish(lease, state, soon, record, admission=admission)


STATE = FeedState(
    polled_at=datetime.datetime(2026, 1, 12, 12, tzinfo=datetime.UTC),
    status=200,
    why="pace",
    pace_s=3600,
    etag='"1"',
)
RECORD = PollRecord(
    at=1_768_219_200, status=200, new=3, size=45_000, took_ms=210, why="pace", wait_s=3600
)


def test_a_feed_is_explained(run, store):
    polled(store, STATE, RECORD)
    store.hosts.slow_down("example.org", 2, 300)
    page = " ".join(said(run(explain, URL)).split())
    for words in (
        "next in 60 min: the feed's own ttl or sy:updatePeriod asks for 3600 s",
        "publisher ttl or sy:updatePeriod: 3600 s; gave an ETag",
        "asked us to wait, 5 min more, 2 strikes",
        "2026-01-12 12:00:00 HTTP 200 3 45,000 0.2 s 60 min pace",
    ):
        assert words in page
    told = json.loads(said(run(explain, feed_id(URL), "--json")))
    assert told["explained"]["health"] == []
    assert told["history"] == [
        {
            "at": "2026-01-12T12:00:00Z",
            "status": 200,
            "code": None,
            "new": 3,
            "bytes": 45_000,
            "seconds": 0.21,
            "why": "pace",
            "wait_s": 3600,
        }
    ]
    shown = json.loads(said(run(feeds, "show", URL, "--json")))
    assert shown["history"] == told["history"]
    assert "2026-01-12 12:00:00" in said(run(feeds, "show", URL))


def test_an_item_is_explained_from_inbox_to_dead_letter(run, store):
    polled(store, STATE)
    page = said(run(explain, "urn:x:1"))
    assert "in progress  version 7, which a poll put on a work stream" in page
    assert f"on feed      Wire ({feed_id(URL)})" in page
    (entry,) = begin(store)
    store.inbox.reject(
        entry, DeadLetter(reason="too deep", kind="x", attempts=1, payload="", item="urn:x:1")
    )
    told = json.loads(said(run(explain, "urn:x:1", "--json")))
    assert (told["admitted"], told["version"]) == ("7", None)
    assert [letter["reason"] for letter in told["dead_letters"]] == ["too deep"]


def test_what_nobody_knows_is_not_explained(run):
    result = run(explain, "urn:nobody")
    assert result.exit_code == 1
    assert result.stderr == ("copytaster: neither a feed nor a remembered item: 'urn:nobody'\n")


# status


def test_status_counts_what_is_where(run, store):
    publish(store, TEXT)
    bury(store, "one")
    store.inbox.put('{"text": "b"}')
    said(run(feeds, "add", URL, "--anyway"))
    counts = json.loads(said(run(status, "--json")))
    assert counts.pop("broker").startswith("unix://")
    assert counts.items() >= store.stats.sizes().items()
    assert set(counts) - set(store.stats.sizes()) == {
        *("dead_dropped", "inboxes", "late_s", "memory", "pages", "polls", "polls_reason"),
        *("queues", "readers", "retention"),
        "broker_checks",
    }
    page = said(run(status))
    assert "1  feed due now, overdue by up to" in page
    assert "1  dead letter" in page
    assert "items" in page


def test_status_counts_the_feeds_with_which_something_is_the_matter(run, store):
    assert "fail" not in said(run(status))
    polled(store, FeedState(failures=1, url="https://new.example/"))
    page = said(run(status))
    assert ("1  feed failing" in page, "1  feed moved" in page) == (True, True)
    assert json.loads(said(run(status, "--json")))["failing"] == 1


def test_status_shows_what_waits_on_each_way_and_how_far_each_reader_is(run, store, settings):
    publish(store, TEXT)
    store.inbox.put('{"text": "b"}', urgent=True)
    store.desks.lease("items", "token")
    store.desks.take("items", "token")
    TaskSender(settings, make_app(settings)).parse(Batch(stream="work", ids=("1-1",)))
    counts = json.loads(said(run(status, "--json")))
    oldest = counts["inboxes"]["inbox:urgent"]
    assert (oldest["waiting"], oldest["at_work"], oldest["oldest_s"] >= 0) == (1, 0, True)
    assert counts["queues"] == {
        "urgent": {"waiting": 0, "unacknowledged": 0},
        "parse": {"waiting": 1, "unacknowledged": 0},
        "poll": {"waiting": 0, "unacknowledged": 0},
    }
    assert counts["readers"] == [
        {
            "desk": "items",
            "reader": "relay",
            "behind": 0,
            "unconfirmed": 1,
            "lost": 0,
            "lost_s": None,
        }
    ]
    page = [line.split() for line in said(run(status)).splitlines()]
    assert ["tasks", "parse", "1", "0"] in page
    assert ["items", "1", "relay", "0", "1"] in page


def test_status_counts_no_unacknowledged_message_that_it_cannot_read(run, broker_url, prefix):
    unacked = {"1": "garbage", "2": "[1]", "3": '[{}, "", "parse"]', "4": b"\xff"}
    with redis.Redis.from_url(broker_url) as client:
        client.hset(f"{prefix}:celery:unacked", mapping=unacked)
    assert json.loads(said(run(status, "--json")))["queues"]["parse"]["unacknowledged"] == 1


def test_status_shows_no_part_of_a_password_with_spaces(run, broker_url):
    url = f"{broker_url}&username=default&password=correct horse"
    page = said(run(status, redis_url=url))
    assert ("unix://" in page, "horse" in page) == (True, False)


def test_status_says_so_where_celerys_broker_does_not_answer(run):
    away = {"celery_url": "amqp://ada:hush@127.0.0.1:1/"}
    page = said(run(status, **away))
    assert "tasks   Celery's broker does not answer: " in page
    assert "hush" not in page
    assert json.loads(said(run(status, "--json", **away)))["queues"] is None


def test_an_empty_store_has_a_status(run):
    assert "0  feeds" in said(run(status))


# the broker of a data directory


def test_a_running_brokers_data_directory_is_enough(tmp_path):
    with open_broker(tmp_path / "data"):
        settings = Settings(data_dir=str(tmp_path / "data"))
        counts = json.loads(said(CliRunner().invoke(status, ["--json"], obj=settings)))
    assert counts["feeds"] == 0


def test_status_says_where_other_programs_find_the_broker(tmp_path):
    with open_broker(tmp_path / "data") as broker:
        settings = Settings(data_dir=str(tmp_path / "data"))
        page = said(CliRunner().invoke(status, obj=settings))
        shown = "".join(page.partition("\nserver")[0].split()).removeprefix("broker")
        assert redis.Redis.from_url(shown).ping()
    assert shown == f"unix://{broker.socket}?db=0"


def test_no_broker_is_started_where_none_runs(tmp_path):
    data = tmp_path / "data"
    with (
        pytest.raises(SettingsError, match="no service runs in"),
        open_cli_store(Settings(data_dir=str(data))),
    ):
        pass
    assert not data.exists()


def test_a_socket_that_nobody_listens_on_is_no_broker(tmp_path):
    data = tmp_path / "data"
    with open_broker(data) as broker:
        socket = broker.socket
    data.joinpath("broker.socket").write_text(str(socket))
    _leave_dead_socket(socket)
    with (
        pytest.raises(SettingsError, match="no service runs in"),
        open_cli_store(Settings(data_dir=str(data))),
    ):
        pass


def _leave_dead_socket(path):
    import socket

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def test_a_feed_with_full_text_is_added_and_changed(run, store):
    url = "https://wire.example/rss"
    run(feeds, "add", url, "--full-text", "--anyway")
    assert store.feeds.get(feed_id(url)).full_text
    run(feeds, "add", url, "--name", "Wire")
    assert store.feeds.get(feed_id(url)).full_text
    run(feeds, "add", url, "--no-full-text")
    assert not store.feeds.get(feed_id(url)).full_text


def test_pages_that_wait_are_counted(run, store):
    store.inbox.put('{"link": "https://news.example/1"}')
    store.pages.put(*begin(store))

    assert json.loads(said(run(status, "--json")))["pages"] == 1
    assert "1  page to read" in said(run(status))
