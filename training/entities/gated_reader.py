"""A QRNN read as the package would read it, in C and in numpy: for timing, nothing here ships.

It takes the words, bits and chains of the shipped reader; only the gates and cells are its own. The
table of a word has what the word gives to the gates of the word behind it, its own and the one
before it.
"""

import ctypes
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gated import GatedTagger

from worker.parse.entities.tagger.features import TOKEN_BITS, english_words
from worker.parse.entities.tagger.kernel import Kernel
from worker.parse.entities.tagger.network import Network, Window, _GateInput, _Plan
from worker.parse.entities.tagger.weights import Transitions, Weights, load_tagger_weights

__all__ = ["GatedKernel", "GatedNetwork", "build_kernel", "gated_weights"]

_FOLDER = Path(__file__).parent
_PACKAGE = _FOLDER.parents[1] / "worker" / "parse" / "entities" / "tagger"
_OPTIONS = "-O3 -fno-math-errno -fno-trapping-math -ffp-contract=fast -Wno-psabi -shared -fPIC"
_NEVER = -1e4
_CACHED = 256
"""Tokens whose gates numpy works out together: they stay in the cache."""

Floats = np.ndarray


def build_kernel(folder: Path) -> "GatedKernel":
    """Compile the kernel for this machine into a folder."""
    library = folder / "gated.so"
    source = [f"-I{_PACKAGE}", str(_FOLDER / "gated_kernel.c"), "-o", str(library)]
    subprocess.run(["cc", *_OPTIONS.split(), "-march=native", *source], check=True)
    return GatedKernel(ctypes.CDLL(str(library)))


class GatedKernel(Kernel):
    """The shipped kernel and, beside it, the QRNN's step."""

    def __init__(self, library: ctypes.CDLL) -> None:
        super().__init__(library)
        self._run_gates = library.run_qrnn
        count, pointer = ctypes.c_int64, ctypes.c_void_p
        self._run_gates.argtypes = [count, pointer, pointer, count, count, *[pointer] * 5]

    def run_gates(self, plan: _Plan, inputs: Sequence[_GateInput], output: Floats) -> None:
        """Fill `output` (tokens in the order of steps, 2, hidden)."""
        lengths, starts = np.array(plan.lengths, np.int64), np.array(plan.starts, np.int64)
        for side in range(2):
            tables: list[Any] = [x for part in inputs for x in (part.table[side], part.rows)]
            arrays = [np.ascontiguousarray(array) for array in (*tables, lengths, starts)]
            *rest, lengths_at, starts_at = [array.ctypes.data for array in arrays]
            hidden = output.shape[2]
            if self._run_gates(
                len(lengths), lengths_at, starts_at, hidden, side, *rest, output.ctypes.data
            ):
                raise MemoryError


def gated_weights(net: GatedTagger) -> Weights:
    """The weights in the reader's shape, rounded to 16 bits as those that ship.

    The gates stand as candidate, forget, output; the last two are halved, since the logistic
    function of x is (1 + tanh(x / 2)) / 2. `recurrent` is empty: its shape has the channels.
    """
    hidden, shipped = net.hidden, load_tagger_weights()
    state = {
        name: value.detach().numpy().astype(np.float16).astype(np.float32)
        for name, value in net.state_dict().items()
        if name != "vectors.weight"
    }

    def by_side(gates: Floats) -> Floats:
        sides = np.stack(np.split(gates, 2, axis=-1))
        sides[..., hidden:] *= 0.5
        return sides

    taps = [by_side(tap.T) for tap in state["gates.weight"].transpose(2, 0, 1)]
    inputs, bits = np.split(np.concatenate(taps, axis=-1), [-TOKEN_BITS], axis=1)
    bias = np.zeros((2, 9 * hidden), np.float32)
    bias[:, 3 * hidden : 6 * hidden] = by_side(state["gates.bias"])
    filters = state["filters.weight"]
    into = np.where(state["allowed"] > 0, state["transitions"], _NEVER).T
    return Weights(
        rows=shipped.rows,
        vectors=shipped.vectors,
        scales=shipped.scales,
        unknown=state["unknown"],
        letters=state["letters.weight"],
        filters=np.ascontiguousarray(filters.transpose(2, 1, 0).reshape(-1, len(filters))),
        filter_bias=state["filters.bias"],
        shapes=state["shapes.weight"],
        inputs=np.ascontiguousarray(inputs),
        bits=np.ascontiguousarray(bits),
        bias=bias,
        recurrent=np.zeros((2, hidden, 0), np.float32),
        scores=np.ascontiguousarray(state["scores.weight"].T),
        score_bias=state["scores.bias"],
        transitions=Transitions.of(into.astype(np.float32)),
    )


class GatedNetwork(Network):
    """The shipped reader with a QRNN in the place of the LSTM; without a kernel in numpy."""

    def __init__(self, weights: Weights, kernel: GatedKernel | None = None) -> None:
        super().__init__(weights, english_words())
        self._kernel = self._gates = kernel

    def _read(self, windows: Sequence[Window]) -> list[list[int]]:
        weights = self._weights
        order = sorted(range(len(windows)), key=lambda at: -len(windows[at].words))
        plan = _Plan.of([len(windows[at].words) for at in order])
        inputs = self._inputs([windows[at] for at in order])
        output = np.empty((len(plan.forward), 2, weights.recurrent.shape[1]), np.float32)
        if self._gates:
            self._gates.run_gates(plan, inputs, output)
        else:
            for side in range(2):
                _fill_side(plan, inputs, side, output)
        scores = output.reshape(len(output), -1) @ weights.scores + weights.score_bias
        chains: list[list[int]] = [[] for _ in windows]
        for row, states in enumerate(self._find_chains(plan, scores)):
            chains[order[row]] = states
        return chains


def _fill_side(plan: _Plan, inputs: Sequence[_GateInput], side: int, output: Floats) -> None:
    """Fill one direction of `output`, steps of some tokens at a time."""
    hidden = output.shape[2]
    order = (plan.forward, plan.backward)[side]
    cell = np.zeros((plan.running[0], hidden), np.float32)
    first = 0
    while first < len(plan.running):
        stop = first + 1
        base = plan.starts[first]
        while stop < len(plan.running) and plan.starts[stop + 1] - base <= _CACHED:
            stop += 1
        own = order[base : plan.starts[stop]]
        gates = _gates_of(plan, inputs, side, own, hidden)
        for step in range(first, stop):
            at = slice(plan.starts[step] - base, plan.starts[step + 1] - base)
            candidate = gates[at, :hidden]
            cell = cell[: len(candidate)] - candidate
            cell *= gates[at, hidden : 2 * hidden]
            cell += candidate
            np.multiply(cell, gates[at, 2 * hidden :], out=candidate)
        places = plan.crossed[base : plan.starts[stop]] if side else slice(base, plan.starts[stop])
        output[places, side] = gates[:, :hidden]
        first = stop


def _gates_of(
    plan: _Plan, inputs: Sequence[_GateInput], side: int, own: np.ndarray, hidden: int
) -> Floats:
    """The gates of some tokens: candidate, forget and output."""
    ends = np.cumsum(plan.lengths)
    is_first, is_last = np.isin(own, [0, *ends]), np.isin(own, ends - 1)
    gates = np.zeros((len(own), 3 * hidden), np.float32)
    for part in inputs:
        table = part.table[side]
        gates += table[:, 3 * hidden : 6 * hidden][part.rows[own]]
        for shift, kept, columns in (
            (-1, ~is_first, slice(0, 3 * hidden)),
            (1, ~is_last, slice(6 * hidden, None)),
        ):
            gates[kept] += table[:, columns][part.rows[own[kept] + shift]]
    np.tanh(gates, out=gates)
    opened = gates[:, hidden:]
    opened += 1
    opened *= 0.5
    return gates
