"""The contract of every source: each message is put once, and then acknowledged."""

import contextlib
import json
import time

import pytest

from worker.errors import SettingsError, SourceError
from worker.sources import SOURCES, open_source
from worker.sources.file import SourceRow

KINDS = ["folder", "kafka", "nats", "rabbitmq", "redis-list", "redis-stream"]
MORTAL = ["nats", "rabbitmq", "redis-list", "redis-stream"]
"""Those whose server the tests may kill, and which keeps on disk what it took."""

every_kind = pytest.mark.parametrize("side", KINDS, indirect=True)
with_headers = pytest.mark.parametrize("side", ["kafka", "nats", "rabbitmq"], indirect=True)


def versions(count):
    """Versions without names: an old version that is put again would become the newest."""
    return [{"uri": "urn:talks", "headline": f"Talks: day {number}"} for number in range(count)]


def encoded(messages):
    return [json.dumps(message).encode() for message in messages]


def collect(at_doors, count, wait_for):
    found = []
    wait_for(lambda: found.extend(at_doors()) or len(found) >= count)
    return found


def test_every_source_is_under_contract():
    kinds = {kind.partition("-")[0] for kind in KINDS}
    assert kinds == {open_kind.__name__.removeprefix("open_") for _, open_kind in SOURCES}


@every_kind
def test_messages_arrive_whole_in_order_and_are_acknowledged(side, taking, at_doors, wait_for):
    messages = [{**one, "ednote": "«Ю»\u2028"} for one in versions(150)]
    side.send(encoded(messages[:100]))
    with taking(side.row):
        found = collect(at_doors, 100, wait_for)
        side.send(encoded(messages[100:]))
        found += collect(at_doors, 50, wait_for)
        wait_for(lambda: side.left() == 0)
    assert found == messages


class Forgetful:
    """A source that loses each so-many-th acknowledgement, and all that follow it."""

    def __init__(self, source, every=7):
        self.source, self.every = source, every
        self.take, self.close = source.take, source.close
        self.calls = self.lost = 0

    def acknowledge(self, delivery):
        self.calls += 1
        if self.calls % self.every == 0:
            self.lost += 1
            raise SourceError("the acknowledgement was lost")
        self.source.acknowledge(delivery)


@every_kind
def test_a_message_that_is_delivered_again_is_put_once(side, taking, at_doors, wait_for):
    messages = versions(30)
    side.send(encoded(messages))
    # A group of Kafka waits ten seconds for the member that went: it loses one.
    is_slow = side.row.url.startswith("kafka:")
    with taking(side.row, wrap=lambda one: Forgetful(one, 20 if is_slow else 7)) as source:
        found = collect(at_doors, 30, wait_for)
        wait_for(lambda: side.left() == 0)
        assert source.lost >= (1 if is_slow else 3)
    assert found + at_doors() == messages


@pytest.mark.parametrize("side", ["kafka"], indirect=True)
def test_a_record_around_an_error_of_the_server_is_not_lost(side, wait_for):
    bodies = encoded(versions(21))
    source, found = open_source(side.row, 1 << 20), []

    def take():
        with contextlib.suppress(SourceError):  # nothing came but the error
            found.extend(source.take(0.2))
        return found

    side.send(bodies[:1])
    wait_for(take)
    side.send(bodies[1:11])
    time.sleep(1)  # the client fetches what nobody has asked it for yet
    side.server.refuse_a_fetch()
    time.sleep(1.5)
    side.send(bodies[11:])
    time.sleep(1.5)
    wait_for(lambda: len(take()) >= 21)
    source.close()
    assert [one.key.split(":")[2] for one in found] == [str(number) for number in range(21)]


def take_all(side, messages, at_doors, wait_for):
    """Send messages, and wait until a source has put and acknowledged them."""
    side.send(encoded(messages))
    assert collect(at_doors, len(messages), wait_for) == messages
    wait_for(lambda: side.left() == 0)


@pytest.mark.parametrize("side", ["kafka", "nats"], indirect=True)
def test_a_stream_that_was_made_anew_loses_no_message_to_its_old_numbers(
    side, taking, at_doors, wait_for
):
    first, second = versions(2)
    with taking(side.row):
        take_all(side, [first, second], at_doors, wait_for)
    with side.made_anew() as anew:
        anew.send(encoded([first]))
        with taking(anew.row):
            assert collect(at_doors, 1, wait_for) == [first]


@pytest.mark.parametrize("side", ["redis-list"], indirect=True)
def test_a_list_whose_server_lost_its_data_loses_no_message_to_its_old_numbers(
    side, taking, at_doors, wait_for
):
    first, second = versions(2)
    with taking(side.row):
        take_all(side, [first, second], at_doors, wait_for)
        with side.client() as client:
            client.flushall()  # as a server without a disk is after a restart
        take_all(side, [first], at_doors, wait_for)


@pytest.mark.parametrize("side", ["redis-list"], indirect=True)
def test_a_list_keeps_its_numbers_while_another_process_acknowledges(side, monkeypatch):
    side.send(encoded(versions(2)))
    first, second = open_source(side.row, 1 << 20), open_source(side.row, 1 << 20)
    left = [*first.take(1.0), *first.take(1.0)]
    expected = [(one.key, one.receipt) for one in left]
    real = second._client.execute_command

    def execute(*words, **options):
        answer = real(*words, **options)
        if left:
            first.acknowledge(left.pop(0))
        return answer

    monkeypatch.setattr(second._client, "execute_command", execute)
    assert [(one.key, one.receipt) for one in second.take(1.0)] == expected
    first.close()
    second.close()


@pytest.mark.parametrize("side", ["redis-stream"], indirect=True)
def test_a_stream_that_is_never_quiet_gives_up_what_a_killed_process_had(
    side, monkeypatch, wait_for
):
    monkeypatch.setattr("worker.sources.redis.ABANDONED_MS", 500)
    killed, other = open_source(side.row, 1 << 20), open_source(side.row, 1 << 20)
    assert [*killed.take(0.1), *other.take(0.1)] == []
    side.send(encoded(versions(3)))
    left = {one.key for one in killed.take(1.0)}
    killed.close()

    def take_left():
        side.send(encoded(versions(1)))
        left.difference_update([one.key for one in other.take(1.0)])
        return not left

    assert len(left) == 3
    wait_for(take_left, timeout_s=10.0)
    other.close()


@every_kind
def test_a_process_that_is_killed_again_and_again_loses_and_doubles_nothing(
    side, make_process, world, wait_for
):
    # A group of Kafka waits ten seconds for a member that was killed: one kill is enough of that.
    count = 60 if side.row.url.startswith("kafka:") else 90
    messages = [
        {"uri": f"urn:item:{n}", "version": "1", "headline": f"Item {n}"} for n in range(count)
    ]
    process = make_process(side.row)
    for start in range(0, count, 30):
        side.send(encoded(messages[start : start + 30]))
        wait_for(lambda start=start: world.work(3) and len(world.told()) > start)
        process.kill()
        process.start()
    wait_for(lambda: world.work(2) or len(world.told()) >= count)
    wait_for(lambda: side.left() == 0)
    assert process.stop()[0] == 0
    world.work(3)
    assert sorted(subject for _, subject, _ in world.told()) == sorted(
        message["uri"] for message in messages
    )


@pytest.mark.parametrize("side", MORTAL, indirect=True)
def test_a_server_that_is_killed_under_way_loses_and_doubles_nothing(side, taking, world, wait_for):
    messages = [
        {"uri": f"urn:item:{n}", "version": "1", "headline": f"Item {n}"} for n in range(200)
    ]
    side.send(encoded(messages))
    with taking(side.row):
        wait_for(lambda: world.work() or world.told())
        side.server.kill()
        side.server.start()

        def are_all_told():
            world.work()
            return len(world.told()) >= len(messages)

        wait_for(are_all_told)
        wait_for(lambda: side.left() == 0)
    world.work(3)
    assert sorted(subject for _, subject, _ in world.told()) == sorted(
        message["uri"] for message in messages
    )


@every_kind
def test_a_full_inbox_leaves_the_messages_on_the_other_side(side, taking, at_doors, wait_for):
    messages = versions(20)
    side.send(encoded(messages))
    with taking(side.row, inbox_length=5):
        found = collect(at_doors, 5, wait_for)  # to the work stream, which counts as well
        time.sleep(1.5)
        assert (len(found), at_doors()) == (5, [])
        assert side.left() >= 15
    with taking(side.row):
        found += collect(at_doors, 15, wait_for)
        wait_for(lambda: side.left() == 0)
    assert found + at_doors() == messages


@every_kind
def test_an_unusable_message_is_acknowledged_and_becomes_a_dead_letter(
    side, taking, world, wait_for
):
    if side.row.folder:
        pytest.skip("a file that cannot be used is moved to `failed` (test_source_folder.py)")
    event = {"specversion": "1.0", "id": "1", "source": "/cms", "type": "t"}
    wrong = [b"{", b'{"txt": 1}', b"\xff", json.dumps(event).encode(), b"x" * 110_000]
    side.send(wrong)
    with taking(side.row, limit_bytes=100_000):
        wait_for(lambda: world.work() or len(world.store.dead_letters.list()) == len(wrong))
        wait_for(lambda: side.left() == 0)
    reasons = [letter.reason for letter in reversed(world.store.dead_letters.list())]
    assert reasons == [
        "not JSON: Input data was truncated",
        (
            'the object is none of {"text": ...}, {"link": url}, {"feed": url} and an item object '
            "(its members: source, txt)"
        ),
        "refused by its source: not UTF-8: byte 0",
        "refused by its source: `data` is missing",
        "refused by its source: the message is larger than 100000 bytes",
    ]
    assert {letter.source for letter in world.store.dead_letters.list()} == {"wire"}


@every_kind
def test_a_cloud_event_in_structured_mode_is_its_data(side, taking, store, wait_for):
    data = {"text": "PARIS, May 2. /TASS/. The talks have resumed."}
    event = {"specversion": "1.0", "id": "1", "source": "/cms", "type": "t", "data": data}
    side.send(encoded([{**event, "time": "2026-05-02T10:00:00Z"}]))
    with taking(side.row):
        (message,) = wait_for(lambda: store.inbox.read_doors(9, 1 << 20)[0])
    assert json.loads(message.fields["message"]) == data
    assert (message.fields["source"], message.fields["published"]) == (
        "/cms",
        "2026-05-02T10:00:00Z",
    )


@with_headers
def test_a_cloud_event_in_binary_mode_is_its_body(side, taking, store, wait_for):
    event = {"specversion": "1.0", "id": "1", "source": "/cms", "type": "t"}
    side.send([b"Talks resume"], headers=event, content_type="text/plain")
    with taking(side.row):
        (message,) = wait_for(lambda: store.inbox.read_doors(9, 1 << 20)[0])
    assert json.loads(message.fields["message"]) == {"text": "Talks resume"}
    assert message.fields["source"] == "/cms"


def test_a_topic_without_a_group_is_read_by_ours():
    source = open_source(SourceRow(name="wire", url="kafka://127.0.0.1:1/wire"), 1 << 20)
    assert source._target.options.text("group") == "copytaster"


UNREACHABLE = [
    ("amqp://me:hush@127.0.0.1:1?queue=q", "q at amqp://127.0.0.1:1: "),
    ("kafka://me:hush@127.0.0.1:1/wire", "kafka://127.0.0.1:1/wire: "),
    ("nats://me:hush@127.0.0.1:1?stream=S", "S at nats://127.0.0.1:1: "),
    ("redis://me:hush@127.0.0.1:1/0?list=l", "l at redis://127.0.0.1:1/0: "),
    ("redis://me:hush@127.0.0.1:1/0?stream=s", "s at redis://127.0.0.1:1/0: "),
]


@pytest.mark.parametrize(("url", "subject"), UNREACHABLE)
def test_a_server_that_is_not_there_is_named_without_its_secrets(url, subject):
    source = open_source(SourceRow(name="wire", url=url), 1 << 20)

    def ask():
        for _ in range(10):  # librdkafka tells it a moment later
            source.take(1.0)

    with pytest.raises(SourceError) as caught:
        ask()
    source.close()
    assert str(caught.value).startswith(subject)
    assert "hush" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (
            "http://me:hush@host",
            "http://host: begins with none of: kafka://, kafkas://, nats://, tls://, amqp://, ",
        ),
        ("amqp://me:hush@host", "amqp://host: name the queue: ...?queue=NAME"),
        ("amqp://host?queue=q&prefetch=0", "amqp://host: prefetch must be from 1 to 10000"),
        ("amqp://host?queue=q&length=0", "amqp://host: no such option: length; there are: queue,"),
        ("kafka://host", "kafka://host: name the topic: kafka://HOST/TOPIC"),
        ("kafka://host/t?group=", "kafka://host/t: name the group: ...?group=NAME"),
        ("nats://host", "nats://host: name the stream: ...?stream=NAME"),
        ("redis://me:hush@host/0", "redis://host/0: name a list or a stream: ...?stream=NAME"),
        ("redis://host/0?list=a&stream=b", "redis://host/0: name a list or a stream"),
        ("redis://host/0?list=a&end=top", "redis://host/0: end is one of left, right, not top"),
        ("redis://host/x?list=a&socket_timeout=b", "redis://host/x: not the URL of a server"),
    ],
)
def test_an_invalid_url_is_refused_at_the_start(url, reason):
    with pytest.raises(SettingsError) as caught:
        open_source(SourceRow(name="wire", url=url), 1 << 20)
    assert str(caught.value).startswith(reason)
    assert "hush" not in str(caught.value)
