"""What the store promises of pages that shall be read."""

import datetime
import json

import msgspec
import pytest

from worker.messages import PageRequest, read_message
from worker.model import Feed, NewsItem, PubStatus
from worker.ports import DeadLetter

UTC = datetime.UTC
LINK = {"link": "https://news.example/1"}
FEED = Feed(id="f1", url="https://news.example/rss")


def put(store, message=None, *, urgent=False, fields=None):
    """One message, taken, on its way to have its page read."""
    store.put_message(json.dumps(message or LINK), urgent=urgent, fields=fields)
    (entry,) = store.take_inbox(10, 3_600_000)
    assert store.pages.put(entry)
    return entry


def taken(store):
    return store.take_inbox(10, 3_600_000)


def soon(seconds=0.0):
    return datetime.datetime.now(UTC) + datetime.timedelta(seconds=seconds)


def test_an_entry_leaves_the_inbox_for_its_page(store):
    entry = put(store, fields={"source": "desk"})

    assert store.sizes()["inbox"] == 0
    assert store.pages.waiting() == 1
    (lease,) = store.pages.claim(10, 60)
    work = store.pages.work(lease, 60)
    assert (work.id, work.order, work.stream) == (entry.id, entry.id, entry.stream)
    assert work.fields == {"message": json.dumps(LINK), "source": "desk"}
    assert work.at_ms == int(entry.id.partition("-")[0])


def test_an_entry_that_is_done_asks_for_no_page(store):
    store.put_message(json.dumps(LINK))
    (entry,) = taken(store)
    store.finish(entry)

    assert not store.pages.put(entry)
    assert store.pages.waiting() == 0


def test_a_page_is_leased_to_one_at_a_time(store):
    put(store)

    assert len(store.pages.claim(10, 60)) == 1
    assert store.pages.claim(10, 60) == ()


def test_a_page_whose_reader_died_is_due_when_its_lease_ends(store, pass_time):
    put(store)
    (first,) = store.pages.claim(10, 0.05)
    pass_time(0.1)
    (second,) = store.pages.claim(10, 60)
    work = store.pages.work(second, 60)

    assert store.pages.work(first, 60) is None
    assert (store.pages.renew([first], 60), store.pages.renew([second], 60)) == (0, 1)
    assert not store.pages.finish(first, work, b"{}")
    assert not store.pages.fail(first, work, "no")
    assert not store.pages.postpone(first, work, soon())
    assert store.pages.finish(second, work, b"{}")


def test_the_item_goes_where_its_entry_was_and_keeps_its_place_in_the_order(store):
    entry = put(store, urgent=True, fields={"source": "desk"})
    (lease,) = store.pages.claim(10, 60)
    work = store.pages.work(lease, 60)

    assert store.pages.finish(lease, work, '{"headline": "Мост"}'.encode())

    (back,) = taken(store)
    assert back.stream == entry.stream
    assert back.fields == {
        "message": '{"headline": "Мост"}',
        "source": "desk",
        "retry_of": entry.id,
    }
    assert store.pages.waiting() == 0
    assert not store.pages.finish(lease, work, b"{}")


def test_what_failed_comes_back_as_it_was_and_says_why(store):
    entry = put(store, fields={"source": "desk"})
    (lease,) = store.pages.claim(10, 60)

    assert store.pages.fail(lease, store.pages.work(lease, 60), "HTTP 404 Not Found")

    (back,) = taken(store)
    assert back.fields == {
        "message": json.dumps(LINK),
        "source": "desk",
        "retry_of": entry.id,
        "failed": "HTTP 404 Not Found",
    }


def test_a_retried_letter_asks_for_the_page_again(store):
    put(store, fields={"source": "desk"})
    (lease,) = store.pages.claim(10, 60)
    store.pages.fail(lease, store.pages.work(lease, 60), "HTTP 404 Not Found")
    (back,) = taken(store)
    store.reject(back, DeadLetter(reason="HTTP 404", kind="page", attempts=0, payload=""))
    (letter,) = store.dead_letters()

    assert store.retry_dead(letter.id)

    (again,) = taken(store)
    assert again.fields == {
        "message": json.dumps(LINK),
        "source": "desk",
        "retry_of": back.fields["retry_of"],
    }


def test_a_postponed_page_keeps_what_is_known_of_it_and_comes_later(store, pass_time):
    put(store)
    (lease,) = store.pages.claim(10, 60)
    work = msgspec.structs.replace(
        store.pages.work(lease, 60), tries=1, has_turn=True, reason="busy"
    )

    assert store.pages.postpone(lease, work, soon(0.2))

    assert store.pages.claim(10, 60) == ()
    pass_time(0.3)
    (lease,) = store.pages.claim(10, 60)
    assert store.pages.work(lease, 60) == work


def test_pages_of_both_inboxes_are_told_apart(store):
    put(store, urgent=True)
    put(store)

    assert len(store.pages.claim(10, 60)) == 2


def admit(store, *items):
    store.add_feeds([FEED])
    store.poll_now(FEED.id)
    (lease,) = store.claim_due(1, 0.001)
    return store.admit(lease, items, with_pages=True)


def test_items_of_a_feed_with_full_text_come_as_requests_for_their_pages(store):
    item = NewsItem(uri="urn:1", version="1", headline="Мост", link="https://news.example/1")
    assert admit(store, item).new == 1

    (entry,) = taken(store)

    assert read_message(entry.fields, limit_bytes=10_000) == PageRequest(item.link, item)


@pytest.mark.parametrize(
    "item",
    [
        NewsItem(uri="urn:1", version="1", headline="Bridge"),
        NewsItem(
            uri="urn:1",
            version="1",
            headline="Bridge",
            link="https://news.example/1",
            pubstatus=PubStatus.CANCELED,
        ),
        NewsItem(
            uri="urn:1",
            version="1",
            headline="KILL: Bridge opened in Ostrov",
            link="https://news.example/1",
        ),
    ],
    ids=["no link", "canceled", "kill"],
)
def test_an_item_without_a_page_to_read_comes_as_itself(store, item):
    admit(store, item)

    (entry,) = taken(store)

    assert read_message(entry.fields, limit_bytes=10_000) == item


def test_a_version_that_came_back_has_its_number_within_the_request(store, pass_time):
    link = "https://news.example/1"
    for version in ("a", "b", "a"):
        admit(store, NewsItem(uri="urn:1", version=version, headline=version, link=link))
        pass_time(0.01)

    asked = [read_message(entry.fields, limit_bytes=10_000) for entry in taken(store)]

    assert [request.item.version for request in asked] == ["a", "b", "a.2"]
