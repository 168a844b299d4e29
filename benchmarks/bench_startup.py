"""CPU and time that a process of the service takes from its start to its first piece of work.

    python benchmarks/bench_startup.py [--runs 7] [--role dispatch] [--role poller] [--role worker]

Work waits when a process starts: a due feed for dispatch, a task message for the others. A process
has started when it has sent the task message, requested the feed or published the item. CPU is that
of the process with its launcher and its children; `--help` is timed until it ends. Roles alternate.
"""

import argparse
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import redis
from _bench import describe_machine

from worker.app import make_app
from worker.broker.embedded import open_broker
from worker.dispatch import InboxConsumer, Scheduler, TaskSender
from worker.model import Feed, feed_id
from worker.runtime.child_process import launch_command
from worker.settings import load_settings
from worker.store.store import RedisStore

CELERY = (sys.executable, "-m", "worker.cli", "worker")
COMMANDS = {
    "dispatch": (sys.executable, "-m", "worker.cli", "dispatch"),
    "poller": (*CELERY, "-Q", "poll", "-c", "1"),
    "worker": (*CELERY, "-Q", "urgent,parse", "-c", "1"),
}
HELP = (sys.executable, "-m", "worker.cli", "--help")
LIMIT_S = 60.0


class Asked(BaseHTTPRequestHandler):
    """A feed that counts how often it was asked."""

    count = 0

    def do_GET(self) -> None:
        Asked.count += 1
        body = b"<rss version='2.0'><channel><title>Feed</title></channel></rss>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@dataclass(slots=True)
class Bench:
    """The broker, and what gives each role its first piece of work."""

    environ: dict[str, str]
    store: RedisStore
    client: redis.Redis
    origin: str
    log: Path
    turn: int = 0

    def prepare(self, role: str) -> Callable[[], bool]:
        """Work for a process of that role; what tells that it has begun."""
        self.client.flushall()
        self.turn += 1
        settings = load_settings(self.environ)
        sender = TaskSender(settings, make_app(settings))
        if role == "worker":
            text = f"OSLO, March 4. /TASS/. Item {self.turn}."
            self.store.inbox.put(f'{{"uri": "urn:{self.turn}", "body_text": "{text}"}}')
            InboxConsumer(settings, self.store, sender).step()
            return lambda: self.store.stats.sizes().get("desk:items", 0) > 0
        url = f"http://{self.origin}/{self.turn}"
        self.store.feeds.add([Feed(id=feed_id(url), url=url, interval_s=3600)])
        if role == "dispatch":
            return lambda: self.client.llen("copytaster:celery:poll") > 0
        Scheduler(settings, self.store, sender).step()
        before = Asked.count
        return lambda: Asked.count > before


@contextmanager
def opened() -> Iterator[Bench]:
    """A broker and a feed on loopback."""
    server = HTTPServer(("127.0.0.1", 0), Asked)
    Thread(target=server.serve_forever, daemon=True).start()
    origin = f"127.0.0.1:{server.server_address[1]}"
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as scratch,
        open_broker(Path(scratch) / "data") as broker,
    ):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
        environ = inherited | {
            "COPYTASTER_REDIS_URL": broker.url,
            "COPYTASTER_ALLOW_ORIGINS": origin,
        }
        store = RedisStore(broker.url)
        client = redis.Redis.from_url(broker.url)
        yield Bench(environ, store, client, origin, Path(scratch) / "log")
        store.close()
    server.shutdown()


def cpu_s(session: int) -> float:
    """CPU seconds that the processes of a session, ended children included, have used."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def start(bench: Bench, role: str) -> tuple[float, float]:
    """CPU seconds and seconds until the role has begun its first piece of work."""
    has_begun = bench.prepare(role)
    with bench.log.open("ab") as log:
        begun = time.monotonic()
        process = subprocess.Popen(
            launch_command(COMMANDS[role]),
            env=bench.environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        while not has_begun():
            if time.monotonic() - begun > LIMIT_S or process.poll() is not None:
                sys.exit(f"{role} does not start:\n{bench.log.read_text()}")
            time.sleep(0.01)
        return cpu_s(process.pid), time.monotonic() - begun
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def show_help() -> tuple[float, float]:
    """CPU seconds and seconds of `copytaster --help`."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(HELP, check=True, stdout=subprocess.DEVNULL)
    took_s, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, took_s


def measure(roles: Sequence[str], runs: int) -> None:
    """Each role `runs` times, one after the other."""
    found: dict[str, list[tuple[float, float]]] = {role: [] for role in (*roles, "--help")}
    with opened() as bench:
        for role in roles:  # byte code, page cache
            start(bench, role)
        for _ in range(runs):
            for role in roles:
                found[role].append(start(bench, role))
            found["--help"].append(show_help())
    for role, taken in found.items():
        cpu, wall = ([one[which] for one in taken] for which in (0, 1))
        print(f"  {role:9} {say(cpu)} of CPU, {say(wall)} until it works")


def say(seconds: Sequence[float]) -> str:
    """Median and range.

    >>> say([0.3, 0.1, 0.2])
    '0.20 s [0.10 to 0.30]'
    """
    return f"{statistics.median(seconds):.2f} s [{min(seconds):.2f} to {max(seconds):.2f}]"


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--role", action="append", choices=COMMANDS)
    options = parser.parse_args()
    print(describe_machine("celery", "kombu", "redis", "structlog"))
    measure(options.role or list(COMMANDS), options.runs)


if __name__ == "__main__":
    main()
