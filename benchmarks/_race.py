"""Systems that read the same texts, each in a process of its own, and are timed in turn.

A line of texts goes to each process, which answers with the CPU seconds until it had read the first
of them, then with what it found in them all; every further line is answered with the CPU seconds
that reading them once more took. `serve` is the other end; a
system's virtual environment may hold nothing but the system, so this module imports the standard
library alone.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

__all__ = ["Reader", "Runner", "race", "run", "serve", "start_all"]

Reader = Callable[[Sequence[str]], list[Any]]
"""What reads texts and answers with what it found in each, fit for JSON."""


def serve(make: Callable[[], Reader]) -> None:
    """Answer what a `Runner` asks for until it ends."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # a system that prints would answer in our name
    texts = json.loads(sys.stdin.readline())
    read = make()
    read(texts[:1])
    print(json.dumps(time.process_time()), file=out, flush=True)
    found = read(texts)
    rss_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"found": found, "rss_mib": rss_mib}), file=out, flush=True)
    for _ in sys.stdin:
        before = time.process_time()
        read(texts)
        print(json.dumps(time.process_time() - before), file=out, flush=True)


class Runner:
    """One system's process, which has read the texts once."""

    def __init__(self, process: "subprocess.Popen[str]", texts: Sequence[str]) -> None:
        self._process = process
        self._size = sum(map(len, texts))
        self._say(json.dumps(texts))
        self.ready_s: float = self._answer()
        answer = self._answer()
        self.found: list[Any] = answer["found"]
        self.rss_mib: float = answer["rss_mib"]

    def time(self) -> float:
        """Characters a second of CPU in one more reading of the texts."""
        self._say("again")
        return float(self._size / self._answer())

    def _say(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise EOFError
        return json.loads(line)


@contextmanager
def run(command: Sequence[str], texts: Sequence[str]) -> Iterator[Runner]:
    """Start a system, on one thread as far as it has threads.

    Raises:
        OSError: It did not start, or ended before it had read the texts; with its last words.
    """
    pipe = subprocess.PIPE
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=said, env=os.environ | one, text=True
        ) as process,
    ):
        try:
            runner = Runner(process, texts)
        except (EOFError, BrokenPipeError) as error:
            process.wait()
            said.seek(0)
            raise OSError("".join(said.readlines()[-1:]).strip()) from error
        yield runner


def start_all(
    stack: ExitStack, commands: Mapping[str, Sequence[str]], texts: Sequence[str]
) -> dict[str, Runner]:
    """The systems that read the texts and find something; the others are named with the reason."""
    runners = {}
    for name, command in commands.items():
        try:
            runner = stack.enter_context(run(command, texts))
        except OSError as error:
            print(f"{name}: failed: {error}")
            continue
        if any(runner.found):
            runners[name] = runner
        else:
            print(f"{name}: finds nothing, so there is nothing to time")
    return runners


def race(runners: Mapping[str, Runner], runs: int) -> dict[str, list[float]]:
    """Characters a second of each, in turn, so that a noisy minute falls on every one."""
    rates: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(runs):
        for name, runner in runners.items():
            rates[name].append(runner.time())
    return rates
