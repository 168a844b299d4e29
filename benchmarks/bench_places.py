"""The place table: file, time to be ready, memory, time of a look-up, and how often it is right.

    python benchmarks/bench_places.py [--runs 9]

Ready and memory are measured in a fresh process each time, with the modules imported: the time to
the first answer; private pages by /proc/self/smaps before and after, and the pages of the table
that are in memory, after every name of tests/cases/places.toml was looked up. Look-ups are timed
with nothing cached and with the cache that stands in front of the table.
"""

import argparse
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from _bench import describe_machine, spread

from worker.parse.places import resolve
from worker.parse.places.areas import load_areas
from worker.parse.places.gazetteer import Gazetteer
from worker.parse.places.table import load_table

CASES = Path(__file__).parents[1] / "tests" / "cases" / "places.toml"
PRINTED = re.compile(r"(?P<name>[^,/]+?)(?:, (?P<after>.+)| /(?P<slashed>.+)/)?")
LOOK_UPS = 20_000

FRESH = """
import sys, time

def private_and_table():
    private = table = 0
    in_table = False
    for line in open("/proc/self/smaps"):
        word = line.split()
        if "-" in word[0] and ":" not in word[0]:
            in_table = line.rstrip().endswith("places.bin")
        elif word[0] == "Rss:" and in_table:
            table += int(word[1])
        elif word[0] in ("Private_Clean:", "Private_Dirty:") and not in_table:
            private += int(word[1])
    return private, table

from worker.parse.places import resolve
before, _ = private_and_table()
started = time.perf_counter()
resolve("KYIV")
ready_ms = (time.perf_counter() - started) * 1000
for name in sys.stdin.read().split("\\n"):
    resolve(name)
after, table = private_and_table()
print(ready_ms, after - before, table)
"""


def split(printed: str) -> tuple[str, tuple[str, ...]]:
    """`PORTLAND, Maine` as a name and what is printed beside it."""
    found = PRINTED.fullmatch(printed)
    if found is None:
        sys.exit(f"{CASES.name}: {printed!r} is no printed place")
    beside = found["after"] or found["slashed"]
    return found["name"], (beside,) if beside else ()


def check(rows: list[list[object]]) -> str:
    """Share of the printed places in the right country; the benchmark stops below 98 in 100."""
    answers = [resolve(name, qualifiers=beside) for name, beside in map(split, map(_name, rows))]
    right = sum(
        place is not None and place.iso == row[1] for row, place in zip(rows, answers, strict=True)
    )
    if right < 0.98 * len(rows):
        sys.exit(f"only {right} of {len(rows)} countries are right: nothing to time")
    return f"{right} of {len(rows)} printed places in the right country"


def _name(row: list[object]) -> str:
    return str(row[0])


def fresh(names: str) -> tuple[float, float, float]:
    """Milliseconds to be ready, KiB of private memory gained, KiB of the table touched."""
    done = subprocess.run(
        [sys.executable, "-c", FRESH], input=names, capture_output=True, text=True, check=True
    )
    ready_ms, private, table = map(float, done.stdout.split())
    return ready_ms, private, table


def microseconds(work: Callable[[str, tuple[str, ...]], object], rows: list[list[object]]) -> float:
    """CPU time of one look-up."""
    printed = [split(_name(row)) for row in rows]
    wanted = [printed[number % len(printed)] for number in range(LOOK_UPS)]
    started = time.process_time()
    for name, beside in wanted:
        work(name, beside)
    return (time.process_time() - started) / LOOK_UPS * 1e6


def main() -> None:
    """Check, then print one row a measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    rows = [
        row for group in tomllib.loads(CASES.read_text("utf-8"))["group"] for row in group["places"]
    ]
    print(describe_machine("msgspec"))
    print(check(rows))
    size = (resources.files("worker.parse") / "data" / "places.bin").stat().st_size
    print(f"  file       {size / 2**20:.2f} MiB")
    names = "\n".join(split(_name(row))[0] for row in rows)
    ready, private, table = zip(*(fresh(names) for _ in range(runs)), strict=True)
    print(f"  ready      {spread(ready, 'ms')}")
    print(f"  private    {spread(private, 'KiB')}")
    print(f"  of table   {spread(table, 'KiB')}")
    gazetteer = Gazetteer(load_table(), load_areas())
    cached = [microseconds(gazetteer.resolve, rows) for _ in range(runs)]
    uncached = [microseconds(_forgetful(gazetteer), rows) for _ in range(runs)]
    print(f"  look-up    {spread(uncached, 'us')}, nothing cached")
    print(f"  look-up    {spread([value * 1000 for value in cached], 'ns')}, cached")


def _forgetful(gazetteer: Gazetteer) -> Callable[[str, tuple[str, ...]], object]:
    """`resolve` past both of its caches."""
    plain: Callable[..., object] = Gazetteer.resolve.__wrapped__
    forget = Gazetteer._rows.cache_clear  # noqa: SLF001  # the cache is what is not to be timed

    def work(name: str, beside: tuple[str, ...]) -> object:
        forget()
        return plain(gazetteer, name, beside)

    return work


if __name__ == "__main__":
    main()
