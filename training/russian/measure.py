"""Measure the Russian entity tagger: strict F1, the span and the label of every name.

    python training/russian/measure.py SOURCES [--weights FILE]

On the items of the corpus that taught nothing, those of both first runs and the test part of NEREL,
all nine labels; on those of factRuEval and Universal NER people, bodies and places alone, places
of any kind as one.
"""

import argparse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from corpora import PLACES, Document
from sources import (
    is_held_out,
    read_fact_as_marked,
    read_first_run,
    read_nerel,
    read_own,
    read_uner,
)

from worker.parse.entities.tagger.kernel import load_kernel
from worker.parse.entities.tagger.network import Network
from worker.parse.entities.tagger.spans import Tagger
from worker.parse.entities.tagger.tokens import find_tokens
from worker.parse.entities.tagger.weights import read_weights
from worker.parse.languages.russian.tagger_features import (
    ABBREVIATIONS,
    russian_token_bits,
    russian_words,
)
from worker.parse.languages.russian.tagger_spans import join_hyphenated
from worker.parse.text import WireText

__all__ = ["evaluate", "load_tagger", "report"]

WEIGHTS = Path(__file__).parents[2] / "worker" / "parse" / "data" / "tagger-ru.npz"
Found = set[tuple[int, int, str]]


def load_tagger(path: Path) -> Tagger:
    """The tagger with the weights of a file."""
    return Tagger(Network(read_weights(path), russian_words(), load_kernel()))


def find(tagger: Tagger, text: str) -> Found:
    """The names of a text."""
    tokens = find_tokens(WireText(text), ABBREVIATIONS)
    spans = join_hyphenated(text, tagger.tag([tokens], [russian_token_bits(tokens)])[0])
    return {(span.start, span.end, span.label.value) for span in spans}


def _coarse(labels: Iterable[str]) -> str:
    """`PER`, `ORG` or `LOC`; "" for what the coarse sources do not mark."""
    names = set(labels)
    if names and names <= PLACES:
        return "LOC"
    return {frozenset({"PERSON"}): "PER", frozenset({"ORG"}): "ORG"}.get(frozenset(names), "")


def evaluate(
    tagger: Tagger, documents: Iterable[Document], *, coarse: bool
) -> dict[str, tuple[int, int, int]]:
    """Of each label how many names are right, found and marked."""
    right, found, marked = Counter[str](), Counter[str](), Counter[str]()
    for document in documents:
        gold: Found = set()
        for mark in document.marks:
            label = _coarse(mark.labels) if coarse else next(iter(mark.labels), "")
            if label:
                gold.add((mark.start, mark.end, label))
        unknown = [(mark.start, mark.end) for mark in document.marks if not mark.labels]
        ours = find(tagger, document.text)
        if coarse:
            ours = {(a, b, kind) for a, b, label in ours if (kind := _coarse([label]))}
        ours = {x for x in ours if not any(x[0] < b and a < x[1] for a, b in unknown)}
        found.update(label for _, _, label in ours)
        marked.update(label for _, _, label in gold)
        right.update(label for _, _, label in ours & gold)
    return {label: (right[label], found[label], marked[label]) for label in sorted(found | marked)}


def report(name: str, counts: dict[str, tuple[int, int, int]]) -> str:
    """One line: F1 of all labels, then of each."""
    total = [sum(part) for part in zip(*counts.values(), strict=True)]
    by_label = ", ".join(f"{label} {_f1(*counts[label]):.1f}" for label in counts)
    return f"{name}: {_f1(*total):.1f} of {total[2]} ({by_label})"


def _f1(right: int, found: int, marked: int) -> float:
    return 200 * right / max(1, found + marked)


def main() -> None:
    """Print a line for each set."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sources", type=Path, help="folder of the fetched sources")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    tagger = load_tagger(options.weights)
    fact = options.sources / "factRuEval-2016" / "testset"
    nerel = options.sources / "NEREL" / "NEREL-v1.1" / "test"
    uner = options.sources / "UNER_Russian-PUD" / "ru_pud-ud-test.iob2"
    held_out = [item for item in read_own() if is_held_out(item.name)]
    for name, documents, coarse in (
        ("own, held out", held_out, False),
        ("first run", read_first_run(), False),
        ("first run 2", read_first_run("_2"), False),
        ("NEREL", read_nerel(nerel), False),
        ("factRuEval", read_fact_as_marked(fact), True),
        ("UNER PUD", read_uner(uner), True),
    ):
        print(report(name, evaluate(tagger, documents, coarse=coarse)), flush=True)


if __name__ == "__main__":
    main()
