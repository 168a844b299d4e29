"""What tests of the store look at beside its own answers, and servers of other kinds."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
import redis

KAFKA_MOCK = """
import ctypes
from confluent_kafka import cimpl
lib = ctypes.CDLL(cimpl.__file__)  # its names, and those of the librdkafka that it is linked with
for name in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_mock_cluster_new"):
    getattr(lib, name).restype = ctypes.c_void_p
lib.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
conf, why = ctypes.c_void_p(lib.rd_kafka_conf_new()), ctypes.create_string_buffer(512)
client = ctypes.c_void_p(lib.rd_kafka_new(0, conf, why, ctypes.c_size_t(512)))
cluster = ctypes.c_void_p(lib.rd_kafka_mock_cluster_new(client, 1))
# A group whose first member has come waits for others, three seconds if nothing else is said.
lib.rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, ctypes.c_int32(50))
print(lib.rd_kafka_mock_cluster_bootstraps(cluster).decode(), flush=True)
FETCH, UNKNOWN_SERVER_ERROR = ctypes.c_int16(1), (ctypes.c_int * 1)(-1)
while input():
    lib.rd_kafka_mock_push_request_errors_array(
        cluster, FETCH, ctypes.c_size_t(1), UNKNOWN_SERVER_ERROR
    )
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

    def refuse_a_fetch(self):
        """Answer the next request for records with an error."""
        self.process.stdin.write("fetch\n")
        self.process.stdin.flush()

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
