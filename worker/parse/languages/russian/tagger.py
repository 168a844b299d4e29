"""The Russian entity tagger: the network of the English one, with Russian words and weights.

It has no rule tagger beside it. training/README.md describes its training.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import as_file, files

from worker.parse.entities.tagger.kernel import load_kernel
from worker.parse.entities.tagger.network import Network
from worker.parse.entities.tagger.spans import TaggedSpan, Tagger
from worker.parse.entities.tagger.tokens import find_tokens
from worker.parse.entities.tagger.weights import Weights, read_weights
from worker.parse.languages.russian.tagger_features import (
    ABBREVIATIONS,
    russian_token_bits,
    russian_words,
)
from worker.parse.languages.russian.tagger_spans import join_hyphenated
from worker.parse.text import WireText

__all__ = ["TaggedSpan", "load_russian_weights", "tag_russian"]


@lru_cache(maxsize=1)
def load_russian_weights() -> Weights:
    """Return the weights of the package for Russian, read on the first call."""
    with as_file(files("worker.parse") / "data" / "tagger-ru.npz") as path:
        return read_weights(path)


@lru_cache(maxsize=1)
def _load_tagger() -> Tagger:
    return Tagger(Network(load_russian_weights(), russian_words(), load_kernel()))


def tag_russian(texts: Sequence[WireText]) -> list[list[TaggedSpan]]:
    """Return the names of each text, in order, none overlapping another."""
    tokens = [find_tokens(text, ABBREVIATIONS) for text in texts]
    tagged = _load_tagger().tag(tokens, [russian_token_bits(text) for text in tokens])
    return [join_hyphenated(text.full, spans) for text, spans in zip(texts, tagged, strict=True)]
