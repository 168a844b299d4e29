"""Strict F1 of networks on text that taught nothing, and how sure a difference between two is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean

import numpy as np
import torch
from corpora import PLACES, Document, Marked, load_measures
from examples import Words
from marked import CORPUS, read_file
from network import Tagger

from worker.model import NewsItem
from worker.parse import annotate_all
from worker.parse.entities import tagger
from worker.parse.entities.tagger.features import LABELS, english_words
from worker.parse.entities.tagger.network import Window
from worker.parse.entities.tagger.spans import Tagger as SpanTagger

__all__ = ["Counts", "bootstrap", "count_names", "f1_of", "load_sets", "network_in_place"]

OWN = ("tass", "wires", "tass-2", "wires-2")
Counts = np.ndarray
"""Of each document of a set how many names are right, found and marked, (documents, 3)."""

_BATCH = 32
_DRAWS = 10_000
_NEVER = 1e4
_NAMES = (frozenset({"PERSON"}), frozenset({"ORG"}), PLACES)


def load_sets(root: Path) -> dict[str, list[Document]]:
    """The documents of each set: those of the corpus that measure, then those of other annotators.

    Args:
        root: The folder that training/entities/fetch_sources.sh made.
    """
    own = {name: list(read_file(CORPUS / "measure" / f"{name}.txt")) for name in OWN}
    found = {
        name: [
            Document(
                "own",
                item.name,
                item.text,
                tuple(Marked(n.start, n.end, frozenset({n.label})) for n in item.names),
            )
            for item in items
        ]
        for name, items in own.items()
    }
    return found | load_measures(root)


class TorchReader:
    """A network in torch that reads windows as the network of the package does."""

    def __init__(self, net: Tagger, rows: dict[str, int]) -> None:
        self.net, self.rows = net.eval(), rows
        self.steps = (net.transitions - (1 - net.allowed) * _NEVER).detach().numpy()
        self.opens = (net.may_open.numpy() - 1) * _NEVER
        self.ends = (net.may_end.numpy() - 1) * _NEVER

    def read(self, windows: Sequence[Window]) -> list[list[int]]:
        """The best chain of states of each window."""
        lengths = torch.tensor([len(window.words) for window in windows])
        size = (len(windows), int(lengths.max()))
        words = Words(self.rows, english_words())
        numbers = torch.zeros(size, dtype=torch.long)
        bits = torch.zeros(*size, self.net.token_bits)
        for row, window in enumerate(windows):
            for at, (word, own) in enumerate(zip(window.words, window.bits, strict=True)):
                numbers[row, at] = words.number(word)
                bits[row, at, list(own)] = 1
        arrays = map(torch.from_numpy, words.arrays())
        with torch.no_grad():
            features = torch.cat([self.net.word_features(*arrays)[numbers], bits], 2)
            scores = self.net(features, lengths).numpy()
        return [self._best(scores[row, :count]) for row, count in enumerate(lengths.tolist())]

    def _best(self, scores: np.ndarray) -> list[int]:
        """The likeliest chain of one window (Viterbi)."""
        state, back = scores[0] + self.opens, []
        for own in scores[1:]:
            paths = state[:, None] + self.steps
            back.append(paths.argmax(0))
            state = paths.max(0) + own
        chain = [int((state + self.ends).argmax())]
        for before in reversed(back):
            chain.append(int(before[chain[-1]]))
        return chain[::-1]


@contextmanager
def network_in_place(net: Tagger, rows: dict[str, int]) -> Iterator[None]:
    """Let the network read in the place of the one that ships; `rows` has the words' vectors."""
    shipped = tagger._load_tagger  # noqa: SLF001  # the one place where weights come in
    taught = SpanTagger(TorchReader(net, rows))
    tagger._load_tagger = lambda: taught  # noqa: SLF001
    try:
        yield
    finally:
        tagger._load_tagger = shipped  # noqa: SLF001


def count_names(documents: Sequence[Document], *, is_coarse: bool) -> Counts:
    """What `annotate_all` finds in the documents.

    Args:
        documents: The documents of a set.
        is_coarse: Whether the set marks people, bodies and places alone, which are then compared
            with places as one kind.
    """
    rows = []
    for at in range(0, len(documents), _BATCH):
        batch = documents[at : at + _BATCH]
        items = [NewsItem(uri=x.name, version="1", body_text=x.text) for x in batch]
        for document, annotated in zip(batch, annotate_all(items), strict=True):
            wanted = {(x.start, x.end, _kind(x.labels, is_coarse)) for x in document.marks}
            found = {
                (x.span.start, x.span.end, _kind(frozenset({x.label.value}), is_coarse))
                for x in annotated.entities
            }
            wanted, found = ({x for x in names if x[2]} for names in (wanted, found))
            rows.append((len(wanted & found), len(found), len(wanted)))
    return np.array(rows)


def _kind(labels: frozenset[str], is_coarse: bool) -> frozenset[str] | None:
    """The kind of a name, as a set compares it; None if the set marks no such names."""
    kinds = _NAMES if is_coarse else [frozenset({label.value}) for label in LABELS]
    return next((kind for kind in kinds if labels and labels <= kind), None)


def f1_of(counts: Counts) -> float:
    """Micro F1 in percent."""
    right, found, marked = counts.sum(0)
    return float(200 * right / max(1, found + marked))


def bootstrap(
    one: Sequence[Counts], other: Sequence[Counts], seed: int = 1
) -> tuple[float, float, float]:
    """The mean difference of F1, one less other, and its interval of 95 %.

    Documents are drawn anew, the same for all networks; the mean is over the seeds of each.
    """
    rng = np.random.default_rng(seed)
    count = len(one[0])
    weights = rng.multinomial(count, np.full(count, 1 / count), size=_DRAWS)
    drawn = [np.mean([_f1_of_draws(weights @ x) for x in nets], 0) for nets in (one, other)]
    low, high = np.percentile(drawn[0] - drawn[1], (2.5, 97.5))
    difference = mean(map(f1_of, one)) - mean(map(f1_of, other))
    return difference, float(low), float(high)


def _f1_of_draws(sums: Counts) -> np.ndarray:
    return 200 * sums[:, 0] / np.maximum(1, sums[:, 1] + sums[:, 2])
