"""One order for all messages, whatever their doors, their ids and the server's clock."""

import datetime
import itertools
import json
import threading
from collections import defaultdict

import pytest

from worker.dispatch import Batch
from worker.errors import BrokerError
from worker.feeds import read_feed
from worker.inbox.messages import read_message
from worker.model import Feed
from worker.model.codec import dump
from worker.model.inbox import DeadLetter, DoorDecision
from worker.pages.article import PageText, full_item
from worker.settings import Settings

TEXT = "PARIS, May 2. /TASS/. The talks have resumed, envoy Ines Marceau said. It is {}."
HOUR_S = 3600
NOW = datetime.datetime(2026, 5, 2, tzinfo=datetime.UTC)
GIVEN_UP = DeadLetter(reason="r", kind="parse", attempts=1, payload="")


def version(word, uri="urn:talks", **said):
    """A version that names itself."""
    return {"uri": uri, "version": word, "headline": "Talks", "body_text": TEXT.format(word)} | said


def content(word, uri="urn:talks", **said):
    """A version that is known by its content."""
    return {"uri": uri, "headline": "Talks", "body_text": TEXT.format(word)} | said


def kill(word="k", uri="urn:talks"):
    return version(word, uri, pubstatus="canceled", headline="KILL")


def said(world, uri="urn:talks"):
    """The last word of each text that is on the desk, in order."""
    bodies = [
        event["data"]["item"]["body_text"] for event in world.events() if event["subject"] == uri
    ]
    return [body.rpartition(" ")[2].rstrip(".") for body in bodies]


def versions(world):
    """For each item the versions that are on the desk, in order."""
    found = defaultdict(list)
    for _, uri, word in world.told():
        found[uri].append(word)
    return dict(found)


def seconds(count):
    return datetime.timedelta(seconds=count)


def in_s(clock, count):
    """A moment so many seconds from now, as a message says it."""
    return (clock() + seconds(count)).isoformat()


# versions by their content


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("words", ["ABA", "ABAB", "ABCABC", "AABBAA", "ABABABABAB"])
def test_content_that_comes_back_is_published_again_under_a_version_of_its_own(
    world, words, at_once
):
    for word in words:
        world.put(content(word))
        if not at_once:
            world.work()
    world.work()
    assert said(world) == [word for word, _ in itertools.groupby(words)]
    named = [
        (word.partition(".")[0], word.partition(".")[2]) for word in versions(world)["urn:talks"]
    ]
    assert len(set(named)) == len(named)
    assert len({event["id"] for event in world.events()}) == len(named)
    times = defaultdict(int)
    for digest, number in named:
        times[digest] += 1
        assert number == (str(times[digest]) if times[digest] > 1 else "")


@pytest.mark.parametrize("embargoed", ["", "2020-01-01T00:00:00Z"])
def test_content_that_comes_back_in_a_file_is_published_again(world, embargoed):
    """A source names the version of an item of a wire format: a digest, also of its embargo."""
    for word in "ABA":
        document = content(word) | ({"embargoed": embargoed} if embargoed else {})
        feed = Feed(id="f", url="urn:folder")
        read = read_feed(json.dumps(document).encode(), "application/json", feed, now=NOW)
        world.put(json.loads(dump(read.items[0])))
        world.work()
    assert said(world, "urn:copytaster:f:urn%3Atalks") == ["A", "B", "A"]


def test_content_that_comes_back_is_published_again_when_its_page_is_read(world):
    link = "https://wire.example/talks"
    for word in "ABA":
        world.put({"link": link, "item": {**content(word), "link": link}})
        world.consumer.step()
        world.consumer.step()
        opened = world.store.pages.work(world.store.pages.claim(1, 60)[0], 60)
        item = read_message(opened.work.fields, limit_bytes=1 << 20).item
        text = PageText(paragraphs=(f"{item.body_text} And so on, at length.", "The end."))
        full = dump(full_item(item, text))
        world.store.pages.finish(opened.lease, opened.work, full, unnamed=item.version)
        world.work()
    assert len(world.events()) == 3
    first, _, third = (event["data"]["item"] for event in world.events())
    assert third["body_text"] == first["body_text"]
    assert third["version"] == f"{first['version']}.2"


def test_content_that_comes_back_says_what_it_changed(world):
    for word in "ABA":
        world.put(content(word))
        world.work()
    first, second, third = world.events()
    assert third["data"]["change"]["previous"] == second["data"]["item"]["version"]
    (edit,) = third["data"]["change"]["edits"]
    assert (edit["removed"], edit["added"]) == ("B.", "A.")
    assert third["data"]["item"]["version"] == f"{first['data']['item']['version']}.2"


def test_the_same_content_from_two_producers_is_published_once(world):
    for urgent in (False, True, False):
        world.put(content("A"), urgent=urgent)
    world.work()
    assert said(world) == ["A"]


def test_content_that_comes_back_after_a_kill_is_published_once_more_after_another(world):
    """A kill takes back what is out; the same content again is not news, other content is."""
    for message in (content("A"), kill("k"), content("A")):
        world.put(message)
        world.work()
    assert [word for word, _, _ in world.told()][:2] == ["created", "withdrawn"]
    world.put(content("B"))
    world.work()
    assert said(world)[-1] == "B"


# versions by their names


@pytest.mark.parametrize("at_once", [False, True])
def test_a_version_that_is_put_again_after_another_moves_nothing(world, at_once):
    for word in "1213212":
        world.put(version(word))
        if not at_once:
            world.work()
    world.work()
    assert versions(world) == {"urn:talks": ["1", "2", "3"]}
    (known,) = world.store.publications.known(["urn:talks"])
    assert known.version == "3"
    assert world.store.archive.get(known.copy) is not None


def test_what_follows_a_repeated_version_changed_the_last_one(world):
    for word in "1213":
        world.put(version(word))
        world.work()
    assert world.events()[-1]["data"]["change"]["previous"] == "2"


def test_a_kill_after_a_repeated_version_takes_back_the_last_one(world):
    for message in (version("1"), version("2"), version("1"), kill("3")):
        world.put(message)
        world.work()
    assert world.events()[-1]["data"]["target"]["version"] == "2"


@pytest.mark.parametrize("count", [15, 16, 17, 40])
def test_many_versions_of_an_item_come_out_in_order(world, count):
    for number in range(count):
        world.put(version(f"v{number}"))
    world.work()
    world.put(version(f"v{count - 1}"))
    world.put(version(f"v{count - 2}"))
    world.work()
    assert versions(world) == {"urn:talks": [f"v{number}" for number in range(count)]}


def test_sixteen_versions_back_is_remembered_and_further_is_not(world):
    for number in range(20):
        world.put(version(f"v{number}"))
    world.put(version("v4"))
    world.work()
    assert versions(world)["urn:talks"][-1] == "v19"
    world.put(version("v3"))
    world.work()
    assert versions(world)["urn:talks"][-1] == "v3"


@pytest.mark.parametrize("count", [14, 15, 16, 40])
def test_what_is_read_late_pushes_no_later_version_out_of_memory(world, count):
    for number in range(count):
        world.put(version(f"v{number}"))
    world.consumer.step()
    for word in "ab":
        world.put(version(word))
        world.consumer.step()
    first, *later = world.queues.batches
    world.queues.batches = [*later, first]
    world.parse()
    for word in "aba":
        world.put(version(word))
        world.work()
    assert versions(world) == {"urn:talks": ["a", "b"]}


# two doors


def test_of_one_millisecond_the_common_door_comes_first(world):
    """A version on each door in one pipeline, four hundred times."""
    pipe = world.client.pipeline(transaction=False)
    for number in range(400):
        for door, one in (
            ("inbox", version("1", f"urn:{number}")),
            ("inbox:urgent", version("2", f"urn:{number}", urgency=2)),
        ):
            pipe.xadd(world.key(door), {"message": json.dumps(one)})
    pipe.execute()
    world.work(12)
    found = versions(world)
    assert len(found) == 400
    assert [words for words in found.values() if words[-1] != "2"] == []


@pytest.mark.parametrize("behind", [True, False])
def test_a_long_door_is_not_overtaken_by_later_messages_on_the_other(world, pass_time, behind):
    for number in range(250):
        world.put(version("1", f"urn:{number}"), urgent=behind)
    pass_time(0.01)
    for number in range(250):
        world.put(version("2", f"urn:{number}"), urgent=not behind)
    for _ in range(40):
        world.work()
    assert set(map(tuple, versions(world).values())) <= {("1", "2"), ("2",)}
    assert len(versions(world)) == 250


def test_an_urgent_message_overtakes_what_waits_and_only_that(world):
    """What it makes stale does not come out behind it."""
    for number in range(3):
        world.put(version(f"{number}"))
    world.put(version("flash", urgency=1))
    world.work()
    assert versions(world) == {"urn:talks": ["flash"]}


@pytest.mark.parametrize("repeat", ["3", "2"])
def test_a_version_behind_its_own_repeat_lets_no_earlier_version_pass(world, repeat):
    """The repeat counts as sent when it is read; the versions before 8 stay behind it."""
    world.put(version("1"))
    world.work()
    for word in ("2", "3", "4", "4"):
        world.put(version(word))
    world.consumer.step()
    world.put(version("8", urgency=1))
    world.put(version(repeat, urgency=1))
    world.consumer.step()
    world.queues.batches.reverse()
    world.parse()
    assert versions(world) == {"urn:talks": ["1", "8", repeat]}


# the server's clock


@pytest.mark.parametrize("step_s", [3, HOUR_S, 400 * 86_400])
@pytest.mark.parametrize("last", ["2", "kill"])
def test_a_later_message_counts_after_the_clock_was_set_back(world, clock, step_s, last):
    clock.advance(step_s)
    world.put(version("1"))
    world.work()
    clock.advance(-step_s)
    world.put(kill("2") if last == "kill" else version("2"), urgent=True)
    (report,) = world.work()
    assert (report.published, report.stale) == (1, 0)
    assert versions(world) == {"urn:talks": ["1", "2"]}


@pytest.mark.parametrize("urgent", [False, True])
def test_versions_follow_each_other_while_the_clock_jumps(world, clock, urgent):
    for number, step_s in enumerate((5, -3, 0.1, -HOUR_S, HOUR_S, -7, 1, -1)):
        world.put(version(str(number)), urgent=urgent)
        world.work()
        clock.advance(step_s)
    assert versions(world) == {"urn:talks": [str(number) for number in range(8)]}


def test_messages_of_one_door_keep_their_order_while_the_clock_jumps_before_they_are_read(
    world, clock
):
    for number, step_s in enumerate((5, -3, 0.1, -HOUR_S, HOUR_S, -7, 1, -1)):
        world.put(version(str(number)))
        clock.advance(step_s)
    world.work()
    assert versions(world) == {"urn:talks": [str(number) for number in range(8)]}


def test_a_retried_letter_keeps_its_place_though_the_clock_was_set_back(world, clock):
    clock.advance(HOUR_S)
    world.put(version("1"))
    world.consumer.step()
    (batch,) = world.queues.batches
    world.queues.batches.clear()
    (entry,) = world.store.inbox.begin(batch.stream, batch.ids)
    world.store.inbox.reject(entry, GIVEN_UP)
    clock.advance(-HOUR_S)
    world.put(version("2"))
    world.work()
    world.store.dead_letters.retry(world.store.dead_letters.list()[0].id)
    world.work()
    assert versions(world) == {"urn:talks": ["2"]}


def test_orders_grow_whatever_the_clock_does(world, clock):
    orders = []
    for step_s in (0, 5, -3, 0.001, -HOUR_S, 2 * HOUR_S, -HOUR_S, 0):
        clock.advance(step_s)
        for urgent in (False, True):
            world.put(version("1"), urgent=urgent)
        world.consumer.step()
        orders += [
            entry_id
            for name in ("work", "work:urgent")
            for entry_id, _ in world.client.xrange(world.key(name))
        ]
        for name in ("work", "work:urgent"):
            world.client.xtrim(world.key(name), maxlen=0)
    numbers = [tuple(map(int, order.split("-"))) for order in orders]
    assert len(numbers) == 16
    assert numbers == sorted(set(numbers))


def test_a_store_that_lost_its_tail_gives_no_order_twice(world, clock):
    """It goes back to what was on the disk, and its clock stands still: orders are by chance."""
    clock.advance(HOUR_S)
    world.put(version("1"))
    world.consumer.step()
    clock.advance(-HOUR_S)
    saved, given = world.client.get(world.key("order")), set()
    for _ in range(50):
        world.put(version("1"))
        world.consumer.step()
        given.add(world.client.get(world.key("order")))
        world.client.delete(world.key("work"))
        world.client.set(world.key("order"), saved)
    assert len(given) == 50


# embargoes


@pytest.mark.parametrize("fast_s", [-600, 0, 600])
def test_the_servers_clock_alone_ends_an_embargo(make_world, clock, fast_s):
    world = make_world(now=lambda: clock() + seconds(fast_s))
    world.put(version("1", embargoed=in_s(clock, 300)))
    (report,) = world.work()
    assert (report.held, report.published) == (1, 0)
    clock.advance(290)
    world.scheduler.step()
    assert world.work() == []
    clock.advance(11)
    world.scheduler.step()
    (report,) = world.work()
    assert report.published == 1


@pytest.mark.parametrize("fast_s", [-600, 0, 600])
def test_an_embargo_that_is_over_by_the_servers_clock_holds_nothing(make_world, clock, fast_s):
    world = make_world(now=lambda: clock() + seconds(fast_s))
    world.put(version("1", embargoed=in_s(clock, -1)))
    (report,) = world.work()
    assert (report.held, report.published) == (0, 1)


def test_an_embargoed_version_keeps_its_place(world, clock):
    world.put(version("1", embargoed=in_s(clock, 60)))
    world.work()
    world.put(version("2"))
    world.work()
    clock.advance(61)
    world.scheduler.step()
    world.work()
    assert versions(world) == {"urn:talks": ["2"]}


def slowly(world, message):
    """Let a message in, and return its work, which a worker has and does later."""
    world.put(message)
    world.consumer.step()
    slow, world.queues.batches = world.queues.batches, []
    return slow


@pytest.mark.parametrize("is_lifted", [True, False])
def test_a_version_that_waits_and_is_sent_again_to_be_published_keeps_its_place(
    world, clock, is_lifted
):
    embargo = {"embargoed": in_s(clock, 3)}
    world.put(version("1", **embargo))
    world.work()
    slow = slowly(world, version("2"))
    clock.advance(0 if is_lifted else 4)
    world.put(version("1", **({} if is_lifted else embargo)))
    world.work()
    assert versions(world) == {"urn:talks": ["1"]}
    world.queues.batches = slow
    world.parse()
    assert versions(world) == {"urn:talks": ["1", "2"]}
    assert world.store.stats.sizes()["held"] == 0


def test_a_content_that_waits_and_comes_again_at_its_time_is_later_than_what_came_between(
    world, clock
):
    again = content("1", embargoed=in_s(clock, 3))
    world.put(again)
    world.work()
    slow = slowly(world, content("2"))
    clock.advance(4)
    world.put(again)
    world.work()
    world.queues.batches = slow
    world.parse()
    assert said(world) == ["1"]


@pytest.mark.parametrize("is_named", [True, False])
@pytest.mark.parametrize("by_uri", [True, False])
@pytest.mark.parametrize("after_s", [0, 4])
def test_what_waits_and_comes_again_is_not_later_than_its_kill(
    world, clock, is_named, by_uri, after_s
):
    make = version if is_named else content
    talks = TASS | make("1", embargoed=in_s(clock, 3)) | {"headline": "Talks resume in Varna"}
    world.put(talks)
    world.work()
    slow = slowly(world, TASS | kill() if by_uri else naming_kill())
    clock.advance(after_s)
    world.put(talks)
    world.work()
    world.queues.batches = slow
    world.parse()
    clock.advance(4 - after_s)
    world.scheduler.step()
    world.work()
    (last, *_) = reversed(world.told())
    assert last[:2] == ("withdrawn", "urn:talks")
    world.put(talks)
    world.work()
    assert world.told()[-1] == last


# Published, then again under its embargo; or again after the next ended its wait.
@pytest.mark.parametrize(
    "sent", [("1 waits", "1", "2 waits", "1 waits"), ("1 waits", "2 waits", "1")]
)
def test_a_version_that_comes_again_lets_the_next_wait_for_its_embargo(world, clock, sent):
    embargo = {"embargoed": in_s(clock, 3)}
    for word, *waits in map(str.split, sent):
        world.put(version(word, **(embargo if waits else {})))
        world.work()
    clock.advance(4)
    world.scheduler.step()
    world.work()
    assert versions(world) == {"urn:talks": ["1", "2"]}


@pytest.mark.parametrize("by_uri", [True, False])
def test_a_version_whose_wait_another_ended_is_not_later_than_its_kill(world, clock, by_uri):
    talks = TASS | version("1") | {"headline": "Talks resume in Varna"}
    for message in (
        talks | {"embargoed": in_s(clock, 3)},
        TASS | version("2", embargoed=in_s(clock, 3)) | {"headline": "Talks fail in Varna"},
    ):
        world.put(message)
        world.work()
    slow = slowly(world, TASS | kill() if by_uri else naming_kill())
    world.put(talks)
    world.work()
    world.queues.batches = slow
    world.parse()
    clock.advance(4)
    world.scheduler.step()
    world.work()
    assert [told[:2] for told in world.told()] == [
        ("created", "urn:talks"),
        ("withdrawn", "urn:talks"),
    ]


def test_a_content_whose_wait_a_late_kill_ended_stays_killed(world, clock):
    waiting = content("2", embargoed=in_s(clock, HOUR_S))
    for message in (version("1"), waiting):
        world.put(message)
        world.work()
    slow = slowly(world, kill())
    world.put(waiting)
    world.work()
    world.queues.batches = slow
    world.parse()
    world.put(waiting)
    world.work()
    assert world.store.stats.sizes()["held"] == 0


def test_a_named_version_that_a_content_overtook_by_its_return_stays_behind_it(world):
    world.put(content("A"))
    world.work()
    slow = slowly(world, version("B"))
    world.put(content("A"))
    world.work()
    world.queues.batches = slow
    world.parse()
    world.put(version("B"))
    world.work()
    assert said(world) == ["A"]


def test_an_embargo_is_held_though_the_clock_is_set_back_meanwhile(world, clock):
    world.put(version("1", embargoed=in_s(clock, 60)))
    world.work()
    clock.advance(-HOUR_S)
    world.scheduler.step()
    assert world.store.stats.sizes()["held"] == 1
    clock.advance(HOUR_S + 61)
    world.scheduler.step()
    world.work()
    assert versions(world) == {"urn:talks": ["1"]}


# kills, by time

TASS = {"infosource": "TASS"}
NAMING = 'KILL KILL KILL\n\nPlease kill the item headlined "Talks resume in Varna".'


def naming_kill(uri="urn:kill"):
    return TASS | {"uri": uri, "version": "k", "body_text": NAMING}


@pytest.mark.parametrize(("hours", "is_found"), [(0, True), (23, True), (49, False)])
def test_a_kill_finds_its_target_within_the_window(make_world, clock, hours, is_found):
    world = make_world(kill_window_s=24 * HOUR_S)
    world.put(TASS | version("1") | {"headline": "Talks resume in Varna"})
    world.work()
    clock.advance(hours * HOUR_S)
    world.put(TASS | version("1", "urn:other"))
    world.put(naming_kill())
    world.work()
    (told,) = [subject for word, subject, _ in world.told() if word == "withdrawn"]
    assert told == ("urn:talks" if is_found else "urn:kill")


@pytest.mark.parametrize(("hours", "is_stopped"), [(0, True), (25, True), (7 * 24 + 1, False)])
def test_a_kill_stops_what_it_overtook_within_the_window(make_world, clock, hours, is_stopped):
    """The item waits on its work stream all the while: it came before its kill."""
    world = make_world(kill_window_s=24 * HOUR_S)
    world.put(TASS | version("1") | {"headline": "Talks resume in Varna"})
    world.consumer.step()
    talks, world.queues.batches = world.queues.batches, []
    world.put(naming_kill())
    world.work()
    clock.advance(hours * HOUR_S)
    world.queues.batches = talks
    world.parse()
    assert ("urn:talks" in versions(world)) is not is_stopped
    trace = world.store.publications.trace("urn:talks")
    assert trace.withheld_by == ("urn:kill" if is_stopped else "")


def long_talks(world):
    """Reject a message at its door, for its length, and publish the kill of its item."""
    talks = TASS | version("1") | {"headline": "Talks resume in Varna"}
    world.put(talks | {"body_text": talks["body_text"] * 30})
    world.work()
    world.put(naming_kill())
    world.work()
    (letter,) = world.store.dead_letters.list()
    return letter.id


def other_kill(world, uri="urn:other"):
    """Put another kill of the same wire, which trims those that are no longer open."""
    body = 'KILL KILL KILL\n\nPlease kill the item headlined "Mine closes in Wales".'
    world.put(naming_kill(uri) | {"body_text": body}, urgent=True)


def let_in_urgent(world):
    """Let in what is at the urgent door, as if much were at the common one, and do it."""
    messages, _ = world.store.inbox.read_doors(10, 1 << 20)
    urgent = [one for one in messages if one.door == "inbox:urgent"]
    world.store.inbox.enter([DoorDecision(message=one, word="urgent") for one in urgent])
    (taken,) = world.store.inbox.take_work(10, 60_000)
    world.queues.parse(Batch(stream=taken.stream, ids=(taken.id,)))
    world.parse()


def open_kills(world):
    return [kill.note.uri for kill in world.store.publications.open_kills(["agency:tass"]).kills]


@pytest.mark.parametrize("where", ["at its door", "behind its door"])
@pytest.mark.parametrize("late", [False, True])
def test_a_kill_stays_open_for_a_message_of_a_door_that_was_retried_in_time(
    make_world, clock, where, late
):
    """Another kill would trim it: read with the message and worked on first, or read before."""
    narrow = make_world(Settings(message_limit_bytes=1024), kill_window_s=24 * HOUR_S)
    wide = make_world(kill_window_s=24 * HOUR_S)
    letter = long_talks(narrow)
    clock.advance(23 * HOUR_S)
    assert narrow.store.dead_letters.retry(letter, late=late)
    clock.advance(30 * HOUR_S)
    other_kill(wide)
    if where == "at its door":
        let_in_urgent(wide)
        clock.advance(30 * HOUR_S)
    wide.work()
    assert "urn:talks" not in versions(wide)
    assert wide.store.publications.trace("urn:talks").withheld_by == "urn:kill"
    assert not wide.client.exists(wide.key("orders"))
    clock.advance(30 * HOUR_S)
    other_kill(wide, "urn:last")
    wide.work()
    assert open_kills(wide) == ["urn:last"]


@pytest.mark.parametrize("how", ["deleted", "replaced", "rejected again"])
def test_a_retried_message_that_has_left_its_door_keeps_no_kill_open(make_world, clock, how):
    narrow = make_world(Settings(message_limit_bytes=1024), kill_window_s=24 * HOUR_S)
    assert narrow.store.dead_letters.retry(long_talks(narrow))
    ((entry_id, _),) = narrow.client.xrange(narrow.key("inbox"))
    if how != "rejected again":
        narrow.client.delete(narrow.key("inbox"))
    if how == "replaced":
        narrow.put(version("1", "urn:third"), entry_id=entry_id)
    narrow.work()
    clock.advance(30 * HOUR_S)
    other_kill(narrow)
    narrow.work()
    assert open_kills(narrow) == ["urn:other"]


@pytest.mark.parametrize("count", [999, 1000, 1001])
def test_of_many_retried_messages_that_somebody_deleted_a_kill_drops_a_thousand(
    make_world, clock, count
):
    world = make_world(kill_window_s=24 * HOUR_S)
    world.put(naming_kill())
    world.work()
    clock.advance(30 * HOUR_S)
    world.client.zadd(world.key("orders"), {f"inbox {number}-1": 1 for number in range(count)})
    other_kill(world)
    world.work()
    assert world.client.zcard(world.key("orders")) == max(0, count - 1000)
    assert ("urn:kill" in open_kills(world)) is (count >= 1000)


@pytest.mark.parametrize("is_retried", [False, True])
@pytest.mark.parametrize("where", ["at the pages", "behind the pages"])
def test_a_kill_stays_open_for_an_item_that_waits_for_its_page(
    make_world, clock, where, is_retried
):
    """However long, and also if its page failed first and its letter was retried in time."""
    world = make_world(kill_window_s=24 * HOUR_S)
    pages = world.store.pages
    world.put({"uri": "urn:talks", "link": "https://news.example/1"})
    world.work()
    world.put(naming_kill())
    world.work()
    if is_retried:
        (claim,) = pages.claim(1, 60)
        page = pages.work(claim, 60)
        assert pages.fail(page.lease, page.work, "HTTP 500")
        world.work()
        clock.advance(23 * HOUR_S)
        (letter,) = world.store.dead_letters.list()
        assert world.store.dead_letters.retry(letter.id)
        world.work()
    clock.advance(30 * HOUR_S)
    if where == "at the pages":
        other_kill(world)
        world.work()
    (claim,) = pages.claim(1, 60)
    page = pages.work(claim, 60)
    talks = TASS | version("1") | {"headline": "Talks resume in Varna"}
    assert pages.finish(page.lease, page.work, json.dumps(talks).encode())
    if where == "behind the pages":
        other_kill(world)
    world.work()
    assert "urn:talks" not in versions(world)
    assert world.store.publications.trace("urn:talks").withheld_by == "urn:kill"
    assert not world.client.exists(world.key("orders"))
    clock.advance(30 * HOUR_S)
    other_kill(world, "urn:last")
    world.work()
    assert open_kills(world) == ["urn:last"]


def test_a_kill_that_is_lost_with_a_master_stops_nothing(world, monkeypatch):
    """It is lost after a worker has read it, and before the worker has its item stopped."""
    world.put(TASS | version("1") | {"headline": "Talks resume in Varna"})
    world.consumer.step()
    talks, world.queues.batches = world.queues.batches, []
    world.put(naming_kill())
    world.consumer.step()
    (kill,) = world.queues.batches
    world.queues.batches = [kill, *talks]
    withhold = world.store.publications.withhold

    def take_over(*said):
        world.client.delete(*world.client.keys(world.key("kills:*")))
        return withhold(*said)

    monkeypatch.setattr(world.store.publications, "withhold", take_over)
    world.parse()
    assert versions(world)["urn:talks"] == ["1"]


def test_a_kill_that_is_lost_with_a_master_is_not_opened_on_the_next(world, monkeypatch):
    """It is lost after a worker has read it, and before the worker opens it."""
    world.put(naming_kill())
    world.consumer.step()
    known = world.store.publications.known

    def take_over(uris):
        world.client.delete(*world.client.keys(world.key("work*")))
        return known(uris)

    monkeypatch.setattr(world.store.publications, "known", take_over)
    world.parse()
    monkeypatch.undo()
    world.put(TASS | version("1") | {"headline": "Talks resume in Varna"})
    world.work()
    assert versions(world) == {"urn:talks": ["1"]}


# several intakes, several workers


def test_two_intakes_let_each_message_in_once_and_in_order(make_world):
    """Two dispatches that look at the same doors while four producers write."""
    uris, count = 20, 2000
    worlds = [make_world(Settings(batch_items=20)) for _ in range(2)]
    done = threading.Event()
    failures = []

    def look(world):
        try:
            while not done.is_set() or world.store.inbox.read_doors(1, 1000)[0]:
                world.consumer.step()
        except Exception as error:
            failures.append(error)
            raise

    def produce(numbers, urgent):
        for number in numbers:
            worlds[0].put(version(f"{number}", f"urn:{number % uris}"), urgent=urgent)

    threads = [threading.Thread(target=look, args=(world,)) for world in worlds]
    producers = [
        threading.Thread(target=produce, args=(range(start, count, uris), start % 2 == 1))
        for start in range(uris)
    ]
    for thread in (*threads, *producers):
        thread.start()
    for thread in producers:
        thread.join()
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    entries = [
        (tuple(map(int, entry_id.split("-"))), fields["message"])
        for name in ("work", "work:urgent")
        for entry_id, fields in worlds[0].client.xrange(worlds[0].key(name))
    ]
    assert len(entries) == count
    seen = defaultdict(list)
    for _, message in sorted(entries):
        one = json.loads(message)
        seen[one["uri"]].append(int(one["version"]))
    assert dict(seen) == {f"urn:{n}": list(range(n, count, uris)) for n in range(uris)}


def test_a_door_that_begins_anew_while_producers_write_loses_nothing(world, clock):
    """Its ids lay ahead of the clock: it is reset each time that it is empty."""
    clock.advance(HOUR_S)
    world.put(version("0", "urn:first"))
    clock.advance(-HOUR_S)

    def produce():
        for number in range(300):
            world.put(version("1", f"urn:{number}"))
            if number % 50 == 0:
                ahead = int((clock().timestamp() + 2 * HOUR_S + number) * 1000)
                world.put(version("1", f"urn:far{number}"), entry_id=f"{ahead}-0")

    producer = threading.Thread(target=produce)
    producer.start()
    while producer.is_alive() or world.store.stats.sizes()["inbox"]:
        world.work()
    assert len(versions(world)) == 1 + 300 + 6
    assert world.store.dead_letters.list() == ()


def test_a_verdict_about_a_message_that_is_gone_is_for_no_other_message(world, clock):
    """A door whose clock went back may give an id once more."""
    entry_id = world.put("{broken")
    messages, _ = world.store.inbox.read_doors(10, 1000)
    world.client.delete(world.key("inbox"))
    world.put(version("1"), entry_id=entry_id)
    verdicts = [DoorDecision(message=one, word="work") for one in messages]
    assert world.store.inbox.enter(verdicts) == 0
    world.work()
    assert versions(world) == {"urn:talks": ["1"]}


def test_a_server_that_breaks_off_between_look_and_verdict_loses_nothing(world, monkeypatch):
    def away(*_):
        raise BrokerError("the server cannot be reached")

    world.put(version("1"))
    with monkeypatch.context() as patch:
        patch.setattr(world.store.inbox, "enter", away)
        with pytest.raises(BrokerError):
            world.work()
    world.work()
    assert versions(world) == {"urn:talks": ["1"]}


def test_work_that_a_clock_ahead_handed_out_is_handed_out_again_once_it_is_set_right(
    world, pass_time
):
    pass_time(3600)
    world.put(
        {"uri": "urn:x", "headline": "H", "body_text": "VARNA, March 4. /TASS/. All is calm."}
    )
    world.consumer.step()
    world.queues.batches.clear()  # the task message is lost
    pass_time(-3600)
    assert world.store.inbox.take_work(10, 5000) == ()
    pass_time(6)
    assert len(world.store.inbox.take_work(10, 5000)) == 1


def test_however_much_a_clock_ahead_handed_out_is_handed_out_again(
    store, client, prefix, pass_time
):
    pass_time(3600)
    assert store.inbox.take_work(1, 5000) == ()
    pipe = client.pipeline(transaction=False)
    for _ in range(10_200):
        pipe.xadd(f"{prefix}:work", {"message": "{}"})
    pipe.xreadgroup("copytaster", "copytaster", {f"{prefix}:work": ">"}, count=20_000)
    pipe.execute()
    pass_time(-3600)
    assert store.inbox.take_work(1, 5000) == ()
    pass_time(6)
    assert len(store.inbox.take_work(20_000, 5000)) == 10_200


def test_work_begun_while_dispatch_was_away_is_handed_out_though_the_clock_is_set_back(
    world, pass_time
):
    """By less than dispatch was away; pollers went on and have seen it."""
    world.put({"uri": "urn:x", "headline": "H"})
    world.consumer.step()
    (batch,) = world.queues.batches
    pass_time(3600)
    assert len(world.store.inbox.begin(batch.stream, batch.ids)) == 1
    world.store.polls.claim_due(1, 5)
    pass_time(-1800)
    world.store.polls.claim_due(1, 5)
    assert world.store.inbox.take_work(10, 5000) == ()
    pass_time(6)
    assert len(world.store.inbox.take_work(10, 5000)) == 1


def test_what_is_due_and_leased_does_not_wait_for_a_clock_that_was_ahead(store, pass_time):
    pass_time(3600)
    store.feeds.add([Feed(id="a", url="https://a.example/")])
    (claim,) = store.polls.claim_due(1, 5)
    assert store.hosts.take_slot("a.example", 10, 60).is_given
    pass_time(-3600)
    assert store.polls.claim_due(1, 5) == ()
    assert store.hosts.take_slot("a.example", 0, 60).wait_s < 11
    pass_time(6)
    (again,) = store.polls.claim_due(1, 5)
    assert again.token != claim.token


def test_what_was_read_before_a_failover_goes_before_nothing_that_the_new_master_has_again(world):
    """Another dispatch took the first message; the new master has not seen that, nor this look."""
    world.put({"uri": "urn:a", "body_text": "one"})
    world.put({"uri": "urn:a", "body_text": "two"})
    _, second = world.store.inbox.read_doors(10, 1 << 20)[0]
    look = next(world.client.scan_iter(world.key("look:*")))
    world.client.delete(look)
    assert world.store.inbox.enter([DoorDecision(message=second, word="work")]) == 0
    assert len(world.store.inbox.read_doors(10, 1 << 20)[0]) == 2
