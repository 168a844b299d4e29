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

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from _compare import compare
from _race import Reader, Runner

TRAINING = Path(__file__).parents[1] / "training" / "quotes"
sys.path.insert(0, str(TRAINING))

from items import is_speaker, trim  # noqa: E402  # training/quotes is no package

from worker.model import Dateline, NewsItem  # noqa: E402
from worker.parse import annotate_all  # noqa: E402
from worker.parse.dateline import find_dateline  # noqa: E402
from worker.parse.entities import find_entities  # noqa: E402
from worker.parse.entity_registry import Registry  # noqa: E402
from worker.parse.quotes import find_quotes  # noqa: E402
from worker.parse.text import WireText  # noqa: E402

SETS = ("tass", "wire", "tass-2", "wire-2", "papers")


class Found(NamedTuple):
    """One quotation as a system gives it."""

    start: int
    end: int
    speaker: str | None


def load_set(name: str) -> list[dict[str, object]]:
    """The items of one file of the corpus."""
    lines = (TRAINING / "measure" / f"{name}.jsonl").read_text("utf-8").splitlines()
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
            right = got is not None and is_speaker(got.speaker, gold)
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
    sets = {name: partial(load_set, name) for name in SETS}
    compare("quotes", SYSTEMS, sets, lambda item: str(item["text"]), report)


def report(
    system: str,
    sets: Mapping[str, list[dict[str, object]]],
    runner: Runner,
) -> None:
    """One system's accuracy on each set."""
    print(f"{system}:")
    rest = iter([[Found(*quote) for quote in quotes] for quotes in runner.found])
    for name, items in sets.items():
        row = score(items, [next(rest) for _ in items])
        print(f"  {name}: " + ", ".join(f"{key} {value:.1f}" for key, value in row.items()))


if __name__ == "__main__":
    main()
