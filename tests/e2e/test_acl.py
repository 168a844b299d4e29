"""The broker's users: the whole service, each process under its own, and what each is refused."""

import datetime
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import msgspec
import pytest
import redis
import yaml
from prometheus_client.parser import text_string_to_metric_families

from worker.broker import embedded
from worker.broker.acl import ROLES
from worker.cli.acl import USERS_FILE
from worker.demo.feed_server import FeedServer
from worker.model import Feed, FeedState, NewsItem, PollRecord, Subscription
from worker.model.inbox import DeadLetter, DoorDecision, FeedRequest, InboxEntry
from worker.polling.admission import request_admission
from worker.settings import load_settings
from worker.store.store import RedisStore

pytestmark = pytest.mark.e2e

COMMAND = (sys.executable, "-m", "worker.cli")
COMPOSE = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())
CELERY = {
    role: [*COMMAND, *COMPOSE["services"][role]["command"][1:]] for role in ("poller", "worker")
}
ADMIN = "user admin on nopass ~* &* +@all\n"
NAMES = [role.name for role in ROLES]
WIRE = """VARNA, March 4. /TASS/. The talks have begun, Envoy Pavel Dobrin told reporters.

"We shall be done by Friday," he said."""
TALKS = {
    "uri": "urn:talks",
    "version": "1",
    "headline": "Talks resume in Varna",
    "body_text": WIRE,
    "infosource": "TASS",
}
KILL = {
    "uri": "urn:kill",
    "body_text": 'KILL KILL KILL\n\nPlease kill the item headlined "Talks resume in Varna".',
    "infosource": "TASS",
}

COMMANDS = re.compile(r"(?:call\(|\{ ?)'([A-Z]{2,})'")
KEYS = re.compile(r"^ {4}P:(\S+)", re.MULTILINE)

DENIED = "(?i)no permissions|user executing the script can't"

REFUSED = [
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("CONFIG", "GET", "requirepass"),
    ("CONFIG", "SET", "appendonly", "no"),
    ("KEYS", "*"),
    ("SCAN", "0"),
    ("INFO",),
    ("INFO", "all"),
    ("INFO", "clients"),
    ("INFO", "server"),
    ("ACL", "LIST"),
    ("CLIENT", "LIST"),
    ("CLIENT", "KILL", "TYPE", "normal"),
    ("SCRIPT", "FLUSH"),
    ("FUNCTION", "LIST"),
    ("MODULE", "LIST"),
    ("SHUTDOWN",),
    ("REPLICAOF", "NO", "ONE"),
    ("MONITOR",),
    ("PUBLISH", "wire", "x"),
    ("SUBSCRIBE", "wire"),
    ("GET", "other:key"),
    ("SET", "other:key", "1"),
    ("XADD", "other:stream", "*", "a", "b"),
    ("XRANGE", "wire2:inbox", "-", "+"),
    ("EVAL", "return redis.call('FLUSHALL')", "0"),
    ("EVAL", "return redis.call('GET', 'other:key')", "0"),
]


@pytest.fixture
def prefix():
    return "wire"


class Broker:
    """A server of the test's own with the users of `copytaster acl`, and one who sees all."""

    def __init__(self, directory: Path, prefix: str) -> None:
        self.secrets = directory / "secrets"
        self.prefix = prefix
        environ = os.environ | {"COPYTASTER_PREFIX": prefix}
        written = [*COMMAND, "acl", "--write", str(self.secrets)]
        subprocess.run(written, env=environ, check=True, capture_output=True)
        users = directory / "users.acl"
        users.write_text((self.secrets / USERS_FILE).read_text() + ADMIN)
        self.socket = directory / "s"
        options = ("--port", "0", "--unixsocket", str(self.socket), "--aclfile", str(users))
        self.process = subprocess.Popen(
            [str(embedded.find_server()), *options, "--save", "", "--dir", str(directory)],
            stdout=subprocess.DEVNULL,
        )

    def environ(self, role: str) -> dict[str, str]:
        return {
            "COPYTASTER_REDIS_URL": f"unix://{self.prefix}-{role}@{self.socket}?db=0",
            "COPYTASTER_REDIS_PASSWORD_FILE": str(self.secrets / role),
        }

    def client(self, role: str) -> redis.Redis:
        return redis.Redis(
            unix_socket_path=str(self.socket),
            username=f"{self.prefix}-{role}",
            password=(self.secrets / role).read_text().strip(),
        )

    def admin(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket), username="admin", password="-")

    def is_up(self) -> bool:
        try:
            return self.admin().ping()
        except redis.ConnectionError:
            return False

    def denials(self) -> list[tuple[str, str]]:
        """Who was refused what."""
        log = self.admin().acl_log()
        return [(entry["username"], f"{entry['reason']} {entry['object']}") for entry in log]


@pytest.fixture
def broker(broker_url, tmp_path_factory, prefix, wait_for):
    started = Broker(tmp_path_factory.mktemp("b"), prefix)
    try:
        wait_for(started.is_up)
        yield started
    finally:
        started.process.terminate()
        started.process.wait(20)


@pytest.fixture
def store(broker, prefix):
    """Ours, as one who may do all."""
    opened = RedisStore(f"unix://admin:-@{broker.socket}", prefix=prefix)
    yield opened
    opened.close()


def run(broker, role, *words):
    """What a verb of `copytaster`, run as this user, prints."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
    environ |= {"COPYTASTER_PREFIX": broker.prefix, **broker.environ(role)}
    done = subprocess.run(
        [*COMMAND, *words], env=environ, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


def put(store, *messages):
    for message in messages:
        store.inbox.put(json.dumps(message))


def subjects(store, desk="items"):
    entries = store.desks.read(desk, limit=10_000)
    return [json.loads(entry.body).get("subject") for entry in entries]


@pytest.fixture
def running(broker, processes, tmp_path, prefix):
    """The whole service, each process under the user of its role."""
    desks = tmp_path / "desks.toml"
    copied = f'[[desk]]\nname = "items"\nsink = "jsonl:{tmp_path / "items.jsonl"}"\n'
    desks.write_text(f'{copied}[[desk]]\nname = "quotes"\nshape = "quotes"\n')
    processes.environ |= {"COPYTASTER_DESKS": str(desks), "COPYTASTER_PAGE_PAUSE_S": "0.1"}

    def under(role, start):
        processes.environ |= broker.environ(role)
        return start()

    with FeedServer() as server:
        processes.environ["COPYTASTER_ALLOW_ORIGINS"] = server.base_url.removeprefix("http://")
        under("dispatch", processes.dispatch)
        for role in ("poller", "worker"):  # with the flags that the compose file gives, and no more
            under(role, lambda role=role: processes.start(role, CELERY[role]))
        under("relay", lambda: processes.start("relay", [*COMMAND, "relay"]))
        under(
            "web",
            lambda: processes.start(
                "web", [*COMMAND, "web", "--port", "0"], COPYTASTER_ARCHIVE="off"
            ),
        )
        yield server
        processes.stop_all()


def test_the_whole_service_works_and_nobody_is_refused_anything(
    running, broker, processes, store, tmp_path, wait_for
):
    feeds = running.feeds(interval_s=1)
    for feed in feeds[:2]:
        run(broker, "operator", "feeds", "add", "--anyway", feed.url, "--interval-s", "1")
    broker.client("writer").xadd("wire:inbox", {"message": json.dumps(TALKS)})
    wait_for(lambda: "urn:talks" in subjects(store))
    wait_for(lambda: len(subjects(store)) > 5)
    running.advance()  # versions, corrections, kills
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=3)
    embargoed = {"uri": "urn:later", "body_text": f"{WIRE} Later.", "embargoed": soon.isoformat()}
    link, again = {"link": f"{running.base_url}/none"}, {"feed": feeds[2].url}
    put(store, TALKS | {"version": "2", "body_text": WIRE.replace("Friday", "Monday")})
    wait_for(lambda: subjects(store).count("urn:talks") == 2)
    put(store, KILL, {"no": "message"}, link, again, embargoed)
    wait_for(lambda: subjects(store).count("urn:talks") == 3)
    wait_for(lambda: "urn:later" in subjects(store))
    wait_for(lambda: len(store.dead_letters.list()) == 2)
    wait_for(lambda: {"failing", "empty"} <= store.stats.sizes().keys())

    killed_children_give_their_task_messages_back(processes, store, wait_for)
    verbs_of_the_operator(broker, store, feeds, tmp_path)
    assert b"urn:talks" in (tmp_path / "items.jsonl").read_bytes()
    group_of_a_reader(broker, store)
    metrics_of_all_processes(processes, wait_for)
    processes.stop_all()
    assert store.metrics.heartbeats() == ()
    logs = {name: processes.log(name) for name in ("dispatch", "poller", "worker", "relay", "web")}
    assert {name: log.count("may not do this") for name, log in logs.items()} == dict.fromkeys(
        logs, 0
    )
    assert broker.denials() == []


def test_poller_receiver_and_operator_may_keep_a_subscription(broker, store):
    feed = Feed(id="0123456789ab", url="https://wire.example/")
    store.feeds.add([feed])
    now = datetime.datetime.now(datetime.UTC)
    callback = "https://here.example/0123456789ab/token"
    wanted = Subscription(
        hub="https://hub.example/", topic=feed.url, callback=callback, secret="s", asked_at=now
    )
    (claim,) = store.polls.claim_due(1, 60)
    opened = {role: store_of(broker, role) for role in ("poller", "web", "operator")}
    lease = opened["poller"].polls.open(claim, 60).lease
    poller, receiver, operator = (one.subscriptions for one in opened.values())
    poller.ask(feed.id, wanted)
    poller.fail(feed.id, callback, "x")
    assert receiver.get(feed.id).error == "x"
    assert receiver.confirm(feed.id, callback, now, now + datetime.timedelta(days=1))
    receiver.refuse(feed.id, callback)
    assert receiver.push(feed.id, callback, lambda _: now)
    assert opened["poller"].polls.finish(lease, FeedState(), now, pushed_at=now)
    assert opened["web"].feeds.state(feed.id) == FeedState()
    assert receiver.push(feed.id, callback, lambda _: now)
    assert receiver.deny(feed.id, callback, "full")
    operator.ask(feed.id, msgspec.structs.replace(wanted, mode="unsubscribe"))
    assert poller.get(feed.id).pushes == 2
    assert receiver.forget(feed.id, callback)
    for one in opened.values():
        one.close()
    assert broker.denials() == []


def test_the_pages_for_operators_need_no_other_rights(
    broker, store, processes, server_type, tmp_path, wait_for
):
    feed = Feed(id="0123456789ab", url="https://wire.example/")
    store.feeds.add([feed])
    for _ in range(2):
        store.inbox.put("no item")
    messages, _ = store.inbox.read_doors(9, 1000)
    letter = DeadLetter(reason="not JSON", kind="message", attempts=0, payload="")
    store.inbox.enter([DoorDecision(message=one, word="dead", letter=letter) for one in messages])
    port = server_type(tmp_path).port
    command = [*COMMAND, "web", "--port", str(port)]
    processes.start("web", command, COPYTASTER_ARCHIVE="off", **broker.environ("web"))
    wait_for(lambda: "web_open" in processes.log("web"), why=lambda: processes.log("web"))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as client:
        for path in ("/feeds?state=due", f"/feeds/{feed.id}", "/dead?kind=message", "/service"):
            assert client.get(path).status_code == 200
        token = re.search(r'name="token" value="([^"]*)"', client.get("/feeds/add").text)[1]
        first, second = (one.id for one in store.dead_letters.list())
        for path, fields in (
            *((f"/feeds/{feed.id}/{act}", {}) for act in ("pause", "resume", "poll", "remove")),
            ("/feeds/add", {"feed": "https://new.example/"}),
            ("/dead/retry", {"letter": first}),
            ("/dead/drop", {"letter": second, "sure": "1"}),
        ):
            answer = client.post(path, data={**fields, "token": token})
            assert (answer.status_code, "notice" in answer.text) == (200, True), path
    assert broker.denials() == []


def test_a_source_may_put_what_a_folder_has(broker, store, processes, tmp_path, wait_for):
    folder, sources = tmp_path / "incoming", tmp_path / "sources.toml"
    folder.mkdir()
    sources.write_text(f'[[source]]\nname = "ftp"\nfolder = "{folder}"\nsettle_s = 0.1\n')
    (folder / "talks.json").write_text(json.dumps(TALKS))
    named = {"COPYTASTER_SOURCES": str(sources), **broker.environ("source")}
    processes.start("source", [*COMMAND, "source"], **named)
    wait_for((folder / "done" / "talks.json").exists, why=lambda: processes.log("source"))
    (message,), _ = store.inbox.read_doors(9, 1 << 20)
    assert json.loads(message.fields["message"]) == TALKS
    wait_for(lambda: [beat.role for beat in store.metrics.heartbeats()] == ["source"])
    processes.stop_all()
    assert store.metrics.heartbeats() == ()
    assert broker.denials() == []


def test_feeds_and_pages_go_from_dispatch_to_poller_to_operator(broker, store):
    """One of each of their calls, by those who make them in the service."""
    dispatch, poller, operator = (
        store_of(broker, one) for one in ("dispatch", "poller", "operator")
    )
    feed = Feed(id="0123456789ab", url="https://wire.example/")
    admin = broker.admin()
    admin.xadd("wire:inbox", {"message": "{}"})
    (message,), _ = dispatch.inbox.read_doors(1, 1000)
    (change,) = dispatch.feeds.plan([FeedRequest(feed)])
    assert dispatch.inbox.enter([DoorDecision(message=message, word="feed", change=change)]) == 1
    (claim,) = dispatch.polls.claim_due(1, 60)
    opened = poller.polls.open(claim, 60)
    poller.polls.renew([opened.lease], 60)
    item = NewsItem(uri="urn:1", version="1", headline="Bridge opens")
    admission = poller.polls.admit(opened.lease, request_admission([item]))
    soon = datetime.datetime.now(datetime.UTC)
    assert poller.polls.finish(
        opened.lease, FeedState(), soon, PollRecord(at=1), pushed_at=soon, admission=admission
    )
    poller.hosts.take_slot("wire.example", 1, 1)
    poller.hosts.slow_down("wire.example", 1, 0)
    poller.hosts.slow_down("wire.example", 0, 0)

    stream = "wire:work"
    admin.xgroup_create(stream, "copytaster", id="0")
    ((_, ((entry_id, _),)),) = admin.xreadgroup("copytaster", "copytaster", {stream: ">"})
    entry = InboxEntry(stream=stream, id=entry_id.decode(), fields={"message": "{}"})
    assert dispatch.pages.put(entry)
    for last in (False, True):
        (claim,) = dispatch.pages.claim(1, 60)
        page = poller.pages.work(claim, 60)
        poller.pages.renew([page.lease], 60)
        if last:
            assert poller.pages.finish(page.lease, page.work, b"{}")
        else:
            assert poller.pages.postpone(page.lease, page.work, soon)

    assert operator.feeds.showing("urn:1") == (feed.id,)
    operator.feeds.add([feed])
    assert operator.feeds.pause(feed.id)
    assert operator.feeds.resume(feed.id)
    assert operator.feeds.poll_now(feed.id)
    assert operator.feeds.remove(feed.id)
    assert broker.denials() == []
    for one in (dispatch, poller, operator):
        one.close()


def test_a_worker_may_cut_a_desk_and_a_relay_may_take_and_confirm_what_is_left(
    broker, store, put_events
):
    worker, relay = store_of(broker, "worker", desk_length=2), store_of(broker, "relay")
    dispatch = store_of(broker, "dispatch")
    assert relay.desks.lease("items", "token") == ""
    put_events(store, ["e1", "e2"], worker)
    first = relay.desks.take("items", "token")
    put_events(store, ["e3", "e4", "e5", "e6"], worker)
    assert [(one.unconfirmed, one.lost) for one in dispatch.stats.backlog().readers] == [(0, 4)]
    taken = relay.desks.take("items", "token")
    assert relay.desks.confirm("items", "token", [one.entry_id for one in (*first, *taken)])
    assert relay.desks.renew("items", "token")
    relay.desks.leave("items", "token")
    assert [(one.behind, one.unconfirmed) for one in dispatch.stats.backlog().readers] == [(0, 0)]
    for one in (worker, relay, dispatch):
        one.close()
    assert broker.denials() == []


def store_of(broker, role, **options):
    url = load_settings(broker.environ(role)).redis_url
    return RedisStore(url, prefix=broker.prefix, **options)


def killed_children_give_their_task_messages_back(processes, store, wait_for):
    """What kombu does to bring back what was not acknowledged needs rights of its own."""
    worker = processes.started["worker"]
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    put(store, *({"text": f"OSLO, May {day}. /TASS/. Day {day}."} for day in range(1, 20)))
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    before = len(subjects(store))
    wait_for(lambda: store.stats.sizes()["inbox"] == 0 and len(subjects(store)) > before)


def verbs_of_the_operator(broker, store, feeds, tmp_path):
    first, text = feeds[0].url, tmp_path / "news.txt"
    text.write_text("PARIS, May 2. /TASS/. The talks have resumed.")
    letters = [letter.id for letter in store.dead_letters.list()]
    for words in (
        ("status",),
        ("feeds", "list"),
        ("feeds", "show", first),
        ("feeds", "poll", first),
        ("feeds", "pause", first),
        ("feeds", "resume", first),
        ("feeds", "export"),
        ("explain", first),
        ("explain", "urn:talks"),
        ("desks", "list"),
        ("desks", "test", "--last", "5"),
        ("tail", "items", "--last", "2", "-n", "2"),
        ("ingest", str(text)),
        ("dead", "list"),
        ("dead", "show", letters[0]),
        ("dead", "retry", letters[0]),
        ("dead", "drop", letters[1]),
        ("replay", "--since", "1h"),
        ("feeds", "remove", first),
    ):
        run(broker, "operator", *words)
    run(broker, "writer", "ingest", str(text))
    run(broker, "reader", "tail", "items", "--last", "2", "-n", "2")


def metrics_of_all_processes(processes, wait_for):
    """One scrape has what each process counted, and all parts of it can be read."""
    (opened,) = [event for event in processes.events("web") if event["event"] == "web_open"]
    with httpx.Client(base_url=f"http://127.0.0.1:{opened['port']}") as client:
        assert client.get("/readyz").json() == {"ready": True, "reasons": []}

        def read():
            families = text_string_to_metric_families(client.get("/metrics").text)
            return [sample for family in families for sample in family.samples]

        def total(name):
            return sum(one.value for one in read() if one.name == f"copytaster_{name}")

        for name in (
            *("polls_total", "feed_items_total", "fetch_duration_seconds_count", "messages_total"),
            *("dead_letters_total", "published_items_total", "events_total", "pages_total"),
            *("feed_to_desk_seconds_count", "relayed_events_total", "feeds"),
        ):
            wait_for(lambda name=name: total(name) > 0, why=lambda name=name: name)
        wait_for(lambda: total("processes") == 5)
        parts = {one.labels["part"]: one.value for one in read() if one.name[-7:] == "part_up"}
        assert set(parts.values()) == {1}, parts


def test_the_web_may_do_what_its_pages_offer(broker, store, world_of_one_event):
    web = store_of(broker, "web")
    feed = Feed(id="0123456789ab", url="https://wire.example/")
    store.feeds.add([feed])
    assert [one.id for one in web.feeds.all()] == [feed.id]
    assert web.feeds.state(feed.id) == FeedState()
    assert web.feeds.history(feed.id) == ()
    assert web.feeds.showing("urn:1") == ()
    assert web.feeds.pause(feed.id)
    assert web.feeds.is_paused(feed.id)
    assert web.feeds.resume(feed.id)
    assert web.feeds.poll_now(feed.id)
    assert web.subscriptions.get(feed.id) is None
    letters = web.dead_letters.list()
    assert web.dead_letters.get(letters[0].id) == letters[0]
    assert web.dead_letters.retry(letters[0].id)
    assert web.dead_letters.drop(letters[1].id)
    assert web.dead_letters.dropped() == {}
    web.inbox.put(json.dumps(TALKS), urgent=True)
    web.inbox.put(json.dumps({"feed": feed.url}))
    assert [entry.id for entry in web.desks.read("items")] == ["e1"]
    assert web.publications.trace("e1").version == "1"
    assert web.stats.sizes()["feeds"] == 1
    assert web.stats.backlog().memory_used > 0
    assert web.stats.retention()
    web.stats.ping()
    web.close()
    assert broker.denials() == []


@pytest.fixture
def world_of_one_event(store, put_events):
    """An event on a desk, and two dead letters."""
    put_events(store, ["e1"])
    for reason in ("one", "two"):
        store.inbox.put("{}")
        messages, _ = store.inbox.read_doors(1, 1 << 20)
        letter = DeadLetter(reason=reason, kind="message", attempts=0, payload="")
        dead = [DoorDecision(message=one, word="dead", letter=letter) for one in messages]
        assert store.inbox.enter(dead) == 1


def group_of_a_reader(broker, store):
    """A reader may have a group of its own (docs/desks.md)."""
    client, desk = broker.client("reader"), "wire:desk:items"
    client.xgroup_create(desk, "archive", id="0", mkstream=True)
    [[_, taken]] = client.xreadgroup("archive", "one", {desk: ">"}, count=2)
    assert client.xack(desk, "archive", taken[0][0]) == 1
    assert client.xautoclaim(desk, "archive", "two", 0)[1] == [taken[1]]
    assert client.xinfo_groups(desk)


@pytest.mark.parametrize("role", NAMES)
@pytest.mark.parametrize("command", REFUSED, ids=" ".join)
def test_every_user_is_refused_what_is_not_its_work(one_broker, role, command):
    with one_broker.client(role) as client, pytest.raises(redis.ResponseError, match=DENIED):
        client.execute_command(*command)


@pytest.mark.parametrize(
    ("role", "command"),
    [
        ("reader", ("XADD", "wire:desk:items", "*", "event", "{}")),
        ("reader", ("XDEL", "wire:desk:items", "1-0")),
        ("reader", ("XTRIM", "wire:desk:items", "MAXLEN", "0")),
        ("reader", ("DEL", "wire:desk:items")),
        ("reader", ("XRANGE", "wire:inbox", "-", "+")),
        ("writer", ("XRANGE", "wire:inbox", "-", "+")),
        ("writer", ("XDEL", "wire:inbox", "1-0")),
        ("writer", ("XADD", "wire:work", "*", "message", "{}")),
        ("writer", ("XRANGE", "wire:work", "-", "+")),
        ("writer", ("XADD", "wire:desk:items", "*", "event", "{}")),
        ("relay", ("XADD", "wire:desk:items", "*", "event", "{}")),
        ("relay", ("DEL", "wire:desk:items")),
        ("relay", ("HGETALL", "wire:feeds")),
        ("web", ("XADD", "wire:desk:items", "*", "event", "{}")),
        ("web", ("XDEL", "wire:desk:items", "1-0")),
        ("web", ("XTRIM", "wire:desk:items", "MAXLEN", "0")),
        ("web", ("LPUSH", "wire:celery:parse", "x")),
        ("web", ("HSET", "wire:items:1:1", "x", "y")),
        ("reader", ("HGETALL", "wire:metrics:events")),
        ("relay", ("DEL", "wire:metrics:events")),
        ("poller", ("XADD", "wire:desk:items", "*", "event", "{}")),
        ("poller", ("XRANGE", "wire:dead", "-", "+")),
        ("worker", ("HGET", "wire:feeds", "x")),
        ("dispatch", ("HGET", "wire:items", "x")),
        ("dispatch", ("INFO", "clients")),
        ("operator", ("INFO", "clients")),
        ("operator", ("HDEL", "wire:celery:unacked", "x")),
        *((role, ("LPUSH", "wire:celery:parse", "x")) for role in ("reader", "writer", "relay")),
        ("operator", ("LPUSH", "wire:celery:parse", "x")),
    ],
    ids=str,
)
def test_a_user_is_refused_the_work_of_others(one_broker, role, command):
    with one_broker.client(role) as client, pytest.raises(redis.ResponseError, match=DENIED):
        client.execute_command(*command)


@pytest.fixture(scope="module")
def one_broker(broker_url, tmp_path_factory):
    """One server for all refusals."""
    started = Broker(tmp_path_factory.mktemp("b"), "wire")
    try:
        deadline = time.monotonic() + 60
        while not started.is_up() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield started
    finally:
        started.process.terminate()
        started.process.wait(20)


@pytest.mark.parametrize(
    "login", [{}, {"password": ""}, {"username": "wire-reader", "password": "wrong"}], ids=str
)
def test_who_names_no_user_or_a_wrong_password_is_nobody(one_broker, login):
    nobody = redis.Redis(unix_socket_path=str(one_broker.socket), **login)
    with nobody, pytest.raises(redis.AuthenticationError):
        nobody.ping()


def test_no_right_of_any_user_is_one_that_the_server_calls_dangerous(one_broker):
    admin = one_broker.admin()
    risky = {
        name.decode()
        for category in ("dangerous", "admin")
        for name in admin.execute_command("ACL", "CAT", category)
    }
    of_info = {"info|memory", "info|persistence", "info|stats"}
    words = {role.name: set(role.commands.split()) - of_info for role in ROLES}
    assert {name: sorted(held & risky) for name, held in words.items() if held & risky} == {}
    admin.response_callbacks.clear()
    known = {name.decode() for name in admin.execute_command("COMMAND", "LIST")}
    assert {word.partition("|")[0] for held in words.values() for word in held} <= known


def test_every_key_and_command_of_the_store_is_somebodys_right():
    scripts = Path(embedded.__file__).parent.parent / "store" / "scripts"
    said = "\n".join(path.read_text() for path in scripts.rglob("*.lua"))
    used = {found.lower() for found in COMMANDS.findall(said)}
    held = {word.partition("|")[0] for role in ROLES for word in role.commands.split()}
    assert used
    assert used <= held
    store = Path(embedded.__file__).parent.parent / "store" / "store.py"
    table = store.read_text().split('"""')[1]
    keys = {found.partition("<")[0] for found in KEYS.findall(table)}
    assert keys
    patterns = {key.rstrip("*") for role in ROLES for key in role.keys.split()}
    assert {key for key in keys if not any(is_under(key, one) for one in patterns)} == set()


def is_under(key, pattern):
    return key == pattern or (pattern.endswith(":") and key.startswith(pattern))
