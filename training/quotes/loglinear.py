"""Fit log-linear models: a softmax over the candidates of each group, or a logistic regression.

Adam over the whole set with a quadratic penalty towards a prior; no chance is involved, so that the
same examples give the same weights.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Weights = dict[str, float]
_RATE = 0.1


class Group(NamedTuple):
    """The features of each candidate, which of them are right, and the worth of the example."""

    candidates: list[list[str]]
    right: list[bool]
    worth: float = 1.0


def fit(
    groups: Sequence[Group],
    *,
    prior: Mapping[str, float] | None = None,
    penalty: float = 2.0,
    least: int = 3,
    steps: int = 300,
) -> Weights:
    """The weights of every feature that is seen `least` times."""
    counts = Counter(name for group in groups for one in group.candidates for name in set(one))
    names = {name: at for at, name in enumerate(sorted(n for n, c in counts.items() if c >= least))}
    known = [
        [names[name] for name in one if name in names]
        for group in groups
        for one in group.candidates
    ]
    index = np.array([at for one in known for at in one])
    row = np.repeat(np.arange(len(known)), [len(one) for one in known])
    owner = np.repeat(np.arange(len(groups)), [len(group.candidates) for group in groups])
    right = np.array([mark for group in groups for mark in group.right])
    worth = np.array([group.worth for group in groups])
    start = np.array([(prior or {}).get(name, 0.0) for name in names])

    def gradient(weights: Floats) -> Floats:
        scores = np.bincount(row, weights[index], minlength=len(known))
        slope = _slopes(scores, owner, right) * worth[owner]
        gains: Floats = np.bincount(index, slope[row], minlength=len(names))
        return gains + penalty * (weights - start)

    return dict(zip(names, _descend(gradient, start, steps).tolist(), strict=True))


def _slopes(scores: Floats, owner: Floats, right: Floats) -> Floats:
    """The gradient of -log(share of the right candidates) to each score."""
    count = int(owner[-1]) + 1
    top = np.full(count, -np.inf)
    np.maximum.at(top, owner, scores)
    raised = np.exp(scores - top[owner])
    every = np.bincount(owner, raised, minlength=count)
    good = np.maximum(np.bincount(owner, raised * right, minlength=count), 1e-12)
    result: Floats = raised / every[owner] - np.where(right, raised / good[owner], 0.0)
    return result


def _descend(gradient: Callable[[Floats], Floats], start: Floats, steps: int) -> Floats:
    """Adam with a rate that falls to nothing along a cosine."""
    weights = start.copy()
    mean, square = np.zeros_like(start), np.zeros_like(start)
    for step in range(1, steps + 1):
        slope = gradient(weights)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope * slope
        rate = _RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
        weights -= rate * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return weights
