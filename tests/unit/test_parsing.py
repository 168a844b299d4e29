"""What a parse task does with a batch."""

import datetime
import json
from dataclasses import replace

import pytest

import tasks.parse
from worker.desks import DEFAULT_DESKS
from worker.errors import BrokerFault
from worker.model import Event, Feed, NewsItem
from worker.model.codec import load
from worker.model.inbox import DoorDecision
from worker.model.publishing import PublishResult
from worker.polling.admission import request_admission
from worker.publishing import annotation, parse_task, publisher
from worker.services import Services
from worker.settings import Settings

NOW = datetime.datetime(2026, 3, 4, 12, tzinfo=datetime.UTC)
BODY = 'VARNA, March 4. /TASS/. "We shall be done by Friday," Envoy Pavel Dobrin said.'


@pytest.fixture
def services(store):
    opened = Services(
        settings=Settings(), store=store, http=None, desks=DEFAULT_DESKS, now=lambda: NOW
    )
    yield opened
    opened._runner.close()


def put(services, *messages):
    """Let messages in and hand them out as one task message: (stream, ids)."""
    store = services.store
    for message in messages:
        store.inbox.put(json.dumps(message))
    found, _ = store.inbox.read_doors(100, 1 << 20)
    store.inbox.enter([DoorDecision(message=one, word="work") for one in found])
    taken = store.inbox.take_work(100, 60_000)
    return taken[0].stream, [entry.id for entry in taken]


def types(services, desk="items"):
    return [load(Event, entry.body).type for entry in services.store.desks.read(desk)]


def test_a_batch_is_published_on_every_desk_that_asks(services):
    report = parse_task.parse_entries(
        services.publishing, *put(services, {"uri": "urn:a", "body_text": BODY})
    )
    assert (report.published, report.events) == (1, 2)
    assert types(services) == ["copytaster.item.created"]
    assert types(services, "quotes") == ["copytaster.quote.created"]
    assert types(services, "alerts") == []


def test_a_later_version_is_an_update_also_in_the_same_batch(services):
    versions = [{"uri": "urn:a", "body_text": f"{BODY} {number}"} for number in range(3)]
    parse_task.parse_entries(services.publishing, *put(services, *versions))
    assert types(services) == ["copytaster.item.created", *["copytaster.item.updated"] * 2]


def test_a_repeated_task_message_finds_its_work_done(services):
    stream, ids = put(services, {"uri": "urn:a", "body_text": BODY})
    parse_task.parse_entries(services.publishing, stream, ids)
    report = parse_task.parse_entries(services.publishing, stream, ids)
    assert (report.published, report.gone) == (0, 1)
    assert len(types(services)) == 1


def test_an_item_that_fails_is_a_dead_letter_and_costs_no_other(services, monkeypatch):
    def annotate(item):
        return annotate_all([item])[0]

    def annotate_all(items):
        if any(item.uri == "urn:bad" for item in items):
            raise ZeroDivisionError("division by zero")
        return real(items)

    real = annotation.annotate_all
    monkeypatch.setattr(annotation, "annotate", annotate)
    monkeypatch.setattr(annotation, "annotate_all", annotate_all)
    batch = [{"uri": f"urn:{name}", "body_text": BODY} for name in ("a", "bad", "b")]
    report = parse_task.parse_entries(services.publishing, *put(services, *batch))
    assert (report.published, report.dead) == (2, 1)
    (letter,) = services.store.dead_letters.list()
    assert (letter.kind, letter.reason) == (
        "parse",
        "the parser failed: ZeroDivisionError: division by zero",
    )
    assert "Traceback" in letter.detail
    assert letter.item == "urn:bad"


def test_an_item_whose_events_cannot_be_made_costs_no_other(services, monkeypatch):
    real = publisher.events_for

    def events_for(parsed, *others, **more):
        if parsed.item.uri == "urn:bad":
            raise ZeroDivisionError("division by zero")
        return real(parsed, *others, **more)

    monkeypatch.setattr(publisher, "events_for", events_for)
    batch = [{"uri": f"urn:{name}", "body_text": BODY} for name in ("a", "bad", "b")]
    assert parse_task.parse_entries(services.publishing, *put(services, *batch)).published == 2
    (letter,) = services.store.dead_letters.list()
    assert letter.reason == "making its events failed: ZeroDivisionError: division by zero"


def test_a_message_that_workers_died_of_is_given_up(services, pass_time):
    stream, ids = put(services, {"uri": "urn:a", "body_text": BODY})
    for _ in range(services.settings.attempts_max):
        services.store.inbox.begin(stream, ids)
    pass_time(60)
    report = parse_task.parse_entries(services.publishing, stream, ids)
    assert (report.published, report.dead) == (0, 1)
    (letter,) = services.store.dead_letters.list()
    assert (letter.kind, letter.item) == ("attempts", "urn:a")


def test_a_task_message_that_comes_again_while_its_first_run_works_counts_no_attempt(services):
    """Celery delivers what runs once more whenever its connection breaks."""
    stream, ids = put(services, {"uri": "urn:a", "body_text": BODY})
    (entry,) = services.store.inbox.begin(stream, ids)
    task = tasks.parse.parse_items
    task.push_request(delivery_info={"redelivered": True, "routing_key": "parse"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks.parse, "services", lambda: services)
        for _ in range(2 * services.settings.attempts_max):
            task.run(stream, ids)
    task.pop_request()
    services.store.inbox.release([entry])
    assert parse_task.parse_entries(services.publishing, stream, ids).published == 1


def test_events_are_made_again_when_another_worker_was_faster(services, monkeypatch):
    stream, ids = put(services, {"uri": "urn:a", "body_text": BODY})
    real = services.store.publications.publish
    answers = []

    def publish(outcomes):
        if not answers:
            answers.append((PublishResult.CONFLICT,) * len(outcomes))
            return answers[0]
        return real(outcomes)

    monkeypatch.setattr(services.store.publications, "publish", publish)
    report = parse_task.parse_entries(services.publishing, stream, ids)
    assert (report.published, len(types(services))) == (1, 1)


def test_a_kill_note_is_withdrawn_and_quotes_nobody(services):
    body = 'KILL: the item "Ferry talks resume," Envoy Pavel Dobrin said.'
    message = {"uri": "urn:a", "body_text": body, "pubstatus": "canceled"}
    parse_task.parse_entries(services.publishing, *put(services, message))
    assert types(services) == ["copytaster.item.withdrawn"]
    assert types(services, "quotes") == []


def test_a_script_that_fails_counts_an_attempt(services):
    stream, ids = put(services, {"uri": "urn:a", "body_text": BODY})
    services.store._server.call("SET", services.store.inbox._key("copies"), "of the wrong type")
    with pytest.raises(BrokerFault, match="a script failed"):
        parse_task.parse_entries(services.publishing, stream, ids)
    (again,) = services.store.inbox.begin(stream, ids)
    assert again.attempts == 2


def test_what_a_poll_brought_is_no_message_that_is_too_long(services):
    store = services.store
    strict = replace(services, settings=Settings(message_limit_bytes=20_000))
    store.feeds.add([Feed(id="a", url="https://a.example/")])
    (claim,) = store.polls.claim_due(1, 60)
    lease = store.polls.open(claim, 60).lease
    store.polls.admit(
        lease,
        request_admission([NewsItem(uri="urn:x", version="1", body_text="\u0436 " * 20_000)]),
    )
    (entry,) = store.inbox.take_work(1, 0)
    report = parse_task.parse_entries(strict.publishing, entry.stream, [entry.id])
    assert (report.published, report.dead) == (1, 0)
