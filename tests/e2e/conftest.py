"""Real processes against a real broker, each with a log of its own, ended by id."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CELERY = (sys.executable, "-m", "celery", "-A")
QUIET = ("--loglevel", "INFO")
COMMAND = (sys.executable, "-m", "worker.cli")


class Processes:
    """Starts processes of the service with one environment and ends what it has started."""

    def __init__(self, environ, log_dir: Path) -> None:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
        self.environ = inherited | environ
        self.log_dir = log_dir
        self.started: dict[str, subprocess.Popen] = {}

    def start(self, name, command, **environ):
        out = (self.log_dir / f"{name}.out").open("ab")
        log = (self.log_dir / f"{name}.log").open("ab")
        with out, log:
            process = subprocess.Popen(
                command,
                env=self.environ | {"COPYTASTER_HEARTBEAT": str(self.beat(name))} | environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,
            )
        self.started[name] = process
        return process

    def dispatch(self, name="dispatch"):
        return self.start(name, [*COMMAND, "dispatch"])

    def websub(self, port, name="websub"):
        return self.start(name, [*COMMAND, "websub", "--port", str(port)])

    def worker(self, name="worker", queues="urgent,parse", app="worker.app", processes=1):
        """A worker; an app of the test's own is run by Celery's command, as others run ours."""
        options = ["worker", "-n", f"{name}@test", "-Q", queues, "-c", str(processes)]
        if app == "worker.app":
            return self.start(name, [*COMMAND, *options])
        return self.start(name, [*CELERY, app, *options, *QUIET])

    def poller(self, name="poller"):
        return self.worker(name, queues="poll")

    def beat(self, name):
        return self.log_dir / f"{name}.beat"

    def log(self, name):
        return (self.log_dir / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def events(self, name):
        """The log's records; every line is one JSON object, and there is no other output."""
        assert (self.log_dir / f"{name}.out").read_bytes() == b""
        return [json.loads(line) for line in self.log(name).splitlines()]

    def stop(self, name, number=signal.SIGTERM, timeout_s=45):
        process = self.started.pop(name)
        if process.poll() is None:
            process.send_signal(number)
        code = process.wait(timeout_s)
        if number == signal.SIGKILL:
            _end_group(process)
        return code

    def stop_all(self):
        for process in self.started.values():
            if process.poll() is None:
                process.terminate()
        for process in self.started.values():
            try:
                process.wait(45)
            finally:
                _end_group(process)
        self.started.clear()


def _end_group(process):
    """End what a killed process left of its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_for(condition, timeout_s=40.0, every_s=0.05, why=lambda: ""):
    """What the condition returns once it is true; a failure says `why` after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(every_s)
    pytest.fail(f"not within {timeout_s} s: {condition.__doc__ or condition} {why()}")


@pytest.fixture(name="wait_for")
def wait_for_fixture():
    return wait_for


@pytest.fixture
def environ(broker_url, prefix):
    return {
        "COPYTASTER_REDIS_URL": broker_url,
        "COPYTASTER_PREFIX": prefix,
        "COPYTASTER_LOG_FORMAT": "json",
        "COPYTASTER_RECLAIM_AFTER_S": "2",
        "COPYTASTER_POLL_FLOOR_S": "1",
    }


@pytest.fixture
def processes(environ, tmp_path):
    started = Processes(environ, tmp_path)
    try:
        yield started
    finally:
        started.stop_all()
