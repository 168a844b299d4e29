"""The compiled part of the network, if the package was built with it: see kernel.c.

The same computation in numpy stands beside it in network.py, for machines without a compiler.
"""

import ctypes
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from worker.parse.entities.tagger.weights import Transitions

__all__ = ["Kernel", "load_kernel"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_GATES = 4
_LIBRARIES = tuple(
    Path(__file__).with_name(f"_lstm_{kind}.so") for kind in ("avx512", "avx2", "neon")
)
"""The fastest first; a package has those of its platform."""

_POINTER = ctypes.c_void_p
_COUNT = ctypes.c_int64


class Kernel:
    """The functions of kernel.c on arrays.

    `units` hidden units are computed together; 0 if this machine cannot run the library.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self.units: int = library.units_of_vector()
        self._run = library.run_lstm
        self._run.argtypes = [_COUNT, _POINTER, _COUNT, *[_POINTER] * 7]
        self._find = library.find_chains
        self._find.argtypes = [_COUNT, _POINTER, _POINTER, _COUNT, *[_POINTER] * 7]

    def pack(self, recurrent: Floats) -> Floats:
        """Return the recurrent weights (2, hidden, 4 * hidden) in the order that the kernel reads.

        For each vector of units: for each unit of the state before, the weights of the four gates.
        """
        hidden = recurrent.shape[1]
        by_gate = recurrent.reshape(2, hidden, _GATES, hidden // self.units, self.units)
        return np.ascontiguousarray(by_gate.transpose(0, 3, 1, 2, 4))

    def run(
        self,
        running: Ints,
        packed: Floats,
        *,
        words: tuple[Floats, Ints],
        bits: tuple[Floats, Ints],
        order: Ints,
        output: Floats,
    ) -> None:
        """Run one direction of the LSTM into `output` (tokens in the order of steps, hidden).

        Args:
            running: Number of windows that still run at each step.
            packed: The recurrent weights of the direction, as `pack` returns them.
            words: Inputs of the gates, (rows, 4 * hidden), and the row of each token.
            bits: The same from the bits of the tokens.
            order: The tokens in the order of steps.
            output: Filled.

        Raises:
            MemoryError: There is no memory.
        """
        hidden = output.shape[1]
        arrays: list[npt.NDArray[Any]] = [packed, *words, *bits, order, output]
        if self._run(len(running), _at(running), hidden, *map(_at, arrays)):
            raise MemoryError

    def find_chains(
        self, lengths: Sequence[int], starts: Ints, scores: Floats, transitions: Transitions
    ) -> list[list[int]]:
        """Return the best chain of states of each window (Viterbi).

        Args:
            lengths: Tokens of each window, longest first.
            starts: Position of each step's first token in the order of steps.
            scores: Scores of the states of each token, in the order of steps.
            transitions: Scores of the transitions.

        Raises:
            MemoryError: There is no memory.
        """
        (_, *inside), (_, *end) = transitions.going
        sizes, chains = np.array(lengths, np.int64), np.empty(len(scores), np.int8)
        scores_of = transitions.first, transitions.last, transitions.fresh
        arrays: list[npt.NDArray[Any]] = [
            np.ascontiguousarray(array, np.float32)
            for array in (scores, *scores_of, np.stack(inside), np.stack(end))
        ]
        labels = (scores.shape[1] - 1) // 4
        at = map(_at, (*arrays, chains))
        if self._find(len(lengths), _at(sizes), _at(starts), labels, *at):
            raise MemoryError
        states, ends = chains.tolist(), np.cumsum(sizes).tolist()
        return [states[end - length : end] for length, end in zip(lengths, ends, strict=True)]


def _at(array: npt.NDArray[Any]) -> int:
    """Return the address of a contiguous array."""
    assert array.flags.c_contiguous
    return array.ctypes.data


@lru_cache(maxsize=1)
def load_kernel() -> Kernel | None:
    """Return the kernel; None if the package was built without it, or for another machine."""
    for path in _LIBRARIES:
        try:
            kernel = Kernel(ctypes.CDLL(str(path)))
        except (AttributeError, OSError):
            continue
        if kernel.units:
            return kernel
    return None
