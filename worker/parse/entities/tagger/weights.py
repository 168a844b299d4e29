"""The weights of the tagger, as training/entities/export.py writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

__all__ = ["Transitions", "Weights", "load_tagger_weights", "read_weights"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]

_NEVER = np.float32(-1e4)
"""Score of a state that cannot begin or end a window: below any sum that the network reaches."""


@dataclass(frozen=True, slots=True)
class Transitions:
    """Scores of the transitions between states that are possible.

    Attributes:
        first: Score of each state at the beginning of a window.
        last: Score of each state at the end of a window.
        fresh: Scores of states that begin something, behind states that end something, (to, from).
        going: For the states inside a name and for those that end it: the states, and the scores of
            reaching them from the begin and from the inside of the same label.
    """

    first: Floats
    last: Floats
    fresh: Floats
    going: tuple[tuple[Ints, Floats, Floats], ...]

    @classmethod
    def of(cls, into: Floats) -> "Transitions":
        """Return the transitions of a matrix (state, state before)."""
        states = np.arange(len(into))
        begin = states[1::4]
        kind = np.where(states == 0, 3, (states - 1) % 4)
        opening, ending = states[(kind == 0) | (kind == 3)], states[kind >= 2]
        return cls(
            first=np.where((kind == 0) | (kind == 3), np.float32(0), _NEVER),
            last=np.where(kind >= 2, np.float32(0), _NEVER),
            fresh=into[np.ix_(opening, ending)],
            going=tuple(
                (target, into[target, begin], into[target, begin + 1])
                for target in (begin + 1, begin + 2)
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The arrays of the network, in 32 bits except for the word vectors, which have eight.

    The first axis of the LSTM's arrays is the direction: `inputs` (2, width, 4 * hidden), `bits`
    (2, token bits, 4 * hidden), `bias` (2, 4 * hidden), `recurrent` (2, hidden, 4 * hidden),
    `scores` (2, hidden, states).
    """

    rows: dict[str, int]
    vectors: npt.NDArray[np.int8]
    scales: Floats
    unknown: Floats
    letters: Floats
    filters: Floats
    filter_bias: Floats
    shapes: Floats
    inputs: Floats
    bits: Floats
    bias: Floats
    recurrent: Floats
    scores: Floats
    score_bias: Floats
    transitions: Transitions

    def vector(self, keys: Sequence[str]) -> Floats:
        """Return the vector of the first key that has any, else that of unknown words."""
        for key in keys:
            row = self.rows.get(key)
            if row is not None:
                vector: Floats = self.vectors[row] * self.scales[row]
                return vector
        return self.unknown


def read_weights(path: Path) -> Weights:
    """Return the weights of a file.

    Raises:
        ValueError: The file does not hold the tagger's weights; the message names it.
    """
    try:
        return _read_arrays(path)
    except (BadZipFile, EOFError, KeyError, TypeError, ValueError) as error:
        message = f"{path}: not the tagger's weights ({error!r})"
        raise ValueError(message) from error


def _read_arrays(path: Path) -> Weights:
    with np.load(path, allow_pickle=False) as stored:
        words = stored["words"].tobytes().decode().split("\n")
        vectors = stored["vectors"]
        arrays = {
            name: stored[name].astype(np.float32)
            for name in stored.files
            if name not in {"words", "vectors"}
        }
    transitions = Transitions.of(arrays.pop("into"))
    rows = {word: row for row, word in enumerate(words)}
    return Weights(rows=rows, vectors=vectors, transitions=transitions, **arrays)


@lru_cache(maxsize=1)
def load_tagger_weights() -> Weights:
    """Return the weights of the package for English, read on the first call."""
    with as_file(files("worker.parse") / "data" / "tagger.npz") as path:
        return read_weights(path)
