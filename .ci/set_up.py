"""Makes a virtual environment with the packages of lock files and this package, for the Makefile.

`python3 .ci/set_up.py FOLDER LOCK...` shows on a line how far it is. It needs nothing but Python.
"""

from __future__ import annotations  # the reason of a refusal is for older versions of Python

import contextlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PIP = ("-m", "pip", "--disable-pip-version-check", "install", "--no-compile")
PIN = re.compile(r"^[a-z0-9][\w.-]*(?===)", re.MULTILINE)
FETCHED = re.compile(r"^Collecting ", re.MULTILINE)
FAILED = re.compile(r"^ERROR: .*", re.MULTILINE)
LOOK_S = 0.2


def main() -> int:
    """Set up the folder; return 1, with pip's errors, if that fails."""
    folder, *locks = map(Path, sys.argv[1:])
    if sys.version_info < (3, 11):  # noqa: UP036  # pip is not asked yet, which would refuse
        version = sys.version.split()[0]
        return fail(
            f"copytaster needs Python 3.11 or newer, and {sys.executable} is {version}; "
            "name another: make PYTHON=python3.12 ..."
        )
    python = str(folder / "bin" / "python")
    named = [word for lock in locks for word in ("--requirement", str(lock))]
    own = ["--no-deps", "--no-build-isolation", "--editable", "."]
    line = Line(f"copytaster: setting up {folder} (once)")
    for command, say in (
        ([sys.executable, "-m", "venv", "--clear", str(folder)], lambda _: "making a folder"),
        # A lock names every package: pip need not, and with an older pip could not, resolve them.
        ([python, *PIP, "--no-deps", "--require-hashes", *named], counter(folder, locks)),
        ([python, *PIP, *own], lambda _: "installing copytaster"),
    ):
        log, code = follow(command, line, say)
        if code:
            line.end("failed")
            return fail("\n".join(FAILED.findall(log)) or log[-2000:])
    line.end("done")
    return 0


def counter(folder: Path, locks: list[Path]) -> Callable[[str], str]:
    """Return a function that says, from pip's output, how many packages are there."""
    pins = {pin for lock in locks for pin in PIN.findall(lock.read_text(encoding="utf-8"))}

    def count(log: str) -> str:
        if "Installing collected packages" in log:
            there = len(list(folder.glob("lib/python3*/site-packages/*.dist-info")))
            return f"installing package {min(there, len(pins))} of {len(pins)}"
        return f"fetching package {min(len(FETCHED.findall(log)), len(pins))} of {len(pins)}"

    return count


def follow(command: list[str], line: Line, say: Callable[[str], str]) -> tuple[str, int]:
    """Run a command, and show what `say` makes of its output; return the output and the code."""
    with tempfile.NamedTemporaryFile() as output:
        log = Path(output.name)
        process = subprocess.Popen(command, stdout=output, stderr=output)  # noqa: S603  # our own commands
        try:
            while process.poll() is None:
                line.show(say(log.read_text(encoding="utf-8", errors="replace")))
                time.sleep(LOOK_S)
        finally:
            process.kill()
        return log.read_text(encoding="utf-8", errors="replace"), process.returncode


class Line:
    """A line of a terminal that changes; elsewhere only its beginning is printed."""

    def __init__(self, beginning: str) -> None:
        self._beginning = beginning
        self._changes = sys.stdout.isatty()
        self._started = time.monotonic()
        print(beginning, end="" if self._changes else "\n", flush=True)

    def show(self, words: str) -> None:
        """Show how far the work is."""
        if self._changes:
            spent_s = time.monotonic() - self._started
            print(f"\r\x1b[K{self._beginning}: {words}, {spent_s:.0f} s", end="", flush=True)

    def end(self, words: str) -> None:
        """Leave the line with its last words."""
        if self._changes:
            self.show(words)
            print(flush=True)


def fail(reason: str) -> int:
    """Print the reason, and return the exit code."""
    print(reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
    print("\ncopytaster: interrupted; the same command goes on", file=sys.stderr)
    sys.exit(130)
