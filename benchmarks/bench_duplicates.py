"""Near duplicates: what a signature costs, and what the index of firsts costs on a server.

    python benchmarks/bench_duplicates.py [--runs 7] [--firsts 20000]

Signatures are timed on the made items of tests/cases/duplicates.toml, and next to datasketch's
MinHash of as many permutations where that is installed. The index is filled on an embedded broker
with made texts of 400 words, in batches of 50, once with and once without; the figures are the
server's own time in scripts and its memory. How often copies are told right is a test:
tests/unit/test_likeness.py.
"""

import argparse
import random
import tempfile
import time
import tomllib
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from _bench import describe_machine, spread

from worker.broker.embedded import open_broker
from worker.model import NewsItem, ParsedItem
from worker.model.inbox import DoorDecision
from worker.model.publishing import PublishedState, PublishRequest
from worker.parse import annotate_all
from worker.publishing.duplicates import DuplicateFinder
from worker.store.store import RedisStore
from worker.story.boilerplate import body_words
from worker.story.fingerprint import make_signature
from worker.story.minhash import BANDS, ROWS, WIDTH

CASES = Path(__file__).parents[1] / "tests" / "cases" / "duplicates.toml"
VOCABULARY = [f"word{number}" for number in range(20_000)]
BATCH = 50


def made_items(count: int, words: int = 400) -> list[ParsedItem]:
    """Texts that share words and no sentence."""
    numbers = random.Random(7)
    return [
        ParsedItem(
            item=NewsItem(
                uri=f"urn:{number}",
                version="1",
                body_text=" ".join(numbers.choices(VOCABULARY, k=words)),
                source="https://wire.example/rss",
            )
        )
        for number in range(count)
    ]


def microseconds(work: Callable[[], object], items: int, runs: int) -> str:
    took = []
    for _ in range(runs):
        started = time.process_time()
        work()
        took.append((time.process_time() - started) * 1e6 / items)
    return spread(took, "µs an item")


def time_signatures(runs: int) -> None:
    cases = tomllib.loads(CASES.read_text(encoding="utf-8"))["item"]
    bodies = [case["body"].strip() for case in cases] * 5
    items = [NewsItem(uri="urn:x", version="1", body_text=body) for body in bodies]
    parsed = annotate_all(items)
    words = [body_words(one.item, one.dateline) for one in parsed]
    print(f"{len(parsed)} items of {sum(map(len, words)) // len(words)} words")
    print(
        "sign:     ",
        microseconds(lambda: [make_signature(one) for one in parsed], len(parsed), runs),
    )
    print("annotate: ", microseconds(lambda: annotate_all(items), len(items), runs))
    try:
        from datasketch import MinHash  # noqa: PLC0415  # not one of our dependencies
    except ImportError:
        return

    def minhash() -> None:
        for one in words:
            ends = range(WIDTH, len(one) + 1)
            runs_of_words = [" ".join(one[end - WIDTH : end]).encode() for end in ends]
            MinHash(num_perm=BANDS * ROWS).update_batch(runs_of_words)

    print("datasketch:", microseconds(minhash, len(words), runs))


def fill(store: RedisStore, items: Sequence[ParsedItem], *, placed: bool) -> tuple[float, float]:
    """Microseconds that the server's scripts took an item, to look up and to publish."""
    looked = published = 0.0
    for start in range(0, len(items), BATCH):
        batch = items[start : start + BATCH]
        for _ in batch:
            store.inbox.put("{}")
        messages, _ = store.inbox.read_doors(BATCH, 1000)
        store.inbox.enter([DoorDecision(message=message, word="work") for message in messages])
        entries = store.inbox.take_work(BATCH, 60_000)
        ask(store, "CONFIG", "RESETSTAT")
        finder = DuplicateFinder(store.publications, batch)
        looked += script_time(store)
        requests = [
            PublishRequest(
                entry=entry,
                uri=one.item.uri,
                version="1",
                expected=None,
                publications=(),
                placing=finder.match(one, PublishedState()).placing if placed else None,
            )
            for entry, one in zip(entries, batch, strict=True)
        ]
        ask(store, "CONFIG", "RESETSTAT")
        store.publications.publish(requests)
        published += script_time(store)
    return looked / len(items), published / len(items)


def ask(store: RedisStore, *words: str) -> str:
    reply: bytes = store._server.call(*words)  # noqa: SLF001  # what only the server knows
    return reply.decode()


def script_time(store: RedisStore) -> float:
    stats = ask(store, "INFO", "commandstats")
    lines = [line for line in stats.splitlines() if line.startswith("cmdstat_evalsha:")]
    return sum(float(line.partition("usec=")[2].partition(",")[0]) for line in lines)


def used_bytes(store: RedisStore) -> int:
    stats = ask(store, "INFO", "memory")
    return int(stats.partition("used_memory:")[2].split()[0])


def measure_index(count: int) -> None:
    items = made_items(count)
    with tempfile.TemporaryDirectory() as folder, open_broker(Path(folder)) as broker:
        for placed in (False, True):
            prefix = f"b{uuid.uuid4().hex[:8]}"
            store = RedisStore(broker.url, prefix=prefix, near_length=count)
            before = used_bytes(store)
            looked, published = fill(store, items, placed=placed)
            taken = (used_bytes(store) - before) / count
            name = "with the index" if placed else "without it"
            print(f"{name}: publish {published:.0f} µs an item, {taken:,.0f} bytes an item", end="")
            print(f", look-up {looked:.0f} µs an item" if placed else "")
            store.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--firsts", type=int, default=20_000)
    asked = options.parse_args()
    print(describe_machine("numpy"))
    time_signatures(asked.runs)
    measure_index(asked.firsts)


if __name__ == "__main__":
    main()
