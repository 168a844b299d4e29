"""The entity tagger: spans and labels of names, by a small network trained on wire copy.

Beside the words the network gets the names that the rule tagger found, and has learnt when to
believe them. Its training is described in training/README.md, its use and limits in docs/tagger.md.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from worker.model import EntityLabel
from worker.parse.entities.name_grammar import NameMention
from worker.parse.entities.tagger.features import LABELS, token_bits
from worker.parse.entities.tagger.kernel import load_kernel
from worker.parse.entities.tagger.network import Network, Window
from worker.parse.entities.tagger.tokens import TokenText, find_tokens
from worker.parse.entities.tagger.weights import load_tagger_weights
from worker.parse.text import WireText

__all__ = ["TaggedSpan", "tag"]

_WINDOWS_IN_BATCH = 128
"""Windows in a batch: enough to fill the matrix products, 10 MiB at most."""

_BEGIN, _END, _SINGLE = 0, 2, 3


class TaggedSpan(NamedTuple):
    """The span of a name that the network found, in half-open code points, and its label."""

    start: int
    end: int
    label: EntityLabel


@lru_cache(maxsize=1)
def _load_network() -> Network:
    return Network(load_tagger_weights(), load_kernel())


def tag(
    texts: Sequence[WireText], listed: Sequence[Sequence[NameMention]]
) -> list[list[TaggedSpan]]:
    """Return the names of each text, in order, none overlapping another.

    Args:
        texts: The texts.
        listed: For each text the names that the rule tagger found, in order.
    """
    tokens = [find_tokens(text) for text in texts]
    queue: list[tuple[int, int, Window]] = []
    for number, (token_text, mentions) in enumerate(zip(tokens, listed, strict=True)):
        bits = token_bits(token_text, mentions)
        queue += [
            (number, start, Window(token_text.words[start:end], bits[start:end]))
            for start, end in token_text.windows
            if _may_hold_name(token_text, start, end)
        ]
    tagged: list[list[TaggedSpan]] = [[] for _ in texts]
    for at in range(0, len(queue), _WINDOWS_IN_BATCH):
        batch = queue[at : at + _WINDOWS_IN_BATCH]
        states_of_windows = _load_network().read([window for _, _, window in batch])
        for (number, start, _), states in zip(batch, states_of_windows, strict=True):
            tagged[number] += _read_states(tokens[number], start, states)
    return tagged


def _may_hold_name(tokens: TokenText, start: int, end: int) -> bool:
    """True if a window has a capital; the network does not read the others."""
    return any(not word.islower() and word[0].isalpha() for word in tokens.words[start:end])


def _read_states(tokens: TokenText, first: int, states: Sequence[int]) -> Iterator[TaggedSpan]:
    """Yield the spans that the states of a window spell out; the window begins at token `first`."""
    begin = first
    for index, state in enumerate(states, first):
        part = (state - 1) % 4 if state else -1
        if part in {_BEGIN, _SINGLE}:
            begin = index
        if part in {_END, _SINGLE}:
            yield TaggedSpan(tokens.starts[begin], tokens.ends[index], LABELS[(state - 1) // 4])
