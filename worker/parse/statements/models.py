"""The statement models: which words attribute, and where the content of each begins and ends."""

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worker.parse.quotes.lexicon.function_words import (
    BE,
    DETERMINERS,
    OPINION_NOUNS,
    POSSESSIVE_PRONOUNS,
    SUBJECT_PRONOUNS,
)
from worker.parse.quotes.sentences import Sentence
from worker.parse.statements.edges import AFTER, BEFORE, EDGES, find_candidates
from worker.parse.statements.features import cue_features, edge_features
from worker.parse.statements.stream import WordStream
from worker.parse.statements.vocabulary import (
    CAPITAL_WORD,
    POSSESSIVES,
    TOLD_WORDS,
    VOCABULARY,
    Bools,
    Ints,
    word_table,
)

__all__ = ["Report", "find_reports", "read_after"]

Floats = npt.NDArray[np.float32]

_THRESHOLD = 0.54
"""F1 on held-out text is flat from 0.42 to 0.54; wires gain by the highest."""
_IS_BELIEF = word_table("believed thought feared understood alleged suspected".split())
_IS_BE = word_table(BE)
_IS_TOLD = word_table(TOLD_WORDS)
_IS_TOLD_NEXT = word_table(DETERMINERS | frozenset(SUBJECT_PRONOUNS) | {"that", "by"})
_IS_SAID = word_table(("said",))
_IS_AUXILIARY = word_table(("be", "have"))
_IS_OPINION = word_table(OPINION_NOUNS)
_IS_IN_OR_BY = word_table(("in", "by"))
_IS_OWNER = word_table(POSSESSIVE_PRONOUNS)
_IS_OWNER[[*POSSESSIVES, CAPITAL_WORD]] = True
_MAX_OWNER = 4
"""Words of the owner of an opinion: `in the deputy prime minister's words`."""
_OPINION_LIKELIHOOD = 0.9
_COMMA, _TO = VOCABULARY.words[","], VOCABULARY.words["to"]
_BY = VOCABULARY.words["by"]
_IS_LINK = word_table(("to", "that"))


class Report(NamedTuple):
    """A cue with its content: tokens of a sentence, by the sentence's index in the batch.

    `parts` are half-open runs of tokens in text order; `likelihood` is that of the cue.
    """

    sentence: int
    cue: int
    parts: tuple[tuple[int, int], ...]
    likelihood: float


class _Weights(NamedTuple):
    cues: Floats
    edges: Floats


def _load_weights() -> _Weights:
    with files("worker.parse").joinpath("data/statements.npz").open("rb") as file:
        table = np.load(file)
        return _Weights(table["cues"].astype(np.float32), table["edges"].astype(np.float32))


_WEIGHTS = _load_weights()


def find_reports(
    sentences: Sequence[Sentence],
    skipped: Sequence[int],
    weights: _Weights = _WEIGHTS,
    threshold: float = _THRESHOLD,
) -> list[Report]:
    """Return the reports of all sentences in order; of each, `skipped` words are left out."""
    if not sentences:
        return []
    stream = WordStream(sentences, skipped)
    # A word that never attributes in the training text cannot be a cue, whatever stands beside it.
    cues = np.flatnonzero(VOCABULARY.shares[stream.words] > 0)
    if not len(cues):
        return []
    shapes, likelihoods = _classify(stream, cues, weights, threshold)
    reports: list[Report] = []
    for shape in range(len(EDGES)):
        chosen = shapes == shape
        if chosen.any():
            reports += _find_contents(stream, shape, cues[chosen], likelihoods[chosen], weights)
    return sorted(reports)


def read_after(sentence: Sentence, skipped: int, report: Report) -> Report | None:
    """Return a report with the likeliest content behind its cue, None for none."""
    stream = WordStream([sentence], [skipped])
    cues = stream.firsts + report.cue
    likelihoods = np.array([report.likelihood], np.float32)
    found = _find_contents(stream, AFTER, cues, likelihoods, _WEIGHTS)
    return found[0]._replace(sentence=report.sentence) if found else None


def _classify(
    stream: WordStream, cues: Ints, weights: _Weights, threshold: float
) -> tuple[Ints, Floats]:
    """Return the shape of each cue's content, -1 for no cue, and its likelihood."""
    scores = weights.cues[cue_features(stream, cues)].sum(0)
    # A softmax over the shapes and "no cue", whose score is 0; clipped, since float32 overflows.
    raised = np.exp(np.clip(scores, -60, 60))
    likelihoods = 1 - 1 / (1 + raised.sum(1))
    shapes = np.where(likelihoods >= threshold, scores.argmax(1), -1)
    is_passive = _find_passives(stream, cues) | _find_told(stream, cues)
    shapes[is_passive] = AFTER
    shapes[_find_hearsay(stream, cues)] = -1
    fronted, final = _find_opinions(stream, cues)
    shapes[fronted], shapes[final] = AFTER, BEFORE
    for certain, least in ((is_passive, threshold), (fronted | final, _OPINION_LIKELIHOOD)):
        likelihoods[certain] = np.maximum(likelihoods[certain], least)
    return shapes, likelihoods


def _find_passives(stream: WordStream, cues: Ints) -> Bools:
    """`They are believed to have left`: return which cues report a belief without its holder.

    PolNeAR has few of them, since an attribution there needs a source.
    """
    words = stream.words
    is_passive: Bools = _IS_BE[words[cues - 1]] & _IS_LINK[words[cues + 1]]
    is_passive &= _IS_BELIEF[words[cues]]
    return is_passive


def _find_told(stream: WordStream, cues: Ints) -> Bools:
    """`Congress was told the plan had failed`: return which cues have a listener for a subject.

    `listeners` drops those that no clause follows.
    """
    words = stream.words
    is_told: Bools = _IS_BE[words[cues - 1]] & _IS_TOLD_NEXT[words[cues + 1]]
    # `The council, told by Ms. Lee that`
    is_told |= (words[cues - 1] == _COMMA) & (words[cues + 1] == _BY)
    is_told &= _IS_TOLD[words[cues]]
    return is_told


def _find_hearsay(stream: WordStream, cues: Ints) -> Bools:
    """`a painting said to be worth millions`: return which cues nobody stands behind."""
    words = stream.words
    is_hearsay: Bools = _IS_SAID[words[cues]] & _IS_AUXILIARY[words[cues + 2]]
    is_hearsay &= words[cues + 1] == _TO
    return is_hearsay


def _find_opinions(stream: WordStream, cues: Ints) -> tuple[Bools, Bools]:
    """`In his words, it is`, `it is, by Ms. Lee's account`: return which cues open or close so."""
    words = stream.words
    openings = np.full(len(cues), -1)
    for distance in range(_MAX_OWNER + 1, 1, -1):
        found = _IS_IN_OR_BY[words[cues - distance]]
        openings[found] = cues[found] - distance
    is_opinion: Bools = _IS_OPINION[words[cues]] & _IS_OWNER[words[cues - 1]]
    fronted = is_opinion & (openings == stream.begins[cues]) & (words[cues + 1] == _COMMA)
    is_last = stream.ends[cues] == cues + 1
    final = is_opinion & is_last & (words[openings - 1] == _COMMA) & (openings >= 0)
    return fronted, final


def _find_contents(
    stream: WordStream, shape: int, cues: Ints, likelihoods: Floats, weights: _Weights
) -> list[Report]:
    """Return the reports with a content of one shape."""
    others = cues
    found = np.ones(len(cues), np.bool_)
    edges = []
    for number, edge in enumerate(EDGES[shape]):
        # `The plan, he said, would fail`: the part after the cue is measured from the cue again.
        others = cues if number == 2 else others
        others = _choose(stream, shape * 4 + edge, cues, others, weights)
        found &= others >= 0
        # A content without this edge is dropped below; the cue only keeps the arrays in step.
        others = np.where(others >= 0, others, cues)
        edges.append(others)
    rows = np.stack([cues, *edges])[:, found]
    numbers = stream.numbers[rows[0]]
    rows -= stream.firsts[numbers]
    return [
        Report(number, cue, _parts(places), round(float(likelihood), 3))
        for number, (cue, *places), likelihood in zip(
            numbers.tolist(), rows.T.tolist(), likelihoods[found], strict=True
        )
    ]


def _choose(stream: WordStream, edge: int, cues: Ints, others: Ints, weights: _Weights) -> Ints:
    """Return the likeliest place for an edge of each content, -1 for none."""
    candidates = find_candidates(stream, edge % 4, cues, others)
    owners, places = candidates
    best = np.full(len(cues), -1)
    if not len(places):
        return best
    features = edge_features(stream, edge, cues[owners], others[owners], places)
    scores = weights.edges[features].sum(0)
    firsts = np.flatnonzero(np.diff(owners, prepend=-1))
    tops = np.maximum.reduceat(scores, firsts)
    counts = np.diff(firsts, append=len(owners))
    is_top = np.flatnonzero(scores == np.repeat(tops, counts))
    # Of equal scores the first wins.
    best[owners[is_top[::-1]]] = places[is_top[::-1]]
    return best


def _parts(places: list[int]) -> tuple[tuple[int, int], ...]:
    """Return the runs of a content from the places of its edges."""
    runs = [(min(pair), max(pair)) for pair in zip(places[::2], places[1::2], strict=True)]
    return tuple(runs)
