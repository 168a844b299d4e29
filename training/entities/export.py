"""The trained network as the file that ships."""

from pathlib import Path

import numpy as np
from network import Tagger

__all__ = ["export"]

_NEVER = -1e4


def export(net: Tagger, words: dict[str, int], path: Path) -> None:
    """Write the weights: 16 bits each, the word vectors in eight with a scale a row."""
    state = {name: value.detach().numpy() for name, value in net.state_dict().items()}
    vectors = net.table().numpy()[1:]
    scales = np.abs(vectors).max(1, keepdims=True) / 127
    filters = state["filters.weight"]
    arrays: dict[str, np.ndarray] = {
        "words": np.frombuffer("\n".join(words).encode(), np.uint8),
        "vectors": np.round(vectors / scales).astype(np.int8),
        "scales": scales[:, 0].astype(np.float16),
        "unknown": state["unknown"],
        "letters": state["letters.weight"],
        "filters": filters.transpose(2, 1, 0).reshape(-1, len(filters)),
        "filter_bias": state["filters.bias"],
        "shapes": state["shapes.weight"],
        "scores": np.stack(np.split(state["scores.weight"].T, 2)),
        "score_bias": state["scores.bias"],
        "into": np.where(state["allowed"] > 0, state["transitions"], _NEVER).T,
    }
    inputs, arrays["bias"], arrays["recurrent"] = (
        np.stack(pair)
        for pair in zip(*(_side(state, end) for end in ("", "_reverse")), strict=True)
    )
    arrays["inputs"], arrays["bits"] = np.split(inputs, [-net.token_bits], axis=1)
    kept = {
        name: value if value.dtype.itemsize == 1 else value.astype(np.float16)
        for name, value in arrays.items()
    }
    np.savez(path, **kept)


def _side(state: dict[str, np.ndarray], end: str) -> list[np.ndarray]:
    """Inputs, bias and recurrent weights of one direction, the gates as the reader has them."""
    bias = state[f"memory.bias_ih_l0{end}"] + state[f"memory.bias_hh_l0{end}"]
    found = []
    for array in (
        state[f"memory.weight_ih_l0{end}"].T,
        bias,
        state[f"memory.weight_hh_l0{end}"].T,
    ):
        opened, forgot, candidate, out = np.split(array, 4, axis=-1)
        halves = [gate * 0.5 for gate in (opened, forgot, out)]
        found.append(np.concatenate([*halves, candidate], axis=-1))
    return found
