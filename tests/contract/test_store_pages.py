"""What the store promises of pages that shall be read."""

import datetime
import json

import msgspec
import pytest

from worker.model.inbox import InboxEntry

UTC = datetime.UTC
LINK = {"link": "https://news.example/1"}
MESSAGE = json.dumps(LINK)
MANY = {f"f{number}": "x" for number in range(4100)}


@pytest.fixture
def taken(client, prefix):
    """An entry of a work stream that was taken from there."""

    def taken(*, urgent=False, fields=None):
        stream = f"{prefix}:work:urgent" if urgent else f"{prefix}:work"
        if not client.exists(stream):
            client.xgroup_create(stream, "copytaster", mkstream=True)
        entry_id = client.xadd(stream, {"message": MESSAGE, **(fields or {})})
        client.xreadgroup("copytaster", "copytaster", {stream: ">"})
        ((_, found),) = client.xrange(stream, entry_id, entry_id)
        return InboxEntry(stream=stream, id=entry_id, fields=found)

    return taken


@pytest.fixture
def put(store, taken):
    """An entry of a work stream on its way to have its page read."""

    def put(**said):
        entry = taken(**said)
        assert store.pages.put(entry)
        return entry

    return put


def opened(store, lease_s=60):
    (claim,) = store.pages.claim(10, lease_s)
    return store.pages.work(claim, lease_s)


def soon(seconds=0.0):
    return datetime.datetime.now(UTC) + datetime.timedelta(seconds=seconds)


def test_an_entry_leaves_its_stream_for_its_page(store, put, work):
    entry = put(fields={"source": "desk"})

    assert work() == []
    assert store.pages.waiting() == 1
    page = opened(store).work
    assert (page.id, page.order, page.stream) == (entry.id, entry.id, entry.stream)
    assert page.fields == {"message": MESSAGE, "source": "desk"}


def test_an_entry_that_is_done_asks_for_no_page(store, taken, client):
    entry = taken()
    client.xack(entry.stream, "copytaster", entry.id)

    assert not store.pages.put(entry)
    assert not store.pages.put(InboxEntry(stream=f"{entry.stream}:x", id=entry.id, fields={}))
    assert store.pages.waiting() == 0


def test_a_page_is_leased_to_one_at_a_time(store, put):
    put()

    assert len(store.pages.claim(10, 60)) == 1
    assert store.pages.claim(10, 60) == ()


def test_a_page_is_begun_with_once_under_a_token_of_its_own(store, put):
    put()
    (claim,) = store.pages.claim(10, 60)
    page = store.pages.work(claim, 60)

    assert page.lease.token != claim.token
    assert store.pages.work(claim, 60) is None
    assert store.pages.renew([claim], 60) == 0
    assert not store.pages.finish(claim, page.work, b"{}")


def test_a_page_whose_reader_died_is_due_when_its_lease_ends(store, put, pass_time):
    put()
    first = opened(store, 1)
    pass_time(1.1)
    (claim,) = store.pages.claim(10, 60)
    second = store.pages.work(claim, 60)

    assert (store.pages.renew([first.lease], 60), store.pages.renew([second.lease], 60)) == (0, 1)
    assert not store.pages.finish(first.lease, first.work, b"{}")
    assert not store.pages.fail(first.lease, first.work, "no")
    assert not store.pages.postpone(first.lease, first.work, soon())
    assert store.pages.finish(second.lease, second.work, b"{}")


@pytest.mark.parametrize("step_s", [5, -3600])
def test_the_age_of_a_page_is_the_time_since_it_was_begun_first(
    store, put, client, prefix, pass_time, step_s
):
    """However long it waited for a poller; a clock that is set back makes it no younger."""
    put()
    pass_time(3600)
    assert opened(store, 1).age_s == 0
    pass_time(5)
    page = opened(store)
    assert 5 <= page.age_s < 60
    assert store.pages.postpone(page.lease, page.work, soon(), soon())
    pass_time(step_s)
    store.stats.sizes()  # sees what the clock did
    pass_time(2)
    page = opened(store)
    assert 5 <= page.age_s < 60
    assert store.pages.finish(page.lease, page.work, b"{}")
    assert client.keys(f"{prefix}:pages*") == []


def test_a_reader_that_was_only_silent_is_not_heard_once_its_task_message_is_begun_again(
    store, put, work, pass_time
):
    put()
    (claim,) = store.pages.claim(10, 1)
    sleeper = store.pages.work(claim, 1)
    pass_time(1.1)
    other = store.pages.work(claim, 60)

    assert not store.pages.finish(sleeper.lease, sleeper.work, b"{}")
    assert work() == []
    assert store.pages.finish(other.lease, other.work, b"{}")


@pytest.mark.parametrize(("urgent", "stream"), [(False, "work"), (True, "work:urgent")])
def test_the_item_goes_where_its_entry_was_and_keeps_its_place_in_the_order(
    store, put, work, urgent, stream
):
    entry = put(urgent=urgent, fields={"source": "desk", "published": "2026-01-12", "urgency": "5"})
    page = opened(store)

    assert store.pages.finish(page.lease, page.work, '{"headline": "Мост"}'.encode())

    ((name, entry_id, fields),) = work()
    assert (name, entry_id == entry.id) == (stream, False)
    assert fields == {
        "message": '{"headline": "Мост"}',
        "source": "desk",
        "published": "2026-01-12",
        "urgency": "5",
        "order": entry.id,
    }
    assert store.pages.waiting() == 0
    assert not store.pages.finish(page.lease, page.work, b"{}")


def test_what_failed_comes_back_as_it_was_and_says_why(store, put, work):
    entry = put(fields={"source": "desk"})
    page = opened(store)

    assert store.pages.fail(page.lease, page.work, "HTTP 404 Not Found")

    ((_, _, fields),) = work()
    assert fields == {
        "message": MESSAGE,
        "source": "desk",
        "order": entry.id,
        "failed": "HTTP 404 Not Found",
    }


def test_an_entry_that_came_back_before_keeps_its_first_place(store, put, work):
    put(fields={"order": "7-1", "page": "1"})
    page = opened(store)

    assert store.pages.finish(page.lease, page.work, b"{}")

    ((_, _, fields),) = work()
    assert fields == {"message": "{}", "order": "7-1"}


@pytest.mark.parametrize("verb", ["finish", "fail"])
def test_an_entry_with_thousands_of_fields_ends_like_any_other(store, put, work, verb):
    entry = put(fields=MANY)
    page = opened(store)

    assert getattr(store.pages, verb)(page.lease, page.work, *{"finish": [b"{}"]}.get(verb, ["no"]))

    ((_, _, fields),) = work()
    assert fields.keys() - {"failed"} == {"message", "order"}
    assert fields["order"] == entry.id
    assert store.pages.waiting() == 0


def test_a_postponed_page_keeps_what_is_known_of_it_and_comes_later(store, put, pass_time):
    put()
    page = opened(store)
    work = msgspec.structs.replace(page.work, tries=1, has_turn=True, reason="busy")

    assert store.pages.postpone(page.lease, work, soon(30))

    assert store.pages.claim(10, 60) == ()
    pass_time(31)
    assert opened(store).work == work


def test_pages_of_both_streams_are_told_apart(store, put):
    put(urgent=True)
    put()

    assert len(store.pages.claim(10, 60)) == 2
