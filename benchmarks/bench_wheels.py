"""Characters a second of the parser in several wheels, in turn, CPU time.

    python benchmarks/bench_wheels.py dist/*.whl [--runs 7]

Each wheel is unpacked and read with in a process of its own; a folder that holds the package does
too. All have to give the answers of the first before they are timed. Corpus: as in bench_parse.py,
or with `--jsonl FILE...` the `text` of each line of files.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from _bench import describe_machine, spread
from _race import Reader, race, serve, start_all

ITEMS = 400
BATCH = 50


def make_reader() -> Reader:
    """Return what digests the annotations of texts, as the package on the path reads them."""
    from worker.model import NewsItem  # noqa: PLC0415  # that of the folder on the path
    from worker.parse import annotate_all  # noqa: PLC0415  # see above

    digests: dict[int, list[str]] = {}

    def read(texts: Sequence[str]) -> list[str]:
        items = [NewsItem(uri="urn:x", version="1", body_text=text) for text in texts]
        batches = [items[at : at + BATCH] for at in range(0, len(items), BATCH)]
        found = [one for batch in batches for one in annotate_all(batch)]
        # Once: later readings of the same texts are timed.
        if len(texts) not in digests:
            digests[len(texts)] = [hashlib.sha256(repr(one).encode()).hexdigest() for one in found]
        return digests[len(texts)]

    return read


def unpack(wheel: Path, folder: Path) -> Path:
    """Return the folder that holds the package of a wheel, or of a folder itself."""
    if wheel.is_dir():
        return wheel.resolve()
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)
    return folder


def make_texts() -> list[str]:
    """Return the texts of items made of the seed wires."""
    from worker.demo.scale import scale_items  # noqa: PLC0415  # a server must not import it

    return [seed.item.text for seed in scale_items(ITEMS)]


def read_lines(paths: Sequence[Path]) -> list[str]:
    """Return the text of each line of files in JSON Lines."""
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines()]
    return [json.loads(line)["text"] for line in lines]


def main() -> None:
    """Compare the answers, then print a row for each wheel."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", type=Path, nargs="+")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--jsonl", type=Path, nargs="+")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        sys.path.insert(0, str(options.wheels[0]))
        serve(make_reader)
        return
    texts = read_lines(options.jsonl) if options.jsonl else make_texts()
    print(describe_machine("numpy"))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        places = {str(path): unpack(path, Path(folder, path.name)) for path in options.wheels}
        commands = {
            name: [sys.executable, __file__, "--serve", str(place)]
            for name, place in places.items()
        }
        runners = start_all(stack, commands, texts)
        first = next(iter(runners.values()))
        for name, runner in runners.items():
            differing = sum(a != b for a, b in zip(runner.found, first.found, strict=True))
            print(f"{name}: {differing} of {len(texts)} texts are read otherwise than by the first")
        for name, rates in race(runners, options.runs).items():
            print(f"{name}: {spread(rates, 'characters a second')}")


if __name__ == "__main__":
    main()
