"""Producers are strangers: whatever they put at a door costs that message and no other."""

import dataclasses
import datetime
import json
import time

import msgspec
import pytest

from worker.desks import Desk, Shape
from worker.errors import BrokerError, BrokerRefused
from worker.model import Feed, NewsItem, feed_id
from worker.model.inbox import DoorDecision
from worker.model.publishing import KillNote, OpenKill
from worker.polling.admission import request_admission
from worker.settings import Settings

TEXT = "PARIS, May 2. /TASS/. The talks of round {} have resumed, envoy Ines Marceau said."
LINK = "https://news.example/talks"
LAST_ID = "18446744073709551615-18446744073709551615"
FAR_IDS = ["10000000000000000000-0", "18446744073709551615-0", LAST_ID, "microseconds", "tomorrow"]
MANY = {f"f{number}": "x" for number in range(9000)}
"""More than Lua's unpack takes at once."""


def item(name, **said):
    return {"uri": f"urn:{name}", "headline": f"{name}", "body_text": TEXT.format(name)} | said


def in_s(seconds):
    """A moment so many seconds from now, as a message says it."""
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return moment.isoformat()


def far_id(word):
    now = time.time()
    known = {"microseconds": f"{int(now * 1e6)}-0", "tomorrow": f"{int((now + 86400) * 1e3)}-7"}
    return known.get(word, word)


def out(world):
    """The uris on the desk, without their scheme."""
    return [subject.removeprefix("urn:") for _, subject, _ in world.told()]


def settle(world, clock):
    """Work until nothing is left to do, as a service does within a minute."""
    for _ in range(30):
        world.work()
        if not world.store.stats.sizes()["inbox"]:
            return
        clock.advance(61)
    pytest.fail(f"still to be done: {world.store.stats.sizes()}")


# ids


@pytest.mark.parametrize("urgent", [False, True])
@pytest.mark.parametrize("word", FAR_IDS)
def test_an_id_far_ahead_stops_no_other_message(world, word, urgent):
    world.put(item("before"), urgent=urgent)
    world.put(item("far"), urgent=urgent, entry_id=far_id(word))
    world.work()
    for number in range(3):
        world.put(item(f"after{number}"), urgent=urgent)
        world.work()
    assert out(world) == ["before", "far", "after0", "after1", "after2"]
    assert world.store.stats.sizes()["inbox"] == world.store.stats.sizes()["dead"] == 0


@pytest.mark.parametrize("word", FAR_IDS)
def test_a_bad_message_under_an_id_far_ahead_is_one_dead_letter(world, word):
    entry_id = world.put("{broken", entry_id=far_id(word))
    world.work()
    world.put(item("honest"))
    world.work()
    (letter,) = world.store.dead_letters.list()
    assert (letter.payload, letter.kind) == ("{broken", "message")
    assert out(world) == ["honest"]
    world.store.dead_letters.retry(letter.id)
    world.work()
    (again,) = world.store.dead_letters.list()
    assert again.payload == "{broken"
    assert entry_id not in {letter.id, again.id}


@pytest.mark.parametrize("word", FAR_IDS)
def test_corrections_and_kills_on_the_other_door_count_after_an_id_far_ahead(world, word):
    world.put(item("stranger"), entry_id=far_id(word))
    world.work()
    world.put(item("talks", version="1", headline="Talks resume in Paris"))
    world.work()
    corrected = item("talks", version="2", headline="CORRECTED: Talks resume in Oslo")
    world.put(corrected, urgent=True)
    world.work()
    world.put(item("talks", version="3", pubstatus="canceled", headline="KILL"), urgent=True)
    world.work()
    assert world.told()[1:] == [
        ("created", "urn:talks", "1"),
        ("corrected", "urn:talks", "2"),
        ("withdrawn", "urn:talks", "3"),
    ]


@pytest.mark.parametrize("word", FAR_IDS)
def test_how_long_a_message_waits_is_seen_after_an_id_far_ahead(world, word, pass_time):
    world.put(item("stranger"), entry_id=far_id(word))
    world.work()
    world.put(item("honest"))
    pass_time(100)
    assert world.store.stats.backlog().inboxes["inbox"].oldest_s >= 100


@pytest.mark.parametrize("urgent", [False, True])
def test_a_door_with_the_last_id_refuses_others_by_name_until_it_was_looked_at(world, urgent):
    world.put("{broken", urgent=urgent)
    world.work()
    world.put(item("last"), urgent=urgent, entry_id=LAST_ID)
    (letter,) = world.store.dead_letters.list()
    with pytest.raises(BrokerError, match="exhausted the last possible ID"):
        world.store.inbox.put("{}", urgent=urgent)
    with pytest.raises(BrokerError, match="exhausted the last possible ID"):
        world.store.dead_letters.retry(letter.id)
    assert world.store.dead_letters.list() == (letter,)
    assert world.store.stats.backlog().inboxes["inbox:urgent" if urgent else "inbox"].waiting == 1
    world.work()
    assert world.store.inbox.put(json.dumps(item("honest")), urgent=urgent)
    assert world.store.dead_letters.retry(letter.id)
    world.work()
    assert out(world) == ["last", "honest"]


@pytest.mark.parametrize("urgent", [False, True])
def test_messages_for_which_a_door_has_too_few_ids_are_put_all_or_none(world, urgent):
    world.put(item("last but one"), urgent=urgent, entry_id=f"{2**64 - 1}-{2**64 - 3}")
    messages = [{"message": json.dumps(item(f"story {number}"))} for number in range(3)]
    with pytest.raises(BrokerRefused, match="exhausted the last possible ID"):
        world.store.inbox.put_all(messages, urgent=urgent, key="k", digest="d")
    world.work()
    assert out(world) == ["last but one"]
    assert len(world.store.inbox.put_all(messages, urgent=urgent, key="k", digest="d")) == 3
    world.work()
    assert out(world) == ["last but one", "story 0", "story 1", "story 2"]


@pytest.mark.parametrize("urgent", [False, True])
def test_an_id_far_ahead_that_is_gone_before_it_was_read_stops_no_other_message(world, urgent):
    """A producer may put an entry and have the stream cut to nothing in one command."""
    door = world.key("inbox:urgent" if urgent else "inbox")
    world.client.execute_command("XADD", door, "MAXLEN", "0", LAST_ID, "message", "{}")
    assert world.client.xlen(door) == 0
    world.work()
    world.put(item("honest"), urgent=urgent)
    world.work()
    assert out(world) == ["honest"]


def test_polls_bring_items_out_while_the_last_id_stands_at_a_door(world):
    url = "https://wire.example/rss"
    world.store.feeds.add([Feed(id=feed_id(url), url=url)])
    for urgent in (False, True):
        world.put("{}", urgent=urgent, entry_id=LAST_ID)
    (claim,) = world.store.polls.claim_due(1, 60)
    lease = world.store.polls.open(claim, 60).lease
    polled = NewsItem(uri="urn:polled", version="1", headline="Polled", body_text=TEXT)
    assert world.store.polls.admit(lease, request_admission([polled])).new == 1
    world.work()
    assert out(world) == ["polled"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"message": "{}", "source": "a"}, {"message": "[]", "source": "a"}),
        ({"message": "{}", "source": "a"}, {"message": "{}", "source": "b"}),
        ({"message": "{}", "source": "a"}, {"message": "{}", "urgency": "a"}),
        ({"message": "{}1", "source": "a"}, {"message": "{}", "source": "1a"}),
    ],
)
@pytest.mark.parametrize("word", ["work", "page", "urgent"])
def test_a_message_that_took_the_place_of_another_is_read_itself(world, first, second, word):
    """A producer may delete its message and put another one of the same size under its id."""
    entry_id = world.client.xadd(world.key("inbox"), first)
    (read,), _ = world.store.inbox.read_doors(10, 1 << 20)
    world.client.delete(world.key("inbox"))
    world.client.xadd(world.key("inbox"), second, id=entry_id)
    assert world.store.inbox.enter([DoorDecision(message=read, word=word)]) == 0
    (again,), _ = world.store.inbox.read_doors(10, 1 << 20)
    assert again.fields == second
    assert world.store.inbox.enter([DoorDecision(message=again, word=word)]) == 1


def test_a_large_message_is_known_by_its_length_and_its_beginning(world):
    """A digest of all of it would hold the server for long."""
    door, begins = world.key("inbox"), "x" * (1 << 20)
    entry_id = world.client.xadd(door, {"message": begins + "y"})
    (read,), _ = world.store.inbox.read_doors(10, 1 << 20)
    for other, is_taken in ((begins, 0), (begins + "zz", 0), (f"y{begins}", 0), (begins + "z", 1)):
        world.client.delete(door)
        world.client.xadd(door, {"message": other}, id=entry_id)
        assert world.store.inbox.enter([DoorDecision(message=read, word="work")]) == is_taken


def test_a_door_may_have_a_past_of_groups_and_deleted_entries(world):
    """Earlier versions read the doors with a consumer group."""
    world.client.xgroup_create(world.key("inbox"), "copytaster", id="0", mkstream=True)
    world.client.xdel(world.key("inbox"), world.put(item("deleted")))
    world.put(item("honest"))
    world.client.xreadgroup("copytaster", "copytaster", {world.key("inbox"): ">"})
    world.work()
    assert out(world) == ["honest"]
    assert world.store.stats.sizes()["inbox"] == 0


@pytest.mark.parametrize("kind", ["string", "list", "hash"])
def test_a_door_of_another_type_is_a_broker_error_and_nothing_worse(world, kind):
    fill = {
        "string": lambda key: world.client.set(key, "x"),
        "list": lambda key: world.client.rpush(key, "x"),
        "hash": lambda key: world.client.hset(key, "a", "b"),
    }
    fill[kind](world.key("inbox:urgent"))
    world.put(item("honest"))
    with pytest.raises(BrokerError, match="WRONGTYPE"):
        world.work()
    world.client.delete(world.key("inbox:urgent"))
    world.work()
    assert out(world) == ["honest"]


# reserved fields

RESERVED = {
    "retry_of": "9999999999999999999-0",
    "order": "9999999999999999999-0",
    "released": "1",
    "failed": "given up by a stranger",
    "page": "1",
    "door": "inbox:urgent",
    "stream": "elsewhere",
}


@pytest.mark.parametrize("urgent", [False, True])
@pytest.mark.parametrize("name", [*RESERVED, None])
def test_fields_of_ours_mean_nothing_from_a_stranger(world, name, urgent):
    fields = {name: RESERVED[name]} if name else RESERVED
    world.put(item("talks", version="1"), fields=fields, urgent=urgent)
    world.work()
    world.put(item("talks", version="2"))
    world.work()
    world.put(item("talks", version="3", pubstatus="canceled"))
    world.work()
    assert world.told() == [
        ("created", "urn:talks", "1"),
        ("updated", "urn:talks", "2"),
        ("withdrawn", "urn:talks", "3"),
    ]
    assert world.store.stats.sizes()["dead"] == 0
    assert world.store.pages.waiting() == 0


def test_a_stranger_lets_no_embargoed_item_go(world):
    world.put(item("budget", embargoed=in_s(3600)), fields=RESERVED)
    world.work(2)
    assert out(world) == []
    assert world.store.stats.sizes()["held"] == 1


def test_a_stranger_chooses_nothing_of_a_dead_letter_but_its_source(world):
    said = {"reason": "r", "kind": "k", "class": "c", "attempts": "7", "payload": "p", "cut": "9"}
    said |= {"item": "urn:i", "detail": "d", "field:published": "f", "field:urgency": "f"}
    world.put("{broken", fields=said | RESERVED | {"source": "me"})
    world.work()
    ((_, letter),) = world.client.xrange(world.key("dead"))
    assert letter.pop("reason").startswith("not JSON")
    assert letter.pop("retry_of") != RESERVED["retry_of"]
    assert letter == {
        "kind": "message",
        "class": "message: not JSON",
        "attempts": "0",
        "source": "me",
        "detail": "",
        "item": "",
        "payload": "{broken",
        "stream": world.key("inbox"),
    }


def test_a_retried_message_of_a_stranger_has_none_of_their_fields(world):
    world.put("{broken", fields=RESERVED | {"published": "2026-05-02"})
    world.work()
    (letter,) = world.store.dead_letters.list()
    world.store.dead_letters.retry(letter.id)
    ((_, fields),) = world.client.xrange(world.key("inbox"))
    assert fields == {"message": "{broken", "published": "2026-05-02"}


# fields: how many, how large, how named


def test_an_embargoed_item_of_thousands_of_fields_stops_no_embargo_and_no_feed(world, clock):
    url = "https://wire.example/rss"
    world.store.feeds.add([Feed(id=feed_id(url), url=url)])
    world.put(item("honest", embargoed=in_s(60)))
    world.put(item("many", embargoed=in_s(30)), fields=MANY)
    world.work()
    assert world.store.stats.sizes()["held"] == 2
    clock.advance(61)
    world.scheduler.step()
    world.work()
    assert sorted(out(world)) == ["honest", "many"]
    assert len(world.queues.polls) == 1


@pytest.mark.parametrize("urgency", [1, 5])
def test_an_item_of_thousands_of_fields_is_published_as_any(world, urgency):
    for name in ("before", "many", "after"):
        fields = MANY if name == "many" else None
        world.put(item(name, urgency=urgency), fields=fields)
    world.work()
    assert out(world) == ["before", "many", "after"]


def test_a_bad_message_of_thousands_of_fields_is_a_dead_letter_that_can_be_retried(world):
    world.put("{broken", fields=MANY)
    world.put(item("honest"))
    world.work()
    assert out(world) == ["honest"]
    (letter,) = world.store.dead_letters.list()
    assert world.store.dead_letters.retry(letter.id)


def test_a_link_of_thousands_of_fields_is_read_once_and_given_up_once(world, pass_time):
    world.put({"link": LINK}, fields=MANY)
    world.put({"link": f"{LINK}/2"}, fields=MANY)
    world.work()
    pages = world.store.pages
    for claim in pages.claim(2, 60):
        page = pages.work(claim, 60)
        if page.work.fields["message"] == json.dumps({"link": LINK}):
            assert pages.finish(page.lease, page.work, json.dumps(item("page")).encode())
        else:
            assert pages.fail(page.lease, page.work, "not there")
    pass_time(120)
    assert pages.claim(2, 60) == ()
    world.work(2)
    assert out(world) == ["page"]
    assert [letter.kind for letter in world.store.dead_letters.list()] == ["page"]
    assert (pages.waiting(), world.store.stats.sizes()["inbox"]) == (0, 0)


def test_a_link_as_long_as_a_message_may_be_costs_itself(world):
    world.put({"link": f"{LINK}?{'x' * 1_000_000}"})
    world.put(item("honest"))
    world.work()
    assert out(world) == ["honest"]
    (letter,) = world.store.dead_letters.list()
    assert letter.reason == "`link` is longer than 8192 characters"


def test_of_a_field_that_is_there_twice_the_first_counts(world):
    words = ["message", json.dumps(item("first")), "source", "a", "source", "b"]
    words += ["message", "{broken"]
    world.client.execute_command("XADD", world.key("inbox"), "*", *words)
    world.work()
    assert out(world) == ["first"]
    assert world.events()[0]["data"]["item"]["source"] == "a"


@pytest.mark.parametrize(
    "fields",
    [
        {b"\xff\xfe": b"x"},
        {b"": b""},
        {b"body": b"x" * 3_000_000},
        {b"x" * 3_000_000: b""},
        {b"a) zzz (": b"x"},
        {b"message": b""},
        {b"message": b"\xff\xfe"},
        {b"message": b"{}", b"source": b"\xff" * 100_000},
        {b"message": b'{"text": "x"}', b"source": b"x" * 3_000_000},
        {b"message": b'{"text": "x"}', b"published": b"soon"},
        {b"message": b'{"text": "x"}', b"urgency": b"\x00"},
        {b"message": b'{"a": NaN}'},
        {b"message": b"[" * 100_000},
        {b"message": b'{"text": "\\ud800", "text": "  "}'},
        {b"message": b'{"feed": "http://[::1"}'},
        {b"message": b'{"link": "file:///etc/passwd"}'},
        {b"message": b'{"' + b"x" * 900_000 + b'": 1}'},
        {b"message": b'{"uri": "urn:x", "headline": "x", "' + b"`" * 900_000 + b'": 1}'},
    ],
    ids=lambda fields: repr(fields)[:40],
)
def test_an_entry_that_is_no_message_is_a_short_dead_letter(world, fields):
    world.client.xadd(world.key("inbox"), fields)
    world.put(item("honest"))
    world.work()
    assert out(world) == ["honest"]
    (letter,) = world.store.dead_letters.list()
    assert letter.kind == "message"
    assert len(letter.reason) <= 1000
    bytes_of_all = world.client.memory_usage(world.key("dead"), samples=0)
    assert bytes_of_all - len(letter.payload.encode()) < 10_000 + 4 * 8192  # a whole `source`


def test_a_message_at_the_limit_is_published_and_one_byte_more_is_not(make_world):
    world = make_world(Settings(message_limit_bytes=4096))
    for name, more in (("at", 0), ("over", 1)):
        message = item(name)
        room = 4096 - len(json.dumps(message)) + more
        message["body_text"] += "x" * room
        assert len(json.dumps(message)) == 4096 + more
        world.put(message)
    world.work()
    assert out(world) == ["at"]
    (letter,) = world.store.dead_letters.list()
    assert letter.reason == "the message is larger than 4096 bytes"


def test_what_stands_beside_a_message_has_a_limit_of_its_own(world):
    world.put(item("beside"), fields={"source": "x" * 8_000})
    world.put(item("over"), fields={"source": "x" * (1 << 21)})
    world.work()
    assert out(world) == ["beside"]
    (letter,) = world.store.dead_letters.list()
    assert letter.reason == "the entry is larger than 1064960 bytes"
    assert len(letter.source) == 8192


def test_names_and_texts_that_are_not_utf_8_are_published_with_what_can_be_read(world):
    raw = json.dumps(item("odd")).encode().replace(b"odd have", b"\xff\xfe have")
    world.client.xadd(world.key("inbox"), {b"message": raw, b"\xfe": b"\xfd", b"source": b"\xff"})
    world.work()
    (event,) = world.events()
    assert event["subject"] == "urn:odd"
    assert event["data"]["item"]["source"] == "\ufffd"


# large messages


def test_messages_far_over_the_limit_are_dead_letters_at_once(make_world):
    """A look reads a bound of bytes, and of a message that is too long only as much as shows it."""
    world = make_world()
    for _ in range(40):
        world.put("x" * (3 << 20))
    world.put(item("honest"))
    while messages := world.store.inbox.read_doors(200, 1 << 20)[0]:
        assert sum(one.size for one in messages) <= 8 << 20
        assert sum(len(one.fields["message"]) for one in messages) <= 4 << 20
        world.work()
    assert out(world) == ["honest"]
    letters = world.store.dead_letters.list()
    assert len(letters) == 40
    assert {len(letter.payload) for letter in letters} == {64 << 10}


@pytest.mark.parametrize("is_name", [False, True])
@pytest.mark.parametrize("urgent", [False, True])
def test_large_fields_that_mean_nothing_count_towards_what_one_look_reads(world, is_name, urgent):
    large = "x" * (3 << 20)
    for number in range(8):
        fields = {large: ""} if is_name else {"trace": large}
        world.put(item(number), fields=fields, urgent=urgent)
        world.put(item(f"honest{number}"))
    looks = []
    while messages := world.store.inbox.read_doors(200, 1 << 20)[0]:
        looks.append(sum("honest" not in one.fields["message"] for one in messages))
        world.work()
    assert max(looks) == 2
    honest = [f"honest{number}" for number in range(8)]
    assert [name for name in out(world) if name in honest] == honest
    assert len(out(world)) == 16


def test_entries_of_very_many_fields_are_read_one_at_a_time(world):
    words = [word for number in range(140_000) for word in (f"f{number}", "x")]
    for _ in range(3):
        world.client.execute_command("XADD", world.key("inbox"), "*", *words)
    world.put(item("honest"))
    looks = []
    for _ in range(3):
        messages, has_more = world.store.inbox.read_doors(200, 1 << 20)
        looks.append((len(messages), has_more))
        world.work()
    assert looks == [(1, True)] * 3
    world.work()
    assert out(world) == ["honest"]
    assert world.store.stats.sizes()["dead"] == 3


# many events


def many_quotes(name, headline_chars):
    """An item whose headline is repeated in the event of each of its 600 quotes."""
    quotes = "\n\n".join(f'"We are close to {number}," Marceau said.' for number in range(600))
    return item(name, headline="x" * headline_chars, body_text=TEXT.format(name) + "\n\n" + quotes)


def with_quote_desks(world, count):
    quotes = [Desk(name=f"quotes{number}", shape=Shape.QUOTES) for number in range(count)]
    world.services = dataclasses.replace(world.services, desks=(Desk(name="items"), *quotes))


def test_events_are_published_in_scripts_of_a_bounded_size(world, monkeypatch):
    with_quote_desks(world, 1)
    real, sizes = world.store.publications.publish, []

    def publish(requests):
        sizes.append(sum(len(event.body) for one in requests for event in one.publications))
        return real(requests)

    monkeypatch.setattr(world.store.publications, "publish", publish)
    names = ["honest0", "large0", "large1", "large2", "honest1"]
    for name in names:
        world.put(many_quotes(name, 12_000) if "large" in name else item(name))
    (report,) = world.work()
    assert (report.published, out(world)) == (5, names)
    assert len(world.events("quotes0")) == 3 * 600
    assert len(sizes) > 1
    assert max(sizes) < 17 << 20


def test_quotes_of_an_item_have_a_limit_in_bytes(world):
    with_quote_desks(world, 1)
    world.put(many_quotes("large", 100_000))
    world.work()
    (entry, *others) = world.store.desks.read("quotes0", limit=1000)
    assert len(entry.body) * (1 + len(others)) < 9 << 20
    assert (out(world), len(others) > 50) == (["large"], True)


def test_an_item_with_too_large_events_is_a_dead_letter_and_costs_no_other(world):
    with_quote_desks(world, 9)
    for name in ("honest0", "large", "honest1"):
        world.put(many_quotes(name, 100_000) if name == "large" else item(name))
    world.work()
    assert out(world) == ["honest0", "honest1"]
    (letter,) = world.store.dead_letters.list()
    assert (letter.kind, letter.item) == ("message", "urn:large")
    assert letter.reason == "the events of the item are larger than 64 MiB"


def test_a_kill_with_long_fields_withdraws_few_items(world):
    for number in range(20):
        world.put(item(number, slugline="EU--Oslo Talks", source="ours"))
    world.work()
    note = {"headline": "KILL", "body_text": "KILL KILL KILL. Kill EU--Oslo Talks."}
    note |= {"slugline": "EU--Oslo Talks", "source": "ours", "rights": "x" * 300_000}
    world.put(item("kill", **note))
    world.work()
    targets = [event["data"].get("target") for event in world.events()[20:]]
    assert [target["is_certain"] for target in targets] == [False]


# kills


def open_kill(number, source):
    """A kill of another item, later than all that is put in a test."""
    return OpenKill(
        order=f"{time.time_ns() // 10**6 + 3_600_000}-{number}",
        wires=(f"source:{source}",),
        note=KillNote(uri=f"urn:kill{number}", numbers=("9999",)),
    )


@pytest.mark.parametrize("source", ["elsewhere", "ours"])
def test_a_flood_of_kills_stops_no_item_and_counts_no_attempt(world, monkeypatch, clock, source):
    """A kill is opened between each look at the kills and each publishing."""
    real = world.store.publications.publish
    opened = []

    def publish(outcomes):
        if len(opened) < 150:
            opened.append(open_kill(len(opened), source))
            world.store.publications.open_kill(opened[-1], outcomes[0].entry)
        return real(outcomes)

    monkeypatch.setattr(world.store.publications, "publish", publish)
    for number in range(10):
        world.put(item(number, source="ours"))
    settle(world, clock)
    assert sorted(out(world)) == [str(number) for number in range(10)]
    assert world.store.stats.sizes()["dead"] == 0


def test_an_item_of_another_wire_than_the_flood_needs_one_look(world, monkeypatch):
    real, rounds = world.store.publications.publish, []

    def publish(outcomes):
        world.store.publications.open_kill(open_kill(len(rounds), "elsewhere"), outcomes[0].entry)
        rounds.append(outcomes)
        return real(outcomes)

    monkeypatch.setattr(world.store.publications, "publish", publish)
    world.put(item("ours", source="ours"))
    world.work()
    assert (out(world), len(rounds)) == (["ours"], 1)


def test_kill_notes_as_long_as_a_message_may_be_are_kept_short(world):
    for number in range(5):
        kill = {"uri": f"urn:kill{number}", "pubstatus": "canceled", "source": "hostile"}
        headline = f"KILL item No 0042 {number} " + "x" * 900_000
        body = f'KILL KILL KILL: our item 0042, headlined "{"y " * 20_000}".'
        world.put(kill | {"headline": headline, "body_text": body}, urgent=True)
    world.work()
    assert len(world.told()) == 5
    kept = world.store.publications.open_kills(["source:hostile"]).kills
    assert len(kept) == 5
    assert max(len(msgspec.json.encode(kill)) for kill in kept) < 20_000
