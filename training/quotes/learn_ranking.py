"""Learn which mention said a quotation, and write worker/parse/data/speaker_weights.tsv.

    python training/quotes/learn_ranking.py TEXTS.jsonl GOLD.jsonl

Inputs as for learn_cues.py, which runs first; the items of `copy` are read too, and weigh more, so
that PolNeAR's four times as many quotations do not drown them.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from training.quotes.items import COPY, HELD_OUT, Item, Json, overlap, read_items, span_of
from training.quotes.loglinear import Group, Weights, fit
from worker.parse.quotes.attribution.contexts import find_contexts
from worker.parse.quotes.attribution.ranking import SourceCandidate, find_source_candidates
from worker.parse.quotes.text_sentences import TextSentences
from worker.parse.text import WireText

TABLE = Path(__file__).parents[2] / "worker" / "parse" / "data" / "speaker_weights.tsv"
HEAD = """\
# Weights of the ranking of mentions (worker/parse/quotes/attribution/ranking.py): feature, weight.
# Source: learnt on the train part of PolNeAR 1.0 (Newell, Margolin and Ruths, LREC 2018,
# github.com/networkdynamics/PolNeAR; numbers only, no text) and on training/quotes/copy.
# Built by training/quotes/learn_ranking.py.
# Licence: as this project. The features of dash, quoted and via are set by hand.
"""
BY_HAND = {
    "Adash": 5.0,
    "Bdash": 3.0,
    "Aquoted": 6.0,
    "Bquoted": 6.0,
    "Avia": -4.0,
    "Bvia": -4.0,
}
"""What the texts have too few cases of: the dash of a headline, "quotes her as saying"."""
COPY_WORTH = 2.0
PENALTY = 2.0


def read_polnear(texts: Path, gold: Path) -> Iterator[Group]:
    """Each quotation of PolNeAR whose source is among its candidates."""
    full = {row["id"]: row["text"] for row in map(json.loads, texts.open(encoding="utf-8"))}
    for row in map(json.loads, gold.open(encoding="utf-8")):
        sentences = TextSentences(WireText(full[row["id"]]))
        quotes = {quote["end"]: quote for quote in row["quotes"]}
        previous, previous_span = None, None
        for context in find_contexts(sentences.runs, sentences.paragraph):
            quote = quotes.get(context.run.end)
            if quote is None:
                continue
            span = (quote.get("mention_start", -1), quote.get("mention_end", -1))
            candidates = find_source_candidates(sentences.text.full, context, previous)
            right = [
                _is_mention(one, span)
                or (one.phrase is None and not one.answers and span == previous_span)
                for one in candidates
            ]
            if any(right) and span[0] >= 0:
                yield Group([one.features for one in candidates], right)
            previous, previous_span = context, span


def read_copy(item: Item) -> Iterator[Group]:
    """Each quotation of an item whose source is among its candidates."""
    sentences, gold = item.sentences(), item.gold()
    before: Json | None = None
    previous = None
    for context in item.contexts(sentences):
        quote = item.gold_of(context, gold)
        if quote is None:
            continue
        candidates = find_source_candidates(item.text.full, context, previous)
        right = [_is_right(one, quote, before) for one in candidates]
        if any(right):
            yield Group([one.features for one in candidates], right, COPY_WORTH)
        previous, before = context, quote


def _is_right(candidate: SourceCandidate, quote: Json, before: Json | None) -> bool:
    """True for the gold's mention, and for the speaker before or the listener where it fits."""
    mention = span_of(quote["mention"])
    if candidate.phrase is not None:
        return _is_mention(candidate, mention)
    if before is None:
        return False
    is_same = quote["speaker"] == before["speaker"]
    if candidate.answers:
        return mention is None and not is_same
    is_open = mention is None or quote["kind"] == "continued"
    return (is_same and is_open and bool(quote["speaker"])) or (
        mention is not None and mention == span_of(before["mention"])
    )


def _is_mention(candidate: SourceCandidate, mention: tuple[int, int] | None) -> bool:
    if candidate.phrase is None:
        return False
    span = candidate.phrase.span
    return overlap((span.start, span.end), mention)


def learn(polnear: list[Group], items: list[Item], teaches: Callable[[Item], bool]) -> Weights:
    """The weights that PolNeAR and the items that teach give."""
    taught = [item for item in items if item.source.startswith("copy") and teaches(item)]
    copy = [group for item in taught for group in read_copy(item)]
    return fit([*polnear, *copy], penalty=PENALTY, steps=200) | BY_HAND


def write_table(path: Path, head: str, weights: Weights) -> None:
    """Write a table of weights; those near nothing are left out."""
    lines = [f"{name}\t{weight:.3f}" for name, weight in weights.items() if abs(weight) >= 0.02]
    path.write_text(head + "\n".join(lines) + "\n", "utf-8")
    print(f"{len(lines)} weights in {path.name}")


def main() -> None:
    """Write the table."""
    polnear = [*read_polnear(Path(sys.argv[1]), Path(sys.argv[2]))]
    items = [*read_items("copy", COPY)]
    print(f"{len(polnear)} quotations of PolNeAR, {len(items)} items")
    write_table(TABLE, HEAD, learn(polnear, items, lambda item: item.fold != HELD_OUT))


if __name__ == "__main__":
    main()
