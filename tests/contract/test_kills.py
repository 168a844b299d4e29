"""Kills from door to desk, under long names and in words that were used before."""

import datetime

import pytest

from worker.errors import MessageError
from worker.model.inbox import DeadLetter
from worker.settings import Settings
from worker.story.kill_targets import order_key

HEADLINE = "Talks resume in Paris on Tuesday"
GIVEN_UP = DeadLetter(reason="r", kind="parse", attempts=1, payload="")
DAY_S = 86_400
CANCEL = {"uri": "urn:talks", "pubstatus": "canceled"}


def item(uri="urn:talks", version="1", **said):
    text = "PARIS, May 2. /TASS/. The talks have resumed today."
    return {"uri": uri, "version": version, "headline": HEADLINE, "body_text": text} | said


def note(uri="urn:kill"):
    text = f'KILL. Editors: please kill our story headlined "{HEADLINE}".'
    return {"uri": uri, "version": "1", "headline": "KILL", "body_text": text, "infosource": "TASS"}


def do(world, *messages):
    for message in messages:
        world.put(message)
        world.work()


@pytest.mark.parametrize("length", [10, 300, 8000])
@pytest.mark.parametrize("rounds", [0, 1], ids=["on its way", "out"])
def test_a_kill_is_told_from_its_target_however_long_both_uris_are(world, length, rounds):
    stem = f"https://news.example/{'x' * length}/"
    world.put(item(f"{stem}story"))
    world.work(rounds)
    world.put(note(f"{stem}kill"))
    world.work(2)
    told = [(kind, uri.removeprefix(stem)) for kind, uri, _ in world.told()]
    out = [("created", "story"), ("withdrawn", "story")]
    assert told == (out if rounds else [("withdrawn", "kill")])


def test_a_kill_in_the_words_of_another_is_that_one_put_again(world):
    terse = {"text": f'KILL KILL KILL\n\nEditors: please kill the story "{HEADLINE}".'}
    terse |= {"source": "desk"}
    do(world, item(source="desk"), terse, item("urn:corrected", source="desk"), terse)
    assert [kind for kind, _, _ in world.told()] == ["created", "withdrawn", "created"]
    do(world, terse | {"uri": "urn:kill:2"})
    assert ("withdrawn", "urn:corrected") in [told[:2] for told in world.told()]


WORDS = f'Editors: please kill the story "{HEADLINE}".'


@pytest.mark.parametrize(
    "kill", [{"text": f"KILL KILL KILL\n\n{WORDS}"}, {"body_text": WORDS, "pubstatus": "canceled"}]
)
def test_a_kill_in_the_words_of_another_sender_is_another(world, kill):
    do(world, kill | {"source": "stranger"}, item(source="desk"), kill | {"source": "desk"})
    talks = [kind for kind, uri, _ in world.told() if uri == "urn:talks"]
    assert talks == ["created", "withdrawn"]


def unversioned(text, **said):
    return {"uri": "urn:talks", "headline": HEADLINE, "body_text": text, **said}


def test_a_kill_by_uri_that_is_put_again_stops_what_came_in_between(world):
    do(world, unversioned("The talks have resumed."), CANCEL)
    world.put(unversioned("The talks go on."))
    world.put(CANCEL)
    world.work(2)
    assert [kind for kind, _, _ in world.told()] == ["created", "withdrawn"]


def test_a_kill_by_uri_that_is_put_again_ends_the_wait_of_an_embargo(world, clock):
    later = (clock() + datetime.timedelta(hours=1)).isoformat()
    do(world, unversioned("The talks have resumed."), CANCEL)
    do(world, unversioned("The talks go on.", embargoed=later), CANCEL)
    assert not world.client.exists(world.key("held"))


def test_a_note_that_is_put_again_under_its_uri_spares_what_came_in_between(world):
    terse = {name: words for name, words in note().items() if name != "version"}
    do(world, item(infosource="TASS"), terse, item("urn:corrected", infosource="TASS"), terse)
    assert [kind for kind, _, _ in world.told()] == ["created", "withdrawn", "created"]


@pytest.mark.parametrize("version", ["2", "3"])
def test_each_note_under_a_uri_withdraws_the_item_with_its_headline(world, version):
    said = {"infosource": "TASS", "body_text": "This story has been withdrawn."}
    others = [f"Ministers meet in Geneva over trade deal {n}" for n in "123"]
    do(
        world,
        *(item(f"urn:{n}", infosource="TASS", headline=words) for n, words in enumerate(others)),
    )
    notes = [
        note() | said | {"version": n, "headline": f"KILL: {others[int(n) - 1]}"} for n in "123"
    ]
    do(world, *notes[: int(version)])
    assert ("withdrawn", f"urn:{int(version) - 1}", version) in world.told()


def test_a_kill_that_is_read_after_another_of_its_item_withdraws_the_others_that_it_names(world):
    other = item("urn:mine", headline="Mine closes in Wales after fire")
    do(world, item(), other)
    text = 'KILL. Please kill our story headlined "Mine closes in Wales after fire".'
    world.put(CANCEL | {"version": "k", "body_text": text, "infosource": "TASS"})
    world.consumer.step()
    slow, world.queues.batches = world.queues.batches, []
    do(world, note())
    assert [told[:2] for told in world.told()[2:]] == [("withdrawn", "urn:talks")]
    world.queues.batches = slow
    world.parse()
    assert ("withdrawn", "urn:mine") in [told[:2] for told in world.told()]
    do(world, item(), other)
    assert {kind for kind, _, _ in world.told()[2:]} == {"withdrawn"}


def test_a_kill_that_was_passed_over_stops_nothing_from_after_it_when_it_comes_again(world):
    mine = item("urn:mine", headline="Mine closes in Wales after fire")
    text = 'KILL. Please kill our story headlined "Mine closes in Wales after fire".'
    kill = CANCEL | {"version": "k", "body_text": text, "infosource": "TASS"}
    world.put(kill)
    world.consumer.step()
    slow, world.queues.batches = world.queues.batches, []
    do(world, item())
    world.queues.batches = slow
    world.parse()
    world.put(mine)
    world.consumer.step()
    slow, world.queues.batches = world.queues.batches, []
    do(world, kill)
    world.queues.batches = slow
    world.parse()
    assert [told[:2] for told in world.told()] == [
        ("created", "urn:talks"),
        ("created", "urn:mine"),
    ]


def test_a_kill_that_is_read_late_does_not_undo_a_later_one(make_world):
    world = make_world(Settings(batch_items=1))
    do(world, item())
    slow = []
    for message in (note("urn:kill:1"), item(version="2", headline="Talks fail in Paris")):
        world.put(message)
        world.consumer.step()
        slow += world.queues.batches
        world.queues.batches = []
    do(world, note("urn:kill:2"))
    for batch in slow:
        world.queues.batches = [batch]
        world.parse()
    assert [kind for kind, _, _ in world.told()] == ["created", "withdrawn", "withdrawn"]


def test_a_kill_that_its_repeated_item_overtook_is_told_when_it_comes_again(make_world):
    """All four messages are sent again before the first is read, and the item's repeat is first."""
    world = make_world(Settings(batch_items=1))
    for message in (item(), CANCEL | {"version": "k"}, CANCEL | {"version": "k"}, item()):
        world.put(message)
    world.consumer.step()
    *earlier, last = sorted(world.queues.batches, key=lambda batch: order_key(batch.ids[0]))
    world.queues.batches = [last, *earlier]
    world.work()
    assert [told[:2] for told in world.told()] == [
        ("created", "urn:talks"),
        ("withdrawn", "urn:talks"),
    ]


def test_an_item_that_is_canceled_twice_takes_none_of_its_headline_with_it(world):
    canceled = item(version="2", pubstatus="canceled", infosource="TASS")
    same = item("urn:same", infosource="TASS")
    do(world, item(infosource="TASS"), same, canceled, canceled | {"version": "3"})
    assert not [uri for kind, uri, _ in world.told() if (kind, uri) == ("withdrawn", "urn:same")]


def test_a_content_from_before_a_kill_comes_back_behind_another_in_its_batch(world):
    first, second = unversioned("The talks have resumed."), unversioned("The talks go on.")
    do(world, first, CANCEL)
    world.put(second)
    world.put(first)
    world.work(2)
    kinds = [kind for kind, _, _ in world.told()]
    assert kinds == ["created", "withdrawn", "updated", "updated"]


@pytest.mark.parametrize("ahead_s", [0, 2 * DAY_S])
def test_a_number_is_as_old_as_it_is_after_the_clock_was_ahead(world, clock, ahead_s):
    """Orders that stood still until the clock caught up made every item as new as its kill."""
    said = {"source": "dpa", "infosource": "dpa", "version": "1"}
    body = "bdt0123 4 pl 350 dpa {}\n\nOSLO (dpa) - The bridge is closed, officials said."
    kill = "KILL KILL KILL\n\nOSLO (dpa) - Editors: kill item {}. A kill is mandatory."
    clock.advance(ahead_s)
    do(world, item("urn:first"))
    clock.advance(-ahead_s)
    do(world, said | {"uri": "urn:old", "headline": "Bridge", "body_text": body.format("0456")})
    clock.advance(13 * 3600)
    do(world, said | {"uri": "urn:new", "headline": "Ferry", "body_text": body.format("0457")})
    clock.advance(3600)
    for number in ("0456", "0457"):
        kill_item = {"uri": f"urn:kill:{number}", "headline": "KILL"}
        do(world, said | kill_item | {"body_text": kill.format(number)})
    targets = [event["data"]["target"] for event in world.events() if event["data"].get("target")]
    told = [(target["uri"], target["is_certain"]) for target in targets]
    assert told == [("urn:old", False), ("urn:new", True)]


def bury(world, message):
    world.put(message)
    world.consumer.step()
    (batch,) = world.queues.batches
    world.queues.batches.clear()
    (entry,) = world.store.inbox.begin(batch.stream, batch.ids)
    world.store.inbox.reject(entry, GIVEN_UP)


@pytest.mark.parametrize(
    ("days", "killing", "told"),
    [
        (0.5, note(), ["withdrawn"]),
        (2, item(version="2", pubstatus="canceled"), ["withdrawn"]),
        (2, note(), ["withdrawn"]),
        (8, note(), ["withdrawn", "created"]),
    ],
)
def test_a_kill_stops_its_item_in_the_dead_letters_while_it_is_open(
    world, clock, days, killing, told
):
    bury(world, item())
    do(world, killing)
    clock.advance(days * DAY_S)
    world.store.dead_letters.retry(world.store.dead_letters.list()[0].id, late=True)
    world.work()
    assert [kind for kind, _, _ in world.told()] == told


def test_a_kill_is_open_until_no_earlier_item_waits_for_a_worker(world, clock):
    """Workers stood still for days, but for a moment in which they read the urgent kills."""
    world.put(item())
    world.consumer.step()
    waiting = world.queues.batches.pop()
    do(world, note())
    clock.advance(2 * DAY_S)
    world.put(item("urn:other", headline="Another thing") | note("urn:kill:2"))
    world.consumer.step()
    world.queues.batches = [batch for batch in world.queues.batches if batch.urgent]
    world.parse()
    world.queues.batches.append(waiting)
    world.work()
    assert [kind for kind, _, _ in world.told()] == ["withdrawn", "withdrawn"]


def test_a_kill_that_waits_for_a_worker_withdraws_the_items_from_before_it(world, clock):
    do(world, item())
    clock.advance(3600)
    world.put(note())
    world.consumer.step()
    waiting = world.queues.batches.pop()
    clock.advance(1.5 * DAY_S)
    for number in range(120):
        world.put(item(f"urn:{number}", headline=f"Story {number}", infosource="TASS"))
    world.consumer.step()
    world.queues.batches = [batch for batch in world.queues.batches if not batch.urgent]
    world.parse()
    assert len(world.told()) == 121
    world.queues.batches.append(waiting)
    world.work()
    assert [told[:2] for told in world.told()][121:] == [("withdrawn", "urn:talks")]


def test_a_kill_stays_open_for_a_letter_that_is_retried_in_time_and_waits(world, clock):
    bury(world, item())
    do(world, note())
    clock.advance(0.99 * DAY_S)
    world.store.dead_letters.retry(world.store.dead_letters.list()[0].id)
    clock.advance(0.1 * DAY_S)
    do(world, note("urn:kill:2") | {"body_text": 'KILL. Editors: kill the story "Ferry sinks."'})
    world.work()
    assert ("created", "urn:talks") not in [told[:2] for told in world.told()]


def test_a_letter_that_came_in_before_the_window_of_kills_stays_unless_a_person_insists(
    world, clock
):
    """What was killed, or followed by a later version, may be forgotten by then."""
    bury(world, item())
    do(world, note())
    clock.advance(2 * DAY_S)
    letter = world.store.dead_letters.list()[0].id
    with pytest.raises(MessageError, match="so long ago that kills"):
        world.store.dead_letters.retry(letter)
    assert world.store.dead_letters.list()
    assert world.store.dead_letters.retry(letter, late=True)


def test_the_last_sixteen_versions_that_a_kill_stopped_stay_stopped(world):
    for number in range(1, 18):
        world.put(item(version=str(number)))
    world.put(note(), urgent=True)
    world.work(3)
    do(world, *(item(version=str(number)) for number in range(2, 18)))
    assert [kind for kind, _, _ in world.told()] == ["withdrawn"]
