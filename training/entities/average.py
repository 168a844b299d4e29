"""The mean of several networks that were trained on from the same weights, as one network.

    python training/entities/average.py FILE FILE... --out FILE

Each run ends in a place of its own around the weights that they began with; their mean reads new
text better than any of them. The word vectors have to be the same. Source: Wortsman et al. 2022,
"Model soups".
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

__all__ = ["average"]

_SAME = frozenset({"words", "vectors", "scales"})


def average(paths: Sequence[Path], out: Path) -> None:
    """Write the mean of the weights of files that `export` wrote.

    Raises:
        ValueError: Their words, vectors or shapes differ.
    """
    files = [dict(np.load(path)) for path in paths]
    mean: dict[str, np.ndarray] = {}
    for name, first in files[0].items():
        arrays = [file[name] for file in files]
        if any(array.shape != first.shape for array in arrays):
            message = f"{name}: the shapes differ"
            raise ValueError(message)
        if name in _SAME and any((array != first).any() for array in arrays):
            message = f"{name}: they differ, so the files were not trained on from the same"
            raise ValueError(message)
        total = np.mean([array.astype(np.float64) for array in arrays], axis=0)
        mean[name] = first if name in _SAME else total.astype(first.dtype)
    np.savez(out, **mean)


def main() -> int:
    """Read the files, write their mean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    average(options.files, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
