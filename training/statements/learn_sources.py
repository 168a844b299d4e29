"""Learn which noun phrase is the source, and write worker/parse/data/statement_sources.tsv.

    python training/statements/learn_sources.py POLNEAR

POLNEAR is a copy of github.com/networkdynamics/PolNeAR; only data/train is read. A softmax over the
phrases near each cue, fitted as training/quotes/learn_ranking.py does.
"""

import itertools
import sys
from pathlib import Path

from read_attributions import Attribution, read_documents

from worker.parse.quotes.attribution.roles import find_sources
from worker.parse.quotes.sentences import Sentence
from worker.parse.statements.sources import close_contents, source_candidates, source_features
from worker.parse.statements.vocabulary import VOCABULARY

sys.path.insert(0, str(Path(__file__).parents[1] / "quotes"))
from learn_ranking import Group, fit, overlaps  # from the folder beside this

TABLE = Path(__file__).parents[2] / "worker" / "parse" / "data" / "statement_sources.tsv"
HEAD = """\
# Weights of the sources of statements (worker/parse/statements/sources.py): feature, weight.
# Source: learnt on the train part of PolNeAR 1.0 (Newell, Margolin and Ruths, LREC 2018,
# github.com/networkdynamics/PolNeAR). Numbers only, no text.
# Built by training/statements/learn_sources.py.
# Licence: as this project.
"""


def read_groups(polnear: Path) -> list[Group]:
    """Return, for each attribution, the features of its candidates and which of them are right."""
    groups: list[Group] = []
    for document in read_documents(polnear, "train"):
        for sentence, attributions in document.by_sentence():
            for gold in attributions:
                if gold.content and gold.source:
                    features, right = _group(sentence, gold)
                    if any(right):
                        groups.append((features, right))
    return groups


def _group(sentence: Sentence, gold: Attribution) -> Group:
    cue = max(
        gold.cue, key=lambda at: VOCABULARY.shares[VOCABULARY.words.get(sentence.words[at], 0)]
    )
    content = [at for at in gold.content if at not in gold.cue]
    runs = [list(run) for _, run in itertools.groupby(enumerate(content), lambda x: x[1] - x[0])]
    parts = [(run[0][1], run[-1][1] + 1) for run in runs] or [(len(sentence) - 1, len(sentence))]
    closed, cue, is_before = close_contents(sentence, cue, parts)
    candidates = source_candidates(find_sources(closed), cue)
    features = [
        source_features(closed, phrase, cue, rank, is_before=is_before)
        for rank, phrase in enumerate(candidates)
    ]
    right = [any(overlaps(phrase.span, span) for span in gold.source) for phrase in candidates]
    return features, right


def main() -> None:
    """Write the table."""
    weights = fit(read_groups(Path(sys.argv[1])), least=4, rounds=6, penalty=1e-3)
    lines = [f"{name}\t{weight:.2f}" for name, weight in weights.items() if abs(weight) >= 0.05]
    TABLE.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
