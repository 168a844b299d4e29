"""Time from the start of Python to the first result of the package `copytaster`.

    python benchmarks/bench_first_result.py [--runs 7]

Cold: the files of Python, of the package and of its dependencies are dropped from the page cache
before the start. Warm: they are in it. Cold and warm runs alternate.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from _bench import describe_machine

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """
from copytaster import parse_text
article = parse_text('KIEV, January 12. /TASS/. "All is calm," Anna Moroz said.')
assert article.quotes[0].speaker == "Anna Moroz"
"""


def files_of_a_run() -> list[Path]:
    """Return the files that a run may read."""
    libraries = Path(sysconfig.get_path("platlib"))
    folders = [ROOT / "copytaster", ROOT / "worker", Path(sysconfig.get_path("stdlib"))]
    folders += [libraries / name for name in ("numpy", "numpy.libs", "msgspec")]
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def drop_from_cache(paths: Iterable[Path]) -> None:
    """Ask the kernel to forget the contents of the files."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)


def run_once() -> tuple[float, float]:
    """Return the seconds and the CPU seconds of a first result, process start included."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu


def report(name: str, runs: Sequence[tuple[float, float]]) -> None:
    """Print the median of the runs and their range."""
    walls, cpus = zip(*runs, strict=True)
    print(
        f"{name}: {statistics.median(walls):.2f} s ({min(walls):.2f}-{max(walls):.2f}), "
        f"CPU {statistics.median(cpus):.2f} s ({min(cpus):.2f}-{max(cpus):.2f})"
    )


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    print(describe_machine(), f"load {os.getloadavg()[0]:.1f}", sep="\n")
    paths = files_of_a_run()
    run_once()  # writes what is not yet compiled
    cold, warm = [], []
    for _ in range(runs):
        drop_from_cache(paths)
        cold.append(run_once())
        warm.append(run_once())
    report("cold", cold)
    report("warm", warm)


if __name__ == "__main__":
    main()
