"""Replays: what came out otherwise goes out once, and nothing else."""

import datetime
import json

import pytest
from msgspec.structs import replace

from worker import __version__
from worker.desks import Desk, Match, Shape
from worker.model import Event
from worker.model.codec import load
from worker.model.inbox import DoorDecision
from worker.publishing import annotation, parse_task
from worker.publishing import replay as replaying
from worker.publishing.replay import ReplayedItem, replay
from worker.services import Services
from worker.settings import Settings

HOUR = datetime.timedelta(hours=1)
BODY = 'VARNA, March 4. /TASS/. "We shall be done by Friday," Envoy Pavel Dobrin said.'
DESKS = (Desk(name="items"), Desk(name="quotes", shape=Shape.QUOTES))


@pytest.fixture
def services(store, clock):
    opened = Services(settings=Settings(), store=store, http=None, desks=DESKS, now=clock)
    yield opened
    opened._runner.close()


@pytest.fixture
def better(monkeypatch):
    """A parser that reads one thing otherwise: who said it."""

    def use(speaker):
        real = replaying.annotate_each

        def annotate_each(items):
            return [
                replace(
                    parsed,
                    quotes=tuple(replace(quote, speaker=speaker) for quote in parsed.quotes),
                )
                for parsed in real(items)
            ]

        monkeypatch.undo()
        monkeypatch.setattr(replaying, "annotate_each", annotate_each)

    return use


def do(services, *messages):
    store = services.store
    for message in messages:
        store.inbox.put(json.dumps(message))
    found, _ = store.inbox.read_doors(1000, 1 << 20)
    store.inbox.enter([DoorDecision(message=one, word="work") for one in found])
    for entry in store.inbox.take_work(1000, 60_000):
        parse_task.parse_entries(services.publishing, entry.stream, [entry.id])


def again(services, desks=None, **options):
    start, end = services.now() - HOUR, services.now() + HOUR
    return list(replay(services.store, desks or services.desks, start, end, **options))


def events(services, desk="quotes"):
    return [load(Event, entry.body) for entry in services.store.desks.read(desk)]


def speakers(services):
    return [json.loads(bytes(event.data))["speaker"] for event in events(services)]


def test_what_comes_out_the_same_is_not_published(services):
    do(services, {"uri": "urn:a", "version": "1", "body_text": BODY})
    assert again(services) == [ReplayedItem(uri="urn:a", version="1")]
    assert (len(events(services)), len(events(services, "items"))) == (1, 1)


def test_a_later_version_with_its_change_comes_out_the_same(services):
    do(services, {"uri": "urn:a", "version": "1", "body_text": BODY})
    do(services, {"uri": "urn:a", "version": "2", "body_text": BODY + " He smiled."})
    assert again(services) == [ReplayedItem(uri="urn:a", version="2")]


def test_a_text_without_a_uri_keeps_the_one_that_it_was_published_with(services):
    do(services, {"text": BODY})
    (one,) = again(services)
    assert one == ReplayedItem(uri=events(services)[0].subject, version=one.version)


def test_what_comes_out_otherwise_takes_the_place_of_the_first_and_says_so(services, better):
    do(services, {"uri": "urn:a", "version": "1", "body_text": BODY})
    better("Ivan Dobrin")
    (one,) = again(services)
    assert one.events == (
        ("items", "copytaster.item.created"),
        ("quotes", "copytaster.quote.created"),
    )
    assert one.sent == 2
    first, second = events(services)
    assert (second.replayed, second.replaces, second.parserversion) == (
        True,
        first.id,
        __version__,
    )
    assert (first.replayed, second.type, second.subject) == (
        Event.__struct_defaults__[2],
        first.type,
        "urn:a",
    )
    assert speakers(services) == ["Pavel Dobrin", "Ivan Dobrin"]


def test_a_second_replay_finds_nothing_to_do(services, better):
    do(services, {"uri": "urn:a", "version": "1", "body_text": BODY})
    better("Ivan Dobrin")
    again(services)
    assert [(one.events, one.sent) for one in again(services)] == [((), 0)]
    assert len(events(services)) == 2


def test_each_replay_takes_the_place_of_the_one_before_also_back_again(services, better):
    do(services, {"uri": "urn:a", "version": "1", "body_text": BODY})
    for name in ("Ivan Dobrin", "Pavel Dobrin", "Ivan Dobrin"):
        better(name)
        again(services)
    said = events(services)
    assert speakers(services) == ["Pavel Dobrin", "Ivan Dobrin", "Pavel Dobrin", "Ivan Dobrin"]
    assert [event.replaces for event in said[1:]] == [event.id for event in said[:-1]]
    assert len({event.id for event in said}) == 4


def test_a_dry_run_says_what_would_go_out_and_sends_nothing(services, better):
    do(services, {"uri": "urn:a", "version": "1", "body_text": BODY})
    better("Ivan Dobrin")
    (one,) = again(services, dry_run=True)
    assert (len(one.events), one.sent) == (2, 0)
    assert len(events(services)) == 1


def test_only_the_desks_that_are_named_are_replayed(services, better):
    do(services, {"uri": "urn:a", "version": "1", "body_text": BODY})
    better("Ivan Dobrin")
    (one,) = again(services, desks=DESKS[1:])
    assert [desk for desk, _ in one.events] == ["quotes"]
    assert len(events(services, "items")) == 1


def test_a_desk_that_takes_the_item_only_now_gets_it_once_under_its_own_id(services):
    do(services, {"uri": "urn:a", "version": "1", "body_text": BODY})
    later = replace_desks(services, *DESKS, Desk(name="new", match=Match(text=("friday",))))
    assert [one.events for one in again(later)] == [(("new", "copytaster.item.created"),)]
    (event,) = events(later, "new")
    assert event.replayed is True
    assert event.replaces is Event.__struct_defaults__[3]
    assert [one.events for one in again(later)] == [()]
    do(later, {"uri": "urn:a", "version": "1", "body_text": BODY})
    assert len(events(later, "new")) == 1


def replace_desks(services, *desks):
    return Services(
        settings=services.settings,
        store=services.store,
        http=None,
        desks=desks,
        now=services.now,
        _runner=services._runner,
    )


def test_items_of_before_are_left_out(services, better):
    do(services, {"uri": "urn:a", "version": "1", "body_text": BODY})
    better("Ivan Dobrin")
    later = services.now() + HOUR
    assert list(replay(services.store, DESKS, later, later + HOUR)) == []


def test_a_killed_item_and_its_kill_are_left_alone(services, better):
    do(services, {"uri": "urn:a", "version": "1", "headline": "Talks go on", "body_text": BODY})
    kill = 'KILL KILL KILL\n\nPlease kill the item headlined "Talks go on".'
    do(services, {"uri": "urn:kill", "body_text": kill, "infosource": "TASS"})
    better("Ivan Dobrin")
    assert [one.sent for one in again(services)] == [0]


def test_an_item_that_breaks_the_parser_costs_no_other(services, monkeypatch):
    do(services, *({"uri": f"urn:{n}", "version": "1", "body_text": f"{BODY} {n}"} for n in "abc"))
    real = annotation.annotate

    def annotate(item):
        if item.uri == "urn:b":
            raise ZeroDivisionError("division by zero")
        return real(item)

    def annotate_all(items):
        return [annotate(item) for item in items]

    monkeypatch.setattr(annotation, "annotate", annotate)
    monkeypatch.setattr(annotation, "annotate_all", annotate_all)
    assert [(one.uri, one.fault) for one in again(services)] == [
        ("urn:a", ""),
        ("urn:b", "the parser failed: ZeroDivisionError: division by zero"),
        ("urn:c", ""),
    ]


def test_items_from_a_clock_that_was_ahead_are_replayed(services, pass_time):
    """So are later ones: a stream gives no id before its last."""
    pass_time(86_400)
    do(services, {"uri": "urn:a", "version": "1", "body_text": BODY})
    pass_time(-86_400)
    do(services, {"uri": "urn:b", "version": "1", "body_text": f"{BODY} Again."})
    assert [one.uri for one in again(services)] == ["urn:a", "urn:b"]


def test_many_pages_are_read_each_item_once(services):
    do(
        services,
        *({"uri": f"urn:{n}", "body_text": f"VARNA, March 4. /TASS/. {n}."} for n in range(120)),
    )
    uris = [one.uri for one in again(services)]
    assert uris == [f"urn:{n}" for n in range(120)]
