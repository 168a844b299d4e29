"""The entity tagger: names and their kinds, by a small network that was taught on wire copy.

`tag` is the whole surface. The network is told, beside the words, what the list finder reads at
each of them, and has learnt when to believe it. How it was trained and on what: training/README.md.
What it is for and where it fails: docs/tagger.md.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from worker.model import EntityLabel
from worker.parse.entities.name_grammar import NameMention
from worker.parse.entities.tagger.features import LABELS, token_bits
from worker.parse.entities.tagger.network import Network, Window
from worker.parse.entities.tagger.tokens import TokenText, find_tokens
from worker.parse.entities.tagger.weights import load_tagger_weights
from worker.parse.text import WireText

__all__ = ["TaggedSpan", "tag"]

_WINDOWS_AT_ONCE = 128
"""Windows that are read side by side: enough to fill the products, 10 MiB at most."""

_BEGIN, _END, _SINGLE = 0, 2, 3


class TaggedSpan(NamedTuple):
    """A name that the network found: half-open code points and its kind."""

    start: int
    end: int
    label: EntityLabel


@lru_cache(maxsize=1)
def _load_network() -> Network:
    return Network(load_tagger_weights())


def tag(
    texts: Sequence[WireText], hints: Sequence[Sequence[NameMention]]
) -> list[list[TaggedSpan]]:
    """The names of each text, in order, none overlapping another.

    Args:
        texts: The texts.
        hints: For each text what the list finder read, in order.
    """
    tokens = [find_tokens(text) for text in texts]
    chosen: list[tuple[int, int, Window]] = []
    for number, (found, mentions) in enumerate(zip(tokens, hints, strict=True)):
        bits = token_bits(found, mentions)
        chosen += [
            (number, start, Window(found.words[start:end], bits[start:end]))
            for start, end in found.windows
            if _has_name(found, start, end)
        ]
    tagged: list[list[TaggedSpan]] = [[] for _ in texts]
    for at in range(0, len(chosen), _WINDOWS_AT_ONCE):
        some = chosen[at : at + _WINDOWS_AT_ONCE]
        read = _load_network().read([window for _, _, window in some])
        for (number, start, _), states in zip(some, read, strict=True):
            tagged[number] += _read_states(tokens[number], start, states)
    return tagged


def _has_name(tokens: TokenText, start: int, end: int) -> bool:
    """True where a window has a capital: without one it is not read at all."""
    return any(not word.islower() and word[0].isalpha() for word in tokens.words[start:end])


def _read_states(tokens: TokenText, first: int, states: Sequence[int]) -> Iterator[TaggedSpan]:
    begin = first
    for index, state in enumerate(states, first):
        part = (state - 1) % 4 if state else -1
        if part in {_BEGIN, _SINGLE}:
            begin = index
        if part in {_END, _SINGLE}:
            yield TaggedSpan(tokens.starts[begin], tokens.ends[index], LABELS[(state - 1) // 4])
