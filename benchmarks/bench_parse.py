"""Characters a second of `annotate` and of each stage, one process, CPU time.

    python benchmarks/bench_parse.py [--runs 7]

Corpus: the wire items of seeds/items, made larger by renaming (worker.demo.scale_items). The
answer is checked before the clock starts: the seeds' datelines against tests/cases/seeds.toml.
"""

import argparse
import io
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from _bench import describe_machine, spread

from worker.cli.jsonl import reply_to_all
from worker.cli.sources import waiting_lines
from worker.demo.corpus import load_seed_items
from worker.demo.scale import scale_items
from worker.model import Dateline, NewsItem
from worker.parse import annotate, annotate_all
from worker.parse.dateline import find_dateline
from worker.parse.editorial import find_life
from worker.parse.entities import find_entities
from worker.parse.entity_registry import Registry
from worker.parse.quotes import find_quotes
from worker.parse.text import WireText

CASES = Path(__file__).parents[1] / "tests" / "cases" / "seeds.toml"
ITEMS = 400
BATCH = 50
"""Items that are read together, as a worker does."""
Work = Callable[[Sequence[NewsItem]], object]


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


def rate(items: Sequence[NewsItem], work: Work) -> float:
    """Characters a second of CPU time over all items."""
    started = time.process_time()
    work(items)
    return sum(len(item.text) for item in items) / (time.process_time() - started)


def one_by_one(read: Callable[[NewsItem], object]) -> Work:
    """Each item alone."""
    return lambda items: [read(item) for item in items]


def together(items: Sequence[NewsItem]) -> object:
    """As many items together as a worker reads."""
    return [annotate_all(items[at : at + BATCH]) for at in range(0, len(items), BATCH)]


def as_lines(items: Sequence[NewsItem]) -> Callable[[], list[bytes]]:
    """What `copytaster parse --jsonl` does with the items, all of which wait, but for printing."""
    body = b"".join(
        msgspec.json.encode({"id": item.uri, "text": item.text}) + b"\n" for item in items
    )
    return lambda: [
        msgspec.json.encode(reply)
        for lines in waiting_lines(io.BytesIO(body))
        for reply in reply_to_all(lines)
    ]


def stages(items: Sequence[NewsItem]) -> dict[str, Work]:
    """Each stage, given what the stages before it found (made outside the clock)."""
    made: dict[str, tuple[WireText, Dateline | None, Registry]] = {}

    def given(item: NewsItem) -> tuple[WireText, Dateline | None, Registry]:
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

    lines = as_lines(items)
    return {
        "dateline": one_by_one(lambda item: find_dateline(WireText(item.text))),
        "entities": one_by_one(entities),
        "quotes": one_by_one(quotes),
        "life": one_by_one(lambda item: find_life(given(item)[0], item)),
        "annotate, one by one": one_by_one(annotate),
        f"annotate, {BATCH} together": together,
        "parse --jsonl": lambda _: lines(),
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
    rows = stages(items)
    for work in rows.values():
        rate(items, work)  # tables are loaded, branches are warm
    taken: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(runs):  # alternating, so that a noisy minute falls on every row
        for name, work in rows.items():
            taken[name].append(rate(items, work))
    for name, values in taken.items():
        print(f"  {name:21s} {spread(values, 'characters/s')}")
        if name.startswith(("annotate", "parse")):
            print(f"  {'':21s} {spread([v * len(items) / size for v in values], 'items/s')}")


if __name__ == "__main__":
    main()
