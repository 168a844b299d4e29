"""`copytaster health`, by the files that processes touch."""

import os
import time

import pytest
from click.testing import CliRunner

from worker.cli.root import cli


@pytest.fixture
def check(monkeypatch, tmp_path):
    """Run the command for a role; return its exit code and output."""
    monkeypatch.setenv("COPYTASTER_DATA_DIR", str(tmp_path))

    def run(role):
        done = CliRunner().invoke(cli, ["health", role])
        return done.exit_code, done.output.removeprefix("Error: ").strip()

    return run


def touch(path, age_s=0):
    path.parent.mkdir(exist_ok=True)
    path.touch()
    then = time.time() - age_s
    os.utime(path, (then, then))


def test_a_process_with_a_fresh_heartbeat_is_well(check, monkeypatch, tmp_path):
    monkeypatch.setenv("COPYTASTER_HEARTBEAT", str(tmp_path / "beat"))
    touch(tmp_path / "beat", 12)

    assert check("worker") == (0, "worker: well, 12 s ago")


def test_a_process_whose_heartbeat_is_old_hangs(check, monkeypatch, tmp_path):
    monkeypatch.setenv("COPYTASTER_HEARTBEAT", str(tmp_path / "beat"))
    touch(tmp_path / "beat", 40)

    code, says = check("dispatch")
    assert code == 1
    assert says.endswith("beat is 40 s old: the main loop hangs or has ended")


def test_a_process_without_a_heartbeat_does_not_run(check):
    code, says = check("poller")

    assert code == 1
    assert "heartbeats/poller: no heartbeat; the process is not running" in says


def test_up_is_well_if_all_of_its_processes_are(check, tmp_path):
    for name in ("dispatch", "poller", "worker"):
        touch(tmp_path / "heartbeats" / name, 3)
    assert check("up") == (0, "up: well, 3 s ago")

    touch(tmp_path / "heartbeats" / "relay", 99)
    code, says = check("up")
    assert (code, "relay is 99 s old" in says) == (1, True)

    (tmp_path / "heartbeats" / "relay").unlink()
    (tmp_path / "heartbeats" / "worker").unlink()
    code, says = check("up")
    assert (code, "heartbeats/worker: no heartbeat" in says) == (1, True)


def test_a_path_that_cannot_be_looked_at_is_named(check, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("COPYTASTER_HEARTBEAT", str(tmp_path / "file" / "beat"))

    code, says = check("web")
    assert (code, "Not a directory" in says) == (1, True)


def test_an_unknown_role_is_a_wrong_use(check):
    code, says = check("printer")

    assert code == 2
    assert "'printer' is not one of" in says
