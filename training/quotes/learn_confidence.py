"""Calibrate the confidence of speakers, and write worker/parse/data/speaker_confidence.tsv.

    python training/quotes/learn_confidence.py TEXTS.jsonl GOLD.jsonl

Inputs as for learn_ranking.py; runs after all other tables. The rankings are learnt anew without a
part of the items at a time, and what they find in that part teaches how often such a speaker is
right. Prints the reliability on the items that are kept out.
"""

import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from training.quotes import learn_antecedents, learn_ranking
from training.quotes.items import COPY, HELD_OUT, MEASURE, Item, is_speaker, read_items, trim
from training.quotes.learn_ranking import write_table
from training.quotes.loglinear import Group, Weights, fit
from worker.model import Quote
from worker.parse import quotes as quote_stage
from worker.parse.quotes import confidence
from worker.parse.quotes.attribution import ranking as sources
from worker.parse.quotes.coreference import ranking as antecedents

TABLE = Path(__file__).parents[2] / "worker" / "parse" / "data" / "speaker_confidence.tsv"
HEAD = """\
# How often a speaker is right (worker/parse/quotes/confidence.py): feature, weight.
# Source: training/quotes/copy and training/quotes/measure, written for this project.
# Built by training/quotes/learn_confidence.py.
# Licence: as this project.
"""
PARTS = ((1, 2), (3, 4), (5,))
MEASURE_WORTH = 0.3
"""The rules were written with the errors on `measure` in sight."""
LEVELS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98)


class Judged(NamedTuple):
    """A speaker that was named: its item, the features, the confidence, and whether it is right."""

    source: str
    fold: int
    features: list[str]
    share: float
    right: bool


def judge(items: list[Item], is_judged: Callable[[Item], bool]) -> Iterator[Judged]:
    """Yield each speaker that the quote stage names."""
    seen: list[list[str]] = []
    estimate = confidence.estimate_confidence

    def record(features: list[str]) -> float:
        seen.append(features)
        return estimate(features)

    quote_stage.estimate_confidence = record
    for item in filter(is_judged, items):
        seen.clear()
        found = quote_stage.find_quotes(item.text, item.registry, item.dateline)
        named = [quote for quote in found if quote.speaker]
        gold = item.gold()
        for quote, features in zip(named, seen, strict=True):
            row = gold.get(_span(item, quote))
            if row is not None:
                right = is_speaker(quote.speaker, row)
                yield Judged(item.source, item.fold, list(features), quote.confidence, right)
    quote_stage.estimate_confidence = estimate


def _span(item: Item, quote: Quote) -> tuple[int, int]:
    return trim(item.text.full, quote.contents.start, quote.contents.end)


def use(table: dict[str, float], weights: dict[str, float]) -> dict[str, float]:
    """Put weights in the place of a table's; return those that were there."""
    before = dict(table)
    table.clear()
    table.update(weights)
    return before


def judge_unseen(polnear: list[Group], items: list[Item]) -> Iterator[Judged]:
    """Judge each item by rankings that it has not taught."""
    for part in PARTS:

        def teaches(item: Item, part: tuple[int, ...] = part) -> bool:
            return item.fold not in (HELD_OUT, *part)

        old = use(sources.WEIGHTS, learn_ranking.learn(polnear, items, teaches))
        also = use(antecedents.WEIGHTS, learn_antecedents.learn(items, teaches))
        yield from judge(items, lambda item, part=part: item.fold in part)  # type: ignore[misc]
        use(sources.WEIGHTS, old)
        use(antecedents.WEIGHTS, also)


def print_reliability(name: str, judged: list[Judged]) -> None:
    """Print how often speakers are right by their confidence, and the expected error of it."""
    shares: Counter[float] = Counter()
    right: Counter[float] = Counter()
    total: Counter[float] = Counter()
    for row in judged:
        level = max((level for level in LEVELS if row.share >= level), default=0.0)
        total[level] += 1
        right[level] += row.right
        shares[level] += row.share
    error = sum(abs(right[level] - shares[level]) for level in total) / len(judged)
    print(
        f"{name}: {len(judged)} speakers, {sum(right.values()) / len(judged):.3f} right,", end=" "
    )
    print(f"expected calibration error {error:.3f}")
    for level in LEVELS:
        kept = [row.right for row in judged if row.share >= level]
        if kept:
            print(
                f"  from {level}: {len(kept) / len(judged):.2f} kept, {sum(kept) / len(kept):.3f}"
            )


def learn(judged: Sequence[Judged]) -> Weights:
    """The weights that judged speakers give."""
    worths = [1.0 if row.source.startswith("copy") else MEASURE_WORTH for row in judged]
    return fit(
        [
            Group([row.features, []], [row.right, not row.right], worth)
            for row, worth in zip(judged, worths, strict=True)
        ],
        penalty=1.0,
    )


def estimate_unseen(judged: Sequence[Judged]) -> Iterator[Judged]:
    """Yield each speaker of `copy` with the confidence that the other parts give it."""
    for part in PARTS:
        weights = learn([row for row in judged if row.fold not in part])
        for row in judged:
            if row.fold in part and row.source.startswith("copy"):
                total = sum(weights.get(feature, 0.0) for feature in row.features)
                yield row._replace(share=1 / (1 + math.exp(-total)))


def main() -> None:
    """Write the table and print what it is worth on the items kept out."""
    polnear = [*learn_ranking.read_polnear(Path(sys.argv[1]), Path(sys.argv[2]))]
    items = [*read_items("copy", COPY), *read_items("measure", MEASURE)]
    judged = [*judge_unseen(polnear, items)]
    unseen = [*estimate_unseen(judged)]
    write_table(TABLE, HEAD, weights := learn(judged))
    use(confidence.WEIGHTS, weights)
    held = [*judge(items, lambda item: item.fold == HELD_OUT and item.source.startswith("copy"))]
    print_reliability("held out", held)
    print_reliability("crosswise", unseen + held)
    for source in sorted({row.source for row in held}):
        print_reliability(source, [row for row in unseen + held if row.source == source])


if __name__ == "__main__":
    main()
