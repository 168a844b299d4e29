"""Learn the models of statements, and write worker/parse/data/statements.npz.

    python training/statements/learn_weights.py POLNEAR
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
from read_attributions import Attribution, read_documents

from worker.parse.statements.edges import EDGES, AFTER, AROUND, BEFORE, find_candidates
from worker.parse.statements.features import TABLE_BITS, cue_features, edge_features
from worker.parse.statements.stream import WordStream
from worker.parse.statements.vocabulary import VOCABULARY

DATA = Path(__file__).parents[2] / "worker" / "parse" / "data"

SEEDS = range(1, 6)


def head(cue, words, base):
    return max(cue, key=lambda at: VOCABULARY.shares[words[base + at]])


def shape_of(cue, content):
    left = [at for at in content if at < cue]
    right = [at for at in content if at > cue]
    if left and right:
        return AROUND, (left[-1] + 1, left[0], right[0], right[-1] + 1)
    if right:
        return AFTER, (right[0], right[-1] + 1)
    return BEFORE, (left[-1] + 1, left[0])


def read_examples(docs):
    """Stream, cue places, labels (-1 skip), edges of the gold."""
    pairs = [pair for d in docs for pair in d.by_sentence()]
    stream = WordStream([s for s, _ in pairs], [0] * len(pairs))
    gold = {}
    skip = set()
    for (sentence, attributions), base in zip(pairs, stream.firsts.tolist()):
        for a in attributions:
            skip.update(base + k for k in a.cue)
            k = head(a.cue, stream.words, base)
            if VOCABULARY.shares[stream.words[base + k]] == 0 or not a.content or k in a.content:
                continue
            if base + k not in gold or len(a.content) > len(gold[base + k].content):
                gold[base + k] = Attribution((k,), a.content, a.source)
    cues = np.flatnonzero(VOCABULARY.shares[stream.words] > 0)
    labels = np.zeros(len(cues), int)
    targets = {}
    firsts = stream.firsts[stream.numbers[np.minimum(cues, len(stream.numbers) - 1)]]
    for i, (k, base) in enumerate(zip(cues.tolist(), firsts.tolist())):
        if k in gold:
            shape, at = shape_of(gold[k].cue[0], gold[k].content)
            labels[i] = shape + 1
            targets[k] = (shape, [base + x for x in at])
        elif k in skip:
            labels[i] = -1
    return pairs, stream, cues, labels, targets, gold


def edge_examples(stream, targets, miss):
    """Per (shape, edge): X, owners, right."""
    out = []
    for shape, edges in enumerate(EDGES):
        own = [(k, at) for k, (s, at) in targets.items() if s == shape]
        if not own:
            continue
        cues = np.array([k for k, _ in own])
        others = cues
        for n, edge in enumerate(edges):
            right = np.array([at[n] for _, at in own])
            if n == 2:
                others = cues
            c = find_candidates(stream, edge, cues, others)
            X = edge_features(stream, shape * 4 + edge, cues[c.owners], others[c.owners], c.places).T
            ok = c.places == right[c.owners]
            out.append((X, c.owners, ok))
            have = np.zeros(len(cues), bool)
            np.logical_or.at(have, c.owners, ok)
            miss[f"{shape}{edge}"] = (int((~have).sum()), len(cues), len(c.places))
            others = right
    return out


def prune(X, least, size):
    """Places that are seen `least` times."""
    return np.bincount(X.ravel(), minlength=size) >= least


def fit_cues(X, y, least=3, rounds=3, penalty=1e-3, rate=0.03, batch=32, verbose=True, seed=1):
    size = 1 << TABLE_BITS
    keep = prune(X, least, size)
    W = np.zeros((size, 4))
    S = np.full((size, 4), 1e-2)
    rng = np.random.default_rng(seed)
    for r in range(rounds):
        order = rng.permutation(len(X))
        right = 0
        for b in np.array_split(order, max(1, len(order) // batch)):
            z = W[X[b]].sum(1)
            z -= z.max(1, keepdims=True)
            p = np.exp(z)
            p /= p.sum(1, keepdims=True)
            right += (p.argmax(1) == y[b]).sum()
            p[np.arange(len(b)), y[b]] -= 1
            u, inv = np.unique(X[b].ravel(), return_inverse=True)
            g = np.repeat(p, X.shape[1], 0)
            G = np.stack([np.bincount(inv, g[:, j], len(u)) for j in range(4)], 1) + penalty * len(b) * W[u]
            S[u] += G * G
            W[u] -= rate * G / np.sqrt(S[u]) * keep[u, None]
        if verbose:
            print("cues", r, len(X), right / len(X), flush=True)
    return (W - W[:, :1])[:, 1:]


def fit_groups(sets, least=3, rounds=3, penalty=3e-4, rate=0.05, batch=16, verbose=True, seed=1):
    size = 1 << TABLE_BITS
    groups = []
    seen = np.zeros(size, int)
    for X, owners, ok in sets:
        seen += np.bincount(X.ravel(), minlength=size)
        cuts = np.flatnonzero(np.diff(owners)) + 1
        for x, o in zip(np.split(X, cuts), np.split(ok, cuts)):
            if o.any():
                groups.append((x, o))
    keep = seen >= least
    W = np.zeros(size)
    S = np.full(size, 1e-2)
    rng = np.random.default_rng(seed)
    for r in range(rounds):
        right = 0
        for b in np.array_split(rng.permutation(len(groups)), len(groups) // batch):
            X = np.concatenate([groups[i][0] for i in b])
            ok = np.concatenate([groups[i][1] for i in b])
            n = np.array([len(groups[i][1]) for i in b])
            at = np.cumsum(n) - n
            z = W[X].sum(1)
            top = np.maximum.reduceat(z, at)
            e = np.exp(z - np.repeat(top, n))
            p = e / np.repeat(np.add.reduceat(e, at), n)
            good = np.add.reduceat(e * ok, at)
            right += (np.maximum.reduceat(np.where(ok, z, -1e9), at) >= top).sum()
            d = p - e * ok / np.repeat(np.maximum(good, 1e-12), n)
            u, inv = np.unique(X.ravel(), return_inverse=True)
            G = np.bincount(inv, np.repeat(d, X.shape[1]), len(u)) + penalty * len(b) * W[u]
            S[u] += G * G
            W[u] -= rate * G / np.sqrt(S[u]) * keep[u]
        if verbose:
            print("groups", r, len(groups), right / len(groups), flush=True)
    return W


def main():
    docs = list(read_documents(Path(sys.argv[1]), "train"))
    pairs, stream, cues, labels, targets, gold = read_examples(docs)
    use = labels >= 0
    X = cue_features(stream, cues[use]).T
    print(X.shape, np.bincount(labels[use]))
    cue_weights = np.mean([fit_cues(X, labels[use], seed=s) for s in SEEDS], 0)
    miss = {}
    sets = edge_examples(stream, targets, miss)
    print(miss)
    edge_weights = np.mean([fit_groups(sets, seed=s) for s in SEEDS], 0)
    np.savez_compressed(DATA / "statements.npz", cues=cue_weights.astype(np.float16), edges=edge_weights.astype(np.float16))


if __name__ == "__main__":
    main()
