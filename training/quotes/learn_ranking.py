"""Learn which mention said a quotation, and write worker/parse/data/speaker_weights.tsv.

    python training/quotes/learn_ranking.py TEXTS.jsonl GOLD.jsonl

Inputs as for learn_cues.py, which runs first. A softmax over the candidates of each quotation,
fitted by AdaGrad with a quadratic penalty.
"""

import itertools
import json
import math
import sys
from collections import Counter
from pathlib import Path

from worker.model import Span
from worker.parse.quotes.attribution.contexts import find_contexts
from worker.parse.quotes.attribution.ranking import find_source_candidates
from worker.parse.quotes.quotation_marks import find_quoted_runs
from worker.parse.text import WireText

TABLE = Path(__file__).parents[2] / "worker" / "parse" / "data" / "speaker_weights.tsv"
HEAD = """\
# Weights of the ranking of mentions (worker/parse/quotes/attribution/ranking.py): feature, weight.
# Source: learnt on the train part of PolNeAR 1.0 (Newell, Margolin and Ruths, LREC 2018,
# github.com/networkdynamics/PolNeAR). Numbers only, no text.
# Built by training/quotes/learn_ranking.py.
# Licence: as this project. The features of dash and quoted are set by hand.
"""
BY_HAND = {
    "Adash": 5.0,
    "Bdash": 3.0,
    "Aquoted": 6.0,
    "Bquoted": 6.0,
    "Avia": -4.0,
    "Bvia": -4.0,
    "F speaks": 2.0,
}
"""What PolNeAR has no cases of: the dash of a headline, "quotes her as saying"."""
Group = tuple[list[list[str]], list[bool]]


def read_groups(texts: Path, gold: Path) -> list[Group]:
    """Return, for each quotation, the features of its candidates and which of them are right."""
    full = {row["id"]: row["text"] for row in map(json.loads, texts.open(encoding="utf-8"))}
    groups: list[Group] = []
    for row in map(json.loads, gold.open(encoding="utf-8")):
        text = WireText(full[row["id"]])
        quotes = {quote["end"]: quote for quote in row["quotes"]}
        runs = [run for run in find_quoted_runs(text) if run.end in quotes]
        previous_source = previous = None
        for context in find_contexts(text, runs):
            quote = quotes[context.run.end]
            mention = (quote.get("mention_start", -1), quote.get("mention_end", -1))
            candidates = find_source_candidates(text.full, context, previous)
            right = [
                mention == previous_source if source is None else overlaps(source.span, mention)
                for source, _ in candidates
            ]
            if any(right) and mention[0] >= 0:
                groups.append(([features for _, features in candidates], right))
            previous_source, previous = mention, context
    return groups


def overlaps(span: Span, mention: tuple[int, int]) -> bool:
    """True when the two share a character."""
    return span.start < mention[1] and mention[0] < span.end


def fit(
    groups: list[Group], least: int = 3, rounds: int = 12, penalty: float = 2e-4
) -> dict[str, float]:
    """The weights of every feature that is seen `least` times."""
    counts = Counter(name for names, _ in groups for one in names for name in one)
    weights = {name: 0.0 for name, count in sorted(counts.items()) if count >= least}
    squares = dict.fromkeys(weights, 1e-3)
    kept = [([[n for n in one if n in weights] for one in names], right) for names, right in groups]
    for _ in range(rounds):
        correct = 0
        for names, right in kept:
            scores = [sum(weights[name] for name in one) for one in names]
            correct += right[max(range(len(scores)), key=scores.__getitem__)]
            for one, slope in zip(names, slopes(scores, right), strict=True):
                if abs(slope) < 1e-4:
                    continue
                for name in one:
                    gradient = slope + penalty * weights[name]
                    squares[name] += gradient * gradient
                    weights[name] -= 0.2 * gradient / math.sqrt(squares[name])
        print(f"{len(kept)} quotations, {len(weights)} features, right {correct / len(kept):.3f}")
    return weights


def slopes(scores: list[float], right: list[bool]) -> list[float]:
    """The gradient of -log(share of the right candidates) to each score."""
    top = max(scores)
    raised = [math.exp(score - top) for score in scores]
    every = sum(raised)
    good = sum(itertools.compress(raised, right))
    return [
        share / every - (share / good if mark and good else 0.0)
        for share, mark in zip(raised, right, strict=True)
    ]


def main() -> None:
    """Write the table."""
    weights = fit(read_groups(Path(sys.argv[1]), Path(sys.argv[2]))) | BY_HAND
    lines = [f"{name}\t{weight:.3f}" for name, weight in weights.items() if abs(weight) >= 0.02]
    TABLE.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
