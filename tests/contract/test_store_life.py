"""What the store promises of versions, kills, embargoes and copies."""

import datetime

import msgspec

from worker.model import Life, NewsItem, ParsedItem
from worker.ports import (
    InboxEntry,
    Known,
    OpenKill,
    Outcome,
    Publication,
    PublishResult,
    Recent,
    Reissue,
    Withdrawal,
)

HOUR_MS = 3_600_000
UTC = datetime.UTC
TALKS = Recent(uri="urn:talks", version="1", number="0042", headline="Talks resume")


def put(store, message: str = "{}", **options) -> InboxEntry:
    """One message, taken. Each inbox numbers its own entries."""
    entry_id = store.put_message(message, **options)
    taken = store.take_inbox(1000, HOUR_MS)
    return next(e for e in taken if e.id == entry_id and e.stream.endswith(":inbox"))


def event(event_id: str, desk: str = "items") -> Publication:
    return Publication(desk=desk, id=event_id, type="t", body=b"{}", digest="d1")


def outcome(entry: InboxEntry, *events: Publication, **said) -> Outcome:
    said = {"uri": "urn:talks", "version": "1", "expected": None} | said
    return Outcome(entry=entry, publications=events, **said)


def publish(store, *events, **said):
    (result,) = store.publish([outcome(put(store), *events, **said)])
    return result


def ids_on(store, desk: str = "items") -> list[str]:
    return [entry.id for entry in store.read_desk(desk, limit=1000)]


def soon(seconds: float) -> datetime.datetime:
    return datetime.datetime.now(UTC) + datetime.timedelta(seconds=seconds)


# versions and copies


def test_of_an_unknown_item_nothing_is_known(store):
    assert store.known(["urn:a", "urn:b"]) == (Known(), Known())
    assert store.known([]) == ()


def test_the_desks_of_all_versions_are_known_each_once(store):
    publish(store, event("e1"), event("e2", "quotes"), event("e3", "quotes"))
    publish(store, event("e4"), event("e5", "alerts"), version="2", expected="1")
    assert store.known(["urn:talks"]) == (
        Known(version="2", desks=("items", "quotes", "alerts"), copy=None),
    )


def test_the_copy_of_the_last_version_is_kept_and_no_older_one(store):
    publish(store, copy=b"\x00one\xff")
    (first,) = store.copies()
    publish(store, copy=b"two", version="2", expected="1")
    (kept,) = store.copies()
    assert (first.body, kept.body) == (b"\x00one\xff", b"two")
    assert first.uri_hash == kept.uri_hash
    assert store.copy(first.id) is None
    assert store.copy(kept.id) == kept
    assert store.known(["urn:talks"])[0].copy == kept.id


def test_a_version_without_a_copy_drops_the_one_before(store):
    publish(store, copy=b"one")
    publish(store, version="2", expected="1")
    assert store.copies() == ()
    assert store.known(["urn:talks"])[0].copy is None


def test_copies_are_read_from_any_place_on(store):
    for number in range(5):
        publish(store, copy=b"%d" % number, uri=f"urn:{number}")
    first = store.copies(limit=2)
    rest = store.copies(after=first[-1].id)
    assert [kept.body for kept in first + rest] == [b"0", b"1", b"2", b"3", b"4"]


def test_copies_are_bounded_in_bytes_the_oldest_go_first(make_store):
    store = make_store(copies_bytes=1000)
    for number in range(30):
        publish(store, copy=b"x" * 90 + b"%02d" % number, uri=f"urn:{number}")
    assert [kept.body[-2:] for kept in store.copies()] == [b"%d" % n for n in range(20, 30)]


def test_copies_are_bounded_in_time(make_store, pass_time):
    store = make_store(copies_for_s=1)
    publish(store, copy=b"old", uri="urn:old")
    pass_time(1.1)
    publish(store, copy=b"new", uri="urn:new")
    assert [kept.body for kept in store.copies()] == [b"new"]


# recent items


def test_items_are_listed_on_their_wires_newest_first(store, pass_time):
    publish(store, uri="urn:a", recent=TALKS, wires=("agency:tass", "source:x"))
    pass_time(0.01)
    other = Recent(uri="urn:b", version="1")
    publish(store, uri="urn:b", recent=other, wires=("agency:tass",))
    listed = store.recent(["agency:tass"])
    assert [one.uri for one in listed] == ["urn:b", "urn:talks"]
    assert listed[0].at_ms > listed[1].at_ms > 1_600_000_000_000
    assert [one.uri for one in store.recent(["source:x"])] == ["urn:talks"]
    assert len(store.recent(["agency:tass", "source:x"])) == 3
    assert store.recent(["agency:ap"]) == store.recent([]) == ()


def test_recent_items_are_bounded_in_number_and_time(make_store, pass_time):
    store = make_store(recent_length=100, recent_for_s=1)
    for number in range(350):
        publish(store, uri=f"urn:{number}", recent=TALKS, wires=("w",))
    assert 100 <= len(store.recent(["w"])) < 250
    pass_time(1.1)
    assert store.recent(["w"]) == ()


# kills


def kill(store, *events, desks=(), uri="urn:kill", target="urn:talks"):
    return publish(store, *events, uri=uri, withdraws=(Withdrawal(uri=target, desks=desks),))


def test_a_version_older_than_its_kill_is_stale(store):
    late = put(store)
    assert kill(store, event("k")) is PublishResult.PUBLISHED
    assert store.publish([outcome(late, event("e1"))]) == (PublishResult.STALE,)
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
        store.take_inbox(10, 0)[0],
        event("k"),
        uri="urn:kill",
        withdraws=(Withdrawal(uri="urn:talks", desks=("items", "quotes")),),
    )
    assert store.publish([right]) == (PublishResult.PUBLISHED,)


def test_one_kill_takes_back_several_items(store):
    late = [put(store), put(store)]
    both = (Withdrawal(uri="urn:a"), Withdrawal(uri="urn:b"))
    publish(store, uri="urn:kill", withdraws=both)
    outcomes = [outcome(entry, uri=f"urn:{name}") for entry, name in zip(late, "ab", strict=True)]
    assert store.publish(outcomes) == (PublishResult.STALE, PublishResult.STALE)


def open_kill(uri="urn:kill") -> OpenKill:
    life = Life(target_numbers=("0042",), target_headline="«Ж»")
    note = ParsedItem(item=NewsItem(uri=uri, version="1", headline="Kill"), life=life)
    return OpenKill(stream="s", order="5-0", wires=("agency:tass", "source:x"), note=note)


def test_open_kills_are_remembered_as_they_were_said_oldest_first(store):
    assert store.open_kills() == ()
    kills = [open_kill("urn:a"), open_kill("urn:b")]
    for one in kills:
        store.open_kill(one)
    found = store.open_kills()
    assert [msgspec.structs.replace(one, id="") for one in found] == kills
    assert found[0].id != found[1].id


def test_open_kills_are_forgotten_in_time(make_store, pass_time):
    store = make_store(kills_for_s=1)
    store.open_kill(open_kill("urn:old"))
    pass_time(2.1)
    store.open_kill(open_kill("urn:new"))
    assert [kill.note.item.uri for kill in store.open_kills()] == ["urn:new"]


def test_an_item_that_was_not_held_against_a_new_kill_is_a_conflict(store):
    entry = put(store)
    store.open_kill(open_kill())
    (kill,) = store.open_kills()
    for known in ("0-0", "1-1"):
        unaware = outcome(entry, event("e1"), kills_to=known)
        assert store.publish([unaware]) == (PublishResult.CONFLICT,)
        assert store.hold(unaware, soon(60)) is PublishResult.CONFLICT
    aware = outcome(entry, event("e1"), kills_to=kill.id)
    assert store.publish([aware]) == (PublishResult.PUBLISHED,)


def test_without_kills_there_is_nothing_to_know(store):
    assert publish(store, event("e1"), kills_to="0-0") is PublishResult.PUBLISHED


# embargoes


def hold(store, until, *, uri="urn:talks", message='{"é": 1}', **said):
    entry = put(store, message, fields={"source": "me"})
    return entry, store.hold(outcome(entry, uri=uri, **said), until)


def test_an_item_that_waits_is_off_the_inbox_and_listed_for_kills(store):
    entry, result = hold(store, soon(60), recent=TALKS, wires=("w",))
    assert result is PublishResult.HELD
    assert store.begin(entry.stream, [entry.id]) == ()
    assert store.release_held() == 0
    sizes = store.sizes()
    assert (sizes["inbox"], sizes["inbox_pending"], sizes["held"]) == (0, 0, 1)
    assert [one.uri for one in store.recent(["w"])] == ["urn:talks"]
    assert store.known(["urn:talks"]) == (Known(),)


def test_an_item_whose_time_has_come_is_on_the_urgent_inbox_in_its_old_place(store, pass_time):
    entry, _ = hold(store, soon(0.3))
    pass_time(0.4)
    assert (store.release_held(), store.release_held()) == (1, 0)
    (released,) = store.take_inbox(10, HOUR_MS)
    assert released.fields == {
        "message": '{"é": 1}',
        "source": "me",
        "retry_of": entry.id,
        "released": "1",
    }
    assert released.stream.endswith(":urgent")
    assert store.sizes()["held"] == 0


def test_an_entry_that_was_done_is_not_held(store):
    entry = put(store)
    store.finish(entry)
    assert store.hold(outcome(entry), soon(60)) is PublishResult.GONE
    assert store.sizes()["held"] == 0


def test_a_later_version_takes_the_place_of_the_one_that_waits(store, pass_time):
    _, first = hold(store, soon(0.2), message="1")
    _, second = hold(store, soon(0.3), message="2", version="2")
    assert (first, second) == (PublishResult.HELD, PublishResult.HELD)
    pass_time(0.5)
    assert store.release_held() == 1
    assert [entry.fields["message"] for entry in store.take_inbox(10, HOUR_MS)] == ["2"]


def test_an_older_version_does_not_wait_behind_a_later_one(store):
    old, new = put(store, "1"), put(store, "2")
    assert store.hold(outcome(new, version="2"), soon(60)) is PublishResult.HELD
    assert store.hold(outcome(old), soon(60)) is PublishResult.STALE
    assert store.sizes()["held"] == 1


def test_a_version_that_is_out_ends_the_waiting_of_older_ones(store):
    hold(store, soon(60))
    publish(store, event("e2"), version="2")
    assert store.sizes()["held"] == 0


def test_an_older_version_that_comes_out_leaves_a_later_one_waiting(store):
    old, new = put(store), put(store)
    store.hold(outcome(new, version="2"), soon(60))
    assert store.publish([outcome(old, event("e1"))]) == (PublishResult.PUBLISHED,)
    assert store.sizes()["held"] == 1


def test_a_kill_ends_the_waiting_of_its_target(store, pass_time):
    hold(store, soon(0.2))
    kill(store, event("k"))
    pass_time(0.3)
    assert (store.sizes()["held"], store.release_held()) == (0, 0)


def test_a_kill_that_comes_between_release_and_publishing_is_heeded(store, pass_time):
    hold(store, soon(0.2))
    pass_time(0.3)
    store.release_held()
    kill(store, event("k"))
    released, *_ = store.take_inbox(10, 0)
    assert store.publish([outcome(released, event("e1"))]) == (PublishResult.STALE,)
    assert ids_on(store) == ["k"]


# replays


def reissue(mark, new_mark="d2.1", *, desk="items", first_id="e1", event_id="r1"):
    again = Publication(desk=desk, id=event_id, type="t", body=b"again")
    return Reissue(first_id=first_id, mark=mark, new_mark=new_mark, publication=again)


def published_copy(store):
    publish(store, event("e1"), copy=b"one")
    return store.copies()[0].id


def test_the_mark_of_an_event_is_its_digest(store):
    publish(store, event("e1"))
    assert store.marks(["e1", "e2"]) == ("d1", None)
    assert store.marks([]) == ()


def test_an_event_of_a_replay_goes_out_once_and_moves_the_mark(store):
    copy_id = published_copy(store)
    assert store.reissue("urn:talks", copy_id, [reissue("d1")]) == 1
    assert store.reissue("urn:talks", copy_id, [reissue("d1")]) == 0
    assert store.marks(["e1"]) == ("d2.1",)
    assert [(e.id, e.body) for e in store.read_desk("items")] == [("e1", b"{}"), ("r1", b"again")]


def test_a_desk_that_gets_an_item_by_a_replay_has_had_it(store):
    copy_id = published_copy(store)
    new = reissue(None, "d1", desk="alerts", first_id="e9", event_id="e9")
    assert store.reissue("urn:talks", copy_id, [new]) == 1
    assert store.reissue("urn:talks", copy_id, [new]) == 0
    assert store.known(["urn:talks"])[0].desks == ("items", "alerts")
    assert store.sizes()["desk:alerts"] == 1


def test_a_version_that_another_followed_is_not_replayed(store):
    copy_id = published_copy(store)
    publish(store, event("e2"), copy=b"two", version="2", expected="1")
    assert store.reissue("urn:talks", copy_id, [reissue("d1")]) == 0


def test_an_item_that_was_taken_back_is_not_replayed(store):
    copy_id = published_copy(store)
    kill(store, desks=("items",))
    assert store.reissue("urn:talks", copy_id, [reissue("d1")]) == 0
    assert ids_on(store) == ["e1"]
