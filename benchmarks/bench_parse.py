"""Characters a second of `annotate` and of each stage, one process, CPU time.

    python benchmarks/bench_parse.py [--runs 7]

Corpus: the wire items of seeds/items, made larger by renaming (worker.demo.scale_items). The
answer is checked before the clock starts: the seeds' datelines against tests/cases/seeds.toml.
"""

import argparse
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from _bench import describe_machine, spread

from worker.demo.corpus import load_seed_items
from worker.demo.scale import scale_items
from worker.model import NewsItem
from worker.parse import annotate, annotate_all
from worker.parse.dateline import find_dateline
from worker.parse.editorial import find_life
from worker.parse.entities import find_entities
from worker.parse.quotes import find_quotes
from worker.parse.text import WireText

CASES = Path(__file__).parents[1] / "tests" / "cases" / "seeds.toml"
ITEMS = 400
BATCH = 50
"""Items that are read together, as a worker does."""


def check() -> str:
    """Share of the seeds whose dateline is read right; the benchmark stops below nine in ten."""
    expected = {case["name"]: case for case in tomllib.loads(CASES.read_text("utf-8"))["item"]}
    right = 0
    for seed in load_seed_items():
        dateline = annotate(seed.item).dateline
        wanted = expected[seed.name].get("dateline")
        if wanted is None or dateline is None:
            right += wanted is None and dateline is None
            continue
        places = [place.name for place in dateline.places]
        right += places == wanted["places"] and dateline.agency == wanted.get("agency")
    if right < 0.9 * len(expected):
        sys.exit(f"only {right} of {len(expected)} datelines are right: nothing to time")
    return f"{right} of {len(expected)} datelines of the seeds right"


def annotate_batch(item: NewsItem) -> object:
    """The row that `rate` runs in batches; one item alone is a batch too."""
    return annotate_all([item])


def rate(items: list[NewsItem], work: Callable[[NewsItem], object]) -> float:
    """Characters a second of CPU time over all items."""
    started = time.process_time()
    if work is annotate_batch:
        for at in range(0, len(items), BATCH):
            annotate_all(items[at : at + BATCH])
    else:
        for item in items:
            work(item)
    return sum(len(item.text) for item in items) / (time.process_time() - started)


def stages() -> dict[str, Callable[[NewsItem], object]]:
    """Each stage, given what the stages before it found (made outside the clock)."""
    made: dict[str, tuple[WireText, object, object]] = {}

    def given(item: NewsItem) -> tuple[WireText, object, object]:
        if item.uri not in made:
            text = WireText(item.text)
            dateline = find_dateline(text, item.published.date() if item.published else None)
            made[item.uri] = (text, dateline, find_entities(text, dateline))
        return made[item.uri]

    def quotes(item: NewsItem) -> object:
        text, dateline, registry = given(item)
        return find_quotes(text, registry, dateline)

    def entities(item: NewsItem) -> object:
        text, dateline, _ = given(item)
        return find_entities(text, dateline)

    return {
        "dateline": lambda item: find_dateline(WireText(item.text)),
        "entities": entities,
        "quotes": quotes,
        "life": lambda item: find_life(given(item)[0], item),
        "annotate, one by one": annotate,
        f"annotate, {BATCH} together": annotate_batch,
    }


def main() -> None:
    """Check, then print one row a stage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    print(describe_machine("msgspec"))
    print(check())
    items = [seed.item for seed in scale_items(ITEMS)]
    size = sum(len(item.text) for item in items)
    print(f"{len(items)} items, {size:,} characters, {runs} runs, CPU time of one process")
    rows = stages()
    for work in rows.values():
        rate(items, work)  # tables are loaded, branches are warm
    taken: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(runs):  # alternating, so that a noisy minute falls on every row
        for name, work in rows.items():
            taken[name].append(rate(items, work))
    for name, values in taken.items():
        print(f"  {name:21s} {spread(values, 'characters/s')}")
        if name.startswith("annotate"):
            print(f"  {'':21s} {spread([v * len(items) / size for v in values], 'items/s')}")


if __name__ == "__main__":
    main()
