"""Count how often a word reports, and write worker/parse/data/cues.tsv.

    python training/quotes/learn_cues.py TEXTS.jsonl GOLD.jsonl

TEXTS holds {"id", "text"} a line, GOLD {"id", "quotes": [{"end", "cue", ...}]}: PolNeAR's train
part in that form (training/README.md, "Quote tables"). The lemmas and their worth before any count
stand in cue_verbs.txt; a form's weight is the share of its sentences with a quotation in which it
is the cue, drawn towards that worth.
"""

import itertools
import json
import re
import sys
from collections import Counter
from pathlib import Path

from worker.parse.quotes.quotation_marks import find_quoted_runs
from worker.parse.quotes.sentences import find_sentences
from worker.parse.text import WireText

HERE = Path(__file__).parent
TABLE = HERE.parent.parent / "worker" / "parse" / "data" / "cues.tsv"
WORTH = {"strong": 0.8, "fair": 0.45, "faint": 0.1}
DRAW = 6.0
"""How many sentences the worth by hand counts for."""
HEAD = """\
# Reporting verbs: form, weight (0 to 1: how surely it is the cue of a quotation in its sentence),
# shape (p past or third person, i -ing, b bare).
# Source: lemmas by hand (training/quotes/cue_verbs.txt); weights counted in the train part of
# PolNeAR 1.0 (Newell, Margolin and Ruths, LREC 2018, github.com/networkdynamics/PolNeAR).
# Only counts are kept, no text. Built by training/quotes/learn_cues.py.
# Licence: as this project.
"""


def inflect(entry: str) -> dict[str, str]:
    """The forms of one lemma with their shapes."""
    lemma, _, given = entry.partition("(")
    forms = given.rstrip(")").split(",") if given else []
    stem = lemma.removesuffix("e")
    soft = re.search(r"[^aeiou]y$", lemma)
    past = f"{stem[:-1]}ied" if soft else f"{stem}ed"
    third = (
        f"{lemma[:-1]}ies"
        if soft
        else lemma + ("es" if re.search(r"(s|sh|ch|x|z|o)$", lemma) else "s")
    )
    default = [past, past, third, f"{stem}ing"]
    past, participle, third, ing = forms + default[len(forms) :]
    return {lemma: "b", third: "p", ing: "i", participle: "p", past: "p"}


def read_lemmas(path: Path) -> dict[str, tuple[float, str]]:
    """Every form, its worth by hand and its shape; the first mention of a form holds."""
    table: dict[str, tuple[float, str]] = {}
    worth = 0.0
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            worth = WORTH[line.strip("[]")]
        elif not line.startswith("#"):
            for entry in line.split():
                for form, shape in inflect(entry).items():
                    table.setdefault(form, (worth, shape))
    return table


def count_words(texts: Path, gold: Path) -> tuple[Counter[str], Counter[str]]:
    """In how many sentences with a quotation each word is in the cue, and stands at all."""
    cues: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    full = {row["id"]: row["text"] for row in map(json.loads, texts.open(encoding="utf-8"))}
    for row in map(json.loads, gold.open(encoding="utf-8")):
        text = WireText(full[row["id"]])
        cue_of = {quote["end"]: quote.get("cue", "").lower().split() for quote in row["quotes"]}
        for index, runs in itertools.groupby(find_quoted_runs(text), key=lambda run: run.paragraph):
            for sentence in find_sentences(text, index, list(runs), text.paragraphs[index].start):
                if sentence.runs:
                    words = {
                        word for run in sentence.runs.values() for word in cue_of.get(run.end, ())
                    }
                    cues.update(words & set(sentence.words))
                    seen.update(set(sentence.words))
    return cues, seen


def main() -> None:
    """Write the table."""
    lemmas = read_lemmas(HERE / "cue_verbs.txt")
    cues, seen = count_words(Path(sys.argv[1]), Path(sys.argv[2]))
    rows = [
        f"{form}\t{(cues[form] + DRAW * worth) / (seen[form] + DRAW):.2f}\t{shape}"
        for form, (worth, shape) in sorted(lemmas.items())
    ]
    TABLE.write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    print(f"{len(rows)} forms in {TABLE}")


if __name__ == "__main__":
    main()
