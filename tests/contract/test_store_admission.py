"""What the store promises of admission: what is new, what changed, and what a feed showed last."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from worker.errors import BrokerError, CodecError
from worker.inbox.messages import PageRequest, read_message
from worker.model import Feed, FeedState, Lease, NewsItem, PubStatus, content_digest, feed_id
from worker.model.codec import load
from worker.model.inbox import DoorDecision
from worker.model.polling import Admission, OpenPoll
from worker.model.publishing import PublishRequest, PublishResult, Withdrawal
from worker.polling.admission import request_admission

LONG_S = 60.0
DAY_S = 86_400
LINK = "https://news.example/1"


def feed(number: int = 1) -> Feed:
    url = f"https://wire.example/{number}"
    return Feed(id=feed_id(url), url=url)


def item(body: str = "A", uri: str = "urn:x:1", **said) -> NewsItem:
    version = said.pop("version", None) or content_digest("", "", body)
    return NewsItem(uri=uri, version=version, body_text=body, **said)


def items(*numbers: int) -> list[NewsItem]:
    return [item(uri=f"urn:x:{number}") for number in numbers]


def opened(store, number: int = 1) -> OpenPoll:
    store.feeds.add([feed(number)])
    store.feeds.poll_now(feed(number).id)
    (claim,) = store.polls.claim_due(10, LONG_S)
    found = store.polls.open(claim, LONG_S)
    assert found.is_ours
    return found


def later() -> datetime:
    return datetime.now(UTC) + timedelta(days=9999)


@pytest.fixture
def poll(store):
    """A whole poll of a feed whose body holds these items; what was admitted."""

    def poll(*body: NewsItem, number: int = 1, **said) -> Admission:
        found = opened(store, number)
        admission = store.polls.admit(found.lease, request_admission(body, found.shown, **said))
        assert store.polls.finish(found.lease, FeedState(), later(), admission=admission)
        return admission

    return poll


@pytest.mark.parametrize(
    "mark", [{"pubstatus": PubStatus.CANCELED}, {"ednote": "KILL: wrong"}, {"slugline": "A, KILL"}]
)
def test_a_kill_under_the_version_of_its_item_is_a_change_once(poll, mark):
    poll(item(version="1"))
    assert counts(poll(item(version="1", **mark))) == (0, 1, 0)
    assert counts(poll(item(version="1", **mark))) == (0, 0, 1)
    assert counts(poll(item(version="1", **mark), number=2)) == (0, 0, 1)


@pytest.mark.parametrize("named", [True, False])
def test_a_kill_by_its_text_under_the_version_of_its_item_is_a_change_once(poll, named):
    said = {"version": "1"} if named else {}
    poll(item(**said))
    assert counts(poll(item("KILL KILL KILL", **said))) == (0, 1, 0)
    assert counts(poll(item("KILL KILL KILL", **said))) == (0, 0, 1)


def test_a_text_does_not_come_back_while_a_kill_has_its_item(poll, store):
    """As a cache serves the body of before once more."""
    poll(item("A"))
    poll(item("B"))
    for taken in store.inbox.take_work(10, 0):
        (entry,) = store.inbox.begin(taken.stream, [taken.id])
        text = read_message(entry.fields, limit_bytes=1000)
        known = store.publications.known([text.uri])[0]
        one = PublishRequest(
            entry=entry,
            uri=text.uri,
            version=text.version,
            expected=known.version,
            publications=(),
        )
        assert store.publications.publish([one]) == (PublishResult.PUBLISHED,)
    store.inbox.put("{}")
    messages, _ = store.inbox.read_doors(10, 1 << 20)
    store.inbox.enter([DoorDecision(message=one, word="work") for one in messages])
    (entry,) = store.inbox.take_work(10, 0)
    kill = PublishRequest(
        entry=entry,
        uri="urn:kill",
        version="1",
        expected=None,
        publications=(),
        withdraws=(Withdrawal(uri="urn:x:1"),),
    )
    assert store.publications.publish([kill]) == (PublishResult.PUBLISHED,)
    assert counts(poll(item("A"))) == (0, 0, 1)
    assert counts(poll(item("C"))) == (0, 1, 0)


def counts(admission: Admission) -> tuple[int, int, int]:
    return admission.new, admission.changed, admission.known


@pytest.fixture
def admitted(work):
    """The items on the work streams, in their order."""
    return lambda: [load(NewsItem, fields["message"]) for _, _, fields in work()]


# new, changed, known


def test_new_items_are_put_in_order_and_only_once(poll, admitted):
    body = items(1, 2, 3)
    assert counts(poll(*body)) == (3, 0, 0)
    assert counts(poll(*body)) == (0, 0, 3)
    assert admitted() == body


def test_what_a_feed_shows_unchanged_costs_the_server_nothing(
    store, poll, monkeypatch, swap_server
):
    poll(*items(1, 2, 3))
    scripts, run = [], store._server.run

    def count(name, *words):
        scripts.append(name)
        return run(name, *words)

    called = SimpleNamespace(run=count, call=store._server.call)
    swap_server(monkeypatch, store, called)
    assert poll(*items(1, 2, 3)) == Admission(known=3)
    assert scripts == ["add_feeds", "poll_now", "claim_due", "begin_lease", "finish_poll"]


def test_a_changed_item_is_put_again(poll, admitted):
    assert counts(poll(item("A"))) == (1, 0, 0)
    assert counts(poll(item("B"))) == (0, 1, 0)
    assert counts(poll(item("B"))) == (0, 0, 1)
    assert admitted() == [item("A"), item("B")]


def test_a_version_that_comes_back_gets_a_version_of_its_own(poll, admitted):
    for body in "ABAABBA":
        poll(item(body))
    first, second = item("A").version, item("B").version
    assert [(found.version, found.body_text) for found in admitted()] == [
        (first, "A"),
        (second, "B"),
        (f"{first}.2", "A"),
        (f"{second}.2", "B"),
        (f"{first}.3", "A"),
    ]


def test_a_version_that_was_shown_for_longer_than_records_are_kept_comes_back(
    poll, admitted, pass_time, clock
):
    poll(item("A"))
    pass_time(90 * DAY_S)
    for body in "BA":
        poll(item(body))
    first, second = item("A").version, item("B").version
    *versions, last = [found.version for found in admitted()]
    since = versions[1].removeprefix(f"{second}.")
    assert (versions, last) == ([first, f"{second}.{since}"], f"{first}.{since}")
    assert abs(int(since) - clock().timestamp()) < 60


def test_of_the_versions_that_an_item_had_the_last_sixteen_are_known_again(poll, admitted):
    for number in [*range(20), 5, 3]:
        poll(item(version=f"v{number}"))
    assert [found.version for found in admitted()][-2:] == ["v5#2", "v3"]


def test_a_providers_own_version_with_marks_in_it_comes_back_right(poll, admitted):
    odd = 'v"1\\/é\n'
    for version in (odd, "2", odd):
        poll(item(uri='urn:"x"\\', version=version))
    assert [found.version for found in admitted()] == [odd, "2", f"{odd}#2"]


def test_one_feed_that_carries_a_uri_twice_does_not_go_round_for_ever(poll):
    both = [item("A"), item("B")]
    assert counts(poll(*both)) == (1, 1, 0)
    for body in (both, both[::-1], both):
        assert counts(poll(*body)) == (0, 0, 2)
    assert counts(poll(item("A"), item("C"))) == (0, 1, 1)
    assert counts(poll(item("B"), item("C"))) == (0, 0, 2)


def test_two_feeds_that_word_one_uri_differently_do_not_go_round_for_ever(poll):
    assert counts(poll(item("A"), number=1)) == (1, 0, 0)
    assert counts(poll(item("B"), number=2)) == (0, 1, 0)
    for _ in range(3):
        assert counts(poll(item("A"), number=1)) == (0, 0, 1)
        assert counts(poll(item("B"), number=2)) == (0, 0, 1)
    assert counts(poll(item("C"), number=1)) == (0, 1, 0)
    assert counts(poll(item("C"), number=2)) == (0, 0, 1)


@pytest.mark.parametrize("named", [False, True])
def test_a_feed_that_is_a_version_behind_another_brings_no_older_one_out(poll, admitted, named):
    story = [item(str(number), version=str(number) if named else None) for number in range(12)]
    poll(story[0], number=1)
    poll(story[0], number=2)
    poll(story[1], number=1)
    for number in range(2, 12):
        poll(story[number], number=1)
        poll(story[number - 1], number=2)
    assert admitted() == story


@pytest.mark.parametrize("first", [[1, 2], [1], [2], []])
@pytest.mark.parametrize("named", [False, True])
def test_a_later_version_comes_back_after_an_older_one_of_a_slow_feed(poll, admitted, first, named):
    """Feed 1 was asked before feed 2, and its answer was admitted after that of feed 2."""
    one, two, three = (
        item(str(number), version=str(number) if named else None) for number in range(3)
    )
    for number in first:
        poll(one, number=number)
    poll(three, number=2)
    poll(two, number=1)
    for _ in range(3):
        poll(three, number=1)
        poll(three, number=2)
    again = f"{three.version}{'#' if named else '.'}2"
    versions = [found.version for found in admitted()]
    assert versions == [*[one.version] * bool(first), three.version, two.version, again]


def test_a_text_that_goes_back_and_forth_comes_back_once_by_a_feed_behind(poll, admitted):
    poll(item("A"), number=2)
    for body, behind in ("A", "A"), ("B", "A"), ("A", "B"), ("A", "A"):
        poll(item(body), number=1)
        poll(item(behind), number=2)
    first = item("A").version
    assert [found.version for found in admitted()] == [first, item("B").version, f"{first}.2"]


def test_of_two_feeds_either_may_go_back_to_what_it_showed(poll, admitted):
    for body in "AB":
        for number in (1, 2):
            poll(item(body), number=number)
    poll(item("A"), number=2)
    poll(item("A"), number=1)
    first = item("A").version
    assert [found.version for found in admitted()] == [first, item("B").version, f"{first}.2"]


def test_an_item_that_another_feed_had_first_is_known(poll):
    assert counts(poll(item("A"), number=1)) == (1, 0, 0)
    assert counts(poll(item("A"), number=2)) == (0, 0, 1)


def test_a_feed_that_begins_with_an_older_version_brings_nothing_out(poll):
    for body in "AB":
        poll(item(body), number=1)
    assert counts(poll(item("A"), number=2)) == (0, 0, 1)


@pytest.fixture
def publish(store):
    """Publishes a version that came in by a door."""

    def publish(published: NewsItem) -> None:
        store.inbox.put("{}")
        messages, _ = store.inbox.read_doors(10, 1000)
        store.inbox.enter([DoorDecision(message=one, word="work") for one in messages])
        entry = store.inbox.take_work(1000, 0)[-1]
        (known,) = store.publications.known([published.uri])
        outcome = PublishRequest(
            entry=entry,
            uri=published.uri,
            version=published.version,
            expected=known.version,
            publications=(),
        )
        assert store.publications.publish([outcome]) == (PublishResult.PUBLISHED,)

    return publish


def test_a_version_that_was_published_by_another_way_is_known(poll, publish):
    publish(item("A"))
    assert counts(poll(item("A"))) == (0, 0, 1)
    assert counts(poll(item("B"))) == (0, 1, 0)


def test_a_version_that_was_published_while_another_waits_is_known(poll, publish):
    poll(item("B"), number=2)
    publish(item("A"))
    assert counts(poll(item("A"))) == (0, 0, 1)


def test_a_feed_that_follows_what_was_published_by_another_way_brings_nothing_out(poll, publish):
    poll(item("A"))
    publish(item("A"))
    publish(item("B"))
    assert counts(poll(item("B"))) == (0, 0, 1)


def test_a_version_that_was_overtaken_on_its_way_is_no_longer_the_newest(poll, publish, store):
    poll(item("A"))
    (waiting,) = store.inbox.take_work(10, 60_000)
    publish(item("B"))
    late = PublishRequest(
        entry=waiting, uri=item().uri, version=item("A").version, expected=None, publications=()
    )
    assert store.publications.publish([late]) == (PublishResult.STALE,)
    assert counts(poll(item("B"))) == (0, 0, 1)


def test_a_version_that_comes_back_after_it_was_published_gets_a_version_of_its_own(
    poll, publish, admitted
):
    poll(item("A"))
    publish(item("A"))
    for body in "BA":
        poll(item(body))
    first, second = item("A").version, item("B").version
    assert [found.version for found in admitted()] == [first, second, f"{first}.2"]


# what a feed shows, for longer than items are remembered


@pytest.mark.parametrize("entries", [1, 20])
def test_a_feed_that_was_unchanged_for_long_brings_out_what_is_new_alone(poll, pass_time, entries):
    body = items(*range(entries))
    poll(*body)
    for _ in range(3):
        pass_time(30 * DAY_S)
    assert counts(poll(*body, item(uri="urn:new"))) == (1, 0, entries)


def test_what_changed_in_a_feed_after_long_has_changed(poll, pass_time):
    poll(*items(1, 2))
    pass_time(90 * DAY_S)
    assert counts(poll(item("B", uri="urn:x:1"), *items(2))) == (0, 1, 1)


def test_a_paused_feed_keeps_what_it_showed_and_a_removed_one_does_not(store, poll, pass_time):
    poll(*items(1))
    store.feeds.pause(feed().id)
    pass_time(90 * DAY_S)
    store.feeds.resume(feed().id)
    assert counts(poll(*items(1))) == (0, 0, 1)
    store.feeds.remove(feed().id)
    assert counts(poll(*items(1))) == (1, 0, 0)


@pytest.mark.parametrize("shown", [0, 1, 10], ids=["nothing", "one entry", "half"])
def test_a_feed_that_once_shows_less_of_itself_brings_nothing_out_again(poll, pass_time, shown):
    body = items(*range(20))
    poll(*body)
    pass_time(90 * DAY_S)
    for _ in range(3):
        assert counts(poll(*body[:shown])) == (0, 0, shown)
    assert counts(poll(*body)) == (0, 0, 20)


def test_entries_that_come_back_where_others_were_taken_off_are_known(poll, pass_time):
    poll(*items(*range(20)))
    for last in range(20, 30):
        poll(*items(*range(last - 19, last + 1)))
    pass_time(90 * DAY_S)
    assert counts(poll(*items(*range(10, 30)))) == (0, 0, 20)


def test_a_part_of_a_feed_replaces_none_of_the_rest(poll, pass_time):
    poll(*items(*range(20)))
    for number in range(20, 60):
        assert counts(poll(*items(number), is_part=True)) == (1, 0, 0)
    pass_time(90 * DAY_S)
    assert counts(poll(*items(*range(60)))) == (0, 0, 60)


def test_an_entry_that_a_feed_shows_beyond_what_is_listed_is_known_while_it_is_shown(
    poll, pass_time, monkeypatch
):
    monkeypatch.setattr("worker.model.shown.LIMIT_ENTRIES", 5)
    poll(*items(*range(20)))
    for _ in range(20):
        pass_time(9 * DAY_S)
        assert counts(poll(*items(*range(20)))) == (0, 0, 20)


def test_the_feeds_that_show_an_item_are_found(store, poll):
    poll(item(), *items(2), number=1)
    poll(item(), number=2)
    poll(*items(2), number=3)
    store.feeds.add([feed(4)])
    assert store.feeds.showing("urn:x:1") == tuple(sorted((feed(1).id, feed(2).id)))
    assert store.feeds.showing("urn:none") == ()


# slices


def test_a_large_poll_is_admitted_in_slices_and_comes_out_in_order(store, poll, admitted):
    body = items(*range(1200))
    assert poll(*body) == Admission(new=1200, slices=3)
    assert admitted() == body
    assert poll(*body) == Admission(known=1200)


def test_a_slice_holds_a_bound_of_bytes(poll):
    body = [item("A" * 100_000, uri=f"urn:{number}") for number in range(5)]
    assert poll(*body, item("A" * 600_000, uri="urn:large")) == Admission(new=6, slices=4)


@pytest.fixture
def between_slices(store, monkeypatch, swap_server):
    """Has something happen before the second slice of a poll is admitted."""
    run = store._server.run

    def install(happening, monkeypatch=monkeypatch):
        seen = []

        def run_after(name, *words):
            seen.append(name)
            if name == "admit" and seen.count("admit") == 2:
                happening()
            return run(name, *words)

        between = SimpleNamespace(run=run_after, call=store._server.call)
        swap_server(monkeypatch, store, between)

    return install


def test_a_twin_between_two_slices_fences_off_the_rest(store, make_store, between_slices, admitted):
    other = make_store()
    other.feeds.add([feed()])
    (claim,) = other.polls.claim_due(1, LONG_S)
    twin = []

    def begin_twin():
        other.polls.renew([first.lease], 0)
        twin.append(other.polls.open(claim, LONG_S))

    between_slices(begin_twin)
    first, body = store.polls.open(claim, LONG_S), items(*range(1200))

    assert store.polls.admit(first.lease, request_admission(body)) == Admission(
        new=500, slices=1, fenced=True
    )

    admission = other.polls.admit(twin[0].lease, request_admission(body, twin[0].shown))
    assert admission == Admission(new=700, known=500, slices=2)
    assert other.polls.finish(twin[0].lease, FeedState(), later(), admission=admission)
    assert admitted() == body


def test_a_server_that_lost_a_slice_fences_off_the_rest(
    store, between_slices, client, prefix, work
):
    """The lease is as it was before the first slice, as on a replica that was behind."""
    found = opened(store)
    before = client.hgetall(f"{prefix}:leases")
    between_slices(lambda: client.hset(f"{prefix}:leases", mapping=before))

    admission = store.polls.admit(found.lease, request_admission(items(*range(1200))))

    assert admission == Admission(new=500, slices=1, fenced=True)
    assert not store.polls.finish(found.lease, FeedState(etag="x"), later(), admission=admission)
    assert store.feeds.state(feed().id) == FeedState()
    assert len(work()) == 500


# a poll that is broken off


@pytest.mark.parametrize("first", ["A", None], ids=["a change", "an entry and its change"])
def test_a_feed_that_goes_back_after_half_a_poll_brings_its_version_out_again(
    store, poll, between_slices, admitted, first
):
    """The first slice went out: the desks have version B of what the feed shows as A again."""
    rest = items(*range(2, 1200))
    if first:
        poll(item(first))
    else:
        broken_off(store, between_slices, [item("A"), *rest])
    broken_off(store, between_slices, [item("B"), *rest])

    admission = poll(item("A"), *rest)

    assert (admission.changed, admission.new + admission.known) == (1, 1198)
    assert poll(item("A"), *rest) == Admission(known=1199)
    versions = [found.version for found in admitted() if found.uri == "urn:x:1"]
    assert versions == [item("A").version, item("B").version, f"{item('A').version}.2"]


def test_half_a_poll_and_the_same_one_whole_bring_each_version_out_once(
    store, poll, between_slices, admitted
):
    poll(item("A"))
    body = [item("B"), *items(*range(2, 600))]
    broken_off(store, between_slices, body)
    assert counts(poll(*body)) == (99, 0, 500)
    assert admitted() == [item("A"), *body]


def test_what_half_a_poll_brought_is_remembered_before_older_entries(
    store, poll, between_slices, pass_time
):
    for start in range(0, 1200, 600):
        poll(*items(*range(start, start + 600)))
    broken_off(store, between_slices, items(*range(1200, 1800)))
    poll(*items(*range(1800, 1810)))
    pass_time(30 * DAY_S)
    assert counts(poll(*items(*range(1200, 1700)))) == (0, 0, 500)


def test_what_was_known_of_a_feed_before_half_a_poll_is_kept_as_the_poll_says(
    store, poll, between_slices
):
    poll(item("A"))
    known = FeedState(items_seen=7)
    broken_off(store, between_slices, [item("B"), *items(*range(2, 600))], state=known)
    found = opened(store)
    assert found.state == known
    store.polls.admit(
        found.lease, request_admission([item("B")], found.shown), state=FeedState(items_seen=8)
    )
    assert store.feeds.state(feed().id) == known  # nothing was put


def broken_off(store, between_slices, body, **said):
    """A poll whose process is killed between its first slice and its second."""

    class KilledError(Exception):
        pass

    def kill():
        raise KilledError

    found = opened(store)
    with pytest.MonkeyPatch.context() as patched:
        between_slices(kill, patched)
        with pytest.raises(KilledError):
            store.polls.admit(found.lease, request_admission(body, found.shown), **said)
    store.feeds.pause(feed().id)  # its lease ends
    store.feeds.resume(feed().id)


# how it is put


@pytest.mark.parametrize(
    ("body", "urgent"),
    [
        (item(urgency=1), True),
        (item(urgency=3), True),
        (item(urgency=4), False),
        (item(urgency=None), False),
        (item("KILL KILL KILL\n\nOur item 0042."), True),
        (item(pubstatus=PubStatus.CANCELED), True),
        (item(headline="Kills two in Oslo"), False),
    ],
)
def test_kills_and_urgent_items_go_to_the_urgent_stream(poll, work, body, urgent):
    poll(body)
    assert [name for name, *_ in work()] == ["work:urgent" if urgent else "work"]


def test_the_items_of_one_poll_are_in_one_order_on_both_streams(poll, work):
    body = [item(uri=f"urn:{n}", urgency=urgency) for n, urgency in enumerate((5, 1, 5, 5, 2, 1))]
    poll(*body)
    assert [load(NewsItem, fields["message"]) for _, _, fields in work()] == body
    assert [name for name, *_ in work()].count("work:urgent") == 3


def test_versions_of_an_item_stay_in_order_across_the_two_streams(poll, admitted, pass_time):
    bodies = "ABCDEFGHIJKLMNOP"
    for number, body in enumerate(bodies):
        poll(item(body, urgency=1 if number % 2 else 5))
        pass_time(-1)
    assert "".join(found.body_text for found in admitted()) == bodies


def test_an_item_says_where_it_came_from(poll, work):
    poll(item(source="https://wire.example/1"), item(uri="urn:x:2"))
    (_, _, first), (_, _, second) = work()
    assert (first.keys(), second.keys()) == ({"message", "source"}, {"message"})
    assert first["source"] == "https://wire.example/1"


def test_an_item_whose_page_shall_be_read_asks_for_it(poll, work):
    linked = item(link=LINK)
    poll(linked, with_pages=True)
    ((_, _, fields),) = work()
    assert fields["page"] == "1"
    assert read_message(fields, limit_bytes=10_000) == PageRequest(LINK, linked)


@pytest.mark.parametrize(
    "plain",
    [
        item(),
        item(link=LINK, pubstatus=PubStatus.CANCELED),
        item(link=LINK, headline="KILL: Bridge opened in Ostrov"),
    ],
    ids=["no link", "canceled", "kill"],
)
def test_an_item_without_a_page_to_read_comes_as_itself(poll, work, plain):
    poll(plain, with_pages=True)
    ((_, _, fields),) = work()
    assert fields.keys() == {"message"}
    assert load(NewsItem, fields["message"]) == plain


def test_a_version_that_came_back_has_its_number_within_the_request(poll, work):
    for version in "aba":
        poll(item(version, version=version, link=LINK), with_pages=True)
    asked = [read_message(fields, limit_bytes=10_000) for _, _, fields in work()]
    assert [request.item.version for request in asked] == ["a", "b", "a#2"]


# what is refused


@pytest.mark.parametrize("waiting", ["work", "work:urgent", "inbox", "inbox:urgent"])
def test_a_full_inbox_takes_nothing_and_forgets_nothing(make_store, client, prefix, work, waiting):
    store = make_store(inbox_length=2)
    for _ in range(2):
        client.xadd(f"{prefix}:{waiting}", {"message": "{}"})
    found, before = opened(store), work()
    with pytest.raises(BrokerError, match="holds 2 messages and takes no more"):
        store.polls.admit(found.lease, request_admission(items(1)))
    assert work() == before
    client.delete(f"{prefix}:{waiting}")
    assert store.polls.admit(found.lease, request_admission(items(1))) == Admission(new=1, slices=1)


def test_a_full_inbox_is_no_matter_where_nothing_is_new(make_store, poll):
    poll(*items(1, 2))
    full = opened(store := make_store(inbox_length=2), number=2)
    admission = store.polls.admit(full.lease, request_admission(items(1, 2), full.shown))
    assert admission == Admission(known=2, slices=1)


def test_text_that_is_not_unicode_admits_nothing_of_the_poll(store, work):
    body = [*items(*range(600)), item(body="\ud800", version="1", uri="urn:2")]
    with pytest.raises(CodecError):
        store.polls.admit(opened(store).lease, request_admission(body))
    assert work() == []


def test_admitting_nothing_is_nothing(store):
    assert store.polls.admit(opened(store).lease, request_admission([])) == Admission()


def test_a_lease_of_nobody_admits_nothing(store, work):
    assert store.polls.admit(Lease("nobody", "1"), request_admission(items(1))) == Admission(
        fenced=True
    )
    assert work() == []
