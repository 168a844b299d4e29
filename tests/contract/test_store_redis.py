"""The store's keys, its errors, its life across a restart."""

import fnmatch
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime

import msgspec
import pytest
import redis

import worker.store.store
from worker.broker.embedded import open_broker
from worker.desks import DEFAULT_DESKS
from worker.errors import BrokerError, BrokerRefused, SettingsError
from worker.model import (
    HEALTH,
    Feed,
    FeedState,
    NewsItem,
    PollRecord,
    Subscription,
    feed_id,
)
from worker.model.inbox import DeadLetter, DoorDecision
from worker.model.publishing import (
    ClusterUpdate,
    Fingerprint,
    KillNote,
    OpenKill,
    Publication,
    PublishRequest,
    PublishResult,
    RecentItem,
)
from worker.polling.admission import request_admission
from worker.publishing.parse_task import parse_entries
from worker.services import Services
from worker.settings import Settings
from worker.store import connection
from worker.store.store import RedisStore

URL = "https://wire.example/1"
FEED = Feed(id=feed_id(URL), url=URL)
SUBSCRIPTION = Subscription(
    hub="https://hub.example/",
    topic=URL,
    callback="https://here.example/1",
    secret="x",
    asked_at=datetime(2026, 1, 12, tzinfo=UTC),
)


@pytest.fixture
def client(broker_url):
    with redis.Redis.from_url(broker_url, decode_responses=True) as client:
        yield client


def put(store, message="{}", word="work", **options):
    """One message, let in and handed out."""
    store.inbox.put(message, **options)
    messages, _ = store.inbox.read_doors(10, 1 << 20)
    store.inbox.enter([DoorDecision(message=one, word=word) for one in messages])
    return store.inbox.take_work(10, 60_000)[-1]


UNWELL = {
    "failing": FeedState(failures=1),
    "slowed": FeedState(why="host"),
    "gone": FeedState(gone=True),
    "empty": FeedState(empty=True),
    "moved": FeedState(url="https://new.example/"),
}


def use_everything(store):
    """Each kind of key is there when this is done, if the store keeps 1,000 bytes of letters."""
    store.metrics.beat("worker", "host", 1)
    store.inbox.put_all([], key="a key")
    store.feeds.add([FEED])
    (claim,) = store.polls.claim_due(1, 60)
    lease = store.polls.open(claim, 60).lease
    items = [NewsItem(uri=f"urn:{n}", version="1", urgency=n) for n in (1, 5)]
    admission = store.polls.admit(lease, request_admission(items))
    for word, state in UNWELL.items():
        assert word in state.health
        store.feeds.add([Feed(id=word, url=f"https://{word}.example/")])
        (claim,) = store.polls.claim_due(1, 60)
        ill = store.polls.open(claim, 60).lease
        store.polls.finish(ill, state, datetime(2099, 1, 1, tzinfo=UTC), PollRecord(at=1))
    store.subscriptions.ask("empty", SUBSCRIPTION)
    store.feeds.pause("empty")
    store.hosts.take_slot("wire.example", 60, 60)
    store.polls.finish(lease, FeedState(), datetime.now(UTC), admission=admission)
    store.polls.claim_due(1, 60)
    event = Publication(desk="items", id="e1", type="t", body=b"{}")
    outcome = PublishRequest(
        entry=put(store), uri="urn:1", version="1", expected=None, publications=(event,)
    )
    assert store.publications.publish([outcome]) == (PublishResult.PUBLISHED,)
    store.desks.lease("items", "token")
    store.desks.take("items", "token")
    waiting = put(store)
    recent = RecentItem(uri="urn:2", version="1")
    held = PublishRequest(
        entry=waiting,
        uri="urn:2",
        version="1",
        expected=None,
        publications=(),
        recent=recent,
        wires=("w",),
        copy=b"c",
    )
    store.publications.hold(held, datetime(2099, 1, 1, tzinfo=UTC))
    near = ClusterUpdate(
        likeness=Fingerprint(uri="urn:3", sketch=b"", shingles=0), bands=("00000001",)
    )
    cut = Publication(desk="items", id="e3", type="t", body=b"{}")
    third = msgspec.structs.replace(held, uri="urn:3", placing=near, publications=(cut,))
    store.publications.publish([msgspec.structs.replace(third, entry=put(store))])
    kill = OpenKill(order="1-1", wires=("w",), note=KillNote(uri="urn:k"))
    store.publications.open_kill(kill, entry := put(store))
    store.inbox.finish(entry)
    for kind in ("k", "l"):  # the first makes room for the second
        store.inbox.reject(
            put(store, "x" * 600), DeadLetter(reason="r", kind=kind, attempts=1, payload="")
        )
    for _ in range(2):
        assert store.pages.put(put(store, word="page"))
    (page,) = store.pages.claim(1, 60)
    assert store.pages.work(page, 60)
    for urgent in (False, True):
        put(store, word="urgent" if urgent else "work")
        store.inbox.put("{}", urgent=urgent)
    (first, *_), _ = store.inbox.read_doors(10, 1 << 20)
    letter = DeadLetter(reason="r", kind="l", attempts=0, payload="")
    store.inbox.enter([DoorDecision(message=first, word="dead", letter=letter)])
    assert store.dead_letters.retry(store.dead_letters.list(1)[0].id)
    assert len(store.secrets.get("forms")) == 32


def rows():
    """The table in worker/store/store.py: key pattern -> (type, does it expire by itself)."""
    found = {}
    for line in worker.store.store.__doc__.splitlines():
        if match := re.match(
            r"    P:(\S+(?: id>)?) +(hash|list|zset|string|stream|set) .*?(\S+)$", line
        ):
            key, kind, last = match.groups()
            found[re.sub("<[^>]*>", "*", key)] = (
                kind,
                last in {"hour", "seconds", "known_s", "kill_window_s", "after"},
            )
    return found


def test_every_key_is_in_the_table_with_its_type_and_its_end(make_store, client, prefix):
    store = make_store(dead_bytes=1000, desk_length=1)
    use_everything(store)
    store.inbox.read_doors(1, 1000)  # a look that nothing has ended
    client.hset(f"{prefix}:held", "broken", "-")
    client.zadd(f"{prefix}:held:due", {"broken": 0})
    assert store.inbox.release_held() == 1
    unused = set(rows())
    for key in client.keys(f"{prefix}:*"):
        name = key.removeprefix(f"{prefix}:")
        (row,) = [pattern for pattern in rows() if fnmatch.fnmatchcase(name, pattern)]
        assert (client.type(key), client.ttl(key) > 0) == rows()[row], key
        unused.discard(row)
    assert unused == set()


def test_two_prefixes_share_a_server_and_nothing_else(broker_url, store, prefix):
    use_everything(store)
    other = RedisStore(broker_url, prefix=f"{prefix}x")
    assert other.stats.sizes() == {
        "feeds": 0,
        "due": 0,
        "paused": 0,
        **dict.fromkeys(HEALTH, 0),
        "inbox": 0,
        "inbox_pending": 0,
        "held": 0,
        "dead": 0,
    }
    other.close()


def test_any_client_may_put_a_message_and_odd_bytes_stop_nobody(store, client, broker_url, prefix):
    raw = {b"message": b"\xff{", b"source": b"\xfe", b"\xfe": b"\xfd"}
    client.xadd(f"{prefix}:inbox", raw)
    client.xadd(f"{prefix}:inbox", {"other": "no message"})
    (first, second), _ = store.inbox.read_doors(10, 1000)
    assert first.fields == {"message": "\ufffd{", "source": "\ufffd"}
    assert second.fields == {"other": ""}
    letter = DeadLetter(reason="not JSON", kind="message", attempts=0, payload="")
    store.inbox.enter(
        [DoorDecision(message=one, word="dead", letter=letter) for one in (first, second)]
    )
    newest, oldest = store.dead_letters.list()
    assert (newest.payload, oldest.payload) == ("", "\ufffd{")
    assert store.dead_letters.retry(oldest.id)
    with redis.Redis.from_url(broker_url) as plain:
        ((_, fields),) = plain.xrange(f"{prefix}:inbox")
    assert fields == {b"message": b"\xff{"}


def test_an_entry_that_somebody_deleted_is_done(store, client, prefix):
    gone, left = put(store), put(store)
    client.xdel(f"{prefix}:work", gone.id)
    assert [entry.id for entry in store.inbox.begin(gone.stream, [gone.id, left.id])] == [left.id]
    assert [entry.id for entry in store.inbox.take_work(10, 0)] == [left.id]


def test_a_message_that_somebody_deleted_is_let_in_by_nobody(store, client, prefix):
    entry_id = store.inbox.put("{}")
    messages, _ = store.inbox.read_doors(10, 1000)
    client.xdel(f"{prefix}:inbox", entry_id)
    assert store.inbox.enter([DoorDecision(message=messages[0], word="work")]) == 0
    assert store.inbox.take_work(10, 0) == ()


def test_scripts_that_the_server_forgot_are_sent_again(store, client):
    use_everything(store)
    client.script_flush()
    assert store.stats.sizes()["feeds"] == 1 + len(UNWELL)


def test_a_desk_of_another_type_loses_no_event(store, client, prefix):
    """What stood on the desks before it comes once more, under the same id."""
    entry = put(store)
    events = tuple(Publication(desk=d, id=f"e-{d}", type="t", body=b"{}") for d in ("a", "b"))
    outcome = PublishRequest(
        entry=entry, uri="urn:1", version="1", expected=None, publications=events
    )
    client.set(f"{prefix}:desk:b", "in the way")
    with pytest.raises(BrokerError, match="WRONGTYPE"):
        store.publications.publish([outcome])
    client.delete(f"{prefix}:desk:b")
    assert store.publications.publish([outcome]) == (PublishResult.PUBLISHED,)
    assert [found.id for found in store.desks.read("a")] == ["e-a", "e-a"]
    assert [found.id for found in store.desks.read("b")] == ["e-b"]


def test_all_is_there_after_the_server_was_killed_and_the_store_goes_on(tmp_path):
    with open_broker(tmp_path) as broker:
        store = RedisStore(broker.url)
        use_everything(store)
        before = store.stats.sizes()
        os.kill(broker.pid, signal.SIGKILL)
    with pytest.raises(BrokerError):
        store.stats.sizes()
    with open_broker(tmp_path):
        assert [known.version for known in store.publications.known(["urn:1"])] == ["1"]
        assert store.stats.sizes() == before
        assert [entry.id for entry in store.desks.read("items")] == ["e1", "e3"]
    with open_broker(tmp_path):  # its connections died meanwhile, and nobody notices
        assert [known.version for known in store.publications.known(["urn:1"])] == ["1"]
    store.close()


@pytest.mark.parametrize("url", ["http://me:hush@host", "", "host:6379", "unix:/x"])
def test_a_url_that_is_none_is_refused_at_once(url):
    with pytest.raises(SettingsError) as caught:
        RedisStore(url)
    assert "hush" not in str(caught.value)


def test_a_server_that_is_not_there_is_named_without_its_password():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        store = RedisStore(f"redis://me:hush@127.0.0.1:{port}/0")
        with pytest.raises(BrokerError) as caught:
            store.stats.ping()
    said = str(caught.value)
    assert said.startswith(f"redis://127.0.0.1:{port}/0: the server cannot be reached: ")
    assert "hush" not in said
    assert "\n" not in said


def test_a_server_that_does_not_answer_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        server = connection.Connection(f"redis://127.0.0.1:{port}/0", answer_s=0.1)
        with pytest.raises(BrokerError, match="did not answer in time"):
            server.call("PING")
    server.close()


def test_no_memory_no_rights_and_wrong_passwords_are_told_apart(tmp_path):
    with open_broker(tmp_path) as broker, redis.Redis.from_url(broker.url) as admin:
        store = RedisStore(broker.url)
        store.stats.ping()
        admin.config_set("maxmemory", "1")
        with pytest.raises(BrokerError, match="the server is out of memory"):
            store.inbox.put("{}")
        with pytest.raises(BrokerError, match="the server is out of memory"):
            store.feeds.add([FEED])
        admin.config_set("maxmemory", "0")
        admin.acl_setuser("reader", enabled=True, passwords=["+pw"], commands=["+ping", "+hello"])
        reader = RedisStore(broker.url.replace("unix://", "unix://reader:pw@"))
        with pytest.raises(BrokerError, match="the server's user may not do this"):
            reader.inbox.put("{}")
        rights = {"commands": ["+eval", "+evalsha", "+hello"], "keys": ["*"]}
        admin.acl_setuser("scripter", enabled=True, passwords=["+pw"], **rights)
        scripter = RedisStore(broker.url.replace("unix://", "unix://scripter:pw@"))
        with pytest.raises(BrokerRefused, match=r"the server refused: .* script"):
            scripter.feeds.add([FEED])
        stranger = RedisStore(broker.url.replace("unix://", "unix://reader:hush@"))
        with pytest.raises(BrokerError, match="refuses the user or the password") as caught:
            stranger.stats.ping()
        assert "hush" not in str(caught.value)
        for opened in (store, reader, scripter, stranger):
            opened.close()


def test_threads_share_a_store(store):
    for number in range(200):
        store.inbox.put(str(number))
    messages, _ = store.inbox.read_doors(200, 1000)
    store.inbox.enter([DoorDecision(message=one, word="work") for one in messages])
    taken: list[str] = []

    def take():
        while entries := store.inbox.take_work(7, 60_000):
            taken.extend(entry.id for entry in entries)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 200


_INTERRUPTED = """
import random, signal
from worker.store.connection import Connection

pool = Connection("redis://127.0.0.1:1/0")._client.connection_pool
pack = pool.make_connection().pack_command
signal.signal(signal.SIGALRM, signal.default_int_handler)
for _ in range(100):
    try:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0001, 0.0003))
        while True:
            pack("DEL", 1, 2.5, *range(200))
    except KeyboardInterrupt:
        pass
"""


def test_ctrl_c_while_a_command_is_packed_does_not_crash_the_process():
    ended = subprocess.run([sys.executable, "-c", _INTERRUPTED], capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_server_that_is_full_makes_no_message_a_dead_letter(store, client):
    """Beginning needs no memory and publishing does: each round would count an attempt."""
    opened = Services(
        settings=Settings(attempts_max=2),
        store=store,
        http=None,
        desks=DEFAULT_DESKS,
        now=lambda: datetime.now(UTC),
    )
    entry = put(store, '{"text": "VARNA, March 4. /TASS/. All is calm."}')
    client.config_set("maxmemory", 1)
    try:
        for _ in range(5):
            with pytest.raises(BrokerError, match="memory"):
                parse_entries(opened.publishing, entry.stream, [entry.id])
    finally:
        client.config_set("maxmemory", 0)
    assert parse_entries(opened.publishing, entry.stream, [entry.id]).published == 1
    assert store.dead_letters.list() == ()
    opened._runner.close()
