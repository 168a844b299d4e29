"""The Russian word vectors: navec's news vectors, as the wheel of natasha packs them (MIT)."""

import tempfile
import zipfile
from pathlib import Path

import numpy as np
from navec import Navec

__all__ = ["load_surnames", "load_vectors"]

_VECTORS = "natasha/data/emb/navec_news_v1_1B_250K_300d_100q.tar"
_SURNAMES = "natasha/data/dict/last.txt"
_SPREAD = 0.5
"""Standard deviation of the vectors, that of the letters' and the shapes' at the start."""


def load_vectors(wheel: Path, rows: int) -> tuple[dict[str, int], np.ndarray]:
    """The number of each of the commonest words, from 1, and the vectors; row 0 is unknown."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as packed:
        navec = Navec.load(packed.extract(_VECTORS, folder))
    vocabulary = navec.vocab
    order = np.argsort(-np.array(vocabulary.counts, dtype=np.int64), kind="stable")
    kept = [at for at in order if not vocabulary.words[at].startswith("<")][:rows]
    vectors = navec.pq.unpack()[kept].astype(np.float32)
    vectors *= _SPREAD / vectors.std()
    return (
        {vocabulary.words[at]: number for number, at in enumerate(kept, 1)},
        np.concatenate([np.zeros((1, vectors.shape[1]), np.float32), vectors]),
    )


def load_surnames(wheel: Path) -> list[str]:
    """Surnames in the nominative, in small letters (MIT)."""
    with zipfile.ZipFile(wheel) as packed:
        return packed.read(_SURNAMES).decode().split()
