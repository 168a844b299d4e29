"""Random schedules of the delivery core; the first that breaks a promise is printed, cut down."""

import argparse
import sys
import time
from collections import Counter

from schedule import draw, shrink
from server import Server, missing
from service import Parser

def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--schedules", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--no-shrink", action="store_true")
    options = parser.parse_args()
    if words := missing():
        print(words); return 2
    server, reader = Server(), Parser()
    if options.seed is not None:
        found = draw(server, reader, options.seed)
        if found.bad and not options.no_shrink:
            found = shrink(server, reader, found, lambda s: print(s, end=" ", flush=True)); print()
        print(found.traits); print("\n".join(found.log)); print(*found.bad, sep="\n")
        return int(bool(found.bad))
    began, n, kinds, first = time.monotonic(), 0, Counter(), {}
    while time.monotonic() - began < options.seconds and (not options.schedules or n < options.schedules):
        found = draw(server, reader, options.start + n)
        if found.bad:
            word = found.bad[0].partition(":")[0]
            kinds[word] += 1
            first.setdefault(word, (options.start + n, found))
        n += 1
    took = time.monotonic() - began
    print(f"{n} schedules in {took:.0f} s, {60 * n / took:.0f} a minute; {sum(kinds.values())} broken: {dict(kinds)}")
    for word, (seed, found) in first.items():
        print(f"\nseed {seed}:", *found.bad[:3], sep="\n  ")
        if not options.no_shrink:
            small = shrink(server, reader, found, lambda s: None)
            print(small.traits); print("\n".join(small.log)); print(small.bad)
    server.close()
    return int(bool(kinds))


if __name__ == "__main__":
    sys.exit(main())
