"""Learn which marked runs are quotations, and write worker/parse/data/speaker_quotehood.tsv.

    python training/quotes/learn_quotehood.py TEXTS.jsonl GOLD.jsonl

Inputs as for learn_ranking.py, which runs first. Logistic regression by AdaGrad; runs that the gold
leaves open ("optional") teach nothing.
"""

import json
import math
import sys
from collections import Counter
from pathlib import Path

from worker.parse.quotes.attribution.classifier import quotation_features
from worker.parse.quotes.attribution.contexts import find_contexts
from worker.parse.quotes.attribution.ranking import best_source, rank_sources
from worker.parse.quotes.text_sentences import TextSentences
from worker.parse.text import WireText

TABLE = Path(__file__).parents[2] / "worker" / "parse" / "data" / "speaker_quotehood.tsv"
HEAD = """\
# Is a marked run a quotation? (worker/parse/quotes/attribution/classifier.py): feature, weight.
# Source: learnt on the train part of PolNeAR 1.0 (Newell, Margolin and Ruths, LREC 2018,
# github.com/networkdynamics/PolNeAR). Numbers only, no text.
# Built by training/quotes/learn_quotehood.py.
# Licence: as this project. Those of titles, dashes and single marks are set by hand.
"""
BY_HAND = {
    "title alone": -2.5,
    "title inside": -2.5,
    "named": -4.0,
    "subhead": -3.0,
    "single": -1.0,
    "open False": 1.0,
    "open True": 1.5,
    "Adash -": 1.5,
    "Bcolon -": 0.0,
}
"""Wire copy marks more titles, ships and programmes than PolNeAR does, and has headlines whose
speaker stands after a dash; PolNeAR's quotations in single marks are not in the gold at all."""
Example = tuple[list[str], bool]


def read_examples(texts: Path, gold: Path) -> list[Example]:
    """Every marked run that the gold decides: its features, and whether it is a quotation."""
    full = {row["id"]: row["text"] for row in map(json.loads, texts.open(encoding="utf-8"))}
    examples: list[Example] = []
    for row in map(json.loads, gold.open(encoding="utf-8")):
        text = WireText(full[row["id"]])
        quotes = row["quotes"]
        sentences = TextSentences(text)
        for context in find_contexts(sentences.runs, sentences.paragraph):
            run = context.run
            if run.single:
                continue
            hits = [q for q in quotes if q["start"] < run.end and run.start < q["end"]]
            if hits and all(quote.get("optional") for quote in hits):
                continue
            best = best_source(rank_sources(text.full, context))
            examples.append((quotation_features(text.full, context, best), bool(hits)))
    return examples


def fit(
    examples: list[Example], least: int = 4, rounds: int = 15, penalty: float = 1e-3
) -> dict[str, float]:
    """The weights of every feature that is seen `least` times."""
    counts = Counter(name for names, _ in examples for name in names)
    weights = {name: 0.0 for name, count in sorted(counts.items()) if count >= least}
    squares = dict.fromkeys(weights, 1e-2)
    for _ in range(rounds):
        correct = 0
        for names, is_quote in examples:
            known = [name for name in names if name in weights]
            score = sum(weights[name] for name in known)
            correct += (score > 0) == is_quote
            slope = 1 / (1 + math.exp(-max(-30.0, min(30.0, score)))) - is_quote
            for name in known:
                gradient = slope + penalty * weights[name]
                squares[name] += gradient * gradient
                weights[name] -= 0.1 * gradient / math.sqrt(squares[name])
        print(f"{len(examples)} runs, {len(weights)} features, right {correct / len(examples):.3f}")
    return weights


def main() -> None:
    """Write the table."""
    weights = fit(read_examples(Path(sys.argv[1]), Path(sys.argv[2]))) | BY_HAND
    lines = [f"{name}\t{weight:.3f}" for name, weight in weights.items() if abs(weight) >= 0.02]
    TABLE.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
