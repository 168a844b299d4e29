"""Random schedules of the delivery core, until one breaks a promise: that one is cut down.

A seed is a schedule. The odds of what happens are drawn from the seed too, so that one schedule is
all crashes and another all clocks.

    run.py                      all cores, new seeds, until Ctrl-C
    run.py --schedules 1000     so many, from --start on
    run.py --seed 17            one, printed whole; cut down if it breaks a promise
"""

import argparse
import multiprocessing
import os
import secrets
import sys
import time
from collections import Counter
from multiprocessing.synchronize import Event
from pathlib import Path

from schedule import Schedule, draw
from server import Server, missing
from service import Parser, use_scripts
from shrink import shrink

TELL_S = 1.0


def main() -> int:
    """Return 1 where a promise was broken, 2 where the server or the compiler is missing."""
    options = _read_options()
    if words := missing():
        print(words, file=sys.stderr)
        return 2
    if options.seed is not None:
        return _run_one(options.seed)
    return _run_many(options)


def _read_options() -> argparse.Namespace:
    about = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    about.add_argument("--seed", type=int, help="print the schedule of this seed")
    about.add_argument("--start", type=int, help="the first seed; new ones each time by default")
    about.add_argument("--schedules", type=int, help="how many; until Ctrl-C by default")
    about.add_argument(
        "--processes", type=int, default=os.cpu_count(), help="one a core by default"
    )
    about.add_argument("--scripts", type=Path, help="a folder whose `scripts` the store uses")
    about.add_argument(
        "--keep-going", action="store_true", help="count what breaks, print each kind once"
    )
    return about.parse_args()


def _run_one(seed: int) -> int:
    server, parser = Server(), Parser()
    found = draw(server, parser, seed)
    print(f"seed {seed}, as drawn:\n{found}")
    if found.bad:
        print(f"\ncut down:\n{shrink(server, parser, found)}")
    server.close()
    return int(bool(found.bad))


def _run_many(options: argparse.Namespace) -> int:
    start = secrets.randbelow(1 << 40) if options.start is None else options.start
    spawn = multiprocessing.get_context("spawn")
    told, ended = spawn.SimpleQueue(), spawn.Event()
    workers = [
        spawn.Process(target=_work, args=(start, n, options, told, ended))
        for n in range(options.processes)
    ]
    for worker in workers:
        worker.start()
    began = time.monotonic()
    try:
        broken = _gather(options, told, began, len(workers))
        return 3 if any(worker.exitcode for worker in workers) else broken
    finally:
        ended.set()
        for worker in workers:
            worker.join(20)
            worker.kill()


def _work(
    start: int,
    number: int,
    options: argparse.Namespace,
    told: "multiprocessing.SimpleQueue",
    ended: Event,
) -> None:
    """Do each schedule of which it is our turn."""
    if options.scripts:
        use_scripts(options.scripts)
    server, parser = Server(), Parser()
    kinds: set[str] = set()
    done, tell_at = 0, 0.0
    seeds = range(start + number, start + (options.schedules or 1 << 62), options.processes)
    try:
        for seed in seeds:
            if ended.is_set():
                break
            found = draw(server, parser, seed)
            done += 1
            if found.bad:
                is_new = found.kind not in kinds
                kinds.add(found.kind)
                small = shrink(server, parser, found) if is_new else found
                told.put((seed, found, small if is_new else None))
            if time.monotonic() > tell_at:
                told.put(done)
                done, tell_at = 0, time.monotonic() + TELL_S
        told.put(done)
    except KeyboardInterrupt:
        pass
    finally:
        told.put(None)
        server.close()


def _gather(
    options: argparse.Namespace, told: "multiprocessing.SimpleQueue", began: float, left: int
) -> int:
    """Count and print what the workers tell."""
    done, kinds = 0, Counter[str]()
    while left:
        try:
            said = told.get()
        except KeyboardInterrupt:
            break
        if said is None:
            left -= 1
        elif isinstance(said, int):
            done += said
            _count(done, kinds, time.monotonic() - began)
        else:
            seed, found, small = said
            kinds[found.kind] += 1
            if kinds[found.kind] == 1:
                _show(seed, found, small)
            if not options.keep_going:
                return 1
    print(f"\n{done} schedules in {time.monotonic() - began:.0f} s, {kinds.total()} broken")
    return int(bool(kinds))


def _count(done: int, kinds: Counter[str], took_s: float) -> None:
    if not sys.stderr.isatty():
        return
    rate = 60 * done / max(took_s, 1e-9)
    broken = f"; broken: {dict(kinds)}" if kinds else ""
    print(f"\r{done} schedules, {rate:.0f} a minute{broken}", end="", file=sys.stderr, flush=True)


def _show(seed: int, found: Schedule, small: Schedule) -> None:
    print(f"\n\nseed {seed} breaks a promise (run.py --seed {seed}):")
    print(*(f"  {line}" for line in found.bad[:3]), "cut down:", small, sep="\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
