"""Which processes make the service."""

import importlib.util
import socket

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from worker.cli.service import members, usable_web_port
from worker.cli.worker import worker
from worker.settings import Settings


def tree(web_port=None, **said):
    known = {"workers": 1, "pollers": 1, "environ": {}, "websub_port": 8123}
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


def test_a_receiver_runs_where_hubs_can_reach_one():
    assert list(tree()) == ["worker", "poller", "dispatch"]
    whole = tree(websub_callback_url="https://news.example/websub")
    assert list(whole) == ["worker", "poller", "dispatch", "websub"]
    assert whole["websub"] == ("websub", "--port", "8123")


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
