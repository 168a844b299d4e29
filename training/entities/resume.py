"""Weights that ship, read back into the network: training goes on from them."""

from pathlib import Path

import numpy as np
import torch
from network import Tagger

__all__ = ["read_vectors", "resume"]

Arrays = dict[str, np.ndarray]


def resume(net: Tagger, path: Path) -> None:
    """Set the network's weights to those of a file that `export` wrote.

    Bits of a word or of a token that the file does not know come last, and start at zero.
    """
    with np.load(path) as file:
        arrays: Arrays = {name: file[name].astype(np.float32) for name in file.files}
    width = net.letters.weight.shape[1]
    filters = arrays["filters"]
    state: Arrays = {
        "unknown": arrays["unknown"],
        "letters.weight": arrays["letters"],
        "filters.weight": filters.reshape(3, width, -1).transpose(2, 1, 0),
        "filters.bias": arrays["filter_bias"],
        "shapes.weight": arrays["shapes"],
        "scores.weight": np.concatenate(list(arrays["scores"])).T,
        "scores.bias": arrays["score_bias"],
        "transitions": np.maximum(arrays["into"].T, -100),
    }
    word_inputs = net.memory.input_size - net.token_bits
    bits = _widen(arrays["bits"], net.token_bits)
    inputs = np.concatenate([_widen(arrays["inputs"], word_inputs), bits], axis=1)
    for side, end in enumerate(("", "_reverse")):
        bias = _gates(arrays["bias"][side])
        state[f"memory.weight_ih_l0{end}"] = _gates(inputs[side]).T
        state[f"memory.weight_hh_l0{end}"] = _gates(arrays["recurrent"][side]).T
        state[f"memory.bias_ih_l0{end}"] = bias
        state[f"memory.bias_hh_l0{end}"] = np.zeros_like(bias)
    tensors = {name: torch.from_numpy(array.copy()) for name, array in state.items()}
    missing, extra = net.load_state_dict(tensors, strict=False)
    if extra or set(missing) - {"vectors.weight", "allowed", "may_open", "may_end"}:
        message = f"{path}: lacks {missing}, has {extra}"
        raise ValueError(message)


def read_vectors(path: Path) -> tuple[dict[str, int], np.ndarray]:
    """Return the row of each word of a file that `export` wrote, and the vectors.

    Row 0 is that of unknown words.
    """
    with np.load(path) as file:
        words = file["words"].tobytes().decode().split("\n")
        vectors = file["vectors"].astype(np.float32) * file["scales"].astype(np.float32)[:, None]
    rows = {word: number for number, word in enumerate(words, 1)}
    return rows, np.concatenate([np.zeros((1, vectors.shape[1]), np.float32), vectors])


def _widen(inputs: np.ndarray, width: int) -> np.ndarray:
    """The weights of both directions with rows of zeros up to a width."""
    return np.pad(inputs, ((0, 0), (0, width - inputs.shape[1]), (0, 0)))


def _gates(array: np.ndarray) -> np.ndarray:
    """The gates as torch has them."""
    opened, forgot, out, candidate = np.split(array, 4, axis=-1)
    return np.concatenate([opened * 2, forgot * 2, candidate, out * 2], axis=-1)
