"""Which processes make the service."""

import importlib.util
import socket
import sys

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from worker.cli.desks import list_desks
from worker.cli.service import members, up, usable_web_port, with_archive
from worker.cli.sinks import check_sinks
from worker.cli.worker import worker
from worker.desks import Desk
from worker.errors import SettingsError
from worker.services import relayed_desks
from worker.settings import Settings


def tree(web_port=None, **said):
    known = {"workers": 1, "pollers": 1, "environ": {}}
    found = members(Settings(**said), web_port=web_port, **known)
    return {member.name: member.command[3:] for member in found}


def test_the_workers_and_the_pollers_are_the_commands_own():
    assert tree()["poller"] == ("worker", "-n", "poller@%h", "-Q", "poll", "-c", "1")
    assert tree()["worker"] == ("worker", "-n", "worker@%h", "-Q", "urgent,parse", "-c", "1")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-Q", "pol"], "no queue 'pol'; there are: urgent, parse, poll"),
        (["-Q", "poll,"], "no queue ''; there are: urgent, parse, poll"),
        (["-c", "0"], "0 is not in the range x>=1"),
    ],
)
def test_a_worker_with_a_wrong_option_does_not_start(words, said):
    done = CliRunner().invoke(worker, words, obj=Settings(redis_url="redis://127.0.0.1:1/0"))
    assert (done.exit_code, said in done.output) == (2, True)


def relayed(**said):
    return [(desk.name, desk.sink) for desk in relayed_desks(Settings(**said))]


def test_the_default_desk_of_items_is_archived_where_an_archive_is_set():
    url = "postgresql://me:hush@host/wire"
    options = "days=90&bytes=10737418240"
    assert "relay" not in tree(archive="off")
    assert "relay" in tree(archive=url)
    assert relayed(archive=url) == [("items", f"sql:{url}?{options}")]
    of_ours = f"{url}?sslmode=require"
    assert relayed(archive=of_ours) == [("items", f"sql:{of_ours}&{options}")]


def test_a_desk_of_the_file_has_the_archive_of_the_settings(tmp_path):
    desks = tmp_path / "desks.toml"
    desks.write_text('[[desk]]\nname = "all"\nsink = "archive"\n', encoding="utf-8")
    said = {"desks": str(desks), "data_dir": "/data", "archive_days": 0, "archive_bytes": 0}
    assert relayed(**said) == [("all", "sql:sqlite:////data/archive.db?days=0&bytes=0")]
    with pytest.raises(SettingsError) as caught:
        relayed(**said, archive="off")
    assert str(caught.value) == ("COPYTASTER_ARCHIVE: is off, and a desk has the sink `archive`")


@pytest.mark.parametrize(
    ("sink", "reason"),
    [
        ("archiv", "sink archiv: archiv: no such sink; there are: archive, amqp, "),
        ("webhook:ftp://x", "sink webhook:ftp://x: ftp://x: "),
        ("jsonl:", "sink jsonl:: jsonl: name the file"),
        ("redis-stream:redis://r/0?stream=copytaster:desk:a", "starts with the prefix of this"),
        ("amqp:amqp://me:hush@mq/v?exchage=wire", "sink amqp:amqp://mq/v: "),
    ],
)
@pytest.mark.parametrize("command", [up, list_desks])
def test_a_sink_that_is_invalid_stops_the_command_at_once(command, sink, reason, tmp_path):
    desks = tmp_path / "desks.toml"
    desks.write_text(f'[[desk]]\nname = "good"\n[[desk]]\nname = "bad"\nsink = "{sink}"\n')
    settings = Settings(desks=str(desks), data_dir=str(tmp_path), archive="off")
    done = CliRunner().invoke(command, [], obj=settings)
    assert isinstance(done.exception, SettingsError)
    assert str(done.exception).startswith(f"{desks}, desk bad: sink ")
    assert reason in str(done.exception)
    assert "hush" not in str(done.exception)


def test_a_sink_that_cannot_be_opened_now_is_not_invalid(tmp_path):
    sink = f"webhook:https://desk.example/wire#secret_file={tmp_path}/none"
    check_sinks(Settings(), [Desk(name="a", sink=sink), Desk(name="b", sink="archive")])


def test_the_package_of_a_sink_may_be_missing_where_desks_are_only_listed(monkeypatch):
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    desks = [Desk(name="a", sink="kafka:kafka://k:9092/wire")]
    check_sinks(Settings(), desks, installed=False)
    with pytest.raises(SettingsError, match="pip install 'copytaster"):
        check_sinks(Settings(), desks)


def test_up_keeps_an_archive_of_its_own_unless_told_otherwise():
    assert with_archive(Settings(data_dir="/data")).archive == "sqlite:////data/archive.db"
    assert with_archive(Settings(archive="off")).archive == "off"
    assert with_archive(Settings(archive="sqlite:///a.db")).archive == "sqlite:///a.db"


@pytest.mark.parametrize("package", ["sqlalchemy", "alembic"])
def test_without_its_packages_there_is_an_archive_only_if_it_is_asked_for(package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with capture_logs() as lines:
        assert with_archive(Settings()).archive == "off"
    reason = f"{package} is not installed: pip install 'copytaster[archive]'"
    assert [line["reason"] for line in lines] == [reason]
    with pytest.raises(SettingsError, match="not installed"):
        with_archive(Settings(archive="sqlite:///a.db"))


def test_the_web_server_receives_the_pushes_of_hubs():
    hubs = {"websub_callback_url": "https://news.example/websub"}
    assert list(tree(**hubs)) == ["worker", "poller", "dispatch"]
    assert list(tree(**hubs, web_port=8124)) == ["worker", "poller", "dispatch", "web"]


def test_the_pages_are_served_on_the_port_that_was_free():
    assert tree(web_port=8124)["web"] == ("web", "--port", "8124")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert usable_web_port(port) is None
    assert usable_web_port(port) == port


def test_without_the_extra_no_pages_are_served(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name != "uvicorn" or None)
    with capture_logs() as logs:
        assert usable_web_port(1) is None
    assert [(line["event"], line["log_level"]) for line in logs] == [("web_not_installed", "info")]
    assert "copytaster[web]" in logs[0]["remedy"]
