"""What an item does to the ones before it, from inbox to desks."""

import datetime
import json

import pytest
import redis

from worker.desks import Desk, Match, Shape
from worker.model import Change, Event, ParsedItem, Target
from worker.model.codec import load
from worker.model.inbox import DoorDecision
from worker.model.publishing import KillNote, Publication, PublishResult, Reissue
from worker.publishing import parse_task
from worker.services import Services
from worker.settings import Settings

BODY = 'VARNA, March 4. /TASS/. "We shall be done by Friday," Envoy Pavel Dobrin said.'
DESKS = (
    Desk(name="items"),
    Desk(name="quotes", shape=Shape.QUOTES),
    Desk(name="dobrin", match=Match(speakers=("Pavel Dobrin",))),
    Desk(name="oslo", match=Match(text=("oslo",))),
)


@pytest.fixture
def services(store, clock):
    opened = Services(settings=Settings(), store=store, http=None, desks=DESKS, now=clock)
    yield opened
    opened._runner.close()


def put(services, *messages):
    """Let messages in, all on the common work stream."""
    store = services.store
    for message in messages:
        store.inbox.put(json.dumps({"source": "https://wire.example/"} | message))
    found, _ = store.inbox.read_doors(100, 1 << 20)
    store.inbox.enter([DoorDecision(message=one, word="work") for one in found])


def work(services):
    """Do all that is on the work streams; a report a stream."""
    taken = services.store.inbox.take_work(100, 60_000)
    streams = dict.fromkeys(entry.stream for entry in taken)
    return [
        parse_task.parse_entries(
            services.publishing, stream, [entry.id for entry in taken if entry.stream == stream]
        )
        for stream in streams
    ]


def do(services, *messages):
    put(services, *messages)
    return work(services)


def events(services, desk="items"):
    return [load(Event, entry.body) for entry in services.store.desks.read(desk)]


def types(services, desk="items"):
    return [event.type.removeprefix("copytaster.") for event in events(services, desk)]


def last(services, desk="items"):
    return load(ParsedItem, bytes(events(services, desk)[-1].data))


# versions


@pytest.mark.parametrize("at_once", [True, False])
def test_a_later_version_says_what_it_changed(services, at_once):
    versions = [
        {"uri": "urn:a", "version": str(n), "headline": f"{n} hurt", "body_text": BODY}
        for n in (1, 2)
    ]
    if at_once:
        do(services, *versions)
    else:
        for version in versions:
            do(services, version)
    assert types(services) == ["item.created", "item.updated"]
    change = last(services).change
    assert (change.previous, change.fields, change.is_complete) == ("1", ("headline",), True)
    assert [(edit.removed, edit.added) for edit in change.edits] == [("1", "2")]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_change_names_the_version_before_as_the_desk_has_it(services, at_once):
    said = [{"uri": "urn:a", "headline": word, "body_text": BODY} for word in "ABABC"]
    for some in [said] if at_once else [[one] for one in said]:
        do(services, *some)
    items = [load(ParsedItem, bytes(event.data)) for event in events(services)]
    versions = [one.item.version for one in items]
    assert [version.partition(".")[2] for version in versions] == ["", "", "2", "2", ""]
    assert [one.change.previous for one in items[1:]] == versions[:-1]


def test_a_repeat_that_goes_to_a_new_desk_leaves_the_copy_for_replays(services):
    said = [{"uri": "urn:a", "headline": word, "body_text": BODY} for word in "AB"]
    do(services, *said)
    (before,) = services.store.archive.list()
    opened = Services(
        settings=Settings(),
        store=services.store,
        http=None,
        desks=(*DESKS, Desk(name="new")),
        now=services.now,
    )
    do(opened, said[-1])
    opened._runner.close()
    assert (types(services), types(services, "new")) == (
        ["item.created", "item.updated"],
        ["item.created"],
    )
    assert services.store.archive.list() == (before,)


def test_a_first_version_changed_nothing(services):
    do(services, {"uri": "urn:a", "body_text": BODY})
    assert last(services).change is None


def test_a_correction_says_what_it_changed(services):
    do(services, {"uri": "urn:a", "version": "1", "headline": "Two hurt", "body_text": BODY})
    do(
        services,
        {"uri": "urn:a", "version": "2", "headline": "CORRECTED-Three hurt", "body_text": BODY},
    )
    assert types(services) == ["item.created", "item.corrected"]
    assert last(services).change.edits[0].added == "CORRECTED-Three"


def test_a_version_whose_older_one_is_not_kept_any_more_says_so(make_store, clock):
    store = make_store(copies_for_s=60)
    opened = Services(settings=Settings(), store=store, http=None, desks=DESKS, now=clock)
    do(opened, {"uri": "urn:a", "version": "1", "body_text": BODY})
    clock.advance(90)
    do(opened, {"uri": "urn:b", "version": "1", "body_text": BODY})
    do(opened, {"uri": "urn:a", "version": "2", "body_text": f"{BODY} It is."})
    assert last(opened).change == Change(previous="1", is_complete=False)
    opened._runner.close()


def test_eight_contents_that_come_in_turns_repeat_no_event_id(services):
    """Of nine, some do."""
    for _ in range(3):
        for number in range(8):
            do(services, {"uri": "urn:turns", "headline": f"Text {number}", "body_text": "On."})
    assert len({event.id for event in events(services)}) == 24


def test_a_content_that_comes_back_while_it_is_made_repeats_no_event_id(services, monkeypatch):
    """X, Z, Z and X by two workers: the second looks before the first has published."""
    put(services, *({"uri": "urn:a", "headline": word, "body_text": BODY} for word in "XZZX"))
    entries = services.store.inbox.take_work(10, 60_000)
    stream, ids = entries[0].stream, [entry.id for entry in entries]
    real = services.store.publications.publish
    seen = []

    def publish(outcomes):
        if not seen:
            seen.append(outcomes)
            parse_task.parse_entries(services.publishing, stream, ids[:2])
        return real(outcomes)

    monkeypatch.setattr(services.store.publications, "publish", publish)
    parse_task.parse_entries(services.publishing, stream, ids[2:])
    assert [load(ParsedItem, bytes(one.data)).item.headline for one in events(services)] == [*"XZX"]
    assert len({event.id for event in events(services)}) == 3


@pytest.mark.parametrize("at_once", [True, False])
def test_a_change_compares_with_the_text_that_is_out_not_with_a_repeat_of_it(services, at_once):
    """Version 1 comes again with another text: a desk that has it does not get that text."""
    out, again, later = (
        {"uri": "urn:a", "version": version, "headline": word, "body_text": BODY}
        for version, word in (("1", "A"), ("1", "B"), ("2", "B"))
    )
    do(services, out)
    for some in [[again, later]] if at_once else [[again], [later]]:
        do(services, *some)
    change = last(services).change
    assert [(edit.removed, edit.added) for edit in change.edits] == [("A", "B")]


# kills

TALKS = {"uri": "urn:talks", "version": "1", "headline": "Talks resume in Varna", "body_text": BODY}
KILL = {
    "uri": "urn:kill",
    "version": "1",
    "body_text": 'KILL KILL KILL\n\nPlease kill the item headlined "Talks resume in Varna".',
}


@pytest.mark.parametrize("at_once", [True, False])
def test_a_kill_goes_to_every_desk_that_had_its_target_with_its_uri(services, at_once):
    if at_once:
        do(services, TALKS, KILL)
    else:
        do(services, TALKS)
        do(services, KILL)
    assert types(services) == ["item.created", "item.withdrawn"]
    assert types(services, "quotes") == ["quote.created", "item.withdrawn"]
    assert types(services, "dobrin") == ["item.created", "item.withdrawn"]
    assert types(services, "oslo") == []
    assert {events(services, desk)[-1].subject for desk in ("items", "quotes", "dobrin")} == {
        "urn:talks"
    }
    assert last(services, "dobrin").target == Target(
        uri="urn:talks", version="1", confidence=0.95, by=("headline",), is_certain=True
    )


def test_a_kill_with_a_guess_says_so_and_goes_where_it_would_go_itself(services):
    do(services, TALKS)
    do(services, KILL | {"body_text": "KILL KILL KILL\n\nPlease kill. A substitute follows."})
    assert types(services) == ["item.created", "item.withdrawn"]
    assert types(services, "dobrin") == ["item.created"]
    assert types(services, "quotes") == ["quote.created"]
    assert events(services)[-1].subject == "urn:kill"
    target = last(services).target
    assert (target.uri, target.by, target.is_certain) == ("urn:talks", ("nearest",), False)


def test_a_kill_without_anything_before_it_has_no_target(services):
    do(services, KILL)
    assert types(services) == ["item.withdrawn"]
    assert last(services).target is None


def test_a_kill_of_another_wire_takes_nothing_back(services):
    do(services, TALKS)
    do(services, KILL | {"source": "https://other.example/"})
    assert last(services).target is None
    assert types(services, "dobrin") == ["item.created"]


def test_a_kill_under_the_uri_of_its_item_goes_to_the_desks_that_had_it(services):
    do(services, TALKS)
    do(services, TALKS | {"version": "2", "pubstatus": "canceled", "body_text": "KILL KILL KILL"})
    assert types(services, "dobrin") == ["item.created", "item.withdrawn"]
    target = last(services, "dobrin").target
    assert (target.uri, target.version, target.by) == ("urn:talks", "1", ("uri",))


UNVERSIONED = {name: value for name, value in TALKS.items() if name != "version"}


@pytest.mark.parametrize(
    ("said", "mark"),
    [
        (TALKS, {"pubstatus": "canceled"}),
        (TALKS, {"body_text": "KILL KILL KILL"}),
        (UNVERSIONED, {"ednote": "KILL: the story is wrong"}),
        (UNVERSIONED, {"slugline": "BC-EU--Varna Talks, KILL"}),
    ],
)
def test_a_kill_under_the_version_of_its_item_is_a_kill_once(services, said, mark):
    do(services, said)
    do(services, said | mark)
    assert types(services) == ["item.created", "item.withdrawn"]
    assert (
        last(services).item.version
        == load(ParsedItem, bytes(events(services)[0].data)).item.version
    )
    do(services, said | mark)
    do(services, said)
    assert len({event.id for event in events(services)}) == len(events(services)) == 2


@pytest.mark.parametrize("killing", [KILL, UNVERSIONED | {"pubstatus": "canceled"}])
def test_the_repeat_of_a_content_ends_no_kill_that_came_in_before_it(services, killing):
    do(services, UNVERSIONED)
    put(services, killing)
    (kill,) = services.store.inbox.take_work(10, 60_000)
    do(services, UNVERSIONED)
    parse(services, kill)
    assert types(services, "dobrin") == ["item.created", "item.withdrawn"]


def test_a_kill_that_another_form_of_it_followed_opens_nothing_when_it_is_put_again(services):
    do(services, TALKS)
    do(services, KILL)
    do(services, KILL | {"version": "2"})
    put(services, TALKS | {"uri": "urn:substitute"})
    (substitute,) = services.store.inbox.take_work(10, 60_000)
    do(services, KILL)
    assert parse(services, substitute).published == 1


def test_a_content_that_its_own_kill_stopped_does_not_come_out_when_it_is_put_again(services):
    put(services, UNVERSIONED)
    (late,) = services.store.inbox.take_work(10, 60_000)
    do(services, UNVERSIONED | {"pubstatus": "canceled"})
    parse(services, late)
    do(services, UNVERSIONED)
    assert types(services) == ["item.withdrawn"]


def parse_together(services, *entries):
    ids = [entry.id for entry in entries]
    return parse_task.parse_entries(services.publishing, entries[0].stream, ids)


@pytest.mark.parametrize("at_once", [True, False])
def test_no_text_from_before_a_kill_comes_back_behind_another(services, at_once):
    """The later text is out, the kill by its headline withdraws the item, and both come again."""
    older, later = UNVERSIONED, UNVERSIONED | {"body_text": f"{BODY} He has gone."}
    for said in (older, later, KILL):
        do(services, said)
    for some in [[later, older]] if at_once else [[later], [older]]:
        do(services, *some)
    assert types(services) == ["item.created", "item.updated", "item.withdrawn"]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("said", [TALKS, UNVERSIONED], ids=["named", "digest"])
def test_a_version_that_a_kill_stopped_stays_so_if_it_comes_again(services, said, at_once):
    put(services, said)
    (stopped,) = services.store.inbox.take_work(10, 60_000)
    do(services, KILL)
    put(services, said)
    (again,) = services.store.inbox.take_work(10, 60_000)
    for some in [[stopped, again]] if at_once else [[stopped], [again]]:
        parse_together(services, *some)
    assert [(event.type[11:], event.subject) for event in events(services)] == [
        ("item.withdrawn", "urn:kill")
    ]


def test_a_kill_of_two_items_is_two_events_a_desk(services):
    numbered = [
        TALKS | {"uri": f"urn:{n}", "body_text": f"a{n} u i BC-Talks\n\n{BODY}"}
        for n in ("0041", "0042")
    ]
    do(services, *numbered)
    do(services, KILL | {"body_text": "KILL KILL KILL\n\nPlease kill items a0041 and a0042."})
    assert [event.subject for event in events(services, "dobrin")[2:]] == ["urn:0042", "urn:0041"]
    assert len({event.id for event in events(services)}) == 4


def test_a_kill_is_made_again_when_its_target_went_to_more_desks_meanwhile(services, monkeypatch):
    do(services, TALKS)
    put(services, KILL)
    store = services.store
    real = store.publications.publish
    seen = []

    def replay_on_another_desk():
        (kept,), (event,) = store.archive.list(), store.desks.read("items")
        again = Publication(desk="oslo", id=event.id, type=event.type, body=event.body)
        new = Reissue(position=0, mark=None, publication=again)
        assert store.archive.reissue("urn:talks", kept.id, [new]) == 1

    def publish(outcomes):
        if not seen:
            seen.append(outcomes)
            replay_on_another_desk()
        return real(outcomes)

    monkeypatch.setattr(store.publications, "publish", publish)
    (report,) = work(services)
    assert report.published == 1
    assert types(services, "oslo") == ["item.created", "item.withdrawn"]


def test_workers_with_other_desks_lose_and_double_nothing_on_those_that_both_know(services):
    """And a kill goes to who had the item, whatever desks its worker knows."""
    other = Services(
        settings=Settings(),
        store=services.store,
        http=None,
        desks=(Desk(name="items"), Desk(name="new")),
        now=services.now,
    )
    do(services, TALKS)
    do(other, TALKS)
    do(other, TALKS | {"version": "2"})
    do(services, TALKS | {"version": "3"})
    do(other, KILL)
    other._runner.close()
    updated = ["item.created", "item.updated", "item.updated", "item.withdrawn"]
    assert types(services) == updated
    assert types(services, "new") == ["item.created", "item.updated", "item.withdrawn"]
    assert types(services, "dobrin") == ["item.created", "item.updated", "item.withdrawn"]
    assert types(services, "quotes") == ["quote.created", "quote.created", "item.withdrawn"]


def test_a_killed_item_that_comes_again_later_is_published(services):
    do(services, TALKS)
    do(services, KILL)
    do(services, TALKS | {"version": "2"})
    assert types(services)[-1] == "item.updated"


def parse(services, entry):
    return parse_task.parse_entries(services.publishing, entry.stream, [entry.id])


def test_an_item_that_its_kill_overtook_never_comes_out(services):
    put(services, TALKS, TALKS | {"uri": "urn:other", "headline": "Ferry sails"}, KILL)
    talks, other, kill = services.store.inbox.take_work(10, 60_000)
    for entry in (kill, talks, other):
        parse(services, entry)
    assert [(event.type[11:], event.subject) for event in events(services)] == [
        ("item.withdrawn", "urn:kill"),
        ("item.created", "urn:other"),
    ]
    assert types(services, "dobrin") == ["item.created"]
    assert services.store.stats.sizes()["inbox"] == 0


def test_a_kill_that_comes_while_its_target_is_published_is_heeded(services, monkeypatch):
    put(services, TALKS, KILL)
    talks, kill = services.store.inbox.take_work(10, 60_000)
    real = services.store.publications.publish
    seen = []

    def publish(outcomes):
        if not seen:
            seen.append(outcomes)
            parse(services, kill)
        return real(outcomes)

    monkeypatch.setattr(services.store.publications, "publish", publish)
    parse(services, talks)
    assert types(services) == ["item.withdrawn"]


def test_a_kill_that_the_store_lost_before_it_was_published_is_opened_again(
    services, monkeypatch, broker_url, prefix
):
    """As where a replica takes over that has not seen it."""
    put(services, TALKS, KILL)
    talks, kill = services.store.inbox.take_work(10, 60_000)
    real, rounds = services.store.publications.publish, []

    def publish(outcomes):
        if not rounds:
            with redis.Redis.from_url(broker_url) as client:
                assert client.delete(*client.scan_iter(f"{prefix}:kills:*")) == 2
        rounds.append(outcomes)
        return real(outcomes)

    monkeypatch.setattr(services.store.publications, "publish", publish)
    for entry in (kill, talks):
        parse(services, entry)
    assert [(event.type[11:], event.subject) for event in events(services)] == [
        ("item.withdrawn", "urn:kill")
    ]
    assert len(rounds) == 2


def test_a_substitute_that_comes_after_the_kill_is_published(services, clock):
    do(services, TALKS)
    do(services, KILL)
    clock.advance(1)
    do(services, TALKS | {"uri": "urn:substitute"})
    assert types(services) == ["item.created", "item.withdrawn", "item.created"]


OWN = {
    "uri": "urn:kill",
    "version": "1",
    "headline": "WITHDRAWN: Talks resume in Varna",
    "body_text": "Editors: do not use.",
    "pubstatus": "canceled",
}
NEAR_MISSES = [
    ("Talks resume in Oslo", "Talks resume in Paris"),
    ("Central bank raises rate to 21%", "Central bank raises rate to 19%"),
    ("Russia beats Spain 2-1 in final", "Russia beats Spain 2-1 in semifinal"),
    ("Fire kills 12 in Tver", "Fire kills 3 in Tver"),
]


@pytest.mark.parametrize("overtakes", [True, False])
@pytest.mark.parametrize(("named", "other"), NEAR_MISSES)
def test_an_item_that_differs_in_a_word_is_left_alone(services, named, other, overtakes):
    put(services, TALKS | {"headline": other})
    put(services, KILL | {"body_text": f'KILL KILL KILL\n\nKill the item headlined "{named}".'})
    taken = services.store.inbox.take_work(10, 60_000)
    for entry in reversed(taken) if overtakes else taken:
        parse(services, entry)
    assert sorted((event.type[11:], event.subject) for event in events(services)) == [
        ("item.created", "urn:talks"),
        ("item.withdrawn", "urn:kill"),
    ]


@pytest.mark.parametrize("overtakes", [True, False])
@pytest.mark.parametrize("killing", [KILL, OWN], ids=["in its text", "over it"])
def test_a_kill_that_names_its_target_stops_or_withdraws_it(services, killing, overtakes):
    put(services, TALKS, killing)
    taken = services.store.inbox.take_work(10, 60_000)
    for entry in reversed(taken) if overtakes else taken:
        parse(services, entry)
    told = [(event.type[11:], event.subject) for event in events(services)]
    if overtakes:
        assert told == [("item.withdrawn", "urn:kill")]
    else:
        assert told == [("item.created", "urn:talks"), ("item.withdrawn", "urn:talks")]


def test_a_substitute_that_is_out_before_its_kill_is_read_stays(services):
    put(services, TALKS, KILL, TALKS | {"uri": "urn:substitute"})
    talks, kill, substitute = services.store.inbox.take_work(10, 60_000)
    for entry in (talks, substitute, kill):
        parse(services, entry)
    assert [(event.type[11:], event.subject) for event in events(services)] == [
        ("item.created", "urn:talks"),
        ("item.created", "urn:substitute"),
        ("item.withdrawn", "urn:talks"),
    ]


@pytest.mark.parametrize("agency", ["", "Norsk Wire"])
def test_a_version_that_came_in_after_the_kill_is_not_taken_back(services, monkeypatch, agency):
    """Published while the kill is, on the kill's wires or on others."""
    body = {"body_text": "The talks have begun."}
    do(services, TALKS | body)
    put(services, KILL, TALKS | body | {"version": "2", "infosource": agency})
    kill, mended = services.store.inbox.take_work(10, 60_000)
    real = services.store.publications.publish
    seen = []

    def publish(outcomes):
        if not seen:
            seen.append(outcomes)
            parse(services, mended)
        return real(outcomes)

    monkeypatch.setattr(services.store.publications, "publish", publish)
    parse(services, kill)
    assert [(event.type[11:], event.subject) for event in events(services)] == [
        ("item.created", "urn:talks"),
        ("item.updated", "urn:talks"),
        ("item.withdrawn", "urn:kill"),
    ]
    assert last(services).target is None


OWN_KILL = TALKS | {"version": "k", "pubstatus": "canceled"}


def kill_after_a_later_version(services, killing):
    """A version that only some desks want is put after the kill and out before it is read."""
    do(services, TALKS, TALKS | {"uri": "urn:0043", "headline": "Ferry sails to Turku at last"})
    later = TALKS | {"version": "2", "body_text": "The talks have begun."}
    put(services, killing, later)
    kill, mended = services.store.inbox.take_work(10, 60_000)
    for entry in (mended, kill):
        parse(services, entry)


@pytest.mark.parametrize("killing", [KILL, OWN_KILL], ids=["note", "own uri"])
def test_a_desk_that_has_only_what_came_before_the_kill_is_told(services, killing):
    kill_after_a_later_version(services, killing)
    for _ in range(2):
        told = events(services, "dobrin")[-1]
        assert types(services, "dobrin") == ["item.created", "item.created", "item.withdrawn"]
        assert (told.subject, last(services, "dobrin").target.version) == ("urn:talks", "1")
        on_items = [(event.type[11:], event.subject) for event in events(services)]
        assert ("item.updated", "urn:talks") in on_items
        assert ("item.withdrawn", "urn:talks") not in on_items
        assert not services.store.publications.known(["urn:talks"])[0].is_withdrawn
        do(services, killing)
    do(services, TALKS | {"version": "3"})
    assert types(services)[-1] == types(services, "dobrin")[-1] == "item.updated"


def test_a_kill_that_a_later_version_of_its_item_overtook_takes_back_the_others(services):
    killing = OWN_KILL | {
        "headline": "Talks resume in Varna",
        "body_text": 'KILL KILL KILL\n\nKill the item headlined "Ferry sails to Turku at last".',
    }
    kill_after_a_later_version(services, killing)
    assert [(event.type[11:], event.subject) for event in events(services)][2:] == [
        ("item.updated", "urn:talks"),
        ("item.withdrawn", "urn:0043"),
    ]
    assert [event.subject for event in events(services, "dobrin")[2:]] == ["urn:talks", "urn:0043"]
    assert services.store.publications.known(["urn:0043"])[0].is_withdrawn


def test_a_kill_is_made_again_when_a_desk_has_had_the_later_version_meanwhile(
    services, monkeypatch
):
    do(services, TALKS)
    put(services, KILL, TALKS | {"version": "2", "body_text": "The talks have begun."})
    kill, mended = services.store.inbox.take_work(10, 60_000)
    parse(services, mended)
    store, real, seen = services.store, services.store.publications.publish, []

    def publish(outcomes):
        if not seen:
            seen.append(outcomes)
            (kept,), event = store.archive.list(), store.desks.read("items")[-1]
            again = Publication(desk="dobrin", id=event.id, type=event.type, body=event.body)
            new = Reissue(position=0, mark=None, publication=again)
            assert store.archive.reissue("urn:talks", kept.id, [new]) == 1
        return real(outcomes)

    monkeypatch.setattr(store.publications, "publish", publish)
    parse(services, kill)
    assert types(services, "dobrin") == ["item.created", "item.updated"]
    assert types(services, "quotes") == ["quote.created", "item.withdrawn"]


def test_a_kill_of_one_agency_takes_back_nothing_of_another_from_the_same_feed(services):
    do(services, TALKS | {"infosource": "AP", "body_text": "The talks have begun."})
    do(services, KILL | {"infosource": "TASS"})
    assert last(services).target is None


def test_a_later_form_of_a_kill_that_names_its_target_withdraws_it(services):
    do(services, TALKS)
    do(services, KILL | {"body_text": "KILL KILL KILL\n\nPlease kill."})
    do(services, KILL | {"version": "2"})
    assert [event.subject for event in events(services)] == [
        "urn:talks",
        "urn:kill",
        "urn:kill",
        "urn:talks",
    ]


def test_an_item_that_its_provider_took_off_takes_none_of_its_headline_with_it(services):
    taken_off = TALKS | {"version": "2", "pubstatus": "canceled"}
    put(services, TALKS, TALKS | {"uri": "urn:same"}, taken_off)
    talks, same, kill = services.store.inbox.take_work(10, 60_000)
    for entry in (same, kill, talks):
        parse(services, entry)
    assert [(event.type[11:], event.subject) for event in events(services)] == [
        ("item.created", "urn:same"),
        ("item.withdrawn", "urn:talks"),
    ]


def test_a_long_kill_of_many_items_takes_none_back(services):
    do(services, *(TALKS | {"uri": f"urn:{n}"} for n in range(6)))
    do(services, KILL | {"body_text": f"{KILL['body_text']} {'x ' * 400_000}"})
    assert last(services).target.is_certain is False
    do(services, KILL | {"uri": "urn:short"})
    assert [event.subject for event in events(services)[-3:]] == ["urn:2", "urn:1", "urn:0"]


def test_a_kill_is_opened_with_what_it_says_and_no_more(services):
    do(services, KILL | {"body_text": f"{KILL['body_text']} {'x' * 10_000}"})
    wires = ("source:https://wire.example/", "unsigned:https://wire.example/")
    (kill,) = services.store.publications.open_kills(wires).kills
    assert kill.note == KillNote(uri="urn:kill", headline="Talks resume in Varna", is_marked=True)
    assert kill.wires == wires


# embargoes


@pytest.fixture
def waits(clock):
    """An item that may go out in an hour."""
    return TALKS | {"embargoed": (clock() + datetime.timedelta(hours=1)).isoformat()}


def test_an_embargoed_item_goes_out_at_its_time_and_not_before(services, waits, clock):
    (report,) = do(services, waits)
    assert (report.held, report.published) == (1, 0)
    clock.advance(59 * 60)
    assert services.store.inbox.release_held() == 0
    clock.advance(2 * 60)
    assert services.store.inbox.release_held() == 1
    (report,) = work(services)
    assert report.published == 1
    assert types(services) == ["item.created"]


def test_an_item_that_the_store_released_goes_out_though_our_clock_is_behind(
    services, waits, clock
):
    do(services, waits)
    clock.advance(61 * 60)
    services.store.inbox.release_held()
    clock.now -= datetime.timedelta(minutes=10)
    work(services)
    assert types(services) == ["item.created"]


def test_an_embargo_that_is_over_holds_nothing(services, waits, clock):
    clock.advance(2 * 3600)
    do(services, waits)
    assert types(services) == ["item.created"]


@pytest.mark.parametrize(
    "killing",
    [KILL, TALKS | {"version": "2", "pubstatus": "canceled", "body_text": "KILL KILL KILL"}],
)
def test_a_kill_before_its_time_ends_the_waiting(services, waits, clock, killing):
    do(services, waits)
    do(services, killing)
    assert types(services) == ["item.withdrawn"]
    assert last(services).target.uri == "urn:talks"
    assert types(services, "dobrin") == []
    clock.advance(2 * 3600)
    assert services.store.inbox.release_held() == 0


def test_a_kill_read_late_leaves_a_later_version_that_waits_for_its_time(services, waits, clock):
    kill = TALKS | {"version": "1", "pubstatus": "canceled", "body_text": "KILL KILL KILL"}
    put(services, kill, waits | {"version": "2"})
    first, later = services.store.inbox.take_work(10, 60_000)
    for entry in (later, first):
        parse(services, entry)
    clock.advance(2 * 3600)
    assert services.store.inbox.release_held() == 1
    work(services)
    assert types(services) == ["item.withdrawn", "item.updated"]


def test_a_later_version_that_waits_for_its_time_hides_no_earlier_one(services, waits, clock):
    do(services, TALKS)
    clock.advance(2)
    put(services, KILL, waits | {"version": "2"})
    kill, mended = services.store.inbox.take_work(10, 60_000)
    for entry in (mended, kill):
        parse(services, entry)
    assert types(services) == ["item.created", "item.withdrawn"]
    assert last(services).target.version == "1"
    clock.advance(2 * 3600)
    assert services.store.inbox.release_held() == 1
    work(services)
    assert types(services)[2:] == ["item.updated"]


def test_a_version_that_waits_under_other_words_hides_the_one_that_is_out_from_no_kill(
    services, waits, clock
):
    do(services, TALKS)
    do(services, waits | {"version": "2", "headline": "Envoys go back to the table in Oslo"})
    clock.advance(5)
    do(services, KILL)
    assert types(services, "dobrin") == ["item.created", "item.withdrawn"]
    assert last(services).target.version == "1"
    assert services.store.stats.sizes()["held"] == 0


def test_a_wire_is_read_once_for_a_batch_however_many_kills_are_open(services, monkeypatch):
    """More items have the headline than one kill may mean, so that none of the kills stops it."""
    do(services, *(TALKS | {"uri": f"urn:{n}", "body_text": f"{n}"} for n in range(12)))
    put(services, TALKS)
    (late,) = services.store.inbox.take_work(10, 60_000)
    do(services, *(KILL | {"uri": f"urn:kill:{n}"} for n in range(5)))
    real, asked = services.store.publications.recent, []
    monkeypatch.setattr(
        services.store.publications, "recent", lambda wires: asked.append(wires) or real(wires)
    )
    assert parse(services, late).published == 1
    assert len(asked) == 1


def test_an_embargo_of_more_than_a_year_is_for_a_person(services, waits):
    do(services, waits | {"embargoed": "2099-01-01T00:00:00Z"})
    (letter,) = services.store.dead_letters.list()
    assert (letter.kind, letter.item) == ("embargo", "urn:talks")
    assert letter.reason == "an embargo until 2099-01-01, more than a year ahead"
    assert events(services) == []


@pytest.mark.parametrize("at_once", [True, False])
def test_a_version_that_waits_is_not_displaced_by_repeats_of_a_killed_one(
    services, waits, clock, at_once
):
    """In turns: C is out and B waits when the kill comes, then A waits, and B comes twice."""
    del waits["version"]
    do(services, UNVERSIONED | {"headline": "C"})
    do(services, waits | {"headline": "B"})
    do(services, UNVERSIONED | {"pubstatus": "canceled"})
    said = [waits | {"headline": "A"}, UNVERSIONED | {"headline": "B"}, waits | {"headline": "B"}]
    for some in [said] if at_once else [[one] for one in said]:
        do(services, *some)
    clock.advance(2 * 3600)
    assert services.store.inbox.release_held() == 1
    work(services)
    assert types(services) == ["item.created", "item.withdrawn", "item.updated"]
    assert last(services).item.headline == "A"


def test_a_later_version_without_an_embargo_goes_out_alone(services, waits, clock):
    do(services, waits)
    do(services, TALKS | {"version": "2"})
    clock.advance(2 * 3600)
    assert services.store.inbox.release_held() == 0
    assert [(event.type, event.subject) for event in events(services)] == [
        ("copytaster.item.created", "urn:talks")
    ]


def test_held_and_published_are_told_apart(services, waits):
    put(services, waits, TALKS | {"uri": "urn:b"})
    (report,) = work(services)
    assert (report.held, report.published, report.dead) == (1, 1, 0)
    assert PublishResult.HELD == "held"
