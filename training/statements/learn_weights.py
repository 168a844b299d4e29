"""Learn the models of statements, and write worker/parse/data/statements.npz.

    python training/statements/learn_weights.py POLNEAR

POLNEAR is a copy of github.com/networkdynamics/PolNeAR; only data/train is read. Both models are
softmaxes fitted by AdaGrad: over no content and its three places for each cue candidate, and over
the candidates for each edge of a content. The weights are the means of five runs in other orders.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from read_attributions import Attribution, Document, read_documents
from wire_forms import vary

from worker.parse.quotes.sentences import Sentence
from worker.parse.statements.edges import AFTER, AROUND, BEFORE, EDGES, find_candidates
from worker.parse.statements.features import TABLE_BITS, cue_features, edge_features
from worker.parse.statements.stream import WordStream
from worker.parse.statements.vocabulary import VOCABULARY, Bools, Ints

TABLE = Path(__file__).parents[2] / "worker" / "parse" / "data" / "statements.npz"
SIZE = 1 << TABLE_BITS
LEAST = 3
"""How often a feature is seen at least."""
ROUNDS = 3
SEEDS = range(1, 6)

Floats = npt.NDArray[np.float64]
Pair = tuple[Sentence, list[Attribution]]


class Target(NamedTuple):
    """The place of a content relative to its cue, and its edges as places of the stream."""

    shape: int
    edges: tuple[int, ...]


class Group(NamedTuple):
    """The features of the candidates for an edge, and which of them is right."""

    features: Ints
    right: Bools


def read_targets(pairs: Iterable[Pair], stream: WordStream) -> tuple[dict[int, Target], set[int]]:
    """Return the target of each cue by its place, and every place that is part of a cue."""
    targets: dict[int, Target] = {}
    lengths: dict[int, int] = {}
    inside: set[int] = set()
    for (_, attributions), first in zip(pairs, stream.firsts.tolist(), strict=True):
        for gold in attributions:
            inside.update(first + at for at in gold.cue)
            cue = max(gold.cue, key=lambda at: VOCABULARY.shares[stream.words[first + at]])
            place = first + cue
            is_known = VOCABULARY.shares[stream.words[place]] > 0 and cue not in gold.content
            if is_known and len(gold.content) > lengths.get(place, 0):
                lengths[place] = len(gold.content)
                shape, edges = read_edges(cue, gold.content)
                targets[place] = Target(shape, tuple(first + at for at in edges))
    return targets, inside


def read_edges(cue: int, content: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Return the place of a content relative to its cue, and its edges."""
    before = [at for at in content if at < cue]
    after = [at for at in content if at > cue]
    if before and after:
        return AROUND, (before[-1] + 1, before[0], after[0], after[-1] + 1)
    if after:
        return AFTER, (after[0], after[-1] + 1)
    return BEFORE, (before[-1] + 1, before[0])


def read_groups(stream: WordStream, targets: dict[int, Target]) -> Iterator[Group]:
    """Yield the candidates for each edge of each content, where the right one is among them."""
    for shape, edges in enumerate(EDGES):
        own = [(cue, target.edges) for cue, target in targets.items() if target.shape == shape]
        cues = np.array([cue for cue, _ in own])
        others = cues
        for number, edge in enumerate(edges):
            others = cues if number == 2 else others
            right = np.array([places[number] for _, places in own])
            owners, places = find_candidates(stream, edge, cues, others)
            features = edge_features(stream, shape * 4 + edge, cues[owners], others[owners], places)
            is_right = places == right[owners]
            cuts = np.flatnonzero(np.diff(owners)) + 1
            for x, y in zip(np.split(features.T, cuts), np.split(is_right, cuts), strict=True):
                if y.any():
                    yield Group(x, y)
            others = right


def fit_cues(features: Ints, labels: Ints, seed: int, *, rate: float = 0.03) -> Floats:
    """Return the weights of the cue model: a row per feature, a column per place of content."""
    known = np.bincount(features.ravel(), minlength=SIZE) >= LEAST
    weights, squares = np.zeros((SIZE, 4)), np.full((SIZE, 4), 1e-2)
    random = np.random.default_rng(seed)
    for _ in range(ROUNDS):
        correct = 0
        for batch in np.array_split(random.permutation(len(labels)), len(labels) // 32):
            scores = weights[features[batch]].sum(1)
            slopes = np.exp(scores - scores.max(1, keepdims=True))
            slopes /= slopes.sum(1, keepdims=True)
            correct += (slopes.argmax(1) == labels[batch]).sum()
            slopes[np.arange(len(batch)), labels[batch]] -= 1
            used, rows = np.unique(features[batch].ravel(), return_inverse=True)
            each = np.repeat(slopes, features.shape[1], 0)
            gradient = np.stack([np.bincount(rows, each[:, at], len(used)) for at in range(4)], 1)
            gradient += 1e-3 * len(batch) * weights[used]
            squares[used] += gradient * gradient
            weights[used] -= rate * gradient / np.sqrt(squares[used]) * known[used, None]
        print(f"{len(labels)} cues, right {correct / len(labels):.3f}", flush=True)
    return (weights - weights[:, :1])[:, 1:]


def fit_edges(groups: list[Group], seed: int, *, rate: float = 0.05) -> Floats:
    """Return the weights of the edge model."""
    seen = sum(np.bincount(group.features.ravel(), minlength=SIZE) for group in groups)
    weights, squares = np.zeros(SIZE), np.full(SIZE, 1e-2)
    random = np.random.default_rng(seed)
    for _ in range(ROUNDS):
        correct = 0
        for batch in np.array_split(random.permutation(len(groups)), len(groups) // 16):
            features = np.concatenate([groups[at].features for at in batch])
            counts = [len(groups[at].right) for at in batch]
            right = np.concatenate([groups[at].right for at in batch])
            slopes, hits = edge_slopes(weights[features].sum(1), counts, right)
            correct += hits
            used, rows = np.unique(features.ravel(), return_inverse=True)
            gradient = np.bincount(rows, np.repeat(slopes, features.shape[1]), len(used))
            gradient += 3e-4 * len(batch) * weights[used]
            squares[used] += gradient * gradient
            weights[used] -= rate * gradient / np.sqrt(squares[used]) * (seen[used] >= LEAST)
        print(f"{len(groups)} edges, right {correct / len(groups):.3f}", flush=True)
    return weights


def edge_slopes(scores: Floats, counts: list[int], right: Bools) -> tuple[Floats, int]:
    """Return the gradient of -log(share of the right candidate), and how many are chosen."""
    firsts = np.cumsum(counts) - counts
    tops = np.maximum.reduceat(scores, firsts)
    raised = np.exp(scores - np.repeat(tops, counts))
    shares = raised / np.repeat(np.add.reduceat(raised, firsts), counts)
    return shares - right, int((right & (raised == 1)).sum())


def learn(documents: Iterable[Document]) -> dict[str, Floats]:
    """Return the weights of both models."""
    pairs = [*vary(pair for document in documents for pair in document.by_sentence())]
    stream = WordStream([sentence for sentence, _ in pairs], [0] * len(pairs))
    targets, inside = read_targets(pairs, stream)
    cues = np.flatnonzero(VOCABULARY.shares[stream.words] > 0)
    # A word of a cue that is not its chief word teaches nothing.
    cues = np.array([cue for cue in cues.tolist() if cue in targets or cue not in inside])
    labels = np.array([targets[cue].shape + 1 if cue in targets else 0 for cue in cues.tolist()])
    features = cue_features(stream, cues).T
    groups = [*read_groups(stream, targets)]
    return {
        "cues": np.mean([fit_cues(features, labels, seed) for seed in SEEDS], 0),
        "edges": np.mean([fit_edges(groups, seed) for seed in SEEDS], 0),
    }


def main() -> None:
    """Write the weights, in 16 bits each."""
    weights = learn(read_documents(Path(sys.argv[1]), "train"))
    np.savez_compressed(
        TABLE, **{name: table.astype(np.float16) for name, table in weights.items()}
    )


if __name__ == "__main__":
    main()
