"""The command of a benchmark with peers: options, the check of every answer, then the race."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import TypeVar

from _bench import describe_machine, spread
from _peers import make_peers
from _race import Reader, Runner, race, serve, start_all

__all__ = ["compare"]

T = TypeVar("T")


def compare(
    task: str,
    systems: Mapping[str, Callable[[], Reader]],
    sets: Mapping[str, Callable[[], list[T]]],
    text_of: Callable[[T], str],
    report: Callable[[str, Mapping[str, list[T]], Runner], None],
) -> None:
    """Check every system on every set, then time them in turn.

    `sets` loads the items of each set; `report` prints the accuracy of a system that has read them
    all, set by set.
    """
    parser = argparse.ArgumentParser(description=f"{task}: accuracy beside speed")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--sets", nargs="+", choices=sets, default=list(sets))
    parser.add_argument("--system", choices=systems)
    options = parser.parse_args()
    if options.system:
        serve(systems[options.system])
        return
    print(describe_machine("copytaster", "numpy"))
    loaded = {name: sets[name]() for name in options.sets}
    texts: Sequence[str] = [text_of(item) for items in loaded.values() for item in items]
    commands = {name: [sys.executable, sys.argv[0], "--system", name] for name in systems}
    if options.peers:
        commands |= make_peers(task)
    with ExitStack() as stack:
        runners = start_all(stack, commands, texts)
        for name, runner in runners.items():
            report(name, loaded, runner)
        for name, rates in race(runners, options.runs).items():
            print(f"{name}: {spread(rates, 'characters a second of CPU')}")
