"""Copies from inbox to desks: who is the first, what is linked to it, and who is spared."""

import datetime
import json
import threading

import pytest

from worker.desks import Desk, Match, Shape
from worker.model import ParsedItem
from worker.model.codec import load
from worker.model.inbox import DoorDecision
from worker.publishing import parse_task
from worker.publishing.replay import replay
from worker.services import Services
from worker.settings import Settings
from worker.story.boilerplate import body_words

HOUR_MS = 3_600_000
STORY = (
    "HALVIK (AP) - A night ferry carrying 212 people ran onto a sandbank off the western port of"
    " Halvik early Tuesday, and everyone aboard was taken off within three hours.\n\n"
    "The Sigrid II lost power in its steering gear shortly after 2 a.m., coast guard spokeswoman"
    " Ragna Lie said. Winds were light and the hull was not holed.\n\n"
    "Four passengers were treated for cold and bruises in the town's clinic. Tugs were to pull the"
    " ship free at high water in the evening, and divers would look at the rudder."
)
MORE = (
    "HALVIK (AP) - Divers found the rudder of a stranded ferry torn off on Tuesday, and the captain"
    " was questioned by police about a warning light that had glowed for two days before the ship"
    " sailed, prosecutors said.\n\n"
)
OTHER = (
    "BRENNA (dpa) - Trams and buses stood still in Brenna on Monday as drivers began a two-day"
    " strike over night shifts. The union said that nine in ten of its members had followed the"
    " call, and commuters filled cycle lanes and suburban trains."
)
DESKS = (
    Desk(name="items"),
    Desk(name="firsts", match=Match(firsts=True)),
    Desk(name="ap", match=Match(agencies=("AP",), text=("credited",), firsts=True)),
    Desk(name="names", shape=Shape.ENTITIES),
)


def services_of(store, desks=DESKS):
    return Services(
        settings=Settings(),
        store=store,
        http=None,
        desks=desks,
        now=lambda: datetime.datetime.now(datetime.UTC),
    )


@pytest.fixture
def services(store):
    opened = services_of(store)
    yield opened
    opened._runner.close()


def say(uri, body=STORY, **fields):
    source = fields.pop("source", f"https://{uri}.example/rss")
    return {"uri": f"urn:{uri}", "body_text": body, "source": source} | fields


def take(services, *messages):
    """The messages as one task message, which does not hold urgent ones."""
    store = services.store
    for message in messages:
        store.inbox.put(json.dumps({"version": "1"} | message))
    found, _ = store.inbox.read_doors(100, 1 << 20)
    store.inbox.enter([DoorDecision(message=one, word="work") for one in found])
    taken = store.inbox.take_work(100, HOUR_MS)
    return taken[0].stream, [entry.id for entry in taken]


def do(services, *messages, one_by_one=False):
    if one_by_one:
        return [do(services, message) for message in messages]
    return parse_task.parse_entries(services.publishing, *take(services, *messages))


def linked(services, desk="items"):
    """What is on a desk, each with what it is a copy of."""
    items = [
        load(ParsedItem, json.dumps(json.loads(entry.body)["data"]).encode())
        for entry in services.store.desks.read(desk, limit=1000)
    ]
    return [(one.item.uri.removeprefix("urn:"), one.duplicate_of) for one in items]


at_once = pytest.mark.parametrize(
    "one_by_one", [False, True], ids=["one task message", "one by one"]
)


@at_once
def test_a_copy_is_published_and_names_its_first(services, one_by_one):
    do(services, say("a"), say("b"), say("other", OTHER), say("c"), one_by_one=one_by_one)
    assert sorted(linked(services)) == [
        ("a", None),
        ("b", "urn:a"),
        ("c", "urn:a"),
        ("other", None),
    ]


def test_an_item_that_cannot_be_signed_is_published_and_costs_its_batch_nothing(
    services, monkeypatch
):
    def words_of(item, dateline):
        if item.uri == "urn:other":
            raise ZeroDivisionError("division by zero")
        return body_words(item, dateline)

    monkeypatch.setattr("worker.story.fingerprint.body_words", words_of)
    do(services, say("a"), say("other", OTHER), say("b"))
    assert linked(services) == [("a", None), ("other", None), ("b", "urn:a")]


@at_once
def test_a_desk_of_firsts_has_each_story_once(services, one_by_one):
    do(services, say("a"), say("b"), say("other", OTHER), say("c"), one_by_one=one_by_one)
    assert sorted(linked(services, "firsts")) == [("a", None), ("other", None)]


@at_once
def test_a_text_that_a_repeat_alone_had_is_no_first(services, one_by_one):
    """Version 1 of an item comes again with another text, which no desk gets."""
    do(services, say("a", OTHER))
    do(services, say("a"), say("b"), one_by_one=one_by_one)
    assert linked(services, "firsts") == [("a", None), ("b", None)]


def test_a_text_that_only_an_overtaken_version_had_is_no_first(services):
    stream, overtaken = take(services, say("a"))
    do(services, say("a", OTHER, version="2"))
    _, second = take(services, say("b"))
    parse_task.parse_entries(services.publishing, stream, [*overtaken, *second])
    assert linked(services, "firsts") == [("a", None), ("b", None)]


def test_a_desk_of_firsts_that_has_a_repeat_has_no_copy_of_it(services):
    do(services, say("a"))
    later = services_of(services.store, (*DESKS, NEW))
    do(later, say("a"), say("b"))
    do(later, say("c"))
    later._runner.close()
    assert linked(services, "new") == [("a", None)]


@at_once
def test_a_desk_of_firsts_has_the_copy_of_what_it_did_not_ask_for(services, one_by_one):
    credited = [say(name, f"{STORY}\n\nSource: AP, credited") for name in ("b", "c")]
    do(services, say("a"), *credited, one_by_one=one_by_one)
    assert linked(services, "ap") == [("b", "urn:a")]


def test_events_of_other_shapes_name_the_first_too(services):
    do(services, say("a"), say("b"))
    events = [json.loads(entry.body)["data"] for entry in services.store.desks.read("names")]
    assert [one["duplicate_of"] for one in events] == [None, "urn:a"]


@at_once
def test_a_later_version_is_no_copy_of_the_one_before(services, one_by_one):
    again = say("a", version="2", headline="Ferry aground")
    do(services, say("a"), again, one_by_one=one_by_one)
    assert linked(services, "firsts") == [("a", None), ("a", None)]


@at_once
def test_a_desk_that_has_an_item_has_its_later_version_though_that_is_a_copy(services, one_by_one):
    alert = say("b", "", headline="Ferry aground off Halvik")
    do(services, alert, say("a"), say("b", version="2"), one_by_one=one_by_one)
    assert linked(services, "firsts") == [("b", None), ("a", None), ("b", "urn:a")]


def test_a_first_stays_one_when_its_later_version_says_what_a_copy_said(services):
    do(services, say("a"))
    do(services, say("b", MORE + STORY))
    do(services, say("a", MORE + STORY, version="2"))
    assert linked(services, "firsts") == [("a", None), ("b", None), ("a", None)]


def test_a_repeated_task_message_does_nothing(services):
    stream, ids = take(services, say("a"), say("b"))
    parse_task.parse_entries(services.publishing, stream, ids)
    report = parse_task.parse_entries(services.publishing, stream, ids)
    assert (report.gone, linked(services)) == (2, [("a", None), ("b", "urn:a")])


def test_a_correction_is_no_copy_but_its_copy_is_one(services):
    corrected = f"CORRECTION: Corrects number of passengers.\n\n{STORY}"
    do(services, say("a"))
    do(services, say("b", corrected), say("c", corrected))
    types = [entry.type for entry in services.store.desks.read("items")]
    assert types[1:] == ["copytaster.item.corrected"] * 2
    assert linked(services, "firsts") == [("a", None), ("b", None)]


def test_what_comes_after_a_kill_is_a_first_again(services):
    do(services, say("a", headline="Ferry aground"))
    do(services, say("a", version="2", pubstatus="canceled", headline="Kill: Ferry aground"))
    do(services, say("b"))
    kill = ("a", None)
    assert linked(services, "firsts") == [("a", None), kill, ("b", None)]


def test_an_embargoed_item_is_no_first_before_its_time(services):
    do(services, say("a", embargoed="2099-01-01T00:00:00Z"))
    do(services, say("b"))
    assert linked(services) == [("b", None)]


def test_many_firsts_that_only_look_alike_are_done_in_one_task_message(services):
    """Forms of one kind share bands; none of them is a copy."""
    prices = [
        " ".join(f"Good number {n * 7 + kind} costs {n * 31 + kind * 17} crowns." for n in range(9))
        for kind in range(30)
    ]
    report = do(services, *(say(f"form{n}", text) for n, text in enumerate(prices)))
    assert report.published == 30


def test_a_replay_sends_no_desk_of_firsts_a_copy(services):
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=1)
    do(services, say("a"), say("b"))
    done = list(replay(services.store, DESKS, start, datetime.datetime.now(datetime.UTC)))
    assert [(one.uri, one.events, one.sent) for one in done] == [("urn:a", (), 0), ("urn:b", (), 0)]


class Meeting:
    """Publications at which all workers look at once, the first time."""

    def __init__(self, publications, workers):
        self._publications = publications
        self._barrier = threading.Barrier(workers)
        self._met = threading.local()

    def __getattr__(self, name):
        return getattr(self._publications, name)

    def duplicate_candidates(self, lookups):
        answer = self._publications.duplicate_candidates(lookups)
        if not hasattr(self._met, "once"):
            self._met.once = True
            self._barrier.wait(timeout=60)
        return answer


def test_of_workers_that_look_at_the_same_time_one_has_the_first(store):
    store.publications = Meeting(store.publications, 3)
    opened = [services_of(store) for _ in range(3)]
    stream, ids = take(opened[0], say("a"), say("b"), say("c"))
    reports = {}

    def run(number):
        reports[number] = parse_task.parse_entries(opened[number].publishing, stream, [ids[number]])

    threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in opened:
        one._runner.close()

    on_desk = linked(opened[0])
    ((first, _),) = [one for one in on_desk if one[1] is None]
    assert [report.published for report in reports.values()] == [1, 1, 1]
    assert {uri: of for uri, of in on_desk if uri != first} == {
        uri: f"urn:{first}" for uri in "abc" if uri != first
    }
    assert linked(opened[0], "firsts") == [(first, None)]


def replayed(services, *desks):
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1)
    return [one.sent for one in replay(services.store, desks, now - datetime.timedelta(1), now)]


NEW = Desk(name="new", match=Match(firsts=True))


def test_a_replay_fills_a_new_desk_of_firsts_without_copies(services):
    do(services, say("a"), say("b"))
    assert replayed(services, *DESKS, NEW) == [1, 0]
    later = services_of(services.store, (*DESKS, NEW))
    do(later, say("c"))
    later._runner.close()
    assert linked(services, "new") == [("a", None)]
    assert replayed(services, *DESKS, NEW) == [0, 0, 0]


def test_a_replay_gives_a_desk_of_firsts_the_copy_of_what_a_kill_took_back(services):
    do(services, say("a"), say("b"))
    assert linked(services, "firsts") == [("a", None)]
    do(services, say("a", version="2", pubstatus="canceled"))
    assert replayed(services, *DESKS) == [1]
    assert linked(services, "firsts")[-1] == ("b", "urn:a")


def test_a_replay_gives_a_new_desk_of_firsts_a_single_copy_of_what_it_did_not_ask_for(services):
    late = Desk(name="late", match=Match(text=("credited",), firsts=True))
    credited = f"{STORY}\n\nSource: AP, credited"
    do(services, say("a"), say("b", credited), say("c", credited))
    assert replayed(services, *DESKS, late) == [0, 1, 0]
    assert linked(services, "late") == [("b", "urn:a")]
