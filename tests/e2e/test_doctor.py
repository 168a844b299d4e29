"""`copytaster doctor` and real servers with faults."""

import json
import subprocess
import time

import pytest
from click.testing import CliRunner

from worker.cli.doctor import doctor
from worker.model import Feed, feed_id
from worker.settings import Settings
from worker.store.store import RedisStore

pytestmark = pytest.mark.e2e

SOUND = ("--appendonly", "yes", "--hash-max-listpack-entries", "512")
SOUND += ("--hash-max-listpack-value", "512", "--maxmemory", "1gb")


@pytest.fixture
def examine(tmp_path):
    """The exit code and the findings about a server, by name."""

    def call(url, *args, **settings):
        known = {"redis_url": url, "data_dir": str(tmp_path / "data"), "archive": "off"}
        obj = Settings(**(known | settings))
        done = CliRunner().invoke(doctor, ["--json", *args], obj=obj)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        told = json.loads(done.stdout)
        return done.exit_code, {one["name"]: one for one in told["checks"]}

    return call


def verdict(findings, *names):
    return [findings[name]["verdict"] for name in names]


def work_on(server, prefix="copytaster"):
    """Do the work that dispatch does at least once a second."""
    store = RedisStore(server.url, prefix=prefix)
    store.polls.claim_due(1, 1)
    return store


def test_a_sound_server_has_no_fault(servers, examine):
    server = servers(*SOUND)
    store = work_on(server)
    code, found = examine(server.url, contact="https://news.example/bot")
    assert [one for one in found.values() if one["verdict"] == "wrong"] == []
    assert code == 0
    ours = ("broker", "broker version", "persistence", "eviction", "memory", "compact hashes")
    assert verdict(found, *ours, "clock", "rights", "replication", "processes") == ["ok"] * 10
    # No feeds yet: a warning, which --strict alone counts.
    assert found["feeds"]["verdict"] == "warning"
    assert examine(server.url, "--strict")[0] == 1
    store.close()


def test_a_server_that_evicts_and_keeps_nothing(servers, examine):
    server = servers("--appendonly", "no", "--maxmemory-policy", "allkeys-lru")
    code, found = examine(server.url)
    assert (code, *verdict(found, "eviction", "persistence", "memory", "compact hashes")) == (
        1,
        *("wrong", "warning", "warning", "warning"),
    )
    assert "allkeys-lru" in found["eviction"]["found"]
    assert "noeviction" in found["eviction"]["advice"]
    assert found["memory"]["found"].endswith("no maxmemory")


def test_a_server_that_flushes_when_it_likes(servers, examine):
    _, found = examine(servers(*SOUND, "--appendfsync", "no").url)
    assert "appendfsync no" in found["persistence"]["found"]


def test_a_full_server(servers, examine):
    server = servers(*SOUND)
    used = int(server.say("INFO", "memory").split(b"used_memory:")[1].split()[0])
    server.say("CONFIG", "SET", "maxmemory", str(int(used / 0.9)))
    _, found = examine(server.url)
    assert verdict(found, "memory", "polling") == ["wrong", "wrong"]
    assert "no feed is polled" in found["memory"]["found"]


def test_a_service_that_does_not_run(servers, examine):
    server = servers(*SOUND)
    _, found = examine(server.url)
    assert found["processes"]["found"] == "no process has worked on the broker yet"
    store = work_on(server)
    assert examine(server.url)[1]["processes"]["verdict"] == "ok"
    seconds = int(server.say("TIME")[0])
    server.say("SET", "copytaster:clock", f"{(seconds - 60) * 1000} 0")
    finding = examine(server.url)[1]["processes"]
    assert finding["verdict"] == "wrong"
    assert finding["found"].startswith("no process has worked on the broker for 6")
    store.close()


def test_a_process_of_up_whose_heartbeat_is_old(servers, examine, tmp_path):
    server = servers(*SOUND)
    work_on(server).close()
    beats = tmp_path / "data" / "heartbeats"
    beats.mkdir(parents=True)
    for name in ("worker", "poller", "dispatch"):
        (beats / name).touch()
    assert "dispatch, poller, worker" in examine(server.url)[1]["processes"]["found"]
    subprocess.run(["touch", "-d", "1 hour ago", beats / "poller"], check=True)
    finding = examine(server.url)[1]["processes"]
    assert (finding["verdict"], finding["found"]) == ("wrong", "no heartbeat of poller")


def test_a_replica_and_a_master_with_one(servers, examine):
    master = servers(*SOUND)
    replica = servers(*SOUND, "--replicaof", "127.0.0.1", str(master.port))
    deadline = time.monotonic() + 30
    while b"state=online" not in master.say("INFO", "replication"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert examine(master.url)[1]["replication"]["found"] == "the master, 1 replicas"
    code, found = examine(replica.url)
    assert (code, found["replication"]["verdict"]) == (1, "wrong")
    assert "is a replica" in found["replication"]["found"]


def test_a_user_without_rights(servers, examine):
    server = servers(*SOUND)
    server.say("ACL", "SETUSER", "ada", "on", ">hush", "~*", "+@all", "-info", "-config", "-acl")
    url = server.url.replace("127", "ada:hush@127", 1)
    _, found = examine(url)
    assert verdict(found, "eviction", "persistence", "memory") == ["skipped"] * 3
    assert found["rights"]["verdict"] == "warning"
    assert "+info|memory" in found["rights"]["found"]
    assert "hush" not in json.dumps(found)
    server.say("ACL", "SETUSER", "ada", "resetkeys", "~other:*")
    assert examine(url)[1]["feeds"]["verdict"] == "skipped"


def test_a_clock_that_is_wrong(broker_url, prefix, clock, examine):
    _, right = examine(broker_url, prefix=prefix)
    assert right["clock"]["verdict"] == "ok"
    clock.advance(3600)
    _, found = examine(broker_url, prefix=prefix)
    assert found["clock"]["verdict"] == "wrong"
    assert "ahead of this machine's" in found["clock"]["found"]


def test_feeds_that_were_never_polled_and_have_no_address(store, broker_url, prefix, examine):
    for host in ("a.invalid", "b.invalid"):
        url = f"https://{host}/rss"
        store.feeds.add([Feed(id=feed_id(url), url=url)])
    _, found = examine(broker_url, prefix=prefix)
    assert verdict(found, "feeds", "feed hosts") == ["warning", "wrong"]
    assert "2 were never polled" in found["feeds"]["found"]


def test_messages_that_nobody_takes_and_dead_letters(store, broker_url, prefix, clock, examine):
    store.inbox.put('{"text": "a"}')
    assert examine(broker_url, prefix=prefix)[1]["inbox"]["found"].startswith("1 messages")
    clock.advance(700)
    _, found = examine(broker_url, prefix=prefix)
    assert verdict(found, "inbox", "dead letters") == ["wrong", "ok"]


def test_a_desk_whose_relay_does_not_run(store, broker_url, prefix, put_events, examine, tmp_path):
    desks = tmp_path / "desks.toml"
    desks.write_text(f'[[desk]]\nname = "items"\nsink = "jsonl:{tmp_path}/out.jsonl"\n')
    put_events(store, ["e1"])
    _, found = examine(broker_url, prefix=prefix, desks=str(desks))
    assert verdict(found, "desk readers", "sinks") == ["wrong", "ok"]
    assert store.desks.lease("items", "token") == ""
    store.desks.take("items", "token")
    _, found = examine(broker_url, prefix=prefix, desks=str(desks))
    assert verdict(found, "desk readers") == ["ok"]


def test_an_archive_of_an_older_and_of_the_present_form(broker_url, prefix, examine, tmp_path):
    from worker.archive import open_archive

    path = tmp_path / "archive.db"
    url = f"sqlite:///{path}"
    _, found = examine(broker_url, prefix=prefix, archive=url)
    assert found["archive"]["found"] == f"{path} does not exist yet"
    assert not path.exists()
    archive = open_archive(url)
    archive.migrate()
    _, found = examine(broker_url, prefix=prefix, archive=url)
    assert (found["archive"]["verdict"], "MiB" in found["archive"]["found"]) == ("ok", True)
    with archive.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    archive.close()
    assert examine(broker_url, prefix=prefix, archive=url)[1]["archive"]["verdict"] == "warning"
    _, found = examine(broker_url, prefix=prefix, archive="postgresql://ada:hush@127.0.0.1:9/wire")
    assert found["archive"]["verdict"] == "wrong"
    assert "hush" not in json.dumps(found)


def test_no_server_at_all(examine):
    code, found = examine("redis://ada:hush@127.0.0.1:9/0")
    assert (code, found["broker"]["verdict"]) == (1, "wrong")
    assert "hush" not in json.dumps(found)
