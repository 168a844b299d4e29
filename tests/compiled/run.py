"""Compares the compiled modules of a wheel with the same modules in pure Python.

    python tests/compiled/run.py dist/copytaster-VERSION-cp311-cp311-PLATFORM.whl --seeds 1 2

The wheel is unpacked twice, once without its libraries. The unit tests of the parser run against
the one; then each reads the strings of the case files and random and hostile texts.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from texts import HOSTILE_TEXTS, hostile_texts, ordinary_texts

ROOT = Path(__file__).parents[2]
READER = Path(__file__).with_name("read.py")


def main() -> int:
    """Return 1 if a test fails, a process dies or an answer differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--texts", action="store_true", help="leave out the unit tests")
    parser.add_argument("--seeds", type=int, nargs="+", default=[], help="10,000 more texts each")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(said.wheel) as wheel:
        compiled, pure = Path(folder, "compiled"), Path(folder, "pure")
        wheel.extractall(compiled)
        wheel.extractall(pure, [name for name in wheel.namelist() if not name.endswith(".so")])
        failed = not said.texts and run_tests(compiled) != 0
        return int(not same_answers(compiled, pure, said.seeds) or failed)


def environment(folder: Path) -> dict[str, str]:
    """Return the environment in which the package is that of the folder."""
    return {**os.environ, "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}


def run_tests(folder: Path) -> int:
    """Run the unit tests that import the parser; return pytest's exit code."""
    tests = [
        str(path)
        for path in sorted((ROOT / "tests" / "unit").glob("test_*.py"))
        if "worker.parse" in path.read_text(encoding="utf-8")
    ]
    words = [sys.executable, "-m", "pytest", "-q", "-n", "2", *tests]
    return subprocess.run(words, cwd=ROOT, env=environment(folder), check=False).returncode


def same_answers(compiled: Path, pure: Path, seeds: Sequence[int]) -> bool:
    """Print whether both read all texts alike, and the first text that they do not."""
    running = [start_reader(compiled, seeds), start_reader(pure, seeds)]
    (module, *ours), (_, *theirs) = (process.communicate()[0].splitlines() for process in running)
    texts = [*hostile_texts(), *ordinary_texts(seeds)]
    print(f"{module}: {len(texts)} texts, {HOSTILE_TEXTS} of them hostile")
    if not module.endswith(".so"):
        print("the wheel has no compiled modules")
    elif len(ours) != len(texts) or len(theirs) != len(texts):
        at = min(len(ours), len(theirs))
        codes = [process.returncode for process in running]
        print(f"a process ended at text {at}, exit codes {codes}: {texts[at][:200]!a}")
    elif raised := [at for at, line in enumerate(ours) if line.startswith("raised")]:
        print(f"{len(raised)} texts raise, the first {ours[raised[0]]}: {texts[raised[0]][:200]!a}")
    else:
        return differences(texts, ours, theirs) == 0
    return False


def start_reader(folder: Path, seeds: Sequence[int]) -> subprocess.Popen[str]:
    """Start a process that prints what the package of the folder makes of each text."""
    words = [sys.executable, str(READER), *map(str, seeds)]
    path = environment(folder)
    path["PYTHONPATH"] += os.pathsep + str(READER.parent)
    return subprocess.Popen(words, env=path, stdout=subprocess.PIPE, text=True)


def differences(texts: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> int:
    """Print and return how many texts are read otherwise, and the first of them."""
    found = [at for at, line in enumerate(ours) if line != theirs[at]]
    print(f"{len(found)} are read otherwise" if found else "all are read alike")
    if found:
        print(f"the first: {texts[found[0]][:200]!a}")
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
