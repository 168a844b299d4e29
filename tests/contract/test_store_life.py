"""What the store promises of versions, kills, embargoes and copies."""

import datetime

import msgspec
import pytest

from worker.model.digests import item_id, uri_hash, version_hash
from worker.model.inbox import DoorDecision, InboxEntry
from worker.model.publishing import (
    EventMark,
    ItemTrace,
    KillNote,
    OpenKill,
    OpenKills,
    Publication,
    PublishedState,
    PublishRequest,
    PublishResult,
    RecentItem,
    Reissue,
    Withdrawal,
)
from worker.store import records
from worker.store.connection import Connection, _script

HOUR_MS = 3_600_000
UTC = datetime.UTC
TALKS = RecentItem(uri="urn:talks", version="1", number="0042", headline="Talks resume")


def put(store, message: str = "{}", **options) -> InboxEntry:
    """One message, let in and handed out."""
    store.inbox.put(message, **options)
    messages, _ = store.inbox.read_doors(1000, 1 << 20)
    store.inbox.enter([DoorDecision(message=one, word="work") for one in messages])
    return store.inbox.take_work(1000, HOUR_MS)[-1]


def take(store) -> InboxEntry:
    """The one entry that is to be done, begun."""
    (entry,) = store.inbox.take_work(10, 0)
    (entry,) = store.inbox.begin(entry.stream, [entry.id])
    return entry


def event(event_id: str, desk: str = "items", digest: bytes = b"d1d1") -> Publication:
    return Publication(desk=desk, id=event_id, type="t", body=b"{}", digest=digest)


def outcome(entry: InboxEntry, *events: Publication, **said) -> PublishRequest:
    said = {"uri": "urn:talks", "version": "1", "expected": None} | said
    return PublishRequest(entry=entry, publications=events, **said)


def publish(store, *events, **said):
    (result,) = store.publications.publish([outcome(put(store), *events, **said)])
    return result


def ids_on(store, desk: str = "items") -> list[str]:
    return [entry.id for entry in store.desks.read(desk, limit=1000)]


def soon(seconds: float) -> datetime.datetime:
    return datetime.datetime.now(UTC) + datetime.timedelta(seconds=seconds)


# versions and copies


def test_of_an_unknown_item_nothing_is_known(store):
    assert store.publications.known(["urn:a", "urn:b"]) == (PublishedState(), PublishedState())
    assert store.publications.known([]) == ()


def test_the_desks_of_all_versions_are_known_each_once(store):
    publish(store, event("e1"), event("e2", "quotes"), event("e3", "quotes"))
    publish(store, event("e4"), event("e5", "alerts"), version="2", expected="1")
    (known,) = store.publications.known(["urn:talks"])
    assert known.place == known.order
    assert msgspec.structs.replace(known, order="", place="") == PublishedState(
        version="2",
        desks=("alerts", "items", "quotes"),
        behind=("quotes",),
        seen=((version_hash("1"), 1), (version_hash("2"), 1)),
        published=(version_hash("1"), version_hash("2")),
    )


def test_the_copy_of_the_last_version_is_kept_and_no_older_one(store):
    publish(store, copy=b"\x00one\xff")
    (first,) = store.archive.list()
    publish(store, copy=b"two", version="2", expected="1")
    (kept,) = store.archive.list()
    assert (first.body, kept.body) == (b"\x00one\xff", b"two")
    assert first.item == kept.item == item_id("urn:talks")
    assert store.archive.get(first.id) is None
    assert store.archive.get(kept.id) == kept
    assert store.publications.known(["urn:talks"])[0].copy == kept.id


def test_a_version_without_a_copy_drops_the_one_before(store):
    publish(store, copy=b"one")
    publish(store, version="2", expected="1")
    assert store.archive.list() == ()
    assert store.publications.known(["urn:talks"])[0].copy is None


def test_copies_are_read_from_any_place_on(store):
    for number in range(5):
        publish(store, copy=b"%d" % number, uri=f"urn:{number}")
    first = store.archive.list(limit=2)
    rest = store.archive.list(after=first[-1].id)
    assert [kept.body for kept in first + rest] == [b"0", b"1", b"2", b"3", b"4"]


def test_copies_are_bounded_in_bytes_the_oldest_go_first(make_store):
    store = make_store(copies_bytes=1000)
    for number in range(30):
        publish(store, copy=b"x" * 90 + b"%02d" % number, uri=f"urn:{number}")
    assert [kept.body[-2:] for kept in store.archive.list()] == [b"%d" % n for n in range(20, 30)]


def test_copies_are_bounded_in_time(make_store, pass_time):
    store = make_store(copies_for_s=1)
    publish(store, copy=b"old", uri="urn:old")
    pass_time(1.1)
    publish(store, copy=b"new", uri="urn:new")
    assert [kept.body for kept in store.archive.list()] == [b"new"]


# recent items


def test_items_are_listed_on_their_wires_newest_first(store, pass_time):
    publish(store, uri="urn:a", recent=TALKS, wires=("agency:tass", "source:x"))
    pass_time(0.01)
    other = RecentItem(uri="urn:b", version="1")
    publish(store, uri="urn:b", recent=other, wires=("agency:tass",))
    listed = store.publications.recent(["agency:tass"])
    assert [one.uri for one in listed] == ["urn:b", "urn:talks"]
    assert listed[0].at_ms > listed[1].at_ms > 1_600_000_000_000
    assert [one.uri for one in store.publications.recent(["source:x"])] == ["urn:talks"]
    assert len(store.publications.recent(["agency:tass", "source:x"])) == 3
    assert store.publications.recent(["agency:ap"]) == store.publications.recent([]) == ()


def test_recent_items_are_bounded_in_time_and_not_in_number(make_store, pass_time):
    store = make_store(kill_window_s=100)
    for number in range(1100):
        publish(store, uri=f"urn:{number}", recent=TALKS, wires=("w",))
    assert len(store.publications.recent(["w"])) == 1100
    pass_time(101)
    kill_order = opened_kill(store, open_kill()).id
    assert store.publications.recent(["w"], kill_order) == ()


def test_an_item_of_before_the_window_is_not_listed_with_later_ones(make_store, pass_time):
    store = make_store(kill_window_s=100)
    for number in range(3):
        publish(store, uri=f"urn:{number}", recent=TALKS, wires=("w",))
        pass_time(60)
    assert len(store.publications.recent(["w"])) == 2


def test_items_and_copies_are_forgotten_in_time_after_the_clock_was_ahead(make_store, pass_time):
    store = make_store(kill_window_s=100, copies_for_s=100)
    pass_time(10_000)
    publish(store, uri="urn:ahead")
    pass_time(-10_000)
    for number in range(300):
        publish(store, uri=f"urn:{number}", copy=b"old", recent=TALKS, wires=("w",))
    pass_time(101)
    publish(store, uri="urn:new", copy=b"new", recent=TALKS, wires=("w",))
    assert [kept.body for kept in store.archive.list()] == [b"new"]
    assert len(store.publications.recent(["w"])) == 1
    pass_time(99)
    publish(store, uri="urn:newer", copy=b"newer", recent=TALKS, wires=("w",))
    assert [kept.body for kept in store.archive.list()] == [b"new", b"newer"]


# kills


def kill(store, *events, desks=(), uri="urn:kill", target="urn:talks"):
    return publish(store, *events, uri=uri, withdraws=(Withdrawal(uri=target, desks=desks),))


def test_a_version_older_than_its_kill_is_stale(store):
    late = put(store)
    assert kill(store, event("k")) is PublishResult.PUBLISHED
    assert store.publications.publish([outcome(late, event("e1"))]) == (PublishResult.STALE,)
    assert ids_on(store) == ["k"]


def test_a_version_after_the_kill_is_published_and_ends_it(store):
    publish(store, event("e1"))
    kill(store, desks=("items",))
    assert publish(store, event("e2"), version="2", expected="1") is PublishResult.PUBLISHED
    assert publish(store, event("e3"), version="3", expected="2") is PublishResult.PUBLISHED
    assert ids_on(store) == ["e1", "e2", "e3"]


def test_a_kill_that_does_not_know_all_desks_of_its_target_is_a_conflict(store):
    publish(store, event("e1"), event("e2", "quotes"))
    assert kill(store, event("k"), desks=("items",)) is PublishResult.CONFLICT
    assert ids_on(store) == ["e1"]
    right = outcome(
        take(store),
        event("k"),
        uri="urn:kill",
        withdraws=(Withdrawal(uri="urn:talks", desks=("items", "quotes")),),
    )
    assert store.publications.publish([right]) == (PublishResult.PUBLISHED,)


def test_the_desks_of_a_target_are_told_apart_in_any_order(store):
    publish(store, event("e1", "aa"), event("e2", "a-b"), event("e3", "b"))
    assert kill(store, event("k"), desks=("b", "a-b")) is PublishResult.CONFLICT
    assert kill(store, event("k"), desks=("b", "a-b", "aa", "c")) is PublishResult.CONFLICT
    assert kill(store, event("k"), desks=("aa", "b", "a-b")) is PublishResult.PUBLISHED


@pytest.mark.parametrize(
    "name", ["admit", "find_duplicates", "hold", "known", "publish", "reissue"]
)
def test_nothing_hangs_on_how_a_server_sorts_names(name):
    """Lua sorts by the server's locale: `aa` before `a-b` in most of them, and not in C."""
    assert "table.sort" not in _script(name)[0]


def test_a_kill_of_what_has_a_later_version_out_is_a_conflict(store):
    publish(store, event("e1"))
    early, late = put(store), put(store)
    second = outcome(late, event("e2"), version="2", expected="1")
    assert store.publications.publish([second]) == (PublishResult.PUBLISHED,)
    assert store.publications.known(["urn:talks"])[0].order == late.id
    withdraws = (Withdrawal(uri="urn:talks", version="1", desks=("items",)),)
    for entry, result in ((early, PublishResult.CONFLICT), (put(store), PublishResult.PUBLISHED)):
        killing = outcome(entry, event("k"), uri="urn:kill", withdraws=withdraws)
        assert store.publications.publish([killing]) == (result,)
    assert ids_on(store) == ["e1", "e2", "k"]


def test_a_kill_that_a_later_version_overtook_goes_to_the_desks_behind_it_alone(store):
    publish(store, event("e1"), event("e2", "quotes"))
    early = put(store)
    publish(store, event("e3"), version="2", expected="1")
    told = event("k", "quotes")
    for desks, is_behind, result in (
        (("items", "quotes"), False, PublishResult.CONFLICT),
        (("items", "quotes"), True, PublishResult.CONFLICT),
        (("quotes",), True, PublishResult.PUBLISHED),
    ):
        back = Withdrawal(uri="urn:talks", version="1", desks=desks, is_behind=is_behind)
        killing = outcome(early, told, uri="urn:kill", withdraws=(back,))
        assert store.publications.publish([killing]) == (result,)
    assert (ids_on(store), ids_on(store, "quotes")) == (["e1", "e3"], ["e2", "k"])
    assert not store.publications.known(["urn:talks"])[0].is_withdrawn


def test_a_kill_under_its_items_uri_that_a_later_version_overtook_is_told_once(store):
    publish(store, event("e1"), event("e2", "quotes"))
    early, again = put(store), put(store)
    publish(store, event("e3"), version="2", expected="1")
    (before,) = store.publications.known(["urn:talks"])
    back = Withdrawal(uri="urn:talks", version="1", desks=("quotes",), is_behind=True)
    said = {"version": "k", "expected": "2", "withdraws": (back,)}
    told = event("k", "quotes")
    assert store.publications.publish([outcome(early, told, **said | {"expected": "1"})]) == (
        PublishResult.CONFLICT,
    )
    assert store.publications.publish([outcome(early, told, **said)]) == (PublishResult.PUBLISHED,)
    assert store.publications.publish([outcome(again, told, **said)]) == (PublishResult.STALE,)
    assert (ids_on(store), ids_on(store, "quotes")) == (["e1", "e3"], ["e2", "k"])
    (after,) = store.publications.known(["urn:talks"])
    had = {"seen": before.seen, "published": before.published, "passed_over": {}}
    assert msgspec.structs.replace(after, **had) == before
    assert store.stats.sizes()["inbox"] == 0


def test_one_kill_takes_back_several_items(store):
    late = [put(store), put(store)]
    both = (Withdrawal(uri="urn:a"), Withdrawal(uri="urn:b"))
    publish(store, uri="urn:kill", withdraws=both)
    outcomes = [outcome(entry, uri=f"urn:{name}") for entry, name in zip(late, "ab", strict=True)]
    assert store.publications.publish(outcomes) == (PublishResult.STALE, PublishResult.STALE)


def open_kill(uri="urn:kill", wires=("agency:tass", "source:x"), order="5-0") -> OpenKill:
    note = KillNote(uri=uri, numbers=("0042",), headline="«Ж»", own_headline="Kill")
    return OpenKill(order=order, wires=wires, note=note)


def opened_kill(store, kill) -> OpenKill:
    """The kill, open under an entry of its own, which is done then."""
    entry = put(store)
    kill = store.publications.open_kill(kill, entry)
    store.publications.publish([outcome(entry, uri=f"urn:of-{kill.id}")])
    return kill


def kills_on(store, *wires):
    """The uris of the kills that are open on any of these wires."""
    return {kill.note.uri for kill in store.publications.open_kills(wires).kills}


def test_an_open_kill_is_remembered_as_it_was_said_on_each_of_its_wires(store):
    assert store.publications.open_kills([]) == OpenKills()
    assert store.publications.open_kills(["agency:tass"]) == OpenKills(
        newest={"agency:tass": "0-0"}
    )
    opened_kill(store, open_kill())
    found = store.publications.open_kills(["agency:tass", "source:x", "source:y"])
    assert [msgspec.structs.replace(one, id="") for one in found.kills] == [open_kill()]
    assert set(found.newest) == {"agency:tass", "source:x", "source:y"}
    assert found.newest["source:y"] == "0-0"
    assert "0-0" not in {found.newest["agency:tass"], found.newest["source:x"]}


def test_all_open_kills_of_some_wires_are_found(store):
    opened_kill(store, open_kill("urn:a", order="5-1"))
    opened_kill(store, open_kill("urn:b", order="5-2"))
    opened_kill(store, open_kill("urn:c", wires=("source:c",), order="5-3"))
    assert kills_on(store, "agency:tass") == {"urn:a", "urn:b"}
    assert kills_on(store, "source:x", "source:c") == {"urn:a", "urn:b", "urn:c"}


def test_open_kills_are_forgotten_in_time(make_store, pass_time):
    store = make_store(kill_window_s=100, known_for_s=200)
    for number in range(3):
        opened_kill(store, open_kill(f"urn:{number}", order=f"5-{number}"))
        pass_time(60)
    assert kills_on(store, "source:x") == {"urn:1", "urn:2"}
    pass_time(200)
    assert store.publications.open_kills(["source:x"]) == OpenKills(newest={"source:x": "0-0"})


def test_an_item_that_was_not_held_against_a_new_kill_of_its_wires_is_a_conflict(store):
    entry = put(store)
    opened_kill(store, open_kill())
    newest = store.publications.open_kills(["source:x"]).newest["source:x"]
    for known in ("0-0", "1-1"):
        unaware = outcome(entry, event("e1"), kills_to={"source:y": "0-0", "source:x": known})
        assert store.publications.publish([unaware]) == (PublishResult.CONFLICT,)
        assert store.publications.hold(unaware, soon(60)) is PublishResult.CONFLICT
    aware = outcome(entry, event("e1"), kills_to={"source:x": newest})
    assert store.publications.publish([aware]) == (PublishResult.PUBLISHED,)


def test_a_kill_that_the_store_has_lost_since_it_was_opened_is_a_conflict(store, client, prefix):
    opened = opened_kill(store, open_kill())
    entry = put(store)
    killing = outcome(entry, event("k"), uri="urn:kill", opened=opened)
    for key in client.scan_iter(f"{prefix}:kills:*"):
        client.delete(key)
    opened_kill(store, open_kill("urn:other"))
    assert store.publications.publish([killing]) == (PublishResult.CONFLICT,)
    assert ids_on(store) == []
    again = outcome(entry, event("k"), uri="urn:kill", opened=opened_kill(store, open_kill()))
    assert store.publications.publish([again]) == (PublishResult.PUBLISHED,)


def test_each_opening_of_a_kill_has_an_id_of_its_own_on_all_of_its_wires(store):
    opened = [
        opened_kill(store, open_kill(f"urn:{number}", order=f"5-{number}")) for number in (1, 2)
    ]
    for wire in ("agency:tass", "source:x"):
        found = store.publications.open_kills([wire])
        assert found.kills == tuple(reversed(opened))
        assert found.newest == {wire: opened[1].id}


def test_a_kill_of_another_wire_is_no_conflict(store):
    entry = put(store)
    opened_kill(store, open_kill())
    one = outcome(entry, event("e1"), kills_to={"source:y": "0-0"})
    assert store.publications.publish([one]) == (PublishResult.PUBLISHED,)


def test_versions_that_the_repeat_of_an_older_one_overtook_come_out_when_they_are_put_again(store):
    """As the batch of a worker that died is handed out again after its first was put once more."""
    said = {"is_named": True}
    first, second, third = put(store), put(store), put(store)
    publish(store, event("e1"), **said)
    late = [
        outcome(entry, event(f"e{version}"), version=version, expected="1", **said)
        for entry, version in ((second, "2"), (first, "1"), (third, "3"))
    ]
    assert set(store.publications.publish(late)) == {PublishResult.STALE}
    for version, before in (("2", "1"), ("3", "2"), ("2", "3"), ("1", "3")):
        publish(store, event(f"e{version}"), version=version, expected=before, **said)
    assert ids_on(store) == ["e1", "e2", "e3"]


def test_an_overtaken_version_has_its_first_place_when_it_is_put_again(store):
    said = {"is_named": True}
    first = put(store)
    publish(store, event("e2"), version="2", **said)
    late = outcome(first, event("e1"), expected="2", **said)
    assert store.publications.publish([late]) == (PublishResult.STALE,)
    assert publish(store, event("e1"), expected="2", **said) is PublishResult.STALE
    assert ids_on(store) == ["e2"]


def test_without_kills_there_is_nothing_to_know(store):
    assert publish(store, event("e1"), kills_to={"w": "0-0"}) is PublishResult.PUBLISHED


def test_an_item_that_a_kill_stopped_is_done_and_leaves_a_trace(store):
    entry, kill = put(store), opened_kill(store, open_kill())
    assert store.publications.withhold(outcome(entry), kill) is PublishResult.STALE
    assert store.publications.withhold(outcome(entry), kill) is PublishResult.GONE
    assert store.publications.trace("urn:talks") == ItemTrace(withheld="1", withheld_by="urn:kill")
    assert store.publications.publish([outcome(entry, event("e1"))]) == (PublishResult.GONE,)
    assert store.stats.sizes()["inbox"] == 0


def test_a_kill_that_is_open_no_more_stops_nothing(store, client, prefix):
    """A server that took over may not have had it."""
    entry, kill = put(store), opened_kill(store, open_kill())
    client.delete(*client.keys(f"{prefix}:kills:*"))
    assert store.publications.withhold(outcome(entry), kill) is PublishResult.CONFLICT
    assert store.publications.trace("urn:talks") == ItemTrace()
    assert store.publications.publish([outcome(entry, event("e1"))]) == (PublishResult.PUBLISHED,)


@pytest.mark.parametrize("dropping", ["agency:tass", "source:x"])
def test_a_kill_is_open_while_any_of_its_wires_lists_it(store, client, prefix, dropping):
    """A wire with many kills drops its oldest, and the kill's other wire may have few."""
    entry, kill = put(store), opened_kill(store, open_kill())
    client.delete(f"{prefix}:kills:{uri_hash(dropping)}")
    killing = outcome(put(store), event("k"), uri="urn:kill", opened=kill)
    assert store.publications.withhold(outcome(entry), kill) is PublishResult.STALE
    assert store.publications.publish([killing]) == (PublishResult.PUBLISHED,)


def test_a_version_that_comes_after_the_one_that_was_stopped_is_published(store):
    store.publications.withhold(outcome(put(store)), opened_kill(store, open_kill()))
    assert publish(store, event("e2"), version="2") is PublishResult.PUBLISHED
    assert ids_on(store) == ["e2"]
    assert store.publications.trace("urn:talks").version == "2"


def test_a_version_that_a_kill_stopped_does_not_come_out_when_it_is_put_again(store):
    store.publications.withhold(outcome(put(store)), opened_kill(store, open_kill()))
    assert publish(store, event("e1"), copy=b"x") is PublishResult.STALE
    assert (ids_on(store), store.archive.list()) == ([], ())
    assert store.publications.known(["urn:talks"]) == (PublishedState(),)


def test_a_version_that_a_kill_took_back_does_not_come_out_when_it_is_put_again(store):
    publish(store, event("e1"))
    kill(store, desks=("items",))
    assert publish(store, event("e1"), expected="1") is PublishResult.STALE
    assert store.publications.known(["urn:talks"])[0].is_withdrawn


# embargoes


def hold(store, until, *, uri="urn:talks", message='{"é": 1}', **said):
    entry = put(store, message, fields={"source": "me"})
    return entry, store.publications.hold(outcome(entry, uri=uri, **said), until)


def test_an_item_that_waits_is_off_the_inbox_and_listed_for_kills(store):
    entry, result = hold(store, soon(60), recent=TALKS, wires=("w",))
    assert result is PublishResult.HELD
    assert store.inbox.begin(entry.stream, [entry.id]) == ()
    assert store.inbox.release_held() == 0
    sizes = store.stats.sizes()
    assert (sizes["inbox"], sizes["inbox_pending"], sizes["held"]) == (0, 0, 1)
    assert [one.uri for one in store.publications.recent(["w"])] == ["urn:talks"]
    assert store.publications.known(["urn:talks"]) == (PublishedState(),)


def test_items_that_wait_are_read_in_replies_of_a_bounded_size(store, client, prefix, monkeypatch):
    for number in range(2):
        hold(store, soon(60), uri=f"urn:{number}", recent=TALKS, wires=("w", "x"))
    others = outcome(put(store), recent=TALKS, wires=("other",))
    packed = b"1-1 " + records.pack_held(others)
    client.hset(f"{prefix}:held:recent", mapping={f"other{n}": packed for n in range(8000)})
    real, lengths = Connection.call, []

    def call(self, *words, **said):
        reply = real(self, *words, **said)
        lengths.append(len(reply[1] if words[0] == "HSCAN" else reply))
        return reply

    monkeypatch.setattr(Connection, "call", call)
    assert [one.uri for one in store.publications.recent(["w", "x"])] == ["urn:talks"] * 2
    assert max(lengths) < 4000


def test_an_item_whose_time_has_come_is_on_the_urgent_inbox_in_its_old_place(store, pass_time):
    entry, _ = hold(store, soon(0.3))
    pass_time(0.4)
    assert (store.inbox.release_held(), store.inbox.release_held()) == (1, 0)
    released = take(store)
    assert released.fields == {
        "message": '{"é": 1}',
        "source": "me",
        "door": "inbox",
        "order": entry.id,
        "released": "1",
    }
    assert released.stream.endswith(":urgent")
    assert store.stats.sizes()["held"] == 0


def test_a_held_entry_that_cannot_be_read_is_put_aside(store, client, prefix):
    held = {"a": b"\xc1", "b": msgspec.msgpack.encode("0-1"), "c": msgspec.msgpack.encode([1, 2])}
    client.hset(f"{prefix}:held", mapping=held)
    client.zadd(f"{prefix}:held:due", dict.fromkeys(held, 0))
    assert (store.inbox.release_held(), store.inbox.release_held()) == (3, 0)
    assert client.hlen(f"{prefix}:held:unread") == 3
    assert client.xlen(f"{prefix}:work:urgent") == 0


UNREADABLE = [
    b"\xc1",
    *map(msgspec.msgpack.encode, ["0-1", ["0-1"], ["0-1", [], 3], ["first", [], "hash"], {}, None]),
]


@pytest.mark.parametrize("packed", UNREADABLE)
def test_no_kill_fails_on_a_held_entry_that_cannot_be_read(store, client, prefix, packed):
    publish(store, event("e1"))
    client.hset(f"{prefix}:held", item_id("urn:talks"), packed)
    client.zadd(f"{prefix}:held:due", {item_id("urn:talks"): 0})
    assert kill(store, event("k"), desks=("items",)) is PublishResult.PUBLISHED
    assert ids_on(store) == ["e1", "k"]
    trace = ItemTrace(version="1", desks=("items",), is_held=True, is_withdrawn=True)
    assert store.publications.trace("urn:talks") == trace
    assert (store.inbox.release_held(), client.hlen(f"{prefix}:held:unread")) == (1, 1)
    assert not store.publications.trace("urn:talks").is_held


@pytest.mark.parametrize("packed", UNREADABLE)
def test_a_version_takes_the_place_of_one_that_cannot_be_read(store, client, prefix, packed):
    client.hset(f"{prefix}:held", item_id("urn:talks"), packed)
    assert hold(store, soon(60), message="2", version="2")[1] is PublishResult.HELD
    assert publish(store, event("e3"), version="3") is PublishResult.PUBLISHED
    assert (store.stats.sizes()["held"], ids_on(store)) == (0, ["e3"])


def test_an_item_whose_time_has_come_by_the_stores_clock_is_due_and_not_held(store, pass_time):
    entry = put(store)
    until = soon(60)
    pass_time(61)
    assert store.publications.hold(outcome(entry), until) is PublishResult.DUE
    assert store.stats.sizes()["held"] == 0
    assert store.publications.publish([outcome(entry, event("e1"))]) == (PublishResult.PUBLISHED,)


def test_an_entry_that_was_done_is_not_held(store):
    entry = put(store)
    store.inbox.finish(entry)
    assert store.publications.hold(outcome(entry), soon(60)) is PublishResult.GONE
    assert store.stats.sizes()["held"] == 0


def test_a_later_version_takes_the_place_of_the_one_that_waits(store, pass_time):
    _, first = hold(store, soon(0.2), message="1")
    _, second = hold(store, soon(0.3), message="2", version="2")
    assert (first, second) == (PublishResult.HELD, PublishResult.HELD)
    pass_time(0.5)
    assert store.inbox.release_held() == 1
    assert take(store).fields["message"] == "2"


def test_an_older_version_does_not_wait_behind_a_later_one(store):
    old, new = put(store, "1"), put(store, "2")
    assert store.publications.hold(outcome(new, version="2"), soon(60)) is PublishResult.HELD
    assert store.publications.hold(outcome(old), soon(60)) is PublishResult.STALE
    assert store.stats.sizes()["held"] == 1


def test_a_version_that_is_out_ends_the_waiting_of_older_ones(store):
    hold(store, soon(60))
    publish(store, event("e2"), version="2")
    assert store.stats.sizes()["held"] == 0


def test_an_older_version_that_comes_out_leaves_a_later_one_waiting(store):
    old, new = put(store), put(store)
    store.publications.hold(outcome(new, version="2"), soon(60))
    assert store.publications.publish([outcome(old, event("e1"))]) == (PublishResult.PUBLISHED,)
    assert store.stats.sizes()["held"] == 1


def test_a_kill_ends_the_waiting_of_its_target(store, pass_time):
    hold(store, soon(0.2))
    kill(store, event("k"))
    pass_time(0.3)
    assert (store.stats.sizes()["held"], store.inbox.release_held()) == (0, 0)


def test_a_kill_that_comes_between_release_and_publishing_is_heeded(store, pass_time):
    hold(store, soon(0.2))
    pass_time(0.3)
    store.inbox.release_held()
    kill(store, event("k"))
    assert store.publications.publish([outcome(take(store), event("e1"))]) == (PublishResult.STALE,)
    assert ids_on(store) == ["k"]


# replays


FIRST = EventMark(digest=b"d1d1")


def reissue(mark=FIRST, digest=b"d2d2", *, desk="items", position=0, event_id="r1"):
    again = Publication(desk=desk, id=event_id, type="t", body=b"again", digest=digest)
    return Reissue(position=position, mark=mark, publication=again)


def published_copy(store):
    publish(store, event("e1"), copy=b"one")
    return store.archive.list()[0].id


def test_an_event_is_marked_with_its_digest_at_its_place_on_its_desk(store):
    publish(store, event("e1"), event("e2", digest=b"\0\0\0\1"), event("e3", "quotes"))
    asked = [("items", 0), ("items", 1), ("items", 2), ("quotes", 0), ("alerts", 0)]
    assert store.archive.marks("urn:talks", asked) == (
        FIRST,
        EventMark(digest=b"\0\0\0\1"),
        None,
        FIRST,
        None,
    )
    assert store.archive.marks("urn:talks", []) == ()
    assert store.archive.marks("urn:other", [("items", 0)]) == (None,)


def test_an_event_of_a_replay_goes_out_once_and_moves_the_mark(store):
    copy_id = published_copy(store)
    assert store.archive.reissue("urn:talks", copy_id, [reissue()]) == 1
    assert store.archive.reissue("urn:talks", copy_id, [reissue()]) == 0
    assert store.archive.marks("urn:talks", [("items", 0)]) == (EventMark(digest=b"d2d2", times=1),)
    assert [(e.id, e.body) for e in store.desks.read("items")] == [("e1", b"{}"), ("r1", b"again")]


def test_a_replay_that_saw_what_another_has_replaced_since_sends_nothing(store):
    """Also where the event has come back to what it was."""
    copy_id = published_copy(store)
    store.archive.reissue("urn:talks", copy_id, [reissue()])
    store.archive.reissue(
        "urn:talks", copy_id, [reissue(EventMark(digest=b"d2d2", times=1), b"d1d1")]
    )
    assert store.archive.marks("urn:talks", [("items", 0)]) == (EventMark(digest=b"d1d1", times=2),)
    assert store.archive.reissue("urn:talks", copy_id, [reissue()]) == 0


def test_a_desk_that_gets_an_item_by_a_replay_has_had_it(store):
    copy_id = published_copy(store)
    new = reissue(None, b"d1d1", desk="alerts", event_id="e9")
    assert store.archive.reissue("urn:talks", copy_id, [new]) == 1
    assert store.archive.reissue("urn:talks", copy_id, [new]) == 0
    assert store.publications.known(["urn:talks"])[0].desks == ("alerts", "items")
    assert store.archive.marks("urn:talks", [("alerts", 0)]) == (FIRST,)
    assert store.stats.sizes()["desk:alerts"] == 1


def test_a_later_version_begins_without_the_marks_of_the_one_before(store):
    copy_id = published_copy(store)
    store.archive.reissue("urn:talks", copy_id, [reissue()])
    publish(store, event("e2", "quotes"), version="2", expected="1")
    asked = [("items", 0), ("quotes", 0)]
    assert store.archive.marks("urn:talks", asked) == (None, FIRST)


def test_a_version_that_another_followed_is_not_replayed(store):
    copy_id = published_copy(store)
    publish(store, event("e2"), copy=b"two", version="2", expected="1")
    assert store.archive.reissue("urn:talks", copy_id, [reissue()]) == 0


def test_a_replay_under_other_limits_trims_no_desk_and_forgets_no_item(
    make_store, client, prefix, pass_time
):
    """It is run from a shell, which may not have the settings of the service."""
    service, shell = make_store(), make_store(desk_length=2, known_for_s=3)
    publish(service, *(event(f"e{number}") for number in range(20)), copy=b"one")
    client.xgroup_create(f"{prefix}:desk:items", "archive", id="0")
    for _ in range(10):
        pass_time(2)
        copy_id, marks = (
            service.archive.list()[0].id,
            service.archive.marks("urn:talks", [("items", 0)]),
        )
        assert shell.archive.reissue("urn:talks", copy_id, [reissue(marks[0])]) == 1
    assert len(ids_on(service)) == 30
    assert service.publications.trace("urn:talks").version == "1"
    assert service.stats.backlog().readers[0].lost == 0


def test_an_item_that_was_taken_back_is_not_replayed(store):
    copy_id = published_copy(store)
    kill(store, desks=("items",))
    assert store.archive.reissue("urn:talks", copy_id, [reissue()]) == 0
    assert ids_on(store) == ["e1"]


def test_a_repeat_of_what_waited_before_takes_the_place_of_nothing(store):
    for version in ("1", "2"):
        one = outcome(put(store), version=version, is_named=True)
        assert store.publications.hold(one, soon(60)) is PublishResult.HELD
    again = outcome(put(store), version="1", is_named=True)
    assert store.publications.hold(again, soon(60)) is PublishResult.STALE
    assert store.stats.sizes()["held"] == 1


@pytest.mark.parametrize("ending", ["later", "kill"])
def test_what_waited_does_not_wait_again_once_it_was_let_go(store, ending):
    hold(store, soon(60), is_named=True)
    if ending == "later":
        publish(store, event("e2"), version="2", is_named=True)
    else:
        kill(store, target="urn:talks")
    assert hold(store, soon(60), is_named=True)[1] is PublishResult.STALE
    assert publish(
        store, event("e1"), expected="2" if ending == "later" else None, is_named=True
    ) is (PublishResult.STALE)


def test_what_was_to_wait_and_came_late_does_not_wait_when_it_is_put_again(store):
    late = outcome(put(store), is_named=True)
    hold(store, soon(60), version="2", is_named=True)
    assert store.publications.hold(late, soon(60)) is PublishResult.STALE
    assert hold(store, soon(60), is_named=True)[1] is PublishResult.STALE


def test_a_version_that_goes_to_a_new_desk_keeps_its_place_and_lets_a_later_one_wait(store):
    publish(store, event("e1"), is_named=True)
    assert hold(store, soon(60), version="2")[1] is PublishResult.HELD
    again = publish(store, event("e1"), event("e2", "alerts"), expected="1", is_named=True)
    assert again is PublishResult.PUBLISHED
    assert (ids_on(store), ids_on(store, "alerts")) == (["e1"], ["e2"])
    assert store.stats.sizes()["held"] == 1


def test_hundreds_of_events_of_one_desk_are_told_from_each_other(store):
    events = [event(f"e{number}") for number in range(300)]
    publish(store, *events[:200])
    publish(store, *events, expected="1")
    assert ids_on(store) == [f"e{number}" for number in range(300)]
    marks = store.archive.marks("urn:talks", [("items", 0), ("items", 299), ("items", 300)])
    assert [mark is None for mark in marks] == [False, False, True]
