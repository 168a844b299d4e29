"""The tagger of a language: the network over the windows of texts, its states read as spans."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from worker.model import EntityLabel
from worker.parse.entities.tagger.features import LABELS
from worker.parse.entities.tagger.network import Network, Window
from worker.parse.entities.tagger.tokens import TokenText

__all__ = ["TaggedSpan", "Tagger"]

_WINDOWS_IN_BATCH = 128
"""Windows in a batch: enough to fill the matrix products, 10 MiB at most."""

_BEGIN, _END, _SINGLE = 0, 2, 3


class TaggedSpan(NamedTuple):
    """The span of a name that the network found, in half-open code points, and its label."""

    start: int
    end: int
    label: EntityLabel


class Tagger:
    """A network that finds the names of texts."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def tag(
        self, texts: Sequence[TokenText], bits: Sequence[Sequence[Sequence[int]]]
    ) -> list[list[TaggedSpan]]:
        """Return the names of each text, in order, none overlapping another.

        Args:
            texts: The tokens of the texts.
            bits: For each token of each text the numbers of its bits that are set.
        """
        queue: list[tuple[int, int, Window]] = []
        for number, (tokens, own) in enumerate(zip(texts, bits, strict=True)):
            queue += [
                (number, start, Window(tokens.words[start:end], own[start:end]))
                for start, end in tokens.windows
                if _may_hold_name(tokens, start, end)
            ]
        tagged: list[list[TaggedSpan]] = [[] for _ in texts]
        for at in range(0, len(queue), _WINDOWS_IN_BATCH):
            batch = queue[at : at + _WINDOWS_IN_BATCH]
            states_of_windows = self._network.read([window for _, _, window in batch])
            for (number, start, _), states in zip(batch, states_of_windows, strict=True):
                tagged[number] += _read_states(texts[number], start, states)
        return tagged


def _may_hold_name(tokens: TokenText, start: int, end: int) -> bool:
    """True if a window has a capital; the network does not read the others."""
    return any(not word.islower() and word[0].isalpha() for word in tokens.words[start:end])


def _read_states(tokens: TokenText, first: int, states: Sequence[int]) -> Iterator[TaggedSpan]:
    """Yield the spans that the states of a window spell out; the window begins at token `first`."""
    begin = first
    for index, state in enumerate(states, first):
        if not state:
            continue
        part = (state - 1) % 4
        if part in {_BEGIN, _SINGLE}:
            begin = index
        if part in {_END, _SINGLE}:
            yield TaggedSpan(tokens.starts[begin], tokens.ends[index], LABELS[(state - 1) // 4])
