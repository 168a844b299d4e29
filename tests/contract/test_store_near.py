"""What the store promises of firsts and their copies."""

import random
import threading

import msgspec
import pytest

from worker.model.inbox import DoorDecision, InboxEntry
from worker.model.publishing import (
    ClusterUpdate,
    DuplicateCandidate,
    Fingerprint,
    Publication,
    PublishRequest,
    PublishResult,
    Withdrawal,
)
from worker.store.duplicates import near_id

HOUR_MS = 3_600_000
PUBLISHED, CONFLICT = PublishResult.PUBLISHED, PublishResult.CONFLICT
BANDS = ("00000001", "00000002")
APART = ("00000003", "10000001")


def like(uri: str, **said) -> Fingerprint:
    return Fingerprint(uri=uri, sketch=b"\x00|\xff,", shingles=1, **said)


def first(uri: str, bands=BANDS, **said) -> ClusterUpdate:
    return ClusterUpdate(likeness=like(uri), bands=bands, **said)


def copy(uri: str, of: str, *desks: str) -> ClusterUpdate:
    return first(uri, first=of, first_sketch=like(of).sketch, judged=(of,), desks=desks)


def put(store) -> InboxEntry:
    """One message, let in and handed out."""
    store.inbox.put("{}")
    messages, _ = store.inbox.read_doors(10, 1000)
    store.inbox.enter([DoorDecision(message=one, word="work") for one in messages])
    return store.inbox.take_work(10, HOUR_MS)[-1]


def outcome(
    entry: InboxEntry, placing: ClusterUpdate | None, *desks: str, **said
) -> PublishRequest:
    uri = said.pop("uri", None) or placing.likeness.uri
    version = said.setdefault("version", "1")
    events = tuple(
        Publication(desk=desk, id=f"{uri}:{version}:{desk}", type="t", body=b"{}") for desk in desks
    )
    said = {"expected": None, "publications": events} | said
    return PublishRequest(entry=entry, uri=uri, placing=placing, **said)


def publish(store, placing, *desks, **said):
    (result,) = store.publications.publish([outcome(put(store), placing, *desks, **said)])
    return result


def found(store, bands=BANDS, uri="urn:asks"):
    (answer,) = store.publications.duplicate_candidates([(uri, bands)])
    return answer


def test_nothing_is_like_an_item_at_first(store):
    assert store.publications.duplicate_candidates([]) == ()
    assert store.publications.duplicate_candidates([("urn:a", BANDS), ("urn:b", ())]) == ((), ())


def test_a_first_is_found_by_any_of_its_bands_as_it_was_said(store):
    told = like("urn:«a»", source="x", agency="tass", slug="a|b", number="1", corrects=True)
    publish(store, ClusterUpdate(likeness=told, bands=BANDS), "items", "quotes")
    expected = DuplicateCandidate(likeness=told, desks=("items", "quotes"))
    assert found(store, ("ffffffff", BANDS[1])) == (expected,)
    asked = [("urn:b", APART), ("urn:c", BANDS)]
    assert store.publications.duplicate_candidates(asked) == ((), (expected,))


def test_firsts_are_found_oldest_first_and_an_item_finds_itself(store, pass_time):
    publish(store, first("urn:b"))
    pass_time(0.005)
    publish(store, first("urn:a", judged=("urn:b",)))
    assert [one.likeness.uri for one in found(store)] == ["urn:b", "urn:a"]
    assert [one.likeness.uri for one in found(store, APART, uri="urn:a")] == ["urn:a"]


def test_an_item_that_was_not_held_against_a_first_like_it_is_a_conflict(store):
    publish(store, first("urn:a"), "items")
    entry = put(store)
    assert store.publications.publish([outcome(entry, first("urn:b"), "items")]) == (CONFLICT,)
    judged = outcome(entry, first("urn:b", judged=("urn:a",)), "items")
    assert store.publications.publish([judged]) == (PUBLISHED,)
    assert publish(store, first("urn:c", APART)) is PUBLISHED


def test_of_two_in_one_batch_the_second_has_to_know_the_first(store):
    entries = [put(store), put(store), put(store)]
    batch = [
        outcome(entries[0], first("urn:a"), "items"),
        outcome(entries[1], first("urn:b"), "items"),
        outcome(entries[2], first("urn:c", judged=("urn:a",)), "items"),
    ]
    assert store.publications.publish(batch) == (PUBLISHED, CONFLICT, PUBLISHED)


def test_a_copy_becomes_no_first_and_its_desks_stand_with_the_first(store):
    publish(store, first("urn:a"), "items")
    assert publish(store, copy("urn:b", "urn:a", "items"), "abroad") is PUBLISHED
    assert found(store) == (DuplicateCandidate(likeness=like("urn:a"), desks=("items", "abroad")),)
    assert store.publications.known(["urn:a"])[0].desks == ("items",)


def test_a_copy_whose_first_went_to_more_desks_meanwhile_is_a_conflict(store):
    publish(store, first("urn:a"), "items")
    entry = put(store)
    publish(store, copy("urn:b", "urn:a", "items"), "abroad")
    assert store.publications.publish([outcome(entry, copy("urn:c", "urn:a", "items"))]) == (
        CONFLICT,
    )
    assert store.publications.publish(
        [outcome(entry, copy("urn:c", "urn:a", "items", "abroad"))]
    ) == (PUBLISHED,)


def test_a_copy_of_a_text_that_its_first_does_not_have_is_a_conflict(store):
    """Another version of the first took its place, or the text was never published."""
    publish(store, first("urn:a"), "items")
    other = Fingerprint(uri="urn:a", sketch=b"another", shingles=1)
    changed = ClusterUpdate(likeness=other, bands=BANDS)
    assert publish(store, changed, "items", version="2", expected="1") is PUBLISHED
    assert publish(store, copy("urn:b", "urn:a", "items")) is CONFLICT
    of_this = msgspec.structs.replace(copy("urn:c", "urn:a", "items"), first_sketch=b"another")
    assert publish(store, of_this) is PUBLISHED


def test_the_new_desks_of_a_repeat_stand_with_the_first(store):
    publish(store, first("urn:a"), "items")
    publish(store, first("urn:a"), "items", "abroad", expected="1")
    publish(store, copy("urn:b", "urn:a", "items", "abroad"))
    publish(store, copy("urn:b", "urn:a", "items", "abroad"), "late", expected="1")
    publish(store, None, "quotes", uri="urn:a", expected="1")
    (found_one,) = found(store)
    assert found_one.desks == ("items", "abroad", "late")


def test_a_copy_of_what_is_no_first_is_a_conflict(store):
    assert publish(store, copy("urn:b", "urn:a")) is CONFLICT


def test_a_later_version_takes_the_place_of_the_first_and_keeps_its_desks(store):
    publish(store, first("urn:a"), "items")
    publish(store, first("urn:a", APART), "quotes", version="2", expected="1")
    assert found(store) == ()
    assert found(store, APART) == (
        DuplicateCandidate(likeness=like("urn:a"), desks=("items", "quotes")),
    )


def test_a_version_with_too_little_text_is_a_first_no_more(store):
    publish(store, first("urn:a"))
    publish(store, None, uri="urn:a", version="2", expected="1")
    assert found(store, uri="urn:a") == ()


def test_a_killed_item_is_a_first_no_more(store):
    publish(store, first("urn:a"), "items")
    gone = (Withdrawal(uri="urn:a", desks=("items",)),)
    publish(store, None, uri="urn:kill", withdraws=gone)
    assert found(store) == ()
    assert publish(store, first("urn:b")) is PUBLISHED


def test_an_entry_that_was_done_enters_nothing(store):
    entry = put(store)
    store.inbox.finish(entry)
    assert store.publications.publish([outcome(entry, first("urn:a"))]) == (PublishResult.GONE,)
    assert found(store) == ()


def test_firsts_are_bounded_in_number_the_oldest_go_first(make_store, pass_time):
    store = make_store(near_length=3)
    for number in range(5):
        judged = tuple(f"urn:{n}" for n in range(number))
        assert publish(store, first(f"urn:{number}", judged=judged)) is PUBLISHED
        pass_time(0.002)
    assert [one.likeness.uri for one in found(store)] == ["urn:2", "urn:3", "urn:4"]


def test_firsts_are_bounded_in_time(make_store, pass_time):
    store = make_store(near_for_s=1)
    publish(store, first("urn:old"))
    pass_time(1.1)
    publish(store, first("urn:new", APART))
    assert found(store) == ()


@pytest.mark.parametrize("round_number", range(5))
def test_of_two_workers_only_one_has_the_first(store, round_number):
    """Both have looked and found nothing; both publish at once."""
    entries = [put(store), put(store)]
    start = threading.Barrier(2)
    results = {}

    def work(number):
        mine = outcome(entries[number], first(f"urn:{number}"), "items")
        start.wait()
        (results[number],) = store.publications.publish([mine])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results.values()) == [CONFLICT, PUBLISHED], round_number
    assert len(found(store)) == 1


def test_nothing_of_a_forgotten_first_is_left(make_store, pass_time):
    store = make_store(near_length=1)
    publish(store, first("urn:a"))
    pass_time(0.002)
    publish(store, first("urn:b", APART))
    prefix = store.prefix
    names = {key.decode() for key in store._server.call("KEYS", f"{prefix}:near*")}
    assert names == {
        f"{prefix}:near{rest}" for rest in ("", ":desks", ":ages", ":band:0000", ":band:1000")
    }
    assert store._server.call("GET", f"{prefix}:near:band:0000") == b":0003%b" % (
        near_id("urn:b").encode()
    )
    assert msgspec.structs.asdict(found(store, APART)[0].likeness)["uri"] == "urn:b"


def test_bands_that_share_a_key_are_apart(make_store, pass_time):
    """Each band has its last 32 originals, of those that are kept, whatever else shares its key."""
    chance = random.Random(3)
    bands = [f"{start}{end:04x}" for start in ("0000", "00f0") for end in (0, 1, 0x10, 0xF000)]
    chances = (64, 32, 16, 8, 4, 2, 1, 1)  # some bands are full, others nearly empty
    store = make_store(near_length=70)
    entered = []
    for number in range(110):
        mine = tuple(dict.fromkeys(chance.choices(bands, chances, k=3)))
        uri = f"urn:{number}"
        known = {one.likeness.uri for one in found(store, mine, uri)}
        entered.append((uri, mine))
        assert publish(store, first(uri, mine, judged=tuple(known))) is PUBLISHED
        pass_time(0.002)
    for band in bands:
        having = [uri for uri, mine in entered if band in mine]
        kept = {uri for uri, _ in entered[-70:]}
        expected = [uri for uri in having[-32:] if uri in kept]
        assert [one.likeness.uri for one in found(store, (band,))] == expected, band
