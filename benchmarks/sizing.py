"""How much memory the broker needs, by items a second: the sizing table of docs/deploy.md.

    python benchmarks/sizing.py [--items 20000] [--desks 3]

Made-up items go the whole way, from the door to the desks, on a server of their own. What each kind
of key takes is then measured there, by an item, and multiplied by how long it is kept. Checked
first: each item is on the desk `items` once.
"""

import argparse
import datetime
import hashlib
import json
import logging
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import redis
import structlog
from _bench import describe_machine

from worker.broker.embedded import open_broker
from worker.demo.scale import scale_items
from worker.desks import DEFAULT_DESKS, Desk, read_desks
from worker.dispatch import Batch, InboxConsumer
from worker.model.codec import dump
from worker.publishing.parse_task import parse_entries
from worker.services import Services
from worker.settings import Settings
from worker.store.store import RedisStore
from worker.web.client import HttpFetcher

RATES = (0.1, 1, 4, 10, 40)
AT_ONCE = 400
GENERATIONS = 4
MIB = 2**20


class Queues:
    """Task messages, done at once."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []

    def lengths(self, *queues: str) -> dict[str, int]:
        return dict.fromkeys(queues, 0)

    def poll(self, leases: Sequence[tuple[str, str]]) -> None:
        raise NotImplementedError

    def read_pages(self, leases: Sequence[tuple[str, str]]) -> None:
        raise NotImplementedError

    def parse(self, batch: Batch) -> None:
        self.batches.append(batch)


def fill(services: Services, items: int) -> None:
    """Have so many items published."""
    queues = Queues()
    consumer = InboxConsumer(services.settings, services.store, queues)
    waiting = 0
    for made in scale_items(items):
        services.store.inbox.put(dump(made.item))
        waiting += 1
        if waiting == AT_ONCE:
            work(services, consumer, queues)
            waiting = 0
    work(services, consumer, queues)


def work(services: Services, consumer: InboxConsumer, queues: Queues) -> None:
    while services.store.stats.sizes()["inbox"]:
        consumer.step()
        for batch in queues.batches:
            parse_entries(services.publishing, batch.stream, batch.ids)
        queues.batches.clear()


def sizes_of(client: redis.Redis, prefix: str) -> Mapping[str, int]:
    """Bytes by the first word of the key behind the prefix; of a desk, by its whole name."""
    sizes: Counter[str] = Counter()
    for key in client.scan_iter(count=1000):
        words = key.decode().removeprefix(f"{prefix}:").split(":")
        name = ":".join(words[:2]) if words[0] == "desk" else words[0]
        sizes[name] += client.memory_usage(key, samples=0) or 0
    return sizes


def record_bytes(client: redis.Redis, prefix: str) -> float:
    """Bytes of one item's record where an item comes each second: what was written here, once more
    and as often as a generation of records holds, under other names.
    """
    values = [
        value
        for key in client.scan_iter(f"{prefix}:items:*", count=1000)
        for value in client.hvals(key)
    ]
    count = round(Settings().known_for_s / (GENERATIONS - 1))
    before = client.info("memory")["used_memory"]
    pipeline = client.pipeline(transaction=False)
    for number in range(count):
        digest = hashlib.sha256(str(number).encode()).digest()
        bucket = f"{prefix}:items:99:{digest[0] * 64 + digest[1] // 4}"
        pipeline.hset(bucket, digest[1:12], values[number % len(values)])
        pipeline.expire(bucket, 86_400, nx=True)
        if number % 2000 == 0:
            pipeline.execute()
    pipeline.execute()
    return float(client.info("memory")["used_memory"] - before) / count


def desks_of(count: int) -> tuple[Desk, ...]:
    if count == len(DEFAULT_DESKS):
        return DEFAULT_DESKS
    text = "".join(f'[[desk]]\nname = "d{number}"\n' for number in range(count))
    return read_desks(text.replace('"d0"', '"items"'), subject="sizing")


def report(  # noqa: PLR0917  # what was measured
    sizes: Mapping[str, int],
    record: float,
    firsts: int,
    items: int,
    settings: Settings,
    broker: str,
) -> None:
    """Print bytes by item, then the table."""
    each = {name: size / items for name, size in sizes.items()}
    each |= {"items": record, "near": sizes["near"] / firsts}
    kept_s = settings.known_for_s * (1 + 0.5 / (GENERATIONS - 1))
    by_rate = each["items"] * kept_s + each["recent"] * settings.kill_window_s
    print(f"{broker}; {items} items; {describe_machine()}")
    print(f"record of an item       {each['items']:8.0f} bytes, kept {kept_s / 86_400:.1f} days")
    print(f"listed for kills        {each['recent']:8.0f} bytes, kept a day")
    print(f"a first                 {each['near']:8.0f} bytes, {settings.firsts_length} kept")
    print(f"copy                    {each['copies']:8.0f} bytes, up to {MIB * 128 // MIB} MiB")
    for name, size in sorted(each.items()):
        if name.startswith("desk:"):
            print(f"{name:23s} {size:8.0f} bytes, {settings.desk_length} events kept")
    print(f"so each item a second sustained takes {by_rate / 1e6:.0f} MB\n")
    print("| items per second | per day | grows with the rate | limited | total |")
    print("|---|---|---|---|---|")
    for rate in RATES:
        day = rate * 86_400
        firsts = min(rate * settings.firsts_for_s, settings.firsts_length) * each["near"]
        copies = min(rate * settings.copies_for_s * each["copies"], 1.3 * settings.copies_bytes)
        desks = sum(
            min(settings.desk_length, day * 30) * size
            for name, size in each.items()
            if name.startswith("desk:")
        )
        bounded = firsts + copies + desks
        growing = rate * by_rate
        print(
            f"| {rate:g} | {day:,.0f} | {growing / MIB:,.0f} MiB | {bounded / MIB:,.0f} MiB "
            f"| {(growing + bounded) / MIB:,.0f} MiB |"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--desks", type=int, default=len(DEFAULT_DESKS))
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with (
        tempfile.TemporaryDirectory(prefix="sizing-") as scratch,
        open_broker(Path(scratch)) as broker,
    ):
        settings = Settings(redis_url=broker.url)
        services = Services(
            settings=settings,
            store=RedisStore(broker.url, prefix="sizing"),
            http=HttpFetcher(user_agent="sizing"),
            desks=desks_of(options.desks),
            now=lambda: datetime.datetime.now(datetime.UTC),
        )
        fill(services, options.items)
        events = services.store.desks.read("items", limit=options.items + 1)
        uris = {json.loads(event.body)["subject"] for event in events}
        if len(events) != options.items or len(uris) != options.items:
            raise SystemExit(f"{len(events)} events of {len(uris)} items on the desk `items`")
        client = redis.Redis.from_url(broker.url, protocol=2)
        server = client.info("server")
        version = server.get("valkey_version", server["redis_version"])
        name = f"{server.get('server_name', 'redis')} {version}"
        sizes = sizes_of(client, "sizing")
        firsts = client.zcard("sizing:near:ages")
        record = record_bytes(client, "sizing")
        report(sizes, record, firsts, options.items, settings, name)
        services.close()


if __name__ == "__main__":
    main()
