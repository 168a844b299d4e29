"""A broker that would lose messages stops the start of whatever is to rely on it."""

import json
import os
import re
import socket
import subprocess
import sys
import threading

import pytest
from structlog.testing import capture_logs

from worker.broker.acl import ROLES, acl_file, hash_password
from worker.broker.check import BrokerWatch, await_broker, check_broker, inspect_broker
from worker.errors import BrokerAway, BrokerError, BrokerRefused, SettingsError
from worker.model.publishing import DeskEntry
from worker.settings import Settings
from worker.sinks import open_sink
from worker.store.connection import Connection

pytestmark = pytest.mark.e2e

COMMAND = (sys.executable, "-m", "worker.cli")
DESKS = '[[desk]]\nname = "items"\nsink = "jsonl:/dev/null"\n'
EVICTS = "its maxmemory-policy is allkeys-lru, which evicts unread messages; set it to "

STARTS = {
    "up": (*COMMAND, "up", "--workers", "1"),
    "dispatch": (*COMMAND, "dispatch"),
    "worker": (sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-Q", "urgent,parse"),
    "poller": (sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-Q", "poll"),
    "relay": (*COMMAND, "relay"),
    "web": (*COMMAND, "web", "--port", "0"),
}


@pytest.fixture
def run(tmp_path):
    """Run a program to its end with this broker; code, output and lines on stderr."""
    (tmp_path / "desks.toml").write_text(DESKS)

    def run(url, *words):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
        told = {
            "COPYTASTER_REDIS_URL": url,
            "COPYTASTER_DESKS": str(tmp_path / "desks.toml"),
            "COPYTASTER_WEBSUB_CALLBACK_URL": "https://here.example/",
            "COPYTASTER_LOG_FORMAT": "json",
        }
        done = subprocess.run(
            words, env=inherited | told, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout, done.stderr.splitlines()

    return run


@pytest.mark.parametrize("role", STARTS)
def test_no_role_starts_on_a_broker_that_throws_keys_away(servers, run, role):
    server = servers("--appendonly", "yes", "--maxmemory-policy", "allkeys-lru")
    code, printed, (line,) = run(server.url, *STARTS[role])
    assert (code, printed) == (78, "")
    assert line.startswith(f"copytaster: {server.url}: {EVICTS}noeviction (CONFIG SET ")


@pytest.mark.parametrize("stream", ["copytaster:desk:items", "copytaster:inbox"])
def test_a_relay_does_not_write_into_the_streams_of_its_own_service(servers, run, tmp_path, stream):
    server = servers("--appendonly", "yes")
    sink = f"redis-stream:{server.url}?stream={stream}"
    (tmp_path / "desks.toml").write_text(f'[[desk]]\nname = "items"\nsink = "{sink}"\n')
    code, printed, (line,) = run(server.url, *STARTS["relay"])
    assert (code, printed) == (78, "")
    assert line == (
        f"copytaster: {tmp_path}/desks.toml, desk items: sink"
        f" redis-stream:{server.url}: {stream}: starts with the"
        " prefix of this service's keys (copytaster:); choose another name"
    )


@pytest.mark.parametrize(
    ("options", "reasons"),
    [
        (["--appendonly", "yes"], []),
        (["--appendonly", "no"], ["keeps no append-only file"]),
        (
            ["--appendonly", "yes", "--maxmemory-policy", "volatile-lru"],
            ["its maxmemory-policy is volatile-lru"],
        ),
    ],
)
def test_a_sink_says_once_what_its_server_may_lose(servers, options, reasons):
    server = servers(*options)
    sink = open_sink(f"redis-stream:{server.url}?stream=wire", "items")
    event = DeskEntry(entry_id="1-0", id="e1", type="copytaster.item.created", body=b"{}")
    with capture_logs() as logs:
        sink.send([event])
        sink.send([event])
    sink.close()
    assert [(one["event"], one["sink"]) for one in logs] == [
        ("sink_may_lose", f"wire at {server.url}") for _ in reasons
    ]
    assert [one["reason"][: len(said)] for one, said in zip(logs, reasons, strict=True)] == reasons


def test_a_sink_whose_user_may_not_ask_sends_all_the_same(servers):
    server = servers()
    server.say("ACL", "SETUSER", "sender", "on", ">hush", "~wire*", "+@all", "-info")
    url = server.url.replace("redis://", "redis://sender:hush@")
    sink = open_sink(f"redis-stream:{url}?stream=wire", "items")
    sink.send([DeskEntry(entry_id="1-0", id="e1", type="copytaster.item.created", body=b"{}")])
    sink.close()
    assert server.say("XLEN", "wire") == 1


@pytest.mark.parametrize("role", ["up", "web"])
def test_what_does_not_wait_for_a_broker_says_that_it_is_a_replica(servers, run, role):
    master = servers()
    replica = servers("--replicaof", "127.0.0.1", str(master.port))
    code, _, (line,) = run(replica.url, *STARTS[role])
    assert (code, line) == (1, f"copytaster: {replica.url}: is a replica, which accepts no writes")


def test_a_server_without_an_append_only_file_is_named_in_the_log_and_starts(
    servers, processes, wait_for
):
    processes.environ["COPYTASTER_REDIS_URL"] = servers().url
    processes.dispatch()
    wait_for(lambda: '"dispatch_started"' in processes.log("dispatch"))
    (event,) = [one for one in processes.events("dispatch") if one["event"].startswith("broker_")]
    assert (event["event"], event["level"]) == ("broker_not_durable", "warning")


def test_status_says_what_is_wrong(servers, run):
    server = servers("--maxmemory-policy", "allkeys-lru", "--maxmemory", "20mb")
    evict(server)
    code, printed, _ = run(server.url, *COMMAND, "status", "--json")
    checks = json.loads(printed)["broker_checks"]
    problems = {one["event"]: one["is_fatal"] for one in checks.pop("problems")}
    assert (code, checks.pop("evicted_keys") > 0) == (0, True)
    assert problems == {"broker_evicts": True, "broker_evicted": False, "broker_not_durable": False}
    version = checks.pop("version")
    assert checks == {
        "server": checks["server"],
        "mode": "standalone",
        "role": "master",
        "policy": "allkeys-lru",
        "appendonly": False,
        "disk_error": "",
        "denied": [],
    }
    _, printed, _ = run(server.url, *COMMAND, "status")
    page = " ".join(printed.split())
    assert f"server {checks['server']} {version} " in page
    assert "its maxmemory-policy is allkeys-lru" in page
    assert re.search(r"has evicted \d+ keys since it started", page)
    assert "keeps no append-only file" in page


def evict(server):
    for number in range(400):
        server.say("SET", f"other:{number}", b"x" * (64 << 10))


def test_dispatch_says_in_its_log_what_goes_wrong_later(servers):
    server = servers("--appendonly", "yes", "--maxmemory", "20mb")
    opened = Connection(server.url)
    watch = BrokerWatch(opened)
    with capture_logs() as told:
        watch.step()
        server.say("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        evict(server)
        watch.step()
        watch.step()
    assert [(one["event"], one["log_level"]) for one in told] == [
        ("broker_evicts", "error"),
        ("broker_evicted", "warning"),
    ]
    opened.close()


def test_a_cluster_and_a_sentinel_are_named(servers, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bus = str(taken.getsockname()[1])
    node = servers("--cluster-enabled", "yes", "--cluster-port", bus)
    with pytest.raises(SettingsError, match="is a node of a cluster"):
        check_broker(Settings(redis_url=node.url))
    (tmp_path / "conf").touch()
    sentinel = servers("--sentinel", conf=tmp_path / "conf")
    with pytest.raises(SettingsError, match=r"its URL is redis\+sentinel://"):
        check_broker(Settings(redis_url=sentinel.url))


def test_a_broker_that_is_away_is_waited_for_and_a_replica_too(servers):
    master = servers("--appendonly", "yes")
    replica = servers("--appendonly", "yes", "--replicaof", "127.0.0.1", str(master.port))
    settings = Settings(redis_url=replica.url)
    with pytest.raises(BrokerRefused, match="is a replica"):
        check_broker(settings)
    waiting = threading.Thread(target=await_broker, args=(settings, threading.Event()))
    waiting.start()
    replica.kill()
    with pytest.raises(BrokerAway):
        check_broker(settings)
    replica.options = ("--appendonly", "yes")
    assert waiting.is_alive()
    replica.start()
    waiting.join(20)
    assert not waiting.is_alive()


def test_waiting_ends_when_it_is_told_to(servers):
    server = servers()
    server.kill()
    stopping = threading.Event()
    waiting = threading.Thread(target=await_broker, args=(Settings(redis_url=server.url), stopping))
    waiting.start()
    stopping.set()
    waiting.join(20)
    assert not waiting.is_alive()


def test_a_database_that_the_broker_does_not_have_stops_the_start(servers):
    server = servers("--databases", "4")
    with pytest.raises(SettingsError, match=r"has no database 4 \(its setting `databases` says"):
        await_broker(Settings(redis_url=f"{server.url.removesuffix('/0')}/4"), threading.Event())


def test_a_broker_that_refuses_the_password_is_not_waited_for(servers):
    server = servers(password="hush")
    url = server.url.replace("://", "://:wrong@")
    with pytest.raises(BrokerError, match="refuses the user or the password") as caught:
        await_broker(Settings(redis_url=url), threading.Event())
    assert "wrong" not in str(caught.value)


@pytest.fixture
def users(servers, tmp_path):
    """A server with the users of `copytaster acl`, and one of before the checks."""
    names = [role.name for role in ROLES]
    hashes = dict.fromkeys(names, hash_password("hush"))
    before = f"user before on #{hash_password('hush')} resetchannels -@all +@connection\n"
    (tmp_path / "users.acl").write_text(acl_file("wire", hashes) + before)
    server = servers("--appendonly", "yes", "--aclfile", str(tmp_path / "users.acl"))
    return lambda name: server.url.replace("://", f"://{name}:hush@")


@pytest.mark.parametrize("role", ["dispatch", "poller", "worker", "relay", "web", "operator"])
def test_every_process_may_ask_for_all_that_is_checked(users, role):
    opened = Connection(users(f"wire-{role}"))
    assert inspect_broker(opened).denied == ()
    opened.close()


def test_a_user_who_may_not_ask_starts_and_the_rights_are_named(users):
    url = users("before")
    opened = Connection(url)
    report = inspect_broker(opened)
    assert report.denied == ("memory", "persistence", "stats")
    assert (report.policy, report.appendonly, report.disk_error) == (None, None, None)
    opened.close()
    with capture_logs() as told:
        check_broker(Settings(redis_url=url))
    assert [(one["event"], one["reason"].partition("checks: ")[2]) for one in told] == [
        ("broker_unchecked", "+info|memory +info|persistence +info|stats")
    ]
