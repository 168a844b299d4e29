"""Count how often a word attributes, and write worker/parse/data/statement_words.tsv.

    python training/statements/count_words.py POLNEAR

POLNEAR is a copy of github.com/networkdynamics/PolNeAR; only data/train is read. The table has each
word in small letters that occurs at least five times outside quotation marks, with the share of
these occurrences that stand in the cue of an attribution. The share is counted as if four more
occurrences had been seen with the share of all words: of two uses that both attribute, little
follows.
"""

import re
import sys
from collections import Counter
from pathlib import Path

from read_attributions import read_documents

from worker.parse.quotes.syntax import LOWER

TABLE = Path(__file__).parents[2] / "worker" / "parse" / "data" / "statement_words.tsv"
HEAD = """\
# The vocabulary of the statement models: word, share of its occurrences that stand in a cue, drawn
# towards the mean.
# Source: counted in the train part of PolNeAR 1.0 (Newell, Margolin and Ruths, LREC 2018,
# github.com/networkdynamics/PolNeAR). Only words and counts are kept, no text.
# Built by training/statements/count_words.py.
# Licence: as this project.
"""
LEAST_COUNT = 5
LEAST_CUES = 2
"""So many cues keep a rarer word in the table."""
PRIOR = 4
"""Occurrences with the mean share that are added to those of each word."""
_WORD = re.compile(r"[a-z][a-z'’-]+")


def main() -> None:
    """Write the table."""
    cues: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for document in read_documents(Path(sys.argv[1]), "train"):
        for sentence, attributions in document.by_sentence():
            small = [
                word
                for word, kind in zip(sentence.words, sentence.kinds, strict=True)
                if kind is LOWER
            ]
            seen.update(small)
            tokens = {at for gold in attributions for at in gold.cue}
            cues.update(sentence.words[at] for at in tokens if sentence.kinds[at] is LOWER)
    mean = cues.total() / seen.total()
    rows = [
        f"{word}\t{_draw(cues[word], count, mean):.2f}"
        for word, count in sorted(seen.items())
        if (count >= LEAST_COUNT or cues[word] >= LEAST_CUES) and _WORD.fullmatch(word)
    ]
    rows.insert(0, ":\t0.10")
    TABLE.write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    print(f"{len(rows)} words in {TABLE}")


def _draw(cues: int, count: int, mean: float) -> float:
    """Return the share of a word, drawn towards the mean; that of a word in no cue is 0."""
    return (cues + PRIOR * mean) / (count + PRIOR) if cues else 0.0


if __name__ == "__main__":
    main()
