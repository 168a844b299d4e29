"""Servers for sinks, stopped by process id, and the events that arrived at each place."""

import asyncio
import base64
import contextlib
import datetime
import json
import os
import random
import socket
import sqlite3
import struct
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import nats
import psycopg
import pytest
import redis
from confluent_kafka import Consumer, TopicPartition
from sqlalchemy import select

from worker.archive import open_archive
from worker.archive.schema import events, versions
from worker.desks import Desk
from worker.model import Event, NewsItem
from worker.model.codec import dataschema, dump
from worker.model.publishing import DeskEntry
from worker.parse import annotate
from worker.sinks import open_sink
from worker.sinks.relay import relay_desk

DESK = "items"


class Receiver:
    """An HTTP server that records posts and gives the answers it is told to."""

    def __init__(self):
        self.answer = (200, {}, b"")
        self.requests = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers["content-length"] or -1)
                body = self.rfile.read(max(length, 0))
                if len(body) != length:  # the sender went away in the middle
                    self.close_connection = True
                    return
                said = outer.answer(body) if callable(outer.answer) else outer.answer
                status, headers, text = said
                outer.requests.append((dict(self.headers), body, status))
                self.send_response(status)
                for name, value in {"content-length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # some have gone by then
                    self.wfile.write(text)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/wire"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="session")
def kafka_brokers():
    """A real Kafka, where there is one; no package of Debian's has it, so CI has none either."""
    return os.environ.get("KAFKA_BROKERS") or pytest.skip(
        "no Kafka: docker run -d -p 127.0.0.1:9092:9092 apache/kafka, then"
        " KAFKA_BROKERS=127.0.0.1:9092 make test TESTS=tests/contract/sinks"
    )


@pytest.fixture
def receiver():
    server = Receiver()
    yield server
    server.close()


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "secret"
    path.write_text(f"whsec_{base64.b64encode(b'k' * 32).decode()}\n", encoding="ascii")
    return path


# where events end up, and how a consumer finds them there


class JsonLinesPlace:
    def __init__(self, directory):
        self.path = directory / "out" / "events.jsonl"
        self.path.parent.mkdir()
        self.spec = f"jsonl:{self.path}?rotate_bytes=400"

    def messages(self):
        lines = [
            line
            for path in [*sorted(self.path.parent.glob("*.jsonl.*")), self.path]
            for line in path.read_bytes().splitlines()
        ]
        return [(json.loads(line)["id"], line) for line in lines]

    def break_it(self):
        self.path.parent.rmdir()

    def mend_it(self):
        self.path.parent.mkdir()


class RedisStreamPlace:
    def __init__(self, url, prefix):
        self.url = url
        self.stream = f"{prefix}:out"
        self.spec = f"redis-stream:{url}&stream={self.stream}"

    def messages(self):
        with redis.Redis.from_url(self.url) as client:
            found = client.xrange(self.stream)
        return [(fields[b"id"].decode(), fields[b"event"]) for _, fields in found]

    def break_it(self):
        with redis.Redis.from_url(self.url) as client:
            client.set(self.stream, "in the way")

    def mend_it(self):
        with redis.Redis.from_url(self.url) as client:
            client.delete(self.stream)


class DroppingDoubles:
    """A place whose server may hold an event twice: its consumer drops repeated ids."""

    def __init__(self):
        self.seen = {}

    def messages(self):
        for message_id, body in self.receive():
            self.seen.setdefault(message_id, body)
        return list(self.seen.items())


class AmqpPlace(DroppingDoubles):
    def __init__(self, server, prefix):
        super().__init__()
        self.server = server
        self.exchange = self.queue = prefix
        self.url = f"amqp://127.0.0.1:{server.port}"
        self.spec = f"amqp:{self.url}?exchange={prefix}&timeout_s=20"
        with server.connect() as connection:
            channel = connection.channel()
            channel.exchange_declare(self.exchange, "topic", durable=True, auto_delete=False)
            channel.queue_declare(
                self.queue,
                durable=True,
                auto_delete=False,
                arguments={"x-queue-type": "quorum"},
            )
        self.mend_it()

    def settle(self):
        """RabbitMQ 3.10 does not find a quorum queue again that was declared within the last
        second before it was killed.
        """
        time.sleep(2)

    def raw(self):
        """Take all waiting messages off the queue."""
        with self.server.connect() as connection:
            channel = connection.channel()
            while message := channel.basic_get(self.queue):
                channel.basic_ack(message.delivery_tag)
                yield message

    def receive(self):
        for message in self.raw():
            body = message.body
            yield message.message_id, body if isinstance(body, bytes) else body.encode()

    def break_it(self):
        with self.server.connect() as connection:
            connection.channel().queue_unbind(self.queue, self.exchange, "#")

    def mend_it(self):
        with self.server.connect() as connection:
            connection.channel().queue_bind(self.queue, self.exchange, "#")


class NatsPlace:
    def __init__(self, server, prefix):
        self.server = server
        self.stream = prefix
        self.url = f"nats://127.0.0.1:{server.port}"
        self.spec = f"nats:{self.url}?stream={prefix}&subject={prefix}&timeout_s=20"

    def settle(self):
        pass

    def messages(self):
        return [(one.headers["Nats-Msg-Id"], one.data) for one in self.raw()]

    def raw(self):
        async def read(stream):
            count = (await stream.stream_info(self.stream)).state.last_seq
            return [await stream.get_msg(self.stream, seq) for seq in range(1, count + 1)]

        return self.ask(read)

    def ask(self, question):
        """Return the result of a coroutine that gets a JetStream context."""

        async def connected():
            client = await nats.connect(self.url)
            try:
                return await question(client.jetstream())
            finally:
                await client.close()

        return asyncio.run(connected())

    def break_it(self):
        self.server.kill()

    def mend_it(self):
        self.server.start()


class KafkaPlace(DroppingDoubles):
    def __init__(self, brokers, prefix, server=None):
        super().__init__()
        self.server = server
        self.brokers = brokers
        self.topic = prefix
        timeout_s = 2 if server else 20
        self.spec = f"kafka:kafka://{brokers}/{prefix}?timeout_s={timeout_s}"

    def raw(self):
        """Return all records, partition by partition."""
        options = {
            "bootstrap.servers": self.brokers,
            "group.id": self.topic,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
        consumer = Consumer(options)
        try:
            partitions = consumer.list_topics(self.topic, timeout=20).topics[self.topic].partitions
            consumer.assign([TopicPartition(self.topic, number, 0) for number in partitions])
            left = set(partitions)
            while left:
                record = consumer.poll(20)
                if record.error():
                    left.discard(record.partition())
                else:
                    yield record
        finally:
            consumer.close()

    def receive(self):
        for record in self.raw():
            yield dict(record.headers())["ce_id"].decode(), record.value()

    def break_it(self):
        if self.server is None:
            pytest.skip("a Kafka that others may use is not broken")
        self.server.freeze()

    def mend_it(self):
        self.server.thaw()


class SqlPlace:
    """An archive. Its events are items, and what it has of one is compared with what was sent."""

    def __init__(self, url):
        self.url = url
        self.spec = f"sql:{url}{'&' if '?' in url else '?'}days=36500&bytes=1000000000"
        self.made = {}

    def make_event(self, number, event_type, **said):
        text = said.pop("text", f"OSLO, May 1 (AP) - Part {number}.")
        item = NewsItem(uri="urn:example:talks", version=str(number), body_text=text)
        event = Event(
            id=f"e{number}",
            source="urn:feed",
            type=event_type,
            subject=item.uri,
            time=datetime.datetime(2026, 1, 12, tzinfo=datetime.UTC),
            dataschema=dataschema("item"),
            data=msgspec.Raw(dump(annotate(item))),
        )
        self.made[event.id] = event
        return DeskEntry(entry_id=f"{number}-0", id=event.id, type=event.type, body=dump(event))

    def messages(self):
        archive = open_archive(self.url)
        with contextlib.closing(archive), archive.read() as connection:
            rows = connection.execute(
                select(events.c.id, events.c.type, events.c.subject, events.c.time, versions)
                .join(versions, versions.c.id == events.c.version_id)
                .order_by(versions.c.id)
            )
            return [(row.id, dump(self.restored(row))) for row in rows]

    def restored(self, row):
        said = {name: getattr(row, name) for name in ("id", "type", "subject", "time")}
        data = msgspec.Raw(zlib.decompress(row.document))
        return msgspec.structs.replace(self.made[row.id], data=data, **said)


class SqlitePlace(SqlPlace):
    def __init__(self, directory):
        super().__init__(f"sqlite:///{directory}/archive.db")
        self.path = directory / "archive.db"

    def break_it(self):
        self.other = sqlite3.connect(self.path, isolation_level=None)
        self.other.execute("BEGIN IMMEDIATE")

    def mend_it(self):
        self.other.close()


class PostgreSQLPlace(SqlPlace):
    def __init__(self, url, server):
        super().__init__(f"{url}?sslmode=disable&connect_timeout=2")
        self.server = server
        self.name = url.rpartition("/")[2]

    def settle(self):
        pass

    def allow(self, *, connections):
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS {connections}')
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [self.name],
            )

    def break_it(self):
        self.allow(connections=False)

    def mend_it(self):
        self.allow(connections=True)


class WebhookPlace(DroppingDoubles):
    def __init__(self, receiver, secret_file):
        super().__init__()
        self.receiver = receiver
        self.spec = f"webhook:{receiver.url}#secret_file={secret_file}&private=yes"

    def receive(self):
        taken = [one for one in self.receiver.requests if 200 <= one[2] < 300]
        return [(headers["webhook-id"], body) for headers, body, _ in taken]

    def break_it(self):
        self.receiver.answer = (503, {}, b"later")

    def mend_it(self):
        self.receiver.answer = (204, {}, b"")


PLACES = {
    "amqp": lambda ask: AmqpPlace(ask("rabbitmq"), ask("prefix")),
    "jsonl": lambda ask: JsonLinesPlace(ask("tmp_path")),
    "kafka": lambda ask: KafkaPlace(ask("kafka_mock").brokers, ask("prefix"), ask("kafka_mock")),
    "kafka at KAFKA_BROKERS": lambda ask: KafkaPlace(ask("kafka_brokers"), ask("prefix")),
    "nats": lambda ask: NatsPlace(ask("nats_server"), ask("prefix")),
    "redis-stream": lambda ask: RedisStreamPlace(ask("broker_url"), ask("prefix")),
    "sql": lambda ask: SqlitePlace(ask("tmp_path")),
    "sql at PostgreSQL": lambda ask: PostgreSQLPlace(ask("make_database")(), ask("postgresql")),
    "webhook": lambda ask: WebhookPlace(ask("receiver"), ask("secret_file")),
}


@pytest.fixture
def kinds():
    return tuple(PLACES)


@pytest.fixture
def make_place(request):
    """Return a factory of places where the events of a kind of sink arrive."""
    return lambda kind: PLACES[kind](request.getfixturevalue)


@pytest.fixture(params=PLACES)
def place(request, make_place):
    """Return the place where a sink's events arrive."""
    return make_place(request.param)


@pytest.fixture
def event(request):
    """Return a factory of events: versions of one item, so that all servers keep their order."""
    place = request.getfixturevalue("place") if "place" in request.fixturenames else None

    def make(number, event_type="copytaster.item.updated", **said):
        if isinstance(place, SqlPlace):
            return place.make_event(number, event_type, **said)
        body = {"id": f"e{number}", "subject": "urn:example:talks", "n": number, **said}
        return DeskEntry(
            entry_id=f"{number}-0",
            id=f"e{number}",
            type=event_type,
            body=json.dumps(body, ensure_ascii=False).encode(),
        )

    return make


@pytest.fixture
def desk():
    return DESK


# how they get there


class Outbox:
    """A desk's stream with a single relay, which gets unconfirmed events again."""

    def __init__(self, events):
        self.left = list(events)

    def wait_for(self, condition, timeout_s=60.0):
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"not in time; left: {len(self.left)}"
            time.sleep(0.002)

    def lease(self, desk, token, *, seen=""):
        return ""

    def renew(self, desk, token):
        return True

    def leave(self, desk, token):
        pass

    def take(self, desk, token, *, limit):
        return tuple(self.left[:limit])

    def confirm(self, desk, token, entry_ids, *, refused=""):
        confirmed = {*entry_ids, refused}
        self.left = [entry for entry in self.left if entry.entry_id not in confirmed]
        return True


@pytest.fixture
def relaying(desk):
    """Relay events to a sink within the block, which gets their outbox."""

    @contextlib.contextmanager
    def relay(events, spec):
        outbox, stopping = Outbox(events), threading.Event()
        thread = threading.Thread(
            target=relay_desk,
            args=(outbox, Desk(name=desk, sink=spec), open_sink, stopping, lambda: 1.0),
        )
        thread.start()
        try:
            yield outbox
        finally:
            stopping.set()
            thread.join()

    return relay


class FaultyWay:
    """A proxy in front of a server that ends connections after some bytes.

    They are closed or reset, or nothing more comes through one of their directions. `address` is a
    port, or the path of a socket.
    """

    def __init__(self, address, seed):
        self.address = address
        self.chance = random.Random(seed)
        self.ended = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                here, _ = self.listener.accept()
            except OSError:
                return
            there = self.connect()
            end = self.chance.choices(("close", "reset", "silence"), (9, 9, 1))[0]
            up, down = self.chance.uniform(2.5, 5.2), self.chance.uniform(2.5, 4.3)
            for one, other, size in ((here, there, up), (there, here, down)):
                limit = round(10**size)  # what we send is much, and what is answered is little
                words = (one, other, limit, end)
                threading.Thread(target=self.pass_on, args=words, daemon=True).start()

    def connect(self):
        is_path = isinstance(self.address, str)
        there = socket.socket(socket.AF_UNIX if is_path else socket.AF_INET)
        there.connect(self.address if is_path else ("127.0.0.1", self.address))
        return there

    def pass_on(self, one, other, limit, end):
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                if len(data) >= limit:
                    self.ended += 1
                    other.sendall(data[:limit])
                    while end == "silence" and one.recv(65_536):
                        pass
                    break
                limit -= len(data)
                other.sendall(data)
        for each in (one, other):
            with contextlib.suppress(OSError):
                if end == "reset":
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@pytest.fixture
def make_faulty_way():
    with contextlib.ExitStack() as ways:

        def make(address, seed):
            way = FaultyWay(address, seed)
            ways.callback(way.close)
            return way

        yield make
