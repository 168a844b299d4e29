"""`make test TESTS=...`: a path that is not there ends it before pytest starts."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(
    ("tests", "missing"),
    [
        ("tests/unit/nosuch.py", "tests/unit/nosuch.py"),
        ("tests/unit tests/nosuch/test_x.py::test_y", "tests/nosuch/test_x.py"),
        ("tests/unit/test_make_test.py::test_y -k tests", ""),
        ("", ""),
    ],
)
def test_a_path_that_is_not_there_is_named(tests, missing):
    # Nothing is set up, and the Python that would run pytest is not there.
    words = ["make", "-s", "-o", ".venv/.ready", "test", f"TESTS={tests}", "BIN=tests/unit/none"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    said = [line for line in done.stderr.splitlines() if line.startswith("make test: ")]
    assert said == ([f"make test: there is no {missing}"] if missing else [])
