"""Pages for operators on a real store: their contents, their actions, and the forms they accept."""

import json
import os
import re
import threading
import time
import warnings
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from msgspec.structs import replace

from worker.desks import DEFAULT_DESKS
from worker.errors import BrokerRefused
from worker.model import Feed, FeedState, PollRecord, Subscription, feed_id
from worker.model.inbox import DeadLetter, DoorDecision
from worker.settings import Settings
from worker.site.app import build_app
from worker.site.context import SiteContext
from worker.store.records import WHOLE_PAYLOAD_BYTES

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Starlette would rather have a client that is not here yet
    from starlette.testclient import TestClient

HOST = "http://127.0.0.1:8080"
NASTY = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
URL = "https://wire.example/rss"


@pytest.fixture
def settings(broker_url, prefix, tmp_path):
    return Settings(redis_url=broker_url, prefix=prefix, data_dir=str(tmp_path), archive="off")


@pytest.fixture
def context(settings, store, clock):
    return SiteContext(
        settings=settings, store=store, archive=None, desks=lambda: DEFAULT_DESKS, now=clock
    )


@pytest.fixture
def client(context):
    """A browser that follows no redirects, so that each answer can be checked."""
    return TestClient(
        build_app(context), base_url=HOST, follow_redirects=False, headers={"accept": "text/html"}
    )


def add(store, url=URL, **said):
    feed = Feed(id=feed_id(url), url=url, **said)
    store.feeds.add([feed])
    return feed


def poll(store, feed, state, due_at=None, record=None):
    """End a poll of a feed, the only one that is due."""
    (claim,) = store.polls.claim_due(1, 60)
    assert claim.subject_id == feed.id
    store.polls.finish(store.polls.open(claim, 60).lease, state, due_at, record)


def bury(store, message="{}", **said):
    store.inbox.put(message)
    (one,), _ = store.inbox.read_doors(1, 1 << 24)
    letter = DeadLetter(
        **{"reason": "not JSON", "kind": "message", "attempts": 0, "payload": ""} | said
    )
    store.inbox.enter([DoorDecision(message=one, word="dead", letter=letter)])
    return store.dead_letters.list(1)[0].id


def shown(answer):
    """The words of a page, without its tags."""
    assert answer.status_code == 200, answer.text
    text = re.sub(r"<(style|head)\b.*?</\1>", "", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def token(client, path="/feeds/add"):
    return re.search(r'name="token" value="([^"]*)"', client.get(path).text)[1]


def act(client, path, **fields):
    return client.post(path, data={"token": token(client), **fields})


def follow(client, answer):
    assert answer.status_code == 303, answer.text
    return shown(client.get(answer.headers["location"]))


# feeds


def test_the_list_says_health_last_answer_next_poll_and_why(client, store, clock):
    feed = add(store, name="Wire", agency="TASS")
    at = clock.now
    state = FeedState(
        status=503, failures=4, error=f"{URL}: HTTP 503", code="http", why="back_off",
        polled_at=at - timedelta(minutes=12), due_at=at + timedelta(hours=2),
    )  # fmt: skip
    record = PollRecord(at=int(at.timestamp()) - 3600, new=2)
    poll(store, feed, state, state.due_at, record)
    words = shown(client.get("/feeds"))
    assert "1 to 1 of 1 feed, by name" in words
    for said in (
        "Wire https://wire.example/rss slowed HTTP 503 (4 in a row) 12 min ago 60 min ago",
        "in 119 min it failed 4 times in a row (http): the wait grows up to a day",
    ):
        assert said in words.replace("in 120 min", "in 119 min")


def test_a_feeds_page_has_its_schedule_its_history_and_its_subscription(client, store, clock):
    feed = add(store, agency="TASS", language="ru", interval_s=300, full_text=True)
    state = FeedState(
        status=200, polled_at=clock.now, due_at=clock.now + timedelta(hours=1), fresh_s=3600,
        why="fresh", hub="https://hub.example/", topic=URL, etag='"1"',
    )  # fmt: skip
    record = PollRecord(
        at=1_768_210_200, status=200, new=3, size=48_211, took_ms=412, why="fresh", wait_s=3600
    )
    poll(store, feed, state, state.due_at, record)
    secret = Subscription(
        hub="https://hub.example/", topic=URL, callback="https://me.example/hush1", secret="hush2"
    )
    store.subscriptions.ask(feed.id, replace(secret, asked_at=clock.now))
    answer = client.get(f"/feeds/{feed.id}")
    words = shown(answer)
    for said in (
        "the server's Cache-Control or Expires asks for 3600 s",
        "Publisher's terms Cache-Control or Expires: 3600 s; gave an ETag",
        "2026-01-12 09:30:00 HTTP 200 3 48,211 0.4 s 60 min fresh",
        "Hub https://hub.example/",
        "Subscription requested at",
        "Agency TASS Language ru Interval 300 s, as configured Pages each entry's page is read",
    ):
        assert said in words
    assert "hush" not in answer.text


def test_feeds_are_found_by_words_and_state_a_page_at_a_time(client, store):
    feeds = [
        Feed(id=feed_id(url), url=url, name=f"Wire {number:03}")
        for number in range(120)
        for url in [f"https://r{number}.example/"]
    ]
    store.feeds.add(feeds)
    for number in (7, 8):
        store.feeds.pause(feeds[number].id)
    last = shown(client.get("/feeds?page=3"))
    assert "101 to 120 of 120 feeds" in last
    assert "Wire 100" in last
    assert "Wire 099" not in last
    assert "101 to 120" in shown(client.get("/feeds?page=99999"))
    found = shown(client.get("/feeds", params={"q": "R7.EXAMPLE wire", "state": "paused"}))
    assert "1 to 1 of 1 feed" in found
    assert "Wire 007" in found
    assert "2 of 2 feeds" in shown(client.get("/feeds?state=paused"))
    assert "No feed matches." in shown(client.get("/feeds?q=nowhere"))


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=%F0%9F%98%80", "page=9" + "9" * 5000, "state=%00&q=%ff", "q=["],
)
def test_a_query_that_makes_no_sense_is_no_error(client, store, query):
    add(store)
    assert client.get(f"/feeds?{query}").status_code == 200


def test_a_search_of_feeds_cannot_find_secrets(client, store):
    add(store, "https://wire.example/rss?token=hush1234", name="Wire")
    assert "1 of 1 feed" in shown(client.get("/feeds?q=wire+rss"))
    for guess in ("hush1234", "token=h", "hush"):
        assert "No feed matches." in shown(client.get("/feeds", params={"q": guess}))


def test_a_feed_is_paused_polled_and_resumed(client, store, clock):
    feed = add(store, name="Wire")
    poll(
        store,
        feed,
        FeedState(polled_at=clock.now, due_at=clock.now + timedelta(hours=1)),
        clock.now + timedelta(hours=1),
    )
    words = follow(client, act(client, f"/feeds/{feed.id}/pause"))
    assert "The feed is paused" in words
    assert "Next poll never: paused: somebody paused it" in words
    assert store.feeds.is_paused(feed.id)
    assert "so it is not polled" in follow(client, act(client, f"/feeds/{feed.id}/poll"))
    assert "polled again" in follow(client, act(client, f"/feeds/{feed.id}/resume"))
    assert not store.feeds.is_paused(feed.id)
    assert "was not paused" in follow(client, act(client, f"/feeds/{feed.id}/resume"))
    words = follow(client, act(client, f"/feeds/{feed.id}/poll"))
    assert "The feed is due now" in words
    assert "a person or a push of its hub asked for it" in words
    assert [claim.subject_id for claim in store.polls.claim_due(9, 60)] == [feed.id]
    assert "being polled now" in shown(client.get(f"/feeds/{feed.id}"))


def test_an_action_of_the_list_returns_to_the_same_part_of_it(client, store):
    feed = add(store, name="Wire")
    fields = {"back": "list", "q": "wire &x=1", "state": "due", "page": "2"}
    answer = act(client, f"/feeds/{feed.id}/pause", **fields)
    assert answer.headers["location"] == (
        f"/feeds?q=wire+%26x%3D1&state=due&page=2&done=paused#feed-{feed.id}"
    )


def test_pausing_ends_the_subscription_and_says_if_the_hub_is_away(client, store, clock):
    feed = add(store)
    poll(
        store,
        feed,
        FeedState(hub="https://127.0.0.1:9/", topic=URL),
        clock.now + timedelta(hours=1),
    )
    asked = Subscription(
        hub="https://127.0.0.1:9/", topic=URL, callback="https://me.example/c", secret="s"
    )
    store.subscriptions.ask(feed.id, replace(asked, asked_at=clock.now))
    until = datetime.now(UTC) + timedelta(days=1)
    assert store.subscriptions.confirm(feed.id, asked.callback, datetime.now(UTC), until)
    words = follow(client, act(client, f"/feeds/{feed.id}/pause"))
    assert "Its hub could not be reached" in words
    assert store.subscriptions.get(feed.id).mode == "unsubscribe"


def test_resuming_a_feed_of_a_hub_waits_for_no_push(client, store, clock):
    feed = add(store, interval_s=900)
    slow = FeedState(why="push", polled_at=clock.now, due_at=clock.now + timedelta(hours=6))
    poll(store, feed, slow, slow.due_at)
    act(client, f"/feeds/{feed.id}/pause")
    act(client, f"/feeds/{feed.id}/resume")
    (standing,) = store.feeds.standings([feed.id])
    assert standing.due_at < clock.now + timedelta(hours=1)


def test_a_feed_is_removed_after_a_page_that_asks(client, store):
    feed = add(store, name="Wire")
    assert "Remove this feed?" in shown(client.get(f"/feeds/{feed.id}/remove"))
    assert store.feeds.get(feed.id) == feed
    words = follow(client, act(client, f"/feeds/{feed.id}/remove"))
    assert "The feed is removed" in words
    assert store.feeds.get(feed.id) is None


@pytest.mark.parametrize("action", ["pause", "resume", "poll", "remove"])
def test_an_action_on_a_feed_that_was_removed_meanwhile_says_so(client, store, action):
    feed = add(store)
    given = token(client, f"/feeds/{feed.id}")
    store.feeds.remove(feed.id)
    words = follow(client, client.post(f"/feeds/{feed.id}/{action}", data={"token": given}))
    assert "somebody has removed it. Nothing was changed." in words


def test_a_feed_is_added_by_the_rules_of_the_inbox(client, store):
    answer = act(client, "/feeds/add", feed=URL, name="Wire", interval_s="300", full_text="1")
    assert "The feed is added and due now." in follow(client, answer)
    feed = Feed(id=feed_id(URL), url=URL, name="Wire", interval_s=300, full_text=True)
    assert store.feeds.get(feed.id) == feed
    again = act(client, "/feeds/add", feed=URL, name="Other")
    assert again.status_code == 400
    assert "This feed exists already, and was not changed." in again.text
    assert store.feeds.get(feed.id) == feed


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "The URL of the feed is missing."),
        ({"feed": "javascript:alert(1)"}, "feed"),
        ({"feed": "file:///etc/passwd"}, "feed"),
        ({"feed": URL, "language": "x" * 500}, "language"),
        ({"feed": URL, "interval_s": "soon"}, "The interval must be a number of seconds"),
        ({"feed": URL, "interval_s": "²"}, "The interval must be a number of seconds"),
        ({"feed": URL, "interval_s": "0" * 12}, "The interval must be a number of seconds"),
        ({"feed": f"https://wire.example/{NASTY}\x00", "interval_s": "-1"}, "The interval"),
    ],
)
def test_an_invalid_feed_is_refused_with_the_reason(client, store, fields, said):
    answer = act(client, "/feeds/add", **fields)
    assert answer.status_code == 400
    assert said in answer.text
    assert NASTY not in answer.text
    assert list(store.feeds.all()) == []


# dead letters


def test_letters_have_reason_kind_attempts_item_and_the_beginning_of_their_message(client, store):
    bury(store, '{"n": 1}', kind="attempts", attempts=5, item="urn:x:1", reason="five died")
    bury(store, "y" * 3000, source="ingest-1")
    words = shown(client.get("/dead"))
    assert "five died attempts" in words
    assert '5 attempts · 8 bytes · urn:x:1 {"n": 1}' in words
    assert "from ingest-1 " + "y" * 239 + "…" in words
    assert "2.9 KiB" in words
    of_kind = shown(client.get("/dead?kind=attempts"))
    assert "five died" in of_kind
    assert "ingest-1" not in of_kind
    assert "No dead letter matches." in shown(client.get("/dead?kind=none"))


def test_a_letters_page_cuts_its_message_and_another_has_all_of_it(client, store):
    whole = "é" * 30_000
    letter = bury(store, whole, detail="Traceback: line 1")
    answer = client.get(f"/dead/{letter}")
    words = shown(answer)
    assert "These are the first 20,000 of 30,000 characters." in words
    assert answer.text.count("é") == 20_000
    assert "Traceback: line 1" in words
    plain = client.get(f"/dead/{letter}/payload")
    assert plain.text == whole
    assert plain.headers["content-type"] == "text/plain; charset=utf-8"
    assert plain.headers["x-content-type-options"] == "nosniff"
    assert plain.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_letters_are_paged_by_their_ids(client, store):
    for number in range(60):
        bury(store, f"m{number}")
    first = client.get("/dead")
    older = unescape(re.search(r'rel="next" href="([^"]*)"', first.text)[1])
    second = client.get(older)
    ids = [re.findall(r'name="letter" value="([^"]*)"', page.text) for page in (first, second)]
    assert [len(page) for page in ids] == [50, 10]
    assert ids[0] + ids[1] == [letter.id for letter in store.dead_letters.list(100)]


@pytest.mark.parametrize(
    "path",
    [
        "/dead/x",
        "/dead/1-1",
        "/dead/99999999999999999999-0",
        "/dead/²-1",
        "/dead/1-1/payload",
        "/feeds/x",
    ],
)
def test_an_unknown_feed_or_letter_has_a_page_that_says_so(client, store, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "query", ["before=x", "before=99999999999999999999-0", "kind=%00", "before=1-1"]
)
def test_a_query_for_letters_that_makes_no_sense_is_no_error(client, store, query):
    bury(store)
    assert client.get(f"/dead?{query}").status_code == 200


def test_one_letter_or_a_selection_is_retried(client, store):
    ids = [bury(store, json.dumps({"n": number})) for number in range(3)]
    answer = act(client, "/dead/retry", letter=ids[:2], kind="message")
    assert answer.headers["location"] == "/dead?kind=message&retried=2"
    assert "2 letters are back where they came from." in follow(client, answer)
    assert [letter.id for letter in store.dead_letters.list()] == [ids[2]]
    messages, _ = store.inbox.read_doors(9, 1000)
    assert [one.fields["message"] for one in messages] == ['{"n": 0}', '{"n": 1}']


def test_all_letters_of_a_page_are_retried_without_a_tick(client, store):
    ids = [bury(store, f"m{number}") for number in range(3)]
    answer = act(client, "/dead/retry", which="shown", shown=ids[1:], letter=ids[0])
    assert "2 letters are back" in follow(client, answer)
    assert [letter.id for letter in store.dead_letters.list()] == ids[:1]


def test_letters_are_dropped_after_a_page_that_asks(client, store):
    ids = [bury(store, f"m{number}") for number in range(2)]
    asked = act(client, "/dead/drop", letter=ids)
    assert "Drop these 2 letters for good?" in shown(asked)
    assert len(store.dead_letters.list()) == 2
    answer = act(client, "/dead/drop", letter=ids, sure="1")
    assert "2 letters are dropped." in follow(client, answer)
    assert store.dead_letters.list() == ()


def test_letters_that_were_retried_or_dropped_meanwhile_are_counted(client, store):
    ids = [bury(store, f"m{number}") for number in range(2)]
    store.dead_letters.drop(ids[0])
    words = follow(client, act(client, "/dead/retry", letter=ids))
    assert "1 letter is back where it came from. 1 letter was gone already" in words
    words = follow(client, act(client, "/dead/drop", letter=ids, sure="1"))
    assert "2 letters were gone already" in words
    assert "No letter was chosen." in follow(client, act(client, "/dead/retry"))
    assert "No letter was chosen." in follow(client, act(client, "/dead/drop", letter="' OR 1"))


def test_two_who_retry_a_letter_at_once_put_one_message(client, context, store):
    letter = bury(store)
    given = token(client)
    answers = []

    def retry():
        own = TestClient(build_app(context), base_url=HOST, follow_redirects=False)
        own.cookies = client.cookies
        answers.append(own.post("/dead/retry", data={"token": given, "letter": letter}))

    threads = [threading.Thread(target=retry) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.headers["location"] for answer in answers) == [
        "/dead?gone=1", "/dead?gone=1", "/dead?gone=1", "/dead?retried=1",
    ]  # fmt: skip
    assert len(store.inbox.read_doors(9, 1000)[0]) == 1


def test_a_letter_older_than_the_kill_window_says_so_and_can_be_retried_all_the_same(
    client, store, pass_time
):
    letter = bury(store)
    pass_time(2 * 86_400)
    words = follow(client, act(client, "/dead/retry", letter=letter))
    assert "1 letter stays: it came in so long ago" in words
    assert "Retry all the same" in words
    assert "is back" in follow(client, act(client, "/dead/retry", letter=letter, late="1"))


def test_a_letter_that_was_cut_cannot_be_retried_and_says_so(client, store):
    letter = bury(store, "x" * (WHOLE_PAYLOAD_BYTES + 1))
    assert "payload cut" in shown(client.get(f"/dead/{letter}"))
    assert "too long to be kept whole" in follow(client, act(client, "/dead/retry", letter=letter))
    assert [one.id for one in store.dead_letters.list()] == [letter]


def replace_store(context, store, **said):
    return SiteContext(
        settings=said.get("settings", context.settings),
        store=store,
        archive=None,
        desks=context.desks,
        now=context.now,
    )


# the service


def test_the_service_shows_queues_readers_rates_memory_and_windows(
    client, store, put_events, prefix, settings
):
    put_events(store, [f"e{number}" for number in range(5)])
    assert store.desks.lease("items", "relay-token") == ""
    store.desks.take("items", "relay-token", limit=2)
    add(store)
    bury(store)
    store.inbox.put("{}")
    words = shown(client.get("/service"))
    for said in (
        "1 feed 1 feed due now",
        "1 dead letter",
        "relay : 3 behind, 2 unconfirmed",
        "inbox 1 0",
        "tasks parse 0 0",
        "Evicted keys 0",
        "Policy noeviction",
        "Items that a kill can name, and open kills 24 h",
        "No process of copytaster up keeps heartbeats on this machine.",
    ):
        assert said in words


def test_processes_are_well_while_they_touch_their_heartbeats(client, tmp_path):
    (tmp_path / "heartbeats").mkdir()
    for name, age_s in (("worker", 1), ("poller", 300), ("relay", 3 * 86_400)):
        path = tmp_path / "heartbeats" / name
        path.touch()
        os.utime(path, (time.time() - age_s, time.time() - age_s))
    words = shown(client.get("/service"))
    assert "worker well, heartbeat" in words
    assert "poller ended or stuck: no heartbeat for 5 min" in words
    assert "relay" not in words.partition("Settings")[0]


def test_settings_are_shown_without_secrets(context, store, settings):
    secret = replace(
        settings,
        desk_length=77_777,
        celery_url="amqp://ada:hush1@127.0.0.1:9/?x=1",
        websub_callback_url="https://me.example/?token=hush2",
        archive="postgresql://ada:hush3@db/wire",
    )
    client = TestClient(build_app(replace_store(context, store, settings=secret)), base_url=HOST)
    answer = client.get("/service")
    words = shown(answer)
    assert "COPYTASTER_DESK_LENGTH 77777 set" in words
    assert "COPYTASTER_CELERY_URL amqp://127.0.0.1:9/?x=1 set" in words
    assert "Celery's broker does not answer" in words  # and all else is shown
    assert "hush" not in answer.text


# hostile words


def test_nothing_from_outside_becomes_markup_a_link_or_a_control_character(client, store):
    odd = f"{NASTY}\x00\x1b[31m\u202eevil"
    feed = add(store, "javascript:alert(1)", name=odd, agency=odd, language=odd)
    poll(
        store,
        feed,
        FeedState(error=odd, failures=1, polled_at=datetime.now(UTC), hub=odd, topic=odd),
    )
    letter = bury(store, odd, reason=odd, source=odd, item=odd, detail=odd, kind=NASTY)
    for path in (
        "/feeds", f"/feeds?q={NASTY}", f"/feeds/{feed.id}", f"/feeds/{feed.id}/remove",
        "/dead", f"/dead/{letter}", "/service", f"/dead?kind={NASTY}",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e]", answer.text)
        assert "javascript:" not in "".join(
            re.findall(r'(?:href|action|src)="([^"]*)"', answer.text)
        )


def test_a_login_in_a_message_is_never_shown_even_where_the_message_is_cut(client, store):
    before = "x" * 200
    letter = bury(store, f"{before} https://ada:{'hush' * 20}@wire.example/ {'y' * 20_000}")
    pages = [
        client.get(path).text for path in ("/dead", f"/dead/{letter}", f"/dead/{letter}/payload")
    ]
    assert all("hush" not in page and "https://***@" in page for page in pages)


def test_a_message_of_a_mebibyte_is_shown_in_part(client, store):
    letter = bury(store, "<b>" * 349_525)
    assert len(client.get("/dead").text) < 20_000
    assert len(client.get(f"/dead/{letter}").text) < 300_000
    assert len(client.get(f"/dead/{letter}/payload").text) == 1_048_575


@pytest.mark.parametrize(
    "query", ["done=%3Cb%3E", "done=hello", "retried=-1", "retried=1e9", "late=" + "9" * 7]
)
def test_no_link_makes_a_page_say_something_of_its_own(client, store, query):
    assert 'class="notice' not in client.get(f"/feeds?{query}").text


# whose forms are taken


ACTIONS = (
    "/feeds/{feed}/pause",
    "/feeds/{feed}/resume",
    "/feeds/{feed}/poll",
    "/feeds/{feed}/remove",
    "/feeds/add",
    "/dead/retry",
    "/dead/drop",
)


@pytest.fixture
def target(store):
    """A feed and a letter, and a check that nothing has happened to them."""
    feed = add(store)
    letter = bury(store)

    def is_untouched():
        assert [one.id for one in store.feeds.all()] == [feed.id]
        assert not store.feeds.is_paused(feed.id)
        assert [one.id for one in store.dead_letters.list()] == [letter]
        return True

    fields = {"letter": letter, "sure": "1", "feed": "https://new.example/"}
    return feed.id, fields, is_untouched


@pytest.mark.parametrize("path", ACTIONS)
def test_an_action_without_a_form_of_these_pages_changes_nothing(client, context, target, path):
    feed, fields, is_untouched = target
    path = path.format(feed=feed)
    stranger = TestClient(build_app(context), base_url=HOST)
    theirs = token(stranger)
    assert client.post(path, data=fields).status_code == 403  # neither cookie nor token
    ours = token(client)
    for wrong in ("", "x", theirs, ours[:-1], f"{ours}x", ours.upper()):
        answer = client.post(path, data={**fields, "token": wrong})
        assert answer.status_code == 403
        assert "This form is out of date" in answer.text
    client.cookies.clear()
    assert client.post(path, data={**fields, "token": ours}).status_code == 403
    assert is_untouched()


@pytest.mark.parametrize(
    "path", [path for path in ACTIONS if "remove" not in path and "add" not in path]
)
def test_a_link_is_no_action(client, target, path):
    feed, fields, is_untouched = target
    answer = client.get(path.format(feed=feed), params={**fields, "token": token(client)})
    assert answer.status_code in {404, 405}  # /dead/retry is no letter's page
    assert is_untouched()


@pytest.mark.parametrize("path", ACTIONS)
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": HOST},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:8081"},
        {"origin": "http://127.0.0.1"},
        {"origin": "null"},
        {"origin": "http://[::1"},
    ],
)
def test_a_form_that_another_site_sends_is_refused(client, target, path, headers):
    feed, fields, is_untouched = target
    data = {**fields, "token": token(client)}
    answer = client.post(path.format(feed=feed), data=data, headers=headers)
    assert answer.status_code == 403
    assert "page of another site" in answer.text
    assert is_untouched()


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "same-origin", "origin": "null"}, {"origin": HOST}, {}]
)
def test_a_form_of_these_pages_is_accepted(client, store, headers):
    feed = add(store)
    given = token(client)
    answer = client.post(f"/feeds/{feed.id}/pause", data={"token": given}, headers=headers)
    assert answer.status_code == 303
    assert store.feeds.is_paused(feed.id)


def test_a_form_of_one_process_is_accepted_by_another(client, context, make_store):
    feed = add(context.store)
    other = TestClient(
        build_app(replace_store(context, make_store())), base_url=HOST, follow_redirects=False
    )
    given = token(client)
    other.cookies = client.cookies
    assert other.post(f"/feeds/{feed.id}/pause", data={"token": given}).status_code == 303


def test_the_cookie_is_hidden_from_scripts_and_stays_the_same(client):
    answer = client.get("/feeds/add")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    again = client.get("/feeds/add")
    assert "set-cookie" not in again.headers
    assert token(client) == token(client)


def test_the_cookie_is_marked_secure_over_tls(context):
    client = TestClient(build_app(context), base_url="https://127.0.0.1")
    assert "secure" in client.get("/feeds/add").headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"content": b"{}", "headers": {"content-type": "application/json"}}, 415),
        ({"content": b"a=1", "headers": {"content-type": "text/plain"}}, 415),
        ({"files": {"token": b"x"}}, 415),
        ({"content": b"token=\xff"}, 400),
        ({"content": b"&".join([b"a=1"] * 2000)}, 400),
        ({"content": b"a=" + b"x" * 100_000}, 413),
        ({"content": b""}, 403),
        ({"content": b"token=%00%ff%ed%a0%80"}, 403),
    ],
)
def test_a_body_that_is_not_a_form_is_refused(client, target, said, status):
    feed, _, is_untouched = target
    token(client)
    form = {} if "files" in said else {"content-type": "application/x-www-form-urlencoded"}
    said = {**said, "headers": {**form, **said.get("headers", {})}}
    assert client.post(f"/feeds/{feed}/pause", **said).status_code == status
    assert is_untouched()


def test_a_full_broker_is_shown_and_takes_no_action(client, context, store, monkeypatch):
    """The secret of forms cannot be stored then, when the pages are needed most."""
    feed = add(store)

    def refuse(_name):
        raise BrokerRefused("the server is out of memory")

    monkeypatch.setattr(store.secrets, "get", refuse)
    assert "1 to 1 of 1 feed" in shown(client.get("/feeds"))
    answer = client.post(f"/feeds/{feed.id}/pause", data={"token": ""})
    assert answer.status_code == 503
    assert not store.feeds.is_paused(feed.id)
