"""Do the simulation and the contract tests notice a fault in a script? Each mutant is one change.

The simulation runs so many schedules against a mutant, and what it lets live meets the contract
tests of the store. What both let live has to stand in mutants.toml with the reason why it may; a
survivor that does not, or one there that is none any more, fails the run.

    mutate.py                   all scripts: an hour and a half on two cores
    mutate.py publish lib/items those alone
"""

import argparse
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
from mutants import SCRIPTS, Mutant, find_mutants
from schedule import draw
from server import Server, missing
from service import Parser, use_scripts

ACCEPTED = Path(__file__).with_name("mutants.toml")
ROOT = Path(__file__).parents[2]
START_SEED = 1_000_000
TESTS_S = 600


class Fate(msgspec.Struct, frozen=True):
    """What became of a mutant: "schedule" or "test" says who noticed it; empty: nobody did."""

    mutant: Mutant
    noticed_by: str
    how: str = ""


def main() -> int:
    """Return 1 for a survivor without a reason, or a reason without a survivor; 2 where nothing
    could be tried.
    """
    about = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    about.add_argument("scripts", nargs="*", help="such as publish or lib/order; all by default")
    about.add_argument("--schedules", type=int, default=120, help="for each mutant")
    about.add_argument("--processes", type=int, default=os.cpu_count())
    about.add_argument("--every", type=int, default=1, help="try each n-th mutant alone")
    about.add_argument("--no-tests", action="store_true", help="schedules alone")
    options = about.parse_args()
    if words := missing():
        print(words, file=sys.stderr)
        return 2
    if not options.no_tests and (failed := _failed_test(SCRIPTS.parent)):
        print(f"the tests fail without a mutant: {failed}", file=sys.stderr)
        return 2
    return _report(list(_try_all(options)), whole=options.every == 1 and not options.no_tests)


def _try_all(options: argparse.Namespace) -> Iterator[Fate]:
    mutants = [
        mutant
        for path in sorted(SCRIPTS.rglob("*.lua"))
        if not options.scripts
        or path.relative_to(SCRIPTS).with_suffix("").as_posix() in options.scripts
        for mutant in find_mutants(path)
    ][:: options.every]
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(options.processes, _begin, (options.schedules, not options.no_tests)) as pool:
        for n, fate in enumerate(pool.imap_unordered(_try, mutants), 1):
            print(f"{n}/{len(mutants)} {_line(fate)}", flush=True)
            yield fate


def _line(fate: Fate) -> str:
    who = fate.noticed_by or "NOBODY"
    mutant = fate.mutant
    return f"{who:8} {mutant.file}:{mutant.line} {mutant.name}  {fate.how[:100]}"


# in a process of the pool


class _Bench:
    """Where mutants are tried: a server, and a folder that takes the place of the scripts'."""

    def __init__(self, schedules: int, has_tests: bool) -> None:
        self.has_tests = has_tests
        self.home = Path(tempfile.mkdtemp(prefix="mutants-"))
        shutil.copytree(SCRIPTS, self.home / "scripts")
        use_scripts(self.home)
        self.server, self.parser = Server(), Parser()
        seeds = range(START_SEED, START_SEED + schedules)
        # What the scripts break as they are tells nothing of a mutant.
        self.seeds = [seed for seed in seeds if not draw(self.server, self.parser, seed).bad]


_benches: list[_Bench] = []


def _begin(schedules: int, has_tests: bool) -> None:
    _benches.append(_Bench(schedules, has_tests))


def _try(mutant: Mutant) -> Fate:
    (bench,) = _benches
    path = bench.home / "scripts" / mutant.file
    path.write_text(mutant.text, encoding="utf-8")
    try:
        if how := _by_schedules(bench):
            return Fate(mutant, "schedule", how)
        if bench.has_tests and (how := _failed_test(bench.home)):
            return Fate(mutant, "test", how)
        return Fate(mutant, "")
    finally:
        shutil.copy(SCRIPTS / mutant.file, path)


def _by_schedules(bench: _Bench) -> str:
    """What the first schedule that breaks a promise says; empty where none does."""
    use_scripts(bench.home)
    bench.server.load_scripts()
    for turn, seed in enumerate(bench.seeds, 1):
        try:
            bad = draw(bench.server, bench.parser, seed).bad
        except Exception as error:  # noqa: BLE001  # a store that cannot even be asked
            bad = (f"{type(error).__name__}: {error}",)
        if bad:
            return f"after {turn}: {bad[0]}"
    return ""


def _failed_test(home: Path) -> str:
    """The first test that fails with the scripts of a folder; empty where none does."""
    here = Path(__file__).parent
    words = ["-q", "-x", "-p", "no:randomly", "-p", "mutated", "-p", "no:cacheprovider"]
    # The store's own first; archive, sinks and sources use no script that these do not.
    files = [*map(str, sorted(ROOT.glob("tests/contract/test_*.py"))), "tests/contract/site"]
    try:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", *words, *files],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(here), "MUTATED_SCRIPTS": str(home)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TESTS_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"the tests had not ended after {TESTS_S} s"
    failed = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return "; ".join(failed) or (f"pytest ended with {run.returncode}" if run.returncode else "")


# what is told


def _report(fates: list[Fate], *, whole: bool) -> int:
    """Print the score of each script; 1 where the list of survivors is not the accepted one."""
    of_file: dict[str, list[Fate]] = defaultdict(list)
    for fate in fates:
        of_file[fate.mutant.file].append(fate)
    print(f"\n{'script':28} {'mutants':>8} {'schedule':>9} {'test':>6} {'nobody':>7} {'score':>6}")
    for file, some in sorted(of_file.items()):
        print(_row(file, some))
    print(_row("all", fates))
    accepted = {
        (one["file"], one["name"])
        for one in tomllib.loads(ACCEPTED.read_text(encoding="utf-8")).get("survivor", [])
    }
    alive = {(one.mutant.file, one.mutant.name) for one in fates if not one.noticed_by}
    tried = {(one.mutant.file, one.mutant.name) for one in fates}
    files = set(of_file)
    new = sorted(alive - accepted)
    gone = sorted(one for one in accepted - alive if one in tried or (whole and one[0] in files))
    for file, name in new:
        print(f"SURVIVES, and {ACCEPTED.name} has no reason: {file}: {name}")
    for file, name in gone:
        print(f"survives no more, or is no mutant now: {file}: {name}")
    return int(bool(new or gone))


def _row(name: str, fates: list[Fate]) -> str:
    by = [fate.noticed_by for fate in fates]
    score = 100 * (1 - by.count("") / len(by)) if by else 100
    counts = f"{len(by):8} {by.count('schedule'):9} {by.count('test'):6} {by.count(''):7}"
    return f"{name:28} {counts} {score:5.0f}%"


if __name__ == "__main__":
    sys.exit(main())
