"""The entity tagger: spans and labels of names, by a small network trained on wire copy.

Beside the words the network gets the names that the rule tagger found, and has learnt when to
believe them. Its training is described in training/README.md, its use and limits in docs/tagger.md.
`spans.Tagger` and the network are those of every language; the weights and the features of words
are English here.
"""

from collections.abc import Sequence
from functools import lru_cache

from worker.parse.entities.name_grammar import NameMention
from worker.parse.entities.tagger.features import english_words, token_bits
from worker.parse.entities.tagger.kernel import load_kernel
from worker.parse.entities.tagger.network import Network
from worker.parse.entities.tagger.spans import TaggedSpan, Tagger
from worker.parse.entities.tagger.tokens import find_tokens
from worker.parse.entities.tagger.weights import load_tagger_weights
from worker.parse.text import WireText

__all__ = ["TaggedSpan", "tag"]


@lru_cache(maxsize=1)
def _load_tagger() -> Tagger:
    return Tagger(Network(load_tagger_weights(), english_words(), load_kernel()))


def tag(
    texts: Sequence[WireText], listed: Sequence[Sequence[NameMention]]
) -> list[list[TaggedSpan]]:
    """Return the names of each text, in order, none overlapping another.

    Args:
        texts: The texts.
        listed: For each text the names that the rule tagger found, in order.
    """
    tokens = [find_tokens(text) for text in texts]
    bits = [token_bits(*pair) for pair in zip(tokens, listed, strict=True)]
    return _load_tagger().tag(tokens, bits)
