"""Dead letters: what makes room, what counts an attempt, and what is put again."""

import json
import random
import string

import pytest

from worker.errors import BrokerError, MessageError
from worker.model.inbox import DeadLetter, DoorDecision
from worker.settings import Settings

TEXT = "PARIS, May 2. /TASS/. The talks of round {} have resumed, envoy Ines Marceau said."
GIVEN_UP = DeadLetter(reason="r", kind="parse", attempts=1, payload="")


def item(name, **said):
    return {"uri": f"urn:{name}", "headline": f"{name}", "body_text": TEXT.format(name)} | said


def bury(world, message, **said):
    """A letter about a message at a door; its id."""
    world.put(message)
    (one,), _ = world.store.inbox.read_doors(1, 1 << 20)
    letter = DeadLetter(**{"reason": "r", "kind": "k", "attempts": 0, "payload": ""} | said)
    world.store.inbox.enter([DoorDecision(message=one, word="dead", letter=letter)])
    return world.store.dead_letters.list(1)[0].id


def payloads(world):
    """Of all letters, the oldest first."""
    return [letter.payload for letter in world.store.dead_letters.list(10_000)][::-1]


def books(world):
    """What the store keeps beside letters: number, list and bytes of each class."""
    prefix = world.key("dead:class:")
    lists = {
        key.removeprefix(prefix): world.client.lrange(key, 0, -1)
        for key in world.client.scan_iter(f"{prefix}*")
    }
    counts = world.client.hgetall(world.key("dead:classes"))
    sizes = world.client.hgetall(world.key("dead:sizes"))
    return counts, lists, sizes


def assert_books_are_right(world):
    letters = world.client.xrange(world.key("dead"))
    lists = {}
    for letter_id, fields in letters:
        lists.setdefault(fields["class"], []).append(letter_id)
    counts = {name: str(len(ids)) for name, ids in lists.items()}
    of_class = dict.fromkeys(lists, 0)
    for _, fields in letters:
        of_class[fields["class"]] += len(fields["payload"])
    sizes = {name: str(size) for name, size in of_class.items()}
    assert books(world) == (counts, lists, sizes)


# making room


@pytest.mark.parametrize("refused", [False, True])
def test_a_flood_of_one_mistake_pushes_out_no_other_letter(make_world, refused):
    world = make_world(dead_length=100)
    world.put({"text": "honest and broken", "colour": "x"})
    world.work()
    for number in range(300):
        word = "".join("abcdefghij"[int(digit)] for digit in str(number))
        world.put({"refused": word, "body": ""} if refused else {"x": number})
    world.work(3)
    assert "honest and broken" in payloads(world)[0]
    assert world.store.stats.sizes()["dead"] == 100
    assert world.store.dead_letters.dropped() == {"message": 201}
    assert world.store.stats.backlog().dead_dropped == 201
    assert_books_are_right(world)


def test_a_flood_of_all_mistakes_pushes_out_no_letter_of_another_kind(make_world):
    """A sender can make every mistake there is."""
    world = make_world(dead_length=30)
    for number in range(20):
        bury(world, f"honest {number}", kind="parse")
    for number in range(40):
        for bad in ({"x": number}, {"text": "a", "x": number}, {"text": " "}, f"no JSON {number}"):
            world.put(bad)
    world.work()
    assert payloads(world)[:20] == [f"honest {number}" for number in range(20)]
    assert world.store.stats.sizes()["dead"] == 30
    assert_books_are_right(world)


@pytest.mark.parametrize("kind", ["message", "embargo", "page"])
@pytest.mark.parametrize("honest", ["attempts", "intake", "parse"])
def test_a_flood_of_any_mistake_of_senders_pushes_out_no_letter_of_ours(make_world, honest, kind):
    world = make_world(dead_length=30)
    for number in range(20):
        bury(world, f"honest {number}", kind=honest)
    for number in range(15):
        bury(world, f"flood {number}", kind=kind)
    expected = [f"honest {number}" for number in range(20)]
    assert payloads(world) == [*expected, *(f"flood {number}" for number in range(5, 15))]
    assert_books_are_right(world)


def test_where_bytes_are_short_the_class_that_has_most_of_them_makes_room(make_world):
    world = make_world(dead_bytes=10_000)
    for number in range(20):
        world.put({"text": f"honest {number}", "colour": "x"})
    world.work()
    for number in range(30):
        world.put(f"[{number:03}{'x' * 1000}]")
    world.work()
    found = payloads(world)
    assert [letter[:6] for letter in found[:20]] == ['{"text'] * 20
    assert [letter[:4] for letter in found[20:]] == [f"[{number:03}" for number in range(21, 30)]
    assert_books_are_right(world)


def words(seed):
    return "".join(random.Random(seed).choices(string.ascii_lowercase, k=12))


@pytest.mark.parametrize(
    "bad",
    [
        lambda seed: {"text": "x", words(seed): 1},
        lambda seed: {"text": "x", f"a`{words(seed)}": 1},
        lambda seed: {"text": "x", f"a(`{words(seed)}) `b` ": 1},
        lambda seed: {f"a) {words(seed)}": 1},
        lambda seed: {"uri": "urn:x", "headline": "x", "pubstatus": words(seed)},
        lambda seed: {"uri": "urn:x", "headline": "x", "pubstatus": f"' {words(seed)}"},
        lambda seed: {"feed": f"ftp:// `{words(seed)}` '"},
        lambda seed: {"link": f"x' {words(seed)}"},
        lambda seed: {"text": "x", "published": f"' {words(seed)}"},
        lambda seed: {"text": "x", "urgency": random.Random(seed).randrange(10, 10**9)},
        lambda seed: "{" + words(seed),
        lambda seed: f'["{words(seed)}"]',
    ],
)
def test_no_sender_chooses_a_class_of_letters(make_world, bad):
    """Else each bad message would be a class of its own, and honest letters the largest one."""
    world = make_world(dead_length=10)
    for number in range(3):
        world.put({"text": f"honest {number}", "colour": "x"})
    world.put('{"text": "  "}')
    world.work()
    for seed in range(40):
        world.put(bad(seed))
    world.work()
    counts, *_ = books(world)
    assert len(counts) <= 3
    assert '{"text": "  "}' in payloads(world)
    assert_books_are_right(world)


def test_no_sender_chooses_a_class_by_the_names_of_fields(make_world):
    world = make_world(dead_length=10)
    world.put({"text": "honest", "colour": "x"})
    world.work()
    for seed in range(40):
        world.client.xadd(world.key("inbox"), {f"a) {words(seed)} (": "x"})
    world.work()
    assert payloads(world)[0] == '{"text": "honest", "colour": "x"}'
    assert len(books(world)[0]) == 2


def test_the_largest_class_makes_room_oldest_first(make_world):
    world = make_world(dead_length=6)
    for number, kind in enumerate("aabbbb"):
        bury(world, str(number), kind=kind)
    bury(world, "6", kind="c")
    assert payloads(world) == ["0", "1", "3", "4", "5", "6"]
    bury(world, "7", kind="a")
    bury(world, "8", kind="c")
    assert len(payloads(world)) == 6
    assert {"6", "7", "8"} <= set(payloads(world))
    assert_books_are_right(world)


def test_letters_that_are_retried_dropped_or_rejected_again_are_counted_right(make_world):
    world = make_world(dead_length=5)
    ids = [bury(world, f"{number}", kind="ab"[number % 2]) for number in range(5)]
    assert_books_are_right(world)
    world.store.dead_letters.drop(ids[0])
    world.store.dead_letters.retry(ids[1])
    assert_books_are_right(world)
    world.work()
    assert len(payloads(world)) == 4
    assert_books_are_right(world)
    for letter in world.store.dead_letters.list():
        world.store.dead_letters.drop(letter.id)
    assert books(world) == ({}, {}, {})


@pytest.mark.parametrize("how", ["xdel", "xtrim", "delete"])
def test_letters_that_somebody_deleted_take_no_room(make_world, how):
    """Neither of their number nor of their bytes."""
    world = make_world(dead_bytes=1000, dead_length=5)
    ids = [bury(world, str(number) * 190, kind="ab"[number % 2]) for number in range(5)]
    if how == "xdel":
        world.client.xdel(world.key("dead"), *ids[1:])
    elif how == "xtrim":
        world.client.xtrim(world.key("dead"), maxlen=1, approximate=False)
    else:
        world.client.delete(world.key("dead"))
    left = payloads(world)
    for number in range(5, 9):
        bury(world, str(number) * 190, kind="ac"[number % 2])
        assert_books_are_right(world)
    assert payloads(world) == [*left, *(str(number) * 190 for number in range(5, 9))]
    assert world.store.dead_letters.dropped() == {}


def test_letters_that_somebody_deleted_all_at_once_push_out_no_later_one(make_world):
    world = make_world(dead_bytes=1000)
    for number in range(3):
        bury(world, "x" * 300, kind="abc"[number])
    world.client.delete(world.key("dead"))
    for number in range(3):
        bury(world, str(number) * 300, kind="d")
    assert [payload[0] for payload in payloads(world)] == ["0", "1", "2"]


def test_the_list_of_a_class_that_somebody_deleted_stops_nothing(make_world):
    world = make_world(dead_length=3)
    for number in range(3):
        bury(world, str(number), kind="a")
    world.client.delete(world.key("dead:class:a"))
    for number in range(3, 8):
        bury(world, str(number), kind="b")
    assert len(payloads(world)) == 3
    assert payloads(world)[-1] == "7"
    assert_books_are_right(world)


def old_letter(world, number, **said):
    """A letter as the versions before 0.9 wrote it."""
    fields = {"reason": "r", "kind": "message", "attempts": "0", "payload": f"old{number}"}
    order = f"{world.client.time()[0]}000-{number}"
    fields |= {"stream": world.key("inbox"), "retry_of": order, "field:trace": "t"} | said
    return world.client.xadd(world.key("dead"), fields)


def test_letters_of_before_there_were_classes_make_room_as_one_class(make_world):
    world = make_world(dead_length=5)
    for number in range(5):
        old_letter(world, number)
    for number in range(4):
        bury(world, f"new{number}", kind="a")
    assert payloads(world) == ["old4", "new0", "new1", "new2", "new3"]
    assert world.store.dead_letters.dropped() == {"message": 4}


def test_letters_of_before_there_were_classes_are_retried_and_dropped(world):
    first, second = old_letter(world, 1), old_letter(world, 2)
    assert world.store.dead_letters.retry(first)
    assert world.store.dead_letters.drop(second)
    ((_, fields),) = world.client.xrange(world.key("inbox"))
    assert fields == {"message": "old1"}
    assert books(world) == ({}, {}, {})


@pytest.mark.parametrize("stream", ["inbox", "inbox:urgent", "work", "work:urgent", "", "gone"])
def test_a_letter_goes_back_to_where_it_came_from_or_to_the_common_door(world, stream):
    letter = old_letter(world, 1, stream=world.key(stream) if stream else "")
    assert world.store.dead_letters.retry(letter)
    found = {
        name: world.client.xlen(world.key(name))
        for name in ("inbox", "inbox:urgent", "work", "work:urgent")
    }
    expected = stream if stream in found else "inbox"
    assert {name for name, length in found.items() if length} == {expected}


# attempts


def away(*_, **__):
    raise BrokerError("the server cannot be reached", subject="x")


def rounds(world, clock, count):
    """Hand out all work so many times, each time when the workers before have long been silent."""
    failed = 0
    for _ in range(count):
        try:
            world.work()
        except BrokerError:
            failed += 1
            world.queues.batches.clear()
        clock.advance(61)
    return failed


@pytest.mark.parametrize("lost", [("publish",), ("publish", "release"), ("known", "release")])
def test_a_broker_that_goes_away_again_and_again_counts_no_attempt(
    world, clock, monkeypatch, lost, swap_server
):
    """It goes between the beginning and the publishing, and may stay away for the release too."""
    world.put(item("flap"))
    server = world.store._server

    class Away:
        """The server, but for the scripts that it never gets."""

        def run(self, name, *said, **how):
            return away() if name in lost else server.run(name, *said, **how)

        def __getattr__(self, name):
            return getattr(server, name)

    with monkeypatch.context() as patch:
        swap_server(patch, world.store, Away())
        assert rounds(world, clock, 12) == 12
    assert rounds(world, clock, 1) == 0
    assert world.told() == [("created", "urn:flap", world.told()[0][2])]
    assert world.store.stats.sizes()["dead"] == 0


def test_a_worker_that_dies_again_and_again_is_counted(world, clock, monkeypatch):
    class Killed(BaseException):
        """As SIGKILL: nothing is released."""

    def die(*_):
        raise Killed

    world.put(item("killer"))
    with monkeypatch.context() as patch:
        patch.setattr(world.store.publications, "publish", die)
        for _ in range(5):
            world.consumer.step()
            with pytest.raises(Killed):
                world.parse()
            clock.advance(61)
    world.work()
    (letter,) = world.store.dead_letters.list()
    assert (letter.kind, letter.attempts) == ("attempts", 6)


# put again


def test_a_version_that_is_put_again_is_published_once_while_it_is_remembered(make_world, clock):
    world = make_world(known_for_s=300)
    for _ in range(4):
        world.put(item("again", version="1"))
        world.work()
        clock.advance(70)
    assert world.told() == [("created", "urn:again", "1")]


def test_a_version_that_is_put_again_later_makes_the_same_events(make_world, clock):
    world = make_world(known_for_s=300)
    for _ in range(2):
        world.put(item("again", version="1"))
        world.work()
        clock.advance(1000)
    first, second = world.events()
    assert first["id"] == second["id"]


def test_a_letter_of_an_old_version_that_is_retried_follows_no_newer_one(world):
    world.put(item("talks", version="1"))
    world.consumer.step()
    (batch,) = world.queues.batches
    world.queues.batches.clear()
    (entry,) = world.store.inbox.begin(batch.stream, batch.ids)
    world.store.inbox.reject(entry, GIVEN_UP)
    world.put(item("talks", version="2"))
    world.work()
    (letter,) = world.store.dead_letters.list()
    world.store.dead_letters.retry(letter.id)
    (report,) = world.work()
    assert report.stale == 1
    assert world.told() == [("created", "urn:talks", "2")]


def test_a_page_that_is_retried_is_asked_for_again_in_its_lane(world):
    link = "https://news.example/1"
    world.put({"link": link}, urgent=True)
    world.work()
    pages = world.store.pages
    for _ in range(2):
        (claim,) = pages.claim(1, 60)
        page = pages.work(claim, 60)
        assert page.work.stream == world.key("work:urgent")
        assert pages.fail(page.lease, page.work, "HTTP 500")
        world.work()
        (letter,) = world.store.dead_letters.list()
        assert (letter.kind, letter.stream) == ("page", world.key("work:urgent"))
        assert world.store.dead_letters.retry(letter.id)
        world.work()
    assert pages.waiting() == 1


@pytest.mark.parametrize("unnamed", ["", "0123456789abcdef"])
def test_a_letter_of_a_page_keeps_that_its_sender_named_no_version(world, unnamed):
    """Else its content could not come back after another: it would count as an old version."""
    store, message = world.store, item("paged", version="0123456789abcdef")
    world.put({"link": "https://news.example/1", "item": message})
    world.work()
    (claim,) = store.pages.claim(1, 60)
    page = store.pages.work(claim, 60)
    assert store.pages.finish(page.lease, page.work, json.dumps(message).encode(), unnamed=unnamed)
    (taken,) = store.inbox.take_work(1, 60_000)
    (entry,) = store.inbox.begin(taken.stream, [taken.id])
    assert store.inbox.reject(entry, GIVEN_UP)
    (letter,) = store.dead_letters.list()
    assert store.dead_letters.retry(letter.id)
    (taken,) = store.inbox.take_work(1, 60_000)
    (again,) = store.inbox.begin(taken.stream, [taken.id])
    kept = {name: again.fields.get(name, "") for name in ("door", "unnamed")}
    assert kept == {"door": "inbox", "unnamed": unnamed}


def test_a_bad_message_that_is_retried_after_a_repair_is_published(make_world):
    narrow = make_world(Settings(message_limit_bytes=1024))
    narrow.put(item("long", body_text=TEXT.format(1) * 30))
    narrow.work()
    (letter,) = narrow.store.dead_letters.list()
    assert narrow.store.dead_letters.retry(letter.id)
    make_world().work()
    assert [uri for _, uri, _ in narrow.told()] == ["urn:long"]


def test_a_letter_keeps_a_source_of_8192_characters_of_any_alphabet(world):
    source = "é" * 8192
    world.put(item("talks"), fields={"source": source})
    world.consumer.step()
    (batch,) = world.queues.batches
    (entry,) = world.store.inbox.begin(batch.stream, batch.ids)
    letter = DeadLetter(reason="r", kind="parse", attempts=1, payload="", source=source)
    assert world.store.inbox.reject(entry, letter)
    assert world.store.dead_letters.list()[0].source == source


def test_a_letter_that_is_retried_keeps_a_long_source_by_which_kills_find_its_item(make_world):
    source = "https://wire.example/feed?" + "x" * 2000
    narrow = make_world(Settings(message_limit_bytes=2100))
    narrow.put(long_item("1"), fields={"source": source})
    narrow.work()
    (letter,) = narrow.store.dead_letters.list()
    assert narrow.store.dead_letters.retry(letter.id)
    make_world().work()
    (event,) = narrow.events()
    assert event["data"]["item"]["source"] == source


def long_item(version):
    return item("talks", version=version, body_text=TEXT.format(version) * 30)


@pytest.mark.parametrize("tries", [1, 3])
@pytest.mark.parametrize("urgent", [False, True])
def test_a_message_that_died_at_its_door_overtakes_no_later_version(make_world, urgent, tries):
    narrow = make_world(Settings(message_limit_bytes=1024))
    narrow.put(long_item("1"), urgent=urgent)
    narrow.work()
    narrow.put(item("talks", version="2"))
    narrow.work()
    for _ in range(1, tries):
        assert narrow.store.dead_letters.retry(narrow.store.dead_letters.list()[0].id)
        narrow.work()
    (letter,) = narrow.store.dead_letters.list()
    assert narrow.store.dead_letters.retry(letter.id)
    (report,) = make_world().work()
    assert (report.stale, report.published) == (1, 0)
    assert narrow.told() == [("created", "urn:talks", "2")]
    assert not narrow.client.exists(narrow.key("retried"))


def test_a_page_that_died_at_its_door_keeps_its_place(make_world):
    narrow = make_world(Settings(message_limit_bytes=1024))
    place = {"uri": "urn:talks", "link": f"https://news.example/?{'x' * 1024}"}
    narrow.put(place)
    narrow.work()
    narrow.put(item("talks", version="2"))
    narrow.work()
    assert narrow.store.dead_letters.retry(narrow.store.dead_letters.list()[0].id)
    wide = make_world()
    wide.work()
    pages = wide.store.pages
    (claim,) = pages.claim(1, 60)
    page = pages.work(claim, 60)
    assert pages.finish(page.lease, page.work, json.dumps(item("talks", version="1")).encode())
    wide.work()
    assert wide.told() == [("created", "urn:talks", "2")]


def test_a_message_in_the_place_of_a_retried_one_is_new(make_world):
    """Somebody may delete a message that was retried, and put another one under its id."""
    narrow = make_world(Settings(message_limit_bytes=1024))
    narrow.put(long_item("1"))
    narrow.work()
    narrow.put(item("talks", version="2"))
    narrow.work()
    assert narrow.store.dead_letters.retry(narrow.store.dead_letters.list()[0].id)
    ((entry_id, _),) = narrow.client.xrange(narrow.key("inbox"))
    narrow.client.delete(narrow.key("inbox"))
    narrow.put(item("talks", version="3"), entry_id=entry_id)
    narrow.work()
    assert [version for _, _, version in narrow.told()] == ["2", "3"]


# briefs


def test_briefs_are_letters_with_cut_payloads_newest_first(world):
    for number in range(5):
        bury(world, "x" * 40 + str(number), kind="message", reason=f"reason {number}")
    letters = world.store.dead_letters.list(10)
    briefs = world.store.dead_letters.briefs(3, payload_bytes=5)
    assert [brief.letter.id for brief in briefs] == [letter.id for letter in letters[:3]]
    assert {(brief.letter.payload, brief.size) for brief in briefs} == {("x" * 5, 41)}
    older = world.store.dead_letters.briefs(3, before=letters[2].id, payload_bytes=1000)
    assert [brief.letter for brief in older] == list(letters[3:])


def test_briefs_of_a_kind_are_those_of_all_its_classes(world):
    for number in range(230):
        kind = ("message", "parse", "message")[number % 3]
        bury(world, f"m{number}", kind=kind, reason=("not JSON", "odd", "too long")[number % 3])
    wanted = [letter for letter in world.store.dead_letters.list(500) if letter.kind == "message"]
    found, before = [], ""
    while page := world.store.dead_letters.briefs(40, before=before, kind="message"):
        found += [brief.letter for brief in page]
        before = page[-1].letter.id
    assert found == wanted
    assert world.store.dead_letters.kinds() == {"message": 153, "parse": 77}
    assert world.store.dead_letters.briefs(5, kind="mess") == ()


def test_a_letter_that_another_program_deleted_is_left_out_of_its_kind(world):
    ids = [bury(world, f"m{number}", kind="parse") for number in range(3)]
    world.client.xdel(world.key("dead"), ids[1])
    found = world.store.dead_letters.briefs(5, kind="parse")
    assert [brief.letter.id for brief in found] == [ids[2], ids[0]]


def test_a_letter_without_an_order_is_retried_once(store, client, prefix):
    letter = {"payload": '{"text": "Words."}', "kind": "message", "stream": f"{prefix}:inbox"}
    client.xadd(f"{prefix}:dead", letter)
    (found,) = store.dead_letters.list()
    assert store.dead_letters.retry(found.id, late=True)
    assert (client.xlen(f"{prefix}:inbox"), store.dead_letters.list()) == (1, ())


FAR = "99999999999999-1"


def version(number):
    return json.dumps(item("talks", version=number))


def foreign_letter(world, **said):
    """A letter that another program wrote; its id."""
    letter = {"payload": version("1"), "kind": "parse", "stream": world.key("work")} | said
    return world.client.xadd(world.key("dead"), letter)


@pytest.mark.parametrize("stream", ["inbox", "work"])
@pytest.mark.parametrize("said", [{}, {"retry_of": ""}, {"retry_of": "first"}, {"retry_of": FAR}])
def test_a_letter_without_an_order_has_the_place_of_its_id(world, stream, said):
    """It follows no version that came in after the letter, and stops none that comes later."""
    letter = foreign_letter(world, stream=world.key(stream), **said)
    world.put(item("talks", version="2"))
    world.work()
    assert world.store.dead_letters.retry(letter)
    world.work()
    world.put(item("talks", version="3"))
    world.work()
    assert [told[2] for told in world.told()] == ["2", "3"]


def test_a_letter_with_an_id_that_is_ahead_is_retried_as_a_new_message(world):
    letter = {"payload": version("1"), "kind": "parse", "stream": world.key("work")}
    letter_id = world.client.xadd(world.key("dead"), letter, id=FAR)
    assert world.store.dead_letters.retry(letter_id)
    world.work()
    world.put(item("talks", version="2"))
    world.work()
    assert [told[2] for told in world.told()] == ["1", "2"]


def test_an_old_letter_without_an_order_is_late(world):
    letter = {"payload": version("1"), "kind": "parse", "stream": world.key("work")}
    letter_id = world.client.xadd(world.key("dead"), letter, id="1-1")
    with pytest.raises(MessageError, match="--late"):
        world.store.dead_letters.retry(letter_id)
    assert world.store.dead_letters.retry(letter_id, late=True)
