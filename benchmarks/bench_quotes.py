"""Quotes: accuracy beside speed, with a plain regular expression and other libraries.

    python benchmarks/bench_quotes.py [--runs 5] [--peers] [--sets SET ...]

Corpus: training/quotes/measure, 239 invented items with 1,444 quotations; five in six of them teach
which actor a mention refers to, and rules were written with their errors in sight, so take it for a
comparison, not for a promise.
Each system runs in a process of its own and is given the texts alone; `--peers` installs other
libraries (_peers.py) and times them in turn with ours. A span is right when it is equal, marks and
the punctuation beside them aside; a quotation is right in full when its speaker is too, by full
name: nobody, where the gold has nobody.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from _bench import describe_machine, spread
from _peers import make_peers
from _race import Reader, race, serve, start_all

from worker.model import Dateline, NewsItem
from worker.parse import annotate_all
from worker.parse.dateline import find_dateline
from worker.parse.entities import find_entities
from worker.parse.entity_registry import Registry
from worker.parse.quotes import find_quotes
from worker.parse.text import WireText

CORPUS = Path(__file__).parents[1] / "training" / "quotes" / "measure"
SETS = ("tass", "wire", "tass-2", "wire-2", "papers")
_EDGE = "\"'“”„‟‘’‚‛«»`.,;:!?()[]-–—… \n\t"
_TITLES = frozenset("the a an mr mrs ms dr president minister russian us".split())


class Found(NamedTuple):
    """One quotation as a system gives it."""

    start: int
    end: int
    speaker: str | None


def load_set(name: str) -> list[dict[str, object]]:
    """The items of one file of the corpus."""
    lines = (CORPUS / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def ours() -> Reader:
    """The whole of `annotate_all`: layout, dateline, entities, then quotes."""

    def read(texts: Sequence[str]) -> list[list[Found]]:
        items = [NewsItem(uri="urn:x", version="1", body_text=text) for text in texts]
        return [
            [Found(q.contents.start, q.contents.end, q.speaker) for q in parsed.quotes]
            for parsed in annotate_all(items)
        ]

    return read


def stage() -> Reader:
    """The quote stage alone; what the stages before it find is made outside the clock."""
    made: dict[str, tuple[WireText, Registry, Dateline | None]] = {}

    def read(texts: Sequence[str]) -> list[list[Found]]:
        for full in texts:
            if full not in made:
                text = WireText(full)
                dateline = find_dateline(text, None)
                made[full] = (text, find_entities(text, dateline), dateline)
        return [
            [Found(q.contents.start, q.contents.end, q.speaker) for q in find_quotes(*made[full])]
            for full in texts
        ]

    return read


def regex() -> Reader:
    """Pairs of marks, and the capital words right beside "said"."""
    run = re.compile(r"[\"“][^\"“”\n]+[\"”]")
    name = r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*"
    after = re.compile(rf"\s*(?:said (?P<behind>{name})|(?P<before>{name}) (?:said|added|told))")

    def read(texts: Sequence[str]) -> list[list[Found]]:
        found = []
        for text in texts:
            row = []
            for match in run.finditer(text):
                said = after.match(text, match.end())
                who = (said["behind"] or said["before"]) if said else None
                row.append(Found(*match.span(), who))
            found.append(row)
        return found

    return read


SYSTEMS: dict[str, Callable[[], Reader]] = {
    "copytaster": ours,
    "copytaster, quote stage": stage,
    "regex": regex,
}


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without marks and punctuation at its ends."""
    while start < end and text[start] in _EDGE:
        start += 1
    while start < end and text[end - 1] in _EDGE:
        end -= 1
    return start, end


def is_same(name: str | None, wanted: Sequence[str]) -> bool:
    """True when a name is one of those wanted, given names and titles aside."""
    if not name or not wanted:
        return not name and not wanted
    own = words_of(name)
    return any(
        own and own[-1:] == words_of(one)[-1:] and (set(own) <= set(words_of(one)) or
                                                    set(words_of(one)) <= set(own))
        for one in wanted
    )  # fmt: skip


def words_of(name: str) -> list[str]:
    """The words of a name, lower case, without titles."""
    words = re.findall(r"\w+", re.sub(r"['’]s\b", "", name.lower()))
    return [word for word in words if word not in _TITLES] or words


def score(items: Sequence[dict[str, object]], found: Sequence[Sequence[Found]]) -> dict[str, float]:
    """F1 of the spans, F1 of spans with their speakers, and by kind of mention the share right."""
    counts: Counter[str] = Counter()
    for item, quotes in zip(items, found, strict=True):
        text = str(item["text"])
        by_span = {trim(text, quote.start, quote.end): quote for quote in quotes}
        for gold in item["quotes"]:
            got = by_span.pop(trim(text, gold["start"], gold["end"]), None)
            if "optional" in gold.get("shape", ()):
                continue
            names = [gold["speaker"], *gold.get("also", ())] if gold["speaker"] else []
            right = got is not None and is_same(got.speaker, names)
            counts.update(gold=1, found=got is not None, right=right, given=got is not None)
            counts.update({f"n {gold['kind']}": 1, f"right {gold['kind']}": right})
        counts.update(given=len(by_span))
    both = counts["gold"] + counts["given"]
    return {"spans": 200 * counts["found"] / both, "joint": 200 * counts["right"] / both} | {
        kind: 100 * counts[f"right {kind}"] / counts[f"n {kind}"]
        for kind in ("name", "pronoun", "nominal", "none", "unnamed")
        if counts[f"n {kind}"]
    }


def main() -> None:
    """Check every system on every set, then time them in turn."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--system", choices=SYSTEMS)
    options = parser.parse_args()
    if options.system:
        serve(SYSTEMS[options.system])
        return
    print(describe_machine("copytaster", "numpy"))
    sets = {name: load_set(name) for name in options.sets}
    texts = [str(item["text"]) for items in sets.values() for item in items]
    commands = {name: [sys.executable, __file__, "--system", name] for name in SYSTEMS}
    if options.peers:
        commands |= make_peers("quotes")
    with ExitStack() as stack:
        runners = start_all(stack, commands, texts)
        for name, runner in runners.items():
            report(name, sets, runner.found)
        for name, rates in race(runners, options.runs).items():
            print(f"{name}: {spread(rates, 'characters a second of CPU')}")


def report(
    system: str,
    sets: dict[str, list[dict[str, object]]],
    found: Sequence[Sequence[Sequence[object]]],
) -> None:
    """One system's accuracy on each set."""
    print(f"{system}:")
    rest = iter([[Found(*quote) for quote in quotes] for quotes in found])
    for name, items in sets.items():
        row = score(items, [next(rest) for _ in items])
        print(f"  {name}: " + ", ".join(f"{key} {value:.1f}" for key, value in row.items()))


if __name__ == "__main__":
    main()
