"""Records of items: how long they are kept, and that nothing is lost when they move."""

import pytest

from worker.model.inbox import DoorDecision
from worker.model.publishing import (
    EventMark,
    KillNote,
    OpenKill,
    Publication,
    PublishedState,
    PublishRequest,
    PublishResult,
    RecentItem,
    Reissue,
)

DAY_S = 86_400
KNOWN_S = 300


@pytest.fixture
def store(make_store):
    """A store that begins a generation of records each hundred seconds."""
    return make_store(known_for_s=KNOWN_S)


def put(store):
    store.inbox.put("{}")
    messages, _ = store.inbox.read_doors(10, 1000)
    store.inbox.enter([DoorDecision(message=one, word="work") for one in messages])
    return store.inbox.take_work(10, 3_600_000)[-1]


def event(number=0, desk="items", digest=b"d1d1"):
    return Publication(desk=desk, id=f"e{number}", type="t", body=b"{}", digest=digest)


def publish(store, *events, uri="urn:x", **said):
    said = {"version": "1", "expected": None} | said
    (result,) = store.publications.publish(
        [PublishRequest(entry=put(store), uri=uri, publications=events, **said)]
    )
    return result


def version(store, uri="urn:x"):
    return store.publications.known([uri])[0].version


def go_on(store, pass_time, seconds, *, step_s=20):
    """Let time pass while other items come out."""
    for number in range(round(seconds / step_s)):
        pass_time(step_s)
        publish(store, uri=f"urn:other:{number}:{seconds}")


@pytest.mark.parametrize("phase_s", [0, 20, 80, 100, 120, 260])
@pytest.mark.parametrize("is_busy", [False, True])
def test_an_item_is_remembered_for_as_long_as_was_said(store, pass_time, phase_s, is_busy):
    publish(store, uri="urn:first")
    go_on(store, pass_time, phase_s)
    publish(store, event())
    if is_busy:
        go_on(store, pass_time, KNOWN_S - 20)
    pass_time(19 if is_busy else KNOWN_S - 1)
    assert version(store) == "1"
    go_on(store, pass_time, 200)
    assert version(store) is None


def test_an_item_is_remembered_for_as_long_as_a_raised_setting_says(store, make_store, pass_time):
    publish(store, event())
    pass_time(90)
    raised = make_store(known_for_s=3 * KNOWN_S)
    assert publish(raised, event(2), version="2", expected="1") is PublishResult.PUBLISHED
    pass_time(3 * KNOWN_S - 1)
    assert version(raised) == "2"


def test_an_item_that_moves_now_and_again_is_remembered_whole(store, pass_time):
    publish(store, event(1, "quotes"))
    expected = "1"
    for number in range(2, 20):
        go_on(store, pass_time, 260)
        (known,) = store.publications.known(["urn:x"])
        assert (known.version, known.desks) == (expected, ("items", "quotes")[number == 2 :])
        said = {"version": f"{number}", "expected": expected}
        assert publish(store, event(number), **said) is PublishResult.PUBLISHED
        expected = f"{number}"
    assert len(store.publications.known(["urn:x"])[0].seen) == 16


def test_a_kill_and_a_replay_are_remembered_with_the_item(store, pass_time):
    publish(store, event(), copy=b"c")
    again = Reissue(
        position=0, mark=EventMark(digest=b"d1d1"), publication=event(1, digest=b"d2d2")
    )
    (kept,) = store.archive.list()
    for seconds in (140, 240):
        go_on(store, pass_time, seconds)
        store.archive.reissue("urn:x", kept.id, [again])
        assert store.archive.marks("urn:x", [("items", 0)]) == (EventMark(digest=b"d2d2", times=1),)
    kill = store.publications.open_kill(
        OpenKill(order="5-0", wires=("w",), note=KillNote(uri="urn:kill")), put(store)
    )
    stopped = PublishRequest(
        entry=put(store), uri="urn:x", version="9", expected="1", publications=()
    )
    assert store.publications.withhold(stopped, kill) is PublishResult.STALE
    go_on(store, pass_time, 260)
    trace = store.publications.trace("urn:x")
    assert (trace.version, trace.withheld, trace.withheld_by) == ("1", "9", "urn:kill")


def test_a_record_is_in_one_generation_at_a_time(store, client, prefix, pass_time):
    for number in range(8):
        publish(
            store, event(number), version=str(number), expected=str(number - 1) if number else None
        )
        pass_time(70)
    hashes = client.keys(f"{prefix}:items:*")
    assert [client.hlen(key) for key in hashes] == [1]


def test_a_clock_that_was_far_ahead_makes_no_item_forgotten_early(store, pass_time):
    """A generation that began in the future would outlive the hashes that it is kept in."""
    pass_time(400 * DAY_S)
    publish(store, uri="urn:ahead")
    pass_time(-400 * DAY_S)
    publish(store, event())
    go_on(store, pass_time, 380)
    publish(store, event(2), version="2", expected=version(store))
    go_on(store, pass_time, KNOWN_S - 20)
    assert version(store) == "2"


@pytest.mark.parametrize("step_s", [-3, -90])
def test_a_clock_that_is_set_back_again_and_again_makes_no_item_forgotten_early(
    store, pass_time, step_s
):
    publish(store, event())
    for _ in range(12):
        go_on(store, pass_time, 100)
        pass_time(step_s)
        said = {"version": f"{version(store)}1", "expected": version(store)}
        assert publish(store, event(), **said) is PublishResult.PUBLISHED
    assert version(store) == "1" * 13


# desks with many events


def test_each_of_many_events_of_a_desk_has_a_mark_and_none_goes_out_twice(store):
    many = [event(number, digest=number.to_bytes(4, "big")) for number in range(1, 51)]
    publish(store, *many)
    assert store.publications.publish([again(store, *many)]) == (PublishResult.PUBLISHED,)
    assert len(store.desks.read("items", limit=1000)) == 50
    marks = store.archive.marks("urn:x", [("items", number) for number in range(51)])
    assert [mark and mark.digest for mark in marks] == [*(one.digest for one in many), None]


def again(store, *events):
    return PublishRequest(
        entry=put(store), uri="urn:x", version="1", expected="1", publications=events
    )


def test_events_that_come_to_a_version_later_are_added_behind(store):
    first = [event(number) for number in range(3)]
    publish(store, *first)
    more = [*first, *(event(number) for number in range(3, 50))]
    store.publications.publish([again(store, *more)])
    assert [one.id for one in store.desks.read("items", limit=100)] == [f"e{n}" for n in range(50)]


def test_a_replay_fills_the_places_that_a_desk_did_not_have(store):
    publish(store, event(), copy=b"c")
    (kept,) = store.archive.list()
    sparse = [
        Reissue(position=position, mark=None, publication=event(position, "late"))
        for position in (3, 0)
    ]
    assert store.archive.reissue("urn:x", kept.id, sparse) == 2
    marks = store.archive.marks("urn:x", [("late", number) for number in range(5)])
    assert [mark is not None for mark in marks] == [True, False, False, True, False]
    assert store.publications.known(["urn:x"])[0].desks == ("items", "late")


# what a record holds, whatever its item is called


@pytest.mark.parametrize("uri", ["", "x" * 100_000, "урн:ж", "a\0b", "{hash}", "a:b c\n"])
def test_any_uri_has_a_record(store, uri):
    assert publish(store, event(), uri=uri) is PublishResult.PUBLISHED
    assert version(store, uri) == "1"


@pytest.mark.parametrize(
    "word",
    [
        "0" * 16,
        "f" * 32,
        "f" * 32 + ".2",
        "\0abcdefgh",
        "\0" + "x" * 16,
        "\1",
        "\1\0",
        "ж" * 9,
        "x" * 10_000,
    ],
)
def test_any_version_is_remembered_as_it_was_said(store, word):
    publish(store, event(), version=word)
    assert version(store) == word
    assert store.publications.publish([next_version(store, word)]) == (PublishResult.PUBLISHED,)
    assert version(store) == "next"


def next_version(store, expected):
    return PublishRequest(
        entry=put(store), uri="urn:x", version="next", expected=expected, publications=()
    )


def test_versions_that_are_digests_and_their_bytes_are_told_apart(store):
    digest = "0a" * 16
    publish(store, event(), version=digest)
    said = {"version": "\0" + "\n" * 16, "expected": digest}
    assert publish(store, event(2), **said) is PublishResult.PUBLISHED
    assert len(store.desks.read("items")) == 2


def test_of_an_item_without_a_record_nothing_is_known(store):
    assert store.publications.known(["urn:x", "\ud800"]) == (PublishedState(), PublishedState())
    assert store.archive.marks("urn:x", [("items", 0)]) == (None,)
    assert store.archive.reissue("urn:x", "1-1", []) == 0


def test_an_item_is_listed_for_kills_by_the_time_of_its_last_move(store, pass_time):
    for number in range(1, 4):
        recent = RecentItem(uri="urn:x", version=f"{number}")
        expected = version(store)
        publish(store, version=f"{number}", expected=expected, recent=recent, wires=("w",))
        pass_time(10)
    listed = store.publications.recent(["w"])
    assert [one.version for one in listed] == ["3", "2", "1"]
    assert listed[0].at_ms - listed[-1].at_ms >= 20_000
