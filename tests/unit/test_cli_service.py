"""Which processes make the service."""

from worker.cli.service import members
from worker.settings import Settings


def tree(**said):
    found = members(Settings(**said), workers=1, pollers=1, environ={}, websub_port=8123)
    return {member.name: member.command[3:] for member in found}


def test_a_receiver_runs_where_hubs_can_reach_one():
    assert list(tree()) == ["worker", "poller", "dispatch"]
    whole = tree(websub_callback_url="https://news.example/websub")
    assert list(whole) == ["worker", "poller", "dispatch", "websub"]
    assert whole["websub"] == ("websub", "--port", "8123")
