"""What tests of the store look at beside its own answers, and servers of other kinds."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
import redis

PROGRAMS = next(
    (path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None
)
# PostgreSQL refuses to run as root.
AS_USER = (
    ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
    if os.getuid() == 0
    else ()
)

KAFKA_MOCK = """
from confluent_kafka import Producer
cluster = Producer({"test.mock.num.brokers": 1, "log_level": 0})
brokers = cluster.list_topics(timeout=20).brokers.values()
print(",".join(f"{one.host}:{one.port}" for one in brokers), flush=True)
input()
"""


def freeze(process):
    """Stop a process, and return when all of its threads have stopped."""
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)


class KafkaMock:
    """The test broker of librdkafka: Kafka's protocol, with its data in memory."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", KAFKA_MOCK],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.brokers = self.process.stdout.readline().strip()

    def freeze(self):
        freeze(self.process)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        self.process.kill()
        self.process.communicate(timeout=20)


@pytest.fixture
def client(broker_url):
    with redis.Redis.from_url(broker_url, decode_responses=True) as client:
        yield client


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


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory, server_type):
    class Nats(server_type):
        def command(self):
            store = str(self.directory / "data")
            return ["nats-server", "-js", "-sd", store, "-a", "127.0.0.1", "-p", str(self.port)]

    if not shutil.which("nats-server"):
        server_type.absent("no NATS: apt-get install nats-server; the tests start one of their own")
    server = Nats(tmp_path_factory.mktemp("nats"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def kafka_mock():
    server = KafkaMock()
    yield server
    server.close()
